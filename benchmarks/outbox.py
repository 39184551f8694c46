"""The outbox on PostgreSQL with a channel that takes no time, beside procrastinate working jobs that do nothing."""

import asyncio
import tempfile
import time
from itertools import count
from pathlib import Path

import procrastinate
from sqlalchemy.engine import make_url

from benchmarks import outbound
from benchmarks.row import Row, at_least, paired
from bot import process
from notifications.channel import Channel, Outcome, Outgoing, Verdict
from tests import databases

JOBS = 400


class Nobody(Channel):
    """Takes every message at once."""

    name = "sms"
    provider = "twilio"

    def __init__(self) -> None:
        self._references = count(1)

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        return Outcome(Verdict.ACCEPTED, f"SM{next(self._references):032x}")

    async def close(self) -> None:
        """It holds nothing."""


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pair = paired(
            lambda: process.run(outbound.drain("sms", "postgresql", folder, Nobody)),
            lambda: process.run(_procrastinate(folder)),
            rounds=3,
        )
    what = "the outbox with a no-op channel (PostgreSQL), beside procrastinate working no-op jobs, concurrency 1"
    return [at_least(what, pair, 3, "msg/s")]


async def _procrastinate(folder: Path) -> float:
    """Jobs a second, from the start of the worker to the last of them done."""
    url = databases.empty("postgresql", folder)
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))

    done = 0

    @app.task(name="nothing")
    async def nothing() -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({} for _ in range(JOBS)))
        began = time.monotonic()
        await app.run_worker_async(wait=False, concurrency=1, listen_notify=False, install_signal_handlers=False)
        rate = JOBS / (time.monotonic() - began)
    if done != JOBS:
        raise ValueError(f"{done} jobs of {JOBS} were done")
    await asyncio.to_thread(databases.drop, url)
    return rate
