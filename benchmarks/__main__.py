"""`python -m benchmarks [row ...]`: prints the table; a run of every row writes RESULTS.md too."""

import argparse
import os
import platform
import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from benchmarks import acknowledged, broadcast, idle, latency, outbound, outbox, tick, turn
from benchmarks.row import table
from db.council import LONDON
from db.record import Record
from tests import databases

ROWS = {
    "acknowledged": acknowledged.rows, "turn": turn.rows, "latency": latency.rows, "outbound": outbound.rows,
    "outbox": outbox.rows, "broadcast": broadcast.rows, "idle": idle.rows, "tick": tick.rows,
}  # fmt: skip
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What each part costs beside a library.")
    parser.add_argument("rows", nargs="*", metavar="row", help=f"all, or some of {', '.join(ROWS)}")
    asked = parser.parse_args().rows
    if unknown := set(asked) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    load = os.getloadavg()[0]
    found = table([row for name in asked or ROWS for row in ROWS[name]()])
    print(found)  # noqa: T201
    if not asked:
        RESULTS.write_text(_page(found, load), encoding="utf-8")


def _page(found: str, load: float) -> str:
    today = datetime.now(LONDON).date()
    about = (
        f"{today:%-d %B %Y}, {machine()}, load average {load:.1f} at the start. The ratios count; the rates are this"
        " machine's. Other work that waits for the same disk slows whatever commits more often."
    )
    return f"# Results of `make bench`\n{about}\n\n{found}\n"


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" PostgreSQL {_postgresql()}"
    )


def _postgresql() -> str:
    record = Record(databases.empty("postgresql", RESULTS.parent), databases.KEYS, pooled=False)
    with record.read() as connection:
        version = str(connection.execute(text("SHOW server_version")).scalar_one())
    databases.drop(record.url)
    return version


if __name__ == "__main__":
    main()
