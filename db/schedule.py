"""Staff change which sessions there are: add, move, call off, give to another. Whoever leads one hears of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from db import attendance, found, leading, leave, notices, placing, sessions, unled
from db import people as who
from db.change import Change, ChangeError
from db.council import LONDON
from db.found import Planned
from db.notices import Notice
from db.people import Staff
from db.schema import bookings
from db.schema import people as people_rows
from db.schema import sessions as rows

PURPOSE = "roster"


def add(
    change: Change, ref: str, placement: str, starts_at: datetime, ends_at: datetime, capacity: int | None,
    supervisor: str | None,
) -> Planned:  # fmt: skip
    """Plans a session. Without a supervisor its placement's leads it. Raises ChangeError or Refused."""
    to = found.place(change.connection, placement)
    change.require("session.add", to.team)
    if change.connection.execute(select(rows.c.id).where(rows.c.ref == ref)).first():
        raise ChangeError(f'there is a session with the ref "{ref}" already; give this one another')
    _in_order(ref, starts_at, ends_at, change.now)
    leader = found.member(change.connection, supervisor).id if supervisor else to.supervisor_id
    change.connection.execute(
        rows.insert().values(
            ref=ref, placement_id=to.id, starts_at=starts_at, ends_at=ends_at, capacity=capacity, supervisor_id=leader,
            status="planned", version=1,
        )
    )  # fmt: skip
    change.log("session.added", ref)
    return found.session(change.connection, ref)


