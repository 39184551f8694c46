"""A person texts in their own words and a worker answers from Telegram, over HTTP, with both providers simulated."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.councils import STANDARD, Person, write
from tests.e2e.town import Town

ASKS = "is the minibus comin fae the big Tesco noo?"
ANSWER = "Yes, from there, from Friday 12 June."
ADDS = "magic, I'll tell ma brother"

Place = tuple[Town, Person, Person]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    council = STANDARD
    folder = write(tmp_path / "council", council.settings(), council.files())
    with Town(tmp_path, folder, kind=request.param) as town:
        town.keep_private(council.words())
        town.bring_in(council.imported_at.isoformat())
        town.start()
        worker, person = council.case_manager, council.people["one"]
        town.link(worker)
        yield town, person, worker


def test_somebody_asks_and_a_worker_answers_from_their_phone(place: Place) -> None:
    town, person, worker = place
    assert town.answers(person.phone, ASKS)[0].startswith("Sorry, we didn't get that. A worker will read it by")
    town.wait_for(lambda: ASKS in town.chat(worker.chat)[-1], "the worker does not hear of it")
    town.press(worker.chat, "Reply")
    town.quiet()
    town.say(worker.chat, ANSWER)
    town.quiet()
    assert ANSWER in town.chat(worker.chat)[-1]
    town.press(worker.chat, "Send")
    town.quiet()
    assert town.thread(person.phone)[-1] != f"Linnbrae: {ANSWER}"
    town.clock(STANDARD.imported_at + timedelta(minutes=5))
    town.wait_for(lambda: town.thread(person.phone)[-1] == f"Linnbrae: {ANSWER}", "the answer does not arrive")
    assert town.answers(person.phone, ADDS)[0].startswith("Thanks. A worker will read this by")
    town.wait_for(lambda: ADDS in town.chat(worker.chat)[-1], "the worker does not hear the rest")
    town.quiet()
    said = [line for line in json.loads(town.must("thread", "show", person.ref, "--json")[0]) if line["who"] != "bot"]
    assert [(line["who"], line["kind"], line.get("words"), line.get("channel"), line.get("state")) for line in said] == [
        (person.ref, "in", ASKS, "sms", None),
        (worker.ref, "seen", None, None, None),
        (worker.ref, "out", ANSWER, "sms", "delivered"),
        (person.ref, "in", ADDS, "sms", "unread"),
    ]  # order is of what was said; the mark of reading stands beside the answer
    [waiting] = json.loads(town.must("thread", "list", "--json", "--as", worker.ref)[0])
    assert (waiting["person"], waiting["owner"], waiting["unread"]) == (person.ref, worker.ref, 1)
