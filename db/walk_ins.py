"""Somebody turns up who is not booked: checked as any booking is, marked as there, and the hours wait where they must."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import attendance, bookings, found, placing, rosters, tasks
from db.change import Change, ChangeError
from db.people import Person
from db.rosters import Line, Marking, Roster
from db.schema import bookings as rows
from db.schema import orders


class NotAdded(Exception):
    """They are not on the list now; a person of the office is to look at it, and why is for nobody on site."""


@dataclass(frozen=True, slots=True)
class Added:
    roster: Roster
    line: Line


def add(change: Change, session_id: int, person: Person) -> Added:
    """Puts them on the list and marks them as in. Without an order that can take the hours, those wait for an officer.

    Raises NotMarked as marking does, Refused, and NotAdded once a task says why they may not be there.
    """
    roster = rosters.of_session(change.connection, session_id)
    for team in (roster.team, person.team):
        change.require("attendance.add", team)
    attendance.require(change, roster)
    planned = found.session_by_id(change.connection, session_id)
    try:
        if person.restricted:
            raise ChangeError(f'"{person.ref}" is restricted; look at it before they join a session')
        placing.check(change.connection, planned, person)
    except ChangeError as error:
        for_officer(change, roster, str(error), person)
        raise NotAdded from None
    order_id, waits = _order(change, person)
    if order_id is None:
        for_officer(change, roster, "has no order", person)
        raise NotAdded
    booking_id = bookings.book(
        change.connection, session_id, person.id, order_id, now=change.now, actor=change.actor.name,
        reason=change.why(f"{roster.ref} walk-in"),
    )  # fmt: skip
    own = rows.c.id == booking_id
    change.connection.execute(rows.update().where(own).values(walk_in=True, hours_wait=waits))
    if waits:
        for_officer(change, roster, "came unbooked, and no active order has hours left: the hours wait", person)
    line = rosters.of_session(change.connection, session_id).of_booking(booking_id)
    if line is None:
        raise LookupError("a booking that was just made is on its roster")
    after = attendance.mark(change, session_id, [Marking(line.number, "attended")])
    return Added(after, after.of_booking(booking_id) or line)


def _order(change: Change, person: Person) -> tuple[int | None, bool]:
    """Towards which order, and whether its hours wait for an officer."""
    try:
        return bookings.order_for(change.connection, person).id, False
    except ChangeError:
        return _newest(change.connection, person), True


def _newest(connection: Connection, person: Person) -> int | None:
    theirs = select(orders.c.id).where(orders.c.person_id == person.id)
    return connection.execute(theirs.order_by(orders.c.imposed_on.desc(), orders.c.id.desc()).limit(1)).scalar()


def for_officer(change: Change, roster: Roster, why: str, person: Person | None = None) -> None:
    """A task at once: they stand there now. Of somebody whom nobody knows, with what the supervisor called them."""
    tasks.open_task(
        change.connection, key=f"walk_in:s{roster.session_id}:p{person.id if person else ''}", kind="walk_in",
        person_id=person.id if person else None, now=change.now, due_at=change.council.next_staffed(change.now)[1],
        note=f"{roster.ref}: {why}",
    )  # fmt: skip
