"""Corrections of the ledger by staff. A row is added, none is changed, and what cannot be is refused with what fits."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from db import attendance, found, hours, rosters, rules, tasks
from db import people as who
from db.attendance import NotMarked
from db.change import Change, ChangeError
from db.council import LONDON
from db.found import Order
from db.hours import Balance
from db.people import Person
from db.rosters import Line, Marking, Roster
from db.schema import hours as ledger
from db.schema import orders

LEGAL_BASIS = 200  # characters
DUE_IN = 1  # working days to look at other activity that a variation left over its cap


@dataclass(frozen=True, slots=True)
class Corrected:
    """An order of that kind, and its balance before and after."""

    ref: str
    kind: str
    before: Balance
    after: Balance


def correct_work(
    change: Change, ref: str, minutes: int, *, worked_on: date | None, activity: str, legal_basis: str | None
) -> Corrected:
    """Credits so many minutes more, or with a minus fewer, to an order, on a day (today, where none is given).

    Never more than is left or than other activity has room for (s.227K(2)), never less than nothing.
    Raises ChangeError or Refused.
    """
    order, person = _order(change, ref, minutes)
    today = change.now.astimezone(LONDON).date()
    day = worked_on or today
    if day > today:
        raise ChangeError(f"{day} is still to come; hours are credited once they are worked")
    if day < order.imposed_on:
        raise ChangeError(f'"{ref}" was imposed on {order.imposed_on}, after {day}; give another --on')
    before = hours.balance(change.connection, order.id)
    if minutes > 0:
        _fits(ref, minutes, before, activity)
    else:
        _is_there(change, order, minutes, activity)
    _add(change, order, "work", day, minutes, minutes, activity, legal_basis)
    _stays_whole(change, order)
    return _corrected(change, order, person, before)


def vary(change: Change, ref: str, minutes: int, *, decided_on: date | None, legal_basis: str | None) -> Corrected:
    """So many minutes more or fewer are imposed, by the court or an enactment, which has to be named.

    Never above the most of its kind of order, never below what is credited. Raises ChangeError or Refused.
    """
    order, person = _order(change, ref, minutes)
    if not legal_basis:
        raise ChangeError("only the court or an enactment changes the hours of an order; name it with --legal-basis")
    today = change.now.astimezone(LONDON).date()
    day = decided_on or today
    if day > today:
        raise ChangeError(f"{day} is still to come; enter a variation once it is made")
    before = hours.balance(change.connection, order.id)
    _may_vary(order, minutes, before)
    _add(change, order, "adjustment", day, 0, minutes, "unpaid_work", legal_basis)
    return _corrected(change, order, person, before)


def _order(change: Change, ref: str, minutes: int) -> tuple[Order, Person]:
    order = found.order(change.connection, ref)
    person = who.person(change.connection, order.person_id)
    change.require("hours.correct", person.team)
    if minutes == 0:
        raise ChangeError("0 minutes change nothing; give --minutes a number above or below 0")
    return order, person


def _fits(ref: str, minutes: int, balance: Balance, activity: str) -> None:
    room = rules.credit(minutes, left=balance.left, activity=activity, other_left=balance.other_left)
    if room < minutes:
        of_what = " of other activity" if activity == "other_activity" else ""
        raise ChangeError(f'"{ref}" has room for {room} minutes{of_what}, not {minutes}; give at most that')


def _is_there(change: Change, order: Order, minutes: int, activity: str) -> None:
    own = select(func.coalesce(func.sum(ledger.c.credited_minutes), 0)).where(
        ledger.c.order_id == order.id, ledger.c.kind == "work", ledger.c.activity == activity
    )
    credited = int(change.connection.execute(own).scalar_one())
    if credited + minutes < 0:
        named = activity.replace("_", " ")
        raise ChangeError(f'"{order.ref}" has {credited} minutes of {named} credited, so at most those can be taken back')


def _stays_whole(change: Change, order: Order) -> None:
    """Hours of one order may count for one made concurrent with it (s.227N): neither may come to less than nothing."""
    together = select(orders.c.id, orders.c.ref).where(
        or_(
            orders.c.concurrent_with_id == order.id,
            orders.c.id == select(orders.c.concurrent_with_id).where(orders.c.id == order.id).scalar_subquery(),
        )
    )
    refs = {row.id: row.ref for row in change.connection.execute(together)}
    for order_id, balance in hours.balances(change.connection, refs).items():
        if balance.credited < 0 or balance.other_credited < 0:
            said = "would come below 0 with it; give --on the day that the hours were worked"
            raise ChangeError(f'"{refs[order_id]}", which runs concurrently, {said}')


def _may_vary(order: Order, minutes: int, balance: Balance) -> None:
    total, most = balance.total + minutes, rules.most_after_variation(order.kind)
    if total > most:
        kind = order.kind.replace("_", " ")
        raise ChangeError(
            f'"{order.ref}" would have {total} minutes, and a {kind} has at most {most}; {max(0, most - balance.total)} fit'
        )
    if total < balance.credited:
        fits = max(0, balance.left)
        raise ChangeError(f'"{order.ref}" has {balance.credited} minutes credited, so at most {fits} can be taken off')
    if total <= 0:
        raise ChangeError(f'"{order.ref}" would have nothing left to do; end it with `turnup person --order --status`')


def _add(
    change: Change, order: Order, kind: str, day: date, worked: int, credited: int, activity: str, legal_basis: str | None
) -> None:  # fmt: skip
    row: dict[str, Any] = {
        "ref": f"correction:{secrets.token_hex(8)}", "seq": 0, "order_id": order.id, "kind": kind, "worked_on": day,
        "worked_minutes": worked, "credited_minutes": credited, "activity": activity, "note": change.reason,
        "legal_basis": legal_basis, "actor": change.actor.name, "at": change.now,
    }  # fmt: skip
    change.connection.execute(ledger.insert().values(**row))
    what = "hours.corrected" if kind == "work" else "hours.varied"
    change.log(what, f"{order.ref} {credited:+d} minutes", order.person_id)


def _corrected(change: Change, order: Order, person: Person, before: Balance) -> Corrected:
    after = hours.balance(change.connection, order.id)
    if after.other_left < 0 <= before.other_left:
        _over_its_cap(change, order, person)
    return Corrected(order.ref, order.kind, before, after)


def _over_its_cap(change: Change, order: Order, person: Person) -> None:
    """What was credited stays; whoever is responsible for the order has to know (s.227K(2))."""
    tasks.open_task(
        change.connection,
        key=f"other_over_cap:o{order.id}",
        kind="other_over_cap",
        now=change.now,
        due_at=change.council.due_in_working_days(change.now, DUE_IN),
        person_id=person.id,
        owner_id=order.responsible_officer_id,
    )


@dataclass(frozen=True, slots=True)
class Marked:
    """Somebody's attendance before and after, with the minutes that stand in the ledger for it."""

    before: str | None
    after: str | None
    worked: int
    credited: int


