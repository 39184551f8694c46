"""Dates, times and hours as people read them. Dates and times passed in are London wall time."""

import datetime as dt
from zoneinfo import ZoneInfo

from locales import formats

LONDON = ZoneInfo("Europe/London")


def local(moment: dt.datetime) -> dt.datetime:
    """An instant as London wall time. ValueError for a naive one: its hour could be wrong by one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(LONDON)


def day(date: dt.date, locale: str) -> str:
    """`Thursday 12 June`"""
    return _date(date, "day", locale)


def date_(date: dt.date, today: dt.date, locale: str) -> str:
    """`12 June`, and `12 June 2027` when it is not this year's."""
    return _date(date, "date" if date.year == today.year else "date_with_year", locale)


def time(time: dt.time, locale: str) -> str:
    """`9:30am`, `9am`, `midday`, `midnight`"""
    patterns = formats.of(locale).patterns
    if time.minute == 0 and time.hour in (0, 12):
        return patterns["midday" if time.hour else "midnight"]
    return patterns["time" if time.minute else "on_the_hour"].format(
        hour=time.hour,
        hour12=time.hour % 12 or 12,
        minute=time.minute,
        half=patterns["pm" if time.hour >= 12 else "am"],
    )


def hours(minutes: int, locale: str) -> str:
    """`74`, `74h 20m`, `20m`, `0`; never less than nothing."""
    whole, rest = divmod(max(minutes, 0), 60)
    name = {(True, True): "both", (True, False): "hours", (False, True): "minutes", (False, False): "none"}
    return formats.of(locale).patterns[name[bool(whole), bool(rest)]].format(hours=whole, minutes=rest)


def _date(date: dt.date, pattern: str, locale: str) -> str:
    form = formats.of(locale)
    return form.patterns[pattern].format(
        weekday=form.weekdays[date.weekday()], day=date.day, month=form.months[date.month - 1], year=date.year
    )
