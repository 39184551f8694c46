"""Every answer about hours and sessions ahead, for the walk through all strings."""

from collections.abc import Callable
from datetime import date
from typing import Any

from db import milestones, schema
from tests.handlers.talking import Someone, Town

# What is worked, the hours of the order and its date, for each kind of pace from Wednesday 10 September on.
PACES: dict[str, dict[str, Any]] = {
    "done": {"worked": [(9, 1, 40)], "hours": 40},
    "past": {"worked": [], "hours": 40, "complete_by": date(2025, 9, 9)},
    "short": {"worked": [], "hours": 100, "complete_by": date(2025, 9, 12)},
    "needed": {"worked": [], "hours": 40},
    "in_time": {"worked": [(8, 27, 7), (9, 3, 7), (9, 9, 7)], "hours": 60},
    "behind": {"worked": [(8, 27, 3), (9, 3, 3), (9, 9, 3)], "hours": 90},
    "on_hold": {"worked": [], "hours": 40, "status": "suspended"},
}


def order(town: Town, person: Someone, *, worked: list[tuple[int, int, float]], hours: int, **about: Any) -> int:
    """Takes the place of the order that they have, with that much worked on those days, as month, day and hours."""
    town.change(schema.orders, person.order, status="discharged")
    made = person.order = town.order(person, hours=hours, **about)
    for month, day, long in worked:
        town.worked(made, int(long * 60), date(2025, month, day))
    return made


def go(town: Town, someone: Callable[..., Someone]) -> None:
    for about in PACES.values():
        asks = someone()
        order(town, asks, **about)
        for said in ("4", "pace", "breakdown", "statement"):
            asks.says(said)
        asks.presses_data(f"o:{asks.order}::picture") if asks.door == "telegram" else None
    ended = someone()
    town.change(schema.orders, ended.order, status="completed")
    ended.says("statement")
    _both_activities(town, someone())
    two = someone()
    town.order(two, hours=60, other_activity_minutes=600)
    for said in ("4", "pace", "breakdown"):
        two.says(said)
    past = someone()
    town.change(schema.orders, past.order, complete_by=date(2025, 9, 9))
    town.order(past, hours=60)
    past.says("4")
    _sessions(town, someone())
    _milestones(town, someone)


def _both_activities(town: Town, asks: Someone) -> None:
    made = order(town, asks, worked=[(9, 1, 8)], hours=100, other_activity_minutes=1800)
    town.worked(made, 240, date(2025, 9, 2), activity="other_activity")
    town.worked(made, -60, date(2025, 9, 2))
    row = {"kind": "adjustment", "worked_minutes": 0, "credited_minutes": -600, "activity": "unpaid_work", "seq": 0}
    about = {"worked_on": date(2025, 9, 3), "legal_basis": "s.227Y", "actor": "S1", "at": town.now}
    town.insert(schema.hours, order_id=made, **row, **about)
    for said in ("4", "breakdown", "statement"):
        asks.says(said)


def _sessions(town: Town, asks: Someone) -> None:
    for day in (12, 15, 19):
        asks.is_booked(town.session(f"{day} September 9:30", pin=(55.9, -3.9)))
    for said in ("5", "all my sessions", "how do I get there", "what's your number", "nae credit"):
        asks.says(said)
    if asks.door == "telegram":
        asks.writes("5")
        for word in ("sessions", "calendar"):
            asks.presses_data(next(d for d in town.data_under(asks, asks.latest) if d.endswith(word)), asks.latest)
            asks.writes("5")


def _milestones(town: Town, someone: Callable[..., Someone]) -> None:
    for worked, booked in ((30, True), (30, False), (100, False)):
        reaches = someone()
        made = order(town, reaches, worked=[], hours=100)
        town.worked(made, worked * 60, date(2025, 9, 9), by="S1")
        if booked:
            reaches.is_booked(town.session("12 September 9:30"))
    with town.record.write() as connection:
        milestones.write(connection, town.council, now=town.now)
    town.deliver()
