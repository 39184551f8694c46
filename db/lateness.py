"""What a supervisor answers to somebody who says that they will be late: we wait, or we go. It decides nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import attendance, leading, notices, rosters, sessions
from db import people as who
from db.attendance import NotMarked
from db.change import Change
from db.notices import Notice, Route
from db.people import Person
from db.rosters import Line, Roster
from db.schema import bookings, reports
from db.schema import notices as notice_rows
from db.schema import sessions as session_rows

ANSWERABLE = timedelta(hours=2)  # after the start
AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Late:
    """A report that stands."""

    report_id: int
    waited: bool | None
    roster: Roster
    line: Line

    @property
    def is_to_come(self) -> bool:
        """Nobody has seen them. Who was marked absent, and then says that they are on their way, may still come."""
        return self.line.mark is None or self.line.mark.status == "absent"


@dataclass(frozen=True, slots=True)
class Answered:
    late: Late
    person: Person
    told: bool


_STANDING = (
    select(reports.c.id, reports.c.waited, bookings.c.id.label("booking_id"), bookings.c.session_id)
    .join(bookings, bookings.c.id == reports.c.booking_id)
    .join(session_rows, session_rows.c.id == bookings.c.session_id)
    .where(reports.c.kind == "late", reports.c.withdrawn_at.is_(None), bookings.c.status == "booked")
    .where(session_rows.c.status == "planned")
    .order_by(session_rows.c.starts_at, bookings.c.id)
)


def of(connection: Connection, staff_id: int, *, now: datetime) -> list[Late]:
    """Who is late for what they lead, and still to come."""
    near = (session_rows.c.starts_at > now - ANSWERABLE, session_rows.c.starts_at <= now + AHEAD)
    rows = connection.execute(_STANDING.where(leading.led_by(staff_id), *near))
    return [late for row in rows if (late := _late(connection, row)).is_to_come]


def by_id(connection: Connection, report_id: int) -> Late | None:
    row = connection.execute(_STANDING.where(reports.c.id == report_id)).first()
    return _late(connection, row) if row else None


def _late(connection: Connection, row: Any) -> Late:
    roster = rosters.of_session(connection, row.session_id)
    line = roster.of_booking(row.booking_id)
    if line is None:
        raise LookupError("a booking that stands is on its roster")
    return Late(row.id, row.waited, roster, line)


def answer(change: Change, late: Late, *, wait: bool) -> Answered:
    """The person hears it; the latest answer stands, and the same again is not told again.

    Raises NotMarked: `not_yours`, `here` (they came, or left), `too_late`.
    """
    if not attendance.may_mark(late.roster, change.actor):
        raise NotMarked("not_yours")
    if not late.is_to_come:
        raise NotMarked("here", numbers=(late.line.number,))
    if change.now >= late.roster.starts_at + ANSWERABLE:
        raise NotMarked("too_late")
    person = who.person(change.connection, late.line.person_id)
    notice = _notice(change, late, person, wait)
    told = isinstance(notices.route(change.council, notice, person, None), Route)
    if late.waited is not wait:
        earlier = (notice_rows.c.booking_id == late.line.booking_id, notice_rows.c.purpose == "late")
        notices.withdraw(change.connection, *earlier, status="superseded", why="answered_anew", now=change.now)
        change.connection.execute(reports.update().where(reports.c.id == late.report_id).values(waited=wait))
        change.log("late.waits" if wait else "late.goes", late.roster.ref, person.id)
        notices.write(change.connection, change.council, notice, now=change.now, person=person)
    return Answered(late, person, told)


def _notice(change: Change, late: Late, person: Person, wait: bool) -> Notice:
    one = sessions.booked(change.connection, late.line.booking_id)
    if one is None:
        raise LookupError("a booking that stands is on a session that stands")
    string = "late.wait" if wait else "late.go"
    return Notice(
        key=f"{string}:r{late.report_id}:{change.now.isoformat()}",
        purpose="late",
        string=string,
        lane=notices.CHANGE,
        expires_at=one.starts_at + ANSWERABLE,
        timing="closure",
        fields={**one.starts, **sessions.place(one)},
        person_id=person.id,
        **one.about,
    )
