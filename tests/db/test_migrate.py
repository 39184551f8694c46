"""The migrations make what the tables say, on both databases, and a database in another shape is refused."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from db import migrate, schema
from db.record import Record
from tests import databases


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
