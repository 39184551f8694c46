"""Notices: tell this person this, before then, because of that. Written with the change that causes them."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, select

from db import crypto, tasks, upsert, waking
from db import people as who
from db.council import Council
from db.crypto import Sealed
from db.prepared import Prepared
from db.schema import deliveries, notices
from db.sending_hours import Timing, next_permitted

SAFETY, REPLY, CHANGE, REMINDER, REST = range(5)
"""The lanes, first to last: safety and urgent alerts, replies, off and moved, reminders and other alerts, the rest."""

MUST_HEAR = ("reminder", "off", "moved", "pack", "broadcast", "decision", "conversation")
"""What a person needs to know of their sessions, packs and reasons, or a worker wrote to them: where no message can
bring it, staff must."""
TELL_WITHIN = timedelta(hours=4)

ALL_OR_TEXT = ("late", "roster", "conversation")  # what staff get on Telegram only where all of it may be there
SECOND = "second:"
"""Begins the key of a notice that says another's words on the other channel: it goes there or nowhere."""

SAYS_NOTHING_PRIVATE = ("safety", "link")
UNCOUNTED = ("reply", "safety", "off", "link", "trouble", "broadcast", "conversation", "late")  # towards `rates.person_day`

_INSERT_DELIVERY = Prepared(
    deliveries.insert(),
    "token", "notice_id", "seq", "channel", "action", "target", "status", "lane", "counts", "address", "address_hash",
    "not_before", "expires_at", "attempts", "resends", "checks", "created_at",
)  # fmt: skip


class Notice(NamedTuple):
    """One intent to tell one person, one of the staff or one address one thing. `key` makes it happen once."""

    key: str
    purpose: str
    string: str
    lane: int
    expires_at: datetime
    timing: Timing = "any"
    fields: Mapping[str, Any] = {}
    person_id: int | None = None
    staff_id: int | None = None
    address: str | None = None
    channel: str | None = None
    edits: int | None = None
    booking_id: int | None = None
    booking_version: int | None = None
    session_id: int | None = None
    session_version: int | None = None
    question_id: int | None = None
    alert_id: int | None = None
    broadcast_id: int | None = None
    thread_id: int | None = None
    pack_request_id: int | None = None
    pack_version: int | None = None
    inbound_id: int | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Route:
    channel: str
    address: str | Sealed
    address_hash: str


def route(council: Council, notice: Any, person: who.Person | None, member: who.Staff | None) -> Route | str:
    """Where a notice would go now, or one word why nowhere. Only addresses are looked at here, not eligibility."""
    if person is not None:
        where = _to_person(council, person, notice)
        strays = isinstance(where, Route) and notice.key.startswith(SECOND) and where.channel != notice.channel
        return "no_address" if strays else where
    if member is not None:
        return _to_member(council, member, notice)
    if notice.address is None or notice.channel is None:
        return "no_address"
    return Route(notice.channel, notice.address, crypto.keys().hash(notice.address))


def _to_person(council: Council, person: who.Person, notice: Any) -> Route | str:
    if person.mode == "no_contact":
        return "no_contact"
    channel = notice.channel or person.channel
    safe_by_sms = person.sealed_phone is not None and not person.others_may_read
    # Where Telegram may hold no content, what they asked for comes as a text, if their number can have it.
    holds_all = council.telegram_people == "full" or notice.purpose in SAYS_NOTHING_PRIVATE or not safe_by_sms
    chat, phone = person.sealed_chat, person.sealed_phone
    if channel == "telegram" and chat and person.chat_hash and council.telegram_people != "off" and holds_all:
        return Route("telegram", chat, person.chat_hash)
    if phone and person.phone_hash and (notice.channel != "telegram" or safe_by_sms):
        return Route("sms", phone, person.phone_hash)
    return "no_address"


def _to_member(council: Council, member: who.Staff, notice: Any) -> Route | str:
    on_chat = council.telegram_staff == "full" or (council.telegram_staff == "alerts" and notice.purpose not in ALL_OR_TEXT)
    chat, phone = member.sealed_chat, member.sealed_phone
    if notice.channel != "sms" and chat and member.chat_hash and on_chat:
        return Route("telegram", chat, member.chat_hash)
    if phone and member.phone_hash:
        return Route("sms", phone, member.phone_hash)
    return "no_address"


def write(
    connection: Connection, council: Council, notice: Notice, *, now: datetime, person: who.Person | None = None
) -> int | None:
    """Writes one notice; its id, or None when its key was written before. `person` spares reading them once more."""
    if person is None and notice.person_id is not None:
        person = who.person(connection, notice.person_id)
    member = who.member(connection, notice.staff_id) if notice.staff_id is not None else None
    where = route(council, notice, person, member)
    notice_id = upsert.insert_once(connection, notices, _row(notice, where, now))
    if notice_id is None:
        return None
    if isinstance(where, Route):
        permitted, safe = partial(next_permitted, council), person.safe if person is not None else None
        _deliver(connection, [delivery_row(permitted, notice, where, notice_id=notice_id, seq=1, safe=safe, now=now)], now)
    elif where == "no_address":
        nobody_told(connection, [notice], where, now=now)
    return notice_id


