"""Leases: one holder at a time for each sender, poller and clock, and a fence that grows with each take-over.

Leases live on the machine's own clock: a travelled clock in the demo must not hand them over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from db.schema import heartbeats, leases
from db.upsert import insert_once_by

LASTS = timedelta(seconds=15)  # of silence, after which another holder may take over
RENEW_EVERY = 5  # seconds
# Whoever follows a dead one begins after its last sign, though by another machine's clock perhaps a little before.
STARTING = timedelta(seconds=10)
FORGOTTEN = 40 * LASTS  # after which the next of its kind to begin forgets who has given no sign any more
FROM_AHEAD = 2 * LASTS  # a lease with more left than this is of before the clock was set back


class Held(NamedTuple):
    """A lease as its holder knows it."""

    name: str
    by: str
    under: int  # its fence


IS_HELD = (leases.c.name == bindparam("name"), leases.c.holder == bindparam("by"), leases.c.fence == bindparam("under"))
"""Conditions whose parameters are the fields of `Held`."""
_HELD = select(leases.c.fence).where(*IS_HELD).with_for_update(read=True)


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
        if row.until - real > FROM_AHEAD:  # it lasts from now, unless its holder lives and renews it
            connection.execute(leases.update().where(leases.c.name == name).values(until=until))
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
    """Gives back whatever this holder has, so that a successor need not wait, and says that it ends."""
    connection.execute(leases.update().where(leases.c.holder == holder).values(until=real, released=True))
    connection.execute(heartbeats.update().where(heartbeats.c.holder == holder).values(ended=True))


def beat(connection: Connection, process: str, holder: str, *, real: datetime) -> None:
    mine = (heartbeats.c.process == process) & (heartbeats.c.holder == holder)
    if not connection.execute(heartbeats.update().where(mine).values(at=real)).rowcount:
        connection.execute(heartbeats.delete().where(heartbeats.c.process == process, heartbeats.c.at < real - FORGOTTEN))
        connection.execute(heartbeats.insert().values(process=process, holder=holder, at=real, began=real, ended=False))


@dataclass(frozen=True, slots=True)
class Signs:
    """Of all processes of one kind: how long ago the newest gave a sign, and how many are missed beside those that do."""

    silence: timedelta | None  # None: none ever ran
    missed: int


def signs(connection: Connection, process: str, *, silent: timedelta, since: timedelta, real: datetime) -> Signs:
    """Missed is what ran beside others, and then died without being told to or followed by another.

    `silent`: who has given no sign for so long does not run. `since`: what was longer ago is not looked at.
    """
    h = heartbeats.c
    rows = connection.execute(select(h.at, h.began, h.ended).where(h.process == process, h.at > real - since)).all()
    if not rows:
        return Signs(None, 0)
    ran = [row for row in rows if not row.ended]
    live = sum(real - row.at <= silent for row in ran)
    known = [(row.began + STARTING, row.at) for row in ran if row.began]
    at_once = max((sum(began <= end <= at for began, at in known) for _, end in known), default=0)
    return Signs(real - max(row.at for row in rows), max(0, at_once - live) if live else 0)


def is_in_use(connection: Connection, *, real: datetime) -> bool:
    """Whether a process runs on this record, or did so a moment ago."""
    alive = select(heartbeats.c.process).where(heartbeats.c.at > real - LASTS).limit(1)
    held = select(leases.c.name).where(leases.c.until > real, ~leases.c.released).limit(1)
    return connection.execute(alive).first() is not None or connection.execute(held).first() is not None
