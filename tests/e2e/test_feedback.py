"""The exit questions over HTTP, as two people are asked them: one by text, one on Telegram, and what comes of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from db import schema
from tests.e2e.councils import LONDON, STANDARD, Person, write
from tests.e2e.town import Town

THANKS = "Thanks. That helps us make it better. It doesn't change your hours."
NEXT_DAY = datetime(2026, 6, 11, 17, 30, tzinfo=LONDON)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Town, Person, Person]]:
    """Everybody's hours were done on the day before the import, and nobody is booked."""
    council = replace(STANDARD, worked=STANDARD.hours * 60)
    files = council.files()
    files["bookings"] = []
    files["hours"] = [[*row[:2], "2026-06-10", *row[3:]] for row in files["hours"]]
    with Town(tmp_path, write(tmp_path / "council", council.settings(), files)) as town:
        town.keep_private(council.words())
        town.bring_in(council.imported_at.isoformat())
        town.start()
        texting, chatting = council.people["one"], council.people["telegram"]
        town.link(chatting)
        yield town, texting, chatting


def test_the_exit_questions_by_text_and_on_telegram(place: tuple[Town, Person, Person]) -> None:
    town, texting, chatting = place
    town.clock(NEXT_DAY - timedelta(minutes=1))
    town.must("tick")
    town.quiet()
    assert town.thread(texting.phone) == []
    town.clock(NEXT_DAY)
    town.wait_for(lambda: town.thread(texting.phone), "nobody is asked by text")
    town.wait_for(lambda: len(town.chat(chatting.chat)) == 2, "nobody is asked on Telegram")
    for said in ("B", "ma worker listened", "less waiting about", "aye"):
        town.text(texting.phone, said)
        town.quiet()
    thread = town.thread(texting.phone)
    assert [text.split(".")[0] for text in thread[:2]] == ["Linnbrae: your sessions are done", "Thanks"]
    assert len(thread) == 5
    assert thread[-1] == THANKS

    town.press(chatting.chat, "Very")
    town.quiet()
    town.press(chatting.chat, "Skip")
    town.quiet()
    town.clock(NEXT_DAY + timedelta(days=2))  # days later it goes on where it stopped
    town.say(chatting.chat, "start at ten")
    town.quiet()
    town.press(chatting.chat, "No")
    town.quiet()
    assert THANKS in town.chat(chatting.chat)
    apart(town)


def apart(town: Town) -> None:
    with town.record.read() as connection:
        said = connection.execute(select(schema.feedback_answers.c.answer, schema.feedback_answers.c.words)).all()
        kept = sorted(str(row.answer or row.words) for row in said)
        assert kept == ["A", "A", "B", "B", "less waiting about", "ma worker listened", "start at ten"]
        rounds = connection.execute(select(schema.feedback_rounds)).mappings().all()
        assert {row["sheet"] for row in rounds if row["closed_at"]} == {None}
        stored = "".join(connection.execute(select(schema.inbound.c.payload)).scalars())
    assert not any(words in stored for words in ("listened", "waiting about", "start at ten"))
    [line] = town.ask("feedback --json")
    assert "listened" not in line  # two answers are too few to be shown
