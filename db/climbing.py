"""How an alert climbs: whom it asks next, and when to ask again, until a named human has it.

Danger climbs a chain of people, each asked twice, minutes apart. A missed session or an unmarked roster climbs by role,
counted in working minutes; the first step ignores working hours, and after the last stands a task that stays red.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import leading, notices, tasks
from db import people as who
from db.council import Council
from db.notices import Notice
from db.people import Staff
from db.schema import alert_steps, alerts, people, placements, sessions

URGENT, SOON = 1, 2
LESS_URGENT = frozenset({"low_mood", "hardship", "missed", "unmarked"})
RESTRICTED = frozenset({"danger_now", "da_victim", "child_risk"})  # never on Telegram, and in no staff message
BY_ROLE = {"missed": "alert.missed", "unmarked": "alert.unmarked"}  # the classes that climb so, with what staff read
ROLES = ("supervisor", "case_manager", "coordinator", "manager")

SOON_REPEATS = timedelta(minutes=60)
TWICE = 2  # times a step asks the same person before the next is asked
ALERT_LASTS = timedelta(hours=4)


def severity(klass: str) -> int:
    return SOON if klass in LESS_URGENT else URGENT


def unanswered_key(alert_id: int) -> str:
    """The key of the task at the end of the ladder."""
    return f"unanswered:a{alert_id}"


def note_step(connection: Connection, alert_id: int, what: str, now: datetime, staff_id: int | None = None) -> int:
    row = {"alert_id": alert_id, "what": what, "staff_id": staff_id, "at": now}
    step_id: int = connection.execute(alert_steps.insert().values(**row).returning(alert_steps.c.id)).scalar_one()
    return step_id


@dataclass(frozen=True, slots=True)
class _Standing:
    """An alert as its next step depends on it."""

    id: int
    klass: str
    severity: int
    state: str
    step: int
    opened_at: datetime
    person_id: int | None
    case_manager_id: int | None
    session_id: int | None
    team: str | None
    sender_hash: str | None


_STANDING = (
    select(
        alerts.c.id, alerts.c["class"], alerts.c.severity, alerts.c.state, alerts.c.step, alerts.c.opened_at,
        alerts.c.person_id, people.c.case_manager_id, sessions.c.id,
        func.coalesce(placements.c.team, people.c.team),
        alerts.c.sender_hash,
    )
    .select_from(alerts)
    .outerjoin(people, people.c.id == alerts.c.person_id)
    .outerjoin(sessions, sessions.c.id == alerts.c.session_id)
    .outerjoin(placements, placements.c.id == sessions.c.placement_id)
)  # fmt: skip


def due(connection: Connection, *, now: datetime) -> list[int]:
    query = select(alerts.c.id).where(alerts.c.state != "resolved", alerts.c.next_step_at <= now).order_by(alerts.c.id)
    return list(connection.execute(query).scalars())


def climb(connection: Connection, council: Council, alert_id: int, *, now: datetime, passed: bool = False) -> None:
    """Asks whoever is next, and sets when to ask again. `passed`: who had it said "not me", so it is the next one's.

    An acknowledgement that led to no outcome in time has lapsed: the asking goes on where it stood.
    """
    facts: Any = connection.execute(_STANDING.where(alerts.c.id == alert_id)).one()
    alert = _Standing(*facts)
    lapsed = alert.state == "acknowledged"
    if lapsed:
        note_step(connection, alert_id, "lapsed", now)
    if alert.klass in BY_ROLE:
        step, next_at = _by_role(connection, council, alert, lapsed, now)
    else:
        step, next_at = _by_chain(connection, council, alert, passed, now)
    values = {"state": "open", "owner_id": None, "step": step, "next_step_at": next_at}
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(**values))


def chain(connection: Connection, council: Council, case_manager_id: int | None) -> list[Staff]:
    """Who is asked of danger, in order: whom the settings name, else the case manager, the co-ordinators, the managers."""
    named = [member for ref in council.on_call if (member := who.member_by_ref(connection, ref))]
    if named:
        return named
    own = [who.member(connection, case_manager_id)] if case_manager_id else []
    rest = who.members(connection, "coordinator") + who.members(connection, "manager")
    return own + [member for member in rest if member.id != case_manager_id]


def _by_chain(
    connection: Connection, council: Council, alert: _Standing, passed: bool, now: datetime
) -> tuple[int, datetime | None]:
    """Each is asked twice; the last, until someone answers. Who wrote it is asked only for want of others."""
    step = alert.step + alert.step % TWICE if passed else alert.step
    everyone = chain(connection, council, alert.case_manager_id)
    asked = [one for one in everyone if not _wrote(one, alert)] or everyone
    if asked:
        notify(connection, council, alert.id, asked[min(step // TWICE, len(asked) - 1)].id, now)
    else:
        note_step(connection, alert.id, "unmanned", now)
    wait = timedelta(minutes=council.crisis_repeat) if alert.severity == URGENT else SOON_REPEATS
    return step + 1, now + wait


def _wrote(member: Staff, alert: _Standing) -> bool:
    return alert.sender_hash is not None and alert.sender_hash in (member.phone_hash, member.chat_hash)


def _by_role(
    connection: Connection, council: Council, alert: _Standing, lapsed: bool, now: datetime
) -> tuple[int, datetime | None]:
    """The step to take next, and when. A role that nobody has is passed over at once."""
    rungs = list(zip(ROLES, council.ladder, strict=False))
    step = alert.step
    if lapsed and step and now < _time_of(council, alert, step):
        step -= 1  # the next one's time has not come, so who let it lapse is asked once more
    while step < len(rungs):
        asked = _of_role(connection, alert, rungs[step][0])
        for member in asked:
            notify(connection, council, alert.id, member.id, now)
        step += 1
        if asked:
            return step, _time_of(council, alert, step)
    _end(connection, alert, now)
    return step, None


def _time_of(council: Council, alert: _Standing, step: int) -> datetime:
    """When that step is due, counted from the first; the end comes as long after the last step as an answer may take."""
    ladder = council.ladder[: len(ROLES)]
    minutes = ladder[step] if step < len(ladder) else ladder[-1] + council.lapse
    return council.after_working_minutes(alert.opened_at, minutes)


def _of_role(connection: Connection, alert: _Standing, role: str) -> list[Staff]:
    """Whoever leads the session and the person's own case manager; else those of the team, or failing them of all."""
    if role == "supervisor":
        leaders = leading.of(connection, alert.session_id) if alert.session_id is not None else ()
        return [who.member(connection, staff_id) for staff_id in leaders]
    if role == "case_manager" and alert.case_manager_id is not None:
        return [who.member(connection, alert.case_manager_id)]
    everyone = who.members(connection, role)
    return [member for member in everyone if member.team == alert.team] or everyone


