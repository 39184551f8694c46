"""Absences as an officer sees them: what was said and marked, what was decided, and what came before.

Facts only. Sent home for behaviour is decided on as an absence is. What was the service's doing is no absence and never
counts. A stage is suggested where the council names stages, and is an officer's to issue, by the council's own letter.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, exists, func, select

from db import awareness, tasks
from db.change import ChangeError
from db.council import Council, Span
from db.rosters import PRESENT
from db.schema import attendance, bookings, decisions, notices, orders, people, placements, reports, sessions

SERVICE = ("stood_down", "sent_home_service")
DECIDED_ON = ("absent", "sent_home_behaviour")
TASKS = ("absence", "missed", "sent_home")
"""The kinds of the task to decide on one booking, of which one is open at most: with a reason, without, sent home."""
REMINDER_OF = "proof:d"  # begins the key of the notice that reminds of a proof, and the decision's id ends it
PATTERN = ("work", "caring")
"""Reasons that, given twice in `PATTERN_WITHIN`, ask for other days rather than for another decision."""
PATTERN_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    id: int
    reason: str | None
    at: datetime
    minutes_before: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What stands. `decision` is accepted, not_accepted or more_info."""

    id: int
    decision: str
    proof: str | None
    proof_due: date | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """One booking that an officer may have to decide on, with what stands of it."""

    booking_id: int
    person_id: int
    person_ref: str
    team: str
    order_id: int
    order_kind: str
    session_ref: str
    starts_at: datetime
    nickname: str
    women_only: bool
    is_off: bool
    report: Report | None
    mark: str | None
    decision: Decision | None
    aware: bool  # whether they are known to have known of it

    @property
    def unaware(self) -> bool:
        """They were not there, and nothing shows that they knew: told to whoever decides, and decides nothing."""
        return self.mark == "absent" and not self.aware

    @property
    def is_one(self) -> bool:
        return not self.is_off and (self.mark in DECIDED_ON or (self.mark is None and self.report is not None))

    @property
    def by_service(self) -> bool:
        return self.is_off or self.mark in SERVICE


@dataclass(frozen=True, slots=True)
class History:
    """Of the sessions towards one order before this one: how often what. `accepted`, `not_accepted` and `open` are
    absences by what was decided; `service` was not the person's doing and counts nowhere."""

    came: int
    late: int
    sent_home: int
    accepted: int
    not_accepted: int
    open: int
    service: int
    counting: int  # what was not accepted, and counts towards a stage
    pattern: bool


_ABSENCE = (
    select(
        bookings.c.id, people.c.id.label("person_id"), people.c.ref.label("person_ref"), people.c.team,
        orders.c.id.label("order_id"), orders.c.kind.label("order_kind"), sessions.c.ref.label("session_ref"),
        sessions.c.starts_at, placements.c.nickname, placements.c.women_only, sessions.c.status,
        bookings.c.status.label("booked"),
    )
    .join(people, people.c.id == bookings.c.person_id)
    .join(orders, orders.c.id == bookings.c.order_id)
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .join(placements, placements.c.id == sessions.c.placement_id)
)  # fmt: skip


def find(connection: Connection, booking_id: int) -> Absence:
    """Held until the transaction ends, so that of two officers one decides after the other. Raises ChangeError."""
    row = connection.execute(_ABSENCE.where(bookings.c.id == booking_id).with_for_update(of=bookings)).first()
    if row is None:
        raise ChangeError("that booking is not in the record any more; look at the session's roster")
    marks, decided = _marks(connection, [booking_id]), standing(connection, [booking_id])
    return Absence(
        row.id, row.person_id, row.person_ref, row.team, row.order_id, row.order_kind, row.session_ref, row.starts_at,
        row.nickname, row.women_only, row.status != "planned" or row.booked != "booked", _report(connection, booking_id),
        marks.get(booking_id), decided.get(booking_id), awareness.is_known(connection, booking_id),
    )  # fmt: skip


