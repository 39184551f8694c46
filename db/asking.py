"""One of the staff is asked to take an alert: what the message says, on which channel, and who was asked already."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from db import awareness, notices
from db import people as who
from db.council import Council
from db.notices import Notice
from db.people import Staff
from db.schema import alert_steps, alerts, people, placements, sessions

URGENT, SOON, WAITING = 1, 2, 3
LESS_URGENT = frozenset({"low_mood", "hardship", "missed", "unmarked", "unled", "undelivered"})
CAN_WAIT = frozenset({"test"})
RESTRICTED = frozenset({"danger_now", "da_victim", "child_risk"})  # never on Telegram, and in no staff message
PLAIN = {
    "missed": "alert.missed", "unmarked": "alert.unmarked", "unled": "alert.unled", "undelivered": "alert.undelivered",
    "test": "alert.test",
}  # fmt: skip
"""The classes of which a message says what they are about. Of any other it says that it is urgent, and no more."""

UNAWARE = "alert.missed_unaware"  # where nothing shows that who missed it knew of it
ALERT_LASTS = timedelta(hours=4)
How = Literal["first", "call", "sms", "telegram"]


def severity(klass: str) -> int:
    return SOON if klass in LESS_URGENT else WAITING if klass in CAN_WAIT else URGENT


def note_step(connection: Connection, alert_id: int, what: str, now: datetime, staff_id: int | None = None) -> int:
    row = {"alert_id": alert_id, "what": what, "staff_id": staff_id, "at": now}
    step_id: int = connection.execute(alert_steps.insert().values(**row).returning(alert_steps.c.id)).scalar_one()
    return step_id


def ask(
    connection: Connection, council: Council, alert_id: int, staff_id: int, now: datetime, *, how: How = "first"
) -> None:
    """`call`: others were asked in vain, so it says to ring them. `sms`, `telegram`: on that channel.

    What is urgent comes by text besides Telegram.
    """
    step_id = note_step(connection, alert_id, "notified", now, staff_id)
    about = select(alerts.c["class"], alerts.c.booking_id).where(alerts.c.id == alert_id)
    klass, booking_id = connection.execute(about).one()
    restricted = is_restricted(connection, klass, alert_id)
    plain = klass in PLAIN and not restricted
    fields = {"alert": str(alert_id), **(_about(connection, alert_id) if plain else {})}
    string = PLAIN[klass] if plain else "alert.urgent"
    if plain and klass == "missed" and not awareness.is_known(connection, booking_id):
        string = UNAWARE
    if how == "call" and not plain and (others := _others(connection, alert_id, staff_id)):
        string, fields["asked"] = "alert.call", others
    channel = "sms" if restricted else how if how in ("sms", "telegram") else None
    notice = Notice(
        key=f"alert:{alert_id}:s{step_id}",
        purpose="alert",
        string=string,
        lane=notices.SAFETY if severity(klass) == URGENT or not plain else notices.REMINDER,
        expires_at=now + ALERT_LASTS,
        fields=fields,
        staff_id=staff_id,
        alert_id=alert_id,
        channel=channel,
    )
    notices.write(connection, council, notice, now=now)
    if severity(klass) == URGENT and channel is None:
        _by_text_too(connection, council, notice, now)


def _by_text_too(connection: Connection, council: Council, notice: Notice, now: datetime) -> None:
    member = who.member(connection, notice.staff_id or 0)
    where = notices.route(council, notice, None, member)
    if isinstance(where, notices.Route) and where.channel == "telegram" and member.phone_hash:
        text = notice._replace(key=f"{notice.key}:sms", channel="sms")
        notices.write(connection, council, text, now=now)


def _about(connection: Connection, alert_id: int) -> dict[str, Any]:
    """Initials and session: all that a text to staff may hold."""
    row = connection.execute(
        select(
            sessions.c.starts_at, placements.c.nickname, people.c.first_name, people.c.last_name, alerts.c.opened_at,
        )
        .select_from(alerts)
        .outerjoin(sessions, sessions.c.id == alerts.c.session_id)
        .outerjoin(placements, placements.c.id == sessions.c.placement_id)
        .outerjoin(people, people.c.id == alerts.c.person_id)
        .where(alerts.c.id == alert_id)
    ).one()  # fmt: skip
    at = (row.starts_at or row.opened_at).isoformat()
    return {"day": at, "time": at, "place": row.nickname, "initials": who.initials(row.first_name, row.last_name)}


def _others(connection: Connection, alert_id: int, staff_id: int) -> str:
    """The initials of those who were asked before, without an answer."""
    notified = (alert_steps.c.alert_id == alert_id, alert_steps.c.what == "notified", alert_steps.c.staff_id != staff_id)
    query = select(alert_steps.c.staff_id).where(*notified).order_by(alert_steps.c.id)
    ids = dict.fromkeys(connection.execute(query).scalars())
    return ", ".join(who.member(connection, id_).initials for id_ in list(ids)[:3])


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


def restricted_group(connection: Connection, council: Council) -> list[Staff]:
    """Who alone see what is restricted; none where the council names nobody."""
    return [member for ref in council.restricted_group if (member := who.member_by_ref(connection, ref))]


def last_asked(connection: Connection, alert_id: int) -> int | None:
    asked = (alert_steps.c.alert_id == alert_id, alert_steps.c.what == "notified")
    query = select(alert_steps.c.staff_id).where(*asked).order_by(alert_steps.c.id.desc())
    return connection.execute(query.limit(1)).scalar()


def was_asked(connection: Connection, alert_id: int, member: Staff) -> bool:
    query = select(alert_steps.c.id).where(
        alert_steps.c.alert_id == alert_id, alert_steps.c.what == "notified", alert_steps.c.staff_id == member.id
    )
    return connection.execute(query.limit(1)).first() is not None
