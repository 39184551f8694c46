"""How fast a channel may send: a bucket per channel, with a fifth kept for what is urgent, and one message a chat."""

from db.notices import CHANGE

KEPT_FOR_URGENT = 0.2


class Bucket:
    """Holds up to one second's worth. Starts empty, so that a take-over never adds to what the last holder sent."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._level = 0.0
        self._at: float | None = None

    def fill(self, at: float) -> None:
        if self._at is not None:
            self._level = min(max(self._rate, 1.0), self._level + (at - self._at) * self._rate)
        self._at = at

    def has(self, cost: float) -> bool:
        return self._level >= min(cost, max(self._rate, 1.0))

    def take(self, cost: float) -> None:
        self._level -= cost


class Rates:
    """`take` is asked with a monotonic time in seconds."""

    def __init__(self, rate: float, per_address: float | None) -> None:
        self._all = Bucket(rate)
        self._bulk = Bucket(rate * (1 - KEPT_FOR_URGENT))
        self._gap = 1 / per_address if per_address else 0.0
        self._next: dict[str, float] = {}

    def resting(self, at: float) -> set[str]:
        """The addresses that got one a moment ago."""
        self._next = {address: until for address, until in self._next.items() if until > at}
        return set(self._next)

    def is_open(self, lane: int, at: float) -> bool:
        """Whether anything of this lane may go at all."""
        return self._has(lane, 1, at)

    def take(self, address: str, lane: int, cost: int, at: float) -> bool:
        if not self._has(lane, cost, at):
            return False
        self._all.take(cost)
        if lane >= CHANGE:
            self._bulk.take(cost)
        if self._gap:
            self._next[address] = at + self._gap
        return True

    def _has(self, lane: int, cost: int, at: float) -> bool:
        for bucket in (self._all, self._bulk):
            bucket.fill(at)
        return self._all.has(cost) and (lane < CHANGE or self._bulk.has(cost))
