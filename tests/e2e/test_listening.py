"""On PostgreSQL a process hears that another has written something, and need not wait until its next look."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import listening
from bot.inbox import Inbox
from db import notices, waking
from db.clock import Clock
from db.inbound import Raw
from db.record import Record
from tests import databases
from tests.db import making
from tests.db.making import Town

PATIENCE = 20.0  # seconds


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    url = databases.fresh("postgresql", tmp_path)
    opened = Record(url, databases.KEYS, pooled=False)
    yield opened
    opened.close()
    databases.drop(url)


class Ear:
    """Listens to a record, and counts what it hears."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.heard = {waking.CAME_IN: 0, waking.TO_SEND: 0}
        self._anything = asyncio.Event()

    def _hear(self, name: str) -> None:
        self.heard[name] += 1
        self._anything.set()

    async def __aenter__(self) -> "Ear":
        wakers = {name: (lambda name=name: self._hear(name)) for name in self.heard}
        self._task = asyncio.create_task(listening.listen(self.record, wakers))
        await self.more()  # both are woken once when it begins to listen
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def more(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._anything.wait()
        self._anything.clear()


def test_a_message_that_is_stored_is_heard_of(record: Record) -> None:
    async def story() -> dict[str, int]:
        async with Ear(record) as ear:
            await asyncio.to_thread(Inbox(record, Clock(record), int).store, [Raw("twilio", "SM1", "+447700900101", "{}")])
            await ear.more()
            return ear.heard

    assert asyncio.run(story()) == {waking.CAME_IN: 2, waking.TO_SEND: 1}


def test_a_notice_that_may_go_now_is_heard_of_when_it_is_committed_and_one_for_later_is_not(record: Record) -> None:
    town, council = Town(record), making.council()
    member = town.member("S1", "manager")

    def write(key: str, **given: object) -> None:
        wanted = notices.Notice(
            key=key, purpose="trouble", string="staff.help", lane=0, expires_at=making.london("2026-06-12 12:00"),
            staff_id=member, **given,
        )  # fmt: skip
        with record.write() as connection:
            notices.write(connection, council, wanted, now=making.NOW)

    async def story() -> dict[str, int]:
        async with Ear(record) as ear:
            await asyncio.to_thread(write, "later", not_before=making.london("2026-06-11 12:00"))
            with record.rehearse() as connection:
                waking.tell(connection, waking.CAME_IN)  # never committed
            await asyncio.to_thread(write, "now")
            await ear.more()
            return ear.heard

    assert asyncio.run(story()) == {waking.CAME_IN: 1, waking.TO_SEND: 2}


def test_a_lost_connection_is_made_anew(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "AGAIN", 0.01)
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'"
    )

    async def story() -> int:
        async with Ear(record) as ear:
            with record.write() as connection:
                connection.execute(others)
            await ear.more()
            return ear.heard[waking.CAME_IN]

    assert asyncio.run(story()) == 2


def test_on_sqlite_there_is_nobody_to_hear_from(sqlite_record: Record) -> None:
    async def story() -> None:
        async with asyncio.timeout(0.1):
            await listening.listen(sqlite_record, {})

    with pytest.raises(TimeoutError):
        asyncio.run(story())
