"""Sessions that are off, and people booked on them whom the news has not reached: somebody has to ring, before the start.

Twenty minutes after it was said, or could not be: no receipt, no answer. One alert a session, and a task for each person.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, select

from db import alerts, inbound, tasks
from db.council import Council
from db.schema import alerts as alert_rows
from db.schema import deliveries, sessions
from db.schema import notices as notice_rows
from db.schema import tasks as task_rows

AFTER = timedelta(minutes=20)
LOOK_BACK = timedelta(days=2)
TAKEN_BACK = ("superseded", "cancelled")
KLASS = "undelivered"


def look(connection: Connection, council: Council, *, now: datetime) -> None:
    """Raises what is new, and settles what has arrived since."""
    off = select(sessions.c.id).where(sessions.c.status == "cancelled", sessions.c.starts_at > now)
    said = (notice_rows.c.purpose == "off", notice_rows.c.created_at > now - LOOK_BACK)
    query = select(notice_rows.c.session_id).where(*said, notice_rows.c.session_id.in_(off)).distinct()
    for session_id in sorted(connection.execute(query).scalars()):
        _look_at(connection, council, session_id, now)
    for session_id in _on_again(connection):
        alerts.settle(connection, "undelivered", "on_again", alert_rows.c.session_id == session_id, now=now)


def _look_at(connection: Connection, council: Council, session_id: int, now: datetime) -> None:
    told = of_session(connection, session_id, now=now)
    left = {one.person_id: one.since + AFTER for one in told if one.is_unreached}
    _close(connection, [one.person_id for one in told if one.is_settled], now)
    if left:
        starts_at = connection.execute(select(sessions.c.starts_at).where(sessions.c.id == session_id)).scalar_one()
        due = dict.fromkeys(left, starts_at)
        tasks.open_for(connection, due, kind="not_reached", klass=KLASS, now=now)
        alerts.raise_undelivered(connection, council, session_id, newest=max(left.values()), now=now)
    elif told and all(one.is_settled for one in told):
        alerts.settle(connection, "undelivered", "arrived", alert_rows.c.session_id == session_id, now=now)


def _close(connection: Connection, person_ids: list[int], now: datetime) -> None:
    ours = (task_rows.c.kind == "not_reached", task_rows.c["class"] == KLASS, task_rows.c.status == "open")
    settled = task_rows.update().where(*ours, task_rows.c.person_id.in_(person_ids))
    connection.execute(settled.values(status="done", closed_at=now))


def _on_again(connection: Connection) -> list[int]:
    query = (
        select(alert_rows.c.session_id)
        .join(sessions, sessions.c.id == alert_rows.c.session_id)
        .where(alert_rows.c["class"] == "undelivered", alert_rows.c.state != "resolved", sessions.c.status == "planned")
    )
    return list(connection.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Told:
    """One person who was to hear that a session is off. `since` is when it was last said, or could not be."""

    person_id: int
    since: datetime
    is_settled: bool  # it arrived, or they answered
    is_unreached: bool


def of_session(connection: Connection, session_id: int, *, now: datetime) -> list[Told]:
    """Each person once, by all that was said to them of it."""
    d, n = deliveries.c, notice_rows.c
    of_notice = (d.notice_id == n.id, d.action != "delete")
    began = select(func.max(d.started_at)).where(*of_notice).correlate(notice_rows).scalar_subquery()
    address = select(d.address_hash).where(*of_notice).order_by(d.seq).limit(1).correlate(notice_rows).scalar_subquery()
    columns = (
        n.person_id,
        func.coalesce(began, n.created_at).label("at"),
        address.label("address"),
        exists().where(*of_notice, d.status == "delivered").label("arrived"),
        exists().where(*of_notice, d.status == "pending", d.not_before > now).label("waits"),
    )
    about = (n.session_id == session_id, n.purpose == "off", n.person_id.is_not(None), n.status.not_in(TAKEN_BACK))
    rows = connection.execute(select(*columns).where(*about)).all()
    heard = inbound.heard_from(connection, {row.address for row in rows if row.address})
    by_person: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_person[row.person_id].append(row)
    return [_told(person_id, said, heard, now) for person_id, said in sorted(by_person.items())]


def _told(person_id: int, said: list[Any], heard: Mapping[str, datetime], now: datetime) -> Told:
    """What waits for hours in which it may go is no failure yet."""
    since: datetime = max(row.at for row in said)
    settled = any(row.arrived or (row.address in heard and heard[row.address] >= row.at) for row in said)
    late = since <= now - AFTER and not any(row.waits for row in said)
    return Told(person_id, since, settled, late and not settled)


def unreached(connection: Connection, session_id: int, *, now: datetime) -> list[int]:
    """The ids of the people who have to be rung."""
    return [one.person_id for one in of_session(connection, session_id, now=now) if one.is_unreached]
