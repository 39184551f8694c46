"""A session changes while its reminder is on the way: the person ends with what is right, and one correction at most."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from db import bookings, schema, sessions
from notifications import reminders
from notifications.channel import Outcome, Verdict
from notifications.sender import Claimed
from tests.db.making import london
from tests.notifications.conftest import Post, accept_but_time_out, receive

START = london("2026-06-11 09:30")
LATER = london("2026-06-12 14:00")
EARLIER = london("2026-06-11 08:00")

REMINDED = "Thursday 11 June, 9:30am"
MOVED = "your session on Thursday 11 June is now Friday 12 June, 2pm"
OFF = "Thursday 11 June at Bikes is OFF"


class Day:
    """One booked person, and a reminder that has come as far as the test says."""

    def __init__(self, post: Post) -> None:
        self.post = post
        post.clock.at = london("2026-06-10 17:00")
        self.person, self.session, self.booking = post.town.booked("P1", START)
        post.town.earlier(self.person, london("2026-06-08 09:30"))
        with post.record.write() as connection:
            assert reminders.write(connection, post.council, now=post.clock.now()) == 1
        post.clock.pass_(seconds=5)

    def move(self, starts_at: datetime = LATER) -> None:
        with self.post.record.write() as connection:
            row = self.post.town.row(schema.sessions, self.session)
            sessions.change(
                connection, self.post.council, self.session, placement_id=row["placement_id"], starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=6), now=self.post.clock.now(), actor="S1", tell=True,
            )  # fmt: skip

    def cancel(self) -> None:
        with self.post.record.write() as connection:
            sessions.cancel(connection, self.post.council, [self.session], now=self.post.clock.now(), actor="S1", tell=True)

    def reinstate(self) -> None:
        with self.post.record.write() as connection:
            sessions.reinstate(connection, self.post.council, self.session, now=self.post.clock.now(), actor="S1")

    def unbook(self) -> None:
        with self.post.record.write() as connection:
            now = self.post.clock.now()
            bookings.unbook(connection, self.post.council, self.booking, now=now, actor="S1", tell=True)

    def book(self) -> None:
        row = self.post.town.row(schema.bookings, self.booking)
        with self.post.record.write() as connection:
            now = self.post.clock.now()
            bookings.book(connection, self.session, self.person, row["order_id"], now=now, actor="S1")

    def settle(self) -> list[str]:
        """Lets everything go out that will, over an hour with receipts of nothing; what the phone then holds."""
        for _ in range(4):
            self.post.turn(seconds=5)
            self.post.clock.pass_(minutes=3)
            self.post.resolve()
        self.post.turn(seconds=5)
        (number,) = self.post.channel.held
        return [sent.body for sent in self.post.channel.held[number]]


@pytest.fixture
def day(sms: Post) -> Day:
    return Day(sms)


def pending(day: Day) -> Callable[[], None]:
    return lambda: None


def claimed(day: Day) -> Callable[[], None]:
    """In the hands of a sender that dies before it calls."""
    day.post.claim()
    return lambda: setattr(day.post, "sender", day.post.another("two"))


def in_flight_then(day: Day, outcome: Outcome | None) -> Callable[[], None]:
    in_hand: list[Claimed] = day.post.claim()
    if outcome:
        day.post.channel.answers = [outcome]
    return lambda: day.post.call(in_hand)


def in_flight(day: Day) -> Callable[[], None]:
    return in_flight_then(day, None)


def in_flight_and_failing(day: Day) -> Callable[[], None]:
    return in_flight_then(day, Outcome(Verdict.RETRY))


def in_flight_and_unknown_but_taken(day: Day) -> Callable[[], None]:
    in_hand = day.post.claim()
    day.post.channel.answers = [lambda outgoing: accept_but_time_out(day.post, outgoing)]
    return lambda: day.post.call(in_hand)


def accepted(day: Day) -> Callable[[], None]:
    day.post.call(day.post.claim())
    return lambda: None


STAGES = [
    # how far the reminder is, whether the person gets it
    (pending, False), (claimed, False), (in_flight, True), (in_flight_and_failing, False),
    (in_flight_and_unknown_but_taken, True), (accepted, True),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "reminded"), STAGES)
@pytest.mark.parametrize(("change", "news"), [(Day.move, MOVED), (Day.cancel, OFF), (Day.unbook, OFF)])
def test_a_change_ends_with_one_correction_whatever_the_reminder_was_doing(
    day: Day, stage: Callable[[Day], Callable[[], None]], reminded: bool, change: Callable[[Day], None], news: str
) -> None:
    finish = stage(day)
    change(day)
    finish()
    texts = day.settle()
    assert [REMINDED in text for text in texts] == [True, False][not reminded :]
    assert news in texts[-1]


def test_two_moves_before_anything_went_out_name_the_day_that_was_known(day: Day) -> None:
    accepted(day)()
    day.move(london("2026-06-15 14:00"))
    day.move()
    texts = day.settle()
    assert len(texts) == 2
    assert MOVED in texts[-1]


def test_a_move_and_then_a_cancellation_name_the_day_that_was_known(day: Day) -> None:
    accepted(day)()
    day.move()
    day.cancel()
    texts = day.settle()
    assert len(texts) == 2
    assert OFF in texts[-1]


def test_off_on_and_off_again_is_said_once_even_if_the_first_was_in_flight(day: Day) -> None:
    accepted(day)()
    day.cancel()
    finish = in_flight_and_failing(day)
    day.reinstate()
    day.cancel()
    finish()
    texts = day.settle()
    assert len(texts) == 2
    assert OFF in texts[-1]


def test_off_and_on_again_before_it_went_out_never_says_off(day: Day) -> None:
    accepted(day)()
    day.cancel()
    day.reinstate()
    assert not any("OFF" in text for text in day.settle())


def test_booked_again_before_it_went_out_never_says_off(day: Day) -> None:
    accepted(day)()
    day.unbook()
    day.book()
    texts = day.settle()
    assert not any("OFF" in text for text in texts)


def test_the_off_of_somebody_taken_off_a_session_survives_its_later_cancellation(day: Day) -> None:
    day.unbook()
    day.cancel()
    assert [OFF in text for text in day.settle()] == [True]


def test_a_reminder_that_did_not_arrive_is_not_repeated_for_the_old_time(day: Day) -> None:
    day.post.call(day.post.claim())
    from_provider = day.post.town.only(schema.deliveries)["token"]
    day.move()
    receive(day.post, from_provider, "undelivered", error_class="absent", code="30003")
    texts = day.settle()
    assert [REMINDED in text for text in texts] == [True, False]


NO_TIME = [
    # the person's safe window when a session at 9:30 is called off at 7:00, what they get, the task
    (None, [OFF], []),
    ((12 * 60, 14 * 60), [], [("not_reached", "no_time_left")]),
    ((8 * 60, 9 * 60), [OFF], []),
]


@pytest.mark.parametrize(("safe", "texts", "tasks"), NO_TIME, ids=str)
def test_who_cannot_be_told_in_time_that_it_is_off_becomes_a_task_at_once(
    sms: Post, safe: tuple[int, int] | None, texts: list[str], tasks: list[tuple[str, str]]
) -> None:
    window = {"safe_from": safe[0], "safe_until": safe[1]} if safe else {}
    _, session, _ = sms.town.booked("P1", START, **window)
    sms.clock.at = london("2026-06-11 07:00")
    with sms.record.write() as connection:
        sessions.cancel(connection, sms.council, [session], now=sms.clock.now(), actor="S1", tell=True)
    sms.turn()
    assert sms.tasks() == tasks
    if texts:
        sms.clock.at = london("2026-06-11 08:00")
        sms.turn()
    assert [OFF in body for body in sms.channel.bodies] == [True] * len(texts)


UNTOLD = [
    ({"phone": None}, "no_address"),
    ({"phone_is_own": False}, "not_own"),
    ({"number_suspended_at": START}, "number_suspended"),
]


@pytest.mark.parametrize(("given", "why"), UNTOLD, ids=str)
def test_who_has_no_way_to_be_told_that_it_is_off_becomes_a_task(sms: Post, given: dict[str, object], why: str) -> None:
    person, session, _ = sms.town.booked("P1", START, **given)
    with sms.record.write() as connection:
        sessions.cancel(connection, sms.council, [session], now=sms.clock.now(), actor="S1", tell=True)
    sms.turn()
    assert sms.channel.calls == []
    task = sms.town.only(schema.tasks)
    assert (task["kind"], task["class"], task["person_id"]) == ("not_reached", why, person)
