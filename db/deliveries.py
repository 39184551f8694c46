"""Deliveries: one try of a notice on one channel. Every change of their state is here, each from a state it may leave."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Text, bindparam, case, exists, func, literal_column, select, text

from db import awareness, claims, links, pauses, suppressions, tasks
from db import notices as notice_record
from db import people as who
from db.claims import Waiting
from db.council import Council
from db.eligibility import Refusal
from db.given import among, pack, rows
from db.people import Person
from db.prepared import Prepared
from db.schema import bookings, deliveries, notices, receipts, sessions
from db.sending_hours import next_permitted
from db.upsert import insert_once

BACKOFF = (5, 30, 120, 600, 1800)  # seconds after the nth safe failure
LIST_AFTER = timedelta(minutes=2)  # real time before the provider's list is asked about an unknown
LIST_AGAIN = timedelta(minutes=1)
LISTS = 2  # absent from so many lists proves that it was never taken
ABSENT_RETRY = timedelta(minutes=10)
TRIES_WHEN_ABSENT = 2
SAID_AGAIN = frozenset({"reply", "safety", "reminder", "off", "moved", "welcome", "link", "late"})
"""Telegram cannot prove a message that got no answer. These are harmless twice; an alert's next step repeats it anyway."""

RANK = {
    "pending": 0,
    "sending": 0,
    "unknown": 0,
    "accepted": 1,
    "sent": 2,
    "undelivered": 3,
    "failed": 3,
    "delivered": 4,
}
TAKEN = ("accepted", "sent", "delivered")  # by the provider, so that its notice is told
SILENT_FOR = timedelta(hours=72)  # of real time since it was sent; no network holds a text for longer
TIMEOUT = "timeout"  # the error of a text of which nobody said in that time what became of it
SETTLED_AT_ONCE = 5000
OF_A_SESSION = ("reminder", "moved", "broadcast")
"""What is said of a session that stands. Whom the news that one is off has not reached, `undelivered` finds much sooner."""


def hold(connection: Connection, delivery_id: int, until: datetime) -> None:
    connection.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(not_before=until))


def drop(connection: Connection, one: Waiting, status: str, why: str, *, now: datetime) -> None:
    """pending → expired or cancelled, and the notice with it; the removal of a message changes nothing of what was told."""
    ended = "expired" if status == "expired" else "cancelled"
    if _move(connection, one.id, ("pending",), status=ended, final_at=now) and one.action != "delete":
        notice_record.finish(connection, [one.notice.id], status, why=why, now=now)


NOBODY_TOLD = frozenset({"shared", "not_own", "number_suspended", "suppressed", "no_time_left", "expired", "no_address"})
"""Reasons for which a person who should have heard of a session has not, so that staff must tell them."""
UNANSWERED = frozenset({"stopped", "order", "not_live", "no_contact"})
"""Further reasons, of what a worker wrote and believes sent: it was allowed then."""


def refuse(connection: Connection, one: Waiting, refusal: Refusal, person: Person | None, *, now: datetime) -> None:
    """Drops what may not go. Where that leaves someone without word of a session, or without an answer, it is a task."""
    drop(connection, one, refusal.status, refusal.why, now=now)
    answers = one.notice.purpose == "conversation" and refusal.why in UNANSWERED
    if person is not None and (answers or refusal.why in NOBODY_TOLD):
        notice_record.nobody_told(connection, [one.notice], refusal.why, now=now)


def reroute(
    connection: Connection, council: Council, one: Waiting, where: notice_record.Route, safe: Any, *, now: datetime
) -> None:
    """The recipient's channel or address changed meanwhile: this delivery is cancelled and another takes its place."""
    if _move(connection, one.id, ("pending",), status="cancelled", final_at=now):
        again(connection, council, one.notice, where, safe, now=now)


