"""Whether a message may go to somebody now: decided when it is sent, since much may have changed meanwhile."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, func, select

from db import hours, suppressions
from db.council import LONDON, Council
from db.people import Person
from db.schema import bookings, deliveries, notices, orders, sessions
from db.sending_hours import is_permitted, next_permitted

REPLY_STAYS_FRESH = timedelta(minutes=5)  # they are holding the phone; after that a reply waits for permitted hours
PROACTIVE = frozenset({"reminder", "welcome", "off", "moved", "missed"})


@dataclass(frozen=True, slots=True)
class Hold:
    """Not yet: try again then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not at all: what the notice becomes, and why in one word."""

    status: str
    why: str


@dataclass(frozen=True, slots=True)
class Facts:
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


def check(
    connection: Connection, council: Council, facts: Facts, person: Person | None, *, now: datetime
) -> Hold | Refusal | None:
    """None when it may go. Staff and strangers are bound by expiry and suppression only."""
    if facts.expires_at <= now:
        return Refusal("expired", "expired")
    outdated = _outdated(connection, facts)
    if outdated:
        return outdated
    if facts.purpose != "safety" and _suppressed(connection, facts):
        return Refusal("suppressed", "suppressed")
    if person is None:
        return None
    if person.mode == "no_contact":
        return Refusal("suppressed", "no_contact")
    if facts.purpose in PROACTIVE and (refusal := _ineligible(connection, council, facts, person)):
        return refusal
    if facts.purpose != "safety" and facts.channel == "sms" and person.number_suspended:
        return Refusal("suppressed", "number_suspended")
    return _wait(connection, council, facts, person, now)


def _outdated(connection: Connection, facts: Facts) -> Refusal | None:
    if facts.session_id is None or facts.booking_id is None:
        return None
    row = connection.execute(
        select(
            sessions.c.version,
            sessions.c.status,
            bookings.c.version.label("booking_version"),
            bookings.c.status.label("booked"),
            bookings.c.answer,
        )
        .join(bookings, bookings.c.session_id == sessions.c.id)
        .where(bookings.c.id == facts.booking_id)
    ).one()
    stands = row.status == "planned" and row.booked == "booked"
    if facts.purpose == "off":
        if stands:
            return Refusal("superseded", "on_again")
        newer = row.booked == "booked" and row.version != facts.session_version
        return Refusal("superseded", "session_changed") if newer else None
    if facts.purpose in ("reminder", "moved") and not stands:
        return Refusal("superseded", "not_booked")
    if facts.purpose != "reply" and row.version != facts.session_version:
        return Refusal("superseded", "session_changed")
    if facts.purpose == "reminder" and row.booking_version != facts.booking_version:
        return Refusal("superseded", "booking_changed")
    if facts.purpose == "reminder" and row.answer == "cant":
        return Refusal("superseded", "reported")
    return None


def _suppressed(connection: Connection, facts: Facts) -> bool:
    scopes = suppressions.scopes(connection, facts.address_hash)
    return suppressions.EVERYTHING in scopes or (suppressions.PROACTIVE in scopes and facts.purpose in PROACTIVE)


def _ineligible(connection: Connection, council: Council, facts: Facts, person: Person) -> Refusal | None:
    if not council.is_live(person.ref):
        return Refusal("suppressed", "not_live")
    if person.stop_level == "all" or (person.stop_level == "reminders" and facts.purpose == "reminder"):
        return Refusal("suppressed", "stopped")
    if facts.channel == "sms":
        if person.shared:
            return Refusal("suppressed", "shared")
        if not person.phone_is_own:
            return Refusal("suppressed", "not_own")
    if not _order_allows(connection, facts, person):
        return Refusal("suppressed", "order")
    return None


def _order_allows(connection: Connection, facts: Facts, person: Person) -> bool:
    """The order runs and has minutes left. Breached, suspended and fiscal-work orders only where an officer turned it on."""
    query = select(orders.c.id, orders.c.kind, orders.c.status, orders.c.messages_on).where(
        orders.c.person_id == person.id, orders.c.status.in_(("active", "breached", "suspended"))
    )
    if facts.booking_id is not None:
        query = query.join(bookings, bookings.c.order_id == orders.c.id).where(bookings.c.id == facts.booking_id)
    allowed = [
        row.id
        for row in connection.execute(query)
        if row.messages_on or (row.status == "active" and row.kind != "fiscal_work_order")
    ]
    if not allowed:
        return False
    return any(balance.left > 0 for balance in hours.balances(connection, allowed).values())


def _wait(connection: Connection, council: Council, facts: Facts, person: Person, now: datetime) -> Hold | Refusal | None:
    timing = facts.timing
    if facts.purpose == "reply" and now - facts.created_at > REPLY_STAYS_FRESH:
        timing = "timely"
    if not is_permitted(council, now, timing, person.safe):  # type: ignore[arg-type]
        return _until(next_permitted(council, now, timing, person.safe), facts)  # type: ignore[arg-type]
    if facts.counts and _told_on(connection, person, now) >= council.person_day:
        midnight = datetime.combine(now.astimezone(LONDON).date() + timedelta(days=1), time(), LONDON)
        return _until(next_permitted(council, midnight, timing, person.safe), facts)  # type: ignore[arg-type]
    return None


def _until(moment: datetime | None, facts: Facts) -> Hold | Refusal:
    if moment is None or moment >= facts.expires_at:
        return Refusal("expired", "no_time_left")
    return Hold(moment)


def _told_on(connection: Connection, person: Person, now: datetime) -> int:
    """How many counted messages this person got on this London day."""
    midnight = datetime.combine(now.astimezone(LONDON).date(), time(), LONDON)
    query = (
        select(func.count())
        .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
        .where(
            notices.c.person_id == person.id,
            deliveries.c.counts,
            deliveries.c.sending_at.is_not(None),
            deliveries.c.status.in_(("sending", "unknown", "accepted", "sent", "delivered")),
            deliveries.c.started_at >= midnight,
            deliveries.c.started_at <= now,
        )
    )
    return connection.execute(query).scalar_one()
