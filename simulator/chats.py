from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DELETE_WINDOW_HOURS = 48


@dataclass
class User:
    """Somebody with a Telegram account. `deactivated` accounts answer 403 to whoever writes to them."""

    id: int
    first_name: str
    language_code: str = "en"
    deactivated: bool = False

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }


@dataclass
class Message:
    """A message in a chat. `content` holds the Bot API fields that say what it is: text, entities, location, photo…"""

    id: int
    chat: "Chat"
    sender: dict[str, Any]
    at: datetime
    content: dict[str, Any]
    outbound: bool
    markup: dict[str, Any] | None = None
    protected: bool = False
    silent: bool = False
    edited_at: datetime | None = None
    deleted: bool = False
    waiting: bool = False
    reaction: str | None = None
    toasts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def inline(self) -> dict[str, Any] | None:
        return self.markup if self.markup and "inline_keyboard" in self.markup else None

    def json(self) -> dict[str, Any]:
        """As the Bot API shows it."""
        about: dict[str, Any] = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.json(),
            "date": int(self.at.timestamp()),
        }
        if self.edited_at:
            about["edit_date"] = int(self.edited_at.timestamp())
        if self.protected:
            about["has_protected_content"] = True
        about |= self.content
        if self.inline:
            about["reply_markup"] = self.inline
        return about

    def show(self) -> dict[str, Any]:
        """As a phone shows it."""
        text = self.content.get("text", self.content.get("caption", ""))
        kinds = ("text", "location", "photo", "document", "voice", "sticker", "contact")
        kind = next((name for name in kinds if name in self.content), "text")
        return {
            "message_id": self.id,
            "direction": "outbound" if self.outbound else "inbound",
            "kind": kind,
            "text": text,
            "entities": self.content.get("entities", self.content.get("caption_entities", [])),
            "content": None if kind == "text" else self.content[kind],
            "buttons": self.inline["inline_keyboard"] if self.inline else [],
            "state": self.state,
            "edited": self.edited_at is not None,
            "deleted": self.deleted,
            "protected": self.protected,
            "silent": self.silent,
            "toasts": self.toasts,
            "reaction": self.reaction,
            "at": self.at.isoformat(),
        }

    @property
    def state(self) -> str:
        if self.deleted:
            return "deleted"
        if not self.outbound:
            return "waiting" if self.waiting else "taken"
        return "edited" if self.edited_at else "sent"


@dataclass
class Chat:
    """One conversation with one bot: private (its id is the user's) or a group (a negative id)."""

    id: int
    name: str
    started: bool = False
    blocked: bool = False
    action: str | None = None
    keyboard: dict[str, Any] | None = None
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def private(self) -> bool:
        return self.id > 0

    def json(self) -> dict[str, Any]:
        if self.private:
            return {"id": self.id, "type": "private", "first_name": self.name}
        return {"id": self.id, "type": "group", "title": self.name}

    def show(self) -> dict[str, Any]:
        return {
            "chat_id": self.id,
            "type": "private" if self.private else "group",
            "name": self.name,
            "started": self.started,
            "blocked": self.blocked,
            "action": self.action,
            "keyboard": self.keyboard,
        }
