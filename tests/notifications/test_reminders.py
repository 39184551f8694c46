"""When reminders go: the cadence, the hours, the safe window, the late booking, the outage, the two nights of the clocks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from db import schema, sessions
from db.council import LONDON, Council
from db.record import Record
from notifications import reminders
from tests.db import making
from tests.db.making import Town, london

AWAKE = range(6, 23)  # hours in which anything can be due


class Calendar:
    """Ticks every half hour of the day and tells when each reminder was written."""

    def __init__(self, town: Town, council: Council) -> None:
        self.town = town
        self.council = council

    def tick(self, now: datetime) -> int:
        with self.town.write() as connection:
            return reminders.write(connection, self.council, now=now)

    def run(self, since: str, until: str, at: Callable[[Connection, datetime], None] | None = None) -> list[tuple[str, str]]:
        """`(when, which)` in London's time, for everything written between the two."""
        now, seen = london(since), len(self.town.rows(schema.notices))
        with self.town.write() as connection:
            while now <= london(until):
                if at is not None:
                    at(connection, now)
                if now.astimezone(LONDON).hour in AWAKE:
                    reminders.write(connection, self.council, now=now)
                now += timedelta(minutes=30)
        return [self.said(row) for row in self.town.rows(schema.notices)[seen:] if row["purpose"] == "reminder"]

    def said(self, row: Any) -> tuple[str, str]:
        local = row["created_at"].astimezone(LONDON)
        return f"{local:%a %d %H:%M}", str(row["key"]).rsplit(":", 1)[1]


@pytest.fixture
def calendar(sqlite_record: Record) -> Calendar:
    return Calendar(Town(sqlite_record), making.council())


START = "2026-06-18 09:30"  # a Thursday


def regular(town: Town, starts_at: str = START, ref: str = "P1", **given: Any) -> tuple[int, int, int]:
    """Somebody who had a session in the week before."""
    booked = town.booked(ref, london(starts_at), **given)
    town.earlier(booked[0], london(starts_at) - timedelta(days=7))
    return booked


SEEN = ("2026-06-08 00:00", START)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({}, "Depot 8:30"), ({"women_only": True}, None), ({"pick_up": "12 Kirk Road"}, None), ({"pick_up": None}, None),
    ],
)  # fmt: skip
def test_where_the_van_stops_is_in_the_reminder_of_the_day_before(
    calendar: Calendar, about: dict[str, Any], said: str | None
) -> None:
    regular(calendar.town)
    for place in calendar.town.rows(schema.placements):
        calendar.town.change(schema.placements, place["id"], **{"pick_up": "Depot 8:30", **about})
    assert calendar.run("2026-06-11 12:00", START) == [("Wed 17 17:00", "d1")]
    [row] = calendar.town.rows(schema.notices)
    assert row["fields"].get("pick_up") == said
    assert row["string"] == ("reminder.pick_up" if said else "reminder.day_before")


def test_a_regular_session_is_reminded_of_on_the_day_before_only(calendar: Calendar) -> None:
    regular(calendar.town)
    assert calendar.run("2026-06-11 12:00", START) == [("Wed 17 17:00", "d1")]


def test_a_first_session_is_reminded_of_seven_three_and_one_days_before(calendar: Calendar) -> None:
    calendar.town.booked("P1", london(START))
    assert calendar.run(*SEEN) == [("Thu 11 17:00", "d7"), ("Tue 16 09:00", "d3"), ("Wed 17 17:00", "d1")]
    strings = [row["string"] for row in calendar.town.rows(schema.notices)]
    assert strings == ["reminder.first", "reminder.first", "reminder.day_before"]


@pytest.mark.parametrize(("days", "reminders"), [(14, ["d1"]), (15, ["d7", "d3", "d1"])])
def test_a_gap_of_more_than_two_weeks_makes_the_next_session_like_a_first(
    calendar: Calendar, days: int, reminders: list[str]
) -> None:
    person, _, _ = calendar.town.booked("P1", london(START))
    calendar.town.earlier(person, london(START) - timedelta(days=days))
    assert [which for _, which in calendar.run(*SEEN)] == reminders
    assert {row["string"] for row in calendar.town.rows(schema.notices)} == {"reminder.day_before"}


