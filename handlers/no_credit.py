"""No credit: a missed call or one word is enough, and we ring back at our cost."""

from handlers import talk
from handlers.turn import PersonTurn


def say(turn: PersonTurn) -> None:
    talk.queue(turn, "call_back", "no credit")
    turn.say("call.no_credit", {"when": ["by", talk.due(turn).isoformat()]})
