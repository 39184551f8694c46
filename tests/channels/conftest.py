"""A stand-in for both providers on a loopback socket: it records what it is sent, and answers as it is told."""

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from urllib.parse import parse_qs

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
DELAY = 0.6  # seconds; a client under test waits less


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


@dataclass
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {key: values[-1] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def filters(self) -> dict[str, str]:
        return {key: values[-1] for key, values in parse_qs(self.query).items()}

    @property
    def endpoint(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass
class Answer:
    status: int
    body: bytes
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Load:
    now: int = 0
    most: int = 0


class Standin:
    def __init__(self, url: str) -> None:
        self.url = url
        self.numbers = count(1)
        self.reset()

    def reset(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[Answer] = []
        self.always: Answer | None = None
        self.load = Load()

    def answer(self, status: int, body: Any = b"", delay: float = 0, **headers: str) -> None:
        """Queue an answer; once there are none left, everything succeeds."""
        self.answers.append(_answer(status, body, delay, headers))

    def answer_always(self, status: int, body: Any = b"", delay: float = 0) -> None:
        self.always = _answer(status, body, delay, {})

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        self.requests.append(request)
        load = self.load  # an answer that outlasts its test must not count against the next
        load.now += 1
        load.most = max(load.most, load.now)
        answer = self.answers.pop(0) if self.answers else self.always or self.success(request)
        await asyncio.sleep(answer.delay)
        load.now -= 1
        headers = [(k.lower().replace("_", "-").encode(), v.encode()) for k, v in answer.headers.items()]
        length = (b"content-length", str(len(answer.body)).encode())
        await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": answer.body})

    def success(self, request: Request) -> Answer:
        if request.path.endswith("Messages.json"):
            return _answer(201, {"sid": f"SM{next(self.numbers):032x}", "status": "queued", "error_code": None}, 0, {})
        if request.endpoint.startswith(("send", "edit")):
            return _answer(200, {"ok": True, "result": telegram_message(next(self.numbers))}, 0, {})
        return _answer(200, {"ok": True, "result": True}, 0, {})


def telegram_message(number: int) -> dict[str, Any]:
    return {"message_id": number, "date": 1_781_200_000, "chat": {"id": 42, "type": "private"}, "text": "x"}


def _answer(status: int, body: Any, delay: float, headers: dict[str, str]) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode(), delay, headers)


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode(), headers, body)


@pytest.fixture(scope="session")
def server() -> Iterator[Standin]:
    listener = socket.create_server(("127.0.0.1", 0))
    standin = Standin(f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        standin.app,
        log_config=None,
        access_log=False,
        date_header=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        interface="asgi3",
        timeout_graceful_shutdown=1,
    )
    uvicorn_server = uvicorn.Server(config)
    thread = threading.Thread(target=uvicorn_server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not uvicorn_server.started:
        time.sleep(0.01)
    yield standin
    uvicorn_server.should_exit = True
    thread.join()


@pytest.fixture
def standin(server: Standin, monkeypatch: pytest.MonkeyPatch) -> Standin:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server.reset()
    return server


@pytest.fixture
def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def breaking(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that reads one request whole, then breaks: parametrise it with one of the faults below."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_break_once, args=(listener, request.param))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def _break_once(listener: socket.socket, fault: Callable[[socket.socket], None]) -> None:
    connection, _ = listener.accept()
    with connection:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        while len(body) < int(lengths[0]):
            body += connection.recv(65536)
        fault(connection)


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_an_answer(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")


def not_http(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.test ESMTP\r\n")


def drip(connection: socket.socket) -> None:
    """An answer that never ends, and never pauses for long, while anybody listens."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
    with suppress(OSError):
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)


BREAKS = [hang_up, reset, half_an_answer, not_http]
