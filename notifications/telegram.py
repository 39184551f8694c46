"""Messages through Telegram's Bot API, and what the bot asks of Telegram besides."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, TypeAlias

import aiohttp
from telegram import Bot, InputFile, ReactionTypeEmoji
from telegram.constants import ReactionEmoji
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from notifications import errors
from notifications.channel import Channel, Outcome, Outgoing, ProviderRefused, ProviderUnreachable, Verdict, plain
from notifications.http import CUT_OFF, Connections, fault_of, form

Parameters: TypeAlias = dict[str, Any]

CONNECTIONS = 8  # the sender's slots
READ = 10.0  # seconds
PAUSE = 1.0  # seconds after a 429 that names none
MAX_CONNECTIONS = 100  # of Telegram's webhook calls to us, the most there are: those that come together share a commit
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
LARGEST_FILE = 10 << 20  # bytes of what somebody sent
ALERT_LENGTH = 200  # characters of answerCallbackQuery
LONGEST_ERROR = 200  # characters
AGENT = {"User-Agent": BaseRequest.USER_AGENT}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **AGENT}


SHOWN = {"photo": "sendPhoto", "voice": "sendVoice", "video": "sendVideo"}


class Refusal(TelegramError):
    """Telegram's own answer, kept whole: the library's exceptions lose the status and round `retry_after`."""

    def __init__(self, status: int, description: str = "", retry_after: float = 0.0) -> None:
        super().__init__(f"Telegram answered {status}")
        self.status = status
        self.description = description
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Webhook:
    """How Telegram's calls to us go, by its own word."""

    url: str  # empty when there is none
    pending: int  # updates that it has not delivered yet
    failed_at: int  # by its clock, in seconds of Unix time; 0 when no call has failed since it was set
    error: str  # of that call


class _Transport(BaseRequest):
    def __init__(self, api_url: str, connections: int, read_timeout: float) -> None:
        self._connections = Connections(api_url, connections)
        self._read_timeout = read_timeout

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing: the connections open when they are used."""

    async def shutdown(self) -> None:
        await self._connections.close()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: Any = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Raises Refusal for all that is not a success, by `ok` rather than the HTTP status."""
        data, headers = _encoded(request_data)
        timeout = read_timeout if isinstance(read_timeout, float) else self._read_timeout
        status, payload, _headers = await self._connections.request(method, url, data=data, timeout=timeout, headers=headers)
        answer = _json_object(payload)
        if answer.get("ok") is True and "result" in answer:
            return 200, payload
        raise _refusal(status, answer)


class _RawBot(Bot):
    async def call(self, method: str, parameters: Parameters, read_timeout: float) -> Any:
        """The `result` as Telegram sent it.

        The library's typed methods would turn a message that was sent, but has a field they do not expect, into an
        exception; and `do_api_request` warns at every method that has a typed one.
        """
        return await self._post(method, parameters, read_timeout=read_timeout)


