import asyncio
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from simulator import segments
from simulator.faults import OUTCOME, POSTED, RECEIPTS, Fault
from simulator.signature import sign
from simulator.updates import Answer

if TYPE_CHECKING:
    from simulator.world import World

API_VERSION = "2010-04-01"
WEBHOOK_TIMEOUT_SECONDS = 15

# A whole message that is one of these words is acted on before the webhook hears of it
# (help.twilio.com, "Twilio support for opt-out keywords").
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
AUTOMATIC = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}

ERROR_TEXT = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30017: "Carrier network congestion",
    30036: "Validity Period Expired",
}


@dataclass
class Text:
    """One SMS, as both sides see it. `automatic` texts are Twilio's own keyword answers and are in no list."""

    sid: str
    direction: str
    number: str
    sender: str | None
    to: str
    body: str
    at: datetime
    status: str
    service: str | None = None
    callback: str | None = None
    media: list[str] = field(default_factory=list)
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    error: int | None = None
    automatic: bool = False
    webhook: int | None = None

    def json(self, account: str) -> dict[str, Any]:
        """As the Messages resource shows it."""
        uri = f"/{API_VERSION}/Accounts/{account}/Messages/{self.sid}"
        return {
            "account_sid": account,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.at),
            "date_sent": rfc2822(self.sent_at),
            "date_updated": rfc2822(self.updated_at or self.at),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": ERROR_TEXT.get(self.error, "Unknown error") if self.error else None,
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": str(len(self.media)),
            "num_segments": "0" if self.status == "accepted" else str(segments.count(self.body)),
            "price": None,
            "price_unit": "GBP",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def show(self) -> dict[str, Any]:
        """As a phone shows it."""
        return {
            "sid": self.sid,
            "direction": "inbound" if self.direction == "inbound" else "outbound",
            "from": self.sender,
            "to": self.to,
            "body": self.body,
            "state": self.status,
            "error_code": self.error,
            "parts": segments.count(self.body),
            "encoding": segments.encoding(self.body),
            "media": self.media,
            "automatic": self.automatic,
            "webhook": self.webhook,
            "at": self.at.isoformat(),
        }


def rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


@dataclass
class Thread:
    number: str
    stopped: bool = False
    texts: list[Text] = field(default_factory=list)


