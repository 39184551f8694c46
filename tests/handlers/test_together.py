"""Messages that are handled together leave the record as it would be, had each been handled by itself."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, select

from db import inbound, schema
from db.inbound import Raw
from handlers import conversation
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Member, Phone, Someone, Town

TABLES = (
    "people", "telegram_links", "invites", "orders", "sessions", "bookings", "attendance", "reports", "questions",
    "staff_questions", "notices", "deliveries", "tasks", "threads", "thread_entries", "alerts", "suppressions", "access_log",
    "hours",
)  # fmt: skip
BY_CHANCE = {"token"}
THEIRS = (
    "1", "2", "3", "4", "5", "6", "7", "8", "0", "A", "b", "aye", "no", "coming", "cannae make it", "running late", "stop",
    "start", "my hours", "wrong number", "not me", "sorry who is this", "actually i'm coming", "ok thanks", "W", "polski",
    "can somebody phone me", "ten minutes", "he hits me", "I want to die", "see you then", "STOP", "STOP ALL",
)  # fmt: skip
STAFFS = ("LIST", "IN 1", "OUT 1", "OUT 2", "LATE 1 10am", "OFF", "A", "yes", "CW", "DONE", "HURT 1")


class Mixed(Town):
    """A town in which everybody writes at once: what they send is gathered, and handled when the test says so."""

    gathered: list[Raw] | None = None

    def receive(self, phone: Phone, raw: Raw) -> list[str]:
        if self.gathered is None:
            return super().receive(phone, raw)
        self.gathered.append(raw)
        return []

    def gather(self) -> None:
        self.gathered = []

    def after(self, sizes: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
        """The record once all that was gathered is handled, so many messages at a time. Then it is as it was."""
        assert self.gathered is not None
        with self.record.write() as connection:
            untouched = connection.begin_nested()
            inbound.store(connection, self.gathered, now=self.now)
            stored = inbound.next_in_order(connection, len(self.gathered), now=self.now)
            assert len(stored) == sum(sizes)
            heard = [(one.id, conversation.hear(one.door, one.payload)) for one in stored]
            for size in sizes:
                some, heard = heard[:size], heard[size:]
                conversation.handle_all(connection, self.council, dict(some), now=self.now)
            found = {name: _rows(connection, name) for name in TABLES}
            untouched.rollback()
        return found


def _rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    table = schema.metadata.tables[name]
    rows = connection.execute(select(table).order_by(*table.primary_key)).mappings()
    return [{column: value for column, value in row.items() if column not in BY_CHANCE} for row in rows]


@pytest.fixture
def town(make_town: MakeTown) -> Mixed:
    plain = make_town()
    return Mixed(plain.record)


@pytest.fixture
def kev(town: Mixed) -> Member:
    return town.staff("Kev Mason", "supervisor")


@pytest.fixture
def people(town: Mixed, kev: Member) -> list[Someone]:
    """Some by text, some on Telegram, two of them with one number; booked for today with Kev, and for tomorrow."""
    people = [
        town.person("Craig Watt"),
        town.person("Jim Kerr", door="telegram"),
        town.person("Jo King", door="telegram", mode="discreet"),
        town.person("Ann Reid", language="pl"),
        town.person("Sam Orr"),
        town.person("Bob Orr", number="+447700900800"),
        town.person("Meg Orr", number="+447700900800", door="telegram"),
    ]
    town.at("12 September 8:00")
    for when in ("12 September 9:30", "13 September 9:30"):
        session = town.session(when, supervisor=kev)
        for person in people:
            person.is_booked(session)
    town.reminds()
    town.deliver()
    return people


def anything(town: Mixed, kev: Member, people: list[Someone], codes: list[str], dice: random.Random) -> None:
    """One message that may change what is known of others, or tells us nothing of its sender."""
    one = dice.choice(people)
    match dice.randrange(6):
        case 0:
            kev.texts(dice.choice(STAFFS))
        case 1:
            town.stranger().texts(dice.choice(THEIRS))
        case 2:
            one.joins(dice.choice(["kicked", "member"]))
        case 3:
            one.writes(f"/start {dice.choice(codes)}")
        case 4:
            one.writes("", photo=[{"file_id": "a", "width": 1, "height": 1}])
        case _:
            one.writes(dice.choice(THEIRS), chat_type="group")


@pytest.mark.parametrize("seed", range(24))
def test_it_makes_no_difference_how_many_are_handled_together(
    town: Mixed, kev: Member, people: list[Someone], seed: int
) -> None:
    dice = random.Random(seed)
    codes = [one.is_invited() for one in people[:4]]
    town.wait(minutes=dice.choice([0, 80, 100]))
    town.gather()
    odd = dice.choice([0.0, 0.03, 0.2])
    for _ in range(40):
        if dice.random() < odd:
            anything(town, kev, people, codes, dice)
        else:
            one = dice.choice(people)
            dice.choice([one.texts, one.says])(dice.choice(THEIRS))
    sent = len(town.gathered or [])
    alone = town.after([1] * sent)
    assert town.after([sent]) == alone
    cut = dice.randrange(1, sent)
    assert town.after([cut, sent - cut]) == alone
    assert len(alone["notices"]) > len(people) * 2


@pytest.mark.parametrize("first", ["sms", "telegram"])
def test_the_same_person_by_text_and_on_telegram_at_once(town: Mixed, people: list[Someone], first: str) -> None:
    jim = people[1]
    one, other = (jim.texts, jim.writes) if first == "sms" else (jim.writes, jim.texts)
    town.gather()
    one("2")
    other("A")  # answers what the first one asked
    both = town.after([2])
    assert [row["reason"] for row in both["reports"]] == ["ill"]
    assert both == town.after([1, 1])


def test_a_chat_that_becomes_anothers_is_theirs_for_the_next_message(town: Mixed, people: list[Someone]) -> None:
    craig, jim = people[:2]
    code = craig.is_invited()
    town.gather()
    jim.writes(f"/start {code}")
    jim.writes("1")
    after = town.after([2])
    assert [row["person_id"] for row in after["bookings"] if row["answer"] == "coming"] == [craig.id]
    assert after == town.after([1, 1])


def test_who_takes_anothers_place_on_telegram_is_written_to_there(town: Mixed, people: list[Someone]) -> None:
    craig, jim, jo = people[:3]
    code = jim.is_invited()
    town.gather()
    jo.writes(f"/start {code}")
    jim.writes("5")  # from a chat that is nobody's now
    craig.texts("5")
    assert town.after([3]) == town.after([1, 1, 1])


def test_who_blocked_us_is_not_written_to_there(town: Mixed, people: list[Someone]) -> None:
    jim = people[1]
    town.gather()
    jim.joins("kicked")
    jim.texts("2")
    jim.texts("A")
    after = town.after([3])
    assert {row["channel"] for row in after["deliveries"] if row["notice_id"] > len(people)} == {"sms"}
    assert after == town.after([1, 1, 1])


def test_who_writes_on_telegram_after_blocking_us_is_answered_there(town: Mixed, people: list[Someone]) -> None:
    jim = people[1]
    jim.joins("kicked")
    town.gather()
    jim.writes("5")
    people[0].texts("5")
    after = town.after([2])
    assert [row["channel"] for row in after["deliveries"]][-2:] == ["telegram", "sms"]


def test_what_staff_do_between_is_known_to_whoever_writes_next(town: Mixed, kev: Member, people: list[Someone]) -> None:
    town.at("11 September 17:00")  # nobody can be on their way yet
    town.ticks()
    town.gather()
    kev.texts("OFF SNOW")
    people[0].texts("5")
    together = town.after([2])
    assert together == town.after([1, 1])
    today, tomorrow = together["sessions"]
    assert (today["status"], tomorrow["status"]) == ("cancelled", "planned")
    assert together["notices"][-1]["session_id"] == tomorrow["id"]
