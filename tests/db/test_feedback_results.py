"""Results: what was said, never by whom. What is too little to hide in is not shown."""

from typing import Any

import pytest

from db import feedback, feedback_results, people, permissions, schema
from db.change import Change
from db.feedback_results import Results, hidden
from db.permissions import COMMAND_LINE, Refused
from db.record import Record
from tests.db.making import NOW, Town, council

YEAR = 2026


def say(town: Town, person_id: int, kind: str, *answers: str, booking_id: int | None = None) -> None:
    """A whole round; a letter, or words where it is longer, or nothing of it."""
    with town.write() as connection:
        feedback.begin(connection, person_id, kind, actor="test", booking_id=booking_id, now=NOW)
        for said in answers:
            for one in feedback.opened_by(connection, person_id, now=NOW):
                if said:
                    given = {"letter": said} if len(said) == 1 else {"words": said}
                    feedback.answer(connection, one, **given, now=NOW)  # type: ignore[arg-type]
                else:
                    feedback.skip(connection, one, now=NOW)


def results(town: Town, actor: permissions.Actor = COMMAND_LINE, year: int = YEAR) -> Results:
    with town.write() as connection:
        return feedback_results.results(Change(connection, council(), NOW, actor), year)


@pytest.fixture
def town(record: Record) -> Town:
    return Town(record)


def exits(town: Town, letters: str, quote: str = "A") -> None:
    for n, letter in enumerate(letters):
        person_id = town.person(f"P{letter}{n}")
        say(town, person_id, "exit", letter, f"the wood {n}", f"the van {n}", quote)


def test_counts_and_the_share_that_found_it_valuable(town: Town) -> None:
    exits(town, "AAAAABBBBBCCCCC" + "E" * 5)
    value = next(one for one in results(town).questions if one.question == "value")
    assert value.total == 20
    assert value.counts == {"A": 5, "B": 5, "C": 5, "D": 0, "E": 5, "words": 0}
    assert value.valuable == 50
    assert value.groups == {("unpaid_work", None): (20, 50)}


def test_fewer_than_five_are_not_shown_at_all(town: Town) -> None:
    exits(town, "AABB")
    found = results(town)
    assert [(one.total, one.valuable, one.groups) for one in found.questions] == [(None, None, {})] * 4
    assert {count for one in found.questions for count in one.counts.values()} == {None}
    assert found.quotes == []


def test_only_words_that_may_be_used_are_quoted(town: Town) -> None:
    exits(town, "AAA")
    exits(town, "EEE", quote="B")
    say(town, town.person("P9"), "asked", "said to staff, not to be quoted")
    quotes = results(town).quotes
    assert quotes == ["the van 0", "the van 1", "the van 2", "the wood 0", "the wood 1", "the wood 2"]


def test_by_activity_and_kind_of_placement_with_the_small_ones_hidden(town: Town) -> None:
    for kind, number in (("squad", 6), ("workshop", 7), ("group", 2)):
        session = town.session(f"S-{kind}", town.placement(kind, kind=kind), NOW)
        for n in range(number):
            person_id = town.person(f"P-{kind}{n}")
            say(town, person_id, "session", "A", booking_id=town.booking(session, person_id))
    [going] = results(town).questions
    assert going.total == 15
    assert going.groups == {
        ("unpaid_work", "group"): (None, None),
        ("unpaid_work", "squad"): (None, None),  # else 15 less the others would be the two
        ("unpaid_work", "workshop"): (7, 100),
    }


def test_other_activity_is_a_group_of_its_own(town: Town) -> None:
    session = town.session("S1", town.placement("COURSE", kind="other_activity"), NOW)
    for n in range(5):
        person_id = town.person(f"P{n}")
        say(town, person_id, "session", "C", booking_id=town.booking(session, person_id))
    assert results(town).questions[0].groups == {("other_activity", "other_activity"): (5, 0)}


def test_where_most_was_worked_is_the_group_of_an_exit(town: Town) -> None:
    squad, wood = town.placement("SQUAD", kind="squad"), town.placement("WOOD", kind="workshop")
    for n in range(5):
        person_id = town.person(f"P{n}")
        order_id = town.only(schema.orders, schema.orders.c.person_id == person_id)["id"]
        for placement, minutes in ((squad, 60), (wood, 600)):
            town.add(
                schema.hours, seq=0, order_id=order_id, kind="work", worked_on=NOW.date(), worked_minutes=minutes,
                credited_minutes=minutes, activity="unpaid_work", placement_id=placement, actor="test", at=NOW,
            )  # fmt: skip
        say(town, person_id, "exit", "A", "", "")
    value = next(one for one in results(town).questions if one.question == "value")
    assert value.groups == {("unpaid_work", "workshop"): (5, 100)}


def test_what_is_still_being_answered_is_not_there_yet(town: Town) -> None:
    exits(town, "AAAAA")
    say(town, town.person("P9"), "exit", "E", "nothing at all")
    value = next(one for one in results(town).questions if one.question == "value")
    assert (value.total, value.valuable) == (5, 100)


def test_a_year_stands_by_itself(town: Town) -> None:
    exits(town, "AAAAA")
    assert results(town, year=2025).questions == []


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 9, "b": 0}, {"a": 9, "b": 0}),
        ({"a": 9, "b": 7, "c": 2}, {"a": 9, "b": None, "c": None}),
        ({"a": 9, "b": 7, "c": 4, "d": 4}, {"a": 9, "b": 7, "c": None, "d": None}),
        ({"a": 9, "b": 1, "c": 1}, {"a": None, "b": None, "c": None}),
        ({"a": 3}, {"a": None}),
    ],
)  # fmt: skip
def test_no_small_number_can_be_reckoned_from_what_is_shown(counts: dict[str, int], shown: dict[str, Any]) -> None:
    assert hidden(counts) == shown


@pytest.mark.parametrize(
    ("role", "may"), [("supervisor", False), ("case_manager", False), ("coordinator", True), ("manager", True)]
)
def test_coordinators_and_managers_see_it_and_the_log_says_so(town: Town, role: str, may: bool) -> None:
    member_id = town.member("M1", role)
    with town.record.read() as connection:
        actor = permissions.as_member(people.member(connection, member_id))
    if not may:
        with pytest.raises(Refused):
            results(town, actor)
        return
    assert results(town, actor) == Results([], [])
    logged = town.only(schema.access_log, schema.access_log.c.action == "feedback.read")
    assert (logged["actor"], logged["person_id"], logged["reason"]) == ("M1", None, "results of 2026")
