"""Staff book people and take them off: what may not be is refused with what to do, and what is done is told and logged."""

from datetime import date, timedelta
from typing import Any

import pytest

from db import bookings, questions, reports, schema, sessions
from db.permissions import Actor
from db.record import Record
from tests.db.changing import Desk
from tests.db.making import NOW, Town, london

STARTS = london("2026-06-12 09:30")
HOUR = timedelta(hours=1)


@pytest.fixture
def town(record: Record) -> Town:
    return Town(record)


@pytest.fixture
def desk(town: Town) -> Desk:
    """P1 with one order, and the sessions S1 and S2, six hours each on two days."""
    town.person("P1")
    place = town.placement()
    town.session("S1", place, STARTS)
    town.session("S2", place, STARTS + timedelta(days=1))
    return Desk(town)


def place(desk: Desk, session: str = "S1", person: str = "P1", order: str | None = None) -> Any:
    return desk.do(bookings.place, session, person, order)


def refused(desk: Desk, said: str, session: str = "S1", person: str = "P1", order: str | None = None) -> None:
    desk.refuses(said, bookings.place, session, person, order)


def test_a_person_is_booked_towards_their_order_and_nobody_is_texted(desk: Desk) -> None:
    made = desk.do(bookings.place, "S1", "P1", None, actor=Actor("S9"), reason="a place came free")
    row = desk.town.row(schema.bookings, made.id)
    assert (row["status"], row["version"], row["order_id"], row["booked_at"]) == ("booked", 1, 1, NOW)
    log = desk.town.only(schema.access_log)
    assert (log["actor"], log["action"], log["person_id"], log["reason"]) == ("S9", "booked", 1, "S1: a place came free")
    assert desk.town.rows(schema.notices) == []


def test_what_is_not_there_is_named(desk: Desk) -> None:
    refused(desk, 'there is no session with the ref "S9"; look it up in sessions.csv', session="S9")
    refused(desk, 'there is no person with the ref "P9"; look it up in people.csv', person="P9")
    refused(desk, 'there is no order with the ref "O9"; look it up in orders.csv', order="O9")


def test_a_session_that_is_cancelled_or_has_started_takes_nobody(desk: Desk) -> None:
    desk.town.session("S3", 1, NOW)
    refused(desk, '"S3" has started already; what happened there is entered as attendance', session="S3")
    desk.town.change(schema.sessions, 1, status="cancelled")
    refused(desk, '"S1" is cancelled, and nothing on it can be changed; choose another session')


def test_nobody_is_booked_twice_on_one_session(desk: Desk) -> None:
    place(desk)
    refused(desk, '"P1" is booked on "S1" already; nothing was changed')


@pytest.mark.parametrize(
    ("own", "of_placement", "room"), [(1, None, 1), (1, 5, 1), (2, 1, 2), (None, 1, 1), (None, None, 9)]
)
def test_a_session_holds_as_many_as_it_says_or_else_its_placement(
    desk: Desk, own: int | None, of_placement: int | None, room: int
) -> None:
    desk.town.change(schema.sessions, 1, capacity=own)
    desk.town.change(schema.placements, 1, capacity=of_placement)
    for n in range(min(room, 2)):
        desk.town.person(f"P{n + 2}")
        place(desk, person=f"P{n + 2}")
    if room > 2:
        place(desk)
    else:
        refused(desk, f'"S1" is full with {room} people; choose another session')


def test_a_place_that_was_given_up_is_free_again(desk: Desk) -> None:
    desk.town.change(schema.sessions, 1, capacity=1)
    desk.town.booking(1, desk.town.person("P2"), status="cancelled")
    place(desk)


def test_women_only_people_and_placements_go_together_only(desk: Desk) -> None:
    desk.town.person("P2", women_only=True)
    refused(desk, '"P2" is women-only, "BIKE" is not; choose another session', person="P2")
    desk.town.session("S3", desk.town.placement("WILLOW", women_only=True), STARTS)
    refused(desk, '"WILLOW" is women-only, "P1" is not; choose another session', session="S3")
    place(desk, session="S3", person="P2")


@pytest.mark.parametrize("first", ["P1", "P2"])
def test_two_who_must_never_meet_do_not_and_nobody_is_told_with_whom_or_why(desk: Desk, first: str) -> None:
    desk.town.person("P2")
    with desk.town.write() as connection:
        connection.execute(schema.not_with.insert().values(person_id=1, other_id=2))
    other = {"P1": "P2", "P2": "P1"}[first]
    place(desk, person=first)
    refused(desk, f'"{other}" cannot be placed on this session; choose another', person=other)
    place(desk, session="S2", person=other)


