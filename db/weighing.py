"""What decides whether a broadcast may go, and who has to look at it first: worked out anew each time it matters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import audiences, broadcasts, sending_hours
from db.audiences import Aimed
from db.broadcasts import MANAGERS_OWN, OF_SESSIONS, Broadcast
from db.change import Change, ChangeError
from db.council import LONDON
from db.given import among
from db.schema import broadcasts as rows
from db.schema import notices, people
from db.sessions import CLOSURE_WITHIN

MANY = 25  # people, above which a second pair of eyes looks
_AMONG = among(people.c.id, "ids")
SAID_LATELY = timedelta(hours=24)
FROM_A_TEMPLATE = ("off", "late", "weather")  # which may go alone on the day itself


@dataclass(frozen=True, slots=True)
class Weighed:
    """What decides whether it may go, and how: worked out anew each time, since much may have changed."""

    aimed: tuple[Aimed, ...]
    people: int
    is_urgent: bool
    second: str | None  # why somebody else has to look at it first
    may_break_glass: bool
    blockers: tuple[str, ...]
    warnings: tuple[str, ...]


def weigh(change: Change, one: Broadcast) -> Weighed:
    """Raises ChangeError where its audience cannot be found any more, Refused where its maker may not reach that far."""
    connection, now = change.connection, change.now
    aimed = broadcasts.aimed_at(change, one.kind, one.audience)
    ids = people_of(connection, one, aimed, now)
    urgent = any(session.starts_at - now < CLOSURE_WITHIN for session in aimed)
    second = _second(change, one, aimed, ids)
    same_day = bool(aimed) and all(_day(session.starts_at) == _day(now) for session in aimed)
    return Weighed(
        aimed,
        len(ids),
        urgent,
        second,
        second is not None and one.kind in FROM_A_TEMPLATE and same_day and _is_after_off_from(change),
        tuple(_blockers(change, one, aimed, ids)),
        (*_warnings(change, aimed), *_said_before(change, one)),
    )


def people_of(connection: Connection, one: Broadcast, aimed: tuple[Aimed, ...], now: datetime) -> set[int]:
    if one.kind in OF_SESSIONS:
        booked = audiences.booked(connection, [session.id for session in aimed], one.audience)
        return {person_id for person_id, _, _ in booked}
    return set(audiences.people_of(connection, one.audience, now=now))


def _second(change: Change, one: Broadcast, aimed: tuple[Aimed, ...], ids: set[int]) -> str | None:
    """The first reason for a second pair of eyes, in one word."""
    teams = {session.team for session in aimed} | _teams(change.connection, ids)
    own = change.actor.member.team if change.actor.member else None
    if one.kind == "words" or one.what.get("words"):
        return "words"
    if one.kind in MANAGERS_OWN:
        return one.kind
    if len(ids) > MANY:
        return "many"
    if any(session.women_only for session in aimed) or _any_restricted(change.connection, ids):
        return "restricted"
    if len(teams) > 1 or (own is not None and teams - {own}):
        return "teams"
    return None if sending_hours.is_permitted(change.council, change.now, "timely", None) else "hours"


def _teams(connection: Connection, ids: set[int]) -> set[str]:
    return set(connection.execute(select(people.c.team).where(_AMONG).distinct(), {"ids": ids}).scalars())


def _any_restricted(connection: Connection, ids: set[int]) -> bool:
    guarded = _AMONG, people.c.restricted | people.c.women_only
    return connection.execute(select(people.c.id).where(*guarded).limit(1), {"ids": ids}).first() is not None


def _is_after_off_from(change: Change) -> bool:
    local = change.now.astimezone(LONDON)
    return local.hour * 60 + local.minute >= change.council.off_from


def _day(moment: datetime) -> Any:
    return moment.astimezone(LONDON).date()


def _blockers(change: Change, one: Broadcast, aimed: tuple[Aimed, ...], ids: set[int]) -> list[str]:
    found = []
    if one.kind in OF_SESSIONS and not aimed:
        found.append("no session that is still to come is in it; choose others")
    elif not ids:
        found.append("nobody is left in it; choose others")
    if one.kind in ("moved", "place") and len(aimed) > 1 and not one.what.get("later"):
        found.append("several sessions cannot move to one time; choose one, or say by how many minutes they start later")
    for other in _overlapping(change.connection, one, aimed, change.now):
        found.append(f"broadcast {other.id} about the same session is {_stage(other)}; stop it first, or wait for it")
    return found


def _stage(other: Broadcast) -> str:
    held = other.status == "held" and other.hold_until
    return f"on hold until {other.hold_until.astimezone(LONDON):%H:%M}" if held and other.hold_until else "being sent"


def _overlapping(connection: Connection, one: Broadcast, aimed: tuple[Aimed, ...], now: datetime) -> list[Broadcast]:
    if not aimed:
        return []
    ours = {session.id for session in aimed}
    held = select(rows.c.id).where(rows.c.status == "held", rows.c.id != one.id).order_by(rows.c.id)
    found = []
    for other in (broadcasts.by_id(connection, id_) for id_ in connection.execute(held).scalars()):
        try:
            theirs = {session.id for session in audiences.sessions_of(connection, other.audience, now=now)}
        except ChangeError:
            continue  # what it was about is over: it will do nothing
        if theirs & ours:
            found.append(other)
    return found


def _warnings(change: Change, aimed: tuple[Aimed, ...]) -> list[str]:
    """Sessions about which people have already been told something on this day."""
    midnight = change.now.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    told = select(notices.c.session_id).where(
        notices.c.session_id.in_([session.id for session in aimed]),
        notices.c.purpose.in_(("off", "moved", "broadcast")),
        notices.c.created_at >= midnight,
        notices.c.created_at <= change.now,
    )
    again = set(change.connection.execute(told.distinct()).scalars())
    return [f"{session.ref} got a message on this day already" for session in aimed if session.id in again]


def _said_before(change: Change, one: Broadcast) -> list[str]:
    """Broadcasts that said the same to the same people, or are about to."""
    lately = (rows.c.confirmed_at > change.now - SAID_LATELY, rows.c.status.in_(("held", "sending", "done")))
    query = select(rows.c.id).where(*lately, rows.c.kind == one.kind, rows.c.id != one.id).order_by(rows.c.id)
    others = [broadcasts.by_id(change.connection, id_) for id_ in change.connection.execute(query).scalars()]
    same = [other for other in others if (other.what, other.audience) == (one.what, one.audience)]
    return [f"broadcast {other.id} said the same to the same people, not a day ago" for other in same]
