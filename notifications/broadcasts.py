"""What time alone brings a broadcast: the end of its hold, each morning of a closure that goes on, silence, and its end."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from db import announcing, broadcast_report, broadcasts, notices, sessions, tasks
from db.broadcasts import Broadcast
from db.change import Change
from db.council import LONDON, Council, at_minute
from db.notices import Notice
from db.permissions import Actor
from db.schema import bookings, broadcast_people, deliveries
from db.schema import broadcasts as rows
from db.schema import notices as notice_rows
from db.schema import sessions as session_rows
from db.sessions import CLOSURE_WITHIN

ASKING = ("moved", "place")
UNPROVEN_FOR = timedelta(minutes=20)  # without a receipt, after which somebody rings
LEAST = timedelta(hours=1)  # before the start, less than which nobody is asked again
LOOK_BACK = timedelta(days=7)  # for what was due while no clock ran


def tick(connection: Connection, council: Council, *, now: datetime) -> None:
    for broadcast_id in announcing.due(connection, now=now):
        change = Change(connection, council, now, Actor("clock"))
        one = broadcasts.by_id(connection, broadcast_id, hold=True)
        if one.status != "held":
            continue  # somebody stopped it just now
        _tell_its_maker(change, one, begun=announcing.begin(announcing.as_maker(change, one), broadcast_id))
    _say_again(connection, council, now)
    _chase(connection, council, now)
    _ring_the_unproven(connection, now)
    announcing.finish(connection, now=now)


def _under_way(connection: Connection, *conditions: ColumnElement[bool]) -> list[int]:
    """Broadcasts of which something went out. They are few beside the people in them, so they are looked for first."""
    query = select(rows.c.id).where(rows.c.status.in_(("sending", "done")), *conditions)
    return list(connection.execute(query).scalars())


def _tell_its_maker(change: Change, one: Broadcast, *, begun: bool) -> None:
    if one.staff_id is None:
        return
    people = broadcast_report.report(announcing.as_maker(change, one), one).people if begun else 0
    offers: list[Any] = (
        [[(f"button.broadcast.{word}", {}, f"c:{one.id}::{word}")] for word in ("report", "halt")] if begun else []
    )
    notice = Notice(
        key=f"broadcast:{one.id}:{'begun' if begun else 'failed'}",
        purpose="broadcast",
        string="broadcast.begun" if begun else "broadcast.failed",
        lane=notices.CHANGE,
        expires_at=change.now + timedelta(hours=4),
        fields={"broadcast": str(one.id), "what": one.kind, "people": str(people), "buttons": offers},
        staff_id=one.staff_id,
    )
    notices.write(change.connection, change.council, notice, now=change.now)


def _say_again(connection: Connection, council: Council, now: datetime) -> None:
    """Each morning that a closure goes on, to whoever would have come on that day."""
    today = now.astimezone(LONDON).date()
    if now < at_minute(today, council.off_from):
        return
    midnight, tomorrow = at_minute(today, 0), at_minute(today + timedelta(days=1), 0)
    going_on = _under_way(connection, rows.c.again_until >= today, rows.c.begun_at < midnight)
    query = (
        select(broadcast_people.c.booking_id, broadcast_people.c.broadcast_id)
        .join(bookings, bookings.c.id == broadcast_people.c.booking_id)
        .join(session_rows, session_rows.c.id == bookings.c.session_id)
        .where(broadcast_people.c.broadcast_id.in_(going_on))
        .where(session_rows.c.status == "cancelled", bookings.c.status == "booked")
        .where(session_rows.c.starts_at > now, session_rows.c.starts_at < tomorrow, session_rows.c.starts_at >= midnight)
    )
    for booking_id, broadcast_id in connection.execute(query).all() if going_on else []:
        again = sessions.off_again(connection, booking_id, key=f"again:{broadcast_id}:b{booking_id}:{today}", now=now)
        notices.write_all(connection, council, [again] if again else [], now=now)


def _chase(connection: Connection, council: Council, now: datetime) -> None:
    """Who was told that a session moved and has not said whether they come is asked once more, once."""
    asked_by = now - timedelta(hours=council.chase)
    lately = _under_way(
        connection, rows.c.kind.in_(ASKING), rows.c.begun_at <= asked_by, rows.c.begun_at > asked_by - LOOK_BACK
    )
    silent = (
        select(broadcast_people.c.id, bookings.c.id.label("booking_id"))
        .join(bookings, bookings.c.id == broadcast_people.c.booking_id)
        .join(session_rows, session_rows.c.id == bookings.c.session_id)
        .join(notice_rows, notice_rows.c.id == broadcast_people.c.notice_id)
        .where(broadcast_people.c.broadcast_id.in_(lately), broadcast_people.c.chased_at.is_(None))
        .where(notice_rows.c.status == "told")
        .where(bookings.c.answer.is_(None), bookings.c.status == "booked", session_rows.c.status == "planned")
        .where(session_rows.c.version == notice_rows.c.session_version, session_rows.c.starts_at > now + LEAST)
    )
    found = connection.execute(silent).all() if lately else []
    asked = {one.booking_id: one for one in sessions.booked_all(connection, [row.booking_id for row in found])}
    for row in found:
        connection.execute(broadcast_people.update().where(broadcast_people.c.id == row.id).values(chased_at=now))
    wanted = [_ask(asked[row.booking_id], row.id, now) for row in found if row.booking_id in asked]
    notices.write_all(connection, council, wanted, now=now)


def _ask(one: sessions.Booked, row_id: int, now: datetime) -> Notice:
    return Notice(
        key=f"chase:{row_id}",
        purpose="broadcast",
        string="ask.coming",
        lane=notices.REMINDER,
        expires_at=one.starts_at,
        timing="closure" if one.starts_at - now < CLOSURE_WITHIN else "timely",
        fields=one.starts,
        person_id=one.person_id,
        **one.about,
    )


def _ring_the_unproven(connection: Connection, now: datetime) -> None:
    """A change on the same day of which no receipt says that it arrived: somebody has to ring, before the start."""
    proven = exists().where(deliveries.c.notice_id == notice_rows.c.id, deliveries.c.status == "delivered")
    task_is_there = broadcast_people.c.left_out.is_(None)
    query = (
        select(broadcast_people.c.id, broadcast_people.c.person_id, session_rows.c.starts_at)
        .join(rows, rows.c.id == broadcast_people.c.broadcast_id)
        .join(notice_rows, notice_rows.c.id == broadcast_people.c.notice_id)
        .join(session_rows, session_rows.c.id == notice_rows.c.session_id)
        .where(rows.c.status.in_(("sending", "done")), rows.c.kind.in_(broadcasts.OF_SESSIONS), task_is_there)
        .where(notice_rows.c.told_at <= now - UNPROVEN_FOR, notice_rows.c.status == "told", ~proven)
        .where(session_rows.c.starts_at > now, session_rows.c.starts_at <= now + CLOSURE_WITHIN)
    )
    found: list[Any] = list(connection.execute(query).all())
    due = {row.person_id: row.starts_at for row in found}
    tasks.open_for(connection, due, kind="not_reached", klass="no_receipt", now=now)
    for row in found:
        listed = broadcast_people.update().where(broadcast_people.c.id == row.id)
        connection.execute(listed.values(left_out="no_receipt"))
