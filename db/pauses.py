"""Channels that must wait: told so by the provider, or in trouble that only a person can mend."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal_column, select

from db import alarms, tasks
from db.council import Council
from db.schema import deliveries, pauses

PROBE_EVERY = timedelta(minutes=1)
# So many different recipients refused for our settings within a minute, in answers or in receipts, pause the channel.
REFUSED_RECIPIENTS = 5
WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pause:
    why: str
    until: datetime
    seconds: int

    def is_over(self, real: datetime) -> bool:
        return self.until <= real

    def is_from_ahead(self, real: datetime) -> bool:
        """Whether more of it is left than there ever was: the machine's clock was set back meanwhile."""
        return self.until - real > timedelta(seconds=self.seconds)


_OF = select(pauses.c.why, pauses.c.until, pauses.c.seconds).where(pauses.c.channel == bindparam("of"))


def of(connection: Connection, channel: str) -> Pause | None:
    row = connection.execute(_OF, {"of": channel}).first()
    return Pause(*row) if row else None


def pause(connection: Connection, channel: str, why: str, code: str, *, lasts: timedelta, real: datetime) -> bool:
    """Pauses a channel, or makes its pause longer; True when a trouble begins that was not known before.

    A provider's "too many" neither ends nor hides a trouble that a person must mend.
    """
    standing = of(connection, channel)
    if standing is None:
        connection.execute(pauses.insert().values(channel=channel, why=why, code=code, **_lasting(lasts, real)))
        return why != "rate"
    left = min(standing.until - real, timedelta(seconds=standing.seconds))
    values = _lasting(max(lasts, left), real)
    if why != "rate":
        values |= {"why": why, "code": code}
    connection.execute(pauses.update().where(pauses.c.channel == channel).values(**values))
    return why != "rate" and standing.why == "rate"


def _lasting(how_long: timedelta, real: datetime) -> dict[str, Any]:
    return {"until": real + how_long, "seconds": ceil(how_long.total_seconds())}


def start_over(connection: Connection, channel: str, standing: Pause, *, real: datetime) -> None:
    """On a clock that was set back a pause lasts no longer than it was to last, from when that is seen."""
    values = _lasting(timedelta(seconds=standing.seconds), real)
    connection.execute(pauses.update().where(pauses.c.channel == channel).values(**values))


def probed(connection: Connection, channel: str, *, real: datetime) -> None:
    """One message has gone out to see whether the trouble is over: the next a minute later."""
    connection.execute(pauses.update().where(pauses.c.channel == channel).values(**_lasting(PROBE_EVERY, real)))


def resume(connection: Connection, channel: str) -> None:
    connection.execute(pauses.delete().where(pauses.c.channel == channel))


def trouble(
    connection: Connection, council: Council, channel: str, why: str, code: str, *, now: datetime, real: datetime
) -> bool:
    """Pauses a channel until a message shows that somebody has mended it. True, and one alarm, where that is news."""
    if not pause(connection, channel, why, code, lasts=PROBE_EVERY, real=real):
        return False
    alarm(connection, council, channel, code, now=now)
    return True


def refused(connection: Connection, council: Council, channel: str, code: str, *, now: datetime, real: datetime) -> bool:
    """After a delivery failed on our settings: True where it was one recipient too many, and a trouble begins."""
    lately = (deliveries.c.final_at > now - WITHIN, deliveries.c.final_at <= now)
    ours = (deliveries.c.error_class == literal_column("'config'"), deliveries.c.channel == channel, *lately)
    recipients = select(func.count(deliveries.c.address_hash.distinct())).where(*ours)
    if connection.execute(recipients).scalar_one() < REFUSED_RECIPIENTS:
        return False
    return trouble(connection, council, channel, "config", code, now=now, real=real)


def alarm(connection: Connection, council: Council, channel: str, code: str, *, now: datetime) -> None:
    """A person has to mend this: one task, and one message to whoever the settings name, once per trouble."""
    tasks.open_task(connection, key=f"channel:{channel}", kind="channel_paused", klass=code[:20], now=now, due_at=now)
    other = "sms" if channel == "telegram" else None
    alarms.tell(connection, council, f"trouble:{channel}", "alert.trouble", part=channel, channel=other, now=now)
