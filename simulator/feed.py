import asyncio
from collections import deque
from typing import Any

CAPACITY = 1_000


class Feed:
    """What changed, for pages that look on: numbered notes without content, so a late reader just reads again."""

    def __init__(self) -> None:
        self.latest = 0
        self._notes: deque[dict[str, Any]] = deque(maxlen=CAPACITY)
        self._changed = asyncio.Event()

    def tell(self, kind: str, **about: Any) -> None:
        self.latest += 1
        self._notes.append({"n": self.latest, "kind": kind, **about})
        self.wake()

    def wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, n: int) -> list[dict[str, Any]]:
        missed = [note for note in self._notes if note["n"] > n]
        if n < self.latest - len(self._notes):
            return [{"n": self.latest, "kind": "everything"}]
        return missed

    async def wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return
