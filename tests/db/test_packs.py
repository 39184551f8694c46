"""Home packs as staff decide about them: stock, the waiting list, each step in its turn, and what of the work counts."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from db import eligibility, hours, pack_desk, packs, permissions, schema, tasks
from db.change import ChangeError
from db.eligibility import Refusal
from db.packs import Offer, Request
from db.permissions import Actor, Refused
from db.record import Record
from tests.db.changing import Desk
from tests.db.making import NOW, Town, council

TODAY = date(2026, 6, 10)
CHECKED = pack_desk.CHECKS


@pytest.fixture
def desk(record: Record) -> Desk:
    """P1 and P2, each with an order of 100 hours, and HP1: two packs of four hours."""
    town = Town(record)
    for ref in ("P1", "P2"):
        town.person(ref)
    pack(town)
    return Desk(town)


def pack(town: Town, ref: str = "HP1", **given: Any) -> int:
    values = {
        "name": "Bird boxes", "activity": "unpaid_work", "minutes": 240, "stock": 2, "collect_from": "Wood workshop",
        "return_within_days": 14, "note": "", **given,
    }  # fmt: skip
    return town.add(schema.packs, ref=ref, **values)


def asks(desk: Desk, person: int = 1, item: int = 1, kind: Any = "pack") -> Request:
    who = desk.town.the_person(person)
    order = desk.town.rows(schema.orders, schema.orders.c.person_id == person)[0]["id"]
    made = desk.do(packs.ask, who, Offer(kind, item, "", ""), order, channel="sms", actor=Actor(who.ref))
    assert isinstance(made, Request)
    return made


def approve(desk: Desk, ref: str = "P1") -> Request:
    made = desk.do(pack_desk.approve, ref, CHECKED, reason="talked it through")
    assert isinstance(made, Request)
    return made


def out(desk: Desk) -> None:
    asks(desk)
    approve(desk)
    desk.do(pack_desk.ready, "P1")
    desk.do(pack_desk.collected, "P1")


def stock(desk: Desk, pack_id: int = 1) -> int:
    return int(desk.town.row(schema.packs, pack_id)["stock"])


def open_tasks(desk: Desk, person: int = 1) -> dict[str, str]:
    found = desk.town.rows(schema.tasks, schema.tasks.c.person_id == person, schema.tasks.c.status == "open")
    return {row["kind"]: row["key"] for row in found}


def test_each_step_closes_the_task_before_it_and_opens_the_next(desk: Desk) -> None:
    seen = []
    asks(desk)
    for step in (pack_desk.approve, pack_desk.ready, pack_desk.collected):
        seen.append(set(open_tasks(desk)))
        desk.do(step, "P1", *([CHECKED] if step is pack_desk.approve else []))
    seen.append(set(open_tasks(desk)))
    with desk.town.record.read() as connection:
        request = packs.by_id(connection, 1)
    desk.do(packs.finish, request)
    seen.append(set(open_tasks(desk)))
    desk.do(pack_desk.credit, "P1")
    assert seen == [{"pack_request"}, {"pack_ready"}, {"pack_collect"}, set(), {"pack_check"}]
    assert open_tasks(desk) == {}
    log = [row["action"] for row in desk.town.rows(schema.access_log)]
    assert log == [f"pack.{step}" for step in ("asked", "approved", "ready", "out", "finished", "credited")]


def test_the_case_manager_owns_the_task_and_has_a_working_day(desk: Desk) -> None:
    manager = desk.town.member("CM")
    desk.town.change(schema.people, 1, case_manager_id=manager)
    asks(desk)
    [task] = desk.town.rows(schema.tasks)
    assert (task["owner_id"], task["due_at"].date(), task["note"]) == (manager, date(2026, 6, 11), "HP1 Bird boxes")


def test_a_pack_is_taken_when_it_is_approved_and_back_when_it_comes_back_unused(desk: Desk) -> None:
    asks(desk)
    assert stock(desk) == 2
    approve(desk)
    assert stock(desk) == 1
    desk.do(pack_desk.returned, "P1")
    assert stock(desk) == 2
    [row] = desk.town.rows(schema.pack_requests)
    assert (row["status"], row["closed_at"], row["hours_ref"]) == ("returned", NOW, None)
    assert desk.town.rows(schema.hours) == []


def test_a_used_one_does_not_go_back_on_the_shelf(desk: Desk) -> None:
    out(desk)
    desk.do(pack_desk.returned, "P1", used=True)
    assert stock(desk) == 1


@pytest.mark.parametrize("end", [pack_desk.decline, pack_desk.withdraw])
def test_what_was_set_aside_goes_back_when_it_comes_to_nothing(desk: Desk, end: Any) -> None:
    asks(desk)
    approve(desk)
    desk.do(end, "P1", reason="the house is full")
    assert stock(desk) == 2


def test_the_reason_of_a_decision_is_kept_with_it_and_not_in_the_log(desk: Desk) -> None:
    asks(desk)
    approve(desk)
    [row] = desk.town.rows(schema.pack_requests)
    assert (row["reason"], row["decided_by"], row["decided_at"]) == ("talked it through", "command line", NOW)
    assert all("talked" not in (entry["reason"] or "") for entry in desk.town.rows(schema.access_log))


def test_nothing_is_approved_until_a_human_has_looked(desk: Desk) -> None:
    asks(desk)
    said = "a human has to have looked at children, conditions first; name them all with --checked"
    desk.refuses(said, pack_desk.approve, "P1", ["tools"])


# The waiting list


def test_with_none_left_the_request_waits(desk: Desk) -> None:
    desk.town.change(schema.packs, 1, stock=0)
    assert asks(desk).status == "waiting"
    assert set(open_tasks(desk)) == {"pack_waiting"}
    desk.refuses('"HP1" has none left, and "P1" is on its waiting list; wait for more', pack_desk.approve, "P1", CHECKED)


def test_a_return_calls_who_waited_longest(desk: Desk) -> None:
    desk.town.change(schema.packs, 1, stock=1)
    out(desk)
    desk.town.person("P3")
    asks(desk, 2)
    asks(desk, 3)
    desk.do(pack_desk.returned, "P1")
    assert (set(open_tasks(desk, 2)), set(open_tasks(desk, 3))) == ({"pack_request"}, {"pack_waiting"})
    desk.refuses('"P2" has waited longer for "HP1"; decide theirs first', pack_desk.approve, "P3", CHECKED)
    assert approve(desk, "P2").status == "approved"


def test_who_is_approved_for_the_last_one_too_late_waits_and_hears_it(desk: Desk) -> None:
    desk.town.change(schema.packs, 1, stock=1)
    asks(desk)
    asks(desk, 2)
    assert approve(desk).status == "approved"
    assert approve(desk, "P2").status == "waiting"
    assert [row["string"] for row in desk.town.rows(schema.notices)] == ["pack.waiting"]


def test_of_two_approvals_at_once_one_gets_the_last_pack(desk: Desk) -> None:
    desk.town.change(schema.packs, 1, stock=1)
    asks(desk)
    asks(desk, 2)
    both, found = threading.Barrier(2), []

    def decide(ref: str) -> None:
        both.wait()
        found.append(approve(desk, ref).status)

    deciding = [threading.Thread(target=decide, args=(ref,)) for ref in ("P1", "P2")]
    for one in deciding:
        one.start()
    for one in deciding:
        one.join()
    assert sorted(found) == ["approved", "waiting"]
    assert stock(desk) == 0


# In its turn


OUT_OF_TURN: list[tuple[Any, str, tuple[Any, ...]]] = [
    (pack_desk.ready, "is not approved, or was ready before", ()),
    (pack_desk.collected, "is not waiting to be collected", ()),
    (pack_desk.due, "is not out", (TODAY,)),
    (pack_desk.returned, "was never set aside", ()),
    (pack_desk.credit, "is not with the person, so there is nothing to check", ()),
]


@pytest.mark.parametrize(("step", "said", "given"), OUT_OF_TURN)
def test_a_step_out_of_turn_is_refused(desk: Desk, step: Any, said: str, given: tuple[Any, ...]) -> None:
    asks(desk)
    desk.refuses(_said(f"is asked: it {said}"), step, "P1", *given)


def _said(what: str) -> str:
    return f'"HP1" of "P1" {what}; nothing was changed'


def test_who_asked_for_nothing_is_named(desk: Desk) -> None:
    desk.refuses('"P1" has no open request; `turnup pack list` shows who has', pack_desk.approve, "P1", CHECKED)


def test_what_is_out_is_not_withdrawn_or_declined(desk: Desk) -> None:
    out(desk)
    desk.refuses('"P1" has "HP1" already; `turnup pack returned` says that it is back', pack_desk.withdraw, "P1")
    desk.refuses(_said("is out: it is with the person already"), pack_desk.decline, "P1")


def test_it_is_due_so_many_days_after_it_was_collected_or_as_staff_say(desk: Desk) -> None:
    asks(desk)
    approve(desk)
    desk.do(pack_desk.ready, "P1")
    assert desk.do(pack_desk.collected, "P1", on=TODAY - timedelta(days=1)).return_by == date(2026, 6, 23)
    assert desk.do(pack_desk.due, "P1", date(2026, 7, 1)).return_by == date(2026, 7, 1)
    desk.refuses("2026-06-09 is over; give a day to come with --by", pack_desk.due, "P1", date(2026, 6, 9))


def test_a_pack_is_not_collected_on_a_day_to_come(desk: Desk) -> None:
    asks(desk)
    approve(desk)
    said = "2026-06-11 is still to come; enter a pack once it is collected"
    desk.refuses(said, pack_desk.collected, "P1", on=TODAY + timedelta(days=1))


def test_a_change_of_the_catalogue_leaves_open_requests_as_they_are(desk: Desk) -> None:
    out(desk)
    desk.town.change(schema.packs, 1, name="Nest boxes", minutes=300, stock=9, return_within_days=7)
    with desk.town.record.read() as connection:
        request = packs.by_id(connection, 1)
    assert (request.status, request.name, request.return_by) == ("out", "Nest boxes", date(2026, 6, 24))
    assert desk.do(pack_desk.credit, "P1").worked == 300


# What counts


def test_the_work_is_credited_under_the_activity_of_the_pack(desk: Desk) -> None:
    out(desk)
    made = desk.do(pack_desk.credit, "P1", reason="six good boxes")
    assert (made.worked, made.credited, made.left) == (240, 240, 5760)
    row = desk.town.only(schema.hours)
    assert (row["ref"], row["activity"], row["worked_on"]) == ("pack:r1", "unpaid_work", TODAY)
    assert row["note"] == "six good boxes"
    [request] = desk.town.rows(schema.pack_requests)
    assert (request["status"], request["hours_ref"]) == ("credited", "pack:r1")


def test_a_workbook_counts_as_other_activity_as_far_as_there_is_room(desk: Desk) -> None:
    desk.town.change(schema.orders, 1, other_activity_minutes=60)
    desk.town.change(schema.packs, 1, activity="other_activity", minutes=120)
    out(desk)
    made = desk.do(pack_desk.credit, "P1")
    assert (made.worked, made.credited) == (120, 60)
    with desk.town.record.read() as connection:
        assert hours.balance(connection, 1).other_left == 0
        assert tasks.stands(connection, "uncredited:r1")
    assert [row["string"] for row in desk.town.rows(schema.notices)][-1] == "pack.checked"


def test_an_officer_may_credit_less_but_not_more(desk: Desk) -> None:
    out(desk)
    desk.refuses('"HP1" is worth 240 minutes; give --minutes from 1 to that', pack_desk.credit, "P1", 241)
    assert desk.do(pack_desk.credit, "P1", 180).credited == 180


def test_work_is_not_credited_for_a_day_before_it_was_asked_for_or_to_come(desk: Desk) -> None:
    out(desk)
    before, after = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    said = f"{before} is before the pack was asked for; give another --on"
    desk.refuses(said, pack_desk.credit, "P1", on=before)
    desk.refuses(f"{after} is still to come; hours are credited once they are worked", pack_desk.credit, "P1", on=after)


# Who may, and what is said


@pytest.mark.parametrize(
    ("role", "team", "may"),
    [
        ("supervisor", "north", {"pack.handle"}),
        ("case_manager", "north", {"pack.decide", "pack.handle", "hours.credit"}),
        ("case_manager", "south", set()),
        ("coordinator", "south", {"pack.decide", "pack.handle"}),
        ("manager", "south", {"pack.decide", "pack.handle", "hours.credit"}),
    ],
)
def test_each_step_is_for_who_may_take_it(desk: Desk, role: str, team: str, may: set[str]) -> None:
    steps: dict[str, list[Any]] = {
        "pack.decide": [(pack_desk.approve, CHECKED), (pack_desk.decline,)],
        "pack.handle": [(pack_desk.ready,), (pack_desk.collected,), (pack_desk.due, TODAY), (pack_desk.returned,),
                        (pack_desk.withdraw,), (pack_desk.latest,)],
        "hours.credit": [(pack_desk.credit,)],
    }  # fmt: skip
    asks(desk)
    actor = permissions.as_member(desk.town.the_member(desk.town.member("S1", role, team=team)))
    for action, some in steps.items():
        for what, *given in some:
            assert _refused(desk, actor, what, *given) == (None if action in may else action)


def _refused(desk: Desk, actor: Actor, what: Any, *given: Any) -> str | None:
    """The action that the actor may not take. That it is not the time for it is another matter."""
    try:
        desk.do(what, "P1", *given, actor=actor)
    except Refused as refused:
        return str(refused)
    except ChangeError:
        return None
    return None


def test_staff_see_the_requests_of_the_teams_they_handle(desk: Desk) -> None:
    desk.town.change(schema.people, 2, team="south")
    asks(desk)
    asks(desk, 2)
    south = permissions.as_member(desk.town.the_member(desk.town.member("S1", "case_manager", team="south")))
    assert [one.person_ref for one in desk.do(pack_desk.listing, actor=south)] == ["P2"]
    assert [one.person_ref for one in desk.do(pack_desk.listing)] == ["P1", "P2"]


def test_what_waits_to_be_said_of_a_state_never_leaves_in_the_next(desk: Desk) -> None:
    asks(desk)
    approve(desk)
    desk.do(pack_desk.ready, "P1")
    [said] = desk.town.rows(schema.notices)
    facts = eligibility.Facts(
        said["purpose"], said["timing"], 4, True, "sms", "h", said["created_at"], said["expires_at"], None, None, None, None,
        said["pack_request_id"], said["pack_version"],
    )  # fmt: skip

    def verdict() -> Any:
        with desk.town.record.read() as connection:
            return eligibility.check(connection, council(), facts, desk.town.the_person(1), now=NOW)

    assert verdict() is None
    desk.do(pack_desk.collected, "P1")
    assert verdict() == Refusal("superseded", "pack_changed")
    assert desk.town.rows(schema.notices)[0]["status"] == "superseded"


def test_a_message_about_a_pack_needs_its_own_order_to_run(desk: Desk) -> None:
    out(desk)
    desk.town.order("O2", 1)
    desk.town.change(schema.orders, 1, status="suspended")
    [*_, said] = desk.town.rows(schema.notices)
    facts = eligibility.Facts(
        "pack", "routine", 4, True, "sms", "h", NOW, said["expires_at"], None, None, None, None, said["pack_request_id"],
        said["pack_version"],
    )  # fmt: skip
    with desk.town.record.read() as connection:
        found = eligibility.check(connection, council(), facts, desk.town.the_person(1), now=NOW)
    assert found == Refusal("suppressed", "order")


def test_a_women_only_place_is_named_nowhere_even_as_where_a_pack_is_collected(desk: Desk) -> None:
    desk.town.placement("WILLOW", name="Willow Room", nickname="Willow", women_only=True)
    desk.town.change(schema.packs, 1, collect_from="willow room")
    asks(desk)
    with desk.town.record.read() as connection:
        assert packs.where(connection, packs.by_id(connection, 1)) == ""


def test_a_place_is_booked_not_approved(desk: Desk) -> None:
    place = desk.town.placement("SKILLS", kind="other_activity", nickname="Skills hour")
    asks(desk, item=place, kind="place")
    said = '"SKILLS" is a place: book P1 on one of its sessions with `turnup book`'
    desk.refuses(said, pack_desk.approve, "P1", CHECKED)
    other = desk.town.placement("OTHER", kind="other_activity")
    desk.town.booking(desk.town.session("S1", other, NOW + timedelta(days=3)), 1, booked_at=NOW)
    earlier = desk.town.session("S2", place, NOW - timedelta(days=3))
    desk.town.booking(earlier, 1, booked_at=NOW)
    settle(desk)
    assert desk.town.rows(schema.pack_requests)[0]["status"] == "asked"
    desk.town.booking(desk.town.session("S3", place, NOW + timedelta(days=4)), 1, booked_at=NOW)
    settle(desk)
    settle(desk)
    assert desk.town.rows(schema.pack_requests)[0]["status"] == "booked"
    assert [row["string"] for row in desk.town.rows(schema.notices)] == ["group.booked"]
    assert open_tasks(desk) == {}


def settle(desk: Desk) -> None:
    with desk.town.write() as connection:
        pack_desk.settle_booked(connection, council(), now=NOW)


def test_a_request_that_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    seen = asks(desk)
    approve(desk)
    desk.refuses('what "P1" asked for has just changed; look at it again', packs.move, seen, "declined")
