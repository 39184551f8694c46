"""A complaint among words about how it went: these stay with all others, without a name; a manager calls who wants it."""

from db import feedback, questions
from db.questions import Question
from handlers import own_words
from handlers.turn import PersonTurn

KIND = "feedback"  # of the question
WANTS_CALL = "complaint"  # what stands on it, and the kind of the task
YES, NO = "A", "B"


def ask(turn: PersonTurn) -> None:
    """Whether a manager is to call them, who would hear who they are but not what they wrote. Silence is a no."""
    turn.say("feedback.pass_on", question=turn.ask(KIND, then=WANTS_CALL))


def letter_in(turn: PersonTurn) -> str:
    """The letter that their text stands for, or none."""
    return own_words.yes_or_no(turn.message.text, letters=YES + NO, locale=turn.person.language)


def answer(turn: PersonTurn, question: Question, letter: str) -> None:
    questions.close(turn.connection, question.id, now=turn.now)
    if letter != YES:
        turn.say("feedback.kept")
        return
    turn.task(
        WANTS_CALL,
        key=f"p{turn.person.id}",
        person_id=turn.person.id,
        owner_id=feedback.manager_for(turn.connection, turn.person, turn.now),
        due_at=turn.council.due_in_working_days(turn.now, 1),
    )
    turn.say("feedback.passed")
