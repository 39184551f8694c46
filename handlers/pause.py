"""P: a pause of one, two or four weeks. It holds back reminders alone: what is off or moved is told, and replies go out."""

from db import choices, people, questions
from db.questions import Question
from handlers.turn import PersonTurn

WEEKS = {"A": 1, "B": 2, "C": 4}


def begin(turn: PersonTurn) -> None:
    if choices.awaits_first_session(turn.connection, turn.person.id, now=turn.now):
        turn.say("pause.not_yet")
    else:
        turn.say("pause.ask", question=turn.ask("pause"))


def chosen(turn: PersonTurn, question: Question, letter: str) -> None:
    questions.close(turn.connection, question.id, now=turn.now)
    until = choices.pause(turn.connection, turn.person, WEEKS[letter], now=turn.now)
    turn.person = people.person(turn.connection, turn.person.id)
    turn.say("pause.set", {"day": until.isoformat()})
