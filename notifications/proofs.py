"""The reminder, the evening before, of a proof that an officer asked for. Found by query, like all reminders."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from db import absences, notices, people, sending_hours
from db.absences import Absence
from db.council import LONDON, Council, at_minute
from db.notices import Notice
from db.schema import decisions
from db.schema import notices as notice_rows
from db.sending_hours import Timing

DAYS = 1  # before the day it is due
TIMING: Timing = "timely"


def write(connection: Connection, council: Council, *, now: datetime) -> None:
    """Those that are due and not written, of absences that still wait for their proof."""
    today = now.astimezone(LONDON).date()
    near = decisions.c.proof_due.between(today, today + timedelta(days=DAYS + 1))
    for booking_id in connection.execute(select(decisions.c.booking_id).where(near).distinct()).scalars().all():
        one = absences.find(connection, booking_id)
        if one.is_one and one.decision is not None and one.decision.decision == "more_info":
            _write(connection, council, one, now)


def _write(connection: Connection, council: Council, one: Absence, now: datetime) -> None:
    stands = one.decision
    if stands is None or stands.proof_due is None:
        return
    key = f"proof:d{stands.id}"
    until = at_minute(stands.proof_due, council.staffed.until)
    nominal = datetime.combine(stands.proof_due - timedelta(days=DAYS), council.reminders_at, LONDON)
    send_at = sending_hours.fit(council, nominal, until, TIMING, people.person(connection, one.person_id).safe)
    if send_at is None or not stands.at < send_at <= now < until:
        return
    if connection.execute(select(notice_rows.c.id).where(notice_rows.c.key == key)).first() is not None:
        return
    notice = Notice(
        key=key, purpose="decision", string="decision.proof", lane=notices.REMINDER, expires_at=until, timing=TIMING,
        fields={"date": one.starts_at.astimezone(LONDON).date().isoformat(), "day": until.isoformat()},
        person_id=one.person_id, booking_id=one.booking_id,
    )  # fmt: skip
    notices.write(connection, council, notice, now=now)
