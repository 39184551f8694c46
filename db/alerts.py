"""Alerts: a human must know now. Opened by danger, by somebody who never came, by a roster that nobody marked.

`climbing` says whom they ask and when; here they are opened, taken, passed on and settled, and every step is kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from db import access, climbing, notices, permissions, tasks
from db.climbing import note_step
from db.council import Council
from db.people import Person, Staff
from db.schema import alert_steps, alerts, inbound, people, placements, sessions
from db.schema import notices as notice_rows

Answer = Literal["acknowledged", "passed", "resolved", "taken", "not_yours", "finished", "unknown", "mark_first"]
OUTCOMES = {"a": "spoke", "b": "called_999", "c": "welfare_check", "d": "no_risk"}
MISSED_OUTCOMES = {"a": "reached", "b": "no_answer", "c": "welfare_concern", "d": "known_reason"}

SAME_ALERT = timedelta(minutes=30)


def outcomes(klass: str) -> dict[str, str]:
    """How such an alert may end, by the letter that says so. An unmarked roster ends by being marked, and no other way."""
    return {"missed": MISSED_OUTCOMES, "unmarked": {}}.get(klass, OUTCOMES)


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
        note_step(connection, alert_id, "message", now, standing.owner_id)
    connection.execute(inbound.update().where(inbound.c.id == inbound_id).values(alert_id=alert_id))
    if standing is None:
        climbing.climb(connection, council, alert_id, now=now)
    elif (known := standing.owner_id or climbing.last_asked(connection, alert_id)) is not None:
        climbing.notify(connection, council, alert_id, known, now)
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
    about = {"person_id": person.id if person else None, "sender_hash": None if person else sender_hash}
    alert_id = _insert(connection, klass, about, now)
    urgent = climbing.severity(klass) == climbing.URGENT
    tasks.open_task(
        connection,
        key=f"crisis:a{alert_id}",
        kind="crisis",
        klass=klass,
        person_id=person.id if person else None,
        now=now,
        due_at=now if urgent else council.next_staffed(now)[1],
    )
    return alert_id


def _insert(connection: Connection, klass: str, about: dict[str, Any], now: datetime) -> int:
    row = {
        "class": klass, "severity": climbing.severity(klass), "state": "open", "opened_at": now, "last_message_at": now,
        "step": 0, **about,
    }  # fmt: skip
    alert_id: int = connection.execute(alerts.insert().values(**row).returning(alerts.c.id)).scalar_one()
    note_step(connection, alert_id, "opened", now)
    return alert_id


def raise_missed(
    connection: Connection, council: Council, *, person_id: int, booking_id: int, session_id: int, now: datetime
) -> None:
    """Somebody never came and had not said so. Once for each booking until it is settled."""
    if _unsettled(connection, "missed", alerts.c.booking_id == booking_id) is None:
        about = {"person_id": person_id, "booking_id": booking_id, "session_id": session_id}
        climbing.climb(connection, council, _insert(connection, "missed", about, now), now=now)


def raise_unmarked(connection: Connection, council: Council, session_id: int, *, now: datetime) -> None:
    """Nobody has said who came. Once for each session."""
    climbing.climb(connection, council, _insert(connection, "unmarked", {"session_id": session_id}, now), now=now)


def settle(connection: Connection, klass: str, outcome: str, *about: Any, now: datetime) -> None:
    """The record itself ended it: a mark was taken back, a roster was marked. `about` are conditions on the alert."""
    alert_id = _unsettled(connection, klass, *about)
    if alert_id is not None:
        _resolve(connection, alert_id, outcome, None, now)


def _unsettled(connection: Connection, klass: str, *about: Any) -> int | None:
    query = select(alerts.c.id).where(alerts.c["class"] == klass, alerts.c.state != "resolved", *about)
    return connection.execute(query.order_by(alerts.c.id.desc()).limit(1)).scalar()


@dataclass(frozen=True, slots=True)
class Alert:
    id: int
    klass: str
    state: str
    person_id: int | None
    session_id: int | None
    booking_id: int | None
    team: str | None
    owner_id: int | None
    restricted: bool


def by_id(connection: Connection, alert_id: int) -> Alert | None:
    row = connection.execute(
        select(
            alerts.c["class"],
            alerts.c.state,
            alerts.c.person_id,
            alerts.c.session_id,
            alerts.c.booking_id,
            func.coalesce(people.c.team, placements.c.team),
            alerts.c.owner_id,
        )
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .outerjoin(sessions, sessions.c.id == alerts.c.session_id)
        .outerjoin(placements, placements.c.id == sessions.c.placement_id)
        .where(alerts.c.id == alert_id)
    ).first()
    return Alert(alert_id, *row, climbing.is_restricted(connection, row[0], alert_id)) if row else None


def acknowledge(connection: Connection, council: Council, alert_id: int, member: Staff, *, now: datetime) -> Answer:
    """Somebody takes it: the repeats stop, until `missed.lapse` minutes go by without an outcome.

    Only one who was asked, or who leads, may.
    """
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, alert, member, now)
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
    note_step(connection, alert_id, "acknowledged", now, member.id)
    access.log(connection, member.ref, "alert.acknowledged", now=now, person_id=alert.person_id, reason=str(alert_id))
    _stop_asking(connection, alert_id, now)
    return "acknowledged"


def resolve(
    connection: Connection, council: Council, alert_id: int, member: Staff, outcome: str, *, now: datetime
) -> Answer:
    """It is over, and this is how: one of `outcomes`. The alert's tasks are done with it, but for what is left to do."""
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, alert, member, now)
    if answer is not None or alert is None:
        return answer or "unknown"
    if alert.klass == "unmarked":
        return "mark_first"
    _resolve(connection, alert_id, outcome, member, now)
    access.log(connection, member.ref, f"alert.{outcome}", now=now, person_id=alert.person_id, reason=str(alert_id))
    if alert.booking_id is not None and alert.person_id is not None:
        _follow_up(connection, council, alert.booking_id, alert.person_id, outcome, now)
    return "resolved"


