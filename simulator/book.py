from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Row:
    n: int
    channel: str
    to: str
    body: str
    at: datetime
    reference: str
    method: str


class Book:
    """The provider's own append-only list of what it accepted: what a sender's record is compared with.

    A message stands here from the moment it is accepted, whether or not the answer reached anybody.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def enter(self, channel: str, to: str, body: str, at: datetime, reference: str, method: str) -> None:
        self.rows.append(Row(len(self.rows) + 1, channel, to, body, at, reference, method))

    def since(self, n: int) -> list[dict[str, Any]]:
        return [asdict(row) | {"at": row.at.isoformat()} for row in self.rows[n:]]
