import base64
from collections import deque
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

CAPACITY = 50_000


@dataclass
class Exchange:
    """One HTTP request, to us or from us, and its answer; `status` is None until (or unless) there is one."""

    n: int
    kind: str
    provider: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int | None = None
    answer: bytes = b""

    def line(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "kind": self.kind,
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body_b64": base64.b64encode(self.body).decode(),
            "status": self.status,
            "answer_b64": base64.b64encode(self.answer).decode(),
        }


class Trace:
    """Raw traffic: a `request` is what a client asked of us, a `webhook` what we posted (its path is then a URL)."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=CAPACITY)
        self._numbers = count(1)

    def begin(self, kind: str, provider: str, method: str, path: str, headers: dict[str, str], body: bytes) -> Exchange:
        exchange = Exchange(next(self._numbers), kind, provider, method, path, headers, body)
        self._exchanges.append(exchange)
        return exchange

    def since(self, n: int) -> list[Exchange]:
        if not self._exchanges:
            return []
        return list(islice(self._exchanges, max(0, n + 1 - self._exchanges[0].n), None))

    def clear(self) -> None:
        self._exchanges.clear()
