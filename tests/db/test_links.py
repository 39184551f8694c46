"""Linking a Telegram chat: a code of fifteen minutes and one use."""

from datetime import timedelta

import pytest

from db import links, schema
from db import people as who
from db.record import Record
from tests.db.making import NOW, Town


@pytest.fixture
def town(record: Record) -> Town:
    return Town(record)


def invite(town: Town, **owner: int) -> str:
    with town.write() as connection:
        return links.invite(connection, now=NOW, actor="S1", **owner).code


def redeem(town: Town, code: str, chat: str, after: timedelta = timedelta()) -> who.Sender | None:
    with town.write() as connection:
        return links.redeem(connection, code, chat, now=NOW + after)


def owner(town: Town, chat: str) -> str | None:
    with town.record.read() as connection:
        found = who.by_chat(connection, chat)
    return found.person.ref if found.person else found.staff.ref if found.staff else None


def test_a_code_links_once_in_any_case_of_letters(town: Town) -> None:
    code = invite(town, person_id=town.person("P1"))
    assert len(code) == links.LENGTH
    assert redeem(town, code.lower(), "4001") is not None
    assert owner(town, "4001") == "P1"
    assert redeem(town, code, "4002") is None
    assert owner(town, "4002") is None


@pytest.mark.parametrize(("after", "works"), [(timedelta(minutes=14, seconds=59), True), (timedelta(minutes=15), False)])
def test_a_code_lasts_fifteen_minutes(town: Town, after: timedelta, works: bool) -> None:
    code = invite(town, person_id=town.person("P1"))
    assert (redeem(town, code, "4001", after) is not None) is works


def test_a_new_code_ends_the_one_before_it(town: Town) -> None:
    person = town.person("P1")
    first, second = invite(town, person_id=person), invite(town, person_id=person)
    assert redeem(town, first, "4001") is None
    assert redeem(town, second, "4001") is not None


def test_no_code_of_ours_does_nothing(town: Town) -> None:
    assert redeem(town, "ZZZZZZ", "4001") is None
    assert town.rows(schema.telegram_links) == []


def test_a_new_phone_takes_the_place_of_the_old_one(town: Town) -> None:
    person = town.person("P1", chat="4001")
    redeem(town, invite(town, person_id=person), "4002")
    assert (owner(town, "4001"), owner(town, "4002")) == (None, "P1")


def test_a_chat_that_somebody_else_links_is_theirs_alone(town: Town) -> None:
    town.person("P1", chat="4001")
    redeem(town, invite(town, staff_id=town.member("S1")), "4001")
    assert owner(town, "4001") == "S1"
    assert [row["ended_at"] is None for row in town.rows(schema.telegram_links)] == [False, True]


def test_linking_again_after_a_block_reaches_the_person_again(town: Town) -> None:
    person = town.person("P1", chat="4001")
    with town.write() as connection:
        links.block(connection, town.the_person(person).chat_hash or "", now=NOW)
    assert town.the_person(person).chat is None
    redeem(town, invite(town, person_id=person), "4001")
    assert town.the_person(person).chat == "4001"


def test_a_message_or_an_unblock_ends_a_block(town: Town) -> None:
    person = town.person("P1", chat="4001")
    with town.write() as connection:
        links.block(connection, town.the_person(person).chat_hash or "", now=NOW)
        links.unblock(connection, "4001")
    assert town.the_person(person).chat == "4001"


def test_inviting_and_linking_are_logged_without_the_code(town: Town) -> None:
    person = town.person("P1")
    code = invite(town, person_id=person)
    redeem(town, code, "4001")
    rows = town.rows(schema.access_log)
    assert [(row["actor"], row["action"], row["person_id"]) for row in rows] == [
        ("S1", "invited", person), ("telegram", "linked", person),
    ]  # fmt: skip
    assert not any(code in str(dict(row)) for row in rows + town.rows(schema.invites))
