import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator import entities
from simulator.calls import Upload, bad
from simulator.chats import Chat, Message, User
from simulator.updates import Updates

Content = dict[str, Any]


@dataclass
class Query:
    """A pressed inline button that waits for answerCallbackQuery."""

    id: str
    message: Message
    at: datetime
    answered: bool = False


@dataclass
class Stored:
    upload: Upload
    path: str


@dataclass
class Bot:
    token: str
    username: str
    updates: Updates
    first_number: int
    name: str
    chats: dict[int, Chat] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    files: dict[str, Stored] = field(default_factory=dict)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = itertools.count(self.first_number)

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    def json(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    def chat(self, user: User) -> Chat:
        return self.chats.setdefault(user.id, Chat(user.id, user.first_name))

    def group(self, chat_id: int) -> Chat:
        return self.chats.setdefault(chat_id, Chat(chat_id, f"Group {-chat_id}", started=True))

    def hear(self, chat: Chat, user: User, content: Content, at: datetime, told: Callable[[], None]) -> Message:
        """A message from a person; `told` is called when the bot has taken it."""
        chat.started = True
        message = Message(next(self.numbers), chat, user.json(), at, content, outbound=False, waiting=True)
        chat.messages[message.id] = message
        return self._report(message, "message", told)

    def hear_edit(self, message: Message, text: str, at: datetime, told: Callable[[], None]) -> Message:
        message.content, message.edited_at, message.waiting = spoken(text), at, True
        return self._report(message, "edited_message", told)

    def _report(self, message: Message, kind: str, told: Callable[[], None]) -> Message:
        def taken() -> None:
            message.waiting = False
            told()

        if self.updates.add(kind, message.chat.id, message.json(), taken) is None:
            message.waiting = False
        return message

    def press(self, chat: Chat, user: User, message: Message, data: str, at: datetime) -> tuple[int | None, Query]:
        query = Query(str(secrets.randbelow(1 << 62) + (1 << 61)), message, at)
        self.queries[query.id] = query
        gone = {"chat": chat.json(), "message_id": message.id, "date": 0}
        payload = {
            "id": query.id,
            "from": user.json(),
            "message": gone if message.deleted else message.json(),
            "chat_instance": str(chat.id * 7_919),
            "data": data,
        }
        return self.updates.add("callback_query", user.id, payload, lambda: None), query

    def set_blocked(self, chat: Chat, user: User, blocked: bool, at: datetime) -> int | None:
        chat.blocked = blocked
        member = {"status": "member", "user": self.json()}
        kicked = {"status": "kicked", "user": self.json(), "until_date": 0}
        payload = {
            "chat": chat.json(),
            "from": user.json(),
            "date": int(at.timestamp()),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        return self.updates.add("my_chat_member", user.id, payload, lambda: None)

    def say(self, chat: Chat, content: Content, markup: Content | None, at: datetime) -> Message:
        """A message from the bot. A reply keyboard stays with the chat until another one or its removal."""
        message = Message(next(self.numbers), chat, self.json(), at, content, outbound=True, markup=markup)
        chat.messages[message.id] = message
        chat.action = None
        if markup and "keyboard" in markup:
            chat.keyboard = markup
        elif markup and markup.get("remove_keyboard"):
            chat.keyboard = None
        return message

    def store(self, upload: Upload, kind: str) -> dict[str, Any]:
        """Keep a file; what comes back are the fields that every kind of file has."""
        file_id = secrets.token_urlsafe(24)
        suffix = upload.name.rpartition(".")[2] or "bin"
        path = f"{kind}/file_{len(self.files)}.{suffix}"
        self.files[file_id] = Stored(upload, path)
        unique = secrets.token_urlsafe(8)
        return {"file_id": file_id, "file_unique_id": unique, "file_size": len(upload.content)}

    def stored(self, file_id: str) -> Stored:
        if file_id not in self.files:
            raise bad("invalid file_id")
        return self.files[file_id]


def spoken(text: str) -> Content:
    """The content of a typed message."""
    text = text.strip()
    found = entities.detect(text)
    return {"text": text, "entities": found} if found else {"text": text}
