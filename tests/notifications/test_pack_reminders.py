"""Packs that are due back: a week and a day before, once each, and a task for staff when the day is over."""

from datetime import date, datetime
from typing import Any

import pytest

from db import pack_desk, packs, schema
from db.change import Change
from db.packs import Offer
from db.permissions import COMMAND_LINE
from db.record import Record
from notifications import pack_reminders
from tests.db.making import NOW, Town, council, london

DAY = date(2026, 6, 24)  # a Wednesday, when P1's pack is due


@pytest.fixture
def town(record: Record) -> Town:
    """P1 has had a pack since Wednesday 10 June."""
    made = Town(record)
    made.person("P1")
    made.add(
        schema.packs, ref="HP1", name="Bird boxes", activity="unpaid_work", minutes=240, stock=2, return_within_days=14,
        collect_from="Wood workshop", note="",
    )  # fmt: skip
    staff(made, lambda change: packs.ask(change, made.the_person(1), Offer("pack", 1, "", ""), 1, channel="sms"))
    staff(made, lambda change: pack_desk.approve(change, "P1", pack_desk.CHECKS))
    staff(made, lambda change: pack_desk.collected(change, "P1"))
    return made


def staff(town: Town, what: Any, at: datetime = NOW) -> None:
    with town.write() as connection:
        what(Change(connection, council(), at, COMMAND_LINE))


def tick(town: Town, at: str) -> list[str]:
    """The keys of the reminders that stand after it."""
    with town.write() as connection:
        pack_reminders.write(connection, council(), now=london(at))
    found = town.rows(schema.notices, schema.notices.c.purpose == "reminder")
    return [f"{row['key'].rsplit(':', 1)[-1]} {row['status']}" for row in found]


def test_a_week_and_a_day_before_each_once(town: Town) -> None:
    assert tick(town, "2026-06-17 16:59") == []
    assert tick(town, "2026-06-17 17:00") == ["d7 open"]
    assert tick(town, "2026-06-18 09:00") == ["d7 open"]
    assert tick(town, "2026-06-23 17:00") == ["d7 open", "d1 open"]
    assert tick(town, "2026-06-24 16:00") == ["d7 open", "d1 open"]
    [row, _] = town.rows(schema.notices, schema.notices.c.purpose == "reminder")
    assert (row["string"], row["fields"]["pack"], row["fields"]["place"]) == ("pack.due", "Bird boxes", "Wood workshop")
    assert row["fields"]["day"][:10] == DAY.isoformat()


def test_after_a_long_night_only_the_newest_is_written(town: Town) -> None:
    assert tick(town, "2026-06-23 18:00") == ["d1 open"]


def test_a_pack_collected_within_the_week_has_only_the_day_before(town: Town) -> None:
    staff(town, lambda change: pack_desk.due(change, "P1", date(2026, 6, 15)))
    assert tick(town, "2026-06-12 12:00") == []
    assert tick(town, "2026-06-14 17:00") == ["d1 open"]


def test_more_time_outdates_what_was_written_and_is_reminded_anew(town: Town) -> None:
    tick(town, "2026-06-17 17:00")
    staff(town, lambda change: pack_desk.due(change, "P1", date(2026, 7, 1)), london("2026-06-18 10:00"))
    assert tick(town, "2026-06-24 17:00") == ["d7 superseded", "d7 open"]


def test_what_is_finished_is_not_reminded_of(town: Town) -> None:
    staff(town, lambda change: packs.finish(change, packs.by_id(change.connection, 1)))
    assert tick(town, "2026-06-23 17:00") == []


def test_a_safe_window_moves_it(town: Town) -> None:
    town.change(schema.people, 1, safe_from=600, safe_until=660)
    assert tick(town, "2026-06-23 17:00") == ["d7 open"]
    assert tick(town, "2026-06-24 10:00") == ["d7 open", "d1 open"]


def test_when_its_day_is_over_staff_ask_after_it_once(town: Town) -> None:
    def overdue() -> list[str]:
        return [row["status"] for row in town.rows(schema.tasks, schema.tasks.c.kind == "pack_overdue")]

    tick(town, "2026-06-24 23:59")
    assert overdue() == []
    for at in ("2026-06-25 00:01", "2026-06-26 12:00"):
        tick(town, at)
    assert overdue() == ["open"]
    town.change(schema.tasks, town.rows(schema.tasks)[-1]["id"], status="done", closed_at=NOW)
    tick(town, "2026-06-27 12:00")
    assert overdue() == ["done"]
    staff(town, lambda change: pack_desk.returned(change, "P1"), london("2026-06-27 13:00"))
    assert overdue() == ["done"]


def test_new_stock_calls_who_waits(town: Town) -> None:
    town.person("P2")
    town.change(schema.packs, 1, stock=0)
    who = town.the_person(2)
    staff(town, lambda change: packs.ask(change, who, Offer("pack", 1, "", ""), 2, channel="sms"))
    tick(town, "2026-06-11 10:00")
    waiting = (schema.tasks.c.person_id == 2, schema.tasks.c.status == "open")
    assert [row["kind"] for row in town.rows(schema.tasks, *waiting)] == ["pack_waiting"]
    town.change(schema.packs, 1, stock=5)
    tick(town, "2026-06-11 10:01")
    assert [row["kind"] for row in town.rows(schema.tasks, *waiting)] == ["pack_request"]
