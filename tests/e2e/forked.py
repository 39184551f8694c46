"""A town whose processes are the product's own, but forked from one that has its modules loaded: so they are up again in
a moment, and can be killed several times a second."""

import multiprocessing
import os
from multiprocessing.context import ForkServerProcess
from typing import Any

from bot import cli
from tests.e2e.town import Town

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["pytest", "tests.e2e.forked"])


def _run(name: str, env: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(env)
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    cli.leave(cli.run([name]))


class _Forked:
    """What the town asks of a process, of one that is forked."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        process.start()
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        assert self.pid is not None
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self._process.exitcode


class ForkedTown(Town):
    def spawn(self, name: str) -> Any:
        return self.fork(name, name, self.env)

    def fork(self, name: str, part: str, env: dict[str, str]) -> Any:
        """`turnup PART`, known by that name."""
        process = _Forked(FORK.Process(target=_run, args=(part, env, str(self.log))))
        self.processes[name] = process  # type: ignore[assignment]
        return process