BOOKED = [
    # booked at, reminders
    ("2026-06-11 16:00", ["Thu 11 17:00", "Tue 16 09:00", "Wed 17 17:00"]),
    ("2026-06-11 18:00", ["Tue 16 09:00", "Wed 17 17:00"]),
    ("2026-06-16 10:00", ["Wed 17 17:00"]),
    ("2026-06-17 18:00", ["Wed 17 18:00"]),
    ("2026-06-17 22:00", ["Wed 17 22:00"]),  # written at once; it leaves when the hours of sending allow
    ("2026-06-18 08:30", ["Thu 18 08:30"]),
    ("2026-06-18 09:00", []),  # with half an hour to go it is of no use
]


@pytest.mark.parametrize(("booked_at", "written"), BOOKED)
def test_a_late_booking_gets_what_is_still_useful_and_nothing_that_was_due_before_it(
    calendar: Calendar, booked_at: str, written: list[str]
) -> None:
    town = calendar.town
    person = town.person("P1")
    session = town.session("S1", town.placement(), london(START))

    booking = town.booking(session, person, status="cancelled", booked_at=london("2026-06-01 12:00"))

    def book(connection: Connection, now: datetime) -> None:
        if now == london(booked_at):
            values = {"status": "booked", "booked_at": now}
            connection.execute(schema.bookings.update().where(schema.bookings.c.id == booking).values(**values))

    assert [when for when, _ in calendar.run(*SEEN, at=book)] == written


def test_after_an_outage_only_the_newest_is_written(calendar: Calendar) -> None:
    calendar.town.booked("P1", london(START))
    assert calendar.run("2026-06-11 17:00", "2026-06-11 18:00") == [("Thu 11 17:00", "d7")]
    assert calendar.run("2026-06-17 17:30", START) == [("Wed 17 17:30", "d1")]


def test_what_was_not_sent_when_the_next_one_is_due_is_superseded(calendar: Calendar) -> None:
    calendar.town.booked("P1", london(START))
    calendar.run("2026-06-16 09:00", START)
    rows = calendar.town.rows(schema.notices)
    assert [(row["status"], row["why"]) for row in rows] == [("superseded", "newer_reminder"), ("open", None)]
    assert [row["status"] for row in calendar.town.rows(schema.deliveries)] == ["cancelled", "pending"]


def test_running_late_twice_or_on_two_machines_writes_nothing_twice(calendar: Calendar) -> None:
    calendar.town.booked("P1", london(START))
    assert [calendar.tick(london("2026-06-17 17:00")) for _ in range(3)] == [1, 0, 0]
    assert calendar.tick(london("2026-06-17 19:00")) == 0


def test_a_booking_made_after_now_is_reminded_as_one_made_before(calendar: Calendar) -> None:
    """The clock was set back, as a demo does: what was booked "later" is booked all the same."""
    _, _, booking = calendar.town.booked("P1", london(START))
    calendar.town.change(schema.bookings, booking, booked_at=london("2026-07-30 12:00"))
    assert [which for _, which in calendar.run(*SEEN)] == ["d7", "d3", "d1"]


SUPPRESSED = [
    # what was said, which reminders are left
    ("coming", ["d1"]), ("late", ["d7", "d3", "d1"]), ("cant", []),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "left"), SUPPRESSED)
def test_who_said_that_they_come_hears_of_it_once_more_and_who_cannot_come_not_at_all(
    calendar: Calendar, answer: str, left: list[str]
) -> None:
    _, _, booking = calendar.town.booked("P1", london(START))
    calendar.town.change(schema.bookings, booking, answer=answer)
    assert [which for _, which in calendar.run(*SEEN)] == left


@pytest.mark.parametrize("change", [{"bookings": "cancelled"}, {"sessions": "cancelled"}], ids=str)
def test_a_cancelled_booking_or_session_has_no_reminder(calendar: Calendar, change: dict[str, str]) -> None:
    _, session, booking = calendar.town.booked("P1", london(START))
    for table, status in change.items():
        id_ = booking if table == "bookings" else session
        calendar.town.change(getattr(schema, table), id_, status=status)
    assert calendar.run(*SEEN) == []


MOVES = [
    # moved at, to, what is written afterwards: nothing that the news of the move has said already
    ("2026-06-17 12:00", "2026-06-26 09:30", ["Fri 19 17:00", "Tue 23 17:00", "Thu 25 17:00"]),
    ("2026-06-17 12:00", "2026-06-22 09:30", ["Fri 19 17:00", "Sun 21 17:00"]),
    ("2026-06-17 18:00", "2026-06-18 14:00", []),
]


