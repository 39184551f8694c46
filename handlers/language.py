"""Which language? Chosen by its name at any time, by its code after the question, by a button; or 7 for an interpreter."""

from db import languages, questions
from db.questions import Question
from handlers import talk
from handlers.turn import PersonTurn
from locales.catalog import DEFAULT, Catalogs
from notifications.buttons import INTERPRETER


def begin(turn: PersonTurn) -> None:
    question = turn.ask("language")
    turn.say("language.ask", question=question)


def offer(turn: PersonTurn) -> None:
    """Asks, where their Telegram speaks a language that we have and they were not known to want. It is only a hint."""
    hint = turn.message.speaks.partition("-")[0].lower()
    ours = Catalogs.load().languages - {DEFAULT, turn.person.language}
    if hint in ours and turn.council.telegram_people == "full":
        begin(turn)


def choose(turn: PersonTurn, locale: str, question: Question | None) -> None:
    """Confirmed in the language chosen; one that we do not have is answered with those that we do."""
    if locale not in Catalogs.load().languages:
        begin(turn)
        return
    if question is not None and question.kind == "language":
        questions.close(turn.connection, question.id, now=turn.now)
    languages.choose(turn.connection, turn.person, locale, now=turn.now)
    turn.say("language.set")


def pressed(turn: PersonTurn, question: Question, word: str) -> None:
    """A button under the question. The keys below the chat speak the new language with the next message."""
    if word == INTERPRETER:
        interpreter(turn)
    else:
        choose(turn, word, question)
        turn.say_anew("menu")


def interpreter(turn: PersonTurn) -> None:
    """A call with an interpreter, now and whenever they are called."""
    need(turn)
    talk.ask_when(turn, talk.KINDS["talk"], "talk.interpreter")


def need(turn: PersonTurn) -> None:
    """The same beside something else that they said: nothing is asked."""
    languages.needs_interpreter(turn.connection, turn.person, now=turn.now)
    talk.queue(turn, talk.KINDS["talk"], talk.INTERPRETER)
