"""What a co-ordinator's text says of a broadcast: `OFF ALL 12 Jun`, `OFF BIKES THU`, `HOLD 81`, `HALT 81`. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.council import LONDON

ON_ONE = re.compile(r"(hold|glass|halt|approve|look|leave|report|calls)\W*(\d{1,12})\W*", re.IGNORECASE)
OFF = re.compile(r"off\b\W*(.*)", re.IGNORECASE | re.DOTALL)
DAY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\W*(?:/\s*(\d{1,2})|([a-z]{3})[a-z]*)\W*$", re.IGNORECASE)
WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\W*$", re.IGNORECASE)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?", re.IGNORECASE)
ON = re.compile(r"\W*(?:\bon)?\W*$", re.IGNORECASE)
NEAR = re.compile(r"\b(today|tomorrow)\W*$", re.IGNORECASE)
NEAR_DAYS = {"today": 0, "tomorrow": 1}
EVERYONE = frozenset({"all", "everything", "everyone"})


@dataclass(frozen=True, slots=True)
class Said:
    """Either about one broadcast, or off: all or a place by name, on a day. `day` None: it was not clear which."""

    verb: str
    broadcast_id: int | None = None
    everyone: bool = False
    name: str = ""
    day: date | None = None


def read(text: str, now: datetime) -> Said | None:
    """None for a text that is not about broadcasts."""
    if one := ON_ONE.fullmatch(text.strip()):
        return Said(one[1].lower(), int(one[2]))
    off = OFF.fullmatch(text.strip())
    if off is None:
        return None
    name, day = _day(off[1].strip(), now)
    if not name or day is None:
        return Said("off")
    return Said("off", everyone=name.casefold() in EVERYONE, name=name, day=day)


def _day(text: str, now: datetime) -> tuple[str, date | None]:
    """What is left of the text before the day that it ends with; without one it is today."""
    today = now.astimezone(LONDON).date()
    if near := NEAR.search(text):
        return _name(text, near.start()), today + timedelta(days=NEAR_DAYS[near[1].lower()])
    if named := WEEKDAY.search(text):
        ahead = (WEEKDAYS.index(named[1].lower()) - today.weekday()) % 7
        return _name(text, named.start()), today + timedelta(days=ahead)
    written = DAY.search(text)
    if written is None:
        return text, today
    month = int(written[2]) if written[2] else _month(written[3])
    return _name(text, written.start()), _date(today, int(written[1]), month)


def _name(text: str, end: int) -> str:
    return ON.sub("", WEEKDAY.sub("", text[:end]))


def _month(name: str) -> int:
    return MONTHS.index(name.lower()) + 1 if name.lower() in MONTHS else 0


def _date(today: date, day: int, month: int) -> date | None:
    """That day of this year, or of the next where it is over."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def time_on(text: str, day: datetime) -> datetime | None:
    """A time of day as written, on that London day; an hour from 1 to 6 is after noon."""
    said = TIME.fullmatch(text.strip())
    if said is None or int(said[1]) > 23 or int(said[2] or 0) > 59:
        return None
    hour, half = int(said[1]), (said[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif 1 <= hour <= 6:
        hour += 12
    return datetime.combine(day.astimezone(LONDON).date(), datetime.min.time(), LONDON).replace(
        hour=hour, minute=int(said[2] or 0)
    )
