"""The statute's limits, each with its section of the 1995 Act."""

from datetime import date

import pytest

from db import rules

ENDS = [
    # kind, hours, imposed, the last day: 3 months at level 1, 6 at level 2 (s.227L), the day of imposition included
    ("cpo", 100, "2026-01-01", "2026-03-31"),
    ("cpo", 101, "2026-01-01", "2026-06-30"),
    ("cpo", 20, "2026-08-15", "2026-11-14"),
    ("cpo", 300, "2026-08-15", "2027-02-14"),
    ("cpo", 300, "2026-12-31", "2027-06-30"),  # June has no 31st
    ("cpo", 60, "2026-11-30", "2027-02-28"),  # nor February a 30th
    ("cpo", 60, "2027-11-30", "2028-02-29"),
    ("cpo", 60, "2026-11-29", "2027-02-28"),
    ("cpo", 60, "2027-11-29", "2028-02-28"),  # 2028 has the day: the last is the one before it
    ("cpo", 60, "2026-11-28", "2027-02-27"),
    ("cpo", 60, "2026-01-31", "2026-04-30"),
    ("cpo", 200, "2026-08-31", "2027-02-28"),
    ("fine_default", 100, "2026-01-10", "2026-04-09"),
]


@pytest.mark.parametrize(("kind", "hours", "imposed", "end"), ENDS)
def test_the_statutory_period_ends_on_its_last_day(kind: str, hours: int, imposed: str, end: str) -> None:
    assert rules.statutory_end(kind, hours, date.fromisoformat(imposed)) == date.fromisoformat(end)


def test_a_fiscal_work_order_has_the_date_of_its_notice() -> None:
    assert rules.statutory_end("fiscal_work_order", 30, date(2026, 1, 1)) is None


@pytest.mark.parametrize(("hours", "level"), [(20, 1), (100, 1), (101, 2), (300, 2)])
def test_the_level_follows_from_the_hours(hours: int, level: int) -> None:
    assert rules.level(hours) == level


def test_the_hours_an_order_may_have() -> None:
    assert rules.HOURS_LIMITS == {"cpo": (20, 300), "fine_default": (20, 100), "fiscal_work_order": (10, 50)}


@pytest.mark.parametrize(("kind", "most"), [("cpo", 18000), ("fine_default", 6000), ("fiscal_work_order", 3000)])
def test_a_variation_keeps_within_the_most_of_its_kind(kind: str, most: int) -> None:
    assert rules.most_after_variation(kind) == most


@pytest.mark.parametrize(("imposed", "cap"), [(20, 360), (50, 900), (99, 1782), (100, 1800), (101, 1800), (300, 1800)])
def test_other_activity_is_the_lower_of_thirty_per_cent_and_thirty_hours(imposed: int, cap: int) -> None:
    assert rules.other_activity_cap(imposed * 60) == cap


def test_a_part_of_a_minute_is_never_rounded_up() -> None:
    assert rules.other_activity_cap(1201) == 360
