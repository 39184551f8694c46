"""Leases: one holder at a time for each sender, poller and clock, and a fence that grows with each take-over.

Leases live on the machine's own clock: a travelled clock in the demo must not hand them over.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from db.schema import heartbeats, leases
from db.upsert import insert_once_by

LASTS = timedelta(seconds=15)  # of silence, after which another holder may take over
RENEW_EVERY = 5  # seconds


class Held(NamedTuple):
    """A lease as its holder knows it."""

    name: str
    by: str
    under: int  # its fence


_HELD = (
    select(leases.c.fence)
    .where(leases.c.name == bindparam("name"), leases.c.holder == bindparam("by"), leases.c.fence == bindparam("under"))
    .with_for_update(read=True)
)


def take(connection: Connection, name: str, holder: str, *, real: datetime, by_force: bool = False) -> int | None:
    """Takes or renews a lease; its fence, or None while another holder is alive.

    `by_force` is for a process that knows itself alone on this database: the holder before it is dead.
    """
    row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
    until = real + LASTS
    if row is None:
        first = {"name": name, "holder": holder, "fence": 1, "until": until, "released": False}
        return 1 if insert_once_by(connection, leases, first) else None
    if row.holder != holder and row.until > real and not by_force:
        return None
    fence = int(row.fence) if row.holder == holder else int(row.fence) + 1
    connection.execute(
        leases.update().where(leases.c.name == name).values(holder=holder, fence=fence, until=until, released=False)
    )
    return fence


def was_released(connection: Connection, name: str) -> bool:
    """Whether its last holder gave it back, or nobody ever had it; not so after a crash."""
    row = connection.execute(select(leases.c.released).where(leases.c.name == name)).first()
    return row is None or bool(row.released)


def holds(connection: Connection, name: str, holder: str, fence: int) -> bool:
    """Whether the lease is still this holder's, locked until the transaction ends so that none takes over meanwhile."""
    return connection.execute(_HELD, {"name": name, "by": holder, "under": fence}).first() is not None


def release(connection: Connection, holder: str, *, real: datetime) -> None:
    """Gives back whatever this holder has, so that a successor need not wait."""
    connection.execute(leases.update().where(leases.c.holder == holder).values(until=real, released=True))


def beat(connection: Connection, process: str, holder: str, *, real: datetime) -> None:
    mine = (heartbeats.c.process == process) & (heartbeats.c.holder == holder)
    if not connection.execute(heartbeats.update().where(mine).values(at=real)).rowcount:
        connection.execute(heartbeats.delete().where(heartbeats.c.process == process, heartbeats.c.at < real - 40 * LASTS))
        connection.execute(heartbeats.insert().values(process=process, holder=holder, at=real))


def is_in_use(connection: Connection, *, real: datetime) -> bool:
    """Whether a process runs on this record, or did so a moment ago."""
    alive = select(heartbeats.c.process).where(heartbeats.c.at > real - LASTS).limit(1)
    held = select(leases.c.name).where(leases.c.until > real, ~leases.c.released).limit(1)
    return connection.execute(alive).first() is not None or connection.execute(held).first() is not None
