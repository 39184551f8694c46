"""Danger, from anyone, before anything else: the safety text, and a human alerted at once. We never close the talk."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from db import alerts, climbing, crypto, notices, questions, tasks
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
WITH_WHEN = frozenset({"crisis.low_mood", "crisis.hardship"})
CLOSED = "crisis.life_risk_closed"
ASKS_FIRST = frozenset({"danger_now", "da_victim"})


def respond(turn: PersonTurn, klass: str) -> None:
    """S31 to S36 by class; S41 for a risk to life while nobody is there to keep the promise."""
    _alert(turn, klass, turn.person)
    if klass in ASKS_FIRST:
        if not _said_lately(turn, "crisis.abuse_step_1"):
            question = turn.ask("abuse_ok")
            _say(turn, "crisis.abuse_step_1", question=question)
        return
    string = STRINGS[klass]
    if _said_lately(turn, string):
        return
    if string == "crisis.life_risk":
        _promise(turn, string)
    else:
        _say(turn, string, {"when": turn.when} if string in WITH_WHEN else None)


def _promise(turn: PersonTurn, string: str) -> None:
    """By when a worker gets in touch, only where somebody is there who can keep it."""
    kind, moment = climbing.promise(turn.connection, turn.council, turn.person.case_manager_id, turn.now)
    if kind == "closed":
        _say(turn, CLOSED, {"when": ["at", moment.isoformat()]})
    else:
        _say(turn, string, {"when": [kind, moment.isoformat()]})


def safe_to_text(turn: PersonTurn, question: Question, letter: str) -> None:
    """After "is it OK to text about this here?": the helpline only after a yes; after a no staff know not to text."""
    questions.close(turn.connection, question.id, now=turn.now)
    if letter == "A":
        _say(turn, "crisis.abuse_step_2")
    else:
        turn.to_staff("do_not_text", due_at=turn.now)
        _say(turn, "call_first")


def from_stranger(turn: Turn, klass: str) -> None:
    """S42 to a number that belongs to nobody, or to more than one."""
    _alert(turn, klass, None)
    if not _told_address_lately(turn):
        turn.say_to_stranger("crisis.unknown", purpose="safety", lane=notices.SAFETY)


def _alert(turn: Turn, klass: str, person: Person | None) -> None:
    alert_id = alerts.raise_alert(
        turn.connection,
        turn.council,
        klass,
        person=person,
        sender_hash=crypto.keys().hash(turn.message.address),
        inbound_id=turn.inbound_id,
        now=turn.now,
    )
    # The task that came with the alert gets the words, and of a stranger the address: nobody can help without them.
    tasks.open_task(
        turn.connection,
        key=f"crisis:a{alert_id}",
        kind="crisis",
        klass=klass,
        person_id=person.id if person else None,
        now=turn.now,
        due_at=turn.now,
        note=turn.message.shown if person else turn.words,
    )


def _say(turn: PersonTurn, string: str, fields: dict[str, Any] | None = None, question: int | None = None) -> None:
    turn.say(string, fields, purpose="safety", lane=notices.SAFETY, question=question)


def _said_lately(turn: PersonTurn, string: str) -> bool:
    """The same safety text at most every half hour; the alert is raised every time."""
    query = select(notice_rows.c.id).where(
        notice_rows.c.person_id == turn.person.id,
        notice_rows.c.string.in_((string, CLOSED) if string == "crisis.life_risk" else (string,)),
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
