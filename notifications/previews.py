"""What a broadcast would do, seen before it does any of it: carried out in full, looked at, and taken back."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select

from db import broadcast_effects, eligibility, weighing
from db import people as who
from db.broadcasts import Broadcast
from db.change import Change
from db.claims import NoticeRow
from db.eligibility import Facts, Refusal
from db.people import Person
from db.schema import deliveries, notices
from db.weighing import Weighed
from notifications.channel import plain
from notifications.rendering import Rendered, Renderer

ON_A_LOCK_SCREEN = 40  # characters that anybody may see
OF_A_RATE = 0.8  # the rest is kept for safety and replies


@dataclass(frozen=True, slots=True)
class Sample:
    """What one of those people reads, for each channel, mode and language."""

    channel: Literal["sms", "telegram"]
    mode: str
    language: str
    people: int
    body: str
    parts: int

    @property
    def words(self) -> str:
        return plain(self.body) if self.channel == "telegram" else self.body

    @property
    def on_lock_screen(self) -> str:
        return self.words[:ON_A_LOCK_SCREEN]


@dataclass(frozen=True, slots=True)
class Preview:
    weighed: Weighed
    samples: tuple[Sample, ...]
    left_out: dict[str, list[str]] = field(default_factory=dict)  # why → refs of people who have to be told another way
    messages: int = 0
    people: int = 0
    parts: int = 0  # of texts
    held_back: int = 0  # messages that wait for hours in which they may go
    out_by: datetime | None = None  # when the last will have gone


def preview(change: Change, one: Broadcast, renderer: Renderer) -> Preview:
    """Raises ChangeError or Refused, as carrying it out would."""
    weighed = weighing.weigh(change, one)
    if weighed.blockers:
        return Preview(weighed, ())
    trial = change.connection.begin_nested()
    try:
        broadcast_effects.apply(change, one.id, one.kind, one.what, one.audience)
        return _seen(change, one, weighed, renderer)
    finally:
        trial.rollback()


@dataclass(frozen=True, slots=True)
class _Message:
    notice: NoticeRow
    person: Person
    channel: Literal["sms", "telegram"]
    not_before: datetime


_NOTICE = tuple(notices.c[name] for name in NoticeRow._fields[:-1])


def _seen(change: Change, one: Broadcast, weighed: Weighed, renderer: Renderer) -> Preview:
    going, left_out = _weighed(change, one)
    groups: dict[tuple[str, str, str], list[tuple[_Message, Rendered]]] = defaultdict(list)
    for message in going:
        rendered = renderer.for_person(message.notice, message.person, message.channel, change.now)
        groups[message.channel, message.person.mode, rendered.locale].append((message, rendered))
    parts = sum(rendered.parts for of in groups.values() for message, rendered in of if message.channel == "sms")
    return Preview(
        weighed,
        tuple(_sample(key, of) for key, of in sorted(groups.items())),
        left_out,
        len(going),
        len({message.person.id for message in going}),
        parts,
        sum(message.not_before > change.now for message in going),
        _out_by(change, weighed, going, parts),
    )


def _sample(key: tuple[Any, str, str], of: Sequence[tuple[_Message, Rendered]]) -> Sample:
    channel, mode, language = key
    longest = max((rendered for _, rendered in of), key=lambda rendered: rendered.parts)
    return Sample(channel, mode, language, len({m.person.id for m, _ in of}), longest.body, longest.parts)


def _weighed(change: Change, one: Broadcast) -> tuple[list[_Message], dict[str, list[str]]]:
    """Each message as the sender would weigh it now; and who is left out, by the reason."""
    live = (deliveries.c.notice_id == notices.c.id) & (deliveries.c.status == "pending")
    ours = (notices.c.broadcast_id == one.id, notices.c.person_id.is_not(None))
    d = deliveries.c
    query = select(
        *_NOTICE, notices.c.status, notices.c.why, d.lane, d.counts, d.channel, d.address_hash, d.expires_at, d.not_before
    ).outerjoin(deliveries, live)
    rows = change.connection.execute(query.where(*ours).order_by(notices.c.id)).all()
    size = len(_NOTICE)
    read = [(NoticeRow(*row[:size]), *row[size:]) for row in rows]
    people = who.people_by_id(change.connection, {notice.person_id for notice, *_ in read if notice.person_id})
    left_out: dict[str, list[str]] = defaultdict(list)
    asked = []
    for notice, status, why, *delivery in read:
        person = people[notice.person_id or 0]
        if delivery[2] is None:
            left_out[why or status].append(person.ref)
        else:
            asked.append((notice, person, _facts(notice, delivery), delivery))
    verdicts = eligibility.check_all(
        change.connection, change.council, [(facts, person) for _, person, facts, _ in asked], now=change.now
    )
    going = []
    for (notice, person, _, delivery), verdict in zip(asked, verdicts, strict=True):
        if isinstance(verdict, Refusal):
            left_out[verdict.why].append(person.ref)
        else:
            going.append(_Message(notice, person, delivery[2], max(delivery[5], getattr(verdict, "until", delivery[5]))))
    _add_those_without(change, one, {person.id for person in people.values()}, left_out)
    return going, dict(left_out)


def _add_those_without(change: Change, one: Broadcast, written: set[int], left_out: dict[str, list[str]]) -> None:
    """Free words are kept from whoever needs their phone discreet: somebody has to ring them."""
    if one.kind == "words":
        missing = weighing.people_of(change.connection, one, (), change.now) - written
        refs = sorted(person.ref for person in who.people_by_id(change.connection, missing).values())
        if refs:
            left_out["mode"] += refs


def _facts(notice: NoticeRow, delivery: Sequence[Any]) -> Facts:
    lane, counts, channel, address_hash, expires_at, _ = delivery
    return Facts(
        notice.purpose, notice.timing, lane, counts, channel, address_hash, notice.created_at, expires_at, notice.booking_id,
        notice.booking_version, notice.session_id, notice.session_version,
    )  # fmt: skip


def _out_by(change: Change, weighed: Weighed, going: Sequence[_Message], parts: int) -> datetime | None:
    if not going:
        return None
    council = change.council
    chats = Counter(message.channel for message in going)["telegram"]
    seconds = max(parts / (council.sms_rate * OF_A_RATE), chats / (council.telegram_rate * OF_A_RATE))
    held = timedelta(minutes=council.hold_urgent if weighed.is_urgent else council.hold)
    return max(change.now + held, *(message.not_before for message in going)) + timedelta(seconds=seconds)
