"""A message that we could not handle: a person takes over, and the sender hears it honestly."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import people, tasks
from db.council import Council
from db.inbound import Stored
from db.people import Person
from handlers import crisis, reading, understanding
from handlers.turn import PersonTurn, Turn


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
    person = find(connection, message.address).person
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
    about: tuple[Any, ...] = (connection, council, stored.id, message, now)
    if danger is not None and _answers_danger(about, person, danger):
        return
    if person is not None:
        PersonTurn(*about, person=person).say("trouble", {"when": [kind, moment.isoformat()]})


def _answers_danger(about: tuple[Any, ...], person: Person | None, danger: str) -> bool:
    """Whatever failed, danger is answered and a human alerted; False where that fails as well, and the task must do."""
    connection: Connection = about[0]
    with suppress(Exception), connection.begin_nested():
        if person is not None and not person.number_suspended:
            crisis.respond(PersonTurn(*about, person=person), danger)
        else:
            crisis.from_stranger(Turn(*about), danger)
        return True
    return False