def _resolve(connection: Connection, alert_id: int, outcome: str, member: Staff | None, now: datetime) -> None:
    over: dict[str, Any] = {"state": "resolved", "outcome": outcome, "next_step_at": None}
    if member is not None:
        over["owner_id"] = member.id
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(**over))
    note_step(connection, alert_id, "resolved", now, member.id if member else None)
    for key in (f"crisis:a{alert_id}", climbing.unanswered_key(alert_id)):
        tasks.close(connection, key, now=now)
    _stop_asking(connection, alert_id, now)


def _follow_up(
    connection: Connection, council: Council, booking_id: int, person_id: int, outcome: str, now: datetime
) -> None:
    """Who was spoken to has been followed up, who was not still has to be; a worry about them is a task at once."""
    if outcome in ("reached", "known_reason"):
        tasks.close(connection, f"missed:b{booking_id}", now=now)
    elif outcome == "welfare_concern":
        key = f"welfare:p{person_id}"
        tasks.open_task(connection, key=key, kind="welfare", person_id=person_id, now=now, due_at=now)


def pass_on(connection: Connection, council: Council, alert_id: int, member: Staff, *, now: datetime) -> Answer:
    """Not me: the next of the chain is asked at once."""
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, alert, member, now)
    if answer is not None or alert is None:
        return answer or "unknown"
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(state="open", owner_id=None))
    note_step(connection, alert_id, "passed", now, member.id)
    access.log(connection, member.ref, "alert.passed", now=now, person_id=alert.person_id, reason=str(alert_id))
    climbing.climb(connection, council, alert_id, now=now, passed=True)
    return "passed"


def _may_answer(connection: Connection, alert: Alert | None, member: Staff, now: datetime) -> Answer | None:
    """None when this person of the staff may answer it, else what to tell them."""
    if alert is None:
        return "unknown"
    if not was_asked(connection, alert.id, member) and not permissions.allows(member, "alert.read", alert.team):
        whose = alert.person_id
        access.refused(connection, member.ref, "alert.read", now=now, person_id=whose, reason=str(alert.id))
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
