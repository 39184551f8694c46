"""The clock: APScheduler wakes it, and each time it asks what is due. It stores no job, so nothing can misfire."""

import logging

from apscheduler.schedulers.background import BackgroundScheduler

from db import faults, leases
from db.clock import Clock
from db.council import Council
from db.record import Record
from notifications import ticking

EVERY = {
    "broadcasts": 2,
    "reminders": 15,
    "rosters": 15,
    "missed": 15,
    "alerts": 5,
    "threads": 15,
    "expiry": 30,
    "second": 15,
    "milestones": 60,
    "packs": 60,
    "decisions": 60,
    "tidying": 300,
    "feedback": 300,
    "reach": 3600,
    "endings": 300,
}  # seconds between its runs
EVERY_IN_DEMO = 1  # second: the clock may jump
SLOW_IN_DEMO = {"reach": 20}
HEARTBEAT = 5  # seconds

log = logging.getLogger("turnup.clock")


class Ticker:
    """Runs in threads of its own. Two of them do no harm: what they write has unique keys; the lease only spares work."""

    def __init__(self, record: Record, council: Council, clock: Clock, holder: str, *, demo: bool, alone: bool) -> None:
        self._record = record
        self._council = council
        self._clock = clock
        self._holder = holder
        self._force = alone
        self._scheduler = BackgroundScheduler(timezone="UTC")
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        for task, seconds in EVERY.items():
            every = SLOW_IN_DEMO.get(task, EVERY_IN_DEMO) if demo else seconds
            self._scheduler.add_job(self._tick, "interval", args=[task], seconds=every, **options)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)

    def _tick(self, task: str) -> None:
        try:
            if self._is_ours():
                ticking.tick(self._record, self._council, task, now=self._clock.now())
        except Exception as error:
            log.error("tick %s: %s", task, faults.where(error))

    def _is_ours(self) -> bool:
        with self._record.write() as connection:
            fence = leases.take(connection, "clock", self._holder, real=self._clock.real(), by_force=self._force)
        self._force = False
        return fence is not None
