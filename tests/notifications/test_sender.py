"""The sender's protocol: claimed once, under one fence, in order, in time, within the rates, and what nobody can tell."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from typing import Any, Literal

import pytest
from sqlalchemy import Connection

from db import crypto, deliveries, leases, notices, schema, suppressions
from db.record import Record
from notifications.channel import Outcome, Outgoing, ProviderUnreachable, Verdict
from notifications.rates import Rates
from notifications.sender import SLOTS, Sender
from tests.db.making import Town, london
from tests.notifications.conftest import UNKNOWN, FakeChannel, FakeClock, Post, accept_but_time_out, post_of, receive

# Receipts


def token_of(post: Post, notice: int) -> str:
    return str(post.deliveries(notice)[-1]["token"])


ORDERS = [
    (["accepted", "sent", "delivered"], "delivered", "told"),
    (["delivered", "sent", "accepted"], "delivered", "told"),
    (["sent", "sent", "sent"], "sent", "told"),
    (["undelivered", "sent"], "undelivered", "undeliverable"),
    (["undelivered", "delivered"], "delivered", "told"),
    (["delivered", "undelivered"], "delivered", "told"),
    (["failed", "delivered"], "failed", "undeliverable"),
    (["failed", "failed"], "failed", "undeliverable"),
    (["accepted", "cancelled"], "accepted", "told"),
    (["no such state"], "accepted", "told"),
]


@pytest.mark.parametrize(("states", "status", "notice_status"), ORDERS, ids=str)
def test_receipts_move_a_delivery_upward_only_whatever_their_order(
    sms: Post, states: list[str], status: str, notice_status: str
) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.turn()
    for state in states:
        receive(sms, token_of(sms, notice), state, error_class="content", code="30007")
    assert sms.statuses(notice) == [status]
    assert sms.notice(notice) == notice_status


@pytest.mark.parametrize(("states", "status", "notice_status"), ORDERS, ids=str)
def test_receipts_may_come_before_our_own_answer_is_recorded(
    sms: Post, states: list[str], status: str, notice_status: str
) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    claimed = sms.claim()
    for state in states:
        receive(sms, token_of(sms, notice), state, error_class="content", code="30007")
    sms.call(claimed)
    row = sms.deliveries(notice)[0]
    assert row["status"] == status
    assert row["reference"] == "SM0001"
    assert sms.notice(notice) == notice_status


def test_a_receipt_that_says_a_phone_is_off_before_our_own_answer_still_leads_to_one_more_try(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    claimed = sms.claim()
    receive(sms, token_of(sms, notice), "undelivered", error_class="absent", code="30003")
    sms.call(claimed)
    assert sms.notice(notice) == "open"
    assert sms.turn(seconds=601) == 1
    assert sms.statuses(notice) == ["undelivered", "accepted"]
    assert sms.notice(notice) == "told"


def test_a_text_that_took_the_place_of_an_unsent_telegram_message_is_tried_twice_as_well(sms: Post) -> None:
    person = sms.town.person("P1", chat="800100", channel="telegram")
    notice = sms.write(person_id=person)
    sms.town.change(schema.people, person, channel="sms")
    sms.town.change(schema.telegram_links, 1, ended_at=sms.clock.now())
    post_of("telegram", sms.record, sms.clock).turn()
    assert sms.turn() == 1
    receive(sms, str(sms.deliveries(notice)[1]["token"]), "undelivered", error_class="absent", code="30003")
    assert sms.turn(seconds=601) == 1
    assert sms.statuses(notice) == ["cancelled", "undelivered", "accepted"]
    receive(sms, str(sms.deliveries(notice)[2]["token"]), "undelivered", "SM0002", error_class="absent", code="30003")
    assert sms.turn(seconds=601) == 0
    assert sms.notice(notice) == "undeliverable"


def test_a_late_word_that_it_arrived_after_all_takes_back_the_second_try(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.turn()
    receive(sms, token_of(sms, notice), "undelivered", error_class="absent", code="30003")
    first = sms.deliveries(notice)[0]["token"]
    receive(sms, first, "delivered")
    assert sms.turn(seconds=700) == 0
    assert sms.statuses(notice) == ["delivered", "cancelled"]
    assert sms.notice(notice) == "told"


def test_a_receipt_for_no_delivery_of_ours_is_kept_and_does_nothing(sms: Post) -> None:
    receive(sms, "nobody", "delivered")
    receive(sms, None, "delivered", "SM777")
    assert [row["applied_at"] for row in sms.town.rows(schema.receipts)] == [None, None]


def test_a_repeated_receipt_is_stored_once_and_acts_once(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.turn()
    for _ in range(3):
        receive(sms, token_of(sms, notice), "undelivered", error_class="absent", code="30003")
    assert len(sms.town.rows(schema.receipts)) == 1
    assert sms.statuses(notice) == ["undelivered", "pending"]


def test_a_receipt_resolves_what_was_unknown(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.channel.answers = [lambda outgoing: accept_but_time_out(sms, outgoing)]
    sms.turn()
    receive(sms, token_of(sms, notice), "sent")
    sms.turn(seconds=600)
    sms.resolve()
    assert sms.statuses(notice) == ["sent"]
    assert sms.notice(notice) == "told"
    assert len(sms.channel.calls) == 1


def test_a_receipt_of_the_first_send_overtakes_the_second(sms: Post) -> None:
    """Absent from two lists, put back to be sent, and then the provider says that it had it all the time."""
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.channel.answers = [UNKNOWN]
    sms.turn()
    for _ in range(2):
        sms.clock.pass_(minutes=3)
        sms.resolve()
    assert sms.statuses(notice) == ["pending"]
    receive(sms, token_of(sms, notice), "delivered")
    assert sms.turn() == 0
    assert sms.statuses(notice) == ["delivered"]


# What nobody can tell


def test_an_unknown_that_the_list_shows_is_accepted_and_not_sent_again(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.channel.answers = [lambda outgoing: accept_but_time_out(sms, outgoing)]
    sms.turn()
    sms.turn(seconds=100)
    sms.resolve()
    assert sms.statuses(notice) == ["unknown"], "the list is not asked before two minutes"
    sms.turn(seconds=30)
    sms.resolve()
    assert sms.statuses(notice) == ["accepted"]
    assert sms.notice(notice) == "told"
    assert sms.turn() == 0
    assert len(sms.channel.calls) == 1


def test_a_listed_message_proves_one_delivery_only(sms: Post) -> None:
    """Two menus to one number, the first taken and the second lost: one message in the list, which is the first's."""
    person = sms.town.person("P1")
    first, second = sms.write(person_id=person), sms.write(person_id=person)
    sms.channel.answers = [lambda outgoing: accept_but_time_out(sms, outgoing), UNKNOWN]
    sms.turn()
    sms.turn()
    sms.turn(seconds=150)
    sms.resolve()
    assert [sms.statuses(first), sms.statuses(second)] == [["accepted"], ["unknown"]]


