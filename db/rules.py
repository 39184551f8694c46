"""Statutory limits of unpaid work, as pure functions. Sections are of the Criminal Procedure (Scotland) Act 1995."""

import calendar
from datetime import date, timedelta

HOURS_LIMITS = {
    "cpo": (20, 300),  # s.227I(4)
    "fine_default": (20, 100),  # s.227M: level 1 only
    "fiscal_work_order": (10, 50),  # s.303ZA
}
LEVEL_1_HOURS = 100  # s.227I(5), (6)
OTHER_ACTIVITY_PERCENT = 30  # s.227K(2)
OTHER_ACTIVITY_MINUTES = 30 * 60  # s.227K(2)
LEVEL_MONTHS = {1: 3, 2: 6}  # s.227L


def level(hours: int) -> int:
    """Level 1 is no more than 100 hours, level 2 more (s.227I(5), (6)). Derived, never typed in."""
    return 1 if hours <= LEVEL_1_HOURS else 2


def statutory_end(kind: str, hours: int, imposed_on: date) -> date | None:
    """The last day of the period that begins with the day of imposition: 3 or 6 months (s.227L).

    None for a fiscal work order, whose date stands in its notice (s.303ZA). A day that the last month lacks ends on that
    month's last day.
    """
    if kind == "fiscal_work_order":
        return None
    months = LEVEL_MONTHS[level(hours)]
    year, month = divmod(imposed_on.year * 12 + imposed_on.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    if imposed_on.day > last:
        return date(year, month + 1, last)
    return date(year, month + 1, imposed_on.day) - timedelta(days=1)


def other_activity_cap(imposed_minutes: int) -> int:
    """The most minutes of other activity: the lower of 30 % of the hours and 30 hours (s.227K(2)). Exact, no rounding up."""
    return min(imposed_minutes * OTHER_ACTIVITY_PERCENT // 100, OTHER_ACTIVITY_MINUTES)


def most_after_variation(kind: str) -> int:
    """The most minutes that an order of this kind may be varied to.

    Only the court varies (s.227Y, s.227ZA), and what it specifies stays within the most of s.227I(4), s.227M or s.303ZA.
    The least binds no variation: an enactment has taken orders below it (SSI 2021/144 took off 35 %).
    """
    return HOURS_LIMITS[kind][1] * 60


def room_for_new(outstanding: int) -> int:
    """The most minutes a new requirement may have beside one that is not concurrent and has so many to go (s.227N)."""
    return HOURS_LIMITS["cpo"][1] * 60 - outstanding


def credit(worked: int, *, left: int, activity: str, other_left: int) -> int:
    """The minutes that count: the least of worked, left and, for other activity, its room. Never below 0."""
    room = min(left, other_left) if activity == "other_activity" else left
    return max(0, min(worked, room))
