"""Whether a message may go to somebody now: decided when it is sent, since much may have changed meanwhile."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, literal_column, null, select, union_all

from db import finished, hours
from db import suppressions as closed_for
from db.council import LONDON, Council
from db.given import among
from db.hours import Account
from db.people import OUT_OF_REACH, Person
from db.prepared import Prepared, together
from db.schema import bookings, deliveries, notices, pack_requests, sessions, suppressions
from db.sending_hours import is_permitted, next_permitted

REPLY_STAYS_FRESH = timedelta(minutes=5)  # they are holding the phone; after that a reply waits for permitted hours
PROACTIVE = frozenset(
    {"reminder", "welcome", "off", "moved", "missed", "milestone", "pack", "feedback", "ended", "broadcast",
     "decision", "conversation", "late"}
)  # fmt: skip
SPARED = ("reminder", "milestone", "feedback")  # what who stopped reminders is spared; a changed session they still hear
WITH_NONE_LEFT = ("milestone", "conversation")  # may be about an order whose hours are all done
GONE_OUT = ("sending", "unknown", "accepted", "sent", "delivered")
RUNS = ("active", "breached", "suspended")


@dataclass(frozen=True, slots=True)
class Hold:
    """Not yet: try again then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not at all: what the notice becomes, and why in one word."""

    status: str
    why: str


class Facts(NamedTuple):
    """The parts of a delivery and its notice that decide."""

    purpose: str
    timing: str
    lane: int
    counts: bool
    channel: str
    address_hash: str
    created_at: datetime
    expires_at: datetime
    booking_id: int | None
    booking_version: int | None
    session_id: int | None
    session_version: int | None
    pack_request_id: int | None = None
    pack_version: int | None = None


# One question instead of three, since each costs a journey to the database: what stands of the bookings, what the
# addresses are closed for, and how many counted messages each person got on this London day.
_BOOKED = (
    select(
        literal_column("'booked'").label("what"), bookings.c.id, bookings.c.order_id, sessions.c.version,
        bookings.c.version.label("booking_version"), sessions.c.status, bookings.c.status.label("booked"),
        bookings.c.answer,
    )
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .where(among(bookings.c.id, "booking_ids"))
)  # fmt: skip
_PACKS = select(pack_requests.c.id, pack_requests.c.version, pack_requests.c.order_id).where(
    among(pack_requests.c.id, "ids")
)
_CLOSED = select(
    literal_column("'closed'"), null(), null(), null(), null(), suppressions.c.address_hash, suppressions.c.scope, null()
).where(among(suppressions.c.address_hash, "hashes"), suppressions.c.lifted_at.is_(None))
_TOLD = (
    select(literal_column("'told'"), notices.c.person_id, func.count(), null(), null(), null(), null(), null())
    .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
    .where(
        among(notices.c.person_id, "counted"),
        deliveries.c.counts,
        deliveries.c.sending_at.is_not(None),
        deliveries.c.status.in_([literal_column(f"'{status}'") for status in GONE_OUT]),
        deliveries.c.started_at >= bindparam("midnight"),
        deliveries.c.started_at <= bindparam("now"),
    )
    .group_by(notices.c.person_id)
)
_KNOWN = Prepared(union_all(_BOOKED, _CLOSED, _TOLD))
Asked = tuple[Facts, Person | None]


class _Stands(NamedTuple):
    """What stands of a booking and its session."""

    order_id: int
    version: int
    booking_version: int
    status: str
    booked: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the record says at this moment about all that is asked at once."""

    about: dict[int, _Stands]  # session and booking, by the booking's id
    packs: Mapping[int, Any]  # by the id of the request
    scopes: dict[str, set[str]]  # what each address is closed for
    running: Mapping[int, set[int]]  # the orders of each person on which messages may go
    allowed: Mapping[int, set[int]]  # of those, with minutes left
    told: dict[int, int]  # counted messages of this London day, by person
    finished: Collection[int]  # people who have lately done all their hours


