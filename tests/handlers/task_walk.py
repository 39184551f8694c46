"""Tasks, for the test that sees every string leave: each kind opened, each word offered, and what decisions say."""

from collections.abc import Callable
from typing import Any

from db import absences, attendance, decisions, desk, schema
from db.change import Change
from db.permissions import COMMAND_LINE, as_member
from db.rosters import Marking
from notifications import desk_words, overdue, proofs
from tests.handlers.talking import Door, Member, Someone, Town

ABSENCE = {"stages": ["first warning"]}


class DecisionWalk:
    """One channel and mode; `someone` makes somebody new there."""

    def __init__(self, town: Town, someone: Callable[[], Someone]) -> None:
        self.town, self.someone = town, someone

    def go(self) -> None:
        officer = self.town.staff(f"Exe{self.town.next():04d} Wye", team=f"team {self.town.next()}")
        for decision, later in (("accepted", True), ("accepted", False), ("more_info", False)):
            craig = self.someone()
            craig.changes(team=officer.row.team)
            booking = craig.is_booked(self.town.session("12 September 9:30"))
            if later:
                craig.is_booked(self.town.session("19 September 9:30"))
            craig.says("2")
            self.decide(officer, booking, decision, proof="fit note" if decision == "more_info" else None)
        self.town.at("12 September 11:00")
        self.sent_home(officer, later=True)
        self.sent_home(officer, later=False)
        self.town.at("16 September 17:00")
        with self.town.record.write() as connection:
            proofs.write(connection, self.town.council, now=self.town.now)
        self.town.deliver()
        self.town.at("10 September 10:00")

    def sent_home(self, officer: Member, *, later: bool) -> None:
        craig = self.someone()
        craig.changes(team=officer.row.team)
        session = self.town.session("12 September 9:30")
        booking = craig.is_booked(session)
        if later:
            craig.is_booked(self.town.session("19 September 9:30"))
        with self.town.record.write() as connection:
            change = Change(connection, self.town.council, self.town.now, COMMAND_LINE)
            attendance.mark(change, session, [Marking(1, "sent_home_behaviour")], as_officer=True)
        self.decide(officer, booking, "accepted")

    def decide(self, officer: Member, booking: int, decision: str, **given: Any) -> None:
        with self.town.record.write() as connection:
            change = Change(connection, self.town.council, self.town.now, as_member(officer.row))
            decisions.decide(change, booking, decision, **given)
        self.town.deliver()


