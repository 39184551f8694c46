"""One turn of a conversation: who spoke, on what, when, and the means to answer within the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from db import crypto, notices, questions, sessions, tasks, threads
from db.council import Council
from db.notices import Notice
from db.people import Person, Staff
from db.questions import Question
from db.sessions import Booked, Near
from handlers import loops
from handlers.reading import Message
from notifications.rendering import MAP_PIN

REPLY_LASTS = timedelta(hours=12)


@dataclass
class Turn:
    connection: Connection
    council: Council
    inbound_id: int
    message: Message
    now: datetime
    toast: str | None = None  # the key of what to show over a pressed button
    thanked: bool = False  # their thanks are to be acknowledged without a word, where the channel can
    _said: int = field(default=0)

    def _reply(self, string: str, fields: Mapping[str, Any], **about: Any) -> None:
        is_safety = about.get("purpose") == "safety"
        member = "staff_id" in about
        if not is_safety and loops.goes_on(
            self.connection, self.message, self.inbound_id, string, told=self.told, now=self.now, by_staff=member
        ):
            self._leave_to_staff(about)
            return
        self._said += 1
        notice = Notice(
            key=f"reply:{self.inbound_id}:{self._said}",
            purpose=about.pop("purpose", "reply"),
            string=string,
            lane=about.pop("lane", notices.REPLY),
            expires_at=self.now + REPLY_LASTS,
            fields=fields,
            channel=self.message.channel,
            inbound_id=self.inbound_id,
            **about,
        )
        notices.write(self.connection, self.council, notice, now=self.now, person=self._known(notice))

    @cached_property
    def told(self) -> int:
        """Messages of ours to whoever spoke, within the hour before this turn."""
        return loops.times_told(self.connection, [self.message.address], now=self.now)[self.message.address]

    def _known(self, notice: Notice) -> Person | None:
        return None

    def _leave_to_staff(self, about: dict[str, Any]) -> None:
        """A machine answers us. One task, however long it goes on."""
        person_id = about.get("person_id")
        owner = f"p{person_id}" if person_id else crypto.keys().hash(self.message.address)
        if not tasks.stands(self.connection, f"loop:{owner}"):
            self.task("loop", key=owner, person_id=person_id, note=self.message.text if person_id else self.words)

    def say_to_stranger(self, string: str, *, purpose: str = "reply", lane: int = notices.REPLY) -> None:
        if self.message.can_be_answered:
            self._reply(string, {}, address=self.message.address, purpose=purpose, lane=lane)

    @property
    def words(self) -> str:
        """What a stranger wrote, after where from: staff cannot answer without it."""
        return f"{self.message.address}: {self.message.shown}"

    def task(self, kind: str, *, key: str, due_at: datetime | None = None, **about: Any) -> None:
        due = due_at or self.council.next_staffed(self.now)[1]
        tasks.open_task(self.connection, key=f"{kind}:{key}", kind=kind, now=self.now, due_at=due, **about)


@dataclass
class PersonTurn(Turn):
    person: Person = field(kw_only=True)

    @cached_property
    def near(self) -> Near:
        """Their sessions as this turn found them."""
        return sessions.near(self.connection, self.person.id, now=self.now)

    @cached_property
    def question(self) -> Question | None:
        """The latest question while it is open, as this turn found it."""
        return questions.latest(self.connection, self.person.id, now=self.now)

    def _known(self, notice: Notice) -> Person | None:
        return self.person if notice.person_id == self.person.id else None

    def say(
        self,
        string: str,
        fields: dict[str, Any] | None = None,
        *,
        about: Booked | None = None,
        question: int | None = None,
        purpose: str = "reply",
        lane: int = notices.REPLY,
    ) -> None:
        """Answers on the channel they used. After a pressed button, the answer takes that message's place."""
        if self._said and self.person.mode == "call_first" and purpose == "reply":
            return  # it would be the same "can you call?" again
        edits = self.message.pressed if self.message.kind == "press" and not self._said else None
        self._reply(
            string,
            fields or {},
            person_id=self.person.id,
            edits=edits,
            question_id=question,
            purpose=purpose,
            lane=lane,
            **(about.about if about else {}),
        )

    def say_anew(self, string: str, fields: dict[str, Any] | None = None, *, about: Booked | None = None) -> None:
        """Says something below, with what goes with it, and leaves the pressed message as it is."""
        self._reply(string, fields or {}, person_id=self.person.id, **(about.about if about else {}))

    @property
    def shows_files(self) -> bool:
        """Whether a picture or a document can be the answer, where they asked."""
        return self.message.channel == "telegram" and self.council.telegram_people == "full"

    def say_pin(self, pin: list[float]) -> None:
        """A bare location below the message whose button asked for it."""
        self._reply(MAP_PIN, {"pin": pin}, person_id=self.person.id)

    def ask(self, kind: str, **about: Any) -> int:
        return questions.ask(self.connection, self.person.id, kind, now=self.now, **about)

    @property
    def when(self) -> list[str]:
        """When a worker reads next, as a field: by closing time, or after the next opening."""
        kind, moment = self.council.next_staffed(self.now)
        return [kind, moment.isoformat()]

    def to_staff(self, kind: str, note: str = "", *, due_at: datetime | None = None, klass: str | None = None) -> None:
        """Opens a task about this person for their case manager, or adds to the open one."""
        about = {"person_id": self.person.id, "note": note or None, "klass": klass}
        self.task(kind, key=f"p{self.person.id}", due_at=due_at, **about)

    def to_worker(self, *, needs_reading: bool = True) -> bool:
        """Keeps their words for whoever has their thread, and tells them; whether all before it had been seen."""
        return threads.received(
            self.connection, self.council, self.person, self.message.shown, inbound_id=self.inbound_id, now=self.now,
            needs_reading=needs_reading, sent=self.message.recorded,
        )  # fmt: skip


@dataclass
class StaffTurn(Turn):
    member: Staff = field(kw_only=True)

    def say(self, string: str, fields: dict[str, Any] | None = None) -> None:
        """As to a person: after a pressed button, the first answer takes that message's place."""
        if self.message.kind == "press" and not self._said:
            self.say_in_place(string, fields or {})
        else:
            self.say_anew(string, fields or {})

    def say_anew(self, string: str, fields: Mapping[str, Any], *, purpose: str = "reply") -> None:
        self._reply(string, fields, staff_id=self.member.id, purpose=purpose)

    def say_in_place(self, string: str, fields: dict[str, Any]) -> None:
        """In the place of the message whose button was pressed."""
        self._reply(string, fields, staff_id=self.member.id, edits=self.message.pressed)
