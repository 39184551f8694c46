from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.chats import User

FIRST_CHAT_ID = 700_000_001


@dataclass
class Person:
    """A phone to show: a number, a Telegram account, or both. `ref` is the product's name for its owner, and `beside` the
    refs of whose phones to show with it."""

    name: str
    phone: str | None
    chat_id: int
    role: str = "person"
    note: str = ""
    ref: str = ""
    language: str = "en"
    beside: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        return asdict(self)


class People:
    def __init__(self) -> None:
        self.list: list[Person] = []
        self.users: dict[int, User] = {}

    def add(self, given: dict[str, Any]) -> Person:
        """Raises KeyError without a name. Somebody without a chat_id gets one by position."""
        phone = str(given["phone"]) if given.get("phone") else None
        chat_id = int(given.get("chat_id") or FIRST_CHAT_ID + len(self.list))
        role, note = str(given.get("role") or "person"), str(given.get("note") or "")
        language, beside = str(given.get("language") or "en"), [str(ref) for ref in given.get("beside") or []]
        person = Person(str(given["name"]), phone, chat_id, role, note, str(given.get("ref") or ""), language, beside)
        self.list.append(person)
        self.users[chat_id] = User(chat_id, person.name.split()[0], language)
        return person

    def user(self, user_id: int) -> User:
        return self.users.setdefault(user_id, User(user_id, f"Person {user_id}"))

    def known_as(self, user_id: int) -> User | None:
        return self.users.get(user_id)
