"""Whatever we are not sure of goes to a human, with an honest word about when it is read."""

from datetime import timedelta

from sqlalchemy import bindparam, select

from db.prepared import Prepared
from db.schema import notices
from handlers.turn import PersonTurn

ONE_REPLY_IN = timedelta(minutes=10)  # a second message we don't understand is stored and read, but not answered

_SAID_LATELY = Prepared(
    select(notices.c.id)
    .where(
        notices.c.person_id == bindparam("person"),
        notices.c.string == bindparam("said"),
        notices.c.created_at > bindparam("since"),
        notices.c.created_at <= bindparam("now"),
    )
    .limit(1)
)


def to_human(turn: PersonTurn, *, string: str = "fallback") -> None:
    turn.to_worker()
    if not answered_lately(turn, string):
        turn.say(string, {"when": turn.when})


def answered_lately(turn: PersonTurn, string: str) -> bool:
    lately = {"person": turn.person.id, "said": string, "since": turn.now - ONE_REPLY_IN, "now": turn.now}
    return _SAID_LATELY.first(turn.connection, lately) is not None