def test_an_unknown_absent_twice_is_sent_once_more_and_then_becomes_a_task(sms: Post) -> None:
    person = sms.town.person("P1")
    notice = sms.write(person_id=person)
    sms.channel.always = UNKNOWN
    sms.turn()
    sms.clock.pass_(minutes=2)
    sms.resolve()
    assert sms.statuses(notice) == ["unknown"], "absent once proves nothing"
    sms.resolve()
    assert sms.statuses(notice) == ["unknown"], "nor does the same list read twice"
    sms.clock.pass_(minutes=1)
    sms.resolve()
    assert sms.statuses(notice) == ["pending"]
    assert sms.turn() == 1
    for _ in range(2):
        sms.clock.pass_(minutes=3)
        sms.resolve()
    assert sms.statuses(notice) == ["failed"]
    assert sms.notice(notice) == "undeliverable"
    assert sms.tasks() == [("not_reached", "unknown")]
    assert len(sms.channel.calls) == 2


def test_a_list_that_cannot_be_read_for_one_number_holds_up_no_other(sms: Post) -> None:
    one, other = sms.town.person("P1"), sms.town.person("P2")
    first, second = sms.write(person_id=one), sms.write(person_id=other)
    sms.channel.answers = [lambda o: accept_but_time_out(sms, o), lambda o: accept_but_time_out(sms, o)]
    sms.turn()
    sms.channel.unlisted = {sms.town.the_person(one).phone or ""}
    sms.clock.pass_(minutes=3)
    sms.resolve()
    assert [sms.statuses(first), sms.statuses(second)] == [["unknown"], ["accepted"]]


