"""What officers decide on absences: by name, once, on what is one; what the service did never counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError

from db import absences, attendance, decisions, permissions, queues, reports, schema, sessions, tasks
from db.attendance import Marking
from db.change import Change, ChangeError
from db.permissions import COMMAND_LINE, Actor, Refused
from db.record import Record
from notifications import proofs
from tests.db.making import NOW, Town, council, london

STARTS = london("2026-06-09 09:30")  # the day before
REASON = "seen in town"


class Desk:
    """Ailsa's person P1 was to come yesterday; sessions before it as a test needs them."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.ailsa = town.member("CM")
        self.person, self.session, self.booking = town.booked("P1", STARTS, case_manager_id=self.ailsa)
        self.council = council(absence={"stages": ["first warning", "final warning"]})

    def as_(self, ref: str) -> Actor:
        [row] = self.town.rows(schema.staff, schema.staff.c.ref == ref)
        return permissions.as_member(self.town.the_member(row["id"]))

    def mark(self, status: str, session: int | None = None) -> None:
        with self.town.write() as connection:
            change = Change(connection, self.council, NOW, COMMAND_LINE, "roster")
            attendance.mark(change, session or self.session, [Marking(1, status)], as_officer=True)

    def says_cant(self, reason: str = "work", hours_before: float = 3) -> None:
        with self.town.write() as connection:
            one = sessions.booked(connection, self.booking)
            assert one is not None
            at = STARTS - timedelta(hours=hours_before)
            report = reports.report(connection, one, "cant", channel="sms", now=at, actor="P1")
            reports.set_reason(connection, report, reason)

    def decide(self, decision: str, *, ref: str = "CM", reason: str | None = REASON, now: Any = NOW, **given: Any) -> None:
        with self.town.write() as connection:
            change = Change(connection, self.council, now, self.as_(ref), reason)
            decisions.decide(change, self.booking, decision, **given)

    def open(self) -> dict[str, Any]:
        return {row["kind"]: row for row in self.town.rows(schema.tasks, schema.tasks.c.status == "open")}

    def undecided(self) -> set[str]:
        return set(self.open()) & set(absences.TASKS)

    def said(self) -> list[str]:
        found = self.town.rows(schema.notices, schema.notices.c.purpose == "decision")
        return [f"{row['string']} {row['status']}" for row in found]

    def before(self) -> absences.History:
        with self.town.record.read() as connection:
            one = absences.find(connection, self.booking)
            return absences.history(connection, self.council, one, now=NOW)

    def suggested(self) -> str | None:
        with self.town.record.read() as connection:
            one = absences.find(connection, self.booking)
            return absences.suggested(self.council, one, absences.history(connection, self.council, one, now=NOW))

    def had(self, n: int, status: str, decision: str | None = None, at: Any = None) -> None:
        """A session of theirs `n` weeks before, with its mark and decision."""
        placement = self.town.placement(f"PL{n}")
        session = self.town.session(f"B{n}", placement, STARTS - timedelta(weeks=n))
        booking = self.town.booking(session, self.person)
        self.town.add(schema.attendance, booking_id=booking, status=status, actor="x", by_officer=False, at=NOW)
        if decision:
            row = {"booking_id": booking, "decision": decision, "staff_id": self.ailsa, "actor": "CM", "at": at or NOW}
            self.town.add(schema.decisions, **row)


@pytest.fixture
def desk(record: Record) -> Desk:
    return Desk(Town(record))


def test_an_absence_without_a_report_makes_a_task_and_one_with_a_report_another(desk: Desk) -> None:
    desk.mark("absent")
    assert set(desk.open()) == {"missed"}
    desk.mark("stood_down")
    assert set(desk.open()) == set()
    desk.says_cant()
    desk.mark("absent")
    assert set(desk.open()) == {"absence"}
    assert desk.open()["absence"]["due_at"] == london("2026-06-12 17:00")


def test_a_missed_session_that_is_explained_is_one_task_and_stays_whose_it_was(desk: Desk) -> None:
    desk.mark("absent")
    bryce = desk.town.member("BRYCE")
    desk.town.change(schema.tasks, 1, owner_id=bryce)
    with desk.town.write() as connection:
        absences.to_decide(connection, desk.booking, desk.person, due_at=NOW, now=NOW)
    assert {kind: row["owner_id"] for kind, row in desk.open().items()} == {"absence": bryce}
    desk.mark("stood_down")
    desk.says_cant(hours_before=-1)
    with desk.town.write() as connection:
        absences.to_decide(connection, desk.booking, desk.person, due_at=NOW, now=NOW)
    desk.mark("absent")
    assert set(desk.open()) == {"absence"}, "explained after the start, and marked only then"


