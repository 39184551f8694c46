"""Feedback that is asked for: after some sessions, and when the hours are done. Never after a missed one.

Which sessions: every `[feedback] every`-th one that somebody came to, counted since they were last asked, so without chance.
When: from `[feedback] at` on a following day, in the hours of sending, and only if it can go out at once. Whom: people in
standard mode who have neither stopped or paused messages nor asked not to be asked; others are asked only at their own word.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, literal_column, or_, select

from db import feedback, finished, notices, people, questionnaires, questions, sending_hours, told
from db.council import LONDON, Council
from db.feedback import Round
from db.notices import Notice
from db.people import Person
from db.schema import attendance, bookings, feedback_rounds, sessions
from db.schema import people as person_rows

CAME = ("attended", "late", "left_early")
LOOK_BACK = timedelta(days=4)  # a session before a long weekend is asked of after it
HOLDS = timedelta(days=1)
REMINDED_AFTER = timedelta(days=3)
AT_ONCE = 100  # people asked in one transaction
CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Came:
    person_id: int
    booking_id: int
    booking_version: int
    session_id: int
    session_version: int
    starts_at: datetime


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Asks those whose time has come, once each, and waits no longer for those who let it be; how many were asked."""
    feedback.lapse(connection, now=now)
    local = now.astimezone(LONDON)
    if local.time() < council.feedback_at or not sending_hours.is_permitted(council, now, "routine", None):
        return 0
    return (
        _after_sessions(connection, council, now) + _at_the_end(connection, council, now) + _remind(connection, council, now)
    )


def _newest(marks: Any) -> Any:
    """The mark that stands: nothing was marked after it."""
    later = attendance.alias()
    return ~exists().where(later.c.booking_id == marks.c.booking_id, later.c.id > marks.c.id)


_theirs, _session, _mark = bookings.alias("theirs"), sessions.alias("session"), attendance.alias("mark")
_has_not_come_since = (
    exists()
    .select_from(_theirs.join(_session, _session.c.id == _theirs.c.session_id))
    .where(
        _theirs.c.person_id == bookings.c.person_id,
        _theirs.c.status == "booked",
        _session.c.status == "planned",
        _session.c.starts_at > sessions.c.starts_at,
        _session.c.starts_at <= bindparam("now"),
        ~exists().where(_mark.c.booking_id == _theirs.c.id, _mark.c.status.in_(CAME), _newest(_mark)),
    )
)
_asked, _asked_session = bookings.alias("asked"), sessions.alias("asked_session")
_last_asked = (
    select(func.max(_asked_session.c.starts_at))
    .select_from(
        feedback_rounds.join(_asked, _asked.c.id == feedback_rounds.c.booking_id).join(
            _asked_session, _asked_session.c.id == _asked.c.session_id
        )
    )
    .where(feedback_rounds.c.person_id == bookings.c.person_id)
    .correlate(bookings)
    .scalar_subquery()
)
_came_since = (
    select(func.count(literal_column("*")))
    .select_from(
        _theirs.join(_session, _session.c.id == _theirs.c.session_id).join(_mark, _mark.c.booking_id == _theirs.c.id)
    )
    .where(
        _theirs.c.person_id == bookings.c.person_id,
        _mark.c.status.in_(CAME),
        _newest(_mark),
        _session.c.starts_at <= sessions.c.starts_at,
        or_(_last_asked.is_(None), _session.c.starts_at > _last_asked),
    )
    .correlate(bookings, sessions)
    .scalar_subquery()
)
_WILLING = (
    person_rows.c.feedback_ok,
    person_rows.c.mode == "standard",
    person_rows.c.stop_level == "none",
    person_rows.c.doubted_at.is_(None),
    or_(person_rows.c.paused_until.is_(None), person_rows.c.paused_until <= bindparam("now")),
)
_CAME_LATELY = (
    select(
        bookings.c.person_id, bookings.c.id, bookings.c.version, sessions.c.id, sessions.c.version, sessions.c.starts_at
    )
    .select_from(
        bookings.join(sessions, sessions.c.id == bookings.c.session_id)
        .join(attendance, attendance.c.booking_id == bookings.c.id)
        .join(person_rows, person_rows.c.id == bookings.c.person_id)
    )
    .where(
        sessions.c.starts_at >= bindparam("since"), sessions.c.starts_at < bindparam("midnight"),
        bookings.c.status == "booked", sessions.c.status == "planned", attendance.c.status.in_(CAME), *_WILLING,
        _newest(attendance), ~_has_not_come_since, _came_since >= bindparam("every"),
    )
    .order_by(sessions.c.starts_at.desc(), bookings.c.id)
)  # fmt: skip
_WILLING_ONE = select(person_rows.c.id).where(person_rows.c.id == bindparam("of"), *_WILLING)


