"""Pictures and documents that go with a message on Telegram: made when it is sent, from its fields, and never stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from db.council import Council
from locales.catalog import Mode
from notifications.channel import File


@dataclass(frozen=True, slots=True)
class Source:
    """What an attachment is made from. `label` gives a string of the catalogs in the person's mode and language."""

    fields: Mapping[str, Any]
    council: Council
    locale: str
    mode: Mode
    label: Callable[..., str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """`name` is the file's, and seen by whoever looks at the phone. `discreet`: holds nothing that must not be seen there.
    `or_words`: where it cannot go, its caption is said without it. `needs`: the field without which nothing goes with it.

    `make` gives the bytes. It runs on a thread of its own with no transaction open, so it may read files.
    """

    kind: Literal["photo", "document"]
    name: str
    make: Callable[[Source], bytes]
    discreet: bool = False
    or_words: bool = False
    needs: str = ""

    def goes(self, channel: str, mode: str) -> bool:
        return channel == "telegram" and (mode == "standard" or self.discreet)


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment with what it will be made from."""

    attachment: Attachment
    source: Source

    def file(self) -> File:
        return File(self.attachment.kind, self.attachment.name, self.attachment.make(self.source))