@pytest.mark.parametrize(
    ("decision", "left", "said"),
    [
        ("accepted", set(), "decision.settled_last"), ("not_accepted", set(), "decision.call"),
        ("more_info", {"absence"}, "decision.call"),
    ],
)  # fmt: skip
def test_sent_home_for_behaviour_is_decided_on_as_an_absence_is(
    desk: Desk, decision: str, left: set[str], said: str
) -> None:
    desk.mark("sent_home_behaviour")
    row = desk.open()["sent_home"]
    assert (row["owner_id"], row["due_at"], row["note"]) == (desk.ailsa, london("2026-06-12 17:00"), "roster")
    with desk.town.record.read() as connection:
        [task] = queues.find(connection, schema.tasks.c.kind == "sent_home")
    assert (task.queue, task.booking_id) == ("decisions", desk.booking)
    desk.town.member("SUP", "supervisor")
    with pytest.raises(Refused, match=r"absence\.decide"):
        desk.decide(decision, ref="SUP")
    desk.decide(decision)
    assert (desk.undecided(), desk.said()) == (left, [f"{said} open"])
    desk.mark("sent_home_service")
    assert desk.undecided() == set(), "for our reasons there is nothing to decide"
    assert desk.before().counting == 0


def test_what_is_decided_of_it_stands_though_its_time_is_put_right(desk: Desk) -> None:
    desk.mark("sent_home_behaviour")
    desk.decide("accepted")
    with desk.town.write() as connection:
        change = Change(connection, desk.council, NOW, COMMAND_LINE, "roster")
        at = STARTS + timedelta(hours=1)
        attendance.mark(change, desk.session, [Marking(1, "sent_home_behaviour", at)], as_officer=True)
    assert desk.undecided() == set()
    desk.mark("absent")
    assert desk.undecided() == set()


def test_what_is_decided_before_the_session_is_not_asked_again_by_the_mark(desk: Desk) -> None:
    desk.says_cant()
    desk.decide("accepted", now=STARTS - timedelta(hours=1))
    desk.mark("absent")
    assert desk.open() == {}


@pytest.mark.parametrize(
    ("decision", "string"), [("accepted", "decision.accepted_last"), ("not_accepted", "decision.call"),
                             ("more_info", "decision.call")],
)  # fmt: skip
def test_what_the_person_hears(desk: Desk, decision: str, string: str) -> None:
    desk.mark("absent")
    desk.decide(decision)
    assert desk.said() == [f"{string} open"]


def test_a_decision_has_a_name_a_time_and_stays(desk: Desk) -> None:
    desk.mark("absent")
    desk.decide("not_accepted")
    row = desk.town.only(schema.decisions)
    assert (row["staff_id"], row["actor"], row["reason"], row["at"]) == (desk.ailsa, "CM", REASON, NOW)
    for change in ("UPDATE decisions SET decision = 'accepted'", "DELETE FROM decisions"):
        with pytest.raises(DatabaseError, match="only added"), desk.town.write() as connection:
            connection.execute(text(change))


def test_a_proof_puts_the_task_to_sleep_until_it_is_due(desk: Desk) -> None:
    desk.mark("absent")
    desk.decide("more_info", proof="fit note")
    row = desk.open()["absence"]
    assert set(desk.open()) == {"absence"}
    assert desk.town.only(schema.decisions)["proof_due"] == date(2026, 6, 18)  # the 15th is a bank holiday
    assert (row["wakes_at"], row["due_at"]) == (london("2026-06-18 17:00"), london("2026-06-19 17:00"))


