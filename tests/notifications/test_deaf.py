"""With webhooks Telegram alone knows that its calls do not reach us: it is asked, and who is to know is told in time."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot import webhook, worker
from bot.webhook import WebhookKeeper
from db import watch
from db.record import Record
from db.watch import Reading
from notifications import watching
from notifications.channel import ProviderRefused
from notifications.telegram import TelegramBot, Webhook
from tests.notifications.conftest import FakeClock
from tests.simulator.running import TOKEN, RunningSimulator, wait_until
from tests.simulator.web import ReceivingWeb

OURS, THEIRS = "https://turnup.example.org/telegram/webhook", "https://elsewhere.example.org/"
SECRET = "s3cret"
ANN = 700_000_001
LOOK = timedelta(seconds=50)
ASK_AGAIN, LOOK_EVERY = worker.ASK_AGAIN, webhook.LOOK_EVERY
WRONG = "its calls fail: Wrong response from the webhook: 502 Bad Gateway"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ASK_AGAIN", 0)
    monkeypatch.setattr(webhook, "LOOK_EVERY", 0)


def deaf(record: Record) -> Reading:
    with record.read() as connection:
        return watch._deaf(connection, True)


class FakeBot:
    """Telegram, as it tells of the webhook; away, it takes and tells nothing."""

    def __init__(self) -> None:
        self.url, self.pending, self.failed_at = "", 0, 0
        self.is_away = False
        self.asked = 0
        self.refuses = ""

    async def set_webhook(self, url: str, secret: str) -> None:
        if self.is_away:
            raise ProviderRefused("401")
        self.url = url

    async def webhook(self) -> Webhook:
        self.asked += 1
        if self.refuses:
            raise ProviderRefused(self.refuses)
        return Webhook(self.url, self.pending, self.failed_at, "Connection refused")


class Watched:
    """A webhook that is looked at every 50 seconds."""

    def __init__(self, record: Record, clock: FakeClock, holder: str = "one", bot: Any = None) -> None:
        self.record = record
        self.clock = clock
        self.bot: FakeBot = bot or FakeBot()
        telegram: Any = self.bot
        self.keeper = WebhookKeeper(record, clock, holder, telegram, OURS, SECRET)

    def look(self, **telegram: Any) -> bool:
        """Whether it is known, after one more look, that nothing comes through."""
        for name, value in telegram.items():
            setattr(self.bot, name, value)
        asyncio.run(self.keeper._ask_once())
        self.clock.pass_(seconds=LOOK.total_seconds())
        return deaf(self.record).breached

    def looks(self, *seen: tuple[int, int]) -> list[bool]:
        """Of looks at so many updates that wait, and the date of the last error."""
        return [self.look(pending=pending, failed_at=failed_at) for pending, failed_at in seen]


@pytest.fixture
def watched(sqlite_record: Record, clock: FakeClock) -> Watched:
    return Watched(sqlite_record, clock)


CASES: dict[str, list[tuple[int, int, bool]]] = {
    "all is well": [(0, 0, False), (4, 0, False), (9, 0, False)],
    "every call fails": [(0, 0, False), (1, 100, False), (2, 150, True), (3, 200, True)],
    "one waits long for its next call": [(0, 0, False), (1, 100, False), (1, 100, True), (1, 100, True)],
    "one call failed as we were started again": [(0, 90, False), (0, 90, False), (5, 90, False), (6, 90, False)],
    "one call failed and the next went well": [(0, 0, False), (1, 100, False), (0, 100, False), (0, 100, False)],
    "what waited gets through": [(9, 0, False), (9, 100, False), (7, 100, False), (3, 100, False), (4, 100, False)],
    "less waits while calls fail": [(9, 0, False), (9, 100, False), (7, 150, True)],
    "it fails again once it was mended": [(1, 100, False), (1, 100, True), (0, 130, False), (1, 900, False), (1, 901, True)],
    "calls failed before anybody looked": [(3, 100, False), (3, 100, True)],
    "Telegram's clock is of another year": [(1, 9_000_000_000, False), (2, 9_000_000_050, True)],
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_deaf_is_what_telegram_cannot_reach_from_one_look_to_the_next(
    watched: Watched, case: list[tuple[int, int, bool]]
) -> None:
    assert watched.looks(*((pending, failed_at) for pending, failed_at, _ in case)) == [known for _, _, known in case]


def test_it_is_known_within_two_minutes(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        watched.clock.pass_(seconds=seconds)

    watched.look()
    monkeypatch.setattr(worker, "ASK_AGAIN", ASK_AGAIN)
    watched.keeper._rest = LOOK_EVERY
    began = watched.clock.real()
    watched.bot.pending, watched.bot.failed_at = 1, 100
    monkeypatch.setattr(asyncio, "sleep", sleep)
    while not deaf(watched.record).breached:
        asyncio.run(watched.keeper._ask_once())
    elapsed = watched.clock.real() - began
    assert timedelta(seconds=100) < elapsed <= timedelta(minutes=2) - timedelta(seconds=watching.EVERY)


def test_who_takes_over_goes_on_from_what_is_known(watched: Watched) -> None:
    assert watched.looks((1, 100), (1, 100)) == [False, True]
    another = Watched(watched.record, watched.clock, "two", watched.bot)
    assert another.looks((1, 100), (0, 100)) == [True, False]


def test_a_webhook_that_telegram_does_not_take_is_noticed_too(watched: Watched) -> None:
    assert [watched.look(is_away=True), watched.look()] == [False, True]
    assert deaf(watched.record).why == "telegram: the provider refused with 401"
    assert not watched.look(is_away=False)


def test_a_webhook_that_another_changed_is_set_again_and_said_once(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.look()
    for changed in (THEIRS, ""):
        caplog.clear()
        assert not watched.look(url=changed)
        assert watched.bot.url == OURS
        assert not watched.look()
        assert [entry.message for entry in caplog.records] == [
            "poll:telegram: another had changed its webhook; it is set again"
        ]


def test_two_who_set_the_webhook_in_turn_are_noticed(watched: Watched) -> None:
    watched.look()
    assert [watched.look(url=THEIRS) for _ in range(3)] == [False, True, True]
    assert deaf(watched.record).why == "telegram: another had changed its webhook; it is set again"
    assert not watched.look()


def test_of_several_processes_one_asks(sqlite_record: Record, clock: FakeClock) -> None:
    one, two = (Watched(sqlite_record, clock, holder) for holder in ("one", "two"))

    async def story() -> None:
        running = [asyncio.create_task(each.keeper.run(alone=False)) for each in (one, two)]
        while one.bot.asked + two.bot.asked < 20:
            await asyncio.sleep(0.01)
        for task in running:
            task.cancel()

    asyncio.run(story())
    assert 0 in (one.bot.asked, two.bot.asked)


# Over HTTP, with what stands in for Telegram and a proxy between it and us.


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator() as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[ReceivingWeb]:
    with ReceivingWeb() as running:
        yield running


def test_a_proxy_that_lets_no_call_through_is_known_until_it_does(
    sqlite_record: Record, clock: FakeClock, simulator: RunningSimulator, proxy: ReceivingWeb
) -> None:
    known: list[str] = []

    async def story() -> None:
        bot = TelegramBot(TOKEN, simulator.url)
        keeper = WebhookKeeper(sqlite_record, clock, "one", bot, f"{proxy.url}/telegram/webhook", SECRET)

        async def look() -> None:
            await keeper._ask_once()
            clock.pass_(seconds=LOOK.total_seconds())
            known.append(deaf(sqlite_record).why)

        await look()
        proxy.statuses = [502, 502]
        simulator.say(ANN, "hello")
        while not (await bot.webhook()).failed_at:
            await asyncio.sleep(0.01)
        await look()
        await look()
        wait_until(lambda: simulator.chat(ANN)["messages"][0]["state"] == "taken")
        await look()
        await bot.close()

    asyncio.run(story())
    assert known == ["", "", f"telegram: {WRONG}", ""]
    assert {one.headers["x-telegram-bot-api-secret-token"] for one in proxy.received} == {SECRET}


@pytest.mark.parametrize(("code", "known"), [("401", True), ("404", False)])
def test_a_server_that_cannot_tell_is_no_trouble_and_one_that_refuses_us_is(
    record: Record, clock: FakeClock, code: str, known: bool
) -> None:
    watched = Watched(record, clock)
    assert [watched.look(refuses=code) for _ in range(3)][-1] is known
