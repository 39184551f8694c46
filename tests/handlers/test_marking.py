"""What a supervisor's text means, word by word."""

from datetime import time

import pytest

from handlers import marking
from handlers.marking import Clock, UnclearError


def marks(text: str) -> dict[int, str]:
    said = marking.read(text)
    assert said is not None
    return {number: verb for number, (verb, _) in said.marks.items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("IN 1", {1: "attended"}),
        ("in 1-4", {1: "attended", 2: "attended", 3: "attended", 4: "attended"}),
        ("IN 1 - 3", {1: "attended", 2: "attended", 3: "attended"}),
        ("in 1 to 3", {1: "attended", 2: "attended", 3: "attended"}),
        ("IN 1,2 4", {1: "attended", 2: "attended", 4: "attended"}),
        ("IN 1-2, LATE 5, OUT 6", {1: "attended", 2: "attended", 5: "late", 6: "absent"}),
        ("IN 1-2 LATE 5 OUT 6", {1: "attended", 2: "attended", 5: "late", 6: "absent"}),
        ("in 1 and 2; late 5.", {1: "attended", 2: "attended", 5: "late"}),
        ("not here 3", {3: "absent"}),
        ("ABSENT 3", {3: "absent"}),
        ("LEFT 2 2pm", {2: "left_early"}),
        ("left early 2 at 2pm", {2: "left_early"}),
        ("UNDO 5", {5: "undo"}),
        ("In 2\nOut 3", {2: "attended", 3: "absent"}),
        ("HOME 3", {3: "sent_home"}),
        ("sent home 3 A", {3: "sent_home_behaviour"}),
        ("HOME 3 ours, OUT 4", {3: "sent_home_service", 4: "absent"}),
        ("HOME 2, 5 1:30pm behaviour", {2: "sent_home_behaviour", 5: "sent_home_behaviour"}),
        ("oot 4", {4: "absent"}),
        ("IN 2, LEFT 2 2pm", {2: "left_early"}),
        ("OUT", {0: "absent"}),
        ("LATE 9:40", {0: "late"}),
        ("HOME A", {0: "sent_home_behaviour"}),
    ],
)
def test_verbs_numbers_and_ranges(text: str, found: dict[int, str]) -> None:
    assert marks(text) == found


def test_who_came_late_and_left_early_has_both_times() -> None:
    said = marking.read("LATE 2 10am LEFT 2 1.30pm")
    assert said is not None
    assert said.marks == {2: ("left_early", Clock(1, 30, "pm"))}
    assert said.came == {2: Clock(10, 0, "am")}


def test_a_number_may_be_left_out_where_there_is_only_one() -> None:
    said = marking.read("LATE 9:40 LEFT 2pm")
    assert said is not None
    of_one = said.of_the_one(7)
    assert of_one.marks == {7: ("left_early", Clock(2, 0, "pm"))}
    assert of_one.came == {7: Clock(9, 40, "")}
    with pytest.raises(UnclearError):
        said.of_the_one(None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("LAET 5", "late"), ("im 1-4", "in"), ("otu 6", "out"), ("lft 3 2pm", "left"), ("IN 1, LAET 5 9:40", "late"),
     ("hmoe 3", "home"), ("doen 3pm", "done")],
)  # fmt: skip
def test_a_slip_is_not_guessed_at_but_named_with_what_it_may_be(text: str, meant: str) -> None:
    with pytest.raises(UnclearError) as unclear:
        marking.read(text)
    assert unclear.value.meant == meant


@pytest.mark.parametrize("text", ["hurt 2", "HURTS", "hutr 2", "injured 2", "Unsafe!"])
def test_that_somebody_is_hurt_is_read_however_it_is_written(text: str) -> None:
    assert marking.hurt(text)[0]


@pytest.mark.parametrize("text", ["ALL IN", "all in", "everyone in", "in all", "everybody here"])
def test_all_in(text: str) -> None:
    said = marking.read(text)
    assert said is not None
    assert said.everyone
    assert said.marks == {}