REFUSED = {
    "cancelled": "is cancelled; nobody can have been there",
    "not_yet": "is still to come; attendance is entered from an hour before its start",
    "not_begun": "has not begun; until it starts nobody is missing from it",
    "beyond": "does not hold that: give a time, or minutes, within it",
    "not_worked": "has no minutes worked by them; enter their attendance first",
}


def mark(change: Change, session: str, person: str, status: str | None, *, at: datetime | None) -> Marked:
    """The office's own word on who was there, which no supervisor undoes. Raises ChangeError or Refused."""
    return _settle(
        change,
        session,
        person,
        "attendance.correct",
        lambda roster, line: attendance.mark(
            change, roster.session_id, [Marking(line.number, status, at=at)], as_officer=True
        ),
    )


def credit(change: Change, session: str, person: str, minutes: int) -> Marked:
    """How much of what was worked counts, as an officer decides it. Raises ChangeError or Refused."""
    return _settle(
        change,
        session,
        person,
        "hours.credit",
        lambda roster, line: attendance.credit(change, roster.session_id, line.number, minutes),
    )


def _settle(change: Change, session: str, person: str, action: str, settle: Callable[[Roster, Line], object]) -> Marked:
    planned, who = found.session(change.connection, session), found.person(change.connection, person)
    change.require(action, planned.place.team)
    roster = rosters.of_session(change.connection, planned.id)
    line = next((line for line in roster.lines if line.person_id == who.id), None)
    if line is None:
        raise ChangeError(f'"{person}" is not booked on "{session}"; book them first, or choose another session')
    try:
        settle(roster, line)
    except NotMarked as refusal:
        raise ChangeError(f'"{session}" {REFUSED[refusal.why]}') from None
    after = rosters.of_session(change.connection, planned.id).of_booking(line.booking_id)
    stands = hours.standing(change.connection, f"attendance:b{line.booking_id}")
    return Marked(
        line.mark.status if line.mark else None,
        after.mark.status if after and after.mark else None,
        stands.worked if stands else 0,
        stands.credited if stands else 0,
    )