_taken_back = exists().where(reports.c.id == decisions.c.report_id, reports.c.withdrawn_at.is_not(None))
_later = decisions.alias("later")
_mark = (
    select(attendance.c.status).where(attendance.c.booking_id == decisions.c.booking_id)
    .order_by(attendance.c.id.desc()).limit(1).scalar_subquery()
)  # fmt: skip
_explained = exists().where(
    reports.c.booking_id == decisions.c.booking_id, reports.c.kind == "cant", reports.c.withdrawn_at.is_(None)
)
_AWAITED = (
    select(
        decisions.c.id, decisions.c.at, decisions.c.proof_due, bookings.c.id, bookings.c.person_id, sessions.c.starts_at,
        people.c.safe_from, people.c.safe_until,
    )
    .join(bookings, bookings.c.id == decisions.c.booking_id)
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .join(people, people.c.id == bookings.c.person_id)
    .where(decisions.c.proof_due.between(bindparam("first"), bindparam("last")), decisions.c.decision == "more_info")
    .where(~exists().where(_later.c.booking_id == decisions.c.booking_id, _later.c.id > decisions.c.id))
    .where(bookings.c.status == "booked", sessions.c.status == "planned")
    .where(_mark.in_(DECIDED_ON) | (_mark.is_(None) & _explained))
    .where(~exists().where(notices.c.key == REMINDER_OF + cast(decisions.c.id, String)))
    .order_by(decisions.c.id)
)  # fmt: skip


def booking_of(connection: Connection, session: str, person: str) -> int:
    """By their refs. Raises ChangeError."""
    query = (
        select(bookings.c.id)
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .join(people, people.c.id == bookings.c.person_id)
        .where(sessions.c.ref == session, people.c.ref == person)
    )
    found: int | None = connection.execute(query).scalar()
    if found is None:
        raise ChangeError(f'"{person}" was never booked on "{session}"; `turnup roster {session}` shows who is')
    return found


@dataclass(frozen=True, slots=True)
class Awaited:
    """A proof that an officer asked for, of what still has to be decided. `safe` is when its person may be written to."""

    decision_id: int
    asked_at: datetime
    due: date
    booking_id: int
    person_id: int
    starts_at: datetime
    safe: Span | None


def awaited(connection: Connection, first: date, last: date) -> list[Awaited]:
    """The proofs that are due on one of these days, and that nobody has been reminded of."""
    rows = connection.execute(_AWAITED, {"first": first, "last": last})
    return [Awaited(*row[:6], None if row[6] is None else Span(row[6], row[7])) for row in rows]


def _report(connection: Connection, booking_id: int) -> Report | None:
    stands = (reports.c.booking_id == booking_id, reports.c.kind == "cant", reports.c.withdrawn_at.is_(None))
    columns = (reports.c.id, reports.c.reason, reports.c.at, reports.c.minutes_before)
    row = connection.execute(select(*columns).where(*stands).order_by(reports.c.id.desc()).limit(1)).first()
    return Report(*row) if row else None


def _newest(table: Any, booking_ids: Any) -> Any:
    newest = select(func.max(table.c.id)).where(table.c.booking_id.in_(booking_ids)).group_by(table.c.booking_id)
    return table.c.id.in_(newest)


def _marks(connection: Connection, booking_ids: Any) -> dict[int, str]:
    query = select(attendance.c.booking_id, attendance.c.status).where(_newest(attendance, booking_ids))
    return {row.booking_id: row.status for row in connection.execute(query) if row.status is not None}


def standing(connection: Connection, booking_ids: Any) -> dict[int, Decision]:
    """What stands of these bookings, by their ids; `booking_ids` may be a SELECT.

    A decision on a reason that was taken back, since they were coming after all, is of nothing that happened later.
    """
    columns = (decisions.c[name] for name in Decision.__slots__)
    query = select(decisions.c.booking_id, *columns).where(_newest(decisions, booking_ids), ~_taken_back)
    return {row[0]: Decision(*row[1:]) for row in connection.execute(query) if row.decision != "withdrawn"}


