"""Whatever stands in a cell, it becomes a value of its kind or a CellError, never anything else."""

from contextlib import suppress
from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.council import LONDON
from db.importing import cells
from db.importing.cells import CellError, Parser

EVERY: dict[str, Parser] = {
    "ref": cells.ref,
    "maybe_ref": cells.maybe_ref,
    "refs": cells.refs,
    "text": cells.text(20),
    "words": cells.words(20),
    "one_of": cells.one_of("planned", "cancelled"),
    "boolean": cells.boolean(empty=True),
    "whole": cells.whole(1),
    "degrees": cells.degrees(90),
    "day": cells.day,
    "maybe_day": cells.maybe_day,
    "moment": cells.moment,
    "window": cells.window,
    "language": cells.language({"en_GB", "pl"}),
    "phone": cells.phone(drama_ok=True),
}
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31))  # noqa: DTZ001 - wall times, as they are written
NEAR = st.from_regex(r"[-+0-9 ():;TZe./٣–]{0,24}", fullmatch=True)


@pytest.mark.parametrize("name", EVERY)
@settings(deadline=None)
@given(cell=st.one_of(st.text(), NEAR))
def test_a_cell_is_a_value_or_a_cell_error(name: str, cell: str) -> None:
    with suppress(CellError):
        EVERY[name](cell)


@pytest.mark.parametrize(
    "cell",
    [
        "07400 123456", "07400123456", "+44 7400 123456", "0044 7400 123456", "+44 (0)7400 123456", "(07400) 123-456",
        "07400–123–456",
    ],
)  # fmt: skip
def test_ways_to_write_a_mobile(cell: str) -> None:
    assert cells.phone(drama_ok=False)(cell) == "+447400123456"


@pytest.mark.parametrize("cell", ["07781 123456", "07797 712345", "07624 412345"])
def test_mobiles_of_the_islands(cell: str) -> None:
    """Guernsey, Jersey and the Isle of Man share the country code."""
    assert cells.phone(drama_ok=False)(cell) == f"+44{cell[1:].replace(' ', '')}"


@settings(deadline=None)
@given(number=st.integers(7_000_000_000, 7_999_999_999))
def test_a_phone_that_is_taken_is_a_mobile_of_44(number: int) -> None:
    try:
        found = cells.phone(drama_ok=False)(f"0{number}")
    except CellError:
        return
    parsed = phonenumbers.parse(found)
    assert parsed.country_code == 44
    assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    assert number not in cells.DRAMA


@pytest.mark.parametrize("cell", ["07700 900000", "07700 900999"])
def test_numbers_for_drama_are_taken_only_where_they_may_be(cell: str) -> None:
    assert cells.phone(drama_ok=True)(cell)
    with pytest.raises(CellError, match="drama"):
        cells.phone(drama_ok=False)(cell)


def test_the_number_before_the_range_for_drama_is_real() -> None:
    assert cells.phone(drama_ok=False)("07700 899999") == "+447700899999"


@settings(deadline=None)
@given(local=MOMENTS)
def test_a_moment_is_the_wall_time_that_was_written(local: datetime) -> None:
    written = local.strftime("%Y-%m-%dT%H:%M")
    try:
        found = cells.moment(written)
    except CellError:
        assert local.month == 3
        assert local.hour == 1
        return
    assert found.tzinfo is UTC
    assert found.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M") == written


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [("", None), ("00:00-24:00", (0, 1440)), ("09:30-16:05", (570, 965)), ("09:30 – 16:05", (570, 965))],
)
def test_a_window(cell: str, minutes: tuple[int, int] | None) -> None:
    assert cells.window(cell) == minutes


@pytest.mark.parametrize(("cell", "folder"), [("", "en_GB"), ("en", "en_GB"), ("EN-gb", "en_GB"), ("zh-hans", "zh_Hans")])
def test_a_language(cell: str, folder: str) -> None:
    assert cells.language({"zh_Hans"})(cell) == folder


def test_refs_are_kept_once_in_order() -> None:
    assert cells.refs(" P2; P1;;P2") == ("P1", "P2")
