"""A small town of invented people, put straight into the tables: a test names only what it is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from db import crypto, schema
from db import people as who
from db.council import LONDON, Council
from db.people import Person, Staff
from db.record import Record

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)  # a Wednesday, 1pm in London
COUNCIL: dict[str, Any] = {
    "council": {"label": "Sessions", "phone": "01632 960480"},
    "telegram": {"people": "full", "staff": "full", "approved_by": "M Kerr", "approved_on": "2026-05-01"},
    "go_live": {"people": "all"},
}


def council(**sections: dict[str, Any]) -> Council:
    """The council above, with these sections changed."""
    made = {**COUNCIL, **{name: {**COUNCIL.get(name, {}), **section} for name, section in sections.items()}}
    return replace(Council.read(made), drama_numbers=True)


def london(text: str) -> datetime:
    """`2026-06-11 17:00` on London's clocks; of an hour that comes twice, the first."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


class Town:
    """Makes rows and reads them again; every maker returns the new id."""

    def __init__(self, record: Record, now: datetime = NOW) -> None:
        self.record = record
        self.now = now
        self._numbers = count(100)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.record.write() as connection:
            yield connection

    def add(self, table: Table, **values: Any) -> int:
        with self.record.write() as connection:
            return int(connection.execute(table.insert().values(**values).returning(table.c.id)).scalar_one())

    def change(self, table: Table, id_: int, **values: Any) -> None:
        with self.record.write() as connection:
            connection.execute(table.update().where(table.c.id == id_).values(**values))

    def rows(self, table: Table, *conditions: Any) -> list[RowMapping]:
        order = [table.c.id] if "id" in table.c else []
        with self.record.read() as connection:
            return list(connection.execute(select(table).where(*conditions).order_by(*order)).mappings())

    def row(self, table: Table, id_: int) -> RowMapping:
        return self.rows(table, table.c.id == id_)[0]

    def only(self, table: Table, *conditions: Any) -> RowMapping:
        (row,) = self.rows(table, *conditions)
        return row

    def number(self) -> str:
        return f"+447700900{next(self._numbers)}"

    def member(self, ref: str, role: str = "case_manager", **given: Any) -> int:
        phone = given.pop("phone", None) or self.number()
        values = {"name": f"Ailsa {ref}", "language": "en_GB", "team": "north", **given}
        return self.add(schema.staff, ref=ref, role=role, phone=phone, phone_hash=crypto.keys().hash(phone), **values)

    def turn(self, staff_id: int, duty: str, starts_at: datetime, hours: float = 24) -> int:
        """A turn on duty, as the rota has it."""
        ends_at = starts_at + timedelta(hours=hours)
        row = {"starts_at": starts_at, "ends_at": ends_at, "made_by": "test", "made_at": self.now}
        return self.add(schema.rota, duty=duty, staff_id=staff_id, **row)

    def away(self, staff_id: int, first_day: date, last_day: date, deputy_id: int | None = None) -> int:
        days = {"first_day": first_day, "last_day": last_day, "made_by": "test", "made_at": self.now}
        return self.add(schema.leave, staff_id=staff_id, deputy_id=deputy_id, **days)

    def person(self, ref: str, *, order: bool = True, chat: str | None = None, **given: Any) -> int:
        phone = given.pop("phone", "new")
        phone = self.number() if phone == "new" else phone
        values: dict[str, Any] = {
            "first_name": "Craig", "last_name": "Haddow", "language": "en_GB", "channel": "sms", "mode": "standard",
            "phone_is_own": True, "voicemail_ok": False, "stop_level": "none", "restricted": False, "women_only": False,
            "team": "north", "created_at": self.now, **given,
        }  # fmt: skip
        hashed = crypto.keys().hash(phone) if phone else None
        id_ = self.add(schema.people, ref=ref, phone=phone, phone_hash=hashed, **values)
        if chat:
            self.link(chat, person_id=id_)
        if order:
            self.order(f"O-{ref}", id_)
        return id_

    def link(self, chat: str, **owner: int) -> int:
        hashed = crypto.keys().hash(chat)
        return self.add(schema.telegram_links, chat=chat, chat_hash=hashed, linked_at=self.now, **owner)

    def order(self, ref: str, person_id: int, **given: Any) -> int:
        values: dict[str, Any] = {
            "kind": "cpo", "imposed_on": date(2026, 5, 1), "imposed_minutes": 6000, "complete_by": date(2026, 10, 31),
            "other_activity_minutes": 0, "status": "active", **given,
        }  # fmt: skip
        return self.add(schema.orders, ref=ref, person_id=person_id, **values)

    def placement(self, ref: str = "BIKE", **given: Any) -> int:
        values: dict[str, Any] = {
            "name": "Bike Workshop", "nickname": "Bikes", "kind": "workshop", "bring": "lunch", "team": "north",
            "women_only": False, **given,
        }  # fmt: skip
        return self.add(schema.placements, ref=ref, **values)

    def session(self, ref: str, placement_id: int, starts_at: datetime, hours: float = 6, **given: Any) -> int:
        values = {"status": "planned", "version": 1, **given}
        ends_at = starts_at + timedelta(hours=hours)
        return self.add(schema.sessions, ref=ref, placement_id=placement_id, starts_at=starts_at, ends_at=ends_at, **values)

    def booking(self, session_id: int, person_id: int, **given: Any) -> int:
        order_id = given.pop("order_id", None) or self.rows(schema.orders, schema.orders.c.person_id == person_id)[0]["id"]
        values = {"status": "booked", "version": 1, "booked_at": self.now - timedelta(days=30), **given}
        return self.add(schema.bookings, session_id=session_id, person_id=person_id, order_id=order_id, **values)

    def booked(self, ref: str, starts_at: datetime, **given: Any) -> tuple[int, int, int]:
        """A person with one session of their own: the ids of person, session and booking."""
        person_id = self.person(ref, **given)
        session_id = self.session(f"S-{ref}", self.placement(f"PL-{ref}"), starts_at)
        return person_id, session_id, self.booking(session_id, person_id)

    def earlier(self, person_id: int, starts_at: datetime) -> int:
        """A session that this person has had before, so that the next is a regular one."""
        placement_id = self.placement(f"PL-B{person_id}")
        return self.booking(self.session(f"S-B{person_id}", placement_id, starts_at), person_id)

    def the_person(self, person_id: int) -> Person:
        with self.record.read() as connection:
            return who.person(connection, person_id)

    def the_member(self, staff_id: int) -> Staff:
        with self.record.read() as connection:
            return who.member(connection, staff_id)
