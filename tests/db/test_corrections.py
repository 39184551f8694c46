"""Corrections of hours by staff: rows are added, none is changed, and the ledger never says what cannot be."""

from datetime import date, timedelta
from typing import Any

import pytest

from db import corrections, hours, schema
from db.permissions import Actor
from db.record import Record
from tests.db.changing import Desk
from tests.db.making import NOW, Town

TODAY = NOW.date()
WORKED = TODAY - timedelta(days=7)


@pytest.fixture
def desk(record: Record) -> Desk:
    """P1 has 100 hours to do, 30 of them may be other activity; 60 hours and 10 hours of that are done."""
    town = Town(record)
    town.person("P1", order=False)
    officer = town.member("S1")
    town.order("O1", 1, other_activity_minutes=1800, responsible_officer_id=officer)
    done(town, 1, 3600, "unpaid_work")
    done(town, 1, 600, "other_activity")
    return Desk(town)


def done(town: Town, order_id: int, minutes: int, activity: str, on: date = WORKED) -> None:
    town.add(
        schema.hours, ref=f"H{order_id}{activity}", seq=0, order_id=order_id, kind="work", worked_on=on,
        worked_minutes=minutes, credited_minutes=minutes, activity=activity, actor="import", at=NOW,
    )  # fmt: skip


WORK: dict[str, Any] = {"worked_on": None, "activity": "unpaid_work", "legal_basis": None}
VARIED: dict[str, Any] = {"decided_on": None, "legal_basis": "Sheriff, s.227Y, 9 June 2026"}


def correct(desk: Desk, minutes: int, **given: Any) -> corrections.Corrected:
    made = desk.do(corrections.correct_work, "O1", minutes, reason="entered twice", **{**WORK, **given})
    assert isinstance(made, corrections.Corrected)
    return made


def refused(desk: Desk, said: str, minutes: int, ref: str = "O1", **given: Any) -> None:
    desk.refuses(said, corrections.correct_work, ref, minutes, **{**WORK, **given})


def vary(desk: Desk, minutes: int, ref: str = "O1") -> corrections.Corrected:
    made = desk.do(corrections.vary, ref, minutes, reason="varied", **VARIED)
    assert isinstance(made, corrections.Corrected)
    return made


@pytest.mark.parametrize("minutes", [-120, 90])
def test_a_correction_is_one_more_row_that_says_who_and_why(desk: Desk, minutes: int) -> None:
    before = desk.town.rows(schema.hours)
    made = desk.do(
        corrections.correct_work, "O1", minutes, actor=Actor("S1"), reason="entered twice", **{**WORK, "worked_on": WORKED}
    )
    *kept, row = desk.town.rows(schema.hours)
    assert kept == before
    assert (row["kind"], row["worked_on"], row["credited_minutes"], row["worked_minutes"]) == (
        "work",
        WORKED,
        minutes,
        minutes,
    )
    assert (row["actor"], row["note"], row["activity"]) == ("S1", "entered twice", "unpaid_work")
    assert row["ref"].startswith("correction:")
    assert (made.before.left, made.after.left) == (1800, 1800 - minutes)
    log = desk.town.only(schema.access_log)
    assert (log["actor"], log["action"], log["person_id"]) == ("S1", "hours.corrected", 1)
    assert log["reason"] == f"O1 {minutes:+d} minutes: entered twice"


def test_a_correction_is_dated_today_unless_it_says_when(desk: Desk) -> None:
    correct(desk, 1)
    assert desk.town.rows(schema.hours)[-1]["worked_on"] == TODAY


def test_no_more_is_credited_than_is_left(desk: Desk) -> None:
    refused(desk, '"O1" has room for 1800 minutes, not 1801; give at most that', 1801)
    assert correct(desk, 1800).after.left == 0
    refused(desk, '"O1" has room for 0 minutes, not 1; give at most that', 1)


def test_other_activity_has_a_cap_of_its_own(desk: Desk) -> None:
    said = '"O1" has room for 1200 minutes of other activity, not 1201; give at most that'
    refused(desk, said, 1201, activity="other_activity")
    assert correct(desk, 1200, activity="other_activity").after.other_left == 0


@pytest.mark.parametrize(("activity", "credited"), [("unpaid_work", 3600), ("other_activity", 600)])
def test_no_more_is_taken_back_than_was_credited_of_that_kind(desk: Desk, activity: str, credited: int) -> None:
    named = activity.replace("_", " ")
    said = f'"O1" has {credited} minutes of {named} credited, so at most those can be taken back'
    refused(desk, said, -credited - 1, activity=activity)
    assert correct(desk, -credited, activity=activity).after.credited == 4200 - credited