def again(
    connection: Connection, council: Council, notice: Any, where: notice_record.Route, safe: Any, *, now: datetime,
    not_before: datetime | None = None,
) -> None:  # fmt: skip
    """A further delivery of a notice whose former ones are final."""
    seq = connection.execute(select(func.max(deliveries.c.seq)).where(deliveries.c.notice_id == notice.id)).scalar_one()
    permitted = partial(next_permitted, council)
    row = notice_record.delivery_row(permitted, notice, where, notice_id=notice.id, seq=seq + 1, safe=safe, now=now)
    if not_before is not None:
        row["not_before"] = max(row["not_before"], not_before)
    connection.execute(deliveries.insert().values(**row))


def _move(connection: Connection, delivery_id: int, origins: tuple[str, ...], **values: Any) -> bool:
    moved = connection.execute(
        deliveries.update().where(deliveries.c.id == delivery_id, deliveries.c.status.in_(origins)).values(**values)
    )
    return moved.rowcount == 1


IN_HAND = ("sending", "unknown")
FURTHER = ("accepted", "sent", "delivered", "undelivered")


def _given(dialect: str) -> Any:
    return rows(dialect, id=BigInteger, fence=Integer, reference=Text)


def _took(dialect: str, *conditions: Any, **values: Any) -> Any:
    given = _given(dialect)
    return (
        deliveries.update()
        .where(
            deliveries.c.id == given.c.id, among(deliveries.c.id, "ids"), deliveries.c.fence == given.c.fence, *conditions
        )
        .values(provider=bindparam("by"), accepted_at=bindparam("now"), reference=given.c.reference, **values)
        .returning(deliveries.c.id)
    )


# Asked of the text so that no index is: a row is found by its id.
_IN_HAND = deliveries.c.status.concat(literal_column("''")).in_(IN_HAND)
_ACCEPTED = Prepared(
    lambda connection: _took(connection.dialect.name, _IN_HAND, status=bindparam("reached"), final_at=bindparam("ended_at"))
)
_just = (
    deliveries.c.status.concat(literal_column("''")) == bindparam("reached"),
    deliveries.c.accepted_at == bindparam("now"),
    deliveries.c.action != "delete",
)
# The notices of what this moment's `_ACCEPTED` has moved.
_TOLD = Prepared(
    notices.update()
    .where(among(notices.c.id, "of"), exists().where(deliveries.c.notice_id == notices.c.id, *_just))
    .values(status="told", told_at=bindparam("now"), why=None)
)
_PROVED = Prepared(
    lambda connection: _took(connection.dialect.name, deliveries.c.status.in_(FURTHER), deliveries.c.reference.is_(None))
)
Taken = tuple[Waiting, int, str | None]


def accepted(connection: Connection, taken: Collection[Taken], *, provider: str, now: datetime) -> None:
    """The provider has these, each with the fence it was sent under and the provider's own reference.

    A receipt may have said so before us, and moved it further up, or said that it did not arrive.
    """
    accept(connection, taken, provider=provider, now=now)()


def accept(connection: Connection, taken: Collection[Taken], *, provider: str, now: datetime) -> Callable[[], None]:
    """As `accepted`; may stand among what is put `together`, and is done when what it returns was called."""
    is_final = provider == "telegram"
    given = {one.id: (one.id, fence, _reference(one, reference, is_final)) for one, fence, reference in taken}
    about: dict[str, Any] = {"now": now, "ids": set(given), **pack(list(given.values()))}
    reached: dict[str, Any] = {"reached": "delivered" if is_final else "accepted"}
    moved = _ACCEPTED.ask(connection, about | reached | {"by": provider, "ended_at": now if is_final else None})
    _TOLD.run(connection, {"of": {one.notice.id for one, _, _ in taken}, "now": now, **reached})

    def prove() -> None:
        done = {row[0] for row in moved()}
        if left := [row for id_, row in given.items() if id_ not in done]:
            _PROVED.run(connection, {"by": provider, "now": now, "ids": {row[0] for row in left}, **pack(left)})

    return prove


