"""Somebody rang the number of the texts while nobody could be put through: we ring back whoever it surely is.

A missed call costs them nothing. What they hear is the same for everybody, so it tells nobody who is known here.
"""

from datetime import datetime

from sqlalchemy import Connection

from db import people, tasks
from db.council import Council

RANG = "rang this number"  # what stands on the task of whoever calls


def missed(connection: Connection, council: Council, number: str, *, now: datetime) -> None:
    person = people.by_phone(connection, number).person
    if person is None or person.number_suspended or person.out_of_reach:
        return
    key = f"call_back:p{person.id}"
    if not tasks.stands(connection, key):
        due_at = council.due_in_working_days(now, 1)
        tasks.open_task(connection, key=key, kind="call_back", person_id=person.id, now=now, due_at=due_at, note=RANG)
