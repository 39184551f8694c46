"""Keeps Telegram's webhook set, and asks Telegram whether its calls arrive."""

import asyncio

from bot.worker import Poller
from db.clock import Clock
from db.record import Record
from notifications.channel import ProviderRefused, ProviderUnreachable
from notifications.telegram import TelegramBot, Webhook

LOOK_EVERY = 60.0  # seconds, while all is well
NO_SUCH_METHOD = "404"  # of a server that has just taken the webhook with the same token


class WebhookKeeper(Poller):
    """That a proxy or a certificate keeps Telegram's calls out can be seen from Telegram alone.

    Its dates are compared with each other, never with our clock. Setting what is set already changes nothing there, and
    an error stands until the next, however much is delivered after it.
    """

    def __init__(self, record: Record, clock: Clock, holder: str, bot: TelegramBot, url: str, secret: str) -> None:
        super().__init__(record, clock, holder, "telegram", is_door=True)
        self._bot = bot
        self._url = url
        self._secret = secret
        self._is_set = False
        self._rest = 0.0
        self._before: Webhook | None = None
        self._over = 0  # the date of the newest error after which all was delivered

    async def ask(self) -> None:
        await asyncio.sleep(self._rest)
        self._rest = 0.0
        if not self._is_set:
            await self._set()
        found = await self._told()
        if found is None:
            self._rest = LOOK_EVERY
            return
        if found.url != self._url:
            await self._set()
            self._rest = LOOK_EVERY
            raise ProviderUnreachable("another had changed its webhook; it is set again")
        if not self._arrives(found):
            raise ProviderUnreachable(f"its calls fail: {found.error}")
        self._rest = LOOK_EVERY

    async def _told(self) -> Webhook | None:
        """None by a server that takes webhooks, and tells nothing of them."""
        try:
            return await self._bot.webhook()
        except ProviderRefused as refused:
            if refused.code != NO_SUCH_METHOD:
                raise
            return None

    async def _set(self) -> None:
        await self._bot.set_webhook(self._url, self._secret)
        self._is_set = True

    def _arrives(self, found: Webhook) -> bool:
        """Not while something waits after an error, unless it gets less without another."""
        before, self._before = self._before, found
        gets_less = before is not None and found.failed_at == before.failed_at and found.pending < before.pending
        if gets_less or not found.pending or found.failed_at in (0, self._over):
            self._over = found.failed_at
            return True
        return False
