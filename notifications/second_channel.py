"""A second way to tell somebody what they must hear, twenty minutes after the first brought neither delivery nor answer.

A new notice on the person's other channel, once for each first one. "Off" and "moved" go there when no receipt says that
the first arrived; a reminder only when the provider says it did not, as a phone switched on later would get it twice.
Telegram's success is final, so nothing follows it. An answer is a word from the address that the first went to, or to
its question from anywhere. Call-first people are asked to call once, and no more.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from db import eligibility, inbound, notices
from db import people as who
from db.council import Council
from db.eligibility import Facts, Refusal
from db.notices import SECOND, Notice, Route
from db.people import Person
from db.schema import LIVE, bookings, sessions, telegram_links
from db.schema import deliveries as tries
from db.schema import notices as rows

AFTER = timedelta(minutes=20)
AT_ONCE = 200  # and no more than twice as many in one transaction: others write too, and the next tick is near
LEAST = timedelta(minutes=5)  # less than this before it expires, it would help nobody
MODES = ("standard", "discreet")
ALWAYS = ("off", "moved")  # told on both channels sooner than on neither
OVER = ("undelivered", "failed", "expired", "cancelled")
OTHER = {"sms": "telegram", "telegram": "sms"}

log = logging.getLogger("turnup.clock")


@dataclass(frozen=True, slots=True)
class First:
    """A notice that was given to a provider, and what is known of it."""

    purpose: str
    channels: frozenset[str]
    started_at: datetime
    expires_at: datetime
    statuses: frozenset[str]  # of all its deliveries
    heard_at: datetime | None = None  # when that address last wrote to us
    answered_at: datetime | None = None  # when the person last said whether they come

    @property
    def is_answered(self) -> bool:
        return any(at is not None and at >= self.started_at for at in (self.heard_at, self.answered_at))

    @property
    def is_settled(self) -> bool:
        """Whether it arrived or was answered, so that nothing more has to be said."""
        return "delivered" in self.statuses or self.is_answered


def is_due(first: First, *, now: datetime) -> bool:
    """Whether the other channel's turn has come."""
    if first.is_settled or first.statuses & set(LIVE) or first.started_at + AFTER > now:
        return False
    if first.expires_at - now < LEAST or len(first.channels) > 1:
        return False
    return first.purpose in ALWAYS or first.statuses <= set(OVER)


def write(connection: Connection, council: Council, *, now: datetime) -> int:
    """Writes what is due on a second channel, and takes back what has become needless; how many were written."""
    _take_back(connection, now)
    due = [(row, first) for row, first in _firsts(connection, _untold(now)) if is_due(first, now=now)]
    written = 0
    for start in range(0, len(due), AT_ONCE):
        written += _write(connection, council, due[start : start + AT_ONCE], now)
        if written >= AT_ONCE:
            break
    return written


def _write(connection: Connection, council: Council, due: Sequence[tuple[Any, First]], now: datetime) -> int:
    known = who.people_by_id(connection, {row.person_id for row, _ in due})
    wanted: list[Notice] = []
    for row, first in due:
        second = _second(row, OTHER[min(first.channels)])
        if row.person_id not in known or not _may_go(connection, council, second, known[row.person_id], now):
            continue
        try:
            wanted.append(second._replace(fields=connection.execute(_FIELDS, {"id": row.id}).scalar_one()))
        except InvalidToken:
            log.error("notice %d cannot be read", row.id)
    return len(notices.write_all(connection, council, wanted, now=now, known=known.values()))


def _second(row: Any, channel: str) -> Notice:
    """The same words, before the same moment, on that channel."""
    return Notice(
        key=SECOND + row.key,
        purpose=row.purpose,
        string=row.string,
        lane=row.lane,
        expires_at=row.expires_at,
        timing=row.timing,
        person_id=row.person_id,
        channel=channel,
        booking_id=row.booking_id,
        booking_version=row.booking_version,
        session_id=row.session_id,
        session_version=row.session_version,
        pack_request_id=row.pack_request_id,
        pack_version=row.pack_version,
    )


