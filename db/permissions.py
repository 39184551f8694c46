"""Who may do what: one table of action × role, asked where the record changes."""

from typing import Literal

from db.people import Staff

Reach = Literal["team", "all"]

ALLOWED: dict[str, dict[str, Reach]] = {
    "alert.read": {"case_manager": "team", "coordinator": "all", "manager": "all"},
}


class Refused(Exception):
    """This person of the staff may not do that."""


def require(actor: Staff, action: str, team: str | None) -> None:
    """Raises Refused unless the actor's role may do this for that team. `team` None: it belongs to no team."""
    reach = ALLOWED[action].get(actor.role)
    if reach == "all" or (reach == "team" and team in (None, actor.team)):
        return
    raise Refused(action)
