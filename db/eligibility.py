"""Whether a message may go to somebody now: decided when it is sent, since much may have changed meanwhile."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from db import finished, hours, suppressions
from db.council import LONDON, Council
from db.endings import OUT_OF_REACH
from db.people import Person
from db.schema import bookings, deliveries, notices, orders, pack_requests, sessions
from db.sending_hours import is_permitted, next_permitted

REPLY_STAYS_FRESH = timedelta(minutes=5)  # they are holding the phone; after that a reply waits for permitted hours
PROACTIVE = frozenset(
    {"reminder", "welcome", "off", "moved", "missed", "milestone", "pack", "feedback", "ended"}
)  # fmt: skip
SPARED = ("reminder", "milestone", "feedback")  # what who stopped reminders is spared; a changed session they still hear
WITH_NONE_LEFT = ("milestone",)  # may be about an order whose hours are all done


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
    pack_request_id: int | None = None
    pack_version: int | None = None


_ABOUT = (
    select(
        bookings.c.id,
        sessions.c.version,
        sessions.c.status,
        bookings.c.version.label("booking_version"),
        bookings.c.status.label("booked"),
        bookings.c.answer,
        bookings.c.order_id,
    )
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .where(bookings.c.id.in_(bindparam("ids", expanding=True)))
)
_PACKS = select(pack_requests.c.id, pack_requests.c.version, pack_requests.c.order_id).where(
    pack_requests.c.id.in_(bindparam("ids", expanding=True))
)
_ORDERS = select(orders.c.id, orders.c.person_id, orders.c.kind, orders.c.status, orders.c.messages_on).where(
    orders.c.person_id.in_(bindparam("ids", expanding=True)),
    orders.c.status.in_(("active", "breached", "suspended", *OUT_OF_REACH)),
)
_TOLD = (
    select(notices.c.person_id, func.count())
    .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
    .where(
        notices.c.person_id.in_(bindparam("ids", expanding=True)),
        deliveries.c.counts,
        deliveries.c.sending_at.is_not(None),
        deliveries.c.status.in_(("sending", "unknown", "accepted", "sent", "delivered")),
        deliveries.c.started_at >= bindparam("midnight"),
        deliveries.c.started_at <= bindparam("now"),
    )
    .group_by(notices.c.person_id)
)
Asked = tuple[Facts, Person | None]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the record says at this moment about all that is asked at once."""

    about: Mapping[int, Any]  # session and booking, by the booking's id
    packs: Mapping[int, Any]  # by the id of the request
    scopes: Mapping[str, set[str]]
    running: Mapping[int, set[int]]  # the orders of each person on which messages may go
    allowed: Mapping[int, set[int]]  # of those, with minutes left
    told: Mapping[int, int]
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
    booking_ids = {facts.booking_id for facts, _ in asked if facts.booking_id is not None}
    about = {row.id: row for row in connection.execute(_ABOUT, {"ids": list(booking_ids)})} if booking_ids else {}
    pack_ids = {facts.pack_request_id for facts, _ in asked if facts.pack_request_id is not None}
    packs = {row.id: row for row in connection.execute(_PACKS, {"ids": list(pack_ids)})} if pack_ids else {}
    hashes = {facts.address_hash for facts, _ in asked if facts.purpose != "safety"}
    scopes = suppressions.scopes(connection, hashes) if hashes else {}
    unasked = {person.id for facts, person in asked if person is not None and facts.purpose in PROACTIVE}
    counted = {person.id for facts, person in asked if person is not None and facts.counts}
    ending = {person.id for facts, person in asked if person is not None and _is_of_the_end(facts)}
    done = finished.lately(connection, now=now, person_ids=ending) if ending else ()
    return _Known(about, packs, scopes, *_allowed(connection, unasked), _told(connection, counted, now), done)


def _is_of_the_end(facts: Facts) -> bool:
    """The exit questions, which alone go to somebody who has no hours left; of a session is what names a booking."""
    return facts.purpose == "feedback" and facts.booking_id is None


Orders = dict[int, set[int]]


def _allowed(connection: Connection, person_ids: Collection[int]) -> tuple[Orders, Orders]:
    """Orders that run, and those that have minutes left; breached, suspended and fiscal-work ones only where an officer
    turned it on. None of somebody who is in custody, or has died."""
    if not person_ids:
        return {}, {}
    theirs = connection.execute(_ORDERS, {"ids": list(person_ids)}).all()
    gone = {row.person_id for row in theirs if row.status in OUT_OF_REACH}
    on = {
        row.id: row.person_id
        for row in theirs
        if row.person_id not in gone
        if row.messages_on or (row.status == "active" and row.kind != "fiscal_work_order")
    }
    running: Orders = defaultdict(set)
    allowed: Orders = defaultdict(set)
    for order_id, balance in hours.balances(connection, on).items() if on else ():
        running[on[order_id]].add(order_id)
        if balance.left > 0:
            allowed[on[order_id]].add(order_id)
    return running, allowed


def _told(connection: Connection, person_ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many counted messages each got on this London day."""
    if not person_ids:
        return {}
    midnight = datetime.combine(now.astimezone(LONDON).date(), time(), LONDON)
    about = {"ids": list(person_ids), "midnight": midnight, "now": now}
    return {row[0]: row[1] for row in connection.execute(_TOLD, about)}


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
    if facts.purpose in ("reminder", "moved") and not stands:
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
    return suppressions.EVERYTHING in scopes or (suppressions.PROACTIVE in scopes and facts.purpose in PROACTIVE)


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
