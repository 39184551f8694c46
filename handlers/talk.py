"""7: talk to someone. A call-back within one working day, when it suits them, or a text if they'd rather."""

from datetime import datetime

from db import questions, tasks
from db.questions import Question
from handlers.turn import PersonTurn
from locales.catalog import DEFAULT

TIMES = {"A": "morning", "B": "afternoon", "C": "evening", "D": "text"}


KINDS = {"talk": "call_back", "pack": "pack_request"}
"""By intent, the task for a worker. That of a pack is for who asks for one amid something graver."""


INTERPRETER = "interpreter"  # what stands on the task of whoever calls


def begin(turn: PersonTurn, kind: str = "call_back") -> None:
    """Whoever is written to in another language than English is called in it too."""
    note = in_their_language(turn)
    queue(turn, kind, note)
    ask_when(turn, kind, "talk.interpreter" if note else "talk.when")


def in_their_language(turn: PersonTurn) -> str:
    """What whoever calls has to know of the language that they speak; "" of English."""
    needs = turn.person.interpreter or turn.person.language != DEFAULT
    return f"{INTERPRETER} {turn.person.language}" if needs else ""


def ask_when(turn: PersonTurn, kind: str, string: str) -> None:
    question = turn.ask("call_when", then=kind)
    turn.say(string, question=question)


def queue(turn: PersonTurn, kind: str, note: str = "") -> None:
    turn.to_staff(kind, note, due_at=due(turn))


def due(turn: PersonTurn) -> datetime:
    """By when they are rung."""
    return turn.council.due_in_working_days(turn.now, 1)


def when(turn: PersonTurn, question: Question, letter: str) -> None:
    questions.close(turn.connection, question.id, now=turn.now)
    queue(turn, question.then or "call_back", TIMES[letter])
    _noted(turn, letter)


def say_again(turn: PersonTurn, kind: str) -> bool:
    """Tells them once more when they are rung, where they have said when it suits; whether they have."""
    lines = tasks.notes(turn.connection, f"{kind}:p{turn.person.id}")
    said = [letter for line in lines for letter, time in TIMES.items() if line == time]
    if said:
        _noted(turn, said[-1])
    return bool(said)


def _noted(turn: PersonTurn, letter: str) -> None:
    if letter == "D":
        turn.say("call.text_instead")
    else:
        turn.say("call.noted", {"when": ["call", letter.lower()]})