def history(connection: Connection, council: Council, one: Absence, *, now: datetime) -> History:
    """Of the sessions of that order that began before this one."""
    before = (
        select(bookings.c.id)
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .where(bookings.c.order_id == one.order_id, bookings.c.id != one.booking_id, sessions.c.starts_at < one.starts_at)
    )
    marks, decided = _marks(connection, before), standing(connection, before)
    counted: Counter[str] = Counter(marks.values())
    missed = {booking_id for booking_id, status in marks.items() if status == "absent"}
    by_decision = Counter(decided[each].decision if each in decided else "open" for each in missed)
    since = now - timedelta(days=council.stages_months * 365 // 12) if council.stages_months else None
    theirs = (booking_id for booking_id, status in marks.items() if status in DECIDED_ON)
    not_accepted = [decided[each] for each in theirs if each in decided and decided[each].decision == "not_accepted"]
    return History(
        came=sum(counted[status] for status in PRESENT if status not in (*SERVICE, "sent_home_behaviour")),
        late=counted["late"],
        sent_home=counted["sent_home_behaviour"],
        accepted=by_decision["accepted"],
        not_accepted=by_decision["not_accepted"],
        open=by_decision["open"] + by_decision["more_info"],
        service=sum(counted[status] for status in SERVICE),
        counting=sum(since is None or each.at >= since for each in not_accepted),
        pattern=_is_pattern(connection, one),
    )


def _is_pattern(connection: Connection, one: Absence) -> bool:
    if one.report is None or one.report.reason not in PATTERN:
        return False
    others = (
        select(func.count())
        .select_from(reports.join(bookings, bookings.c.id == reports.c.booking_id))
        .where(bookings.c.person_id == one.person_id, reports.c.booking_id != one.booking_id)
        .where(reports.c.kind == "cant", reports.c.withdrawn_at.is_(None), reports.c.reason.in_(PATTERN))
        .where(reports.c.at > one.report.at - PATTERN_WITHIN, reports.c.at <= one.report.at)
    )
    return int(connection.execute(others).scalar_one()) > 0


def suggested(council: Council, one: Absence, before: History) -> str | None:
    """The council's stage, were this absence not accepted. Never of a fiscal work order, which no court made (s.303ZA)."""
    if not council.stages or one.order_kind == "fiscal_work_order":
        return None
    return council.stages[min(before.counting, len(council.stages) - 1)]


def to_decide(
    connection: Connection, booking_id: int, person_id: int, *, due_at: datetime, now: datetime, note: str | None = None
) -> None:
    """An officer decides on it: whoever had the task to find out why, or to look at it, which is done with this."""
    owners = tasks.close_all(connection, [f"{kind}:b{booking_id}" for kind in TASKS[1:]], now=now)
    tasks.open_task(
        connection, key=f"absence:b{booking_id}", kind="absence", person_id=person_id,
        owner_id=next(iter(owners), None), now=now, due_at=due_at, note=note,
    )  # fmt: skip


def decided(connection: Connection, booking_id: int, *, now: datetime) -> None:
    """Nothing is left to decide on it."""
    tasks.close_all(connection, [f"{kind}:b{booking_id}" for kind in TASKS], now=now)


def follow_up_by(
    connection: Connection, council: Council, person_id: int, starts_at: datetime, *, now: datetime
) -> datetime:
    """The council's working days from now, and before the next session, whichever is first."""
    following = (
        select(sessions.c.starts_at)
        .join(bookings, bookings.c.session_id == sessions.c.id)
        .where(bookings.c.person_id == person_id, bookings.c.status == "booked", sessions.c.status == "planned")
        .where(sessions.c.starts_at > max(starts_at, now))
        .order_by(sessions.c.starts_at)
        .limit(1)
    )
    due_at = council.due_in_working_days(now, council.followup_working_days)
    next_start = connection.execute(following).scalar()
    return min(due_at, next_start) if next_start else due_at
