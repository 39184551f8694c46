"""`python -m benchmarks.crashes [database ...]`: the long storm of kills; a run on both databases writes CRASHES.md."""

import argparse
import tempfile
import time
from datetime import datetime
from pathlib import Path

from benchmarks.__main__ import machine
from db.council import LONDON
from tests import databases
from tests.e2e.storm import Report, Size, Storm

LONG = Size(sms=700, telegram=120, days=5, asked=1000, bursts=40, latency=0.1, stride=60, waits=0.05, most=8)
LEAST_SENT, LEAST_KILLS = 5000, 50
RESULTS = Path(__file__).parent / "CRASHES.md"
ABOUT = """\
SIGKILL at random moments while messages go out and come in, on SQLite to `serve`, on PostgreSQL to two each of web, worker
and clock: in bursts of up to eight, a few a second, which hit processes that have just begun too; between two bursts some
more goes out. Then the providers' own book is compared with the record. A text comes once whatever happens. On Telegram
what was in the air when its process died is unknown, and is said once more: "came twice" counts where the first had
arrived."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description="Kills the product under load.")
    parser.add_argument("databases", nargs="*", metavar="database", help=f"both, or one of {', '.join(databases.KINDS)}")
    asked = parser.parse_args().databases
    if unknown := set(asked) - set(databases.KINDS):
        parser.error(f"no database {', '.join(sorted(unknown))}; there are {', '.join(databases.KINDS)}")
    reports = [_rage(kind) for kind in asked or databases.KINDS]
    if not asked:
        RESULTS.write_text(_page(reports), encoding="utf-8")


def _rage(kind: str) -> Report:
    seed = int(time.time())
    with tempfile.TemporaryDirectory() as folder:
        report = Storm(Path(folder), kind, LONG, seed).rage()
    print(f"{kind}, seed {seed}\n{table(report)}")  # noqa: T201
    report.check()
    if report.sent.total() < LEAST_SENT or report.came_in < LONG.asked or report.kills.total() < LEAST_KILLS:
        raise SystemExit(f"too small a storm to show anything: {LEAST_SENT} sent and {LEAST_KILLS} kills are the least")
    return report


def _page(reports: list[Report]) -> str:
    today = datetime.now(LONDON).date()
    parts = [f"# Results of `make crash`\n{today:%-d %B %Y}, {machine()}.\n\n{ABOUT}"]
    parts += [f"## {report.database}\n\n{table(report)}" for report in reports]
    return "\n\n".join(parts) + "\n"


def table(report: Report) -> str:
    """What the harness saw, as a Markdown table."""
    rows = [("what", report.database), ("---", "---"), *report.rows()]
    return "\n".join(f"| {what} | {seen} |" for what, seen in rows)


if __name__ == "__main__":
    main()