@pytest.mark.parametrize(("starts", "hours", "clashes"), [(-1, 1, False), (-1, 2, True), (5, 1, True), (6, 1, False)])
def test_nobody_is_in_two_places_at_once(desk: Desk, starts: int, hours: int, clashes: bool) -> None:
    place(desk)
    desk.town.session("S3", desk.town.placement("PARK"), STARTS + starts * HOUR, hours)
    if clashes:
        said = '"P1" is booked on "S1" at that time; unbook that first, or choose another session'
        refused(desk, said, session="S3")
    else:
        place(desk, session="S3")


def test_a_cancelled_session_or_booking_is_no_other_place(desk: Desk) -> None:
    for ref, status, session_status in (("S3", "cancelled", "planned"), ("S4", "booked", "cancelled")):
        desk.town.booking(desk.town.session(ref, 1, STARTS, status=session_status), 1, status=status)
    place(desk)


@pytest.mark.parametrize("status", sorted(set(schema.ORDER_STATUSES) - {"active"}))
def test_only_a_running_order_takes_bookings(desk: Desk, status: str) -> None:
    desk.town.change(schema.orders, 1, status=status)
    refused(desk, '"P1" has no active order; `turnup person P1 --json` lists their orders')
    said = f'the order "O-P1" is {status}, and only an active one takes bookings; name another'
    refused(desk, said, order="O-P1")


def done(town: Town, order_id: int, minutes: int = 6000) -> None:
    town.add(
        schema.hours, ref=f"H{order_id}", seq=0, order_id=order_id, kind="work", worked_on=date(2026, 5, 20),
        worked_minutes=minutes, credited_minutes=minutes, activity="unpaid_work", actor="import", at=NOW,
    )  # fmt: skip


def test_an_order_whose_hours_are_done_takes_none(desk: Desk) -> None:
    done(desk.town, 1)
    refused(desk, '"P1" has no minutes left on an active order; correct its hours first, if that is wrong')
    said = 'the order "O-P1" has no minutes left; name another, or correct its hours first'
    refused(desk, said, order="O-P1")


def test_of_two_running_orders_one_has_to_be_named(desk: Desk) -> None:
    desk.town.order("O2", 1)
    refused(desk, '"P1" has more than one active order; name it with --order O-P1 or O2')
    assert place(desk, order="O2").order.ref == "O2"


def test_of_two_orders_the_one_that_it_can_only_be_need_not_be_named(desk: Desk) -> None:
    desk.town.order("O2", 1)
    done(desk.town, 1)
    assert place(desk).order.ref == "O2"


def test_somebody_elses_order_is_not_theirs(desk: Desk) -> None:
    desk.town.person("P2")
    refused(desk, '"P1" has no order "O-P2"; `turnup person P1 --json` lists them', order="O-P2")


# Taken off


def test_who_is_taken_off_hears_that_it_is_off_and_has_nothing_more_to_answer(desk: Desk) -> None:
    booking = place(desk).id
    with desk.town.write() as connection:
        one = sessions.booked(connection, booking)
        assert one is not None
        reports.report(connection, one, "cant", channel="sms", now=NOW, actor="P1")
        questions.ask(connection, 1, "reason", now=NOW, booking_id=booking, report_id=1)
    due = {"created_at": NOW, "due_at": NOW, "status": "open", "person_id": 1}
    desk.town.add(schema.tasks, key=f"absence:b{booking}", kind="absence", **due)

    desk.do(bookings.take_off, "S1", "P1", actor=Actor("S9"), reason="ill")

    row = desk.town.row(schema.bookings, booking)
    assert (row["status"], row["version"], row["answer"]) == ("cancelled", 2, None)
    notice = desk.town.only(schema.notices)
    assert (notice["string"], notice["person_id"], notice["status"]) == ("session.off", 1, "open")
    assert desk.town.only(schema.questions)["closed_at"] == NOW
    assert desk.town.only(schema.reports)["withdrawn_at"] == NOW
    assert desk.town.only(schema.tasks)["status"] == "done"
    assert [(row["actor"], row["action"], row["reason"]) for row in desk.town.rows(schema.access_log)][-1] == (
        "S9", "unbooked", "S1: ill",
    )  # fmt: skip


def test_who_is_not_booked_cannot_be_taken_off(desk: Desk) -> None:
    desk.refuses('"P1" is not booked on "S1"; nothing was changed', bookings.take_off, "S1", "P1")
    desk.town.booking(1, 1, status="cancelled")
    desk.refuses('"P1" is not booked on "S1"; nothing was changed', bookings.take_off, "S1", "P1")


def test_nobody_is_taken_off_a_session_that_has_started(desk: Desk) -> None:
    desk.town.booking(desk.town.session("S3", 1, NOW - HOUR), 1)
    said = '"S3" has started already; what happened there is entered as attendance'
    desk.refuses(said, bookings.take_off, "S3", "P1")


def test_who_is_booked_again_starts_afresh(desk: Desk) -> None:
    booking = place(desk).id
    desk.do(bookings.take_off, "S1", "P1")
    assert place(desk).id == booking
    row = desk.town.row(schema.bookings, booking)
    assert (row["status"], row["version"]) == ("booked", 3)
