"""Who leads a session: its supervisor, and whoever is there as well. All of them mark it, and hear what it is about."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from db.prepared import Prepared
from db.schema import session_staff, sessions

_SUPERVISOR = Prepared(select(sessions.c.supervisor_id).where(sessions.c.id == bindparam("id")))
_ALSO = Prepared(
    select(session_staff.c.session_id, session_staff.c.staff_id)
    .where(session_staff.c.session_id.in_(bindparam("ids", expanding=True)))
    .order_by(session_staff.c.id)
)


def led_by(staff_id: int) -> ColumnElement[bool]:
    """A condition on sessions: that they lead it."""
    also = select(session_staff.c.session_id).where(session_staff.c.staff_id == staff_id)
    return or_(sessions.c.supervisor_id == staff_id, sessions.c.id.in_(also))


def is_led() -> ColumnElement[bool]:
    """A condition on sessions: that somebody leads it."""
    also = select(session_staff.c.id).where(session_staff.c.session_id == sessions.c.id)
    return or_(sessions.c.supervisor_id.is_not(None), also.exists())


def of(connection: Connection, session_id: int) -> tuple[int, ...]:
    """Its supervisor first."""
    own = _SUPERVISOR.scalar(connection, {"id": session_id})
    others = also(connection, [session_id])[session_id]
    return (*([own] if own is not None else []), *others)


def also(connection: Connection, session_ids: Collection[int]) -> Mapping[int, list[int]]:
    """By session, who leads it besides its supervisor."""
    found: dict[int, list[int]] = defaultdict(list)
    for session_id, staff_id in _ALSO.all(connection, {"ids": list(session_ids)}):
        found[session_id].append(staff_id)
    return found


def join(connection: Connection, session_id: int, staff_id: int) -> None:
    connection.execute(session_staff.insert().values(session_id=session_id, staff_id=staff_id))


def leave(connection: Connection, session_id: int, staff_id: int) -> None:
    """They lead it no more; the next of those who do becomes its supervisor."""
    drop(connection, session_id, staff_id)
    own = _SUPERVISOR.scalar(connection, {"id": session_id})
    if own == staff_id:
        heir = next(iter(also(connection, [session_id])[session_id]), None)
        if heir is not None:
            drop(connection, session_id, heir)
        connection.execute(sessions.update().where(sessions.c.id == session_id).values(supervisor_id=heir))


def drop(connection: Connection, session_id: int, staff_id: int) -> None:
    """They are not one of those besides its supervisor."""
    theirs = (session_staff.c.session_id == session_id, session_staff.c.staff_id == staff_id)
    connection.execute(session_staff.delete().where(*theirs))
