"""Who may do what: one table of action × role, asked where the record changes."""

from typing import Literal

from db.people import Staff

Reach = Literal["team", "all"]

ALLOWED: dict[str, dict[str, Reach]] = {
    "alert.read": {"case_manager": "team", "coordinator": "all", "manager": "all"},
    "attendance.mark": {"supervisor": "team", "coordinator": "all", "manager": "all"},
    "attendance.correct": {"case_manager": "team", "coordinator": "team", "manager": "all"},
    "hours.credit": {"case_manager": "team", "manager": "all"},
    "session.stand_down": {"coordinator": "all", "manager": "all"},
}


class Refused(Exception):
    """This person of the staff may not do that."""


def allows(actor: Staff, action: str, team: str | None) -> bool:
    """Whether the actor's role may do this for that team. `team` None: it belongs to no team."""
    reach = ALLOWED[action].get(actor.role)
    return reach == "all" or (reach == "team" and team in (None, actor.team))


def require(actor: Staff, action: str, team: str | None) -> None:
    """Raises Refused unless the actor's role may do this for that team."""
    if not allows(actor, action, team):
        raise Refused(action)
