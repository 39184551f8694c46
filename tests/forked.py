"""The product's own processes and commands, forked from one that has its modules loaded: so they are up in a moment,
which a start of the program is not. That the program itself starts is for the tests that start it.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess

from bot import cli

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["pytest", "tests.forked", "tests.loaded"])
PATIENCE = 120.0  # seconds


def _main(commands: Iterable[Sequence[str]], env: Mapping[str, str], folder: Path, out: str, err: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for number, name in ((1, out), (2, err)):
        with open(name, "ab") as file:
            os.dup2(file.fileno(), number)
    cli.leave(max((cli.run(command) for command in commands), default=0))


class Forked:
    """`turnup` with these arguments, or with one after another, as a process of its own."""

    def __init__(self, *commands: Sequence[str], env: Mapping[str, str], out: Path, err: Path | None = None) -> None:
        folder = Path.cwd()
        given = (commands, dict(env), folder, str(out.absolute()), str((err or out).absolute()))
        self._process: ForkServerProcess = FORK.Process(target=_main, args=given)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self._process.exitcode


def run(*commands: Sequence[str], env: Mapping[str, str]) -> CompletedProcess[str]:
    """Waits for the end of it; of several commands the highest exit code."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        for file in (out, err):
            file.touch()
        code = Forked(*commands, env=env, out=out, err=err).wait(PATIENCE)
        assert code is not None, f"{commands} does not end"
        return CompletedProcess(commands, code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
