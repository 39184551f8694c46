"""The ledger of hours: rows are added, never changed, and what is left is reckoned from them alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from db import rules
from db.given import among, pack, rows
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
    def other_most(self) -> int:
        """The most other activity: the least of what the officer allocated, 30 % and 30 hours (s.227K(2))."""
        return min(self.other_allocated, rules.other_activity_cap(self.total))

    @property
    def other_left(self) -> int:
        return self.other_most - self.other_credited


_theirs = orders.alias("theirs")
_LEDGER = select(
    _theirs.c.id, _theirs.c.person_id, _theirs.c.kind, _theirs.c.status, _theirs.c.messages_on, _theirs.c.imposed_on,
    _theirs.c.imposed_minutes, _theirs.c.other_activity_minutes, _theirs.c.concurrent_with_id, hours.c.kind,
    hours.c.activity, hours.c.worked_on, hours.c.worked_minutes, hours.c.credited_minutes, hours.c.seq, hours.c.actor,
).outerjoin(hours, hours.c.order_id == _theirs.c.id)  # fmt: skip
_OF_PEOPLE = Prepared(_LEDGER.where(among(_theirs.c.person_id, "ids")))


def _of_owners(connection: Connection) -> Any:
    """Orders made concurrent are always of one person, so all orders of those whose these are."""
    given = rows(connection.dialect.name, id=BigInteger)
    return _LEDGER.where(_theirs.c.person_id.in_(select(orders.c.person_id).join(given, given.c.id == orders.c.id)))


_OF_ORDERS = Prepared(_of_owners)
_whose = select(orders.c.person_id).where(orders.c.id == bindparam("order")).scalar_subquery()
_OF_ORDER = Prepared(_LEDGER.where(_theirs.c.person_id == _whose))


class Entry(NamedTuple):
    """A row of the ledger, its minutes as posted. With a `seq` above 0 it corrects an earlier row."""

    kind: str
    activity: str
    worked_on: date
    worked: int
    credited: int
    seq: int
    actor: str


class _Ledger:
    """The orders of some people, with what was entered for each. `about`: whose each is, its kind, status, messages on."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.about: dict[int, tuple[Any, ...]] = {}
        self._orders: dict[int, dict[int, Order]] = defaultdict(dict)  # by whose they are
        self._entries: dict[int, list[Entry]] = defaultdict(list)
        for row in rows:
            self.about[row[0]] = row[1:5]
            self._orders[row[1]][row[0]] = Order(*row[5:9])
            if row[9] is not None:
                self._entries[row[0]].append(Entry._make(row[9:]))

    def counting(self, order_id: int) -> Iterator[Entry]:
        """What counts for that order. Orders made concurrent are always of one person."""
        return _counting(order_id, self._orders[self.about[order_id][0]], self._entries)

    def balance(self, order_id: int, counted: Iterable[Entry] | None = None) -> Balance:
        order = self._orders[self.about[order_id][0]][order_id]
        return balance_of(order, self.counting(order_id) if counted is None else counted)


def _of_orders(connection: Connection, ids: list[int]) -> _Ledger:
    if len(ids) == 1:
        return _Ledger(_OF_ORDER.all(connection, {"order": ids[0]}))
    return _Ledger(_OF_ORDERS.all(connection, pack([[order_id] for order_id in ids])))


def balances(connection: Connection, order_ids: Iterable[int]) -> dict[int, Balance]:
    """Each order's balance. Hours worked after the later of two concurrent orders count for both (s.227N)."""
    wanted = list(order_ids)
    ledger = _of_orders(connection, wanted)
    return {order_id: ledger.balance(order_id) for order_id in wanted}


@dataclass(frozen=True, slots=True)
class Account:
    """An order of a person, with what is left of it."""

    person_id: int
    kind: str
    status: str
    messages_on: bool
    balance: Balance


def of_people(connection: Connection, person_ids: Iterable[int]) -> dict[int, Account]:
    """All orders of these people, by id."""
    return ask_of_people(connection, person_ids)()


def ask_of_people(connection: Connection, person_ids: Iterable[int]) -> Callable[[], dict[int, Account]]:
    """As `of_people`; may stand among questions put `together`."""
    rows = _OF_PEOPLE.ask(connection, {"ids": person_ids})
    return lambda: _accounts(_Ledger(rows()))


def _accounts(ledger: _Ledger) -> dict[int, Account]:
    return {
        id_: Account(person_id, kind, status, messages_on, ledger.balance(id_))
        for id_, (person_id, kind, status, messages_on) in ledger.about.items()
    }


def balance(connection: Connection, order_id: int) -> Balance:
    return balances(connection, [order_id])[order_id]


def accounts(connection: Connection, order_ids: Iterable[int]) -> dict[int, tuple[Balance, list[Entry]]]:
    """As `balances`, each with what it was reckoned from, by the day worked."""
    wanted = list(order_ids)
    ledger = _of_orders(connection, wanted)
    found = {order_id: sorted(ledger.counting(order_id), key=_day) for order_id in wanted}
    return {order_id: (ledger.balance(order_id, counted), counted) for order_id, counted in found.items()}


@dataclass(frozen=True, slots=True)
class Order:
    """What of an order decides its hours."""

    imposed_on: date
    imposed_minutes: int
    other_activity_minutes: int
    concurrent_with_id: int | None


def _counting(order_id: int, group: dict[int, Order], entries: dict[int, list[Entry]]) -> Iterator[Entry]:
    order = group[order_id]
    for source_id, source in group.items():
        if source_id != order_id and not _concurrent(order_id, order, source_id, source):
            continue
        since = max(order.imposed_on, source.imposed_on)
        for entry in entries[source_id]:
            if source_id == order_id or (entry.kind == "work" and entry.worked_on >= since):
                yield entry


def _day(entry: Entry) -> tuple[date, int]:
    return entry.worked_on, entry.seq


def balance_of(order: Order, counted: Iterable[Entry]) -> Balance:
    """Where an order stands by these rows of the ledger."""
    credited = other = adjusted = 0
    latest = order.imposed_on
    for entry in counted:
        if entry.kind == "adjustment":
            adjusted += entry.credited
            continue
        credited += entry.credited
        other += entry.credited if entry.activity == "other_activity" else 0
        latest = max(latest, entry.worked_on)
    return Balance(order.imposed_minutes, adjusted, credited, other, order.other_activity_minutes, latest)


def _concurrent(one_id: int, one: Order, other_id: int, other: Order) -> bool:
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
