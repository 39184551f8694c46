"""When a message may reach a person, in London's wall time, over weekends, holidays and both changes of the clocks."""

import pytest

from db.council import Span
from db.sending_hours import Timing, fit, is_permitted, next_permitted
from tests.db.making import council, london

COUNCIL = council()

# timing: the first and last permitted minute of a Wednesday, a Sunday and St Andrew's Day; None: not that day
OPEN: dict[Timing, tuple[str | None, str | None, str | None]] = {
    "any": ("00:00-23:59", "00:00-23:59", "00:00-23:59"),
    "window": ("00:00-23:59", "00:00-23:59", "00:00-23:59"),
    "closure": ("06:00-23:59", "06:00-23:59", "06:00-23:59"),
    "timely": ("09:00-19:59", "10:00-17:59", "10:00-17:59"),
    "routine": ("09:00-19:59", None, None),
}
DAYS = ("2026-06-10", "2026-06-14", "2026-11-30")


@pytest.mark.parametrize("timing", OPEN)
def test_the_hours_of_each_kind_of_message(timing: Timing) -> None:
    for day, span in zip(DAYS, OPEN[timing], strict=True):
        minutes = [
            f"{minute // 60:02}:{minute % 60:02}"
            for minute in range(24 * 60)
            if is_permitted(COUNCIL, london(f"{day} {minute // 60:02}:{minute % 60:02}"), timing, None)
        ]
        assert (f"{minutes[0]}-{minutes[-1]}" if minutes else None) == span


SAFE = [
    ("any", "08:00", True), ("window", "08:00", False), ("closure", "08:00", False), ("timely", "10:30", True),
    ("timely", "12:00", False), ("closure", "10:30", True), ("window", "12:00", False), ("any", "23:59", True),
    ("any", "00:00", True),
]  # fmt: skip


@pytest.mark.parametrize(("timing", "time", "permitted"), SAFE)
def test_the_safe_window_binds_all_but_replies_and_safety(timing: Timing, time: str, permitted: bool) -> None:
    window = Span(10 * 60, 12 * 60)
    assert is_permitted(COUNCIL, london(f"2026-06-10 {time}"), timing, window) is permitted


AROUND_MIDNIGHT = [
    # the window ends or begins with the day; a moment, whether it is permitted, and the next that is
    (Span(22 * 60, 24 * 60), "2026-06-10 23:59", True, "2026-06-10 23:59"),
    (Span(22 * 60, 24 * 60), "2026-06-11 00:00", False, "2026-06-11 22:00"),
    (Span(0, 60), "2026-06-10 23:59", False, "2026-06-11 00:00"),
    (Span(0, 60), "2026-06-11 00:59", True, "2026-06-11 00:59"),
    (Span(22 * 60, 24 * 60), "2026-03-29 00:30", False, "2026-03-29 22:00"),  # a night without its second hour
    (Span(0, 120), "2026-10-25 01:30", True, "2026-10-25 01:30"),  # and one that has it twice
    (Span(0, 120), "2026-10-25 02:00", False, "2026-10-26 00:00"),
]


@pytest.mark.parametrize(("safe", "moment", "permitted", "then"), AROUND_MIDNIGHT)
def test_a_safe_window_that_touches_midnight(safe: Span, moment: str, permitted: bool, then: str) -> None:
    assert is_permitted(COUNCIL, london(moment), "window", safe) is permitted
    assert next_permitted(COUNCIL, london(moment), "window", safe) == london(then)


NEXT = [
    ("2026-06-10 12:00", "routine", None, "2026-06-10 12:00"),
    ("2026-06-10 20:00", "routine", None, "2026-06-11 09:00"),
    ("2026-06-06 21:00", "routine", None, "2026-06-08 09:00"),
    ("2026-06-06 21:00", "timely", None, "2026-06-07 10:00"),
    ("2026-12-24 21:00", "routine", None, "2026-12-29 09:00"),
    ("2026-12-24 21:00", "timely", None, "2026-12-25 10:00"),
    ("2026-06-10 12:00", "routine", Span(10 * 60, 11 * 60), "2026-06-11 10:00"),
    ("2026-06-10 12:00", "routine", Span(60, 120), None),
    ("2026-03-28 21:00", "timely", None, "2026-03-29 10:00"),
    ("2026-10-24 21:00", "timely", None, "2026-10-25 10:00"),
    ("2026-03-29 00:30", "window", Span(60, 120), "2026-03-29 01:00"),  # an hour that this night does not have
]


@pytest.mark.parametrize(("moment", "timing", "safe", "then"), NEXT)
def test_the_next_permitted_moment(moment: str, timing: Timing, safe: Span | None, then: str | None) -> None:
    found = next_permitted(COUNCIL, london(moment), timing, safe)
    if then is None or found is None:
        assert found is then
    else:
        assert found.timestamp() == london(then).timestamp()


FITS = [
    # meant for, expires, safe window: sent at
    ("2026-06-10 17:00", "2026-06-11 09:00", None, "2026-06-10 17:00"),
    ("2026-06-10 21:00", "2026-06-11 09:30", None, "2026-06-11 09:00"),
    ("2026-06-10 21:00", "2026-06-11 09:00", None, "2026-06-10 19:00"),  # later is too late, so earlier
    ("2026-06-10 17:00", "2026-06-11 09:00", Span(600, 660), "2026-06-10 10:00"),
    ("2026-06-10 17:00", "2026-06-11 09:00", Span(600, 630), "2026-06-10 10:00"),
    ("2026-06-10 09:30", "2026-06-10 09:45", Span(600, 660), "2026-06-09 10:00"),
    ("2026-06-10 17:00", "2026-06-11 09:00", Span(60, 120), None),
]


@pytest.mark.parametrize(("moment", "expires", "safe", "goes"), FITS)
def test_what_cannot_wait_moves_earlier_and_never_later_than_its_use(
    moment: str, expires: str, safe: Span | None, goes: str | None
) -> None:
    found = fit(COUNCIL, london(moment), london(expires), "timely", safe)
    assert found == (london(goes) if goes else None)
