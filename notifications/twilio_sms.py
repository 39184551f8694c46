"""Texts through Twilio's REST API."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from aiohttp import encode_basic_auth
from twilio.base.deserialize import rfc2822_datetime
from twilio.base.domain import Domain
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.page import Page
from twilio.base.version import Version
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from notifications import errors
from notifications.channel import Channel, Outcome, Outgoing, ProviderRefused, ProviderUnreachable, Sent, Verdict
from notifications.http import CUT_OFF, Connections, fault_of, form

T = TypeVar("T")

API = "2010-04-01"
NAMES = ("sid", "body", "direction", "from", "to", "status", "error_code", "num_media", "messaging_service_sid")
DATES = ("date_created", "date_sent")
CONNECTIONS = 8  # the sender's slots
PAUSE = 1.0  # seconds after a 429 that names none
VALIDITY = (1, 36_000)  # seconds
PAGE_SIZE = 1000  # Twilio's most: whoever floods us must not push other people's texts off the last page
PAGES = 5
MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
TRIAL_PREFIX = "Sent from your Twilio trial account - "

_answered: ContextVar[Mapping[str, str]] = ContextVar("answered")
"""The headers of the latest answer to this task: the library's exceptions and pages carry none."""


class _Http(AsyncHttpClient):  # type: ignore[misc]
    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), True, timeout)
        self._connections = Connections(url, CONNECTIONS)
        self._timeout = timeout

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_: Any,
    ) -> Response:
        signed = {**(headers or {}), "Authorization": encode_basic_auth(*auth)} if auth else headers
        query = {name: str(value) for name, value in params.items()} if params else None
        status, body, answered = await self._connections.request(
            method, url, data=form(data) if data else None, params=query, headers=signed, timeout=self._timeout
        )
        _answered.set(answered)
        # JSON is UTF-8. Where the answer does not say so a library guesses, and a text read back with one letter wrong
        # would look as if it had never been sent.
        return Response(status, body.decode("utf-8", "replace"))

    async def close(self) -> None:
        await self._connections.close()


@dataclass(frozen=True, slots=True)
class _Message:
    """What we read of a message of Twilio's."""

    sid: str
    body: str
    direction: str
    from_: str
    to: str
    status: str
    error_code: Any
    num_media: Any
    service: str | None
    date_created: datetime | None
    date_sent: datetime | None

    @property
    def date(self) -> datetime | None:
        if self.direction == "inbound":
            return self.date_sent or self.date_created
        return self.date_created or self.date_sent

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "_Message":
        dates = (rfc2822_datetime(payload.get(name)) for name in DATES)
        found: tuple[Any, ...] = (*(payload.get(name) for name in NAMES), *dates)
        return cls(*found)


class _Messages(Page):  # type: ignore[misc]
    """A page of them, which knows the next."""

    def get_instance(self, payload: Mapping[str, Any]) -> _Message:
        return _Message.of(payload)


class Signatures:
    """Twilio's signature on what it posts to us. https://www.twilio.com/docs/usage/webhooks/webhooks-security"""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token)

    def valid(self, url: str, params: Mapping[str, Any], signature: str) -> bool:
        """`url` is the public one that Twilio was given, with its query; `params` a dict or Starlette's FormData."""
        try:
            return bool(self._validator.validate(url, params, signature))
        except (TypeError, ValueError):  # an uploaded file or a lone surrogate, which Twilio never posts
            return False


