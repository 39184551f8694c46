import base64
import operator
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import faults
from simulator.carrier import API_VERSION, Text
from simulator.faults import Fault
from simulator.world import World

LONGEST_BODY = 1_600
LARGEST_PAGE, USUAL_PAGE = 1_000, 50
BOUNDS = {"DateSent>": operator.ge, "DateSent<": operator.le, "DateSent": operator.eq}
E164 = re.compile(r"\+[1-9]\d{6,14}")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")

TEXTS = {
    20001: "Invalid parameter",
    20003: "Authenticate",
    20005: "Account not active",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    20503: "Service unavailable",
    21211: "Invalid 'To' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided is not a valid, message-capable Twilio phone number",
    21609: "The 'StatusCallback' URL is not a valid URL",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
}


class RejectionError(Exception):
    def __init__(self, status: int, code: int, message: str | None = None) -> None:
        super().__init__(code)
        self.status, self.code = status, code
        self.message = message or TEXTS.get(code, "Bad Request")

    def response(self, status: int | None = None, retry_after: Any = None) -> Response:
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return JSONResponse(body, status or self.status, headers)


def refuse(fault: Fault) -> Response:
    """A fault in Twilio's words: options `status`, `code`, `message`, `retry_after`."""
    if fault.kind == "blocked":
        return RejectionError(400, 21610).response()
    status = int(fault.number("status", 500))
    usual = {401: 20003, 404: 20404, 429: 20429, 503: 20503}.get(status, 20500 if status >= 500 else 20001)
    error = RejectionError(status, int(fault.number("code", usual)), fault.options.get("message"))
    return error.response(201 if fault.kind == "ok_with_error" else None, fault.options.get("retry_after"))


def check_credentials(world: World, request: Request) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    wanted = f"{world.config.twilio_account_sid}:{world.config.twilio_auth_token}".encode()
    if scheme.lower() != "basic" or given != base64.b64encode(wanted).decode():
        raise RejectionError(401, 20003)
    if request.path_params["account"] != world.config.twilio_account_sid:
        raise RejectionError(404, 20404, f"The requested resource {request.url.path} was not found")


def create(world: World, form: dict[str, list[str]]) -> Text:
    """The checks of the Messages resource, in its order, and then the message."""
    given = {name: values[-1] for name, values in form.items()}
    to, sender, service = given.get("To", ""), given.get("From"), given.get("MessagingServiceSid")
    body, media, callback = given.get("Body", ""), form.get("MediaUrl", []), given.get("StatusCallback")
    if not to:
        raise RejectionError(400, 21604)
    if not sender and not service:
        raise RejectionError(400, 21603)
    if not E164.fullmatch(to):
        raise RejectionError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if sender:
        check_sender(world, sender)
    if service and not re.fullmatch(r"MG[0-9a-fA-F]{32}", service):
        raise RejectionError(400, 21701, "The Messaging Service does not exist")
    if not body.strip() and not media:
        raise RejectionError(400, 21602)
    if len(body) > LONGEST_BODY:
        raise RejectionError(400, 21617)
    if callback and not re.match(r"https?://[^/\s]+", callback):
        raise RejectionError(400, 21609, f"The 'StatusCallback' URL {callback} is not a valid URL")
    check_lifetime(given)
    if world.carrier.thread(to).stopped:
        raise RejectionError(400, 21610)
    return world.carrier.accept(to, sender, body, service, callback, media)


def check_sender(world: World, sender: str) -> None:
    if sender == world.config.twilio_number or (not E164.fullmatch(sender) and ALPHANUMERIC.fullmatch(sender)):
        return
    if E164.fullmatch(sender):
        raise RejectionError(400, 21606, f"The 'From' phone number provided ({sender}) is not yours")
    raise RejectionError(400, 21212, f"Invalid From Number (caller ID): {sender}")


def check_lifetime(given: dict[str, str]) -> None:
    period = given.get("ValidityPeriod")
    if period is not None and not (period.isdigit() and 1 <= int(period) <= 36_000):
        raise RejectionError(400, 90007, "The validity period must be between 1 and 36000 seconds")


def moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise RejectionError(400, 20001, f"Invalid date {text}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def matches(text: Text, query: dict[str, str]) -> bool:
    """DateSent bounds are inclusive and hold whole seconds; a bare date means that day.

    What waits in the queue has no DateSent yet, so a search by date does not find it.
    """
    if query.get("To", text.to) != text.to or query.get("From", text.sender) != text.sender:
        return False
    bounds = {name: value for name, value in query.items() if name in BOUNDS}
    if not bounds:
        return True
    if text.sent_at is None:
        return False
    sent = text.sent_at.replace(microsecond=0)
    return all(within(name, sent, value) for name, value in bounds.items())


def within(name: str, sent: datetime, bound: str) -> bool:
    compare = BOUNDS[name]
    if len(bound) == len("YYYY-MM-DD"):
        return bool(compare(sent.date(), moment(bound).date()))
    return bool(compare(sent, moment(bound)))


def listing(world: World, path: str, query: dict[str, str]) -> dict[str, Any]:
    """One page, newest first. A page token names the last message of the page before, so new arrivals shift nothing."""
    size = min(int(query.get("PageSize", USUAL_PAGE)), LARGEST_PAGE)
    page, token = int(query.get("Page", 0)), query.get("PageToken", "")
    texts, found = world.carrier.texts, list[Text]()
    place = world.carrier.places.get(token.removeprefix("PA"), len(texts)) - 1
    while place >= 0 and len(found) <= size:
        if matches(texts[place], query):
            found.append(texts[place])
        place -= 1
    more, found = len(found) > size, found[:size]
    kept = {k: v for k, v in query.items() if k not in ("Page", "PageToken", "PageSize")} | {"PageSize": str(size)}

    def link(number: int, after: str | None) -> str:
        return f"{path}?{urlencode(kept | {'Page': str(number)} | ({'PageToken': after} if after else {}))}"

    return {
        "end": page * size + max(len(found) - 1, 0),
        "first_page_uri": link(0, None),
        "messages": [text.json(world.config.twilio_account_sid) for text in found],
        "next_page_uri": link(page + 1, "PA" + found[-1].sid) if more else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": link(page - 1, None) if page == 1 else None,
        "start": page * size,
        "uri": link(page, token or None),
    }


Handler = Callable[[World, Request, bytes], Response]


def post_message(world: World, _: Request, body: bytes) -> Response:
    text = create(world, parse_qs(body.decode(), keep_blank_values=True))
    return JSONResponse(text.json(world.config.twilio_account_sid), 201)


def get_messages(world: World, request: Request, _: bytes) -> Response:
    try:
        return JSONResponse(listing(world, request.url.path, dict(request.query_params)))
    except ValueError:
        raise RejectionError(400, 20001, "Invalid Page or PageSize") from None


def get_message(world: World, request: Request, _: bytes) -> Response:
    place = world.carrier.places.get(request.path_params["sid"])
    if place is None:
        raise RejectionError(404, 20404, f"The requested resource {request.url.path} was not found")
    return JSONResponse(world.carrier.texts[place].json(world.config.twilio_account_sid))


def endpoint(world: World, method: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        body = await request.body()
        path = urlsplit(str(request.url))._replace(scheme="", netloc="").geturl()
        exchange = world.trace.begin("request", "twilio", request.method, path, dict(request.headers), body)

        async def handle() -> Response:
            try:
                check_credentials(world, request)
                return handler(world, request, body)
            except RejectionError as error:
                return error.response()

        to = parse_qs(body.decode(errors="replace")).get("To", [""])[-1] if method == "create" else None
        fault = world.faults.take("sms", faults.CALL, method, to)
        success = 201 if method == "create" else 200
        response = await faults.answer(fault, handle, refuse, world.pause, success)
        if not isinstance(response, faults.Hangup):
            exchange.status, exchange.answer = response.status_code, bytes(response.body)
        return response

    return serve


def routes(world: World) -> list[Route]:
    base = f"/{API_VERSION}/Accounts/{{account}}/Messages"
    return [
        Route(f"{base}.json", endpoint(world, "create", post_message), methods=["POST"]),
        Route(f"{base}.json", endpoint(world, "list", get_messages), methods=["GET"]),
        Route(f"{base}/{{sid}}.json", endpoint(world, "fetch", get_message), methods=["GET"]),
    ]
