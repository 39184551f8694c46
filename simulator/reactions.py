"""A reaction that a bot sets on a message."""

from typing import Any

from simulator.bots import Bot
from simulator.calls import Call, bad
from simulator.posts import open_chat, sent_message
from simulator.world import World

# Bot API, ReactionTypeEmoji
LISTED = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡
🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈
😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿
🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
ALLOWED = frozenset(LISTED.split())


def set_reaction(world: World, bot: Bot, call: Call) -> Any:
    """An empty list takes the reaction back. A bot may set one."""
    open_chat(world, bot, call)
    message = sent_message(bot, call, "message to react not found")
    wanted = call.structure("reaction") or []
    if not isinstance(wanted, list) or not all(isinstance(one, dict) and one.get("type") for one in wanted):
        raise bad("can't parse reaction types JSON object")
    emoji = [one.get("emoji") for one in wanted if one["type"] == "emoji"]
    if len(wanted) > 1 or len(emoji) != len(wanted):
        raise bad("REACTIONS_TOO_MANY" if len(wanted) > 1 else "REACTION_INVALID")
    if not ALLOWED.issuperset(emoji):
        raise bad("REACTION_INVALID")
    message.reaction = emoji[0] if emoji else None
    world.feed.tell("telegram", chat_id=message.chat.id)
    return True
