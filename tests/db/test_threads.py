"""A person's thread in the record: who has it, when it climbs, when it ends, and what is kept of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from db import desk, endings, held, permissions, queues, retention, schema, thread_watch, threads, transcripts
from db.change import Change, ChangeError
from db.council import CouncilError
from db.endings import Ending
from db.permissions import COMMAND_LINE, Refused
from db.record import Record
from db.threads import Thread
from tests.db.making import NOW, Town, council, london


@pytest.fixture
def town(record: Record) -> Town:
    made = Town(record)
    made.member("AILSA")
    made.member("FERGUS", "coordinator")
    made.member("MORAG", "manager")
    made.person("P1", case_manager_id=1)
    return made


def hears(town: Town, words: str, *, now: datetime = NOW, person: int = 1) -> None:
    with town.write() as connection:
        threads.received(connection, council(), town.the_person(person), words, inbound_id=None, now=now)


def do(
    town: Town, act: Any, *args: Any, ref: str = "P1", actor: Any = COMMAND_LINE, now: datetime = NOW, **given: Any
) -> Any:
    with town.write() as connection:
        change = Change(connection, council(), now, actor)
        return act(change, threads.of(change, ref, "thread.write"), *args, **given)


def told(town: Town) -> list[tuple[int, str]]:
    rows = town.rows(schema.notices, schema.notices.c.thread_id.is_not(None), schema.notices.c.staff_id.is_not(None))
    return [(row["staff_id"], row["string"]) for row in rows]


def test_what_is_written_at_once_by_two_stands_in_one_thread(town: Town) -> None:
    hears(town, "one")
    hears(town, "two")
    thread = town.only(schema.threads)
    task = town.only(schema.tasks)
    assert (thread["unread_since"], thread["due_at"]) == (NOW, london("2026-06-10 17:00"))
    assert (task["key"], task["owner_id"], task["note"], task["due_at"]) == ("message:p1", 1, None, thread["due_at"])
    assert [row["words"] for row in town.rows(schema.thread_entries)] == ["one", "two"]


@pytest.mark.parametrize(
    ("now", "within", "due"),
    [
        ("2026-06-10 10:00", 480, "2026-06-10 17:00"),  # people are told "by 5pm"
        ("2026-06-10 10:00", 60, "2026-06-10 11:00"),
        ("2026-06-10 16:45", 480, "2026-06-11 16:45"),  # they are told "after 9am" of the next day
        ("2026-06-12 22:00", 480, "2026-06-16 17:00"),  # a Friday before a bank holiday
    ],
)
def test_it_is_due_within_working_minutes_and_never_later_than_was_promised(now: str, within: int, due: str) -> None:
    assert threads.due_time(council(conversation={"read_within": within}), london(now)) == london(due)


def test_it_climbs_by_role_in_working_time_and_stays_a_task_at_the_end(town: Town) -> None:
    hears(town, "one")
    for when, expected in (
        ("2026-06-10 16:59", [1]), ("2026-06-10 17:00", [1, 2]), ("2026-06-11 16:59", [1, 2]),
        ("2026-06-11 17:00", [1, 2, 3]), ("2026-06-22 17:00", [1, 2, 3]),
    ):  # fmt: skip
        with town.write() as connection:
            thread_watch.look(connection, council(), now=london(when))
            thread_watch.look(connection, council(), now=london(when))
        assert [staff_id for staff_id, _ in told(town)] == expected, when
    assert town.only(schema.tasks)["status"] == "open"
    assert [row["staff_id"] for row in town.rows(schema.thread_entries, schema.thread_entries.c.kind == "climbed")] == [2, 3]


def test_it_goes_to_who_stands_in_for_the_case_manager_and_never_climbs_to_who_is_away(town: Town) -> None:
    bryce = town.member("BRYCE")
    town.away(1, NOW.date(), NOW.date() + timedelta(days=1), bryce)
    town.away(2, NOW.date(), NOW.date() + timedelta(days=1))
    hears(town, "one")
    assert town.only(schema.tasks)["owner_id"] == bryce
    with town.write() as connection:
        thread_watch.look(connection, council(), now=london("2026-06-10 17:00"))
    assert [staff_id for staff_id, _ in told(town)] == [bryce, 3]


def test_without_a_case_manager_it_goes_to_who_leads_and_may_read_it(town: Town) -> None:
    town.member("SENGA", "coordinator", team="south")
    south = town.person("P2", team="south", restricted=True)
    town.turn(town.member("LEN", "supervisor"), "lead", NOW - timedelta(hours=1))
    hears(town, "one", person=south)
    assert [staff_id for staff_id, _ in told(town)] == [4], "neither a supervisor who has the turn, nor another team"


def test_the_officer_of_a_running_order_has_it_where_there_is_no_case_manager(town: Town) -> None:
    person = town.person("P2", order=False)
    town.order("O2", person, responsible_officer_id=1)
    hears(town, "one", person=person)
    assert told(town) == [(1, "thread.new")]


def test_another_case_manager_gets_the_thread_and_hears_what_is_unread(town: Town) -> None:
    isla = town.member("ISLA")
    hears(town, "one")
    town.change(schema.people, 1, case_manager_id=isla)
    with town.write() as connection:
        threads.follow(connection, council(), 1, actor="import", now=NOW)
    assert told(town) == [(1, "thread.new"), (isla, "thread.got")]
    assert town.only(schema.tasks)["owner_id"] == isla
    moved = town.only(schema.thread_entries, schema.thread_entries.c.kind == "moved")
    assert (moved["actor"], moved["staff_id"]) == ("import", isla)


def test_who_finishes_the_task_has_read_it_and_who_gets_the_task_gets_the_thread(town: Town) -> None:
    hears(town, "one")
    [task] = town.rows(schema.tasks)
    with town.write() as connection:
        desk.pass_on(Change(connection, council(), NOW, permissions.as_member(town.the_member(1))), task["id"], "FERGUS")
    assert town.only(schema.threads)["owner_id"] == 2
    with town.write() as connection:
        change = Change(connection, council(), NOW, permissions.as_member(town.the_member(2)))
        desk.finish(change, queues.one(change, task["id"]), "done")
    assert town.only(schema.threads)["unread_since"] is None
    assert town.only(schema.tasks)["closed_by"] == "FERGUS"


def test_it_goes_only_to_who_may_read_it(town: Town) -> None:
    hears(town, "one")
    town.member("KEV", "supervisor")
    town.member("SOUTH", team="south")
    for ref in ("KEV", "SOUTH"):
        member = town.the_member(town.only(schema.staff, schema.staff.c.ref == ref)["id"])
        with pytest.raises(ChangeError, match=f'"{ref}" may not read the messages of "P1"'):
            do(town, threads.pass_on, member)
    with pytest.raises(ChangeError, match='"AILSA" has these messages already'):
        do(town, threads.pass_on, town.the_member(1))


@pytest.mark.parametrize("apart", [{"restricted": True}, {"women_only": True}])
def test_who_is_kept_apart_is_read_by_their_own_team_and_by_who_has_it(town: Town, apart: dict[str, Any]) -> None:
    town.person("P2", team="south", **apart)
    for ref, allowed in (("AILSA", False), ("FERGUS", False), ("MORAG", True)):
        member = town.the_member(town.only(schema.staff, schema.staff.c.ref == ref)["id"])
        assert thread_watch.may(member, town.the_person(2), None, "thread.read") is allowed
        assert thread_watch.may(member, town.the_person(2), member.id, "thread.read")
    actor = permissions.as_member(town.the_member(2))
    with pytest.raises(Refused):
        do(town, threads.seen, ref="P2", actor=actor)
    with town.write() as connection:
        assert threads.listing(Change(connection, council(), NOW, actor), everyone=True) == []


def test_a_supervisor_who_is_named_as_having_it_still_reads_nothing(town: Town) -> None:
    kev = town.member("KEV", "supervisor")
    assert not thread_watch.may(town.the_member(kev), town.the_person(1), kev, "thread.read")


def test_it_is_closed_once_read_and_a_new_message_opens_it(town: Town) -> None:
    hears(town, "one")
    with pytest.raises(ChangeError, match='nobody has seen 1 message of "P1" yet'):
        do(town, threads.close)
    do(town, threads.seen)
    do(town, threads.close)
    assert town.only(schema.threads)["closed_at"] == NOW
    with pytest.raises(ChangeError, match="closed already"):
        do(town, threads.close)
    hears(town, "two")
    assert town.only(schema.threads)["closed_at"] is None


def end(town: Town, status: str = "completed", now: datetime = NOW) -> None:
    town.change(schema.orders, 1, status=status)
    with town.write() as connection:
        endings.follow(connection, council(), Ending(1, 1, "active", status), tell=True, now=now)


def test_the_end_of_the_last_order_closes_it_and_what_is_unread_still_waits(town: Town) -> None:
    hears(town, "one")
    end(town)
    assert town.only(schema.threads)["closed_at"] == NOW
    assert town.only(schema.tasks, schema.tasks.c.kind == "message")["status"] == "open"


def test_an_order_that_ends_beside_another_leaves_it_open(town: Town) -> None:
    hears(town, "one")
    town.order("O2", 1)
    end(town)
    assert town.only(schema.threads)["closed_at"] is None


def erase(town: Town, days: float, **settings: Any) -> None:
    with town.write() as connection:
        retention.erase(connection, council(retention=settings), now=NOW + timedelta(days=days))


def words(town: Town) -> list[str | None]:
    return [row["words"] for row in town.rows(schema.thread_entries, schema.thread_entries.c.kind == "in")]


def test_its_words_are_kept_for_days_of_their_own_after_the_last_order_ended(town: Town) -> None:
    hears(town, "one")
    do(town, threads.seen)
    end(town)
    erase(town, 29, conversation_days=30, messages_months=120)
    assert words(town) == ["one"]
    erase(town, 31, conversation_days=30, messages_months=120)
    assert words(town) == [None]
    [told_staff] = town.rows(schema.notices, schema.notices.c.thread_id.is_not(None))
    assert told_staff["fields"] == {}
    erased = town.only(schema.access_log, schema.access_log.c.action == "erased")
    assert (erased["actor"], erased["person_id"], erased["reason"]) == ("clock", 1, "conversation: 1")
    erase(town, 60, conversation_days=30, messages_months=120)
    assert len(town.rows(schema.access_log, schema.access_log.c.action == "erased")) == 1


def test_longer_days_than_the_messages_months_keep_them_longer(town: Town) -> None:
    hears(town, "one")
    do(town, threads.seen)
    end(town)
    erase(town, 200, messages_months=6, conversation_days=365)
    assert words(town) == ["one"]


def test_without_days_of_their_own_they_go_with_the_other_messages(town: Town) -> None:
    hears(town, "one")
    do(town, threads.seen)
    end(town)
    erase(town, 9999)
    assert words(town) == ["one"]
    erase(town, 200, messages_months=6)
    assert words(town) == [None]


@pytest.mark.parametrize("days", [0, 7, "30"])
def test_they_are_never_on_a_rule_of_a_week(days: Any) -> None:
    with pytest.raises(CouncilError, match=r"retention\.conversation_days"):
        council(retention={"conversation_days": days})


def test_whoever_asks_what_is_held_gets_the_thread_and_who_read_it(town: Town) -> None:
    hears(town, "one")
    do(town, threads.seen, actor=permissions.as_member(town.the_member(1)))
    with town.write() as connection:
        found = held.on(Change(connection, council(), NOW, COMMAND_LINE), "P1")["written to workers"]
    assert [(row["kind"], row["actor"], row.get("words")) for row in found] == [("in", "P1", "one"), ("seen", "AILSA", None)]


@pytest.mark.parametrize(
    ("told", "status", "hours", "state"),
    [
        ("open", "pending", 0, "waiting"), ("open", "sending", 0, "waiting"), ("told", "sent", 1, "sent"),
        ("told", "sent", 25, "doubtful"), ("open", "unknown", 0, "doubtful"), ("told", "delivered", 99, "delivered"),
        ("undeliverable", "undelivered", 1, "not_delivered"), ("told", "undelivered", 73, "doubtful"),
        ("expired", "expired", 0, "not_delivered"),
        ("undeliverable", None, 0, "not_delivered"), ("cancelled", "cancelled", 0, "stopped"),
    ],
)  # fmt: skip
def test_how_far_a_message_came_is_said_honestly(told: str, status: str | None, hours: int, state: str) -> None:
    assert transcripts.state_of(told, status, NOW - timedelta(hours=hours), NOW) == state


def test_a_flood_is_not_passed_on_message_by_message(town: Town) -> None:
    town.link("5001", staff_id=1)
    for n in range(thread_watch.TOLD_AT_MOST + 5):
        hears(town, f"message {n}")
    assert len(told(town)) == thread_watch.TOLD_AT_MOST


def _thread(town: Town) -> Thread:
    with town.write() as connection:
        return threads.of(Change(connection, council(), NOW, COMMAND_LINE), "P1", "thread.read")


def test_the_thread_says_how_much_is_unread_and_up_to_where(town: Town) -> None:
    assert (_thread(town).unread, _thread(town).latest) == (0, 0)
    hears(town, "one")
    hears(town, "two")
    thread = _thread(town)
    assert (thread.unread, thread.owner_id, thread.latest) == (2, 1, town.rows(schema.thread_entries)[-1]["id"])
