"""Broadcasts: what happened, whom it concerns, and the change of the record that it is. Said once, everyone hears in time.

draft → checked → held → sending → done, and `stopped` from either of the middle ones. Nothing of it happens before the hold
is over; then the sessions, the reminders and the notices change in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from db import audiences, broadcast_words
from db.audiences import Aimed, Audience
from db.change import Change, ChangeError
from db.schema import broadcasts

OF_SESSIONS = ("off", "moved", "place", "late", "weather")
MANAGERS_OWN = ("suspension", "lifted", "reduction")


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: int
    kind: str
    status: str
    what: Mapping[str, Any]
    audience: Audience
    staff_id: int | None
    made_by: str
    second: str | None
    approved_by: str | None
    break_glass: bool
    confirmed_at: datetime | None
    hold_until: datetime | None
    begun_at: datetime | None
    finished_at: datetime | None
    stopped_at: datetime | None


_COLUMNS = (
    broadcasts.c.id, broadcasts.c.kind, broadcasts.c.status, broadcasts.c.what, broadcasts.c.who, broadcasts.c.staff_id,
    broadcasts.c.made_by, broadcasts.c.second, broadcasts.c.approved_by, broadcasts.c.break_glass, broadcasts.c.confirmed_at,
    broadcasts.c.hold_until, broadcasts.c.begun_at, broadcasts.c.finished_at, broadcasts.c.stopped_at,
)  # fmt: skip


def by_id(connection: Connection, broadcast_id: int, *, hold: bool = False) -> Broadcast:
    """`hold`: nobody else changes it before this transaction ends. Raises ChangeError where there is none."""
    query = select(*_COLUMNS).where(broadcasts.c.id == broadcast_id)
    row = connection.execute(query.with_for_update() if hold else query).first()
    if row is None:
        raise ChangeError(f"there is no broadcast {broadcast_id}; `turnup broadcast list` shows them")
    facts: tuple[Any, ...] = (*row[:4], Audience.from_json(row.who), *row[5:])
    return Broadcast(*facts)


def draft(change: Change, kind: str, what: Mapping[str, Any], audience: Audience, *, again_until: date | None = None) -> int:
    """Keeps what is to be said, and to whom, without doing any of it. Raises ChangeError or Refused."""
    audiences.require_known(change.connection, audience)
    aimed_at(change, kind, audience)
    broadcast_words.require(change.connection, kind, what)
    made: int = change.connection.execute(
        broadcasts.insert()
        .values(
            kind=kind, status="draft", what=dict(what), who=audience.as_json(), made_by=change.actor.name,
            staff_id=change.actor.member.id if change.actor.member else None, made_at=change.now, again_until=again_until,
        )
        .returning(broadcasts.c.id)
    ).scalar_one()  # fmt: skip
    change.log("broadcast.drafted", str(made))
    return made


def aimed_at(change: Change, kind: str, audience: Audience) -> tuple[Aimed, ...]:
    """The sessions that it is about. Raises ChangeError, or Refused where one of them is beyond whoever asks."""
    about_sessions = kind not in ("words", "reduction")
    aimed = tuple(audiences.sessions_of(change.connection, audience, now=change.now)) if about_sessions else ()
    teams: list[str | None] = [*sorted({session.team for session in aimed})]
    for team in teams or [audience.team]:
        require(change, kind, team)
    return aimed


def require(change: Change, kind: str, team: str | None) -> None:
    change.require("broadcast.suspend" if kind in MANAGERS_OWN else "broadcast.make", team)
    if kind == "words":
        change.require("broadcast.words", team)


def change_draft(change: Change, one: Broadcast, what: Mapping[str, Any]) -> None:
    """Says something else in a draft that nobody has been asked about. Raises ChangeError or Refused."""
    require(change, one.kind, None)
    broadcast_words.require(change.connection, one.kind, what)
    if one.status not in ("draft", "checked") or one.confirmed_at is not None:
        raise ChangeError(f"broadcast {one.id} is on its way already; make another")
    drafted = broadcasts.update().where(broadcasts.c.id == one.id)
    change.connection.execute(drafted.values(what=dict(what), status="draft"))
