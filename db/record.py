"""Opening the record: one engine, short synchronous transactions, the same promises on SQLite and PostgreSQL."""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

from db import crypto

BUSY_TIMEOUT = 10_000  # milliseconds SQLite waits for another writer
ASKED_AFTER = 5.0  # seconds of rest after which PostgreSQL is asked whether a connection still stands
# Seconds of silence in the middle of a transaction after which PostgreSQL undoes it: whoever stalls there, or is cut
# off, would otherwise keep what is locked, a lease above all, and no other could take over.
STALLS_FOR = 10
# A server that has vanished without a word is given up after fifteen seconds, instead of a quarter of an hour.
NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # milliseconds
}
# What PostgreSQL is told for each connection: moments come as they are wanted. What we ask for is in memory or on a disk
# without a head to move; the default is of disks with one, and has whole tables read, with all that was changed in them
# today, where an index leads to eight rows. And a client that has vanished is given up as soon as one that stalls: in
# the middle of several questions put together, or of a long answer, nothing else would end what it has locked, by
# default for two hours.
SESSION = f"""
SET TIME ZONE 'UTC';
SET random_page_cost = 1.1;
SET tcp_keepalives_idle = '{STALLS_FOR // 2}s';
SET tcp_keepalives_interval = '{STALLS_FOR // 2}s';
SET tcp_user_timeout = '{STALLS_FOR}s'
"""


class Record:
    """The database of one installation, and the keys that open what is personal in it."""

    def __init__(self, url: str, keys: crypto.Keys, *, pooled: bool = True, serving: bool = False) -> None:
        """`serving`: by a process that others stand by for, so that it must not hold them up where it stalls."""
        crypto.use(keys)
        self.url = url
        self.engine = _engine(url, pooled, STALLS_FOR if serving else 0)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite's own waiting is polling, and no queue: under load the threads of one process would starve each other.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        # Committed, though nothing was written: after a rollback psycopg throws away all statements that it has prepared.
        with self.engine.begin() as connection:
            self._begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is committed at the end, or none of it."""
        with self._turn, self.engine.begin() as connection:
            self._begin(connection, "BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def reshape(self) -> Iterator[Connection]:
        """As `write`, for a migration: SQLite changes a table by making it anew, which its references must not notice."""
        with self._turn, self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            try:
                self._begin(connection, "BEGIN IMMEDIATE")
                yield connection
                if self.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("a migration left a row without what it refers to")
                connection.commit()
            finally:
                connection.rollback()
                if self.is_sqlite:
                    connection.exec_driver_sql("PRAGMA foreign_keys=ON")

    @contextmanager
    def rehearse(self) -> Iterator[Connection]:
        """As `write`, and nothing of it stays."""
        with self._turn, self.engine.connect() as connection:
            self._begin(connection, "BEGIN IMMEDIATE")
            yield connection

    def _begin(self, connection: Connection, how: str) -> None:
        # Said here rather than at the engine's "begin": one listener there would have every statement look for others.
        if self.is_sqlite:
            connection.exec_driver_sql(how)

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str, pooled: bool, stalls_for: float) -> Engine:
    """Its pool gives what came back last: a connection that still has the file's pages, or the statements prepared."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        options: dict[str, Any] = {"pool_use_lifo": True} if pooled else {"poolclass": NullPool}
        engine = create_engine(parsed, connect_args=NETWORK, **options)
        event.listen(engine, "connect", partial(_prepare_postgresql, stalls_for))
        event.listen(engine, "checkout", partial(_check_postgresql, engine.dialect))
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT / 1000, "check_same_thread": False}, pool_use_lifo=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _check_postgresql(dialect: Any, connection: Any, record: Any, _: Any) -> None:
    """Has the pool make a new connection where this one is dead.

    A server that ends a connection says so on it, and says nothing else between transactions: to look costs nothing,
    while asking would cost every transaction a journey. One that has rested is asked all the same, since a network in
    between may have dropped it without a word.
    """
    now = time.monotonic()
    rested = now - record.info.get("used", now)
    record.info["used"] = now
    try:
        speaks = select.poll()
        speaks.register(connection.fileno(), select.POLLIN)
        if speaks.poll(0):
            raise DisconnectionError
        if rested > ASKED_AFTER:
            dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error


def _prepare_postgresql(stalls_for: float, connection: Any, _: Any) -> None:
    connection.execute(SESSION)
    connection.execute(f"SET idle_in_transaction_session_timeout = '{stalls_for * 1000:.0f}ms'")
    connection.commit()


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # We begin transactions ourselves: the driver's own way would take the write lock only at the first write, and two
    # turns that read before they write would then fail instead of waiting.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
