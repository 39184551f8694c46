"""The whole record into another database: from SQLite to PostgreSQL and back. What is encrypted stays as it is."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, column, func, select, table, text
from sqlalchemy import Text as PlainText

from db import migrate
from db.crypto import Secret, SecretJson
from db.record import Record
from db.schema import heartbeats, leases, meta, metadata

TOGETHER = 1000  # rows in one statement
OF_PROCESSES = (leases, heartbeats)  # what says who runs now, which is nobody
COPIED: tuple[Table, ...] = tuple(one for one in metadata.sorted_tables if one not in OF_PROCESSES)


class CopyError(Exception):
    """The databases are not fit for a copy; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What arrived of one table, as it was counted and summed on both sides."""

    table: str
    rows: int
    digest: str


def copy(source: Record, target: Record) -> list[Copied]:
    """Copies every table and compares both sides; all of it is committed, or nothing. Raises CopyError, MigrationError."""
    migrate.check(source)
    with target.read() as into:
        fresh = migrate.revision(into) is None
    if fresh:
        migrate.upgrade(target)
    migrate.check(target)
    with source.read() as out, target.write() as into:
        if any(_count(into, one) for one in metadata.sorted_tables if one is not meta):
            raise CopyError(
                "the database to copy to holds something already; give an empty one, which is made ready by itself"
            )
        into.execute(meta.delete())
        for one in COPIED:
            _copy(out, into, one)
        copied = [Copied(one.name, _count(into, one), digest(into, one)) for one in COPIED]
        for one, arrived in zip(COPIED, copied, strict=True):
            if (_count(out, one), digest(out, one)) != (arrived.rows, arrived.digest):
                raise CopyError(
                    f"{one.name} did not arrive as it was; nothing was copied, see that nothing else writes there"
                )
        if not target.is_sqlite:
            _reset_sequences(into)
    return copied


def _copy(out: Connection, into: Connection, one: Table) -> None:
    """Rows may point at later ones of their own table, so such columns are filled when all are there."""
    plain = _plain(one)
    own = [c.name for c in one.columns for key in c.foreign_keys if key.column.table is one]
    for rows in _rows(out, one):
        into.execute(plain.insert(), [{**row, **dict.fromkeys(own)} for row in rows])
    for name in own:
        pointing = select(plain.c.id, plain.c[name]).where(plain.c[name].is_not(None))
        found = [{"its": row[0], "other": row[1]} for row in out.execute(pointing)]
        if found:
            into.execute(plain.update().where(plain.c.id == bindparam("its")).values({name: bindparam("other")}), found)


def _plain(one: Table) -> Any:
    """The table with what is encrypted as mere text."""
    return table(
        one.name,
        *(column(c.name, PlainText() if isinstance(c.type, (Secret, SecretJson)) else c.type) for c in one.columns),
    )


def _rows(connection: Connection, one: Table) -> Iterator[list[dict[str, Any]]]:
    plain = _plain(one)
    order = [plain.c[c.name] for c in one.primary_key.columns] or list(plain.c)
    # Both databases must agree on the order, which of letters is a matter of the locale: of text, by its bytes.
    by = "BINARY" if connection.dialect.name == "sqlite" else "C"
    ordered = [key.collate(by) if issubclass(one.c[key.name].type.python_type, str) else key for key in order]
    found = connection.execute(select(plain).order_by(*ordered), execution_options={"yield_per": TOGETHER})
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _count(connection: Connection, one: Table) -> int:
    count: int = connection.execute(select(func.count()).select_from(one)).scalar_one()
    return count


def digest(connection: Connection, one: Table) -> str:
    """A sum over every value of a table, the same on both databases."""
    summed = hashlib.sha256()
    for rows in _rows(connection, one):
        for row in rows:
            summed.update(repr(tuple(row.values())).encode())
    return summed.hexdigest()[:16]


def _reset_sequences(connection: Connection) -> None:
    tables: Sequence[Table] = [one for one in metadata.sorted_tables if "id" in one.c]
    for one in tables:
        last = f"(SELECT max(id) FROM {one.name})"
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{one.name}', 'id'), coalesce({last}, 1), {last} IS NOT NULL)")
        )
