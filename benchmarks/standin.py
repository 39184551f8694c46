"""Both providers, as fast as can be: they take every message and look at nothing, so that the caller's cost is measured."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from benchmarks.processes import beside

CREATED_AT = "Wed, 10 Jun 2026 12:00:00 +0000"
BOT = {"id": 700700, "is_bot": True, "first_name": "Sessions", "username": "sessions_bot"}


class StandIn:
    """An ASGI app. `called` is when the first message to each chat arrived, in monotonic seconds of this machine."""

    def __init__(self) -> None:
        self.called: dict[str, float] = {}
        self._numbers = count(1)
        self._webhook = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        at = time.monotonic()
        body = await _body(receive)
        status, answer = self._answer(scope["method"], scope["path"], body, at)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, method: str, path: str, body: bytes, at: float) -> tuple[int, bytes]:
        if path.endswith("/sendMessage"):
            chat = parse_qs(body.decode())["chat_id"][0]
            self.called.setdefault(chat, at)
            message = {
                "message_id": next(self._numbers),
                "date": 1_781_000_000,
                "chat": {"id": int(chat), "type": "private"},
            }
            return 200, json.dumps({"ok": True, "result": message}).encode()
        if path.endswith("/Messages.json"):
            return _twilio(method, next(self._numbers))
        return 200, json.dumps({"ok": True, "result": self._result(path, body)}).encode()

    def _result(self, path: str, body: bytes) -> Any:
        if path.endswith("/getMe"):
            return BOT
        if path.endswith("/getWebhookInfo"):
            return {"url": self._webhook, "has_custom_certificate": False, "pending_update_count": 0}
        if path.endswith("/setWebhook"):
            self._webhook = parse_qs(body.decode())["url"][0]
        return True


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    return body


def _twilio(method: str, number: int) -> tuple[int, bytes]:
    if method == "GET":
        return 200, json.dumps({"messages": [], "page": 0, "page_size": 100, "next_page_uri": None}).encode()
    message = {"sid": f"SM{number:032x}", "status": "queued", "error_code": None, "date_created": CREATED_AT}
    return 201, json.dumps(message).encode()


def serve(port: int) -> None:
    uvicorn.run(StandIn(), host="127.0.0.1", port=port, log_config=None, access_log=False)


@contextmanager
def running() -> Iterator[str]:
    """The providers' URL."""
    with beside(serve) as port:
        yield f"http://127.0.0.1:{port}"
