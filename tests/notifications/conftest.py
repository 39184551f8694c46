"""A sender whose provider, clock and rates are in the test's hands."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal

import pytest
from sqlalchemy import select

from db import deliveries, notices, schema
from db.clock import Clock
from db.council import Council
from db.deliveries import Receipt
from db.notices import Notice
from db.record import Record
from locales.catalog import Catalogs
from notifications import sender as sender_module
from notifications.channel import Outcome, Outgoing, ProviderUnreachable, Sent, Verdict
from notifications.rendering import Renderer
from notifications.sender import Claimed, Sender
from tests.db import making
from tests.db.making import NOW, Town


class FakeClock(Clock):
    """Stands still until it is moved; the record's time and the machine's move together."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now
        self.monotonic_at = 1000.0

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:  # type: ignore[override]
        return self.at

    def follow(self) -> None:
        """No other process moves it."""

    def monotonic(self) -> float:
        return self.monotonic_at

    def pass_(self, **by: float) -> None:
        self.at += timedelta(**by)
        self.monotonic_at += timedelta(**by).total_seconds()


Reply = Outcome | Callable[[Outgoing], Awaitable[Outcome]]


class FakeChannel:
    """A provider in memory. `answers` is what the next calls get; with none left, everything is accepted."""

    def __init__(self, name: Literal["sms", "telegram"]) -> None:
        self.name: Literal["sms", "telegram"] = name
        self.provider: Literal["twilio", "telegram"] = "twilio" if name == "sms" else "telegram"
        self.calls: list[Outgoing] = []
        self.answers: list[Reply] = []
        self.always: Reply | None = None
        self.held: dict[str, list[Sent]] = defaultdict(list)  # the provider's list, by number
        self.unlisted: set[str] = set()  # numbers about which the list cannot be read
        self._references = count(1)

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        self.calls.append(outgoing)
        reply = self.answers.pop(0) if self.answers else self.always
        if reply is None:
            return self.accept(outgoing)
        return reply if isinstance(reply, Outcome) else await reply(outgoing)

    def accept(self, outgoing: Outgoing) -> Outcome:
        reference = f"SM{next(self._references):04d}" if self.name == "sms" else str(next(self._references))
        self.held[outgoing.address].append(Sent(reference, outgoing.body, "queued", "", None))
        return Outcome(Verdict.ACCEPTED, reference)

    async def find(self, to: str, body: str, since: datetime) -> list[Sent]:
        if to in self.unlisted:
            raise ProviderUnreachable("no list")
        return [sent for sent in self.held[to] if sent.body == body and (sent.created_at or since) >= since]

    async def close(self) -> None:
        pass

    @property
    def bodies(self) -> list[str]:
        return [call.body for call in self.calls]


class Post:
    """A town with one channel and its sender: writes notices, lets the sender work, reads what became of them."""

    def __init__(
        self, record: Record, council: Council, channel: FakeChannel, clock: FakeClock, holder: str = "one"
    ) -> None:
        self.record = record
        self.council = council
        self.channel = channel
        self.clock = clock
        self.town = Town(record)
        self.sender = self.another(holder)
        self._keys = count(1)
        self._written_by = f"{channel.name}:{holder}"

    def another(self, holder: str) -> Sender:
        """A sender of another process, on the same channel; the newest holder has the lease."""
        made = Sender(self.record, self.council, Renderer(self.council, Catalogs.load()), self.channel, self.clock, holder)
        made._take_lease(by_force=True)
        made._turn([], 0)
        made._rates.take("", 0, 0, self.clock.monotonic())
        return made

    def write(self, *, now: datetime | None = None, **given: Any) -> int:
        """A notice, by default a reply that any phone may get."""
        at = now or self.clock.now()
        values: dict[str, Any] = {
            "key": f"test:{self._written_by}:{next(self._keys)}", "purpose": "reply", "string": "menu",
            "lane": notices.REPLY, "expires_at": at + timedelta(hours=6), **given,
        }  # fmt: skip
        with self.record.write() as connection:
            written = notices.write(connection, self.council, Notice(**values), now=at)
        assert written is not None
        return written

    def claim(self, sender: Sender | None = None, free: int = sender_module.SLOTS) -> list[Claimed]:
        return (sender or self.sender)._turn([], free)[0]

    def call(self, claimed: list[Claimed], sender: Sender | None = None) -> None:
        """Calls the provider for what was claimed, and records the answers."""

        async def all_of_it() -> list[Any]:
            return [await (sender or self.sender)._call(one) for one in claimed]

        (sender or self.sender)._record_answers(asyncio.run(all_of_it()))

    def turn(self, *, seconds: float = 2) -> int:
        """A little later, everything that may go now goes; how many calls that took."""
        self.clock.pass_(seconds=seconds)
        before = len(self.channel.calls)
        while claimed := self.claim():
            self.call(claimed)
        return len(self.channel.calls) - before

    def resolve(self) -> None:
        asyncio.run(self.sender._resolve())

    def deliveries(self, notice_id: int) -> list[Any]:
        return self.town.rows(schema.deliveries, schema.deliveries.c.notice_id == notice_id)

    def statuses(self, notice_id: int) -> list[str]:
        return [row["status"] for row in self.deliveries(notice_id)]

    def notice(self, notice_id: int) -> str:
        return str(self.town.row(schema.notices, notice_id)["status"])

    def tasks(self) -> list[tuple[str, str | None]]:
        return [(row["kind"], row["class"]) for row in self.town.rows(schema.tasks)]

    def pause(self) -> tuple[str, datetime] | None:
        with self.record.read() as connection:
            row = connection.execute(select(schema.pauses.c.why, schema.pauses.c.until)).first()
        return (row.why, row.until) if row else None

    def lease(self) -> tuple[str, int]:
        with self.record.read() as connection:
            row = connection.execute(select(schema.leases.c.holder, schema.leases.c.fence)).one()
        return row.holder, row.fence


UNKNOWN = Outcome(Verdict.UNKNOWN, code="timeout")


async def accept_but_time_out(post: Post, outgoing: Outgoing) -> Outcome:
    post.channel.accept(outgoing)
    return UNKNOWN


def receive(post: Post, token: str | None, state: str, reference: str = "SM0001", **more: Any) -> None:
    with post.record.write() as connection:
        receipt = Receipt("twilio", reference, token, state, more.pop("code", ""), **more)
        deliveries.receive(connection, post.council, receipt, now=post.clock.now(), real=post.clock.real())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    made = FakeClock()
    monkeypatch.setattr(sender_module, "time", made)
    return made


def post_of(name: Literal["sms", "telegram"], record: Record, clock: FakeClock, **sections: dict[str, Any]) -> Post:
    return Post(record, making.council(**sections), FakeChannel(name), clock)


@pytest.fixture
def sms(sqlite_record: Record, clock: FakeClock) -> Iterator[Post]:
    return post_of("sms", sqlite_record, clock)


@pytest.fixture
def telegram(sqlite_record: Record, clock: FakeClock) -> Iterator[Post]:
    return post_of("telegram", sqlite_record, clock)
