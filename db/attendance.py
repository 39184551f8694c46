"""Attendance: who was there, as a fact that staff record. Marks are added, never changed; the newest one stands.

What was worked goes to the ledger with the mark (`[credit] on = "mark"`), or waits there for an officer (`"officer"`).
Whether an absence is acceptable is decided by a person, elsewhere.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from db import absences, hours, missed, permissions, posting, remarked, rosters, tasks
from db.change import Change
from db.permissions import Actor
from db.rosters import MARKED_FROM, MARKED_UNTIL, PRESENT, Line, Mark, Marking, Roster
from db.schema import attendance, bookings, sessions


class NotMarked(Exception):
    """Nothing was changed, and why in one word."""

    def __init__(self, why: str, *, numbers: tuple[int, ...] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.numbers = numbers


def mark(change: Change, session_id: int, wanted: list[Marking], *, as_officer: bool = False) -> Roster:
    """Marks these people, all or none, and returns the roster as it then stands.

    Of two who mark the same person the latest stands, and the other hears of it. `as_officer` is the office's correction,
    which may come days later, and which no supervisor undoes.

    Raises NotMarked: `not_yours` (another team's), `cancelled`, `not_yet`, `over`, `not_on_roster`, `corrected` (the office
    settled it), `not_begun` (nobody is missing from what has not begun), `beyond` (a time outside the session).
    """
    roster = _locked(change.connection, session_id)
    require(change, roster, [one.number for one in wanted], as_officer=as_officer)
    pairs = [(line, one) for one in wanted if (line := roster.line(one.number))]
    settled = tuple(line.number for line, one in pairs if _is_settled(line, one))
    if settled and not as_officer:
        raise NotMarked("corrected", numbers=settled)
    early = tuple(line.number for line, one in pairs if one.status == "absent")
    if early and change.now < roster.starts_at:
        raise NotMarked("not_begun", numbers=early)
    for line, one in pairs:
        work = _worked(roster, line, one, change.now)
        if not _stands(line.mark, one.status, work):
            _write(change, roster, line, one.status, work, as_officer)
    after = _after(change, session_id)
    if not as_officer:
        remarked.tell(change, after, remarked.overtaken(roster, wanted, _staff_id(change)))
    return after


def _after(change: Change, session_id: int) -> Roster:
    roster = rosters.of_session(change.connection, session_id)
    missed.settle_unmarked(change.connection, roster, now=change.now)
    return roster


def finish(change: Change, session_id: int, at: datetime | None) -> Roster:
    """The session is over: who is still there worked until `at`, or until now, at most to its end.

    Raises NotMarked as `mark` does, and `unmarked` with the numbers of those of whom nothing is known.
    """
    roster = _locked(change.connection, session_id)
    require(change, roster)
    until = at or min(change.now, roster.ends_at)
    if not roster.starts_at < until <= roster.ends_at:
        raise NotMarked("beyond" if at else "not_begun")
    if roster.open:
        raise NotMarked("unmarked", numbers=tuple(line.number for line in roster.open))
    for line in roster.lines:
        if line.mark and line.mark.status in ("attended", "late"):
            work = (min(line.mark.started_at or roster.starts_at, until), until)
            if work != (line.mark.started_at, line.mark.finished_at):
                _write(change, roster, line, line.mark.status, work)
    change.connection.execute(sessions.update().where(sessions.c.id == session_id).values(done_at=change.now))
    return _after(change, session_id)


def stand_down(change: Change, session_id: int) -> Roster:
    """The service could not give work: everybody booked and not yet marked is stood down, which is never an absence."""
    roster = _locked(change.connection, session_id)
    for line in roster.lines:
        if line.mark is None:
            _write(change, roster, line, "stood_down", (None, None))
    return _after(change, session_id)


def forget(change: Change, session_id: int, booking_id: int | None = None) -> None:
    """The session, or one booking on it, is not what was marked: those marks are taken back, with what they counted."""
    for line in _locked(change.connection, session_id).lines:
        ours = booking_id in (None, line.booking_id)
        if ours and line.mark is not None and line.mark.status != "stood_down":
            _write(change, rosters.of_session(change.connection, session_id), line, None, (None, None))


def marked(connection: Connection, session_ids: Collection[int]) -> list[int]:
    """Those of these sessions on which anybody was ever marked."""
    query = select(bookings.c.session_id).join(attendance, attendance.c.booking_id == bookings.c.id)
    return list(connection.execute(query.where(bookings.c.session_id.in_(session_ids)).distinct()).scalars())


def credit(change: Change, session_id: int, number: int, minutes: int) -> int:
    """An officer credits this much of what was worked; returns what may count, which is less where the rules say so.

    Raises Refused, and NotMarked: `not_on_roster`, `not_worked`, `beyond` (more than was worked).
    """
    roster = _locked(change.connection, session_id)
    change.require("hours.credit", roster.team)
    line = roster.line(number)
    if line is None:
        raise NotMarked("not_on_roster", numbers=(number,))
    if line.mark is None or not line.mark.minutes:
        raise NotMarked("not_worked", numbers=(number,))
    if not 0 <= minutes <= line.mark.minutes:
        raise NotMarked("beyond", numbers=(number,))
    _mark_row(change, line, line.mark.status, (line.mark.started_at, line.mark.finished_at), as_officer=True)
    ref = f"attendance:b{line.booking_id}"
    if hours.standing(change.connection, ref) is not None:
        hours.take_back(change.connection, ref, actor=change.actor.name, now=change.now)
    counted = posting.counts(change, roster, line, minutes)
    posting.add_hours(change, roster, line, line.mark.minutes, counted)
    ours = bookings.c.id == line.booking_id
    change.connection.execute(bookings.update().where(ours).values(hours_wait=False))
    tasks.close(change.connection, f"credit:b{line.booking_id}", now=change.now)
    return counted


def _locked(connection: Connection, session_id: int) -> Roster:
    """The roster, with its bookings held until the transaction ends, so that two supervisors mark one after the other."""
    ids = select(bookings.c.id).where(bookings.c.session_id == session_id).order_by(bookings.c.id).with_for_update()
    connection.execute(ids).all()
    return rosters.of_session(connection, session_id)


def may_mark(roster: Roster, actor: Actor) -> bool:
    """Whoever leads it may, whatever their team; else as the table of permissions says. Who may not sees nothing of it."""
    own = actor.member is not None and actor.member.id in roster.leaders
    return own or permissions.allows(actor, "attendance.mark", roster.team)


def require(change: Change, roster: Roster, numbers: Collection[int] = (), *, as_officer: bool = False) -> None:
    """Raises NotMarked unless the actor may mark these on it now."""
    corrects = as_officer and permissions.allows(change.actor, "attendance.correct", roster.team)
    if not corrects and (as_officer or not may_mark(roster, change.actor)):
        raise NotMarked("not_yours")
    if roster.status != "planned":
        raise NotMarked("cancelled")
    if change.now < roster.starts_at - MARKED_FROM:
        raise NotMarked("not_yet")
    if change.now > roster.ends_at + MARKED_UNTIL and not as_officer:
        raise NotMarked("over")
    missing = tuple(number for number in numbers if roster.line(number) is None)
    if missing:
        raise NotMarked("not_on_roster", numbers=missing)


def _is_settled(line: Line, one: Marking) -> bool:
    """Whether the office has said otherwise, which no supervisor undoes."""
    return line.mark is not None and line.mark.by_officer and line.mark.status != one.status


def _staff_id(change: Change) -> int | None:
    return change.actor.member.id if change.actor.member else None


Work = tuple[datetime | None, datetime | None]


def _worked(roster: Roster, line: Line, one: Marking, now: datetime) -> Work:
    """From when to when, to the minute and within the session. None for who was not there."""
    if one.status not in PRESENT:
        return None, None
    at = (one.at or now).replace(second=0, microsecond=0)
    for given in (one.at, one.came_at):
        if given is not None and not roster.starts_at <= given <= roster.ends_at:
            raise NotMarked("beyond", numbers=(line.number,))
    started_at, finished_at = roster.starts_at, roster.over_at
    if one.status == "late":
        # Marked after the session without a time, nobody knows when they came: all of it stands until somebody says.
        started_at = min(max(started_at, at), finished_at) if one.at or at < finished_at else started_at
    elif one.status != "attended":
        came_at = one.came_at or (line.mark.started_at if line.mark else None) or started_at
        started_at, finished_at = came_at, max(came_at, min(at, finished_at))
    return started_at, finished_at


def _stands(standing: Mark | None, status: str | None, work: Work) -> bool:
    """Whether it says what is recorded already. "Late" again is no new arrival."""
    if standing is None or standing.status != status:
        return standing is None and status is None
    return status == "late" or (standing.started_at, standing.finished_at) == work


def _write(change: Change, roster: Roster, line: Line, status: str | None, work: Work, as_officer: bool = False) -> None:
    _mark_row(change, line, status, work, as_officer)
    posting.post(change, roster, line, _minutes(work))
    if status == "absent":
        missed.found_missing(change.connection, change.council, roster, line, now=change.now)
    else:
        missed.taken_back(change.connection, line, status, now=change.now)
    if status == "sent_home_behaviour":
        _for_decision(change, roster, line)
    else:
        tasks.close(change.connection, f"sent_home:b{line.booking_id}", now=change.now)


def _for_decision(change: Change, roster: Roster, line: Line) -> None:
    """Whether it was acceptable is decided by an officer, unless one has."""
    stands = absences.standing(change.connection, [line.booking_id]).get(line.booking_id)
    if stands is not None and stands.decision != "more_info":
        return
    due_at = absences.follow_up_by(change.connection, change.council, line.person_id, roster.starts_at, now=change.now)
    tasks.open_task(
        change.connection, key=f"sent_home:b{line.booking_id}", kind="sent_home", person_id=line.person_id, now=change.now,
        due_at=due_at, note=change.reason,
    )  # fmt: skip


def _mark_row(change: Change, line: Line, status: str | None, work: Work, as_officer: bool) -> None:
    row = {
        "booking_id": line.booking_id, "status": status, "started_at": work[0], "finished_at": work[1],
        "staff_id": _staff_id(change), "actor": change.actor.name, "by_officer": as_officer, "reason": change.reason,
        "at": change.now,
    }  # fmt: skip
    change.connection.execute(attendance.insert().values(**row))
    change.log(f"marked.{status or 'none'}", f"booking {line.booking_id}", line.person_id)


def _minutes(work: Work) -> int:
    started_at, finished_at = work
    return int((finished_at - started_at).total_seconds() // 60) if started_at and finished_at else 0
