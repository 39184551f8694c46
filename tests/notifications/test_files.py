"""The picture, the paper and the calendar file: what they show, and that they show nothing else."""

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from locales import privacy
from locales.catalog import Catalogs
from notifications import calendar_file, hours_paper, hours_picture, pdf
from notifications.attachments import Source
from tests.db import making

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
DONE, LEFT = (11, 92, 173), (217, 222, 227)


def source(fields: dict[str, Any], *, mode: Any = "standard", locale: str = "en_GB") -> Source:
    def label(key: str, locale: str = locale, **given: str) -> str:
        return Catalogs.load().text(key, locale=locale, channel="sms", mode=mode, fields=given)

    return Source(fields, making.council(), locale, mode, label, NOW)


# The picture


def ring(done: int, left: int) -> list[tuple[int, ...]]:
    """The colour of the ring in the middle of each quarter, from the top and clockwise."""
    image = Image.open(BytesIO(hours_picture.draw(done, left))).convert("RGB")
    edge, thick = hours_picture.RING
    away = (0.5 - edge - thick / 2) / 2**0.5
    near, far = round(image.width * (0.5 - away)), round(image.width * (0.5 + away))
    return [image.getpixel(at) for at in ((far, near), (far, far), (near, far), (near, near))]  # type: ignore[misc]


def like(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(colour, wanted, strict=True))


@pytest.mark.parametrize(("done", "left", "quarters"), [(0, 100, 0), (30, 70, 1), (50, 50, 2), (75, 25, 3), (100, 0, 4)])
def test_the_ring_is_as_full_as_the_hours_are_done(done: int, left: int, quarters: int) -> None:
    colours = ring(done * 60, left * 60)
    assert all(like(colour, DONE) for colour in colours[:quarters])
    assert all(like(colour, LEFT) for colour in colours[quarters:])


def test_the_picture_is_small_enough_for_a_phone_with_little_data() -> None:
    picture = hours_picture.draw(299 * 60 + 45, 15)
    assert len(picture) < 30_000
    assert Image.open(BytesIO(picture)).size == (640, 640)


def test_its_numbers_need_no_translation() -> None:
    assert [hours_picture.clock(minutes) for minutes in (0, 15, 4440, 4460)] == ["0", "0:15", "74", "74:20"]


# The paper

HOURS = {
    "name": "Craig", "done": 1800, "total": 6000, "left": 4200, "upto": "2026-06-28", "unpaid": 1560, "other": 240,
    "rows": [
        ["2026-06-21", 390, 360, "unpaid_work"], ["2026-06-22", 240, 240, "other_activity"],
        ["2026-06-24", -60, -60, "changed"], ["2026-06-28", 0, -600, "total"],
    ],
}  # fmt: skip


def words(document: bytes) -> list[str]:
    """What is written on it, in order."""
    found = re.findall(rb"Td \(((?:[^()\\]|\\.)*)\) Tj", document)
    return [re.sub(rb"\\(.)", rb"\1", text).decode("cp1252") for text in found]


def test_the_paper_holds_every_row_the_totals_and_a_first_name() -> None:
    assert words(hours_paper.make(source(HOURS))) == [
        "Hours", "Craig", "Made on 1 July 2026. Counted up to 28 June 2026.", "Hours done: 30 of 100. Hours left: 70.",
        "Day", "Worked", "Counted", "What",
        "21 June 2026", "6h 30m", "6", "Work",
        "22 June 2026", "4", "4", "Learning or group",
        "24 June 2026", "-1", "-1", "Change",
        "28 June 2026", "", "", "Total changed by -10",
        "Work: 26", "Learning or group: 4", "Think it's wrong? Call 01632 960480.",
    ]  # fmt: skip


def test_no_word_on_it_says_what_the_hours_are_for() -> None:
    assert privacy.banned_in(" ".join(words(hours_paper.make(source(HOURS)))), "en_GB") is None


