"""Who is on duty: now, next, and where nobody is. A turn is ended and written anew, never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from db import leave
from db import people as who
from db.council import LONDON, Council, at_minute
from db.people import Staff
from db.schema import rota

KEPT_FOR = timedelta(days=31)  # after the last turn, from when on no rota is kept any more
AHEAD = timedelta(days=14)
ASKED_FIRST = ("first", "second")
ROUND_UP = timedelta(minutes=30)

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Turn:
    """`until` is its end, or when it was given up before that."""

    id: int
    duty: str
    staff_id: int
    starts_at: datetime
    until: datetime

    @property
    def stretch(self) -> Stretch:
        return self.starts_at, self.until


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is asked at this moment, by duty. `kept`: a rota is kept at all; without one others are asked."""

    kept: bool
    first: Staff | None = None
    second: Staff | None = None
    lead: Staff | None = None
    until: datetime | None = None  # when the first time comes at which nobody is, if somebody is now
    next_at: datetime | None = None  # when somebody is, if nobody is now

    @property
    def named(self) -> bool:
        """Whether somebody is there to be asked first."""
        return (self.first or self.second) is not None

    @property
    def everyone(self) -> list[Staff]:
        """In the order in which they are asked, each once."""
        asked = {one.id: one for one in (self.first, self.second, self.lead) if one}
        return list(asked.values())

    def promise(self, council: Council, now: datetime) -> datetime | None:
        """By when whoever is on duty gets in touch with somebody in danger; none where nobody can say so."""
        if not self.named or self.until is None:
            return None
        by = _half_hour_after(now + timedelta(minutes=council.contact_within))
        return by if by <= self.until else self.until if self.until - now >= ROUND_UP else None


_UNTIL = func.coalesce(rota.c.ended_at, rota.c.ends_at)
_COLUMNS = (rota.c.id, rota.c.duty, rota.c.staff_id, rota.c.starts_at, _UNTIL)


def turns(connection: Connection, since: datetime, until: datetime) -> list[Turn]:
    """Those of which a part lies there, the earliest first."""
    part = (rota.c.ends_at > since, rota.c.starts_at < until, since < _UNTIL, rota.c.starts_at < _UNTIL)
    rows = connection.execute(select(*_COLUMNS).where(*part).order_by(rota.c.starts_at, rota.c.id))
    return [Turn(*row) for row in rows]


def by_id(connection: Connection, turn_id: int) -> Turn | None:
    """None where there is no such turn any more."""
    row = connection.execute(select(*_COLUMNS).where(rota.c.id == turn_id, rota.c.starts_at < _UNTIL)).first()
    return Turn(*row) if row else None


def is_kept(connection: Connection, now: datetime) -> bool:
    """Whether the council names who is on duty at all."""
    query = select(rota.c.id).where(now - KEPT_FOR < _UNTIL, rota.c.starts_at < _UNTIL)
    return connection.execute(query.limit(1)).first() is not None


def on_duty(connection: Connection, now: datetime) -> OnDuty:
    """Who is on at this moment, and when is the next. Whoever is away is not on, whatever the rota says."""
    if not is_kept(connection, now):
        return OnDuty(kept=False)
    ahead = turns(connection, now, now + KEPT_FOR)
    gone = leave.away(connection, now)
    on = {turn.duty: who.member(connection, turn.staff_id) for turn in reversed(ahead)
          if turn.starts_at <= now and turn.staff_id not in gone}  # fmt: skip
    covered = stretches(connection, ahead, ASKED_FIRST)
    return OnDuty(
        True, on.get("first"), on.get("second"), on.get("lead"),
        until=next((until for start, until in covered if start <= now < until), None),
        next_at=next((start for start, _ in covered if start > now), None),
    )  # fmt: skip


def stretches(connection: Connection, of: Iterable[Turn], duties: Iterable[str]) -> list[Stretch]:
    """When somebody who is not away has one of these duties, without a break, in order."""
    wanted = [turn for turn in of if turn.duty in tuple(duties)]
    if not wanted:
        return []
    first = min(turn.starts_at for turn in wanted).astimezone(LONDON).date()
    last = max(turn.until for turn in wanted).astimezone(LONDON).date()
    absences: dict[int, list[Stretch]] = {}
    for one in leave.between(connection, first, last):
        days = at_minute(one.first_day, 0), at_minute(one.last_day + timedelta(days=1), 0)
        absences.setdefault(one.staff_id, []).append(days)
    there = [part for turn in wanted for part in without([turn.stretch], absences.get(turn.staff_id, []))]
    return _joined(there)


def gaps(connection: Connection, council: Council, since: datetime, until: datetime) -> list[Stretch]:
    """When nobody is first on duty although somebody must be."""
    day, last = since.astimezone(LONDON).date(), until.astimezone(LONDON).date()
    needed: list[Stretch] = []
    while day <= last:
        span = council.cover_of(day)
        if span is not None:
            needed.append((max(at_minute(day, span.start), since), min(at_minute(day, span.until), until)))
        day += timedelta(days=1)
    there = stretches(connection, turns(connection, since, until), ("first",))
    return _joined(without([one for one in needed if one[0] < one[1]], there))


def without(of: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What of the first is left once the second is taken out."""
    left = list(of)
    for start, until in taken:
        left = [
            part
            for one in left
            for part in ((one[0], min(one[1], start)), (max(one[0], until), one[1]))
            if part[0] < part[1]
        ]
    return left


def _joined(of: Iterable[Stretch]) -> list[Stretch]:
    """Those that touch are one. In UTC: on one wall clock two moments may look alike when the clocks change."""
    joined: list[Stretch] = []
    for start, until in sorted((start.astimezone(UTC), until.astimezone(UTC)) for start, until in of):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], until)
        else:
            joined.append((start, until))
    return joined


def _half_hour_after(moment: datetime) -> datetime:
    over = timedelta(minutes=moment.minute % 30, seconds=moment.second, microseconds=moment.microsecond)
    return moment - over + (ROUND_UP if over else timedelta())


def note_before(connection: Connection, turn: Turn) -> tuple[Staff, str] | None:
    """What whoever had that duty last left for the next, and who it was."""
    query = (
        select(rota.c.staff_id, rota.c.note)
        .where(rota.c.duty == turn.duty, rota.c.id != turn.id, rota.c.starts_at < _UNTIL, turn.starts_at >= _UNTIL)
        .where(turn.starts_at - KEPT_FOR < _UNTIL)
        .order_by(_UNTIL.desc(), rota.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (who.member(connection, row.staff_id), row.note) if row and row.note else None


def begun(connection: Connection, now: datetime) -> list[Turn]:
    """Turns that have begun, and whose holder was not told yet."""
    query = select(*_COLUMNS).where(rota.c.told_at.is_(None), rota.c.starts_at <= now, now < _UNTIL).order_by(rota.c.id)
    return [Turn(*row) for row in connection.execute(query)]


def told(connection: Connection, turn_ids: list[int], now: datetime) -> None:
    connection.execute(rota.update().where(rota.c.id.in_(turn_ids)).values(told_at=now))
