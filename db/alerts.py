"""Alerts: a human must know now. Opened by danger, by somebody who never came, by a roster that nobody marked.

`climbing` says whom they ask and when; here they are opened, taken, passed on and settled, and every step is kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from db import absences, access, asking, climbing, notices, permissions, tasks
from db.asking import note_step
from db.council import Council
from db.notices import Notice
from db.people import Person, Staff
from db.schema import alerts, inbound, people, placements, sessions
from db.schema import notices as notice_rows

Answer = Literal[
    "acknowledged",
    "passed",
    "resolved",
    "tested",
    "taken",
    "not_yours",
    "restricted",
    "finished",
    "unknown",
    "mark_first",
    "cover_first",
]
OUTCOMES = {"a": "spoke", "b": "called_999", "c": "welfare_check", "d": "no_risk"}
MISSED_OUTCOMES = {"a": "reached", "b": "no_answer", "c": "welfare_concern", "d": "known_reason"}
UNDELIVERED_OUTCOMES = {"a": "all_told", "b": "some_told", "c": "no_answer", "d": "no_need"}
OF_CLASS: dict[str, dict[str, str]] = {
    "missed": MISSED_OUTCOMES, "unmarked": {}, "unled": {}, "undelivered": UNDELIVERED_OUTCOMES, "test": {},
}  # fmt: skip
ENDS_ITSELF: dict[str, Answer] = {"unmarked": "mark_first", "unled": "cover_first"}
"""What is answered to who says how it ended: the record says so itself, once everyone is marked, or somebody leads it."""

SAME_ALERT = timedelta(minutes=30)


def outcomes(klass: str) -> dict[str, str]:
    """How such an alert may end, by the letter that says so. None of what ends by itself,
    nor of a test, which ends by being answered."""
    return OF_CLASS.get(klass, OUTCOMES)


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
    alert_id = standing or _open(connection, council, klass, person, sender_hash, now)
    connection.execute(inbound.update().where(inbound.c.id == inbound_id).values(alert_id=alert_id))
    if standing is None:
        climbing.climb(connection, council, alert_id, now=now)
    else:
        _adds_to(connection, council, standing, now)
    return alert_id


def _standing(
    connection: Connection, klass: str, person: Person | None, sender_hash: str | None, now: datetime
) -> int | None:
    about = alerts.c.person_id == person.id if person else alerts.c.sender_hash == sender_hash
    return _unsettled(connection, klass, about, alerts.c.last_message_at > now - SAME_ALERT)


def _open(
    connection: Connection, council: Council, klass: str, person: Person | None, sender_hash: str | None, now: datetime
) -> int:
    about = {"person_id": person.id if person else None, "sender_hash": None if person else sender_hash}
    alert_id = _insert(connection, klass, about, now)
    urgent = asking.severity(klass) == asking.URGENT
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
        "class": klass, "severity": asking.severity(klass), "state": "open", "opened_at": now, "last_message_at": now,
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


def raise_about(connection: Connection, council: Council, klass: str, session_id: int, *, now: datetime) -> None:
    """Of a session as such: nobody has said who came, nobody leads it. Whether it stands already the caller has looked."""
    climbing.climb(connection, council, _insert(connection, klass, {"session_id": session_id}, now), now=now)


def settle(connection: Connection, klass: str, outcome: str, *about: Any, now: datetime) -> None:
    """The record itself ended it: a mark was taken back, a roster was marked. `about` are conditions on the alert."""
    alert_id = _unsettled(connection, klass, *about)
    if alert_id is not None:
        _resolve(connection, alert_id, outcome, None, now)


def _unsettled(connection: Connection, klass: str, *about: Any) -> int | None:
    query = select(alerts.c.id).where(alerts.c["class"] == klass, alerts.c.state != "resolved", *about)
    return connection.execute(query.order_by(alerts.c.id.desc()).limit(1)).scalar()


def raise_undelivered(connection: Connection, council: Council, session_id: int, *, newest: datetime, now: datetime) -> None:
    """People have not been reached with the news that a session is off; the last of them since `newest`.

    Once for each session: after an outcome, only when others come.
    """
    about = (alerts.c["class"] == "undelivered", alerts.c.session_id == session_id)
    known = connection.execute(select(alerts.c.id, alerts.c.state, alerts.c.last_message_at).where(*about)).all()
    if known and newest <= max(row.last_message_at for row in known):
        return
    standing = [row.id for row in known if row.state != "resolved"]
    if standing:
        _adds_to(connection, council, standing[-1], now)
    else:
        climbing.climb(connection, council, _insert(connection, "undelivered", {"session_id": session_id}, now), now=now)


def _adds_to(connection: Connection, council: Council, alert_id: int, now: datetime) -> None:
    """Something more of what stands: kept, and said to whoever has it, or was asked last."""
    owner = connection.execute(select(alerts.c.owner_id).where(alerts.c.id == alert_id)).scalar()
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(last_message_at=now))
    note_step(connection, alert_id, "message", now, owner)
    if (known := owner or asking.last_asked(connection, alert_id)) is not None:
        asking.ask(connection, council, alert_id, known, now)


def raise_test(connection: Connection, council: Council, *, now: datetime) -> int:
    """Whether an alert arrives and is answered: nobody is in trouble."""
    alert_id = _insert(connection, "test", {}, now)
    climbing.climb(connection, council, alert_id, now=now)
    return alert_id


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
    acknowledged_at: datetime | None
    opened_at: datetime
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
            alerts.c.acknowledged_at,
            alerts.c.opened_at,
        )
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .outerjoin(sessions, sessions.c.id == alerts.c.session_id)
        .outerjoin(placements, placements.c.id == sessions.c.placement_id)
        .where(alerts.c.id == alert_id)
    ).first()
    if row is None:
        return None
    facts: tuple[Any, ...] = (*row, asking.is_restricted(connection, row[0], alert_id))
    return Alert(alert_id, *facts)


def acknowledge(
    connection: Connection, council: Council, alert_id: int, member: Staff, *, now: datetime, take: bool = False
) -> Answer:
    """Somebody takes it: the repeats stop, until `missed.lapse` minutes go by without an outcome.

    Only one who was asked, or who leads, may. `take`: from whoever has it, who is told.
    """
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, council, alert, member, now)
    if alert is None or (answer is not None and not (take and answer == "taken")):
        return answer or "unknown"
    if alert.klass == "test":
        _resolve(connection, alert_id, "answered", member, now)
        return "tested"
    took_from = alert.owner_id if answer == "taken" else None
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
    step = note_step(connection, alert_id, "acknowledged" if took_from is None else "taken_over", now, member.id)
    access.log(connection, member.ref, "alert.acknowledged", now=now, person_id=alert.person_id, reason=str(alert_id))
    _stop_asking(connection, alert_id, now)
    if took_from is not None:
        _tell_former(connection, council, alert, took_from, member, step, now)
    return "acknowledged"


def _tell_former(
    connection: Connection, council: Council, alert: Alert, former: int, member: Staff, step: int, now: datetime
) -> None:
    notice = Notice(
        key=f"alert:{alert.id}:taken:s{step}",
        purpose="alert",
        string="alert.taken_over",
        lane=notices.REMINDER,
        expires_at=now + asking.ALERT_LASTS,
        fields={"alert": str(alert.id), "owner": member.initials},
        staff_id=former,
        channel="sms" if alert.restricted else None,
    )
    notices.write(connection, council, notice, now=now)


def resolve(
    connection: Connection, council: Council, alert_id: int, member: Staff, outcome: str, *, now: datetime
) -> Answer:
    """It is over, and this is how: one of `outcomes`. The alert's tasks are done with it."""
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, council, alert, member, now)
    if answer is not None or alert is None:
        return answer or "unknown"
    if alert.klass in ENDS_ITSELF:
        return ENDS_ITSELF[alert.klass]
    if alert.klass == "test":
        outcome = "answered"
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
    """Who was spoken to has been followed up, and an officer decides; who was not still has to be followed up. A worry
    about them is a task at once."""
    if outcome in ("reached", "known_reason"):
        if tasks.stands(connection, f"missed:b{booking_id}"):
            one = absences.find(connection, booking_id)
            due_at = absences.follow_up_by(connection, council, person_id, one.starts_at, now=now)
            absences.to_decide(connection, booking_id, person_id, due_at=due_at, now=now)
    elif outcome == "welfare_concern":
        key = f"welfare:p{person_id}"
        tasks.open_task(connection, key=key, kind="welfare", person_id=person_id, now=now, due_at=now)


