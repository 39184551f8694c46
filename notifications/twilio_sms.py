"""Texts through Twilio's REST API."""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import requests
from requests import exceptions
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from notifications import errors
from notifications.channel import (
    Channel,
    Outcome,
    Outgoing,
    ProviderRefused,
    ProviderUnreachable,
    Sent,
    Verdict,
    is_loopback,
)

T = TypeVar("T")

THREADS = 8  # the sender's slots
PAUSE = 1.0  # seconds after a 429 that names none
VALIDITY = (1, 36_000)  # seconds
PAGE_SIZE = 1000  # Twilio's most: whoever floods us must not push other people's texts off the last page
PAGES = 5
MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
TRIAL_PREFIX = "Sent from your Twilio trial account - "

# What OpenSSL says when it never got as far as a connection to write to. Anything else, an end of file above all, may
# come after the request went out.
TLS_BEFORE_WRITE = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "RECORD_LAYER_FAILURE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)


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
        self._account = (account_sid, auth_token)
        self._sender = sender
        self._service = sender if MESSAGING_SERVICE.fullmatch(sender) else None
        self._api_url = api_url.rstrip("/")
        self._status_callback = status_callback
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="twilio")
        self._own = threading.local()  # a requests.Session is not safe to share, so each thread has its own client
        self._sessions: list[requests.Session] = []

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        if outgoing.action != "send":
            return Outcome(Verdict.GONE, code="sms_cannot_change")
        return await self._in_thread(partial(self._send, outgoing))

    async def find(self, to: str, body: str, since: datetime) -> list[Sent]:
        """Messages to a number, with this text, made at `since` or later (whole seconds), newest first.

        Raises ProviderUnreachable. The provider is not asked by date: its DateSent is empty until a message leaves the
        queue, and a message that was made but waits is just what resolving an unknown delivery looks for.
        """
        messages = await self._in_thread(partial(self._list, since, to=to))
        return [_sent(m) for m in messages if m.direction != "inbound" and _same_text(m.body or "", body)]

    async def status(self, sid: str) -> Sent:
        """Raises ProviderUnreachable; ProviderRefused("404") when Twilio has no such message."""
        message = await self._in_thread(lambda: self._ask(lambda: self._client().messages(sid).fetch()))
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
        messages = await self._in_thread(partial(self._list, since, **filters))
        ours = [m for m in messages if self._is_for_us(m)]
        return sorted((_received(m) for m in reversed(ours)), key=lambda message: str(message["date"]))

    async def close(self) -> None:
        """Wait for the calls under way (each is bound by `timeout`), and let the connections go."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for session in self._sessions:
            session.close()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _client(self) -> Client:
        if not hasattr(self._own, "client"):
            self._own.client = self._new_client()
        return self._own.client

    def _new_client(self) -> Client:
        http = TwilioHttpClient(timeout=self._timeout, request_hooks={"response": self._on_response})
        http.session.trust_env = not is_loopback(self._api_url)
        self._sessions.append(http.session)
        client = Client(*self._account, http_client=http)
        client.api.base_url = self._api_url
        # TWILIO_EDGE and TWILIO_REGION in the environment would have the library rewrite the host of our URL.
        client.edge = client.region = None
        return client

    def _on_response(self, response: requests.Response, **_: object) -> None:
        self._own.pause = response.headers.get("Retry-After", "")  # the library's exceptions carry no headers
        # JSON is UTF-8. Where the answer does not say so requests guesses, and a text read back with one letter wrong
        # would look as if it had never been sent.
        response.encoding = "utf-8"

    def _send(self, outgoing: Outgoing) -> Outcome:
        try:
            message = self._client().messages.create(**self._parameters(outgoing))
        except (TwilioRestException, TwilioServiceException) as refusal:
            return self._refused(refusal)
        except exceptions.RequestException as fault:
            return _failed(fault)
        except Exception:
            # Whatever else the library makes of an answer it cannot read, the message may be on its way.
            return Outcome(Verdict.UNKNOWN, code="unreadable")
        return _created(message)

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

    def _refused(self, refusal: TwilioRestException | TwilioServiceException) -> Outcome:
        code, status = _number(refusal.code), _number(refusal.status) or 0
        verdict = errors.of_twilio(code, status)
        pause = _seconds(self._own.pause) if verdict is Verdict.BUSY else 0.0
        return Outcome(verdict, code=str(code or status), retry_after=pause)

    def _list(self, since: datetime, **filters: str) -> list[Any]:
        """Messages at `since` or later; stops at a page of older ones, as Twilio lists the newest first."""
        since = since.replace(microsecond=0)  # Twilio's dates have whole seconds
        found: list[Any] = []
        page = self._ask(lambda: self._client().messages.page(page_size=PAGE_SIZE, **filters))
        for number in range(1, PAGES + 1):
            records: list[Any] = self._ask(partial(list, page))
            recent = [message for message in records if (_date(message) or since) >= since]
            found += recent
            if not recent or number == PAGES:
                break
            page = self._ask(page.next_page)
            if page is None:
                break
        return found

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except TwilioException as refusal:
            status = _status(refusal)
        except Exception:
            # A network fault or an unreadable answer; its text may hold a URL with a number, so it goes no further.
            raise ProviderUnreachable("Twilio gave no usable answer") from None
        if 400 <= status < 500 and status not in (408, 429):
            raise ProviderRefused(str(status))
        raise ProviderUnreachable(f"Twilio answered {status}")

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


def _failed(fault: exceptions.RequestException) -> Outcome:
    root = _root(fault)
    if isinstance(fault, (exceptions.ConnectTimeout, exceptions.ProxyError)) or isinstance(root, NewConnectionError):
        return Outcome(Verdict.RETRY, code="no_connection")
    if isinstance(fault, exceptions.SSLError) and getattr(root, "reason", "") in TLS_BEFORE_WRITE:
        return Outcome(Verdict.RETRY, code="no_tls")
    return Outcome(Verdict.UNKNOWN, code="timeout" if isinstance(fault, exceptions.ReadTimeout) else "cut_off")


def _root(error: BaseException) -> BaseException:
    """The innermost exception: requests and urllib3 wrap each other's as `reason`, or among the arguments."""
    for inner in (getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return _root(inner)
    return error


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
