"""Who may do what: one table of action × role, asked where the record changes."""

from dataclasses import dataclass
from typing import Literal

from db.people import Staff

Reach = Literal["team", "all"]

_BY_ROLE: dict[str, Reach] = {"case_manager": "team", "coordinator": "all", "manager": "all"}
_WITHIN_TEAMS: dict[str, Reach] = {"case_manager": "team", "coordinator": "team", "manager": "all"}

ALLOWED: dict[str, dict[str, Reach]] = {
    "alert.read": _BY_ROLE,
    "booking.change": _BY_ROLE,
    "session.add": _BY_ROLE,
    "session.change": _BY_ROLE,
    "person.read": _BY_ROLE,
    "person.look": {"supervisor": "team", **_BY_ROLE},  # hours and next session, by initials
    "person.kit": {"supervisor": "team", **_BY_ROLE},
    "person.contact": _WITHIN_TEAMS,  # number, channel, window, language, PIN
    "person.mode": _WITHIN_TEAMS,
    "person.data": _WITHIN_TEAMS,  # all that is held on them, for whoever asks to see it
    "reach.read": _BY_ROLE,
    "order.status": _WITHIN_TEAMS,
    "order.messages": _WITHIN_TEAMS,
    "hours.correct": _WITHIN_TEAMS,
    "session.stand_down": {"coordinator": "all", "manager": "all"},
    "attendance.mark": {"supervisor": "team", "coordinator": "all", "manager": "all"},
    "attendance.add": {"supervisor": "team", "coordinator": "all", "manager": "all"},  # who turned up unbooked
    "attendance.correct": _WITHIN_TEAMS,
    "broadcast.make": _BY_ROLE,
    "broadcast.words": {"coordinator": "all", "manager": "all"},
    "broadcast.approve": {"coordinator": "all", "manager": "all"},
    "broadcast.suspend": {"manager": "all"},  # the whole service stopped, begun again, or hours cut
    "pack.decide": _BY_ROLE,
    "pack.handle": {"supervisor": "team", **_BY_ROLE},
    "absence.read": _BY_ROLE,  # with its reason, which no supervisor sees
    "absence.decide": {"case_manager": "team", "manager": "all"},
    "task.read": _BY_ROLE,
    "task.closed": _WITHIN_TEAMS,  # one about somebody restricted, women's work or abuse
    "task.hand_over": {"coordinator": "team", "manager": "all"},  # a colleague's; one's own anybody may
    "hours.credit": {"case_manager": "team", "manager": "all"},
    "thread.read": _BY_ROLE,  # what a person wrote in their own words, and was answered
    "thread.write": _BY_ROLE,
    "thread.restricted": _WITHIN_TEAMS,  # both, of somebody who has to be kept apart
    "rota.read": {"supervisor": "all", "case_manager": "all", "coordinator": "all", "manager": "all"},
    "rota.change": {"coordinator": "all", "manager": "all"},  # their own note, swap and leave are anybody's
    "feedback.read": {"coordinator": "all", "manager": "all"},
}


class Refused(Exception):
    """This person of the staff may not do that."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes the record, by the name that the access log gives them.

    One of the staff is bound by their role. Without `member` it is whoever may run commands on the server, who may do all.
    """

    name: str
    member: Staff | None = None


COMMAND_LINE = Actor("command line")


def as_member(member: Staff) -> Actor:
    return Actor(member.ref, member)


def allows(actor: Actor | Staff, action: str, team: str | None) -> bool:
    """Whether the actor's role may do this for that team. `team` None: it belongs to no team."""
    member = actor.member if isinstance(actor, Actor) else actor
    if member is None:
        return True
    reach = ALLOWED[action].get(member.role)
    return reach == "all" or (reach == "team" and team in (None, member.team))


def require(actor: Actor | Staff, action: str, team: str | None) -> None:
    """Raises Refused unless the actor's role may do this for that team."""
    if not allows(actor, action, team):
        raise Refused(action)


def who_may(action: str) -> str:
    """`a case manager of that team, a coordinator or a manager`."""
    named = [
        f"a {role.replace('_', ' ')}{' of that team' if reach == 'team' else ''}" for role, reach in ALLOWED[action].items()
    ]
    return " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))