KINDS = [
    # purpose, how often Telegram is called in all when nobody ever knows
    ("reply", 2), ("safety", 2), ("reminder", 2), ("off", 2), ("moved", 2), ("welcome", 2), ("alert", 1), ("trouble", 1),
]  # fmt: skip


@pytest.mark.parametrize(("purpose", "calls"), KINDS)
def test_telegram_says_again_what_is_harmless_twice_and_leaves_the_rest_to_staff(
    telegram: Post, purpose: str, calls: int
) -> None:
    person = telegram.town.person("P1", chat="4001", channel="telegram")
    notice = telegram.write(person_id=person, purpose=purpose)
    telegram.channel.always = UNKNOWN
    for _ in range(4):
        telegram.turn()
        telegram.resolve()
    assert len(telegram.channel.calls) == calls
    assert telegram.statuses(notice) == ["failed"]
    assert telegram.tasks() == [("not_reached", "unknown")]


def test_an_unknown_is_not_said_again_after_its_time(telegram: Post) -> None:
    person = telegram.town.person("P1", chat="4001", channel="telegram")
    notice = telegram.write(person_id=person, expires_at=telegram.clock.now() + timedelta(minutes=2))
    telegram.channel.answers = [UNKNOWN]
    telegram.turn()
    telegram.turn(seconds=130)
    telegram.resolve()
    assert telegram.turn() == 0
    assert telegram.statuses(notice) == ["failed"]


# Fences


