"""A phone that answers by itself is not answered for ever; a person who says something again is."""

import pytest

from db import schema
from tests.handlers import wording
from tests.handlers.talking import Someone, Town
from tests.handlers.wording import read

AUTOMATIC = "How many hours?"


@pytest.fixture
def craig(town: Town) -> Someone:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30"))
    return craig


def loops(town: Town) -> list[int | None]:
    return [row["person_id"] for row in town.rows(schema.tasks) if row["kind"] == "loop"]


def test_the_same_text_that_gets_the_same_answer_is_answered_three_times_and_then_goes_to_a_person(
    town: Town, craig: Someone
) -> None:
    answers = [craig.texts(AUTOMATIC) for _ in range(6)]
    assert [len(answer) for answer in answers] == [1, 1, 1, 0, 0, 0]
    assert loops(town) == [craig.id]
    assert craig.tasks()["loop"] == AUTOMATIC


def test_somebody_who_says_one_three_times_is_answered_three_times(town: Town, craig: Someone) -> None:
    session = town.rows(schema.sessions)[0]["id"]
    assert [craig.texts("1") for _ in range(3)] == [[read(wording.S05)]] * 3
    assert loops(town) == []
    assert craig.texts("1") == []
    assert craig.answer(session) == "coming"


def test_whoever_says_it_in_other_words_is_answered(town: Town, craig: Someone) -> None:
    for said in ("4", "hours", "how many hours", "hours left", "4"):
        assert len(craig.texts(said)) == 1
    assert loops(town) == []


def test_whoever_goes_through_a_menu_again_and_again_is_answered_each_time(town: Town, craig: Someone) -> None:
    for letter in "WPDFWPD":
        assert craig.texts("8") == [read(wording.S24)]
        assert len(craig.texts(letter)) == 1
    assert loops(town) == []


def test_a_machine_that_writes_something_new_each_time_is_stopped_too(town: Town, craig: Someone) -> None:
    answers = [craig.texts(AUTOMATIC + "." * n) for n in range(13)]
    assert [len(answer) for answer in answers] == [1] * 10 + [0] * 3
    assert loops(town) == [craig.id]


def test_no_number_gets_more_texts_alike_within_an_hour_than_its_network_lets_through(town: Town, craig: Someone) -> None:
    answered = []
    for n in range(31):
        answered.append(len(craig.texts(AUTOMATIC + "." * n)))
        town.wait(minutes=2)
    assert answered == [1] * 20 + [0] * 10 + [1]  # after an hour again
    assert loops(town) == [craig.id]


def test_nor_more_texts_of_any_kind(town: Town, craig: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.loops.TEXTS", 9)
    answered = []
    for said in ("4", "5", "8") * 4:
        answered.append(len(craig.texts(said)))
        town.wait(minutes=2)
    assert answered == [1] * 9 + [0] * 3
    assert loops(town) == [craig.id]


def test_after_five_minutes_of_silence_they_are_answered_again(town: Town, craig: Someone) -> None:
    for _ in range(4):
        craig.texts("4")
    town.wait(minutes=6)
    assert len(craig.texts("4")) == 1


def test_a_cry_for_help_is_never_taken_for_a_machine(town: Town, craig: Someone) -> None:
    for _ in range(5):
        craig.texts("I want to end it")
    assert loops(town) == []
    assert len(town.rows(schema.alerts)) == 1


def test_a_supervisors_phone_that_answers_by_itself_is_stopped(town: Town) -> None:
    ailsa = town.staff("Ailsa Muir", "supervisor")
    answers = [ailsa.texts("I'm driving") for _ in range(5)]
    assert [len(answer) for answer in answers] == [1, 1, 1, 0, 0]
    assert loops(town) == [None]


@pytest.mark.parametrize(
    "said", ["I'm driving right now, I'll get back to you later", "I am at work, back at 5", "Out of office until Monday"]
)
def test_an_answer_by_a_machine_is_no_cant_come_and_goes_to_a_person(town: Town, craig: Someone, said: str) -> None:
    session = town.rows(schema.sessions)[0]["id"]
    town.at("11 September 17:00")
    town.reminds()
    craig.reads()
    assert craig.texts(said) == [read(wording.S23, when="after 9am, Friday 12 September")]
    assert craig.texts(said) == []
    assert craig.reports() == []
    assert craig.answer(session) is None
    assert craig.tasks() == {"message": f"{said}\n{said}"}
