"""How a broadcast goes: who was told, what they answered, and whom somebody has to ring."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from db import announcing, weighing
from db import people as who
from db.broadcasts import Broadcast
from db.change import Change
from db.schema import bookings, broadcast_people, broadcasts, deliveries, notices, sessions

STATES = ("delivered", "sent", "waiting", "failed", "left out")
NO_TIME = "no_time_left"  # held back by the hours that they may be written to, which is no failure
NEVER = "9999"  # sorts after every moment
ARRIVED = ("delivered",)
ON_ITS_WAY = ("accepted", "sent", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Told:
    """One person of the audience. `phone` is theirs only where somebody has to ring."""

    person_id: int
    state: str
    why: str | None
    answer: str | None
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Call:
    ref: str
    initials: str
    phone: str | None
    mode: str
    why: str
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    broadcast: Broadcast
    people: int
    states: Counter[str]  # people by what became of their message
    answers: Counter[str]
    silent: int  # who was told, was asked and has not answered
    calls: int


_LATEST = (
    select(func.max(deliveries.c.id)).where(deliveries.c.notice_id == notices.c.id).correlate(notices).scalar_subquery()
)
_PEOPLE = (
    select(
        broadcast_people.c.person_id, broadcast_people.c.left_out, notices.c.status, notices.c.why, deliveries.c.status,
        bookings.c.answer, bookings.c.answered_at, sessions.c.starts_at,
    )
    .select_from(broadcast_people)
    .outerjoin(notices, notices.c.id == broadcast_people.c.notice_id)
    .outerjoin(deliveries, deliveries.c.id == _LATEST)
    .outerjoin(bookings, bookings.c.id == broadcast_people.c.booking_id)
    .outerjoin(sessions, sessions.c.id == bookings.c.session_id)
    .order_by(broadcast_people.c.id)
)  # fmt: skip


def everyone(connection: Connection, one: Broadcast) -> list[Told]:
    rows = connection.execute(_PEOPLE.where(broadcast_people.c.broadcast_id == one.id))
    return [_told(one, *row) for row in rows]


def _told(
    one: Broadcast, person_id: int, left_out: str | None, status: str | None, why: str | None, delivery: str | None,
    answer: str | None, answered_at: datetime | None, starts_at: datetime | None,
) -> Told:  # fmt: skip
    since = one.begun_at
    said = answer if answered_at is not None and since is not None and answered_at >= since else None
    return Told(person_id, *_state(left_out, status, why, delivery), said, starts_at)


def _state(left_out: str | None, status: str | None, why: str | None, delivery: str | None) -> tuple[str, str | None]:
    if delivery in ARRIVED:
        return "delivered", None
    if left_out is not None and left_out != "no_receipt":
        return "left out", left_out
    if delivery in ON_ITS_WAY or status == "told":  # told, though no receipt ever came
        return "sent", left_out
    if status == "open":
        return "waiting", None
    if status in ("suppressed", "undeliverable", "expired") and why != NO_TIME:
        return "failed", why or status
    return "left out", why or status or "not_told"


def size(change: Change, one: Broadcast) -> int:
    """How many people it is for, as things stand."""
    return weighing.weigh(announcing.as_maker(change, one), one).people


def report(change: Change, one: Broadcast) -> Report:
    """Raises Refused."""
    change.require("broadcast.make", None)
    told = everyone(change.connection, one)
    asks = one.kind in ("moved", "place", "weather")
    return Report(
        one,
        len({each.person_id for each in told}),
        Counter(each.state for each in told),
        Counter(each.answer for each in told if each.answer),
        sum(each.answer is None for each in told if each.state in ("delivered", "sent")) if asks else 0,
        len(_unreached(told)),
    )


def _unreached(told: list[Told]) -> list[Told]:
    return [each for each in told if each.state in ("failed", "left out") or each.why]


def calls(change: Change, one: Broadcast) -> list[Call]:
    """Whom nobody has told: to be rung, the soonest session first. Their names are read, so it is logged. Raises Refused."""
    change.require("broadcast.make", None)
    unreached = _unreached(everyone(change.connection, one))
    people = who.people_by_id(change.connection, {each.person_id for each in unreached})
    listed = []
    for each in unreached:
        person = people[each.person_id]
        change.require("person.read", person.team)
        change.log("broadcast.call_list", str(one.id), person.id)
        phone = None if person.mode == "no_contact" else person.phone
        listed.append(Call(person.ref, person.initials, phone, person.mode, each.why or "not_told", each.starts_at))
    return sorted(listed, key=lambda call: (call.starts_at.isoformat() if call.starts_at else NEVER, call.ref))


def listing(connection: Connection, *, limit: int = 20) -> list[dict[str, Any]]:
    """The latest broadcasts, newest first: `{id, kind, status, made_by, made_at, hold_until, second, break_glass}`."""
    names = ("id", "kind", "status", "made_by", "made_at", "hold_until", "second", "approved_by", "break_glass")
    query = select(*(broadcasts.c[name] for name in names)).order_by(broadcasts.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]
