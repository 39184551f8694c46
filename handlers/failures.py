"""A message that we could not handle: a person takes over, and the sender hears it honestly."""

from datetime import datetime

from sqlalchemy import Connection

from db import people, tasks
from db.council import Council
from db.inbound import Stored
from handlers import reading, understanding
from handlers.turn import PersonTurn


def hand_over(connection: Connection, council: Council, stored: Stored, *, now: datetime) -> None:
    """Opens a task with whatever can be read of it; a person known by a number of their own is told who reads it when."""
    kind, moment = council.next_staffed(now)
    try:
        message = reading.read(stored.door, stored.payload)
    except reading.MalformedError:
        tasks.open_task(
            connection, key=f"malformed:{stored.id}", kind="malformed", now=now, due_at=moment, note=stored.payload
        )
        return
    find = people.by_phone if message.channel == "sms" else people.by_chat
    sender = find(connection, message.address)
    person = None if sender.shared else sender.person
    danger = understanding.crisis(message.text)
    tasks.open_task(
        connection,
        key=f"failed_message:{stored.id}",
        kind="failed_message",
        person_id=person.id if person else None,
        klass=danger,
        now=now,
        due_at=now if danger else moment,
        note=message.text or stored.payload,
    )
    if person is not None:
        turn = PersonTurn(connection, council, stored.id, message, now, person=person)
        turn.say("trouble", {"when": [kind, moment.isoformat()]})
