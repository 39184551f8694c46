"""Who is known to have known of a session as it stands: by a message that arrived before its start, or by their own word.

Said to staff where it cannot be shown of somebody who missed one. A fact for whoever decides; it decides nothing.
"""

from collections.abc import Collection

from sqlalchemy import Connection, exists, or_, select

from db.given import among
from db.schema import bookings, deliveries, notices, reports, sessions

NAMING = ("reminder", "moved", "broadcast", "reply")
"""The purposes of notices that, where they are about a booking, name its session."""
CONFIRMED = "coming.confirmed"  # the answer to who has said that they are coming

_of_it = (
    notices.c.booking_id == bookings.c.id,
    notices.c.booking_version == bookings.c.version,
    notices.c.session_version == sessions.c.version,
)
_arrived = (
    exists()
    .where(*_of_it, notices.c.purpose.in_(NAMING), deliveries.c.notice_id == notices.c.id)
    .where(deliveries.c.action != "delete", deliveries.c.status == "delivered")
    .where(deliveries.c.final_at <= sessions.c.starts_at)
)
_confirmed = exists().where(*_of_it, notices.c.string == CONFIRMED, notices.c.created_at <= sessions.c.starts_at)
_answered = bookings.c.answer.is_not(None) & (bookings.c.answered_at <= sessions.c.starts_at)
# What they say after they were asked why they were not there shows nothing of what they knew.
_asked = exists().where(
    notices.c.booking_id == reports.c.booking_id, notices.c.purpose == "missed", notices.c.created_at <= reports.c.at
)
_reported = exists().where(
    reports.c.booking_id == bookings.c.id, reports.c.withdrawn_at.is_(None), reports.c.at >= bookings.c.booked_at, ~_asked
)
_AWARE = (
    select(bookings.c.id)
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .where(among(bookings.c.id, "ids"), or_(_answered, _reported, _confirmed, _arrived))
)


def known(connection: Connection, booking_ids: Collection[int]) -> set[int]:
    """Those of these bookings whose people are known to have known of them, by the start.

    A receipt says that a text arrived; of Telegram, which sends none, it is enough that it took the message.
    """
    return set(connection.execute(_AWARE, {"ids": booking_ids}).scalars()) if booking_ids else set()


def is_known(connection: Connection, booking_id: int) -> bool:
    return booking_id in known(connection, [booking_id])
