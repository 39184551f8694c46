"""What time alone brings the rota: a turn begins, a gap comes near, and each week an alert is tried out."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from db import alerts, in_charge, notices, rota, rota_changes, tasks
from db.council import LONDON, Council, at_minute
from db.notices import Notice
from db.rota import Stretch, Turn
from db.schema import alert_steps
from db.schema import alerts as alert_rows

NEAR = timedelta(hours=24)
GAP = "rota_gap"
A_WEEK = timedelta(days=7)
TEST_WITHIN = timedelta(hours=4)  # later in the day the week goes by without it


def look(connection: Connection, council: Council, *, now: datetime) -> None:
    _begin(connection, council, now)
    _gaps(connection, council, now)
    _test(connection, council, now)


# A turn begins


def _begin(connection: Connection, council: Council, now: datetime) -> None:
    """Whoever comes on hears that they do, what is open, and that there is a note for them."""
    begun = rota.begun(connection, now)
    notices.write_all(connection, council, [_begins(connection, turn, now) for turn in begun], now=now)
    if begun:
        rota.told(connection, [turn.id for turn in begun], now)


def _begins(connection: Connection, turn: Turn, now: datetime) -> Notice:
    is_open = select(func.count()).select_from(alert_rows).where(alert_rows.c.state != "resolved")
    note = rota.note_before(connection, turn)
    handed = ("rota.has_note", {"owner": note[0].initials, "note": note[1]}) if note else ""
    count = str(connection.execute(is_open).scalar_one())
    return Notice(
        key=f"rota:begins:{turn.id}",
        purpose="alert",
        string="rota.begins",
        lane=notices.REMINDER,
        expires_at=turn.until,
        fields={**rota_changes.of_turn(turn), "n": count, "handed": handed},
        staff_id=turn.staff_id,
    )


# A gap comes near


def _gaps(connection: Connection, council: Council, now: datetime) -> None:
    """While a rota is kept, a gap in the next 14 days is a task, due a day before it; then who leads is told, once a day."""
    ahead = rota.gaps(connection, council, now, now + rota.AHEAD) if rota.is_kept(connection, now) else []
    if not ahead:
        if tasks.stands(connection, GAP):
            tasks.close(connection, GAP, now=now)
        return
    start = ahead[0][0]
    tasks.open_task(connection, key=GAP, kind=GAP, now=now, due_at=max(now, start - NEAR))
    if start - now < NEAR:
        _tell(connection, council, ahead[0], now)


def _tell(connection: Connection, council: Council, gap: Stretch, now: datetime) -> None:
    start, until = gap[0].isoformat(), gap[1].isoformat()
    day = gap[0].astimezone(LONDON).date()
    wanted = [
        Notice(
            key=f"rota:gap:{day}:s{member.id}",
            purpose="alert",
            string="rota.gap",
            lane=notices.REMINDER,
            expires_at=max(gap[1], now + timedelta(hours=1)),
            fields={"day": start, "time": start, "day2": until, "until": until},
            staff_id=member.id,
        )
        for member in in_charge.leads(connection, None, now)
    ]
    notices.write_all(connection, council, wanted, now=now)


# The weekly test


def _test(connection: Connection, council: Council, now: datetime) -> None:
    """To whoever is on duty, or is named in the settings: without either there is nobody to try it on."""
    at = test_at(council, now)
    if at is None or not at <= now < at + TEST_WITHIN:
        return
    if not (rota.on_duty(connection, now).everyone or council.on_call):
        return
    query = select(alert_rows.c.id).where(alert_rows.c["class"] == "test", alert_rows.c.opened_at >= at)
    if connection.execute(query.limit(1)).first() is None:
        alerts.raise_test(connection, council, now=now)


def test_at(council: Council, now: datetime) -> datetime | None:
    """When this week's is due: on its weekday, or on the first working day after a holiday."""
    if council.test_alert is None:
        return None
    weekday, minute = council.test_alert
    today = now.astimezone(LONDON).date()
    day = today - timedelta(days=(today.weekday() - weekday) % 7)
    if council.is_holiday(day):
        day = council.next_working_day(day)
    return at_minute(day, minute)


def last_test(connection: Connection) -> tuple[str, datetime] | None:
    """How the latest went, and when it began: `answered`, `waiting`, or `failed` when nobody answered on either channel."""
    query = select(alert_rows.c.id, alert_rows.c.state, alert_rows.c.opened_at).where(alert_rows.c["class"] == "test")
    row = connection.execute(query.order_by(alert_rows.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    ended = select(alert_steps.c.id).where(alert_steps.c.alert_id == row.id, alert_steps.c.what == "ended")
    if row.state == "resolved":
        return "answered", row.opened_at
    return ("failed" if connection.execute(ended.limit(1)).first() else "waiting"), row.opened_at
