"""The commands that move, save or re-key the whole record."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from bot import opening
from bot.commands import CommandError
from bot.settings import Settings, database_url
from db import copying, leases, rotation
from db.clock import Clock
from db.copying import Copied, CopyError
from db.record import Record
from handlers import pin, reading


def copy(settings: Settings, to: str) -> Iterator[str]:
    """A line for each table that arrived: its name, its rows, and the sum over all that is in them."""
    wanted = replace(settings, database_url=database_url(to, demo=settings.is_demo))
    with opening.only_one(settings):
        source = opening.open_record(settings)
        _must_be_idle(source)
        with opening.only_one(wanted):
            copied = _copy(source, Record(wanted.database_url, settings.keys()))
    yield from (f"{one.table} {one.rows} {one.digest}" for one in copied)
    yield f"{sum(one.rows for one in copied)} rows in both; set TURNUP_DATABASE_URL to the new address, and start"


def _copy(source: Record, target: Record) -> list[Copied]:
    try:
        return copying.copy(source, target)
    except CopyError as error:
        raise CommandError(str(error)) from None
    finally:
        target.close()


def backup(settings: Settings, to: Path) -> str:
    """A copy of an SQLite database while it is in use, complete as of one moment."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise CommandError("this database is PostgreSQL; back it up with pg_dump, as docs/operations.md says")
    if not url.database or not Path(url.database).exists():
        raise CommandError(f"there is no database at {url.database}; check TURNUP_DATABASE_URL")
    if to.exists():
        raise CommandError(f"{to} exists already; give the backup a name of its own")
    unfinished = to.with_name(to.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(url.database)) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
            (found,) = target.execute("PRAGMA integrity_check").fetchone()
        _to_disk(unfinished)
    except OSError as error:
        raise CommandError(f"{to} cannot be written: {error.strerror}; give a file in a folder that exists") from None
    if found != "ok":
        raise CommandError("the copy is damaged, so the database may be too; keep both and restore an earlier backup")
    unfinished.rename(to)
    return f"{to} {to.stat().st_size} bytes, whole"


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def rotate(settings: Settings) -> Iterator[str]:
    """A line for each table that was encrypted and hashed anew under the newest key."""
    if len(settings.secrets) < 2:
        raise CommandError("TURNUP_SECRET_KEY holds one key; put the new one in front of it, with a comma between")
    with opening.only_one(settings):
        record = opening.open_record(settings, rotating=True)
        _must_be_idle(record)
        yield from rotation.run(record, sender_of=_sender_of, salted=pin.salted)
    yield "all is under the newest key; take the older ones out of TURNUP_SECRET_KEY, and keep them with the older backups"


def _sender_of(door: str, payload: str) -> str | None:
    try:
        stored = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return reading.sender_of(door, stored)


def _must_be_idle(record: Record) -> None:
    with record.read() as connection:
        if leases.is_in_use(connection, real=Clock.real()):
            raise CommandError(
                "Turnup runs on this database, or did a moment ago; stop every process, wait 15 seconds, and try again"
            )
