"""Storing what comes in before it is acknowledged: many webhooks at once share one commit."""

import asyncio
from collections.abc import Callable

from db import inbound, waking
from db.clock import Clock
from db.inbound import Raw
from db.record import Record

TOGETHER = 200  # messages in one commit at most


class Inbox:
    """`put` returns when the message is on disk. `on_stored` is called after each commit that held something new."""

    def __init__(self, record: Record, clock: Clock, on_stored: Callable[[], None]) -> None:
        self._record = record
        self._clock = clock
        self._on_stored = on_stored
        self._waiting: list[tuple[Raw, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, raw: Raw) -> None:
        """Raises whatever the database raises: the provider must then send it again."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, done))
        if self._writer is None:
            # A task of its own: whoever waits no longer must not take the others' commit with them.
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        # Whoever comes while a commit runs waits for the next one, which then takes all of them.
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                await self._commit(batch)
        finally:
            self._writer = None

    async def _commit(self, batch: list[tuple[Raw, asyncio.Future[None]]]) -> None:
        try:
            new = await asyncio.to_thread(self.store, [raw for raw, _ in batch])
        except Exception as error:
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)
            if new:
                self._on_stored()

    def store(self, received: list[Raw]) -> int:
        self._clock.follow()  # in the demo it may have been moved since, by another process
        with self._record.write() as connection:
            waking.tell(connection, waking.CAME_IN)
            return inbound.store(connection, received, now=self._clock.now())
