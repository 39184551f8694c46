"""What time alone brings about. Each task finds its work by query, so running it again, late or twice does no harm."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from db import (
    climbing,
    clock,
    cursors,
    deliveries,
    endings,
    milestones,
    missed,
    reach,
    retention,
    rota_watch,
    thread_watch,
    tidying,
    undelivered,
    unled,
)
from db.council import Council
from db.record import Record
from notifications import broadcasts, feedback, overdue, pack_reminders, proofs, reminders, rosters, second_channel

Task = Callable[[Connection, Council, datetime], None]


def _reminders(connection: Connection, council: Council, now: datetime) -> None:
    reminders.write(connection, council, now=now)


def _alerts(connection: Connection, council: Council, now: datetime) -> None:
    """Each climbs until its next step lies ahead: after an outage everyone who should have been asked is."""
    rota_watch.look(connection, council, now=now)
    undelivered.look(connection, council, now=now)
    unled.look(connection, council, now=now)
    while found := climbing.due(connection, now=now):
        for alert_id in found:
            climbing.climb(connection, council, alert_id, now=now)


def _rosters(connection: Connection, council: Council, now: datetime) -> None:
    rosters.write(connection, council, now=now)


def _missed(connection: Connection, council: Council, now: datetime) -> None:
    rosters.ask_for_marks(connection, council, now=now)
    missed.tell(connection, council, now=now)


def _second(connection: Connection, council: Council, now: datetime) -> None:
    second_channel.write(connection, council, now=now)


def _expiry(connection: Connection, council: Council, now: datetime) -> None:
    deliveries.expire(connection, now=now)
    deliveries.time_out(connection, now=now, real=now - clock.offset(connection))


def _broadcasts(connection: Connection, council: Council, now: datetime) -> None:
    broadcasts.tick(connection, council, now=now)


def _threads(connection: Connection, council: Council, now: datetime) -> None:
    thread_watch.look(connection, council, now=now)


def _milestones(connection: Connection, council: Council, now: datetime) -> None:
    milestones.write(connection, council, now=now)


def _packs(connection: Connection, council: Council, now: datetime) -> None:
    pack_reminders.write(connection, council, now=now)


def _decisions(connection: Connection, council: Council, now: datetime) -> None:
    proofs.write(connection, council, now=now)
    overdue.climb(connection, council, now=now)
    overdue.digest(connection, council, now=now)


def _feedback(connection: Connection, council: Council, now: datetime) -> None:
    feedback.write(connection, council, now=now)


def _tidying(connection: Connection, council: Council, now: datetime) -> None:
    tidying.remove_from_chats(connection, now=now)


def _reach(connection: Connection, council: Council, now: datetime) -> None:
    reach.watch(connection, council, now=now)


def _endings(connection: Connection, council: Council, now: datetime) -> None:
    endings.look(connection, council, now=now)
    retention.erase(connection, council, now=now)


TASKS: dict[str, Task] = {
    "broadcasts": _broadcasts,
    "reminders": _reminders,
    "rosters": _rosters,
    "missed": _missed,
    "alerts": _alerts,
    "threads": _threads,
    "expiry": _expiry,
    "second": _second,
    "milestones": _milestones,
    "packs": _packs,
    "decisions": _decisions,
    "tidying": _tidying,
    "feedback": _feedback,
    "reach": _reach,
    "endings": _endings,
}


def tick(record: Record, council: Council, task: str, *, now: datetime) -> None:
    """Runs one task as of `now`, in one transaction. Two clocks at once take turns: not all that a task writes has a key."""
    with _uncollected(), record.write() as connection:
        cursors.in_turn(connection, f"tick:{task}")
        TASKS[task](connection, council, now)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Of a task's thousands of rows none is garbage yet, and the collector would look at them all again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