def _after_sessions(connection: Connection, council: Council, now: datetime) -> int:
    if not council.feedback_every:
        return 0
    midnight = datetime.combine(now.astimezone(LONDON).date(), time(), LONDON)
    about = {"since": now - LOOK_BACK, "midnight": midnight, "now": now, "every": council.feedback_every}
    found = [Came(*row) for row in connection.execute(_CAME_LATELY, about)]
    return _some(_after_session(connection, council, one, now) for one in found)


def _some(asked: Iterable[bool]) -> int:
    """Asks one after the other, until it has been enough for one transaction; the next tick goes on."""
    return sum(islice((one for one in asked if one), AT_ONCE))


def _after_session(connection: Connection, council: Council, one: Came, now: datetime) -> bool:
    notice = _notice(
        f"feedback:b{one.booking_id}",
        "feedback.session",
        one.person_id,
        now,
        fields={"day": one.starts_at.isoformat()},
        booking_id=one.booking_id,
        booking_version=one.booking_version,
        session_id=one.session_id,
        session_version=one.session_version,
    )
    person = people.person(connection, one.person_id)
    if not _can_be_asked(connection, council, notice, person, now):
        return False
    opened = feedback.begin(connection, person.id, "session", actor=CLOCK, booking_id=one.booking_id, now=now)
    return _put(connection, council, notice, person, opened, "feedback", now)


def _at_the_end(connection: Connection, council: Council, now: datetime) -> int:
    if council.feedback_exit == "off":
        return 0
    done = finished.lately(connection, now=now)
    return _some(_of_order(connection, council, person_id, order_id, now) for person_id, order_id in done.items())


def _of_order(connection: Connection, council: Council, person_id: int, order_id: int, now: datetime) -> bool:
    if feedback.had_exit(connection, person_id, order_id, since=now - 2 * finished.LATELY):
        return False
    notice = _notice(f"exit:o{order_id}", questionnaires.of_kind("exit").questions[0].string, person_id, now)
    person = people.person(connection, person_id)
    if not _is_willing(connection, person_id, now) or not _can_be_asked(connection, council, notice, person, now):
        return False
    opened = feedback.begin(connection, person_id, "exit", actor=CLOCK, order_id=order_id, now=now)
    return _put(connection, council, notice, person, opened, "exit", now)


def _remind(connection: Connection, council: Council, now: datetime) -> int:
    """Once, gently, whoever has stopped half-way or not begun."""
    silent = feedback.unfinished(connection, silent_since=now - REMINDED_AFTER, now=now)
    return _some(_remind_of(connection, council, one, now) for one in silent)


def _remind_of(connection: Connection, council: Council, one: Round, now: datetime) -> bool:
    notice = _notice(f"exit:r{one.id}:again", "exit.reminder", one.person_id, now)
    person = people.person(connection, one.person_id)
    untimely = feedback.is_untimely(connection, person.id, now=now)
    if untimely or not _is_willing(connection, person.id, now) or not _can_go(connection, council, notice, person, now):
        return False
    feedback.reminded(connection, one, now=now)
    return notices.write(connection, council, notice, now=now, person=person) is not None


def _is_willing(connection: Connection, person_id: int, now: datetime) -> bool:
    return connection.execute(_WILLING_ONE, {"of": person_id, "now": now}).first() is not None


def _can_be_asked(connection: Connection, council: Council, notice: Notice, person: Person, now: datetime) -> bool:
    """No question of ours waits for them, nothing about them is being decided, and it would go out now."""
    if questions.latest(connection, person.id, now=now) is not None:
        return False
    if feedback.was_asked_lately(connection, person.id, now=now) or feedback.is_untimely(connection, person.id, now=now):
        return False
    return _can_go(connection, council, notice, person, now)


def _can_go(connection: Connection, council: Council, notice: Notice, person: Person, now: datetime) -> bool:
    if not sending_hours.is_permitted(council, now, "routine", person.safe):
        return False
    return not isinstance(told.foresee(connection, council, notice, person, at=now), str)


def _notice(key: str, string: str, person_id: int, now: datetime, **about: Any) -> Notice:
    return Notice(
        key=key,
        purpose="feedback",
        string=string,
        lane=notices.REST,
        expires_at=now + HOLDS,
        timing="routine",
        person_id=person_id,
        **about,
    )


def _put(
    connection: Connection, council: Council, notice: Notice, person: Person, one: Round, kind: str, now: datetime
) -> bool:
    question = questions.ask(
        connection,
        person.id,
        kind,
        then=one.next_question,
        feedback_round_id=one.id,
        open_for=one.expires_at - now,
        now=now,
    )
    return notices.write(connection, council, notice._replace(question_id=question), now=now, person=person) is not None
