"""A new address, number or work: what they wrote goes to whoever is responsible for them, and a worker checks it.

A new number is never taken from a message, since whoever holds the phone can text: it is for a call.
"""

from db import orders, tasks
from handlers.turn import PersonTurn


def begin(turn: PersonTurn) -> None:
    queue(turn)
    turn.say("details.noted")


def new_number(turn: PersonTurn) -> None:
    queue(turn, "number")
    turn.say("talk.when", question=turn.ask("call_when", then="details"))


def queue(turn: PersonTurn, klass: str | None = None) -> None:
    tasks.open_task(
        turn.connection,
        key=f"details:p{turn.person.id}",
        kind="details",
        klass=klass,
        person_id=turn.person.id,
        owner_id=orders.responsible_for(turn.connection, turn.person.id),
        now=turn.now,
        due_at=turn.council.due_in_working_days(turn.now, 1),
        note=turn.message.text,
    )
