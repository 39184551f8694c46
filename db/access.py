"""The access log: who saw or changed what of whom, when and why (Data Protection Act 2018 s.62). Append-only."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db.prepared import Prepared
from db.schema import access_log

REASON = 200  # characters kept

_INSERT = Prepared(access_log.insert(), "actor", "person_id", "action", "reason", "at")


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
    _INSERT.run(connection, {"actor": actor, "person_id": person_id, "action": action, "reason": reason, "at": now})


def log_all(connection: Connection, actor: str, action: str, reasons: Collection[str | None], *, now: datetime) -> None:
    """As `log`, once for each reason, about no person."""
    rows = [{"actor": actor, "person_id": None, "action": action, "reason": reason, "at": now} for reason in reasons]
    if rows:
        _INSERT.insert(connection, rows)


def refused(connection: Connection, actor: str, action: str, *, now: datetime, **about: Any) -> None:
    """Somebody tried what their role does not allow. `action` as in `db.permissions`; `about` as in `log`."""
    log(connection, actor, f"refused:{action}", now=now, **about)