def test_a_new_holder_makes_what_the_last_one_had_in_hand_unknown_at_once(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    sms.claim()
    assert sms.statuses(notice) == ["sending"]
    sms.another("two")
    assert sms.statuses(notice) == ["unknown"]


def test_a_holder_that_lost_its_lease_claims_nothing(sms: Post) -> None:
    stalled = sms.sender
    new = sms.another("two")
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    assert sms.claim(stalled) == []
    assert [one.waiting.notice.id for one in sms.claim(new)] == [notice]


@pytest.mark.parametrize(
    "late", [Outcome(Verdict.ACCEPTED, "SM9"), Outcome(Verdict.RETRY), Outcome(Verdict.RECIPIENT), UNKNOWN], ids=str
)
def test_a_stalled_holder_records_nothing_over_the_new_holder(sms: Post, late: Outcome) -> None:
    """The new holder found it absent twice and has it in hand again when the stalled one wakes with its answer."""
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    stalled, claimed = sms.sender, sms.claim()
    sms.sender = sms.another("two")
    for _ in range(2):
        sms.clock.pass_(minutes=3)
        sms.resolve()
    in_hand = sms.claim()
    before = sms.deliveries(notice)
    stalled._record_answers([(claimed[0], late)])
    assert sms.deliveries(notice) == before
    assert sms.notice(notice) == "open"
    sms.call(in_hand)
    assert sms.statuses(notice) == ["accepted"]


def test_what_a_stalled_holder_knows_still_resolves_an_unknown(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    stalled, claimed = sms.sender, sms.claim()
    sms.another("two")
    sms.call(claimed, stalled)
    assert sms.statuses(notice) == ["accepted"]


def test_a_claim_that_waited_too_long_for_its_call_is_not_sent(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.clock.pass_(seconds=2)
    claimed = sms.claim()
    sms.clock.pass_(seconds=5.1)
    sms.call(claimed)
    assert sms.channel.calls == []
    assert sms.statuses(notice) == ["pending"]


@pytest.fixture
def shared(record: Record, clock: FakeClock) -> Post:
    """On both databases, for what their locks decide."""
    return post_of("sms", record, clock)


@pytest.mark.parametrize("database_kind", ["postgresql"])  # SQLite has one writer at a time: nobody can come between
def test_what_another_process_took_back_after_it_was_looked_at_is_not_sent(
    shared: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = shared.write(person_id=shared.town.person("P1"))
    render = Sender._render

    def withdrawn_meanwhile(self: Sender, *given: Any) -> Any:
        with shared.record.write() as connection:
            about = schema.notices.c.id == notice
            notices.withdraw(connection, about, status="cancelled", why="test", now=shared.clock.now())
        return render(self, *given)

    monkeypatch.setattr(Sender, "_render", withdrawn_meanwhile)
    assert shared.turn() == 0
    assert shared.statuses(notice) == ["cancelled"]
    assert shared.notice(notice) == "cancelled"


def test_a_lease_is_kept_by_renewal_taken_after_silence_and_given_back(shared: Post) -> None:
    real = shared.clock.now()

    def take(holder: str, seconds: float, **how: bool) -> int | None:
        with shared.record.write() as connection:
            return leases.take(connection, "x", holder, real=real + timedelta(seconds=seconds), **how)

    assert take("one", 0) == 1
    assert take("two", 14) is None
    assert take("one", 14) == 1
    assert take("two", 28.9) is None
    assert take("two", 29) == 2
    assert take("one", 30) is None
    assert take("three", 31, by_force=True) == 3
    with shared.record.write() as connection:
        assert not leases.holds(connection, "x", "two", 2)
        assert leases.holds(connection, "x", "three", 3)
        leases.release(connection, "three", real=real + timedelta(seconds=31))
        assert leases.was_released(connection, "x")
    assert take("one", 31) == 4


# Time


@pytest.mark.parametrize(("seconds_left", "sent"), [(61, 1), (59, 0), (0, 0), (-60, 0)])
def test_nothing_goes_out_with_less_than_a_minute_to_live(sms: Post, seconds_left: int, sent: int) -> None:
    notice = sms.write(person_id=sms.town.person("P1"), expires_at=sms.clock.now() + timedelta(hours=1))
    sms.clock.pass_(seconds=3600 - seconds_left - 2)
    assert sms.turn() == sent
    assert sms.statuses(notice) == (["accepted"] if sent else ["expired"])
    assert sms.notice(notice) == ("told" if sent else "expired")


def test_nothing_that_went_out_of_date_while_we_waited_to_write_is_sent(sms: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = sms.write(person_id=sms.town.person("P1"), expires_at=sms.clock.now() + timedelta(minutes=5))
    write = sms.record.write

    @contextmanager
    def kept_waiting() -> Iterator[Connection]:
        with write() as connection:
            sms.clock.pass_(minutes=10)
            yield connection

    monkeypatch.setattr(sms.record, "write", kept_waiting)
    assert sms.turn() == 0
    assert sms.statuses(notice) == ["expired"]


def test_the_provider_is_told_how_long_a_message_may_live(sms: Post) -> None:
    sms.write(person_id=sms.town.person("P1"), expires_at=sms.clock.now() + timedelta(minutes=10))
    sms.turn()
    assert sms.channel.calls[0].lifetime == 598


def test_everything_that_waited_too_long_expires_at_once_and_staff_hear_who_was_not_told(record: Record) -> None:
    town = Town(record)
    post = post_of("sms", record, FakeClock())
    people = [town.person(f"P{n}") for n in range(12)]
    placement = town.placement()
    for n in range(20):
        session = town.session(f"S{n}", placement, post.clock.now() + timedelta(hours=20))
        for person in people:
            booking = town.booking(session, person)
            post.write(
                purpose="reminder", person_id=person, booking_id=booking, session_id=session,
                expires_at=post.clock.now() + timedelta(hours=2),
            )  # fmt: skip
    fresh = post.write(person_id=people[0], expires_at=post.clock.now() + timedelta(hours=9))
    post.clock.pass_(hours=3)
    with record.write() as connection:
        assert deliveries.expire(connection, now=post.clock.now()) == 240
    assert {row["status"] for row in town.rows(schema.notices, schema.notices.c.id != fresh)} == {"expired"}
    assert post.statuses(fresh) == ["pending"]
    told = sorted((row["kind"], row["person_id"]) for row in town.rows(schema.tasks))
    assert told == [("not_reached", person) for person in sorted(people)]


# Lanes, rates, order


def test_urgent_lanes_go_first(sms: Post) -> None:
    wanted = [sms.write(person_id=sms.town.person(f"P{lane}"), lane=lane) for lane in (4, 3, 2, 1, 0)]
    sms.clock.pass_(seconds=5)
    assert [one.waiting.notice.id for one in sms.claim()] == wanted[::-1]


def test_a_fifth_of_the_rate_is_kept_for_what_is_urgent(sqlite_record: Record, clock: FakeClock) -> None:
    post = post_of("sms", sqlite_record, clock, rates={"sms_segments": 5})
    for n in range(8):
        post.write(person_id=post.town.person(f"B{n}"), lane=notices.REST)
    clock.pass_(seconds=1)
    assert len(post.claim()) == 4
    urgent = [post.write(person_id=post.town.person(f"U{n}"), lane=notices.SAFETY) for n in range(2)]
    assert [one.waiting.notice.id for one in post.claim()] == urgent[:1]
    clock.pass_(seconds=0.2)
    assert [one.waiting.notice.id for one in post.claim()] == urgent[1:]


def test_a_sender_that_takes_over_adds_nothing_to_what_the_last_one_has_sent() -> None:
    def sent(rates: Rates, at: float) -> int:
        return sum(rates.take(f"{n}", notices.SAFETY, 1, at) for n in range(100))

    last, following = Rates(10, None), Rates(10, None)
    assert sent(last, 50.0) == 0
    assert sent(last, 51.0) == 10
    assert sent(following, 51.0) == 0
    assert sent(following, 51.5) == 5
    assert sent(following, 60.0) == 10, "saved up is one second's worth at most"


def test_a_text_in_two_parts_costs_two(sqlite_record: Record, clock: FakeClock) -> None:
    post = post_of("sms", sqlite_record, clock, rates={"sms_segments": 4})
    for n in range(5):
        when = ["by", "2026-06-10T16:00:00+00:00"]
        post.write(
            person_id=post.town.person(f"P{n}"), purpose="safety", string="crisis.life_risk", fields={"when": when}, lane=0
        )
    clock.pass_(seconds=1)
    claimed = post.claim()
    assert [one.rendered.parts for one in claimed] == [2, 2]


def test_one_chat_gets_one_message_a_second(telegram: Post) -> None:
    person = telegram.town.person("P1", chat="4001", channel="telegram")
    for _ in range(3):
        telegram.write(person_id=person)
    assert telegram.turn() == 1
    assert telegram.turn(seconds=0.5) == 0
    assert telegram.turn(seconds=0.6) == 1
    assert telegram.turn(seconds=1) == 1


def test_a_chat_with_very_many_messages_holds_up_no_other(telegram: Post) -> None:
    busy = telegram.town.person("P1", chat="4001", channel="telegram")
    for _ in range(80):
        telegram.write(person_id=busy)
    other = telegram.write(person_id=telegram.town.person("P2", chat="4002", channel="telegram"))
    telegram.turn()
    assert telegram.notice(other) == "told"


def test_the_messages_to_one_person_stay_in_order_when_the_first_has_to_be_tried_again(sms: Post) -> None:
    person, other = sms.town.person("P1"), sms.town.person("P2")
    first, second = sms.write(person_id=person), sms.write(person_id=person)
    sms.channel.answers = [Outcome(Verdict.RETRY)]
    sms.turn()
    elsewhere = sms.write(person_id=other)
    sms.turn(seconds=2)
    assert [sms.statuses(n) for n in (first, second, elsewhere)] == [["pending"], ["pending"], ["accepted"]]
    sms.turn(seconds=5)
    assert [call.token for call in sms.channel.calls[-2:]] == [token_of(sms, first), token_of(sms, second)]


def test_a_message_that_is_tried_again_does_not_hold_up_a_more_urgent_one(sms: Post) -> None:
    person = sms.town.person("P1")
    sms.write(person_id=person, lane=notices.REMINDER)
    sms.channel.answers = [Outcome(Verdict.RETRY)]
    sms.turn()
    safety = sms.write(person_id=person, purpose="safety", lane=notices.SAFETY)
    sms.turn(seconds=1)
    assert sms.notice(safety) == "told"


def test_safe_failures_are_tried_again_ever_more_slowly(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"), expires_at=sms.clock.now() + timedelta(days=1), lane=0)
    sms.channel.always = Outcome(Verdict.RETRY)
    waits = []
    for _ in range(7):
        sms.clock.at = sms.deliveries(notice)[0]["not_before"]
        sms.turn()
        waits.append((sms.deliveries(notice)[0]["not_before"] - sms.clock.now()).total_seconds())
    assert waits == [5, 30, 120, 600, 1800, 1800, 1800]


def test_no_more_calls_at_once_than_there_are_slots_and_one_a_person(sms: Post) -> None:
    for n in range(12):
        sms.write(person_id=sms.town.person(f"P{n}"))
    sms.clock.pass_(seconds=5)
    assert len(sms.claim()) == SLOTS


def test_a_message_that_cannot_be_put_into_words_harms_nobody_else(sms: Post) -> None:
    broken = sms.write(person_id=sms.town.person("P1"), string="no.such.string", lane=0)
    fine = sms.write(person_id=sms.town.person("P2"))
    sms.turn()
    assert (sms.notice(broken), sms.notice(fine)) == ("undeliverable", "told")
    assert sms.tasks() == [("not_reached", "not_rendered")]


# People


def test_a_person_gets_no_more_than_the_days_limit_and_the_rest_on_the_next_day(sms: Post) -> None:
    person = sms.town.person("P1")
    waits = [
        sms.write(person_id=person, purpose="welcome", timing="timely", expires_at=london("2026-06-13 12:00"))
        for _ in range(4)
    ]
    for _ in range(6):
        sms.turn()
    assert [sms.notice(n) for n in waits] == ["told", "told", "told", "open"]
    reply = sms.write(person_id=person)
    sms.turn()
    assert sms.notice(reply) == "told", "replies do not count"
    assert sms.deliveries(waits[3])[0]["not_before"] == london("2026-06-11 09:00")
    sms.clock.at = london("2026-06-11 09:00")
    sms.turn()
    assert sms.notice(waits[3]) == "told"


def test_a_channel_or_number_that_changed_meanwhile_is_used(sms: Post) -> None:
    person = sms.town.person("P1", phone="+447700900555")
    notice = sms.write(person_id=person)
    new = "+447700900556"
    sms.town.change(schema.people, person, phone=new, phone_hash=crypto.keys().hash(new))
    sms.turn()
    sms.turn()
    assert [call.address for call in sms.channel.calls] == [new]
    assert sms.statuses(notice) == ["cancelled", "accepted"]


def test_a_suppressed_address_gets_safety_messages_only(sms: Post) -> None:
    person = sms.town.person("P1")
    with sms.record.write() as connection:
        hashed = sms.town.the_person(person).phone_hash or ""
        suppressions.suppress(connection, hashed, suppressions.EVERYTHING, "recipient", now=sms.clock.now())
    reply, safety = sms.write(person_id=person), sms.write(person_id=person, purpose="safety", lane=0)
    sms.turn()
    assert (sms.notice(reply), sms.notice(safety)) == ("suppressed", "told")


WAITS = [
    # written at, timing, safe window, the moment it goes
    ("2026-06-10 13:00", "routine", None, "2026-06-10 13:00"),
    ("2026-06-10 20:30", "routine", None, "2026-06-11 09:00"),
    ("2026-06-06 20:30", "routine", None, "2026-06-08 09:00"),
    ("2026-06-06 20:30", "timely", None, "2026-06-07 10:00"),
    ("2026-06-13 20:30", "routine", None, "2026-06-16 09:00"),  # Scotland's holiday for the World Cup
    ("2026-06-10 13:00", "routine", (600, 700), "2026-06-11 10:00"),
    ("2026-06-10 04:00", "closure", None, "2026-06-10 06:00"),
    ("2026-06-10 04:00", "closure", (720, 780), "2026-06-10 12:00"),
    ("2026-06-10 03:00", "window", (600, 700), "2026-06-10 10:00"),
    ("2026-06-10 03:00", "any", (600, 700), "2026-06-10 03:00"),
]


@pytest.mark.parametrize(("written", "timing", "safe", "goes"), WAITS, ids=str)
def test_hours_of_sending_and_safe_windows_hold_when_it_is_sent(
    sms: Post, written: str, timing: str, safe: tuple[int, int] | None, goes: str
) -> None:
    sms.clock.at = london(written)
    window = {"safe_from": safe[0], "safe_until": safe[1]} if safe else {}
    person = sms.town.person("P1", **window)
    notice = sms.write(person_id=person, purpose="welcome", timing=timing, expires_at=london("2026-06-20 12:00"))
    # As if it had been allowed when it was written: what counts is the moment of sending.
    sms.town.change(schema.deliveries, sms.deliveries(notice)[0]["id"], not_before=sms.clock.now())
    sms.clock.monotonic_at += 5
    assert len(sms.claim()) == (1 if goes == written else 0)
    if goes != written:
        assert sms.deliveries(notice)[0]["not_before"] == london(goes)


def test_a_reply_that_is_late_waits_for_permitted_hours(sms: Post) -> None:
    sms.clock.at = london("2026-06-10 23:00")
    person = sms.town.person("P1")
    fresh = sms.write(person_id=person, expires_at=sms.clock.now() + timedelta(days=1))
    sms.turn(seconds=299)
    assert sms.notice(fresh) == "told"
    late = sms.write(person_id=person, expires_at=sms.clock.now() + timedelta(days=1))
    sms.turn(seconds=301)
    assert sms.notice(late) == "open"
    assert sms.deliveries(late)[0]["not_before"] == london("2026-06-11 09:00")


# Run for real


class Impatient(FakeChannel):
    """A provider that takes its time, and tells how many calls it had at once."""

    now = most = 0

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.05)
        self.now -= 1
        return await super().deliver(outgoing)


def run_until(post: Post, done: Any, **how: Any) -> None:
    async def serve() -> None:
        task = asyncio.create_task(post.sender.run(alone=True))
        try:
            async with asyncio.timeout(20):
                while not done():
                    post.clock.pass_(seconds=0.5)
                    await asyncio.sleep(0.01)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(serve())


def test_a_running_sender_sends_everything_once_with_no_more_than_eight_calls_at_once(
    record: Record, clock: FakeClock
) -> None:
    post = Post(record, post_of("sms", record, clock).council, Impatient("sms"), clock)
    wanted = [post.write(person_id=post.town.person(f"P{n}")) for n in range(30)]
    run_until(post, lambda: len(post.channel.calls) >= 30)
    assert isinstance(post.channel, Impatient)
    assert post.channel.most == SLOTS
    assert len({call.token for call in post.channel.calls}) == len(post.channel.calls) == 30
    assert {tuple(post.statuses(notice)) for notice in wanted} == {("accepted",)}


def test_a_sender_that_is_told_to_stop_finishes_what_it_has_in_hand(
    sqlite_record: Record, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(sqlite_record, post_of("sms", sqlite_record, clock).council, Impatient("sms"), clock)
    for n in range(20):
        post.write(person_id=post.town.person(f"P{n}"))
    claimed: list[int] = []
    turn = Sender._turn

    def seen(self: Sender, answers: Any, free: int) -> Any:
        ready, more = turn(self, answers, free)
        claimed.extend(one.waiting.id for one in ready)
        sleep(0.3 if ready else 0)  # the order to stop comes while the turn is still in its thread
        return ready, more

    monkeypatch.setattr(Sender, "_turn", seen)
    run_until(post, lambda: bool(claimed))
    states = {row["status"] for row in post.town.rows(schema.deliveries)}
    assert states <= {"accepted", "pending"}, "nothing is left in doubt by an orderly end"
    assert len(post.channel.calls) == len(claimed)


def test_a_database_that_does_not_answer_for_a_moment_loses_no_answer(sms: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    turn, failed = Sender._turn, []

    def down_once(self: Sender, answers: Any, free: int) -> Any:
        if answers and not failed:
            failed.append(True)
            raise ConnectionError
        return turn(self, answers, free)

    monkeypatch.setattr(Sender, "_turn", down_once)
    run_until(sms, lambda: sms.notice(notice) == "told")
    assert failed
    assert sms.statuses(notice) == ["accepted"]


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_what_was_marked_when_the_database_went_away_is_not_left_in_hand(
    sqlite_record: Record, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, channel: Literal["sms", "telegram"]
) -> None:
    """The claim is committed, and the answer that it is does not come: nobody calls, and no take-over is in sight."""
    post = post_of(channel, sqlite_record, clock)
    person = post.town.person("P1", chat="4001", channel=channel)
    notice = post.write(person_id=person)
    start, broken = Sender._start, []

    def cut_off(self: Sender, connection: Any, chosen: Any, now: Any) -> Any:
        started = start(self, connection, chosen, now)
        if started and not broken:
            broken.append(post.statuses(notice))
            raise ConnectionError
        return started

    monkeypatch.setattr(Sender, "_start", cut_off)
    run_until(post, lambda: post.statuses(notice) != ["sending"] and bool(broken))
    assert broken == [["sending"]]
    for _ in range(3):
        clock.pass_(minutes=3)
        post.resolve()
    post.turn()
    assert post.notice(notice) == "told"
    assert len(post.channel.calls) == 1


def test_what_is_in_hand_when_the_database_goes_away_is_in_no_doubt(
    sqlite_record: Record, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(sqlite_record, post_of("sms", sqlite_record, clock).council, Impatient("sms"), clock)
    notices = [post.write(person_id=post.town.person(f"P{n}")) for n in range(12)]
    turn, lost, seen = Sender._turn, Sender._orphan_lost, []

    def down(self: Sender, answers: Any, free: int) -> Any:
        if answers and not seen:
            raise ConnectionError
        return turn(self, answers, free)

    def noted(self: Sender, in_hand: set[int]) -> int:
        seen.append(lost(self, in_hand))
        return seen[-1]

    monkeypatch.setattr(Sender, "_turn", down)
    monkeypatch.setattr(Sender, "_orphan_lost", noted)
    run_until(post, lambda: len(post.channel.calls) >= len(notices))
    assert seen == [0]
    assert {tuple(post.statuses(notice)) for notice in notices} == {("accepted",)}


def test_an_answer_that_cannot_be_recorded_holds_up_no_other_and_is_in_doubt(sms: Post) -> None:
    """A provider that gives two messages one name, which no two may have."""
    sms.channel.answers = [Outcome(Verdict.ACCEPTED, reference) for reference in ("SM1", "SM1", "SM2")]
    first = [sms.write(person_id=sms.town.person(f"P{n}")) for n in range(3)]
    run_until(sms, lambda: sorted(sms.statuses(n)[0] for n in first) == ["accepted", "accepted", "unknown"])
    later = sms.write(person_id=sms.town.person("P9"))
    sms.turn()
    assert sms.statuses(later) == ["accepted"]


def test_the_list_of_the_provider_failing_leaves_the_unknown_as_it_is(sms: Post) -> None:
    person = sms.town.person("P1")
    notice = sms.write(person_id=person)
    sms.channel.answers = [UNKNOWN]
    sms.turn()
    sms.channel.unlisted = {sms.town.the_person(person).phone or ""}
    for _ in range(4):
        sms.clock.pass_(minutes=3)
        sms.resolve()
    assert sms.statuses(notice) == ["unknown"]
    with pytest.raises(ProviderUnreachable):
        asyncio.run(sms.channel.find(next(iter(sms.channel.unlisted)), "", sms.clock.now()))
