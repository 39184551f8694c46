"""What a change is about, found by its ref."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db import people as who
from db.change import ChangeError
from db.people import Person, Staff
from db.schema import orders, placements, sessions
from db.schema import people as people_rows


@dataclass(frozen=True, slots=True)
class Place:
    id: int
    ref: str
    nickname: str
    team: str
    women_only: bool
    capacity: int | None
    supervisor_id: int | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A session with its placement, held until the transaction ends."""

    id: int
    ref: str
    status: str
    version: int
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    supervisor_id: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    ref: str
    person_id: int
    kind: str
    status: str
    imposed_on: Any
    responsible_officer_id: int | None
    complete_by: Any


_PLACE = tuple(placements.c[name] for name in Place.__slots__)
_OWN = tuple(sessions.c[name] for name in Planned.__slots__ if name != "place")
_SESSION = select(*_OWN, *_PLACE).join(placements, placements.c.id == sessions.c.placement_id).with_for_update(of=sessions)
_ORDER = select(*(orders.c[name] for name in Order.__slots__))


def session(connection: Connection, ref: str) -> Planned:
    return sessions_by_ref(connection, [ref])[0]


def session_by_id(connection: Connection, session_id: int) -> Planned:
    row = connection.execute(_SESSION.where(sessions.c.id == session_id)).first()
    if row is None:
        raise ChangeError(f"there is no session {session_id}; check the number and send it again")
    return _planned(row)


def sessions_by_ref(connection: Connection, refs: Sequence[str]) -> list[Planned]:
    """In the order of their refs as given."""
    rows = connection.execute(_SESSION.where(sessions.c.ref.in_(refs)).order_by(sessions.c.id))
    planned = {one.ref: one for one in map(_planned, rows)}
    for ref in refs:
        if ref not in planned:
            raise ChangeError(f'there is no session with the ref "{ref}"; look it up in sessions.csv')
    return [planned[ref] for ref in refs]


def _planned(row: Any) -> Planned:
    own: dict[str, Any] = {column.name: value for column, value in zip(_OWN, row, strict=False)}
    return Planned(**own, place=Place(*row[len(_OWN) :]))


def still_to_come(planned: Planned, now: datetime) -> None:
    if planned.status == "cancelled":
        raise ChangeError(f'"{planned.ref}" is cancelled, and nothing on it can be changed; choose another session')
    if planned.starts_at <= now:
        raise ChangeError(f'"{planned.ref}" has started already; what happened there is entered as attendance')


def not_over(planned: Planned, now: datetime) -> None:
    if planned.status == "cancelled":
        raise ChangeError(f'"{planned.ref}" is cancelled, and nothing on it can be changed; choose another session')
    if planned.ends_at <= now:
        raise ChangeError(f'"{planned.ref}" is over already; what happened there is entered as attendance')


def place(connection: Connection, ref: str) -> Place:
    row = connection.execute(select(*_PLACE).where(placements.c.ref == ref)).first()
    if row is None:
        raise ChangeError(f'there is no placement with the ref "{ref}"; look it up in placements.csv')
    return Place(*row)


def place_by_id(connection: Connection, placement_id: int) -> Place:
    row = connection.execute(select(*_PLACE).where(placements.c.id == placement_id)).first()
    if row is None:
        raise ChangeError("that placement is not in the record any more; look it up in placements.csv")
    return Place(*row)


def person(connection: Connection, ref: str) -> Person:
    """Held until the transaction ends, so that two changes of one person follow each other."""
    connection.execute(select(people_rows.c.id).where(people_rows.c.ref == ref).with_for_update()).first()
    found = who.person_by_ref(connection, ref)
    if found is None:
        raise ChangeError(f'there is no person with the ref "{ref}"; look it up in people.csv')
    return found


def member(connection: Connection, ref: str) -> Staff:
    found = who.member_by_ref(connection, ref)
    if found is None:
        raise ChangeError(f'there is nobody of the staff with the ref "{ref}"; look it up in staff.csv')
    return found


def order(connection: Connection, ref: str, *, of: Person | None = None) -> Order:
    """An order, of that person where one is given; held until the transaction ends."""
    row = connection.execute(_ORDER.where(orders.c.ref == ref).with_for_update()).first()
    if row is None:
        raise ChangeError(f'there is no order with the ref "{ref}"; look it up in orders.csv')
    if of is not None and row.person_id != of.id:
        raise ChangeError(f'"{of.ref}" has no order "{ref}"; `turnup person {of.ref} --json` lists them')
    return Order(*row)


def active_orders(connection: Connection, of: Person) -> list[Order]:
    theirs = (orders.c.person_id == of.id, orders.c.status == "active")
    return [Order(*row) for row in connection.execute(_ORDER.where(*theirs).order_by(orders.c.id))]
