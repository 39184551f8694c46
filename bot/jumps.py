"""Where the demo's clock may usefully go: the moments of the next session, and the next working day."""

from datetime import datetime, time, timedelta
from typing import Any

from db.council import LONDON, Council
from db.story import Upcoming
from locales import dates

MORNING, EVENING = time(9, 30), time(17)
LOCALE = "en_GB"

Jump = tuple[str, str, datetime]


def of(council: Council, session: Upcoming | None, following: Upcoming | None, *, now: datetime) -> dict[str, Any]:
    """`{session, jumps: [{key, label, to}]}`, in order of time. Once the session has begun, it leads on to the following."""
    found = [] if session is None else _of_session(session)
    if session is not None and session.starts_at <= now:
        found = [jump for jump in found if jump[2] >= session.starts_at]
        if following is not None:
            found.append(("following", "Evening before the next", _evening_before(following)))
    morning = datetime.combine(council.next_working_day(now.astimezone(LONDON).date()), MORNING, LONDON)
    found.append(("working_day", "Next working day", morning))
    found.sort(key=lambda jump: jump[2])
    return {
        "session": None if session is None else _session(session),
        "jumps": [{"key": key, "label": label, "to": to.astimezone(LONDON).isoformat()} for key, label, to in found],
    }


def following_from(now: datetime) -> datetime:
    """The first day whose evening before is still to come."""
    local = now.astimezone(LONDON)
    days = 1 if local.time() < EVENING else 2
    return datetime.combine(local.date() + timedelta(days=days), time(), LONDON)


def _of_session(session: Upcoming) -> list[Jump]:
    return [
        ("evening", "The evening before", _evening_before(session)),
        ("hour", "An hour before", session.starts_at - timedelta(hours=1)),
        ("start", "Session start", session.starts_at),
        ("half", "Half an hour after", session.starts_at + timedelta(minutes=30)),
        ("end", "Session end", session.ends_at),
    ]


def _evening_before(session: Upcoming) -> datetime:
    return datetime.combine(session.starts_at.astimezone(LONDON).date() - timedelta(days=1), EVENING, LONDON)


def _session(session: Upcoming) -> dict[str, Any]:
    starts_at, ends_at = session.starts_at.astimezone(LONDON), session.ends_at.astimezone(LONDON)
    when = f"{dates.day(starts_at.date(), LOCALE)}, {dates.time(starts_at.time(), LOCALE)}"
    about = {"ref": session.ref, "place": session.place, "supervisor": session.supervisor, "when": when}
    return about | {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
