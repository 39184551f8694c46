"""M: plainer texts, one step a time. The reverse is for a call: whoever holds the phone can text."""

from db import choices, people
from handlers import talk
from handlers.turn import PersonTurn


def asked_in_words(turn: PersonTurn) -> None:
    """Words can be misread, so they never lead to messages that only ask for a call."""
    if turn.person.mode == "standard":
        make(turn)
    else:
        talk.begin(turn, "mode")


def make(turn: PersonTurn) -> None:
    mode = choices.make_plainer(turn.connection, turn.person, now=turn.now)
    if mode is None:
        talk.begin(turn, "mode")
        return
    turn.person = people.person(turn.connection, turn.person.id)
    if mode == "call_first":  # from now on messages only ask for a call, so somebody has to be there for it
        turn.to_staff("mode", klass=mode, due_at=turn.council.due_in_working_days(turn.now, 1))
    turn.say("mode.plainer")