def _reference(one: Waiting, reference: str | None, is_telegram: bool) -> str | None:
    if one.action != "send":
        return None
    return f"{one.address_hash[:16]}:{reference}" if is_telegram else reference


def put_back(connection: Connection, one: Waiting, *, fence: int, again_at: datetime | None = None) -> None:
    """sending → pending: certainly not sent. Only a wait until `again_at` counts an attempt; else it keeps its place."""
    waits: dict[str, Any] = {"status": "pending", "fence": None, "sending_at": None}
    if again_at is not None:
        waits |= {"not_before": again_at, "attempts": one.attempts + 1}
    _move_ours(connection, one, fence, waits)


def backoff(attempts: int) -> timedelta:
    return timedelta(seconds=BACKOFF[min(attempts, len(BACKOFF) - 1)])


def unknown(connection: Connection, one: Waiting, *, fence: int, real: datetime) -> None:
    """sending → unknown: nobody can tell whether it was sent."""
    _move_ours(connection, one, fence, {"status": "unknown", "check_at": real + LIST_AFTER})


def fail(connection: Connection, one: Waiting, *, fence: int, error_class: str, code: str, now: datetime) -> bool:
    """sending → failed (or expired). The notice's next step is the caller's, where True: it was still ours to say."""
    status = "expired" if error_class == "expired" else "failed"
    why = {"error_class": error_class[:12], "error_code": code[:40]}
    return _move_ours(connection, one, fence, {"status": status, "final_at": now, **why})


def _move_ours(connection: Connection, one: Waiting, fence: int, values: dict[str, Any]) -> bool:
    moved = connection.execute(
        deliveries.update()
        .where(deliveries.c.id == one.id, deliveries.c.fence == fence, deliveries.c.status.in_(IN_HAND))
        .values(**values)
    )
    return moved.rowcount == 1


def orphan(connection: Connection, channel: str, *, fence: int, real: datetime) -> int:
    """What an earlier holder had in hand is unknown at once. How many."""
    return _doubt(connection, channel, deliveries.c.fence < fence, real=real)


def lose_sight(connection: Connection, channel: str, *, fence: int, in_hand: Collection[int], real: datetime) -> int:
    """What this holder marked as being sent, but for what it has in hand, is unknown at once. How many."""
    return _doubt(connection, channel, deliveries.c.fence == fence, deliveries.c.id.not_in(in_hand), real=real)


def _doubt(connection: Connection, channel: str, *whose: Any, real: datetime) -> int:
    rows = connection.execute(
        deliveries.update()
        .where(deliveries.c.channel == channel, deliveries.c.status == "sending", *whose)
        .values(status="unknown", check_at=real + LIST_AFTER)
    )
    return rows.rowcount


@dataclass(frozen=True, slots=True)
class Unknown:
    id: int
    notice_id: int
    purpose: str
    person_id: int | None
    action: str
    address: str
    body: str
    sending_at: datetime
    checks: int
    resends: int
    expires_at: datetime


def unresolved(connection: Connection, channel: str, *, real: datetime | None = None) -> list[Unknown]:
    """Unknown deliveries of a channel; with `real`, those whose provider list is due to be read."""
    d, n = deliveries.c, notices.c
    query = (
        select(
            d.id,
            n.id,
            n.purpose,
            n.person_id,
            d.action,
            d.address,
            d.body,
            d.sending_at,
            d.checks,
            d.resends,
            d.expires_at,
        )
        .join(notices, n.id == d.notice_id)
        .where(d.channel == channel, d.status == "unknown")
        .order_by(d.id)
        .limit(50)
    )
    if real is not None:
        query = query.where(d.check_at <= real)
    return [Unknown(*row) for row in connection.execute(query)]


def is_ours(connection: Connection, references: list[str]) -> set[str]:
    """Which of these provider references already belong to a delivery."""
    query = select(deliveries.c.reference).where(deliveries.c.provider == "twilio", deliveries.c.reference.in_(references))
    return {reference for reference in connection.execute(query).scalars() if reference}


