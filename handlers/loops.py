"""Machines that answer us: a phone that says the same to whatever we say must not be answered for ever.

The third time that the same text gets the same reply within five minutes is the last: what follows is handled as ever,
but not answered, and a person looks at it. Somebody who sends "1" three times gets three answers.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from db import crypto
from db.prepared import Prepared
from db.schema import deliveries, inbound, notices
from handlers import reading
from handlers.reading import Message

CIRCLE = timedelta(minutes=5)
SAME_TEXTS = 3  # answered alike within that time
SAME_REPLIES = 10  # whatever was written: some machines add the time

_ANSWERED_ALIKE = Prepared(
    select(notices.c.inbound_id)
    .distinct()
    .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
    .where(
        deliveries.c.address_hash.in_(bindparam("hashes", expanding=True)),
        deliveries.c.created_at > bindparam("since"),
        deliveries.c.created_at <= bindparam("now"),
        notices.c.string == bindparam("string"),
        notices.c.inbound_id != bindparam("inbound_id"),
    )
    .limit(SAME_REPLIES)
)
_TOLD = Prepared(
    select(func.count())
    .select_from(deliveries)
    .where(
        deliveries.c.address_hash.in_(bindparam("hashes", expanding=True)),
        deliveries.c.created_at > bindparam("since"),
        deliveries.c.created_at <= bindparam("now"),
    )
)
_WRITTEN = select(inbound.c.door, inbound.c.payload).where(inbound.c.id.in_(bindparam("ids", expanding=True)))


def goes_on(
    connection: Connection, message: Message, inbound_id: int, string: str, *, now: datetime, by_staff: bool = False
) -> bool:
    """Whether answering this message with `string` would only go round in a circle.

    Staff mark a squad with as many texts as it has people, each answered alike: of theirs only equal ones count.
    """
    if message.kind == "press":
        return False  # no machine presses buttons
    lately = {"hashes": crypto.keys().hashes(message.address), "since": now - CIRCLE, "now": now}
    if _TOLD.scalar(connection, lately) < SAME_TEXTS:
        return False
    about = {**lately, "string": string, "inbound_id": inbound_id}
    answered = [row[0] for row in _ANSWERED_ALIKE.all(connection, about)]
    if len(answered) >= SAME_REPLIES and not by_staff:
        return True
    if len(answered) < SAME_TEXTS:
        return False
    return message.kind == "text" and _said(connection, message.text, answered) >= SAME_TEXTS


def _said(connection: Connection, text: str, ids: Sequence[int]) -> int:
    """How many of those messages are that text."""
    written = [reading.read(*stored) for stored in connection.execute(_WRITTEN, {"ids": list(ids)})]
    return sum(one.kind == "text" and _plain(one.text) == _plain(text) for one in written)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
