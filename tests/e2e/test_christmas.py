"""A missed session over HTTP, from Christmas Eve to the working days after it; and danger at night, by the rota."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.e2e import councils
from tests.e2e.councils import LONDON, SQUAD, STANDARD, Council
from tests.e2e.town import Town

pytestmark = pytest.mark.days

COUNCIL = replace(
    STANDARD,
    starts_at=datetime(2026, 12, 24, 15, 0, tzinfo=LONDON),
    holidays=(date(2026, 12, 30),),  # the council's own, besides Scotland's
    staffed="Mon-Fri 09:00-17:00",
    complete_by=date(2027, 3, 31),
)
MISSING = SQUAD.index("silent") + 1
MISSED = "missed Bike workshop, Thursday 24 December 3pm."


def without_the_womens_work(council: Council) -> dict[str, list[list[str]]]:
    """So that the supervisor has one session to mark."""
    files = council.files()
    woman = council.people["woman"].ref
    return {
        **files,
        "people": [row for row in files["people"] if row[0] != woman],
        "orders": [row for row in files["orders"] if row[1] != woman],
        "hours": [row for row in files["hours"] if row[1] != f"O-{woman}"],
        "sessions": [row for row in files["sessions"] if not row[0].startswith("WOMEN")],
        "bookings": [row for row in files["bookings"] if row[1] != woman],
    }


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    folder = tmp_path / "council"
    councils.write(folder, COUNCIL.settings(), without_the_womens_work(COUNCIL))
    with Town(tmp_path, folder) as made:
        made.keep_private(COUNCIL.words())
        made.bring_in(COUNCIL.imported_at.isoformat())
        made.start()
        yield made


def at(town: Town, when: str) -> None:
    town.clock(datetime.fromisoformat(f"2026-12-{when}").replace(tzinfo=LONDON))
    town.must("tick")
    town.quiet()


def told(town: Town) -> list[int]:
    """How many texts of the missed session each worker has: supervisor, case manager, co-ordinator, manager."""
    return [sum(MISSED in text for text in town.thread(one.phone)) for one in COUNCIL.workers]


def test_a_missed_session_climbs_through_christmas_and_stays_red(town: Town) -> None:
    at(town, "24 15:25")
    town.answers(COUNCIL.supervisor.phone, f"ALL IN, OUT {MISSING}")
    assert told(town) == [1, 0, 0, 0]
    at(town, "24 16:05")
    assert told(town) == [1, 1, 0, 0]
    at(town, "24 16:35")
    assert told(town) == [1, 1, 1, 0]
    for when in ("24 20:00", "25 12:00", "26 12:00", "28 12:00", "29 09:10"):  # the 28th is kept for the 26th
        at(town, when)
        assert told(town) == [1, 1, 1, 0], when
    at(town, "29 09:40")
    assert told(town) == [1, 1, 1, 1]
    at(town, "29 10:15")
    red = [task for task in town.tasks() if task["kind"] == "unanswered"]
    assert [task["status"] for task in red] == ["open"]
    follow_up = next(task for task in town.tasks() if task["kind"] == "missed")
    assert follow_up["due_at"] == "2026-12-31T17:00:00+00:00", "two working days on: the 29th and the 31st"
    assert town.answers(COUNCIL.on_call.phone, "ACK 1")[0].startswith("Alert 1 is yours.")
    (taken,) = town.answers(COUNCIL.case_manager.phone, "ACK 1")
    assert taken.startswith("FT has had alert 1 since 10:")
    assert taken.endswith("To take it over reply TAKE 1.")
    assert town.answers(COUNCIL.on_call.phone, "DONE 1 A") == ["Alert 1 is settled. Thanks."]
    assert [task["status"] for task in town.tasks() if task["kind"] in ("missed", "unanswered")] == ["done", "done"]


def test_danger_on_christmas_night_goes_by_the_rota(town: Town) -> None:
    eve = ("--from", "2026-12-24T09:00", "--until", "2026-12-27T09:00")
    for duty, one in (("first", COUNCIL.case_manager), ("second", COUNCIL.coordinator), ("lead", COUNCIL.on_call)):
        town.must("rota", "add", duty, one.ref, *eve)
    at(town, "25 02:40")
    said = town.answers(COUNCIL.people["crisis"].phone, "gonnae kill masel")
    assert said[0].endswith("We've alerted a worker, who will contact you by 5am, Friday 25 December.")
    asked = (COUNCIL.case_manager, COUNCIL.coordinator, COUNCIL.on_call)
    for when, counts in (("25 02:47", [2, 0, 0]), ("25 02:53", [2, 1, 0]), ("25 03:05", [2, 1, 1])):
        at(town, when)
        assert [sum("urgent" in text for text in town.thread(one.phone)) for one in asked] == counts
    assert "SD, AW did not answer: ring them now" in town.thread(COUNCIL.on_call.phone)[-1]
    assert town.answers(COUNCIL.coordinator.phone, "ACK 1")[0].startswith("Alert 1 is yours.")
    assert town.must("rota", "show")[0] == "on duty now: first S3, second S4, lead S2"
    assert town.metrics()["turnup_on_duty"] == {("first",): 1.0, ("second",): 1.0, ("lead",): 1.0}
