"""The whole program in one process with nothing to do: how soon it is ready, how much memory it keeps, from outside."""

import re
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import processes, standin, town
from benchmarks.latency import is_ready
from benchmarks.row import Row, within
from db.record import Record
from tests import databases

ROUNDS = 3
IDLE = 10.0  # seconds after it is ready


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, standin.running() as providers:
        folder = Path(name)
        url = databases.fresh("sqlite", folder)
        record = Record(url, databases.KEYS)
        town.settle(record, 100)
        record.close()
        _measure(folder, url, providers, 0)  # whatever was not compiled yet is now
        found = [_measure(folder, url, providers, IDLE) for _ in range(ROUNDS)]
    return [
        within("the whole program in one process, idle: memory", median(memory for _, memory in found), 120, "MiB"),
        within("the whole program in one process: start to ready", median(seconds for seconds, _ in found), 2, "s"),
    ]


def _measure(folder: Path, url: str, providers: str, idle: float) -> tuple[float, float]:
    """Seconds to readiness, MiB resident after a while."""
    port = processes.free_port()
    began = time.monotonic()
    with processes.turnup(port, processes.settings(port, url, town.council_file(folder), providers), folder) as process:
        processes.wait_for(lambda: is_ready(port))
        ready = time.monotonic() - began
        time.sleep(idle)
        return ready, _resident(process.pid)


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024
