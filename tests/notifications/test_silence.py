"""Texts of which nobody ever says what became of them: after three days they are undelivered, as far as we can show."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import metrics
from db import deliveries, schema, watch
from db.broadcast_report import _state
from db.clock import Clock
from db.record import Record
from notifications import ticking
from tests import databases
from tests.db.making import Town, council
from tests.notifications.conftest import FakeClock, Post, post_of, receive

AHEAD, OVER = timedelta(days=5), timedelta(days=1)
SILENT = [("undelivered", "timeout", "timeout")]


@pytest.fixture
def post(record: Record, clock: FakeClock) -> Post:
    return post_of("sms", record, clock)


def sent(post: Post, starts_in: timedelta = OVER, ref: str = "P1", **given: Any) -> int:
    """A reminder that the provider has, of a session that starts then; the notice's id."""
    person, session, booking = post.town.booked(ref, post.clock.now() + starts_in)
    about = {"booking_id": booking, "booking_version": 1, "session_id": session, "session_version": 1}
    now = post.clock.now()
    notice = post.write(
        person_id=person, purpose="reminder", string="reminder.day_before", expires_at=now + starts_in, **about, **given,
        fields={"day": now.isoformat(), "time": now.isoformat(), "place": "Bikes"},
    )  # fmt: skip
    post.turn()
    assert post.statuses(notice) == ["accepted"]
    return notice


def swept(post: Post, real: datetime | None = None) -> int:
    with post.record.write() as connection:
        return deliveries.time_out(connection, now=post.clock.now(), real=real or post.clock.real())


def ends(post: Post, notice: int) -> list[tuple[str, str | None, str | None]]:
    return [(row["status"], row["error_class"], row["error_code"]) for row in post.deliveries(notice)]


@pytest.mark.parametrize("state", ["accepted", "sent"])
def test_a_text_of_a_session_that_is_over_is_settled_after_72_hours_and_is_nobodys_task(post: Post, state: str) -> None:
    notice = sent(post)
    if state == "sent":
        receive(post, post.deliveries(notice)[0]["token"], "sent")
    post.clock.pass_(hours=71, minutes=59)
    assert swept(post) == 0
    post.clock.pass_(minutes=1)
    assert (swept(post), swept(post)) == (1, 0)
    (row,) = post.deliveries(notice)
    assert (ends(post, notice), row["final_at"]) == (SILENT, post.clock.now())
    assert (post.notice(notice), post.tasks()) == ("told", [])
    with post.record.read() as connection:
        page = metrics.page(connection, metrics.Rejections(), now=post.clock.now(), real=post.clock.real())
        assert [(one.name, one.value) for one in watch.audit(connection)] == [("lost", 0), ("twice", 0), ("astray", 0)]
    assert 'turnup_deliveries{channel="sms",status="undelivered"} 1\n' in page
    assert f'turnup_deliveries{{channel="sms",status="{state}"}} 0\n' in page


def test_telegram_says_at_once_what_became_of_a_message(record: Record, clock: FakeClock) -> None:
    post = post_of("telegram", record, clock)
    notice = post.write(person_id=post.town.person("P1", chat="5001", channel="telegram"))
    post.turn()
    post.clock.pass_(hours=100)
    assert swept(post) == 0
    assert post.statuses(notice) == ["delivered"]


def test_what_the_network_says_later_still_counts(post: Post) -> None:
    late, never = sent(post), sent(post, ref="P2")
    tokens = {notice: post.deliveries(notice)[0]["token"] for notice in (late, never)}
    post.clock.pass_(hours=73)
    assert swept(post) == 2
    receive(post, tokens[late], "sent", "SM0001")
    assert ends(post, late) == SILENT
    receive(post, tokens[late], "delivered", "SM0001")
    receive(post, tokens[never], "undelivered", "SM0002", error_class="recipient", code="30005")
    assert (ends(post, late), post.notice(late)) == ([("delivered", None, None)], "told")
    assert (ends(post, never), post.notice(never)) == ([("undelivered", "recipient", "30005")], "undeliverable")
    assert post.tasks() == [("bad_number", None), ("not_reached", "recipient")]


def test_whoever_may_not_know_of_a_session_ahead_is_asked_by_staff_in_time(post: Post) -> None:
    notice = sent(post, AHEAD)
    post.clock.pass_(hours=72)
    assert (swept(post), swept(post)) == (1, 0)
    assert (ends(post, notice), post.notice(notice)) == (SILENT, "told")
    task = post.town.only(schema.tasks)
    assert (task["kind"], task["class"]) == ("not_reached", "timeout")
    assert task["due_at"] == post.clock.now() + timedelta(hours=4)


