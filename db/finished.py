"""Who has lately done all their hours: to them, and of that alone, something may still be said unasked."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from db import hours
from db.council import LONDON
from db.schema import hours as ledger
from db.schema import orders

LATELY = timedelta(days=14)
TOGETHER = 500  # orders whose ledgers are read in one statement

_running = orders.alias("running")
_counted = (
    select(func.sum(case((ledger.c.kind == "work", ledger.c.credited_minutes), else_=-ledger.c.credited_minutes)))
    .where(ledger.c.order_id == orders.c.id)
    .scalar_subquery()
)
# Of orders made concurrent only the ledgers of both can tell.
_named = select(_running.c.concurrent_with_id).where(_running.c.concurrent_with_id.is_not(None))
_concurrent = orders.c.concurrent_with_id.is_not(None) | orders.c.id.in_(_named)
_MAY_BE_DONE = or_(orders.c.status == "completed", _counted >= orders.c.imposed_minutes, _concurrent)
_COUNTS = and_(orders.c.status.in_(("active", "completed")), or_(orders.c.kind != "fiscal_work_order", orders.c.messages_on))


def lately(connection: Connection, *, now: datetime, person_ids: Collection[int] | None = None) -> Mapping[int, int]:
    """The order whose hours were the last to be done, by person: done on an earlier day, at most `LATELY` ago.

    Nobody with hours left on another order is among them. An order that was ended otherwise counts for nothing.
    """
    today = now.astimezone(LONDON).date()
    since = today - LATELY
    wanted = [_COUNTS, _MAY_BE_DONE, _worked_since(since)]
    if person_ids is not None:
        wanted.append(orders.c.person_id.in_(list(person_ids)))
    query = select(orders.c.id, orders.c.person_id, orders.c.status, orders.c.ended_at).where(*wanted)
    found = connection.execute(query.order_by(orders.c.id)).all()
    balances: dict[int, hours.Balance] = {}
    for n in range(0, len(found), TOGETHER):
        balances |= hours.balances(connection, [row.id for row in found[n : n + TOGETHER]])
    done: dict[int, tuple[date, int]] = {}
    for row in found:
        balance = balances[row.id]
        ended = row.ended_at.astimezone(LONDON).date() if row.ended_at else balance.counted_up_to
        day = max(balance.counted_up_to, ended)
        if (row.status == "completed" or balance.left <= 0) and since <= day < today:
            done[row.person_id] = max((day, row.id), done.get(row.person_id, (day, row.id)))
    at_work = _with_hours_left(connection, done)
    return {person_id: order_id for person_id, (_, order_id) in done.items() if person_id not in at_work}


def _worked_since(since: date) -> ColumnElement[bool]:
    ended = datetime.combine(since, datetime.min.time(), LONDON)
    theirs = ledger.join(_running, _running.c.id == ledger.c.order_id)
    worked = exists().select_from(theirs).where(_running.c.person_id == orders.c.person_id, ledger.c.worked_on >= since)
    return or_(worked, orders.c.ended_at >= ended)


def _with_hours_left(connection: Connection, person_ids: Collection[int]) -> set[int]:
    """Those who have another order that still runs, or may again."""
    if not person_ids:
        return set()
    query = select(orders.c.id, orders.c.person_id).where(
        orders.c.person_id.in_(list(person_ids)), orders.c.status.in_(("active", "suspended", "breached", "custody"))
    )
    running = {row.id: row.person_id for row in connection.execute(query)}
    balances = hours.balances(connection, running) if running else {}
    return {running[order_id] for order_id, balance in balances.items() if balance.left > 0}