def sent_between(connection: Connection, since: datetime, until: datetime) -> set[str]:
    """The provider references of the texts accepted in that time that left the provider's queue."""
    query = select(deliveries.c.reference).where(
        deliveries.c.provider == "twilio",
        deliveries.c.status.in_(("sent", "delivered", "undelivered")),
        deliveries.c.accepted_at.between(since, until),
    )
    return {reference for reference in connection.execute(query).scalars() if reference}


def found(connection: Connection, one: Unknown, reference: str, *, now: datetime) -> None:
    """unknown → accepted: the provider's list has it."""
    values = {"status": "accepted", "provider": "twilio", "reference": reference, "accepted_at": now}
    if _move(connection, one.id, ("unknown",), **values):
        notice_record.finish(connection, [one.notice_id], "told", now=now)


def not_found(connection: Connection, one: Unknown, *, now: datetime, real: datetime) -> None:
    """Absent once: look again. Absent from enough lists: it was never taken, so it is sent, once more and no more."""
    if one.checks + 1 < LISTS:
        _move(connection, one.id, ("unknown",), checks=one.checks + 1, check_at=real + LIST_AGAIN)
    else:
        send_again(connection, one, now=now)


def send_again(connection: Connection, one: Unknown, *, now: datetime) -> None:
    """unknown → pending once; a second time it fails, and staff are asked to tell the person."""
    if one.resends == 0 and one.expires_at > now:
        _move(
            connection, one.id, ("unknown",), status="pending", resends=1, checks=0, check_at=None, fence=None,
            sending_at=None,
        )  # fmt: skip
    else:
        give_up_unknown(connection, one, now=now)


def give_up_unknown(connection: Connection, one: Unknown, *, now: datetime) -> None:
    gone = _move(connection, one.id, ("unknown",), status="failed", error_class="unknown", final_at=now)
    if gone and one.action != "delete":
        undeliverable(connection, one.notice_id, one.person_id, "unknown", now=now)


def undeliverable(connection: Connection, notice_id: int, person_id: int | None, why: str, *, now: datetime) -> None:
    """Nobody was told: the notice says so, and a person gets it as a task the same day."""
    if _told_it(connection, notice_id):
        return
    notice_record.finish(connection, [notice_id], "undeliverable", why=why, now=now)
    key = f"undelivered:p{person_id}" if person_id else f"undelivered:n{notice_id}"
    tasks.open_task(
        connection,
        key=key,
        kind="not_reached",
        klass=why[:20],
        person_id=person_id,
        now=now,
        due_at=now + timedelta(hours=4),
    )


def _told_it(connection: Connection, notice_id: int) -> bool:
    """Whether another delivery of it did: that may be heard late."""
    told = (deliveries.c.notice_id == notice_id, deliveries.c.action != "delete", deliveries.c.status.in_(TAKEN))
    return connection.execute(select(deliveries.c.id).where(*told).limit(1)).first() is not None


def expire(connection: Connection, *, now: datetime) -> int:
    """Everything that waited too long, at once: pending past its time is expired, never sent. How many.

    Whoever should have heard of a session by it becomes a task, as when the sender finds it too late.
    """
    stale = (deliveries.c.status == "pending", deliveries.c.expires_at <= now)
    unsaid = select(deliveries.c.notice_id).where(*stale, deliveries.c.action != "delete")
    untold = (
        notices.update()
        .where(notices.c.status == "open", notices.c.id.in_(unsaid))
        .values(status="expired", why="expired")
        .returning(notices.c.purpose, notices.c.person_id, notices.c.expires_at)
    )
    notice_record.nobody_told(connection, connection.execute(untold).all(), "expired", now=now)
    return connection.execute(deliveries.update().where(*stale).values(status="expired", final_at=now)).rowcount