@pytest.mark.parametrize(("moved_at", "to", "written"), MOVES)
def test_a_moved_session_is_reminded_of_like_a_first(calendar: Calendar, moved_at: str, to: str, written: list[str]) -> None:
    town = calendar.town
    _, session, _ = regular(town)
    placement = town.row(schema.sessions, session)["placement_id"]
    with town.write() as connection:
        sessions.change(
            connection, calendar.council, session, placement_id=placement, starts_at=london(to),
            ends_at=london(to) + timedelta(hours=6), now=london(moved_at), actor="S1", tell=True,
        )  # fmt: skip
    assert [when for when, _ in calendar.run(moved_at, to)] == written


WHEN = [
    # the session, the safe window, regular, when the reminder of the day before goes
    ("2026-06-18 09:30", None, "Wed 17 17:00"),
    ("2026-06-22 09:30", None, "Sun 21 17:00"),  # Sundays may have it, until 18:00
    ("2026-12-27 09:30", None, "Sat 26 17:00"),  # Boxing Day
    ("2026-06-16 09:30", None, "Mon 15 17:00"),  # Scotland's holiday for the World Cup
    ("2026-06-18 09:30", (18 * 60, 19 * 60), "Wed 17 18:00"),
    ("2026-06-18 09:30", (10 * 60, 14 * 60), "Wed 17 13:00"),  # closed by then: earlier, an hour before it closes
    ("2026-06-18 09:30", (13 * 60, 13 * 60 + 30), "Wed 17 13:00"),
    ("2026-06-18 14:00", (8 * 60, 10 * 60), "Thu 18 09:00"),  # the morning of the day is still in time
    ("2026-06-22 09:30", (18 * 60 + 30, 20 * 60), "Sat 20 19:00"),  # never open on a Sunday: the evening before that
    ("2026-06-18 09:30", (2 * 60, 3 * 60), None),  # never open in the hours of sending
]


@pytest.mark.parametrize(("starts_at", "safe", "when"), WHEN, ids=str)
def test_hours_of_sending_sundays_holidays_and_the_safe_window_move_a_reminder(
    calendar: Calendar, starts_at: str, safe: tuple[int, int] | None, when: str | None
) -> None:
    window = {"safe_from": safe[0], "safe_until": safe[1]} if safe else {}
    regular(calendar.town, starts_at, **window)
    start = london(starts_at)
    since = (start - timedelta(days=4)).strftime("%Y-%m-%d 00:00")
    assert [said for said, _ in calendar.run(since, starts_at)] == ([when] if when else [])


NIGHTS = [
    # the session after a night in which the clocks change, in wall time, and the reminder, in UTC
    ("2026-03-29 09:30", "2026-03-28T17:00+00:00"),  # on: the day has 23 hours
    ("2026-10-25 09:30", "2026-10-24T16:00+00:00"),  # back: 25
    ("2026-03-30 09:30", "2026-03-29T16:00+00:00"),
    ("2026-10-26 09:30", "2026-10-25T17:00+00:00"),
]


@pytest.mark.parametrize(("starts_at", "written"), NIGHTS)
def test_a_reminder_keeps_its_wall_time_over_both_changes_of_the_clocks(
    calendar: Calendar, starts_at: str, written: str
) -> None:
    regular(calendar.town, starts_at)
    at = datetime.fromisoformat(written)
    assert calendar.tick(at - timedelta(minutes=1)) == 0
    assert calendar.tick(at) == 1


def test_a_reminder_is_of_no_use_half_an_hour_before_the_start(calendar: Calendar) -> None:
    regular(calendar.town)
    assert calendar.tick(london("2026-06-17 17:00")) == 1
    notice = calendar.town.only(schema.notices)
    assert notice["expires_at"] == london("2026-06-18 09:00")


def test_a_womens_place_is_in_no_reminder_not_even_stored(calendar: Calendar) -> None:
    _, session, _ = regular(calendar.town)
    placement = calendar.town.row(schema.sessions, session)["placement_id"]
    calendar.town.change(schema.placements, placement, women_only=True)
    calendar.tick(london("2026-06-17 17:00"))
    assert calendar.town.only(schema.notices)["fields"]["place"] == ""


def test_a_council_may_choose_its_own_days_and_time(sqlite_record: Record) -> None:
    council = making.council(reminders={"at": "12:30", "regular": [2], "first": [10, 2]})
    calendar = Calendar(Town(sqlite_record), council)
    calendar.town.booked("P1", london(START))
    assert calendar.run(*SEEN) == [("Mon 08 12:30", "d10"), ("Tue 16 12:30", "d2")]
