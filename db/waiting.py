"""Work that nobody did by its due time: whoever leads is told once of each, and of all of it each working morning."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, select

from db import alerts, asking, climbing, notices, rota
from db.council import LONDON, Council, at_minute
from db.notices import Notice
from db.schema import alerts as alert_rows
from db.schema import tasks

KINDS = ("message", "call_back", "pack_request", "absence")
LOOK_BACK = timedelta(days=7)
AT_ONCE = 50
DIGEST_WITHIN = timedelta(hours=1)
DIGEST_LASTS = timedelta(hours=8)


def look(connection: Connection, council: Council, *, now: datetime) -> None:
    """Raises an alert for each that is overdue, within hours; ends it once the work is done."""
    for row in _done(connection):
        alerts.settle(connection, row[0], "done", alert_rows.c.id == row.id, now=now)
    if not council.is_staffed(now):
        return
    for row in _overdue(connection, now):
        klass = "unread" if row.kind == "message" else "overdue"
        alerts.raise_waiting(connection, council, klass, row.id, row.person_id, now=now)


def _overdue(connection: Connection, now: datetime) -> list[Any]:
    known = exists().where(alert_rows.c.task_id == tasks.c.id)
    query = (
        select(tasks.c.id, tasks.c.kind, tasks.c.person_id)
        .where(tasks.c.status == "open", tasks.c.kind.in_(KINDS), ~known)
        .where(tasks.c.due_at <= now, tasks.c.due_at > now - LOOK_BACK)
        .order_by(tasks.c.due_at, tasks.c.id)
        .limit(AT_ONCE)
    )
    return list(connection.execute(query).all())


def _done(connection: Connection) -> list[Any]:
    query = (
        select(alert_rows.c["class"], alert_rows.c.id)
        .join(tasks, tasks.c.id == alert_rows.c.task_id)
        .where(alert_rows.c.state != "resolved", tasks.c.status == "done")
    )
    return list(connection.execute(query).all())


def digest(connection: Connection, council: Council, *, now: datetime) -> None:
    """What stands open, and gaps in the rota, to whoever leads; once a working day, where there is anything to say."""
    today = now.astimezone(LONDON).date()
    if council.digest is None or not council.is_working_day(today):
        return
    at = at_minute(today, council.digest)
    if not at <= now < at + DIGEST_WITHIN:
        return
    on = rota.on_duty(connection, now)
    gaps = rota.gaps(connection, council, now, now + rota.AHEAD) if on.kept else []
    open_alerts, overdue = _count_alerts(connection), _count_overdue(connection, now)
    if not (gaps or open_alerts or overdue):
        return
    members = [on.lead] if on.lead else climbing.leads(connection, now, None)
    counted = {"alerts": str(open_alerts), "overdue": str(overdue)}
    counted_gaps = ("rota.gaps", {"n": str(len(gaps))}) if gaps else ("rota.no_gaps", {}) if on.kept else ""
    wanted = [
        Notice(
            key=f"digest:{today.isoformat()}:s{member.id}",
            purpose="alert",
            string="digest",
            lane=notices.REST,
            expires_at=at + DIGEST_LASTS,
            fields={**counted, "gaps": counted_gaps},
            staff_id=member.id,
        )
        for member in members
    ]
    notices.write_all(connection, council, wanted, now=now)


def _count_alerts(connection: Connection) -> int:
    is_open = (alert_rows.c.state != "resolved", alert_rows.c.severity != asking.WAITING)
    return connection.execute(select(func.count()).select_from(alert_rows).where(*is_open)).scalar_one()


def _count_overdue(connection: Connection, now: datetime) -> int:
    overdue = (tasks.c.status == "open", tasks.c.due_at <= now)
    return connection.execute(select(func.count()).select_from(tasks).where(*overdue)).scalar_one()
