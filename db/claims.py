"""What waits to be sent, as the sender weighs it, and the mark that it is being sent."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Text,
    bindparam,
    column,
    exists,
    literal_column,
    select,
    true,
    union_all,
    values,
)

from db import crypto
from db import people as who
from db.given import among, pack, rows
from db.leases import IS_HELD, Held
from db.pauses import Pause
from db.people import Person, Staff
from db.prepared import Prepared
from db.schema import deliveries, leases, notices, pauses, people, telegram_links


class Waiting(NamedTuple):
    """A pending delivery with its notice, as the sender weighs it."""

    id: int
    token: str
    channel: str
    action: str
    target: int | None
    address: str
    address_hash: str
    lane: int
    counts: bool
    attempts: int
    resends: int
    seq: int
    expires_at: datetime
    notice: Any
    person: Person | None = None  # whom it is for, where many are read at once


class NoticeRow(NamedTuple):
    id: int
    key: str
    purpose: str
    string: str
    fields: dict[str, Any]
    lane: int
    timing: str
    person_id: int | None
    staff_id: int | None
    address: str | None
    channel: str | None
    edits: int | None
    booking_id: int | None
    booking_version: int | None
    session_id: int | None
    session_version: int | None
    question_id: int | None
    alert_id: int | None
    pack_request_id: int | None
    pack_version: int | None
    inbound_id: int | None
    created_at: datetime
    expires_at: datetime
    not_before: None = None


_OF_NOTICE = NoticeRow._fields[:-1]
_OF_DELIVERY = Waiting._fields[:-2]
_NOTICE = [notices.c[name] for name in _OF_NOTICE]
_READ = (*(deliveries.c[name] for name in _OF_DELIVERY), *_NOTICE)

LANES = range(5)
_PENDING = deliveries.c.status == "pending"
_DUE = (_PENDING, deliveries.c.channel == bindparam("channel"), deliveries.c.not_before <= bindparam("now"))


def _first_of(lane: Any, limit: Any) -> Any:
    earlier = deliveries.alias("earlier")
    held_up = exists().where(
        earlier.c.address_hash == deliveries.c.address_hash,
        earlier.c.status == "pending",
        earlier.c.attempts > literal_column("0"),
        earlier.c.id < deliveries.c.id,
        earlier.c.lane <= deliveries.c.lane,
        earlier.c.channel == deliveries.c.channel,
    )
    return (
        select(*(deliveries.c[name] for name in _OF_DELIVERY), deliveries.c.notice_id, deliveries.c.not_before)
        .where(*_DUE, deliveries.c.lane == lane, ~held_up)
        .where(~among(deliveries.c.address_hash, "but_for"))
        .order_by(deliveries.c.not_before, deliveries.c.id)
        .limit(limit)
    )


def _first(dialect: str, limit: Any) -> Any:
    """The first of all, found lane by lane: each is then read in the order of its index, and no further than it has to be.

    PostgreSQL takes longer to set out on five such searches than to follow them, so it is given one to repeat.
    """
    if dialect == "postgresql":
        lanes = values(column("lane", Integer), name="lanes", literal_binds=True).data([(lane,) for lane in LANES])
        of_lane = _first_of(lanes.c.lane, limit).lateral("of_lane")
        found = select(of_lane).select_from(lanes.join(of_lane, true()))
    else:
        of_each = union_all(*(select(_first_of(literal_column(str(lane)), limit).subquery()) for lane in LANES)).subquery()
        found = select(of_each)
    of = found.selected_columns
    return found.order_by(of.lane, of.not_before, of.id).limit(limit).subquery("first")


@cache
def _waiting_up_to(most: int) -> Prepared:
    """How many is written out: PostgreSQL would make a plan each time, which takes longer than to follow it, could it not
    tell that they are few.
    """
    return Prepared(lambda connection: _waiting_of(_first(connection.dialect.name, literal_column(str(most)))))


# The lease is locked until the transaction ends, so that none takes over meanwhile.
_HELD = (
    select(pauses.c.why, pauses.c.until, pauses.c.seconds)
    .select_from(leases.outerjoin(pauses, pauses.c.channel == bindparam("channel")))
    .where(*IS_HELD)
    .with_for_update(read=True, of=leases)
    .subquery("held")
)
_OF_PAUSE = len(_HELD.c)


def _waiting_of(first: Any) -> Any:
    return (
        select(*_HELD.c, *(first.c[name] for name in _OF_DELIVERY), *_NOTICE, *who.COLUMNS)
        .select_from(
            _HELD.join(first, true())
            .join(notices, notices.c.id == first.c.notice_id)
            .outerjoin(people, people.c.id == notices.c.person_id)
            .outerjoin(telegram_links, who.THEIR_CHAT)
        )
        .order_by(first.c.lane, first.c.not_before, first.c.id)
    )


_IS_DUE = Prepared(
    union_all(
        *(
            select(select(deliveries.c.id).where(*_DUE, deliveries.c.lane == literal_column(str(lane))).limit(1).subquery())
            for lane in LANES
        )
    )
)


Looked = tuple[list[Waiting], Pause | None]


def waiting(
    connection: Connection, channel: str, held: Held, *, now: datetime, limit: int, but_for: Collection[str] = ()
) -> Looked:
    """Pending deliveries whose time has come, urgent lanes first, but for these addresses (hashes), and the channel's pause.

    A retried one holds back what came later for its address, but nothing more urgent than itself. None without the lease.
    """
    return ask_waiting(connection, channel, held, now=now, limit=limit, but_for=but_for)()


def ask_waiting(
    connection: Connection, channel: str, held: Held, *, now: datetime, limit: int, but_for: Collection[str]
) -> Callable[[], Looked]:
    """As `waiting`; may stand among questions put `together`."""
    # A set, since a list would be taken for one that the statement is made anew for.
    about = {"channel": channel, "now": now, "but_for": set(but_for), **held._asdict()}
    rows = _waiting_up_to(limit).ask(connection, about)
    return lambda: _looked(rows())


def _looked(rows: Sequence[Sequence[Any]]) -> Looked:
    pause = Pause(*rows[0][:_OF_PAUSE]) if rows and rows[0][0] is not None else None
    return [_waiting(row[_OF_PAUSE:]) for row in rows], pause


def is_due(connection: Connection, channel: str, *, now: datetime) -> bool:
    """Whether anything of this channel may be worth a closer look: a cheap question, asked all the time."""
    return _IS_DUE.first(connection, {"channel": channel, "now": now}) is not None


def _waiting(row: Sequence[Any]) -> Waiting:
    """Of a row of `_READ`, or of one that goes on with the person."""
    split, end = len(_OF_DELIVERY), len(_READ)
    person = who.of_row(row[end:]) if row[end : end + 1] and row[end] is not None else None
    return Waiting._make((*row[:split], NoticeRow._make((*row[split:end], None)), person))


def by_id(connection: Connection, delivery_id: int) -> Waiting:
    query = select(*_READ).join(notices, notices.c.id == deliveries.c.notice_id).where(deliveries.c.id == delivery_id)
    return _waiting(connection.execute(query).one())


def staff(connection: Connection, waiting: Collection[Waiting]) -> dict[int, Staff]:
    """The staff whom these are for, by id."""
    ids = {one.notice.staff_id for one in waiting} - {None}
    return who.members_by_id(connection, ids) if ids else {}


def recipient(connection: Connection, notice: Any) -> tuple[Person | None, Staff | None]:
    if notice.person_id is not None:
        return who.person(connection, notice.person_id), None
    if notice.staff_id is not None:
        return None, who.member(connection, notice.staff_id)
    return None, None


@dataclass(frozen=True, slots=True)
class Intent:
    """What a claimed delivery is about to say."""

    id: int
    body: str
    locale: str
    parts: int


# Asked of the text so that no index is: a row is found by its id, and not in the list of all that wait. The ids stand in
# a list of their own too, since PostgreSQL takes packed rows for a hundred, and would rather read the whole table.
_STILL_PENDING = deliveries.c.status.concat(literal_column("''")) == "pending"


def _start(dialect: str) -> Any:
    given = rows(dialect, id=BigInteger, body=Text, locale=Text, parts=Integer)
    return (
        deliveries.update()
        .where(deliveries.c.id == given.c.id, among(deliveries.c.id, "ids"), _STILL_PENDING)
        .values(
            status="sending", fence=bindparam("by"), body=given.c.body, locale=given.c.locale, parts=given.c.parts,
            sending_at=bindparam("real"), started_at=bindparam("now"),
        )
        .returning(deliveries.c.id)
    )  # fmt: skip


_START = Prepared(lambda connection: _start(connection.dialect.name))


def start(
    connection: Connection, intents: Collection[Intent], *, fence: int, now: datetime, real: datetime
) -> Callable[[], set[int]]:
    """pending → sending; the ids of those that are. Committed before the provider is called: a crash leaves a mark.

    Left out is what another process took back, or a receipt proved, since it was read: that must not be sent. May stand
    among what is put `together`.
    """
    encrypt = cache(crypto.keys().encrypt)  # a squad reads the same words
    given = [(i.id, encrypt(i.body), i.locale, i.parts) for i in intents]
    rows = _START.ask(connection, {"by": fence, "real": real, "now": now, "ids": {i.id for i in intents}, **pack(given)})
    return lambda: {row[0] for row in rows()}
