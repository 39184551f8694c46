"""A day called off for 10,000 people: from the end of the hold to the commit, and until the last of them has it."""

import asyncio
import tempfile
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import town
from benchmarks.row import Row, within
from bot import process
from db import announcing, broadcasts, weighing
from db.audiences import Audience
from db.change import Change
from db.clock import Clock
from db.council import LONDON, Council
from db.permissions import COMMAND_LINE
from db.record import Record
from db.schema import notices
from locales.catalog import Catalogs
from notifications import ticking
from notifications.channel import Channel, Outcome, Outgoing, Verdict
from notifications.rendering import Renderer
from notifications.sender import Sender
from tests import databases

PEOPLE = 10_000
RATE = 1000  # messages a second that the provider allows


class Chat(Channel):
    """Takes every message at once."""

    name = "telegram"
    provider = "telegram"

    def __init__(self) -> None:
        self._references = count(1)

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        return Outcome(Verdict.ACCEPTED, str(next(self._references)))

    async def close(self) -> None:
        """It holds nothing."""


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record = Record(databases.fresh("sqlite", folder), databases.KEYS)
        town.settle(record, PEOPLE)
        council = replace(town.council(folder), telegram_rate=RATE, chat_rate=RATE, hold=0, hold_urgent=0)
        committed = _committed(record, council)
        drained = process.run(_drained(record, council, Chat()))
        record.close()
    return [
        within(f"a broadcast to {PEOPLE:,} people (SQLite): confirmed to committed", committed, 1, "s"),
        within(f"the same at {RATE:,} messages/s: the last of them gone", drained, PEOPLE / RATE * 1.02 + 10, "s"),
    ]


def _committed(record: Record, council: Council) -> float:
    """Seconds in which all of it happens: sessions, reminders, rosters, a notice for everyone."""
    audience = Audience(everybody=True, first_day=town.MORNING.astimezone(LONDON).date())
    with record.write() as connection:
        change = Change(connection, council, town.EVENING, COMMAND_LINE)
        made = broadcasts.draft(change, "off", {}, audience)
        one = broadcasts.by_id(connection, made)
        announcing.checked(change, made, weighing.weigh(change, one))
        announcing.confirm(change, made)
        announcing.approve(replace(change, actor=replace(COMMAND_LINE, name="a colleague")), made)
    began = time.monotonic()
    ticking.tick(record, council, "broadcasts", now=town.EVENING)
    seconds = time.monotonic() - began
    with record.read() as connection:
        written = connection.execute(select(func.count()).select_from(notices).where(notices.c.broadcast_id == made))
        if (told := written.scalar_one()) != PEOPLE:
            raise ValueError(f"{told} people of {PEOPLE} are told")
    return seconds


async def _drained(record: Record, council: Council, channel: Channel) -> float:
    clock = Clock(record, travels=True)
    clock.set(town.EVENING)
    sender = Sender(record, council, Renderer(council, Catalogs.load()), channel, clock, "benchmark")
    began = time.monotonic()
    running = asyncio.create_task(sender.run(alone=True))
    while await asyncio.to_thread(_waiting, record):
        await asyncio.sleep(0.1)
    seconds = time.monotonic() - began
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return seconds


def _waiting(record: Record) -> int:
    with record.read() as connection:
        open_ones = (notices.c.status == "open", notices.c.person_id.is_not(None))
        return int(connection.execute(select(func.count()).select_from(notices).where(*open_ones)).scalar_one())
