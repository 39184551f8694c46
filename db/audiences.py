"""Whom a broadcast is for: sessions and whoever is booked on them, or people themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, select

from db import found
from db.change import ChangeError
from db.council import LONDON, at_minute
from db.schema import bookings, orders, people, placements, sessions

AHEAD = timedelta(days=28)  # how far "everybody" and a team look for sessions where no day is named


@dataclass(frozen=True, slots=True)
class Audience:
    """As it was asked for. Sessions by ref, or all of a placement, a team or an area, on a day or from one day to another.

    `area` is the first part of a postcode, like `ML4`. `people`: those themselves, whether booked or not.
    """

    sessions: tuple[str, ...] = ()
    placement: str | None = None
    team: str | None = None
    area: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    language: str | None = None
    everybody: bool = False
    left_out: tuple[str, ...] = ()  # refs of people whom it is not for

    def as_json(self) -> dict[str, Any]:
        said = {name: value for name, value in asdict(self).items() if value}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        read = dict(said)
        for name in ("first_day", "last_day"):
            if name in read:
                read[name] = date.fromisoformat(read[name])
        for name in ("sessions", "left_out"):
            read[name] = tuple(read.get(name, ()))
        return cls(**read)

    @property
    def is_empty(self) -> bool:
        return not (self.sessions or self.placement or self.team or self.area or self.everybody)


@dataclass(frozen=True, slots=True)
class Aimed:
    """A session in the audience, with what decides who may send and how."""

    id: int
    ref: str
    starts_at: datetime
    team: str
    nickname: str
    women_only: bool


_SESSIONS = select(
    sessions.c.id, sessions.c.ref, sessions.c.starts_at, placements.c.team, placements.c.nickname, placements.c.women_only,
    placements.c.postcode,
).join(placements, placements.c.id == sessions.c.placement_id)  # fmt: skip


def sessions_of(connection: Connection, audience: Audience, *, now: datetime) -> list[Aimed]:
    """Its planned sessions that are still to come, soonest first. Raises ChangeError where a ref is unknown or over."""
    if audience.sessions:
        for ref in audience.sessions:
            found.still_to_come(found.session(connection, ref), now)
        wanted: list[Any] = [sessions.c.ref.in_(audience.sessions)]
    else:
        wanted = [sessions.c.status == "planned", sessions.c.starts_at > now, *_days(audience, now)]
    if audience.placement:
        wanted.append(sessions.c.placement_id == found.place(connection, audience.placement).id)
    if audience.team:
        wanted.append(placements.c.team == audience.team)
    rows = connection.execute(_SESSIONS.where(*wanted).order_by(sessions.c.starts_at, sessions.c.ref))
    return [Aimed(*row[:-1]) for row in rows if audience.area is None or _is_in(row.postcode, audience.area)]


def placements_of(connection: Connection, audience: Audience, *, now: datetime) -> list[found.Place]:
    """Where its sessions are, by name."""
    ids = {one.id for one in sessions_of(connection, audience, now=now)}
    there = select(sessions.c.placement_id).where(sessions.c.id.in_(ids))
    refs = connection.execute(select(placements.c.ref).where(placements.c.id.in_(there)).order_by(placements.c.nickname))
    return [found.place(connection, ref) for ref in refs.scalars()]


def _days(audience: Audience, now: datetime) -> list[Any]:
    first = audience.first_day or now.astimezone(LONDON).date()
    last = audience.last_day or audience.first_day
    until = at_minute(last + timedelta(days=1), 0) if last else now + AHEAD
    return [sessions.c.starts_at >= at_minute(first, 0), sessions.c.starts_at < until]


def _is_in(postcode: str | None, area: str) -> bool:
    return postcode is not None and postcode.replace(" ", "").upper()[:-3] == area.replace(" ", "").upper()


def booked(connection: Connection, session_ids: Iterable[int], audience: Audience) -> list[tuple[int, int, int]]:
    """`(person, booking, session)` ids of everyone booked on these who is in the audience, in the sessions' order."""
    ids = list(session_ids)
    query = (
        select(bookings.c.person_id, bookings.c.id, bookings.c.session_id)
        .join(people, people.c.id == bookings.c.person_id)
        .where(bookings.c.session_id.in_(ids), bookings.c.status == "booked", *_whom(audience))
        .order_by(bookings.c.session_id, bookings.c.id)
    )
    return [tuple(row) for row in connection.execute(query)]


def people_of(connection: Connection, audience: Audience, *, now: datetime) -> list[int]:
    """The people themselves: of a team or of all, with an order that runs; else those booked on its sessions."""
    if audience.sessions or audience.placement or audience.area or audience.first_day:
        aimed = sessions_of(connection, audience, now=now)
        return list(dict.fromkeys(person for person, _, _ in booked(connection, [one.id for one in aimed], audience)))
    running = select(orders.c.person_id).where(orders.c.status == "active")
    query = select(people.c.id).where(people.c.id.in_(running), *_whom(audience)).order_by(people.c.id)
    if audience.team:
        query = query.where(people.c.team == audience.team)
    return list(connection.execute(query).scalars())


def _whom(audience: Audience) -> list[Any]:
    conditions: list[Any] = []
    if audience.language:
        conditions.append(people.c.language == audience.language)
    if audience.left_out:
        conditions.append(people.c.ref.not_in(audience.left_out))
    return conditions


def require_known(connection: Connection, audience: Audience) -> None:
    """Raises ChangeError for an audience of nobody in particular, or with a person whom the record does not hold."""
    if audience.is_empty:
        raise ChangeError("say whom it is for: sessions, a placement, a team, an area or everybody")
    for ref in audience.left_out:
        found.person(connection, ref)
    if audience.last_day and (audience.first_day is None or audience.last_day < audience.first_day):
        raise ChangeError("the last day lies before the first; give both, in order")
