import datetime as dt

import pytest

from locales import dates

EN = "en_GB"


def test_a_day_has_its_weekday_and_full_month() -> None:
    assert dates.day(dt.date(2025, 6, 12), EN) == "Thursday 12 June"
    assert dates.day(dt.date(2026, 9, 30), EN) == "Wednesday 30 September"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (dt.time(9, 30), "9:30am"),
        (dt.time(9), "9am"),
        (dt.time(9, 5), "9:05am"),
        (dt.time(12), "midday"),
        (dt.time(12, 30), "12:30pm"),
        (dt.time(13), "1pm"),
        (dt.time(23, 59), "11:59pm"),
        (dt.time(0), "midnight"),
        (dt.time(0, 5), "12:05am"),
    ],
)
def test_a_time_is_said_as_people_say_it(time: dt.time, said: str) -> None:
    assert dates.time(time, EN) == said


def test_a_date_has_its_year_only_when_it_is_another() -> None:
    today = dt.date(2026, 11, 22)
    assert dates.date_(dt.date(2026, 6, 12), today, EN) == "12 June"
    assert dates.date_(dt.date(2027, 6, 12), today, EN) == "12 June 2027"


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0"), (20, "20m"), (60, "1"), (74 * 60, "74"), (74 * 60 + 20, "74h 20m"), (-30, "0")]
)
def test_hours_are_whole_or_with_their_minutes_and_never_less_than_none(minutes: int, said: str) -> None:
    assert dates.hours(minutes, EN) == said


def test_moments_become_london_wall_time_on_both_sides_of_a_clock_change() -> None:
    before = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    after = dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)
    assert dates.local(before).time() == dates.local(after).time() == dt.time(1, 30)
    assert dates.local(dt.datetime(2026, 7, 1, 8, 30, tzinfo=dt.UTC)).time() == dt.time(9, 30)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        dates.local(dt.datetime(2026, 7, 1, 8, 30))  # noqa: DTZ001


def test_no_date_or_time_holds_a_space_that_would_cost_a_part() -> None:
    whole_day = [dt.time(hour, minute) for hour in range(24) for minute in (0, 30)]
    year = [dt.date(2026, 1, 1) + dt.timedelta(days=days) for days in range(365)]
    said = [dates.time(time, EN) for time in whole_day] + [dates.day(date, EN) for date in year]
    assert all(text.isascii() for text in said)
