"""A stored message as its sender meant it: text, a pressed button, a picture. The same shape from both doors."""

import json
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "press", "media", "blocked", "unblocked", "ignored"]
Channel = Literal["sms", "telegram"]

MEDIA = frozenset({
    "photo", "voice", "video", "video_note", "audio", "document", "sticker", "animation", "location", "contact", "venue",
    "poll", "dice", "story",
})  # fmt: skip


UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


class MalformedError(ValueError):
    """A stored message that is not what its provider sends."""


@dataclass(frozen=True, slots=True)
class Message:
    channel: Channel
    address: str
    kind: Kind
    text: str = ""
    data: str = ""  # of a pressed button
    pressed: int | None = None  # the Telegram message that it stands under
    callback_id: str | None = None
    number: int | None = None  # of their own message in a Telegram chat


def read(door: str, payload: str) -> Message:
    """Raises MalformedError."""
    try:
        stored = json.loads(payload)
        return _sms(stored) if door == "twilio" else _telegram(stored)
    except UNREADABLE as error:
        raise MalformedError(type(error).__name__) from None


def _sms(form: dict[str, str]) -> Message:
    media = int(form.get("NumMedia") or 0) > 0
    if not form["From"]:
        raise ValueError("no sender")
    return Message("sms", str(form["From"]), "media" if media else "text", form.get("Body") or "")


def _telegram(update: dict[str, Any]) -> Message:
    if "callback_query" in update:
        return _press(update["callback_query"])
    if "my_chat_member" in update:
        return _membership(update["my_chat_member"])
    message = update.get("message", update.get("edited_message"))
    if message is None:
        return Message("telegram", "", "ignored")
    chat = message["chat"]
    if chat.get("type") != "private":
        return Message("telegram", str(chat["id"]), "ignored")
    kind: Kind = "text" if MEDIA.isdisjoint(message) else "media"
    text = message.get("text") or message.get("caption") or ""
    return Message("telegram", str(chat["id"]), kind, str(text), number=message.get("message_id"))


def _press(query: dict[str, Any]) -> Message:
    message = query.get("message") or {}
    return Message(
        "telegram",
        str(query["from"]["id"]),
        "press",
        data=str(query.get("data") or ""),
        pressed=message.get("message_id"),
        callback_id=str(query["id"]),
    )


def _membership(change: dict[str, Any]) -> Message:
    chat = change["chat"]
    if chat.get("type") != "private":
        return Message("telegram", str(chat["id"]), "ignored")
    gone = change["new_chat_member"]["status"] in ("kicked", "left")
    return Message("telegram", str(chat["id"]), "blocked" if gone else "unblocked")


def sender_of(door: str, stored: dict[str, Any]) -> str | None:
    """Whose message this is, to keep one person's in order; None where it cannot be told."""
    try:
        message = _sms(stored) if door == "twilio" else _telegram(stored)
    except UNREADABLE:
        return None
    return message.address or None
