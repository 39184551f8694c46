"""A press of a button under one of our messages: an answer to a question, or about a session or an order."""

from db import crypto, deliveries, questions, sessions
from handlers import (
    cant_come,
    coming,
    feedback,
    hours_left,
    language,
    late,
    next_session,
    sessions_ahead,
    statement,
    talk,
    wishes,
)
from handlers.turn import PersonTurn
from notifications import buttons


def pressed(turn: PersonTurn) -> None:
    press = buttons.read(turn.message.data)
    if press is None or not _does(turn, press):
        about_session = press is not None and press.kind == "booking"
        turn.toast = "stale" if about_session else "stale.menu"
        turn.say_anew(turn.toast)


def _does(turn: PersonTurn, press: buttons.Press) -> bool:
    """False where the button says nothing any more."""
    match press.kind, press.word:
        case "question", letter:
            return _answers(turn, press.subject, letter)
        case "booking", _:
            return _about_session(turn, press)
        case "order", "picture":
            hours_left.picture(turn, press.subject)
        case "order", "statement":
            statement.say(turn, press.subject)
        case _:
            return False
    return True


def _answers(turn: PersonTurn, question_id: int, letter: str) -> bool:
    question = questions.by_id(turn.connection, question_id, turn.person.id, now=turn.now)
    if question is None or not question.open:
        return False
    if feedback.press(turn, question, letter):
        return True
    if question.kind == "language":
        language.pressed(turn, question, letter)
    elif letter in tuple(wishes.letters(question.kind)):
        wishes.answer(turn, question, letter)
    else:
        return False
    return True


def _is_offered(turn: PersonTurn, press: buttons.Press) -> bool:
    """Whether the message still has that button: an answer that took the message's place took its buttons too."""
    chat_hash = crypto.keys().hash(turn.message.address)
    string = deliveries.stands_in(turn.connection, chat_hash, turn.message.pressed or 0)
    return any(press.word in row for row in buttons.ABOUT_SESSION.get(string or "", ()))


def _about_session(turn: PersonTurn, press: buttons.Press) -> bool:
    """A button under a session's message; False when the session has changed, started or gone since."""
    if not _is_offered(turn, press):
        return False
    if press.word in ("talk", "sessions"):
        (talk.begin if press.word == "talk" else sessions_ahead.say)(turn)
        return True
    one = sessions.booked(turn.connection, press.subject)
    if one is None or one.person_id != turn.person.id or press.version != f"{one.booking_version}.{one.session_version}":
        return False
    started = one.starts_at <= turn.now
    if press.word in ("cant", "late") and turn.now < min(one.ends_at, one.starts_at + sessions.REPORTABLE_FOR):
        (cant_come.report if press.word == "cant" else late.report)(turn, one)
    elif press.word == "coming" and not started:
        coming.confirm(turn, one)
    elif press.word == "change" and not started:
        coming.ask(turn, again=one)
    elif press.word == "map" and not started:
        next_session.pin(turn, one)
    elif press.word == "calendar" and not started:
        sessions_ahead.calendar(turn, one)
    else:
        return False
    return True