@pytest.mark.parametrize("text", ["ALL IN OUT 6, LATE 5", "OUT 6, LATE 5, ALL IN", "out 6. all in late 5"])
def test_all_in_but_for_those_who_are_named(text: str) -> None:
    said = marking.read(text)
    assert said is not None
    assert said.everyone
    assert {number: verb for number, (verb, _) in said.marks.items()} == {6: "absent", 5: "late"}


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("DONE 3pm", Clock(3, 0, "pm")), ("done 3.30pm", Clock(3, 30, "pm")), ("DONE 15:00", Clock(15, 0, "")),
        ("DONE at 3:15", Clock(3, 15, "")), ("done midday", Clock(12, 0, "pm")), ("DONE", None),
    ],
)  # fmt: skip
def test_done_and_its_time(text: str, clock: Clock | None) -> None:
    said = marking.read(text)
    assert said is not None
    assert (said.done, said.done_at) == (True, clock)


def test_several_commands_in_one_text() -> None:
    said = marking.read("IN 1-3 LATE 4 9:40, OUT 5. DONE 3pm")
    assert said is not None
    assert said.marks[4] == ("late", Clock(9, 40, ""))
    assert said.marks[1] == ("attended", None)
    assert (said.done, said.done_at) == (True, Clock(3, 0, "pm"))


@pytest.mark.parametrize(
    ("clock", "possible"),
    [
        (Clock(3, 30, ""), [time(3, 30), time(15, 30)]), (Clock(3, 0, "pm"), [time(15)]), (Clock(12, 0, "am"), [time(0)]),
        (Clock(12, 0, "pm"), [time(12)]), (Clock(14, 5, ""), [time(14, 5)]), (Clock(12, 15, ""), [time(12, 15)]),
    ],
)  # fmt: skip
def test_what_a_time_without_its_half_of_the_day_can_be(clock: Clock, possible: list[time]) -> None:
    assert clock.possible() == possible


@pytest.mark.parametrize(
    "text",
    [
        "IN banana", "IN 4-1", "DONE 3", "DONE 25:00", "IN 1-99", "IN 3pm", "OUT 2 3pm", "DONE banana",
        "LATE 13pm", "IN 1 £", "HOME 1 LEFT 1", "LEFT 1 2pm IN 1", "DONE 3pm 4pm", "everyone", "ALL OUT",
    ],
)  # fmt: skip
def test_what_is_not_clear_counts_for_nothing(text: str) -> None:
    with pytest.raises(UnclearError):
        marking.read(text)


def test_a_number_said_to_be_two_things_is_named() -> None:
    with pytest.raises(UnclearError) as unclear:
        marking.read("IN 1-4 OUT 3")
    assert unclear.value.numbers == (3,)


@pytest.mark.parametrize("text", ["", "hello", "ACK 4821", "1", "3", "PASS 3", "what time is it", "I'm in trouble", "12 in"])
def test_other_texts_are_not_about_a_roster(text: str) -> None:
    assert marking.read(text) is None


def test_a_letter_first_picks_the_session() -> None:
    said = marking.read("b in 1-2")
    assert said is not None
    assert said.letter == "B"


@pytest.mark.parametrize("text", ["in 1-2 b", "LIST B", "ALL IN B", "DONE 3pm B", "IN 1, OUT 2 b"])
def test_a_letter_last_picks_it_too(text: str) -> None:
    said = marking.read(text)
    assert said is not None
    assert said.letter == "B"


def test_after_home_a_letter_says_why_and_picks_nothing() -> None:
    said = marking.read("HOME 3 B")
    assert said is not None
    assert (said.letter, said.marks[3][0]) == (None, "sent_home_service")


@pytest.mark.parametrize("text", ["OUT B", "LATE A"])
def test_a_letter_alone_is_nobody(text: str) -> None:
    with pytest.raises(UnclearError):
        marking.read(text)


@pytest.mark.parametrize("text", ["LIST 5", "list now"])
def test_a_word_is_no_slip_of_itself(text: str) -> None:
    with pytest.raises(UnclearError) as unclear:
        marking.read(text)
    assert unclear.value.meant == ""


@pytest.mark.parametrize("text", ["LIST", "list", "roster"])
def test_the_list_can_be_asked_for(text: str) -> None:
    said = marking.read(text)
    assert said is not None
    assert said.wants_list
