"""Attendance: who was there, as a fact that staff record. Marks are added, never changed; the newest one stands.

What was worked goes to the ledger with the mark (`[credit] on = "mark"`), or waits there for an officer (`"officer"`).
Whether an absence is acceptable is decided by a person, elsewhere.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db import access, hours, missed, permissions, rosters, rules, tasks
from db.council import LONDON, Council
from db.people import Staff
from db.rosters import MARKED_FROM, MARKED_UNTIL, PRESENT, Line, Mark, Roster
from db.schema import attendance, bookings, sessions

COMMAND_LINE = "command line"


class NotMarked(Exception):
    """Nothing was changed, and why in one word; `who` is on it already, where that is the reason."""

    def __init__(self, why: str, *, numbers: tuple[int, ...] = (), who: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.numbers = numbers
        self.who = who


@dataclass(frozen=True, slots=True)
class Marking:
    """One person's mark as wanted. `at` is when a late one came or an early one left; None is now."""

    number: int
    status: str | None
    at: datetime | None = None
    seen: int | None = None  # the newest row that the supervisor saw when choosing; None is whatever stands


@dataclass(frozen=True, slots=True)
class By:
    """Who marks: one of the staff, or whoever may run commands on the server."""

    member: Staff | None = None
    is_officer: bool = False
    reason: str | None = field(default=None, repr=False)

    @property
    def actor(self) -> str:
        return self.member.ref if self.member else COMMAND_LINE

    @property
    def staff_id(self) -> int | None:
        return self.member.id if self.member else None


def mark(
    connection: Connection, council: Council, session_id: int, wanted: list[Marking], by: By, *, now: datetime
) -> Roster:
    """Marks these people, all or none, and returns the roster as it then stands.

    Raises NotMarked: `not_yours` (another team's), `cancelled`, `not_yet`, `over`, `not_on_roster`, `taken` (somebody else
    marked meanwhile), `corrected` (the office settled it), `beyond` (a time outside the session).
    """
    roster = _locked(connection, session_id)
    _require(roster, by, now)
    missing = tuple(one.number for one in wanted if roster.line(one.number) is None)
    if missing:
        raise NotMarked("not_on_roster", numbers=missing)
    pairs = [(line, one) for one in wanted if (line := roster.line(one.number))]
    for line, one in pairs:
        _require_free(line, one, by)
    for line, one in pairs:
        started_at, finished_at = _worked(roster, line, one, now)
        if not _stands(line.mark, one.status, started_at, finished_at):
            _write(connection, council, roster, line, one.status, (started_at, finished_at), by, now)
    return _after(connection, session_id, now)


def _after(connection: Connection, session_id: int, now: datetime) -> Roster:
    roster = rosters.of_session(connection, session_id)
    missed.settle_unmarked(connection, roster, now=now)
    return roster


def finish(
    connection: Connection, council: Council, session_id: int, at: datetime | None, by: By, *, now: datetime
) -> Roster:
    """The session is over: who is still there worked until `at`, or until now, at most to its end.

    Raises NotMarked as `mark` does, and `unmarked` with the numbers of those of whom nothing is known.
    """
    roster = _locked(connection, session_id)
    _require(roster, by, now)
    until = at or min(now, roster.ends_at)
    if not roster.starts_at < until <= roster.ends_at:
        raise NotMarked("beyond" if at else "not_yet")
    if roster.open:
        raise NotMarked("unmarked", numbers=tuple(line.number for line in roster.open))
    for line in roster.lines:
        if line.mark and line.mark.status in ("attended", "late"):
            started_at = min(line.mark.started_at or roster.starts_at, until)
            if (started_at, until) != (line.mark.started_at, line.mark.finished_at):
                _write(connection, council, roster, line, line.mark.status, (started_at, until), by, now)
    connection.execute(sessions.update().where(sessions.c.id == session_id).values(done_at=now))
    return rosters.of_session(connection, session_id)


