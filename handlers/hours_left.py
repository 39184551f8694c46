"""4: my hours. Done, left, by when or that the date has gone by, counted up to when; one message for each running order.

On Telegram a picture with the split and the pace is one press away, and so is the proof. By text they are asked for.
"""

from typing import Any

from db import access, pace
from db.council import LONDON
from db.pace import Standing
from handlers import talk
from handlers.turn import PersonTurn


def say(turn: PersonTurn) -> None:
    running = _running(turn)
    for n, one in enumerate(running, start=1):
        fields = {
            **_sums(one),
            "date": one.complete_by.isoformat(),
            "date2": one.balance.counted_up_to.isoformat(),
            "order": one.order_id,
        }
        past = one.complete_by < turn.now.astimezone(LONDON).date()
        if len(running) == 1:
            turn.say("hours.left_past" if past else "hours.left", fields)
        else:
            turn.say("hours.left_of_past" if past else "hours.left_of", {**fields, "n": n, "orders": len(running)})


def picture(turn: PersonTurn, order_id: int) -> None:
    """One order's hours as a ring with their split and pace, below the message whose button asked for it."""
    for one in pace.of_person(turn.connection, turn.person.id, now=turn.now):
        if one.order_id == order_id and turn.shows_files:
            turn.say_anew("hours.picture", {**_sums(one), "split": _split(one), "pace": _pace(one)})
            return
    turn.toast = "stale"


def _sums(one: Standing) -> dict[str, int]:
    left = max(one.balance.left, 0)
    return {"done": one.balance.total - left, "total": one.balance.total, "left": left}


def say_pace(turn: PersonTurn) -> None:
    """When they would be done at the present pace, and what a week it takes; never that anything is granted."""
    _details(turn, [_pace(one) for one in _running(turn)])


def say_split(turn: PersonTurn) -> None:
    """How much of what is done is work, and how much the other activity that an officer may allow (s.227K)."""
    _details(turn, [_split(one) for one in _running(turn)])


def _running(turn: PersonTurn) -> list[Standing]:
    """Their running orders; without one a worker answers."""
    running = pace.of_person(turn.connection, turn.person.id, now=turn.now)
    if not running:
        talk.begin(turn)
    else:
        access.log(turn.connection, turn.person.ref, "hours.asked", now=turn.now, person_id=turn.person.id)
    return running


Detail = tuple[str, dict[str, Any]]  # a string and its fields, said within another


def _details(turn: PersonTurn, found: list[Detail]) -> None:
    for n, detail in enumerate(found, start=1):
        if len(found) == 1:
            turn.say("hours.detail", {"detail": detail})
        else:
            turn.say("hours.detail_of", {"detail": detail, "n": n, "orders": len(found)})


def _pace(one: Standing) -> Detail:
    found = one.pace
    fields = {
        "left": found.left, "total": one.balance.total, "date": found.complete_by.isoformat(), "need": found.need,
        "week": found.week, "date2": (found.finish or found.complete_by).isoformat(),
    }  # fmt: skip
    return f"pace.{found.kind}", fields


def _split(one: Standing) -> Detail:
    balance = one.balance
    fields = {"unpaid": balance.credited - balance.other_credited, "other": balance.other_credited}
    if balance.other_most or balance.other_credited:
        return "split.both", {**fields, "most": max(balance.other_most, balance.other_credited)}
    return "split.work", fields