class Carrier:
    """Twilio behind its API: threads with phones, delivery, keywords, and what it posts to webhooks."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.threads: dict[str, Thread] = {}
        self.texts: list[Text] = []
        self.places: dict[str, int] = {}

    def thread(self, number: str) -> Thread:
        return self.threads.setdefault(number, Thread(number))

    def keep(self, text: Text) -> None:
        self.thread(text.number).texts.append(text)
        if not text.automatic:
            self.places[text.sid] = len(self.texts)
            self.texts.append(text)
        self.tell(text)

    def tell(self, text: Text) -> None:
        self.world.feed.tell("sms", number=text.number)

    def accept(
        self, to: str, sender: str | None, body: str, service: str | None, callback: str | None, media: list[str]
    ) -> Text:
        """A message from the API: booked, and on its way."""
        at = self.world.now()
        sid = ("MM" if media else "SM") + secrets.token_hex(16)
        status = "accepted" if service and not sender else "queued"
        text = Text(sid, "outbound-api", to, sender, to, body, at, status, service, callback, media)
        self.keep(text)
        self.world.book.enter("sms", to, body, at, sid, "create")
        final = self.world.faults.take("sms", OUTCOME, "create", to)
        receipts = self.world.faults.take("sms", RECEIPTS, "create", to)
        self.world.spawn(self.deliver(text, final, receipts))
        return text

    async def deliver(self, text: Text, final: Fault | None, receipts: Fault | None) -> None:
        ending = str(final.options.get("status", "undelivered")) if final else "delivered"
        steps = ["sending", ending] if ending == "failed" else ["sending", "sent", ending]
        held: list[dict[str, str]] = []
        # The first status has no callback of its own, unless a service had to pick the sender first.
        for step in ["queued", *steps] if text.status == "accepted" else steps:
            await asyncio.sleep(self.world.config.delivery_delay)
            self.advance(text, step, int(final.number("code", 30003)) if final and step == ending else None)
            receipt = self.receipt(text)
            if receipts:
                held.append(receipt)
            else:
                await self.call_back(text, receipt)
        if receipts:
            await self.call_back_badly(text, held, receipts)

    def advance(self, text: Text, status: str, error: int | None) -> None:
        text.status, text.error, text.updated_at = status, error, self.world.now()
        text.sender = text.sender or self.world.config.twilio_number
        if status == "sending":
            text.sent_at = text.updated_at
        self.tell(text)

    def receipt(self, text: Text) -> dict[str, str]:
        fields = {
            "ApiVersion": API_VERSION,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
            "To": text.to,
            "From": text.sender or "",
            "AccountSid": self.world.config.twilio_account_sid,
        }
        if text.service:
            fields["MessagingServiceSid"] = text.service
        if text.error:
            fields |= {"ErrorCode": str(text.error), "ErrorMessage": ERROR_TEXT.get(text.error, "Unknown error")}
        if text.status in ("delivered", "undelivered"):
            fields["RawDlrDoneDate"] = self.world.now().strftime("%y%m%d%H%M")
        return fields

    async def call_back(self, text: Text, receipt: dict[str, str]) -> None:
        if text.callback:
            await self.post(text.callback, receipt)

    async def call_back_badly(self, text: Text, held: list[dict[str, str]], fault: Fault) -> None:
        """Receipts that never come, come late, in the wrong order, or more than once."""
        if fault.options.get("never"):
            return
        await asyncio.sleep(fault.number("late", 0))
        for receipt in reversed(held) if fault.options.get("reordered") else held:
            for _ in range(int(fault.number("repeat", 1))):
                await self.call_back(text, receipt)

    def receive(self, number: str, body: str, media: list[str]) -> Text:
        """A text from a phone. The webhook is called whatever the words do, and may be down: the list has it."""
        at = self.world.now()
        sid = ("MM" if media else "SM") + secrets.token_hex(16)
        ours = self.world.config.twilio_number
        text = Text(sid, "inbound", number, number, ours, body, at, "received", media=media, sent_at=at)
        self.keep(text)
        keyword = self.heed(text) if self.world.config.keywords else None
        if self.world.config.sms_webhook_url:
            self.world.spawn(self.announce(self.world.config.sms_webhook_url, text, keyword))
        return text

    def heed(self, text: Text) -> str | None:
        word = text.body.strip().upper()
        thread = self.thread(text.number)
        kind = "STOP" if word in STOP else "START" if word in START else "HELP" if word in HELP else None
        if kind == "HELP" or (kind and thread.stopped != (kind == "STOP")):
            self.answer_automatically(text, AUTOMATIC[kind])
        if kind in ("STOP", "START"):
            thread.stopped = kind == "STOP"
        return kind

    def answer_automatically(self, text: Text, reply: str) -> None:
        sid, number = "SM" + secrets.token_hex(16), text.number
        at = self.world.now()
        self.keep(Text(sid, "outbound-reply", number, text.to, number, reply, at, "delivered", automatic=True))

    async def announce(self, url: str, text: Text, keyword: str | None) -> None:
        fields = {
            "ToCountry": "GB",
            "ToState": "",
            "SmsMessageSid": text.sid,
            "NumMedia": str(len(text.media)),
            "ToCity": "",
            "FromZip": "",
            "SmsSid": text.sid,
            "FromState": "",
            "SmsStatus": "received",
            "FromCity": "",
            "Body": text.body,
            "FromCountry": "GB",
            "To": text.to,
            "ToZip": "",
            "NumSegments": str(segments.count(text.body)),
            "MessageSid": text.sid,
            "AccountSid": self.world.config.twilio_account_sid,
            "From": text.number,
            "ApiVersion": API_VERSION,
        }
        for n, link in enumerate(text.media):
            fields |= {f"MediaUrl{n}": link, f"MediaContentType{n}": "image/jpeg"}
        if keyword:
            fields["OptOutType"] = keyword
        await self.announce_under(self.world.faults.take("sms", POSTED, "inbound", text.number), url, text, fields)

    async def announce_under(self, fault: Fault | None, url: str, text: Text, fields: dict[str, str]) -> None:
        if fault and fault.kind == "updates_lost":
            return
        if fault and fault.kind == "updates_late":
            await asyncio.sleep(fault.number("seconds", 5))
        times = int(fault.number("n", 2)) if fault and fault.kind == "updates_twice" else 1
        for _ in range(times):
            text.webhook = (await self.post(url, fields)).status
        self.tell(text)

    async def post(self, url: str, fields: dict[str, str]) -> Answer:
        """Signed, with one more try when no connection came about (twilio.com/docs, connection overrides)."""
        signed = urlsplit(url)._replace(fragment="").geturl()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "X-Twilio-Signature": sign(self.world.config.twilio_auth_token, signed, fields),
        }
        body = urlencode(fields).encode()
        answer = await self.world.post("twilio", signed, body, headers, WEBHOOK_TIMEOUT_SECONDS)
        if answer.refused:
            answer = await self.world.post("twilio", signed, body, headers, WEBHOOK_TIMEOUT_SECONDS)
        return answer

    async def call(self, number: str) -> tuple[str, Answer]:
        """A voice call from a phone: what the voice webhook answers is what the caller would hear."""
        sid, config = "CA" + secrets.token_hex(16), self.world.config
        fields = {
            "CallSid": sid,
            "AccountSid": config.twilio_account_sid,
            "ApiVersion": API_VERSION,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": number,
            "Caller": number,
            "To": config.twilio_number,
            "Called": config.twilio_number,
            "FromCountry": "GB",
            "ToCountry": "GB",
        }
        return sid, await self.post(config.voice_webhook_url or "", fields)
