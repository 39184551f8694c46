"""Bringing a database to the shape this code expects, and telling whether it has it."""

from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from db.record import Record
from db.schema import meta, metadata, people

HEAD = "0010"
FOLDER = Path(__file__).parent / "migrations"
RESTORE = "stop every process, restore a backup, and run `turnup migrate`"
LOCK = 7_283_114  # PostgreSQL advisory lock: two processes that start at once migrate one after the other


class MigrationError(Exception):
    """The database is not in a shape this code can use; the text says which command mends it."""


def upgrade(record: Record, to: str = "head") -> None:
    """Runs every migration that the database lacks, in one transaction. Raises MigrationError."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with record.reshape() as connection:
        if not record.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        _found(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise MigrationError(
                "the database was made by another version of Turnup; install that version, or restore a backup and run"
                " `turnup migrate`"
            ) from error


def revision(connection: Connection) -> str | None:
    """The newest migration that has run; none of an empty database. Raises MigrationError where that cannot be told."""
    return _found(connection)[0]


def _found(connection: Connection) -> tuple[str | None, set[str]]:
    """That, and the tables that are there."""
    tables = set(inspect(connection).get_table_names())
    found = []
    if "alembic_version" in tables:
        found = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if len(found) > 1 or (not found and tables & metadata.tables.keys()):
        raise MigrationError(f"the database no longer says which migrations have run; {RESTORE}")
    return (found[0] if found else None), tables


def check(record: Record) -> None:
    """Raises MigrationError unless every migration has run, and what they made is there."""
    with record.read() as connection:
        found, tables = _found(connection)
    if found is None:
        raise MigrationError("the database has no tables yet; run `turnup migrate`")
    if found != HEAD and found not in {path.name.partition("_")[0] for path in (FOLDER / "versions").glob("*.py")}:
        raise MigrationError(
            f"the database is at migration {found}, which this version does not know; install the version that made it,"
            f" or {RESTORE}"
        )
    if found != HEAD:
        raise MigrationError(f"the database is at migration {found}, this code needs {HEAD}; run `turnup migrate`")
    if lost := sorted(metadata.tables.keys() - tables):
        raise MigrationError(f"the database has lost {', '.join(lost)}, which its migrations made; {RESTORE}")


def mark(record: Record, *, demo: bool) -> None:
    """Keeps demo and real records apart: a demo's is marked, production refuses it, and a demo refuses a real one."""
    with record.write() as connection:
        is_demo = connection.execute(select(meta.c.value).where(meta.c.name == "demo")).scalar() is not None
        if is_demo and not demo:
            raise MigrationError("this database belongs to a demo; give production one of its own in TURNUP_DATABASE_URL")
        if demo and not is_demo:
            if connection.execute(select(people.c.id).limit(1)).first() is not None:
                raise MigrationError("this database holds real people; give the demo one of its own in TURNUP_DATABASE_URL")
            connection.execute(meta.insert().values(name="demo", value="1"))
