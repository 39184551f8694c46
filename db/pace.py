"""How fast somebody's hours go, when they would be done at that pace, and what a week it takes to be done by the date.

Reckoned, never stored, and never a promise: only the court gives more time (s.227Y), and only an officer ends an order.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, bindparam, select

from db import hours
from db.council import LONDON
from db.hours import Balance, Entry
from db.prepared import Prepared
from db.schema import bookings, orders, placements, sessions

WEEKS = 6  # looked back, and ahead
MIN_DAYS, MIN_WEEKS = 2, 2  # fewer days than this, worked or booked, or all within a week, say nothing of a pace
FULL_WEEK = 35 * 60  # minutes; who would need more has too little time left for a number to help
STEP = 30  # minutes; what is needed is rounded up to it, what was done down
FAR = 366  # days; a finish beyond is no finish

Kind = Literal["done", "on_hold", "past", "short", "needed", "in_time", "behind"]
Day = tuple[date, str, int]  # worked or booked on, activity, minutes


@dataclass(frozen=True, slots=True)
class Pace:
    """`finish` only with `in_time` and `behind`; `week` is what is done a week, in minutes, `need` what it takes.

    done: nothing is left · on_hold: the order is not being worked on · past: its date is over · short: hardly any time is
    left · needed: too little is known to say when · in_time, behind: by its date, or not, at the present pace.
    """

    kind: Kind
    left: int
    complete_by: date
    need: int = 0
    week: int = 0
    finish: date | None = None


def reckon(
    balance: Balance, status: str, complete_by: date, *, worked: Iterable[Day], booked: Iterable[Day], today: date
) -> Pace:
    """The one rule. `worked` are minutes credited up to today, `booked` sessions still to come, for this order."""
    left = max(balance.left, 0)
    if left == 0:
        return Pace("done", 0, complete_by)
    if status != "active":
        return Pace("on_hold", left, complete_by)
    if today > complete_by:
        return Pace("past", left, complete_by)
    need = _needed(left, (complete_by - today).days + 1)
    if need > FULL_WEEK:
        return Pace("short", left, complete_by)
    rates = _lately(worked, today) or _ahead(booked, today)
    days = _days_to_go(left, max(balance.other_left, 0), rates) if rates else None
    week = sum(rates.values()) // STEP * STEP if rates else 0
    if not week or days is None or days > FAR:
        return Pace("needed", left, complete_by, need)
    finish = today + timedelta(days=days)
    return Pace("in_time" if finish <= complete_by else "behind", left, complete_by, need, week, finish)


def _needed(left: int, days: int) -> int:
    """Minutes a week, rounded up. Of less than a week, all that is left."""
    exact = -(-left * 7 // max(days, 7))
    return -(-exact // STEP) * STEP


def _lately(worked: Iterable[Day], today: date) -> dict[str, int] | None:
    """Minutes a week by activity, over the whole weeks since the first day worked, at most WEEKS."""
    by_day: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, activity, minutes in worked:
        if day <= today:
            by_day[day][activity] += minutes
    days = [day for day in by_day if sum(by_day[day].values()) > 0]
    if not days:
        return None
    weeks = min(WEEKS, (today - min(days)).days // 7 + 1)
    recent = [day for day in days if (today - day).days < weeks * 7]
    return _a_week([by_day[day] for day in recent], weeks)


def _ahead(booked: Iterable[Day], today: date) -> dict[str, int] | None:
    """As `_lately`, of what is booked, over the whole weeks to the last session."""
    near = [(day, activity, minutes) for day, activity, minutes in booked if 0 <= (day - today).days < WEEKS * 7]
    if not near:
        return None
    weeks = (max(day for day, _, _ in near) - today).days // 7 + 1
    return _a_week([{activity: minutes} for _, activity, minutes in near], weeks)


def _a_week(days: list[dict[str, int]], weeks: int) -> dict[str, int] | None:
    if len(days) < MIN_DAYS or weeks < MIN_WEEKS:
        return None
    totals: dict[str, int] = defaultdict(int)
    for day in days:
        for activity, minutes in day.items():
            totals[activity] += minutes
    return {activity: max(total, 0) // weeks for activity, total in totals.items()}


def _days_to_go(left: int, other_left: int, rates: dict[str, int]) -> int | None:
    """Whole days until nothing is left; None when it never comes to that. Other activity helps only while it has room."""
    unpaid, other = rates.get("unpaid_work", 0), rates.get("other_activity", 0)
    together = unpaid + other
    if together and other * left <= other_left * together:
        return -(-left * 7 // together)
    return -(-(left - other_left) * 7 // unpaid) if unpaid and left > other_left else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one order stands, and its pace."""

    order_id: int
    complete_by: date
    balance: Balance
    pace: Pace


RUNNING = ("active", "suspended", "breached")
_RUNNING = Prepared(
    select(orders.c.id, orders.c.status, orders.c.complete_by)
    .where(orders.c.person_id == bindparam("person"), orders.c.status.in_(RUNNING))
    .order_by(orders.c.imposed_on, orders.c.id)
)
_AHEAD = Prepared(
    select(bookings.c.order_id, sessions.c.starts_at, sessions.c.ends_at, placements.c.kind)
    .select_from(bookings)
    .join(sessions, sessions.c.id == bookings.c.session_id)
    .join(placements, placements.c.id == sessions.c.placement_id)
    .where(bookings.c.person_id == bindparam("person"), bookings.c.status == "booked", sessions.c.status == "planned")
    .where(sessions.c.starts_at > bindparam("now"), bookings.c.answer.is_distinct_from("cant"))
)


def of_person(connection: Connection, person_id: int, *, now: datetime) -> list[Standing]:
    """Each running order of theirs, the oldest first."""
    running = _RUNNING.all(connection, {"person": person_id})
    accounts = hours.accounts(connection, [row[0] for row in running]) if running else {}
    booked = _booked(connection, person_id, now) if running else {}
    today = now.astimezone(LONDON).date()
    return [
        Standing(
            order_id, complete_by, balance,
            reckon(
                balance, status, complete_by, worked=_worked(entries), booked=booked.get(order_id, []), today=today,
            ),
        )
        for order_id, status, complete_by in running
        for balance, entries in [accounts[order_id]]
    ]  # fmt: skip


def _worked(entries: Iterable[Entry]) -> list[Day]:
    return [(entry.worked_on, entry.activity, entry.credited) for entry in entries if entry.kind == "work"]


def _booked(connection: Connection, person_id: int, now: datetime) -> dict[int, list[Day]]:
    """Sessions still to come that they have not said no to, by the order that they count towards."""
    found: dict[int, list[Day]] = defaultdict(list)
    for order_id, starts_at, ends_at, kind in _AHEAD.all(connection, {"person": person_id, "now": now}):
        activity = "other_activity" if kind == "other_activity" else "unpaid_work"
        minutes = int((ends_at - starts_at).total_seconds() // 60)
        found[order_id].append((starts_at.astimezone(LONDON).date(), activity, minutes))
    return found