def _may_go(connection: Connection, council: Council, second: Notice, person: Person, now: datetime) -> bool:
    """Whether the mode, the council, the address and all that binds a first one allow it, now or before it expires."""
    where = notices.route(council, second, person, None)
    if person.mode not in MODES or not isinstance(where, Route):
        return False
    counts = second.purpose not in notices.UNCOUNTED
    facts = Facts(
        second.purpose, second.timing, second.lane, counts, where.channel, where.address_hash, now, second.expires_at,
        second.booking_id, second.booking_version, second.session_id, second.session_version, second.pack_request_id,
        second.pack_version,
    )  # fmt: skip
    return not isinstance(eligibility.check(connection, council, facts, person, now=now), Refusal)


def _take_back(connection: Connection, now: datetime) -> None:
    """A second one that still waits, for permitted hours say, is not sent any more once the first has arrived."""
    waiting = select(rows.c.key).where(rows.c.status == "open", rows.c.purpose.in_(notices.MUST_HEAR), _is_second)
    keys = [key.removeprefix(SECOND) for key in connection.execute(waiting).scalars()]
    settled = [SECOND + row.key for row, first in _firsts(connection, [rows.c.key.in_(keys)]) if first.is_settled]
    if settled:
        notices.withdraw(connection, rows.c.key.in_(settled), status="superseded", why="first_arrived", now=now)


_OPEN_COLUMNS = tuple(column for column in rows.c if column.name not in ("fields", "address"))
_FIELDS = select(rows.c.fields).where(rows.c.id == bindparam("id"))
_is_second = rows.c.key.startswith(SECOND, autoescape=True)


def _untold(now: datetime) -> list[Any]:
    """Which notices may need a second channel. Found from the sessions ahead, so that what is past costs nothing."""
    ours = tries.alias("ours")
    second = rows.alias("second")
    linked = (telegram_links.c.person_id == rows.c.person_id) & telegram_links.c.ended_at.is_(None)
    return [
        rows.c.session_id.in_(select(sessions.c.id).where(sessions.c.starts_at > now)),
        rows.c.purpose.in_(notices.MUST_HEAR),
        rows.c.status.in_(("told", "undeliverable")),
        rows.c.expires_at > now + LEAST,
        ~_is_second,
        exists().where(linked),
        ~exists().where(second.c.key == SECOND + rows.c.key),
        exists().where(ours.c.notice_id == rows.c.id, ours.c.started_at <= now - AFTER),
        ~exists().where(ours.c.notice_id == rows.c.id, ours.c.status.in_(("delivered", *LIVE))),
    ]


def _firsts(connection: Connection, conditions: Sequence[Any]) -> list[tuple[Any, First]]:
    """The notices that match and were given to a provider, each with what became of it."""
    query = (
        select(*_OPEN_COLUMNS, bookings.c.answered_at)
        .outerjoin(bookings, bookings.c.id == rows.c.booking_id)
        .where(*conditions)
        .order_by(rows.c.id)
    )
    found = connection.execute(query).all()
    states = _deliveries(connection, [row.id for row in found])
    heard = inbound.heard_from(connection, {one.address_hash for of in states.values() for one in of})
    return [(row, _first(row, states[row.id], heard)) for row in found if row.id in states]


def _deliveries(connection: Connection, ids: Iterable[int]) -> dict[int, list[Any]]:
    """Of each notice, the deliveries that were given to a provider or still may be, oldest first."""
    begun = or_(tries.c.started_at.is_not(None), tries.c.status.in_(LIVE))
    query = (
        select(tries.c.notice_id, tries.c.channel, tries.c.address_hash, tries.c.status, tries.c.started_at)
        .where(and_(tries.c.notice_id.in_(list(ids)), tries.c.action != "delete", begun))
        .order_by(tries.c.notice_id, tries.c.seq)
    )
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.notice_id, []).append(row)
    return {id_: of for id_, of in found.items() if of[0].started_at is not None}


def _first(row: Any, of: list[Any], heard: dict[str, datetime]) -> First:
    times = [heard[one.address_hash] for one in of if one.address_hash in heard]
    return First(
        purpose=row.purpose,
        channels=frozenset(one.channel for one in of),
        started_at=of[0].started_at,
        expires_at=row.expires_at,
        statuses=frozenset(one.status for one in of),
        heard_at=max(times, default=None),
        answered_at=row.answered_at,
    )
