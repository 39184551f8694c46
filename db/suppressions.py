"""Addresses that must not be written to, and why. Lifted by the person (START) or by staff with a reason."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

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


_SCOPES = select(suppressions.c.address_hash, suppressions.c.scope).where(
    suppressions.c.address_hash.in_(bindparam("hashes", expanding=True)), suppressions.c.lifted_at.is_(None)
)


def scopes(connection: Connection, address_hashes: Iterable[str]) -> dict[str, set[str]]:
    """What each of these addresses is closed for; those that are open are not in it."""
    found: dict[str, set[str]] = defaultdict(set)
    for address_hash, scope in connection.execute(_SCOPES, {"hashes": list(address_hashes)}):
        found[address_hash].add(scope)
    return found
