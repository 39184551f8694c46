import asyncio
import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from telegram import Bot
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.app import Config, create_app
from simulator.server import Server

TOKEN = "700700:simulated-token"


class RunningSimulator:
    """The simulator on a loopback port of its own, in a thread, with the control API as methods."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config(telegram_token=TOKEN, delivery_delay=0)
        # asyncio turns Nagle's delay off only for sockets that say they are TCP.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.server = Server(create_app(self.config), port=0, signals=False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def _run(self) -> None:
        asyncio.run(self.server.serve([self._socket]))

    def start(self) -> "RunningSimulator":
        self._thread.start()
        wait_until(lambda: self.server.started)
        return self

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(10)
        self.http.close()
        assert not self._thread.is_alive(), "the simulator did not stop"

    def __enter__(self) -> "RunningSimulator":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def twilio(self, timeout: float = 10, token: str | None = None) -> Iterator[Any]:
        """The real Twilio client, pointed here."""
        http = TwilioHttpClient(timeout=timeout)
        client = Client(self.config.twilio_account_sid, token or self.config.twilio_auth_token, http_client=http)
        client.api.base_url = self.url
        with http.session:
            yield client

    def bot(self, token: str = TOKEN) -> Bot:
        """The real python-telegram-bot client, pointed here; use it with `async with`."""
        return Bot(token, base_url=f"{self.url}/bot", base_file_url=f"{self.url}/file/bot")

    def post(self, path: str, given: Any = None) -> Any:
        return answer(self.http.post(f"/sim/{path}", json=given))

    def get(self, path: str, **query: Any) -> Any:
        return answer(self.http.get(f"/sim/{path}", params=query))

    def configure(self, **changes: Any) -> Any:
        return self.post("config", changes)

    def people(self, *people: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.post("people", people))

    def sms(self, number: str, body: str, media: list[str] | None = None) -> str:
        """A text from a phone; its MessageSid."""
        return str(self.post("sms", {"from": number, "body": body, "media": media or []})["MessageSid"])

    def say(self, chat_id: int, text: str = "", **kind: Any) -> dict[str, Any]:
        """A Telegram message from a person: text, or photo=True, voice=True, contact="+44…", location=True…"""
        return dict(self.post("telegram/message", {"chat_id": chat_id, "text": text} | kind))

    def press(self, chat_id: int, message_id: int, data: str) -> dict[str, Any]:
        return dict(self.post("telegram/press", {"chat_id": chat_id, "message_id": message_id, "data": data}))

    def edit(self, chat_id: int, message_id: int, text: str) -> dict[str, Any]:
        return dict(self.post("telegram/edit", {"chat_id": chat_id, "message_id": message_id, "text": text}))

    def block(self, chat_id: int) -> None:
        self.post("telegram/block", {"chat_id": chat_id})

    def unblock(self, chat_id: int) -> None:
        self.post("telegram/unblock", {"chat_id": chat_id})

    def thread(self, number: str) -> list[dict[str, Any]]:
        """The texts of a phone, both ways, oldest first."""
        return list(self.get(f"sms/{number}")["messages"])

    def chat(self, chat_id: int) -> dict[str, Any]:
        """A Telegram chat: its messages, its reply keyboard, whether it is started or blocked."""
        return dict(self.get(f"telegram/{chat_id}"))

    def book(self, since: int = 0) -> list[dict[str, Any]]:
        return list(self.get("book", since=since))

    def fault(self, channel: str, kind: str, **spec: Any) -> dict[str, Any]:
        """`match={"to": …, "method": …}`, `times=None` for ever, and the options of the kind."""
        return dict(self.post("faults", {"channel": channel, "kind": kind, **spec})[0])

    def clear_faults(self) -> None:
        answer(self.http.delete("/sim/faults"))

    def requests(self, since: int = 0, **narrow: str) -> list[dict[str, Any]]:
        """The recorded traffic, with `body` and `answer` decoded to bytes."""
        text = self.http.get("/sim/requests", params={"since": since, **narrow}).text
        lines = [json.loads(line) for line in text.splitlines()]
        return [
            line | {"body": base64.b64decode(line["body_b64"]), "answer": base64.b64decode(line["answer_b64"])}
            for line in lines
        ]

    def reset(self) -> None:
        self.post("reset")


def answer(response: httpx.Response) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()


def wait_until(true: Callable[[], Any], seconds: float = 10) -> Any:
    """The first truthy answer of `true`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (result := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return result
