"""Where the demo's clock may usefully go: the moments of the next session, and the next working day."""

from datetime import datetime, time, timedelta
from typing import Any

from db.council import LONDON, Council
from db.story import Upcoming
from locales import dates

MORNING, EVENING = time(9, 30), time(17)
LOCALE = "en_GB"


def of(council: Council, upcoming: Upcoming | None, *, now: datetime) -> dict[str, Any]:
    """`{session, jumps: [{key, label, to}]}`, in order of time but for the next working day, which stands last."""
    found = [] if upcoming is None else _of_session(upcoming)
    morning = datetime.combine(council.next_working_day(now.astimezone(LONDON).date()), MORNING, LONDON)
    found.append(("working_day", "Next working day", morning))
    return {
        "session": None if upcoming is None else _session(upcoming),
        "jumps": [{"key": key, "label": label, "to": to.astimezone(LONDON).isoformat()} for key, label, to in found],
    }


def _session(upcoming: Upcoming) -> dict[str, Any]:
    starts_at, ends_at = upcoming.starts_at.astimezone(LONDON), upcoming.ends_at.astimezone(LONDON)
    when = f"{dates.day(starts_at.date(), LOCALE)}, {dates.time(starts_at.time(), LOCALE)}"
    about = {"ref": upcoming.ref, "place": upcoming.place, "supervisor": upcoming.supervisor, "when": when}
    return about | {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def _of_session(upcoming: Upcoming) -> list[tuple[str, str, datetime]]:
    start = upcoming.starts_at.astimezone(LONDON)
    before = start.date() - timedelta(days=1)
    return [
        ("evening", "The evening before", datetime.combine(before, EVENING, LONDON)),
        ("hour", "An hour before", upcoming.starts_at - timedelta(hours=1)),
        ("start", "Session start", upcoming.starts_at),
        ("half", "Half an hour after", upcoming.starts_at + timedelta(minutes=30)),
        ("end", "Session end", upcoming.ends_at),
    ]
