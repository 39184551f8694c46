"""A quarter, half, three quarters and all of the hours: said once each, kindly, when the day's work is entered.

What an import brings was done before we knew of it, and is not announced. A correction takes nothing back, and nothing is
said twice. Only an officer ends an order, so all of the hours are "done", never "over".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import cursors, endings, hours, notices, sessions, tasks
from db import orders as orders_of
from db.council import LONDON, Council
from db.hours import Entry
from db.notices import Notice
from db.schema import hours as ledger
from db.schema import notices as notice_rows
from db.schema import orders, people

KEY = "milestone"
IMPORT = "import"  # the actor of rows that a file brought
SETTLED = time(18)  # from then on a day's marks are taken as they stand: before, a session may still end early
LOOK_BACK = timedelta(days=7)  # for rows posted while no clock ran
LASTS = timedelta(days=3)
ALL = 100


@dataclass(frozen=True, slots=True)
class Reached:
    """A step that an order has just come to, in per cent, with its minutes."""

    order_id: int
    person_id: int
    step: int
    done: int
    total: int


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes what is reached and not said yet; how many. Looks at the ledger only where something was added to it."""
    if not council.milestones:
        return 0
    local = now.astimezone(LONDON)
    until = local.date() if local.time() >= SETTLED else local.date() - timedelta(days=1)
    newest = connection.execute(select(func.max(ledger.c.id))).scalar()
    place = f"{until}:{newest}"
    if cursors.move(connection, "milestones") == place:
        return 0
    cursors.move(connection, "milestones", place)
    found = reached(connection, council.milestones, until=until, now=now)
    for one in found:
        if one.step == ALL:
            _hand_to_staff(connection, council, one, now)
    return len(notices.write_all(connection, council, [_notice(connection, one, now) for one in found], now=now))


def _hand_to_staff(connection: Connection, council: Council, one: Reached, now: datetime) -> None:
    """What they are told that a worker does: look at the hours, and say what happens next."""
    tasks.open_task(
        connection, key=endings.done_key(one.order_id), kind="hours_done", now=now, person_id=one.person_id,
        due_at=council.due_in_working_days(now, 1), owner_id=orders_of.responsible_for(connection, one.person_id),
    )  # fmt: skip


def reached(connection: Connection, steps: Sequence[int], *, until: date, now: datetime) -> list[Reached]:
    """The highest new step of each running order, by what was worked up to that day."""
    ids = _worked_on_lately(connection, now)
    said = _said(connection, ids.values())
    found = []
    accounts = hours.accounts(connection, ids) if ids else {}
    for order_id, (balance, entries) in accounts.items():
        work = [entry for entry in entries if entry.kind == "work" and entry.worked_on <= until]
        done = min(_credited(work), balance.total)
        step = highest(steps, done, balance.total)
        before = highest(steps, _credited(entry for entry in work if entry.actor == IMPORT), balance.total)
        if step > max(before, said.get(order_id, 0)):
            found.append(Reached(order_id, ids[order_id], step, done, balance.total))
    return found


def highest(steps: Iterable[int], done: int, total: int) -> int:
    """The highest of these steps that so many minutes come to; 0 for none."""
    return max((step for step in steps if total > 0 and done * 100 >= step * total), default=0)


def _credited(entries: Iterable[Entry]) -> int:
    return sum(entry.credited for entry in entries)


def _worked_on_lately(connection: Connection, now: datetime) -> dict[int, int]:
    """Running orders, with whose they are, of everybody for whom work was entered lately. A shared row counts for all of
    somebody's concurrent orders."""
    entered = (
        select(orders.c.person_id)
        .join(ledger, ledger.c.order_id == orders.c.id)
        .where(ledger.c.at > now - LOOK_BACK, ledger.c.kind == "work", ledger.c.actor != IMPORT)
    )
    query = (
        select(orders.c.id, orders.c.person_id)
        .join(people, people.c.id == orders.c.person_id)
        .where(orders.c.person_id.in_(entered), orders.c.status == "active")
        .where(people.c.mode.in_(("standard", "discreet")))  # nobody is made to ring us for a well done
        .order_by(orders.c.id)
    )
    return {row.id: row.person_id for row in connection.execute(query)}


def _said(connection: Connection, person_ids: Iterable[int]) -> dict[int, int]:
    """The highest step said of each order of theirs."""
    theirs = (notice_rows.c.purpose == KEY, notice_rows.c.person_id.in_(set(person_ids)))
    found: dict[int, int] = {}
    for key in connection.execute(select(notice_rows.c.key).where(*theirs)).scalars():
        order, step = key.removeprefix(f"{KEY}:o").split(":")
        found[int(order)] = max(int(step), found.get(int(order), 0))
    return found


def _key(order_id: int, step: int) -> str:
    return f"{KEY}:o{order_id}:{step}"


def _notice(connection: Connection, one: Reached, now: datetime) -> Notice:
    expires_at = now + LASTS
    fields: dict[str, Any] = {"done": one.done, "total": one.total, "left": one.total - one.done}
    string = "milestone.done"
    about: dict[str, Any] = {}
    if one.step < ALL:
        coming = sessions.coming_up(connection, one.person_id, now=now, limit=1)
        string = "milestone.step" if coming else "milestone.step_alone"
        for session in coming:
            fields |= session.starts
            expires_at, about = min(expires_at, session.starts_at), session.about
    return Notice(
        key=_key(one.order_id, one.step), purpose=KEY, string=string, lane=notices.REST, expires_at=expires_at,
        timing="routine", fields=fields, person_id=one.person_id, **about,
    )  # fmt: skip
