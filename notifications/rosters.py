"""Rosters to supervisors, the evening before and an hour before; and the alert when nobody has marked one."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select

from db import alerts, notices, rosters
from db.council import LONDON, Council
from db.notices import Notice
from db.rosters import Line, Roster
from db.schema import alerts as alert_rows
from db.schema import bookings, sessions
from db.schema import notices as notice_rows

BEFORE = timedelta(hours=1)
AHEAD = timedelta(days=2)
PAGE = 20  # people in one message: Telegram allows a hundred buttons, and a thumb no more than these
LOOK_BACK = timedelta(hours=24)

LIST, CLOSED = "roster.list", "roster.closed"


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes the rosters that are due; how many messages. After an outage only the later of the two goes out."""
    query = (
        select(sessions.c.id, sessions.c.version, sessions.c.starts_at, sessions.c.supervisor_id)
        .where(sessions.c.status == "planned", sessions.c.starts_at > now, sessions.c.starts_at <= now + AHEAD)
        .where(sessions.c.supervisor_id.is_not(None), _is_booked())
    )
    wanted: list[Notice] = []
    for row in connection.execute(query):
        if (which := _which(council, row.starts_at, now)) and not _is_written(connection, row, which):
            wanted += list_notices(rosters.of_session(connection, row.id), row.supervisor_id, which)
    return len(notices.write_all(connection, council, wanted, now=now))


def _is_booked() -> Any:
    return exists().where(bookings.c.session_id == sessions.c.id, bookings.c.status == "booked")


def _which(council: Council, starts_at: datetime, now: datetime) -> str | None:
    eve = starts_at.astimezone(LONDON).date() - timedelta(days=1)
    if now >= starts_at - BEFORE:
        return "hour"
    return "evening" if now >= datetime.combine(eve, council.reminders_at, LONDON) else None


def _key(session_id: int, version: int, staff_id: int, which: str, page: int) -> str:
    return f"roster:s{session_id}:v{version}:m{staff_id}:{which}:{page}"


def _is_written(connection: Connection, row: Any, which: str) -> bool:
    key = _key(row.id, row.version, row.supervisor_id, which, 0)
    return connection.execute(select(notice_rows.c.id).where(notice_rows.c.key == key)).first() is not None


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
        .where(sessions.c.ends_at > now - LOOK_BACK, _is_booked())
        .where(~exists().where(alert_rows.c.session_id == sessions.c.id, alert_rows.c["class"] == "unmarked"))
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    unmarked = [id_ for id_ in connection.execute(query).scalars() if rosters.of_session(connection, id_).open]
    for session_id in unmarked:
        alerts.raise_unmarked(connection, council, session_id, now=now)
    return len(unmarked)
