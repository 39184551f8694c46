"""What people text us, read from the provider's list: whatever our clock says, all of it is stored, and once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.inbox import Inbox
from bot.worker import TwilioListPoller
from db import schema
from db.record import Record
from tests.db.making import Town
from tests.notifications.conftest import FakeClock

THEM, US = "+447700900001", "+447700900999"
STEP = timedelta(minutes=5)


class FakeList:
    """The provider's list of what came in, with dates of the provider's own clock."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.texts: list[dict[str, Any]] = []

    def text(self) -> None:
        sid = f"SM{len(self.texts)}"
        date = self.now.isoformat()
        self.texts.append({"sid": sid, "from": THEM, "to": US, "body": "1", "num_media": 0, "date": date})

    async def received(self, since: datetime) -> list[dict[str, Any]]:
        return [text for text in self.texts if datetime.fromisoformat(text["date"]) >= since]


class Door:
    def __init__(self, record: Record, clock: FakeClock, *, ahead: timedelta = timedelta()) -> None:
        self.clock = clock
        self.list = FakeList(clock.real() - ahead)
        inbox = Inbox(record, clock, lambda: None)
        self.poller = TwilioListPoller(record, clock, "one", self.list, inbox, 0)  # type: ignore[arg-type]
        self.town = Town(record)

    def pass_(self, by: timedelta) -> None:
        self.list.now += by
        self.clock.pass_(seconds=by.total_seconds())

    def ask(self) -> list[str]:
        """What is stored after one more look."""
        asyncio.run(self.poller.ask())
        return [row["provider_id"] for row in self.town.rows(schema.inbound)]


@pytest.mark.parametrize("ahead", [timedelta(minutes=40), timedelta(), timedelta(hours=-5)], ids=str)
def test_every_text_is_stored_though_our_clock_is_not_the_providers(
    sqlite_record: Record, clock: FakeClock, ahead: timedelta
) -> None:
    door = Door(sqlite_record, clock, ahead=ahead)
    for n in range(1, 5):
        door.ask()
        door.pass_(STEP)
        door.list.text()
        assert len(door.ask()) == n


def test_a_clock_that_was_ahead_and_is_set_back_has_missed_nothing(sqlite_record: Record, clock: FakeClock) -> None:
    door = Door(sqlite_record, clock, ahead=timedelta(minutes=50))
    door.list.text()
    door.ask()
    door.pass_(STEP)
    door.list.text()
    door.clock.at -= timedelta(minutes=50)
    assert door.ask() == ["SM0", "SM1"]


def test_after_a_long_silence_what_came_meanwhile_is_read_and_nothing_twice(sqlite_record: Record, clock: FakeClock) -> None:
    door = Door(sqlite_record, clock)
    door.list.text()
    door.ask()
    for _ in range(3):
        door.pass_(timedelta(days=1))
        door.list.text()
    assert door.ask() == door.ask() == ["SM0", "SM1", "SM2", "SM3"]


def test_a_text_that_the_list_shows_late_is_read_all_the_same(sqlite_record: Record, clock: FakeClock) -> None:
    door = Door(sqlite_record, clock)
    door.list.text()
    late = door.list.texts.pop()
    door.pass_(STEP)
    door.list.text()
    door.list.texts[-1]["sid"] = "SM9"
    assert door.ask() == ["SM9"]
    door.list.texts.append(late)
    assert door.ask() == ["SM9", "SM0"]
