"""An order that ends: one kind text, then silence. A deadline that goes by: the officer is told, and nobody is scolded.

What ended is a decision of the court or of an officer; here it is only followed up. Bookings stay until staff take them off.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from db import access, hours, notices, tasks, threads
from db.council import LONDON, Council
from db.notices import Notice
from db.people import OUT_OF_REACH
from db.placing import ENDED
from db.schema import bookings, orders, people, sessions, telegram_links
from db.schema import notices as notice_rows
from db.schema import tasks as task_rows

TOLD_KINDLY = ("completed", "discharged")
FOLLOW_UP = 1  # working days
TELL_WITHIN = timedelta(days=3)
UNLINK_AFTER = timedelta(days=14)  # the last words are read and answered by then
WARN_BEFORE = timedelta(days=28)  # time enough to ask the court for more
DEADLINE = "deadline"
CLOCK = "clock"

_STATUSES = select(orders.c.status).where(orders.c.person_id == bindparam("person"))


@dataclass(frozen=True, slots=True)
class Ending:
    """An order whose status was changed. `before` is None for one that is new to the record."""

    order_id: int
    person_id: int
    before: str | None
    after: str


def follow(connection: Connection, council: Council, ending: Ending, *, tell: bool, now: datetime) -> None:
    """What a new status brings with it. Historic orders that come in ended, and `tell` False, say nothing to anyone."""
    over, was_over = ending.after in ENDED, ending.before in ENDED
    if over != was_over:
        moment = now if over else None
        connection.execute(orders.update().where(orders.c.id == ending.order_id).values(ended_at=moment))
    if was_over and not over:
        _take_back(connection, ending, now)
    if ending.before is None or ending.before == ending.after:
        return
    if over:
        tasks.close(connection, done_key(ending.order_id), now=now)
    if over or ending.after in OUT_OF_REACH:
        _hand_to_staff(connection, council, ending, now)
    if over and _is_all_over(connection, ending.person_id):
        threads.close_all(connection, ending.person_id, actor=CLOCK, now=now)
    if tell and ending.after in TOLD_KINDLY and not _goes_on(connection, ending.person_id):
        _say(connection, council, ending, now)


def done_key(order_id: int) -> str:
    """Of the task to look at an order whose hours are all done: whether it is over is for an officer to say."""
    return f"hours_done:o{order_id}"


def still_booked(connection: Connection, order_id: int, *, now: datetime) -> int:
    """How many sessions to come are booked towards it."""
    query = (
        select(func.count())
        .select_from(bookings.join(sessions, sessions.c.id == bookings.c.session_id))
        .where(bookings.c.order_id == order_id, bookings.c.status == "booked")
        .where(sessions.c.status == "planned", sessions.c.starts_at > now)
    )
    return int(connection.execute(query).scalar_one())


def _goes_on(connection: Connection, person_id: int) -> bool:
    """Whether another order of theirs is not over, or they have died."""
    statuses = connection.execute(_STATUSES, {"person": person_id}).scalars()
    return any(status not in ENDED or status in OUT_OF_REACH for status in statuses)


def _is_all_over(connection: Connection, person_id: int) -> bool:
    return all(status in ENDED for status in connection.execute(_STATUSES, {"person": person_id}).scalars())


def _hand_to_staff(connection: Connection, council: Council, ending: Ending, now: datetime) -> None:
    due = council.due_in_working_days(now, FOLLOW_UP)
    about: dict[str, Any] = {"person_id": ending.person_id, "klass": ending.after, "now": now, "due_at": due}
    if still_booked(connection, ending.order_id, now=now):
        tasks.open_task(connection, key=f"still_booked:o{ending.order_id}", kind="still_booked", **about)
    if ending.after == "transferred":
        tasks.open_task(connection, key=f"hand_over:o{ending.order_id}", kind="hand_over", **about)


def _say(connection: Connection, council: Council, ending: Ending, now: datetime) -> None:
    notice = Notice(
        key=f"ended:p{ending.person_id}:{now.isoformat()}",
        purpose="ended",
        string="order.ended",
        lane=notices.REST,
        timing="routine",
        expires_at=now + TELL_WITHIN,
        person_id=ending.person_id,
    )
    notices.write(connection, council, notice, now=now)


def _take_back(connection: Connection, ending: Ending, now: datetime) -> None:
    """It goes on after all: what has not been said of its end is not said."""
    unsaid = (notice_rows.c.person_id == ending.person_id, notice_rows.c.purpose == "ended")
    notices.withdraw(connection, *unsaid, status="cancelled", why="order_goes_on", now=now)


def look(connection: Connection, council: Council, *, now: datetime) -> None:
    """Deadlines that come near or went by, and chats whose people have finished."""
    _deadlines(connection, council, now)
    _unlink(connection, now)


def _deadlines(connection: Connection, council: Council, now: datetime) -> None:
    """A task for the officer, once when the date is near and once when it has gone by, where hours are left."""
    today = now.astimezone(LONDON).date()
    query = (
        select(orders.c.id, orders.c.person_id, orders.c.complete_by, orders.c.responsible_officer_id)
        .where(orders.c.status == "active", orders.c.complete_by <= today + WARN_BEFORE)
        .order_by(orders.c.id)
    )
    due = {_key(row.id, row.complete_by < today): row for row in connection.execute(query)}
    new = due.keys() - _ever_opened(connection, due)
    left = hours.balances(connection, [due[key].id for key in new]) if new else {}
    for key in sorted(new):
        row = due[key]
        if left[row.id].left > 0:
            tasks.open_task(
                connection, key=key, kind=DEADLINE, klass="past" if row.complete_by < today else "near", now=now,
                due_at=council.due_in_working_days(now, FOLLOW_UP), person_id=row.person_id,
                owner_id=row.responsible_officer_id,
            )  # fmt: skip


def _key(order_id: int, is_past: bool) -> str:
    return f"{DEADLINE}:{'past' if is_past else 'near'}:o{order_id}"


def _ever_opened(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys that a task has had, open or done: a settled deadline is not raised again."""
    query = select(task_rows.c.key).where(task_rows.c.kind == DEADLINE)
    return set(connection.execute(query).scalars()) & set(keys)


def _unlink(connection: Connection, now: datetime) -> None:
    """Chats of people who have been finished for a while. Staff link a new one if there is a new order."""
    for person_id in finished(connection, before=now - UNLINK_AFTER):
        link = telegram_links.c
        live = (link.person_id == person_id, link.ended_at.is_(None))
        ended = connection.execute(telegram_links.update().where(*live).values(ended_at=now))
        if ended.rowcount:
            access.log(connection, CLOCK, "unlinked", now=now, person_id=person_id, reason="no order runs any more")


def finished(connection: Connection, *, before: datetime) -> list[int]:
    """People whose last order ended before that moment, by id."""
    over = (
        select(orders.c.person_id)
        .group_by(orders.c.person_id)
        .having(func.count() == func.count(orders.c.ended_at), func.max(orders.c.ended_at) < before)
    )
    return list(connection.execute(select(people.c.id).where(people.c.id.in_(over)).order_by(people.c.id)).scalars())
