"""Inbound: a stored message handled, its changes and reply committed, beside python-telegram-bot, which keeps nothing."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks import processes, standin, town
from benchmarks.row import Row, at_least, paired
from bot.web import telegram_raw
from bot.worker import Worker
from db import inbound
from db.clock import Clock
from db.record import Record
from tests import databases

PEOPLE = 2000
MESSAGES = 400  # a round
REPLY = "You have 74 hours left. Next: Friday 12 June, 9:30am, Bike workshop."


def rows() -> list[Row]:
    bodies = _bodies()
    with tempfile.TemporaryDirectory() as name, standin.running() as providers:
        ours = Ours(Path(name), bodies)
        pair = paired(ours.measure, lambda: asyncio.run(_telegram_bot(providers, list(islice(bodies, MESSAGES)))))
        ours.record.close()
    return [at_least("inbound, the whole turn committed with its reply queued (SQLite)", pair, 3, "turns/s")]


def _bodies() -> Iterator[str]:
    """One message a person in turn: whoever comes round again says something else, and hardly anything is said twice."""
    for number in count(1):
        yield town.update(number, number % PEOPLE + 1, town.said(number + number // PEOPLE))


class Ours:
    def __init__(self, folder: Path, bodies: Iterator[str]) -> None:
        self.record = Record(databases.fresh("sqlite", folder), databases.KEYS)
        town.settle(self.record, PEOPLE)
        self._bodies = bodies
        self._clock = Clock(self.record, travels=True)
        self._clock.set(town.EVENING)
        self._worker = Worker(self.record, town.council(folder), self._clock, "benchmark", [], None)
        self._worker._take_lease(by_force=True)

    def measure(self) -> float:
        self.store()
        began = time.monotonic()
        self.handle()
        return MESSAGES / (time.monotonic() - began)

    def store(self) -> None:
        received = [telegram_raw(body) for body in islice(self._bodies, MESSAGES)]
        with self.record.write() as connection:
            inbound.store(connection, received, now=self._clock.now())

    def handle(self) -> None:
        while self._worker._batch()[1]:
            continue


async def _telegram_bot(providers: str, bodies: list[str]) -> float:
    """Turns a second of an application whose one handler answers."""
    application = Application.builder().token(processes.TOKEN).base_url(f"{providers}/bot").updater(None).build()
    application.add_handler(MessageHandler(filters.TEXT, _answer))
    async with application:
        began = time.monotonic()
        for body in bodies:
            await application.process_update(Update.de_json(json.loads(body), application.bot))
        return len(bodies) / (time.monotonic() - began)


async def _answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> Any:
    assert update.effective_chat is not None
    await context.bot.send_message(update.effective_chat.id, REPLY)
