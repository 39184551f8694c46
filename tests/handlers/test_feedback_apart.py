"""Nothing leads from an answer to who gave it, once they are done: every column of every table is looked through."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from db import schema
from db.feedback import LASTS
from tests.handlers.talking import Door, Someone, Town

WORDS = ("Kev taught me tae plane a door", "quieter van please")
OWN = {"kind", "questionnaire", "question", "answer", "activity", "placement_kind", "year"}
"""What many answers have in common, and so tells of nobody."""


def everything_else(town: Town) -> list[tuple[str, str, Any]]:
    """Every value of the record but the answers themselves, opened: table, column, value."""
    found = []
    for table in schema.metadata.sorted_tables:
        if table is not schema.feedback_answers:
            with town.record.read() as connection:
                rows = connection.execute(select(table)).mappings().all()
            found += [(table.name, column, value) for row in rows for column, value in row.items() if value is not None]
    return found


def answers(town: Town) -> list[dict[str, Any]]:
    return town.rows(schema.feedback_answers)


@pytest.fixture
def done(town: Town, door: Door) -> Someone:
    craig = town.person("Craig Haddow", door=door)
    town.worked(craig.order, 70 * 60)
    town.at("10 September 17:30")
    town.ticks()
    craig.says("E")
    for said in WORDS:
        craig.says(said)
    return craig


def test_no_value_of_an_answer_stands_anywhere_else_once_they_are_done(town: Town, done: Someone) -> None:
    done.says("A")
    rest = everything_else(town)
    assert len(answers(town)) == 4
    for row in answers(town):
        for column in row.keys() - OWN - {"words"}:
            alike = [(table, name) for table, name, value in rest if value == row[column]]
            assert alike == [], column
    for words in WORDS:
        assert [(table, name) for table, name, value in rest if words in str(value)] == []


def test_no_table_points_at_answers_and_they_point_at_none() -> None:
    assert schema.feedback_answers.foreign_keys == set()
    pointed_at = {key.column.table for table in schema.metadata.sorted_tables for key in table.foreign_keys}
    assert schema.feedback_answers not in pointed_at
    assert not any(isinstance(column.type, schema.Moment | schema.Date) for column in schema.feedback_answers.columns)


def test_only_while_they_answer_does_a_round_know_its_sheet(town: Town, done: Someone) -> None:
    [open_] = town.rows(schema.feedback_rounds)
    assert {row["sheet"] for row in answers(town)} == {open_["sheet"]}
    done.says("B")
    [closed] = town.rows(schema.feedback_rounds)
    assert (closed["sheet"], closed["next_question"], closed["activity"], closed["placement_kind"]) == (None,) * 4


def test_who_never_finishes_is_forgotten_as_well(town: Town, done: Someone) -> None:
    town.now += LASTS["exit"]
    town.at("25 September 9:00")
    town.ticks()
    assert town.rows(schema.feedback_rounds, closed_at=None) == []
    assert [value for _, name, value in everything_else(town) if name == "sheet"] == []


def test_a_letter_cannot_be_read_out_of_what_came_in(town: Town, done: Someone) -> None:
    """Which letter it was stands neither in the text, nor in the button that was pressed."""
    town.at("20 September 10:00")
    craig = town.person("Dod Reid", door=done.door)
    craig.says("feedback")
    if craig.door == "telegram":
        craig.presses("Bad")
    else:
        craig.texts("C")
    newest = town.rows(schema.inbound)[-1]["payload"]
    assert '"C"' not in newest
    assert "::" not in newest


def test_the_order_of_the_rows_tells_nothing(town: Town, done: Someone) -> None:
    """Their numbers are drawn from millions of millions, and their year is all that they know of when."""
    numbers = [row["id"] for row in answers(town)]
    assert max(numbers) > 10**9
    assert {row["year"] for row in answers(town)} == {date(2025, 9, 1).year}


def test_the_log_says_that_they_were_asked_and_nothing_more(town: Town, done: Someone) -> None:
    done.says("A")
    logged = [(row["action"], row["reason"]) for row in town.rows(schema.access_log, person_id=done.id)]
    assert logged == [("feedback.asked", "exit")]
    assert done.tasks() == {}


def test_nothing_that_they_say_changes_their_hours(town: Town, done: Someone) -> None:
    before = town.rows(schema.hours)
    done.says("A")
    assert town.rows(schema.hours) == before
