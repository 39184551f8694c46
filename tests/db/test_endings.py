"""Orders that end, deadlines that go by, two orders of one person, custody, and what is erased when all is over."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db import endings, orders, retention, schema
from db.record import Record
from tests.db.changing import Desk
from tests.db.making import NOW, Town, council, london

LATER = london("2026-06-12 09:30")


def with_one(record: Record) -> Desk:
    town = Town(record)
    officer = town.member("S1")
    town.person("P1", case_manager_id=officer)
    return Desk(town)


@pytest.fixture
def desk(sqlite_record: Record) -> Desk:
    return with_one(sqlite_record)


@pytest.fixture
def either(record: Record) -> Desk:
    """On either database: for what asks it more than a plain question."""
    return with_one(record)


def ends(desk: Desk, status: str, ref: str = "O-P1") -> None:
    desk.do(orders.set_status, "P1", ref, status, reason="sheriff, 9 June")


def said(desk: Desk) -> list[str]:
    return [row["string"] for row in desk.town.rows(schema.notices, schema.notices.c.status == "open")]


def tasks(desk: Desk) -> set[tuple[str, str | None]]:
    return {(row["kind"], row["class"]) for row in desk.town.rows(schema.tasks)}


def look(town: Town, when: datetime = NOW) -> None:
    with town.write() as connection:
        endings.look(connection, council(), now=when)


# One kind text


@pytest.mark.parametrize("status", schema.ORDER_STATUSES)
def test_who_has_finished_is_told_so_once_and_nobody_else_is(desk: Desk, status: str) -> None:
    if status != "active":
        ends(desk, status)
    assert said(desk) == (["order.ended"] if status in ("completed", "discharged") else [])
    ended_at = desk.town.row(schema.orders, 1)["ended_at"]
    assert (ended_at is not None) == (status in ("completed", "discharged", "revoked", "transferred", "died"))


def test_it_goes_in_the_hours_for_messages_that_can_wait(desk: Desk) -> None:
    ends(desk, "completed")
    notice = desk.town.only(schema.notices)
    assert (notice["purpose"], notice["timing"], notice["lane"]) == ("ended", "routine", 4)


def test_of_two_orders_only_the_end_of_the_last_is_told(desk: Desk) -> None:
    desk.town.order("O2", 1)
    ends(desk, "completed")
    assert said(desk) == []
    ends(desk, "completed", "O2")
    assert said(desk) == ["order.ended"]


def test_an_order_that_goes_on_after_all_takes_it_back(desk: Desk) -> None:
    ends(desk, "completed")
    ends(desk, "active")
    assert said(desk) == []
    assert desk.town.row(schema.orders, 1)["ended_at"] is None


def test_who_has_died_gets_nothing_whatever_else_ends(desk: Desk) -> None:
    desk.town.order("O2", 1)
    ends(desk, "died", "O2")
    ends(desk, "completed")
    assert said(desk) == []


# What is left to staff


@pytest.mark.parametrize("status", ["completed", "discharged", "revoked", "transferred", "died", "custody"])
def test_sessions_still_booked_are_a_task_and_stay(desk: Desk, status: str) -> None:
    session = desk.town.session("S1", desk.town.placement(), LATER)
    booking = desk.town.booking(session, 1)
    ends(desk, status)
    assert ("still_booked", status) in tasks(desk)
    assert desk.town.row(schema.bookings, booking)["status"] == "booked"


def test_a_transfer_is_handed_over_by_a_named_human(desk: Desk) -> None:
    ends(desk, "transferred")
    task = desk.town.only(schema.tasks)
    assert (task["kind"], task["owner_id"]) == ("hand_over", 1)
    assert task["due_at"] == london("2026-06-11 17:00")


# Deadlines


@pytest.mark.parametrize(
    ("complete_by", "klass"),
    [(date(2026, 6, 9), "past"), (date(2026, 6, 10), "near"), (date(2026, 7, 8), "near"), (date(2026, 7, 9), None)],
)
def test_the_officer_hears_of_a_deadline_and_the_person_does_not(desk: Desk, complete_by: date, klass: str | None) -> None:
    officer = desk.town.member("S2")
    desk.town.change(schema.orders, 1, complete_by=complete_by, responsible_officer_id=officer)
    look(desk.town)
    assert tasks(desk) == ({("deadline", klass)} if klass else set())
    assert all(row["owner_id"] == officer for row in desk.town.rows(schema.tasks))
    assert desk.town.rows(schema.notices) == []


def test_a_deadline_is_raised_once_when_near_and_once_when_past_even_if_it_was_settled(either: Desk) -> None:
    either.town.change(schema.orders, 1, complete_by=date(2026, 6, 20))
    for day in range(0, 20, 2):
        look(either.town, NOW + timedelta(days=day))
        for task in either.town.rows(schema.tasks):
            either.town.change(schema.tasks, task["id"], status="done")
    assert [task["class"] for task in either.town.rows(schema.tasks)] == ["near", "past"]


def test_without_a_responsible_officer_it_is_the_case_managers(desk: Desk) -> None:
    desk.town.change(schema.orders, 1, complete_by=date(2026, 6, 1))
    look(desk.town)
    assert desk.town.only(schema.tasks)["owner_id"] == 1


@pytest.mark.parametrize("status", ["completed", "suspended", "custody", "breached"])
def test_no_deadline_of_an_order_that_does_not_run(desk: Desk, status: str) -> None:
    desk.town.change(schema.orders, 1, complete_by=date(2026, 6, 1), status=status)
    look(desk.town)
    assert tasks(desk) == set()


def test_no_deadline_where_all_hours_are_done(desk: Desk) -> None:
    desk.town.change(schema.orders, 1, complete_by=date(2026, 6, 1))
    done: dict[str, Any] = {"worked_minutes": 6000, "credited_minutes": 6000, "worked_on": date(2026, 5, 30)}
    desk.town.add(
        schema.hours, seq=0, order_id=1, kind="work", activity="unpaid_work", actor="test", at=NOW, **done
    )  # fmt: skip
    look(desk.town)
    assert tasks(desk) == set()


# Silence


def test_a_chat_is_unlinked_two_weeks_after_the_last_order_ended(either: Desk) -> None:
    either.town.link("5001", person_id=1)
    either.town.order("O2", 1)
    ends(either, "completed")
    look(either.town, NOW + timedelta(days=30))
    assert either.town.only(schema.telegram_links)["ended_at"] is None, "another order runs"
    ends(either, "completed", "O2")
    look(either.town, NOW + timedelta(days=13))
    assert either.town.only(schema.telegram_links)["ended_at"] is None
    look(either.town, NOW + timedelta(days=15))
    assert either.town.only(schema.telegram_links)["ended_at"] is not None
    assert either.town.rows(schema.access_log)[-1]["action"] == "unlinked"


def lived(desk: Desk) -> None:
    """P1 wrote and was written to, and finished; so did P2, who goes on."""
    desk.town.person("P2")
    ends(desk, "completed")
    for person in (1, 2):
        hashed = desk.town.row(schema.people, person)["phone_hash"]
        about: dict[str, Any] = {"door": "twilio", "received_at": NOW, "state": "handled", "sender_hash": hashed}
        desk.town.add(schema.inbound, provider_id=f"SM{person}", payload='{"Body": "ma words"}', **about)
        desk.town.add(
            schema.tasks, key=f"message:p{person}", kind="message", person_id=person, note="ma words", created_at=NOW,
            due_at=NOW, status="done",
        )  # fmt: skip
    desk.town.link("5001", person_id=1)
    [delivery] = desk.town.rows(schema.deliveries)
    desk.town.change(schema.deliveries, delivery["id"], body="That's you finished.")
    desk.town.change(schema.notices, delivery["notice_id"], status="told")


def erase(desk: Desk, when: datetime, **settings: Any) -> int:
    with desk.town.write() as connection:
        return retention.erase(connection, council(retention=settings), now=when)


def test_nothing_is_erased_unless_the_council_says_when(desk: Desk) -> None:
    lived(desk)
    assert erase(desk, NOW + timedelta(days=9999)) == 0
    assert desk.town.row(schema.inbound, 1)["payload"] == '{"Body": "ma words"}'


def test_after_the_councils_months_the_messages_of_who_has_finished_are_erased(either: Desk) -> None:
    lived(either)
    assert erase(either, NOW + timedelta(days=180), messages_months=6) == 0
    assert erase(either, NOW + timedelta(days=185), messages_months=6) == 1
    assert [row["payload"] for row in either.town.rows(schema.inbound)] == ['{"From": "-"}', '{"Body": "ma words"}']
    assert [row["note"] for row in either.town.rows(schema.tasks, schema.tasks.c.kind == "message")] == [None, "ma words"]
    assert either.town.only(schema.deliveries)["body"] is None
    assert either.town.rows(schema.telegram_links) == []
    log = either.town.rows(schema.access_log)[-1]
    assert (log["actor"], log["action"], log["person_id"], log["reason"]) == ("clock", "erased", 1, "messages: 2")
    assert erase(either, NOW + timedelta(days=200), messages_months=6) == 0, "once"


def test_a_new_order_that_ends_starts_the_clock_again(desk: Desk) -> None:
    lived(desk)
    erase(desk, NOW + timedelta(days=185), messages_months=6)
    late = datetime(2027, 3, 1, tzinfo=UTC)
    desk.town.order("O2", 1, status="completed", ended_at=late)
    assert erase(desk, late + timedelta(days=150), messages_months=6) == 0
    assert erase(desk, late + timedelta(days=190), messages_months=6) == 1


def test_a_number_that_is_somebody_elses_by_now_keeps_its_messages(desk: Desk) -> None:
    lived(desk)
    desk.town.change(schema.people, 2, phone_hash=desk.town.row(schema.people, 1)["phone_hash"])
    erase(desk, NOW + timedelta(days=185), messages_months=6)
    assert desk.town.row(schema.inbound, 1)["payload"] == '{"Body": "ma words"}'


@pytest.mark.parametrize("months", [0, -1, "six", True])
def test_a_period_that_is_none_is_refused(months: Any) -> None:
    with pytest.raises(ValueError, match=r"retention\.messages_months"):
        council(retention={"messages_months": months})
