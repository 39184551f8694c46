"""What do you hold on me? An answer at once, of kinds only; a copy or a change is a request with its clock.

One month: UK GDPR article 12(3), and Data Protection Act 2018 s.54 where Part 3 applies. Nothing is given out by text:
staff make sure first that it is the person who asks.
"""

from calendar import monthrange
from datetime import datetime, time
from typing import Literal

from db import access, tasks
from db.council import LONDON
from handlers.turn import PersonTurn

Wish = Literal["access", "erase", "rectify"]


def ask(turn: PersonTurn, wish: Wish = "access") -> None:
    request(turn, wish)
    turn.say("data.erase" if wish == "erase" else "data.held")


def request(turn: PersonTurn, wish: Wish) -> None:
    """Its clock runs from the first time that they ask for it."""
    tasks.open_task(
        turn.connection,
        key=f"data_request:{wish}:p{turn.person.id}",
        kind="data_request",
        klass=wish,
        person_id=turn.person.id,
        now=turn.now,
        due_at=a_month_after(turn.now),
        note=turn.message.text or None,
    )
    access.log(turn.connection, turn.person.ref, f"data.{wish}", now=turn.now, person_id=turn.person.id)


def a_month_after(asked: datetime) -> datetime:
    """The end of the day with the same number in the next month, or of its last day where it has none."""
    day = asked.astimezone(LONDON).date()
    year, month = divmod(day.year * 12 + day.month, 12)
    due = day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))
    return datetime.combine(due, time(23, 59), LONDON)