class TwilioSms(Channel):
    name = "sms"
    provider = "twilio"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        api_url: str = "https://api.twilio.com",
        status_callback: Callable[[str], str] | None = None,
        timeout: float = 10,
    ) -> None:
        """`sender` is a number, a name, or a messaging service's sid; `status_callback` makes a URL of a token."""
        self._sender = sender
        self._service = sender if MESSAGING_SERVICE.fullmatch(sender) else None
        self._status_callback = status_callback
        self._http = _Http(api_url, timeout)
        client = Client(account_sid, auth_token, http_client=self._http)
        # TWILIO_EDGE and TWILIO_REGION in the environment would have the library rewrite the host of our URL.
        client.edge = client.region = None
        # Not `client.messages`: that reads in the library's classes for all that an account can hold, 6 MiB of them.
        self._api = Version(Domain(client, api_url.rstrip("/")), API)
        self._messages = f"/Accounts/{account_sid}/Messages"

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        if outgoing.action != "send":
            return Outcome(Verdict.GONE, code="sms_cannot_change")
        try:
            return _created(await self._api.create_async("POST", f"{self._messages}.json", data=self._form(outgoing)))
        except (TwilioRestException, TwilioServiceException) as refusal:
            return _refused(refusal)
        except CUT_OFF as fault:
            may_be_sent, code = fault_of(fault)
            return Outcome(Verdict.UNKNOWN if may_be_sent else Verdict.RETRY, code=code)
        except Exception:
            # Whatever else the library makes of an answer it cannot read, the message may be on its way.
            return Outcome(Verdict.UNKNOWN, code="unreadable")

    async def find(self, to: str, body: str, since: datetime) -> list[Sent]:
        """Messages to a number, with this text, made at `since` or later (whole seconds), newest first.

        Raises ProviderUnreachable. The provider is not asked by date: its DateSent is empty until a message leaves the
        queue, and a message that was made but waits is just what resolving an unknown delivery looks for.
        """
        messages = await self._list(since, {"To": to})
        return [_sent(m) for m in messages if m.direction != "inbound" and _same_text(m.body or "", body)]

    async def status(self, sid: str) -> Sent:
        """Raises ProviderUnreachable; ProviderRefused("404") when Twilio has no such message."""
        message = await _ask(self._fetch(sid))
        if message.sid != sid:
            raise ProviderUnreachable("Twilio's answer is not that message")
        return _sent(message)

    async def now(self) -> datetime | None:
        """By the provider's own clock, in whole seconds; None where its answer has no date. Raises ProviderUnreachable."""
        await _ask(self._page({"PageSize": "1"}))
        return rfc2822_datetime(_answered.get().get("Date", ""))  # type: ignore[no-any-return]

    async def received(self, since: datetime) -> list[dict[str, Any]]:
        """What people texted us at `since` or later (whole seconds), oldest first; the newest 5,000 at most.

        Each is `{sid, from, to, body, num_media, date}`, the date in ISO 8601. Raises ProviderUnreachable.
        """
        # DateSent is documented as a day of GMT, so _list looks at the seconds.
        filters = {"DateSent>": since.astimezone(UTC).strftime("%Y-%m-%d")}
        if not self._service:
            filters["To"] = self._sender
        messages = await self._list(since, filters)
        ours = [m for m in messages if self._is_for_us(m)]
        return sorted((_received(m) for m in reversed(ours)), key=lambda message: str(message["date"]))

    async def sent_on(self, day: date) -> set[str]:
        """The sids of all that left our number on that day of UTC. Raises ProviderUnreachable."""
        return await self._sent_on(day)

    async def close(self) -> None:
        await self._http.close()

    def _form(self, outgoing: Outgoing) -> dict[str, Any]:
        shortest, longest = VALIDITY
        form: dict[str, Any] = {
            "To": outgoing.address,
            "Body": outgoing.body,
            "ValidityPeriod": min(max(outgoing.lifetime, shortest), longest),
            "MessagingServiceSid" if self._service else "From": self._sender,
        }
        if self._status_callback:
            form["StatusCallback"] = self._status_callback(outgoing.token)
        return form

    async def _fetch(self, sid: str) -> _Message:
        return _Message.of(await self._api.fetch_async("GET", f"{self._messages}/{sid}.json"))

    async def _page(self, filters: Mapping[str, str]) -> _Messages:
        asked = {"PageSize": PAGE_SIZE, **filters}
        return _Messages(self._api, await self._api.page_async("GET", f"{self._messages}.json", params=asked))

    async def _list(self, since: datetime, filters: Mapping[str, str]) -> list[_Message]:
        """Messages at `since` or later; stops at a page of older ones, as Twilio lists the newest first."""
        since = since.replace(microsecond=0)  # Twilio's dates have whole seconds
        found: list[_Message] = []
        page = await _ask(self._page(filters))
        for number in range(1, PAGES + 1):
            records = _records(page)
            recent = [message for message in records if (message.date or since) >= since]
            found += recent
            if not recent or number == PAGES:
                break
            page = await _ask(page.next_page_async())
            if page is None:
                break
        return found

    async def _sent_on(self, day: date) -> set[str]:
        whose = {} if self._service else {"From": self._sender}
        that_day = {"DateSent>": day.isoformat(), "DateSent<": day.isoformat()}
        sids: set[str] = set()
        page: _Messages | None = await _ask(self._page({**that_day, **whose}))
        while page is not None:
            records = _records(page)
            sids |= {m.sid for m in records if m.direction != "inbound" and m.date_sent and m.date_sent.date() == day}
            page = await _ask(page.next_page_async()) if records else None
        return sids

    def _is_for_us(self, message: _Message) -> bool:
        if message.direction != "inbound" or message.status == "receiving":
            return False
        return self._service is None or message.service in (None, self._service)


