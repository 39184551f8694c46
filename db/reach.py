"""Who cannot be reached, and why: found by asking the record, so that a cause that is gone takes its task with it.

Silence also puts a number in doubt: after 60 days it may be somebody else's, and gets nothing personal until verified.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, func, null, or_, select

from db import access, tasks
from db.contact import UNREACHABLE
from db.council import Council
from db.deliveries import TIMEOUT
from db.inbound import SETTLED
from db.permissions import Actor, allows
from db.schema import deliveries, inbound, orders, people, staff, suppressions, telegram_links
from db.schema import tasks as task_rows

Class = Literal[
    "no_number", "shared_number", "invalid_number", "blocked", "undelivered", "never_replied", "silent",
]  # fmt: skip
CLASSES: tuple[Class, ...] = get_args(Class)
"""Gravest first: one who has no number is not also silent."""

SILENCE = timedelta(days=60)
NEVER = timedelta(days=14)  # since the first message to who has not answered any
DUE_IN = 1  # working days
PROCESS = "clock"


@dataclass(frozen=True, slots=True)
class Cause:
    """One person who cannot be reached. `since` is None where the record cannot tell."""

    person_id: int
    klass: Class
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Unreached:
    """A line of the list: its task is ours, or one that was opened when it happened."""

    person: str
    klass: Class
    since: datetime
    owner: str | None
    due_at: datetime | None
    task: int | None


def watch(connection: Connection, council: Council, *, now: datetime) -> None:
    """Opens a task for each cause that has none, closes those whose cause is gone, and doubts numbers that fell silent."""
    _doubt(connection, now)
    found = causes(connection, now=now)
    known = _known(connection, found)
    due_at = council.due_in_working_days(now, DUE_IN)
    for klass in CLASSES:
        new = [cause.person_id for cause in found if cause.klass == klass and cause not in known]
        tasks.open_for(connection, dict.fromkeys(new, due_at), kind="reach", klass=klass, now=now, key=f"reach:{klass}")
    _close(connection, {_key(cause) for cause in found}, now)


def listing(connection: Connection, *, actor: Actor, now: datetime) -> list[Unreached]:
    """Everyone who cannot be reached now, of the teams that the actor may see, who has waited longest first."""
    found = causes(connection, now=now)
    known = _known(connection, found)
    rows = _people(connection, found)
    lines = [
        _line(cause, rows[cause.person_id].ref, known.get(cause), now)
        for cause in found
        if allows(actor, "reach.read", rows[cause.person_id].team)
    ]
    access.log(connection, actor.name, "reach.read", now=now)
    return sorted(lines, key=lambda line: (line.since, line.person))


def _line(cause: Cause, ref: str, task: Any, now: datetime) -> Unreached:
    if task is None:
        return Unreached(ref, cause.klass, cause.since or now, None, None, None)
    return Unreached(ref, cause.klass, cause.since or task.created_at, task.owner, task.due_at, task.id)


def causes(connection: Connection, *, now: datetime) -> list[Cause]:
    """Of everyone on a running order who may be written to: the gravest cause, if any."""
    gravest: dict[int, Cause] = {}
    for klass in CLASSES:
        for row in connection.execute(_QUERIES[klass](now)):
            gravest.setdefault(row[0], Cause(row[0], klass, row[1]))
    return list(gravest.values())


# The causes, each as a query of person and since when

_runs = select(orders.c.id).where(orders.c.person_id == people.c.id, orders.c.status == "active").exists()
_link = telegram_links
_live = (_link.c.person_id == people.c.id, _link.c.ended_at.is_(None))
_chat_hash = select(_link.c.chat_hash).where(*_live).limit(1).correlate(people).scalar_subquery()
_has_chat = select(_link.c.id).where(*_live, _link.c.blocked_at.is_(None)).exists()
_by_text = (inbound.c.door == "twilio") & (inbound.c.sender_hash == people.c.phone_hash)
_by_chat = (inbound.c.door == "telegram") & (inbound.c.sender_hash == _chat_hash)


def _last(*conditions: ColumnElement[bool]) -> Any:
    newest = select(inbound.c.received_at).where(*conditions, SETTLED).order_by(inbound.c.id.desc())
    return newest.limit(1).scalar_subquery()


_texted = _last(_by_text)
_wrote = _last(_by_chat)
_known_since = func.coalesce(people.c.verified_until, people.c.created_at)


def _on_orders(*columns: Any) -> Select[Any]:
    return select(people.c.id, *columns).select_from(people).where(_runs, people.c.mode != "no_contact")


def _no_number(now: datetime) -> Select[Any]:
    return _on_orders(null()).where(people.c.phone.is_(None), ~_has_chat)


def _shared_number(now: datetime) -> Select[Any]:
    other = people.alias("other")
    with_another = select(other.c.id).where(other.c.phone_hash == people.c.phone_hash, other.c.id != people.c.id).exists()
    with_staff = select(staff.c.id).where(staff.c.phone_hash == people.c.phone_hash).exists()
    return _on_orders(null()).where(or_(with_another, with_staff))


def _invalid_number(now: datetime) -> Select[Any]:
    """The network does not know it, or whoever has it said that it is not theirs."""
    given_up = (suppressions.c.address_hash == people.c.phone_hash) & (suppressions.c.why == UNREACHABLE)
    at = select(func.max(suppressions.c.at)).where(given_up, suppressions.c.lifted_at.is_(None)).scalar_subquery()
    since = func.coalesce(people.c.number_suspended_at, at)
    return _on_orders(since).where(since.is_not(None))


def _blocked(now: datetime) -> Select[Any]:
    query = _on_orders(_link.c.blocked_at).join(_link, (_link.c.person_id == people.c.id) & _link.c.ended_at.is_(None))
    return query.where(_link.c.blocked_at.is_not(None), people.c.channel == "telegram")


def _undelivered(now: datetime) -> Select[Any]:
    """The last text whose fate is known did not arrive, and they have not texted since."""
    known = deliveries.c.status.in_(("delivered", "undelivered", "failed")) & (
        deliveries.c.error_code.is_distinct_from(TIMEOUT)
    )
    theirs = (deliveries.c.address_hash == people.c.phone_hash, deliveries.c.channel == "sms", known)
    last = select(deliveries.c.id).where(*theirs, deliveries.c.created_at > now - SILENCE)
    last = last.order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(1)
    one = deliveries.alias("one")
    failed = (one.c.id == last.scalar_subquery()) & one.c.status.in_(("undelivered", "failed"))
    query = _on_orders(one.c.final_at).join(one, failed)
    return query.where(people.c.stop_level != "all", or_(_texted.is_(None), _texted < one.c.final_at))


def _never_replied(now: datetime) -> Select[Any]:
    at_theirs = or_(deliveries.c.address_hash == people.c.phone_hash, deliveries.c.address_hash == _chat_hash)
    first = select(func.min(deliveries.c.accepted_at)).where(at_theirs).scalar_subquery()
    nothing = (_texted.is_(None), _wrote.is_(None))
    return _on_orders(first).where(people.c.stop_level != "all", *nothing, first <= now - NEVER)


def _silent(now: datetime) -> Select[Any]:
    """Nothing from them by any way; a number that was verified since is no longer silent."""
    last = _last(or_(_by_text, _by_chat))
    return _on_orders(last).where(people.c.stop_level != "all", last <= now - SILENCE, _known_since <= now - SILENCE)


_QUERIES = {
    "no_number": _no_number, "shared_number": _shared_number, "invalid_number": _invalid_number, "blocked": _blocked,
    "undelivered": _undelivered, "never_replied": _never_replied, "silent": _silent,
}  # fmt: skip


def _doubt(connection: Connection, now: datetime) -> None:
    """A number from which nothing came for so long, and which nobody verified, may have been given to somebody else."""
    unheard = or_(_texted.is_(None), _texted <= now - SILENCE)
    query = select(people.c.id).where(_runs, people.c.phone.is_not(None), people.c.doubted_at.is_(None))
    ids = list(connection.execute(query.where(unheard, _known_since <= now - SILENCE)).scalars())
    for some in _some(ids):
        connection.execute(people.update().where(people.c.id.in_(some)).values(doubted_at=now))
    for person_id in ids:
        access.log(connection, PROCESS, "number.doubted", now=now, person_id=person_id)


# Their tasks

_HAPPENED = {
    "undelivered": ("undelivered:p{id}", "not_reached:p{id}"),
    "invalid_number": ("bad_number:p{id}", "wrong_number:p{id}"),
    "blocked": ("telegram_blocked:p{id}",),
    "no_number": ("no_number:{ref}", "no_number:p{id}"),
    "shared_number": ("shared_number:{hash}",),
}
"""The tasks that were opened when it happened: where one stands, there is no second."""


def _key(cause: Cause) -> str:
    return f"reach:{cause.klass}:p{cause.person_id}"


def _known(connection: Connection, found: Collection[Cause]) -> dict[Cause, Any]:
    """The open task of each cause that has one."""
    open_tasks = (
        select(task_rows.c.id, task_rows.c.key, task_rows.c.created_at, task_rows.c.due_at, staff.c.ref.label("owner"))
        .outerjoin(staff, staff.c.id == task_rows.c.owner_id)
        .where(task_rows.c.status == "open")
    )
    standing = {row.key: row for row in connection.execute(open_tasks)}
    rows = _people(connection, found)
    known: dict[Cause, Any] = {}
    for cause in found:
        row = rows[cause.person_id]
        happened = (key.format(id=row.id, ref=row.ref, hash=row.phone_hash) for key in _HAPPENED.get(cause.klass, ()))
        task = next((standing[key] for key in (_key(cause), *happened) if key in standing), None)
        if task is not None:
            known[cause] = task
    return known


def _people(connection: Connection, found: Collection[Cause]) -> dict[int, Row[Any]]:
    rows: dict[int, Row[Any]] = {}
    for some in _some([cause.person_id for cause in found]):
        of = select(people.c.id, people.c.ref, people.c.team, people.c.phone_hash).where(people.c.id.in_(some))
        rows |= {row.id: row for row in connection.execute(of)}
    return rows


def _some(ids: list[int]) -> Iterator[list[int]]:
    """So many at a time as one statement takes."""
    yield from (ids[n : n + tasks.AT_ONCE] for n in range(0, len(ids), tasks.AT_ONCE))


def _close(connection: Connection, stand: set[str], now: datetime) -> None:
    ours = select(task_rows.c.key).where(task_rows.c.kind == "reach", task_rows.c.status == "open")
    for key in connection.execute(ours).scalars().all():
        if key not in stand:
            tasks.close(connection, key, now=now)
