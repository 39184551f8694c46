"""The access log: who saw or changed what of whom, when and why (Data Protection Act 2018 s.62). Append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db.schema import access_log

REASON = 200  # characters kept

_INSERT = access_log.insert()


def log(
    connection: Connection,
    actor: str,
    action: str,
    *,
    now: datetime,
    person_id: int | None = None,
    reason: str | None = None,
) -> None:
    """`actor` is a ref or the name of a process, never a person's name."""
    connection.execute(_INSERT, {"actor": actor, "person_id": person_id, "action": action, "reason": reason, "at": now})


def refused(connection: Connection, actor: str, action: str, *, now: datetime, **about: Any) -> None:
    """Somebody tried what their role does not allow. `action` as in `db.permissions`; `about` as in `log`."""
    log(connection, actor, f"refused:{action}", now=now, **about)