class TelegramBot(Channel):
    name = "telegram"
    provider = "telegram"

    def __init__(self, token: str, api_url: str = "https://api.telegram.org", read_timeout: float = READ) -> None:
        """Calls nobody: `Bot.initialize` would, and a process must be able to start while Telegram is down."""
        self._read_timeout = read_timeout
        sending = _Transport(api_url, CONNECTIONS, read_timeout)
        polling = _Transport(api_url, 1, read_timeout)
        self._transports = (sending, polling)
        self._files = Connections(api_url, 1)
        self._file_url = f"{api_url.rstrip('/')}/file/bot{token}"
        self._bot = _RawBot(token, base_url=f"{api_url.rstrip('/')}/bot", request=sending, get_updates_request=polling)

    async def deliver(self, outgoing: Outgoing) -> Outcome:
        if outgoing.action != "send" and outgoing.target is None:
            return Outcome(Verdict.GONE, code="no_target")
        parameters = _parameters(outgoing)
        outcome = await self._try(outgoing, parameters)
        reason = outcome.code.partition(" ")[2]
        if reason in errors.PLAIN_TEXT_MAY_PASS and "parse_mode" in parameters:
            return await self._try(outgoing, _plain(parameters))
        return outcome

    async def answer_callback(self, callback_id: str, text: str = "", alert: bool = False) -> None:
        """Stop the button's spinner, as well as it goes: Telegram forgets a button press within seconds anyway."""
        parameters: Parameters = {"callback_query_id": callback_id}
        if text:
            parameters |= {"text": text[:ALERT_LENGTH], "show_alert": alert}
        try:
            await self._ask("answerCallbackQuery", parameters)
        except ProviderUnreachable:
            return

    async def thank(self, chat_id: str, message_id: int) -> None:
        """A thumbs-up on somebody's own message, as well as it goes: a word too many would only be read as a question."""
        reaction = [ReactionTypeEmoji(ReactionEmoji.THUMBS_UP)]
        try:
            await self._ask("setMessageReaction", {"chat_id": chat_id, "message_id": message_id, "reaction": reaction})
        except ProviderUnreachable:
            return

    async def set_webhook(self, url: str, secret: str) -> None:
        """Raises ProviderUnreachable or ProviderRefused, like all that follow."""
        parameters = {
            "url": url,
            "secret_token": secret,
            "allowed_updates": UPDATES,
            "max_connections": MAX_CONNECTIONS,
        }
        await self._ask("setWebhook", parameters)

    async def webhook(self) -> Webhook:
        result = await self._ask("getWebhookInfo", {})
        if not isinstance(result, dict):
            raise ProviderUnreachable("Telegram's answer is not a webhook")
        pending, failed_at = result.get("pending_update_count", 0), result.get("last_error_date", 0)
        if not isinstance(pending, int) or not isinstance(failed_at, int):
            raise ProviderUnreachable("Telegram's answer is not a webhook")
        error = " ".join(str(result.get("last_error_message", "")).split())
        return Webhook(str(result.get("url", "")), pending, failed_at, error[:LONGEST_ERROR])

    async def delete_webhook(self) -> None:
        await self._ask("deleteWebhook", {})

    async def updates(self, offset: int | None, wait: int) -> list[dict[str, Any]]:
        """Updates from `offset` on, as Telegram sent them; none after `wait` seconds."""
        parameters = {"offset": offset, "timeout": wait, "allowed_updates": UPDATES}
        result = await self._ask("getUpdates", parameters, self._read_timeout + wait)
        if not isinstance(result, list):
            raise ProviderUnreachable("Telegram's updates are not a list")
        return result

    async def me(self) -> dict[str, Any]:
        """The bot's own User; `username` makes t.me links."""
        result = await self._ask("getMe", {})
        if not isinstance(result, dict):
            raise ProviderUnreachable("Telegram's answer is not a user")
        return result

    async def download(self, file_id: str) -> bytes:
        """What somebody sent. Raises ProviderRefused where it is gone or larger than LARGEST_FILE."""
        found = await self._ask("getFile", {"file_id": file_id})
        path, size = (found.get("file_path"), found.get("file_size") or 0) if isinstance(found, dict) else (None, 0)
        if not isinstance(path, str) or not isinstance(size, int):
            raise ProviderUnreachable("Telegram's answer is not a file")
        if size > LARGEST_FILE:
            raise ProviderRefused("413")
        return await self._fetch(path)

    async def _fetch(self, path: str) -> bytes:
        try:
            status, content = await self._files.read(
                f"{self._file_url}/{path}", most=LARGEST_FILE, timeout=self._read_timeout
            )
        except CUT_OFF:
            # The fault's own text may hold the URL, and with it the token.
            raise ProviderUnreachable("Telegram's file did not come") from None
        if len(content) > LARGEST_FILE or status == 404:
            raise ProviderRefused("413" if status == 200 else "404")
        if status != 200:
            raise ProviderUnreachable(f"Telegram answered {status}")
        return content

    async def leave(self, chat_id: int | str) -> None:
        await self._ask("leaveChat", {"chat_id": chat_id})

    async def close(self) -> None:
        # Bot.shutdown closes nothing unless Bot.initialize has asked Telegram who we are.
        await asyncio.gather(*(transport.shutdown() for transport in self._transports), self._files.close())

    async def _try(self, outgoing: Outgoing, parameters: Parameters) -> Outcome:
        try:
            result = await self._bot.call(_method(outgoing), parameters, self._read_timeout)
        except Refusal as refusal:
            return _refused(outgoing, refusal)
        except TelegramError as fault:
            may_be_sent, code = fault_of(fault.__cause__)
            return _unknown(outgoing, code) if may_be_sent else Outcome(Verdict.RETRY, code=code)
        return _accepted(outgoing, result)

    async def _ask(self, method: str, parameters: Parameters, read_timeout: float | None = None) -> Any:
        try:
            return await self._bot.call(method, parameters, read_timeout or self._read_timeout)
        except Refusal as refusal:
            status = refusal.status
        except TelegramError:
            # The library's text and cause may hold the URL, and with it the token.
            raise ProviderUnreachable("Telegram gave no usable answer") from None
        if 400 <= status < 500 and status not in (408, 429):
            raise ProviderRefused(str(status))
        raise ProviderUnreachable(f"Telegram answered {status}")


