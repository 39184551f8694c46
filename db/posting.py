"""What was worked goes into the ledger, in the place of what stood there for the same booking."""

from db import hours, rules, tasks
from db.change import Change
from db.council import LONDON
from db.rosters import Line, Roster


def post(change: Change, roster: Roster, line: Line, worked: int) -> None:
    """Puts what was worked into the ledger, in the place of what stood there for this booking."""
    ref = f"attendance:b{line.booking_id}"
    before = hours.standing(change.connection, ref)
    if worked == (before.worked if before else 0):
        return
    if before is not None:
        hours.take_back(change.connection, ref, actor=change.actor.name, now=change.now)
    waits = change.council.credit_on == "officer" or line.hours_wait
    counted = 0 if waits else counts(change, roster, line, worked)
    if worked:
        add_hours(change, roster, line, worked, counted)
    _for_officer(change, line, worked, worked - counted, "credit" if waits else "uncredited")


def counts(change: Change, roster: Roster, line: Line, worked: int) -> int:
    balance = hours.balance(change.connection, line.order_id)
    return rules.credit(worked, left=balance.left, activity=roster.activity, other_left=balance.other_left)


def add_hours(change: Change, roster: Roster, line: Line, worked: int, counted: int) -> None:
    hours.add(
        change.connection, f"attendance:b{line.booking_id}", order_id=line.order_id,
        worked_on=roster.starts_at.astimezone(LONDON).date(), worked=worked, credited=counted, activity=roster.activity,
        placement_id=roster.placement_id, note=None, actor=change.actor.name, now=change.now,
    )  # fmt: skip


def _for_officer(change: Change, line: Line, worked: int, uncredited: int, kind: str) -> None:
    """Where an officer credits: a task for each session worked. Where the mark does, one for what could not count."""
    key = f"credit:b{line.booking_id}"
    tasks.close(change.connection, key, now=change.now)
    if uncredited:
        due_at = change.council.due_in_working_days(change.now, change.council.followup_working_days)
        note = f"{worked} min worked, {uncredited} not credited"
        tasks.open_task(
            change.connection, key=key, kind=kind, person_id=line.person_id, now=change.now, due_at=due_at, note=note
        )
