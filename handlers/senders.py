"""Who sent these messages, and what their turns ask first: asked for several messages in one question each.

What was read ahead holds until a turn changes it. A person's turn changes only what is theirs, so what is known of others
stays; of one person it is read for one message only. After any other turn nothing is known of anyone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from db import people, questions, sessions
from db.people import Sender
from db.questions import Question
from db.sessions import Near
from handlers import loops, strangers
from handlers.reading import Message

TOGETHER = 32  # messages that are read ahead for

NO_SESSIONS = Near(None, None, [])

_Whose = tuple[str, str]


class Known(NamedTuple):
    """Of whoever sent a message, before its turn; the rest of it is of a person."""

    sender: Sender
    told: int = 0  # messages of ours to this address within an hour
    near: Near = NO_SESSIONS
    question: Question | None = None


class Ahead:
    """What is known of those whose turns come next."""

    def __init__(self, connection: Connection, messages: Sequence[Message], *, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._known = _read(connection, messages, now)

    def of(self, message: Message) -> Known:
        """What its turn begins with; once, as it then changes."""
        known = self._known.pop(_whose(message), None)
        if known is None:
            self.forget()
            return self.anew(message)
        if not _changes_only_their_own(known.sender, message):
            self.forget()
        return known

    def anew(self, message: Message) -> Known:
        return _read(self._connection, [message], self._now)[_whose(message)]

    def forget(self) -> None:
        self._known.clear()


def _changes_only_their_own(sender: Sender, message: Message) -> bool:
    return sender.person is not None and strangers.code_of(message) is None


def _whose(message: Message) -> _Whose:
    return message.channel, message.address


def _read(connection: Connection, messages: Sequence[Message], now: datetime) -> dict[_Whose, Known]:
    senders: dict[_Whose, Sender] = {}
    for channel, find in (("sms", people.by_phones), ("telegram", people.by_chats)):
        addresses = {message.address for message in messages if message.channel == channel}
        if addresses:
            senders |= {(channel, address): sender for address, sender in find(connection, addresses).items()}
    persons = {sender.person.id: whose for whose, sender in senders.items() if sender.person}
    if not persons:
        return {whose: Known(sender) for whose, sender in senders.items()}
    told = loops.times_told(connection, {address for _, address in persons.values()}, now=now)
    near = sessions.near_each(connection, persons, now=now)
    latest = questions.latest_each(connection, persons, now=now)
    known = {whose: Known(sender) for whose, sender in senders.items() if not sender.person}
    for person_id, whose in persons.items():
        known[whose] = Known(senders[whose], told[whose[1]], near[person_id], latest.get(person_id))
    return known
