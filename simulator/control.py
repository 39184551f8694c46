import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator import phones
from simulator.phones import ImpossibleError
from simulator.world import World

KEEP_ALIVE_SECONDS = 15
PATIENCE = aiohttp.ClientTimeout(total=10)
# A time without a zone is the product's wall time.
LONDON = ZoneInfo("Europe/London")

Do = Callable[[World, Any, Request], Any]


def configure(world: World, given: Any, _: Request) -> Any:
    world.configure(given)
    return show_config(world, given, _)


def show_config(world: World, _: Any, __: Request) -> Any:
    """Without the credentials, which only the two sides of the wire need."""
    config = world.config
    shown = (
        "twilio_account_sid",
        "twilio_number",
        "sms_webhook_url",
        "voice_webhook_url",
        "telegram_username",
        "telegram_name",
    )
    about = {name: getattr(config, name) for name in (*shown, "delivery_delay", "keywords")}
    return about | {name: bool(getattr(config, f"{name}_url")) for name in ("clock", "story", "jumps")}


def set_people(world: World, given: Any, _: Request) -> Any:
    """The whole list, in the place of any earlier one. `started` opens the Telegram chat without a word said."""
    world.people.list.clear()
    for one in given:
        person = world.people.add(one)
        bot = world.latest_bot()
        if one.get("started") and bot:
            bot.chat(world.people.user(person.chat_id)).started = True
    world.feed.tell("everything")
    return [person.json() for person in world.people.list]


def add_faults(world: World, given: Any, _: Request) -> Any:
    faults = [world.faults.add(spec) for spec in (given if isinstance(given, list) else [given])]
    world.feed.tell("faults")
    return [fault.json() for fault in faults]


def clear_faults(world: World, _: Any, request: Request) -> Any:
    wanted = request.query_params.get("id")
    world.faults.clear(int(wanted) if wanted else None)
    world.feed.tell("faults")
    return world.faults.list()


def deactivate(world: World, given: Any, _: Request) -> Any:
    user = world.people.user(int(given["chat_id"]))
    user.deactivated = bool(given.get("deactivated", True))
    return {"deactivated": user.deactivated}


def age(world: World, given: Any, _: Request) -> Any:
    """Make a Telegram message older, for what the provider refuses after a while."""
    __, chat, ___ = phones.place(world, given)
    message = phones.message_of(chat, given)
    message.at -= timedelta(hours=float(given["hours"]))
    return message.show()


async def call(world: World, given: Any, _: Request) -> Any:
    if not world.config.voice_webhook_url:
        raise ImpossibleError("voice_webhook_url is not configured")
    sid, answer = await world.carrier.call(str(given["from"]))
    return {"CallSid": sid, "status": answer.status, "twiml": answer.body.decode(errors="replace")}


def reset(world: World, _: Any, __: Request) -> Any:
    world.reset()
    return {}


def file(world: World, _: Any, request: Request) -> Any:
    """A picture or document of a chat, as the phone that has it opens it."""
    bot, wanted = world.latest_bot(), request.path_params["file_id"]
    if bot is None or wanted not in bot.files:
        return JSONResponse({"error": "there is no such file"}, 404)
    upload = bot.files[wanted].upload
    name = quote(upload.name)
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{name}", "X-Content-Type-Options": "nosniff"}
    return Response(upload.content, media_type=upload.mime, headers=headers)


def book(world: World, _: Any, request: Request) -> Any:
    return world.book.since(int(request.query_params.get("since", 0)))


def requests(world: World, _: Any, request: Request) -> Any:
    """Raw traffic as JSON lines, oldest first; `kind` and `provider` narrow it."""
    wanted = {name: request.query_params[name] for name in ("kind", "provider") if name in request.query_params}
    lines = [exchange.line() for exchange in world.trace.since(int(request.query_params.get("since", 0)))]
    chosen = [line for line in lines if all(line[name] == value for name, value in wanted.items())]
    return Response("".join(json.dumps(line) + "\n" for line in chosen), media_type="application/x-ndjson")


