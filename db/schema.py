"""The tables. Every moment is UTC; every length of work is whole minutes; personal data is `Secret`."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from db.crypto import Secret, SecretJson

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An instant. Goes in with any offset, comes out in UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _aware(value).astimezone(UTC)

    # SQLite keeps text, which the general type would take to pieces and put together again at several times the cost.

    def bind_processor(self, dialect: Dialect) -> Any:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _of_text if dialect.name == "sqlite" else _in_utc


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value


@lru_cache(maxsize=64)  # one moment, the turn's own, goes into most of what it writes
def _as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = _aware(value).astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def _of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")  # a tenth of what `replace` takes


def _one_of(column: str, *values: str) -> CheckConstraint:
    """Or nothing, where the column may be empty. Of `IN` with a list SQLite makes a table for each statement that is run."""
    return CheckConstraint(" OR ".join(f"{column} = '{value}'" for value in values), name=column)


def _where(condition: str) -> dict[str, Any]:
    """Of an index: which rows it holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _to(target: str, name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), ForeignKey(f"{target}.id"), nullable=nullable)


LANGUAGE = String(16)
HASH = String(40)

ROLES = ("supervisor", "case_manager", "coordinator", "manager")
MODES = ("standard", "discreet", "call_first", "no_contact")
STOP_LEVELS = ("none", "reminders", "all")
ORDER_KINDS = ("cpo", "fine_default", "fiscal_work_order")
ORDER_STATUSES = (
    "active", "suspended", "custody", "completed", "discharged", "revoked", "breached", "transferred", "died",
)  # fmt: skip
PLACEMENT_KINDS = ("squad", "single", "workshop", "group", "home_working", "other_activity")
ACTIVITIES = ("unpaid_work", "other_activity")
ANSWERS = ("coming", "cant", "late")
ATTENDANCE = ("attended", "late", "left_early", "sent_home_behaviour", "sent_home_service", "absent", "stood_down")
REASONS = ("ill", "work", "caring", "appointment", "travel", "other")
BANDS = ("a", "b", "c")
DECISIONS = ("accepted", "not_accepted", "more_info", "withdrawn")
CHANNELS = ("sms", "telegram")
PACK_OPEN = ("asked", "waiting", "approved", "ready", "out", "finished")
PACK_CLOSED = ("credited", "declined", "withdrawn", "returned", "booked")
PHOTO_STATES = ("wanted", "kept", "unusable")
THREAD_ENTRIES = ("in", "out", "seen", "later", "passed", "moved", "climbed", "closed")
DUTIES = ("first", "second", "lead")

BROADCASTS = ("off", "moved", "place", "late", "weather", "words", "suspension", "lifted", "reduction")
BROADCAST_STAGES = ("draft", "checked", "held", "sending", "done", "stopped")

meta = Table("meta", metadata, Column("name", String(40), primary_key=True), Column("value", String(200), nullable=False))

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("ref", String(64), nullable=False, unique=True),
    Column("name", Secret, nullable=False),
    Column("role", String(20), nullable=False),
    Column("phone", Secret),
    Column("phone_hash", HASH, index=True),
    Column("language", LANGUAGE, nullable=False),
    Column("team", String(64), nullable=False),
    _one_of("role", *ROLES),
)