_handed_over = func.coalesce(deliveries.c.sending_at, deliveries.c.accepted_at)
# In the words of the index of what is not settled: without them SQLite would not use it.
_UNSETTLED = text("deliveries.status IN ('sending', 'unknown', 'accepted', 'sent')")


def time_out(connection: Connection, *, now: datetime, real: datetime) -> int:
    """The oldest texts of which nobody has said for 72 hours what became of them: undelivered, by timeout. How many.

    Their notices stay told: the provider has them, some networks never report, and most of these have arrived. Only where
    the session is still ahead, and nothing else shows that they know of it, somebody has to ask them: a task.
    """
    silent = (deliveries.c.channel == "sms", deliveries.c.status.in_(("accepted", "sent")))
    oldest = select(deliveries.c.id).where(_UNSETTLED, *silent, _handed_over <= real - SILENT_FOR)
    ended = {"status": "undelivered", "final_at": now, "error_class": TIMEOUT, "error_code": TIMEOUT}
    moved = connection.execute(
        deliveries.update()
        .where(deliveries.c.id.in_(oldest.order_by(deliveries.c.id).limit(SETTLED_AT_ONCE)), *silent)
        .values(**ended)
        .returning(deliveries.c.notice_id)
    )
    about = list(moved.scalars())
    if about:
        notice_record.nobody_told(connection, _in_doubt_of(connection, about, now), TIMEOUT, now=now)
    return len(about)


_AHEAD = (
    select(notices.c.purpose, notices.c.person_id, notices.c.expires_at, notices.c.booking_id)
    .join(sessions, sessions.c.id == notices.c.session_id)
    .join(bookings, bookings.c.id == notices.c.booking_id)
    .where(among(notices.c.id, "ids"), notices.c.status == "told", notices.c.purpose.in_(OF_A_SESSION))
    .where(sessions.c.starts_at > bindparam("now"), sessions.c.status == "planned", bookings.c.status == "booked")
    .where(sessions.c.version == notices.c.session_version, bookings.c.version == notices.c.booking_version)
)


def _in_doubt_of(connection: Connection, notice_ids: Collection[int], now: datetime) -> list[Any]:
    """Those of these notices that tell of a session as it still stands ahead, where nothing else shows that they know."""
    ahead = connection.execute(_AHEAD, {"ids": notice_ids, "now": now}).all()
    known = awareness.known(connection, {row.booking_id for row in ahead})
    return [row for row in ahead if row.booking_id not in known]


@dataclass(frozen=True, slots=True)
class Receipt:
    provider: str
    reference: str
    token: str | None
    state: str  # one of our delivery states
    code: str
    error_class: str | None = None


def receive_all(
    connection: Connection, council: Council, received: Sequence[Receipt], *, now: datetime, real: datetime
) -> None:
    """Several receipts in the order in which they came."""
    if connection.dialect.name == "postgresql":  # else two processes that have some of the same would block each other
        _IN_ONE_ORDER.all(connection, {"tokens": [one.token for one in received if one.token]})
    for receipt in received:
        receive(connection, council, receipt, now=now, real=real)


_IN_ONE_ORDER = Prepared(
    select(deliveries.c.id).where(among(deliveries.c.token, "tokens")).order_by(deliveries.c.id).with_for_update()
)


def receive(connection: Connection, council: Council, receipt: Receipt, *, now: datetime, real: datetime) -> None:
    """Stores a receipt once, and applies it if it moves the delivery up. Order and repeats make no difference."""
    row = {
        "provider": receipt.provider, "reference": receipt.reference, "token": receipt.token, "status": receipt.state,
        "error_code": receipt.code, "received_at": now,
    }  # fmt: skip
    receipt_id = insert_once(connection, receipts, row)
    if receipt_id is None:
        return
    mine = deliveries.c.token == receipt.token if receipt.token else deliveries.c.reference == receipt.reference
    found_row = connection.execute(
        select(
            deliveries.c.id,
            deliveries.c.status,
            deliveries.c.channel,
            deliveries.c.notice_id,
            deliveries.c.reference,
            deliveries.c.accepted_at,
            deliveries.c.error_code,
        )
        .where(mine)
        .with_for_update()
    ).first()
    if found_row is None:
        return
    connection.execute(receipts.update().where(receipts.c.id == receipt_id).values(applied_at=now))
    if _apply(connection, council, receipt, found_row, now) and receipt.error_class == "config":
        pauses.refused(connection, council, found_row.channel, receipt.code, now=now, real=real)


