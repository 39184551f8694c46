"""Rosters to supervisors, the evening before and an hour before; and the alert when nobody has marked one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select

from db import alerts, notices, rosters
from db.council import LONDON, Council
from db.notices import Notice
from db.rosters import Line, Roster
from db.schema import alerts as alert_rows
from db.schema import attendance, bookings, sessions
from db.schema import notices as notice_rows

BEFORE = timedelta(hours=1)
AHEAD = timedelta(days=2)
PAGE = 20  # people in one message: Telegram allows a hundred buttons, and a thumb no more than these
LOOK_BACK = timedelta(hours=36)
AT_ONCE = 1000

LIST, CLOSED = "roster.list", "roster.closed"


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes the rosters that are due; how many messages. After an outage only the later of the two goes out."""
    query = (
        select(sessions.c.id, sessions.c.version, sessions.c.starts_at, sessions.c.supervisor_id)
        .where(sessions.c.status == "planned", sessions.c.starts_at > now, sessions.c.starts_at <= now + AHEAD)
        .where(sessions.c.supervisor_id.is_not(None), _is_booked())
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    if not council.is_live_for_somebody:
        return 0
    due = {
        _key(row.id, row.version, row.supervisor_id, which, 0): (row, which)
        for row in connection.execute(query)
        if (which := _which(council, row.starts_at, now))
    }
    written = _written(connection, due)
    wanted: list[Notice] = []
    for key, (row, which) in due.items():
        if key not in written:
            wanted += list_notices(rosters.of_session(connection, row.id), row.supervisor_id, which)
    return len(notices.write_all(connection, council, wanted, now=now))


def _written(connection: Connection, keys: Iterable[str]) -> set[str]:
    all_keys = list(keys)
    found: set[str] = set()
    for start in range(0, len(all_keys), AT_ONCE):
        some = notice_rows.c.key.in_(all_keys[start : start + AT_ONCE])
        found |= set(connection.execute(select(notice_rows.c.key).where(some)).scalars())
    return found


def _is_booked() -> Any:
    return exists().where(bookings.c.session_id == sessions.c.id, bookings.c.status == "booked")


def _which(council: Council, starts_at: datetime, now: datetime) -> str | None:
    eve = starts_at.astimezone(LONDON).date() - timedelta(days=1)
    if now >= starts_at - BEFORE:
        return "hour"
    return "evening" if now >= datetime.combine(eve, council.reminders_at, LONDON) else None


def _key(session_id: int, version: int, staff_id: int, which: str, page: int) -> str:
    return f"roster:s{session_id}:v{version}:m{staff_id}:{which}:{page}"


def list_notices(roster: Roster, staff_id: int, which: str) -> list[Notice]:
    """One message for each page. Women-only work is never named and nobody on it: the list is read at the office."""
    closed = roster.women_only
    return [
        Notice(
            key=_key(roster.session_id, roster.version, staff_id, which, page),
            purpose="roster",
            string=CLOSED if closed else LIST,
            lane=notices.REMINDER,
            expires_at=roster.ends_at if which == "hour" else roster.starts_at,
            fields=fields(roster, page),
            staff_id=staff_id,
            session_id=roster.session_id,
            session_version=roster.version,
            channel="sms" if closed else None,
        )
        for page in range(1 if closed else pages(roster))
    ]


def pages(roster: Roster) -> int:
    return max(1, -(-len(roster.lines) // PAGE))


def fields(roster: Roster, page: int = 0) -> dict[str, Any]:
    """What a roster's message is made of: `{session, page, day, time, place, people, finished, rows}`."""
    shown = () if roster.women_only else roster.lines[page * PAGE : (page + 1) * PAGE]
    starts_at = roster.starts_at.isoformat()
    return {
        "session": roster.session_id,
        "page": page,
        "day": starts_at,
        "time": starts_at,
        "place": "" if roster.women_only else roster.nickname,
        "people": str(len(roster.lines)),
        "finished": roster.done_at is not None,
        "rows": [_row(line) for line in shown],
    }


def _row(line: Line) -> dict[str, Any]:
    mark = line.mark
    at = mark and (mark.started_at if mark.status == "late" else mark.finished_at if mark.status == "left_early" else None)
    return {
        "n": line.number,
        "booking": line.booking_id,
        "latest": line.latest,
        "initials": line.initials,
        "name": f"{line.first_name} {line.last_name[:1]}",
        "answer": line.answer or "none",
        "band": line.band,
        "status": mark.status if mark else None,
        "at": at.isoformat() if at else None,
    }


def ask_for_marks(connection: Connection, council: Council, *, now: datetime) -> int:
    """Raises the alert of each session that began so long ago and has somebody unmarked; once. Never marks anyone."""
    query = (
        select(sessions.c.id)
        .where(sessions.c.status == "planned", sessions.c.starts_at <= now - timedelta(minutes=council.nudge))
        .where(sessions.c.starts_at > now - LOOK_BACK, _is_unmarked())
        .where(~exists().where(alert_rows.c.session_id == sessions.c.id, alert_rows.c["class"] == "unmarked"))
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    unmarked = list(connection.execute(query).scalars()) if council.is_live_for_somebody else []
    for session_id in unmarked:
        alerts.raise_unmarked(connection, council, session_id, now=now)
    return len(unmarked)


def _is_unmarked() -> Any:
    """Somebody was booked before the start who has not said that they can't come, and no mark of them stands."""
    later = attendance.alias("later")
    overtaken = exists().where(later.c.booking_id == attendance.c.booking_id, later.c.id > attendance.c.id)
    marked = exists().where(attendance.c.booking_id == bookings.c.id, attendance.c.status.is_not(None), ~overtaken)
    booked = (bookings.c.session_id == sessions.c.id, bookings.c.status == "booked")
    expected = (bookings.c.booked_at < sessions.c.starts_at, bookings.c.answer.is_distinct_from("cant"))
    return exists().where(*booked, *expected, ~marked)
