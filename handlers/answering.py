"""Words that answer a worker: after a message of theirs they are for the worker, and no answer to anything we asked before.

Numbers and plain wishes keep their meaning. "Can't" may be about whatever the worker wrote of, so it is asked once.
"""

from collections.abc import Collection
from datetime import timedelta
from functools import cache

from sqlalchemy import bindparam, select

from db.prepared import Prepared
from db.schema import notices
from handlers import coming
from handlers.turn import PersonTurn
from handlers.understanding import Understood
from locales.catalog import Catalogs
from notifications import buttons

FRESH = timedelta(hours=24)
ONLY_FOR_THEM = frozenset({"unknown", "ask", "coming", "letter", "late_letter", "cancel", "thanks"})

# Chosen among here rather than there: to sort, and to compare with a list, SQLite makes tables of its own each time.
_TOLD = Prepared(
    select(notices.c.told_at, notices.c.id, notices.c.purpose, notices.c.question_id, notices.c.string).where(
        notices.c.person_id == bindparam("person"), notices.c.status == "told", notices.c.told_at > bindparam("since")
    )
)


def is_spoken_to(turn: PersonTurn, asking: Collection[str]) -> bool:
    """Whether a worker's message is what these words may answer; `asking` are strings that put a question."""
    text = turn.message.text.strip()
    if text.isdigit() or text in on_a_key():
        return False
    told = _TOLD.all(turn.connection, {"person": turn.person.id, "since": turn.now - FRESH})
    put = [
        (told_at, id_, purpose)
        for told_at, id_, purpose, question_id, string in told
        if purpose == "conversation" or question_id is not None or string in asking
    ]
    return bool(put) and max(put)[2] == "conversation"


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