def test_a_correction_belongs_to_a_day_of_the_order(desk: Desk) -> None:
    refused(desk, "2026-06-11 is still to come; hours are credited once they are worked", 1, worked_on=TODAY + timedelta(1))
    said = '"O1" was imposed on 2026-05-01, after 2026-04-30; give another --on'
    refused(desk, said, 1, worked_on=date(2026, 4, 30))
    correct(desk, 1, worked_on=date(2026, 5, 1))


def test_nothing_is_no_correction_and_no_order_is_none(desk: Desk) -> None:
    refused(desk, "0 minutes change nothing; give --minutes a number above or below 0", 0)
    refused(desk, 'there is no order with the ref "O9"; look it up in orders.csv', 1, ref="O9")


def test_a_concurrent_order_never_comes_to_less_than_nothing(desk: Desk) -> None:
    """Hours worked after the later of two orders count for both (s.227N), and so does taking them back."""
    desk.town.order("O2", 1, imposed_on=TODAY - timedelta(days=2), concurrent_with_id=1)
    said = '"O2", which runs concurrently, would come below 0 with it; give --on the day that the hours were worked'
    refused(desk, said, -60)
    correct(desk, -60, worked_on=WORKED)
    with desk.town.record.read() as connection:
        assert [balance.credited for balance in hours.balances(connection, [1, 2]).values()] == [4140, 0]


# Variations


def test_a_variation_is_an_adjustment_with_its_legal_basis(desk: Desk) -> None:
    made = vary(desk, 600)
    row = desk.town.rows(schema.hours)[-1]
    assert (row["kind"], row["credited_minutes"], row["worked_minutes"]) == ("adjustment", 600, 0)
    assert row["legal_basis"] == "Sheriff, s.227Y, 9 June 2026"
    assert (made.before.total, made.after.total, made.after.credited) == (6000, 6600, 4200)
    assert desk.town.row(schema.orders, 1)["imposed_minutes"] == 6000
    assert desk.town.only(schema.access_log)["action"] == "hours.varied"


@pytest.mark.parametrize("basis", [None, ""])
def test_only_the_court_or_an_enactment_varies_an_order(desk: Desk, basis: str | None) -> None:
    said = "only the court or an enactment changes the hours of an order; name it with --legal-basis"
    desk.refuses(said, corrections.vary, "O1", 60, decided_on=None, legal_basis=basis)


@pytest.mark.parametrize(
    ("kind", "imposed", "most"), [("cpo", 6000, 18000), ("fine_default", 3000, 6000), ("fiscal_work_order", 1200, 3000)]
)
def test_no_variation_goes_above_the_most_of_its_kind(desk: Desk, kind: str, imposed: int, most: int) -> None:
    desk.town.order("O2", 1, kind=kind, imposed_minutes=imposed)
    fits = most - imposed
    said = f'"O2" would have {most + 1} minutes, and a {kind.replace("_", " ")} has at most {most}; {fits} fit'
    desk.refuses(said, corrections.vary, "O2", fits + 1, **VARIED)
    assert vary(desk, fits, "O2").after.total == most


def test_a_variation_may_go_below_the_least_as_enactments_have(desk: Desk) -> None:
    """SSI 2021/144 took 35 % off, whatever the order had."""
    desk.town.order("O2", 1, imposed_minutes=1200)
    assert vary(desk, -420, "O2").after.total == 780


def test_a_variation_takes_off_no_more_than_is_left_to_do(desk: Desk) -> None:
    desk.refuses('"O1" has 4200 minutes credited, so at most 1800 can be taken off', corrections.vary, "O1", -1801, **VARIED)
    assert vary(desk, -1800).after.left == 0
    desk.town.order("O2", 1)
    said = '"O2" would have nothing left to do; end it with `turnup person --order --status`'
    desk.refuses(said, corrections.vary, "O2", -6000, **VARIED)


def test_other_activity_over_its_new_cap_stays_credited_and_goes_to_the_officer(desk: Desk) -> None:
    correct(desk, 1100, activity="other_activity")
    assert vary(desk, -300).after.other_left == 10
    assert desk.town.rows(schema.tasks) == []
    assert vary(desk, -60).after.other_left == -8
    task = desk.town.only(schema.tasks)
    assert (task["kind"], task["person_id"], task["owner_id"]) == ("other_over_cap", 1, 1)
    refused(desk, '"O1" has room for 0 minutes of other activity, not 1; give at most that', 1, activity="other_activity")


def test_a_variation_is_entered_once_it_is_made(desk: Desk) -> None:
    said = "2026-06-11 is still to come; enter a variation once it is made"
    desk.refuses(said, corrections.vary, "O1", 60, decided_on=TODAY + timedelta(1), legal_basis="s.227Y")
