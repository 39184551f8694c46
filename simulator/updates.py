import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

DEFAULT_TYPES = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})
EXPIRY_SECONDS = {"callback_query": 150}
DAY_SECONDS = 24 * 3600
FIRST_DELAY_SECONDS = 1.0
LAST_DELAY_SECONDS = 60.0
RETRY_AFTER_LIMIT_SECONDS = 3600.0

# Offsets of the queues that Telegram keeps apart for one person (tdlib/telegram-bot-api, Client.cpp).
QUEUE_OFFSET = {"callback_query": 3 << 33, "my_chat_member": 5 << 33}


@dataclass
class Update:
    id: int
    kind: str
    queue: int
    payload: dict[str, Any]
    born: float
    taken: Callable[[], None]
    attempts: int = 0

    def json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.payload}

    def expired(self, now: float) -> bool:
        return now - self.born > EXPIRY_SECONDS.get(self.kind, DAY_SECONDS)


@dataclass
class Webhook:
    url: str = ""
    secret: str | None = None
    max_connections: int = 40
    last_error_date: int | None = field(default=None, compare=False)
    last_error_message: str | None = field(default=None, compare=False)


@dataclass
class Answer:
    """What came back from a webhook. Status 0 means nothing, and `refused` that no connection came about either.

    `reason` goes with the status, or says in Telegram's words what went wrong instead.
    """

    status: int
    reason: str
    retry_after: float | None = None
    body: bytes = b""
    refused: bool = False


Post = Callable[[Webhook, Update], Awaitable[Answer]]
Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


@dataclass
class Updates:
    """A bot's updates, until they are taken: by its webhook, one in flight a queue, or by getUpdates."""

    post: Post
    spawn: Spawn
    next_id: int
    webhook: Webhook = field(default_factory=Webhook)
    allowed: frozenset[str] = DEFAULT_TYPES
    pending: dict[int, Update] = field(default_factory=dict)
    _queues: dict[int, deque[Update]] = field(default_factory=dict)
    _workers: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    poll: asyncio.Future[None] | None = None

    def add(self, kind: str, about: int, payload: dict[str, Any], taken: Callable[[], None]) -> int | None:
        """The new update's id; None when the bot has not asked for updates of this kind."""
        if kind not in self.allowed:
            return None
        now = asyncio.get_running_loop().time()
        update = Update(self.next_id, kind, about + QUEUE_OFFSET.get(kind, 0), payload, now, taken)
        self.next_id += 1
        self.pending[update.id] = update
        self.arrived.set()
        if self.webhook.url:
            self._enqueue(update)
        return update.id

    def confirm(self, update: Update) -> None:
        if self.pending.pop(update.id, None):
            update.taken()

    def drop(self) -> None:
        self.stop()
        self.pending.clear()

    def point(self, webhook: Webhook) -> None:
        """Post from now on to this webhook, what is waiting first; one without a URL keeps updates for getUpdates."""
        self.stop()
        self.webhook = webhook
        self._slots = asyncio.Semaphore(webhook.max_connections)
        if webhook.url:
            for update in self.pending.values():
                self._enqueue(update)

    def stop(self) -> None:
        for worker in self._workers.values():
            worker.cancel()
        self._workers.clear()
        self._queues.clear()

    def fresh(self, now: float) -> list[Update]:
        for update in [u for u in self.pending.values() if u.expired(now)]:
            del self.pending[update.id]
        return list(self.pending.values())

    def _enqueue(self, update: Update) -> None:
        self._queues.setdefault(update.queue, deque()).append(update)
        if update.queue not in self._workers:
            self._workers[update.queue] = self.spawn(self._work(update.queue))

    async def _work(self, queue: int) -> None:
        waiting = self._queues[queue]
        while waiting:
            await self._deliver(waiting[0])
            waiting.popleft()
        # No await between the last look and this, so nothing can slip in after it.
        del self._workers[queue], self._queues[queue]

    async def _deliver(self, update: Update) -> None:
        delay = FIRST_DELAY_SECONDS
        while not update.expired(asyncio.get_running_loop().time()):
            async with self._slots:
                answer = await self.post(self.webhook, update)
            if 200 <= answer.status < 300:
                self.confirm(update)
                return
            update.attempts += 1
            wait = delay if answer.retry_after is None else min(answer.retry_after, RETRY_AFTER_LIMIT_SECONDS)
            await asyncio.sleep(wait)
            delay = min(delay * 2, LAST_DELAY_SECONDS)
        self.pending.pop(update.id, None)
