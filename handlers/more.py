"""8: more. One letter leads on: a language, a pause, a stop, plainer words, fewer hours, what we hold, feedback."""

from db import questions
from db.questions import Question
from handlers import data, feedback, language, pause, plainer, stopping, window
from handlers.turn import PersonTurn


def begin(turn: PersonTurn) -> None:
    turn.say("more.menu", question=turn.ask("more"))


def chosen(turn: PersonTurn, question: Question, letter: str) -> None:
    questions.close(turn.connection, question.id, now=turn.now)
    match letter:
        case "L":
            language.begin(turn)
        case "P":
            pause.begin(turn)
        case "S":
            stopping.stop(turn, everything=False)
        case "M":
            plainer.make(turn)
        case "W":
            window.begin(turn)
        case "D":
            data.ask(turn)
        case "F":
            feedback.begin(turn)
