"""The ledger of hours: rows are added, never changed, and what is left is reckoned from them alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select

from db import rules
from db.prepared import Prepared
from db.schema import hours, orders


@dataclass(frozen=True, slots=True)
class Balance:
    """Where one order stands, in minutes. `left` can be below 0 only where a historic record credited too much."""

    imposed: int
    adjusted: int
    credited: int
    other_credited: int
    other_allocated: int
    counted_up_to: date

    @property
    def total(self) -> int:
        return self.imposed + self.adjusted

    @property
    def left(self) -> int:
        return self.total - self.credited

    @property
    def other_left(self) -> int:
        """Other activity still open: the least of what the officer allocated, 30 % and 30 hours (s.227K(2))."""
        return min(self.other_allocated, rules.other_activity_cap(self.total)) - self.other_credited


# Orders made concurrent are always of one person.
_whose = select(orders.c.person_id).where(orders.c.id.in_(bindparam("ids", expanding=True)))
_theirs = orders.alias("theirs")
_LEDGER = Prepared(
    select(
        _theirs.c.id, _theirs.c.imposed_on, _theirs.c.imposed_minutes, _theirs.c.other_activity_minutes,
        _theirs.c.concurrent_with_id, hours.c.kind, hours.c.activity, hours.c.worked_on, hours.c.credited_minutes,
    )
    .outerjoin(hours, hours.c.order_id == _theirs.c.id)
    .where(_theirs.c.person_id.in_(_whose))
)  # fmt: skip

Entry = tuple[str, str, date, int]


def balances(connection: Connection, order_ids: Iterable[int]) -> dict[int, Balance]:
    """Each order's balance. Hours worked after the later of two concurrent orders count for both (s.227N)."""
    wanted = list(order_ids)
    group: dict[int, _Order] = {}
    entries: dict[int, list[Entry]] = defaultdict(list)
    for order_id, *order, kind, activity, worked_on, credited in _LEDGER.all(connection, {"ids": wanted}):
        group[order_id] = _Order(*order)
        if kind is not None:
            entries[order_id].append((kind, activity, worked_on, credited))
    return {order_id: _balance(order_id, group, entries) for order_id in wanted}


def balance(connection: Connection, order_id: int) -> Balance:
    return balances(connection, [order_id])[order_id]


@dataclass(frozen=True, slots=True)
class _Order:
    imposed_on: date
    imposed_minutes: int
    other_activity_minutes: int
    concurrent_with_id: int | None


def _balance(order_id: int, group: dict[int, _Order], entries: dict[int, list[Entry]]) -> Balance:
    order = group[order_id]
    credited = other = adjusted = 0
    latest = order.imposed_on
    for source_id, source in group.items():
        if source_id != order_id and not _concurrent(order_id, order, source_id, source):
            continue
        since = max(order.imposed_on, source.imposed_on)
        for kind, activity, worked_on, minutes in entries[source_id]:
            if kind == "adjustment":
                adjusted += minutes if source_id == order_id else 0
            elif source_id == order_id or worked_on >= since:
                credited += minutes
                other += minutes if activity == "other_activity" else 0
                latest = max(latest, worked_on)
    return Balance(order.imposed_minutes, adjusted, credited, other, order.other_activity_minutes, latest)


def _concurrent(one_id: int, one: _Order, other_id: int, other: _Order) -> bool:
    return one.concurrent_with_id == other_id or other.concurrent_with_id == one_id


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger holds for one ref after its corrections, in minutes."""

    worked: int
    credited: int


def standing(connection: Connection, ref: str) -> Standing | None:
    """None where nothing was posted, or all of it was taken back."""
    totals = select(func.sum(hours.c.worked_minutes), func.sum(hours.c.credited_minutes), func.count())
    worked, credited, rows = connection.execute(totals.where(hours.c.ref == ref)).one()
    return Standing(int(worked), int(credited)) if rows and (worked or credited) else None


def add(
    connection: Connection,
    ref: str,
    *,
    order_id: int,
    worked_on: date,
    worked: int,
    credited: int,
    activity: str,
    placement_id: int | None,
    note: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Posts minutes under a ref; what stood there has to be taken back first. How many count is the caller's to say."""
    connection.execute(
        hours.insert().values(
            ref=ref, seq=_next_seq(connection, ref), order_id=order_id, kind="work", worked_on=worked_on,
            worked_minutes=worked, credited_minutes=credited, activity=activity, placement_id=placement_id, note=note,
            actor=actor, at=now,
        )
    )  # fmt: skip


def take_back(connection: Connection, ref: str, *, actor: str, now: datetime) -> None:
    """One row that undoes what stands under the ref."""
    newest = select(hours).where(hours.c.ref == ref, hours.c.worked_minutes >= 0).order_by(hours.c.seq.desc()).limit(1)
    row = dict(connection.execute(newest).mappings().one(), seq=_next_seq(connection, ref), actor=actor, at=now)
    del row["id"]
    row["worked_minutes"], row["credited_minutes"] = -row["worked_minutes"], -row["credited_minutes"]
    connection.execute(hours.insert().values(**row))


def _next_seq(connection: Connection, ref: str) -> int:
    last = connection.execute(select(func.max(hours.c.seq)).where(hours.c.ref == ref)).scalar()
    return 0 if last is None else int(last) + 1
