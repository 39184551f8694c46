"""Alerts: a human must know now. They repeat, and climb, until one says that they have it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from db import access, notices, permissions, tasks
from db import people as who
from db.council import Council
from db.notices import Notice
from db.people import Person, Staff
from db.schema import alert_steps, alerts, inbound, people
from db.schema import notices as notice_rows

Answer = Literal["acknowledged", "passed", "resolved", "taken", "not_yours", "finished", "unknown"]
OUTCOMES = {"a": "spoke", "b": "called_999", "c": "welfare_check", "d": "no_risk"}

URGENT, SOON = 1, 2
SEVERITY = {"low_mood": SOON, "hardship": SOON}  # every other class is urgent
RESTRICTED = frozenset({"danger_now", "da_victim", "child_risk"})  # never on Telegram, and in no staff message
SAME_ALERT = timedelta(minutes=30)
SOON_REPEATS = timedelta(minutes=60)
TWICE = 2  # times a step asks the same person before the next is asked
ALERT_LASTS = timedelta(hours=4)


def raise_alert(
    connection: Connection,
    council: Council,
    klass: str,
    *,
    person: Person | None,
    sender_hash: str | None,
    inbound_id: int,
    now: datetime,
) -> int:
    """Opens an alert, or adds to the one about this person and class of the last half hour and tells its owner again."""
    standing = _standing(connection, klass, person, sender_hash, now)
    alert_id: int
    if standing is None:
        alert_id = _open(connection, council, klass, person, sender_hash, now)
    else:
        alert_id = standing.id
        connection.execute(alerts.update().where(alerts.c.id == alert_id).values(last_message_at=now))
        _step(connection, alert_id, "message", now, standing.owner_id)
    connection.execute(inbound.update().where(inbound.c.id == inbound_id).values(alert_id=alert_id))
    if standing is None:
        climb(connection, council, alert_id, now=now)
    elif (known := standing.owner_id or _last_asked(connection, alert_id)) is not None:
        _notify(connection, council, alert_id, known, f"m{inbound_id}", now)
    return alert_id


def _standing(connection: Connection, klass: str, person: Person | None, sender_hash: str | None, now: datetime) -> Any:
    about = alerts.c.person_id == person.id if person else alerts.c.sender_hash == sender_hash
    return connection.execute(
        select(alerts)
        .where(about, alerts.c["class"] == klass, alerts.c.state != "resolved", alerts.c.last_message_at > now - SAME_ALERT)
        .order_by(alerts.c.id.desc())
        .limit(1)
    ).first()


def _open(
    connection: Connection, council: Council, klass: str, person: Person | None, sender_hash: str | None, now: datetime
) -> int:
    row = {
        "class": klass, "severity": SEVERITY.get(klass, URGENT), "person_id": person.id if person else None,
        "sender_hash": None if person else sender_hash, "state": "open", "opened_at": now, "last_message_at": now, "step": 0,
    }  # fmt: skip
    alert_id: int = connection.execute(alerts.insert().values(**row).returning(alerts.c.id)).scalar_one()
    _step(connection, alert_id, "opened", now)
    tasks.open_task(
        connection,
        key=f"crisis:a{alert_id}",
        kind="crisis",
        klass=klass,
        person_id=person.id if person else None,
        now=now,
        due_at=now if row["severity"] == URGENT else council.next_staffed(now)[1],
    )
    return alert_id


def chain(connection: Connection, council: Council, case_manager_id: int | None) -> list[Staff]:
    """Who is asked, in order: whom the settings name, else the case manager, the co-ordinators, the managers."""
    named = [member for ref in council.on_call if (member := who.member_by_ref(connection, ref))]
    if named:
        return named
    own = [who.member(connection, case_manager_id)] if case_manager_id else []
    rest = who.members(connection, "coordinator") + who.members(connection, "manager")
    return own + [member for member in rest if member.id != case_manager_id]


def climb(connection: Connection, council: Council, alert_id: int, *, now: datetime) -> None:
    """Asks the next of the chain, and sets when to ask again. Each is asked twice; the last, until someone answers.

    An acknowledgement that led to no outcome in time has lapsed: the asking goes on where it stood.
    """
    alert = connection.execute(
        select(alerts.c.severity, alerts.c.state, alerts.c.step, people.c.case_manager_id)
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .where(alerts.c.id == alert_id)
    ).one()
    if alert.state == "acknowledged":
        _step(connection, alert_id, "lapsed", now)
    asked = chain(connection, council, alert.case_manager_id)
    if asked:
        member = asked[min(alert.step // TWICE, len(asked) - 1)]
        _notify(connection, council, alert_id, member.id, f"s{alert.step}", now)
    else:
        _step(connection, alert_id, "unmanned", now)
    wait = timedelta(minutes=council.crisis_repeat) if alert.severity == URGENT else SOON_REPEATS
    connection.execute(
        alerts.update()
        .where(alerts.c.id == alert_id)
        .values(state="open", owner_id=None, step=alert.step + 1, next_step_at=now + wait)
    )


def _notify(connection: Connection, council: Council, alert_id: int, staff_id: int, step: str, now: datetime) -> None:
    klass = connection.execute(select(alerts.c["class"]).where(alerts.c.id == alert_id)).scalar_one()
    notice = Notice(
        key=f"alert:{alert_id}:{step}",
        purpose="alert",
        string="alert.urgent",
        lane=notices.SAFETY,
        expires_at=now + ALERT_LASTS,
        fields={"alert": str(alert_id)},
        staff_id=staff_id,
        alert_id=alert_id,
        channel="sms" if is_restricted(connection, klass, alert_id) else None,
    )
    notices.write(connection, council, notice, now=now)
    _step(connection, alert_id, "notified", now, staff_id)


def is_restricted(connection: Connection, klass: str, alert_id: int) -> bool:
    """Abuse classes and the women's team never appear on Telegram."""
    if klass in RESTRICTED:
        return True
    row = connection.execute(
        select(people.c.restricted, people.c.women_only)
        .join(alerts, alerts.c.person_id == people.c.id)
        .where(alerts.c.id == alert_id)
    ).first()
    return row is not None and (row.restricted or row.women_only)