async def events(world: World, _: Any, request: Request) -> Any:
    since = int(request.headers.get("last-event-id") or request.query_params.get("since") or world.feed.latest)

    async def stream() -> AsyncIterator[str]:
        seen = since
        yield f"retry: 1000\nid: {seen}\ndata: {json.dumps({'n': seen, 'kind': 'hello'})}\n\n"
        while not world.closing.is_set():
            for note in world.feed.since(seen):
                seen = note["n"]
                yield f"id: {seen}\ndata: {json.dumps(note)}\n\n"
            await world.feed.wait(KEEP_ALIVE_SECONDS)
            yield ": still here\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


async def clock(world: World, given: Any, request: Request) -> Any:
    """A look at the product's clock, or a move of it."""
    told = await product(world, world.config.clock_url, request, given)
    if not isinstance(told, Response) and told.get("now"):
        at = datetime.fromisoformat(told["now"])
        at = at if at.tzinfo else at.replace(tzinfo=LONDON)
        world.shift(at - world.now())
        told["now"] = at.isoformat()
    return told


async def product(world: World, url: str | None, request: Request, given: Any = None) -> Any:
    """What the product answers there: passed on, so that a page needs one origin only."""
    if not url or world.client is None:
        return JSONResponse({"error": "this simulator knows no such address of the product"}, 404)
    asked = world.client.request(request.method, url, params=dict(request.query_params), json=given, timeout=PATIENCE)
    try:
        async with asked as answer:
            text = await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return JSONResponse({"error": f"the product did not answer: {type(error).__name__}"}, 502)
    if not answer.ok:
        return JSONResponse({"error": f"the product answered {answer.status}: {text[:200]}"}, 502)
    return json.loads(text or "{}")


def endpoint(world: World, do: Do) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            given = await request.json() if request.method == "POST" and await request.body() else None
            done = do(world, given, request)
            done = await done if isinstance(done, Awaitable) else done
        except ImpossibleError as error:
            return JSONResponse({"error": str(error)}, 409)
        except (ValueError, TypeError, KeyError, LookupError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
        return done if isinstance(done, Response) else JSONResponse(done)

    return serve


def routes(world: World) -> list[Route]:
    def post(path: str, do: Do) -> Route:
        return Route(f"/sim/{path}", endpoint(world, do), methods=["POST"])

    def get(path: str, do: Do) -> Route:
        return Route(f"/sim/{path}", endpoint(world, do), methods=["GET"])

    return [
        post("config", configure),
        get("config", show_config),
        post("people", set_people),
        get("people", lambda w, _, __: [person.json() for person in w.people.list]),
        post("sms", lambda w, given, _: phones.text(w, given)),
        post("call", call),
        post("telegram/message", lambda w, given, _: phones.say(w, given)),
        post("telegram/press", lambda w, given, _: phones.press(w, given)),
        post("telegram/edit", lambda w, given, _: phones.edit(w, given)),
        post("telegram/block", lambda w, given, _: phones.block(w, given, True)),
        post("telegram/unblock", lambda w, given, _: phones.block(w, given, False)),
        post("telegram/deactivate", deactivate),
        post("telegram/age", age),
        get("threads", lambda w, _, __: phones.threads(w)),
        get("sms/{number}", lambda w, _, request: phones.sms_thread(w, request.path_params["number"])),
        get("telegram/{chat_id}", lambda w, _, request: phones.telegram_thread(w, int(request.path_params["chat_id"]))),
        get("file/{file_id}", file),
        get("book", book),
        get("requests", requests),
        get("events", events),
        post("faults", add_faults),
        get("faults", lambda w, _, __: w.faults.list()),
        Route("/sim/faults", endpoint(world, clear_faults), methods=["DELETE"]),
        get("clock", clock),
        post("clock", clock),
        get("story", lambda w, _, request: product(w, w.config.story_url, request)),
        get("jumps", lambda w, _, request: product(w, w.config.jumps_url, request)),
        post("reset", reset),
    ]