def stand_down(connection: Connection, council: Council, session_id: int, by: By, *, now: datetime) -> Roster:
    """The service could not give work: everybody booked and not yet marked is stood down, which is never an absence."""
    roster = _locked(connection, session_id)
    if by.member is not None:
        permissions.require(by.member, "session.stand_down", roster.team)
    for line in roster.lines:
        if line.mark is None:
            _write(connection, council, roster, line, "stood_down", (None, None), by, now)
    return _after(connection, session_id, now)


def credit(
    connection: Connection, council: Council, session_id: int, number: int, minutes: int, by: By, *, now: datetime
) -> int:
    """An officer credits this much of what was worked; returns what may count, which is less where the rules say so.

    Raises NotMarked: `not_on_roster`, `not_worked`, `beyond` (more than was worked), and as `mark` does.
    """
    roster = _locked(connection, session_id)
    _require(roster, by, now)
    if by.member is not None:
        permissions.require(by.member, "hours.credit", roster.team)
    line = roster.line(number)
    if line is None:
        raise NotMarked("not_on_roster", numbers=(number,))
    if line.mark is None or not line.mark.minutes:
        raise NotMarked("not_worked", numbers=(number,))
    if not 0 <= minutes <= line.mark.minutes:
        raise NotMarked("beyond", numbers=(number,))
    _mark_row(connection, line, line.mark.status, (line.mark.started_at, line.mark.finished_at), by, now)
    ref = f"attendance:b{line.booking_id}"
    if hours.standing(connection, ref) is not None:
        hours.take_back(connection, ref, actor=by.actor, now=now)
    balance = hours.balance(connection, line.order_id)
    counted = rules.credit(minutes, left=balance.left, activity=roster.activity, other_left=balance.other_left)
    _add_hours(connection, roster, line, line.mark.minutes, counted, by, now)
    tasks.close(connection, f"credit:b{line.booking_id}", now=now)
    return counted


def _locked(connection: Connection, session_id: int) -> Roster:
    """The roster, with its bookings held until the transaction ends, so that two supervisors mark one after the other."""
    ids = select(bookings.c.id).where(bookings.c.session_id == session_id).order_by(bookings.c.id).with_for_update()
    connection.execute(ids).all()
    return rosters.of_session(connection, session_id)


def may_mark(roster: Roster, member: Staff) -> bool:
    """Its own supervisor may, whatever their team; else as the table of permissions says. Who may not sees nothing of it."""
    return roster.supervisor_id == member.id or permissions.allows(member, "attendance.mark", roster.team)


def _may(roster: Roster, by: By) -> bool:
    if by.member is None:
        return True
    if by.is_officer:
        return permissions.allows(by.member, "attendance.correct", roster.team)
    return may_mark(roster, by.member)


def _require(roster: Roster, by: By, now: datetime) -> None:
    if not _may(roster, by):
        raise NotMarked("not_yours")
    if roster.status != "planned":
        raise NotMarked("cancelled")
    if now < roster.starts_at - MARKED_FROM:
        raise NotMarked("not_yet")
    if now > roster.ends_at + MARKED_UNTIL and not by.is_officer:
        raise NotMarked("over")


def _require_free(line: Line, one: Marking, by: By) -> None:
    """What somebody else recorded meanwhile is not overwritten unseen; what the office settled, by no supervisor."""
    if by.is_officer or line.mark is None or line.mark.status == one.status:
        return
    if line.mark.by_officer:
        raise NotMarked("corrected", numbers=(line.number,))
    unseen = one.seen != line.latest if one.seen is not None else line.mark.staff_id != by.staff_id
    if unseen:
        raise NotMarked("taken", numbers=(line.number,), who=line.mark.staff_id)


Work = tuple[datetime | None, datetime | None]


def _worked(roster: Roster, line: Line, one: Marking, now: datetime) -> Work:
    """From when to when, to the minute and within the session. None for who was not there."""
    if one.status not in PRESENT:
        return None, None
    at = (one.at or now).replace(second=0, microsecond=0)
    if one.at is not None and not roster.starts_at <= at <= roster.ends_at:
        raise NotMarked("beyond", numbers=(line.number,))
    started_at, finished_at = roster.starts_at, roster.over_at
    if one.status == "late":
        # Marked after the session without a time, nobody knows when they came: all of it stands until somebody says.
        started_at = min(max(started_at, at), finished_at) if one.at or at < finished_at else started_at
    elif one.status != "attended":
        came_at = line.mark.started_at if line.mark and line.mark.started_at else started_at
        started_at, finished_at = came_at, max(came_at, min(at, finished_at))
    return started_at, finished_at


