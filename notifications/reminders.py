"""Reminders, found by asking what is due: never a stored job, so the clock may run late, twice or on two machines."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, select

from db import directions, late_starts, notices, sending_hours
from db import sessions as booked
from db.council import LONDON, Council, Span
from db.crypto import Sealed
from db.given import among
from db.kit import OF_THE_DAY_BEFORE, USEFUL_LEAD
from db.notices import Notice
from db.prepared import Prepared
from db.schema import Moment, bookings, people, placements, sessions
from db.schema import notices as notice_rows

AT_ONCE = 1000  # bookings named in one statement
SendAt = Callable[[datetime, Span | None, int], datetime | None]
A_GAP = timedelta(days=14)  # without a session for this long, the next one is like a first


class Candidate(NamedTuple):
    booking_id: int
    booking_version: int
    booked_at: datetime
    session_id: int
    session_version: int
    starts_at: datetime
    person_id: int
    safe: Span | None
    paused_until: datetime | None
    nickname: str
    women_only: bool
    is_first: bool
    after_gap: bool
    is_confirmed: bool
    sealed_pick_up: Sealed | None

    @property
    def expires_at(self) -> datetime:
        return self.starts_at - USEFUL_LEAD


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes the reminders that are due and not written; how many. One per booking: the newest, if several were missed."""
    found = candidates(connection, council, now=now)
    written = _already(connection, [c.booking_id for c in found])
    send_at: SendAt = cache(partial(_send_at, council))  # the same for everybody who starts then
    due = [notice for c in found if (notice := _due(council, c, written[c.booking_id], send_at, now))]
    due = _as_they_know(connection, due)
    _overtake(connection, [notice.booking_id for notice in due if written[notice.booking_id or 0]], now)
    return len(notices.write_all(connection, council, due, now=now))


def _as_they_know(connection: Connection, due: list[Notice]) -> list[Notice]:
    """With the later time of what starts late, where they have been told."""
    late: dict[int, dict[str, str]] = {}
    for start in range(0, len(due), AT_ONCE):
        some = due[start : start + AT_ONCE]
        versions = {n.booking_id or 0: (n.booking_version or 0, n.session_version or 0) for n in some}
        late |= late_starts.of_bookings(connection, versions)
    return [n._replace(fields={**n.fields, **late.get(n.booking_id or 0, {})}) for n in due]


def _overtake(connection: Connection, booking_ids: list[int | None], now: datetime) -> None:
    """Takes back what still waits to remind of these."""
    for start in range(0, len(booking_ids), AT_ONCE):
        older = (notice_rows.c.purpose == "reminder", notice_rows.c.booking_id.in_(booking_ids[start : start + AT_ONCE]))
        notices.withdraw(connection, *older, status="superseded", why="newer_reminder", now=now)


def candidates(connection: Connection, council: Council, *, now: datetime) -> list[Candidate]:
    """Standing bookings of the coming days that nobody has said they can't make."""
    return _candidates(connection, council, now)


def next_of(connection: Connection, council: Council, booking_id: int, *, now: datetime) -> tuple[datetime, Notice] | None:
    """The next reminder of one booking as things stand, and when: at once where it is due already."""
    for c in _candidates(connection, council, now, booking_id):
        written = _already(connection, [booking_id])[booking_id]
        if due := _due(council, c, written, partial(_send_at, council), now):
            return now, due
        offsets = council.first if c.after_gap or c.session_version > 1 else council.regular
        ahead = ((_send_at(council, c.starts_at, c.safe, days), days) for days in offsets)
        if later := sorted((at, days) for at, days in ahead if at is not None and at > now and not _is_paused(c, at)):
            return later[0][0], _notice(c, later[0][1])
    return None


def _candidates(connection: Connection, council: Council, now: datetime, only: int | None = None) -> list[Candidate]:
    offsets = (*council.regular, *council.first)
    given: dict[str, Any] = {
        "useful": now + USEFUL_LEAD,
        "gap_ago": now + USEFUL_LEAD - A_GAP,
        "last": f"%:d{min(offsets, default=0)}",
    }
    if only is None:
        given["until"] = now + timedelta(days=max(offsets, default=0) + 2)
        return [_candidate(row) for row in _DUE.all(connection, given)]
    return [_candidate(row) for row in _OF_ONE.all(connection, {**given, "only": only})]


def _asking(which: Any, *narrower: Any) -> Prepared:
    near = _near(which)
    return Prepared(
        select(
            bookings.c.id, bookings.c.version, bookings.c.booked_at, sessions.c.id, sessions.c.version, sessions.c.starts_at,
            people.c.id, people.c.safe_from, people.c.safe_until, people.c.paused_until, placements.c.nickname,
            placements.c.women_only, near.c.earlier.is_(None) & ~_came_before(), near.c.earlier, bookings.c.answer,
            booked.own_stop(),
        )
        .select_from(near)
        .join(bookings, bookings.c.id == near.c.id)
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .join(placements, placements.c.id == sessions.c.placement_id)
        .join(people, people.c.id == bookings.c.person_id)
        .where(bookings.c.answer.is_distinct_from("cant"), sessions.c.starts_at > bindparam("useful"))
        .where(~_told_last(), ~bookings.c.walk_in, *narrower)
    )  # fmt: skip