def pass_on(connection: Connection, council: Council, alert_id: int, member: Staff, *, now: datetime) -> Answer:
    """Not me: the next of the chain is asked at once."""
    alert = by_id(connection, alert_id)
    answer = _may_answer(connection, council, alert, member, now)
    if answer is not None or alert is None:
        return answer or "unknown"
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(state="open", owner_id=None))
    note_step(connection, alert_id, "passed", now, member.id)
    access.log(connection, member.ref, "alert.passed", now=now, person_id=alert.person_id, reason=str(alert_id))
    climbing.climb(connection, council, alert_id, now=now, passed=True)
    return "passed"


def _may_answer(
    connection: Connection, council: Council, alert: Alert | None, member: Staff, now: datetime
) -> Answer | None:
    """None when this person of the staff may answer it, else what to tell them."""
    if alert is None:
        return "unknown"
    if not may_see(connection, council, alert, member):
        if alert.restricted and permissions.allows(member, "alert.read", alert.team):
            return "restricted"
        whose = alert.person_id
        access.refused(connection, member.ref, "alert.read", now=now, person_id=whose, reason=str(alert.id))
        return "not_yours"
    if alert.state == "resolved":
        return "finished"
    return "taken" if alert.state == "acknowledged" and alert.owner_id != member.id else None