def test_of_the_proofs_that_are_due_those_that_are_waited_for_are_asked_for_once_and_in_one_question(desk: Desk) -> None:
    desk.mark("absent")
    desk.decide("more_info", proof="fit note")
    row = {"decision": "more_info", "proof": "fit note", "proof_due": date(2026, 6, 18), "actor": "CM", "at": NOW}
    statuses: dict[str, str | None] = {"absent": "absent", "home": "sent_home_behaviour", "came": "attended", "said": None}
    for ref, status in (statuses | {"decided": "absent", "off": "absent", "gone": "absent"}).items():
        _, session, booking = desk.town.booked(ref, STARTS)
        if status is not None:
            desk.town.add(schema.attendance, booking_id=booking, status=status, actor="x", by_officer=False, at=NOW)
        desk.town.add(schema.decisions, booking_id=booking, staff_id=desk.ailsa, **row)
        if ref == "said":
            said = {"kind": "cant", "channel": "sms", "at": NOW, "minutes_before": -60}
            desk.town.add(schema.reports, booking_id=booking, **said)
        if ref == "decided":
            accepted = {**row, "decision": "accepted", "proof": None, "proof_due": None}
            desk.town.add(schema.decisions, booking_id=booking, staff_id=desk.ailsa, **accepted)
        if ref == "off":
            desk.town.change(schema.sessions, session, status="cancelled")
        if ref == "gone":
            desk.town.change(schema.bookings, booking, status="cancelled")
    asked: list[str] = []
    now = london("2026-06-17 18:00")
    for _ in range(2):
        with desk.town.write() as connection:
            event.listen(connection, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
            proofs.write(connection, desk.council, now=now)
    told = desk.town.rows(schema.notices, schema.notices.c.string == "decision.proof")
    refs = {row["id"]: row["ref"] for row in desk.town.rows(schema.people)}
    assert sorted(refs[row["person_id"]] for row in told) == ["P1", "absent", "home", "said"]
    assert sum("proof_due" in statement for statement in asked) == 2, "one each time"


def test_what_they_write_meanwhile_wakes_it(desk: Desk) -> None:
    desk.mark("absent")
    desk.decide("more_info", proof="fit note")
    with desk.town.write() as connection:
        tasks.open_task(connection, key=f"absence:b{desk.booking}", kind="absence", now=NOW, due_at=NOW, note="here it is")
    assert desk.open()["absence"]["wakes_at"] is None


def test_a_decision_is_taken_back_and_made_anew(desk: Desk) -> None:
    desk.mark("absent")
    desk.decide("not_accepted")
    with pytest.raises(ChangeError, match="is not accepted already, by CM on Wed 10 Jun 2026; take that back first"):
        desk.decide("accepted")
    desk.decide("withdrawn")
    assert set(desk.open()) == {"absence"}
    desk.decide("accepted")
    assert desk.open() == {}
    assert desk.said() == ["decision.call superseded", "decision.accepted_last open"]
    assert [row["decision"] for row in desk.town.rows(schema.decisions)] == ["not_accepted", "withdrawn", "accepted"]


@pytest.mark.parametrize("status", ["stood_down", "sent_home_service"])
def test_what_the_service_did_is_not_decided(desk: Desk, status: str) -> None:
    desk.mark(status)
    with pytest.raises(ChangeError, match="was the service's doing and never counts"):
        desk.decide("not_accepted")


@pytest.mark.parametrize(
    ("decision", "given", "sentence"),
    [
        ("accepted", {"proof": "fit note"}, "a proof is asked for with more_info alone"),
        ("more_info", {"proof": "tea leaves"}, '"tea leaves" is none of fit note, appointment card'),
        ("more_info", {"proof_due": date(2026, 6, 20)}, "name what is asked for too"),
        ("more_info", {"proof": "fit note", "proof_due": date(2026, 6, 10)}, "leaves no time to show it"),
        ("not_accepted", {"reason": None}, "say why"),
        ("withdrawn", {}, "nothing is decided about"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    desk: Desk, decision: str, given: dict[str, Any], sentence: str
) -> None:
    desk.mark("absent")
    with pytest.raises(ChangeError, match=sentence):
        desk.decide(decision, **given)
    assert desk.town.rows(schema.decisions) == []


@pytest.mark.parametrize(("mark", "sentence"), [("attended", "is marked attended"), (None, "has not said that they can't")])
def test_who_was_not_absent_is_not_decided_on(desk: Desk, mark: str | None, sentence: str) -> None:
    if mark:
        desk.mark(mark)
    with pytest.raises(ChangeError, match=sentence):
        desk.decide("accepted")


def test_nobody_decides_without_a_name(desk: Desk) -> None:
    desk.mark("absent")
    with desk.town.write() as connection, pytest.raises(ChangeError, match="needs the name of whoever makes it"):
        decisions.decide(Change(connection, desk.council, NOW, COMMAND_LINE, REASON), desk.booking, "accepted")


@pytest.mark.parametrize(
    ("role", "team", "may"),
    [
        ("supervisor", "north", False), ("case_manager", "north", True), ("case_manager", "south", False),
        ("coordinator", "north", False), ("manager", "south", True),
    ],
)  # fmt: skip
def test_supervisors_record_and_officers_decide(desk: Desk, role: str, team: str, may: bool) -> None:
    desk.mark("absent")
    desk.town.member("X", role, team=team)
    if may:
        desk.decide("accepted", ref="X")
        assert len(desk.town.rows(schema.decisions)) == 1
    else:
        with pytest.raises(Refused, match=r"absence\.decide"):
            desk.decide("accepted", ref="X")
        assert desk.town.rows(schema.decisions) == []


# What came before


def test_the_history_counts_what_was_theirs_and_says_what_was_ours(desk: Desk) -> None:
    for n, (status, decision) in enumerate(
        [
            ("attended", None), ("late", None), ("left_early", None), ("sent_home_behaviour", None), ("absent", "accepted"),
            ("absent", "not_accepted"), ("absent", "more_info"), ("absent", None), ("absent", "withdrawn"),
            ("stood_down", None), ("sent_home_service", None),
        ],
        start=1,
    ):  # fmt: skip
        desk.had(n, status, decision)
    assert desk.before() == absences.History(
        came=3, late=1, sent_home=1, accepted=1, not_accepted=1, open=3, service=2, counting=1, pattern=False
    )


@pytest.mark.parametrize(("times", "stage"), [(0, "first warning"), (1, "final warning"), (5, "final warning")])
def test_a_stage_is_suggested_by_how_many_were_not_accepted(desk: Desk, times: int, stage: str) -> None:
    for n in range(1, times + 1):
        desk.had(n, ("absent", "sent_home_behaviour")[n % 2], "not_accepted")
    desk.had(times + 1, "sent_home_service", "not_accepted")
    desk.mark("absent")
    assert desk.suggested() == stage


def test_an_absence_that_turned_out_to_be_the_services_doing_counts_no_more(desk: Desk) -> None:
    desk.had(1, "absent", "not_accepted")
    [booking] = {row["booking_id"] for row in desk.town.rows(schema.decisions)}
    desk.town.add(schema.attendance, booking_id=booking, status="stood_down", actor="x", by_officer=True, at=NOW)
    desk.mark("absent")
    assert desk.suggested() == "first warning"
    assert desk.before().service == 1


def test_after_the_councils_months_one_counts_no_more(desk: Desk) -> None:
    desk.had(1, "absent", "not_accepted", at=NOW - timedelta(days=200))
    desk.mark("absent")
    assert desk.suggested() == "final warning"
    desk.council = council(absence={"stages": ["first warning", "final warning"], "stages_months": 6})
    assert desk.suggested() == "first warning"


def test_no_stage_is_suggested_of_a_fiscal_work_order_nor_where_the_council_names_none(desk: Desk) -> None:
    desk.mark("absent")
    desk.council = council()
    assert desk.suggested() is None
    desk.council = council(absence={"stages": ["first warning"]})
    [order] = desk.town.rows(schema.orders)
    desk.town.change(schema.orders, order["id"], kind="fiscal_work_order", imposed_minutes=1200)
    assert desk.suggested() is None


def test_work_or_caring_twice_in_thirty_days_is_a_pattern(desk: Desk) -> None:
    desk.says_cant("work")
    assert not desk.before().pattern
    desk.had(2, "absent")
    [booking] = [row["id"] for row in desk.town.rows(schema.bookings) if row["id"] != desk.booking]
    row = {"booking_id": booking, "kind": "cant", "reason": "caring", "channel": "sms", "minutes_before": 60}
    desk.town.add(schema.reports, **row, at=STARTS - timedelta(weeks=2))
    assert desk.before().pattern


def test_an_absence_that_was_never_one_closes_its_tasks(desk: Desk) -> None:
    desk.says_cant()
    with desk.town.write() as connection:
        tasks.open_task(connection, key=f"absence:b{desk.booking}", kind="absence", now=NOW, due_at=NOW)
    desk.mark("stood_down")
    assert desk.open() == {}
