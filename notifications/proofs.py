"""The reminder, the evening before, of a proof that an officer asked for. Found by query, like all reminders."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import absences, notices, sending_hours
from db.absences import Awaited
from db.council import LONDON, Council, at_minute
from db.notices import Notice
from db.sending_hours import Timing

DAYS = 1  # before the day it is due
TIMING: Timing = "timely"


def write(connection: Connection, council: Council, *, now: datetime) -> None:
    """Those that are due and not written, of what still waits for its proof."""
    today = now.astimezone(LONDON).date()
    near = absences.awaited(connection, today, today + timedelta(days=DAYS + 1))
    wanted = [notice for one in near if (notice := _due(council, one, now))]
    notices.write_all(connection, council, wanted, now=now)


def _due(council: Council, one: Awaited, now: datetime) -> Notice | None:
    until = at_minute(one.due, council.staffed.until)
    nominal = datetime.combine(one.due - timedelta(days=DAYS), council.reminders_at, LONDON)
    send_at = sending_hours.fit(council, nominal, until, TIMING, one.safe)
    if send_at is None or not one.asked_at < send_at <= now < until:
        return None
    return Notice(
        key=f"{absences.REMINDER_OF}{one.decision_id}", purpose="decision", string="decision.proof", lane=notices.REMINDER,
        expires_at=until, timing=TIMING, person_id=one.person_id, booking_id=one.booking_id,
        fields={"date": one.starts_at.astimezone(LONDON).date().isoformat(), "day": until.isoformat()},
    )  # fmt: skip
