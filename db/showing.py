"""What a person sent on Telegram, shown to staff: a photo of finished work, a voice note, a video.

It goes by the id that Telegram gave it, so nothing of it is kept here, and only where all may be on Telegram. Of the
restricted, of women-only work and while an alert of a restricted class stands it never leaves, and a task has to do.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import asking, in_charge, notices, people
from db.council import Council
from db.notices import Notice
from db.people import Person
from db.schema import alerts

LASTS = timedelta(hours=24)  # after which the task is all there is


def to_officer(
    connection: Connection, council: Council, person: Person, string: str, sent: Sequence[str], *, key: str, now: datetime,
    **fields: Any,
) -> bool:  # fmt: skip
    """To whoever has their case. `sent`: its kind, as Telegram names it, and its id there. Whether it was shown."""
    officer_id = person.case_manager_id
    officer = people.member(connection, in_charge.owner_in_place_of(connection, officer_id, now)) if officer_id else None
    if officer is None or officer.sealed_chat is None or not may_be(connection, council, person):
        return False
    notice = Notice(
        key=f"shown:{key}",
        purpose="reply",
        string=string,
        lane=notices.REST,
        expires_at=now + LASTS,
        timing="timely",
        fields={"initials": person.initials, "sent": list(sent), **fields},
        staff_id=officer.id,
        channel="telegram",
    )
    notices.write(connection, council, notice, now=now)
    return True


def may_be(connection: Connection, council: Council, person: Person) -> bool:
    """Whether what they send may be shown on Telegram at all."""
    apart = person.restricted or person.women_only
    return council.telegram_staff == "full" and not apart and not _is_restricted(connection, person)


def _is_restricted(connection: Connection, person: Person) -> bool:
    stands = (alerts.c.person_id == person.id, alerts.c.state != "resolved")
    found = connection.execute(select(alerts.c["class"], alerts.c.id).where(*stands)).all()
    return any(asking.is_restricted(connection, klass, alert_id) for klass, alert_id in found)
