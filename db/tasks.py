"""Work for a named human: what the software cannot or may not settle."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db.schema import people, tasks
from db.upsert import insert_once


def open_task(
    connection: Connection,
    *,
    key: str,
    kind: str,
    now: datetime,
    due_at: datetime,
    person_id: int | None = None,
    owner_id: int | None = None,
    klass: str | None = None,
    note: str | None = None,
) -> None:
    """Opens a task unless one with this key is open. The owner is the person's case manager where none is given."""
    if owner_id is None and person_id is not None:
        owner_id = connection.execute(select(people.c.case_manager_id).where(people.c.id == person_id)).scalar()
    insert_once(
        connection,
        tasks,
        {
            "key": key,
            "kind": kind,
            "class": klass,
            "person_id": person_id,
            "owner_id": owner_id,
            "note": note,
            "created_at": now,
            "due_at": due_at,
            "status": "open",
        },
    )


def listing(connection: Connection) -> list[dict[str, Any]]:
    """Every task, oldest first: `{id, kind, class, person, due_at, status}`."""
    query = (
        select(tasks.c.id, tasks.c.kind, tasks.c["class"], people.c.ref, tasks.c.due_at, tasks.c.status)
        .outerjoin(people, people.c.id == tasks.c.person_id)
        .order_by(tasks.c.id)
    )
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "class": row[2],
            "person": row.ref,
            "due_at": row.due_at.isoformat(),
            "status": row.status,
        }
        for row in connection.execute(query)
    ]
