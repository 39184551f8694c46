"""Messages that came in: stored once before they are acknowledged, handled in order, taken up again after a failure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, literal_column, or_, select

from db import crypto
from db.prepared import Prepared
from db.schema import inbound
from db.upsert import insert_all_once

RETRY_AFTER = (timedelta(seconds=1), timedelta(seconds=5))
TRIES = len(RETRY_AFTER) + 1
LOOK_BACK = 5000  # messages, the newest, among which somebody's last word is looked for


class Raw(NamedTuple):
    """What a door received: the provider's own id, who sent it (an address, or nothing to order by), and all of it."""

    door: str
    provider_id: str
    sender: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class Stored:
    id: int
    door: str
    sender_hash: str | None
    payload: str
    received_at: datetime
    attempts: int


SETTLED = inbound.c.state != literal_column("'stored'")
"""Handled, or given to a person: a condition without which no index finds a sender's messages."""
_WAITING = inbound.c.state == literal_column("'stored'")

_earlier = inbound.alias("earlier")
_held_up = exists().where(
    _earlier.c.state == "stored",
    _earlier.c.sender_hash == inbound.c.sender_hash,
    _earlier.c.id < inbound.c.id,
    _earlier.c.next_attempt_at > bindparam("now"),
)
_NEXT = Prepared(
    select(inbound.c.id, inbound.c.door, inbound.c.sender_hash, inbound.c.payload, inbound.c.received_at, inbound.c.attempts)
    .where(
        inbound.c.state == "stored",
        or_(inbound.c.next_attempt_at.is_(None), inbound.c.next_attempt_at <= bindparam("now")),
        ~_held_up,
    )
    .order_by(inbound.c.id)
    .limit(bindparam("limit"))
)
_TAKE = Prepared(
    inbound.update()
    .where(inbound.c.id.in_(bindparam("ids", expanding=True)), inbound.c.state == "stored")
    .values(state="handled", handled_at=bindparam("now"))
    .returning(inbound.c.id)
)


def store(connection: Connection, received: Sequence[Raw], *, now: datetime, state: str = "stored") -> int:
    """Stores what is new; how many were."""
    keys = crypto.keys()
    rows = [
        {
            "door": raw.door,
            "provider_id": raw.provider_id,
            "sender_hash": keys.hash(raw.sender) if raw.sender else None,
            "payload": raw.payload,
            "received_at": now,
            "state": state,
        }
        for raw in received
    ]
    return insert_all_once(connection, inbound, rows)


def next_in_order(connection: Connection, limit: int, *, now: datetime) -> list[Stored]:
    """The oldest stored messages whose turn it is: none overtakes an earlier one of the same sender."""
    return [Stored(*row) for row in _NEXT.all(connection, {"now": now, "limit": limit})]


def take(connection: Connection, ids: Sequence[int], *, now: datetime) -> set[int]:
    """Marks messages handled within the transaction of their turns; without those that another process took first."""
    return {row[0] for row in _TAKE.all(connection, {"ids": list(ids), "now": now})}


def fail(connection: Connection, inbound_id: int, error: str, *, now: datetime) -> None:
    values = {"state": "failed", "error": error[:80], "handled_at": now}
    connection.execute(inbound.update().where(inbound.c.id == inbound_id).values(**values))


def failed_once(connection: Connection, inbound_id: int, error: str, *, now: datetime) -> bool:
    """Counts a failure; True when it was the last one, and a person has to take over."""
    attempts: int = connection.execute(select(inbound.c.attempts).where(inbound.c.id == inbound_id)).scalar_one() + 1
    values: dict[str, Any] = {"attempts": attempts, "error": error[:80]}
    if attempts < TRIES:
        values["next_attempt_at"] = now + RETRY_AFTER[attempts - 1]
    connection.execute(inbound.update().where(inbound.c.id == inbound_id, inbound.c.state == "stored").values(**values))
    return attempts >= TRIES


def suspect(connection: Connection) -> None:
    """After a crash: the oldest message waiting may have been its cause, so it counts as one failed try."""
    oldest = select(func.min(inbound.c.id)).where(inbound.c.state == "stored").scalar_subquery()
    connection.execute(inbound.update().where(inbound.c.id == oldest).values(attempts=inbound.c.attempts + 1))


def heard_from(connection: Connection, hashes: Collection[str]) -> dict[str, datetime]:
    """When each of these addresses last wrote to us, as far as the newest messages tell."""
    if not hashes:
        return {}
    newest = select(func.max(inbound.c.id)).scalar_subquery()
    theirs = select(inbound.c.sender_hash, func.max(inbound.c.received_at)).where(
        inbound.c.id > newest - LOOK_BACK, inbound.c.sender_hash.in_(hashes)
    )
    of_each = (theirs.where(state).group_by(inbound.c.sender_hash) for state in (SETTLED, _WAITING))
    return {row[0]: row[1] for query in of_each for row in connection.execute(query)}


def counts(connection: Connection) -> list[tuple[str, str, int]]:
    query = select(inbound.c.door, inbound.c.state, func.count()).group_by(inbound.c.door, inbound.c.state)
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def empty(connection: Connection, inbound_id: int, emptied: Callable[[str, str], str]) -> None:
    """Takes out what a message said, once it is kept elsewhere and nobody is to know whose it was.

    `emptied` makes of door and payload the same message without its words.
    """
    row = connection.execute(select(inbound.c.door, inbound.c.payload).where(inbound.c.id == inbound_id)).one()
    without = emptied(row.door, row.payload)
    connection.execute(inbound.update().where(inbound.c.id == inbound_id).values(payload=without))
