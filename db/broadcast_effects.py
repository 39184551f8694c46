"""What each kind of broadcast does to the record. Every notice that it writes carries its number."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import audiences, corrections, found, hours, notices, schedule, sessions
from db.audiences import Aimed, Audience
from db.change import Change
from db.council import at_minute
from db.notices import Notice
from db.schema import orders, people
from db.schema import sessions as session_rows
from db.sessions import CLOSURE_WITHIN, Booked

LASTS = timedelta(days=3)  # news of the service that is about no session


def apply(change: Change, broadcast_id: int, kind: str, what: Mapping[str, Any], audience: Audience) -> None:
    """All of it, in the caller's transaction. Raises ChangeError or Refused, and then nothing may stay."""
    EFFECTS[kind](change, broadcast_id, what, audience)


def _off(change: Change, broadcast_id: int, _: Mapping[str, Any], audience: Audience) -> None:
    aimed = audiences.sessions_of(change.connection, audience, now=change.now)
    schedule.call_off_all(change, [one.ref for one in aimed], broadcast_id=broadcast_id)


def _moved(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    for one in audiences.sessions_of(change.connection, audience, now=change.now):
        starts_at = (
            one.starts_at + timedelta(minutes=what["later"])
            if "later" in what
            else datetime.fromisoformat(what["starts_at"])
        )
        schedule.move(
            change, one.ref, starts_at=starts_at, ends_at=None, placement=what.get("placement"), broadcast_id=broadcast_id
        )


def _place(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    for one in audiences.sessions_of(change.connection, audience, now=change.now):
        schedule.move(change, one.ref, starts_at=None, ends_at=None, placement=what["placement"], broadcast_id=broadcast_id)


def _late(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    """The session stands as it is: only its start is later than people think. Who leads it hears so too."""
    aimed = audiences.sessions_of(change.connection, audience, now=change.now)
    wait = timedelta(minutes=what["minutes"])
    _about_sessions(
        change, broadcast_id, aimed, audience, "session.late_start", lambda one: {"time": (one.starts_at + wait).isoformat()}
    )
    for one in found.sessions_by_ref(change.connection, [each.ref for each in aimed]):
        schedule.tell_leaders(change, [one], "lead.late", time=(one.starts_at + wait).isoformat())


def _weather(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    """Some placements are off and the others on: everybody hears which holds for them."""
    aimed = audiences.sessions_of(change.connection, audience, now=change.now)
    closed = {found.place(change.connection, ref).id for ref in what["off"]}
    at = _placements(change.connection, aimed)
    on = [one for one in aimed if at[one.id] not in closed]
    schedule.call_off_all(change, [one.ref for one in aimed if at[one.id] in closed], broadcast_id=broadcast_id)
    _about_sessions(change, broadcast_id, on, audience, "session.is_on", lambda one: one.starts)


def _placements(connection: Connection, aimed: Iterable[Aimed]) -> dict[int, int]:
    ids = [one.id for one in aimed]
    rows = connection.execute(select(session_rows.c.id, session_rows.c.placement_id).where(session_rows.c.id.in_(ids)))
    return {row.id: row.placement_id for row in rows}


def _about_sessions(
    change: Change,
    broadcast_id: int,
    aimed: Iterable[Aimed],
    audience: Audience,
    string: str,
    fields: Callable[[Booked], dict[str, str]],
) -> None:
    """One notice a booking, outdated by whatever happens to its session after this."""
    booked = audiences.booked(change.connection, [one.id for one in aimed], audience)
    standing = sessions.booked_all(change.connection, [booking_id for _, booking_id, _ in booked])
    wanted = [
        Notice(
            key=f"broadcast:{broadcast_id}:b{one.booking_id}",
            purpose="broadcast",
            string=string,
            lane=notices.CHANGE,
            expires_at=one.starts_at,
            timing="closure" if one.starts_at - change.now < CLOSURE_WITHIN else "timely",
            fields={**one.starts, **sessions.place(one), **fields(one)},
            person_id=one.person_id,
            **one.about,
            broadcast_id=broadcast_id,
        )
        for one in standing
    ]
    notices.write_all(change.connection, change.council, wanted, now=change.now)


def _suspension(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    """Everything up to that day is off: each session silently, and one word to each person, once."""
    until = date.fromisoformat(what["until"])
    aimed = audiences.sessions_of(change.connection, _until(audience, until, change.now), now=change.now)
    schedule.call_off_all(change, [one.ref for one in aimed], broadcast_id=broadcast_id, tell=False)
    to = audiences.people_of(change.connection, audience, now=change.now)
    day = at_minute(until, 12 * 60).isoformat()
    _about_the_service(change, broadcast_id, to, "service.off", {"day": day})


def _until(audience: Audience, until: date, now: datetime) -> Audience:
    said = audience.as_json() | {"first_day": (audience.first_day or now.date()).isoformat(), "last_day": until.isoformat()}
    return Audience.from_json(said)


def _lifted(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    to = audiences.people_of(change.connection, audience, now=change.now)
    day = at_minute(date.fromisoformat(what["first_day"]), 12 * 60).isoformat()
    _about_the_service(change, broadcast_id, to, "service.on", {"day": day})


def _words(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    """Free words go to those alone who get whole messages: nobody else's screen is ours to fill."""
    to = audiences.people_of(change.connection, audience, now=change.now)
    standard = select(people.c.id).where(people.c.id.in_(to), people.c.mode == "standard")
    _about_the_service(
        change,
        broadcast_id,
        change.connection.execute(standard).scalars(),
        "broadcast.words",
        {"words": dict(what["words"])},
    )


def _about_the_service(change: Change, broadcast_id: int, to: Iterable[int], string: str, fields: Mapping[str, Any]) -> None:
    wanted = [
        Notice(
            key=f"broadcast:{broadcast_id}:p{person_id}",
            purpose="broadcast",
            string=string,
            lane=notices.CHANGE,
            expires_at=change.now + LASTS,
            timing="timely",
            fields=dict(fields),
            person_id=person_id,
            broadcast_id=broadcast_id,
        )
        for person_id in to
    ]
    notices.write_all(change.connection, change.council, wanted, now=change.now)


def _reduction(change: Change, broadcast_id: int, what: Mapping[str, Any], audience: Audience) -> None:
    """A one-off cut by law of every order in it, each an adjustment in the ledger that names the basis."""
    of = audiences.people_of(change.connection, audience, now=change.now)
    running = select(orders.c.ref, orders.c.id, orders.c.person_id).where(
        orders.c.person_id.in_(of), orders.c.status == "active"
    )
    cut: dict[int, int] = {}
    for row in change.connection.execute(running.order_by(orders.c.id)).all():
        balance = hours.balance(change.connection, row.id)
        minutes = balance.left if what["of"] == "left" else balance.imposed
        less = min(minutes * what["percent"] // 100, max(0, balance.left))
        if less > 0:
            corrections.vary(change, row.ref, -less, decided_on=None, legal_basis=what["basis"])
            cut[row.person_id] = cut.get(row.person_id, 0) + less
    left = _left(change.connection, cut)
    for person_id, less in cut.items():
        _about_the_service(change, broadcast_id, [person_id], "hours.reduced", {"done": less, "left": left[person_id]})


def _left(connection: Connection, person_ids: Iterable[int]) -> Counter[int]:
    """Minutes left of each person's active orders."""
    left = Counter[int]()
    for order in hours.of_people(connection, list(person_ids)).values():
        left[order.person_id] += order.balance.left if order.status == "active" else 0
    return left


EFFECTS: Mapping[str, Callable[[Change, int, Mapping[str, Any], Audience], None]] = {
    "off": _off,
    "moved": _moved,
    "place": _place,
    "late": _late,
    "weather": _weather,
    "suspension": _suspension,
    "lifted": _lifted,
    "reduction": _reduction,
    "words": _words,
}
