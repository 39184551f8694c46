"""Bookings: a person's place on a session, and what they said about coming."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from db import access, attendance, found, hours, notices, placing, sessions, tasks
from db.change import Change, ChangeError
from db.council import Council
from db.found import Order, Planned
from db.people import Person
from db.permissions import Actor
from db.prepared import Prepared
from db.schema import bookings, questions, reports
from db.schema import notices as notice_rows

_ANSWER = Prepared(
    bookings.update()
    .where(bookings.c.id == bindparam("booking"))
    .values(answer=bindparam("said"), answered_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A booking that staff made."""

    id: int
    planned: Planned
    person: Person
    order: Order


def place(change: Change, session: str, person: str, order: str | None) -> Placed:
    """Books a person on a session still to come, by their refs; without an order, on the one that it can only be.

    Nobody is texted of it: reminders find the booking by themselves. Raises ChangeError or Refused.
    """
    planned = found.session(change.connection, session)
    who = found.person(change.connection, person)
    change.require("booking.change", who.team)
    found.still_to_come(planned, change.now)
    if _standing(change.connection, planned, who) is not None:
        raise ChangeError(f'"{person}" is booked on "{session}" already; nothing was changed')
    placing.check(change.connection, planned, who)
    towards = order_for(change.connection, who, order)
    booking_id = book(
        change.connection, planned.id, who.id, towards.id, now=change.now, actor=change.actor.name,
        reason=change.why(session),
    )  # fmt: skip
    return Placed(booking_id, planned, who, towards)


def _standing(connection: Connection, planned: Planned, who: Person) -> int | None:
    theirs = (bookings.c.session_id == planned.id, bookings.c.person_id == who.id, bookings.c.status == "booked")
    return connection.execute(select(bookings.c.id).where(*theirs)).scalar()


def order_for(connection: Connection, who: Person, ref: str | None = None) -> Order:
    """The running order with minutes left that a booking counts towards."""
    if ref is not None:
        named = found.order(connection, ref, of=who)
        if named.status != "active":
            raise ChangeError(f'the order "{ref}" is {named.status}, and only an active one takes bookings; name another')
        if hours.balance(connection, named.id).left <= 0:
            raise ChangeError(f'the order "{ref}" has no minutes left; name another, or correct its hours first')
        return named
    active = found.active_orders(connection, who)
    if not active:
        raise ChangeError(f'"{who.ref}" has no active order; `turnup person {who.ref} --json` lists their orders')
    balances = hours.balances(connection, [one.id for one in active])
    unfinished = [one for one in active if balances[one.id].left > 0]
    if not unfinished:
        raise ChangeError(f'"{who.ref}" has no minutes left on an active order; correct its hours first, if that is wrong')
    if len(unfinished) > 1:
        refs = " or ".join(one.ref for one in unfinished)
        raise ChangeError(f'"{who.ref}" has more than one active order; name it with --order {refs}')
    return unfinished[0]


def book(
    connection: Connection,
    session_id: int,
    person_id: int,
    order_id: int,
    *,
    now: datetime,
    actor: str,
    reason: str | None = None,
) -> int:
    """Books, or books again; a booking that was cancelled gets a new version, so that reminders start afresh."""
    before = connection.execute(
        select(bookings.c.id, bookings.c.status).where(
            bookings.c.session_id == session_id, bookings.c.person_id == person_id
        )
    ).first()
    access.log(connection, actor, "booked", now=now, person_id=person_id, reason=reason)
    if before is None:
        values = {"session_id": session_id, "person_id": person_id, "order_id": order_id, "status": "booked"}
        statement = bookings.insert().values(**values, version=1, booked_at=now).returning(bookings.c.id)
        booking_id: int = connection.execute(statement).scalar_one()
        return booking_id
    if before.status == "cancelled":
        connection.execute(
            bookings.update()
            .where(bookings.c.id == before.id)
            .values(
                status="booked",
                order_id=order_id,
                version=bookings.c.version + 1,
                answer=None,
                answered_at=None,
                booked_at=now,
            )
        )
    return int(before.id)


def take_off(change: Change, session: str, person: str) -> Planned:
    """Takes a person off a session still to come, by their refs. Raises ChangeError or Refused."""
    planned = found.session(change.connection, session)
    who = found.person(change.connection, person)
    change.require("booking.change", who.team)
    found.still_to_come(planned, change.now)
    booking_id = _standing(change.connection, planned, who)
    if booking_id is None:
        raise ChangeError(f'"{person}" is not booked on "{session}"; nothing was changed')
    unbook(
        change.connection, change.council, booking_id, now=change.now, actor=change.actor.name, tell=True,
        reason=change.why(session),
    )  # fmt: skip
    return planned


def unbook(
    connection: Connection,
    council: Council,
    booking_id: int,
    *,
    now: datetime,
    actor: str,
    tell: bool,
    reason: str | None = None,
) -> None:
    """Takes a person off a session: what waits about it is taken back, and they hear that it is off for them (S27)."""
    one = sessions.booked(connection, booking_id)
    if one is not None:
        attendance.forget(Change(connection, council, now, Actor(actor)), one.session_id, booking_id)
    connection.execute(
        bookings.update()
        .where(bookings.c.id == booking_id)
        .values(status="cancelled", version=bookings.c.version + 1, answer=None, answered_at=None)
    )
    about = notice_rows.c.booking_id == booking_id
    notices.withdraw(connection, about, status="superseded", why="unbooked", now=now)
    _nothing_open(connection, booking_id, now)
    if one is not None:
        access.log(connection, actor, "unbooked", now=now, person_id=one.person_id, reason=reason)
        if tell:
            sessions.tell_off(connection, council, one, now=now, version=one.session_version)


def _nothing_open(connection: Connection, booking_id: int, now: datetime) -> None:
    """Nothing is asked of the person about it any more, and nobody has to decide on what they reported."""
    asked = (questions.c.booking_id == booking_id, questions.c.closed_at.is_(None))
    connection.execute(questions.update().where(*asked).values(closed_at=now))
    stands = (reports.c.booking_id == booking_id, reports.c.withdrawn_at.is_(None))
    connection.execute(reports.update().where(*stands).values(withdrawn_at=now))
    tasks.close(connection, f"absence:b{booking_id}", now=now)


def answer(connection: Connection, booking_id: int, said: str | None, *, now: datetime) -> None:
    """What the person last said; the history stands in the access log and the reports."""
    _ANSWER.run(connection, {"booking": booking_id, "said": said, "now": now})
