"""No session to come. Who still has hours to do is texted when there is one; to others that is not promised."""

from db import found, hours, late_starts, rosters, sessions
from db.sessions import Booked
from handlers.turn import PersonTurn


def say(turn: PersonTurn) -> None:
    """S14, or what is true instead: one has just begun, all hours are done, no order runs, or they stopped texts."""
    if one := missing_from(turn):
        fields = {**late_starts.starts(turn.connection, one), **sessions.place(one), "pin": None}
        turn.say("session.way", fields, about=one)
        return
    running = [one.id for one in found.active_orders(turn.connection, turn.person)]
    if not running or turn.person.stop_level != "none":
        turn.say("session.none_over")
    elif all(balance.left <= 0 for balance in hours.balances(turn.connection, running).values()):
        turn.say("session.none_done")
    else:
        turn.say("session.none")


def missing_from(turn: PersonTurn) -> Booked | None:
    """The session that began within two hours, where nobody saw them yet and they have not said that they can't come."""
    one = turn.near.to_report
    if one is None or one.starts_at > turn.now:
        return None
    line = rosters.of_session(turn.connection, one.session_id).of_booking(one.booking_id)
    return one if line is not None and line.is_open else None
