"""1: I'm coming. The next booked session within 14 days, asked about or not; the last word before the start counts."""

from datetime import timedelta

from db import hours, late_starts, questions, reports, sessions
from db.sessions import Booked
from handlers import meant, nothing_booked, talk
from handlers.turn import PersonTurn

OF_ANOTHER = timedelta(hours=2)  # how long a number answers what was asked of another session than the next
SOON_AFTER = timedelta(hours=48)  # two sessions as near as this are easily taken for one another


def begin(turn: PersonTurn) -> None:
    asked_of = meant.asked_of(turn)
    one = asked_of or turn.near.to_answer
    if one is None:
        nothing_booked.say(turn)
    elif is_done(turn, one):
        talk.begin(turn)
    elif other := meant.named(turn, one) or (None if asked_of else meant.put_since(turn, one)):
        ask(turn, again=other)
    else:
        confirm(turn, one)


def is_done(turn: PersonTurn, one: Booked) -> bool:
    """Whether all hours of its order are done: then a worker says whether there is anything to come to."""
    return hours.balance(turn.connection, one.order_id).left <= 0


def confirm(turn: PersonTurn, one: Booked) -> None:
    reports.coming(turn.connection, one, now=turn.now, actor=turn.person.ref)
    questions.close_all(turn.connection, turn.person.id, now=turn.now)
    turn.say("coming.confirmed", {**late_starts.starts(turn.connection, one), **sessions.place(one)}, about=one)
    offer_other(turn, one)


def offer_other(turn: PersonTurn, one: Booked) -> None:
    """After an answer about one of two near sessions: S43 about the one that they have said nothing of.

    Only where it has buttons of its own. By text a number means the next session, and this would ask of another one.
    """
    if turn.message.channel != "telegram":
        return
    for other in turn.near.ahead:
        is_soon = one.starts_at <= other.starts_at <= one.starts_at + SOON_AFTER
        if is_soon and other.answer is None and other.booking_id != one.booking_id:
            turn.say("ask.coming", late_starts.starts(turn.connection, other), about=other)
            return


def ask(turn: PersonTurn, *, again: Booked | None = None) -> bool:
    """S43, when what they said may mean either. False with nothing to ask about."""
    following = turn.near.to_answer
    one = again or meant.named(turn, following) or meant.put_since(turn, following) or following
    if one is None:
        return False
    open_for = questions.OPEN_FOR if one == following else OF_ANOTHER
    turn.ask("coming", booking_id=one.booking_id, expires_at=one.starts_at, open_for=open_for)
    turn.say("ask.coming", late_starts.starts(turn.connection, one), about=one)
    return True
