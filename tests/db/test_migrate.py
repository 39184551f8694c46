"""The migrations make what the tables say, on both databases, and a database in another shape is refused."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from db import migrate, schema
from db.record import Record
from tests import databases


@pytest.fixture
def record(database_url: str) -> Iterator[Record]:
    """Of a database that no other test has: some of these leave it in another shape."""
    own = Record(database_url, databases.KEYS, pooled=False)
    yield own
    own.close()


def test_the_migrations_make_exactly_the_tables_of_the_schema(record: Record) -> None:
    with record.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []
        assert migrate.revision(connection) == migrate.HEAD


def test_migrating_twice_changes_nothing(record: Record) -> None:
    migrate.upgrade(record)
    migrate.check(record)


def test_an_empty_database_is_refused_with_the_command_that_mends_it(database_kind: str, tmp_path: Path) -> None:
    record = Record(databases.empty(database_kind, tmp_path), databases.KEYS, pooled=False)
    with pytest.raises(migrate.MigrationError, match="run `turnup migrate`"):
        migrate.check(record)


def test_a_database_of_another_version_is_refused(record: Record) -> None:
    with record.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.MigrationError, match="9999"):
        migrate.check(record)
    with pytest.raises(migrate.MigrationError, match="another version"):
        migrate.upgrade(record)


FORGOTTEN = ["DROP TABLE alembic_version", "DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0003')"]


@pytest.mark.parametrize("statement", FORGOTTEN)
def test_a_database_that_does_not_say_what_has_run_is_refused_and_left_alone(record: Record, statement: str) -> None:
    with record.write() as connection:
        connection.execute(text(statement))
    for refused in (migrate.check, migrate.upgrade):
        with pytest.raises(migrate.MigrationError, match="restore a backup, and run `turnup migrate`"):
            refused(record)


def test_a_database_that_has_lost_a_table_is_refused_with_its_name(record: Record) -> None:
    with record.write() as connection:
        connection.execute(text("DROP TABLE receipts"))
    with pytest.raises(migrate.MigrationError, match=r"has lost receipts,.*restore a backup"):
        migrate.check(record)


def test_production_refuses_a_demo_and_a_demo_refuses_a_real_record(record: Record) -> None:
    migrate.mark(record, demo=True)
    migrate.mark(record, demo=True)
    with pytest.raises(migrate.MigrationError, match="belongs to a demo"):
        migrate.mark(record, demo=False)


@pytest.mark.parametrize("change", ["UPDATE access_log SET action = 'x'", "DELETE FROM access_log"])
def test_the_database_itself_refuses_to_change_what_is_append_only(record: Record, change: str) -> None:
    with record.write() as connection:
        connection.execute(text("INSERT INTO access_log (actor, action, at) VALUES ('S1', 'read', '2026-06-11 12:00:00')"))
    with pytest.raises(DatabaseError, match="only added"), record.write() as connection:
        connection.execute(text(change))


def test_what_was_there_before_a_migration_is_there_after_it(database_kind: str, tmp_path: Path) -> None:
    record = Record(databases.empty(database_kind, tmp_path), databases.KEYS, pooled=False)
    migrate.upgrade(record, "0001")
    with record.write() as connection:
        for statement in BEFORE:
            connection.execute(text(statement))
    with pytest.raises(migrate.MigrationError, match="0001"):
        migrate.check(record)
    migrate.upgrade(record)
    migrate.check(record)
    with record.write() as connection:
        told = connection.execute(select(schema.notices.c.key, schema.deliveries.c.token).join(schema.deliveries)).one()
        assert tuple(told) == ("welcome:1", "token")
        connection.execute(schema.notices.update().values(purpose="pack"))
    with pytest.raises(IntegrityError), record.write() as connection:
        connection.execute(schema.notices.update().values(purpose="gossip"))
    with pytest.raises(IntegrityError), record.write() as connection:
        connection.execute(text("UPDATE deliveries SET notice_id = 77"))


def test_no_check_on_sqlite_has_a_list_of_which_each_statement_makes_a_table(tmp_path: Path) -> None:
    record = Record(databases.fresh("sqlite", tmp_path), databases.KEYS)
    with record.read() as connection:
        tables = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'table'")).scalars().all()
    checks = [line for table in tables for line in table.splitlines() if "CHECK" in line]
    assert [check for check in checks if " IN (" in check and " NOT IN (" not in check] == []
    assert any("status = 'open' OR status = 'told'" in check for check in checks)


def test_a_sqlite_that_lets_nobody_write_its_schema_is_migrated_all_the_same(tmp_path: Path) -> None:
    record = Record(databases.empty("sqlite", tmp_path), databases.KEYS)
    migrate.upgrade(record, "0007")

    def refuse(action: int, table: str | None, column: str | None, *_: object) -> int:
        is_refused = (action, table, column) == (sqlite3.SQLITE_UPDATE, "sqlite_master", "sql")
        return sqlite3.SQLITE_DENY if is_refused else sqlite3.SQLITE_OK

    with record.read() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_authorizer(refuse)
    migrate.upgrade(record, "0008")
    driver.set_authorizer(None)
    migrate.upgrade(record)
    migrate.check(record)
    with record.read() as connection:
        assert (
            "status IN ('open'"
            in connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'tasks'")).scalar_one()
        )
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


AT, LATER = "'2026-06-11 12:00:00'", "'2026-06-12 12:00:00'"
BEFORE = (
    "INSERT INTO notices (id, key, purpose, string, fields, lane, timing, address, channel, created_at, expires_at, status)"
    f" VALUES (1, 'welcome:1', 'welcome', 'welcome', 'x', 3, 'any', 'x', 'sms', {AT}, {LATER}, 'open')",
    "INSERT INTO deliveries (token, notice_id, seq, channel, action, status, lane, counts, address, address_hash,"
    " not_before, expires_at, attempts, resends, checks, created_at)"
    f" VALUES ('token', 1, 1, 'sms', 'send', 'pending', 3, true, 'x', 'h', {AT}, {LATER}, 0, 0, 0, {AT})",
)
