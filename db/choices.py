"""What a person chooses for themselves by a message: plainer words, fewer hours, a pause. Only ever less, never more.

Whoever holds the phone can text, so what would make messages say more, or come at more times, is left to a call.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import Connection, select

from db import access, notices, people
from db.council import LONDON, Council, Span
from db.people import Person
from db.schema import bookings, hours, orders, sessions
from db.schema import notices as notice_rows
from db.sending_hours import next_permitted

PLAINER = {"standard": "discreet", "discreet": "call_first"}
SHORTEST = 60  # minutes of a safe window: in less, a message might never find its time
LONGEST_PAUSE = 4  # weeks


def make_plainer(connection: Connection, person: Person, *, now: datetime) -> str | None:
    """One step plainer; the new mode, or None where only staff can change it further."""
    mode = PLAINER.get(person.mode)
    if mode is not None:
        people.update(connection, person.id, mode=mode)
        access.log(connection, person.ref, "mode.plainer", now=now, person_id=person.id, reason=mode)
    return mode


def narrow_window(connection: Connection, council: Council, person: Person, wanted: Span, *, now: datetime) -> Span | None:
    """The part of `wanted` in which messages were safe already; None where hardly any is left, or no message may go then."""
    old = person.safe or Span(0, 24 * 60)
    span = Span(max(old.start, wanted.start), min(old.until, wanted.until))
    if span.until - span.start < SHORTEST or next_permitted(council, now, "routine", span) is None:
        return None
    if span != person.safe:
        people.update(connection, person.id, safe_from=span.start, safe_until=span.until)
        access.log(connection, person.ref, "window.narrower", now=now, person_id=person.id)
    return span


def pause(connection: Connection, person: Person, weeks: int, *, now: datetime) -> datetime:
    """No reminders for so many weeks; the start of the London day from which they come again. Ones that wait are dropped."""
    if not 1 <= weeks <= LONGEST_PAUSE:
        raise ValueError(f"a pause lasts 1 to {LONGEST_PAUSE} weeks, not {weeks}")
    day = now.astimezone(LONDON).date() + timedelta(weeks=weeks)
    until = datetime.combine(day, time(), LONDON)
    people.update(connection, person.id, paused_until=until)
    theirs = (notice_rows.c.person_id == person.id, notice_rows.c.purpose == "reminder")
    notices.withdraw(connection, *theirs, status="suppressed", why="paused", now=now)
    access.log(connection, person.ref, "reminders.paused", now=now, person_id=person.id, reason=f"until {day.isoformat()}")
    return until


def resume(connection: Connection, person: Person, *, now: datetime) -> None:
    """Ends a pause that still runs. What it held back stays unsaid."""
    if person.paused_until is not None and person.paused_until > now:
        people.update(connection, person.id, paused_until=now)
        access.log(connection, person.ref, "reminders.resumed", now=now, person_id=person.id)


def awaits_first_session(connection: Connection, person_id: int, *, now: datetime) -> bool:
    """Whether they have not begun: no session of theirs has started, and no hours are in the ledger."""
    begun = (
        select(bookings.c.id)
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .where(bookings.c.person_id == person_id, bookings.c.status == "booked", sessions.c.status == "planned")
        .where(sessions.c.starts_at <= now)
    )
    worked = select(hours.c.id).join(orders, orders.c.id == hours.c.order_id).where(orders.c.person_id == person_id)
    return not any(connection.execute(query.limit(1)).first() for query in (begun, worked))
