"""A stored message as its sender meant it: text, a pressed button, a picture. The same shape from both doors."""

import json
import re
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "press", "media", "forwarded", "blocked", "unblocked", "group", "ignored"]
Channel = Literal["sms", "telegram"]

MEDIA = frozenset({
    "photo", "voice", "video", "video_note", "audio", "document", "sticker", "animation", "location", "contact", "venue",
    "poll", "dice", "story", "game", "paid_media", "checklist", "invoice",
})  # fmt: skip
RECORDINGS = ("voice", "video")
NOT_SAID = (
    "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "chat_background_set",
    "connected_website", "proximity_alert_triggered", "users_shared", "chat_shared", "web_app_data", "boost_added",
    "successful_payment", "refunded_payment", "gift", "unique_gift", "giveaway", "giveaway_winners",
)  # fmt: skip
"""What Telegram notes in a chat by itself, though it comes as a message (its "Message" page): nobody has said anything."""
IN_GROUPS = frozenset({"message", "edited_message", "channel_post", "edited_channel_post"})
PRESENT = ("member", "administrator", "restricted", "creator")
REPLIABLE = re.compile(r"\+\d{7,15}")

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


class MalformedError(ValueError):
    """A stored message that is not what its provider sends."""


class Message(NamedTuple):
    channel: Channel
    address: str
    kind: Kind
    text: str = ""
    data: str = ""  # of a pressed button
    pressed: int | None = None  # the Telegram message that it stands under
    callback_id: str | None = None
    number: int | None = None  # of their own message in a Telegram chat
    photo: str = ""  # the largest size's id in Telegram's store
    recording: str = ""  # the id there of a voice note or a video, which nothing here listens to
    speaks: str = ""  # the language of their Telegram, such as "pl" or "en-GB", where it says
    media: str = ""  # what kind of thing came, as the provider names it

    @property
    def shown(self) -> str:
        """What staff read of it: the words, after what came with them."""
        return f"[{self.media}] {self.text}".strip() if self.media else self.text

    @property
    def recorded(self) -> tuple[str, ...]:
        """Of a voice note or a video, what shows it to somebody else on Telegram."""
        return (self.media, self.recording) if self.recording else ()

    @property
    def can_be_answered(self) -> bool:
        """Not a name, a short code, or a number on WhatsApp or RCS: a text of ours would go astray there."""
        return self.channel == "telegram" or REPLIABLE.fullmatch(self.address) is not None


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
    what = str(form.get("MediaContentType0") or "mms") if media else ""
    return Message("sms", str(form["From"]), "media" if media else "text", form.get("Body") or "", media=what)


def _telegram(update: dict[str, Any]) -> Message:
    if "callback_query" in update:
        return _press(update["callback_query"])
    if "my_chat_member" in update:
        return _membership(update["my_chat_member"])
    message = next((update[kind] for kind in IN_GROUPS & update.keys()), None)
    if message is None:
        return Message("telegram", "", "ignored")
    chat = message["chat"]
    if chat.get("type") != "private":
        return Message("telegram", str(chat["id"]), "group")
    text = str(message.get("text") or message.get("caption") or "")
    kind, media = _kind(message, text)
    return Message(
        "telegram",
        str(chat["id"]),
        kind,
        text,
        number=message.get("message_id"),
        photo=_largest(message["photo"]) if isinstance(message.get("photo"), list) else "",
        recording=_recording(message, media),
        speaks=str((message.get("from") or {}).get("language_code") or ""),
        media=media,
    )


def _largest(sizes: list[dict[str, Any]]) -> str:
    biggest = max(sizes, key=lambda size: int(size.get("width", 0)) * int(size.get("height", 0)), default={})
    return str(biggest.get("file_id", ""))


def _recording(message: dict[str, Any], media: str) -> str:
    return str(message[media].get("file_id", "")) if media in RECORDINGS and isinstance(message[media], dict) else ""


def _kind(message: dict[str, Any], text: str) -> tuple[Kind, str]:
    """Something of a kind that is newer than this program is media too: somebody sent it, and we can't open it."""
    media = next((name for name in message if name in MEDIA), "")
    if media:
        return "media", media
    if "forward_origin" in message or "forward_date" in message:
        return "forwarded", ""
    if text:
        return "text", ""
    return ("ignored", "") if any(name in message for name in NOT_SAID) else ("media", "?")


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
    chat, status = change["chat"], change["new_chat_member"]["status"]
    if chat.get("type") != "private":
        return Message("telegram", str(chat["id"]), "group" if status in PRESENT else "ignored")
    gone = status in ("kicked", "left")
    return Message("telegram", str(chat["id"]), "blocked" if gone else "unblocked")


def sender_of(door: str, stored: dict[str, Any]) -> str | None:
    """Whose message this is, to keep one person's in order; None where it cannot be told."""
    try:
        message = _sms(stored) if door == "twilio" else _telegram(stored)
    except UNREADABLE:
        return None
    return message.address or None


def emptied(door: str, payload: str) -> str:
    """The same stored message without what it said; whose it was stays."""
    stored = json.loads(payload)
    if door == "twilio":
        return json.dumps({**stored, "Body": ""})
    if "callback_query" in stored:
        return json.dumps({**stored, "callback_query": {**stored["callback_query"], "data": ""}})
    key = "message" if "message" in stored else "edited_message"
    return json.dumps({**stored, key: {**stored[key], "text": ""}})
