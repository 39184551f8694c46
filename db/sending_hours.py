"""When a message may reach a person: the council's hours of sending and the person's safe window, in London wall time."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from db.council import DAY, LONDON, Council, Span, at_minute

Timing = Literal["any", "window", "closure", "timely", "routine"]
"""any: replies and safety · window: only the safe window binds · closure: a same-day change, from `hours.off_from` ·
timely: next-day reminders and changes, Sundays and holidays too in their shorter hours · routine: Monday to Saturday."""

HORIZON = 21  # days looked ahead or back for a permitted moment
BEFORE_CLOSING = timedelta(hours=1)  # a message moved earlier goes this long before the window closes


def _span(council: Council, day: date, timing: Timing) -> Span | None:
    if timing in ("any", "window"):
        return Span(0, DAY)
    if timing == "closure":
        return Span(council.off_from, DAY)
    if day.weekday() == 6 or council.is_holiday(day):
        return council.sunday if timing == "timely" else None
    return council.routine


def _opening(council: Council, day: date, timing: Timing, safe: Span | None) -> tuple[datetime, datetime] | None:
    span = _span(council, day, timing)
    if span is None:
        return None
    start, until = span.start, span.until
    if safe is not None and timing != "any":
        start, until = max(start, safe.start), min(until, safe.until)
    return (at_minute(day, start), at_minute(day, until)) if start < until else None


def _openings(
    council: Council, day: date, timing: Timing, safe: Span | None, step: int
) -> Iterator[tuple[datetime, datetime]]:
    for n in range(HORIZON):
        opening = _opening(council, day + timedelta(days=n * step), timing, safe)
        if opening:
            yield opening


def is_permitted(council: Council, now: datetime, timing: Timing, safe: Span | None) -> bool:
    opening = _opening(council, now.astimezone(LONDON).date(), timing, safe)
    return opening is not None and opening[0] <= now < opening[1]


def next_permitted(council: Council, moment: datetime, timing: Timing, safe: Span | None) -> datetime | None:
    """The first permitted moment at or after this one; None when there is none within three weeks."""
    if timing == "any":
        return moment
    for start, until in _openings(council, moment.astimezone(LONDON).date(), timing, safe, 1):
        if moment < until:
            return max(moment, start)
    return None


def fit(council: Council, moment: datetime, expires_at: datetime, timing: Timing, safe: Span | None) -> datetime | None:
    """The moment to send something meant for `moment`: then or later, but before it expires; else the last chance before.

    None when the window never opens in time.
    """
    later = next_permitted(council, moment, timing, safe)
    if later is not None and later < expires_at:
        return later
    for start, until in _openings(council, moment.astimezone(LONDON).date(), timing, safe, -1):
        if until <= moment:
            return max(start, until - BEFORE_CLOSING)
    return None
