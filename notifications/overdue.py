"""Tasks that nobody has seen to in time: whoever leads hears of each once, and every working day there is a digest.

Nothing is said but numbers. Alerts and messages climb by themselves, and their tasks are not in this one.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from db import cursors, desk, in_charge, notices, queues, rota
from db import people as who
from db.council import LONDON, Council
from db.notices import Notice
from db.people import Staff
from db.queues import Task
from db.schema import tasks as rows

CLIMB_ELSEWHERE = ("crisis", "unanswered", "message", "watch", "channel_paused", "broadcast_approve")
DIGEST = "tasks_digest"  # the cursor that holds the last day's
DIGEST_LASTS = timedelta(hours=8)


def climb(connection: Connection, council: Council, *, now: datetime) -> None:
    """Each once, while staff are there; all of one moment in one message."""
    if not council.is_live_for_somebody or not council.is_staffed(now):
        return
    due = queues.find(
        connection, rows.c.status == "open", rows.c.due_at < now, rows.c.climbed_at.is_(None),
        rows.c.kind.not_in(CLIMB_ELSEWHERE),
    )  # fmt: skip
    late = [task for task in due if task.is_overdue(now)]
    if not late:
        return
    for member, theirs in _by_lead(connection, late, now).items():
        desk.tell_of(
            connection, council, member, f"overdue:{now.isoformat()}:s{member.id}", "tasks.overdue", theirs, now=now
        )
    ids = [task.id for task in late]
    connection.execute(rows.update().where(rows.c.id.in_(ids)).values(climbed_at=now))


def _by_lead(connection: Connection, found: Iterable[Task], now: datetime) -> dict[Staff, list[Task]]:
    alike: dict[tuple[str | None, str, bool], list[Task]] = defaultdict(list)
    for task in found:
        alike[task.team, task.queue, task.closed_off].append(task)
    by_lead: dict[Staff, list[Task]] = defaultdict(list)
    for some in alike.values():
        if (member := desk.lead(connection, some[0], now)) is not None:
            by_lead[member] += some
    return by_lead


def digest(connection: Connection, council: Council, *, now: datetime) -> None:
    """To whoever has tasks that are overdue or due on that day, and to whoever leads of all that are overdue
    and of gaps in the rota."""
    local = now.astimezone(LONDON)
    if council.digest_at is None or not council.is_live_for_somebody or not council.is_working_day(local.date()):
        return
    begins = datetime.combine(local.date(), council.digest_at, LONDON)
    if not begins <= now < begins + DIGEST_LASTS:
        return
    key = f"tasks_digest:{local.date()}"
    if cursors.move(connection, DIGEST) == key:
        return
    cursors.move(connection, DIGEST, key)
    due = _due(connection, now)
    gaps = _gaps(connection, council, now)
    leads = in_charge.leads(connection, None, now) if gaps else []
    due |= {lead: (0, 0) for lead in leads if lead not in due}
    wanted = [_notice(key, member, *due[member], gaps if member in leads else 0, begins) for member in due]
    notices.write_all(connection, council, wanted, now=now)


def _due(connection: Connection, now: datetime) -> dict[Staff, tuple[int, int]]:
    """By member of staff, how many are overdue and how many are due on that day."""
    day = now.astimezone(LONDON).date()
    found = [task for task in queues.find(connection, rows.c.status == "open") if not task.sleeps(now)]
    owners = who.members_by_id(connection, {task.owner_id for task in found if task.owner_id is not None})
    counted: dict[Staff, tuple[int, int]] = {}

    def count(member: Staff, task: Task) -> None:
        late, due = counted.get(member, (0, 0))
        today = task.due_at.astimezone(LONDON).date() == day
        counted[member] = (late + task.is_overdue(now), due + (today and not task.is_overdue(now)))

    for task in found:
        if task.owner_id is not None:
            count(owners[task.owner_id], task)
    overdue = [task for task in found if task.is_overdue(now) and task.kind not in CLIMB_ELSEWHERE]
    for member, theirs in _by_lead(connection, overdue, now).items():
        for task in theirs:
            if task.owner_id != member.id:
                count(member, task)
    return {member: numbers for member, numbers in counted.items() if any(numbers)}


def _gaps(connection: Connection, council: Council, now: datetime) -> int:
    """In the rota of the days ahead, where one is kept."""
    return len(rota.gaps(connection, council, now, now + rota.AHEAD)) if rota.is_kept(connection, now) else 0


def _notice(key: str, member: Staff, late: int, due: int, gaps: int, begins: datetime) -> Notice:
    fields: dict[str, Any] = {
        "n": str(late), "number": str(due), "gaps": ("tasks.gaps", {"n": str(gaps)}) if gaps else "",
        "buttons": [[("button.tasks", {}, "j:0::start")]],
    }  # fmt: skip
    return Notice(
        key=f"{key}:s{member.id}", purpose="task", string="tasks.digest", lane=notices.REST,
        expires_at=begins + DIGEST_LASTS, staff_id=member.id, fields=fields,
    )  # fmt: skip
