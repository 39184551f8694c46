"""Inbound: a webhook is answered once its message is on disk, beside the same server that stores nothing."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks import load, processes, town
from benchmarks.processes import WEBHOOK_SECRET
from benchmarks.row import Row, at_least, paired
from bot import process, settings
from bot.inbox import Inbox
from bot.web import Web
from db.clock import Clock
from db.inbound import Raw
from db.record import Record
from tests import databases

PEOPLE = 5000


class Forgetful(Inbox):
    """Says that it is stored, and is not."""

    async def put(self, raw: Raw) -> None:
        return


def serve(port: int, folder: Path, url: str, inbox: type[Inbox]) -> None:
    environment = processes.settings(port, url, town.council_file(folder), "http://127.0.0.1:9")
    found = settings.of(environment)
    record = Record(found.database_url, found.keys())
    clock = Clock(record)
    app = Web(record, found, found.council(), clock, inbox(record, clock, _nobody_waits)).app()
    process.run(process.serve(app, "127.0.0.1", port))


def _nobody_waits() -> None:
    """The worker is not part of this row."""


def rows() -> list[Row]:
    numbers = count(100_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = databases.fresh("sqlite", folder)
        with (
            processes.beside(serve, folder, url, Inbox) as ours,
            processes.beside(serve, folder, url, Forgetful) as bare,
        ):
            pair = paired(lambda: load.rate(ours, _requests(numbers)), lambda: load.rate(bare, _requests(numbers)))
    return [at_least("inbound, on disk before the 200 (SQLite, `synchronous=FULL`)", pair, 0.5, "msg/s")]


def _requests(numbers: Iterator[int]) -> Iterator[bytes]:
    headers = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
    for number in numbers:
        body = town.update(number, number % PEOPLE, town.TEXTS[number % len(town.TEXTS)])
        yield load.post("/telegram/webhook", headers, body)
