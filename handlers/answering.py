"""Words that answer a worker: after a message of theirs they are for the worker, and no answer to anything we asked before.

Numbers and plain wishes keep their meaning. "Can't" may be about whatever the worker wrote of, so it is asked once.
"""

from functools import cache

from handlers import coming, meant
from handlers.turn import PersonTurn
from handlers.understanding import Understood
from locales.catalog import Catalogs
from notifications import buttons

ONLY_FOR_THEM = frozenset({"unknown", "ask", "coming", "letter", "late_letter", "cancel", "thanks"})


def is_spoken_to(turn: PersonTurn) -> bool:
    """Whether a worker's message is what these words may answer, and not a question of ours."""
    text = turn.message.text.strip()
    if text.isdigit() or text in on_a_key():
        return False
    put = [
        told.purpose
        for told in meant.told_lately(turn)
        if told.purpose == "conversation" or told.question_id is not None or told.string in meant.ASKING
    ]
    return put[-1:] == ["conversation"]


@cache
def on_a_key() -> frozenset[str]:
    """What the keyboard's keys say, in any language: it may be older than the language."""
    catalogs = Catalogs.load()
    return frozenset(
        catalogs.text(f"keyboard.{word}", locale=locale, channel="telegram", mode="standard")
        for row in buttons.KEYBOARD
        for word in row
        for locale in catalogs.languages
    )


def heard(turn: PersonTurn, understood: Understood) -> bool:
    """Gives it to the worker; whether that is all, or something else was asked for in it too."""
    if understood.intent == "thanks":
        turn.to_worker(needs_reading=False)
        return False
    if understood.intent not in (*ONLY_FOR_THEM, "cant", "late"):
        return False
    first = turn.to_worker()
    if understood.intent == "late":
        return False
    if understood.intent == "cant" and coming.ask(turn):
        return True
    if first:
        turn.say("thread.received", {"when": turn.when})
    return True
