"""Looks for photos of finished work that are still with Telegram, and has them fetched."""

import asyncio

from bot.worker import Poller
from db.clock import Clock
from db.council import Council
from db.record import Record
from notifications import photos
from notifications.telegram import TelegramBot

LOOK_EVERY = 2.0  # seconds, while there are none


class PhotoPoller(Poller):
    def __init__(self, record: Record, clock: Clock, holder: str, bot: TelegramBot, council: Council) -> None:
        super().__init__(record, clock, holder, "photos")
        self._bot = bot
        self._council = council

    async def ask(self) -> None:
        if not await photos.fetch(self._record, self._council, self._bot, now=self._clock.now()):
            await asyncio.sleep(LOOK_EVERY)
