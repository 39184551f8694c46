"""Who people and staff are: found by ref, number or Telegram chat, and what a message to them has to know."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, bindparam, select

from db import crypto
from db.council import Span
from db.crypto import Sealed, sealed
from db.given import among
from db.prepared import Prepared
from db.schema import orders, people, staff, telegram_links

OUT_OF_REACH = ("custody", "died")  # of an order: nothing is sent, whatever else is so of the person


def initials(*names: str | None) -> str:
    """All that a message to staff says of somebody's name."""
    return "".join((name or "")[:1] for name in names).upper()


class Person(NamedTuple):
    """A person on an order, as conversations and messages need them. Made for everybody whom a tick or a broadcast tells."""

    id: int
    ref: str
    sealed_first_name: Sealed
    sealed_last_name: Sealed
    sealed_phone: Sealed | None
    phone_hash: str | None
    language: str
    channel: str
    mode: str
    phone_is_own: bool
    stop_level: str
    restricted: bool
    women_only: bool
    team: str
    case_manager_id: int | None
    pin_hash: str | None
    pin_failures: int
    verified_until: datetime | None
    paused_until: datetime | None
    interpreter: bool
    doubted_at: datetime | None
    number_suspended: bool
    shared: bool
    out_of_reach: bool  # in custody, or dead: whoever writes from their phone is answered by a human, if at all
    sealed_chat: Sealed | None
    chat_hash: str | None
    safe: Span | None

    @property
    def first_name(self) -> str:
        return self.sealed_first_name.open()

    @property
    def last_name(self) -> str:
        return self.sealed_last_name.open()

    @property
    def phone(self) -> str | None:
        return self.sealed_phone.open() if self.sealed_phone else None

    @property
    def doubted(self) -> bool:
        """Their number may be somebody else's by now: until they are verified again it gets nothing personal."""
        return self.doubted_at is not None

    @property
    def others_may_read(self) -> bool:
        """Their number is not surely theirs alone: what goes there may be read by somebody else."""
        return self.shared or self.doubted or not self.phone_is_own

    @property
    def chat(self) -> str | None:
        return self.sealed_chat.open() if self.sealed_chat else None

    @property
    def initials(self) -> str:
        return initials(self.first_name, self.last_name)


class Staff(NamedTuple):
    """One of the staff. What is sealed is opened by whoever reads it: a row that no key opens must not stop an alert."""

    id: int
    ref: str
    sealed_name: Sealed
    role: str
    sealed_phone: Sealed | None
    phone_hash: str | None
    language: str
    team: str
    sealed_chat: Sealed | None
    chat_hash: str | None

    @property
    def name(self) -> str:
        return self.sealed_name.open()

    @property
    def phone(self) -> str | None:
        return self.sealed_phone.open() if self.sealed_phone else None

    @property
    def chat(self) -> str | None:
        return self.sealed_chat.open() if self.sealed_chat else None

    @property
    def initials(self) -> str:
        """Or the ref, where no key opens the name."""
        try:
            return initials(*self.name.split())
        except InvalidToken:
            return self.ref


_links = telegram_links
_open = _links.c.ended_at.is_(None) & _links.c.blocked_at.is_(None)
_other = people.alias("other")
_SHARED = (
    select(1).where(_other.c.phone_hash == people.c.phone_hash, _other.c.id != people.c.id).exists()
    | select(1).where(staff.c.phone_hash == people.c.phone_hash).exists()
).label("shared")
_GONE = select(1).where(orders.c.person_id == people.c.id, orders.c.status.in_(OUT_OF_REACH)).exists().label("gone")
_AS_THEY_ARE = (
    "language", "channel", "mode", "phone_is_own", "stop_level", "restricted", "women_only", "team", "case_manager_id",
    "pin_hash", "pin_failures", "verified_until", "paused_until", "interpreter", "doubted_at",
)  # fmt: skip
COLUMNS = (  # in the order of Person's fields, the safe window last
    people.c.id, people.c.ref, sealed(people.c.first_name), sealed(people.c.last_name), sealed(people.c.phone),
    people.c.phone_hash, *(people.c[name] for name in _AS_THEY_ARE), people.c.number_suspended_at.is_not(None),
    _SHARED, _GONE, sealed(_links.c.chat), _links.c.chat_hash, people.c.safe_from, people.c.safe_until,
)  # fmt: skip
THEIR_CHAT = (_links.c.person_id == people.c.id) & _open
_PERSON = select(*COLUMNS).select_from(people.outerjoin(_links, THEIR_CHAT))
_STAFF = select(  # in the order of Staff's fields
    staff.c.id, staff.c.ref, sealed(staff.c.name), staff.c.role, sealed(staff.c.phone), staff.c.phone_hash,
    staff.c.language, staff.c.team, sealed(_links.c.chat), _links.c.chat_hash,
).select_from(staff.outerjoin(_links, (_links.c.staff_id == staff.c.id) & _open))  # fmt: skip


def of_row(row: Sequence[Any]) -> Person:
    """Of a row of `COLUMNS`."""
    start, until = row[-2:]
    return Person._make((*row[:-2], None if start is None else Span(start, until)))