def write_all(
    connection: Connection, council: Council, wanted: Sequence[Notice], *, now: datetime, known: Iterable[who.Person] = ()
) -> list[int]:
    """Writes those notices whose key is new, each with its first delivery; returns the ids of what is new."""
    if not wanted:
        return []
    read = {person.id: person for person in known}
    if unread := {n.person_id for n in wanted if n.person_id is not None} - read.keys():
        read |= who.people_by_id(connection, unread)
    staff_ids = {n.staff_id for n in wanted if n.staff_id is not None}
    staff = who.members_by_id(connection, staff_ids) if staff_ids else {}
    routes = {n.key: route(council, n, read.get(n.person_id or 0), staff.get(n.staff_id or 0)) for n in wanted}
    written = _insert_new(connection, [_row(n, routes[n.key], now) for n in wanted])
    rows = []
    permitted = cache(partial(next_permitted, council))
    for n in wanted:
        where = routes[n.key]
        if n.key in written and isinstance(where, Route):
            safe = read[n.person_id].safe if n.person_id is not None else None
            rows.append(delivery_row(permitted, n, where, notice_id=written[n.key], seq=1, safe=safe, now=now))
    _deliver(connection, rows, now)
    nobody_told(connection, [n for n in wanted if n.key in written and routes[n.key] == "no_address"], "no_address", now=now)
    return list(written.values())


def mark(connection: Connection) -> int:
    """Where the notices end that are there already."""
    return int(_MARK.scalar(connection, {}))


def _insert_new(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Inserts those rows whose key is new; their ids, by key.

    They are read back as what came after and has no delivery yet: what another process may have written meanwhile has.
    """
    after = mark(connection)
    upsert.insert_all_once(connection, notices, rows)
    keys = {row["key"] for row in rows}
    return {key: id_ for id_, key in _UNDELIVERED.all(connection, {"after": after}) if key in keys}


def _deliver(connection: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    if rows:
        _INSERT_DELIVERY.insert(connection, rows)
    if any(row["not_before"] <= now for row in rows):
        waking.tell(connection, waking.TO_SEND)


def nobody_told(connection: Connection, unsaid: Iterable[Any], why: str, *, now: datetime) -> None:
    """A task for each person whom these notices about a session did not reach, due soon, and before the notice expires."""
    due: dict[int, datetime] = {}
    for notice in unsaid:
        if notice.person_id is not None and notice.purpose in MUST_HEAR:
            due_at = max(now, min(now + TELL_WITHIN, notice.expires_at))
            due[notice.person_id] = min(due_at, due.get(notice.person_id, due_at))
    tasks.open_for(connection, due, kind="not_reached", klass=why, now=now)


_MARK = Prepared(select(func.coalesce(func.max(notices.c.id), 0)))
_UNDELIVERED = Prepared(
    select(notices.c.id, notices.c.key).where(
        notices.c.id > bindparam("after"), ~exists().where(deliveries.c.notice_id == notices.c.id)
    )
)
_STORED = Notice._fields[:-1]  # all but `not_before`, which is the delivery's


def _row(notice: Notice, where: Route | str, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(_STORED, notice, strict=False))
    row["fields"] = crypto.keys().seal_shared(crypto.json_text(notice.fields))  # ten people of one session have the same
    row["created_at"] = now
    row["why"] = None if isinstance(where, Route) else where
    row["status"] = "open"
    if isinstance(where, str):
        row["status"] = "suppressed" if where == "no_contact" else "undeliverable"
    return row


def token(notice_id: int) -> str:
    """A new one for a delivery of that notice: 96 random bits after what keeps the index growing at its end."""
    return f"{notice_id:x}-{secrets.token_urlsafe(12)}"


def delivery_row(
    first_permitted: Callable[[datetime, Timing, Any], datetime | None],
    notice: Any,
    where: Route,
    *,
    notice_id: int,
    seq: int,
    safe: Any,
    now: datetime,
    resends: int = 0,
) -> dict[str, Any]:
    """A delivery of that notice to that address, waiting for its first permitted moment.

    Where that comes too late it does not wait: the sender refuses it at once, and staff hear of it in time.
    """
    edits = notice.edits if where.channel == "telegram" and seq == 1 else None
    start = max(now, notice.not_before) if getattr(notice, "not_before", None) else now
    permitted = first_permitted(start, notice.timing, safe)
    return {
        "token": token(notice_id),
        "notice_id": notice_id,
        "seq": seq,
        "channel": where.channel,
        "action": "edit" if edits else "send",
        "target": edits,
        "status": "pending",
        "lane": notice.lane,
        "counts": notice.person_id is not None and notice.purpose not in UNCOUNTED,
        "address": where.address,
        "address_hash": where.address_hash,
        "not_before": permitted if permitted and permitted < notice.expires_at else start,
        "expires_at": notice.expires_at,
        "attempts": 0,
        "resends": resends,
        "checks": 0,
        "created_at": now,
    }


def withdraw(connection: Connection, *conditions: Any, status: str, why: str, now: datetime) -> list[int]:
    """Takes back open notices that match, with what of them is still waiting; returns their ids.

    What is already with a provider cannot be recalled; what follows has to correct it.
    """
    ids = list(connection.execute(select(notices.c.id).where(notices.c.status == "open", *conditions)).scalars())
    if not ids:
        return []
    waiting = deliveries.c.notice_id.in_(ids) & (deliveries.c.status == "pending")
    connection.execute(deliveries.update().where(waiting).values(status="cancelled", final_at=now))
    in_hand = select(deliveries.c.notice_id).where(
        deliveries.c.notice_id.in_(ids), deliveries.c.status.in_(("sending", "unknown", "accepted", "sent"))
    )
    open_still = notices.c.id.in_(ids) & notices.c.id.not_in(in_hand)
    gone = connection.execute(
        notices.update().where(open_still).values(status=status, why=why).returning(notices.c.id)
    ).scalars()
    return list(gone)


def finish(connection: Connection, ids: Iterable[int], status: str, *, why: str | None = None, now: datetime) -> None:
    values: dict[str, Any] = {"status": status, "why": why}
    if status == "told":
        values["told_at"] = now
    connection.execute(notices.update().where(notices.c.id.in_(list(ids))).values(**values))
