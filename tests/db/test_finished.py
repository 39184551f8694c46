"""Who has lately done all their hours, and for whom that opens what else goes to nobody without hours left."""

from datetime import date, timedelta

import pytest

from db import crypto, eligibility, finished, schema
from db.eligibility import Facts
from db.record import Record
from tests.db.making import NOW, Town, council

TODAY = NOW.date()


@pytest.fixture
def town(record: Record) -> Town:
    return Town(record)


def worked(town: Town, order_id: int, hours: int, on: date = TODAY - timedelta(days=1), kind: str = "work") -> None:
    town.add(
        schema.hours, seq=0, order_id=order_id, kind=kind, worked_on=on, worked_minutes=hours * 60,
        credited_minutes=hours * 60, activity="unpaid_work", actor="test", at=NOW,
        legal_basis=None if kind == "work" else "s.227Y",
    )  # fmt: skip


def order_of(town: Town, person_id: int) -> int:
    return int(town.rows(schema.orders, schema.orders.c.person_id == person_id)[0]["id"])


def lately(town: Town, *person_ids: int) -> dict[int, int]:
    with town.record.read() as connection:
        return dict(finished.lately(connection, now=NOW, person_ids=person_ids or None))


def test_all_hours_done_on_an_earlier_day_at_most_two_weeks_ago(town: Town) -> None:
    for ref, hours, days, found in (("P1", 100, 1, True), ("P2", 99, 1, False), ("P3", 100, 0, False), ("P4", 100, 14, True),
                                    ("P5", 100, 15, False)):  # fmt: skip
        person_id = town.person(ref)
        worked(town, order_of(town, person_id), hours, TODAY - timedelta(days=days))
        assert (person_id in lately(town)) is found, ref
        assert lately(town, person_id) == ({person_id: order_of(town, person_id)} if found else {})


def test_hours_that_the_court_took_off_or_added_count(town: Town) -> None:
    less, more = town.person("P1"), town.person("P2")
    worked(town, order_of(town, less), 80)
    worked(town, order_of(town, less), -20, kind="adjustment")
    worked(town, order_of(town, more), 100)
    worked(town, order_of(town, more), 20, kind="adjustment")
    assert lately(town) == {less: order_of(town, less)}


def test_concurrent_orders_are_done_by_the_same_hours(town: Town) -> None:
    person_id = town.person("P1")
    first = order_of(town, person_id)
    second = town.order("O2", person_id, concurrent_with_id=first)
    worked(town, first, 60)
    assert lately(town) == {}
    worked(town, second, 40)
    assert set(lately(town)) == {person_id}


def may_go(town: Town, person_id: int, purpose: str = "feedback") -> str | None:
    person = town.the_person(person_id)
    hashed = crypto.keys().hash(person.phone or "")
    facts = Facts(purpose, "routine", 4, True, "sms", hashed, NOW, NOW + timedelta(days=1), None, None, None, None)
    with town.record.read() as connection:
        verdict = eligibility.check(connection, council(), facts, person, now=NOW)
    return getattr(verdict, "why", None)


def test_the_exit_questions_alone_go_to_who_has_no_hours_left(town: Town) -> None:
    done, working = town.person("P1"), town.person("P2")
    town.change(schema.orders, order_of(town, done), status="completed")
    worked(town, order_of(town, done), 100)
    assert [may_go(town, done, purpose) for purpose in ("feedback", "reminder", "welcome")] == [None, "order", "order"]
    assert [may_go(town, working, purpose) for purpose in ("feedback", "reminder")] == ["order", None]


@pytest.mark.parametrize("level", ["reminders", "all"])
def test_who_has_stopped_is_asked_nothing(town: Town, level: str) -> None:
    person_id = town.person("P1", stop_level=level)
    worked(town, order_of(town, person_id), 100)
    assert may_go(town, person_id) == "stopped"
