"""Programs beside the one that measures: each in a process of its own, on a port of its own."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # seconds
TOKEN = "700700:token-of-a-bot-that-is-not-real"
WEBHOOK_SECRET = "webhook-secret-of-the-benchmarks"
ACCOUNT = "AC" + "7" * 32
AUTH_TOKEN = "auth-token-of-the-benchmarks"
NUMBER = "+447700900999"

_spawn = multiprocessing.get_context("spawn")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def beside(serve: Callable[..., None], *arguments: Any) -> Iterator[int]:
    """Runs `serve(port, *arguments)` until the block ends; its port, once something listens there."""
    port = free_port()
    process = _spawn.Process(target=serve, args=(port, *arguments), daemon=True)
    process.start()
    try:
        wait_for(lambda: is_open(port) or not process.is_alive())
        yield port
    finally:
        process.kill()
        process.join()


@contextmanager
def turnup(port: int, environment: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`turnup serve`, with nothing of this machine's own settings; ended with SIGTERM, as a host would."""
    command = [sys.executable, "-m", "bot.cli", "serve"]
    with (folder / "turnup.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def settings(port: int, database_url: str, council: Path, providers: str) -> dict[str, str]:
    """The environment of an installation whose providers are both at that URL."""
    from tests import databases

    return {
        "TURNUP_ENV": "production",
        "TURNUP_DATABASE_URL": database_url,
        "TURNUP_COUNCIL": str(council),
        "TURNUP_SECRET_KEY": databases.SECRET,
        "TURNUP_HOST": "127.0.0.1",
        "TURNUP_PORT": str(port),
        "TURNUP_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TURNUP_TELEGRAM_TOKEN": TOKEN,
        "TURNUP_TELEGRAM_API_URL": providers,
        "TURNUP_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TURNUP_TWILIO_ACCOUNT_SID": ACCOUNT,
        "TURNUP_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TURNUP_TWILIO_FROM": NUMBER,
        "TURNUP_TWILIO_MESSAGING_SERVICE_SID": "",
        "TURNUP_TWILIO_API_URL": providers,
    }


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(true: Callable[[], bool], seconds: float = PATIENCE, every: float = 0.01) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("what the benchmark waits for did not happen")
        time.sleep(every)
