"""What has happened lately, read from every part of the record that tells it: for the demo's panel beside the phones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select, true

from db.schema import (
    access_log,
    alert_steps,
    alerts,
    bookings,
    deliveries,
    hours,
    notices,
    orders,
    pauses,
    people,
    placements,
    sessions,
    staff,
    tasks,
)

LATELY = 120  # rows of each table looked at again, since what stands in them may have changed meanwhile
WENT = ("accepted", "sent", "delivered")
FAILED = ("undelivered", "failed", "unknown")
STANDING = "pause:"  # begins the mark of what holds for a while, and may begin again
ENDED = ("superseded", "suppressed", "expired")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `mark` is its own for ever; `kind` says what it is, like `said.coming` or `sent.reminder`."""

    mark: str
    kind: str
    at: datetime
    who: str = ""  # the person it is about: first name and initial
    ref: str = ""
    by: str = ""  # staff who did it, or to whom it was done
    on: datetime | None = None  # the start of the session it is about
    due: datetime | None = None
    about: dict[str, Any] = field(default_factory=dict)


Source = Callable[[Connection, int, datetime], Iterable[Event]]


def recent(connection: Connection, newest: dict[str, int], *, now: datetime) -> list[Event]:
    """What each source tells of its latest rows, oldest first. `newest` keeps how far each was read, and is updated."""
    events: list[Event] = []
    for name, (table, source) in SOURCES.items():
        top = connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar() or 0
        after = min(newest.get(name, top), top) - LATELY
        newest[name] = top
        events += source(connection, after, now)
    events += _pauses(connection, now)
    return sorted(events, key=lambda event: event.at)


def _short(row: Any) -> str:
    return f"{row.first_name} {row.last_name[:1]}" if row.first_name else ""


_PERSON = (people.c.ref, people.c.first_name, people.c.last_name)
_DELIVERY = tuple(
    deliveries.c[name]
    for name in ("id", "channel", "action", "status", "attempts", "error_class", "error_code", "accepted_at", "final_at")
)


def _access(connection: Connection, after: int, _: datetime) -> Iterable[Event]:
    # The answer to a session is written in the same moment as what the log says of it.
    answered = and_(bookings.c.person_id == access_log.c.person_id, bookings.c.answered_at == access_log.c.at)
    query = (
        select(
            access_log.c.id, access_log.c.actor, access_log.c.action, access_log.c.at, access_log.c.reason,
            *_PERSON, staff.c.name, sessions.c.starts_at,
        )
        .outerjoin(people, people.c.id == access_log.c.person_id)
        .outerjoin(staff, staff.c.ref == access_log.c.actor)
        .outerjoin(bookings, answered)
        .outerjoin(sessions, sessions.c.id == bookings.c.session_id)
        .where(access_log.c.id > after)
        .order_by(access_log.c.id)
    )  # fmt: skip
    for row in connection.execute(query):
        by = row.name or row.actor
        about = {"reason": row.reason or ""}
        yield Event(f"access:{row.id}", row.action, row.at, _short(row), row.ref or "", by, row.starts_at, None, about)


def _steps(connection: Connection, after: int, _: datetime) -> Iterable[Event]:
    query = (
        _with_people(select(alert_steps.c.id, alert_steps.c.alert_id, alert_steps.c.what, alert_steps.c.at,
                            alerts.c["class"].label("klass"), alerts.c.outcome, staff.c.name, *_PERSON)
                     .join(alerts, alerts.c.id == alert_steps.c.alert_id)
                     .outerjoin(staff, staff.c.id == alert_steps.c.staff_id), alerts.c.person_id)
        .where(alert_steps.c.id > after)
        .order_by(alert_steps.c.id)
    )  # fmt: skip
    for row in connection.execute(query):
        about = {"alert": row.alert_id, "class": row.klass, "outcome": row.outcome or ""}
        yield Event(f"step:{row.id}", f"step.{row.what}", row.at, _short(row), row.ref or "", row.name or "", about=about)


def _tasks(connection: Connection, after: int, _: datetime) -> Iterable[Event]:
    query = (
        _with_people(select(tasks.c.id, tasks.c.kind, tasks.c.created_at, tasks.c.due_at, tasks.c.closed_at, staff.c.name,
                            staff.c.role, *_PERSON)
                     .outerjoin(staff, staff.c.id == tasks.c.owner_id), tasks.c.person_id)
        .where(tasks.c.id > after)
        .order_by(tasks.c.id)
    )  # fmt: skip
    for row in connection.execute(query):
        told = {"who": _short(row), "ref": row.ref or "", "by": row.name or "", "due": row.due_at}
        about = {"task": row.kind, "role": row.role or ""}
        yield Event(f"task:{row.id}", f"task.{row.kind}", row.created_at, **told, about=about)
        if row.closed_at:
            yield Event(f"task:{row.id}:done", f"task_done.{row.kind}", row.closed_at, **told, about=about)


def _sends(connection: Connection, after: int, now: datetime) -> Iterable[Event]:
    """What went out, what did not get through, and what is tried again. Of edits and answers only the failures."""
    query = (
        _to_somebody(select(*_DELIVERY, notices.c.purpose, sessions.c.starts_at, staff.c.name, *_PERSON)
                     .join(notices, notices.c.id == deliveries.c.notice_id)
                     .outerjoin(sessions, sessions.c.id == notices.c.session_id))
        .where(deliveries.c.id > after,
               or_(deliveries.c.status.in_(WENT + FAILED),
                   and_(deliveries.c.status == "pending", deliveries.c.attempts > 0)))
        .order_by(deliveries.c.id)
    )  # fmt: skip
    for row in connection.execute(query):
        about = {"channel": row.channel, "purpose": row.purpose, "error": row.error_class or row.error_code or ""}
        told = {"who": _short(row), "ref": row.ref or "", "by": row.name or "", "on": row.starts_at, "about": about}
        if row.status in WENT and row.action == "send":
            yield Event(f"send:{row.id}:went", f"sent.{row.purpose}", row.accepted_at or now, **told)
        elif row.status == "pending":
            yield Event(f"send:{row.id}:again{row.attempts}", "tried", now, **told)
        elif row.status in FAILED:
            yield Event(f"send:{row.id}:{row.status}", _trouble(row), row.final_at or now, **told)


def _trouble(row: Any) -> str:
    """Where nobody knows, it matters whether the provider keeps a list that can tell."""
    if row.status == "unknown":
        return f"unknown.{row.channel}"
    return "unknown.for_good" if row.error_class == "unknown" else f"not_through.{row.status}"


def _unsaid(connection: Connection, after: int, now: datetime) -> Iterable[Event]:
    """Notices that ended without being told, and why. Where a delivery failed, that says it."""
    query = (
        _to_somebody(select(notices.c.id, notices.c.purpose, notices.c.status, notices.c.why, sessions.c.starts_at,
                            staff.c.name, *_PERSON)
                     .outerjoin(sessions, sessions.c.id == notices.c.session_id))
        .where(notices.c.id > after, or_(notices.c.status.in_(ENDED), notices.c.why == "no_address"))
        .order_by(notices.c.id)
    )  # fmt: skip
    for row in connection.execute(query):
        about = {"purpose": row.purpose, "why": row.why or row.status}
        told = {"who": _short(row), "ref": row.ref or "", "by": row.name or "", "on": row.starts_at, "about": about}
        yield Event(f"notice:{row.id}:{row.status}", f"unsaid.{row.status}", now, **told)


def _hours(connection: Connection, after: int, _: datetime) -> Iterable[Event]:
    query = (
        select(hours.c.id, hours.c.actor, hours.c.at, hours.c.kind, hours.c.worked_on, hours.c.credited_minutes, *_PERSON)
        .join(orders, orders.c.id == hours.c.order_id)
        .join(people, people.c.id == orders.c.person_id)
        .where(hours.c.id > after, hours.c.actor != "import")
        .order_by(hours.c.id)
    )
    for row in connection.execute(query):
        about = {"minutes": row.credited_minutes, "worked_on": row.worked_on}
        yield Event(f"hours:{row.id}", f"hours.{row.kind}", row.at, _short(row), row.ref, row.actor, about=about)


def _pauses(connection: Connection, now: datetime) -> Iterable[Event]:
    for row in connection.execute(select(pauses.c.channel, pauses.c.why, pauses.c.code)):
        about = {"channel": row.channel, "code": row.code}
        yield Event(f"{STANDING}{row.channel}:{row.why}", f"paused.{row.why}", now, about=about)


SOURCES: dict[str, tuple[Table, Source]] = {
    "access": (access_log, _access),
    "steps": (alert_steps, _steps),
    "tasks": (tasks, _tasks),
    "sends": (deliveries, _sends),
    "unsaid": (notices, _unsaid),
    "hours": (hours, _hours),
}


def _with_people(query: Select[Any], person_id: ColumnElement[Any]) -> Select[Any]:
    return query.outerjoin(people, people.c.id == person_id)


def _to_somebody(query: Select[Any]) -> Select[Any]:
    """The person or the member of staff whom a notice is for."""
    return _with_people(query, notices.c.person_id).outerjoin(staff, staff.c.id == notices.c.staff_id)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A session to jump to: whose place it is, and who runs it (a ref, or none)."""

    ref: str
    place: str
    starts_at: datetime
    ends_at: datetime
    supervisor: str | None


def upcoming(connection: Connection, refs: Sequence[str], *, now: datetime) -> Upcoming | None:
    """The session that runs now or comes next, of these people; else one that these staff run; else anybody's."""
    return _first(connection, refs, sessions.c.ends_at > now)


def starting(connection: Connection, refs: Sequence[str], *, since: datetime) -> Upcoming | None:
    """The first session of the same that starts then or later."""
    return _first(connection, refs, sessions.c.starts_at >= since)


def _first(connection: Connection, refs: Sequence[str], when: ColumnElement[bool]) -> Upcoming | None:
    booked = (
        select(bookings.c.session_id)
        .join(people, people.c.id == bookings.c.person_id)
        .where(people.c.ref.in_(refs), bookings.c.status == "booked")
    )
    choices: tuple[ColumnElement[bool], ...] = (sessions.c.id.in_(booked), staff.c.ref.in_(refs), true())
    found = (connection.execute(_UPCOMING.where(when, choice)).first() for choice in choices)
    return next((Upcoming(*row) for row in found if row), None)


_UPCOMING = (
    select(sessions.c.ref, placements.c.nickname, sessions.c.starts_at, sessions.c.ends_at, staff.c.ref)
    .join(placements, placements.c.id == sessions.c.placement_id)
    .outerjoin(staff, staff.c.id == sessions.c.supervisor_id)
    .where(sessions.c.status == "planned")
    .order_by(sessions.c.starts_at, sessions.c.id)
    .limit(1)
)


def beside(connection: Connection, *, now: datetime) -> dict[str, list[str]]:
    """Per person's ref, the staff to see beside them: who runs their next session, and their case manager."""
    case_manager = staff.alias("case_manager")
    query = (
        select(people.c.ref, staff.c.ref.label("supervisor"), case_manager.c.ref.label("case_manager"))
        .outerjoin(case_manager, case_manager.c.id == people.c.case_manager_id)
        .outerjoin(bookings, and_(bookings.c.person_id == people.c.id, bookings.c.status == "booked"))
        .outerjoin(sessions, and_(sessions.c.id == bookings.c.session_id, sessions.c.ends_at > now,
                                  sessions.c.status == "planned"))
        .outerjoin(staff, staff.c.id == sessions.c.supervisor_id)
        .order_by(sessions.c.starts_at.is_(None), sessions.c.starts_at)
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.ref, [ref for ref in (row.supervisor, row.case_manager) if ref])
    return found
