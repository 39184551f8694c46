"""Who has put a session in their phone's calendar: what changes it brings a new file along, so that the entry follows."""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from db.given import among
from db.prepared import Prepared
from db.schema import notices

FILE = "session.calendar"
"""The string that a person who asks for the file gets with it."""
_KEPT = Prepared(
    select(notices.c.booking_id).where(among(notices.c.booking_id, "ids"), notices.c.string == bindparam("file"))
)


def kept(connection: Connection, booking_ids: Collection[int]) -> set[int]:
    """Those of these bookings whose file was asked for."""
    return {row[0] for row in _KEPT.all(connection, {"ids": set(booking_ids), "file": FILE})}
