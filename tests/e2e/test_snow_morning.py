"""A snow morning: 400 people, three places off, one moved, one on, and everybody told once before seven."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from db import schema
from locales.catalog import Catalogs
from tests.e2e.councils import CHAT, COLUMNS, LONDON, STANDARD, Person, minute, write
from tests.e2e.town import Town

pytestmark = pytest.mark.days

PLACES = ("Bikes", "Food store", "Laundry", "Paths", "Wood shop")
OFF = PLACES[:3]
EACH = 80
STARTS = datetime(2026, 12, 10, 9, 0, tzinfo=LONDON)  # a Thursday
SIX = STARTS.replace(hour=6, minute=5)
MODES = ("standard", "standard", "standard", "discreet", "call_first")
ON_TELEGRAM = 5  # each so many-th


def people() -> list[Person]:
    return [Person(f"P{n:03d}", f"First-{n:03d}", f"Last-{n:03d}", f"+44770090{n:04d}", CHAT + n) for n in range(1, 401)]


def place_of(n: int) -> str:
    return PLACES[n // EACH]


def council(folder: Path) -> list[Person]:
    crowd = people()
    languages = sorted(Catalogs.load().languages)
    rates = "[rates]\ntelegram = 1000\nchat = 1000\nsms_segments = 1000\n"
    made = replace(STANDARD, people={one.ref: one for one in crowd}, toml=rates, first_number=800)
    files = made.files()
    columns = COLUMNS["people"].split(",")
    for n, row in enumerate(files["people"]):
        row[columns.index("mode")] = MODES[n % len(MODES)]
        row[columns.index("language")] = languages[n % len(languages)]
        if n % ON_TELEGRAM == 0:
            row[columns.index("channel")] = "telegram"
    ends = STARTS + timedelta(hours=6)
    at = ["squad", "1 High Street", "ZZ1 1AB", "55.9", "-3.9", "", "S1", "north", "no", ""]
    files["placements"] = [[f"PL{n}", name, name, *at] for n, name in enumerate(PLACES)]
    naive = [minute(moment.replace(tzinfo=None)) for moment in (STARTS, ends)]
    files["sessions"] = [[f"SN{n}", f"PL{n}", *naive, "", "", "planned"] for n in range(len(PLACES))]
    files["bookings"] = [[f"SN{n // EACH}", one.ref, f"O-{one.ref}", "booked"] for n, one in enumerate(crowd)]
    files["hours"] = []
    for row in files["orders"]:
        row[COLUMNS["orders"].split(",").index("complete_by")] = "2027-06-30"
    write(folder, made.settings(), files)
    return crowd


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everybody_is_told_once_before_seven(tmp_path: Path, kind: str) -> None:
    crowd = council(tmp_path / "council")
    with Town(tmp_path, tmp_path / "council", kind=kind) as town:
        town.bring_in("2026-12-09T10:30")
        town.start()
        town.link(*crowd[::ON_TELEGRAM])
        town.clock("2026-12-09T17:01")  # the reminders of the evening before
        town.wait_for(lambda: _all_reminded(town, crowd), "the reminders did not go")
        town.quiet()
        before = _seen(town, crowd)
        town.clock(SIX)
        _announce(town)
        town.clock(SIX + timedelta(minutes=4))
        town.wait_for(lambda: _all_begun(town), "the broadcasts did not begin")
        town.quiet()
        _everybody_knows(town, crowd, before)
        _answers(town, crowd)
        _the_report_is_right(town)
        _nobody_is_absent(town)


def _announce(town: Town) -> None:
    for n in range(len(OFF)):
        town.must("broadcast", "off", "--session", f"SN{n}", "--as", "S4", "--break-glass")
    town.must("broadcast", "moved", "--session", "SN3", "--later", "120", "--as", "S4", "--confirm")
    town.must("broadcast", "approve", "4", "--as", "S2")
    town.must("broadcast", "weather", "--session", "SN4", "--as", "S4", "--break-glass")


def _all_reminded(town: Town, crowd: list[Person]) -> bool:
    reminded = select(schema.notices.c.person_id).where(
        schema.notices.c.purpose == "reminder", schema.notices.c.status == "told"
    )
    with town.record.read() as connection:
        return len(connection.execute(reminded).all()) == len(crowd)


def _all_begun(town: Town) -> bool:
    with town.record.read() as connection:
        return set(connection.execute(select(schema.broadcasts.c.status)).scalars()) <= {"sending", "done"}


def _seen(town: Town, crowd: list[Person]) -> dict[str, int]:
    return {one.ref: len(_messages(town, n, one)) for n, one in enumerate(crowd)}


def _messages(town: Town, n: int, one: Person) -> list[str]:
    return town.chat(one.chat) if n % ON_TELEGRAM == 0 else town.thread(one.phone)


def _everybody_knows(town: Town, crowd: list[Person], before: dict[str, int]) -> None:
    for n, one in enumerate(crowd):
        news = _messages(town, n, one)[before[one.ref] :]
        assert len(news) == 1, (one.ref, news)
        _is_discreet(news[0], MODES[n % len(MODES)])
    stale = select(schema.notices.c.id).where(schema.notices.c.purpose == "reminder", schema.notices.c.status == "open")
    said = select(schema.notices.c.string, schema.notices.c.person_id).where(
        schema.notices.c.purpose.in_(("off", "moved", "broadcast")), schema.notices.c.person_id.is_not(None)
    )
    with town.record.read() as connection:
        assert connection.execute(stale).all() == []
        counted = Counter(row.string for row in connection.execute(said))
    assert counted == {"session.off": 3 * EACH, "session.moved": EACH, "session.is_on": EACH}


def _is_discreet(text: str, mode: str) -> None:
    if mode != "standard":
        assert not any(place in text for place in PLACES), text
        assert STANDARD.label not in text


def _answers(town: Town, crowd: list[Person]) -> None:
    """Of those whose session moved, one is coming and one is not."""
    yes, no = crowd[3 * EACH + 1], crowd[3 * EACH + 2]
    town.text(yes.phone, "1")
    town.text(no.phone, "2")
    town.quiet()


def _the_report_is_right(town: Town) -> None:
    moved = town.must("broadcast", "report", "4", "--as", "S4")
    assert moved[0] == "broadcast 4, moved, is done"
    assert moved[1] == f"{EACH} people: {EACH} delivered"
    assert moved[2] == f"answered: 1 cant, 1 coming; {EACH - 2} silent"
    for n in (1, 2, 3):
        assert town.must("broadcast", "calls", str(n), "--as", "S4") == ["nobody has to be rung"]


def _nobody_is_absent(town: Town) -> None:
    town.clock(STARTS + timedelta(hours=1))
    town.quiet()
    with town.record.read() as connection:
        marks = connection.execute(select(schema.attendance.c.status)).scalars().all()
        missed = connection.execute(select(schema.tasks.c.id).where(schema.tasks.c.kind == "missed")).all()
    assert (marks, missed) == ([], [])