def _near(which: Any) -> Any:
    """Those standing bookings, each with the start of the person's session before it, unless after a gap.

    So what lies further behind somebody is not looked at.
    """
    earlier = func.lag(sessions.c.starts_at, type_=Moment).over(
        partition_by=bookings.c.person_id, order_by=sessions.c.starts_at
    )
    return (
        select(bookings.c.id, earlier.label("earlier"))
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .where(bookings.c.status == "booked", sessions.c.status == "planned", which)
        .where(sessions.c.starts_at >= bindparam("gap_ago"))
        .cte("near")
    )


def _came_before() -> Any:
    """Whether the person was booked on any session before that one."""
    before, session_before = bookings.alias("before"), sessions.alias("session_before")
    return exists().where(
        before.c.person_id == bookings.c.person_id,
        before.c.status == "booked",
        session_before.c.id == before.c.session_id,
        session_before.c.status == "planned",
        session_before.c.starts_at < sessions.c.starts_at,
    )


def _told_last() -> Any:
    """The last reminder of all is written: nothing more is due for that booking."""
    return exists().where(
        notice_rows.c.booking_id == bookings.c.id,
        notice_rows.c.purpose == "reminder",
        notice_rows.c.booking_version == bookings.c.version,
        notice_rows.c.session_version == sessions.c.version,
        notice_rows.c.key.like(bindparam("last")),
    )


_DUE = _asking(sessions.c.starts_at <= bindparam("until"))
# Of one booking, its person's alone, however far ahead it is.
_OF_ONE = _asking(
    bookings.c.person_id == select(bookings.c.person_id).where(bookings.c.id == bindparam("only")).scalar_subquery(),
    bookings.c.id == bindparam("only"),
)


def _candidate(row: tuple[Any, ...]) -> Candidate:
    *_, earlier, answer, pick_up = row
    safe = None if row[7] is None else Span(row[7], row[8])
    gap = earlier is None or row[5] - earlier > A_GAP
    return Candidate._make((*row[:7], safe, *row[9:12], bool(row[12]), gap, answer == "coming", pick_up))


_WRITTEN = Prepared(
    select(notice_rows.c.booking_id, notice_rows.c.key, notice_rows.c.created_at).where(
        among(notice_rows.c.booking_id, "ids"),
        notice_rows.c.purpose.in_(("reminder", "moved")),
    )
)


def _already(connection: Connection, booking_ids: Iterable[int]) -> dict[int, dict[str, datetime]]:
    """When each reminder and each news of a move was written, by booking and key."""
    keys: dict[int, dict[str, datetime]] = defaultdict(dict)
    for booking_id, key, created_at in _WRITTEN.all(connection, {"ids": set(booking_ids)}):
        keys[booking_id][key] = created_at
    return keys


def _due(council: Council, c: Candidate, written: dict[str, datetime], when: SendAt, now: datetime) -> Notice | None:
    offsets = council.first if c.after_gap or c.session_version > 1 else council.regular
    moved_at = written.get(f"moved:b{c.booking_id}:v{c.booking_version}.{c.session_version}")
    for days in sorted(offsets):
        send_at = when(c.starts_at, c.safe, days)
        if send_at is None or send_at > now:
            continue
        if _is_paused(c, send_at):
            return None
        # The newest that is due decides. Written before, there is nothing to do; missed, those before it stay unsaid.
        notice = _notice(c, days)
        needless = c.is_confirmed or send_at < c.booked_at <= now
        news_says_it = moved_at is not None and send_at < moved_at <= now
        if notice.key in written or news_says_it or (needless and days != min(offsets)):
            return None
        return notice
    return None


def _is_paused(c: Candidate, send_at: datetime) -> bool:
    """Its time lies in a pause, or before one: what a pause held back is not said late."""
    return c.paused_until is not None and send_at < c.paused_until


def _send_at(council: Council, starts_at: datetime, safe: Span | None, days: int) -> datetime | None:
    day = starts_at.astimezone(LONDON).date() - timedelta(days=days)
    nominal = datetime.combine(day, council.reminders_at, LONDON)
    return sending_hours.fit(council, nominal, starts_at - USEFUL_LEAD, timing(days), safe)


def timing(days: int) -> sending_hours.Timing:
    """Only a next-day reminder may go on a Sunday or a holiday."""
    return "timely" if days <= 1 else "routine"


def _notice(c: Candidate, days: int) -> Notice:
    starts_at = c.starts_at.isoformat()
    fields = {"day": starts_at, "time": starts_at, "place": "" if c.women_only else c.nickname}
    string = "reminder.first"
    if not c.is_first or days <= 1:
        stop = directions.stop(c.sealed_pick_up, women_only=c.women_only)
        string = OF_THE_DAY_BEFORE[bool(stop)]
        fields |= {"pick_up": stop} if stop else {}
    return Notice(
        key=f"reminder:b{c.booking_id}:v{c.booking_version}.{c.session_version}:d{days}",
        purpose="reminder",
        string=string,
        lane=notices.REMINDER,
        expires_at=c.expires_at,
        timing=timing(days),
        fields=fields,
        person_id=c.person_id,
        booking_id=c.booking_id,
        booking_version=c.booking_version,
        session_id=c.session_id,
        session_version=c.session_version,
    )
