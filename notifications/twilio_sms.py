"""Texts through Twilio's REST API."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import encode_basic_auth
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from notifications import errors
from notifications.channel import Channel, Outcome, Outgoing, ProviderRefused, ProviderUnreachable, Sent, Verdict
from notifications.http import CUT_OFF, Connections, fault_of

T = TypeVar("T")

CONNECTIONS = 8  # the sender's slots
PAUSE = 1.0  # seconds after a 429 that names none
VALIDITY = (1, 36_000)  # seconds
PAGE_SIZE = 1000  # Twilio's most: whoever floods us must not push other people's texts off the last page
PAGES = 5
MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
TRIAL_PREFIX = "Sent from your Twilio trial account - "

_pause: ContextVar[str] = ContextVar("pause", default="")
"""The Retry-After of the latest answer to this task: the library's exceptions carry no headers."""


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
        form = urlencode(data, doseq=True).encode() if data else None
        signed = {**(headers or {}), "Authorization": encode_basic_auth(*auth)} if auth else headers
        query = {name: str(value) for name, value in params.items()} if params else None
        status, body, pause = await self._connections.request(
            method, url, data=form, params=query, headers=signed, timeout=self._timeout
        )
        _pause.set(pause)
        # JSON is UTF-8. Where the answer does not say so a library guesses, and a text read back with one letter wrong
        # would look as if it had never been sent.
        return Response(status, body.decode("utf-8", "replace"))

    async def close(self) -> None:
        await self._connections.close()


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
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._client.api.base_url = api_url.rstrip("/")
        # TWILIO_EDGE and TWILIO_REGION in the environment would have the library rewrite the host of our URL.
        self._client.edge = self._client.region = None

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        if outgoing.action != "send":
            return Outcome(Verdict.GONE, code="sms_cannot_change")
        try:
            message = await self._client.messages.create_async(**self._parameters(outgoing))
        except (TwilioRestException, TwilioServiceException) as refusal:
            return _refused(refusal)
        except CUT_OFF as fault:
            may_be_sent, code = fault_of(fault)
            return Outcome(Verdict.UNKNOWN if may_be_sent else Verdict.RETRY, code=code)
        except Exception:
            # Whatever else the library makes of an answer it cannot read, the message may be on its way.
            return Outcome(Verdict.UNKNOWN, code="unreadable")
        return _created(message)

    async def find(self, to: str, body: str, since: datetime) -> list[Sent]:
        """Messages to a number, with this text, made at `since` or later (whole seconds), newest first.

        Raises ProviderUnreachable. The provider is not asked by date: its DateSent is empty until a message leaves the
        queue, and a message that was made but waits is just what resolving an unknown delivery looks for.
        """
        messages = await self._list(since, to=to)
        return [_sent(m) for m in messages if m.direction != "inbound" and _same_text(m.body or "", body)]

    async def status(self, sid: str) -> Sent:
        """Raises ProviderUnreachable; ProviderRefused("404") when Twilio has no such message."""
        message = await _ask(self._client.messages(sid).fetch_async())
        if message.sid != sid:
            raise ProviderUnreachable("Twilio's answer is not that message")
        return _sent(message)

    async def received(self, since: datetime) -> list[dict[str, Any]]:
        """What people texted us at `since` or later (whole seconds), oldest first; the newest 5,000 at most.

        Each is `{sid, from, to, body, num_media, date}`, the date in ISO 8601. Raises ProviderUnreachable.
        """
        # DateSent is documented as a day of GMT, so _list looks at the seconds.
        filters = {"date_sent_after": since.astimezone(UTC).strftime("%Y-%m-%d")}
        if not self._service:
            filters["to"] = self._sender
        messages = await self._list(since, **filters)
        ours = [m for m in messages if self._is_for_us(m)]
        return sorted((_received(m) for m in reversed(ours)), key=lambda message: str(message["date"]))

    async def sent_on(self, day: date) -> set[str]:
        """The sids of all that left our number on that day of UTC. Raises ProviderUnreachable."""
        return await self._sent_on(day)

    async def close(self) -> None:
        await self._http.close()

    def _parameters(self, outgoing: Outgoing) -> dict[str, Any]:
        shortest, longest = VALIDITY
        parameters: dict[str, Any] = {
            "to": outgoing.address,
            "body": outgoing.body,
            "validity_period": min(max(outgoing.lifetime, shortest), longest),
            "messaging_service_sid" if self._service else "from_": self._sender,
        }
        if self._status_callback:
            parameters["status_callback"] = self._status_callback(outgoing.token)
        return parameters

    async def _list(self, since: datetime, **filters: str) -> list[Any]:
        """Messages at `since` or later; stops at a page of older ones, as Twilio lists the newest first."""
        since = since.replace(microsecond=0)  # Twilio's dates have whole seconds
        found: list[Any] = []
        page = await _ask(self._client.messages.page_async(page_size=PAGE_SIZE, **filters))
        for number in range(1, PAGES + 1):
            records = _records(page)
            recent = [message for message in records if (_date(message) or since) >= since]
            found += recent
            if not recent or number == PAGES:
                break
            page = await _ask(page.next_page_async())
            if page is None:
                break
        return found

    async def _sent_on(self, day: date) -> set[str]:
        whose = {} if self._service else {"from_": self._sender}
        that_day = {"date_sent_after": day.isoformat(), "date_sent_before": day.isoformat()}
        sids: set[str] = set()
        page = await _ask(self._client.messages.page_async(page_size=PAGE_SIZE, **that_day, **whose))
        while page is not None:
            records = _records(page)
            sids |= {m.sid for m in records if m.direction != "inbound" and m.date_sent and m.date_sent.date() == day}
            page = await _ask(page.next_page_async()) if records else None
        return sids

    def _is_for_us(self, message: Any) -> bool:
        if message.direction != "inbound" or message.status == "receiving":
            return False
        return self._service is None or message.messaging_service_sid in (None, self._service)


def _created(message: Any) -> Outcome:
    if not isinstance(message.sid, str) or not message.sid:
        return Outcome(Verdict.UNKNOWN, code="no_sid")
    code = str(message.error_code or "")
    _, verdict = errors.of_receipt(str(message.status), code)
    return Outcome(verdict or Verdict.ACCEPTED, reference=message.sid, code=code if verdict else "")


def _refused(refusal: TwilioRestException | TwilioServiceException) -> Outcome:
    code, status = _number(refusal.code), _number(refusal.status) or 0
    verdict = errors.of_twilio(code, status)
    pause = _seconds(_pause.get()) if verdict is Verdict.BUSY else 0.0
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


def _records(page: Any) -> list[Any]:
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


def _date(message: Any) -> datetime | None:
    date = message.date_sent if message.direction == "inbound" else message.date_created
    return date or message.date_created or message.date_sent  # type: ignore[no-any-return]


def _same_text(theirs: str, ours: str) -> bool:
    return theirs.removeprefix(TRIAL_PREFIX).strip() == ours.strip()


def _sent(message: Any) -> Sent:
    code = str(message.error_code or "")
    return Sent(message.sid, message.body or "", str(message.status), code, _date(message))


def _received(message: Any) -> dict[str, Any]:
    date = _date(message)
    return {
        "sid": message.sid,
        "from": message.from_,
        "to": message.to,
        "body": message.body or "",
        "num_media": _number(message.num_media) or 0,
        "date": date.isoformat() if date else "",
    }