def _end(connection: Connection, alert: _Standing, now: datetime) -> None:
    """Nobody took it. It stays open, and red, until somebody does."""
    note_step(connection, alert.id, "ended", now)
    tasks.open_task(
        connection, key=unanswered_key(alert.id), kind="unanswered", klass=alert.klass, person_id=alert.person_id,
        owner_id=last_asked(connection, alert.id), now=now, due_at=now,
    )  # fmt: skip


def notify(connection: Connection, council: Council, alert_id: int, staff_id: int, now: datetime) -> None:
    step_id = note_step(connection, alert_id, "notified", now, staff_id)
    klass = connection.execute(select(alerts.c["class"]).where(alerts.c.id == alert_id)).scalar_one()
    restricted = is_restricted(connection, klass, alert_id)
    plain = klass in BY_ROLE and not restricted
    notice = Notice(
        key=f"alert:{alert_id}:s{step_id}",
        purpose="alert",
        string=BY_ROLE[klass] if plain else "alert.urgent",
        lane=notices.REMINDER if klass in BY_ROLE else notices.SAFETY,
        expires_at=now + ALERT_LASTS,
        fields={"alert": str(alert_id), **(_about(connection, alert_id) if plain else {})},
        staff_id=staff_id,
        alert_id=alert_id,
        channel="sms" if restricted else None,
    )
    notices.write(connection, council, notice, now=now)


def _about(connection: Connection, alert_id: int) -> dict[str, Any]:
    """Initials and session: all that a text to staff may hold."""
    row = connection.execute(
        select(sessions.c.starts_at, placements.c.nickname, people.c.first_name, people.c.last_name)
        .select_from(alerts)
        .join(sessions, sessions.c.id == alerts.c.session_id)
        .join(placements, placements.c.id == sessions.c.placement_id)
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .where(alerts.c.id == alert_id)
    ).one()
    starts_at = row.starts_at.isoformat()
    initials = who.initials(row.first_name, row.last_name)
    return {"day": starts_at, "time": starts_at, "place": row.nickname, "initials": initials}


def is_restricted(connection: Connection, klass: str, alert_id: int) -> bool:
    """Abuse classes and the women's team never appear on Telegram."""
    if klass in RESTRICTED:
        return True
    row = connection.execute(
        select(people.c.restricted, people.c.women_only, placements.c.women_only)
        .select_from(alerts)
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .outerjoin(sessions, sessions.c.id == alerts.c.session_id)
        .outerjoin(placements, placements.c.id == sessions.c.placement_id)
        .where(alerts.c.id == alert_id)
    ).first()
    return row is not None and any(row)


def last_asked(connection: Connection, alert_id: int) -> int | None:
    asked = (alert_steps.c.alert_id == alert_id, alert_steps.c.what == "notified")
    query = select(alert_steps.c.staff_id).where(*asked).order_by(alert_steps.c.id.desc())
    return connection.execute(query.limit(1)).scalar()
