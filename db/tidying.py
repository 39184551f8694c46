"""What must not stay on a phone: messages to staff, and to people who need them discreet, leave Telegram by 36 hours."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, literal_column, or_, select

from db.notices import token
from db.schema import deliveries, notices, people

STAYS_FOR = timedelta(hours=36)
CAN_BE_DELETED_FOR = timedelta(hours=47)  # Telegram refuses after 48 hours


def remove_from_chats(connection: Connection, *, now: datetime) -> int:
    """Writes a deletion for every such message that has been there long enough; how many."""
    d = deliveries.c
    query = (
        select(deliveries)
        .join(notices, notices.c.id == d.notice_id)
        .outerjoin(people, people.c.id == notices.c.person_id)
        .where(
            d.channel == literal_column("'telegram'"),
            d.action == literal_column("'send'"),
            d.status == literal_column("'delivered'"),
            d.deleted_at.is_(None),
            d.accepted_at <= now - STAYS_FOR,
            d.accepted_at > now - CAN_BE_DELETED_FOR,
            or_(notices.c.staff_id.is_not(None), people.c.mode != "standard"),
        )
        .limit(500)
    )
    rows = connection.execute(query).mappings().all()
    for row in rows:
        connection.execute(deliveries.update().where(d.id == row["id"]).values(deleted_at=now))
        connection.execute(deliveries.insert().values(**_deletion(connection, dict(row), now)))
    return len(rows)


def _deletion(connection: Connection, row: dict[str, Any], now: datetime) -> dict[str, object]:
    last = select(deliveries.c.seq).where(deliveries.c.notice_id == row["notice_id"]).order_by(deliveries.c.seq.desc())
    return {
        "token": token(row["notice_id"]),
        "notice_id": row["notice_id"],
        "seq": connection.execute(last.limit(1)).scalar_one() + 1,
        "channel": "telegram",
        "action": "delete",
        "target": int(str(row["reference"]).partition(":")[2]),
        "status": "pending",
        "lane": 4,
        "counts": False,
        "address": row["address"],
        "address_hash": row["address_hash"],
        "not_before": now,
        "expires_at": now + CAN_BE_DELETED_FOR - STAYS_FOR,
        "attempts": 0,
        "resends": 0,
        "checks": 0,
        "created_at": now,
    }
