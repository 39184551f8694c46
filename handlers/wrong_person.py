"""The wrong person has this phone: say nothing of who or what, and stop writing to it."""

from db import access, links, people, questions
from handlers.turn import PersonTurn


def ask(turn: PersonTurn) -> None:
    """Staff hear of it: it may be another, or the person themself on a new phone."""
    turn.ask("wrong_person")
    turn.to_staff("verify", turn.message.text, due_at=turn.council.due_in_working_days(turn.now, 1))
    turn.say("wrong_person.who")


def confirmed(turn: PersonTurn) -> None:
    questions.close_all(turn.connection, turn.person.id, now=turn.now)
    if turn.person.mode != "no_contact":
        turn.say_to_stranger("wrong_person.done")
    if turn.message.channel == "sms":
        people.update(turn.connection, turn.person.id, number_suspended_at=turn.now)
    else:
        links.unlink(turn.connection, turn.message.address, now=turn.now)
    access.log(turn.connection, "sms", "number.suspended", now=turn.now, person_id=turn.person.id)
    turn.to_staff("wrong_number", due_at=turn.council.due_in_working_days(turn.now, 1))
