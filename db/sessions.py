"""Sessions: what happens when one is moved, cancelled or put back. A change outdates every message about the old version."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from db import access, attendance, calendars, directions, notices, tasks
from db.change import Change
from db.council import Council
from db.crypto import Sealed, sealed
from db.found import Place
from db.given import among
from db.notices import Notice
from db.permissions import Actor
from db.placing import ENDED
from db.prepared import Prepared
from db.schema import bookings, orders, people, placements, questions, reports, sessions
from db.schema import notices as notice_rows

CLOSURE_WITHIN = timedelta(hours=12)  # a change this near to the start may go out from `hours.off_from`
REPORTABLE_FOR = timedelta(hours=2)  # after the start, "late" and "can't come" still mean this session
AHEAD = timedelta(days=14)  # how far ahead "1", "2" and "3" look
COMING_UP = 3  # sessions read ahead
AT_ONCE = 3  # sessions of one person that begin within `REPORTABLE_FOR`, and more than there ever are


class Booked(NamedTuple):
    """One person's booking on one planned session, with what messages about it need."""

    booking_id: int
    booking_version: int
    person_id: int
    order_id: int
    answer: str | None
    session_id: int
    session_ref: str
    session_version: int
    starts_at: datetime
    ends_at: datetime
    supervisor_id: int | None
    placement_id: int
    nickname: str
    bring: str
    latitude: float | None
    longitude: float | None
    women_only: bool
    sealed_pick_up: Sealed | None

    @property
    def pick_up(self) -> str:
        """Where and when the van stops for them, as it may be said to them."""
        return directions.stop(self.sealed_pick_up, women_only=self.women_only)

    @property
    def about(self) -> dict[str, Any]:
        """What a notice about it carries, which is outdated once one of the versions is another."""
        return {
            "booking_id": self.booking_id, "booking_version": self.booking_version,
            "session_id": self.session_id, "session_version": self.session_version,
        }  # fmt: skip

    @property
    def starts(self) -> dict[str, str]:
        """Its day and time as fields."""
        return {"day": self.starts_at.isoformat(), "time": self.starts_at.isoformat()}


def own_stop() -> Any:
    """A column of a booking and its placement: the person's own stop, else the placement's."""
    return sealed(func.coalesce(bookings.c.pick_up, placements.c.pick_up).label("pick_up"))


_COLUMNS = (
    bookings.c.id, bookings.c.version, bookings.c.person_id, bookings.c.order_id, bookings.c.answer, sessions.c.id,
    sessions.c.ref, sessions.c.version, sessions.c.starts_at, sessions.c.ends_at, sessions.c.supervisor_id,
    placements.c.id, placements.c.nickname, placements.c.bring, placements.c.latitude, placements.c.longitude,
    placements.c.women_only, own_stop(),
)  # fmt: skip
_JOINED = bookings.join(sessions, sessions.c.id == bookings.c.session_id).join(
    placements, placements.c.id == sessions.c.placement_id
)
_STANDING = (bookings.c.status == "booked", sessions.c.status == "planned")
_STANDING_ROWS = select(*_COLUMNS).select_from(_JOINED).where(*_STANDING)
_TO_COME = _STANDING_ROWS.join(orders, orders.c.id == bookings.c.order_id).where(orders.c.status.not_in(ENDED))
_OF_PERSON = _TO_COME.where(bookings.c.person_id == bindparam("person_id")).order_by(sessions.c.starts_at)
_nth = func.row_number().over(partition_by=bookings.c.person_id, order_by=sessions.c.starts_at).label("nth")
_each = (
    _TO_COME.add_columns(_nth)
    .where(among(bookings.c.person_id, "people"), sessions.c.starts_at > bindparam("since"))
    .subquery("each")
)
_NEAR = Prepared(
    select(*(column for column in _each.c if column.name != "nth"))
    .where(_each.c.nth <= COMING_UP + AT_ONCE)
    .order_by(_each.c.starts_at)
)
_AHEAD = Prepared(_OF_PERSON.where(sessions.c.starts_at > bindparam("now")).limit(bindparam("limit")))
_EVERYONE = Prepared(
    select(*_COLUMNS).select_from(_JOINED).where(among(sessions.c.id, "ids"), bookings.c.status == "booked")
)
_BY_BOOKING = Prepared(_STANDING_ROWS.where(bookings.c.id == bindparam("id")))


def _booked(row: Any) -> Booked:
    return Booked._make(row)


