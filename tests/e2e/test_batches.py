"""Messages that are handled together: one commit, but each of them all or nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.worker import BATCH, Worker
from db import inbound, schema
from db.clock import Clock
from db.inbound import Raw
from db.record import Record
from handlers import conversation
from tests.db import making
from tests.db.making import Town, london

STARTS = london("2026-06-12 09:30")
PEOPLE = 6


class Crash(BaseException):
    """The process is gone in the middle of a turn."""


class Doors:
    """A worker beside a town whose people, all booked, have texted."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.town = Town(record)
        self.clock = Clock(record, travels=True)
        self.clock.set(making.NOW)
        self.numbers = [f"+4477009001{n:02d}" for n in range(PEOPLE)]
        for n, number in enumerate(self.numbers):
            self.town.booked(f"P{n}", STARTS, phone=number)
        self.worker = self.started("one")

    def started(self, holder: str) -> Worker:
        worker = Worker(self.record, making.council(), self.clock, holder, [], None)
        worker._take_lease(by_force=True)
        return worker

    def text(self, *messages: tuple[int, str]) -> None:
        raws = [
            Raw("twilio", f"SM{n}", self.numbers[who], f'{{"From": "{self.numbers[who]}", "Body": "{body}"}}')
            for n, (who, body) in enumerate(messages)
        ]
        with self.record.write() as connection:
            inbound.store(connection, raws, now=self.clock.now())

    def states(self) -> list[str]:
        return [row["state"] for row in self.town.rows(schema.inbound)]

    def answers(self) -> list[str | None]:
        return [row["answer"] for row in self.town.rows(schema.bookings)]

    def replies(self) -> list[int]:
        with self.record.read() as connection:
            query = select(schema.notices.c.inbound_id).order_by(schema.notices.c.inbound_id)
            return [int(row[0]) for row in connection.execute(query)]


@pytest.fixture
def doors(record: Record) -> Doors:
    return Doors(record)


def fails_at(monkeypatch: pytest.MonkeyPatch, inbound_ids: list[int], error: BaseException) -> list[int]:
    """After it has changed the record; the ids of the messages that were tried."""
    handle, tried = conversation.handle, []

    def broken(connection: Any, council: Any, inbound_id: int, *given: Any, **more: Any) -> Any:
        tried.append(inbound_id)
        turn = handle(connection, council, inbound_id, *given, **more)
        if inbound_id in inbound_ids:
            raise error
        return turn

    monkeypatch.setattr(conversation, "handle", broken)
    return tried


def test_one_message_that_fails_spoils_no_other_and_leaves_nothing_of_itself(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.text(*((who, "1") for who in range(PEOPLE)))
    fails_at(monkeypatch, [3], RuntimeError("in the middle"))
    doors.worker._batch()
    assert doors.states() == ["handled", "handled", "stored", "handled", "handled", "handled"]
    assert doors.answers() == ["coming", "coming", None, "coming", "coming", "coming"]
    assert 3 not in doors.replies()


def test_what_failed_holds_back_what_its_sender_wrote_after_it_and_is_tried_again(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.text((0, "1"), (0, "2"), (1, "1"))
    with monkeypatch.context() as patched:
        fails_at(patched, [1], RuntimeError("in the middle"))
        doors.worker._batch()
    doors.worker._batch()  # before its turn has come again
    assert doors.states() == ["stored", "stored", "handled"]
    doors.clock.set(making.NOW + timedelta(minutes=1))
    doors.worker._batch()
    assert doors.states() == ["handled", "handled", "handled"]
    assert doors.answers()[:2] == ["cant", "coming"]


def test_a_worker_that_lost_its_lease_handles_nothing(doors: Doors) -> None:
    doors.text((0, "1"), (1, "1"))
    following = doors.started("two")
    doors.worker._batch()
    assert doors.states() == ["stored", "stored"]
    following._batch()
    assert doors.states() == ["handled", "handled"]


def test_a_crash_in_the_middle_loses_nothing_and_says_nothing_twice(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.text(*((who, "1") for who in range(PEOPLE)))
    with monkeypatch.context() as patched:
        fails_at(patched, [4], Crash())
        with pytest.raises(Crash):
            doors.worker._batch()
    assert doors.states() == ["stored"] * PEOPLE
    assert doors.replies() == []
    doors.started("two")._batch()
    assert doors.states() == ["handled"] * PEOPLE
    assert doors.answers() == ["coming"] * PEOPLE
    assert doors.replies() == [1, 2, 3, 4, 5, 6]


def test_after_a_crash_messages_go_one_by_one_until_the_one_that_crashes_us_is_a_persons(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.text(*((who, "1") for who in range(PEOPLE)))
    tried = fails_at(monkeypatch, [4], Crash())
    with pytest.raises(Crash):
        doors.worker._batch()
    for n in range(inbound.TRIES):
        with pytest.raises(Crash):
            doors.started(f"again{n}")._batch()
    assert doors.states() == ["handled", "handled", "handled", "stored", "stored", "stored"]
    doors.started("last")._batch()
    assert doors.states() == ["handled", "handled", "handled", "failed", "handled", "handled"]
    assert tried.count(4) == inbound.TRIES + 1
    assert [row["kind"] for row in doors.town.rows(schema.tasks)] == ["failed_message"]


def test_no_more_than_a_batch_is_handled_in_one_commit(doors: Doors) -> None:
    doors.text(*((0, "5") for _ in range(BATCH + 1)))
    doors.worker._batch()
    assert doors.states() == ["handled"] * BATCH + ["stored"]
