"""What the provider is asked about: the texts that came in, each stored once, and how those that went out are doing."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import worker
from bot.inbox import Inbox
from bot.worker import TwilioListPoller, TwilioStatusPoller
from db import deliveries, schema, watch
from db.record import Record
from notifications.channel import ProviderRefused, Sent
from tests.db.making import Town
from tests.notifications.conftest import FakeClock, Post, receive

THEM, US = "+447700900001", "+447700900999"
STEP = timedelta(minutes=5)


class FakeList:
    """The provider's list of what came in, with dates of the provider's own clock."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.texts: list[dict[str, Any]] = []

    def text(self) -> None:
        sid = f"SM{len(self.texts)}"
        date = self.at.isoformat()
        self.texts.append({"sid": sid, "from": THEM, "to": US, "body": "1", "num_media": 0, "date": date})

    async def now(self) -> datetime | None:
        return self.at

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
        self.list.at += by
        self.clock.pass_(seconds=by.total_seconds())

    def ask(self) -> list[str]:
        """What is stored after one more look."""
        asyncio.run(self.poller.ask())
        return [row["provider_id"] for row in self.town.rows(schema.inbound)]


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(minutes=40), timedelta(), timedelta(hours=-5)], ids=str)
def test_every_text_is_stored_though_our_clock_is_not_the_providers(
    sqlite_record: Record, clock: FakeClock, ahead: timedelta
) -> None:
    door = Door(sqlite_record, clock, ahead=ahead)
    for n in range(1, 5):
        door.ask()
        door.pass_(STEP)
        door.list.text()
        assert len(door.ask()) == n


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(), timedelta(days=-2)], ids=str)
def test_the_first_look_reads_the_last_hour_by_the_providers_clock(
    sqlite_record: Record, clock: FakeClock, ahead: timedelta
) -> None:
    door = Door(sqlite_record, clock, ahead=ahead)
    door.list.text()
    door.pass_(timedelta(minutes=2))
    door.list.text()
    door.pass_(timedelta(minutes=59))
    assert door.ask() == ["SM1"]


def test_where_nothing_had_come_yet_all_is_read_that_comes_while_nobody_looks(
    sqlite_record: Record, clock: FakeClock
) -> None:
    door = Door(sqlite_record, clock)
    assert door.ask() == []
    door.list.text()
    door.pass_(timedelta(hours=5))
    assert door.ask() == ["SM0"]


def test_a_provider_that_tells_no_time_is_asked_by_our_clock(
    sqlite_record: Record, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tells_none(_: FakeList) -> None:
        return None

    monkeypatch.setattr(FakeList, "now", tells_none)
    door = Door(sqlite_record, clock)
    door.list.text()
    assert door.ask() == ["SM0"]


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


class FakeStates:
    """A provider that says of every text that it arrived."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def status(self, sid: str) -> Sent:
        self.asked.append(sid)
        return Sent(sid, "", "delivered", "", None)


def asked(post: Post, *, webhooks: bool) -> list[str]:
    states: Any = FakeStates()
    poller = TwilioStatusPoller(post.record, post.council, post.clock, "one", states, webhooks=webhooks)
    poller._every = 0
    asyncio.run(poller.ask())
    return list(states.asked)


def test_where_receipts_come_by_webhook_only_what_has_had_none_for_five_minutes_is_asked_about(sms: Post) -> None:
    silent, heard = (sms.write(person_id=sms.town.person(f"P{n}")) for n in range(2))
    sms.turn()
    tokens = {notice: sms.deliveries(notice)[0] for notice in (silent, heard)}
    receive(sms, tokens[heard]["token"], "delivered", tokens[heard]["reference"])
    sms.clock.pass_(minutes=4)
    assert asked(sms, webhooks=True) == []
    sms.clock.pass_(minutes=2)
    assert asked(sms, webhooks=True) == [tokens[silent]["reference"]]
    assert sms.statuses(silent) == ["delivered"]


def test_without_webhooks_all_that_is_open_is_asked_about_until_the_carrier_gives_up(sms: Post) -> None:
    sms.write(person_id=sms.town.person("P1"))
    sms.turn()
    sms.clock.pass_(hours=71)
    with sms.record.write() as connection:
        open_ones = {"since": sms.clock.real() - deliveries.SILENT_FOR, "before": sms.clock.real(), "limit": 10}
        assert len(deliveries.accepted_open(connection, **open_ones)) == 1
    sms.clock.pass_(hours=2)
    assert asked(sms, webhooks=False) == []


def test_of_more_than_can_be_asked_about_at_once_those_unasked_for_longest_come_first(
    sms: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ASK_AT_ONCE", 2)
    for n in range(3):
        sms.write(person_id=sms.town.person(f"P{n}"))
        sms.turn()
    references = [row["reference"] for row in sms.town.rows(schema.deliveries)]
    monkeypatch.setattr(FakeStates, "status", _still_queued)
    sms.clock.pass_(seconds=15)
    assert asked(sms, webhooks=False) == references[:2]
    sms.clock.pass_(seconds=15)
    assert asked(sms, webhooks=False) == [references[2], references[0]]


async def _still_queued(self: FakeStates, sid: str) -> Sent:
    self.asked.append(sid)
    return Sent(sid, "", "queued", "", None)


class ShutList(FakeList):
    """As long as it is shut, the provider refuses: another asks with the same name, or the key is wrong."""

    is_shut = False

    async def received(self, since: datetime) -> list[dict[str, Any]]:
        if self.is_shut:
            raise ProviderRefused("409")
        return await super().received(since)


def test_a_provider_that_lets_us_hear_nothing_is_noticed_within_a_minute_and_when_it_is_over(
    sqlite_record: Record, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ASK_AGAIN", 0)
    door = Door(sqlite_record, clock)
    door.list = ShutList(clock.now())
    door.poller._sms = door.list  # type: ignore[assignment]
    shut: list[bool] = []
    for is_shut in (False, *[True] * 13, False, False):
        door.list.is_shut = is_shut
        asyncio.run(door.poller._ask_once())
        door.pass_(timedelta(seconds=5))
        with sqlite_record.read() as connection:
            readings = watch.quick(connection, now=clock.now(), real=clock.real())
        shut += [one.breached for one in readings if one.name == "deaf"]
    assert shut == [False] * 10 + [True] * 4 + [False] * 2


def test_who_takes_over_a_door_that_was_shut_says_that_it_is_open(sqlite_record: Record, clock: FakeClock) -> None:
    with sqlite_record.write() as connection:
        watch.hears(connection, "twilio", "Twilio answered 401")
    asyncio.run(Door(sqlite_record, clock).poller._ask_once())
    with sqlite_record.read() as connection:
        assert not watch._deaf(connection, True).breached