@dataclass(frozen=True, slots=True)
class Near:
    """A person's booked sessions about now, towards orders that are not over.

    `to_answer`, which "1" acts on, is the next one within 14 days; `to_report`, which "2" and "3" act on, the one that
    began just now and is not reported, else the next; `ahead` are those that have not started, soonest first, at most three.
    """

    to_answer: Booked | None
    to_report: Booked | None
    ahead: list[Booked]


def near(connection: Connection, person_id: int, *, now: datetime) -> Near:
    return near_each(connection, [person_id], now=now)[person_id]


def near_each(connection: Connection, person_ids: Collection[int], *, now: datetime) -> dict[int, Near]:
    """The same of each of several people."""
    found: dict[int, list[Booked]] = {person_id: [] for person_id in person_ids}
    for row in _NEAR.all(connection, {"people": person_ids, "since": now - REPORTABLE_FOR}):
        one = _booked(row)
        found[one.person_id].append(one)
    return {person_id: _near(theirs, now) for person_id, theirs in found.items()}


def _near(found: Sequence[Booked], now: datetime) -> Near:
    began = (one for one in found if one.starts_at <= now < one.ends_at and one.answer != "cant")
    ahead = [one for one in found if one.starts_at > now][:COMING_UP]
    to_answer = ahead[0] if ahead and ahead[0].starts_at <= now + AHEAD else None
    return Near(to_answer, next(began, to_answer), ahead)


def coming_up(connection: Connection, person_id: int, *, now: datetime, limit: int = COMING_UP) -> list[Booked]:
    """The person's booked sessions that have not started, soonest first; none of an order that is over."""
    given = {"person_id": person_id, "now": now, "limit": limit}
    return [_booked(row) for row in _AHEAD.all(connection, given)]


def next_to_answer(connection: Connection, person_id: int, *, now: datetime) -> Booked | None:
    return near(connection, person_id, now=now).to_answer


def next_to_report(connection: Connection, person_id: int, *, now: datetime) -> Booked | None:
    return near(connection, person_id, now=now).to_report


def booked(connection: Connection, booking_id: int) -> Booked | None:
    """That booking as long as it and its session stand."""
    row = _BY_BOOKING.first(connection, {"id": booking_id})
    return _booked(row) if row else None


def booked_all(connection: Connection, booking_ids: Collection[int]) -> list[Booked]:
    """Those of them that stand, soonest first."""
    query = _STANDING_ROWS.where(bookings.c.id.in_(booking_ids)).order_by(sessions.c.starts_at, bookings.c.id)
    return [_booked(row) for row in connection.execute(query)]


def _everyone(connection: Connection, session_ids: Collection[int]) -> list[Booked]:
    return [_booked(row) for row in _EVERYONE.all(connection, {"ids": set(session_ids)})]


def change(
    connection: Connection,
    council: Council,
    session_id: int,
    *,
    placement_id: int,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    actor: str,
    tell: bool,
    reason: str | None = None,
    broadcast_id: int | None = None,
) -> None:
    """Moves a session: a new version, old reminders outdated, answers cleared and asked for again (S28).

    Who was marked before it began is not any more; of one that has begun the marks stand, whatever its times become.
    """
    before = _everyone(connection, [session_id])
    if before and before[0].starts_at > now:
        attendance.forget(Change(connection, council, now, Actor(actor)), session_id)
    values = {"placement_id": placement_id, "starts_at": starts_at, "ends_at": ends_at}
    _new_version(connection, [session_id], **values)
    told = _outdate(connection, [session_id], now)
    _ask_anew(connection, session_id, now)
    access.log(connection, actor, "session.changed", now=now, reason=reason)
    if tell:
        old = {b.booking_id: b for b in before}
        now_so = _everyone(connection, [session_id])
        kept = calendars.kept(connection, old)
        said = [_moved(old[after.booking_id], after, told.get(after.person_id), now, broadcast_id, kept) for after in now_so]
        _write(connection, council, said, now)


def _write(connection: Connection, council: Council, said: Iterable[Notice | None], now: datetime) -> None:
    notices.write_all(connection, council, [notice for notice in said if notice is not None], now=now)


def _moved(
    before: Booked, after: Booked, known: str | None, now: datetime, broadcast_id: int | None, kept: Collection[int]
) -> Notice | None:
    expires_at = max(before.starts_at, after.starts_at)
    if expires_at <= now:
        return None
    known_start = known or before.starts_at.isoformat()
    fields = {
        "day": known_start,
        "day2": after.starts_at.isoformat(),
        "time": after.starts_at.isoformat(),
        **place(after),
        **_in_calendar(after, kept),
    }
    near = min(before.starts_at, after.starts_at) - now < CLOSURE_WITHIN
    return _about(after, "moved", "session.moved", fields, expires_at, near, broadcast_id=broadcast_id)


