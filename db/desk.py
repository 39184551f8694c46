"""How staff work the queues: take a task, pass it on, close it, put it off, hand all of somebody's over.

A task that is somebody else's is taken first: nobody closes what a colleague is in the middle of.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import found, in_charge, notices, queues, tasks, threads
from db import people as who
from db.change import Change, ChangeError
from db.council import Council
from db.notices import Notice
from db.people import Staff
from db.permissions import as_member
from db.queues import Task
from db.schema import ROLES
from db.schema import tasks as rows

LISTED = 6  # codes in one message
TOLD_FOR = timedelta(days=1)


def take(change: Change, task_id: int) -> Task:
    """It is the actor's now. Raises ChangeError or Refused."""
    task = queues.one(change, task_id)
    if change.actor.member is None:
        raise ChangeError("a task is taken by somebody of the staff; say who with --as REF")
    if queues.is_own(change.actor, task):
        raise ChangeError(f"task {task_id} is yours already; nothing was changed")
    return _give(change, task, change.actor.member, "worked.taken")


def pass_on(change: Change, task_id: int, to: str | None = None) -> Task:
    """To a colleague, by ref, or without one to whoever leads; they hear of it. Raises ChangeError or Refused."""
    task = queues.one(change, task_id)
    require_free(change, task)
    colleague = _colleague(change, task, to) if to else lead(change.connection, task, change.now)
    if colleague is None or (change.actor.member is not None and colleague.id == change.actor.member.id):
        raise ChangeError(f"nobody else may work on task {task_id}; name a colleague to pass it to, or see to it yourself")
    given = _give(change, task, colleague, "worked.passed")
    _tell(change, colleague, f"task_passed:{task_id}:{change.now.isoformat()}", [given])
    return given


def _colleague(change: Change, task: Task, ref: str) -> Staff:
    colleague = found.member(change.connection, ref)
    if not queues.may_see(as_member(colleague), replace(task, owner_id=None)):
        raise ChangeError(f'"{ref}" may not work on task {task.id}; choose {_who(task)}')
    return colleague


def _who(task: Task) -> str:
    return "one of its own team, or a manager" if task.closed_off else "a colleague of its team, or whoever leads"


def lead(connection: Connection, task: Task, now: datetime) -> Staff | None:
    """The first of those who are in charge now whose role may work on it."""
    unowned = replace(task, owner_id=None)
    asked = in_charge.everyone(connection, task.team, now)
    return next((member for member in asked if queues.may_see(as_member(member), unowned)), None)


def colleagues(connection: Connection, task: Task, *, without: Staff) -> list[Staff]:
    """Who else may work on it, those of its team first."""
    unowned = replace(task, owner_id=None)
    may = [each for each in who.members(connection, *ROLES) if queues.may_see(as_member(each), unowned)]
    return sorted((each for each in may if each.id != without.id), key=lambda each: each.team != task.team)


def heirs(connection: Connection, giver: Staff) -> list[Staff]:
    """Colleagues of the same role or above, those of the same team first."""
    above = ROLES[ROLES.index(giver.role) :]
    others = [each for each in who.members(connection, *above) if each.id != giver.id]
    return sorted(others, key=lambda each: (each.team != giver.team, ROLES.index(each.role)))


def all_of(connection: Connection, member: Staff) -> list[Task]:
    """What of theirs is open."""
    return queues.find(connection, rows.c.owner_id == member.id, rows.c.status == "open")


def require_free(change: Change, task: Task) -> None:
    """Raises ChangeError for what is somebody else's. Whoever runs commands on the server is bound by no owner."""
    if change.actor.member is not None and task.owner_id is not None and not queues.is_own(change.actor, task):
        raise ChangeError(f"task {task.id} is {task.owner}'s; take it first, or ask them to pass it on")


def finish(change: Change, task: Task, outcome: str) -> None:
    """It is done; how it ended, and by whom, stands on it. Messages that it was to read are seen with it."""
    if task.kind == threads.TASK and task.person is not None:
        threads.seen(change, threads.of(change, task.person, "thread.write"))
    ended = {"status": "done", "closed_at": change.now, "outcome": outcome, "closed_by": change.actor.name}
    change.connection.execute(rows.update().where(rows.c.id == task.id).values(**ended))
    change.log(f"worked.{outcome}", f"task {task.id}, {task.kind}", task.person_id)


def put_off(change: Change, task: Task, outcome: str, note: str) -> None:
    """It was tried, and is due again on the next working day."""
    due_at = change.council.due_in_working_days(change.now, 1)
    tasks.open_task(change.connection, key=task.key, kind=task.kind, now=change.now, due_at=due_at, note=note)
    standing = (rows.c.key == task.key, rows.c.status == "open")
    change.connection.execute(rows.update().where(*standing).values(due_at=due_at, climbed_at=None))
    change.log(f"worked.{outcome}", f"task {task.id}, {task.kind}", task.person_id)


def hand_over(change: Change, giver: str, to: str) -> tuple[list[Task], list[Task]]:
    """All open tasks of somebody to a colleague, who hears of it once: those that went, and those whom they may not work on.

    One's own anybody may hand over, a colleague's whoever leads. Raises ChangeError or Refused.
    """
    one, heir = found.member(change.connection, giver), found.member(change.connection, to)
    if change.actor.member is None or change.actor.member.id != one.id:
        change.require("task.hand_over", one.team)
    if one.id == heir.id:
        raise ChangeError(f'"{to}" has them already; name a colleague')
    theirs = all_of(change.connection, one)
    if not theirs:
        raise ChangeError(f'"{giver}" has no open task; nothing was handed over')
    may = [task for task in theirs if queues.may_see(as_member(heir), replace(task, owner_id=None))]
    given = [_give(change, task, heir, "worked.handed_over") for task in may]
    if given:
        _tell(change, heir, f"task_handed:{one.id}:{change.now.isoformat()}", given)
    return given, [task for task in theirs if task not in may]


def _give(change: Change, task: Task, to: Staff, action: str) -> Task:
    change.connection.execute(rows.update().where(rows.c.id == task.id).values(owner_id=to.id))
    if task.kind == threads.TASK and task.person_id is not None:
        threads.goes_with_task(change, task.person_id, to)
    change.log(action, f"task {task.id} to {to.ref}", task.person_id)
    return replace(task, owner_id=to.id, owner=to.ref)


def _tell(change: Change, to: Staff, key: str, given: Sequence[Task]) -> None:
    tell_of(change.connection, change.council, to, key, "tasks.passed", given, now=change.now)


def tell_of(
    connection: Connection, council: Council, to: Staff, key: str, string: str, about: Sequence[Task], *, now: datetime
) -> None:
    """Codes alone, no word of what they are about; of what is closed off never on Telegram."""
    for closed_off in (False, True):
        some = [task for task in about if task.closed_off == closed_off]
        if some:
            notice = Notice(
                key=f"{key}:{int(closed_off)}", purpose="task", string=string, lane=notices.REST,
                expires_at=now + TOLD_FOR, staff_id=to.id, channel="sms" if closed_off else None,
                fields={"n": str(len(some)), "codes": codes(some)},
            )  # fmt: skip
            notices.write(connection, council, notice, now=now)


def codes(found: Sequence[Task]) -> str:
    """`T12, T15`: what a task is called where no word of it may stand."""
    listed = ", ".join(f"T{task.id}" for task in found[:LISTED])
    return f"{listed} +{len(found) - LISTED}" if len(found) > LISTED else listed