def _encoded(request: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str]]:
    """The body of a request with its headers: a form of its fields, in parts where files go with them."""
    if request is None:
        return None, FORM
    if not request.contains_files:
        return form(request.json_parameters), FORM
    parts = aiohttp.FormData(request.json_parameters, quote_fields=False, default_to_multipart=True)
    for name, (file_name, content, kind) in request.multipart_data.items():
        parts.add_field(name, content, filename=file_name, content_type=kind)
    return parts, AGENT


def _json_object(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(status: int, answer: dict[str, Any]) -> Refusal:
    inner = answer.get("error_code")
    if isinstance(inner, int):
        status = inner
    details = answer.get("parameters")
    wait = details.get("retry_after") if isinstance(details, dict) else None
    seconds = float(wait) if isinstance(wait, (int, float)) and wait >= 0 else PAUSE
    return Refusal(status, str(answer.get("description") or ""), seconds)


def _method(outgoing: Outgoing) -> str:
    if outgoing.action == "edit":
        return "editMessageText"
    if outgoing.action == "delete":
        return "deleteMessage"
    if outgoing.file:
        return "sendPhoto" if outgoing.file.kind == "photo" else "sendDocument"
    if outgoing.sent:
        return SHOWN[outgoing.sent[0]]
    return "sendLocation" if outgoing.location else "sendMessage"


def _parameters(outgoing: Outgoing) -> Parameters:
    if outgoing.action == "delete":
        return {"chat_id": outgoing.address, "message_id": outgoing.target}
    parameters: Parameters = {"chat_id": outgoing.address, "reply_markup": _markup(outgoing)}
    if outgoing.action == "edit":
        return parameters | {"message_id": outgoing.target} | _text(outgoing.body)
    # Sent only when true: an absent one is false, and a request says no more than it must.
    parameters |= {"protect_content": outgoing.protect or None, "disable_notification": outgoing.silent or None}
    if outgoing.location:
        latitude, longitude = outgoing.location
        return parameters | {"latitude": latitude, "longitude": longitude}
    if outgoing.file:
        file = InputFile(outgoing.file.content, filename=outgoing.file.name)
        return parameters | {outgoing.file.kind: file, "caption": outgoing.body or None, "parse_mode": "HTML"}
    if outgoing.sent:
        kind, file_id = outgoing.sent
        return parameters | {kind: file_id, "caption": outgoing.body or None, "parse_mode": "HTML"}
    return parameters | _text(outgoing.body)


def _text(body: str) -> Parameters:
    # A preview would have Telegram fetch the page, and show somebody looking on what it is about.
    return {"text": body, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _plain(parameters: Parameters) -> Parameters:
    name = "text" if "text" in parameters else "caption"
    return parameters | {name: plain(parameters[name] or ""), "parse_mode": None}


def _markup(outgoing: Outgoing) -> dict[str, Any] | None:
    """As the Bot API has it: the library's classes for it take as long as all else of a call."""
    if outgoing.buttons:
        return {"inline_keyboard": [[{"text": b.label, "callback_data": b.data} for b in row] for row in outgoing.buttons]}
    if outgoing.keyboard and outgoing.action == "send":
        keys = [[{"text": label} for label in row] for row in outgoing.keyboard]
        return {"keyboard": keys, "resize_keyboard": True, "is_persistent": True}
    return None


def _accepted(outgoing: Outgoing, result: Any) -> Outcome:
    if outgoing.action != "send":
        return Outcome(Verdict.ACCEPTED, str(outgoing.target))
    message_id = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(message_id, int):
        return Outcome(Verdict.UNKNOWN, code="no_message_id")
    return Outcome(Verdict.ACCEPTED, str(message_id))


def _refused(outgoing: Outgoing, refusal: Refusal) -> Outcome:
    verdict = errors.of_telegram(refusal.status, refusal.description)
    code = f"{refusal.status} {errors.telegram_reason(refusal.description)}".rstrip()
    if verdict is Verdict.UNKNOWN:
        return _unknown(outgoing, code)
    if verdict is Verdict.ACCEPTED:
        return Outcome(verdict, str(outgoing.target))
    return Outcome(verdict, code=code, retry_after=refusal.retry_after if verdict is Verdict.BUSY else 0.0)


def _unknown(outgoing: Outgoing, code: str) -> Outcome:
    # An edit or a delete that may have happened does no harm when it is done again.
    return Outcome(Verdict.UNKNOWN if outgoing.action == "send" else Verdict.RETRY, code=code)
