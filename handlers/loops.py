"""Machines that answer us: a phone that says the same to whatever we say must not be answered for ever.

The third time in a row that the same text gets the same reply within five minutes is the last: what follows is handled as
ever, but not answered, and a person looks at it. Somebody who sends "1" three times gets three answers, and somebody who
goes through a menu, "8" and a letter, "8" and the next, is answered each time: no machine says anything in between.
A slower one is stopped before the networks do: they block who sends a number 20 texts alike, or 100 of any kind, within an
hour (GOV.UK Notify, "Limits").
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from db import crypto
from db.given import among
from db.prepared import Prepared
from db.schema import deliveries, inbound, notices
from handlers import reading
from handlers.reading import Message

CIRCLE = timedelta(minutes=5)
SAME_TEXTS = 3  # answered alike within that time
SAME_REPLIES = 10  # whatever was written: some machines add the time
LOOKED_AT = 4 * SAME_REPLIES  # of the latest answers
AN_HOUR = timedelta(hours=1)
TEXTS_ALIKE, TEXTS = 20, 100  # to one number within it

_TO_THEM = (
    among(deliveries.c.address_hash, "hashes"),
    deliveries.c.created_at > bindparam("since"),
    deliveries.c.created_at <= bindparam("now"),
)
_ANSWERED = Prepared(
    select(notices.c.inbound_id, notices.c.string)
    .distinct()
    .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
    .where(
        *_TO_THEM,
        notices.c.inbound_id != bindparam("inbound_id"),
    )
    .order_by(notices.c.inbound_id.desc())
    .limit(LOOKED_AT)
)
_TOLD = Prepared(select(deliveries.c.address_hash, func.count()).where(*_TO_THEM).group_by(deliveries.c.address_hash))
_ALIKE = Prepared(
    select(func.count())
    .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
    .where(
        *_TO_THEM,
        notices.c.string == bindparam("said"),
    )
)
_WRITTEN = select(inbound.c.door, inbound.c.payload).where(inbound.c.id.in_(bindparam("ids", expanding=True)))


def times_told(
    connection: Connection, addresses: Collection[str], *, now: datetime, within: timedelta = AN_HOUR
) -> dict[str, int]:
    """How many messages of ours each of these addresses was to get lately."""
    hashes = crypto.keys().by_hash(addresses)
    times = dict.fromkeys(addresses, 0)
    for hashed, count in _TOLD.all(connection, {"hashes": hashes, "since": now - within, "now": now}):
        times[hashes[hashed]] += count
    return times


def goes_on(
    connection: Connection,
    message: Message,
    inbound_id: int,
    string: str,
    *,
    told: int,
    now: datetime,
    by_staff: bool = False,
) -> bool:
    """Whether answering this message with `string`, after so many of ours within an hour, only goes round in a circle.

    Staff mark a squad with as many texts as it has people, each answered alike: of theirs only equal ones count.
    """
    if message.kind == "press":
        return False  # no machine presses buttons
    if told < SAME_TEXTS:
        return False
    lately = {"hashes": crypto.keys().hashes(message.address), "since": now - AN_HOUR, "now": now}
    if message.channel == "sms" and _is_too_much(connection, told, {**lately, "said": string}, by_staff):
        return True
    if times_told(connection, [message.address], now=now, within=CIRCLE)[message.address] < SAME_TEXTS:
        return False
    lately["since"] = now - CIRCLE
    answered = _ANSWERED.all(connection, {**lately, "inbound_id": inbound_id})
    alike = list(dict.fromkeys(answered_id for answered_id, said in answered if said == string))
    if len(alike) >= SAME_REPLIES and not by_staff:
        return True
    latest = list(dict.fromkeys(answered_id for answered_id, _ in answered))[:SAME_TEXTS]
    return latest == alike[:SAME_TEXTS] and message.kind == "text" and _all_say(connection, message.text, latest)


def _is_too_much(connection: Connection, times: int, about: Mapping[str, Any], by_staff: bool) -> bool:
    """What staff are answered with one string says something else each time: of whom it is."""
    return times >= TEXTS or (not by_staff and times >= TEXTS_ALIKE and _ALIKE.scalar(connection, about) >= TEXTS_ALIKE)


def _all_say(connection: Connection, text: str, ids: Sequence[int]) -> bool:
    written = [reading.read(*stored) for stored in connection.execute(_WRITTEN, {"ids": list(ids)})]
    return len(written) == SAME_TEXTS and all(one.kind == "text" and _plain(one.text) == _plain(text) for one in written)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