def check_all(
    connection: Connection, council: Council, asked: Sequence[Asked], *, now: datetime
) -> list[Hold | Refusal | None]:
    """For each, None when it may go. Staff and strangers are bound by expiry and suppression only."""
    known = _read(connection, asked, now)
    return [_check(council, facts, person, known, now) for facts, person in asked]


def check(
    connection: Connection, council: Council, facts: Facts, person: Person | None, *, now: datetime
) -> Hold | Refusal | None:
    """As `check_all`, of one."""
    return check_all(connection, council, [(facts, person)], now=now)[0]


def _read(connection: Connection, asked: Sequence[Asked], now: datetime) -> _Known:
    midnight = datetime.combine(now.astimezone(LONDON).date(), time(), LONDON)
    of = {
        "booking_ids": {facts.booking_id for facts, _ in asked if facts.booking_id is not None},
        "hashes": {facts.address_hash for facts, _ in asked if facts.purpose != "safety"},
        "counted": {person.id for facts, person in asked if person is not None and facts.counts},
    }
    pack_ids = {facts.pack_request_id for facts, _ in asked if facts.pack_request_id is not None}
    packs = {row.id: row for row in connection.execute(_PACKS, {"ids": pack_ids})} if pack_ids else {}
    ending = {person.id for facts, person in asked if person is not None and _is_of_the_end(facts)}
    done = finished.lately(connection, now=now, person_ids=ending) if ending else ()
    unasked = {person.id for facts, person in asked if person is not None and facts.purpose in PROACTIVE}
    with together(connection):
        theirs = hours.ask_of_people(connection, unasked) if unasked else dict
        rows = _KNOWN.ask(connection, {**of, "midnight": midnight, "now": now}) if any(of.values()) else tuple
    known = _Known({}, packs, defaultdict(set), *_allowed(theirs()), {}, done)
    for what, id_, *rest in rows():
        if what == "booked":
            known.about[id_] = _Stands(*rest)
        elif what == "closed":
            known.scopes[rest[3]].add(rest[4])
        else:
            known.told[id_] = rest[0]
    return known


def _is_of_the_end(facts: Facts) -> bool:
    """The exit questions, which alone go to somebody who has no hours left; of a session is what names a booking."""
    return facts.purpose == "feedback" and facts.booking_id is None


Orders = dict[int, set[int]]


def _allowed(theirs: Mapping[int, Account]) -> tuple[Orders, Orders]:
    """Orders that run, and those that have minutes left; breached, suspended and fiscal-work ones only where an officer
    turned it on. None of somebody who is in custody, or has died."""
    gone = {order.person_id for order in theirs.values() if order.status in OUT_OF_REACH}
    running: Orders = defaultdict(set)
    allowed: Orders = defaultdict(set)
    for order_id, order in theirs.items():
        is_on = order.messages_on or (order.status == "active" and order.kind != "fiscal_work_order")
        if order.person_id in gone or order.status not in RUNS or not is_on:
            continue
        running[order.person_id].add(order_id)
        if order.balance.left > 0:
            allowed[order.person_id].add(order_id)
    return running, allowed


def _check(council: Council, facts: Facts, person: Person | None, known: _Known, now: datetime) -> Hold | Refusal | None:
    if facts.expires_at <= now:
        return Refusal("expired", "expired")
    outdated = _outdated(facts, known) or _pack_went_on(facts, known)
    if outdated:
        return outdated
    if facts.purpose != "safety" and _suppressed(facts, known):
        return Refusal("suppressed", "suppressed")
    if person is None:
        return None
    if person.mode == "no_contact":
        return Refusal("suppressed", "no_contact")
    if facts.purpose in PROACTIVE and (refusal := _ineligible(council, facts, person, known, now)):
        return refusal
    if facts.purpose != "safety" and facts.channel == "sms" and person.number_suspended:
        return Refusal("suppressed", "number_suspended")
    return _wait(council, facts, person, known, now)


