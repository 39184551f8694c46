"""W: when we text. Only hours that were safe before can be chosen; any others are for a call."""

from db import choices, people, questions
from db.council import Span, at_minute
from db.questions import Question
from handlers import talk
from handlers.turn import PersonTurn
from locales import dates

HOURS = {"A": Span(6 * 60, 12 * 60), "B": Span(12 * 60, 17 * 60), "C": Span(17 * 60, 22 * 60)}
ANY_TIME = "D"


def begin(turn: PersonTurn) -> None:
    turn.say("window.ask", question=turn.ask("window"))


def chosen(turn: PersonTurn, question: Question, letter: str) -> None:
    questions.close(turn.connection, question.id, now=turn.now)
    if letter == ANY_TIME:
        if turn.person.safe is None:
            turn.say("window.any")
        else:
            talk.begin(turn, "window")
        return
    span = choices.narrow_window(turn.connection, turn.council, turn.person, HOURS[letter], now=turn.now)
    if span is None:
        talk.begin(turn, "window")
        return
    turn.person = people.person(turn.connection, turn.person.id)
    day = dates.local(turn.now).date()
    opens, until = (at_minute(day, minute).isoformat() for minute in (span.start, span.until))
    turn.say("window.set", {"opens": opens, "until": until})
