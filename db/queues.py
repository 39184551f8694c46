"""The queues of tasks as staff see them: whose each is, how old, when due, and who may look at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db import absences, access, asking, tasks
from db.change import Change, ChangeError
from db.council import LONDON
from db.crypto import Sealed, sealed
from db.permissions import Actor, Refused, allows
from db.schema import people, staff
from db.schema import tasks as rows

OTHERS = "others"
QUEUES: dict[str, tuple[str, ...]] = {
    "decisions": absences.TASKS,
    "packs": ("pack_request", "pack_waiting"),
    "out": ("pack_ready", "pack_collect", "pack_overdue"),
    "checks": ("pack_check", "credit", "uncredited", "other_over_cap"),
    "calls": ("call_back", "not_reached", "stopped", "do_not_text", "welfare"),
    "details": ("details", "mode", "window", "verify", "wrong_number", "bad_number", "shared_number", "pin", "reach"),
    OTHERS: (),  # whatever is in none of these
}
"""By queue, the kinds of task in it: decisions on absences, packs to approve, packs on their way, work to check and credit,
people to call, changes of details."""
SEES = {"decisions": "absence.read", "packs": "pack.decide", "out": "pack.handle"}
"""By queue, the action that somebody's role must allow to see it; of all others `task.read`."""

_QUEUE_OF = {kind: queue for queue, kinds in QUEUES.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Task:
    id: int
    key: str
    kind: str
    klass: str | None
    status: str
    created_at: datetime
    due_at: datetime
    wakes_at: datetime | None
    climbed_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    closed_by: str | None
    owner_id: int | None
    owner: str | None
    person_id: int | None
    person: str | None
    team: str | None
    restricted: bool
    note: Sealed | None

    @property
    def queue(self) -> str:
        return _QUEUE_OF.get(self.kind, OTHERS)

    @property
    def closed_off(self) -> bool:
        """For its own team alone, and never on Telegram: somebody restricted, women's work, abuse."""
        return self.restricted or self.klass in asking.RESTRICTED

    @property
    def booking_id(self) -> int:
        """Of a task about a booking, which its key ends with."""
        return int(self.key.rsplit(":b", 1)[1])

    def sleeps(self, now: datetime) -> bool:
        return self.wakes_at is not None and self.wakes_at > now

    def is_overdue(self, now: datetime) -> bool:
        return self.due_at < now and not self.sleeps(now)


_OWN = ("id", "key", "kind", "class", "status", "created_at", "due_at", "wakes_at", "climbed_at", "closed_at", "outcome",
        "closed_by", "owner_id")  # fmt: skip
_TASKS = (
    select(
        *(rows.c[name] for name in _OWN), staff.c.ref.label("owner"), rows.c.person_id, people.c.ref.label("person"),
        people.c.team, people.c.restricted, people.c.women_only, sealed(rows.c.note),
    )
    .outerjoin(people, people.c.id == rows.c.person_id)
    .outerjoin(staff, staff.c.id == rows.c.owner_id)
)  # fmt: skip


def find(connection: Connection, *conditions: Any) -> list[Task]:
    """The oldest first."""
    return [_task(row) for row in connection.execute(_TASKS.where(*conditions).order_by(rows.c.created_at, rows.c.id))]


def _task(row: Any) -> Task:
    *own, restricted, women_only, note = row
    facts: tuple[Any, ...] = (*own, bool(restricted or women_only), note)
    return Task(*facts)


def may_see(actor: Actor, task: Task) -> bool:
    """Of what is closed off, its own team; of the rest, whose role sees that queue. One's own, too, if it sees any of it."""
    return why_not(actor, task) is None


def why_not(actor: Actor, task: Task) -> str | None:
    """The action that is not allowed."""
    if actor.member is None:
        return None
    action = SEES.get(task.queue, "task.read")
    if task.owner_id == actor.member.id:
        return None if allows(actor, action, actor.member.team) else action
    if task.closed_off and not allows(actor, "task.closed", task.team):
        return "task.closed"
    return None if allows(actor, action, task.team) else action


def waiting(change: Change, *, queue: str | None = None, mine: bool = False) -> list[Task]:
    """The open tasks that the actor may see, the oldest first; those that sleep, last. That they looked is logged."""
    found = [one for one in find(change.connection, rows.c.status == "open") if may_see(change.actor, one)]
    found = [one for one in found if queue in (None, one.queue) and (not mine or is_own(change.actor, one))]
    access.log(change.connection, change.actor.name, "tasks.read", now=change.now, reason=queue)
    return sorted(found, key=lambda one: one.sleeps(change.now))


def all_of(change: Change, *, queue: str | None = None, mine: bool = False) -> list[Task]:
    """As `waiting`, with those that are done, in the order in which they were opened."""
    found = [one for one in find(change.connection) if may_see(change.actor, one)]
    access.log(change.connection, change.actor.name, "tasks.read", now=change.now, reason=queue)
    return sorted(
        (one for one in found if queue in (None, one.queue) and (not mine or is_own(change.actor, one))),
        key=lambda one: one.id,
    )


def is_own(actor: Actor, task: Task) -> bool:
    return actor.member is not None and task.owner_id == actor.member.id


def one(change: Change, task_id: int) -> Task:
    """An open task, held until the transaction ends. Raises ChangeError, or Refused."""
    held = change.connection.execute(select(rows.c.id).where(rows.c.id == task_id).with_for_update()).first()
    found = find(change.connection, rows.c.id == task_id) if held else []
    if not found:
        raise ChangeError(f"there is no task {task_id}; look at the list of tasks")
    if (action := why_not(change.actor, found[0])) is not None:
        raise Refused(action)
    if found[0].status != "open":
        raise ChangeError(f"task {task_id} is done already{_by_whom(found[0])}; nothing was changed")
    return found[0]


def about_booking(change: Change, task_id: int) -> int:
    """The booking of a task in the queue of decisions. Raises ChangeError or Refused."""
    task = one(change, task_id)
    if task.queue != "decisions":
        raise ChangeError(f"task {task_id} is no absence; `turnup tasks done {task_id}` says how it ended")
    return task.booking_id


def _by_whom(task: Task) -> str:
    by = f", by {task.closed_by}" if task.closed_by else ""
    on = f" on {task.closed_at.astimezone(LONDON):%a %d %b %Y}" if task.closed_at else ""
    return by + on


def counts(found: Sequence[Task], now: datetime) -> dict[str, tuple[int, int]]:
    """By queue, how many wait and how many of those are overdue; none of what sleeps, and no queue without any."""
    awake = [each for each in found if not each.sleeps(now)]
    by_queue = {name: [each for each in awake if each.queue == name] for name in QUEUES}
    return {name: (len(some), sum(each.is_overdue(now) for each in some)) for name, some in by_queue.items() if some}


def lines(task: Task) -> list[str]:
    """What is written on it."""
    return tasks.lines(task.note)
