"""The web app: the providers' webhooks, what watches us, and in the demo the clock and the record's story."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import phonenumbers
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import jumps, metrics, story
from bot.inbox import Inbox
from bot.settings import Settings
from bot.together import Together
from db import deliveries, faults, migrate
from db import story as record_story
from db.clock import Clock
from db.council import LONDON, Council, london
from db.deliveries import Receipt
from db.inbound import Raw
from db.record import Record
from handlers import reading, ringing
from locales.catalog import DEFAULT, Catalogs
from notifications import errors
from notifications.twilio_sms import Signatures

BODY_LIMIT = 256 * 1024  # bytes
LARGEST_UPDATE = 2**63
RECEIPTS = 50  # in one commit: each changes several rows, and the sender waits for them meanwhile
ANSWER_WITHIN = 4.0  # seconds; a provider that hears nothing for longer takes us for dead, and may not send it again
TWIML = "text/xml"
EMPTY_TWIML = "<Response/>"

log = logging.getLogger("turnup.web")


class TooLargeError(Exception):
    """A body over the limit."""


class Web:
    def __init__(self, record: Record, settings: Settings, council: Council, clock: Clock, inbox: Inbox) -> None:
        self._record = record
        self._settings = settings
        self._council = council
        self._clock = clock
        self._inbox = inbox
        self._receipts = Together(self._receive, most=RECEIPTS)
        self._rejections = metrics.Rejections()
        self._signatures = Signatures(settings.twilio.auth_token) if settings.twilio else None
        self._story = story.Story(record, clock)

    def app(self) -> Starlette:
        routes = [
            Route("/telegram/webhook", self.telegram, methods=["POST"]),
            Route("/twilio/inbound", self.twilio_inbound, methods=["POST"]),
            Route("/twilio/status/{delivery}", self.twilio_status, methods=["POST"]),
            Route("/twilio/voice", self.twilio_voice, methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]
        if self._settings.is_demo:
            routes.append(Route("/demo/clock", self.demo_clock, methods=["GET", "POST"]))
            routes += [Route("/demo/story", self.demo_story), Route("/demo/jumps", self.demo_jumps)]
        handlers = {SQLAlchemyError: _unavailable, TimeoutError: _unavailable, ClientDisconnect: _gone, Exception: _failed}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def telegram(self, request: Request) -> Response:
        secret = self._settings.telegram.webhook_secret if self._settings.telegram else None
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            return self._reject("telegram", "secret", 403)
        try:
            body = await _body(request)
        except TooLargeError:
            return self._reject("telegram", "size", 413)
        # A malformed update is stored and answered 200 like any other: Telegram would send it again for a day.
        raw = telegram_raw(body.decode("utf-8", "replace").replace("\0", ""))
        if raw.sender is None:
            self._rejections.count("telegram", "malformed")
        await self._store(raw)
        return Response(status_code=200)

    async def twilio_inbound(self, request: Request) -> Response:
        form = await self._signed_form(request)
        if isinstance(form, Response):
            return form
        if not form.get("MessageSid") or not form.get("From"):
            text = json.dumps({"malformed": form})
            await self._store(Raw("twilio", f"malformed:{_digest(text)}", None, text))
            return self._reject("twilio", "malformed", 400)
        await self._store(twilio_raw(form))
        return Response(EMPTY_TWIML, media_type=TWIML)

    async def twilio_status(self, request: Request) -> Response:
        form = await self._signed_form(request)
        if isinstance(form, Response):
            return form
        sid, status = form.get("MessageSid"), form.get("MessageStatus")
        if not sid or not status:
            return self._reject("twilio", "malformed", 400)
        code = form.get("ErrorCode", "")
        state, verdict = errors.of_receipt(status, code)
        error_class = verdict.value if verdict else None
        receipt = Receipt("twilio", sid, request.path_params["delivery"], state, code[:40], error_class)
        async with asyncio.timeout(ANSWER_WITHIN):
            await self._receipts.put(receipt)
        return Response(EMPTY_TWIML, media_type=TWIML)

    async def _store(self, raw: Raw) -> None:
        """Returns when it is on disk. What is stored only after we gave up waiting, and then sent again, counts once."""
        async with asyncio.timeout(ANSWER_WITHIN):
            await self._inbox.put(raw)

    def _receive(self, receipts: Sequence[Receipt]) -> None:
        with self._record.write() as connection:
            now, real = self._clock.now(), self._clock.real()
            deliveries.receive_all(connection, self._council, receipts, now=now, real=real)

    async def twilio_voice(self, request: Request) -> Response:
        """Somebody rings the number: words, and in staffed hours a person."""
        form = await self._signed_form(request)
        if isinstance(form, Response):
            return form
        staffed = self._council.is_staffed(self._clock.now())
        if not staffed:
            await self._ring_back(form.get("From", ""))
        words = Catalogs.load().text(
            "voice.open" if staffed else "voice.closed",
            locale=DEFAULT, channel="sms", mode="discreet", fields={"phone": self._council.phone},
        )  # fmt: skip
        dial = f"<Dial>{escape(_dialled(self._council.phone))}</Dial>" if staffed else ""
        return Response(f'<Response><Say language="en-GB">{escape(words)}</Say>{dial}</Response>', media_type=TWIML)

    async def _ring_back(self, number: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await asyncio.to_thread(self._note_call, number)
        except Exception as error:  # whoever rings hears the words all the same
            log.error("a call was not written down: %s", faults.where(error))

    def _note_call(self, number: str) -> None:
        with self._record.write() as connection:
            ringing.missed(connection, self._council, number, now=self._clock.now())

    async def _signed_form(self, request: Request) -> dict[str, str] | Response:
        """The form of a request that Twilio signed for our public address; else the refusal."""
        try:
            body = await _body(request)
        except TooLargeError:
            return self._reject("twilio", "size", 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        url = f"{self._settings.public_url}{request.url.path}"
        if request.url.query:
            url += f"?{request.url.query}"
        given = request.headers.get("X-Twilio-Signature", "")
        if not self._settings.public_url or not self._signatures or not self._signatures.valid(url, form, given):
            return self._reject("twilio", "signature", 403)
        return form

    def _reject(self, door: str, reason: str, status: int) -> Response:
        self._rejections.count(door, reason)
        return Response(status_code=status)

    async def healthz(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(self, _: Request) -> Response:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await asyncio.to_thread(migrate.check, self._record)
        except migrate.MigrationError as error:
            return PlainTextResponse(str(error), status_code=503)
        except Exception:
            return PlainTextResponse("the database does not answer; check that it runs", status_code=503)
        return PlainTextResponse("ready")

    async def metrics(self, _: Request) -> Response:
        text = await asyncio.to_thread(self._metrics)
        return Response(text, media_type="text/plain; version=0.0.4")

    def _metrics(self) -> str:
        with self._record.read() as connection:
            return metrics.page(connection, self._rejections, now=self._clock.now(), real=self._clock.real())

    async def demo_clock(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                wanted = json.loads(await _body(request))["now"]
                moment = None if wanted in (None, "real") else london(str(wanted))
            except (ValueError, KeyError, TypeError, TooLargeError):
                return JSONResponse({"error": 'send {"now": "2026-06-11T17:00"} or {"now": "real"}'}, status_code=400)
            await asyncio.to_thread(self._clock.set, moment)
        now = self._clock.now().astimezone(LONDON)
        return JSONResponse({"now": now.isoformat(), "travelling": abs(now - self._clock.real()).total_seconds() > 1})

    async def demo_story(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdigit():
            return JSONResponse({"error": "send the id of the last line that you have, like ?after=12"}, status_code=400)
        return JSONResponse(await asyncio.to_thread(self._story.since, int(after)))

    async def demo_jumps(self, request: Request) -> Response:
        """The next session of `?refs=P01,S06`, and where to move the clock."""
        refs = [ref for ref in request.query_params.get("refs", "").split(",") if ref]
        return JSONResponse(await asyncio.to_thread(self._jumps, refs))

    def _jumps(self, refs: list[str]) -> dict[str, Any]:
        now = self._clock.now()
        with self._record.read() as connection:
            session = record_story.upcoming(connection, refs, now=now)
            following = record_story.starting(connection, refs, since=jumps.following_from(now))
        return jumps.of(self._council, session, following, now=now)


def _dialled(phone: str) -> str:
    """A number of the council's file as Twilio dials it; what is no British number stays as it is written."""
    try:
        number = phonenumbers.parse(phone, "GB")
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def telegram_raw(body: str) -> Raw:
    """An update as it is stored, by its own id; one without an id by what it says."""
    try:
        update = json.loads(body)
        if "\\u" in body:
            # JSON can spell half a letter (a lone surrogate), which can be neither encrypted nor sent.
            body = json.dumps(update, ensure_ascii=False).encode("utf-8", "replace").decode()
            update = json.loads(body)
    except (ValueError, RecursionError):
        update = None
    number = update.get("update_id") if isinstance(update, dict) else None
    known = isinstance(number, int) and 0 <= number < LARGEST_UPDATE
    provider_id = str(number) if known else f"malformed:{_digest(body)}"
    return Raw("telegram", provider_id, reading.sender_of("telegram", update), body)


def twilio_raw(form: dict[str, str]) -> Raw:
    return Raw("twilio", form["MessageSid"][:80], reading.sender_of("twilio", form), json.dumps(form, ensure_ascii=False))


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise TooLargeError
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise TooLargeError
    return body


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


async def _unavailable(_: Request, error: Exception) -> Response:
    log.error("a webhook could not be stored: %s", faults.where(error))
    return PlainTextResponse("the database does not answer; send this again later", status_code=503)


async def _failed(_: Request, error: Exception) -> Response:
    log.error("a request failed: %s", faults.where(error))
    return PlainTextResponse("something went wrong at our end; send this again later", status_code=500)


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)
