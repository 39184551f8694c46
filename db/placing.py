"""Who may be on which session: the same rules for a file that is brought in and for a change by hand."""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from db.change import ChangeError
from db.found import Place, Planned
from db.people import Person
from db.schema import bookings, not_with, people, sessions

ENDED = ("completed", "discharged", "revoked", "transferred", "died")  # orders on which nobody works any more
LEADERS = ("supervisor", "coordinator")  # who is usually found leading a session


def women_only(person: str, is_women_only: bool, place: str, place_is: bool) -> str | None:
    """Women-only people and placements go together only: why these two do not, or None. Both are named as shown."""
    if is_women_only == place_is:
        return None
    return f"{person} is women-only, {place} is not" if is_women_only else f"{place} is women-only, {person} is not"


def room(capacity: int | None, of_placement: int | None) -> int | None:
    """How many a session holds: its own capacity, else its placement's. None: as many as come."""
    return capacity or of_placement


def check(connection: Connection, planned: Planned, person: Person) -> None:
    """Raises ChangeError unless this person may come onto that session."""
    name = f'"{person.ref}"'
    if clash := women_only(name, person.women_only, f'"{planned.place.ref}"', planned.place.women_only):
        raise ChangeError(f"{clash}; choose another session")
    on = _on(connection, planned.id)
    if _apart(connection, [person.id]) & on:
        raise ChangeError(f"{name} cannot be placed on this session; choose another")
    limit = room(planned.capacity, planned.place.capacity)
    if limit is not None and len(on) >= limit:
        raise ChangeError(f'"{planned.ref}" is full with {len(on)} people; choose another session')
    if at_once := elsewhere(connection, person.id, planned.id, planned.starts_at, planned.ends_at):
        raise ChangeError(f'{name} is booked on "{at_once}" at that time; unbook that first, or choose another session')


def check_move(connection: Connection, planned: Planned, to: Place) -> None:
    """Raises ChangeError unless everyone on that session may be at that placement, together and with room."""
    on = _on(connection, planned.id)
    them = select(people.c.ref, people.c.women_only).where(people.c.id.in_(on)).order_by(people.c.ref)
    for row in connection.execute(them):
        if clash := women_only(f'"{row.ref}"', row.women_only, f'"{to.ref}"', to.women_only):
            raise ChangeError(f"{clash}; unbook them first, or choose another placement")
    if _apart(connection, list(on)) & on:
        raise ChangeError(f'two people on "{planned.ref}" cannot be placed together; unbook one of them first')
    goes_elsewhere = planned.capacity is None and to.id != planned.place.id
    if goes_elsewhere and to.capacity is not None and len(on) > to.capacity:
        raise ChangeError(f'"{to.ref}" has room for {to.capacity} and {len(on)} are booked; choose another placement')


def elsewhere(connection: Connection, person_id: int, but: int, starts_at: datetime, ends_at: datetime) -> str | None:
    """The ref of another session on which this person is booked at that time."""
    query = (
        select(sessions.c.ref)
        .join(bookings, bookings.c.session_id == sessions.c.id)
        .where(bookings.c.person_id == person_id, bookings.c.status == "booked", sessions.c.status == "planned")
        .where(sessions.c.id != but, sessions.c.starts_at < ends_at, sessions.c.ends_at > starts_at)
        .order_by(sessions.c.starts_at)
        .limit(1)
    )
    return connection.execute(query).scalar()


def _on(connection: Connection, session_id: int) -> set[int]:
    standing = (bookings.c.session_id == session_id, bookings.c.status == "booked")
    return set(connection.execute(select(bookings.c.person_id).where(*standing)).scalars())


def _apart(connection: Connection, ids: list[int]) -> set[int]:
    """Everyone who must never share a session with one of these people."""
    pairs = select(not_with.c.person_id, not_with.c.other_id).where(
        or_(not_with.c.person_id.in_(ids), not_with.c.other_id.in_(ids))
    )
    mine = set(ids)
    found: set[int] = set()
    for one, other in connection.execute(pairs):
        found |= {other} if one in mine else set()
        found |= {one} if other in mine else set()
    return found
