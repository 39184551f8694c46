"""Buttons on Telegram: an answer takes its question's place, and what is out of date says so."""

from collections.abc import Callable

import pytest

from db import bookings
from tests.handlers.talking import Someone, Town

TO_SESSION = ("I'm coming", "I can't come", "I'll be late", "Talk to someone", "Add to my calendar")
ABOUT_SESSION = ("I'm coming", "I can't come", "I'll be late", "Talk to someone")
STALE_MENU = "That's out of date. What do you need? Tap a button below."
STALE = "That's out of date. Tap Next session to see what's on now."


@pytest.fixture
def session(town: Town) -> int:
    return town.session("12 September 9:30")


@pytest.fixture
def shona(town: Town, session: int) -> Someone:
    shona = town.person("Shona Bell", door="telegram")
    shona.is_booked(session)
    return shona


def test_an_answer_takes_the_place_of_its_question(shona: Someone, session: int) -> None:
    shona.writes("5")
    asked = shona.latest
    assert tuple(shona.bubbles[asked].buttons) == TO_SESSION
    shona.presses("I can't come")
    assert shona.latest == asked
    assert tuple(shona.bubbles[asked].buttons) == ("Ill", "Work", "Caring", "Appointment", "Travel", "Other")
    shona.presses("Caring")
    assert shona.latest == asked
    assert tuple(shona.bubbles[asked].buttons) == ("Change my answer",)
    assert shona.answer(session) == "cant"
    assert shona.reports() == [("cant", "caring", None)]


def test_how_late_by_button(shona: Someone) -> None:
    shona.writes("I'll be late")
    shona.presses("15 to 30 min")
    assert shona.reports() == [("late", None, "b")]


def test_when_to_call_by_button(shona: Someone) -> None:
    shona.writes("Talk to someone")
    shona.presses("Afternoon")
    assert shona.tasks() == {"call_back": "afternoon"}


def test_a_reminder_has_the_same_buttons(town: Town, shona: Someone, session: int) -> None:
    town.at("11 September 17:00")
    town.reminds()
    shona.reads()
    assert tuple(shona.bubbles[shona.latest].buttons) == ABOUT_SESSION
    shona.presses("I'm coming")
    assert shona.answer(session) == "coming"


def test_a_changed_mind_is_asked_again_until_the_start(town: Town, shona: Someone, session: int) -> None:
    shona.writes("1")
    assert shona.presses("Change my answer") == ["Are you coming on Friday 12 September, 9:30am?"]
    shona.presses("I can't come")
    shona.presses("Ill")
    assert shona.answer(session) == "cant"
    town.at("12 September 9:29")
    shona.presses("Change my answer")
    shona.presses("I'm coming")
    assert shona.answer(session) == "coming"
    assert shona.reports() == []
    town.at("12 September 9:30")
    assert shona.presses("Change my answer") == [STALE]


def moved(town: Town, shona: Someone, session: int) -> None:
    town.moves(session, "13 September 9:30")


def called_off(town: Town, shona: Someone, session: int) -> None:
    town.calls_off(session)


def started(town: Town, shona: Someone, session: int) -> None:
    town.at("12 September 9:30")


def unbooked(town: Town, shona: Someone, session: int) -> None:
    with town.record.write() as connection:
        bookings.unbook(connection, town.council, 1, now=town.now, actor="test", tell=True)
    town.deliver()


@pytest.mark.parametrize("happened", [moved, called_off, started, unbooked])
def test_a_button_whose_session_has_changed_is_out_of_date(
    town: Town, shona: Someone, session: int, happened: Callable[[Town, Someone, int], None]
) -> None:
    shona.writes("5")
    asked = shona.latest
    before = shona.bubbles[asked]
    happened(town, shona, session)
    assert shona.presses("I'm coming", on=asked) == [STALE]
    assert shona.toast == "stale"
    assert shona.bubbles[asked] is before, "the old message stays as it is"
    assert shona.answer(session) is None


@pytest.mark.parametrize("label", ["I can't come", "I'll be late"])
def test_can_t_come_and_late_are_taken_for_two_hours_after_the_start(town: Town, shona: Someone, label: str) -> None:
    shona.writes("5")
    asked = shona.latest
    town.at("12 September 11:30")
    assert shona.presses(label, on=asked) == [STALE]
    town.at("12 September 11:29")
    assert shona.presses(label, on=asked) != [STALE]


def test_talk_to_someone_is_never_out_of_date(town: Town, shona: Someone, session: int) -> None:
    shona.writes("5")
    asked = shona.latest
    town.calls_off(session)
    assert shona.presses("Talk to someone", on=asked)[0].startswith("We'll ask a worker to call you.")


def test_a_question_that_was_answered_is_out_of_date(shona: Someone) -> None:
    shona.writes("2")
    asked, data = shona.latest, shona.bubbles[shona.latest].buttons["Work"]
    shona.presses("Ill")
    assert shona.presses_data(data, asked) == [STALE_MENU]
    assert shona.toast == "stale.menu"
    assert shona.bubbles[shona.latest].keyboard
    assert shona.reports() == [("cant", "ill", None)]


def test_a_question_that_another_one_overtook_is_out_of_date(shona: Someone) -> None:
    shona.writes("2")
    asked = shona.latest
    shona.writes("7")
    assert shona.presses("Ill", on=asked) == [STALE_MENU]


@pytest.mark.parametrize("when", ["11 September 10:00", "12 September 9:30"])
def test_a_question_that_has_lapsed_is_out_of_date(town: Town, shona: Someone, when: str) -> None:
    if when.startswith("12"):
        town.at("12 September 9:00")
    shona.writes("2")
    town.at(when)
    assert shona.presses("Ill") == [STALE_MENU]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "b:1",
        "q:1::",
        "q:1::AB",
        "q:1::Z",
        "q:99::A",
        "b:99:1.1:coming",
        "b:1:1.1:dance",
        "k:1::ack",
        "b:²:1.1:cant",
    ],
)
def test_what_no_button_of_ours_says_is_out_of_date(shona: Someone, session: int, data: str) -> None:
    shona.writes("2")
    shona.writes("5")
    assert shona.presses_data(data, shona.latest) in ([STALE], [STALE_MENU])
    assert shona.reports() == [("cant", None, None)]


def test_nobody_answers_for_another_person(town: Town, shona: Someone, session: int) -> None:
    shona.writes("2")
    other = town.person("Dod Reid", door="telegram")
    question = shona.bubbles[shona.latest].buttons["Ill"]
    other.is_booked(session)
    other.writes("5")
    theirs = other.latest
    assert other.presses_data(question, theirs) == [STALE_MENU]
    assert other.presses_data("b:1:1.1:coming", theirs) == [STALE]
    assert shona.answer(session) == "cant"
    assert shona.reports() == [("cant", None, None)]


def test_a_button_in_a_chat_that_is_no_longer_theirs_tells_nothing(town: Town, shona: Someone, session: int) -> None:
    shona.writes("5")
    new_phone = town.stranger("telegram")
    new_phone.writes(shona.is_invited())
    assert "don't know this account" in shona.presses("I can't come")[0]
    assert shona.answer(session) is None
