"""Rosters: who is expected at one session, what they said, and what was marked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import leading
from db import people as who
from db.council import LONDON
from db.crypto import Secret
from db.schema import attendance, bookings, notices, people, placements, reports, sessions

MARKED_FROM = timedelta(minutes=60)  # before the start: the last roster has come, and some are early
DAY = timedelta(days=1)
MARKED_UNTIL = timedelta(hours=24)  # after the end; what is put right later is the office's
ORDER = ("attended", "late", "left_early", "absent", "stood_down", "sent_home_behaviour", "sent_home_service")
PRESENT = ("attended", "late", "left_early", "sent_home_behaviour", "sent_home_service")


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands of one booking. `minutes` are worked, none for who was not there."""

    id: int
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    staff_id: int | None
    by_officer: bool
    at: datetime

    @property
    def minutes(self) -> int:
        if self.started_at is None or self.finished_at is None:
            return 0
        return int((self.finished_at - self.started_at).total_seconds() // 60)

    @property
    def is_present(self) -> bool:
        return self.status in PRESENT


@dataclass(frozen=True, slots=True)
class Marking:
    """One person's mark as wanted. `at` is when a late one came or an early one left; None is now."""

    number: int
    status: str | None
    at: datetime | None = None
    came_at: datetime | None = None  # of one who left early or was sent home; None is as it stands


@dataclass(frozen=True, slots=True)
class Line:
    """One person's place on a roster. A number stays theirs whoever else is booked or taken off."""

    number: int
    booking_id: int
    person_id: int
    order_id: int
    first_name: str
    last_name: str
    answer: str | None
    kit: str | None  # what has to be there for them
    pick_up: str | None
    walk_in: bool  # turned up unbooked
    hours_wait: bool  # nothing counts before an officer says so
    band: str | None  # of a lateness that was reported
    mark: Mark | None

    @property
    def initials(self) -> str:
        return who.initials(self.first_name, self.last_name)

    @property
    def is_open(self) -> bool:
        """Somebody has yet to say whether they were there. Who reported that they can't come need not be marked."""
        return self.mark is None and self.answer != "cant"


@dataclass(frozen=True, slots=True)
class Roster:
    session_id: int
    ref: str
    version: int
    status: str
    starts_at: datetime
    ends_at: datetime
    done_at: datetime | None
    placement_id: int
    nickname: str
    kind: str
    team: str
    women_only: bool
    leaders: tuple[int, ...]  # its supervisor first
    lines: tuple[Line, ...]

    @property
    def of_one(self) -> Line | None:
        """The only one on it: a person placed on their own, whose host need name no number."""
        return self.lines[0] if len(self.lines) == 1 else None

    @property
    def open(self) -> list[Line]:
        return [line for line in self.lines if line.is_open]

    @property
    def over_at(self) -> datetime:
        """Until when whoever stayed worked: as was said when it was over, before that the planned end."""
        stayed = [line.mark.finished_at for line in self.lines if line.mark and line.mark.status in ("attended", "late")]
        return max((at for at in stayed if at is not None and self.done_at is not None), default=self.ends_at)

    @property
    def activity(self) -> str:
        return "other_activity" if self.kind == "other_activity" else "unpaid_work"

    def line(self, number: int) -> Line | None:
        return next((line for line in self.lines if line.number == number), None)

    def of_booking(self, booking_id: int) -> Line | None:
        return next((line for line in self.lines if line.booking_id == booking_id), None)

    def groups(self, numbers: Iterable[int] | None = None) -> list[tuple[str, list[int]]]:
        """What is marked, of all or of these, as messages have it: by status, the numbers."""
        wanted = None if numbers is None else frozenset(numbers)
        by_status: dict[str, list[int]] = defaultdict(list)
        for line in self.lines:
            if line.mark is not None and (wanted is None or line.number in wanted):
                by_status[line.mark.status].append(line.number)
        return [(status, by_status[status]) for status in ORDER if by_status[status]]


_SESSION = select(
    sessions.c.id, sessions.c.ref, sessions.c.version, sessions.c.status, sessions.c.starts_at, sessions.c.ends_at,
    sessions.c.done_at, placements.c.id, placements.c.nickname, placements.c.kind, placements.c.team,
    placements.c.women_only,
).join(placements, placements.c.id == sessions.c.placement_id)  # fmt: skip
_BOOKED = (
    select(
        bookings.c.id, bookings.c.person_id, bookings.c.order_id, people.c.first_name, people.c.last_name,
        bookings.c.answer, people.c.kit, func.coalesce(bookings.c.pick_up, placements.c.pick_up, type_=Secret),
        bookings.c.walk_in, bookings.c.hours_wait, bookings.c.status,
    )
    .join(people, people.c.id == bookings.c.person_id)
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .join(placements, placements.c.id == sessions.c.placement_id)
)  # fmt: skip


def of_session(connection: Connection, session_id: int) -> Roster:
    """As it stands now. People who were taken off keep their number, and are left out."""
    row = connection.execute(_SESSION.where(sessions.c.id == session_id)).one()
    booked = connection.execute(_BOOKED.where(bookings.c.session_id == session_id).order_by(bookings.c.id)).all()
    marks = _marks(connection, [one.id for one in booked])
    bands = _bands(connection, [one.id for one in booked])
    lines = tuple(
        Line(number, *one[:10], bands.get(one.id), marks.get(one.id))
        for number, one in enumerate(booked, start=1)
        if one.status == "booked"
    )
    facts: tuple[Any, ...] = (*row, leading.of(connection, session_id), lines)
    return Roster(*facts)


def of_booking(connection: Connection, booking_id: int) -> Roster | None:
    """The roster on which that booking is, as long as there is one."""
    session_id = connection.execute(select(bookings.c.session_id).where(bookings.c.id == booking_id)).scalar()
    return None if session_id is None else of_session(connection, session_id)


def exists(connection: Connection, session_id: int) -> bool:
    return connection.execute(select(sessions.c.id).where(sessions.c.id == session_id)).first() is not None


def _marks(connection: Connection, booking_ids: Iterable[int]) -> dict[int, Mark]:
    """By booking, the mark that stands."""
    newest = select(func.max(attendance.c.id)).where(attendance.c.booking_id.in_(list(booking_ids)))
    columns = (
        attendance.c.booking_id, attendance.c.id, attendance.c.status, attendance.c.started_at, attendance.c.finished_at,
        attendance.c.staff_id, attendance.c.by_officer, attendance.c.at,
    )  # fmt: skip
    rows = connection.execute(select(*columns).where(attendance.c.id.in_(newest.group_by(attendance.c.booking_id))))
    return {row.booking_id: Mark(*row[1:]) for row in rows if row.status}


def _bands(connection: Connection, booking_ids: Iterable[int]) -> dict[int, str]:
    query = select(reports.c.booking_id, reports.c.band).where(
        reports.c.booking_id.in_(list(booking_ids)), reports.c.withdrawn_at.is_(None), reports.c.kind == "late"
    )
    return {row.booking_id: row.band for row in connection.execute(query)}


def current(connection: Connection, staff_id: int, *, now: datetime) -> list[int]:
    """The sessions that whoever leads them can mean now.

    Those that run or begin within the hour; else the newest over that they have not finished; else the one whose roster
    they got last, which may lie ahead.
    """
    query = (
        select(sessions.c.id, sessions.c.ends_at, sessions.c.done_at)
        .where(leading.led_by(staff_id), sessions.c.status == "planned")
        .where(sessions.c.starts_at <= now + MARKED_FROM, sessions.c.ends_at > now - MARKED_UNTIL)
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    found = connection.execute(query).all()
    running = [row.id for row in found if row.ends_at > now]
    unfinished = [row.id for row in found if row.done_at is None]
    return running or unfinished[-1:] or _told_last(connection, staff_id) or [row.id for row in found[-1:]]


def of_the_day(connection: Connection, staff_id: int, *, now: datetime) -> list[int]:
    """What they lead today and may mark by now, off or over or not: a session keeps its letter all day."""
    query = (
        select(sessions.c.id, sessions.c.starts_at)
        .where(leading.led_by(staff_id), sessions.c.starts_at <= now + MARKED_FROM, sessions.c.starts_at > now - DAY)
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    today = now.astimezone(LONDON).date()
    return [row.id for row in connection.execute(query) if row.starts_at.astimezone(LONDON).date() == today]


def _told_last(connection: Connection, staff_id: int) -> list[int]:
    query = (
        select(notices.c.session_id)
        .join(sessions, sessions.c.id == notices.c.session_id)
        .where(notices.c.staff_id == staff_id, notices.c.purpose == "roster", sessions.c.status == "planned")
        .order_by(notices.c.id.desc())
        .limit(1)
    )
    return list(connection.execute(query).scalars())
