"""`INSERT … ON CONFLICT DO NOTHING`, which both databases have under different names."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> int | None:
    """Inserts a row and returns its id, or None when a unique key says it is there already."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing().returning(table.c.id)
    found: int | None = connection.execute(statement, dict(row)).scalar()
    return found


def insert_all_once(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts those rows that no unique key refuses; returns how many went in."""
    if not rows:
        return 0
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing()
    counted = {"preserve_rowcount": True}  # psycopg's count is gone once the cursor is closed
    return connection.execute(statement, [dict(row) for row in rows], execution_options=counted).rowcount


def insert_once_by(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """As insert_once, for a table without an id; whether the row went in."""
    return insert_all_once(connection, table, [row]) == 1