def _member(row: Sequence[Any]) -> Staff:
    return Staff._make(row)


_home = telegram_links.alias("home")
_BY_ID = Prepared(_PERSON.where(people.c.id == bindparam("id")))
_BY_IDS = Prepared(_PERSON.where(among(people.c.id, "ids")))
_BY_PHONES = Prepared(_PERSON.where(among(people.c.phone_hash, "hashes")))
_BY_CHATS = Prepared(
    _PERSON.add_columns(_home.c.chat_hash)
    .join(_home, _home.c.person_id == people.c.id)
    .where(among(_home.c.chat_hash, "hashes"), _home.c.ended_at.is_(None))
)
_MEMBER_BY_ID = Prepared(_STAFF.where(staff.c.id == bindparam("id")))
_MEMBERS_BY_ID = Prepared(_STAFF.where(among(staff.c.id, "ids")))
_MEMBERS_BY_PHONE = Prepared(_STAFF.where(among(staff.c.phone_hash, "hashes")).order_by(staff.c.id.desc()))
_MEMBERS_BY_CHAT = Prepared(
    _STAFF.add_columns(_home.c.chat_hash)
    .join(_home, _home.c.staff_id == staff.c.id)
    .where(among(_home.c.chat_hash, "hashes"), _home.c.ended_at.is_(None))
)


def person(connection: Connection, person_id: int) -> Person:
    row = _BY_ID.first(connection, {"id": person_id})
    if row is None:
        raise LookupError("there is no such person")
    return of_row(row)


def people_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Person]:
    return {row[0]: of_row(row) for row in _BY_IDS.all(connection, {"ids": ids})}


def person_by_ref(connection: Connection, ref: str) -> Person | None:
    row = connection.execute(_PERSON.where(people.c.ref == ref)).first()
    return of_row(row) if row else None


def member(connection: Connection, staff_id: int) -> Staff:
    row = _MEMBER_BY_ID.first(connection, {"id": staff_id})
    if row is None:
        raise LookupError("there is no such member of staff")
    return _member(row)


def members_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Staff]:
    return {row[0]: _member(row) for row in _MEMBERS_BY_ID.all(connection, {"ids": ids})}


def member_by_ref(connection: Connection, ref: str) -> Staff | None:
    row = connection.execute(_STAFF.where(staff.c.ref == ref)).first()
    return _member(row) if row else None


def members(connection: Connection, *roles: str) -> list[Staff]:
    """Staff of these roles, in the order of their refs."""
    query = _STAFF.where(staff.c.role.in_(roles)).order_by(staff.c.ref)
    return [_member(row) for row in connection.execute(query)]


def of_team(members: Sequence[Staff], team: str | None) -> list[Staff]:
    """Those of the team, or failing them all of these."""
    return [member for member in members if member.team == team] or list(members)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an address belongs to. Neither: a stranger. `shared`: more than one person, so it can be nobody for us."""

    person: Person | None = None
    staff: Staff | None = None
    shared: bool = False


def by_phone(connection: Connection, number: str) -> Sender:
    return by_phones(connection, [number])[number]


def by_phones(connection: Connection, numbers: Collection[str]) -> dict[str, Sender]:
    """Of each of these numbers."""
    hashes = crypto.keys().by_hash(numbers)
    found = map(of_row, _BY_PHONES.all(connection, {"hashes": hashes}))
    senders = {each.phone_hash: Sender(shared=True) if each.shared else Sender(person=each) for each in found}
    if hashes.keys() - senders.keys():
        members = map(_member, _MEMBERS_BY_PHONE.all(connection, {"hashes": hashes.keys() - senders.keys()}))
        senders |= {member.phone_hash: Sender(staff=member) for member in members}
    return _by_address(hashes, senders)


def by_chat(connection: Connection, chat: str) -> Sender:
    return by_chats(connection, [chat])[chat]


def by_chats(connection: Connection, chats: Collection[str]) -> dict[str, Sender]:
    """Of each of these Telegram chats; with nowhere to write to, where the bot is blocked there."""
    hashes = crypto.keys().by_hash(chats)
    senders = {row[-1]: Sender(person=of_row(row[:-1])) for row in _BY_CHATS.all(connection, {"hashes": hashes})}
    if hashes.keys() - senders.keys():
        members = _MEMBERS_BY_CHAT.all(connection, {"hashes": hashes.keys() - senders.keys()})
        senders |= {row[-1]: Sender(staff=_member(row[:-1])) for row in members}
    return _by_address(hashes, senders)


def _by_address(hashes: Mapping[str, str], found: Mapping[str | None, Sender]) -> dict[str, Sender]:
    nobody = Sender()
    senders = dict.fromkeys(hashes.values(), nobody)
    senders.update({hashes[hashed]: sender for hashed, sender in found.items() if hashed is not None})
    return senders


def update(connection: Connection, person_id: int, **values: Any) -> None:
    connection.execute(people.update().where(people.c.id == person_id).values(**values))