def _apply(connection: Connection, council: Council, receipt: Receipt, row: Any, now: datetime) -> bool:
    """Whether it told anything new. A timeout is our word and not the network's, so whatever it says after that stands."""
    reached = "sent" if row.error_code == TIMEOUT else row.status
    if RANK.get(receipt.state, 0) <= RANK.get(reached, 9) or (row.status == "failed"):
        return False
    final = receipt.state in ("delivered", "undelivered", "failed")
    connection.execute(
        deliveries.update()
        .where(deliveries.c.id == row.id)
        .values(
            status=receipt.state,
            provider=receipt.provider,
            reference=row.reference or receipt.reference,
            accepted_at=row.accepted_at or now,
            sent_at=func.coalesce(deliveries.c.sent_at, now)
            if receipt.state in ("sent", "delivered")
            else deliveries.c.sent_at,
            final_at=now if final else None,
            error_class=receipt.error_class,
            error_code=receipt.code or None,
        )
    )
    if receipt.state in ("undelivered", "failed"):
        after_failure(connection, council, row.id, receipt.error_class or "absent", now=now)
    else:
        again = (deliveries.c.notice_id == row.notice_id, deliveries.c.status == "pending", deliveries.c.action != "delete")
        connection.execute(deliveries.update().where(*again).values(status="cancelled", final_at=now))
        notice_record.finish(connection, [row.notice_id], "told", now=now)
    return True


def after_failure(connection: Connection, council: Council, delivery_id: int, error_class: str, *, now: datetime) -> None:
    """What a final failure leads to: the address marked, the other channel, one more try, or a task for staff."""
    one = claims.by_id(connection, delivery_id)
    person, _ = claims.recipient(connection, one.notice)
    if error_class in ("recipient", "opted_out"):
        _mark_address(connection, one, person, error_class, now)
    if _told_it(connection, one.notice.id):
        return
    if error_class == "expired":
        notice_record.finish(connection, [one.notice.id], "expired", why="carrier", now=now)
        notice_record.nobody_told(connection, [one.notice], "expired", now=now)
        return
    if one.channel == "telegram" and error_class == "recipient" and _by_sms(connection, council, one, now):
        return
    tried = _tries(connection, one)
    if error_class == "absent" and tried < TRIES_WHEN_ABSENT and one.expires_at > now + ABSENT_RETRY:
        where = notice_record.Route(one.channel, one.address, one.address_hash)
        notice_record.finish(connection, [one.notice.id], "open", now=now)
        again(
            connection,
            council,
            one.notice,
            where,
            person.safe if person else None,
            now=now,
            not_before=now + ABSENT_RETRY,
        )
        return
    undeliverable(connection, one.notice.id, one.notice.person_id, error_class, now=now)


def _tries(connection: Connection, one: Waiting) -> int:
    """How often this notice was given to a provider for this address; what was rerouted unsent is no try."""
    ours = (deliveries.c.notice_id == one.notice.id, deliveries.c.address_hash == one.address_hash)
    begun = select(func.count()).where(*ours, deliveries.c.started_at.is_not(None), deliveries.c.action != "delete")
    return connection.execute(begun).scalar_one()


