"""What comes in at once shares one commit: whoever comes while one runs waits for the next, which takes all of them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from db import faults

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """`write` writes several, or none of them when it raises; `put` returns what it said of those written with this one."""

    def __init__(self, write: Callable[[Sequence[T]], R], *, most: int) -> None:
        self._write = write
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, one: T) -> R:
        """Raises whatever the database raises: the provider must then send it again."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, done))
        if self._writer is None:
            # A task of its own: whoever waits no longer must not take the others' commit with them.
            self._writer = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(batch)
        finally:
            self._writer = None

    async def _commit(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            written = await asyncio.to_thread(self._write, [one for one, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not faults.is_of_the_database(error):
                for each in batch:  # by itself, the one that cannot be written spoils no other
                    await self._commit([each])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(written)
