"""Channels that must wait: told so by the provider, or in trouble that only a person can mend."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from db import alarms, tasks
from db.council import Council
from db.schema import pauses

PROBE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pause:
    why: str
    until: datetime

    def is_over(self, real: datetime) -> bool:
        return self.until <= real


_OF = select(pauses.c.why, pauses.c.until).where(pauses.c.channel == bindparam("of"))


def of(connection: Connection, channel: str) -> Pause | None:
    row = connection.execute(_OF, {"of": channel}).first()
    return Pause(row.why, row.until) if row else None


def pause(connection: Connection, channel: str, why: str, code: str, *, until: datetime) -> bool:
    """Pauses a channel, or makes its pause longer; True when a trouble begins that was not known before.

    A provider's "too many" neither ends nor hides a trouble that a person must mend.
    """
    standing = of(connection, channel)
    if standing is None:
        connection.execute(pauses.insert().values(channel=channel, why=why, code=code, until=until))
        return why != "rate"
    values: dict[str, Any] = {"until": max(until, standing.until)}
    if why != "rate":
        values |= {"why": why, "code": code}
    connection.execute(pauses.update().where(pauses.c.channel == channel).values(**values))
    return why != "rate" and standing.why == "rate"


def probed(connection: Connection, channel: str, *, real: datetime) -> None:
    """One message has gone out to see whether the trouble is over: the next a minute later."""
    connection.execute(pauses.update().where(pauses.c.channel == channel).values(until=real + PROBE_EVERY))


def resume(connection: Connection, channel: str) -> None:
    connection.execute(pauses.delete().where(pauses.c.channel == channel))


def alarm(connection: Connection, council: Council, channel: str, code: str, *, now: datetime) -> None:
    """A person has to mend this: one task, and one message to whoever the settings name, once per trouble."""
    tasks.open_task(connection, key=f"channel:{channel}", kind="channel_paused", klass=code[:20], now=now, due_at=now)
    other = "sms" if channel == "telegram" else None
    alarms.tell(connection, council, f"trouble:{channel}", "alert.trouble", part=channel, channel=other, now=now)
