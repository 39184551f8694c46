"""What the sender asks of a provider's client, and what it may be told.

A client translates: it never decides what happens next. `deliver` turns whatever a provider or a network can do into
one `Verdict`, and the sender alone acts on verdicts.
"""

import html
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Literal, Protocol
from urllib.parse import urlsplit

# These log whole URLs (Telegram's hold the bot's token, Twilio's the numbers asked about) and the bodies of answers
# they cannot read (a person's words). All that matters of a call comes back in its Outcome or as an exception.
for _library in ("httpx", "httpcore", "aiohttp", "telegram", "urllib3", "twilio.http_client"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


class ProviderUnreachable(Exception):
    """The provider gave no usable answer: a network fault, a 5xx, a rate limit, or a body that cannot be read."""


class ProviderRefused(ProviderUnreachable):
    """The provider understood, and said no. A kind of ProviderUnreachable, for callers who only miss an answer.

    `code` is its number as text: 401, 404 (credentials), 409 (somebody else polls), 400 (it dislikes what we asked) ...
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the provider refused with {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str  # callback_data, at most 64 bytes of UTF-8


@dataclass(frozen=True, slots=True)
class File:
    """A picture or a document that goes with a Telegram message, whose body is then its caption."""

    kind: Literal["photo", "document"]
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    token: str  # our delivery's token: SMS carries it in the status callback's URL
    action: Literal["send", "edit", "delete"]
    address: str  # an E.164 number, or a Telegram chat id as text
    body: str  # rendered text, HTML for Telegram; "" for a location or a delete
    lifetime: int  # whole seconds until it must not arrive any more
    target: int | None = None  # the Telegram message to edit or delete
    buttons: tuple[tuple[Button, ...], ...] = ()  # inline rows
    keyboard: tuple[tuple[str, ...], ...] = ()  # rows of the persistent reply keyboard
    location: tuple[float, float] | None = None  # latitude and longitude, sent as a bare pin
    file: File | None = None  # only with "send"
    sent: tuple[str, str] | None = None  # what somebody sent the bot, shown again: its kind, and its id with Telegram
    protect: bool = False  # no forwarding, no saving
    silent: bool = False


class Verdict(StrEnum):
    ACCEPTED = "accepted"  # the provider has it; `reference` is set
    BUSY = "busy"  # never processed: pause the channel for exactly `retry_after`; no attempt is spent
    RETRY = "retry"  # certainly not sent, and likely to work later: back off
    UNKNOWN = "unknown"  # it may or may not have been sent
    RECIPIENT = "recipient"  # permanent for this address
    ABSENT = "absent"  # this phone cannot be reached just now
    OPTED_OUT = "opted_out"  # the provider holds a STOP from this number
    CONTENT = "content"  # this text is refused
    EXPIRED = "expired"  # its lifetime ran out before it was delivered
    ACCOUNT = "account"  # our credentials or account: pause the channel at once, burn nothing
    CONFIG = "config"  # some other setting of ours or of the provider's
    GONE = "gone"  # the message to edit or delete is not there, or can no longer be changed


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    reference: str | None = None
    code: str = ""  # the provider's error code, or a short word of ours for a network fault; never free text
    retry_after: float = 0.0  # seconds, with BUSY


@dataclass(frozen=True, slots=True)
class Sent:
    """An outgoing message as the provider holds it."""

    sid: str
    body: str
    status: str  # the provider's own word; `errors.of_receipt` reads it
    error_code: str  # "" when none
    created_at: datetime | None


class Channel(Protocol):
    name: Literal["sms", "telegram"]
    provider: Literal["twilio", "telegram"]

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        """Make one call to the provider. Raises nothing for anything a provider or a network can do."""

    async def close(self) -> None: ...


def is_loopback(url: str) -> bool:
    """Whether a provider's URL is on this machine, where a proxy from the environment would only be in the way."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def plain(markup: str) -> str:
    """What a reader sees of Telegram's mark-up, without its form."""
    return html.unescape(TAG.sub("", markup))