def _created(payload: Mapping[str, Any]) -> Outcome:
    sid, code = payload.get("sid"), str(payload.get("error_code") or "")
    if not isinstance(sid, str) or not sid:
        return Outcome(Verdict.UNKNOWN, code="no_sid")
    _, verdict = errors.of_receipt(str(payload.get("status")), code)
    return Outcome(verdict or Verdict.ACCEPTED, reference=sid, code=code if verdict else "")


def _refused(refusal: TwilioRestException | TwilioServiceException) -> Outcome:
    code, status = _number(refusal.code), _number(refusal.status) or 0
    verdict = errors.of_twilio(code, status)
    pause = _seconds(_answered.get().get("Retry-After", "")) if verdict is Verdict.BUSY else 0.0
    return Outcome(verdict, code=str(code or status), retry_after=pause)


async def _ask(question: Awaitable[T]) -> T:
    try:
        return await question
    except TwilioException as refusal:
        status = _status(refusal)
    except Exception:
        # A network fault or an unreadable answer; its text may hold a URL with a number, so it goes no further.
        raise ProviderUnreachable("Twilio gave no usable answer") from None
    if 400 <= status < 500 and status not in (408, 429):
        raise ProviderRefused(str(status))
    raise ProviderUnreachable(f"Twilio answered {status}")


def _records(page: _Messages) -> list[_Message]:
    try:
        return list(page)
    except Exception:
        raise ProviderUnreachable("Twilio gave no usable answer") from None


def _status(refusal: TwilioException) -> int:
    """The HTTP status, 0 when unknown. Of a page that fails it is only in the response among the arguments."""
    responses = [argument for argument in refusal.args if hasattr(argument, "status_code")]
    return int(responses[0].status_code) if responses else _number(getattr(refusal, "status", None)) or 0


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None


def _seconds(header: str) -> float:
    return float(header) if re.fullmatch(r"\d+(\.\d+)?", header) else PAUSE


def _same_text(theirs: str, ours: str) -> bool:
    return theirs.removeprefix(TRIAL_PREFIX).strip() == ours.strip()


def _sent(message: _Message) -> Sent:
    return Sent(message.sid, message.body or "", str(message.status), str(message.error_code or ""), message.date)


def _received(message: _Message) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "from": message.from_,
        "to": message.to,
        "body": message.body or "",
        "num_media": _number(message.num_media) or 0,
        "date": message.date.isoformat() if message.date else "",
    }
