"""All that is held on one person, for when they ask (UK GDPR article 15; Data Protection Act 2018 s.45).

Left out is what is about somebody else: who must not be with whom, and messages from a number that others share. What
they answered as feedback leads to nobody, so it cannot be found. The name of women-only work is told face to face.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from db import found, schema
from db.change import Change
from db.council import LONDON
from db.people import Person

Row = dict[str, Any]
Held = dict[str, list[Row]]

NOT_THEIRS = frozenset({"id", "phone_hash", "chat_hash", "pin_hash", "sender_hash", "code_hash", "sheet"})
"""Columns that say nothing to a reader: keys of rows, and hashes."""


def on(change: Change, ref: str) -> Held:
    """By subject, the rows on that person, oldest first; times are London's. Raises ChangeError or Refused."""
    who = found.person(change.connection, ref)
    change.require("person.data", who.team)
    change.log("data.read", "all that is held", who.id)
    return _held(change.connection, who)


def _held(connection: Connection, who: Person) -> Held:
    s = schema
    mine = s.bookings.c.person_id == who.id
    ordered = s.orders.c.person_id == who.id
    stops = s.suppressions.c.address_hash.in_((who.phone_hash, who.chat_hash))
    return {
        "person": _of(connection, s.people, s.people.c.id == who.id),
        "orders": _of(connection, s.orders, ordered),
        "sessions": _sessions(connection, who),
        "attendance": _of(connection, s.attendance, mine, s.bookings),
        "reports": _of(connection, s.reports, mine, s.bookings),
        "decisions": _of(connection, s.decisions, mine, s.bookings),
        "hours": _of(connection, s.hours, ordered, s.orders),
        "packs": _of(connection, s.pack_requests, s.pack_requests.c.person_id == who.id),
        "pictures of packs": _of(connection, s.pack_photos, s.pack_requests.c.person_id == who.id, s.pack_requests),
        "feedback asked": _of(connection, s.feedback_rounds, s.feedback_rounds.c.person_id == who.id),
        "alerts": _of(connection, s.alerts, s.alerts.c.person_id == who.id),
        "steps of alerts": _of(connection, s.alert_steps, s.alerts.c.person_id == who.id, s.alerts),
        "tasks": _of(connection, s.tasks, s.tasks.c.person_id == who.id),
        "messages from them": _from_them(connection, who),
        "messages to them": _to_them(connection, who),
        "news to many": _broadcasts(connection, who),
        "written to workers": _conversation(connection, who),
        "questions": _of(connection, s.questions, s.questions.c.person_id == who.id),
        "Telegram": _of(connection, s.telegram_links, s.telegram_links.c.person_id == who.id),
        "Telegram codes": _of(connection, s.invites, s.invites.c.person_id == who.id),
        "stops": _of(connection, s.suppressions, stops),
        "who saw or changed it": _of(connection, s.access_log, s.access_log.c.person_id == who.id),
    }


def _of(connection: Connection, table: Table, theirs: ColumnElement[bool], through: Table | None = None) -> list[Row]:
    """Without the columns that point at other rows."""
    columns = [c for c in table.c if c.name not in NOT_THEIRS and not c.foreign_keys]
    query = select(*columns).order_by(table.c.id)
    if through is not None:
        query = query.join(through)
    return [_shown(row) for row in connection.execute(query.where(theirs)).mappings()]


def _shown(row: Mapping[Any, Any]) -> Row:
    """What has a value, as text or numbers."""
    return {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(LONDON).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _sessions(connection: Connection, who: Person) -> list[Row]:
    s = schema
    columns = ("status", "answer", "answered_at", "booked_at")
    query = (
        select(s.sessions.c.ref, s.sessions.c.starts_at, s.sessions.c.ends_at, s.placements.c.nickname,
               s.placements.c.women_only, *(s.bookings.c[name] for name in columns))
        .join(s.bookings, s.bookings.c.session_id == s.sessions.c.id)
        .join(s.placements, s.placements.c.id == s.sessions.c.placement_id)
        .where(s.bookings.c.person_id == who.id)
        .order_by(s.sessions.c.starts_at, s.bookings.c.id)
    )  # fmt: skip
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return [_shown({**row, "nickname": None if row["women_only"] else row["nickname"]}) for row in rows]


def _from_them(connection: Connection, who: Person) -> list[Row]:
    """What came from their number and chats while these were theirs, and whatever was answered to them.

    Of a number that others share nobody can tell whose a message was.
    """
    log, inbound, links = schema.access_log, schema.inbound, schema.telegram_links
    changed = select(func.max(log.c.at)).where(
        log.c.person_id == who.id, log.c.action == "person.changed", log.c.reason.contains("phone")
    )
    created = connection.execute(select(schema.people.c.created_at).where(schema.people.c.id == who.id)).scalar_one()
    since = max(created, connection.execute(changed).scalar() or created)
    answered = select(schema.notices.c.inbound_id).where(
        schema.notices.c.person_id == who.id, schema.notices.c.inbound_id.is_not(None)
    )
    texted = (inbound.c.sender_hash == (None if who.shared else who.phone_hash)) & (inbound.c.received_at >= since)
    while_linked = (links.c.linked_at <= inbound.c.received_at) & (
        links.c.ended_at.is_(None) | (links.c.ended_at >= inbound.c.received_at)
    )
    theirs = (links.c.person_id == who.id) & (links.c.chat_hash == inbound.c.sender_hash)
    wrote = select(links.c.id).where(theirs, while_linked).exists()
    return _of(connection, inbound, or_(inbound.c.id.in_(answered), texted, wrote))


def _to_them(connection: Connection, who: Person) -> list[Row]:
    notices, deliveries = schema.notices, schema.deliveries
    columns = ("channel", "address", "status", "body", "created_at", "accepted_at", "final_at")
    query = (
        select(notices.c.purpose, *(deliveries.c[name] for name in columns))
        .join(deliveries, deliveries.c.notice_id == notices.c.id)
        .where(notices.c.person_id == who.id)
        .order_by(deliveries.c.id)
    )
    return [_shown(row) for row in connection.execute(query).mappings()]


def _conversation(connection: Connection, who: Person) -> list[Row]:
    """What they wrote to workers and were answered, with who read it and had it."""
    s = schema
    columns = [s.thread_entries.c[name] for name in ("kind", "words", "actor", "at", "seen_at")]
    query = (
        select(*columns)
        .join(s.threads, s.threads.c.id == s.thread_entries.c.thread_id)
        .where(s.threads.c.person_id == who.id)
        .order_by(s.thread_entries.c.id)
    )
    return [_shown(row) for row in connection.execute(query).mappings()]


def _broadcasts(connection: Connection, who: Person) -> list[Row]:
    """Of which news they were told, or why they were not; its words stand among the messages."""
    s = schema
    columns = (s.broadcasts.c.kind, s.broadcasts.c.begun_at, s.broadcast_people.c.left_out, s.broadcast_people.c.chased_at)
    query = (
        select(*columns)
        .join(s.broadcast_people, s.broadcast_people.c.broadcast_id == s.broadcasts.c.id)
        .where(s.broadcast_people.c.person_id == who.id)
        .order_by(s.broadcast_people.c.id)
    )
    return [_shown(row) for row in connection.execute(query).mappings()]
