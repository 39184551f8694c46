"""Yesterday's texts by the provider's list and by our record: each that only one of them knows is counted."""

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot import auditing
from bot.auditing import ListAudit
from db import cursors, schema, watch
from db.record import Record
from tests.notifications.conftest import FakeClock, Post, post_of

YESTERDAY = datetime(2026, 6, 9, tzinfo=UTC)


class FakeList:
    """The provider's list of one day."""

    def __init__(self, *sids: str) -> None:
        self.sids = set(sids)
        self.asked: list[date] = []

    async def sent_on(self, day: date) -> set[str]:
        self.asked.append(day)
        return self.sids


@pytest.fixture
def post(sqlite_record: Record, clock: FakeClock) -> Post:
    made = post_of("sms", sqlite_record, clock)
    member = made.town.member("S1")
    for n, hours in enumerate((9, 12, 17), start=1):
        notice = made.write(staff_id=member, string="staff.help")
        (delivery,) = made.deliveries(notice)
        at = YESTERDAY + timedelta(hours=hours)
        made.town.change(
            schema.deliveries, delivery["id"], status="delivered", provider="twilio", reference=f"SM{n}", accepted_at=at
        )
    return made


def compare(post: Post, provider: Any) -> str | None:
    """Asks once, and says what is remembered of it."""

    async def once() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await ListAudit(post.record, post.clock, "one", provider).ask()

    asyncio.run(once())
    with post.record.read() as connection:
        return cursors.move(connection, watch.LIST_CURSOR)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "LOOK_AGAIN", 0)


@pytest.mark.parametrize(
    ("listed", "differ"),
    [(["SM1", "SM2", "SM3"], 0), (["SM1", "SM3"], 1), (["SM1", "SM2", "SM3", "SM9"], 1), (["SM1", "SM9"], 3)],
)
def test_what_only_one_of_both_knows_is_counted(post: Post, listed: list[str], differ: int) -> None:
    assert compare(post, FakeList(*listed)) == f"2026-06-09 {differ}"


def test_a_day_is_compared_once(post: Post) -> None:
    provider = FakeList("SM1", "SM2", "SM3")
    compare(post, provider)
    compare(post, provider)
    assert provider.asked == [YESTERDAY.date()]


def test_a_list_from_before_our_first_text_is_not_judged(post: Post) -> None:
    post.clock.pass_(days=-5)
    assert compare(post, FakeList("SMold")) == "2026-06-04 0"


def test_the_day_is_compared_only_when_it_has_settled(post: Post) -> None:
    post.clock.pass_(hours=-11, minutes=-30)  # half past midnight
    provider = FakeList()
    compare(post, provider)
    assert provider.asked == [date(2026, 6, 8)]
