"""Staff add, move, cancel and hand over sessions: everyone booked and whoever leads hears, nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from db import bookings, schedule, schema
from db.permissions import Actor
from db.record import Record
from tests.db.changing import Desk
from tests.db.making import NOW, Town, london

STARTS = london("2026-06-12 09:30")
LATER = london("2026-06-15 14:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(record: Record) -> Desk:
    """P1 and P2 are booked on S1 at BIKE, which LEAD leads; OTHER leads the placement PARK."""
    town = Town(record)
    lead, other = town.member("LEAD", "supervisor"), town.member("OTHER", "supervisor")
    place = town.placement(supervisor_id=lead)
    town.placement("PARK", nickname="Park", supervisor_id=other)
    session = town.session("S1", place, STARTS, supervisor_id=lead)
    for ref in ("P1", "P2"):
        town.booking(session, town.person(ref), answer="coming", answered_at=NOW)
    return Desk(town)


def move(desk: Desk, ref: str = "S1", **to: Any) -> Any:
    return desk.do(schedule.move, ref, **{"starts_at": None, "ends_at": None, "placement": None, **to})


def refuses_move(desk: Desk, said: str, ref: str = "S1", **to: Any) -> None:
    desk.refuses(said, schedule.move, ref, **{"starts_at": None, "ends_at": None, "placement": None, **to})


def told(desk: Desk) -> list[tuple[str, str]]:
    """Who hears what: people by P and id, staff by their ref."""
    staff = {row["id"]: row["ref"] for row in desk.town.rows(schema.staff)}
    rows = desk.town.rows(schema.notices)
    return sorted((f"P{n['person_id']}" if n["person_id"] else staff[n["staff_id"]], n["string"]) for n in rows)


def add(
    desk: Desk, ref: str = "S2", placement: str = "BIKE", starts: Any = LATER, ends: Any = LATER + HOUR, **given: Any
) -> Any:
    return desk.do(schedule.add, ref, placement, starts, ends, given.get("capacity"), given.get("supervisor"))


def test_a_new_session_is_led_by_whoever_leads_its_placement(desk: Desk) -> None:
    add(desk)
    add(desk, "S3", capacity=4, supervisor="OTHER")
    two, three = desk.town.rows(schema.sessions, schema.sessions.c.ref.in_(("S2", "S3")))
    assert (two["starts_at"], two["ends_at"], two["capacity"], two["supervisor_id"]) == (LATER, LATER + HOUR, None, 1)
    assert (three["capacity"], three["supervisor_id"], three["status"], three["version"]) == (4, 2, "planned", 1)
    assert told(desk) == []
    assert [(row["action"], row["reason"]) for row in desk.town.rows(schema.access_log)] == [
        ("session.added", "S2"), ("session.added", "S3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ("S1", "BIKE", LATER, LATER + HOUR, None, None),
            'there is a session with the ref "S1" already; give this one another',
        ),
        (
            ("S2", "X", LATER, LATER + HOUR, None, None),
            'there is no placement with the ref "X"; look it up in placements.csv',
        ),
        (("S2", "BIKE", LATER, LATER, None, None), '"S2" would not end after its start; give another --ends'),
        (("S2", "BIKE", NOW, LATER, None, None), '"S2" would start in the past; give another --starts'),
        (
            ("S2", "BIKE", LATER, LATER + HOUR, None, "X"),
            'there is nobody of the staff with the ref "X"; look it up in staff.csv',
        ),
    ],
)
def test_a_session_that_cannot_be_is_not_added(desk: Desk, given: tuple[Any, ...], said: str) -> None:
    desk.refuses(said, schedule.add, *given)


def test_a_moved_session_keeps_its_length_and_everyone_is_asked_anew(desk: Desk) -> None:
    moved = desk.do(
        schedule.move, "S1", starts_at=LATER, ends_at=None, placement=None, actor=Actor("S9"), reason="a van is broken"
    )
    row = desk.town.row(schema.sessions, 1)
    assert (row["starts_at"], row["ends_at"], row["version"]) == (LATER, LATER + 6 * HOUR, 2)
    assert (moved.before.starts_at, moved.after.starts_at, moved.at_once) == (STARTS, LATER, ())
    assert [booking["answer"] for booking in desk.town.rows(schema.bookings)] == [None, None]
    assert told(desk) == [("LEAD", "lead.moved"), ("P1", "session.moved"), ("P2", "session.moved")]
    log = desk.town.only(schema.access_log)
    assert (log["actor"], log["action"], log["reason"]) == ("S9", "session.changed", "S1: a van is broken")


def test_another_placement_brings_its_own_supervisor_unless_another_was_chosen(desk: Desk) -> None:
    assert move(desk, placement="PARK").after.supervisor_id == 2
    assert told(desk) == [
        ("LEAD", "lead.not_yours"), ("OTHER", "lead.yours"), ("P1", "session.moved"), ("P2", "session.moved"),
    ]  # fmt: skip
    desk.do(schedule.hand_over, "S1", "LEAD")
    assert move(desk, placement="BIKE").after.supervisor_id == 1


def test_who_is_booked_elsewhere_at_the_new_time_is_named(desk: Desk) -> None:
    desk.town.booking(desk.town.session("S2", 2, LATER), 2)
    assert move(desk, starts_at=LATER - 5 * HOUR).at_once == ("P2",)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ({"starts_at": STARTS}, '"S1" is there and then already; nothing was changed'),
        ({"placement": "BIKE"}, '"S1" is there and then already; nothing was changed'),
        ({"starts_at": NOW - HOUR}, '"S1" would start in the past; give another --starts'),
        ({"ends_at": STARTS}, '"S1" would not end after its start; give another --ends'),
        ({"placement": "X"}, 'there is no placement with the ref "X"; look it up in placements.csv'),
    ],
)
def test_a_move_that_cannot_be_is_refused(desk: Desk, to: dict[str, Any], said: str) -> None:
    refuses_move(desk, said, **to)


def test_a_session_that_started_or_was_cancelled_stays(desk: Desk) -> None:
    for ref, starts, status in (("S2", NOW, "planned"), ("S3", STARTS, "cancelled")):
        desk.town.session(ref, 1, starts, status=status)
    refuses_move(desk, '"S2" has started already; what happened there is entered as attendance', "S2", starts_at=LATER)
    said = '"S3" is cancelled, and nothing on it can be changed; choose another session'
    refuses_move(desk, said, "S3", starts_at=LATER)
    desk.refuses(said, schedule.call_off, "S3")
    desk.refuses(said, schedule.hand_over, "S3", "OTHER")


def test_nobody_comes_onto_women_only_work_nor_off_it_by_a_move(desk: Desk) -> None:
    willow = desk.town.placement("WILLOW", women_only=True)
    refuses_move(
        desk, '"WILLOW" is women-only, "P1" is not; unbook them first, or choose another placement', placement="WILLOW"
    )
    desk.town.booking(desk.town.session("S2", willow, STARTS), desk.town.person("P3", women_only=True))
    refuses_move(
        desk, '"P3" is women-only, "BIKE" is not; unbook them first, or choose another placement', "S2", placement="BIKE"
    )


def test_a_move_never_keeps_two_together_who_must_not_meet(desk: Desk) -> None:
    with desk.town.write() as connection:
        connection.execute(schema.not_with.insert().values(person_id=1, other_id=2))
    said = 'two people on "S1" cannot be placed together; unbook one of them first'
    refuses_move(desk, said, starts_at=LATER)


def test_a_move_needs_room_for_everyone(desk: Desk) -> None:
    desk.town.change(schema.placements, 2, capacity=1)
    refuses_move(desk, '"PARK" has room for 1 and 2 are booked; choose another placement', placement="PARK")
    desk.do(bookings.take_off, "S1", "P2")
    move(desk, placement="PARK")


def test_a_session_that_holds_too_many_already_may_be_moved_in_time(desk: Desk) -> None:
    desk.town.change(schema.placements, 1, capacity=1)
    move(desk, starts_at=LATER)
    desk.town.change(schema.sessions, 1, capacity=1)
    move(desk, placement="PARK")


def test_a_cancelled_session_is_told_to_everyone_booked_and_leaves_nothing_to_decide(desk: Desk) -> None:
    due = {"created_at": NOW, "due_at": NOW, "status": "open"}
    desk.town.add(schema.tasks, key="absence:b1", kind="absence", person_id=1, **due)
    desk.do(schedule.call_off, "S1", reason="snow")
    assert desk.town.row(schema.sessions, 1)["status"] == "cancelled"
    assert told(desk) == [("LEAD", "lead.off"), ("P1", "session.off"), ("P2", "session.off")]
    assert desk.town.only(schema.tasks)["status"] == "done"
    assert desk.town.only(schema.access_log)["reason"] == "S1: snow"
    assert "snow" not in str([notice["fields"] for notice in desk.town.rows(schema.notices)]), "a reason is for staff only"


def test_both_supervisors_hear_of_a_session_that_changes_hands(desk: Desk) -> None:
    handed = desk.do(schedule.hand_over, "S1", "OTHER")
    assert handed.before is not None
    assert handed.after is not None
    assert (handed.before.ref, handed.after.ref) == ("LEAD", "OTHER")
    assert desk.town.row(schema.sessions, 1)["supervisor_id"] == 2
    assert told(desk) == [("LEAD", "lead.not_yours"), ("OTHER", "lead.yours")]
    desk.do(schedule.hand_over, "S1", None)
    assert desk.town.row(schema.sessions, 1)["supervisor_id"] is None
    assert desk.town.row(schema.sessions, 1)["version"] == 1, "those booked need not hear who leads"


def test_a_session_is_handed_over_to_somebody_else_who_exists(desk: Desk) -> None:
    desk.refuses('"S1" is led by "LEAD" already; nothing was changed', schedule.hand_over, "S1", "LEAD")
    desk.refuses('there is nobody of the staff with the ref "X"; look it up in staff.csv', schedule.hand_over, "S1", "X")
    desk.do(schedule.hand_over, "S1", None)
    desk.refuses('"S1" is led by nobody already; nothing was changed', schedule.hand_over, "S1", None)


def test_women_only_work_is_named_to_nobody_and_its_staff_hear_by_text_only(desk: Desk) -> None:
    lead = desk.town.rows(schema.staff)[0]["id"]
    desk.town.link("77", staff_id=lead)
    desk.town.session("W1", desk.town.placement("WILLOW", women_only=True, nickname="Willow"), STARTS, supervisor_id=lead)
    desk.do(schedule.call_off, "W1")
    notice = desk.town.only(schema.notices)
    assert (notice["fields"]["place"], notice["channel"]) == ("", "sms")
    assert desk.town.only(schema.deliveries)["channel"] == "sms"
