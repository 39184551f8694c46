"""Sessions still to come that nobody leads, with people booked on them: a task, and in time before the start an alert.

Nobody need have given it up: it may never have had a supervisor. The alert ends when somebody leads it, or it is off.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select

from db import alerts, leading, tasks
from db import people as who
from db.council import Council
from db.schema import alerts as alert_rows
from db.schema import bookings, placements, sessions

KLASS = "unled"
TASK = "no_supervisor"
BEFORE = timedelta(hours=2)  # a start that leaves less than this after staff come in cannot wait for them

_stands = (alert_rows.c["class"] == KLASS, alert_rows.c.state != "resolved")
_has_alert = exists().where(alert_rows.c.session_id == sessions.c.id, *_stands)
_is_awaited = exists().where(
    bookings.c.session_id == sessions.c.id, bookings.c.status == "booked", bookings.c.answer.is_distinct_from("cant")
)


def ask(connection: Connection, session_id: int, ref: str, starts_at: datetime, *, now: datetime) -> None:
    """A task that stays until somebody leads it."""
    due_at = max(now, starts_at)
    tasks.open_task(connection, key=_key(session_id), kind=TASK, now=now, due_at=due_at, note=ref)


def settle(connection: Connection, session_id: int, outcome: str, *, now: datetime) -> None:
    """Nobody need look for cover any more."""
    tasks.close(connection, _key(session_id), now=now)
    alerts.settle(connection, KLASS, outcome, alert_rows.c.session_id == session_id, now=now)


def _key(session_id: int) -> str:
    return f"{TASK}:s{session_id}"


def look(connection: Connection, council: Council, *, now: datetime) -> None:
    """Raises those that begin by the end of the next working day, while staff are there, or at once where that is too late.

    Co-ordinators who were asked for cover just now have as long for it as an acknowledgement lasts.
    """
    for session_id in connection.execute(_needless(now)).scalars().all():
        settle(connection, session_id, "called_off", now=now)
    near = _near(now, council.due_in_working_days(now, 1))
    found = connection.execute(near).all() if council.is_live_for_somebody else []
    if not found or not who.members(connection, "supervisor"):
        return  # where there are no supervisors at all, nobody is missed
    opens = council.next_opening(now)
    for row in found:
        if not council.is_staffed(now) and row.starts_at >= opens + BEFORE:
            continue
        asked_at = tasks.opened_at(connection, _key(row.id))
        if asked_at is None or asked_at + timedelta(minutes=council.lapse) <= now:
            ask(connection, row.id, row.ref, row.starts_at, now=now)
            alerts.raise_about(connection, council, KLASS, row.id, now=now)


def _needless(now: datetime) -> Any:
    """Sessions with an alert that are off or over."""
    over = (sessions.c.status != "planned") | (sessions.c.ends_at <= now)
    return select(sessions.c.id).join(alert_rows, alert_rows.c.session_id == sessions.c.id).where(*_stands, over)


def _near(now: datetime, until: datetime) -> Any:
    """What is done at home needs nobody."""
    return (
        select(sessions.c.id, sessions.c.ref, sessions.c.starts_at)
        .join(placements, placements.c.id == sessions.c.placement_id)
        .where(sessions.c.status == "planned", sessions.c.starts_at > now, sessions.c.starts_at <= until)
        .where(placements.c.kind != "home_working", ~leading.is_led(), _is_awaited, ~_has_alert)
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
