"""Rosters to whoever leads, the evening before and an hour before; and the alert when nobody has marked one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select

from db import alerts, leading, notices, rosters
from db import people as who
from db.council import LONDON, Council
from db.notices import Notice, Route
from db.people import Staff
from db.rosters import Line, Mark, Roster
from db.schema import alerts as alert_rows
from db.schema import attendance, bookings, sessions
from db.schema import notices as notice_rows

BEFORE = timedelta(hours=1)
AHEAD = timedelta(days=2)
PAGE = 20  # people in one message: Telegram allows a hundred buttons, and a thumb no more than these
LOOK_BACK = timedelta(hours=36)
AT_ONCE = 1000

KIT_PAGE = 99  # the key of the message with kit and pick-up

LIST, CLOSED, ONE, KIT = "roster.list", "roster.closed", "roster.list_of_one", "roster.kit"


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes the rosters that are due, to each who leads; how many messages. After an outage only the later one goes out.

    Whoever comes to lead a session that has begun gets its list at once.
    """
    query = (
        select(sessions.c.id, sessions.c.version, sessions.c.starts_at, sessions.c.supervisor_id)
        .where(sessions.c.status == "planned", sessions.c.starts_at > now - LOOK_BACK, sessions.c.starts_at <= now + AHEAD)
        .where(sessions.c.ends_at > now, sessions.c.done_at.is_(None), _is_booked())
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    if not council.is_live_for_somebody:
        return 0
    rows = [(row, which) for row in connection.execute(query) if (which := _which(council, row.starts_at, now))]
    others = leading.also(connection, [row.id for row, _ in rows]) if rows else {}
    due = {
        _key(row.id, row.version, staff_id, which, 0): (row.id, staff_id, which)
        for row, which in rows
        for staff_id in (row.supervisor_id, *others.get(row.id, ()))
        if staff_id is not None
    }
    written = _written(connection, due)
    wanted: list[Notice] = []
    for key, (session_id, staff_id, which) in due.items():
        if key not in written:
            member = who.member(connection, staff_id)
            wanted += list_notices(council, rosters.of_session(connection, session_id), member, which)
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


def list_notices(council: Council, roster: Roster, member: Staff, which: str, *, by_text: bool = False) -> list[Notice]:
    """One message for each page, and by text one more for kit and pick-up. `by_text`: they asked by text.

    Women-only work is never named and nobody on it: the list is read at the office.
    """
    if roster.women_only:
        return [_list_notice(roster, member, which, CLOSED, 0)]
    string = ONE if roster.kind == "single" and roster.of_one else LIST
    found = [_list_notice(roster, member, which, string, page) for page in range(pages(roster))]
    if any(line.kit or line.pick_up for line in roster.lines) and (by_text or _goes_by_text(council, found[0], member)):
        found.append(_list_notice(roster, member, which, KIT, KIT_PAGE))
    return found


def _goes_by_text(council: Council, notice: Notice, member: Staff) -> bool:
    where = notices.route(council, notice, None, member)
    return isinstance(where, Route) and where.channel == "sms"


def _list_notice(roster: Roster, member: Staff, which: str, string: str, page: int) -> Notice:
    return Notice(
        key=_key(roster.session_id, roster.version, member.id, which, page),
        purpose="roster",
        string=string,
        lane=notices.REMINDER,
        expires_at=roster.ends_at if which == "hour" else roster.starts_at,
        fields=kit_fields(roster) if string == KIT else fields(roster, page),
        staff_id=member.id,
        session_id=roster.session_id,
        session_version=roster.version,
        channel="sms" if roster.women_only else None,
    )


def pages(roster: Roster) -> int:
    return max(1, -(-len(roster.lines) // PAGE))


def page_of(roster: Roster, line: Line) -> int:
    """On which of its messages that person stands."""
    return roster.lines.index(line) // PAGE


def fields(roster: Roster, page: int = 0) -> dict[str, Any]:
    """What a roster's message is made of: `{session, page, day, time, place, people, finished, rows}`."""
    shown = () if roster.women_only else roster.lines[page * PAGE : (page + 1) * PAGE]
    one = roster.of_one
    return {
        **about(roster),
        "session": roster.session_id,
        "page": page,
        "initials": one.initials if one and not roster.women_only else "",
        "number": str(one.number) if one else "",
        "people": str(len(roster.lines)),
        "finished": roster.done_at is not None,
        "rows": [_row(line, roster.starts_at) for line in shown],
    }


def kit_fields(roster: Roster) -> dict[str, Any]:
    """What has to be there for whom, and where the van stops for whom, by their numbers: nobody's name."""
    kit = [[line.kit, [line.number]] for line in roster.lines if line.kit]
    stops: dict[str, list[int]] = {}
    for line in roster.lines:
        if line.pick_up:
            stops.setdefault(line.pick_up, []).append(line.number)
    return {**about(roster), "stops": [[stop, numbers] for stop, numbers in stops.items()], "kit": kit}


def about(roster: Roster) -> dict[str, Any]:
    """Which session it is, as fields."""
    starts_at = roster.starts_at.isoformat()
    return {"day": starts_at, "time": starts_at, "place": "" if roster.women_only else roster.nickname}


def _row(line: Line, starts_at: datetime) -> dict[str, Any]:
    mark = line.mark
    return {
        "n": line.number,
        "booking": line.booking_id,
        "initials": line.initials,
        "name": f"{line.first_name} {line.last_name[:1]}",
        "answer": line.answer or "none",
        "band": line.band,
        "status": mark.status if mark else None,
        "times": [at.isoformat() for at in _times(mark, starts_at)] if mark else [],
        "kit": line.kit,
        "pick_up": line.pick_up,
        "walk_in": line.walk_in,
    }


def _times(mark: Mark, starts_at: datetime) -> list[datetime]:
    """When a late one came; of one who did not stay, when they went, and before it when they came if that was late."""
    if mark.started_at is None or mark.finished_at is None or mark.status == "attended":
        return []
    if mark.status == "late":
        return [mark.started_at]
    return [mark.started_at, mark.finished_at] if mark.started_at > starts_at else [mark.finished_at]


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
        alerts.raise_about(connection, council, "unmarked", session_id, now=now)
    return len(unmarked)


def _is_unmarked() -> Any:
    """Somebody was booked before the start who has not said that they can't come, and no mark of them stands."""
    later = attendance.alias("later")
    overtaken = exists().where(later.c.booking_id == attendance.c.booking_id, later.c.id > attendance.c.id)
    marked = exists().where(attendance.c.booking_id == bookings.c.id, attendance.c.status.is_not(None), ~overtaken)
    booked = (bookings.c.session_id == sessions.c.id, bookings.c.status == "booked")
    expected = (bookings.c.booked_at < sessions.c.starts_at, bookings.c.answer.is_distinct_from("cant"))
    return exists().where(*booked, *expected, ~marked)