def _last_asked(connection: Connection, alert_id: int) -> int | None:
    asked = (alert_steps.c.alert_id == alert_id, alert_steps.c.what == "notified")
    query = select(alert_steps.c.staff_id).where(*asked).order_by(alert_steps.c.id.desc())
    return connection.execute(query.limit(1)).scalar()


def _step(connection: Connection, alert_id: int, what: str, now: datetime, staff_id: int | None = None) -> None:
    connection.execute(alert_steps.insert().values(alert_id=alert_id, what=what, staff_id=staff_id, at=now))


def due(connection: Connection, *, now: datetime) -> list[int]:
    query = select(alerts.c.id).where(alerts.c.state != "resolved", alerts.c.next_step_at <= now).order_by(alerts.c.id)
    return list(connection.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Alert:
    id: int
    klass: str
    state: str
    person_id: int | None
    team: str | None
    owner_id: int | None
    restricted: bool


def by_id(connection: Connection, alert_id: int) -> Alert | None:
    row = connection.execute(
        select(alerts.c["class"], alerts.c.state, alerts.c.person_id, people.c.team, alerts.c.owner_id)
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .where(alerts.c.id == alert_id)
    ).first()
    return Alert(alert_id, *row, is_restricted(connection, row[0], alert_id)) if row else None


def acknowledge(connection: Connection, council: Council, alert_id: int, member: Staff, *, now: datetime) -> Answer:
    """Somebody takes it: the repeats stop, until `missed.lapse` minutes go by without an outcome.

    Only one who was asked, or who leads, may.
    """
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, alert, member)
    if answer is not None or alert is None:
        return answer or "unknown"
    connection.execute(
        alerts.update()
        .where(alerts.c.id == alert_id)
        .values(
            state="acknowledged",
            owner_id=member.id,
            acknowledged_at=now,
            next_step_at=now + timedelta(minutes=council.lapse),
        )
    )
    _step(connection, alert_id, "acknowledged", now, member.id)
    access.log(connection, member.ref, "alert.acknowledged", now=now, person_id=alert.person_id, reason=str(alert_id))
    _stop_asking(connection, alert_id, now)
    return "acknowledged"


def resolve(connection: Connection, alert_id: int, member: Staff, outcome: str, *, now: datetime) -> Answer:
    """It is over, and this is how: one of OUTCOMES' values. The alert's task is done with it."""
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, alert, member)
    if answer is not None or alert is None:
        return answer or "unknown"
    over = {"state": "resolved", "outcome": outcome, "owner_id": member.id, "next_step_at": None}
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(**over))
    _step(connection, alert_id, "resolved", now, member.id)
    access.log(connection, member.ref, f"alert.{outcome}", now=now, person_id=alert.person_id, reason=str(alert_id))
    tasks.close(connection, f"crisis:a{alert_id}", now=now)
    _stop_asking(connection, alert_id, now)
    return "resolved"


def pass_on(connection: Connection, council: Council, alert_id: int, member: Staff, *, now: datetime) -> Answer:
    """Not me: the next of the chain is asked at once."""
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, alert, member)
    if answer is not None or alert is None:
        return answer or "unknown"
    step = connection.execute(select(alerts.c.step).where(alerts.c.id == alert_id)).scalar_one()
    connection.execute(
        alerts.update().where(alerts.c.id == alert_id).values(step=step + step % TWICE, state="open", owner_id=None)
    )
    _step(connection, alert_id, "passed", now, member.id)
    access.log(connection, member.ref, "alert.passed", now=now, person_id=alert.person_id, reason=str(alert_id))
    climb(connection, council, alert_id, now=now)
    return "passed"


def _may_answer(connection: Connection, alert: Alert | None, member: Staff) -> Answer | None:
    """None when this person of the staff may answer it, else what to tell them."""
    if alert is None:
        return "unknown"
    if not was_asked(connection, alert.id, member):
        try:
            permissions.require(member, "alert.read", alert.team)
        except permissions.Refused:
            return "not_yours"
    if alert.state == "resolved":
        return "finished"
    return "taken" if alert.state == "acknowledged" and alert.owner_id != member.id else None


def was_asked(connection: Connection, alert_id: int, member: Staff) -> bool:
    query = select(alert_steps.c.id).where(
        alert_steps.c.alert_id == alert_id, alert_steps.c.what == "notified", alert_steps.c.staff_id == member.id
    )
    return connection.execute(query.limit(1)).first() is not None


def _stop_asking(connection: Connection, alert_id: int, now: datetime) -> None:
    ours = (notice_rows.c.alert_id == alert_id, notice_rows.c.purpose == "alert")
    notices.withdraw(connection, *ours, status="cancelled", why="acknowledged", now=now)


def words(connection: Connection, alert_id: int) -> list[tuple[str, str]]:
    """The stored messages behind an alert, `(door, payload)` as received, oldest first."""
    query = select(inbound.c.door, inbound.c.payload).where(inbound.c.alert_id == alert_id).order_by(inbound.c.id)
    return [(row.door, row.payload) for row in connection.execute(query)]
