"""One change of the record by staff: what each of them needs, asks and leaves behind."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db import access, permissions
from db.council import Council
from db.permissions import Actor


class ChangeError(Exception):
    """Why nothing was changed: what stands in the way and what to do, in one plain sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """The transaction, the council's rules, the moment, and who changes something, for which reason."""

    connection: Connection
    council: Council
    now: datetime
    actor: Actor
    reason: str | None = None

    def require(self, action: str, team: str | None) -> None:
        """Raises Refused unless the actor may do this for that team."""
        permissions.require(self.actor, action, team)

    def why(self, what: str) -> str:
        """What it is about, and the reason given, as the access log keeps it."""
        return (f"{what}: {self.reason}" if self.reason else what)[: access.REASON]

    def log(self, action: str, what: str, person_id: int | None = None) -> None:
        access.log(self.connection, self.actor.name, action, now=self.now, person_id=person_id, reason=self.why(what))
