"""7: talk to someone. A call-back within one working day, when it suits them, or a text if they'd rather."""

from db import questions
from db.questions import Question
from handlers.turn import PersonTurn

TIMES = {"A": "morning", "B": "afternoon", "C": "evening", "D": "text"}


def begin(turn: PersonTurn, kind: str = "call_back") -> None:
    turn.to_staff(kind, due_at=turn.council.due_in_working_days(turn.now, 1))
    question = turn.ask("call_when")
    turn.say("talk.when", question=question)


def when(turn: PersonTurn, question: Question, letter: str) -> None:
    questions.close(turn.connection, question.id, now=turn.now)
    turn.to_staff("call_back", TIMES[letter], due_at=turn.council.due_in_working_days(turn.now, 1))
    if letter == "D":
        turn.say("call.text_instead")
    else:
        turn.say("call.noted", {"when": ["call", letter.lower()]})
