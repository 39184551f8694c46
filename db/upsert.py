"""`INSERT … ON CONFLICT DO NOTHING`, which both databases have under different names."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table

from db.prepared import Prepared


def _insert(dialect: str, table: Table) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table).on_conflict_do_nothing()


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> int | None:
    """Inserts a row and returns its id, or None when a unique key says it is there already.

    What is None is left out: sqlite3 looks for a way to adapt each, and a notice has more of them than of anything else.
    """
    there = {name: value for name, value in row.items() if value is not None}
    id_: int | None = _once(table, tuple(there)).insert_one(connection, there)
    return id_


@cache
def _once(table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(lambda connection: _insert(connection.dialect.name, table), *columns)


def insert_all_once(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts those rows that no unique key refuses; returns how many went in."""
    return _once(table, tuple(rows[0])).insert(connection, rows) if rows else 0


def insert_once_by(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """As insert_once, for a table without an id; whether the row went in."""
    return insert_all_once(connection, table, [row]) == 1