rota = Table(
    "rota",  # who is on duty; a turn is ended and written anew, never changed
    metadata,
    _id(),
    Column("duty", String(8), nullable=False),
    _to("staff", "staff_id", nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("note", Secret),  # handed over to who comes next
    Column("made_by", String(80), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),  # swapped or taken off before its time
    Column("told_at", Moment),  # that it has begun
    _one_of("duty", *DUTIES),
    CheckConstraint("ends_at > starts_at", name="order"),
    Index("ix_rota_ends_at", "ends_at"),
)

rota_swaps = Table(
    "rota_swaps",  # one asks another to take a turn
    metadata,
    _id(),
    _to("rota", "turn_id", nullable=False),
    _to("staff", "staff_id", nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("answer", String(3)),
    Column("answered_at", Moment),
    _one_of("answer", "yes", "no"),
    Index("ix_rota_swaps_turn_id", "turn_id"),
)

leave = Table(
    "leave",  # staff who are away, both days included
    metadata,
    _id(),
    _to("staff", "staff_id", nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    _to("staff", "deputy_id"),
    Column("made_by", String(80), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),  # taken back
    CheckConstraint("last_day >= first_day", name="order"),
    Index("ix_leave_last_day", "last_day"),
)

people = Table(
    "people",
    metadata,
    _id(),
    Column("ref", String(64), nullable=False, unique=True),
    Column("first_name", Secret, nullable=False),
    Column("last_name", Secret, nullable=False),
    Column("phone", Secret),
    Column("phone_hash", HASH, index=True),
    Column("language", LANGUAGE, nullable=False),
    Column("channel", String(10), nullable=False),
    Column("mode", String(12), nullable=False),
    Column("safe_from", Integer),  # minutes after midnight, London; both or neither
    Column("safe_until", Integer),
    Column("phone_is_own", Boolean, nullable=False),
    Column("voicemail_ok", Boolean, nullable=False),
    Column("stop_level", String(10), nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("women_only", Boolean, nullable=False),
    Column("team", String(64), nullable=False),
    _to("staff", "case_manager_id"),
    Column("pin_hash", HASH),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    Column("verified_until", Moment),  # until then the number was known to be theirs; ahead of now, by a PIN just given
    Column("number_suspended_at", Moment),
    Column("welcomed_at", Moment),
    Column("paused_until", Moment),  # no reminders before then, as the person asked
    Column("interpreter", Boolean, nullable=False, server_default="0"),  # calls need one, in the person's language
    Column("doubted_at", Moment),  # since then the number may be somebody else's: verify before anything personal
    Column("feedback_ok", Boolean, nullable=False, server_default="1"),
    Column("kit", Secret),  # what has to be there for them: boots 9
    Column("erased_at", Moment),  # when their messages were last erased, after the end of their orders
    Column("created_at", Moment, nullable=False),
    _one_of("channel", *CHANNELS),
    _one_of("mode", *MODES),
    _one_of("stop_level", *STOP_LEVELS),
    CheckConstraint("(safe_from IS NULL) = (safe_until IS NULL)", name="safe_window"),
    CheckConstraint("safe_from IS NULL OR (safe_from >= 0 AND safe_until <= 1440)", name="safe_window_day"),
)

not_with = Table(
    "not_with",
    metadata,
    _to("people", "person_id", nullable=False),
    _to("people", "other_id", nullable=False),
    UniqueConstraint("person_id", "other_id"),
    CheckConstraint("person_id < other_id", name="ordered"),
)

telegram_links = Table(
    "telegram_links",
    metadata,
    _id(),
    Column("chat", Secret, nullable=False),
    Column("chat_hash", HASH, nullable=False, index=True),
    _to("people", "person_id"),
    _to("staff", "staff_id"),
    Column("linked_at", Moment, nullable=False),
    Column("blocked_at", Moment),  # the person blocked the bot; an unblock or a message clears it
    Column("ended_at", Moment),
    CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
)
for _columns in (("chat_hash",), ("person_id",), ("staff_id",)):
    Index(
        f"uq_telegram_links_live_{_columns[0]}",
        *(telegram_links.c[name] for name in _columns),
        unique=True,
        **_where("ended_at IS NULL"),
    )

invites = Table(
    "invites",
    metadata,
    _id(),
    Column("code_hash", HASH, nullable=False, unique=True),
    _to("people", "person_id"),
    _to("staff", "staff_id"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
)

orders = Table(
    "orders",
    metadata,
    _id(),
    Column("ref", String(64), nullable=False, unique=True),
    _to("people", "person_id", nullable=False),
    Column("kind", String(20), nullable=False),
    Column("imposed_on", Date, nullable=False),
    Column("imposed_minutes", Integer, nullable=False),
    Column("complete_by", Date, nullable=False),
    Column("other_activity_minutes", Integer, nullable=False),
    _to("orders", "concurrent_with_id"),
    _to("staff", "responsible_officer_id"),
    Column("status", String(12), nullable=False),
    Column(
        "messages_on", Boolean, nullable=False, server_default="0"
    ),  # an officer's choice for breached, suspended, fiscal
    Column("ended_at", Moment),  # when it stopped being worked on for good: the retention clock runs from here
    _one_of("kind", *ORDER_KINDS),
    _one_of("status", *ORDER_STATUSES),
    # 1995 Act s.227I(4): 20 to 300 hours; s.227M: fine default within level 1; s.303ZA: fiscal work order 10 to 50.
    CheckConstraint(
        "(kind = 'cpo' AND imposed_minutes BETWEEN 1200 AND 18000)"
        " OR (kind = 'fine_default' AND imposed_minutes BETWEEN 1200 AND 6000)"
        " OR (kind = 'fiscal_work_order' AND imposed_minutes BETWEEN 600 AND 3000)",
        name="hours",
    ),
    CheckConstraint("other_activity_minutes >= 0", name="other_activity"),
    CheckConstraint("complete_by >= imposed_on", name="complete_by"),
    Index("ix_orders_person_id", "person_id"),
)

placements = Table(
    "placements",
    metadata,
    _id(),
    Column("ref", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("nickname", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("address", Secret),
    Column("postcode", Secret),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("bring", String(200), nullable=False),
    _to("staff", "supervisor_id"),
    Column("team", String(64), nullable=False),
    Column("women_only", Boolean, nullable=False),
    Column("capacity", Integer),
    Column("pick_up", Secret),  # where and when the van stops, unless a booking has its own
    _one_of("kind", *PLACEMENT_KINDS),
    CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("ref", String(64), nullable=False, unique=True),
    _to("placements", "placement_id", nullable=False),
    Column("starts_at", Moment, nullable=False, index=True),
    Column("ends_at", Moment, nullable=False),
    Column("capacity", Integer),
    _to("staff", "supervisor_id"),
    Column("status", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("done_at", Moment),  # when its supervisor said that it was over
    _one_of("status", "planned", "cancelled"),
    CheckConstraint("ends_at > starts_at", name="order"),
    CheckConstraint("version > 0", name="version"),
)

session_staff = Table(
    "session_staff",  # who leads a session besides its supervisor
    metadata,
    _id(),
    _to("sessions", "session_id", nullable=False),
    _to("staff", "staff_id", nullable=False),
    UniqueConstraint("session_id", "staff_id"),
    Index("ix_session_staff_staff_id", "staff_id"),
)

bookings = Table(
    "bookings",
    metadata,
    _id(),
    _to("sessions", "session_id", nullable=False),
    _to("people", "person_id", nullable=False),
    _to("orders", "order_id", nullable=False),
    Column("status", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("answer", String(10)),
    Column("answered_at", Moment),
    Column("booked_at", Moment, nullable=False),
    Column("pick_up", Secret),  # where and when the van stops for them
    Column("walk_in", Boolean, nullable=False, server_default="0"),  # turned up unbooked
    Column("hours_wait", Boolean, nullable=False, server_default="0"),  # nothing counts before an officer says so
    UniqueConstraint("session_id", "person_id"),
    _one_of("status", "booked", "cancelled"),
    _one_of("answer", "coming", "cant", "late"),
    Index("ix_bookings_person_id", "person_id"),
)

reports = Table(
    "reports",
    metadata,
    _id(),
    _to("bookings", "booking_id", nullable=False),
    Column("kind", String(10), nullable=False),
    Column("reason", String(20)),
    Column("band", String(1)),
    Column("channel", String(10), nullable=False),
    Column("at", Moment, nullable=False),
    Column("minutes_before", Integer, nullable=False),  # before the start; negative is after it
    Column("withdrawn_at", Moment),
    Column("waited", Boolean),  # what a supervisor answered to "late": wait for them, or go without
    _one_of("kind", "cant", "late"),
    _one_of("reason", "ill", "work", "caring", "appointment", "travel", "other"),
    _one_of("band", "a", "b", "c"),
    Index("ix_reports_booking_id", "booking_id"),
)

attendance = Table(
    "attendance",
    metadata,
    _id(),
    _to("bookings", "booking_id", nullable=False),
    Column("status", String(20)),  # none: what was marked before is taken back
    Column("started_at", Moment),  # of work; none for who was not there
    Column("finished_at", Moment),
    _to("staff", "staff_id"),
    Column("actor", String(80), nullable=False),
    Column("by_officer", Boolean, nullable=False),  # a correction by the office, which no supervisor undoes
    Column("reason", Secret),
    Column("at", Moment, nullable=False),
    _one_of("status", *ATTENDANCE),
    CheckConstraint("(started_at IS NULL) = (finished_at IS NULL)", name="work"),
    CheckConstraint("finished_at >= started_at", name="order"),
    Index("ix_attendance_booking_id", "booking_id"),
    Index(
        "ix_attendance_absent",
        "at",
        **_where("status = 'absent'"),
    ),
)

decisions = Table(
    "decisions",  # of an officer on an absence; the newest of a booking stands
    metadata,
    _id(),
    _to("bookings", "booking_id", nullable=False),
    _to("reports", "report_id"),
    Column("decision", String(14), nullable=False),
    Column("proof", String(40)),  # what was asked for, as the council names it
    Column("proof_due", Date),
    _to("staff", "staff_id", nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", Secret),
    Column("at", Moment, nullable=False),
    _one_of("decision", *DECISIONS),
    CheckConstraint("proof_due IS NULL OR proof IS NOT NULL", name="proof"),
    Index("ix_decisions_booking_id", "booking_id"),
    Index("ix_decisions_proof_due", "proof_due"),
)

hours = Table(
    "hours",
    metadata,
    _id(),
    Column("ref", String(64)),
    Column("seq", Integer, nullable=False),  # 0 as first posted, 1 and up what corrects it
    _to("orders", "order_id", nullable=False),
    Column("kind", String(12), nullable=False),
    Column("worked_on", Date, nullable=False),
    Column("worked_minutes", Integer, nullable=False),
    Column("credited_minutes", Integer, nullable=False),
    Column("activity", String(16), nullable=False),
    _to("placements", "placement_id"),
    Column("note", Secret),
    Column("legal_basis", String(200)),
    Column("actor", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("ref", "seq"),
    _one_of("kind", "work", "adjustment"),
    _one_of("activity", *ACTIVITIES),
    CheckConstraint("kind = 'work' OR legal_basis IS NOT NULL", name="legal_basis"),
    Index("ix_hours_order_id", "order_id"),
    Index("ix_hours_at", "at"),
)

packs = Table(
    "packs",
    metadata,
    _id(),
    Column("ref", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("activity", String(16), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("stock", Integer, nullable=False),
    Column("collect_from", String(200), nullable=False),
    Column("return_within_days", Integer, nullable=False),
    Column("note", String(500), nullable=False),
    _one_of("activity", *ACTIVITIES),
    CheckConstraint("minutes > 0", name="minutes"),
    CheckConstraint("stock >= 0", name="stock"),
)

pack_requests = Table(
    "pack_requests",  # of a home-working pack, or of a place in a group or course
    metadata,
    _id(),
    _to("people", "person_id", nullable=False),
    _to("orders", "order_id", nullable=False),
    _to("packs", "pack_id"),
    _to("placements", "placement_id"),
    Column("status", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", String(10), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", String(80)),
    Column("reason", Secret),  # staff only
    Column("ready_at", Moment),
    Column("collected_at", Moment),
    Column("return_by", Date),
    Column("finished_at", Moment),  # as the person says
    Column("closed_at", Moment),
    Column("hours_ref", String(64)),  # what was credited for it in the ledger
    CheckConstraint("(pack_id IS NULL) <> (placement_id IS NULL)", name="one_subject"),
    _one_of("status", *PACK_OPEN, *PACK_CLOSED),
    Index("ix_pack_requests_person_id", "person_id"),
)
Index(
    "uq_pack_requests_open",
    pack_requests.c.person_id,
    unique=True,
    **_where("closed_at IS NULL"),
)

pack_photos = Table(
    "pack_photos",
    metadata,
    _id(),
    _to("pack_requests", "pack_request_id", nullable=False),
    Column("file", Secret, nullable=False),  # its id in Telegram's store
    Column("state", String(10), nullable=False),
    Column("image", Secret),  # once it is kept: a JPEG without metadata, base64
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    _one_of("state", *PHOTO_STATES),
    Index("ix_pack_photos_pack_request_id", "pack_request_id"),
    Index(
        "ix_pack_photos_wanted",
        "next_attempt_at",
        **_where("state = 'wanted'"),
    ),
)

feedback_rounds = Table(
    "feedback_rounds",  # who was asked, and how far they are; never what they said
    metadata,
    _id(),
    _to("people", "person_id", nullable=False),
    _to("orders", "order_id"),
    _to("bookings", "booking_id"),
    Column("kind", String(10), nullable=False),
    Column("questionnaire", String(20), nullable=False),  # and its version: exit-1
    Column("sheet", String(32)),  # where the answers are; forgotten, with what follows, when the round closes
    Column("next_question", String(20)),
    Column("activity", String(16)),
    Column("placement_kind", String(20)),
    Column("asked_at", Moment, nullable=False),
    Column("heard_at", Moment, nullable=False),  # when they last said something in it, or were asked
    Column("expires_at", Moment, nullable=False),
    Column("reminded_at", Moment),
    Column("closed_at", Moment),
    _one_of("kind", "session", "exit", "asked"),
    CheckConstraint(
        "(closed_at IS NULL) = (sheet IS NOT NULL) AND (closed_at IS NULL OR (next_question IS NULL"
        " AND activity IS NULL AND placement_kind IS NULL))",
        name="apart",
    ),
    Index("ix_feedback_rounds_person_id", "person_id"),
)

feedback_answers = Table(
    "feedback_answers",  # nothing here leads to a person, not even the order of the rows: their ids are drawn
    metadata,
    _id(),
    Column("sheet", String(32), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("questionnaire", String(20), nullable=False),
    Column("question", String(20), nullable=False),
    Column("answer", String(20)),
    Column("words", Secret),
    Column("activity", String(16), nullable=False),
    Column("placement_kind", String(20)),
    Column("year", Integer, nullable=False),  # no nearer: a day would tell who
    UniqueConstraint("sheet", "question"),
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    Column("class", String(20), nullable=False),
    Column("severity", Integer, nullable=False),
    _to("people", "person_id"),
    Column("sender_hash", HASH),  # who it is about when nobody in the record
    _to("sessions", "session_id"),
    _to("bookings", "booking_id"),
    Column("state", String(12), nullable=False),
    _to("staff", "owner_id"),
    Column("opened_at", Moment, nullable=False),
    Column("last_message_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("outcome", String(16)),
    Column("step", Integer, nullable=False),
    Column("next_step_at", Moment),
    _one_of("state", "open", "acknowledged", "resolved"),
    CheckConstraint("(state = 'resolved') = (outcome IS NOT NULL)", name="outcome"),
    Index("ix_alerts_next_step_at", "next_step_at"),
    Index("ix_alerts_session_id", "session_id"),
)

alert_steps = Table(
    "alert_steps",
    metadata,
    _id(),
    _to("alerts", "alert_id", nullable=False),
    Column("what", String(16), nullable=False),
    _to("staff", "staff_id"),
    Column("at", Moment, nullable=False),
    _one_of(
        "what",
        "opened", "message", "notified", "acknowledged", "taken_over", "read", "passed", "unmanned", "lapsed", "ended",
        "resolved",
    ),
    Index("ix_alert_steps_alert_id", "alert_id"),
)  # fmt: skip

broadcasts = Table(
    "broadcasts",
    metadata,
    _id(),
    Column("kind", String(12), nullable=False),
    Column("status", String(8), nullable=False),
    Column("what", SecretJson, nullable=False),  # the template's fields, or the words
    Column("who", SecretJson, nullable=False),  # the audience as it was asked for
    _to("staff", "staff_id"),
    Column("made_by", String(80), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("second", String(80)),  # why somebody else has to look at it; none: nobody has
    Column("approved_by", String(80)),
    Column("approved_at", Moment),
    Column("break_glass", Boolean, nullable=False, server_default="0"),  # went alone, to be reviewed
    Column("reviewed_at", Moment),
    Column("confirmed_at", Moment),
    Column("hold_until", Moment),
    Column("begun_at", Moment),
    Column("finished_at", Moment),
    Column("stopped_at", Moment),
    Column("again_until", Date),  # said again each morning until that day
    _one_of("kind", *BROADCASTS),
    _one_of("status", *BROADCAST_STAGES),
    Index("ix_broadcasts_status", "status"),
)

inbound = Table(
    "inbound",
    metadata,
    _id(),
    Column("door", String(10), nullable=False),
    Column("provider_id", String(80), nullable=False),
    Column("sender_hash", HASH),
    Column("payload", Secret, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Moment),
    Column("error", String(80)),  # the exception's class, never its text
    Column("handled_at", Moment),
    _to("alerts", "alert_id"),
    UniqueConstraint("door", "provider_id"),
    _one_of("door", "telegram", "twilio"),
    _one_of("state", "stored", "handled", "failed"),
    # Only of what is settled: whoever waits at the door need not wait for its pages, each somewhere else in the file.
    Index(
        "ix_inbound_sender_hash",
        "sender_hash",
        "id",
        **_where("state <> 'stored'"),
    ),
    Index(
        "ix_inbound_retried",
        "sender_hash",
        **_where("state = 'stored' AND next_attempt_at IS NOT NULL"),
    ),
    Index(
        "ix_inbound_stored",
        "id",
        **_where("state = 'stored'"),
    ),
)

questions = Table(
    "questions",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),
    _to("people", "person_id", nullable=False),
    _to("bookings", "booking_id"),
    _to("reports", "report_id"),
    _to("pack_requests", "pack_request_id"),
    _to("feedback_rounds", "feedback_round_id"),
    Column("then", String(16)),  # what a right PIN lets happen
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("closed_at", Moment),
    _one_of(
        "kind",
        "coming", "reason", "how_late", "call_when", "abuse_ok", "pin", "wrong_person", "more", "language", "pause",
        "window", "which_pack", "which_place", "pack_asked", "pack_done", "feedback", "exit", "details",
    ),
    Index("ix_questions_person_id", "person_id"),
)  # fmt: skip

threads = Table(
    "threads",  # what a person and the staff write to each other in their own words
    metadata,
    _id(),
    Column("person_id", BigInteger().with_variant(Integer, "sqlite"), ForeignKey("people.id"), nullable=False, unique=True),
    _to("staff", "owner_id"),  # whom it was passed to; none: the person's case manager
    Column("opened_at", Moment, nullable=False),
    Column("unread_since", Moment),  # when the first came that nobody has seen
    Column("due_at", Moment),  # by when somebody has to have seen it
    Column("step", Integer, nullable=False, server_default="0"),
    Column("next_step_at", Moment),
    Column("remind_at", Moment),  # when whoever said "later" is told again
    Column("closed_at", Moment),
    Column("erased_at", Moment),
    Index(
        "ix_threads_unread_since",
        "unread_since",
        **_where("unread_since IS NOT NULL"),
    ),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    Column("key", String(120), nullable=False, unique=True),
    Column("purpose", String(16), nullable=False),
    Column("string", String(40), nullable=False),
    Column("fields", SecretJson, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("timing", String(8), nullable=False),
    _to("people", "person_id"),
    _to("staff", "staff_id"),
    Column("address", Secret),  # a stranger's, when neither person nor staff
    Column("channel", String(10)),  # the one it must take, or none for the person's own
    Column("edits", BigInteger),  # the Telegram message it replaces
    _to("bookings", "booking_id"),
    Column("booking_version", Integer),
    _to("sessions", "session_id"),
    Column("session_version", Integer),
    _to("questions", "question_id"),
    _to("alerts", "alert_id"),
    _to("pack_requests", "pack_request_id"),
    Column("pack_version", Integer),  # of the request
    _to("broadcasts", "broadcast_id"),
    _to("threads", "thread_id"),
    _to("inbound", "inbound_id"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("status", String(14), nullable=False),
    Column("why", String(40)),
    Column("told_at", Moment),
    _one_of(
        "purpose",
        "reply", "safety", "reminder", "welcome", "off", "moved", "missed", "alert", "late", "roster", "link", "trouble",
        "pack", "feedback", "milestone", "ended", "verify", "broadcast", "decision", "task", "conversation",
    ),
    _one_of("status", "open", "told", "superseded", "cancelled", "expired", "suppressed", "undeliverable"),
    _one_of("timing", "any", "window", "closure", "timely", "routine"),
    CheckConstraint("lane BETWEEN 0 AND 4", name="lane"),
    CheckConstraint("expires_at > created_at", name="expires_at"),
    CheckConstraint("person_id IS NOT NULL OR staff_id IS NOT NULL OR address IS NOT NULL", name="recipient"),
    Index("ix_notices_person_id", "person_id"),
    *(
        Index(f"ix_notices_{about}", about, **_where(f"{about} IS NOT NULL"))
        for about in ("booking_id", "session_id", "alert_id", "broadcast_id", "thread_id")
    ),
)  # fmt: skip

thread_entries = Table(
    "thread_entries",  # a thread in the order it was said, with what was done about it
    metadata,
    _id(),
    _to("threads", "thread_id", nullable=False),
    Column("kind", String(8), nullable=False),
    Column("words", Secret),  # of `in` and `out`, until they are erased; of a template none
    Column("actor", String(80), nullable=False),
    _to("staff", "staff_id"),  # to whom it was passed or whom it climbed to
    _to("inbound", "inbound_id"),
    _to("notices", "notice_id"),
    Column("at", Moment, nullable=False),
    Column("seen_at", Moment),  # of `in`
    _one_of("kind", *THREAD_ENTRIES),
    Index("ix_thread_entries_thread_id", "thread_id"),
)

broadcast_people = Table(
    "broadcast_people",  # everybody in its audience: told by a notice, or left out and why
    metadata,
    _id(),
    _to("broadcasts", "broadcast_id", nullable=False),
    _to("people", "person_id", nullable=False),
    _to("bookings", "booking_id"),
    _to("notices", "notice_id"),
    Column("left_out", String(20)),
    Column("chased_at", Moment),
    UniqueConstraint("broadcast_id", "person_id", "booking_id"),
    Index("ix_broadcast_people_person_id", "person_id"),
    Index("ix_broadcast_people_notice_id", "notice_id"),
)

staff_questions = Table(
    "staff_questions",  # what one of the staff was asked last: the next words are the answer
    metadata,
    _id(),
    _to("staff", "staff_id", nullable=False),
    Column("kind", String(16), nullable=False),
    Column("so_far", SecretJson),  # what was answered on the way
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("ix_staff_questions_staff_id", "staff_id"),
)

LIVE = ("pending", "sending", "unknown")

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("token", String(32), nullable=False, unique=True),  # what a receipt carries back
    _to("notices", "notice_id", nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", String(10), nullable=False),
    Column("action", String(8), nullable=False),
    Column("target", BigInteger),  # the Telegram message to edit or delete
    Column("status", String(12), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("counts", Boolean, nullable=False),  # towards the person's daily limit
    Column("address", Secret, nullable=False),
    Column("address_hash", HASH, nullable=False),
    Column("body", Secret),
    Column("locale", LANGUAGE),
    Column("parts", Integer),
    Column("not_before", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("fence", Integer),
    Column("attempts", Integer, nullable=False),
    Column("resends", Integer, nullable=False),  # after an unknown that left no trace
    Column("checks", Integer, nullable=False),  # provider lists read since it became unknown
    Column("check_at", Moment),
    Column("sending_at", Moment),  # on the machine's own clock, to compare with the provider's
    Column("started_at", Moment),
    Column("provider", String(10)),
    Column("reference", String(80)),
    Column("error_class", String(12)),
    Column("error_code", String(40)),
    Column("accepted_at", Moment),
    Column("sent_at", Moment),
    Column("final_at", Moment),
    Column("deleted_at", Moment),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("notice_id", "seq"),
    _one_of("channel", *CHANNELS),
    _one_of("action", "send", "edit", "delete"),
    _one_of(
        "status",
        "pending", "sending", "unknown", "accepted", "sent", "delivered", "undelivered", "failed", "cancelled", "expired",
    ),
    CheckConstraint("status NOT IN ('accepted', 'sent') OR accepted_at IS NOT NULL", name="accepted"),
    CheckConstraint("status <> 'sending' OR (fence IS NOT NULL AND sending_at IS NOT NULL)", name="sending"),
    CheckConstraint("action = 'send' OR target IS NOT NULL", name="target"),
)  # fmt: skip
Index(
    "uq_deliveries_live",
    deliveries.c.notice_id,
    unique=True,
    sqlite_where=text("(status = 'pending' OR status = 'sending' OR status = 'unknown') AND action <> 'delete'"),
    postgresql_where=text("status IN ('pending', 'sending', 'unknown') AND action <> 'delete'"),
)
Index(
    "uq_deliveries_provider_reference",
    deliveries.c.provider,
    deliveries.c.reference,
    unique=True,
    **_where("reference IS NOT NULL"),
)
Index(
    "ix_deliveries_pending",
    deliveries.c.channel,
    deliveries.c.lane,
    deliveries.c.not_before,
    deliveries.c.id,
    **_where("status = 'pending'"),
)
Index(
    "ix_deliveries_unsettled",
    deliveries.c.channel,
    deliveries.c.status,
    **_where("status IN ('sending', 'unknown', 'accepted', 'sent')"),
)
Index(
    "ix_deliveries_retried",
    deliveries.c.address_hash,
    deliveries.c.channel,
    **_where("status = 'pending' AND attempts > 0"),
)
Index(
    "ix_deliveries_refused",
    deliveries.c.channel,
    deliveries.c.final_at,
    **_where("error_class = 'config'"),
)
Index(
    "ix_deliveries_in_chats",
    deliveries.c.accepted_at,
    **_where("channel = 'telegram' AND action = 'send' AND status = 'delivered' AND deleted_at IS NULL"),
)
Index(
    "ix_notices_open",
    notices.c.id,
    **_where("status = 'open'"),
)
Index("ix_deliveries_address_hash", deliveries.c.address_hash, deliveries.c.created_at)

receipts = Table(
    "receipts",
    metadata,
    _id(),
    Column("provider", String(10), nullable=False),
    Column("reference", String(80), nullable=False),
    Column("token", String(32)),
    Column("status", String(16), nullable=False),
    Column("error_code", String(40), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("applied_at", Moment),
    UniqueConstraint("provider", "reference", "status", "error_code"),
)

suppressions = Table(
    "suppressions",
    metadata,
    _id(),
    Column("address_hash", HASH, nullable=False),
    Column("scope", String(12), nullable=False),
    Column("why", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("lifted_by", String(80)),
    _one_of("scope", "proactive", "everything"),
)
Index(
    "uq_suppressions_live",
    suppressions.c.address_hash,
    suppressions.c.scope,
    unique=True,
    **_where("lifted_at IS NULL"),
)

tasks = Table(
    "tasks",
    metadata,
    _id(),
    Column("key", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("class", String(20)),
    _to("people", "person_id"),
    _to("staff", "owner_id"),
    Column("note", Secret),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("status", String(6), nullable=False),
    Column("closed_at", Moment),
    Column("wakes_at", Moment),  # until then there is nothing to do about it
    Column("climbed_at", Moment),  # when whoever leads was told that it is overdue
    Column("outcome", String(20)),  # how it ended, in the word of whoever closed it
    Column("closed_by", String(80)),
    _one_of("status", "open", "done"),
    Index("ix_tasks_owner_id", "owner_id"),
)
Index(
    "uq_tasks_open_key",
    tasks.c.key,
    unique=True,
    **_where("status = 'open'"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("until", Moment, nullable=False),  # on the machine's own clock, never a travelled one
    Column("released", Boolean, nullable=False),  # given back, rather than lost in a crash
)

pauses = Table(
    "pauses",
    metadata,
    Column("channel", String(10), primary_key=True),
    Column("why", String(12), nullable=False),
    Column("code", String(40), nullable=False),
    Column("until", Moment, nullable=False),  # on the machine's own clock
    Column("seconds", Integer, server_default="60", nullable=False),  # how long it was to last
    _one_of("channel", *CHANNELS),
    _one_of("why", "rate", "account", "config"),
)

fed = Table(
    "fed",
    metadata,
    _id(),
    Column("file", String(20), nullable=False),
    Column("key", String(140), nullable=False),
    Column("cells", SecretJson, nullable=False),  # as the row last stood in the file
    UniqueConstraint("file", "key"),
)

cursors = Table(
    "cursors", metadata, Column("name", String(40), primary_key=True), Column("value", String(80), nullable=False)
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(20), primary_key=True),
    Column("holder", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("began", Moment),  # its first sign; of an older version unknown
    Column("ended", Boolean, server_default="0", nullable=False),  # as it was told to, rather than in a crash
)

access_log = Table(
    "access_log",
    metadata,
    _id(),
    Column("actor", String(80), nullable=False),
    _to("people", "person_id"),
    Column("action", String(40), nullable=False),
    Column("reason", String(200)),
    Column("at", Moment, nullable=False),
    Index("ix_access_log_person_id", "person_id"),
)

APPEND_ONLY = ("hours", "access_log", "alert_steps", "attendance", "decisions")
