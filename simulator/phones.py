import base64
from typing import Any

from simulator.bots import Bot, Content, spoken
from simulator.calls import Upload
from simulator.carrier import Thread
from simulator.chats import Chat, Message, User
from simulator.world import World

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQ"
    "CgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)


class ImpossibleError(Exception):
    """What no phone could do: the chat is blocked, the message is not there, there is no bot."""


def bot_of(world: World, given: dict[str, Any]) -> Bot:
    bot = world.latest_bot(given.get("bot"))
    if bot is None:
        raise ImpossibleError("no bot has called yet, and telegram_token is not configured")
    return bot


def place(world: World, given: dict[str, Any]) -> tuple[Bot, Chat, User]:
    bot, chat_id = bot_of(world, given), int(given["chat_id"])
    if chat_id < 0 or given.get("group"):
        user = world.people.user(int(given.get("user_id") or abs(chat_id)))
        # Seen in a group, somebody is known to the bot, and still cannot be written to.
        bot.chat(user)
        return bot, bot.group(-abs(chat_id)), user
    user = world.people.user(chat_id)
    return bot, bot.chat(user), user


def message_of(chat: Chat, given: dict[str, Any]) -> Message:
    message = chat.messages.get(int(given["message_id"]))
    if message is None:
        raise ImpossibleError("there is no such message")
    return message


def say(world: World, given: dict[str, Any]) -> dict[str, Any]:
    bot, chat, user = place(world, given)
    if chat.blocked:
        raise ImpossibleError("the bot is blocked in this chat; unblock it first")
    content = content_of(bot, user, given)
    if chat.keyboard and chat.keyboard.get("one_time_keyboard"):
        chat.keyboard = None
    before = bot.updates.next_id
    message = bot.hear(chat, user, content, world.now(), lambda: world.feed.tell("telegram", chat_id=chat.id))
    world.feed.tell("telegram", chat_id=chat.id)
    return {"update_id": taken_id(bot, before), "message_id": message.id}


def taken_id(bot: Bot, before: int) -> int | None:
    return before if bot.updates.next_id > before else None


def content_of(bot: Bot, user: User, given: dict[str, Any]) -> Content:
    if given.get("photo"):
        return {"photo": photo_of(bot, given["photo"])} | caption(given)
    if given.get("voice"):
        stored = bot.store(Upload("voice.oga", b"OggS", "audio/ogg"), "voice")
        return {"voice": stored | {"duration": 3, "mime_type": "audio/ogg"}}
    if given.get("sticker"):
        stored = bot.store(Upload("sticker.webp", b"RIFF", "image/webp"), "stickers")
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"sticker": stored | shape | {"emoji": "👍"}}
    if contact := given.get("contact"):
        details = contact if isinstance(contact, dict) else {"phone_number": str(contact)}
        return {"contact": {"first_name": user.first_name, "user_id": user.id} | details}
    if location := given.get("location"):
        here = location if isinstance(location, dict) else {"latitude": 55.8617, "longitude": -4.2583}
        return {"location": here}
    return spoken(str(given["text"]))


def photo_of(bot: Bot, given: Any) -> list[dict[str, Any]]:
    """The sizes of one picture, the smallest first: of `{"data": base64, "width", "height"}`, or else of one of our own."""
    small = bot.store(Upload("photo.jpg", JPEG, "image/jpeg"), "photos") | {"width": 1, "height": 1}
    if not isinstance(given, dict):
        return [small]
    large = bot.store(Upload("photo.jpg", base64.b64decode(given["data"]), "image/jpeg"), "photos")
    return [small, large | {"width": int(given["width"]), "height": int(given["height"])}]


def caption(given: dict[str, Any]) -> Content:
    return {"caption": str(given["text"])} if given.get("text") else {}


def press(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """An inline button, also one that a phone still shows though its message has changed since."""
    bot, chat, user = place(world, given)
    if chat.blocked:
        raise ImpossibleError("the bot is blocked in this chat; unblock it first")
    update_id, query = bot.press(chat, user, message_of(chat, given), str(given["data"]), world.now())
    return {"update_id": update_id, "callback_query_id": query.id}


def edit(world: World, given: dict[str, Any]) -> dict[str, Any]:
    bot, chat, _ = place(world, given)
    message = message_of(chat, given)
    if message.outbound:
        raise ImpossibleError("only the person's own messages can be edited")
    before = bot.updates.next_id
    bot.hear_edit(message, str(given["text"]), world.now(), lambda: world.feed.tell("telegram", chat_id=chat.id))
    world.feed.tell("telegram", chat_id=chat.id)
    return {"update_id": taken_id(bot, before), "message_id": message.id}


def block(world: World, given: dict[str, Any], blocked: bool) -> dict[str, Any]:
    bot, chat, user = place(world, given)
    update_id = bot.set_blocked(chat, user, blocked, world.now())
    world.feed.tell("telegram", chat_id=chat.id)
    return {"update_id": update_id}


def text(world: World, given: dict[str, Any]) -> dict[str, Any]:
    media = given.get("media") or []
    links = [media] if isinstance(media, str) else [str(link) for link in media]
    sent = world.carrier.receive(str(given["from"]), str(given.get("body") or ""), links)
    return {"MessageSid": sent.sid}


def threads(world: World) -> list[dict[str, Any]]:
    """Everybody with a phone, in the order given; after them whoever else has been written to or has written."""
    bot = world.latest_bot()
    chats = dict(bot.chats) if bot else {}
    numbers = dict(world.carrier.threads)
    shown: list[dict[str, Any]] = []
    for person in world.people.list:
        chat, thread = chats.pop(person.chat_id, None), numbers.pop(person.phone or "", None)
        shown.append(person.json() | summary(chat, thread))
    for number, thread in numbers.items():
        shown.append(nobody(number, number, None) | summary(None, thread))
    for chat in chats.values():
        shown.append(nobody(chat.name, None, chat.id) | summary(chat, None))
    return shown


def nobody(name: str, phone: str | None, chat_id: int | None) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name, "phone": phone, "chat_id": chat_id, "role": "unknown", "note": ""}
    return about | {"ref": "", "language": "en", "beside": []}


def summary(chat: Chat | None, thread: Thread | None) -> dict[str, Any]:
    texts = thread.texts if thread else []
    messages = list(chat.messages.values()) if chat else []
    return {
        "sms": {
            "count": len(texts),
            "last": texts[-1].at.isoformat() if texts else None,
            "stopped": bool(thread and thread.stopped),
        },
        "telegram": {
            "count": len(messages),
            "last": messages[-1].at.isoformat() if messages else None,
            "started": bool(chat and chat.started),
            "blocked": bool(chat and chat.blocked),
        },
    }


def sms_thread(world: World, number: str) -> dict[str, Any]:
    thread = world.carrier.threads.get(number)
    return {
        "number": number,
        "stopped": bool(thread and thread.stopped),
        "messages": [text.show() | {"shown_at": world.shown(text.at)} for text in thread.texts] if thread else [],
    }


def telegram_thread(world: World, chat_id: int) -> dict[str, Any]:
    bot = world.latest_bot()
    chat = bot.chats.get(chat_id) if bot else None
    known = world.people.known_as(chat_id)
    chat = chat or Chat(chat_id, known.first_name if known else str(chat_id))
    messages = [message.show() | {"shown_at": world.shown(message.at)} for message in chat.messages.values()]
    return chat.show() | {"messages": messages}
