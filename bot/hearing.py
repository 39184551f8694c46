"""Whether a provider lets us hear what people send: said in the record when it has not for a while, and when it does."""

import asyncio
from datetime import datetime, timedelta

from db import watch
from db.clock import Clock
from db.record import Record

DEAF_AFTER = timedelta(seconds=45)


class Hearing:
    """Told of each answer and each failure of one door; the database is asked only where something changes."""

    def __init__(self, record: Record, clock: Clock, door: str) -> None:
        self._record = record
        self._clock = clock
        self._door = door
        self._failing_since: datetime | None = None
        self._said: str | None = None  # why it is deaf, or nothing: it hears; unknown at the start

    async def answered(self) -> None:
        self._failing_since = None
        await self._say("")

    async def failed(self, why: str) -> None:
        """`why` is for operators, and holds nothing of what anybody wrote."""
        real = self._clock.real()
        self._failing_since = self._failing_since or real
        if real - self._failing_since >= DEAF_AFTER:
            await self._say(why)

    async def _say(self, why: str) -> None:
        if self._said != why:
            await asyncio.to_thread(self._write, why)
            self._said = why

    def _write(self, why: str) -> None:
        with self._record.write() as connection:
            watch.hears(connection, self._door, why)
