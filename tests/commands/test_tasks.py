"""`turnup tasks` and `turnup decide`: what they print, what they leave, whom they tell, and how they fail."""

import json

import pytest

from db import schema
from tests.commands.conftest import Turnup
from tests.db.making import NOW, london

DUE = london("2026-06-11 17:00")


@pytest.fixture
def desk(turnup: Turnup) -> Turnup:
    """OFF is P1's officer. P1 was absent from S0, of the day before, and wants to be rung."""
    town = turnup.town
    officer = town.member("OFF")
    town.change(schema.people, 1, case_manager_id=officer)
    session = town.session("S0", 1, london("2026-06-09 09:30"))
    booking = town.booking(session, 1)
    town.add(schema.attendance, booking_id=booking, status="absent", actor="LEAD", by_officer=False, at=NOW)
    for key, kind, note in ((f"missed:b{booking}", "missed", None), ("call_back:p1", "call_back", "morning")):
        row = {"key": key, "kind": kind, "note": note, "owner_id": officer, "created_at": london("2026-06-08 12:00")}
        town.add(schema.tasks, **row, person_id=1, due_at=DUE, status="open")
    return turnup


def test_the_list_says_whose_it_is_how_old_and_when_due(desk: Turnup) -> None:
    assert desk.says("tasks") == [
        "1  due Thu 11 Jun 2026 17:00  missed  P1  owner OFF  2 days old",
        "2  due Thu 11 Jun 2026 17:00  call_back  P1  owner OFF  2 days old",
        "    morning",
    ]
    assert desk.says("tasks", "--queue", "calls")[0].startswith("2  due")
    assert desk.says("tasks", "--mine", "--as", "OFF")[0].startswith("1  due")
    assert desk.says("tasks", "--mine", "--as", "LEAD") == ["nothing waits"]


def test_as_json_it_keeps_its_shape_and_says_more(desk: Turnup) -> None:
    [line] = desk.says("tasks", "--json")
    first, _ = json.loads(line)
    assert {name: first[name] for name in ("id", "kind", "class", "person", "due_at", "status")} == {
        "id": 1, "kind": "missed", "class": None, "person": "P1", "due_at": "2026-06-11T17:00:00+01:00", "status": "open",
    }  # fmt: skip
    assert (first["queue"], first["owner"], first["outcome"]) == ("decisions", "OFF", None)
    assert "morning" not in line


def test_decide_says_what_stands_and_whom_it_tells(desk: Turnup) -> None:
    assert desk.says("decide", "S0", "P1", "accepted", "--as", "OFF") == [
        "P1 on S0: accepted",
        "before: came 0, late 0, sent home 0; absent: 0 accepted, 0 not accepted, 0 not decided",
        "note: nothing shows that a reminder of it reached them",
        "tells 1 person: 1 by SMS (1 standard)",
    ]
    assert desk.town.only(schema.decisions)["actor"] == "OFF"
    assert [row["status"] for row in desk.town.rows(schema.tasks)] == ["done", "open"]


def test_a_dry_run_writes_nothing_wherever_it_stands(desk: Turnup) -> None:
    for arguments in (
        ("decide", "S0", "P1", "accepted", "--as", "OFF", "--dry-run"),
        ("tasks", "--dry-run", "--as", "OFF", "decide", "1", "accepted"),
        ("tasks", "decide", "1", "accepted", "--as", "OFF", "--dry-run"),
        ("tasks", "--dry-run", "done", "2", "spoke"),
    ):
        said = desk.says(*arguments)
        assert (said[0], said[-1]) == ("as a dry run:", "nothing written")
    assert desk.town.rows(schema.decisions) == []
    assert {row["status"] for row in desk.town.rows(schema.tasks)} == {"open"}


def test_a_proof_says_by_when(desk: Turnup) -> None:
    said = desk.says("decide", "S0", "P1", "more_info", "--proof", "fit note", "--by", "2026-06-15", "--as", "OFF")
    assert said[1] == "asked for: fit note, by Mon 15 Jun 2026; they are reminded the evening before"
    assert desk.says("tasks", "--queue", "decisions") == [
        "3  due Tue 16 Jun 2026 17:00  asleep until Mon 15 Jun 2026 17:00  absence  P1  owner OFF  0 days old"
    ]


def test_tasks_are_taken_passed_handed_over_and_done(desk: Turnup) -> None:
    desk.town.member("NEW")
    desk.town.member("CO", "coordinator")
    assert desk.says("tasks", "take", "2", "--as", "NEW") == ["task 2 is NEW's"]
    assert desk.says("tasks", "pass", "2", "--as", "NEW") == ["task 2 is CO's", "tells 1 of the staff by SMS"]
    assert desk.says("tasks", "hand-over", "CO", "OFF", "--reason", "leave") == [
        "1 tasks of CO are OFF's", "tells 1 of the staff by SMS",
    ]  # fmt: skip
    assert desk.says("tasks", "done", "2", "spoke", "--as", "OFF") == ["task 2, call_back of P1: spoke"]
    assert desk.town.row(schema.tasks, 2)["outcome"] == "spoke"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tasks", "done", "99"), "there is no task 99; look at the list of tasks"),
        (("tasks", "take", "2"), "a task is taken by somebody of the staff; say who with --as REF"),
        (("tasks", "done", "2", "--as", "OFF"), '"done" cannot be said of task 2; say one of spoke, no_answer, agreed'),
        (
            ("tasks", "decide", "2", "accepted", "--as", "OFF"),
            "task 2 is no absence; `turnup tasks done 2` says how it ended",
        ),
        (("tasks", "take", "1", "--as", "LEAD"), '"LEAD" may not do that (absence.read); ask a case manager of that team'),
        (("decide", "S0", "P1", "accepted", "--as", "LEAD"), '"LEAD" may not do that (absence.decide); ask a case manager'),
        (("decide", "S0", "P1", "accepted"), "a decision needs the name of whoever makes it; say who with --as REF"),
        (("decide", "S0", "P2", "accepted", "--as", "OFF"), '"P2" was never booked on "S0"'),
        (("decide", "S1", "P1", "accepted", "--as", "OFF"), '"P1" on "S1" has not said that they can\'t come'),
        (("tasks", "hand-over", "OFF", "OFF"), '"OFF" has them already; name a colleague'),
        (("tasks", "hand-over", "LEAD", "OFF"), '"LEAD" has no open task; nothing was handed over'),
    ],
)
def test_what_cannot_be_done_says_so_and_changes_nothing(desk: Turnup, arguments: tuple[str, ...], sentence: str) -> None:
    assert desk.fails(*arguments).startswith(sentence)
    assert desk.town.rows(schema.decisions) == []
    assert {row["status"] for row in desk.town.rows(schema.tasks)} == {"open"}


def test_what_was_refused_stays_in_the_log(desk: Turnup) -> None:
    desk.fails("decide", "S0", "P1", "accepted", "--as", "LEAD")
    row = desk.town.rows(schema.access_log)[-1]
    assert (row["actor"], row["action"], row["reason"]) == ("LEAD", "refused:absence.decide", "S0 P1")
