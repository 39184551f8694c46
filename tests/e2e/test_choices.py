"""A person's own choices over HTTP, on both channels and in both modes; and a number that falls silent and is verified."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import Town
from tests.handlers import wording

DAYS = 10
EVENING = STANDARD.on_eve(STANDARD.reminders_at)
CALL = wording.S18.format(worker="a worker")

Place = tuple[Town, list[Person]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    people = crowd(tmp_path / "council", sms=5, telegram=2, days=DAYS)
    with Town(tmp_path, tmp_path / "council") as town:
        town.keep_private(one.phone for one in people)
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(*people[5:])
        yield town, people


def new_texts(town: Town, people: list[Person], at: datetime) -> list[list[str]]:
    """What each gets when the clock has come there."""
    before = [len(town.thread(one.phone)) for one in people]
    town.clock(at)
    town.must("tick")
    town.quiet()
    return [town.thread(one.phone)[n:] for one, n in zip(people, before, strict=True)]


def test_choices_by_text(place: Place) -> None:
    town, people = place
    plain, narrow, paused, asking, _ = people[:5]
    assert town.answers(plain.phone, "8", "m") == [
        wording.S24,
        "OK. Date and time only from now on. To change that, reply 7.",
    ]
    assert town.answers(plain.phone, "8") == [wording.D24]
    assert town.answers(plain.phone, "pause") == ["How long? A 1 week, B 2 weeks, C 4 weeks."]
    assert town.answers(narrow.phone, "8", "W", "A") == [
        wording.S24, wording.WINDOW, "OK. We'll only text you from 6am to midday. To change that, reply 7.",
    ]  # fmt: skip
    assert town.answers(narrow.phone, "8", "W", "D")[-1] == CALL
    assert town.answers(paused.phone, "8", "P", "A") == [
        wording.S24,
        wording.S49,
        wording.S21.format(day="Thursday 18 June"),
    ]
    assert town.answers(asking.phone, "8", "D")[1:] == [wording.S25.format(phone=STANDARD.phone)]
    assert town.answers(asking.phone, "delete my data", "ive moved", "got a new number")[2] == CALL
    kinds = {(task["person"], task["kind"], task["class"]) for task in town.tasks()}
    assert kinds == {
        (narrow.ref, "window", None), (asking.ref, "data_request", "access"), (asking.ref, "data_request", "erase"),
        (asking.ref, "details", None),
    }  # fmt: skip
    reminded = new_texts(town, people[:3], EVENING)
    assert reminded == [["Reminder: Friday 12 June, 3pm. Reply 1 if OK, 2 if not."], [], []]
    shown = town.ask(*(f"person {one.ref}" for one in people[:3]))
    assert [line.split()[-1] for line in shown if line.startswith("  mode")] == ["discreet", "standard", "standard"]
    assert "  window    06:00-12:00" in shown
    assert "  pause     no reminders until Thu 18 Jun 2026 00:00, as they asked" in shown
    assert [len(found) for found in new_texts(town, [paused], EVENING + timedelta(days=7))] == [1]


def test_choices_on_telegram(place: Place) -> None:
    town, people = place
    shona, lorna = people[5:]

    def taps(one: Person, *labels: str) -> str:
        town.say(one.chat, "More")
        town.quiet()
        for label in labels:
            town.press(one.chat, label)
            town.quiet()
        return town.chat(one.chat)[-1]

    assert taps(shona) == "What would you like to change?"
    assert taps(shona, "Plainer messages").startswith("OK. Date and time only from now on.")
    assert taps(shona, "When", "Evenings") == "OK. Only from 5pm to 10pm. To change that, tap Talk to someone."
    assert taps(lorna, "Pause", "2 weeks").startswith("Reminders paused until Thursday 25 June.")
    assert taps(lorna, "Your data").startswith("We hold your name, number, sessions")
    assert taps(lorna, "Stop reminders").startswith("Reminders stopped.")
    town.say(lorna.chat, "START")
    town.quiet()
    shown = town.ask(f"person {lorna.ref}")
    assert "  pause     none" in shown
    assert "  stopped   none" in shown


def test_a_number_that_fell_silent_gets_nothing_personal_until_it_is_verified(place: Place) -> None:
    town, people = place
    craig = people[4]
    assert town.answers(craig.phone, "4")[0].startswith("Hours done: ")
    town.clock(STANDARD.imported_at + timedelta(days=61))
    town.must("tick")
    listed = {row["person"]: row for row in json.loads(town.must("reach", "--json")[0])}
    assert (listed[craig.ref]["class"], listed[craig.ref]["owner"]) == ("silent", STANDARD.case_manager.ref)
    assert ("reach", "silent", craig.ref) in {(task["kind"], task["class"], task["person"]) for task in town.tasks()}
    assert not [text for text in town.answers(craig.phone, "4") if "done" in text.lower()]
    assert town.must("person", craig.ref, "--verified") == [f"{craig.ref}: the number is theirs"]
    assert town.answers(craig.phone, "4")[0].startswith("Hours done: ")
    town.must("tick")
    assert craig.ref not in {row["person"] for row in json.loads(town.must("reach", "--json")[0])}
    held = json.loads("\n".join(town.must("data", craig.ref, "--json", "--reason", "they asked at the session")))
    assert [row["text"] for row in held["messages from them"]] == ["4", "4", "4"]
