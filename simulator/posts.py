from datetime import timedelta
from typing import Any

from simulator import entities, keyboards
from simulator.bots import Bot, Content
from simulator.calls import Call, RefusalError, Upload, bad
from simulator.chats import DELETE_WINDOW_HOURS, Chat, Message
from simulator.world import World

LONGEST_TEXT, LONGEST_CAPTION, LONGEST_TOAST = 4_096, 1_024, 200
LARGEST_PHOTO, LARGEST_FILE = 10 << 20, 50 << 20
ACTIONS = frozenset(
    {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
     "choose_sticker", "find_location", "record_video_note", "upload_video_note"}
)  # fmt: skip


def open_chat(world: World, bot: Bot, call: Call) -> Chat:
    """The chat that a call writes to. Nobody can be written to who has not written first, or has blocked the bot."""
    given = call.text("chat_id")
    if not given:
        raise bad("chat_id is empty")
    chat = bot.chats.get(call.integer("chat_id"))
    user = world.people.known_as(call.integer("chat_id"))
    if user and user.deactivated and chat:
        raise RefusalError(403, "Forbidden: user is deactivated")
    if chat is None:
        raise bad("chat not found")
    if not chat.started:
        raise RefusalError(403, "Forbidden: bot can't initiate conversation with a user")
    if chat.blocked:
        whom = "bot was blocked by the user" if chat.private else "bot was kicked from the group chat"
        raise RefusalError(403, f"Forbidden: {whom}")
    return chat


def formatted(call: Call, name: str, longest: int, mode_name: str, entities_name: str) -> Content:
    """The visible text of a parameter with its entities, as fields of a message."""
    mode, given = call.text(mode_name), call.structure(entities_name)
    try:
        text, marks = entities.parse(call.text(name), "" if given else mode)
    except entities.EntityError as error:
        raise bad(f"can't parse entities: {error}") from None
    except LookupError:
        raise bad("unsupported parse_mode") from None
    if given:
        marks = given
    if len(text) > longest:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    field = "entities" if name == "text" else "caption_entities"
    return {name: text, field: marks} if marks else {name: text}


def text_of(call: Call) -> Content:
    content = formatted(call, "text", LONGEST_TEXT, "parse_mode", "entities")
    if not content["text"]:
        raise bad("message text is empty")
    preview = call.structure("link_preview_options")
    return content | {"link_preview_options": preview} if preview else content


def say(world: World, bot: Bot, call: Call, chat: Chat, content: Content, booked: str) -> Message:
    at = world.now()
    message = bot.say(chat, content, keyboards.read(call), at)
    message.protected, message.silent = call.flag("protect_content"), call.flag("disable_notification")
    world.book.enter("telegram", str(chat.id), booked, at, str(message.id), call.method)
    world.feed.tell("telegram", chat_id=chat.id)
    return message


def send_message(world: World, bot: Bot, call: Call) -> Any:
    chat, content = open_chat(world, bot, call), text_of(call)
    return say(world, bot, call, chat, content, content["text"]).json()


def send_location(world: World, bot: Bot, call: Call) -> Any:
    chat = open_chat(world, bot, call)
    try:
        place = {name: float(call.text(name)) for name in ("latitude", "longitude")}
    except ValueError:
        raise bad("wrong latitude or longitude specified") from None
    if abs(place["latitude"]) > 90 or abs(place["longitude"]) > 180:
        raise bad("wrong latitude or longitude specified")
    booked = f"{place['latitude']},{place['longitude']}"
    return say(world, bot, call, chat, {"location": place}, booked).json()


def send_photo(world: World, bot: Bot, call: Call) -> Any:
    chat, upload = open_chat(world, bot, call), uploaded(bot, call, "photo", LARGEST_PHOTO)
    sizes = [bot.store(upload, "photos") | {"width": 800, "height": 600}]
    return say_file(world, bot, call, chat, {"photo": sizes})


def send_document(world: World, bot: Bot, call: Call) -> Any:
    chat, upload = open_chat(world, bot, call), uploaded(bot, call, "document", LARGEST_FILE)
    document = bot.store(upload, "documents") | {"file_name": upload.name, "mime_type": upload.mime}
    return say_file(world, bot, call, chat, {"document": document})


def send_voice(world: World, bot: Bot, call: Call) -> Any:
    chat, upload = open_chat(world, bot, call), uploaded(bot, call, "voice", LARGEST_FILE)
    return say_file(
        world, bot, call, chat, {"voice": bot.store(upload, "voice") | {"duration": 3, "mime_type": upload.mime}}
    )


