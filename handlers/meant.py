"""Which of their sessions a person means. A number means the next one, asked or not, unless they were just asked of another.

By text S06 names no day. So where another session may be meant it is asked about by its date first, and nothing is recorded.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select

from db import sessions
from db.council import LONDON
from db.prepared import Prepared
from db.schema import notices
from db.sessions import Booked
from handlers.turn import PersonTurn
from locales import formats, words

ASKING = (
    "reminder.first", "reminder.day_before", "reminder.pick_up", "session.moved", "session.on_again", "session.is_on",
    "ask.coming", "session.next", "session.next_no_bring", "session.next_pick_up", "session.next_pick_up_no_bring",
    "group.booked",
)  # fmt: skip
"""Strings that ask whether somebody comes to a session."""
FRESH = timedelta(hours=24)


class Told(NamedTuple):
    told_at: datetime
    id: int
    purpose: str
    string: str
    question_id: int | None
    booking_id: int | None
    session_version: int | None


# Chosen among here rather than there: to sort, and to compare with a list, SQLite makes tables of its own each time.
_TOLD = Prepared(
    select(*(notices.c[name] for name in Told._fields)).where(
        notices.c.person_id == bindparam("person"), notices.c.status == "told", notices.c.told_at > bindparam("since")
    )
)


def told_lately(turn: PersonTurn) -> list[Told]:
    """What they were told within a day, the oldest first."""
    rows = _TOLD.all(turn.connection, {"person": turn.person.id, "since": turn.now - FRESH})
    return sorted(map(Told._make, rows), key=lambda told: (told.told_at, told.id))


def asked_of(turn: PersonTurn) -> Booked | None:
    """The session that S43 has just asked about, while that question is open."""
    question = turn.question
    if question is None or question.kind != "coming" or question.booking_id is None:
        return None
    one = sessions.booked(turn.connection, question.booking_id)
    return one if one is not None and one.starts_at > turn.now else None


def asked_to_report(turn: PersonTurn) -> Booked | None:
    """The same for what keeps somebody away, which is of the session that has just begun, where one has."""
    began = turn.near.to_report
    return None if began is not None and began.starts_at <= turn.now else asked_of(turn)


def named(turn: PersonTurn, one: Booked | None) -> Booked | None:
    """Another session, on a weekday that their words name, where they do not name that of `one`."""
    if one is None or not any(other != one for other in turn.near.ahead):
        return None
    days = _weekdays(turn)
    if not days or _weekday(one) in days:
        return None
    return next((other for other in turn.near.ahead if _weekday(other) in days), None)


def put_since(turn: PersonTurn, one: Booked | None) -> Booked | None:
    """Another session that a message of ours asked about last, where `one` was not asked about or has its answer already."""
    if one is None or len(turn.near.ahead) < 2 or turn.person.mode == "call_first":  # they were only asked to call
        return None
    open_ = {other.booking_id: other for other in turn.near.ahead if other.answer is None}
    put = [(open_.get(told.booking_id or 0), told) for told in told_lately(turn) if told.string in ASKING]
    asked = [other for other, told in put if other is not None and told.session_version == other.session_version]
    return asked[-1] if asked and one not in asked else None


def _weekday(one: Booked) -> int:
    return one.starts_at.astimezone(LONDON).weekday()


def _weekdays(turn: PersonTurn) -> set[int]:
    """Those that their words name, in any language that they may write in; Monday is 0."""
    found: set[int] = set()
    for lexicon in words.for_person(turn.person.language):
        names = [lexicon.words(name) for name in formats.of(lexicon.locale).weekdays]
        said = lexicon.words(turn.message.text)
        found |= {day for day, name in enumerate(names) if _within(name, said)}
    return found


def _within(name: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return any(said[at : at + len(name)] == name for at in range(len(said)))
