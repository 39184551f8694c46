import asyncio
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from simulator.app import Config
from tests.simulator.running import wait_until


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    form: dict[str, str]
    json: Any


@dataclass
class ReceivingWeb:
    """A product's web side that only keeps what it is sent. It answers with `statuses` first, and then 200."""

    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    retry_after: str | None = None
    twiml: str = "<Response/>"
    clock: str = "2026-06-11T16:30:00+01:00"
    story: list[dict[str, Any]] = field(default_factory=list)
    jumps: dict[str, Any] = field(default_factory=lambda: {"session": None, "jumps": []})
    asked_for: str = ""
    together: int = 0
    most_together: int = 0
    hold: float = 0

    def __enter__(self) -> "ReceivingWeb":
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = Starlette(
            routes=[
                Route("/demo/clock", self._clock, methods=["GET", "POST"]),
                Route("/demo/story", self._tell),
                Route("/demo/jumps", self._jump),
                Route("/{path:path}", self._keep, methods=["POST"]),
            ]
        )
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    async def _keep(self, request: Request) -> Response:
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        await asyncio.sleep(self.hold)
        self.together -= 1
        is_json = request.headers["content-type"] == "application/json"
        form = {} if is_json else await form_of(request)
        json = await request.json() if is_json else None
        self.received.append(Received(request.url.path, dict(request.headers), form, json))
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Retry-After": self.retry_after} if status != 200 and self.retry_after else {}
        return Response(self.twiml, status, headers, media_type="text/xml")

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            self.clock = (await request.json())["now"]
        return JSONResponse({"now": datetime.now(UTC).isoformat() if self.clock == "real" else self.clock})

    async def _tell(self, request: Request) -> Response:
        return JSONResponse([line for line in self.story if line["id"] > int(request.query_params["after"])])

    async def _jump(self, request: Request) -> Response:
        self.asked_for = request.query_params["refs"]
        return JSONResponse(self.jumps)

    def at(self, path: str) -> list[Received]:
        return [one for one in self.received if one.path == path]

    def wait_for(self, path: str, number: int = 1) -> list[Received]:
        wait_until(lambda: len(self.at(path)) >= number)
        return self.at(path)

    def assert_signed(self, one: Received, token: str = Config.twilio_auth_token) -> None:
        assert RequestValidator(token).validate(self.url + one.path, one.form, one.headers["x-twilio-signature"])


async def form_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