def send_video(world: World, bot: Bot, call: Call) -> Any:
    chat, upload = open_chat(world, bot, call), uploaded(bot, call, "video", LARGEST_FILE)
    size = {"width": 640, "height": 480, "duration": 3, "mime_type": upload.mime}
    return say_file(world, bot, call, chat, {"video": bot.store(upload, "videos") | size})


def say_file(world: World, bot: Bot, call: Call, chat: Chat, content: Content) -> Any:
    if call.text("caption"):
        content |= formatted(call, "caption", LONGEST_CAPTION, "parse_mode", "caption_entities")
    return say(world, bot, call, chat, content, content.get("caption", "")).json()


def uploaded(bot: Bot, call: Call, name: str, largest: int) -> Upload:
    """A file that came with the call, or one that the bot has sent or received before."""
    upload = call.file(name)
    if upload is None and not call.text(name):
        raise bad(f"there is no {name} in the request")
    upload = upload or bot.stored(call.text(name)).upload
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > largest:
        raise RefusalError(413, "Request Entity Too Large")
    return upload


def sent_message(bot: Bot, call: Call, missing: str) -> Message:
    given = call.text("chat_id")
    if not given:
        raise bad("chat_id is empty")
    chat = bot.chats.get(call.integer("chat_id"))
    if chat is None:
        raise bad("chat not found")
    message = chat.messages.get(call.integer("message_id"))
    if message is None or message.deleted:
        raise bad(missing)
    return message


def edit_text(world: World, bot: Bot, call: Call) -> Any:
    open_chat(world, bot, call)
    message = sent_message(bot, call, "message to edit not found")
    if "text" not in message.content:
        raise bad("there is no text in the message to edit")
    return edit(world, message, text_of(call), keyboards.read(call, inline_only=True))


def edit_markup(world: World, bot: Bot, call: Call) -> Any:
    open_chat(world, bot, call)
    message = sent_message(bot, call, "message to edit not found")
    return edit(world, message, message.content, keyboards.read(call, inline_only=True))


def edit(world: World, message: Message, content: Content, markup: dict[str, Any] | None) -> Any:
    """Without a new inline keyboard the old one goes. What carries a reply keyboard cannot be edited."""
    if not message.outbound or (message.markup and not message.inline):
        raise bad("message can't be edited")
    if (message.content, message.inline) == (content, markup):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    message.content, message.markup, message.edited_at = content, markup, world.now()
    world.feed.tell("telegram", chat_id=message.chat.id)
    return message.json()


def delete_message(world: World, bot: Bot, call: Call) -> Any:
    delete(world, sent_message(bot, call, "message to delete not found"))
    return True


def delete_messages(world: World, bot: Bot, call: Call) -> Any:
    """Those that cannot be found or deleted are skipped (Bot API, deleteMessages)."""
    for message_id in call.structure("message_ids") or []:
        one = Call(call.method, {"chat_id": call.text("chat_id"), "message_id": message_id})
        try:
            delete_message(world, bot, one)
        except RefusalError:
            continue
    return True


def delete(world: World, message: Message) -> None:
    if world.now() - message.at > timedelta(hours=DELETE_WINDOW_HOURS):
        raise bad("message can't be deleted for everyone")
    message.deleted = True
    world.feed.tell("telegram", chat_id=message.chat.id)


def answer_callback(world: World, bot: Bot, call: Call) -> Any:
    """A query can be answered once, and soon."""
    query = bot.queries.get(call.text("callback_query_id"))
    late = timedelta(seconds=world.config.callback_seconds)
    if query is None or query.answered or world.now() - query.at > late:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = call.text("text")
    if len(text) > LONGEST_TOAST:
        raise RefusalError(400, "Bad Request: MESSAGE_TOO_LONG")
    query.answered = True
    if text:
        toast = {"text": text, "alert": call.flag("show_alert"), "query": query.id, "at": world.now().isoformat()}
        query.message.toasts.append(toast)
    world.feed.tell("telegram", chat_id=query.message.chat.id, query=query.id)
    return True


def send_action(world: World, bot: Bot, call: Call) -> Any:
    chat, action = open_chat(world, bot, call), call.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat.action = action
    world.feed.tell("telegram", chat_id=chat.id)
    return True


def leave_chat(world: World, bot: Bot, call: Call) -> Any:
    chat = open_chat(world, bot, call)
    if chat.private:
        raise bad("chat member status can't be changed in private chats")
    chat.blocked = True
    world.feed.tell("telegram", chat_id=chat.id)
    return True
