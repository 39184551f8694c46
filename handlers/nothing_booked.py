"""No session to come. Who still has hours to do is texted when there is one; to others that is not promised."""

from db import found, hours
from handlers.turn import PersonTurn


def say(turn: PersonTurn) -> None:
    """S14, or what is true instead: all hours are done, or no order of theirs runs."""
    running = [one.id for one in found.active_orders(turn.connection, turn.person)]
    if not running:
        turn.say("session.none_over")
    elif all(balance.left <= 0 for balance in hours.balances(turn.connection, running).values()):
        turn.say("session.none_done")
    else:
        turn.say("session.none")
