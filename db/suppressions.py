"""Addresses that must not be written to, and why. Lifted by the person (START) or by staff with a reason."""

from datetime import datetime

from sqlalchemy import Connection

from db.schema import suppressions
from db.upsert import insert_once

EVERYTHING = "everything"
PROACTIVE = "proactive"


def suppress(connection: Connection, address_hash: str, scope: str, why: str, *, now: datetime) -> None:
    row = {"address_hash": address_hash, "scope": scope, "why": why, "at": now}
    insert_once(connection, suppressions, row)


def lift(connection: Connection, address_hash: str, *, by: str, now: datetime, why: str | None = None) -> None:
    """All that stand for the address, or those for one reason."""
    standing = [suppressions.c.address_hash == address_hash, suppressions.c.lifted_at.is_(None)]
    if why is not None:
        standing.append(suppressions.c.why == why)
    connection.execute(suppressions.update().where(*standing).values(lifted_at=now, lifted_by=by))
