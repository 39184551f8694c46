"""What somebody must hear goes to their other channel when the first brought neither delivery nor answer: once, at most."""

import json
from datetime import timedelta
from typing import Any

import pytest

from db import inbound, schema, sessions
from db.inbound import Raw
from db.record import Record
from notifications import second_channel
from notifications.channel import Outcome, Verdict
from notifications.second_channel import First, is_due
from tests.db.making import NOW, london
from tests.notifications.conftest import FakeClock, post_of, receive

START = london("2026-06-11 14:00")
CHAT = "800100"
BY_TEXT = "Sessions: Thursday 11 June at Bikes is OFF. Don't travel."
IN_CHAT = "<b>Thursday 11 June at Bikes is OFF.</b> Don't travel."


def states(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


def first(**given: Any) -> First:
    values: dict[str, Any] = {
        "purpose": "off", "channels": frozenset({"sms"}), "started_at": NOW, "expires_at": NOW + timedelta(hours=5),
        "statuses": states("sent"), **given,
    }  # fmt: skip
    return First(**values)


def minutes_later(minutes: float) -> Any:
    return NOW + timedelta(minutes=minutes)


DUE: list[tuple[str, First, float, bool]] = [
    ("off, sent, no receipt of delivery", first(), 20, True),
    ("off, a minute too soon", first(), 19, False),
    ("off, only accepted", first(statuses=states("accepted")), 20, True),
    ("off, undelivered", first(statuses=states("undelivered")), 20, True),
    ("off, refused", first(statuses=states("failed")), 20, True),
    ("moved, undelivered and its second try sent", first(purpose="moved", statuses=states("undelivered", "sent")), 20, True),
    ("off, delivered", first(statuses=states("delivered")), 20, False),
    ("off, delivered at the second try", first(statuses=states("undelivered", "delivered")), 20, False),
    ("off, on Telegram", first(channels=states("telegram"), statuses=states("delivered")), 20, False),
    ("off, on Telegram, refused", first(channels=states("telegram"), statuses=states("failed")), 20, True),
    ("off, its second try waits", first(statuses=states("undelivered", "pending")), 20, False),
    ("off, nobody can tell", first(statuses=states("unknown")), 20, False),
    ("off, both channels tried", first(channels=frozenset({"sms", "telegram"})), 20, False),
    ("off, they wrote since", first(heard_at=minutes_later(3)), 20, False),
    ("off, they wrote before", first(heard_at=minutes_later(-3)), 20, True),
    ("off, no time left", first(expires_at=minutes_later(24)), 20, False),
    ("moved, answered since", first(purpose="moved", answered_at=minutes_later(3)), 20, False),
    ("reminder, sent: the phone may be off for the night", first(purpose="reminder"), 20, False),
    ("reminder, undelivered", first(purpose="reminder", statuses=states("undelivered")), 20, True),
    ("reminder, its second try sent", first(purpose="reminder", statuses=states("undelivered", "sent")), 20, False),
]  # fmt: skip


@pytest.mark.parametrize(("what", "of", "minutes", "due"), DUE, ids=[what for what, *_ in DUE])
def test_when_the_other_channel_has_its_turn(what: str, of: First, minutes: float, due: bool) -> None:
    assert is_due(of, now=minutes_later(minutes)) is due


class Both:
    """One booked person with a number and a linked chat, and the senders of both channels."""

    def __init__(self, record: Record, clock: FakeClock, **sections: dict[str, Any]) -> None:
        self.sms = post_of("sms", record, clock, **sections)
        self.telegram = post_of("telegram", record, clock, **sections)
        self.record, self.clock, self.council = record, clock, self.sms.council

    def settle(self, **given: Any) -> None:
        self.person, self.session, self.booking = self.sms.town.booked("P1", START, **{"chat": CHAT, **given})

    def cancel(self) -> None:
        with self.record.write() as connection:
            sessions.cancel(connection, self.council, [self.session], now=self.clock.now(), actor="S1", tell=True)

    def later(self, minutes: float = 21) -> int:
        """Time passes, and the clock asks what is due; how many second notices that writes."""
        self.clock.pass_(minutes=minutes)
        return self.tick()

    def tick(self) -> int:
        with self.record.write() as connection:
            return second_channel.write(connection, self.council, now=self.clock.now())

    def told(self, **given: Any) -> None:
        """The session is off, and the text has gone to the provider."""
        self.settle(**given)
        self.cancel()
        assert self.sms.turn() + self.telegram.turn() == 1

    def text_back(self, body: str) -> None:
        number = self.sms.town.row(schema.people, self.person)["phone"]
        with self.record.write() as connection:
            raw = Raw("twilio", "SM-in", number, json.dumps({"From": number, "Body": body}))
            inbound.store(connection, [raw], now=self.clock.now())

    def token(self) -> str:
        return str(self.sms.town.rows(schema.deliveries)[0]["token"])

    def keys(self) -> list[str]:
        return [row["key"] for row in self.sms.town.rows(schema.notices)]


@pytest.fixture
def both(sqlite_record: Record, clock: FakeClock) -> Both:
    return Both(sqlite_record, clock)


def test_a_cancellation_that_no_receipt_says_arrived_goes_to_the_chat_too_and_only_once(both: Both) -> None:
    both.told()
    receive(both.sms, both.token(), "sent")
    assert both.later(18) == 0
    assert both.later(3) == 1
    assert both.telegram.turn() == 1
    assert both.telegram.channel.calls[0].address == CHAT
    assert both.telegram.channel.bodies[0].startswith(IN_CHAT)
    assert [both.later() for _ in range(3)] == [0, 0, 0]
    assert both.sms.turn() + both.telegram.turn() == 0
    key = f"off:b{both.booking}:v1.2"
    assert both.keys() == [key, f"second:{key}"]


def test_of_very_many_some_are_told_at_each_tick(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_channel, "AT_ONCE", 1)
    both.told()
    another = both.sms.town.person("P2", chat="800200")
    both.sms.town.booking(both.session, another)
    with both.record.write() as connection:
        sessions.reinstate(connection, both.council, both.session, now=both.clock.now(), actor="S1")
    both.sms.turn()
    assert [both.later(), both.tick(), both.tick()] == [1, 1, 0]


def test_a_first_notice_that_cannot_be_read_keeps_no_other_from_a_second(both: Both) -> None:
    both.told()
    another = both.sms.town.person("P2", chat="800200")
    both.sms.town.booking(both.session, another)
    with both.record.write() as connection:
        sessions.reinstate(connection, both.council, both.session, now=both.clock.now(), actor="S1")
        connection.exec_driver_sql("UPDATE notices SET fields = 'lost' WHERE id = 2")
    both.sms.town.change(schema.deliveries, 2, status="sent", started_at=both.clock.now(), accepted_at=both.clock.now())
    both.sms.town.change(schema.deliveries, 3, status="sent", started_at=both.clock.now(), accepted_at=both.clock.now())
    with both.record.write() as connection:
        connection.exec_driver_sql("UPDATE notices SET status = 'told'")
    assert both.later() == 1


def test_what_was_delivered_or_answered_is_not_said_twice(both: Both) -> None:
    both.told()
    receive(both.sms, both.token(), "delivered")
    assert both.later() == 0


def test_a_word_from_the_same_phone_is_an_answer(both: Both) -> None:
    both.told()
    both.clock.pass_(minutes=5)
    both.text_back("ok")
    assert both.later() == 0


def test_a_number_that_is_no_more_leads_to_the_chat(both: Both) -> None:
    both.settle()
    both.cancel()
    both.sms.channel.always = Outcome(Verdict.RECIPIENT, code="30005")
    both.sms.turn()
    assert both.later() == 1
    assert both.telegram.turn() == 1
    assert both.sms.tasks() == [("bad_number", None), ("not_reached", "recipient")]


def test_a_chat_that_refuses_the_words_leads_to_a_text_where_the_number_is_their_own(both: Both) -> None:
    both.settle(channel="telegram")
    both.cancel()
    both.telegram.channel.always = Outcome(Verdict.CONTENT, code="400")
    both.telegram.turn()
    assert both.later() == 1
    assert both.sms.turn() == 1
    assert both.sms.channel.bodies[0].startswith(BY_TEXT)


@pytest.mark.parametrize("given", [{"chat": None}, {"mode": "call_first"}], ids=["no chat", "asked to call"])
def test_some_have_no_second_channel(both: Both, given: dict[str, Any]) -> None:
    both.told(**given)
    assert both.later() == 0


@pytest.mark.parametrize("changed", [{"stop_level": "all"}, {"mode": "no_contact"}], ids=["stopped", "no contact"])
def test_who_wants_no_messages_any_more_gets_no_second_one(both: Both, changed: dict[str, Any]) -> None:
    both.told()
    both.sms.town.change(schema.people, both.person, **changed)
    assert both.later() == 0


@pytest.mark.parametrize("given", [{"phone_is_own": False}, {"number_suspended_at": NOW}], ids=["not own", "suspended"])
def test_no_second_text_goes_to_a_phone_that_is_not_only_theirs(both: Both, given: dict[str, Any]) -> None:
    both.settle(channel="telegram", **given)
    both.cancel()
    both.telegram.channel.always = Outcome(Verdict.CONTENT, code="400")
    both.telegram.turn()
    assert both.later() == 0
    assert both.sms.channel.calls == []


@pytest.mark.parametrize("people", ["off", "content_free"])
def test_a_council_that_keeps_content_from_telegram_has_no_second_channel_there(
    sqlite_record: Record, clock: FakeClock, people: str
) -> None:
    both = Both(sqlite_record, clock, telegram={"people": people})
    both.told()
    assert both.later() == 0


def test_discreet_people_get_no_place_on_the_second_channel_either(both: Both) -> None:
    both.told(mode="discreet")
    assert both.later() == 1
    both.telegram.turn()
    assert "Bikes" not in both.telegram.channel.bodies[0]
    assert "Sessions" not in both.telegram.channel.bodies[0]


def test_the_second_channel_waits_for_the_safe_window_and_is_needless_once_the_first_arrived(both: Both) -> None:
    both.told(safe_from=12 * 60, safe_until=13 * 60 + 15)  # it is 13:00 in London
    both.clock.pass_(minutes=21)
    assert both.tick() == 1
    assert both.telegram.turn() == 0
    receive(both.sms, both.token(), "delivered")
    assert both.later(30) == 0
    assert [row["status"] for row in both.sms.town.rows(schema.notices)] == ["told", "superseded"]
    both.clock.pass_(hours=23)
    assert both.telegram.turn() == 0


def test_a_second_notice_never_comes_back_to_the_first_channel(both: Both) -> None:
    both.told()
    assert both.later() == 1
    link = both.sms.town.only(schema.telegram_links)
    both.sms.town.change(schema.telegram_links, link["id"], ended_at=both.clock.now())
    assert both.telegram.turn() + both.sms.turn() == 0
    assert len(both.sms.channel.calls) == 1
    assert both.sms.tasks() == [("not_reached", "no_address")]


def test_a_blocked_chat_is_not_answered_by_the_same_text_again(both: Both) -> None:
    both.told()
    assert both.later() == 1
    both.telegram.channel.always = Outcome(Verdict.RECIPIENT, code="403")
    assert both.telegram.turn() == 1
    assert both.sms.turn() == 0
    assert both.later() == 0
    assert both.sms.tasks() == [("telegram_blocked", None), ("not_reached", "recipient")]


def test_a_session_that_changed_meanwhile_needs_no_second_word_of_what_was(both: Both) -> None:
    both.told()
    with both.record.write() as connection:
        sessions.reinstate(connection, both.council, both.session, now=both.clock.now(), actor="S1")
    assert both.later() == 0