def may_see(connection: Connection, council: Council, alert: Alert, member: Staff) -> bool:
    """Whoever was asked, and whoever reads alerts of that team; of what is restricted, the council's group instead."""
    if asking.was_asked(connection, alert.id, member):
        return True
    group = asking.restricted_group(connection, council) if alert.restricted else []
    if group:
        return member.id in {one.id for one in group}
    return permissions.allows(member, "alert.read", alert.team)


def note_read(connection: Connection, alert: Alert, member: Staff, *, now: datetime) -> None:
    """They were shown who it is about and what was written."""
    note_step(connection, alert.id, "read", now, member.id)
    access.log(connection, member.ref, "alert.read", now=now, person_id=alert.person_id)


def standing(connection: Connection, council: Council, member: Staff) -> list[Alert]:
    """Open alerts, the oldest first. Of what they may not see, those which are restricted: that somebody has them."""
    query = select(alerts.c.id).where(alerts.c.state != "resolved", alerts.c["class"] != "test").order_by(alerts.c.id)
    found = [by_id(connection, id_) for id_ in connection.execute(query).scalars()]
    reads = permissions.allows(member, "alert.read", None)
    return [one for one in found if one and (may_see(connection, council, one, member) or (one.restricted and reads))]


def _stop_asking(connection: Connection, alert_id: int, now: datetime) -> None:
    ours = (notice_rows.c.alert_id == alert_id, notice_rows.c.purpose == "alert")
    notices.withdraw(connection, *ours, status="cancelled", why="acknowledged", now=now)


def words(connection: Connection, alert_id: int) -> list[tuple[str, str]]:
    """The stored messages behind an alert, `(door, payload)` as received, oldest first."""
    query = select(inbound.c.door, inbound.c.payload).where(inbound.c.alert_id == alert_id).order_by(inbound.c.id)
    return [(row.door, row.payload) for row in connection.execute(query)]