def test_it_can_be_heard_it_has_a_title_a_language_and_a_table_with_headings() -> None:
    document = hours_paper.make(source(HOURS))
    for part in (b"/MarkInfo<</Marked true>>", b"/Lang(en-GB)", b"/Title(Hours)", b"/S/Table", b"/S/TH", b"/Scope/Column"):
        assert part in document
    assert document.count(b"/S/TR/") == 5


def test_a_long_ledger_goes_on_over_pages_and_every_place_in_it_is_where_it_says() -> None:
    rows = [["2026-06-21", 390, 360, "unpaid_work"]] * 120
    document = hours_paper.make(source({**HOURS, "rows": rows}))
    assert words(document).count("21 June 2026") == 120
    assert document.count(b"/Type/Page/") == 4
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [int(line[:10]) for line in document[start:].splitlines() if line.endswith(b" n ")]
    assert [document[place:].split(b" ", 1)[0] for place in places] == [b"%d" % n for n in range(1, len(places) + 1)]


def test_brackets_and_letters_of_the_west_are_written_and_others_make_it_english() -> None:
    assert words(hours_paper.make(source({**HOURS, "name": "Zoë (Joe)"})))[1] == "Zoë (Joe)"
    assert not pdf.can_write("Łukasz")
    assert pdf.can_write("Zoë")


def test_no_hours_yet_is_no_empty_table() -> None:
    document = hours_paper.make(source({**HOURS, "rows": [], "unpaid": 0, "other": 0}))
    assert b"/S/Table" not in document
    assert words(document)[-1].startswith("Think it's wrong?")


# The calendar

SESSION = {
    "booking": 12, "sequence": 2, "off": False, "starts": "2026-06-12T08:30:00+00:00", "ends": "2026-06-12T14:30:00+00:00",
    "place": "Bikes; big, one",
}  # fmt: skip


def lines(mode: str = "standard", **changed: Any) -> list[str]:
    return calendar_file.make(source({"calendar": {**SESSION, **changed}}, mode=mode)).decode().split("\r\n")


def test_a_session_is_an_entry_with_a_neutral_word() -> None:
    found = lines()
    assert found[0] == "BEGIN:VCALENDAR"
    assert found[-2:] == ["END:VCALENDAR", ""]
    for line in (
        "VERSION:2.0", "UID:12@sessions", "SEQUENCE:2", "DTSTAMP:20260701T090000Z", "DTSTART:20260612T083000Z",
        "DTEND:20260612T143000Z", "SUMMARY:Session", r"LOCATION:Bikes\; big\, one", "CLASS:PRIVATE",
    ):  # fmt: skip
        assert line in found


@pytest.mark.parametrize(("mode", "changed"), [("discreet", {}), ("standard", {"place": ""})])
def test_no_place_for_who_needs_it_discreet_or_where_there_must_be_none(mode: str, changed: dict[str, Any]) -> None:
    assert not any(line.startswith("LOCATION") for line in lines(mode, **changed))


def test_the_discreet_word_is_another() -> None:
    assert "SUMMARY:Reminder" in lines("discreet")


def test_a_moved_session_is_the_same_entry_a_version_on() -> None:
    before, after = lines(), lines(sequence=3, starts="2026-06-15T08:30:00+00:00")
    assert [line for line in after if line not in before] == ["SEQUENCE:3", "DTSTART:20260615T083000Z"]


def test_one_that_is_off_leaves_the_calendar() -> None:
    found = lines(off=True, sequence=3)
    assert "METHOD:CANCEL" in found
    assert "STATUS:CANCELLED" in found
    assert "UID:12@sessions" in found


def test_no_line_is_longer_than_may_be_and_no_letter_is_cut() -> None:
    found = calendar_file.make(source({"calendar": {**SESSION, "place": "Coille Ghàidhlig " * 9}}))
    assert max(len(line) for line in found.split(b"\r\n")) <= 75
    assert "Coille Ghàidhlig " * 9 in found.decode().replace("\r\n ", "")
