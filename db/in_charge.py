"""Who is in charge at this moment, and who stands in for somebody who is away. Whoever leads a team is found here alone."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from db import leave, rota
from db import people as who
from db.people import Staff
from db.permissions import allows

ROLES = ("coordinator", "manager")


def leads(connection: Connection, team: str | None, now: datetime) -> list[Staff]:
    """Who answers for what nobody took, in the order in which they are asked: whom the rota names as lead, and the
    co-ordinators of the team, or of all; where none of those is there, the managers."""
    on = rota.on_duty(connection, now).lead
    return _each_once([*([on] if on else []), *_by_role(connection, team, now)])


def everyone(connection: Connection, team: str | None, now: datetime) -> list[Staff]:
    """As `leads`, and after them the managers."""
    return _each_once([*leads(connection, team, now), *managers(connection, team, now)])


def who_may(connection: Connection, action: str, team: str | None, now: datetime) -> list[Staff]:
    """Those who lead and may do that for the team; where none of them may, the managers."""
    return [one for one in leads(connection, team, now) if allows(one, action, team)] or managers(connection, team, now)


def managers(connection: Connection, team: str | None, now: datetime) -> list[Staff]:
    """All of them who are here, those of the team first."""
    found = there(connection, who.members(connection, "manager"), now)
    return sorted(found, key=lambda member: member.team != team)


def of_role(connection: Connection, role: str, team: str | None, now: datetime) -> list[Staff]:
    """Those of the team who are here, or stand in for one of them; failing them all of that role."""
    members = who.members(connection, role)
    gone = leave.away(connection, now)
    own = [member for member in members if member.team == team]
    return _there(connection, own, gone) or _there(connection, members, gone)


def there(connection: Connection, members: Iterable[Staff], now: datetime) -> list[Staff]:
    """Those who are here, and the deputies of those who are not."""
    return _there(connection, members, leave.away(connection, now))


def in_place_of(connection: Connection, member: Staff, now: datetime) -> Staff | None:
    """Themselves where they are here; else their deputy, else whoever is in charge of their team, or of all.

    Not whom the rota names: theirs is the hour, and this may last for weeks.
    """
    found = there(connection, [member], now) or _by_role(connection, member.team, now)
    return found[0] if found else None


def owner_in_place_of(connection: Connection, staff_id: int, now: datetime) -> int:
    """Whose the work is that would be theirs."""
    instead = in_place_of(connection, who.member(connection, staff_id), now)
    return instead.id if instead else staff_id


def _by_role(connection: Connection, team: str | None, now: datetime) -> list[Staff]:
    return next((found for role in ROLES if (found := of_role(connection, role, team, now))), [])


def _there(connection: Connection, members: Iterable[Staff], gone: dict[int, int | None]) -> list[Staff]:
    """Whoever is away is replaced by the deputy they named, unless that one is away too."""
    here = [gone.get(member.id, member.id) for member in members]
    by_id = who.members_by_id(connection, {id_ for id_ in here if id_ is not None and id_ not in gone})
    return _each_once(by_id[id_] for id_ in here if id_ in by_id)


def _each_once(members: Iterable[Staff]) -> list[Staff]:
    return list({member.id: member for member in members}.values())
