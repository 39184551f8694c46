"""1: I'm coming. The next booked session within 14 days, asked about or not; the last word before the start counts."""

from db import questions, reports, sessions
from db.sessions import Booked
from handlers.turn import PersonTurn, starts


def begin(turn: PersonTurn) -> None:
    one = sessions.next_to_answer(turn.connection, turn.person.id, now=turn.now)
    if one is None:
        turn.say("session.none")
    else:
        confirm(turn, one)


def confirm(turn: PersonTurn, one: Booked) -> None:
    reports.coming(turn.connection, one, now=turn.now, actor=turn.person.ref)
    questions.close_all(turn.connection, turn.person.id, now=turn.now)
    turn.say("coming.confirmed", {**starts(one), **sessions.place(one)}, about=one)


def ask(turn: PersonTurn, *, again: Booked | None = None) -> bool:
    """S43, when what they said may mean either. False with nothing to ask about."""
    one = again or sessions.next_to_answer(turn.connection, turn.person.id, now=turn.now)
    if one is None:
        return False
    turn.ask("coming", booking_id=one.booking_id, expires_at=one.starts_at)
    turn.say("ask.coming", starts(one), about=one)
    return True
