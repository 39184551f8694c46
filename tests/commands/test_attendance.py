"""The office's word on who was there, and the list that supervisors mark by number."""

import pytest

from db import schema
from tests.commands.conftest import STARTS, Turnup, statuses
from tests.db.making import NOW

WHY = ("--reason", "seen at the depot")


def test_the_office_marks_and_says_what_it_comes_to(began: Turnup) -> None:
    assert began.says("correct", "attendance", "S1", "P1", "attended", *WHY) == [
        "P1 on S1: attended, was none", "P1 on S1: 360 minutes worked, 360 credited", "tells nobody",
    ]  # fmt: skip
    assert began.says("correct", "attendance", "S1", "P1", "left_early", "--at", "2026-06-10T12:00", *WHY)[:2] == [
        "P1 on S1: left early, was attended", "P1 on S1: 120 minutes worked, 120 credited",
    ]  # fmt: skip
    assert began.says("correct", "attendance", "S1", "P1", "none", *WHY)[0] == "P1 on S1: none, was left early"
    assert statuses(began) == ["attended", "left_early", None]
    assert all(row["by_officer"] for row in began.town.rows(schema.attendance))


def test_an_absence_entered_by_the_office_alerts_as_any_other(began: Turnup) -> None:
    lines = began.says("correct", "attendance", "S1", "P1", "absent", *WHY)
    assert lines[-1] == "tells 1 of the staff by SMS"
    assert [row["class"] for row in began.town.rows(schema.alerts)] == ["missed"]


def test_an_officer_credits(began: Turnup) -> None:
    began.says("correct", "attendance", "S1", "P1", "attended", *WHY)
    assert began.says("correct", "credit", "S1", "P1", "--minutes", "300", *WHY) == [
        "P1 on S1: 360 minutes worked, 300 credited"
    ]
    assert [row["credited_minutes"] for row in began.town.rows(schema.hours)] == [360, -360, 300]


def test_a_dry_run_leaves_nothing(began: Turnup) -> None:
    lines = began.says("correct", "attendance", "S1", "P1", "absent", *WHY, "--dry-run")
    assert (lines[0], lines[-1]) == ("as a dry run:", "nothing written")
    assert statuses(began) == []
    assert began.town.rows(schema.alerts) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("attendance", "S9", "P1", "attended"), 'there is no session with the ref "S9"; look it up in sessions.csv'),
        (("attendance", "S1", "P9", "attended"), 'there is no person with the ref "P9"; look it up in people.csv'),
        (("attendance", "S1", "P1", "late", "--at", "2026-06-10T19:00"),
         '"S1" does not hold that: give a time, or minutes, within it'),
        (("credit", "S1", "P1", "--minutes", "60"), '"S1" has no minutes worked by them; enter their attendance first'),
        (("attendance", "S1", "P1", "absent", "--as", "LEAD"),
         '"LEAD" may not do that (attendance.correct); ask a case manager of that team, a coordinator of that team or a '
         "manager"),
    ],
)  # fmt: skip
def test_what_cannot_be_entered_is_said_in_one_sentence(began: Turnup, command: tuple[str, ...], said: str) -> None:
    assert began.fails("correct", *command, *WHY) == said
    assert statuses(began) == []


def test_nobody_can_be_marked_on_a_session_to_come(turnup: Turnup) -> None:
    said = turnup.fails("correct", "attendance", "S1", "P1", "absent", *WHY)
    assert said == '"S1" is still to come; attendance is entered from an hour before its start'


def test_somebody_who_is_not_booked_cannot_be_marked(began: Turnup) -> None:
    began.town.person("P4")
    said = began.fails("correct", "attendance", "S1", "P4", "absent", *WHY)
    assert said == '"P4" is not booked on "S1"; book them first, or choose another session'


def test_a_session_to_come_is_stood_down_and_off(turnup: Turnup) -> None:
    assert turnup.says("session", "stand-down", "S1", "--reason", "no van") == [
        "S1 is stood down: Fri 12 Jun 2026 09:30 to 15:30, BIKE", "S1: 3 stood down, none of them absent",
        "tells 2 people: 2 by SMS (1 standard, 1 discreet)", "tells 1 of the staff by SMS",
        "does not reach 1 (1 no contact); tell them another way",
    ]  # fmt: skip
    assert statuses(turnup) == ["stood_down"] * 3
    assert turnup.town.row(schema.sessions, 1)["status"] == "cancelled"


def test_a_running_session_is_stood_down_for_who_is_not_marked(began: Turnup) -> None:
    began.says("correct", "attendance", "S1", "P1", "attended", *WHY)
    assert began.says("session", "stand-down", "S1", "--reason", "snow")[1:] == [
        "S1: 2 stood down, none of them absent", "tells nobody"
    ]  # fmt: skip
    assert statuses(began) == ["attended", "stood_down", "stood_down"]
    assert began.town.row(schema.sessions, 1)["status"] == "planned"


def test_a_session_that_is_off_cannot_be_stood_down(turnup: Turnup) -> None:
    turnup.says("session", "cancel", "S1", "--reason", "snow")
    said = turnup.fails("session", "stand-down", "S1", "--reason", "snow")
    assert said == '"S1" is cancelled already; nobody can be absent from it'


def test_the_list_is_printed_with_its_numbers_and_the_look_is_logged(began: Turnup) -> None:
    began.says("correct", "attendance", "S1", "P1", "attended", *WHY)
    assert began.says("roster", "S1", "--as", "LEAD") == [
        "S1  Wed 10 Jun 2026 10:00  Bikes",
        "  1  CH  Craig Haddow  said no answer  attended, 360 min",
        "  2  CH  Craig Haddow  said no answer  not marked",
        "  3  CH  Craig Haddow  said no answer  not marked",
    ]
    (look,) = began.town.rows(schema.access_log, schema.access_log.c.action == "roster.read")
    assert (look["actor"], look["reason"]) == ("LEAD", "S1")


def test_the_list_is_not_for_another_team(turnup: Turnup) -> None:
    assert turnup.fails("roster", "S1", "--as", "CM").startswith('"CM" may not do that (person.read)')
    assert turnup.fails("roster", "S9") == 'there is no session with the ref "S9"; look it up in sessions.csv'
    assert STARTS > NOW
