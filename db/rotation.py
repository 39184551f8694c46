"""A new key: everything encrypted and hashed anew under it, so that the old one can be thrown away.

A record remembers under which key its hashes are. A new key in front encrypts at once, and hashes only after `run`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, Table, bindparam, select, text

from db import crypto, cursors
from db.crypto import Secret, SecretJson
from db.record import Record
from db.schema import (
    APPEND_ONLY,
    deliveries,
    inbound,
    meta,
    metadata,
    notices,
    people,
    staff,
    telegram_links,
)
from db.schema import cursors as cursor_rows
from db.upsert import insert_once_by

TOGETHER = 500  # rows in one transaction
FINDING = "finding_key"
HASHED = ("phone_hash", "chat_hash", "address_hash", "sender_hash")
HOLD_A_HASH = {"tasks": "key", "notices": "key", "deliveries": "reference"}  # a whole one, or its first 16 letters
HEX = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{40}|[0-9a-f]{16})(?![0-9a-f])")
PINS = 10_000
_BEGUN = cursor_rows.c.name.startswith("rotate:", autoescape=True)

SenderOf = Callable[[str, str], str | None]
SaltedPin = Callable[[str, str], str]


class RotationError(Exception):
    """A rotation was broken off: hashes are under two keys, and until it is done people would not be found."""


def find_key(record: Record, *, rotating: bool = False) -> None:
    """Sets the key that this record's hashes are under; a record that never said so has them under the oldest given.

    Raises RotationError; InvalidToken where that key is not among those given.
    """
    keys = crypto.keys()
    with record.read() as connection:
        mark = connection.execute(select(meta.c.value).where(meta.c.name == FINDING)).scalar()
        begun = connection.execute(select(cursor_rows.c.name).where(_BEGUN).limit(1)).first() is not None
    if begun and not rotating:
        raise RotationError("a change of keys was broken off; run `turnup rotate` again, with the same TURNUP_SECRET_KEY")
    if mark is None:
        mark = keys.marks[-1]
        with record.write() as connection:
            insert_once_by(connection, meta, {"name": FINDING, "value": mark})
    if mark not in keys.marks:
        raise InvalidToken
    keys.find_by(mark)


def is_due(connection: Connection) -> bool:
    """Whether a newer key stands in front of the one that this record's hashes are under."""
    mark = connection.execute(select(meta.c.value).where(meta.c.name == FINDING)).scalar()
    return mark is not None and mark != crypto.keys().marks[0]


def run(record: Record, *, sender_of: SenderOf, salted: SaltedPin) -> Iterator[str]:
    """Table after table, a line for each; what was done stays done when it is broken off and run again.

    `sender_of` reads the address out of a stored message (door, payload); `salted` makes of ref and PIN what is hashed.
    """
    renewed = _Renewal(record, sender_of, salted)
    for table in metadata.sorted_tables:
        if any(_is_personal(column) or column.name in HASHED for column in table.columns) or table.name in HOLD_A_HASH:
            yield f"{table.name} {renewed.table(table)}"
    with record.write() as connection:
        connection.execute(meta.update().where(meta.c.name == FINDING).values(value=crypto.keys().marks[0]))
        connection.execute(cursor_rows.delete().where(_BEGUN))
    crypto.keys().find_by(crypto.keys().marks[0])


def _is_personal(column: Any) -> bool:
    return isinstance(column.type, (Secret, SecretJson))


class _Renewal:
    def __init__(self, record: Record, sender_of: SenderOf, salted: SaltedPin) -> None:
        self._record = record
        self._salted = salted
        self._newest = crypto.keys().marks[0]
        self._new: dict[str, str] = {}
        with record.read() as connection:
            for address in _addresses(connection, sender_of):
                self._learn(address)

    def _learn(self, value: str) -> None:
        newest, *older = crypto.keys().hashes(value)
        for old in older:
            self._new[old] = newest
            self._new[old[:16]] = newest[:16]

    def table(self, table: Table) -> int:
        """Rows renewed by this run."""
        done = 0
        while rows := self._some(table):
            done += rows
        return done

    def _some(self, table: Table) -> int:
        """The next rows in one transaction, and the place reached with them."""
        place = f"rotate:{self._newest[:8]}:{table.name}"
        with self._record.write() as connection:
            after = int(cursors.move(connection, place) or 0)
            query = select(table).where(table.c.id > after).order_by(table.c.id).limit(TOGETHER)
            rows = connection.execute(query).mappings().all()
            if not rows:
                return 0
            values = [{"its": row["id"], **self._values(table, row)} for row in rows]
            names = [name for name in values[0] if name != "its"]
            changed = table.update().where(table.c.id == bindparam("its")).values({n: bindparam(f"new_{n}") for n in names})
            with _unlocked(connection, table):
                connection.execute(changed, [_prefixed(one) for one in values])
            cursors.move(connection, place, str(rows[-1]["id"]))
            return len(rows)

    def _values(self, table: Table, row: Any) -> dict[str, Any]:
        """What is personal as it is, which writes it under the newest key, and every hash anew."""
        found = {column.name: row[column.name] for column in table.columns if _is_personal(column)}
        found |= {name: self._new.get(row[name], row[name]) for name in HASHED if name in table.c}
        if (name := HOLD_A_HASH.get(table.name)) is not None:
            found[name] = row[name] and HEX.sub(lambda match: self._new.get(match[0], match[0]), row[name])
        if table is people:
            found["pin_hash"] = self._pin(row)
        return found

    def _pin(self, row: Any) -> str | None:
        """Nobody knows a PIN, but there are only ten thousand."""
        if row["pin_hash"] is None:
            return None
        for number in range(PINS):
            newest, *older = crypto.keys().hashes(self._salted(row["ref"], f"{number:04d}"))
            if row["pin_hash"] in older:
                return newest
        kept: str = row["pin_hash"]
        return kept


def _prefixed(values: dict[str, Any]) -> dict[str, Any]:
    return {name if name == "its" else f"new_{name}": value for name, value in values.items()}


def _addresses(connection: Connection, sender_of: SenderOf) -> Iterator[str]:
    """Every address that something here may be hashed from."""
    for column in (people.c.phone, staff.c.phone, telegram_links.c.chat, deliveries.c.address, notices.c.address):
        yield from connection.execute(select(column).where(column.is_not(None))).scalars()
    for door, payload in connection.execute(select(inbound.c.door, inbound.c.payload)):
        if (address := sender_of(door, payload)) is not None:
            yield address


@contextmanager
def _unlocked(connection: Connection, table: Table) -> Iterator[None]:
    """Takes the lock off a table whose rows are only added, within one transaction; nothing else sees it open."""
    if table.name not in APPEND_ONLY:
        yield
    elif connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        yield
        connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
    else:
        stored = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
        locks = connection.execute(stored, {"name": table.name}).all()
        for lock in locks:
            connection.exec_driver_sql(f"DROP TRIGGER {lock.name}")
        yield
        for lock in locks:
            connection.exec_driver_sql(lock.sql)
