"""Who cannot be reached: each cause, its task, the end of both, and the doubt that silence puts on a number."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from db import reach, schema, tasks
from db.permissions import COMMAND_LINE, as_member
from db.record import Record
from tests.db.making import NOW, Town, council

LONG_AGO = NOW - timedelta(days=61)


@pytest.fixture
def town(record: Record) -> Town:
    made = Town(record)
    made.member("CM")
    return made


def person(town: Town, ref: str = "P1", **given: Any) -> int:
    return town.person(ref, **{"case_manager_id": 1, **given})


def found(town: Town, now: datetime = NOW) -> list[tuple[int, str, datetime | None]]:
    with town.write() as connection:
        return [(one.person_id, one.klass, one.since) for one in reach.causes(connection, now=now)]


def watched(town: Town, now: datetime = NOW) -> list[tuple[str, str | None, str]]:
    """What the clock leaves: kind, class and status of every task."""
    with town.write() as connection:
        reach.watch(connection, council(), now=now)
    return [(row["kind"], row["class"], row["status"]) for row in town.rows(schema.tasks)]


def writes(town: Town, person_id: int, at: datetime, door: str = "twilio") -> None:
    who = town.the_person(person_id)
    sender = who.phone_hash if door == "twilio" else who.chat_hash
    town.add(
        schema.inbound, door=door, provider_id=f"{door}{at}{person_id}", sender_hash=sender, payload="{}", received_at=at,
        state="handled",
    )  # fmt: skip


def gets(town: Town, person_id: int, at: datetime, status: str = "delivered", **given: Any) -> None:
    """A text that ended so."""
    who = town.the_person(person_id)
    n = len(town.rows(schema.notices))
    notice = town.add(
        schema.notices, key=f"n{n}", purpose="reminder", string="reminder.day_before", fields={}, lane=3, timing="any",
        person_id=person_id, created_at=at, expires_at=at + timedelta(days=1), status="told",
    )  # fmt: skip
    town.add(
        schema.deliveries, token=f"t{n}", notice_id=notice, seq=1, channel="sms", action="send", status=status, lane=3,
        counts=True, address=who.phone, address_hash=who.phone_hash, not_before=at, expires_at=at + timedelta(days=1),
        attempts=0, resends=0, checks=0, created_at=at, accepted_at=at, final_at=at, **given,
    )  # fmt: skip


def test_who_is_reached_is_on_no_list(town: Town) -> None:
    craig = person(town, created_at=LONG_AGO)
    gets(town, craig, NOW - timedelta(days=20))
    writes(town, craig, NOW - timedelta(days=19))
    assert found(town) == []
    assert watched(town) == []


def test_without_a_number_or_a_chat(town: Town) -> None:
    person(town, phone=None)
    person(town, "P2", phone=None, chat="22", channel="telegram")
    assert found(town) == [(1, "no_number", None)]


def test_a_number_that_others_have(town: Town) -> None:
    number = town.number()
    person(town, phone=number)
    person(town, "P2", phone=number)
    town.member("S2", phone=town.the_person(person(town, "P3")).phone)
    assert {(one[0], one[1]) for one in found(town)} == {(n, "shared_number") for n in (1, 2, 3)}


def test_a_number_that_the_network_does_not_know_or_that_is_somebody_elses(town: Town) -> None:
    person(town)
    given_up = {"scope": "everything", "why": "recipient", "at": LONG_AGO}
    town.add(schema.suppressions, address_hash=town.the_person(1).phone_hash, **given_up)
    person(town, "P2", number_suspended_at=NOW)
    assert found(town) == [(1, "invalid_number", LONG_AGO), (2, "invalid_number", NOW)]


def test_one_who_blocked_the_bot(town: Town) -> None:
    craig = person(town, chat="11", channel="telegram")
    town.change(schema.telegram_links, 1, blocked_at=LONG_AGO)
    assert found(town) == [(craig, "blocked", LONG_AGO)]
    town.change(schema.telegram_links, 1, blocked_at=None)
    assert found(town) == []


@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_one_whose_last_text_did_not_arrive(town: Town, status: str) -> None:
    craig = person(town)
    gets(town, craig, NOW - timedelta(days=3))
    gets(town, craig, NOW - timedelta(days=2), status)
    assert found(town) == [(craig, "undelivered", NOW - timedelta(days=2))]
    assert watched(town) == [("reach", "undelivered", "open")]
    gets(town, craig, NOW - timedelta(days=1))
    assert watched(town) == [("reach", "undelivered", "done")]


def test_of_a_network_that_never_reports_nobody_is_taken_to_be_out_of_reach(town: Town) -> None:
    craig = person(town)
    gets(town, craig, NOW - timedelta(days=2), "undelivered", error_code="timeout")
    assert found(town) == []
    gets(town, craig, NOW - timedelta(days=4), "undelivered", error_code="30003")
    assert found(town) == [(craig, "undelivered", NOW - timedelta(days=4))]


def test_a_text_from_them_is_as_good_as_a_receipt(town: Town) -> None:
    craig = person(town)
    gets(town, craig, NOW - timedelta(days=2), "undelivered")
    writes(town, craig, NOW - timedelta(days=1))
    assert found(town) == []


@pytest.mark.parametrize(("days", "expected"), [(13, []), (14, ["never_replied"])])
def test_one_who_never_answered(town: Town, days: int, expected: list[str]) -> None:
    craig = person(town)
    gets(town, craig, NOW - timedelta(days=days))
    gets(town, craig, NOW - timedelta(days=1))
    assert [one[1] for one in found(town)] == expected


def test_to_one_who_was_never_written_to_nothing_is_owed(town: Town) -> None:
    person(town, created_at=LONG_AGO)
    assert found(town) == []


@pytest.mark.parametrize("door", ["twilio", "telegram"])
def test_one_who_fell_silent(town: Town, door: str) -> None:
    craig = person(town, created_at=LONG_AGO, chat="11")
    writes(town, craig, NOW - timedelta(days=60), door)
    assert found(town, NOW - timedelta(minutes=1)) == []
    assert found(town) == [(craig, "silent", NOW - timedelta(days=60))]
    writes(town, craig, NOW - timedelta(days=1), "telegram")
    assert found(town) == []


def test_what_others_write_in_their_chats_is_not_from_them(town: Town) -> None:
    other = person(town, "P0", chat="10", channel="telegram")
    never, silent = (person(town, f"P{n}", created_at=LONG_AGO, chat=f"1{n}") for n in (1, 2))
    gets(town, never, LONG_AGO)
    writes(town, silent, LONG_AGO, "telegram")
    writes(town, other, NOW, "telegram")
    assert [one[:2] for one in found(town)] == [(never, "never_replied"), (silent, "silent")]


@pytest.mark.parametrize("given", [{"stop_level": "all"}, {"mode": "no_contact"}, {"verified_until": NOW}])
def test_silence_is_no_cause_where_it_was_asked_for_or_the_number_is_known(town: Town, given: dict[str, Any]) -> None:
    writes(town, person(town, created_at=LONG_AGO, **given), LONG_AGO)
    assert found(town) == []


@pytest.mark.parametrize("status", ["completed", "custody", "breached"])
def test_only_running_orders_count(town: Town, status: str) -> None:
    craig = person(town, order=False, phone=None)
    town.order("O1", craig, status=status)
    assert found(town) == []


def test_the_gravest_cause_alone_counts_and_one_task_follows_another(town: Town) -> None:
    craig = person(town, created_at=LONG_AGO)
    writes(town, craig, LONG_AGO)
    assert watched(town) == [("reach", "silent", "open")]
    town.change(schema.people, craig, number_suspended_at=NOW)
    assert watched(town) == [("reach", "silent", "done"), ("reach", "invalid_number", "open")]


def test_running_it_again_changes_nothing(town: Town) -> None:
    person(town, phone=None)
    assert watched(town) == watched(town) == [("reach", "no_number", "open")]
    [task] = town.rows(schema.tasks)
    assert (task["owner_id"], task["person_id"], task["due_at"]) == (1, 1, council().due_in_working_days(NOW, 1))


@pytest.mark.parametrize(
    ("key", "kind", "given"),
    [("no_number:P1", "no_number", {"phone": None}), ("wrong_number:p1", "wrong_number", {"number_suspended_at": NOW})],
)
def test_where_a_task_was_opened_when_it_happened_there_is_no_second(
    town: Town, key: str, kind: str, given: dict[str, Any]
) -> None:
    person(town, **given)
    with town.write() as connection:
        tasks.open_task(connection, key=key, kind=kind, now=NOW, due_at=NOW, person_id=1)
    assert watched(town) == [(kind, None, "open")]
    with town.write() as connection:
        [line] = reach.listing(connection, actor=COMMAND_LINE, now=NOW)
    assert (line.person, line.owner, line.task) == ("P1", "CM", 1)


def test_the_list_is_of_the_teams_that_one_may_see_and_says_so_in_the_log(town: Town) -> None:
    person(town, phone=None)
    person(town, "P2", phone=None, team="south")
    town.member("CO", "coordinator")
    with town.write() as connection:
        lists = {
            ref: [line.person for line in reach.listing(connection, actor=as_member(town.the_member(id_)), now=NOW)]
            for ref, id_ in (("CM", 1), ("CO", 2))
        }
    assert lists == {"CM": ["P1"], "CO": ["P1", "P2"]}
    assert [row["actor"] for row in town.rows(schema.access_log)] == ["CM", "CO"]


# The doubt


def doubted(town: Town, now: datetime = NOW) -> list[bool]:
    watched(town, now)
    return [row["doubted_at"] == now for row in town.rows(schema.people)]


def test_a_number_from_which_nothing_came_for_60_days_is_doubted(town: Town) -> None:
    silent, heard, fresh, chats = (
        person(town, f"P{n}", created_at=at, chat=chat)
        for n, (at, chat) in enumerate([(LONG_AGO, None), (LONG_AGO, None), (NOW, None), (LONG_AGO, "44")])
    )
    writes(town, heard, NOW - timedelta(days=59))
    writes(town, chats, NOW, "telegram")
    assert doubted(town) == [True, False, False, True], "a chat says nothing of the number"
    actions = [(row["person_id"], row["action"]) for row in town.rows(schema.access_log)]
    assert actions == [(silent, "number.doubted"), (chats, "number.doubted")]
    assert fresh


def test_a_verified_number_is_doubted_again_only_after_60_more_days(town: Town) -> None:
    person(town, created_at=LONG_AGO, verified_until=NOW)
    assert doubted(town, NOW + timedelta(days=59)) == [False]
    assert doubted(town, NOW + timedelta(days=60)) == [True]
