import json
import re
from typing import Any

from simulator.bots import Bot
from simulator.calls import Call, bad
from simulator.world import World

TEXTS = {
    "setmyname": ("name", 64),
    "setmydescription": ("description", 512),
    "setmyshortdescription": ("short_description", 120),
}
MOST_COMMANDS = 100


def get_me(_: World, bot: Bot, __: Call) -> Any:
    return bot.json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def scope_of(call: Call) -> str:
    """Commands are kept by audience and language."""
    scope = call.structure("scope") or {"type": "default"}
    return json.dumps([scope, call.text("language_code")], sort_keys=True)


def set_commands(_: World, bot: Bot, call: Call) -> Any:
    commands = call.structure("commands")
    if not isinstance(commands, list) or len(commands) > MOST_COMMANDS:
        raise bad("can't parse commands JSON object")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[scope_of(call)] = commands
    return True


def delete_commands(_: World, bot: Bot, call: Call) -> Any:
    bot.commands.pop(scope_of(call), None)
    return True


def get_commands(_: World, bot: Bot, call: Call) -> Any:
    return bot.commands.get(scope_of(call), [])


def set_text(_: World, bot: Bot, call: Call) -> Any:
    name, longest = TEXTS[call.method.lower()]
    if len(call.text(name)) > longest:
        raise bad(f"{name.replace('_', ' ')} is too long")
    bot.texts[f"{name} {call.text('language_code')}"] = call.text(name)
    return True


def get_file(_: World, bot: Bot, call: Call) -> Any:
    stored = bot.stored(call.text("file_id"))
    size = len(stored.upload.content)
    return {"file_id": call.text("file_id"), "file_unique_id": stored.path, "file_size": size, "file_path": stored.path}


def get_chat(_: World, bot: Bot, call: Call) -> Any:
    chat = bot.chats.get(call.integer("chat_id"))
    if chat is None:
        raise bad("chat not found")
    gifts = dict.fromkeys(
        ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"], False
    )
    return chat.json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def set_nothing(_: World, __: Bot, ___: Call) -> Any:
    """Settings that change nothing that a chat shows."""
    return True
