"""Work for a named human: what the software cannot or may not settle."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, String, bindparam, cast, literal_column, select

from db import in_charge
from db import leave as leaves
from db.council import LONDON
from db.crypto import Sealed, sealed
from db.prepared import Prepared
from db.schema import leave, people, tasks
from db.upsert import insert_all_once, insert_once

NOTE_LENGTH = 20_000  # characters kept of what was added to one open task, the newest
UNREADABLE = "(unreadable)"
AT_ONCE = 1000  # tasks opened in one statement

_is_away = select(leave.c.id).where(
    leave.c.staff_id == people.c.case_manager_id, leave.c.ended_at.is_(None),
    leave.c.first_day <= bindparam("day"), leave.c.last_day >= bindparam("day"),
)  # fmt: skip
_CASE_MANAGER = Prepared(
    select(people.c.case_manager_id, _is_away.exists().label("away")).where(people.c.id == bindparam("id"))
)
_open = (tasks.c.key == bindparam("of"), tasks.c.status == "open")
_OPENED_AT = Prepared(select(tasks.c.created_at).where(*_open))
_CLOSE = Prepared(tasks.update().where(*_open).values(status="done", closed_at=bindparam("now")))
_CLOSE_ALL = Prepared(
    tasks.update()
    .where(tasks.c.key.in_(bindparam("keys", expanding=True)), tasks.c.status == "open")
    .values(status="done", closed_at=bindparam("now"))
    .returning(tasks.c.owner_id)
)


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
) -> bool:
    """Opens a task, or adds to the open one of this key; whether it is new.

    The owner, where none is given, is the person's case manager, or who stands in for them while they are away.
    """
    if owner_id is None and person_id is not None:
        owner_id = _owner(connection, person_id, now)
    row = {
        "key": key, "kind": kind, "class": klass, "person_id": person_id, "owner_id": owner_id, "note": note,
        "created_at": now, "due_at": due_at, "status": "open",
    }  # fmt: skip
    added = insert_once(connection, tasks, row)
    if added is None and note and not _add_note(connection, key, note):
        # The note that no key opens stays as it is, for whoever finds the key, under a task that is closed.
        close(connection, key, now=now)
        insert_once(connection, tasks, row | {"note": f"{UNREADABLE}\n{note}"})
    return added is not None


def _owner(connection: Connection, person_id: int, now: datetime) -> int | None:
    row = _CASE_MANAGER.first(connection, {"id": person_id, "day": now.astimezone(LONDON).date()})
    if row is None or not row[1]:
        return row[0] if row else None
    return in_charge.owner_in_place_of(connection, row[0], now)


def open_for(
    connection: Connection, people_due: Mapping[int, datetime], *, kind: str, klass: str, now: datetime, key: str = ""
) -> None:
    """The same task for many people at once, by person id; who has it open already keeps that one.

    `key` begins what tells it from others of the person, where the kind alone does not.
    """
    ids = list(people_due)
    for some in (ids[n : n + AT_ONCE] for n in range(0, len(ids), AT_ONCE)):
        cases = connection.execute(select(people.c.id, people.c.case_manager_id).where(people.c.id.in_(some))).all()
        gone = leaves.away(connection, now)
        away = {row[1] for row in cases if row[1] in gone}
        instead = {id_: in_charge.owner_in_place_of(connection, id_, now) for id_ in away}
        rows = [
            {
                "key": f"{key or kind}:p{person_id}", "kind": kind, "class": klass, "person_id": person_id,
                "owner_id": instead.get(owner_id, owner_id), "created_at": now, "due_at": people_due[person_id],
                "status": "open",
            }
            for person_id, owner_id in cases
        ]  # fmt: skip
        insert_all_once(connection, tasks, rows)


def stands(connection: Connection, key: str) -> bool:
    """Whether a task of that key is open."""
    return opened_at(connection, key) is not None


def opened_at(connection: Connection, key: str) -> datetime | None:
    """Since when the task of that key stands; None without one."""
    moment: datetime | None = _OPENED_AT.scalar(connection, {"of": key})
    return moment


def notes(connection: Connection, key: str) -> list[str]:
    """The lines that stand on the open task of that key; none without one."""
    standing = (tasks.c.key == key, tasks.c.status == "open")
    row = connection.execute(select(sealed(tasks.c.note)).where(*standing)).first()
    return lines(row[0]) if row else []


def sleep(connection: Connection, key: str, *, until: datetime, due_at: datetime) -> None:
    """Nothing is to do about it until then; it is due anew, and nobody has been told that it is overdue."""
    standing = (tasks.c.key == key, tasks.c.status == "open")
    connection.execute(tasks.update().where(*standing).values(wakes_at=until, due_at=due_at, climbed_at=None))


def close(connection: Connection, key: str, *, now: datetime) -> None:
    """Done, by whom the access log says."""
    _CLOSE.run(connection, {"of": key, "now": now})


def close_all(connection: Connection, keys: Collection[str], *, now: datetime) -> list[int]:
    """As `close`, of the open tasks of these keys; whose they were."""
    return [row[0] for row in _CLOSE_ALL.all(connection, {"keys": list(keys), "now": now}) if row[0] is not None]


def give(connection: Connection, key: str, owner_id: int | None) -> None:
    """The open task of that key is somebody else's from now on."""
    standing = (tasks.c.key == key, tasks.c.status == "open")
    connection.execute(tasks.update().where(*standing).values(owner_id=owner_id))


def close_about_bookings(connection: Connection, kind: str, bookings: Any, *, now: datetime) -> None:
    """As `close`, of the tasks of this kind about all these bookings, a SELECT of their ids."""
    ids = bookings.subquery()
    keys = select(f"{kind}:b" + cast(ids.c.id, String))
    standing = (tasks.c.status == literal_column("'open'"), tasks.c.key.in_(keys))
    connection.execute(tasks.update().where(*standing).values(status="done", closed_at=now))


def _add_note(connection: Connection, key: str, note: str) -> bool:
    """Wakes it, too. False where no key opens what is noted already."""
    standing = (tasks.c.key == key, tasks.c.status == "open")
    row = connection.execute(select(tasks.c.id, sealed(tasks.c.note)).where(*standing).with_for_update()).first()
    if row is None:
        return True
    try:
        text = f"{row.note.open()}\n{note}" if row.note else note
    except InvalidToken:
        return False
    connection.execute(tasks.update().where(tasks.c.id == row.id).values(note=text[-NOTE_LENGTH:], wakes_at=None))
    return True


def lines(note: Sealed | None) -> list[str]:
    """What is written on a task."""
    try:
        return note.open().splitlines() if note else []
    except InvalidToken:
        return [UNREADABLE]
