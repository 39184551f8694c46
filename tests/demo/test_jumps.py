"""The demo's clock: where it may usefully go."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import demo, jumps
from db import story
from db.council import LONDON
from db.record import Record
from tests.db.making import NOW, Town, council, london


@pytest.fixture
def town(record: Record) -> Town:
    return Town(record)


def asked(town: Town, *refs: str, now: datetime = NOW) -> dict[str, Any]:
    with town.record.read() as connection:
        session = story.upcoming(connection, refs, now=now)
        following = story.starting(connection, refs, since=jumps.following_from(now))
    return jumps.of(council(), session, following, now=now)


def places(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(jump["key"], f"{datetime.fromisoformat(jump['to']):%a %H:%M}") for jump in answer["jumps"]]


def test_a_sessions_moments_stand_in_order_of_time_with_the_next_working_day(town: Town) -> None:
    davie = town.member("S6", "supervisor")
    _, session_id, __ = town.booked("P1", london("2026-06-12 09:30"))
    town.change(story.sessions, session_id, supervisor_id=davie)
    answer = asked(town, "P1")
    assert places(answer) == [
        ("working_day", "Thu 09:30"), ("evening", "Thu 17:00"), ("hour", "Fri 08:30"), ("start", "Fri 09:30"),
        ("half", "Fri 10:00"), ("end", "Fri 15:30"),
    ]  # fmt: skip
    assert answer["session"]["when"] == "Friday 12 June, 9:30am"
    assert (answer["session"]["ref"], answer["session"]["supervisor"]) == ("S-P1", "S6")


def test_a_session_that_runs_leads_on_to_the_next(town: Town) -> None:
    # Monday 15 June 2026 is a bank holiday in Scotland.
    person_id, _, __ = town.booked("P1", london("2026-06-12 09:30"))
    town.booking(town.session("LATER", town.placement("L"), london("2026-06-16 09:30")), person_id)
    answer = asked(town, "P1", now=london("2026-06-12 09:40"))
    assert places(answer) == [
        ("start", "Fri 09:30"), ("half", "Fri 10:00"), ("end", "Fri 15:30"), ("following", "Mon 17:00"),
        ("working_day", "Tue 09:30"),
    ]  # fmt: skip


def test_the_next_evening_is_one_still_to_come(town: Town) -> None:
    person_id, _, __ = town.booked("P1", london("2026-06-11 09:30"))
    for ref, day in (("SAME-DAY", "2026-06-11 12:00"), ("NEXT-DAY", "2026-06-12 09:30"), ("LATER", "2026-06-13 09:30")):
        town.booking(town.session(ref, town.placement(ref), london(day)), person_id)
    evenings = [dict(places(asked(town, "P1", now=london(f"2026-06-11 {at}"))))["following"] for at in ("10:00", "17:00")]
    assert evenings == ["Thu 17:00", "Fri 17:00"]


def test_a_persons_session_comes_before_a_supervisors_and_that_before_anybodys(town: Town) -> None:
    davie = town.member("S6", "supervisor")
    town.booked("P1", london("2026-06-15 09:30"))
    town.session("OF-S6", town.placement("A"), london("2026-06-13 09:30"), supervisor_id=davie)
    town.session("ANY", town.placement("B"), london("2026-06-11 09:30"))
    refs = [asked(town, *who)["session"]["ref"] for who in (("P1", "S6"), ("S6",), ("S3",), ())]
    assert refs == ["S-P1", "OF-S6", "ANY", "ANY"]


def test_without_any_session_the_next_working_day_is_left(town: Town) -> None:
    assert (asked(town)["session"], places(asked(town))) == (None, [("working_day", "Thu 09:30")])


def test_a_person_is_shown_beside_who_runs_their_next_session_and_their_case_manager(town: Town) -> None:
    ailsa, davie, isla = town.member("S3"), town.member("S6", "supervisor"), town.member("S7", "supervisor")
    person_id, later, _ = town.booked("P1", NOW + timedelta(days=4), case_manager_id=ailsa)
    sooner = town.session("SOON", town.placement("A"), NOW + timedelta(days=1), supervisor_id=isla)
    town.booking(sooner, person_id)
    town.change(story.sessions, later, supervisor_id=davie)
    listed = {phone["ref"]: phone for phone in demo.phones(town.record, now=NOW.astimezone(LONDON))}
    assert (listed["P1"]["beside"], listed["S7"]["started"]) == (["S7", "S3"], True)
    later_on = {phone["ref"]: phone for phone in demo.phones(town.record, now=NOW + timedelta(days=2))}
    assert later_on["P1"]["beside"] == ["S6", "S3"]
