"""Does it work? What must hold of the record at every moment, asked by query; each breach that lasts stands as a task."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, Select, case, exists, func, select

from db import alarms, cursors, leases, tasks
from db.council import Council
from db.deliveries import TAKEN, TIMEOUT
from db.leases import Signs
from db.schema import CHANNELS, LIVE, deliveries, inbound, notices, pauses
from db.schema import cursors as cursor_rows
from db.schema import leases as lease_rows
from db.schema import tasks as task_rows

PARTS = ("web", "worker", "clock")
QUICK = (
    *PARTS, "fewer", *CHANNELS, "inbound", "queue", "sending", "unknown", "overdue", "expired", "slow", "list", "record",
    "deaf",
)  # fmt: skip
AUDITED = ("lost", "twice", "astray")
NAMES = QUICK + AUDITED
BY_THE_CLOCK = frozenset({"queue", "overdue", "expired", "slow"})  # what a demo's jump of days shows, and is no trouble
"""`lost` is a notice still open that no delivery will tell; `twice` one that two deliveries told; `astray` one that is
settled otherwise than its deliveries: told by none, not told though one has, or with one that still waits."""

SILENT = timedelta(seconds=35)  # a part beats every 5
STAYS_SILENT = timedelta(seconds=10)  # beyond that; so a dead one is noticed within a minute, and a slow one is not
RETIRED = timedelta(days=7)  # a part silent for longer is taken to be switched off
LEASE_SILENT = timedelta(seconds=20)  # beyond the end of a lease, which is 15 seconds after its last renewal
IN_HAND = timedelta(seconds=90)
IN_DOUBT = timedelta(minutes=10)
OVERDUE = timedelta(minutes=10)  # past its expiry, which the clock settles every 30 seconds
WAITS = timedelta(seconds=60)
LASTING = timedelta(seconds=30)  # for what a jump of a demo's clock also shows, for a moment
SLOW = 10.0  # seconds from due to accepted, for 95 of 100 urgent messages and replies
SAMPLE = 1000  # the newest deliveries, of which times are taken
ENOUGH = 20  # of them, to speak of 95 in 100
AN_HOUR = timedelta(hours=1)
LIST_CURSOR = "watch:list"
BACK_CURSOR = "watch:back"  # when the record could be written again, after it could not for longer than SILENT

DEAF = "deaf:"
LONGEST_WHY = 80  # characters

KEY = "watch:"
LEASE = "lease"  # what a channel's trouble is about, if not the first of its queue


@dataclass(frozen=True, slots=True)
class Reading:
    """One invariant, looked at once. A breach counts when it has lasted so long, of the same thing (`about`)."""

    name: str
    value: float
    breached: bool
    lasting: timedelta = timedelta()
    about: Any = None
    why: str = ""  # for operators, where it is known


def is_breached_at_sight(one: Reading) -> bool:
    """Whether one look is enough to tell. The first of a queue is no trouble before it has itself waited for so long."""
    is_head = one.name in CHANNELS and one.about != LEASE
    return one.breached and (not is_head or one.value >= one.lasting.total_seconds())


@dataclass(frozen=True, slots=True)
class Recent:
    """Of the newest deliveries, those of the last hour: seconds that 95 of 100 took at most, and how many expired."""

    due_to_accepted: float | None
    urgent: float | None
    accepted_to_delivered: dict[str, float]
    expired: int


def quick(connection: Connection, *, now: datetime, real: datetime) -> list[Reading]:
    """What is cheap enough to ask every few seconds, whatever the record holds."""
    signs = {part: leases.signs(connection, part, silent=SILENT, since=RETIRED, real=real) for part in PARTS}
    found = [_part(connection, part, signs[part], real) for part in PARTS]
    missed = sum(one.missed for one in signs.values())
    found.append(Reading("fewer", missed, missed > 0, STAYS_SILENT))
    working = not _is_silent(signs["worker"])
    # A dead worker is one trouble: that its channels stand still is no other.
    found += [_channel(connection, name, working, now, real) for name in CHANNELS]
    found += [_inbound(connection, working, now, real), _queue(connection, working, now)]
    found += _unsettled(connection, now, real)
    lately = recent(connection, now=now)
    found.append(Reading("expired", lately.expired, lately.expired > 0, LASTING))
    found.append(Reading("slow", lately.urgent or 0, (lately.urgent or 0) > SLOW))
    found.append(_list(connection))
    found += [_record(connection, real), _deaf(connection, working)]
    return found


def _part(connection: Connection, part: str, signs: Signs, real: datetime) -> Reading:
    if signs.silence is None:
        return Reading(part, 0, False)
    silence = signs.silence.total_seconds()
    if signs.silence < -SILENT:  # the clock was set back: whoever lives gives a sign of the new time in a moment
        return Reading(part, silence, True, LASTING)
    ticks = part != "clock" or not _is_stale(connection, "clock", real)
    return Reading(part, silence, _is_silent(signs) or not ticks, STAYS_SILENT)


def _is_silent(signs: Signs) -> bool:
    return signs.silence is not None and signs.silence > SILENT


def _is_stale(connection: Connection, lease: str, real: datetime) -> bool:
    row = connection.execute(select(lease_rows.c.until, lease_rows.c.released).where(lease_rows.c.name == lease)).first()
    return row is not None and not row.released and LEASE_SILENT < real - row.until < RETIRED


def _channel(connection: Connection, channel: str, working: bool, now: datetime, real: datetime) -> Reading:
    """In trouble when nobody renews its sender's lease, or when the first in its queue stays the first for a minute."""
    if working and _is_stale(connection, f"send:{channel}", real):
        return Reading(channel, 0, True, STAYS_SILENT, LEASE)
    head = (
        select(deliveries.c.id, deliveries.c.not_before)
        .where(deliveries.c.status == "pending", deliveries.c.channel == channel, deliveries.c.not_before <= now)
        .order_by(deliveries.c.lane, deliveries.c.id)
        .limit(1)
    )
    first = connection.execute(head).first()
    if first is None:
        return Reading(channel, 0, False)
    waited = (now - first.not_before).total_seconds()
    told = connection.execute(_TOLD_ALREADY.where(pauses.c.channel == channel)).first() is not None
    return Reading(channel, waited, working and not told, WAITS, first.id)


