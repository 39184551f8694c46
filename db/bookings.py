"""Bookings: a person's place on a session, and what they said about coming."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from db import access, notices, sessions
from db.council import Council
from db.schema import bookings
from db.schema import notices as notice_rows

_ANSWER = (
    bookings.update()
    .where(bookings.c.id == bindparam("booking"))
    .values(answer=bindparam("said"), answered_at=bindparam("now"))
)


def book(connection: Connection, session_id: int, person_id: int, order_id: int, *, now: datetime, actor: str) -> int:
    """Books, or books again; a booking that was cancelled gets a new version, so that reminders start afresh."""
    found = connection.execute(
        select(bookings.c.id, bookings.c.status).where(
            bookings.c.session_id == session_id, bookings.c.person_id == person_id
        )
    ).first()
    access.log(connection, actor, "booked", now=now, person_id=person_id)
    if found is None:
        values = {"session_id": session_id, "person_id": person_id, "order_id": order_id, "status": "booked"}
        statement = bookings.insert().values(**values, version=1, booked_at=now).returning(bookings.c.id)
        booking_id: int = connection.execute(statement).scalar_one()
        return booking_id
    if found.status == "cancelled":
        connection.execute(
            bookings.update()
            .where(bookings.c.id == found.id)
            .values(
                status="booked",
                order_id=order_id,
                version=bookings.c.version + 1,
                answer=None,
                answered_at=None,
                booked_at=now,
            )
        )
    return int(found.id)


def unbook(connection: Connection, council: Council, booking_id: int, *, now: datetime, actor: str, tell: bool) -> None:
    """Takes a person off a session: what waits about it is taken back, and they hear that it is off for them (S27)."""
    one = sessions.booked(connection, booking_id)
    connection.execute(
        bookings.update()
        .where(bookings.c.id == booking_id)
        .values(status="cancelled", version=bookings.c.version + 1, answer=None, answered_at=None)
    )
    about = notice_rows.c.booking_id == booking_id
    notices.withdraw(connection, about, status="superseded", why="unbooked", now=now)
    if one is not None:
        access.log(connection, actor, "unbooked", now=now, person_id=one.person_id)
        if tell:
            sessions.tell_off(connection, council, one, now=now, version=one.session_version)


def answer(connection: Connection, booking_id: int, said: str | None, *, now: datetime) -> None:
    """What the person last said; the history stands in the access log and the reports."""
    connection.execute(_ANSWER, {"booking": booking_id, "said": said, "now": now})
