"""Who said what to whom: a person's thread, with what the program said to them and what they answered it.

What they wrote in danger is in its alert, for whoever may read that, and not here; nor is what they were answered then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from db.schema import deliveries, inbound, notices, staff, thread_entries
from db.thread_replies import OWN_WORDS
from db.threads import Thread

DOUBTED_AFTER = timedelta(days=1)
BOT = "bot"
CHANNELS = {"twilio": "sms", "telegram": "telegram"}  # by door

State = Literal["", "waiting", "sent", "delivered", "doubtful", "not_delivered", "stopped", "unread"]


@dataclass(frozen=True, slots=True)
class Line:
    """`kind` as of an entry; `who` is a ref, or the bot. `words` are None once erased; `stored` is a message as it came."""

    at: datetime
    kind: str
    who: str
    to: str | None = None
    channel: str | None = None
    state: State = ""
    words: str | None = None
    body: str | None = None  # as it was sent, with the channel's mark-up
    stored: tuple[str, str] | None = None  # door and payload


def lines(connection: Connection, thread: Thread, *, now: datetime) -> list[Line]:
    """Oldest first."""
    said = [*_entries(connection, thread, now), *_by_the_bot(connection, thread, now), *_to_the_bot(connection, thread)]
    return sorted(said, key=lambda line: (line.at, line.kind == "out"))


_tries = deliveries.alias("tries")
_latest = select(func.max(_tries.c.id)).where(_tries.c.notice_id == notices.c.id, _tries.c.action != "delete")
_SENT = (
    deliveries.c.channel, deliveries.c.body, notices.c.status.label("told"), deliveries.c.status, deliveries.c.accepted_at,
    notices.c.string,
)  # fmt: skip


def _entries(connection: Connection, thread: Thread, now: datetime) -> list[Line]:
    query = (
        select(thread_entries, staff.c.ref, inbound.c.door, *_SENT)
        .select_from(thread_entries)
        .outerjoin(staff, staff.c.id == thread_entries.c.staff_id)
        .outerjoin(inbound, inbound.c.id == thread_entries.c.inbound_id)
        .outerjoin(notices, notices.c.id == thread_entries.c.notice_id)
        .outerjoin(deliveries, deliveries.c.id == _latest.correlate(notices).scalar_subquery())
        .where(thread_entries.c.thread_id == thread.id)
    )
    return [_entry(row, now) for row in connection.execute(query)]


def _entry(row: Any, now: datetime) -> Line:
    if row.kind == "in":
        channel = CHANNELS.get(row.door)
        return Line(row.at, "in", row.actor, None, channel, "unread" if row.seen_at is None else "", row.words)
    if row.kind == "out":
        state = state_of(row.told, row.status, row.accepted_at, now)
        return Line(row.at, "out", row.actor, None, row.channel, state, row.words or _template(row), row.body)
    return Line(row.at, row.kind, row.actor, row.ref)


def _template(row: Any) -> str | None:
    """The name of a template that has not gone yet: what it says is put into words when it goes."""
    return None if row.body is not None or row.string == OWN_WORDS else f"[{row.string.rpartition('.')[2]}]"


def _by_the_bot(connection: Connection, thread: Thread, now: datetime) -> list[Line]:
    theirs = (notices.c.person_id == thread.person.id, notices.c.thread_id.is_(None), notices.c.purpose != "safety")
    query = (
        select(notices.c.created_at, *_SENT)
        .select_from(notices)
        .join(deliveries, deliveries.c.id == _latest.correlate(notices).scalar_subquery())
        .where(*theirs, deliveries.c.body.is_not(None))
    )
    return [
        Line(
            row.accepted_at or row.created_at, "out", BOT, None, row.channel,
            state_of(row.told, row.status, row.accepted_at, now), None, row.body,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _to_the_bot(connection: Connection, thread: Thread) -> list[Line]:
    """What was answered to them at once, but for what is in the thread already, or is about danger."""
    answered = select(notices.c.inbound_id).where(notices.c.person_id == thread.person.id, notices.c.inbound_id.is_not(None))
    kept = select(thread_entries.c.inbound_id).where(
        thread_entries.c.thread_id == thread.id, thread_entries.c.inbound_id.is_not(None)
    )
    query = select(inbound.c.door, inbound.c.payload, inbound.c.received_at).where(
        inbound.c.id.in_(answered), inbound.c.id.not_in(kept), inbound.c.alert_id.is_(None)
    )
    return [
        Line(
            row.received_at,
            "in",
            thread.person.ref,
            None,
            CHANNELS[row.door],
            stored=(row.door, row.payload),
        )
        for row in connection.execute(query)
    ]


def state_of(told: str | None, status: str | None, accepted_at: datetime | None, now: datetime) -> State:
    """Of a notice and its last delivery. Without word for a day that it arrived, or in 72 hours, it may not have."""
    if told == "cancelled":
        return "stopped"
    if status == "delivered":
        return "delivered"
    if status in ("accepted", "sent"):
        return "doubtful" if accepted_at is None or accepted_at + DOUBTED_AFTER < now else "sent"
    if status == "unknown" or (told, status) == ("told", "undelivered"):
        return "doubtful"
    return "waiting" if status in ("pending", "sending") else "not_delivered"
