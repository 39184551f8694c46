"""Danger, from anyone, before anything else: the safety text, and a human alerted at once. We never close the talk."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from db import alerts, crypto, notices, questions
from db.people import Person
from db.questions import Question
from db.schema import deliveries
from db.schema import notices as notice_rows
from handlers.turn import PersonTurn, Turn

TEXT_AGAIN = timedelta(minutes=30)
STRINGS = {
    "life_risk": "crisis.life_risk", "threat_other": "crisis.threat", "child_risk": "crisis.threat",
    "injury": "crisis.injury", "low_mood": "crisis.low_mood", "hardship": "crisis.hardship",
}  # fmt: skip
NEEDS_WHEN = frozenset({"crisis.life_risk", "crisis.low_mood", "crisis.hardship"})
ASKS_FIRST = frozenset({"danger_now", "da_victim"})


def respond(turn: PersonTurn, klass: str) -> None:
    """S31 to S36 by class, and their closed versions while nobody is there to keep a promise."""
    _alert(turn, klass, turn.person)
    if klass in ASKS_FIRST:
        if not _said_lately(turn, "crisis.abuse_step_1"):
            question = turn.ask("abuse_ok")
            _say(turn, "crisis.abuse_step_1", question=question)
        return
    string = STRINGS[klass]
    if not _said_lately(turn, string):
        _say_with_when(turn, string)


def safe_to_text(turn: PersonTurn, question: Question, letter: str) -> None:
    """After "is it OK to text about this here?": the helpline only after a yes, silence on it after a no."""
    questions.close(turn.connection, question.id, now=turn.now)
    if letter == "A":
        _say_with_when(turn, "crisis.abuse_step_2")
    else:
        turn.say("call.text_instead", purpose="safety", lane=notices.SAFETY)


def from_stranger(turn: Turn, klass: str) -> None:
    """S42 to a number that belongs to nobody, or to more than one."""
    _alert(turn, klass, None)
    if not _told_address_lately(turn):
        turn.say_to_stranger("crisis.unknown", purpose="safety", lane=notices.SAFETY)


def _alert(turn: Turn, klass: str, person: Person | None) -> None:
    alerts.raise_alert(
        turn.connection,
        turn.council,
        klass,
        person=person,
        sender_hash=crypto.keys().hash(turn.message.address),
        inbound_id=turn.inbound_id,
        now=turn.now,
    )


def _is_manned(turn: Turn) -> bool:
    return turn.council.is_staffed(turn.now) and bool(alerts.chain(turn.connection, turn.council, None))


def _say(turn: PersonTurn, string: str, fields: dict[str, Any] | None = None, question: int | None = None) -> None:
    turn.say(string, fields, purpose="safety", lane=notices.SAFETY, question=question)


def _say_with_when(turn: PersonTurn, string: str) -> None:
    kind, moment = turn.council.next_staffed(turn.now)
    if not _is_manned(turn):
        _say(turn, f"{string}_closed", {"when": ["at", moment.isoformat()]})
    elif string in NEEDS_WHEN:
        _say(turn, string, {"when": [kind, moment.isoformat()]})
    else:
        _say(turn, string)


def _said_lately(turn: PersonTurn, string: str) -> bool:
    """The same safety text at most every half hour; the alert is raised every time."""
    query = select(notice_rows.c.id).where(
        notice_rows.c.person_id == turn.person.id,
        notice_rows.c.string.in_((string, f"{string}_closed")),
        notice_rows.c.created_at > turn.now - TEXT_AGAIN,
    )
    return turn.connection.execute(query.limit(1)).first() is not None


def _told_address_lately(turn: Turn) -> bool:
    query = (
        select(notice_rows.c.id)
        .join(deliveries, deliveries.c.notice_id == notice_rows.c.id)
        .where(
            deliveries.c.address_hash == crypto.keys().hash(turn.message.address),
            notice_rows.c.string == "crisis.unknown",
            notice_rows.c.created_at > turn.now - TEXT_AGAIN,
        )
    )
    return turn.connection.execute(query.limit(1)).first() is not None
