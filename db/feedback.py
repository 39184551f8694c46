"""Feedback: who was asked and how far they are, and, apart from that, what was said.

While somebody is answering, their round knows the sheet of their answers. When it closes it forgets that, and nothing
leads from an answer to a person any more: the rows of answers have drawn ids and no date, and the messages they came in
are emptied. Nothing said here changes anything about anybody.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, or_, select

from db import absences, access, in_charge, people, questionnaires
from db.council import LONDON
from db.finished import LATELY
from db.people import Person
from db.questionnaires import Asks, Questionnaire
from db.schema import (
    alerts,
    bookings,
    feedback_answers,
    feedback_rounds,
    hours,
    notices,
    orders,
    placements,
    sessions,
    tasks,
)

LASTS = {"asked": timedelta(days=1), "session": timedelta(days=3), "exit": LATELY}
"""How long an answer is taken for one."""
QUIET = timedelta(days=7)  # after a decision about somebody, an alert, or other feedback, they are not asked for any
DECISIONS = (*absences.TASKS, "unanswered", "crisis", "welfare", "do_not_text", "wrong_number", "pack_request")
"""Tasks that end in something about a person: until then, and for a while after, they are not asked how it was."""


@dataclass(frozen=True, slots=True)
class Round:
    id: int
    person_id: int
    kind: str
    questionnaire: str
    sheet: str
    next_question: str
    activity: str
    placement_kind: str | None
    heard_at: datetime
    expires_at: datetime

    @property
    def asks(self) -> Asks:
        return self.of.asks(self.next_question)

    @property
    def of(self) -> Questionnaire:
        return questionnaires.every()[self.questionnaire]


_rounds = feedback_rounds.c
_ROUND = select(*(_rounds[name] for name in Round.__slots__)).where(_rounds.closed_at.is_(None))


def begin(
    connection: Connection,
    person_id: int,
    kind: str,
    *,
    actor: str,
    now: datetime,
    order_id: int | None = None,
    booking_id: int | None = None,
) -> Round:
    """Opens a round, which closes any other of theirs. The log says that they were asked, and nothing more."""
    _close(connection, _rounds.person_id == person_id, now=now)
    form = questionnaires.of_kind(kind)
    activity, placement_kind = _about(connection, person_id, order_id, booking_id)
    row = {
        "person_id": person_id, "order_id": order_id, "booking_id": booking_id, "kind": kind, "questionnaire": form.name,
        "sheet": secrets.token_hex(16), "next_question": form.questions[0].key, "activity": activity,
        "placement_kind": placement_kind, "asked_at": now, "heard_at": now, "expires_at": now + LASTS[kind],
    }  # fmt: skip
    connection.execute(feedback_rounds.insert(), row)
    access.log(connection, actor, "feedback.asked", now=now, person_id=person_id, reason=kind)
    (opened,) = opened_by(connection, person_id, now=now)
    return opened


def opened_by(connection: Connection, person_id: int, *, now: datetime) -> list[Round]:
    """The round that this person is in: one or none."""
    found = connection.execute(_ROUND.where(_rounds.person_id == person_id, _rounds.expires_at > now))
    return [Round(*row) for row in found]


def _about(connection: Connection, person_id: int, order_id: int | None, booking_id: int | None) -> tuple[str, str | None]:
    """Activity and kind of placement: of the session, or where most of the order (or of all orders) was worked."""
    if booking_id is not None:
        joined = bookings.join(sessions, sessions.c.id == bookings.c.session_id).join(
            placements, placements.c.id == sessions.c.placement_id
        )
        kind = connection.execute(
            select(placements.c.kind).select_from(joined).where(bookings.c.id == booking_id)
        ).scalar_one()
        return "other_activity" if kind == "other_activity" else "unpaid_work", kind
    worked = (
        select(hours.c.activity, placements.c.kind)
        .select_from(hours.join(orders).outerjoin(placements, placements.c.id == hours.c.placement_id))
        .where(orders.c.person_id == person_id, *([orders.c.id == order_id] if order_id else []))
        .group_by(hours.c.activity, placements.c.kind)
        .order_by(func.sum(hours.c.worked_minutes).desc(), hours.c.activity)
    )
    row = connection.execute(worked.limit(1)).first()
    return (row.activity, row.kind) if row else ("unpaid_work", None)


def answer(
    connection: Connection, one: Round, *, letter: str | None = None, words: str | None = None, now: datetime
) -> Asks | None:
    """Keeps an answer, and moves on to the next question, which is returned. After the last the round closes."""
    row = {
        "id": secrets.randbits(52), "sheet": one.sheet, "kind": one.kind, "questionnaire": one.questionnaire,
        "question": one.next_question, "answer": letter, "words": words, "activity": one.activity,
        "placement_kind": one.placement_kind, "year": now.astimezone(LONDON).year,
    }  # fmt: skip
    connection.execute(feedback_answers.insert(), row)
    return skip(connection, one, now=now)


def skip(connection: Connection, one: Round, *, now: datetime) -> Asks | None:
    """Moves on without an answer."""
    wrote = exists().where(feedback_answers.c.sheet == one.sheet, feedback_answers.c.words.is_not(None))
    following = one.of.after(one.next_question, wrote=bool(connection.execute(select(wrote)).scalar()))
    if following is None:
        end(connection, one, now=now)
    else:
        moved = {"next_question": following.key, "heard_at": now}
        connection.execute(feedback_rounds.update().where(_rounds.id == one.id).values(**moved))
    return following


def resume(connection: Connection, one: Round, *, now: datetime) -> None:
    """They have come back to it by themselves."""
    connection.execute(feedback_rounds.update().where(_rounds.id == one.id).values(heard_at=now))


def has_answered(connection: Connection, one: Round) -> bool:
    found = select(feedback_answers.c.id).where(feedback_answers.c.sheet == one.sheet)
    return connection.execute(found.limit(1)).first() is not None


def end(connection: Connection, one: Round, *, now: datetime) -> None:
    _close(connection, _rounds.id == one.id, now=now)


def _close(connection: Connection, which: Any, *, now: datetime) -> None:
    """Forgets where the answers are, and whatever else could lead to them."""
    forgotten = dict.fromkeys(("sheet", "next_question", "activity", "placement_kind"))
    connection.execute(feedback_rounds.update().where(_rounds.closed_at.is_(None), which).values(closed_at=now, **forgotten))


def lapse(connection: Connection, *, now: datetime) -> None:
    """Nobody is waited for longer; what was answered stays."""
    _close(connection, _rounds.expires_at <= now, now=now)


def reminded(connection: Connection, one: Round, *, now: datetime) -> None:
    connection.execute(feedback_rounds.update().where(_rounds.id == one.id).values(reminded_at=now))


def unfinished(connection: Connection, *, silent_since: datetime, now: datetime) -> list[Round]:
    """Exit rounds in which nothing was said since then, and nobody was reminded."""
    waiting = (_rounds.kind == "exit", _rounds.heard_at <= silent_since, _rounds.expires_at > now)
    return [Round(*row) for row in connection.execute(_ROUND.where(*waiting, _rounds.reminded_at.is_(None)))]


def ask_no_more(connection: Connection, person_id: int) -> None:
    """As the person wishes. Their own word still opens a round at any time."""
    people.update(connection, person_id, feedback_ok=False)


def had_exit(connection: Connection, person_id: int, order_id: int, *, since: datetime) -> bool:
    """Whether they were asked about this order already, or about another one since then."""
    about = or_(_rounds.order_id == order_id, _rounds.asked_at > since)
    query = select(_rounds.id).where(_rounds.person_id == person_id, _rounds.kind == "exit", about)
    return connection.execute(query.limit(1)).first() is not None


def was_asked_lately(connection: Connection, person_id: int, *, now: datetime) -> bool:
    asked = select(_rounds.id).where(_rounds.person_id == person_id, _rounds.asked_at > now - QUIET)
    return connection.execute(asked.limit(1)).first() is not None


def is_untimely(connection: Connection, person_id: int, *, now: datetime) -> bool:
    """Whether something is being decided about them, or was until a short while ago, or there was an alert."""
    deciding = select(tasks.c.id).where(
        tasks.c.person_id == person_id,
        tasks.c.kind.in_(DECISIONS),
        or_(tasks.c.status == "open", tasks.c.closed_at > now - QUIET),
    )
    open_alert = select(alerts.c.id).where(alerts.c.person_id == person_id, alerts.c.state != "resolved")
    found = any(connection.execute(query.limit(1)).first() for query in (deciding, open_alert))
    return found or told_of_danger(connection, person_id, since=now - QUIET)


def is_latest_prompt(connection: Connection, person_id: int, question_id: int) -> bool:
    """Whether nothing but feedback was said to them since that question was put."""
    put = select(func.max(notices.c.id)).where(notices.c.question_id == question_id).scalar_subquery()
    since = select(notices.c.id).where(
        notices.c.person_id == person_id,
        notices.c.id > put,
        or_(notices.c.purpose == "reply", notices.c.status == "told"),
        ~or_(notices.c.string.startswith("feedback."), notices.c.string.startswith("exit.")),
    )
    return connection.execute(since.limit(1)).first() is None


def told_of_danger(connection: Connection, person_id: int, *, since: datetime) -> bool:
    """Whether an alert about them was raised or added to since then."""
    query = select(alerts.c.id).where(alerts.c.person_id == person_id, alerts.c.last_message_at >= since)
    return connection.execute(query.limit(1)).first() is not None


def manager_for(connection: Connection, person: Person, now: datetime) -> int | None:
    """The manager of their team, or else any, who is not away."""
    return next((one.id for one in in_charge.managers(connection, person.team, now)), None)


def helper_for(connection: Connection, person: Person, now: datetime) -> int | None:
    """Somebody of the staff who never ran a session of theirs: their case manager, else a co-ordinator or a manager."""
    ran = select(sessions.c.supervisor_id).join(bookings, bookings.c.session_id == sessions.c.id)
    theirs = set(connection.execute(ran.where(bookings.c.person_id == person.id)).scalars())
    candidates: Iterable[int | None] = (
        person.case_manager_id and in_charge.owner_in_place_of(connection, person.case_manager_id, now),
        *(member.id for member in in_charge.everyone(connection, person.team, now)),
    )
    return next((one for one in candidates if one is not None and one not in theirs), None)
