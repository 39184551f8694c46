"""Who is on duty in the sample council, of which its files cannot tell: the working days of four weeks, with one gap."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import leave, rota_changes
from db.change import Change
from db.council import LONDON, Council, at_minute
from db.permissions import Actor

WEEKS = 4
PAIRS = (("S03", "S04"), ("S04", "S03"))  # first and second of one week, and of the next
LEAD = "S02"
GAP = (1, 3)  # of the second week, the Thursday: nobody is first
AWAY = ("S05", 2)  # who has leave in which week, without a deputy


def begin(connection: Connection, council: Council, *, now: datetime) -> None:
    """From the Monday of this week on."""
    change = Change(connection, council, now, Actor("demo"))
    monday = now.astimezone(LONDON).date() - timedelta(days=now.astimezone(LONDON).weekday())
    for week in range(WEEKS):
        first, second = PAIRS[week % len(PAIRS)]
        for weekday in range(5):
            day = monday + timedelta(days=7 * week + weekday)
            span = council.cover_of(day)
            if span is None or at_minute(day, span.until) <= now:
                continue
            on = {"first": first, "second": second, "lead": LEAD}
            for duty in on if (week, weekday) != GAP else ("second", "lead"):
                rota_changes.add(change, duty, on[duty], at_minute(day, span.start), at_minute(day, span.until))
    ref, week = AWAY
    begins = monday + timedelta(days=7 * week)
    leave.add(change, ref, begins, begins + timedelta(days=4))
