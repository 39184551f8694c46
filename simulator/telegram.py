import inspect
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import calls, faults, posts, profile, reactions, webhooks
from simulator.bots import Bot
from simulator.calls import Call, RefusalError, bad
from simulator.faults import Fault
from simulator.world import World

TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{3,64}")

Method = Callable[[World, Bot, Call], Any]

# Names are taken in any case (tdlib/telegram-bot-api, Client.cpp: to_lower).
METHODS: dict[str, Method] = {
    "getme": profile.get_me,
    "getfile": profile.get_file,
    "getchat": profile.get_chat,
    "setmycommands": profile.set_commands,
    "getmycommands": profile.get_commands,
    "deletemycommands": profile.delete_commands,
    "setmyname": profile.set_text,
    "setmydescription": profile.set_text,
    "setmyshortdescription": profile.set_text,
    "setchatmenubutton": profile.set_nothing,
    "setwebhook": webhooks.set_webhook,
    "deletewebhook": webhooks.delete_webhook,
    "getwebhookinfo": webhooks.get_webhook_info,
    "getupdates": webhooks.get_updates,
    "sendmessage": posts.send_message,
    "sendlocation": posts.send_location,
    "sendphoto": posts.send_photo,
    "senddocument": posts.send_document,
    "sendvoice": posts.send_voice,
    "sendvideo": posts.send_video,
    "sendchataction": posts.send_action,
    "editmessagetext": posts.edit_text,
    "editmessagereplymarkup": posts.edit_markup,
    "deletemessage": posts.delete_message,
    "deletemessages": posts.delete_messages,
    "answercallbackquery": posts.answer_callback,
    "setmessagereaction": reactions.set_reaction,
    "leavechat": posts.leave_chat,
}

BLOCKED = {
    "blocked": "bot was blocked by the user",
    "deactivated": "user is deactivated",
    "initiate": "bot can't initiate conversation with a user",
}
USUAL_TEXT = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    429: "Too Many Requests: retry after {retry_after}",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def refuse(fault: Fault) -> Response:
    """A fault in Telegram's words: options `reason`, `status`, `code`, `retry_after`, `description`."""
    if fault.kind == "blocked":
        return RefusalError(403, f"Forbidden: {BLOCKED[fault.options.get('reason', 'blocked')]}").response()
    if fault.kind == "chat_not_found":
        return bad("chat not found").response()
    status = int(fault.number("status", 500))
    code = int(fault.number("code", status))
    parameters = {"retry_after": int(fault.number("retry_after", 5))} if code == 429 else {}
    text = str(fault.options.get("description") or USUAL_TEXT.get(code, "Bad Request")).format_map(parameters)
    return RefusalError(code, text, **parameters).response(200 if fault.kind == "ok_with_error" else status)


def check_token(world: World, token: str) -> None:
    if not TOKEN.fullmatch(token):
        raise RefusalError(404, "Not Found")
    if world.config.telegram_token not in (None, token):
        raise RefusalError(401, "Unauthorized")


async def serve(world: World, request: Request, body: bytes) -> Response:
    token, method = request.path_params["token"], request.path_params["method"]
    try:
        check_token(world, token)
        handler = METHODS.get(method.lower())
        if handler is None:
            raise RefusalError(404, "Not Found")
        call = await calls.read(request, method, body)
    except RefusalError as error:
        return error.response()

    async def handle() -> Response:
        try:
            result = handler(world, world.bot(token), call)
            result = await result if inspect.isawaitable(result) else result
        except RefusalError as error:
            return error.response()
        return JSONResponse({"ok": True, "result": result})

    fault = world.faults.take("telegram", faults.CALL, method, call.text("chat_id") or None)
    return await faults.answer(fault, handle, refuse, world.pause)


def routes(world: World) -> list[Route]:
    async def method(request: Request) -> Response:
        body = await request.body()
        path = urlsplit(str(request.url))._replace(scheme="", netloc="").geturl()
        exchange = world.trace.begin("request", "telegram", request.method, path, dict(request.headers), body)
        response = await serve(world, request, body)
        if not isinstance(response, faults.Hangup):
            exchange.status, exchange.answer = response.status_code, bytes(response.body)
        return response

    async def file(request: Request) -> Response:
        bot = world.bots.get(request.path_params["token"])
        wanted = request.path_params["path"]
        found = next((s for s in bot.files.values() if s.path == wanted), None) if bot else None
        if found is None:
            return RefusalError(404, "Not Found").response()
        return Response(found.upload.content, media_type="application/octet-stream")

    return [
        Route("/bot{token}/{method}", method, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", file, methods=["GET"]),
    ]
