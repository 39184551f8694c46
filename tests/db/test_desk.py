"""Tasks as staff work them: who sees which, takes, passes and closes it; each act asked of each role and another team."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from db import attendance, desk, permissions, queues, schema, verbs
from db.change import Change, ChangeError
from db.permissions import COMMAND_LINE, Actor, Refused
from db.record import Record
from notifications import desk_words
from tests.db.making import NOW, Town, council, london

DUE = london("2026-06-11 17:00")
ROLES = ("supervisor", "case_manager", "coordinator", "manager")


class Office:
    """One of the staff of each role, in the north and in the south, and a person in the north without a case manager."""

    def __init__(self, town: Town) -> None:
        self.town = town
        for role in ROLES:
            for team in ("north", "south"):
                town.member(f"{role}-{team}", role, team=team)
        self.person = town.person("P1")

    def actor(self, ref: str) -> Actor:
        [row] = self.town.rows(schema.staff, schema.staff.c.ref == ref)
        return permissions.as_member(self.town.the_member(row["id"]))

    def task(self, kind: str = "call_back", *, owner: str | None = None, person: int | None = None, **given: Any) -> int:
        [owner_id] = [row["id"] for row in self.town.rows(schema.staff, schema.staff.c.ref == owner)] if owner else [None]
        row = {
            "key": f"{kind}:p{len(self.town.rows(schema.tasks))}", "kind": kind, "owner_id": owner_id, "created_at": NOW,
            "person_id": person or self.person, "due_at": DUE, "status": "open",
        }  # fmt: skip
        return self.town.add(schema.tasks, **{**row, **given})

    def do(self, ref: str, act: Callable[[Change], Any], reason: str | None = None) -> Any:
        with self.town.write() as connection:
            return act(Change(connection, council(), NOW, self.actor(ref), reason))

    def sees(self, ref: str) -> set[str]:
        return {task.kind for task in self.do(ref, queues.waiting)}


@pytest.fixture
def office(sqlite_record: Record) -> Office:
    return Office(Town(sqlite_record))


ONE_OF_EACH = ("absence", "pack_request", "pack_ready", "pack_check", "call_back", "details", "message")
ALL = set(ONE_OF_EACH)
SEEN = {  # by role, of their own team and of another
    "supervisor": ({"pack_ready"}, set()), "case_manager": (ALL, set()), "coordinator": (ALL, ALL), "manager": (ALL, ALL),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_which_queue(office: Office, role: str) -> None:
    for kind in ONE_OF_EACH:
        office.task(kind)
    own, another = SEEN[role]
    assert office.sees(f"{role}-north") == own
    assert office.sees(f"{role}-south") == another


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("closed", [{"restricted": True}, {"women_only": True}, {}])
def test_what_is_closed_off_is_for_its_own_team_and_managers(office: Office, role: str, closed: dict[str, Any]) -> None:
    person = office.town.person("P2", **closed)
    office.task("call_back", person=person, **({} if closed else {"class": "da_victim"}))
    assert office.sees(f"{role}-north") == (set() if role == "supervisor" else {"call_back"})
    assert office.sees(f"{role}-south") == ({"call_back"} if role == "manager" else set())


ACTS: dict[str, Callable[[Change, int], Any]] = {
    "take": desk.take,
    "pass": lambda change, task: desk.pass_on(change, task, "manager-south"),
    "done": lambda change, task: verbs.act(change, task, "spoke"),
    "no answer": lambda change, task: verbs.act(change, task, "no_answer"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("team", ["north", "south"])
@pytest.mark.parametrize("act", ACTS)
def test_each_act_asks_who_may(office: Office, act: str, role: str, team: str) -> None:
    task = office.task("call_back")
    ref = f"{role}-{team}"
    may = role in ("coordinator", "manager") or (role, team) == ("case_manager", "north")
    if may and ref != "manager-south":
        office.do(ref, lambda change: ACTS[act](change, task))
        assert office.town.rows(schema.access_log)[-1]["actor"] == ref
    elif not may:
        with pytest.raises(Refused, match=r"task\.read"):
            office.do(ref, lambda change: ACTS[act](change, task))
        [row] = office.town.rows(schema.tasks)
        assert (row["status"], row["owner_id"]) == ("open", None)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("team", ["north", "south"])
def test_who_may_hand_over_a_colleagues_tasks(office: Office, role: str, team: str) -> None:
    office.task("call_back", owner="case_manager-north")
    may = role == "manager" or (role, team) == ("coordinator", "north")
    own = (role, team) == ("case_manager", "north")
    if may or own:
        office.do(f"{role}-{team}", lambda change: desk.hand_over(change, "case_manager-north", "coordinator-north"))
    else:
        with pytest.raises(Refused, match=r"task\.hand_over"):
            office.do(f"{role}-{team}", lambda change: desk.hand_over(change, "case_manager-north", "coordinator-north"))


def test_what_the_heir_may_not_work_on_stays(office: Office) -> None:
    closed = office.town.person("P2", restricted=True)
    stays, goes = office.task(owner="case_manager-north", person=closed), office.task(owner="case_manager-north")
    given, kept = office.do(
        "manager-north", lambda change: desk.hand_over(change, "case_manager-north", "coordinator-south")
    )
    assert ([task.id for task in given], [task.id for task in kept]) == ([goes], [stays])


def test_a_task_is_passed_only_to_who_may_work_on_it(office: Office) -> None:
    task = office.task("absence")
    for ref in ("supervisor-north", "case_manager-south"):
        with pytest.raises(ChangeError, match=f'"{ref}" may not work on task'):
            office.do("case_manager-north", lambda change, to=ref: desk.pass_on(change, task, to))


def test_without_a_name_it_goes_to_whoever_leads_the_team(office: Office) -> None:
    task = office.task()
    given = office.do("case_manager-north", lambda change: desk.pass_on(change, task))
    assert given.owner == "coordinator-north"
    closed = office.task(person=office.town.person("P2", team="east", restricted=True))
    assert office.do("manager-south", lambda change: desk.pass_on(change, closed)).owner == "manager-north"


def test_who_leads_and_is_away_gets_nothing_passed(office: Office) -> None:
    [lead] = office.town.rows(schema.staff, schema.staff.c.ref == "coordinator-north")
    office.town.away(lead["id"], NOW.date(), NOW.date())
    task = office.task()
    assert office.do("case_manager-north", lambda change: desk.pass_on(change, task)).owner == "coordinator-south"
    closed = office.task(person=office.town.person("P2", restricted=True))
    assert office.do("case_manager-north", lambda change: desk.pass_on(change, closed)).owner == "manager-north"


def test_a_colleagues_task_is_taken_before_it_is_closed(office: Office) -> None:
    task = office.task(owner="case_manager-north")
    with pytest.raises(ChangeError, match=f"task {task} is case_manager-north's; take it first"):
        office.do("manager-north", lambda change: verbs.act(change, task, "spoke"))
    office.do("manager-north", lambda change: desk.take(change, task))
    office.do("manager-north", lambda change: verbs.act(change, task, "spoke"))
    [row] = office.town.rows(schema.tasks)
    assert (row["status"], row["outcome"], row["closed_by"], row["closed_at"]) == ("done", "spoke", "manager-north", NOW)
    with pytest.raises(ChangeError, match=f"task {task} is done already, by manager-north on Wed 10 Jun 2026"):
        office.do("manager-south", lambda change: desk.take(change, task))


def test_who_runs_commands_on_the_server_closes_what_is_anybodys_and_takes_nothing(office: Office) -> None:
    task = office.task(owner="case_manager-north")
    with office.town.write() as connection:
        change = Change(connection, council(), NOW, COMMAND_LINE)
        with pytest.raises(ChangeError, match="say who with --as"):
            desk.take(change, task)
        verbs.act(change, task, "spoke")


@pytest.mark.parametrize("kind", ["crisis", "unanswered"])
def test_what_hangs_on_an_alert_ends_with_it(office: Office, kind: str) -> None:
    task = office.task(kind)
    with pytest.raises(ChangeError, match="ends with its alert"):
        office.do("manager-north", lambda change: verbs.act(change, task, "done"))


def test_the_oldest_come_first_and_what_sleeps_last(office: Office) -> None:
    late = office.task(created_at=NOW - timedelta(days=1))
    asleep = office.task(created_at=NOW - timedelta(days=9), wakes_at=NOW + timedelta(days=1))
    old = office.task(created_at=NOW - timedelta(days=5), due_at=NOW - timedelta(days=4))
    found = office.do("manager-north", queues.waiting)
    assert [task.id for task in found] == [old, late, asleep]
    assert queues.counts(found, NOW) == {"calls": (2, 1)}


def test_every_kind_in_a_queue_has_a_name_and_its_words() -> None:
    kinds = {kind for some in queues.QUEUES.values() for kind in some}
    assert kinds <= set(desk_words.KINDS)
    assert kinds - set(verbs.VERBS) == {"uncredited", "other_over_cap"}


# Packs and credit: what there is a function for is called


def pack(office: Office, status: str, stock: int = 1) -> int:
    town = office.town
    made = town.add(
        schema.packs, ref="HP1", name="Bird boxes", activity="unpaid_work", minutes=240, stock=stock, return_within_days=14,
        collect_from="Wood workshop", note="",
    )  # fmt: skip
    [order] = town.rows(schema.orders)
    day = london("2026-06-12 12:00").date() if status == "out" else None
    return town.add(
        schema.pack_requests, person_id=office.person, order_id=order["id"], pack_id=made, status=status, version=1,
        channel="sms", asked_at=NOW - timedelta(days=2), return_by=day,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind", "word", "said", "after"),
    [
        ("asked", "pack_request", "approve", "", "approved"),
        ("asked", "pack_request", "decline", "no room at home", "declined"),
        ("waiting", "pack_waiting", "withdrawn", "", "withdrawn"),
        ("approved", "pack_ready", "ready", "", "ready"),
        ("ready", "pack_collect", "collected", "", "out"),
        ("out", "pack_overdue", "more_time", "", "out"),
        ("out", "pack_overdue", "back", "", "returned"),
        ("finished", "pack_check", "credit", "", "credited"),
        ("finished", "pack_check", "less", "90", "credited"),
    ],
)
def test_a_word_does_what_it_says_with_a_pack(
    office: Office, status: str, kind: str, word: str, said: str, after: str
) -> None:
    request = pack(office, status)
    task = office.task(kind, key=f"{kind}:r{request}")
    office.do("case_manager-north", lambda change: verbs.act(change, task, word, said))
    assert office.town.row(schema.pack_requests, request)["status"] == after
    row = office.town.row(schema.tasks, task)
    assert (row["status"], row["outcome"], row["closed_by"]) == ("done", word, "case_manager-north")
    credited = sum(row["credited_minutes"] for row in office.town.rows(schema.hours))
    assert credited == {"credit": 240, "less": 90}.get(word, 0)


@pytest.mark.parametrize(("said", "sentence"), [("", "say the minutes too"), ("lots", '"lots" is no number of minutes')])
def test_less_needs_a_number(office: Office, said: str, sentence: str) -> None:
    task = office.task("pack_check", key=f"pack_check:r{pack(office, 'finished')}")
    with pytest.raises(ChangeError, match=sentence):
        office.do("case_manager-north", lambda change: verbs.act(change, task, "less", said))


@pytest.mark.parametrize(("word", "said", "counted"), [("credit", "", 360), ("less", "90", 90)])
def test_an_officer_credits_a_session_from_its_task(office: Office, word: str, said: str, counted: int) -> None:
    session = office.town.session("S1", office.town.placement(), london("2026-06-10 06:30"))
    office.town.booking(session, office.person)
    with office.town.write() as connection:
        change = Change(connection, council(), NOW + timedelta(hours=2), COMMAND_LINE, "list")
        attendance.mark(change, session, [attendance.Marking(1, "attended")], as_officer=True)
    task = office.town.only(schema.tasks)
    assert task["kind"] == "credit"
    office.do("case_manager-north", lambda change: verbs.act(change, task["id"], word, said))
    assert sum(row["credited_minutes"] for row in office.town.rows(schema.hours)) == counted
    assert office.town.only(schema.tasks)["outcome"] == word