def _mark_address(connection: Connection, one: Waiting, person: Person | None, error_class: str, now: datetime) -> None:
    if one.channel == "telegram":
        links.block(connection, one.address_hash, now=now)
        if person is not None:
            _ask_staff(connection, "telegram_blocked", person, now)
        return
    suppressions.suppress(connection, one.address_hash, suppressions.EVERYTHING, error_class, now=now)
    if error_class == "opted_out" and person is not None:
        who.update(connection, person.id, stop_level="all")
    if person is not None and error_class == "recipient" and person.phone_hash == one.address_hash:
        who.update(connection, person.id, doubted_at=now)
    if person is not None:
        _ask_staff(connection, "stopped" if error_class == "opted_out" else "bad_number", person, now)


def _ask_staff(connection: Connection, kind: str, person: Person, now: datetime) -> None:
    """How to reach this person has to be agreed anew."""
    due_at = now + timedelta(days=1)
    tasks.open_task(connection, key=f"{kind}:p{person.id}", kind=kind, person_id=person.id, now=now, due_at=due_at)


def _by_sms(connection: Connection, council: Council, one: Waiting, now: datetime) -> bool:
    """A blocked Telegram chat falls back to SMS where the mode and the number allow it."""
    person, member = claims.recipient(connection, one.notice)
    if one.notice.channel == "telegram" and person is None and member is None:
        return False
    if one.notice.key.startswith(notice_record.SECOND):
        return False  # it came from there
    owner = person or member
    if owner is None or not owner.sealed_phone or not owner.phone_hash:
        return False
    if person is not None and (person.mode == "no_contact" or person.shared or not person.phone_is_own):
        return False
    if person is not None and person.doubted and one.notice.purpose not in notice_record.MUST_HEAR:
        return False  # it may hold more than a date
    where = notice_record.Route("sms", owner.sealed_phone, owner.phone_hash)
    connection.execute(notices.update().where(notices.c.id == one.notice.id).values(status="open", channel="sms"))
    again(connection, council, one.notice, where, person.safe if person else None, now=now)
    return True


def counts(connection: Connection) -> list[tuple[str, str, int, int]]:
    """By channel and status: how many there are, and how many of them were in doubt and then sent once more."""
    d = deliveries.c
    again = func.sum(case((d.resends > 0, 1), else_=0))
    query = select(d.channel, d.status, func.count(), again).group_by(d.channel, d.status)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def oldest_waiting(connection: Connection, *, now: datetime) -> float:
    """How long the oldest delivery whose time has come has waited, in seconds."""
    oldest = connection.execute(
        select(func.min(deliveries.c.not_before)).where(deliveries.c.status == "pending", deliveries.c.not_before <= now)
    ).scalar()
    return (now - oldest).total_seconds() if oldest else 0.0


def accepted_open(connection: Connection, *, since: datetime, before: datetime, limit: int) -> list[tuple[str, str]]:
    """SMS that the provider took between those moments and has not finished: `(token, reference)`, longest unasked first."""
    query = select(deliveries.c.token, deliveries.c.reference).where(
        deliveries.c.channel == "sms",
        deliveries.c.status.in_(("accepted", "sent")),
        deliveries.c.reference.is_not(None),
        deliveries.c.sending_at > since,
        deliveries.c.sending_at < before,
    )
    asked = func.coalesce(deliveries.c.check_at, deliveries.c.sending_at)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(asked).limit(limit))]


def asked(connection: Connection, token: str, *, real: datetime) -> None:
    """The provider was asked about it just now."""
    connection.execute(deliveries.update().where(deliveries.c.token == token).values(check_at=real))


def stands_in(connection: Connection, chat_hash: str, message_id: int) -> str | None:
    """The string that a Telegram message of ours shows now: what was sent, or what last took its place."""
    as_sent = deliveries.c.reference == f"{chat_hash[:16]}:{message_id}"
    as_edited = (deliveries.c.action == "edit") & (deliveries.c.target == message_id)
    query = (
        select(notices.c.string)
        .join(deliveries, deliveries.c.notice_id == notices.c.id)
        .where(deliveries.c.address_hash == chat_hash, as_sent | as_edited, deliveries.c.accepted_at.is_not(None))
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()
