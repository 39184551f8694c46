"""Rows that no key opens, damaged or of a lost key: set aside one by one, so that everybody else's go on."""

from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, Connection, Table, Text, and_, or_, select, type_coerce

from db import crypto, tasks
from db import deliveries as delivery_record
from db import inbound as messages
from db.crypto import Secret, SecretJson
from db.schema import deliveries, inbound, notices, people, staff, telegram_links

WHY = "unreadable"
DUE_WITHIN = timedelta(hours=1)


def _sealed(*tables: Table) -> list[Any]:
    """The encrypted columns of these tables, as they are stored."""
    return [type_coerce(column, Text) for table in tables for column in table.c if _is_secret(column)]


def _is_secret(column: Column[Any]) -> bool:
    return isinstance(column.type, (Secret, SecretJson))


def _opens(sealed: Any) -> bool:
    try:
        return all(value is None or crypto.keys().decrypt(value) is not None for value in sealed)
    except InvalidToken:
        return False


_links = (telegram_links.c.ended_at.is_(None)) & or_(
    telegram_links.c.person_id == notices.c.person_id, telegram_links.c.staff_id == notices.c.staff_id
)
_WAITING = (
    select(
        deliveries.c.id, deliveries.c.notice_id, notices.c.person_id, deliveries.c.action,
        *_sealed(deliveries, notices, people, staff, telegram_links),
    )
    .join(notices, notices.c.id == deliveries.c.notice_id)
    .outerjoin(people, people.c.id == notices.c.person_id)
    .outerjoin(staff, staff.c.id == notices.c.staff_id)
    .outerjoin(telegram_links, _links)
)  # fmt: skip


def set_deliveries_aside(connection: Connection, channel: str, *, now: datetime) -> list[int]:
    """Of the deliveries whose time has come, those of which a part cannot be read: cancelled, and a task. Their ids."""
    due = and_(deliveries.c.status == "pending", deliveries.c.not_before <= now)
    query = _WAITING.where(deliveries.c.channel == channel, or_(due, deliveries.c.status == "unknown"))
    shut = {row[0]: row for row in connection.execute(query) if not _opens(row[4:])}
    for id_, row in shut.items():
        ended = {"status": "cancelled", "final_at": now, "error_class": WHY}
        connection.execute(deliveries.update().where(deliveries.c.id == id_).values(**ended))
        if row.action != "delete":
            delivery_record.undeliverable(connection, row.notice_id, row.person_id, WHY, now=now)
    return list(shut)


def set_messages_aside(connection: Connection, *, now: datetime) -> list[int]:
    """The messages in store that cannot be read: failed, with a task that says whose they are. Their ids."""
    query = select(inbound.c.id, inbound.c.sender_hash, *_sealed(inbound)).where(inbound.c.state == "stored")
    shut = [(row[0], row[1]) for row in connection.execute(query.order_by(inbound.c.id)) if not _opens(row[2:])]
    for id_, sender_hash in shut:
        messages.fail(connection, id_, WHY, now=now)
        tasks.open_task(
            connection, key=f"failed_message:{id_}", kind="failed_message", klass=WHY,
            person_id=_owner(connection, sender_hash), now=now, due_at=now + DUE_WITHIN,
        )  # fmt: skip
    return [id_ for id_, _ in shut]


def _owner(connection: Connection, address_hash: str | None) -> int | None:
    """The one person with that number or chat, if there is just one."""
    by_chat = select(telegram_links.c.person_id).where(
        telegram_links.c.chat_hash == address_hash, telegram_links.c.ended_at.is_(None)
    )
    ours = or_(people.c.phone_hash == address_hash, people.c.id.in_(by_chat))
    found = connection.execute(select(people.c.id).where(ours).limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None
