"""Outbound: reminders through one sender, intent and result on disk, beside bare loops over the providers' libraries."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, text
from telegram import Bot
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from benchmarks import standin, town
from benchmarks.processes import ACCOUNT, AUTH_TOKEN, NUMBER, TOKEN
from benchmarks.row import Row, at_least, paired
from bot import process
from db.clock import Clock
from db.record import Record
from db.schema import deliveries
from locales.catalog import Catalogs
from notifications import ticking
from notifications.channel import Channel, Outcome, Outgoing
from notifications.rendering import Renderer
from notifications.sender import SLOTS, Sender
from notifications.telegram import TelegramBot
from notifications.twilio_sms import TwilioSms
from tests import databases

MESSAGES = 800  # a round
BODY = "Sessions: Friday 12 June, 9:30am, Bike workshop. Reply 1 coming, 2 can't, 3 late. Call 01632 960480"
BASELINES = {"sms": ("the synchronous twilio client", 0.7), "telegram": (f"bare PTB, {SLOTS} at once", 1.0)}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, standin.running() as providers:
        return [_row(channel, kind, Path(name), providers) for channel in BASELINES for kind in databases.KINDS]


def _row(channel: str, kind: str, folder: Path, providers: str) -> Row:
    baseline = _twilio if channel == "sms" else _telegram
    pair = paired(
        lambda: process.run(drain(channel, kind, folder, partial(_channel, channel, providers))),
        lambda: baseline(providers),
        rounds=3,
    )
    name, target = BASELINES[channel]
    return at_least(f"outbound, {channel} ({NAMES[kind]}), beside {name}", pair, target, "msg/s")


async def drain(channel: str, kind: str, folder: Path, opened: Callable[[], Channel]) -> float:
    """Messages a second from the first look at what waits to the last answer recorded."""
    url = databases.fresh(kind, folder)
    record = Record(url, databases.KEYS)
    town.settle(record, MESSAGES, channel=channel)
    clock = Clock(record, travels=True)
    clock.set(town.EVENING)
    door = _Counted(opened())
    council = town.council(folder)
    sender = Sender(record, council, Renderer(council, Catalogs.load()), door, clock, "benchmark")
    running = asyncio.create_task(sender.run(alone=True))
    await asyncio.sleep(0.5)  # it holds its lease
    await asyncio.to_thread(ticking.tick, record, council, "reminders", now=clock.now())
    with record.write() as connection:
        connection.execute(text("ANALYZE"))  # as in `town.settle`
    began = time.monotonic()
    sender.wake()
    await door.all_answered.wait()
    while await asyncio.to_thread(_taken, record) < MESSAGES:
        await asyncio.sleep(0.002)
    rate = MESSAGES / (time.monotonic() - began)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await door.close()
    record.close()
    databases.drop(url)
    return rate


class _Counted(Channel):
    """Tells when the provider has taken all, so that the record need not be asked again and again meanwhile."""

    def __init__(self, inner: Channel) -> None:
        self._inner = inner
        self.name, self.provider = inner.name, inner.provider
        self._left = MESSAGES
        self.all_answered = asyncio.Event()

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        outcome = await self._inner.deliver(outgoing)
        self._left -= 1
        if not self._left:
            self.all_answered.set()
        return outcome

    async def close(self) -> None:
        await self._inner.close()


def _channel(channel: str, providers: str) -> Channel:
    if channel == "telegram":
        return TelegramBot(TOKEN, providers)
    return TwilioSms(ACCOUNT, AUTH_TOKEN, NUMBER, providers)


def _taken(record: Record) -> int:
    with record.read() as connection:
        query = select(func.count()).where(deliveries.c.status.in_(("accepted", "delivered")))
        return connection.execute(query).scalar_one()


def _twilio(providers: str) -> float:
    http = TwilioHttpClient(timeout=10)
    http.session.trust_env = False
    client = Client(ACCOUNT, AUTH_TOKEN, http_client=http)
    client.api.base_url = providers
    began = time.monotonic()
    for number in range(MESSAGES):
        client.messages.create(to=f"+447700900{number:03d}", from_=NUMBER, body=BODY)
    rate = MESSAGES / (time.monotonic() - began)
    http.session.close()
    return rate


def _telegram(providers: str) -> float:
    return process.run(_send_all(Bot(TOKEN, base_url=f"{providers}/bot")))


async def _send_all(bot: Bot) -> float:
    async with bot:
        chats = iter([town.chat(n) for n in range(MESSAGES)])
        began = time.monotonic()
        await asyncio.gather(*(_send_some(bot, chats) for _ in range(SLOTS)))
        return MESSAGES / (time.monotonic() - began)


async def _send_some(bot: Bot, chats: Iterator[str]) -> None:
    for chat in chats:
        await bot.send_message(chat, BODY)