def _in_order(ref: str, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise ChangeError(f'"{ref}" would not end after its start; give another --ends')
    if starts_at <= now:
        raise ChangeError(f'"{ref}" would start in the past; give another --starts')


@dataclass(frozen=True, slots=True)
class Moved:
    """A session before and after. `at_once`: refs of those who are booked elsewhere at its new time."""

    before: Planned
    after: Planned
    at_once: tuple[str, ...]


def move(
    change: Change,
    ref: str,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    placement: str | None,
    broadcast_id: int | None = None,
) -> Moved:
    """Moves a session still to come in time, to another placement, or both; everyone booked is asked anew (S28).

    A new start without an end keeps the length. A placement's own supervisor stays with the placement.
    Raises ChangeError or Refused.
    """
    before = _to_change(change, ref)
    to = found.place(change.connection, placement) if placement else before.place
    change.require("session.change", to.team)
    start = starts_at or before.starts_at
    end = ends_at or start + (before.ends_at - before.starts_at)
    if (start, end, to.id) == (before.starts_at, before.ends_at, before.place.id):
        raise ChangeError(f'"{ref}" is there and then already; nothing was changed')
    _in_order(ref, start, end, change.now)
    placing.check_move(change.connection, before, to)
    led_by = to.supervisor_id if before.supervisor_id == before.place.supervisor_id else before.supervisor_id
    change.connection.execute(rows.update().where(rows.c.id == before.id).values(supervisor_id=led_by))
    sessions.change(
        change.connection, change.council, before.id, placement_id=to.id, starts_at=start, ends_at=end, now=change.now,
        actor=change.actor.name, tell=True, reason=change.why(ref), broadcast_id=broadcast_id,
    )  # fmt: skip
    after = found.session(change.connection, ref)
    _tell_of_move(change, before, after)
    return Moved(before, after, _at_once(change, after))


def _to_change(change: Change, ref: str) -> Planned:
    planned = found.session(change.connection, ref)
    _may_change(change, planned)
    return planned


def _may_change(change: Change, planned: Planned) -> None:
    change.require("session.change", planned.place.team)
    found.still_to_come(planned, change.now)


def _at_once(change: Change, planned: Planned) -> tuple[str, ...]:
    booked = (bookings.c.session_id == planned.id, bookings.c.status == "booked")
    query = select(people_rows.c.id, people_rows.c.ref).join(bookings, bookings.c.person_id == people_rows.c.id)
    return tuple(
        row.ref
        for row in change.connection.execute(query.where(*booked).order_by(people_rows.c.ref))
        if placing.elsewhere(change.connection, row.id, planned.id, planned.starts_at, planned.ends_at)
    )


def call_off(change: Change, ref: str) -> Planned:
    """Cancels a session still to come; everyone booked hears (S27), and who leads it. Raises ChangeError or Refused."""
    return call_off_all(change, [ref])[0]


def call_off_all(
    change: Change, refs: Sequence[str], *, broadcast_id: int | None = None, tell: bool = True
) -> list[Planned]:
    """As `call_off`, all of them at once. `tell` False: those booked hear of it in another way."""
    planned = found.sessions_by_ref(change.connection, refs)
    for one in planned:
        _may_change(change, one)
    _cancel(change, planned, broadcast_id, tell)
    return planned


def _cancel(change: Change, planned: Sequence[Planned], broadcast_id: int | None = None, tell: bool = True) -> None:
    reasons = [change.why(one.ref) for one in planned]
    sessions.cancel(
        change.connection, change.council, [one.id for one in planned], now=change.now, actor=change.actor.name, tell=tell,
        reasons=reasons, broadcast_id=broadcast_id,
    )  # fmt: skip
    tell_leaders(change, planned, "lead.off")


def tell_leaders(change: Change, planned: Sequence[Planned], string: str, **fields: str) -> None:
    """Each who leads one of these, but for whoever says so."""
    others = leading.also(change.connection, [one.id for one in planned])
    led = [(one, staff_id) for one in planned for staff_id in (one.supervisor_id, *others[one.id])]
    tell_all(change, [(one, staff_id) for one, staff_id in led if not is_actor(change, staff_id)], string, **fields)


def is_actor(change: Change, staff_id: int | None) -> bool:
    """Whoever does it hears of it in the answer."""
    return change.actor.member is not None and change.actor.member.id == staff_id


def stand_down(change: Change, ref: str) -> tuple[Planned, int]:
    """The service cannot give work: nobody booked is absent from it. Returns the session and how many were stood down.

    One still to come is off with it, and everyone booked hears (S27). Raises ChangeError or Refused.
    """
    planned = found.session(change.connection, ref)
    change.require("session.stand_down", planned.place.team)
    if planned.status == "cancelled":
        raise ChangeError(f'"{ref}" is cancelled already; nobody can be absent from it')
    return planned, stand_down_session(change, planned)


def stand_down_session(change: Change, planned: Planned) -> int:
    """As `stand_down`, by whom somebody else has found that they may; how many were stood down."""
    roster = attendance.stand_down(change, planned.id)
    if planned.starts_at > change.now:
        _cancel(change, [planned])
    return sum(line.mark is not None and line.mark.status == "stood_down" for line in roster.lines)


@dataclass(frozen=True, slots=True)
class HandedOver:
    planned: Planned
    before: Staff | None
    after: Staff | None


def hand_over(change: Change, ref: str, to: str | None) -> HandedOver:
    """Gives a session that is not over to another supervisor, or to nobody; both hear of it.

    Nobody need look for cover any more. Raises ChangeError or Refused.
    """
    planned = found.session(change.connection, ref)
    change.require("session.change", planned.place.team)
    found.not_over(planned, change.now)
    after = found.member(change.connection, to) if to else None
    before = who.member(change.connection, planned.supervisor_id) if planned.supervisor_id else None
    if (before and before.id) == (after and after.id):
        led = f'by "{to}"' if to else "by nobody"
        raise ChangeError(f'"{ref}" is led {led} already; nothing was changed')
    change.connection.execute(rows.update().where(rows.c.id == planned.id).values(supervisor_id=after.id if after else None))
    change.log("session.handed_over", ref)
    if after is not None:
        leading.drop(change.connection, planned.id, after.id)
        leave.is_back(change, after.id, planned.starts_at.astimezone(LONDON).date())
        unled.settle(change.connection, planned.id, "covered", now=change.now)
    _tell(change, planned, before.id if before else None, "lead.not_yours")
    _tell(change, planned, after.id if after else None, "lead.yours")
    return HandedOver(planned, before, after)


def _tell_of_move(change: Change, before: Planned, after: Planned) -> None:
    moved: list[tuple[Planned, int | None]] = [
        (after, staff_id) for staff_id in leading.also(change.connection, [after.id])[after.id]
    ]
    if before.supervisor_id == after.supervisor_id:
        moved.append((after, after.supervisor_id))
    tell_all(change, moved, "lead.moved", day=before.starts_at.isoformat())
    if before.supervisor_id == after.supervisor_id:
        return
    _tell(change, before, before.supervisor_id, "lead.not_yours")
    _tell(change, after, after.supervisor_id, "lead.yours")


def _tell(change: Change, planned: Planned, staff_id: int | None, string: str, **fields: str) -> None:
    """One line to who leads, or led, that session: its place and time, and nobody's name."""
    tell_all(change, [(planned, staff_id)], string, **fields)


def tell_all(change: Change, led: Sequence[tuple[Planned, int | None]], string: str, **fields: str) -> None:
    """As one line to each of them about their session."""
    wanted = [_notice(change, planned, staff_id, string, fields) for planned, staff_id in led if staff_id is not None]
    notices.write_all(change.connection, change.council, wanted, now=change.now)


def _notice(change: Change, planned: Planned, staff_id: int, string: str, fields: Mapping[str, str]) -> Notice:
    starts_at, place = planned.starts_at.isoformat(), planned.place
    return Notice(
        key=f"{string}:s{planned.id}:m{staff_id}:{change.now.isoformat()}",
        purpose=PURPOSE,
        string=string,
        lane=notices.CHANGE,
        expires_at=planned.ends_at if planned.starts_at <= change.now else planned.starts_at,
        timing="closure" if planned.starts_at - change.now < sessions.CLOSURE_WITHIN else "timely",
        fields={"day": starts_at, "day2": starts_at, "time": starts_at, **sessions.place(place), **fields},
        staff_id=staff_id,
        channel="sms" if place.women_only else None,
    )
