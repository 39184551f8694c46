"""A message to whoever looks after this installation: something in it needs a hand."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import climbing, notices
from db import people as who
from db.council import Council
from db.notices import Notice
from db.people import Staff

LASTS = timedelta(days=1)


def recipients(connection: Connection, council: Council, now: datetime) -> list[Staff]:
    """Whom the settings name for alarms; else whoever is asked first of danger."""
    named = [member for ref in council.alarms if (member := who.member_by_ref(connection, ref))]
    return named or climbing.chain(connection, council, None, now)[:1]


def tell(
    connection: Connection, council: Council, key: str, string: str, *, part: str, channel: str | None, now: datetime
) -> None:
    """`part` is what is in trouble; `channel` the one that the message must take, or none for each one's own."""
    wanted = [
        Notice(
            key=f"{key}:{now.isoformat()}:s{member.id}",
            purpose="trouble",
            string=string,
            lane=notices.SAFETY,
            expires_at=now + LASTS,
            fields={"part": part, "day": now.isoformat(), "time": now.isoformat()},
            staff_id=member.id,
            channel=channel,
        )
        for member in recipients(connection, council, now)
    ]
    notices.write_all(connection, council, wanted, now=now)
