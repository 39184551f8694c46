"""How the cost of an inbound turn, a tick and a dispatch grows with what is stored: `make growth` writes GROWTH.md."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from statistics import median

from benchmarks import town
from benchmarks.__main__ import machine
from benchmarks.outbox import Nobody
from bot import process
from bot.web import telegram_raw
from bot.worker import Worker
from db import inbound
from db.clock import Clock
from db.council import LONDON, Council
from db.record import Record
from db.schema import deliveries, notices
from locales.catalog import Catalogs
from notifications import ticking
from notifications.channel import Outcome, Outgoing
from notifications.rendering import Renderer
from notifications.sender import Sender
from tests import databases

WORK = 800  # people booked for the morning: reminders of a tick, messages of a dispatch, turns of a round
ROUNDS = 3
SIZES = {1_000: (1, 0), 100_000: (39, 1_750), 1_000_000: (39, 24_800)}
"""Bookings stored, about: past sessions of each person, and people who are not booked for the morning."""
PAGE = Path(__file__).parent / "GROWTH.md"
PLOT = Path(__file__).parent / "growth.svg"

WIDTH, HEIGHT, LEFT, TOP, ROOM = 640, 360, 70, 30, 150  # of the plot; the room right of it is for the names
COLOURS = ("#0b5fa5", "#b3541e", "#3c7a3c")

Costs = dict[str, float]
"""Microseconds of processor time for one, by what it is."""


def measure(stored: int) -> Costs:
    past, others = SIZES[stored]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record = Record(databases.fresh("sqlite", folder), databases.KEYS)
        town.settle(record, WORK, channel="sms", past=past, others=others)
        council, clock = town.council(folder), Clock(record, travels=True)
        clock.set(town.EVENING)
        costs = {
            "a tick, for each reminder": _tick(record, council),
            "a dispatch, claimed and recorded": process.run(_dispatch(record, council, clock)),
            "an inbound turn": _turns(record, council, clock),
        }
        record.close()
    return costs


def _cost(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / WORK * 1e6


def _tick(record: Record, council: Council) -> float:
    """The reminders of the last round stay, to be sent."""
    found = []
    for _ in range(ROUNDS):
        with record.write() as connection:
            connection.execute(deliveries.delete())
            connection.execute(notices.delete())
        found.append(_cost(lambda: ticking.tick(record, council, "reminders", now=town.EVENING)))
    return median(found)


class _Counting(Nobody):
    def __init__(self) -> None:
        super().__init__()
        self._left = WORK
        self.all_taken = asyncio.Event()

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        self._left -= 1
        if not self._left:
            self.all_taken.set()
        return await super().deliver(outgoing)


async def _dispatch(record: Record, council: Council, clock: Clock) -> float:
    channel = _Counting()
    sender = Sender(record, council, Renderer(council, Catalogs.load()), channel, clock, "growth")
    began = time.process_time()
    running = asyncio.create_task(sender.run(alone=True))
    await channel.all_taken.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return (time.process_time() - began) / WORK * 1e6


def _turns(record: Record, council: Council, clock: Clock) -> float:
    worker = Worker(record, council, clock, "growth", [], None)
    worker._take_lease(by_force=True)
    bodies = _bodies()

    def handle() -> None:
        while worker._batch()[1]:
            continue

    found = []
    for _ in range(ROUNDS + 1):  # the first does not count
        received = [telegram_raw(body) for body in islice(bodies, WORK)]
        with record.write() as connection:
            inbound.store(connection, received, now=clock.now())
        found.append(_cost(handle))
    return median(found[1:])


def _bodies() -> Iterator[str]:
    """One message a person in turn: whoever comes round again says something else."""
    for number in count(1):
        yield town.update(number, number % WORK + 1, town.TEXTS[(number + number // WORK) % len(town.TEXTS)])


def page(found: dict[int, Costs], load: float) -> str:
    today = datetime.now(LONDON).date()
    lines = [
        "# How cost grows with what is stored",
        f"{today:%-d %B %Y}, {machine()}, load average {load:.1f} at the start, on SQLite. Microseconds of processor time"
        " for one; `make growth` measures it anew.",
        "",
        "![The three costs over the bookings stored](growth.svg)",
        "",
        f"| bookings stored | {' | '.join(next(iter(found.values())))} |",
        "| --- | --- | --- | --- |",
    ]
    for stored, costs in found.items():
        lines.append(f"| {stored:,} | {' | '.join(f'{cost:,.0f}' for cost in costs.values())} |")
    return "\n".join(lines) + "\n"


def plot(found: dict[int, Costs]) -> str:
    """The costs from nothing upwards, at equal steps of what is stored."""
    highest = max(cost for costs in found.values() for cost in costs.values()) * 1.1
    step = (WIDTH - LEFT - ROOM) / (len(found) - 1)

    def place(n: int, cost: float) -> tuple[float, float]:
        return LEFT + n * step, HEIGHT - 50 - cost / highest * (HEIGHT - 50 - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18">Microseconds of processor time for one</text>',
    ]
    for part in range(5):
        cost = highest / 4 * part
        y = place(0, cost)[1]
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - ROOM}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{cost:,.0f}</text>')
    for n, stored in enumerate(found):
        parts.append(f'<text x="{place(n, 0)[0]:.0f}" y="{HEIGHT - 30}" text-anchor="middle">{stored:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - ROOM) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">bookings stored</text>')
    for colour, what in zip(COLOURS, next(iter(found.values())), strict=True):
        points = [place(n, costs[what]) for n, costs in enumerate(found.values())]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x + 10:.0f}" y="{y + 4:.0f}" fill="{colour}">{what.split(",")[0]}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    load = os.getloadavg()[0]
    found = {stored: measure(stored) for stored in SIZES}
    PAGE.write_text(page(found, load), encoding="utf-8")
    PLOT.write_text(plot(found), encoding="utf-8")
    print(page(found, load))  # noqa: T201


if __name__ == "__main__":
    main()
