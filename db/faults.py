"""An exception as it may be logged: its class and where it came from, never its text, which may hold what somebody wrote."""

import sqlite3
import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002")  # of PostgreSQL, by its own codes


def where(error: BaseException) -> str:
    """`KeyError at rendering.py:88`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else type(error).__name__


def is_of_the_database(error: BaseException) -> bool:
    """Whether the database did not answer, had no connection free, or ended it: nobody's message is at fault."""
    if isinstance(error, (OperationalError, InterfaceError, TimeoutError)):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_damage(error: BaseException) -> bool:
    """Whether the database found that its own file cannot be read any more."""
    origin = getattr(error, "orig", None)
    return (getattr(origin, "sqlite_errorcode", 0) & 0xFF or getattr(origin, "sqlstate", None)) in DAMAGED
