"""Receipts that come at once share a commit; one that cannot be written spoils no other."""

import asyncio
import random
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.together import Together
from db import deliveries, notices, schema
from db.deliveries import Receipt
from db.notices import Notice
from db.record import Record
from tests.db import making
from tests.db.making import NOW, Town

TEXTS = 12


class Book:
    """What was written, commit by commit. It refuses to write a 0."""

    def __init__(self, error: Exception | None = None) -> None:
        self.commits: list[list[int]] = []
        self.tried = 0
        self.error = error
        self.open = threading.Event()
        self.open.set()

    def write(self, numbers: Sequence[int]) -> int:
        self.open.wait(10)
        self.tried += 1
        if self.error:
            raise self.error
        if 0 in numbers:
            raise ValueError("nobody writes a 0")
        self.commits.append(list(numbers))
        return len(numbers)


def put_all(book: Book, *numbers: int, most: int = 10) -> list[Any]:
    """All of them while the first is being written; what each was answered."""

    async def at_once() -> list[Any]:
        together = Together(book.write, most=most)
        book.open.clear()
        answers = [asyncio.create_task(together.put(number)) for number in numbers]
        await asyncio.sleep(0.05)
        book.open.set()
        return await asyncio.gather(*answers, return_exceptions=True)

    return asyncio.run(at_once())


def test_whoever_comes_at_once_shares_a_commit_and_a_commit_has_its_limit() -> None:
    book = Book()
    assert put_all(book, *range(1, 15)) == [10] * 10 + [4] * 4
    assert book.commits == [list(range(1, 11)), list(range(11, 15))]


def test_one_that_cannot_be_written_spoils_no_other() -> None:
    book = Book()
    answers = put_all(book, 1, 0, 2)
    assert (answers[0], answers[2]) == (1, 1)
    assert isinstance(answers[1], ValueError)
    assert book.commits == [[1], [2]]


def test_a_database_that_is_away_is_asked_once_for_all_of_them() -> None:
    book = Book(OperationalError("", None, Exception()))
    answers = put_all(book, 1, 2, 3)
    assert all(isinstance(answer, OperationalError) for answer in answers)
    assert book.tried == 1


def test_who_waits_no_longer_takes_no_others_commit_along() -> None:
    async def given_up() -> tuple[list[list[int]], int]:
        book = Book()
        together = Together(book.write, most=10)
        book.open.clear()
        first = asyncio.create_task(together.put(1))
        second = asyncio.create_task(together.put(2))
        await asyncio.sleep(0.05)
        first.cancel()
        book.open.set()
        return book.commits, await second

    assert asyncio.run(given_up()) == ([[1, 2]], 2)


@pytest.fixture
def accepted(record: Record) -> list[str]:
    """Texts that the provider has taken; their tokens."""
    town, council = Town(record), making.council()
    person_id = town.person("P1")
    until = NOW + timedelta(hours=6)
    with record.write() as connection:
        for n in range(TEXTS):
            notices.write(connection, council, Notice(f"n{n}", "reply", "menu", 1, until, person_id=person_id), now=NOW)
    for row in town.rows(schema.deliveries):
        town.change(schema.deliveries, row["id"], status="accepted", accepted_at=NOW, reference=f"SM{row['id']}")
    return [row["token"] for row in town.rows(schema.deliveries)]


def receive(record: Record, receipts: list[Receipt]) -> None:
    with record.write() as connection:
        deliveries.receive_all(connection, making.council(), receipts, now=NOW, real=NOW)


def receipts_for(tokens: list[str], *states: str) -> list[Receipt]:
    return [Receipt("twilio", f"SM{n}", token, state, "") for n, token in enumerate(tokens, 1) for state in states]


def test_several_in_one_commit_in_any_order_and_twice_move_each_text_up(record: Record, accepted: list[str]) -> None:
    received = receipts_for(accepted, "sent", "delivered") * 2
    random.Random(1).shuffle(received)
    receive(record, received)
    town = Town(record)
    assert {row["status"] for row in town.rows(schema.deliveries)} == {"delivered"}
    assert {row["status"] for row in town.rows(schema.notices)} == {"told"}
    assert len(town.rows(schema.receipts)) == 2 * TEXTS


def test_two_processes_that_have_some_of_the_same_do_not_block_each_other(record: Record, accepted: list[str]) -> None:
    failed: list[Exception] = []

    def process(state: str, order: int) -> None:
        try:
            for _ in range(10):
                receive(record, receipts_for(accepted, state)[::order])
        except Exception as error:
            failed.append(error)

    processes = [threading.Thread(target=process, args=about) for about in (("sent", 1), ("delivered", -1), ("sent", -1))]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    assert failed == []
    assert {row["status"] for row in Town(record).rows(schema.deliveries)} == {"delivered"}
