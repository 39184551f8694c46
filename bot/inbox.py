"""Storing what people send before it is acknowledged."""

from collections.abc import Callable, Sequence

from bot.together import Together
from db import inbound, waking
from db.clock import Clock
from db.inbound import Raw
from db.record import Record

TOGETHER = 200  # messages in one commit at most


class Inbox:
    """`put` returns when the message is on disk. `on_stored` is called once something new is."""

    def __init__(self, record: Record, clock: Clock, on_stored: Callable[[], None]) -> None:
        self._record = record
        self._clock = clock
        self._on_stored = on_stored
        self._together = Together(self.store, most=TOGETHER)

    async def put(self, raw: Raw) -> None:
        """Raises whatever the database raises: the provider must then send it again."""
        if await self._together.put(raw):
            self._on_stored()

    def store(self, received: Sequence[Raw]) -> int:
        """How many of them were new."""
        self._clock.follow()  # in the demo it may have been moved since, by another process
        with self._record.write() as connection:
            waking.tell(connection, waking.CAME_IN)
            return inbound.store(connection, received, now=self._clock.now())
