"""The record of an installation, opened for a command or for the program that serves it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, select

from bot.settings import Settings, SettingsError
from db import migrate, rotation
from db.record import Record
from db.schema import people, staff


def open_record(settings: Settings, *, rotating: bool = False, serving: bool = False) -> Record:
    """The migrated record of this installation, opened with its own key.

    Raises MigrationError, InvalidToken, or RotationError unless `rotating`.
    """
    record = Record(settings.database_url, settings.keys(), serving=serving)
    migrate.check(record)
    migrate.mark(record, demo=settings.is_demo)
    with record.read() as connection:
        for table in (staff, people):
            connection.execute(select(table).limit(1)).first()
    rotation.find_key(record, rotating=rotating)
    return record


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """For SQLite: a lock that dies with the process, so that a successor knows itself alone and need not wait."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(
                "another turnup serves this SQLite database; stop it first, or move to PostgreSQL to run several"
            ) from None
        yield
