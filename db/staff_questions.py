"""What one of the staff was asked last: their next words are the answer, for a quarter of an hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db.schema import staff_questions as rows

OPEN_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StaffQuestion:
    id: int
    kind: str
    so_far: Mapping[str, Any]


_COLUMNS = (rows.c.id, rows.c.kind, rows.c.so_far)


def ask(
    connection: Connection,
    staff_id: int,
    kind: str,
    *,
    now: datetime,
    so_far: Mapping[str, Any] | None = None,
    open_for: timedelta = OPEN_FOR,
) -> int:
    """Opens a question, which closes any other of theirs."""
    close_all(connection, staff_id, now=now)
    row = {"staff_id": staff_id, "kind": kind, "so_far": dict(so_far or {}), "asked_at": now, "expires_at": now + open_for}
    made: int = connection.execute(rows.insert().values(**row).returning(rows.c.id)).scalar_one()
    return made


def latest(connection: Connection, staff_id: int, *, now: datetime) -> StaffQuestion | None:
    """The one that is open."""
    query = select(*_COLUMNS).where(rows.c.staff_id == staff_id, rows.c.closed_at.is_(None), rows.c.expires_at > now)
    row = connection.execute(query.order_by(rows.c.id.desc()).limit(1)).first()
    return StaffQuestion(*row) if row else None


def close(connection: Connection, question_id: int, *, now: datetime) -> None:
    connection.execute(rows.update().where(rows.c.id == question_id).values(closed_at=now))


def close_all(connection: Connection, staff_id: int, *, now: datetime) -> None:
    ours = (rows.c.staff_id == staff_id, rows.c.closed_at.is_(None))
    connection.execute(rows.update().where(*ours).values(closed_at=now))
