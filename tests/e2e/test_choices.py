"""What a person's own choices hold back, over HTTP; what they are asked; and a number that falls silent and is verified."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import Town
from tests.handlers import wording

DAYS = 10
EVENING = STANDARD.on_eve(STANDARD.reminders_at)
A_WEEK_ON = EVENING + timedelta(days=7)
AFTER_THE_LAST = EVENING + timedelta(days=DAYS + 1, minutes=31)
CALL = wording.S18.format(worker="a worker")

Place = tuple[Town, list[Person]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("choices")
    people = crowd(folder / "council", sms=4, days=DAYS, toml="[feedback]\nevery = 1\n")
    with Town(folder, folder / "council") as town:
        town.keep_private(one.phone for one in people)
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        yield town, people


def new_texts(town: Town, people: list[Person], at: datetime) -> list[list[str]]:
    """What each gets when the clock has come there."""
    before = [len(town.thread(one.phone)) for one in people]
    town.clock(at)
    town.must("tick")
    town.quiet()
    return [town.thread(one.phone)[n:] for one, n in zip(people, before, strict=True)]


def test_choices_bind_what_is_sent(place: Place) -> None:
    town, people = place
    plain, narrow, paused = people[:3]
    for one, said in ((plain, "8 m"), (narrow, "8 W A"), (paused, "8 P A")):
        assert town.answers(one.phone, *said.split())[0] == wording.S24
    assert town.answers(narrow.phone, "8", "W", "D")[-1] == CALL
    assert [(task["person"], task["kind"]) for task in town.tasks()] == [(narrow.ref, "window")]
    reminded = new_texts(town, people[:3], EVENING)
    assert reminded == [["Reminder: Friday 12 June, 3pm. Reply 1 if OK, 2 if not."], [], []]
    shown = town.ask(*(f"person {one.ref}" for one in people[:3]))
    assert [line.split()[-1] for line in shown if line.startswith("  mode")] == ["discreet", "standard", "standard"]
    assert "  window    06:00-12:00" in shown
    assert "  pause     no reminders until Thu 18 Jun 2026 00:00, as they asked" in shown
    assert [len(found) for found in new_texts(town, [paused], A_WEEK_ON)] == [1]


def test_who_came_is_asked_about_it_the_day_after(place: Place) -> None:
    town, people = place
    craig = people[3]
    town.clock(AFTER_THE_LAST - timedelta(minutes=30))
    town.must("correct", "attendance", f"MAIN-{DAYS - 1}", craig.ref, "attended", "--reason", "seen")
    asked = "Linnbrae: how was your session on Sunday 21 June? A good, B OK, C bad, or a few words. D don't ask again."
    assert new_texts(town, [craig], AFTER_THE_LAST) == [[f"{asked} It's up to you. It won't change your hours."]]
    assert town.answers(craig.phone, "C") == ["Thanks. That helps us make it better. It doesn't change your hours."]


def test_a_number_that_fell_silent_gets_nothing_personal_until_it_is_verified(place: Place) -> None:
    town, people = place
    craig = people[3]
    assert town.answers(craig.phone, "4")[0].startswith("Hours done: ")
    town.clock(AFTER_THE_LAST + timedelta(days=61))
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
    assert [row["text"] for row in held["messages from them"]][-3:] == ["4", "4", "4"]
