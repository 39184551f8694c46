"""Missed: marked absent with no report before the start. A worker is alerted, the person is asked whether they are OK.

Nothing here decides anything about them: it is followed up by a person, within the council's working days.
"""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, select

from db import absences, alerts, notices, questions, sending_hours, tasks
from db.council import LONDON, Council, Span, at_minute
from db.notices import Notice
from db.rosters import Line, Roster
from db.schema import alerts as alert_rows
from db.schema import attendance, bookings, people, reports, sessions
from db.schema import notices as notice_rows

TELL_AFTER = timedelta(hours=1)
TELL_BEFORE = time(17, 0)  # by the clock on which it would be said; later it waits for the morning
IN_THE_MORNING = 9 * 60 + 30
LOOK_BACK = timedelta(days=7)
LASTS = timedelta(days=1)  # the least that a letter in answer is understood for


def found_missing(connection: Connection, council: Council, roster: Roster, line: Line, *, now: datetime) -> None:
    """They were marked absent. Who had said before the start that they can't come has not missed it, and nobody is alerted.

    Either way an officer has to decide, unless one has.
    """
    had_said = _had_said(connection, line.booking_id, roster.starts_at)
    kind = "absence" if had_said else "missed"
    explained = tasks.stands(connection, f"absence:b{line.booking_id}")
    if not explained and not absences.standing(connection, [line.booking_id]):
        due_at = absences.follow_up_by(connection, council, line.person_id, roster.starts_at, now=now)
        key = f"{kind}:b{line.booking_id}"
        tasks.open_task(connection, key=key, kind=kind, person_id=line.person_id, now=now, due_at=due_at)
    if had_said:
        return
    alerts.raise_missed(
        connection, council, person_id=line.person_id, booking_id=line.booking_id, session_id=roster.session_id, now=now
    )


def _had_said(connection: Connection, booking_id: int, starts_at: datetime) -> bool:
    said = select(reports.c.id).where(
        reports.c.booking_id == booking_id,
        reports.c.kind == "cant",
        reports.c.at < starts_at,
        reports.c.withdrawn_at.is_(None),
    )
    return connection.execute(said.limit(1)).first() is not None


def taken_back(connection: Connection, line: Line, status: str | None, *, now: datetime) -> None:
    """They were there after all, or nobody knows: the alert ends, and what was not said yet is not said.

    Once it is known what happened, and it was no absence, there is nothing to decide either.
    """
    about = (notice_rows.c.booking_id == line.booking_id, notice_rows.c.purpose == "missed")
    notices.withdraw(connection, *about, status="cancelled", why="mark_taken_back", now=now)
    alerts.settle(connection, "missed", "withdrawn", alert_rows.c.booking_id == line.booking_id, now=now)
    tasks.close(connection, f"missed:b{line.booking_id}", now=now)
    if status is not None:
        tasks.close(connection, f"absence:b{line.booking_id}", now=now)


def settle_unmarked(connection: Connection, roster: Roster, *, now: datetime) -> None:
    """Once all are marked, nobody need be reminded of it."""
    if not roster.open:
        alerts.settle(connection, "unmarked", "marked", alert_rows.c.session_id == roster.session_id, now=now)


def tell_at(council: Council, marked_at: datetime, safe: Span | None) -> datetime | None:
    """An hour after the mark if that is before 5pm and inside hours, else half past nine the next permitted morning."""
    soon = marked_at + TELL_AFTER
    before_five = soon.astimezone(LONDON).time() < TELL_BEFORE
    if before_five and sending_hours.is_permitted(council, soon, "routine", safe):
        return soon
    tomorrow = marked_at.astimezone(LONDON).date() + timedelta(days=1)
    return sending_hours.next_permitted(council, at_minute(tomorrow, IN_THE_MORNING), "routine", safe)


def tell(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes "We didn't see you" (S09) to those for whom the time has come, with its question; how many.

    Whoever has told us why meanwhile is not asked again.
    """
    told = 0
    for row in connection.execute(_UNTOLD, {"now": now, "since": now - LOOK_BACK}).all():
        safe = None if row.safe_from is None else Span(row.safe_from, row.safe_until)
        when = tell_at(council, row.at, safe)
        if when is not None and when <= now:
            told += _tell(connection, council, row, now)
    return told


def _tell(connection: Connection, council: Council, row: Any, now: datetime) -> bool:
    due_at = absences.follow_up_by(connection, council, row.person_id, row.starts_at, now=row.at)
    if now.astimezone(LONDON).date() > due_at.astimezone(LONDON).date():
        return False
    until = max(due_at, now + LASTS)
    question = None
    if row.mode == "standard":  # the other modes are asked for a call, and no letter answers that
        question = questions.ask(
            connection, row.person_id, "reason", now=now, booking_id=row.booking_id, open_for=until - now
        )
    starts_at = row.starts_at.astimezone(LONDON)
    notice = Notice(
        key=f"missed:b{row.booking_id}:a{row.id}",
        purpose="missed",
        string="missed.ask",
        lane=notices.REMINDER,
        expires_at=until,
        timing="routine",
        fields={
            "date": starts_at.date().isoformat(),
            "day": row.starts_at.isoformat(),
            "date2": due_at.astimezone(LONDON).date().isoformat(),
        },
        person_id=row.person_id,
        booking_id=row.booking_id,
        booking_version=row.booking_version,
        session_id=row.session_id,
        session_version=row.version,
        question_id=question,
    )
    return notices.write(connection, council, notice, now=now) is not None


_later = attendance.alias("later")
_overtaken = select(_later.c.id).where(_later.c.booking_id == attendance.c.booking_id, _later.c.id > attendance.c.id)
_told = select(notice_rows.c.id).where(
    notice_rows.c.booking_id == attendance.c.booking_id,
    notice_rows.c.purpose == "missed",
    notice_rows.c.status != "cancelled",
)
_said = select(reports.c.id).where(
    reports.c.booking_id == attendance.c.booking_id, reports.c.kind == "cant", reports.c.withdrawn_at.is_(None)
)
_UNTOLD = (
    select(
        attendance.c.id, attendance.c.at, bookings.c.id.label("booking_id"), bookings.c.version.label("booking_version"),
        bookings.c.person_id, sessions.c.id.label("session_id"), sessions.c.version, sessions.c.starts_at,
        people.c.safe_from, people.c.safe_until, people.c.mode,
    )
    .join(bookings, bookings.c.id == attendance.c.booking_id)
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .join(people, people.c.id == bookings.c.person_id)
    .where(attendance.c.status == literal_column("'absent'"))
    .where(attendance.c.at > bindparam("since"), attendance.c.at <= bindparam("now"))
    .where(~_overtaken.exists(), ~_told.exists(), ~_said.exists())
)  # fmt: skip
