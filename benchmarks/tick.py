"""One tick that finds 10,000 reminders due, beside one APScheduler date job for each reminder in its SQLAlchemy store."""

import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks import town
from benchmarks.row import Row, at_least, paired
from db.council import Council
from db.record import Record
from db.schema import deliveries, notices
from notifications import ticking
from tests import databases

DUE = 10_000
JOBS = 1000  # the baseline's: it takes too long with more, and its rate hardly changes
ROUNDS = 3
BEHIND = 39  # past sessions of each of the people in the greater record
OTHERS = 15_000  # of them, who have nothing on that morning

_ran = threading.Semaphore(0)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = _record(folder), _record(folder, past=BEHIND, others=OTHERS)
        council = town.council(folder)
        jobs = (folder / f"jobs{number}.db" for number in count())
        beside_jobs = paired(lambda: DUE / _tick(many, council), lambda: JOBS / _apscheduler(next(jobs)), ROUNDS)
        beside_few = paired(lambda: _tick(many, council), lambda: _tick(few, council), ROUNDS)
        few.close()
        many.close()
    stored = DUE + BEHIND * (DUE + OTHERS)
    what = f"one tick, {DUE:,} reminders due, {stored:,} bookings stored, beside {JOBS:,} APScheduler jobs (SQLite)"
    return [
        at_least(what, beside_jobs, 10, "reminders/s"),
        Row(
            f"the same tick beside one with {DUE:,} bookings stored", f"{beside_few.ours:.1f} s",
            f"{beside_few.baseline:.1f} s", f"{beside_few.ratio:.2f}", "≤ 1.3", beside_few.ratio <= 1.3,
        ),
    ]  # fmt: skip


def _record(folder: Path, *, past: int = 0, others: int = 0) -> Record:
    record = Record(databases.fresh("sqlite", folder), databases.KEYS)
    town.settle(record, DUE, past=past, others=others)
    return record


def _tick(record: Record, council: Council) -> float:
    """Seconds. All reminders are written, or it raises; then they are taken out again."""
    began = time.monotonic()
    ticking.tick(record, council, "reminders", now=town.EVENING)
    seconds = time.monotonic() - began
    with record.write() as connection:
        connection.execute(deliveries.delete())
        written = connection.execute(notices.delete()).rowcount
    if written != DUE:
        raise ValueError(f"{written} reminders of {DUE} were written")
    return seconds


def _apscheduler(path: Path) -> float:
    """Seconds from the wake-up to the last job, with the grace that keeps it from dropping them."""
    store = SQLAlchemyJobStore(url=f"sqlite:///{path}")
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start(paused=True)
    at = datetime.now(UTC) + timedelta(seconds=0.1)
    for number in range(JOBS):
        scheduler.add_job(remind, "date", run_date=at, args=[number], misfire_grace_time=None)
    time.sleep(0.1)
    began = time.monotonic()
    scheduler.resume()
    for _ in range(JOBS):
        _ran.acquire()
    seconds = time.monotonic() - began
    scheduler.shutdown()
    return seconds


def remind(number: int) -> None:
    """It has no work of its own: what is measured is bringing it about."""
    _ran.release()
