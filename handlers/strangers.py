"""Addresses that belong to nobody here, or to more than one: they learn nothing, and a human sees what they wrote."""

import re
from datetime import timedelta

from sqlalchemy import func, select

from db import crypto, links
from db.people import Sender
from db.schema import deliveries, notices
from handlers import language
from handlers.reading import Message
from handlers.stopping import PROVIDER_STOPS
from handlers.turn import PersonTurn, StaffTurn, Turn

START = re.compile(r"/start(?:@\w+)?(?:\s+(\S+))?\s*", re.IGNORECASE)
BARE_CODE = re.compile(rf"[{links.ALPHABET}]{{{links.LENGTH}}}", re.IGNORECASE)
ONE_REPLY_IN = timedelta(minutes=10)
WRONG_CODES = 5  # within a quarter of an hour; after that, silence


def code_of(message: Message) -> str | None:
    """The link code in a Telegram message: after /start, or alone."""
    if message.channel != "telegram":
        return None
    text = message.text.strip()
    if match := START.fullmatch(text):
        return match[1]
    return text if BARE_CODE.fullmatch(text) else None


def redeem(turn: Turn, code: str) -> bool:
    """Links this chat to the code's owner and greets them. False for a code that does not work."""
    people, staff = turn.council.telegram_people != "off", turn.council.telegram_staff != "off"
    owner = links.redeem(turn.connection, code, turn.message.address, now=turn.now, people=people, staff=staff)
    if owner is None:
        return False
    about = (turn.connection, turn.council, turn.inbound_id, turn.message, turn.now)
    if owner.person is not None:
        linked = PersonTurn(*about, person=owner.person)
        linked.say("link.done", purpose="link")
        language.offer(linked)
    elif owner.staff is not None:
        StaffTurn(*about, member=owner.staff).say("staff.link_done")
    return True


def handle(turn: Turn, sender: Sender) -> None:
    if code := code_of(turn.message):
        if not redeem(turn, code) and _said(turn, "link.bad_code", links.LASTS) < WRONG_CODES:
            turn.say_to_stranger("link.bad_code")
        return
    key = crypto.keys().hash(turn.message.address)
    kind = "shared_number" if sender.shared else "unknown_number"
    turn.task(kind, key=key, note=turn.words)
    if turn.message.text.strip().upper() not in PROVIDER_STOPS and not _said(turn, "unknown_number", ONE_REPLY_IN):
        turn.say_to_stranger("unknown_number")


def _said(turn: Turn, string: str, within: timedelta) -> int:
    """How often this address was told this lately."""
    query = (
        select(func.count())
        .select_from(deliveries.join(notices, notices.c.id == deliveries.c.notice_id))
        .where(
            deliveries.c.address_hash == crypto.keys().hash(turn.message.address),
            notices.c.string == string,
            notices.c.created_at > turn.now - within,
        )
    )
    return turn.connection.execute(query).scalar_one()
