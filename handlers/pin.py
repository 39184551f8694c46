"""A phone that is not surely theirs alone: four digits set at induction, before hours or places."""

from datetime import timedelta

from db import access, crypto, people, questions, tasks
from db.people import Person
from db.questions import Question
from handlers import talk
from handlers.turn import PersonTurn

TRIES = 3
HOLDS_FOR = timedelta(minutes=10)


def is_needed(turn: PersonTurn, intent: str = "hours") -> bool:
    """A number that is only in doubt still hears of dates, as its reminders tell them."""
    person = turn.person
    is_theirs = person.phone_is_own and (intent == "next" or not person.doubted)
    if turn.message.channel != "sms" or is_theirs or person.mode in ("call_first", "no_contact"):
        return False
    return person.verified_until is None or person.verified_until <= turn.now


def ask(turn: PersonTurn, then: str) -> None:
    """Asks for the PIN; without one, or after three wrong ones, only a call helps, and why is said."""
    if turn.person.pin_hash is None or turn.person.pin_failures >= TRIES:
        kind = "verify" if turn.person.doubted else "pin"
        if not talk.say_again(turn, kind):
            talk.queue(turn, kind, talk.in_their_language(turn))
            talk.ask_when(turn, kind, "pin.none")
        return
    turn.ask("pin", then=then)
    turn.say("pin.ask")


def check(turn: PersonTurn, question: Question, given: str) -> bool:
    """Whether it was right. Wrong ones are counted, and the third locks until staff give a new PIN."""
    person = turn.person
    if person.pin_hash in crypto.keys().hashes(salted(person.ref, given)):
        questions.close(turn.connection, question.id, now=turn.now)
        people.update(turn.connection, person.id, pin_failures=0, verified_until=turn.now + HOLDS_FOR, doubted_at=None)
        turn.person = people.person(turn.connection, person.id)
        tasks.close(turn.connection, f"verify:p{person.id}", now=turn.now)
        access.log(turn.connection, person.ref, "pin.right", now=turn.now, person_id=person.id)
        return True
    failures = person.pin_failures + 1
    people.update(turn.connection, person.id, pin_failures=failures)
    access.log(turn.connection, "sms", "pin.wrong", now=turn.now, person_id=person.id)
    if failures >= TRIES:
        questions.close(turn.connection, question.id, now=turn.now)
        _locked(turn)
    else:
        turn.say("pin.wrong", {"tries": TRIES - failures})
    return False


def _locked(turn: PersonTurn) -> None:
    turn.to_staff("pin", due_at=turn.council.due_in_working_days(turn.now, 1))
    turn.say("pin.locked")


def salted(ref: str, digits: str) -> str:
    return f"pin:{ref}:{digits}"


def hash_of(person: Person, digits: str) -> str:
    """What to store for a new PIN."""
    return crypto.keys().hash(salted(person.ref, digits))
