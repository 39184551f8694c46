"""Proof of hours: every row that counts, as a document on Telegram; else a worker gets it to them on paper."""

from typing import Any

from db import access, hours, pace
from db.hours import Balance, Entry
from handlers.turn import PersonTurn

DUE_IN = 2  # working days to get it to somebody


def say(turn: PersonTurn, order_id: int | None = None) -> None:
    """Of one running order, or of each."""
    running = [one.order_id for one in pace.of_person(turn.connection, turn.person.id, now=turn.now)]
    wanted = [one for one in running if order_id in (None, one)]
    if not wanted or not turn.shows_files or turn.person.mode != "standard":
        turn.to_staff("statement", due_at=turn.council.due_in_working_days(turn.now, DUE_IN))
        turn.say("statement.asked")
        return
    access.log(turn.connection, turn.person.ref, "statement.asked", now=turn.now, person_id=turn.person.id)
    for balance, entries in hours.accounts(turn.connection, wanted).values():
        turn.say_anew("hours.statement", fields(turn.person.first_name, balance, entries))


def fields(name: str, balance: Balance, entries: list[Entry]) -> dict[str, Any]:
    """What the paper is made from."""
    left = max(balance.left, 0)
    return {
        "name": name, "done": balance.total - left, "total": balance.total, "left": left,
        "upto": balance.counted_up_to.isoformat(), "unpaid": balance.credited - balance.other_credited,
        "other": balance.other_credited, "rows": [_row(entry) for entry in entries],
    }  # fmt: skip


def _row(entry: Entry) -> list[Any]:
    """Day, minutes worked, minutes counted, and what it is in one word."""
    kind = "total" if entry.kind == "adjustment" else "changed" if entry.seq or entry.credited < 0 else entry.activity
    return [entry.worked_on.isoformat(), entry.worked, entry.credited, kind]
