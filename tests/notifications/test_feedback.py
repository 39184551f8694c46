"""Who is asked how it went, found by query: the same on both databases, however often the clock runs."""

import pytest

from db import schema
from db.record import Record
from notifications import feedback, ticking
from tests.handlers.talking import Member, Someone, Town


def rounds(town: Town) -> list[tuple[str, int]]:
    return [(row["kind"], row["person_id"]) for row in town.rows(schema.feedback_rounds)]


def tick(town: Town, when: str) -> None:
    town.at(when)
    ticking.tick(town.record, town.council, "feedback", now=town.now)


def squad(town: Town, size: int) -> tuple[Member, list[Someone]]:
    kev = town.staff("Kev Mason", "supervisor")
    session = town.session("9 September 9:30", supervisor=kev)
    people = [town.person(f"First{n} Last{n}") for n in range(size)]
    for one in people:
        one.is_booked(session)
    town.at("9 September 9:45")
    kev.texts("ALL IN")
    return kev, people


def test_sessions_and_ends_are_found_on_both_databases(record: Record) -> None:
    town = Town(record, feedback={"every": 1})
    _, (came, done) = squad(town, 2)
    town.worked(done.order, 70 * 60)
    tick(town, "10 September 17:30")
    tick(town, "10 September 17:35")
    assert rounds(town) == [("session", came.id), ("exit", done.id)]
    assert len(town.rows(schema.notices, purpose="feedback")) == 2
    tick(town, "13 September 17:30")
    assert [row["string"] for row in town.rows(schema.notices, purpose="feedback")][2:] == ["exit.reminder"]
    tick(town, "25 September 17:30")
    assert town.rows(schema.feedback_rounds, closed_at=None) == []


def test_many_are_asked_some_at_a_time_and_nobody_twice(sqlite_record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "AT_ONCE", 3)
    town = Town(sqlite_record, feedback={"every": 1})
    _, people = squad(town, 7)
    for minute, asked in ((30, 3), (35, 6), (40, 7), (45, 7)):
        tick(town, f"10 September 17:{minute}")
        assert len(rounds(town)) == asked
    assert {person_id for _, person_id in rounds(town)} == {one.id for one in people}


@pytest.mark.parametrize("every", [2, 3, 5])
def test_no_more_than_one_session_in_so_many_is_ever_asked_about(sqlite_record: Record, every: int) -> None:
    """Of somebody who comes on every day of four weeks."""
    town = Town(sqlite_record, feedback={"every": every})
    kev, craig = town.staff("Kev Mason", "supervisor"), town.person("Craig Haddow")
    town.change(schema.orders, craig.order, imposed_minutes=300 * 60)
    for day in range(1, 29):
        craig.is_booked(town.session(f"{day} September 9:30", supervisor=kev))
        town.at(f"{day} September 9:45")
        kev.texts("IN 1")
        tick(town, f"{day} September 17:30")
        assert len(rounds(town)) * every <= day
    assert len(rounds(town)) >= 3


def test_a_clock_that_was_down_does_not_ask_of_what_is_long_past(sqlite_record: Record) -> None:
    town = Town(sqlite_record, feedback={"every": 1})
    squad(town, 1)
    tick(town, "15 September 17:30")
    assert rounds(town) == []