def _outdated(facts: Facts, known: _Known) -> Refusal | None:
    if facts.session_id is None or facts.booking_id is None:
        return None
    row = known.about[facts.booking_id]
    stands = row.status == "planned" and row.booked == "booked"
    if facts.purpose == "off":
        if stands:
            return Refusal("superseded", "on_again")
        newer = row.booked == "booked" and row.version != facts.session_version
        return Refusal("superseded", "session_changed") if newer else None
    if facts.purpose in ("reminder", "moved", "broadcast") and not stands:
        return Refusal("superseded", "not_booked")
    if facts.purpose != "reply" and row.version != facts.session_version:
        return Refusal("superseded", "session_changed")
    if facts.purpose == "reminder" and row.booking_version != facts.booking_version:
        return Refusal("superseded", "booking_changed")
    if facts.purpose == "reminder" and row.answer == "cant":
        return Refusal("superseded", "reported")
    return None


def _pack_went_on(facts: Facts, known: _Known) -> Refusal | None:
    """What was said of a pack's state is not said once it is in another; an answer tells what was true when they asked."""
    if facts.pack_request_id is None or facts.purpose == "reply":
        return None
    stands = known.packs[facts.pack_request_id].version == facts.pack_version
    return None if stands else Refusal("superseded", "pack_changed")


def _suppressed(facts: Facts, known: _Known) -> bool:
    scopes = known.scopes.get(facts.address_hash, ())
    return closed_for.EVERYTHING in scopes or (closed_for.PROACTIVE in scopes and facts.purpose in PROACTIVE)


def _ineligible(council: Council, facts: Facts, person: Person, known: _Known, now: datetime) -> Refusal | None:
    if not council.is_live(person.ref):
        return Refusal("suppressed", "not_live")
    if person.stop_level == "all" or (person.stop_level == "reminders" and facts.purpose in SPARED):
        return Refusal("suppressed", "stopped")
    if facts.purpose == "reminder" and person.paused_until is not None and now < person.paused_until:
        return Refusal("suppressed", "paused")
    if facts.channel == "sms":
        if person.shared:
            return Refusal("suppressed", "shared")
        if not person.phone_is_own:
            return Refusal("suppressed", "not_own")
    if facts.purpose != "ended" and not _order_allows(facts, person, known):
        return Refusal("suppressed", "order")
    return None


def _order_allows(facts: Facts, person: Person, known: _Known) -> bool:
    """The order of a booking or a pack alone speaks for it; without either, any of the person's."""
    if _is_of_the_end(facts):
        return person.id in known.finished
    allowed = (known.running if facts.purpose in WITH_NONE_LEFT else known.allowed).get(person.id, set())
    if facts.pack_request_id is not None:
        return known.packs[facts.pack_request_id].order_id in allowed
    return bool(allowed) if facts.booking_id is None else known.about[facts.booking_id].order_id in allowed


def _wait(council: Council, facts: Facts, person: Person, known: _Known, now: datetime) -> Hold | Refusal | None:
    timing = facts.timing
    if facts.purpose == "reply" and now - facts.created_at > REPLY_STAYS_FRESH:
        timing = "timely"
    if not is_permitted(council, now, timing, person.safe):  # type: ignore[arg-type]
        return _until(next_permitted(council, now, timing, person.safe), facts)  # type: ignore[arg-type]
    if facts.counts and known.told.get(person.id, 0) >= council.person_day:
        midnight = datetime.combine(now.astimezone(LONDON).date() + timedelta(days=1), time(), LONDON)
        return _until(next_permitted(council, midnight, timing, person.safe), facts)  # type: ignore[arg-type]
    return None


def _until(moment: datetime | None, facts: Facts) -> Hold | Refusal:
    if moment is None or moment >= facts.expires_at:
        return Refusal("expired", "no_time_left")
    return Hold(moment)
