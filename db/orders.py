"""Orders, as staff change them: their status, and whether one that does not run gets messages."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import endings, found
from db.change import Change, ChangeError
from db.endings import Ending
from db.schema import orders


@dataclass(frozen=True, slots=True)
class Status:
    """An order's status before and after, and how many sessions to come are still booked towards it."""

    ref: str
    before: str
    after: str
    still_booked: int


def set_status(change: Change, person: str, ref: str, status: str) -> Status:
    """What the court or an officer has decided. Bookings stay until staff take them off; messages follow the status.

    At the end of their last order the person gets one kind text.

    Raises ChangeError or Refused.
    """
    who = found.person(change.connection, person)
    change.require("order.status", who.team)
    order = found.order(change.connection, ref, of=who)
    if order.status == status:
        raise ChangeError(f'the order "{ref}" is {status} already; nothing was changed')
    change.connection.execute(orders.update().where(orders.c.id == order.id).values(status=status))
    change.log(f"order.{status}", ref, who.id)
    ending = Ending(order.id, who.id, order.status, status)
    endings.follow(change.connection, change.council, ending, tell=True, now=change.now)
    return Status(ref, order.status, status, endings.still_booked(change.connection, order.id, now=change.now))


def set_messages(change: Change, person: str, ref: str, *, on: bool) -> None:
    """An officer's choice: whether a suspended, breached or fiscal-work order gets reminders and changes."""
    who = found.person(change.connection, person)
    change.require("order.messages", who.team)
    order = found.order(change.connection, ref, of=who)
    change.connection.execute(orders.update().where(orders.c.id == order.id).values(messages_on=on))
    change.log("messages.on" if on else "messages.off", ref, who.id)


def responsible_for(connection: Connection, person_id: int) -> int | None:
    """The responsible officer of the person's running order, the newest that names one; else None."""
    theirs = (orders.c.person_id == person_id, orders.c.status == "active", orders.c.responsible_officer_id.is_not(None))
    newest = select(orders.c.responsible_officer_id).where(*theirs).order_by(orders.c.imposed_on.desc(), orders.c.id.desc())
    return connection.execute(newest.limit(1)).scalar()
