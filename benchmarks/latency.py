"""How long somebody waits: from the moment a webhook is due to the provider being called with the reply."""

import asyncio
import tempfile
import time
from itertools import count
from pathlib import Path
from statistics import quantiles
from urllib.error import URLError
from urllib.request import urlopen

import aiohttp
import uvicorn

from benchmarks import processes, town
from benchmarks.row import Row
from benchmarks.standin import StandIn
from db.record import Record
from tests import databases

LIMITS = {20: 50, 100: 150}  # messages a second: milliseconds for all but one in twenty
SECONDS = 15
DRAINED = 180.0  # seconds after which a reply that has not come is lost
PEOPLE = 4000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measure(Path(name)))


async def _measure(folder: Path) -> list[Row]:
    url = databases.fresh("sqlite", folder)
    record = Record(url, databases.KEYS)
    town.settle(record, PEOPLE, at=town.coming_morning())
    record.close()
    providers, port = StandIn(), processes.free_port()
    server = uvicorn.Server(uvicorn.Config(providers, port=processes.free_port(), log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    address = f"http://127.0.0.1:{server.config.port}"
    environment = processes.settings(port, url, town.council_file(folder), address)
    with processes.turnup(port, environment, folder):
        await asyncio.to_thread(processes.wait_for, lambda: is_ready(port))
        await asyncio.sleep(2)  # the leases are taken
        people = count(1)
        await _waits(providers, port, 20, 2, people)  # warm
        found = [_row(rate, await _waits(providers, port, rate, SECONDS, people)) for rate in LIMITS]
    server.should_exit = True
    await serving
    return found


def is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


async def _waits(providers: StandIn, port: int, rate: int, seconds: int, people: "count[int]") -> list[float]:
    """Milliseconds, one a message. It goes out when it is due, however long the ones before it take."""
    due: dict[str, float] = {}
    before = len(providers.called)
    headers = {"X-Telegram-Bot-Api-Secret-Token": processes.WEBHOOK_SECRET}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session, asyncio.TaskGroup() as group:
        began = time.monotonic()
        for number in range(rate * seconds):
            at, person = began + number / rate, next(people)
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            due[town.chat(person)] = at
            body = town.update(person, person, town.TEXTS[person % len(town.TEXTS)])
            group.create_task(_post(session, body))
    await asyncio.to_thread(processes.wait_for, lambda: due.keys() <= providers.called.keys(), DRAINED)
    waits = [(providers.called[chat] - at) * 1000 for chat, at in due.items()]
    if min(waits) < 0 or len(providers.called) != len(due) + before:
        raise ValueError("somebody was sent something that is not a reply")
    return waits


async def _post(session: aiohttp.ClientSession, body: str) -> None:
    async with session.post("/telegram/webhook", data=body) as answer:
        answer.raise_for_status()


def _row(rate: int, waits: list[float]) -> Row:
    cuts = quantiles(waits, n=100)
    p50, p95, p99 = cuts[49], cuts[94], cuts[98]
    limit = LIMITS[rate]
    return Row(
        f"reply latency at {rate}/s, one process on SQLite", f"p50 {p50:.0f} p95 {p95:.0f} p99 {p99:.0f} ms", "–", "–",
        f"p95 ≤ {limit} ms", p95 <= limit,
    )  # fmt: skip