def cancel(
    connection: Connection,
    council: Council,
    session_ids: Collection[int],
    *,
    now: datetime,
    actor: str,
    tell: bool,
    reasons: Collection[str | None] = (None,),
    broadcast_id: int | None = None,
) -> None:
    """Calls sessions off: new versions, reminders outdated, everyone booked told (S27). Nobody is absent from them."""
    before = _everyone(connection, session_ids)
    for session_id in attendance.marked(connection, session_ids):
        attendance.forget(Change(connection, council, now, Actor(actor)), session_id)
    _new_version(connection, session_ids, status="cancelled")
    told = _outdate(connection, session_ids, now)
    access.log_all(connection, actor, "session.cancelled", reasons, now=now)
    if tell:
        kept = calendars.kept(connection, [one.booking_id for one in before])
        said = [_off(one, one.session_version + 1, told.get(one.person_id), now, broadcast_id, kept) for one in before]
        _write(connection, council, said, now)


def tell_off(connection: Connection, council: Council, one: Booked, *, now: datetime, version: int) -> None:
    """S27 to one person, naming the day that they last heard of."""
    kept = calendars.kept(connection, [one.booking_id])
    _write(connection, council, [_off(one, version, None, now, None, kept)], now)


def tell_late_off(connection: Connection, council: Council, booking_ids: Collection[int], *, now: datetime) -> None:
    """S27 to people who are on their way to what has begun and is off from now; to nobody once it would be over."""
    said = [
        _about(one, "late", "session.off", {"day": one.starts_at.isoformat(), **place(one)}, one.ends_at, near=True)
        for one in booked_all(connection, booking_ids)
        if one.ends_at > now
    ]
    _write(connection, council, said, now)


def _off(
    one: Booked, version: int, known: str | None, now: datetime, broadcast_id: int | None, kept: Collection[int]
) -> Notice | None:
    if one.starts_at <= now:
        return None
    fields = {"day": known or one.starts_at.isoformat(), **place(one), **_in_calendar(one, kept, off=True)}
    near = one.starts_at - now < CLOSURE_WITHIN
    return _about(one, "off", "session.off", fields, one.starts_at, near, version=version, broadcast_id=broadcast_id)


_BY_ANY_BOOKING = select(*_COLUMNS).select_from(_JOINED).where(bookings.c.id == bindparam("id"))


def off_again(connection: Connection, booking_id: int, *, key: str, now: datetime) -> Notice | None:
    """S27 once more for a session that is still off; None where its time has come."""
    one = _booked(connection.execute(_BY_ANY_BOOKING, {"id": booking_id}).one())
    notice = _off(one, one.session_version, None, now, None, calendars.kept(connection, [booking_id]))
    return notice._replace(key=key, timing="closure") if notice else None


def reinstate(
    connection: Connection,
    council: Council,
    session_id: int,
    *,
    now: datetime,
    actor: str,
    only: Collection[int] | None = None,
) -> None:
    """Puts a cancelled session back. People are asked anew, since they were told not to come.

    `only`: the ids of those who were told so, where not everybody was. Who has not heard yet that it moved, hears that.
    """
    _new_version(connection, [session_id], status="planned")
    known = _outdate(connection, [session_id], now)
    _ask_anew(connection, session_id, now)
    access.log(connection, actor, "session.reinstated", now=now)
    booked_on = _everyone(connection, [session_id])
    moved = {one.person_id: day for one in booked_on if (day := known.get(one.person_id)) not in (None, one.starts["day"])}
    told = [one for one in booked_on if only is None or one.person_id in {*only, *moved}]
    kept = calendars.kept(connection, [one.booking_id for one in told])
    _write(connection, council, [_on_again(one, moved.get(one.person_id), now, kept) for one in told], now)


def _on_again(one: Booked, known: str | None, now: datetime, kept: Collection[int]) -> Notice | None:
    """`known`: another day that they still know, since neither the move nor that it was off has reached them."""
    if one.starts_at <= now:
        return None
    if known is not None:
        return _moved(one, one, known, now, None, kept)
    near = one.starts_at - now < CLOSURE_WITHIN
    return _about(
        one, "moved", "session.on_again", {**one.starts, **place(one), **_in_calendar(one, kept)}, one.starts_at, near
    )


