"""Reminders of packs that are due back, and a task for staff once one is overdue. Found by query, like all reminders."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import notices, pack_desk, pack_notices, packs, sending_hours, tasks
from db.council import LONDON, Council, Span, at_minute
from db.notices import Notice
from db.packs import Request
from db.schema import notices as notice_rows
from db.schema import pack_requests, people
from db.schema import tasks as task_rows
from notifications.reminders import timing

DAYS = (1, 7)  # before the day it is due
OVERDUE_WITHIN = 1  # working days until somebody asks after it


def write(connection: Connection, council: Council, *, now: datetime) -> None:
    """The reminders that are due and not written: of each pack the newest. What is overdue, and who waited, to staff.

    Places that were asked for and have been booked are settled too.
    """
    today = now.astimezone(LONDON).date()
    out = packs.find(
        connection, pack_requests.c.status == "out", pack_requests.c.return_by <= today + timedelta(days=max(DAYS) + 1)
    )
    for request in out:
        if request.return_by is not None and request.return_by < today:
            _overdue(connection, council, request, now)
        elif notice := _due(connection, council, request, now):
            notices.write(connection, council, notice, now=now)
    packs.call_waiting(connection, council, now=now)
    pack_desk.settle_booked(connection, council, now=now)


def _overdue(connection: Connection, council: Council, request: Request, now: datetime) -> None:
    """Once for each day that it was due: whoever has seen to the task is not asked again."""
    key = packs.overdue_key(request)
    if connection.execute(select(task_rows.c.id).where(task_rows.c.key == key).limit(1)).first() is None:
        tasks.open_task(
            connection, key=key, kind="pack_overdue", person_id=request.person_id, now=now, note=request.ref,
            due_at=council.due_in_working_days(now, OVERDUE_WITHIN),
        )  # fmt: skip


def _due(connection: Connection, council: Council, request: Request, now: datetime) -> Notice | None:
    row = connection.execute(
        select(people.c.safe_from, people.c.safe_until, pack_requests.c.collected_at)
        .join(pack_requests, pack_requests.c.person_id == people.c.id)
        .where(pack_requests.c.id == request.id)
    ).one()
    safe = None if row.safe_from is None else Span(row.safe_from, row.safe_until)
    for days in DAYS:
        send_at = _send_at(council, request.return_by, days, safe)
        if send_at is None or send_at > now:
            continue
        key = f"pack_due:r{request.id}:{request.return_by}:d{days}"
        needless = row.collected_at is not None and send_at < row.collected_at
        is_written = connection.execute(select(notice_rows.c.id).where(notice_rows.c.key == key)).first() is not None
        return None if needless or is_written else _notice(connection, request, key, days)
    return None


def _send_at(council: Council, return_by: date | None, days: int, safe: Span | None) -> datetime | None:
    if return_by is None:
        return None
    nominal = datetime.combine(return_by - timedelta(days=days), council.reminders_at, LONDON)
    return sending_hours.fit(council, nominal, _over(council, return_by), timing(days), safe)


def _over(council: Council, day: date) -> datetime:
    return at_minute(day, council.staffed.until)


def _notice(connection: Connection, request: Request, key: str, days: int) -> Notice:
    said: dict[str, Any] = pack_notices.said_of(connection, request)
    return Notice(
        key=key,
        purpose="reminder",
        string="pack.due",
        lane=notices.REMINDER,
        expires_at=at_minute(request.return_by or request.asked_at.date(), 24 * 60),
        timing=timing(days),
        fields=said,
        person_id=request.person_id,
        pack_request_id=request.id,
        pack_version=request.version,
    )
