"""What is taken, but pointed out: each warning once, and the tasks that follow."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table

from db import schema

from .conftest import Folder, Load

Rows = Callable[[Table], list[dict[str, Any]]]

CELLS = [
    ("staff", 3, "phone", "07700 900001", 'is also the number of "S1", so a reply from it cannot be told apart'),
    ("people", 3, "phone", "", "is empty, so this person gets no texts"),
    ("people", 3, "case_manager", "S3", '"S3" is a supervisor'),
    ("orders", 2, "responsible_officer", "S3", '"S3" is a supervisor'),
    ("orders", 3, "other_activity_hours", "31", "31 is more than 30% of the order or 30 hours; 30 counts (s.227K)"),
    ("orders", 4, "other_activity_hours", "13", "13 is more than 30% of the order or 30 hours; 12 counts (s.227K)"),
    ("placements", 3, "supervisor", "S2", '"S2" is a case manager'),
    ("placements", 2, "latitude", "3.7", '"3.7" is not in the United Kingdom'),
    ("placements", 2, "nickname", "Payback yard", '"Payback" is a word that no message holds; choose another'),
    ("sessions", 3, "supervisor", "S2", '"S2" is a case manager'),
    ("hours", 2, "minutes", "4860", 'the order "O1" now has 60 minutes too many'),
    ("hours", 3, "minutes", "1201", 'the order "O2" now has 1 minutes too many of other activity'),
    ("hours", 2, "worked_on", "2026-11-03", '"2026-11-03" is still to come'),
]


def test_orders_that_are_not_concurrent_stay_within_three_hundred_hours_together(folder: Folder, load: Load) -> None:
    said = 'hours: warning: with what is left of "O1" these are more than 300 (s.227N); was it made concurrent?'
    folder.set("orders", 2, "hours", "280")
    folder.set("orders", 3, "person", "P1")
    folder.set("orders", 3, "imposed_on", "2026-09-30")
    folder.set("orders", 3, "hours", "200")
    assert any(line.endswith(said) for line in load().warnings)
    folder.set("orders", 3, "concurrent_with", "O1")
    assert not any(line.endswith(said) for line in load().warnings)


@pytest.mark.parametrize(("file", "line", "column", "cell", "said"), CELLS)
def test_a_doubtful_cell_is_taken_and_named(
    file: str, line: int, column: str, cell: str, said: str, folder: Folder, load: Load
) -> None:
    folder.set(file, line, column, cell)
    report = load()
    assert report.faults == []
    own = [line for line in report.warnings if line.startswith(f"{file}.csv")]
    assert own == [f"{file}.csv:{line}: {column}: warning: {said}"]
    assert any(line.startswith(f"{file}.csv") for line in report.lines)


def test_two_people_with_one_number_are_a_task_for_the_later_ones_case_manager(
    folder: Folder, load: Load, rows: Rows
) -> None:
    folder.set("people", 2, "phone", "07700 900104")
    folder.set("people", 5, "case_manager", "S2")
    report = load()
    said = 'people.csv:5: phone: warning: is also the number of "P1", so neither gets a text until it is settled'
    assert report.warnings == [said]
    (task,) = rows(schema.tasks)
    assert (task["kind"], task["person_id"], task["owner_id"], task["status"]) == ("shared_number", 4, 2, "open")
    assert load().warnings == [said]
    assert len(rows(schema.tasks)) == 1


def test_a_number_shared_with_somebody_in_the_record(folder: Folder, load: Load, rows: Rows) -> None:
    load()
    folder.only("people")
    folder.rows["people"] = folder.rows["people"][:2]
    folder.set("people", 2, "phone", "07700 900104")
    folder.set("people", 2, "not_with", "")
    assert load().warnings == [
        'people.csv:2: phone: warning: is also the number of "P4", so neither gets a text until it is settled'
    ]
    assert [task["person_id"] for task in rows(schema.tasks)] == [1]


def test_a_person_without_a_number_is_a_task(folder: Folder, load: Load, rows: Rows) -> None:
    folder.set("people", 2, "phone", "")
    load()
    load()
    assert [(task["kind"], task["person_id"]) for task in rows(schema.tasks)] == [("no_number", 1)]


def test_staff_who_take_the_number_of_a_person_in_the_record(folder: Folder, load: Load) -> None:
    load()
    folder.only("staff")
    folder.set("staff", 2, "phone", "07700 900104")
    assert load().faults == ['staff.csv:2: phone: is also the number of "P4", a person on an order']


def test_a_full_session(folder: Folder, load: Load) -> None:
    folder.set("sessions", 3, "capacity", "1")
    folder.add("bookings", session="B2", person="P4", order="O4")
    assert load().warnings == ['bookings.csv:6: session: warning: "B2" has 2 people and room for 1']


def test_other_activity_is_stored_up_to_the_cap(folder: Folder, load: Load, rows: Rows) -> None:
    folder.set("orders", 2, "hours", "25")
    folder.set("orders", 2, "other_activity_hours", "8")
    load()
    assert rows(schema.orders)[0]["other_activity_minutes"] == 450
    assert "orders.csv 0 new 0 changed 5 same" in load().lines


def test_an_unknown_column_is_left_out(folder: Folder, load: Load) -> None:
    folder.rows["packs"] = [[*row, "x"] for row in folder.rows["packs"]]
    report = load()
    assert report.faults == []
    assert report.warnings == ["packs.csv:1: x: warning: this column is not known and is left out"]


def test_a_header_without_rows(folder: Folder, load: Load) -> None:
    del folder.rows["packs"][1:]
    report = load()
    assert report.warnings == ["packs.csv:1: ref: warning: there are no rows under the header"]
    assert "packs.csv 0 new 0 changed 0 same" in report.lines