def entry(one: Booked, *, off: bool = False) -> dict[str, Any]:
    """One calendar entry, as a field. Each change of booking or session makes a higher sequence, and `off` is a change."""
    about = {"booking": one.booking_id, "sequence": 2 * (one.booking_version + one.session_version) + off, "off": off}
    return {**about, "starts": one.starts_at.isoformat(), "ends": one.ends_at.isoformat(), **place(one)}


def _in_calendar(one: Booked, kept: Collection[int], *, off: bool = False) -> dict[str, Any]:
    return {"calendar": entry(one, off=off)} if one.booking_id in kept else {}


def place(one: Booked | Place) -> dict[str, str]:
    """The place as a field. Women-only work is never named in a message."""
    return {"place": "" if one.women_only else one.nickname}


def way(connection: Connection, council: Council, one: Booked) -> str:
    """How to get there in words, where the council's file says; of women-only work nothing is said."""
    if one.women_only:
        return ""
    ref = connection.execute(select(placements.c.ref).where(placements.c.id == one.placement_id)).scalar_one()
    return council.way_to(ref)


def pin(one: Booked) -> list[float] | None:
    """Where it is on a map. Women-only work is on none."""
    if one.women_only or one.latitude is None or one.longitude is None:
        return None
    return [one.latitude, one.longitude]


def _about(
    one: Booked,
    purpose: str,
    string: str,
    fields: dict[str, Any],
    expires_at: datetime,
    near: bool,
    *,
    version: int | None = None,
    broadcast_id: int | None = None,
) -> Notice:
    """`version`: of the session, where the change that it tells of has made another than `one` was read with."""
    session_version = one.session_version if version is None else version
    return Notice(
        key=f"{purpose}:b{one.booking_id}:v{one.booking_version}.{session_version}",
        purpose=purpose,
        string=string,
        lane=notices.CHANGE,
        expires_at=expires_at,
        timing="closure" if near else "timely",
        fields=fields,
        person_id=one.person_id,
        **{**one.about, "session_version": session_version},
        broadcast_id=broadcast_id,
    )


def _ask_anew(connection: Connection, session_id: int, now: datetime) -> None:
    """What people said was of the old version: answers are cleared, and reports no longer stand."""
    ours = bookings.c.session_id == session_id
    connection.execute(bookings.update().where(ours).values(answer=None, answered_at=None))
    of_it = reports.c.booking_id.in_(select(bookings.c.id).where(ours))
    connection.execute(reports.update().where(of_it, reports.c.withdrawn_at.is_(None)).values(withdrawn_at=now))


def _new_version(connection: Connection, session_ids: Collection[int], **values: Any) -> None:
    ours = sessions.c.id.in_(session_ids)
    connection.execute(sessions.update().where(ours).values(version=sessions.c.version + 1, done_at=None, **values))


def _outdate(connection: Connection, session_ids: Collection[int], now: datetime) -> dict[int, str]:
    """Takes back what waits about the old version; per person, the day that a taken-back "moved" or "off" named."""
    standing = select(bookings.c.id).where(bookings.c.session_id.in_(session_ids), bookings.c.status == "booked")
    ours = notice_rows.c.booking_id.in_(standing)
    waiting = connection.execute(
        select(notice_rows.c.id, notice_rows.c.person_id, notice_rows.c.fields).where(
            ours, notice_rows.c.status == "open", notice_rows.c.purpose.in_(("moved", "off"))
        )
    ).all()
    gone = set(notices.withdraw(connection, ours, status="superseded", why="session_changed", now=now))
    of_roster = (notice_rows.c.session_id.in_(session_ids), notice_rows.c.purpose == "roster")
    notices.withdraw(connection, *of_roster, status="superseded", why="session_changed", now=now)
    close_questions(connection, session_ids, now)
    tasks.close_about_bookings(connection, "absence", standing, now=now)
    return {row.person_id: row.fields["day"] for row in waiting if row.id in gone}


def close_questions(connection: Connection, session_ids: Collection[int], now: datetime) -> None:
    about = select(bookings.c.id).where(bookings.c.session_id.in_(session_ids))
    connection.execute(
        questions.update().where(questions.c.booking_id.in_(about), questions.c.closed_at.is_(None)).values(closed_at=now)
    )


def of_person(connection: Connection, ref: str, *, now: datetime) -> Booked | None:
    """The next session of the person with that ref."""
    person_id = connection.execute(select(people.c.id).where(people.c.ref == ref)).scalar_one()
    found = coming_up(connection, person_id, now=now)
    return found[0] if found else None
