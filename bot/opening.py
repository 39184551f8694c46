"""The record of an installation, opened for a command or for the program that serves it."""

import fcntl
from pathlib import Path
from typing import IO

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


def only_one(settings: Settings) -> IO[str] | None:
    """For SQLite: a lock that dies with the process, so that a successor knows itself alone and need not wait."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return None
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SettingsError(
            "another turnup serves this SQLite database; stop it first, or move to PostgreSQL to run several"
        ) from None
    return lock


def give_back(lock: IO[str] | None) -> None:
    if lock is not None:
        lock.close()
