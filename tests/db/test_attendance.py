"""Marks and what they lead to in the ledger, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from db import attendance, hours, rosters, schema
from db.attendance import NotMarked
from db.change import Change
from db.permissions import as_member
from db.record import Record
from db.rosters import Marking, Roster
from tests.db.making import Town, council, london

START = london("2026-06-11 09:30")
AFTER = START + timedelta(minutes=10)
MARK = council(credit={"on": "mark"})
OFFICER = council(credit={"on": "officer"})


class Squad:
    """Two people on one session of six hours, their supervisor, a case manager and a manager."""

    def __init__(self, record: Record, **placement: Any) -> None:
        self.town = Town(record)
        self.settings = MARK
        self.kev = self.town.the_member(self.town.member("S1", "supervisor"))
        self.jo = self.town.the_member(self.town.member("S2", "supervisor"))
        self.case_manager = self.town.the_member(self.town.member("C1"))
        self.manager = self.town.the_member(self.town.member("M1", "manager"))
        self.session = self.town.session("MAIN", self.town.placement(**placement), START, supervisor_id=self.kev.id)
        self.people = [self.town.person(ref, case_manager_id=self.case_manager.id) for ref in ("P1", "P2")]
        self.bookings = [self.town.booking(self.session, person) for person in self.people]

    def mark(
        self, number: int, status: str | None, member: Any = None, *, minutes: int = 10, officer: bool = False, **given: Any
    ) -> Roster:
        with self.change(member, minutes=minutes) as change:
            return attendance.mark(change, self.session, [Marking(number, status, **given)], as_officer=officer)

    @contextmanager
    def change(self, member: Any = None, *, minutes: int = 10, reason: str | None = None) -> Iterator[Change]:
        now = START + timedelta(minutes=minutes)
        with self.town.write() as connection:
            yield Change(connection, self.settings, now, as_member(member or self.kev), reason)

    def balance(self, person: int = 0) -> hours.Balance:
        (order,) = self.town.rows(schema.orders, schema.orders.c.person_id == self.people[person])
        with self.town.record.read() as connection:
            return hours.balance(connection, order["id"])

    def standing(self) -> list[str | None]:
        with self.town.record.read() as connection:
            lines = rosters.of_session(connection, self.session).lines
        return [line.mark.status if line.mark else None for line in lines]


@pytest.fixture
def squad(record: Record) -> Squad:
    return Squad(record)


def test_a_mark_credits_what_the_session_is_long_and_a_correction_replaces_it(squad: Squad) -> None:
    squad.mark(1, "attended")
    assert squad.balance().credited == 360
    squad.mark(1, "left_early", minutes=120)
    assert squad.balance().credited == 120
    squad.mark(1, "absent", minutes=130)
    assert squad.balance().credited == 0
    rows = squad.town.rows(schema.hours)
    assert [row["credited_minutes"] for row in rows] == [360, -360, 120, -120]
    assert [row["status"] for row in squad.town.rows(schema.attendance)] == ["attended", "left_early", "absent"]


def test_nobody_is_missing_from_what_has_not_begun(squad: Squad) -> None:
    with pytest.raises(NotMarked) as refusal:
        squad.mark(1, "absent", minutes=-1)
    assert (refusal.value.why, refusal.value.numbers) == ("not_begun", (1,))
    assert squad.standing() == [None, None]
    assert squad.town.rows(schema.alerts) == []
    squad.mark(1, "attended", minutes=-1)
    squad.mark(1, "absent", minutes=0)
    assert squad.standing() == ["absent", None]


def test_who_is_late_works_from_when_they_came_and_late_again_is_no_new_arrival(squad: Squad) -> None:
    squad.mark(1, "late", minutes=20)
    squad.mark(1, "late", minutes=50)
    assert squad.balance().credited == 340
    squad.mark(1, "late", minutes=60, at=START + timedelta(minutes=45))
    assert squad.balance().credited == 340
    squad.mark(1, None, minutes=61)
    squad.mark(1, "late", minutes=62, at=START + timedelta(minutes=45))
    assert squad.balance().credited == 315


def test_who_came_late_and_left_early_worked_in_between(squad: Squad) -> None:
    squad.mark(1, "late", minutes=30)
    squad.mark(1, "left_early", minutes=300)
    assert squad.balance().credited == 270


@pytest.mark.parametrize("status", ["sent_home_behaviour", "sent_home_service"])
def test_who_was_sent_home_worked_until_then(squad: Squad, status: str) -> None:
    squad.mark(1, "attended")
    squad.mark(1, status, minutes=60)
    assert squad.balance().credited == 60


def test_other_activity_is_credited_up_to_its_room(record: Record) -> None:
    squad = Squad(record, kind="other_activity")
    order = squad.town.rows(schema.orders)[0]["id"]
    squad.town.change(schema.orders, order, other_activity_minutes=200)
    squad.mark(1, "attended")
    balance = squad.balance()
    assert (balance.credited, balance.other_credited, balance.other_left) == (200, 200, 0)
    (task,) = squad.town.rows(schema.tasks, schema.tasks.c.kind == "uncredited")
    assert task["note"] == "360 min worked, 160 not credited"


def test_where_an_officer_credits_the_ledger_keeps_what_was_worked(squad: Squad) -> None:
    squad.settings = OFFICER
    squad.mark(1, "attended")
    assert squad.balance().credited == 0
    (row,) = squad.town.rows(schema.hours)
    assert (row["worked_minutes"], row["credited_minutes"]) == (360, 0)
    with squad.change(squad.case_manager) as change:
        assert attendance.credit(change, squad.session, 1, 300) == 300
    assert squad.balance().credited == 300
    assert squad.town.rows(schema.tasks, schema.tasks.c.kind == "credit", schema.tasks.c.status == "open") == []


def test_an_officer_credits_no_more_than_was_worked_or_may_count(squad: Squad) -> None:
    squad.town.add(
        schema.hours, ref="H", seq=0, order_id=squad.town.rows(schema.orders)[0]["id"], kind="work",
        worked_on=START.date(), worked_minutes=5900, credited_minutes=5900, activity="unpaid_work", actor="S1", at=AFTER,
    )  # fmt: skip
    squad.settings = OFFICER
    squad.mark(1, "attended")
    with squad.change(squad.case_manager) as change:
        with pytest.raises(NotMarked, match="beyond"):
            attendance.credit(change, squad.session, 1, 361)
        assert attendance.credit(change, squad.session, 1, 360) == 100
    assert squad.balance().left == 0


def test_what_the_office_settled_no_supervisor_undoes(squad: Squad) -> None:
    squad.mark(1, "absent")
    squad.mark(1, "stood_down", squad.case_manager, officer=True)
    with pytest.raises(NotMarked, match="corrected"):
        squad.mark(1, "attended", minutes=20)
    squad.mark(1, "attended", squad.manager, minutes=30, officer=True)
    assert squad.standing() == ["attended", None]


def test_a_credit_by_the_office_is_settled_too(squad: Squad) -> None:
    squad.settings = OFFICER
    squad.mark(1, "attended")
    with squad.change(squad.manager) as change:
        attendance.credit(change, squad.session, 1, 300)
    with pytest.raises(NotMarked, match="corrected"):
        squad.mark(1, "absent", minutes=20)
    assert squad.balance().credited == 300


@pytest.mark.parametrize(
    ("role", "team", "officer", "allowed"),
    [
        ("supervisor", "north", False, True), ("supervisor", "south", False, False), ("case_manager", "north", False, False),
        ("coordinator", "south", False, True), ("manager", "south", False, True), ("supervisor", "north", True, False),
        ("case_manager", "north", True, True), ("case_manager", "south", True, False), ("coordinator", "south", True, False),
    ],
)  # fmt: skip
def test_who_may_mark_and_who_may_correct(squad: Squad, role: str, team: str, officer: bool, allowed: bool) -> None:
    member = squad.town.the_member(squad.town.member("X1", role, team=team))
    if allowed:
        squad.mark(1, "attended", member, officer=officer)
    else:
        with pytest.raises(NotMarked, match="not_yours"):
            squad.mark(1, "attended", member, officer=officer)
    assert squad.standing() == ["attended" if allowed else None, None]


def test_its_own_supervisor_may_mark_whatever_their_team(squad: Squad) -> None:
    squad.town.change(schema.staff, squad.kev.id, team="south")
    squad.mark(1, "attended", squad.town.the_member(squad.kev.id))
    assert squad.standing() == ["attended", None]


def test_all_of_a_text_counts_or_none(squad: Squad) -> None:
    wanted = [Marking(1, "attended"), Marking(9, "absent")]
    with squad.change() as change, pytest.raises(NotMarked) as refusal:
        attendance.mark(change, squad.session, wanted)
    assert (refusal.value.why, refusal.value.numbers) == ("not_on_roster", (9,))
    assert squad.standing() == [None, None]


def test_of_two_supervisors_at_the_same_moment_the_latest_stands_and_the_other_hears(squad: Squad) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda mark: squad.mark(1, *mark), (("attended", squad.kev), ("absent", squad.jo))))
    first, second = squad.town.rows(schema.attendance)
    assert squad.standing() == [second["status"], None]
    (told,) = squad.town.rows(schema.notices, schema.notices.c.string == "roster.overtaken")
    assert told["staff_id"] == first["staff_id"]


def test_who_was_sent_home_for_behaviour_is_for_a_person_to_decide_and_for_our_reasons_is_not(squad: Squad) -> None:
    squad.mark(1, "sent_home_behaviour", minutes=60)
    squad.mark(2, "sent_home_service", minutes=60)
    (task,) = squad.town.rows(schema.tasks, schema.tasks.c.kind == "sent_home")
    assert (task["person_id"], task["status"]) == (squad.people[0], "open")
    squad.mark(1, "sent_home_service", minutes=70)
    assert squad.town.row(schema.tasks, task["id"])["status"] == "done"
    assert squad.town.rows(schema.alerts) == []


def test_who_came_late_and_left_worked_between_the_two_times_that_were_said(squad: Squad) -> None:
    came, went = START + timedelta(minutes=30), START + timedelta(minutes=240)
    squad.mark(1, "left_early", minutes=300, at=went, came_at=came)
    assert squad.balance().credited == 210


def test_standing_down_is_never_an_absence_and_leaves_what_was_marked(squad: Squad) -> None:
    squad.mark(1, "attended")
    with squad.change(squad.manager) as change:
        attendance.stand_down(change, squad.session)
    assert squad.standing() == ["attended", "stood_down"]
    assert squad.town.rows(schema.alerts) == []
    assert squad.balance(1).credited == 0


def test_done_ends_the_work_of_those_who_are_there(squad: Squad) -> None:
    squad.mark(1, "attended")
    squad.mark(2, "absent")
    end = START + timedelta(hours=5)
    with squad.change(minutes=300) as change:
        attendance.finish(change, squad.session, end)
    assert (squad.balance().credited, squad.balance(1).credited) == (300, 0)
    assert squad.town.row(schema.sessions, squad.session)["done_at"] == end


@pytest.mark.parametrize("minutes", [-1, 0, 361])
def test_done_outside_the_session_is_refused(squad: Squad, minutes: int) -> None:
    squad.mark(1, "attended")
    squad.mark(2, "attended")
    at = START + timedelta(minutes=minutes)
    with squad.change(minutes=420) as change, pytest.raises(NotMarked, match="beyond"):
        attendance.finish(change, squad.session, at)
    assert squad.town.row(schema.sessions, squad.session)["done_at"] is None


def test_every_mark_is_in_the_access_log(squad: Squad) -> None:
    squad.mark(1, "attended")
    squad.mark(1, None)
    logged = [(row["actor"], row["action"]) for row in squad.town.rows(schema.access_log)]
    assert logged == [("S1", "marked.attended"), ("S1", "marked.none")]
