"""Who has put a session in their phone's calendar: what changes it brings a new file along, so that the entry follows."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from db.schema import notices

FILE = "session.calendar"
"""The string that a person who asks for the file gets with it."""


def kept(connection: Connection, booking_ids: Collection[int]) -> set[int]:
    """Those of these bookings whose file was asked for."""
    asked = (notices.c.booking_id.in_(list(booking_ids)), notices.c.string == FILE)
    return set(connection.execute(select(notices.c.booking_id).where(*asked)).scalars())
