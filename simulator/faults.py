import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

# What happens to one call of the API. The first group answers in place of the provider, and nothing is accepted
# unless the fault says so; the second lets the call through.
REFUSING = frozenset({"blocked", "chat_not_found", "http", "html", "ok_with_error", "empty", "drop_before_accept"})
PASSING = frozenset({"slow", "drop_after_accept"})
CALL = REFUSING | PASSING
# What happens to a message that was accepted, and to what we post ourselves.
OUTCOME = frozenset({"final"})
RECEIPTS = frozenset({"receipts"})
POSTED = frozenset({"updates_twice", "updates_late", "updates_lost"})
KINDS = {"telegram": CALL | POSTED - {"updates_lost"}, "sms": CALL - {"chat_not_found"} | OUTCOME | RECEIPTS | POSTED}

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Fault:
    """One thing that goes wrong `times` more times (None: until it is taken away)."""

    id: int
    channel: str
    kind: str
    match: dict[str, str]
    times: int | None
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def fits(self, method: str, to: str | None) -> bool:
        wanted = self.match.get("method")
        if "to" in self.match and self.match["to"] != to:
            return False
        # Without a method a fault concerns what is meant for somebody, so polls and listings do not use it up.
        return to is not None if wanted is None else wanted in ("*", method)

    def number(self, name: str, default: float) -> float:
        return float(self.options.get(name, default))

    def json(self) -> dict[str, Any]:
        about = {"id": self.id, "channel": self.channel, "kind": self.kind, "match": self.match}
        return about | {"times": self.times, "hits": self.hits} | self.options


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = count(1)

    def add(self, spec: dict[str, Any]) -> Fault:
        """Raises ValueError for what is no fault."""
        rest = dict(spec)
        channel, kind = rest.pop("channel", None), rest.pop("kind", None)
        match = {key: str(value) for key, value in (rest.pop("match", None) or {}).items()}
        times = rest.pop("times", 1)
        if channel not in KINDS:
            raise ValueError(f"channel is {' or '.join(KINDS)}, not {channel!r}")
        if kind not in KINDS[channel]:
            raise ValueError(f"{channel} has no fault {kind!r}; it has {', '.join(sorted(KINDS[channel]))}")
        if set(match) - {"to", "method"} or not (times is None or (isinstance(times, int) and times > 0)):
            raise ValueError("match takes to and method; times is a positive number, or null for ever")
        fault = Fault(next(self._ids), channel, kind, match, times, rest)
        self._faults.append(fault)
        return fault

    def take(self, channel: str, kinds: frozenset[str], method: str, to: str | None) -> Fault | None:
        for fault in self._faults:
            if fault.channel == channel and fault.kind in kinds and fault.fits(method, to):
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)

    def list(self) -> list[dict[str, Any]]:
        return [fault.json() for fault in self._faults]

    def clear(self, id: int | None = None) -> None:
        self._faults = [fault for fault in self._faults if id is not None and fault.id != id]


class Hangup(Response):
    """Closes the connection without an answer, as a provider's front end does when it dies under a request.

    ASGI has no word for that; uvicorn's request cycle, which `receive` belongs to, holds the transport.
    """

    async def __call__(self, _: Scope, receive: Receive, __: Send) -> None:
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if not isinstance(transport, asyncio.Transport):
            raise RuntimeError("a connection can only be dropped under uvicorn")
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


async def answer(
    fault: Fault | None,
    handle: Callable[[], Awaitable[Response]],
    refuse: Callable[[Fault], Response],
    pause: Callable[[float], Awaitable[None]],
    success: int = 200,
) -> Response:
    """The provider's answer to one call as the fault would have it; `refuse` puts a refusal in the provider's words."""
    if fault is None:
        return await handle()
    if fault.kind in PASSING or fault.options.get("accepted"):
        response = await handle()
        if response.status_code >= 400:
            return response
    if fault.kind == "slow":
        await pause(fault.number("seconds", 30))
        return response
    if fault.kind in ("drop_before_accept", "drop_after_accept"):
        return Hangup()
    if fault.kind == "html":
        return HTMLResponse(BAD_GATEWAY, int(fault.number("status", 502)))
    if fault.kind == "empty":
        return Response(b"", int(fault.number("status", success)), media_type="application/json")
    return refuse(fault)
