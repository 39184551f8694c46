import asyncio
import json
import time
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from simulator.book import Book
from simulator.bots import Bot
from simulator.carrier import Carrier
from simulator.config import Config
from simulator.faults import POSTED, Faults
from simulator.feed import Feed
from simulator.people import People
from simulator.trace import Trace
from simulator.updates import Answer, Update, Updates, Webhook

TELEGRAM_TIMEOUT_SECONDS = 60
EPOCH = 1_700_000_000
NUMBERS_A_SECOND = 16
NOTICEABLE = timedelta(seconds=2)


class World:
    """Everything that one simulator knows. Nothing of it outlives the app, and none of it is global."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.closing = asyncio.Event()
        self.client: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.clear()

    def clear(self) -> None:
        """Forget all traffic; the bots keep their webhooks, as they could not know that they need to set them again."""
        self.shifts = [(datetime.min.replace(tzinfo=UTC), timedelta())]
        self.feed, self.book, self.trace, self.faults = Feed(), Book(), Trace(), Faults()
        self.people = People()
        kept: dict[str, Bot] = getattr(self, "bots", {})
        self.bots: dict[str, Bot] = {}
        for bot in kept.values():
            self._renew(bot)
        if self.config.telegram_token and self.config.telegram_token not in self.bots:
            self.bot(self.config.telegram_token)
        self.carrier = Carrier(self)

    def _renew(self, old: Bot) -> None:
        old.updates.drop()
        new = self.bot(old.token)
        new.numbers, new.commands, new.texts = old.numbers, old.commands, old.texts
        new.updates.next_id, new.updates.allowed = old.updates.next_id, old.updates.allowed
        new.updates.point(old.updates.webhook)

    def reset(self) -> None:
        feed = self.feed
        self.cancel()
        self.clear()
        # Pages keep their place in the feed, and learn that all they show is gone.
        self.feed = feed
        feed.tell("everything")

    def configure(self, changes: dict[str, Any]) -> None:
        """Raises TypeError for a name that Config does not have."""
        self.config = replace(self.config, **changes)

    def begin(self) -> None:
        self.closing.clear()

    async def end(self) -> None:
        self.close()
        await asyncio.gather(*self.cancel(), return_exceptions=True)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def shift(self, offset: timedelta) -> None:
        """From now on phones show their product's clock, which is this much ahead of the real one."""
        if abs(offset - self.shifts[-1][1]) > NOTICEABLE:
            self.shifts.append((self.now(), offset))

    def shown(self, at: datetime) -> str:
        """What a phone's clock said at this time."""
        offset = next(offset for since, offset in reversed(self.shifts) if since <= at)
        return (at + offset).isoformat()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> list[asyncio.Task[Any]]:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        return tasks

    async def pause(self, seconds: float) -> None:
        """Sleep, but not longer than the simulator runs."""
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return

    def close(self) -> None:
        """Let go of whoever is waiting for an answer, so that a server need not wait for them when it stops."""
        self.closing.set()
        self.feed.wake()
        for bot in self.bots.values():
            bot.updates.arrived.set()

    def bot(self, token: str) -> Bot:
        if token not in self.bots:
            # Ids go on rising after a restart, as the real ones do; a client may have stored the earlier ones.
            first = int((time.time() - EPOCH) * NUMBERS_A_SECOND)
            updates = Updates(self._post_update, self.spawn, first)
            self.bots[token] = Bot(token, self.config.telegram_username, updates, first, self.config.telegram_name)
        return self.bots[token]

    def latest_bot(self, bot_id: int | None = None) -> Bot | None:
        """The configured bot, or else the one that called first most recently; or the one with this id."""
        if bot_id is not None:
            return next((bot for bot in self.bots.values() if bot.id == bot_id), None)
        if self.config.telegram_token:
            return self.bot(self.config.telegram_token)
        return next(reversed(self.bots.values()), None)

    async def _post_update(self, webhook: Webhook, update: Update) -> Answer:
        to = str(update.payload["from"]["id"])
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        fault = self.faults.take("telegram", POSTED, update.kind, to)
        if fault and fault.kind == "updates_late":
            await asyncio.sleep(fault.number("seconds", 5))
        times = int(fault.number("n", 2)) if fault and fault.kind == "updates_twice" else 1
        for _ in range(times):
            body = json.dumps(update.json(), ensure_ascii=False).encode()
            answer = await self.post("telegram", webhook.url, body, headers, TELEGRAM_TIMEOUT_SECONDS)
        if not 200 <= answer.status < 300:
            webhook.last_error_date = int(self.now().timestamp())
            wrong = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            webhook.last_error_message = wrong if answer.status else answer.reason
        return answer

    async def post(self, provider: str, url: str, body: bytes, headers: dict[str, str], timeout: float) -> Answer:
        """Status 0 when nobody answered in time."""
        assert self.client
        exchange = self.trace.begin("webhook", provider, "POST", url, headers, body)
        # Waiting for a free connection is our own affair and no fault of the webhook's.
        patience = aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout)
        try:
            async with self.client.post(
                url, data=body, headers=headers, timeout=patience, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            return Answer(0, _reason(error), refused=isinstance(error, aiohttp.ClientConnectorError))
        exchange.status, exchange.answer = response.status, content
        after = response.headers.get("Retry-After", "")
        return Answer(response.status, response.reason or "", float(after) if after.isdigit() else None, content)


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorSSLError | aiohttp.ClientConnectorCertificateError):
        return "SSL error {error:0A000086:SSL routines::certificate verify failed}"
    if isinstance(error, TimeoutError):
        return "Read timeout expired"
    return "Connection refused" if isinstance(error, aiohttp.ClientConnectorError) else "Connection reset by peer"
