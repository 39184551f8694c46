"""Load on a web server: as many connections as Telegram opens, each with its next request once the last is answered."""

import asyncio
import time
from collections.abc import Iterator
from typing import cast

import uvloop

from notifications.telegram import MAX_CONNECTIONS

WARMING = 0.5  # seconds


class _Connection(asyncio.Protocol):
    def __init__(self, load: "_Load") -> None:
        self._load = load

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own, of no common class
        self._ask()

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 200") or not data.endswith(b"\r\n\r\n"):
            self._load.refused += 1
        self._load.answered += 1
        self._ask()

    def _ask(self) -> None:
        if self._load.over:
            self._transport.close()
        else:
            self._transport.write(next(self._load.requests))


class _Load:
    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.answered = 0
        self.refused = 0
        self.over = False

    async def put_on(self, port: int, seconds: float) -> float:
        loop = asyncio.get_running_loop()
        for _ in range(MAX_CONNECTIONS):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port)
        await asyncio.sleep(WARMING)
        before, began = self.answered, time.monotonic()
        await asyncio.sleep(seconds)
        rate = (self.answered - before) / (time.monotonic() - began)
        self.over = True
        if self.refused:
            raise ValueError(f"{self.refused} of {self.answered} requests were not answered 200")
        return rate


def rate(port: int, requests: Iterator[bytes], seconds: float = 3.0) -> float:
    """Requests answered 200 a second. `requests` are whole, headers and all."""
    return uvloop.run(_Load(requests).put_on(port, seconds))


def post(path: str, headers: dict[str, str], body: str) -> bytes:
    """A whole request."""
    raw = body.encode()
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(raw)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw
