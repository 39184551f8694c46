"""Conversations as tests hold them: a small council, the phones of its people, and a clock that the test moves.

    craig.texts("cannae make it")  →  the texts that reach Craig's phone before he puts it down

A message goes the way of a real one: the provider's form is stored, read, handled in one transaction; what it causes is
taken from the record, weighed and rendered as the sender does it. Only the providers are missing.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Literal

from sqlalchemy import Connection, Table, select

from db import (
    bookings,
    claims,
    crypto,
    deliveries,
    eligibility,
    inbound,
    leases,
    links,
    notices,
    people,
    permissions,
    reports,
    rota_changes,
    schema,
    sessions,
)
from db.change import Change
from db.claims import Intent, Waiting
from db.council import LONDON, Council
from db.eligibility import Facts, Hold, Refusal
from db.inbound import Raw, Stored
from db.leases import Held
from db.people import Person, Staff
from db.record import Record
from handlers import conversation, failures
from handlers.turn import Turn
from locales.catalog import Catalogs
from notifications import reminders, ticking
from notifications.channel import File
from notifications.rendering import Rendered, Renderer
from tests.handlers import leaks

YEAR = 2025
LABEL, PHONE = "Linnbrae", "01632 960480"
SETTINGS: dict[str, dict[str, Any]] = {
    "council": {"label": LABEL, "phone": PHONE},
    "telegram": {"people": "full", "staff": "full", "approved_by": "The officer", "approved_on": date(YEAR, 8, 1)},
    "go_live": {"people": "all"},
    "credit": {"on": "mark"},
}
PIN_ON_THE_MAP = "[pin]"

Door = Literal["sms", "telegram"]


def moment(when: str) -> datetime:
    """`12 September 9:30`, London time."""
    return datetime.strptime(f"{YEAR} {when}", "%Y %d %B %H:%M").replace(tzinfo=LONDON)


@dataclass
class Bubble:
    """One message in a Telegram chat as it stands now."""

    text: str
    buttons: dict[str, str]  # label → data; of equal labels the last
    rows: list[list[tuple[str, str]]]  # each button's label and data
    keyboard: tuple[str, ...]
    protected: bool = False


@dataclass
class Phone:
    """Anybody's phone: its texts, and its chat with the bot."""

    town: "Town"
    number: str
    chat: int
    unread: list[str] = field(default_factory=list)
    bubbles: dict[int, Bubble] = field(default_factory=dict)
    door: Door = "sms"
    toast: str | None = None  # what the last pressed button showed
    files: list[File] = field(default_factory=list)  # pictures and documents that came
    shown: list[tuple[str, str]] = field(default_factory=list)  # what others sent, by its kind and its id with Telegram
    thanked: bool = False  # whether the last message got a thumbs-up, where the channel has one

    def says(self, text: str) -> list[str]:
        """By text or on Telegram, whichever this phone uses."""
        return self.texts(text) if self.door == "sms" else self.writes(text)

    def texts(self, text: str, **form: str) -> list[str]:
        sid = f"SM{self.town.next():032x}"
        form = {"MessageSid": sid, "From": self.number, "To": "+447700900000", "Body": text, "NumMedia": "0", **form}
        return self.town.receive(self, Raw("twilio", sid, self.number, json.dumps(form)))

    def writes(self, text: str, *, edited: bool = False, chat_type: str = "private", **extra: Any) -> list[str]:
        """A Telegram message; `edited`, an earlier one that now reads so."""
        message = {"message_id": self.town.next(), "chat": {"id": self.chat, "type": chat_type}, **extra}
        if text:
            message["text"] = text
        return self.update("edited_message" if edited else "message", message)

    def presses(self, label: str, *, on: int | None = None) -> list[str]:
        """The button with that label under the latest message that has one, or under the message with that number."""
        under = on if on is not None else max(id_ for id_, bubble in self.bubbles.items() if label in bubble.buttons)
        return self.presses_data(self.bubbles[under].buttons[label], under)

    def presses_data(self, data: str, under: int = 1) -> list[str]:
        query = {"id": str(self.town.next()), "from": {"id": self.chat}, "data": data, "message": {"message_id": under}}
        return self.update("callback_query", query)

    def joins(self, status: str) -> list[str]:
        """`kicked`: blocks the bot. `member`: takes it back."""
        chat = {"id": self.chat, "type": "private"}
        return self.update("my_chat_member", {"chat": chat, "new_chat_member": {"status": status}})

    def update(self, kind: str, what: dict[str, Any]) -> list[str]:
        number = self.town.next()
        payload = json.dumps({"update_id": number, kind: what})
        return self.town.receive(self, Raw("telegram", str(number), str(self.chat), payload))

    def reads(self) -> list[str]:
        """What came since the phone was last looked at."""
        read, self.unread = self.unread, []
        return read

    @property
    def latest(self) -> int:
        """The number of the newest message in the chat."""
        return max(self.bubbles)


@dataclass
class Someone(Phone):
    """A person on an order."""

    id: int = 0
    first_name: str = ""
    order: int = 0

    @property
    def row(self) -> Person:
        with self.town.record.read() as connection:
            return people.person(connection, self.id)

    def is_booked(self, session: int) -> int:
        """Gives them a place on the session; the booking's id."""
        with self.town.record.write() as connection:
            now = self.town.now - timedelta(days=30)
            return bookings.book(connection, session, self.id, self.order, now=now, actor="test")

    def answer(self, session: int) -> str | None:
        rows = self.town.rows(schema.bookings, person_id=self.id, session_id=session)
        answer: str | None = rows[0]["answer"]
        return answer

    def reports(self) -> list[tuple[str, str | None, str | None]]:
        """What stands, newest first: kind, reason, band."""
        with self.town.record.read() as connection:
            return [(r["kind"], r["reason"], r["band"]) for r in reports.of_person(connection, self.id)]

    def tasks(self) -> dict[str, str]:
        """Open tasks about them: kind → what is written on it; of messages to read, what they wrote."""
        found = self.town.rows(schema.tasks, person_id=self.id, status="open")
        notes = {row["kind"]: row["note"] or "" for row in found}
        return notes | ({"message": "\n".join(self.unread_words())} if "message" in notes else {})

    def unread_words(self) -> list[str]:
        """What they wrote to a worker and nobody has seen, oldest first."""
        [thread] = self.town.rows(schema.threads, person_id=self.id)
        entries = self.town.rows(schema.thread_entries, thread_id=thread["id"], kind="in", seen_at=None)
        return [entry["words"] for entry in entries]

    def is_invited(self) -> str:
        return self.town.invite(person_id=self.id)

    def changes(self, **values: Any) -> None:
        with self.town.record.write() as connection:
            people.update(connection, self.id, **values)


@dataclass
class Member(Phone):
    """One of the staff."""

    id: int = 0

    @property
    def row(self) -> Staff:
        with self.town.record.read() as connection:
            return people.member(connection, self.id)

    def is_invited(self) -> str:
        return self.town.invite(staff_id=self.id)


class Town:
    """Wednesday 10 September, ten in the morning, until the test says otherwise. Sections of settings may be given."""

    def __init__(self, record: Record, **settings: dict[str, Any]) -> None:
        self.record = record
        self.now = moment("10 September 10:00")
        self._numbers = count(1)
        self._phones: dict[str, Phone] = {}
        self.names: list[leaks.Name] = []
        self.places: list[leaks.Place] = []
        self.said: list[tuple[str, Rendered]] = []  # the strings that left, with what was read
        self.rule(**settings)

    def rule(self, **settings: dict[str, Any]) -> None:
        """The council's file, with these sections changed."""
        merged = {name: {**SETTINGS.get(name, {}), **settings.get(name, {})} for name in {*SETTINGS, *settings}}
        self.council = replace(Council.read(merged), drama_numbers=True)
        self._renderer = Renderer(self.council, Catalogs.load())

    def next(self) -> int:
        return next(self._numbers)

    def at(self, when: str) -> None:
        self.now = moment(when)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    # Who and what there is

    def _phone(self, kind: Any, door: Door, **about: Any) -> Any:
        n = self.next()
        about.setdefault("number", f"+447700900{n:03d}")
        phone = kind(town=self, chat=5000 + n, door=door, **about)
        self._phones.setdefault(phone.number, phone)
        self._phones[str(phone.chat)] = phone
        return phone

    def stranger(self, door: Door = "sms") -> Phone:
        phone: Phone = self._phone(Phone, door)
        return phone

    def staff(self, name: str, role: str = "case_manager", *, door: Door = "sms", team: str = "north") -> Member:
        """One of the staff; on Telegram where the door says so."""
        phone: Member = self._phone(Member, door)
        row = {"name": name, "role": role, "phone": phone.number, "language": "en_GB", "team": team}
        phone.id = self.insert(schema.staff, ref=f"S{phone.chat}", phone_hash=self._hash(phone.number), **row)
        self.names.append(leaks.Name(name, name.split()[0], None))
        if door == "telegram":
            self._link(phone, staff_id=phone.id)
        return phone

    def person(self, name: str, *, door: Door = "sms", number: str | None = None, done: int = 30, **values: Any) -> Someone:
        """A person on a running order of 100 hours, of which 30 are done, or so many."""
        first, last = name.split()
        phone: Someone = self._phone(Someone, door, first_name=first, **({"number": number} if number else {}))
        row = {
            "ref": f"P{phone.chat}", "first_name": first, "last_name": last, "phone": phone.number, "language": "en_GB",
            "phone_hash": self._hash(phone.number), "channel": door, "mode": "standard", "phone_is_own": True,
            "voicemail_ok": False, "stop_level": "none", "restricted": False, "women_only": False, "team": "north",
            "created_at": self.now,
        }  # fmt: skip
        phone.id = self.insert(schema.people, **{**row, **values})
        self.names.append(leaks.Name(name, first, phone.id))
        phone.order = self.order(phone, hours=100, done=done)
        if door == "telegram":
            self._link(phone, person_id=phone.id)
        return phone

    def order(self, person: Someone, *, hours: int, done: int = 0, **values: Any) -> int:
        row = {
            "ref": f"O{self.next()}", "person_id": person.id, "kind": "cpo", "imposed_on": date(YEAR, 8, 1),
            "imposed_minutes": hours * 60, "complete_by": date(YEAR, 11, 30), "other_activity_minutes": 0,
            "status": "active",
        }  # fmt: skip
        id_ = self.insert(schema.orders, **{**row, **values})
        if done:
            self.worked(id_, done * 60)
        return id_

    def worked(
        self, order: int, minutes: int, on: date = date(YEAR, 9, 5), *, by: str = "import", activity: str = "unpaid_work"
    ) -> None:
        """A row of the ledger; one that a file brought, unless it says who entered it."""
        row = {"worked_minutes": minutes, "credited_minutes": minutes, "activity": activity, "actor": by}
        self.insert(schema.hours, seq=0, order_id=order, kind="work", worked_on=on, at=self.now, **row)

    def session(self, when: str, place: str = "Bike workshop", *, hours: int = 6, **about: Any) -> int:
        """A planned session. `supervisor`, `bring`, `women_only`, `pin` as wanted."""
        supervisor: Member | None = about.pop("supervisor", None)
        latitude, longitude = about.pop("pin", (None, None))
        address = f"{self.next()} Burnside Yard"
        row = {"ref": f"PL{self.next()}", "name": place, "nickname": place, "kind": "workshop", "address": address}
        row |= {"postcode": "ZZ1 1AB", "latitude": latitude, "longitude": longitude, "team": "north"}
        about = {"bring": "", "women_only": False, **about}
        placement = self.insert(schema.placements, **row, **about)
        self.places.append(leaks.Place(place, address, "ZZ1 1AB", bool(about["women_only"])))
        starts_at = moment(when)
        return self.insert(
            schema.sessions, ref=f"SE{self.next()}", placement_id=placement, starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours), supervisor_id=supervisor.id if supervisor else None,
            status="planned", version=1,
        )  # fmt: skip

    def moves(self, session: int, when: str, *, tell: bool = True) -> None:
        with self.record.write() as connection:
            row = connection.execute(select(schema.sessions).where(schema.sessions.c.id == session)).one()
            starts_at = moment(when)
            sessions.change(
                connection, self.council, session, placement_id=row.placement_id, starts_at=starts_at,
                ends_at=starts_at + (row.ends_at - row.starts_at), now=self.now, actor="test", tell=tell,
            )  # fmt: skip
        self.deliver()

    def calls_off(self, session: int) -> None:
        with self.record.write() as connection:
            sessions.cancel(connection, self.council, [session], now=self.now, actor="test", tell=True)
        self.deliver()

    def puts_back(self, session: int) -> None:
        with self.record.write() as connection:
            sessions.reinstate(connection, self.council, session, now=self.now, actor="test")
        self.deliver()

    def asks_swap(self, holder: Member, turn: int, other: Member) -> None:
        """From the command line, as who has that turn."""
        with self.record.write() as connection:
            change = Change(connection, self.council, self.now, permissions.as_member(holder.row))
            rota_changes.ask_swap(change, turn, other.row.ref)
        self.deliver()

    def reminds(self) -> None:
        """The clock writes the reminders that are due, and they leave."""
        with self.record.write() as connection:
            reminders.write(connection, self.council, now=self.now)
        self.deliver()

    def ticks(self) -> None:
        """The clock asks once what is due, and what it writes leaves."""
        for task in ticking.TASKS:
            ticking.tick(self.record, self.council, task, now=self.now)
        self.deliver()

    def invite(self, **owner: int) -> str:
        with self.record.write() as connection:
            return links.invite(connection, now=self.now, actor="test", **owner).code

    def _link(self, phone: Phone, **owner: int) -> None:
        chat = str(phone.chat)
        self.insert(schema.telegram_links, chat=chat, chat_hash=self._hash(chat), linked_at=self.now, **owner)

    def insert(self, table: Table, **row: Any) -> int:
        with self.record.write() as connection:
            id_: int = connection.execute(table.insert().values(**row).returning(table.c.id)).scalar_one()
            return id_

    @staticmethod
    def _hash(address: str) -> str:
        return crypto.keys().hash(address)

    # What stands on a phone

    def labels_under(self, phone: Phone, message: int) -> list[list[str]]:
        return [[label for label, _ in row] for row in phone.bubbles[message].rows]

    def data_under(self, phone: Phone, message: int) -> list[str]:
        return [data for row in phone.bubbles[message].rows for _, data in row]

    # What the record holds

    def change(self, table: Table, id_: int, **values: Any) -> None:
        with self.record.write() as connection:
            connection.execute(table.update().where(table.c.id == id_).values(**values))

    def rows(self, table: Table, **where: Any) -> list[dict[str, Any]]:
        query = select(table).where(*(table.c[name] == value for name, value in where.items())).order_by(table.c.id)
        with self.record.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def alerts(self) -> list[tuple[str, int | None]]:
        """Each alert's class, and the id of the person it is about."""
        return [(row["class"], row["person_id"]) for row in self.rows(schema.alerts)]

    def tasks(self) -> dict[str, str]:
        """Open tasks about nobody in the record: kind → what is written on it."""
        return {row["kind"]: row["note"] or "" for row in self.rows(schema.tasks, person_id=None, status="open")}

    # Coming in and going out

    def receive(self, phone: Phone, raw: Raw) -> list[str]:
        phone.reads()
        phone.toast = None
        with self.record.write() as connection:
            inbound.store(connection, [raw], now=self.now)
        stored = self._stored(raw)
        heard = conversation.hear(stored.door, stored.payload)
        with self.record.write() as connection:
            turn: Turn
            [turn] = conversation.handle_all(connection, self.council, {stored.id: heard}, now=self.now)
            inbound.take(connection, [stored.id], now=self.now)
        phone.toast, phone.thanked = turn.toast, turn.thanked
        self.deliver()
        return phone.reads()

    def fails(self, phone: Phone, raw: Raw) -> list[str]:
        """The message has failed as often as it may, and is handed over."""
        with self.record.write() as connection:
            inbound.store(connection, [raw], now=self.now)
        stored = self._stored(raw)
        with self.record.write() as connection:
            inbound.fail(connection, stored.id, "ValueError", now=self.now)
            failures.hand_over(connection, self.council, stored, now=self.now)
        self.deliver()
        return phone.reads()

    def _stored(self, raw: Raw) -> Stored:
        row = self.rows(schema.inbound, door=raw.door, provider_id=raw.provider_id)[0]
        return Stored(*(row[name] for name in Stored.__slots__))

    def deliver(self) -> None:
        """Everything that may leave now leaves, and arrives."""
        with self.record.write() as connection:
            for channel in ("sms", "telegram", "sms"):  # a message that finds no chat may become a text
                if not claims.is_due(connection, channel, now=self.now):  # as the sender asks, since it costs little
                    continue
                lease = f"send:{channel}"
                held = Held(lease, "door", leases.take(connection, lease, "door", real=self.now) or 0)
                for one in claims.waiting(connection, channel, held, now=self.now, limit=1000)[0]:
                    self._send(connection, one)

    def _send(self, connection: Connection, one: Waiting) -> None:
        if one.action == "delete":
            deliveries.drop(connection, one, "cancelled", "deleted", now=self.now)
            self._phones[one.address].bubbles.pop(one.target or 0, None)
            return
        person, member = claims.recipient(connection, one.notice)
        where = notices.route(self.council, one.notice, person, member)
        if isinstance(where, str):
            deliveries.drop(connection, one, "undeliverable", where, now=self.now)
            return
        if (where.channel, where.address_hash) != (one.channel, one.address_hash):
            safe = person.safe if person else None
            deliveries.reroute(connection, self.council, one, where, safe, now=self.now)
            return
        verdict = eligibility.check(connection, self.council, _facts(one), person, now=self.now)
        if isinstance(verdict, Hold):
            deliveries.hold(connection, one.id, verdict.until)
        elif isinstance(verdict, Refusal):
            deliveries.refuse(connection, one, verdict, person, now=self.now)
        else:
            self._arrives(connection, one, person, member)

    def _arrives(self, connection: Connection, one: Waiting, person: Person | None, member: Staff | None) -> None:
        rendered = self._render(one, person, member)
        leaks.check(rendered, one.notice.string, one.channel, person, member, self.names, self.places)
        self.said.append((one.notice.string, rendered))
        number = one.target if one.action == "edit" and one.target else self.next()
        intent = Intent(one.id, rendered.body, rendered.locale, rendered.parts)
        claims.start(connection, [intent], fence=1, now=self.now, real=datetime.now(UTC))
        provider = "telegram" if one.channel == "telegram" else "twilio"
        deliveries.accepted(connection, [(one, 1, str(number))], provider=provider, now=self.now)
        phone = self._phones[one.address]
        text = PIN_ON_THE_MAP if rendered.location else rendered.body
        if rendered.attached is not None and one.action == "send":
            phone.files.append(rendered.attached.file())
        if rendered.sent is not None:
            phone.shown.append(rendered.sent)
        phone.unread.append(text)
        if one.channel == "telegram":
            labels = {button.label: button.data for row in rendered.buttons for button in row}
            keyboard = tuple(label for row in rendered.keyboard for label in row)
            rows = [[(button.label, button.data) for button in row] for row in rendered.buttons]
            phone.bubbles[number] = Bubble(text, labels, rows, keyboard, rendered.protect)

    def _render(self, one: Waiting, person: Person | None, member: Staff | None) -> Rendered:
        channel: Any = one.channel
        if person is not None:
            return self._renderer.for_person(one.notice, person, channel, self.now)
        if member is not None:
            return self._renderer.for_staff(one.notice, member, channel, self.now)
        return self._renderer.for_stranger(one.notice, channel, self.now)


def _facts(one: Waiting) -> Facts:
    n = one.notice
    return Facts(
        n.purpose, n.timing, one.lane, one.counts, one.channel, one.address_hash, n.created_at, one.expires_at,
        n.booking_id, n.booking_version, n.session_id, n.session_version, n.pack_request_id, n.pack_version,
    )  # fmt: skip
