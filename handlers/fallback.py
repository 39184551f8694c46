"""Whatever we are not sure of goes to a human, with an honest word about when it is read."""

from datetime import timedelta

from sqlalchemy import select

from db.schema import notices
from handlers.turn import PersonTurn

ONE_REPLY_IN = timedelta(minutes=10)  # a second message we don't understand is stored and read, but not answered


def to_human(turn: PersonTurn, *, string: str = "fallback") -> None:
    turn.to_worker()
    if not answered_lately(turn, string):
        turn.say(string, {"when": turn.when})


def answered_lately(turn: PersonTurn, string: str) -> bool:
    query = select(notices.c.id).where(
        notices.c.person_id == turn.person.id,
        notices.c.string == string,
        notices.c.created_at > turn.now - ONE_REPLY_IN,
        notices.c.created_at <= turn.now,
    )
    return turn.connection.execute(query.limit(1)).first() is not None