def _stands(standing: Mark | None, status: str | None, started_at: datetime | None, finished_at: datetime | None) -> bool:
    """Whether it says what is recorded already. "Late" again is no new arrival."""
    if standing is None or standing.status != status:
        return standing is None and status is None
    return status == "late" or (standing.started_at, standing.finished_at) == (started_at, finished_at)


def _write(
    connection: Connection,
    council: Council,
    roster: Roster,
    line: Line,
    status: str | None,
    work: Work,
    by: By,
    now: datetime,
) -> None:
    started_at, finished_at = work
    row_id = _mark_row(connection, line, status, work, by, now)
    standing = Mark(row_id, status, started_at, finished_at, by.staff_id, by.is_officer, now) if status else None
    _post(connection, council, roster, line, standing, by, now)
    if status == "absent":
        missed.found_missing(connection, council, roster, line, now=now)
    else:
        missed.taken_back(connection, line, now=now)


def _mark_row(connection: Connection, line: Line, status: str | None, work: Work, by: By, now: datetime) -> int:
    row = {
        "booking_id": line.booking_id, "status": status, "started_at": work[0], "finished_at": work[1],
        "staff_id": by.staff_id, "actor": by.actor, "by_officer": by.is_officer, "reason": by.reason, "at": now,
    }  # fmt: skip
    access.log(connection, by.actor, f"marked.{status or 'none'}", now=now, person_id=line.person_id)
    row_id: int = connection.execute(attendance.insert().values(**row).returning(attendance.c.id)).scalar_one()
    return row_id


def _post(
    connection: Connection, council: Council, roster: Roster, line: Line, standing: Mark | None, by: By, now: datetime
) -> None:
    """Puts what was worked into the ledger, in the place of what stood there for this booking."""
    ref = f"attendance:b{line.booking_id}"
    worked = standing.minutes if standing and standing.is_present else 0
    before = hours.standing(connection, ref)
    if worked == (before.worked if before else 0):
        return
    if before is not None:
        hours.take_back(connection, ref, actor=by.actor, now=now)
    counted = _credited(connection, council, roster, line, worked) if worked else 0
    if worked:
        _add_hours(connection, roster, line, worked, counted, by, now)
    _for_officer(connection, council, line, worked, worked - counted, now)


def _credited(connection: Connection, council: Council, roster: Roster, line: Line, worked: int) -> int:
    if council.credit_on == "officer":
        return 0
    balance = hours.balance(connection, line.order_id)
    return rules.credit(worked, left=balance.left, activity=roster.activity, other_left=balance.other_left)


def _add_hours(connection: Connection, roster: Roster, line: Line, worked: int, counted: int, by: By, now: datetime) -> None:
    hours.add(
        connection, f"attendance:b{line.booking_id}", order_id=line.order_id,
        worked_on=roster.starts_at.astimezone(LONDON).date(), worked=worked, credited=counted, activity=roster.activity,
        placement_id=roster.placement_id, note=None, actor=by.actor, now=now,
    )  # fmt: skip


def _for_officer(connection: Connection, council: Council, line: Line, worked: int, uncredited: int, now: datetime) -> None:
    """Where an officer credits: a task for each session worked. Where the mark does, one for what could not count."""
    key = f"credit:b{line.booking_id}"
    tasks.close(connection, key, now=now)
    if uncredited:
        kind = "credit" if council.credit_on == "officer" else "uncredited"
        due_at = council.due_in_working_days(now, council.followup_working_days)
        note = f"{worked} min worked, {uncredited} not credited"
        tasks.open_task(connection, key=key, kind=kind, person_id=line.person_id, now=now, due_at=due_at, note=note)


def history(connection: Connection, booking_id: int) -> list[dict[str, Any]]:
    """Every mark of a booking, oldest first."""
    query = select(attendance).where(attendance.c.booking_id == booking_id).order_by(attendance.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]