class DeskWalk:
    """What staff see on one channel, in a team of their own."""

    def __init__(self, town: Town, door: Door, settings: dict[str, dict[str, Any]]) -> None:
        self.town, self.door, self.settings = town, door, settings
        self.team = f"team {town.next()}"
        self.ailsa = town.staff(f"Exe{town.next():04d} Wye", door=door, team=self.team)
        self.heir = town.staff(f"Exe{town.next():04d} Wye", "coordinator", door=door, team=self.team)

    def go(self) -> None:
        self.town.rule(**self.settings, absence=ABSENCE)
        self.kinds()
        self.absences()
        self.refusals()
        self.hidden()
        self.overdue()
        if self.door == "telegram":
            self.buttons()
        self.town.rule(**self.settings)
        self.town.at("10 September 10:00")

    def person(self, **given: Any) -> Someone:
        name = f"Zed{self.town.next():04d} Wye"
        return self.town.person(name, team=self.team, case_manager_id=self.ailsa.id, **given)

    def task(self, kind: str, about: Someone, **given: Any) -> int:
        row = {
            "key": f"{kind}:x{self.town.next()}", "kind": kind, "person_id": about.id, "owner_id": self.ailsa.id,
            "note": "a note", "created_at": self.town.now, "due_at": self.town.now, "status": "open",
        }  # fmt: skip
        return self.town.insert(schema.tasks, **{**row, **given})

    def open(self, task: int) -> None:
        self.ailsa.says(f"TASK {task}")

    def kinds(self) -> None:
        craig = self.person()
        for kind in (*desk_words.KINDS, "gossip"):
            if kind not in absences.TASKS:
                self.open(self.task(kind, craig))
        self.open(self.task("call_back", self.person(mode="no_contact")))
        self.ailsa.says("TASKS")
        for queue in ("calls", "others"):
            if self.door == "telegram":
                self.ailsa.presses_data(f"j:0:queue:{queue}")

    def absences(self) -> None:
        for reason in ("A", "B", "C", "D", "E", "F", None):
            craig = self.person()
            craig.is_booked(self.town.session("12 September 9:30"))
            craig.texts("2")
            if reason:
                craig.texts(reason)
            self.open(self.newest("absence"))
        craig = self.person()
        marked = {}
        for day, status in (("2", "stood_down"), ("3", "attended"), ("4", "absent")):
            marked[status] = craig.is_booked(self.town.session(f"{day} September 9:30"))
            row = {"booking_id": marked[status], "status": status, "actor": "x", "by_officer": False, "at": self.town.now}
            self.town.insert(schema.attendance, **row)
        home = craig.is_booked(self.town.session("8 September 9:30"))
        row = {"booking_id": home, "status": "sent_home_behaviour", "actor": "x", "by_officer": False, "at": self.town.now}
        self.town.insert(schema.attendance, **row)
        self.open(self.task("sent_home", craig, key=f"sent_home:b{home}"))
        for status in ("stood_down", "absent"):
            self.open(self.task("missed", craig, key=f"missed:b{marked[status]}"))
        self.reasons_after(craig, marked["absent"])
        self.decided(craig)

    def reasons_after(self, craig: Someone, booking: int) -> None:
        for reason in ("work", "caring"):
            row = {"kind": "cant", "reason": reason, "channel": "sms", "at": self.town.now, "minutes_before": -60}
            of = booking if reason == "caring" else craig.is_booked(self.town.session("1 September 9:30"))
            self.town.insert(schema.reports, booking_id=of, **row)
        self.open(self.newest("missed"))

    def decided(self, craig: Someone) -> None:
        for decision, proof in (("accepted", None), ("not_accepted", None), ("more_info", None), ("more_info", "fit note")):
            booking = craig.is_booked(self.town.session("5 September 9:30"))
            row = {"decision": decision, "staff_id": self.ailsa.id, "actor": "S1", "at": self.town.now, "proof": proof}
            due = self.town.now.date() if proof else None
            self.town.insert(schema.decisions, booking_id=booking, proof_due=due, **row)
            wakes = self.town.now.replace(hour=23) if proof else None
            self.open(self.task("absence", craig, key=f"absence:b{booking}", wakes_at=wakes))

    def newest(self, kind: str) -> int:
        return int(self.town.rows(schema.tasks, kind=kind, owner_id=self.ailsa.id)[-1]["id"])

    def refusals(self) -> None:
        self.ailsa.says("TASK 99999")
        supervisor = self.town.staff(f"Exe{self.town.next():04d} Wye", "supervisor", door=self.door)
        supervisor.says(f"TASK {self.newest('absence')}")
        call = self.newest("call_back")
        self.ailsa.says(f"PASS T{call}")
        if self.door == "telegram":
            self.ailsa.presses_data(f"j:{call}:to:{self.heir.id}")
        self.ailsa.says(f"DONE T{self.newest('details')} changed")

    def hidden(self) -> None:
        member = self.town.staff(f"Exe{self.town.next():04d} Wye", door=self.door, team=self.team)
        closed = self.task("call_back", self.person(restricted=True), owner_id=member.id)
        member.says("TASKS")
        member.says(f"TASK {closed}")
        alone = self.town.staff(f"Exe{self.town.next():04d} Wye", "supervisor", door=self.door, team="none")
        alone.says("TASKS")
        self.task("pack_ready", self.person(restricted=True), owner_id=alone.id)
        alone.says("TASKS")

    def overdue(self) -> None:
        self.task("call_back", self.person())
        self.town.at("11 September 9:00")
        with self.town.record.write() as connection:
            overdue.climb(connection, self.town.council, now=self.town.now)
            overdue.digest(connection, self.town.council, now=self.town.now)
            change = Change(connection, self.town.council, self.town.now, as_member(self.ailsa.row))
            passed = next(task for task in desk.all_of(connection, self.ailsa.row) if task.kind == "call_back")
            desk.pass_on(change, passed.id, self.heir.row.ref)
        self.town.deliver()
        self.town.at("12 September 9:00")
        with self.town.record.write() as connection:
            overdue.digest(connection, self.town.council, now=self.town.now)
        self.town.deliver()

    def buttons(self) -> None:
        self.ailsa.presses_data("j:0::start")
        self.ailsa.presses_data("j:0::hand")
        self.heir.presses_data("j:0:next:calls")
        self.ailsa.presses_data(f"j:{self.newest('absence')}:v:refuse")
        self.ailsa.presses_data(f"j:{self.newest('pack_check')}:v:less")
        self.ailsa.presses_data(f"j:{self.newest('verify')}:v:new_number")
        self.ailsa.writes(self.heir.number)
        self.ailsa.writes(str(self.town.rows(schema.people)[0]["phone"]))
        self.ailsa.writes("07700 900000")
        self.ailsa.presses_data(f"j:{self.task('call_back', self.person())}::pass")
        self.ailsa.presses_data(f"j:{self.task('call_back', self.person(), owner_id=None)}::open")
        self.ailsa.presses_data(f"j:0:over:{self.heir.id}")
        self.ailsa.presses_data(f"j:0:yes:{self.heir.id}")
