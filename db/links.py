"""Telegram chats linked to people and staff, by one-time codes handed over face to face; never by a number alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, or_, select

from db import access, crypto
from db import people as who
from db.people import Sender
from db.schema import invites, telegram_links

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that reads like something else
LENGTH = 6
LASTS = timedelta(minutes=15)

_UNBLOCK = (
    telegram_links.update()
    .where(telegram_links.c.chat_hash.in_(bindparam("hashes", expanding=True)), telegram_links.c.blocked_at.is_not(None))
    .values(blocked_at=None)
)


@dataclass(frozen=True, slots=True)
class Invite:
    code: str
    expires_at: datetime


def invite(
    connection: Connection, *, now: datetime, actor: str, person_id: int | None = None, staff_id: int | None = None
) -> Invite:
    """A new one-time code; earlier ones of the same owner stop working."""
    owner = invites.c.person_id == person_id if person_id is not None else invites.c.staff_id == staff_id
    connection.execute(invites.update().where(owner, invites.c.expires_at > now).values(expires_at=now))
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    connection.execute(
        invites.insert().values(
            code_hash=crypto.keys().hash(code),
            person_id=person_id,
            staff_id=staff_id,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    access.log(connection, actor, "invited", now=now, person_id=person_id)
    return Invite(code, now + LASTS)


def redeem(
    connection: Connection, code: str, chat: str, *, now: datetime, people: bool = True, staff: bool = True
) -> Sender | None:
    """Links the chat to the code's owner, and ends any link that either had. None for any code that does not work.

    `people` and `staff` say whose codes work at all: whom the council lets use Telegram.
    """
    row = connection.execute(
        select(invites)
        .where(
            invites.c.code_hash.in_(crypto.keys().hashes(code.upper())),
            invites.c.used_at.is_(None),
            invites.c.expires_at > now,
        )
        .with_for_update()
    ).first()
    if row is None or not (people if row.person_id is not None else staff):
        return None
    connection.execute(invites.update().where(invites.c.id == row.id).values(used_at=now))
    owner = (
        telegram_links.c.person_id == row.person_id
        if row.person_id is not None
        else telegram_links.c.staff_id == row.staff_id
    )
    ours = or_(owner, telegram_links.c.chat_hash.in_(crypto.keys().hashes(chat)))
    connection.execute(telegram_links.update().where(ours, telegram_links.c.ended_at.is_(None)).values(ended_at=now))
    connection.execute(
        telegram_links.insert().values(
            chat=chat, chat_hash=crypto.keys().hash(chat), person_id=row.person_id, staff_id=row.staff_id, linked_at=now
        )
    )
    access.log(connection, "telegram", "linked", now=now, person_id=row.person_id)
    return who.by_chat(connection, chat)


def block(connection: Connection, chat_hash: str, *, now: datetime) -> None:
    """The person blocked the bot: their right, and never held against them."""
    connection.execute(
        telegram_links.update()
        .where(telegram_links.c.chat_hash == chat_hash, telegram_links.c.ended_at.is_(None))
        .values(blocked_at=now)
    )


def unlink(connection: Connection, chat: str, *, now: datetime) -> None:
    """This chat is not theirs: nothing more goes to it until staff link another."""
    ours = telegram_links.c.chat_hash.in_(crypto.keys().hashes(chat))
    connection.execute(telegram_links.update().where(ours, telegram_links.c.ended_at.is_(None)).values(ended_at=now))


def unblock(connection: Connection, chat: str) -> None:
    connection.execute(_UNBLOCK, {"hashes": crypto.keys().hashes(chat)})


def is_linked(connection: Connection, person_id: int) -> bool:
    """Whether a message on Telegram would reach them."""
    links = telegram_links.c
    live = (links.person_id == person_id, links.ended_at.is_(None), links.blocked_at.is_(None))
    return connection.execute(select(telegram_links.c.id).where(*live)).first() is not None