_TOLD_ALREADY = select(pauses.c.channel).where(pauses.c.why != "rate")
"""The channels whose trouble was told as it began. A provider that has us wait again and again is told by the queue."""


def _inbound(connection: Connection, working: bool, now: datetime, real: datetime) -> Reading:
    oldest = connection.execute(select(func.min(inbound.c.received_at)).where(inbound.c.state == "stored")).scalar()
    waited = (now - oldest).total_seconds() if oldest else 0.0
    stands = waited > WAITS.total_seconds() or _is_stale(connection, "inbound", real)
    return Reading("inbound", waited, working and stands, LASTING)


def _queue(connection: Connection, working: bool, now: datetime) -> Reading:
    """The age of the oldest urgent message or reply: those after them may take as long as their number does."""
    oldest = connection.execute(
        select(func.min(deliveries.c.not_before)).where(
            deliveries.c.status == "pending", deliveries.c.lane <= 1, deliveries.c.not_before <= now,
            deliveries.c.channel.not_in(_TOLD_ALREADY),
        )
    ).scalar()  # fmt: skip
    waited = (now - oldest).total_seconds() if oldest else 0.0
    return Reading("queue", waited, working and waited > WAITS.total_seconds(), LASTING)


def _unsettled(connection: Connection, now: datetime, real: datetime) -> Iterator[Reading]:
    holder = (
        exists()
        .where(lease_rows.c.name == "send:" + deliveries.c.channel, lease_rows.c.fence == deliveries.c.fence)
        .where(lease_rows.c.until > real)
    )
    held = (deliveries.c.status == "sending", deliveries.c.sending_at < real - IN_HAND, holder)
    doubtful = (deliveries.c.status == "unknown", deliveries.c.sending_at < real - IN_DOUBT)
    live = deliveries.c.status.in_(("pending", "sending", "unknown"))
    for name, conditions, lasting in (
        ("sending", held, timedelta()),
        ("unknown", doubtful, timedelta()),
        ("overdue", (live, deliveries.c.expires_at < now - OVERDUE), 2 * LASTING),
    ):
        count = connection.execute(select(func.count()).select_from(deliveries).where(*conditions)).scalar_one()
        yield Reading(name, count, count > 0, lasting)


def recent(connection: Connection, *, now: datetime) -> Recent:
    d = deliveries.c
    columns = (d.lane, d.channel, d.status, d.not_before, d.accepted_at, d.final_at, notices.c.why)
    query = select(*columns).join(notices, notices.c.id == d.notice_id).order_by(d.id.desc())
    rows = connection.execute(query.limit(SAMPLE)).all()
    taken = [row for row in rows if row.accepted_at and now - AN_HOUR < row.accepted_at <= now]
    waits = [(row.lane, (row.accepted_at - row.not_before).total_seconds()) for row in taken]
    arrived = [row for row in taken if row.status == "delivered" and row.final_at]
    took = {
        channel: [(row.final_at - row.accepted_at).total_seconds() for row in arrived if row.channel == channel]
        for channel in CHANNELS
    }
    return Recent(
        due_to_accepted=_of_95(seconds for lane, seconds in waits if lane <= 2),
        urgent=_of_95(seconds for lane, seconds in waits if lane <= 1),
        accepted_to_delivered={channel: of_95 for channel in CHANNELS if (of_95 := _of_95(took[channel])) is not None},
        expired=sum(_came_too_late(row) and now - AN_HOUR < row.final_at <= now for row in rows),
    )


def _came_too_late(row: Any) -> bool:
    """Through our fault, that is: where no permitted moment was left, staff have their task and nothing is broken."""
    return row.status == "expired" and row.final_at is not None and row.why != "no_time_left"


