"""What a person sent on Telegram, shown to the officer whose case it is: a photo of finished work, a voice note, a video.

It goes by the id that Telegram gave it, so nothing of it is kept here, and only where all may be on Telegram. Of the
restricted, of women-only work and while an alert of a restricted class stands it never leaves, and a task has to do.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import asking, notices, people
from db.council import Council
from db.notices import Notice
from db.people import Person
from db.schema import alerts

LASTS = timedelta(hours=24)  # after which the task is all there is


def to_officer(
    connection: Connection, council: Council, person: Person, string: str, sent: Sequence[str], *, key: str, now: datetime,
    **fields: Any,
) -> bool:  # fmt: skip
    """`sent`: its kind, as Telegram names it, and its id there. Whether it was shown."""
    officer = people.member(connection, person.case_manager_id) if person.case_manager_id is not None else None
    if council.telegram_staff != "full" or officer is None or officer.sealed_chat is None:
        return False
    if person.restricted or person.women_only or _is_restricted(connection, person):
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


def _is_restricted(connection: Connection, person: Person) -> bool:
    stands = (alerts.c.person_id == person.id, alerts.c.state != "resolved")
    found = connection.execute(select(alerts.c["class"], alerts.c.id).where(*stands)).all()
    return any(asking.is_restricted(connection, klass, alert_id) for klass, alert_id in found)
