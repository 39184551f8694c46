import asyncio
import re
from typing import Any

from simulator.bots import Bot
from simulator.calls import Call, RefusalError, bad
from simulator.updates import DEFAULT_TYPES, Update, Updates, Webhook
from simulator.world import World

MOST_UPDATES = 100
LONGEST_POLL_SECONDS = 50
MOST_CONNECTIONS = 100
TWICE = frozenset({"updates_twice"})


def set_webhook(_: World, bot: Bot, call: Call) -> Any:
    url = call.text("url")
    if not url:
        return delete_webhook(_, bot, call)
    if not re.match(r"https?://[^/\s]+", url):
        raise bad("bad webhook: invalid webhook URL specified")
    # The real server wants HTTPS from anybody; a stand-in on this machine is served over plain HTTP.
    if url.startswith("http:") and not re.match(r"http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(/|$)", url):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.text("secret_token") or None
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad("secret token contains unallowed characters")
    allow(bot.updates, call)
    abort_poll(bot.updates, "terminated by setWebhook request")
    if call.flag("drop_pending_updates"):
        bot.updates.drop()
    most = min(max(call.integer("max_connections", 40), 1), MOST_CONNECTIONS)
    webhook, standing = Webhook(url, secret, most), bot.updates.webhook
    # Of one that is set again as it is, what went wrong before still stands.
    bot.updates.point(standing if standing == webhook else webhook)
    return True


def delete_webhook(_: World, bot: Bot, call: Call) -> Any:
    if call.flag("drop_pending_updates"):
        bot.updates.drop()
    bot.updates.point(Webhook())
    return True


def get_webhook_info(_: World, bot: Bot, __: Call) -> Any:
    webhook = bot.updates.webhook
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.pending),
    }
    if webhook.url:
        info |= {"max_connections": webhook.max_connections}
    if webhook.last_error_date:
        info |= {"last_error_date": webhook.last_error_date, "last_error_message": webhook.last_error_message}
    if bot.updates.allowed != DEFAULT_TYPES:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


def allow(updates: Updates, call: Call) -> None:
    """Which kinds of update the bot wants; left out keeps the last choice, empty means the usual ones."""
    wanted = call.structure("allowed_updates")
    if wanted is not None:
        updates.allowed = frozenset(wanted) or DEFAULT_TYPES


def abort_poll(updates: Updates, why: str) -> None:
    if updates.poll and not updates.poll.done():
        updates.poll.set_exception(RefusalError(409, f"Conflict: {why}"))
    updates.poll = None


async def get_updates(world: World, bot: Bot, call: Call) -> Any:
    """What waits, from `offset` on; earlier ones count as taken. A newer call ends the one that is still waiting."""
    updates = bot.updates
    if updates.webhook.url:
        raise RefusalError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
    abort_poll(updates, "terminated by other getUpdates request; make sure that only one bot instance is running")
    allow(updates, call)
    again = confirm(world, updates, call.integer("offset"))
    limit = min(max(call.integer("limit", MOST_UPDATES), 1), MOST_UPDATES)
    ready = again + waiting(updates, call.integer("offset"))
    if not ready and (seconds := min(call.integer("timeout"), LONGEST_POLL_SECONDS)) > 0:
        ready = await poll(world, updates, call.integer("offset"), seconds)
    return [update.json() for update in ready[:limit]]


def confirm(world: World, updates: Updates, offset: int) -> list[Update]:
    """Take out what came before `offset`. Under `updates_twice` it is answered with once more."""
    if offset < 0:
        offset = max([*updates.pending, -1]) + 1 + offset
    again = []
    for update in [u for u in updates.pending.values() if u.id < offset]:
        updates.confirm(update)
        if world.faults.take("telegram", TWICE, update.kind, str(update.payload["from"]["id"])):
            again.append(update)
    return again


def waiting(updates: Updates, offset: int) -> list[Update]:
    updates.arrived.clear()
    return [update for update in updates.fresh(asyncio.get_running_loop().time()) if update.id >= offset]


async def poll(world: World, updates: Updates, offset: int, seconds: float) -> list[Update]:
    mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    updates.poll = mine
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        while not world.closing.is_set():
            left = deadline - asyncio.get_running_loop().time()
            arrival = asyncio.ensure_future(updates.arrived.wait())
            either: list[asyncio.Future[Any]] = [mine, arrival]
            await asyncio.wait(either, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
            arrival.cancel()
            if mine.done():
                mine.result()
            if (ready := waiting(updates, offset)) or left <= 0:
                return ready
        return []
    finally:
        if updates.poll is mine:
            updates.poll = None
