"""Who of the staff is away, from which day to which, and who does their work meanwhile."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from db import found
from db import people as who
from db.change import Change, ChangeError
from db.council import LONDON, at_minute
from db.people import Staff
from db.prepared import Prepared
from db.schema import leave


@dataclass(frozen=True, slots=True)
class Away:
    id: int
    staff_id: int
    first_day: date
    last_day: date
    deputy_id: int | None

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether some of that time lies within it."""
        return starts_at.astimezone(LONDON).date() <= self.last_day and ends_at > at_minute(self.first_day, 0)


_COLUMNS = (leave.c.id, leave.c.staff_id, leave.c.first_day, leave.c.last_day, leave.c.deputy_id)
_BETWEEN = Prepared(
    select(*_COLUMNS)
    .where(leave.c.last_day >= bindparam("first"), leave.c.first_day <= bindparam("last"), leave.c.ended_at.is_(None))
    .order_by(leave.c.first_day, leave.c.id)
)


def between(connection: Connection, first_day: date, last_day: date) -> list[Away]:
    """All leave of which a part lies there."""
    return [Away(*row) for row in _BETWEEN.all(connection, {"first": first_day, "last": last_day})]


def away(connection: Connection, now: datetime) -> dict[int, int | None]:
    """Who is away on that day, each with their deputy if they named one."""
    day = now.astimezone(LONDON).date()
    return {one.staff_id: one.deputy_id for one in between(connection, day, day)}


def here(connection: Connection, members: list[Staff], now: datetime) -> list[Staff]:
    """Those of them who are not away."""
    gone = away(connection, now)
    return [member for member in members if member.id not in gone]


def add(change: Change, ref: str, first_day: date, last_day: date, deputy: str | None = None) -> int:
    """Enters that somebody is away. Raises ChangeError or Refused."""
    member = found.member(change.connection, ref)
    require_own_or_lead(change, member)
    if last_day < first_day:
        raise ChangeError("the last day of leave is before the first; swap the two")
    if last_day < change.now.astimezone(LONDON).date():
        raise ChangeError("that leave is over already; enter days that are still to come")
    deputy_id = found.member(change.connection, deputy).id if deputy else None
    if deputy_id == member.id:
        raise ChangeError("nobody can stand in for themselves; name somebody else, or leave --deputy out")
    return enter(change, member, first_day, last_day, deputy_id)


def enter(change: Change, member: Staff, first_day: date, last_day: date, deputy_id: int | None = None) -> int:
    """As `add`, by whom somebody else has found that they may."""
    row: dict[str, Any] = {"staff_id": member.id, "first_day": first_day, "last_day": last_day, "deputy_id": deputy_id}
    row |= {"made_by": change.actor.name, "made_at": change.now}
    made: int = change.connection.execute(leave.insert().values(**row).returning(leave.c.id)).scalar_one()
    change.log("leave.added", f"{member.ref} {first_day.isoformat()} to {last_day.isoformat()}")
    return made


def take_back(change: Change, leave_id: int) -> Away:
    """They are here after all. Raises ChangeError or Refused."""
    query = select(*_COLUMNS).where(leave.c.id == leave_id, leave.c.ended_at.is_(None))
    row = change.connection.execute(query).first()
    if row is None:
        raise ChangeError(f"there is no leave {leave_id}; `turnup rota show` lists who is away")
    one = Away(*row)
    member = who.member(change.connection, one.staff_id)
    require_own_or_lead(change, member)
    change.connection.execute(leave.update().where(leave.c.id == leave_id).values(ended_at=change.now))
    change.log("leave.taken_back", member.ref)
    return one


def is_back(change: Change, staff_id: int, day: date) -> None:
    """They lead something on that day after all: if they were away for that day alone, such as sick, they are not."""
    that_day = (leave.c.staff_id == staff_id, leave.c.first_day == day, leave.c.last_day == day, leave.c.ended_at.is_(None))
    change.connection.execute(leave.update().where(*that_day).values(ended_at=change.now))


def require_own_or_lead(change: Change, member: Staff) -> None:
    """What is somebody's own they may change themselves. Raises Refused for others who don't run the rota."""
    if change.actor.member is None or change.actor.member.id != member.id:
        change.require("rota.change", member.team)