def has_answered(post: Post, notice: int) -> None:
    booking = post.town.row(schema.notices, notice)["booking_id"]
    post.town.change(schema.bookings, booking, answer="coming", answered_at=post.clock.now())


def has_heard_otherwise(post: Post, notice: int) -> None:
    row = dict(post.town.row(schema.notices, notice))
    about = {name: row[name] for name in ("person_id", "booking_id", "booking_version", "session_id", "session_version")}
    other = post.write(
        purpose="moved", string="session.on_again", fields=row["fields"], expires_at=row["expires_at"], **about
    )
    post.turn()
    (delivery,) = post.deliveries(other)
    receive(post, delivery["token"], "delivered", delivery["reference"])


def is_moved(post: Post, notice: int) -> None:
    post.town.change(schema.sessions, post.town.row(schema.notices, notice)["session_id"], version=2)


def is_off(post: Post, notice: int) -> None:
    post.town.change(schema.sessions, post.town.row(schema.notices, notice)["session_id"], status="cancelled")


def is_taken_off(post: Post, notice: int) -> None:
    post.town.change(schema.bookings, post.town.row(schema.notices, notice)["booking_id"], status="cancelled")


@pytest.mark.parametrize("what", [has_answered, has_heard_otherwise, is_moved, is_off, is_taken_off])
def test_who_knows_or_has_nothing_to_know_any_more_is_nobodys_task(post: Post, what: Any) -> None:
    notice = sent(post, AHEAD)
    what(post, notice)
    post.clock.pass_(hours=72)
    assert swept(post) == 1
    assert (ends(post, notice), post.tasks()) == (SILENT, [])


def test_an_answer_to_what_they_wrote_is_no_word_of_a_session(post: Post) -> None:
    post.write(person_id=post.town.person("P1"))
    post.turn()
    post.clock.pass_(hours=72)
    assert (swept(post), post.tasks()) == (1, [])


def test_what_an_outage_left_is_settled_bit_by_bit_the_oldest_first(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "SETTLED_AT_ONCE", 2)
    notices = [sent(post, ref=f"P{n}") for n in range(5)]
    post.clock.pass_(hours=72)
    assert swept(post) == 2
    assert [ends(post, notice) == SILENT for notice in notices] == [True, True, False, False, False]
    assert [swept(post) for _ in range(3)] == [2, 1, 0]


def test_two_clocks_at_once_settle_each_once(post: Post) -> None:
    notices = [sent(post, AHEAD, ref=f"P{n}") for n in range(6)]
    post.clock.pass_(hours=72)
    second = Record(post.record.url, databases.KEYS)
    begin = threading.Barrier(2)
    failed: list[Exception] = []

    def run(record: Record) -> None:
        begin.wait()
        try:
            ticking.tick(record, council(), "expiry", now=post.clock.now())
        except Exception as error:
            failed.append(error)

    clocks = [threading.Thread(target=run, args=(record,)) for record in (post.record, second)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    second.close()
    assert failed == []
    assert [ends(post, notice) for notice in notices] == [SILENT] * 6
    assert post.tasks() == [("not_reached", "timeout")] * 6


def test_a_demo_whose_clock_jumps_over_days_has_waited_for_nothing(post: Post) -> None:
    notice = sent(post)
    clock = Clock(post.record, travels=True)
    real = clock.real()
    _handed_over(post.town, notice, real)
    clock.set(real + timedelta(days=5))
    ticking.tick(post.record, post.council, "expiry", now=clock.now())
    assert post.statuses(notice) == ["accepted"]
    _handed_over(post.town, notice, real - timedelta(hours=73))
    ticking.tick(post.record, post.council, "expiry", now=clock.now())
    assert post.statuses(notice) == ["undelivered"]


def _handed_over(town: Town, notice: int, at: datetime) -> None:
    (row,) = town.rows(schema.deliveries, schema.deliveries.c.notice_id == notice)
    town.change(schema.deliveries, row["id"], sending_at=at)


def test_in_the_report_of_a_broadcast_it_stays_sent() -> None:
    assert _state(None, "told", None, "undelivered") == ("sent", None)
    assert _state(None, "undeliverable", "recipient", "undelivered") == ("failed", "recipient")