def _of_95(seconds: Iterable[float]) -> float | None:
    ordered = sorted(seconds)
    return ordered[ceil(0.95 * len(ordered)) - 1] if len(ordered) >= ENOUGH else None


def _list(connection: Connection) -> Reading:
    """What the provider's list of yesterday and ours disagree on, as it was last compared."""
    _, _, differ = (cursors.move(connection, LIST_CURSOR) or "").partition(" ")
    return Reading("list", float(differ or 0), bool(differ) and differ != "0")


def _record(connection: Connection, real: datetime) -> Reading:
    """Told when it is over, since nothing can be told before: whatever was to happen meanwhile happens late, or not."""
    back = cursors.move(connection, BACK_CURSOR)
    lately = back is not None and timedelta() <= real - datetime.fromisoformat(back) < AN_HOUR
    return Reading("record", float(lately), lately)


def _deaf(connection: Connection, working: bool) -> Reading:
    """The doors at which the provider has let us hear nothing for a while, so that nobody knows what people send."""
    row = cursor_rows.c
    shut = select(row.name, row.value).where(row.name.startswith(DEAF, autoescape=True), row.value != "").order_by(row.name)
    why = [f"{name.removeprefix(DEAF)}: {value}" for name, value in connection.execute(shut)]
    return Reading("deaf", len(why), working and bool(why), why="; ".join(why))


def hears(connection: Connection, door: str, why: str) -> None:
    """Why the provider does not let us hear what comes by that door; nothing when it does."""
    name = f"{DEAF}{door}"
    if why or cursors.move(connection, name):
        cursors.move(connection, name, why[:LONGEST_WHY])


def came_back(connection: Connection, *, real: datetime) -> None:
    """The record can be written again."""
    cursors.move(connection, BACK_CURSOR, real.isoformat())


def audit(connection: Connection) -> list[Reading]:
    """What takes a look at every row. Without a breach each notice is in one place: it waits, was told, or was not."""
    found = ((name, sum(connection.execute(query).scalar_one() for query in queries)) for name, queries in _AUDITS.items())
    return [Reading(name, count, count > 0, LASTING) for name, count in found]


_theirs = (deliveries.c.notice_id == notices.c.id, deliveries.c.action != "delete")


def _lost() -> Select[Any]:
    live = exists().where(*_theirs, deliveries.c.status.in_(LIVE))
    return select(func.count()).select_from(notices).where(notices.c.status == "open", ~live)


def _twice() -> Select[Any]:
    first = deliveries.alias("first")
    return (
        select(func.count(deliveries.c.notice_id.distinct()))
        .join(first, (first.c.notice_id == deliveries.c.notice_id) & (first.c.seq < deliveries.c.seq))
        .where(deliveries.c.seq > 1, deliveries.c.status.in_(TAKEN), first.c.status.in_(TAKEN))
        .where(deliveries.c.action == "send", first.c.action == "send")
    )


def _mistold() -> Select[Any]:
    """Told by no delivery, or not told though one has. After a timeout the provider still has it."""
    has_told = deliveries.c.status.in_(TAKEN) | (deliveries.c.error_code == TIMEOUT)
    is_told = case((notices.c.status == "told", 1), else_=0)
    query = select(func.count()).select_from(notices).where(notices.c.status != "open")
    return query.where(is_told != case((exists().where(*_theirs, has_told), 1), else_=0))


def _unsettled_still() -> Select[Any]:
    """Settled, though a delivery of it waits or is being sent."""
    return (
        select(func.count())
        .select_from(deliveries)
        .join(notices, notices.c.id == deliveries.c.notice_id)
        .where(deliveries.c.status.in_(LIVE), deliveries.c.action != "delete", notices.c.status != "open")
    )


MISTOLD = _mistold()
_AUDITS = {"lost": [_lost()], "twice": [_twice()], "astray": [MISTOLD, _unsettled_still()]}


def standing(connection: Connection) -> set[str]:
    """The names of the breaches that stand."""
    query = select(task_rows.c.key).where(task_rows.c.key.startswith(KEY, autoescape=True), task_rows.c.status == "open")
    return {key.removeprefix(KEY) for key in connection.execute(query).scalars()}


def settle(
    connection: Connection, council: Council, *, begun: Sequence[str], over: Sequence[str], now: datetime
) -> list[str]:
    """A task and one message for each breach that begins; the task is done when it is over. Which were new."""
    for name in over:
        tasks.close(connection, f"{KEY}{name}", now=now)
    new = [
        name
        for name in begun
        if tasks.open_task(connection, key=f"{KEY}{name}", kind="watch", klass=name, now=now, due_at=now)
    ]
    for name in new:
        channel = "sms" if name == "telegram" else None
        alarms.tell(connection, council, f"{KEY}{name}", f"watch.{name}", part=name, channel=channel, now=now)
    return new
