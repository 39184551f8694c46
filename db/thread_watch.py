"""Who is told of a message that a person wrote: whoever has the thread at once, and whoever leads once it is overdue.

Its words are shown on Telegram only, where the council allows all of it there; by text, and of somebody who is kept
apart, staff read that there is a message, and no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import access, in_charge, notices, permissions, showing
from db import people as who
from db.council import Council
from db.notices import Notice, Route
from db.people import Person, Staff
from db.schema import orders, thread_entries, threads

LASTS = timedelta(days=1)
SHOWN = 2000  # characters of what was written in one message to staff
TOLD_AT_MOST = 20  # unread messages of which each is told: more is a flood, and the list shows it
STEPS = 2  # whoever leads at the due time; as long again after it, all managers

Offer = tuple[str, dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class Upto:
    """Whose messages, up to which entry."""

    thread_id: int
    entry_id: int
    person: Person


def owner_of(connection: Connection, owner_id: int | None, person: Person, now: datetime) -> int | None:
    """Whom a thread was passed to, else the person's case manager, else who is responsible for a running order of theirs;
    or who stands in for them while they are away."""
    own = owner_id or person.case_manager_id or _responsible(connection, person)
    return in_charge.owner_in_place_of(connection, own, now) if own is not None else None


def _responsible(connection: Connection, person: Person) -> int | None:
    running = (orders.c.person_id == person.id, orders.c.ended_at.is_(None), orders.c.responsible_officer_id.is_not(None))
    query = select(orders.c.responsible_officer_id).where(*running).order_by(orders.c.id.desc())
    return connection.execute(query.limit(1)).scalar()


def may(member: Staff, person: Person, owner_id: int | None, action: str) -> bool:
    """Whoever has it may, of any team; else the role decides, and of who is kept apart more strictly."""
    if member.role not in permissions.ALLOWED[action]:
        return False
    if member.id == owner_id:
        return True
    apart = person.restricted or person.women_only
    return permissions.allows(member, action, person.team) and (
        not apart or permissions.allows(member, "thread.restricted", person.team)
    )


def tell_of_new(
    connection: Connection, council: Council, upto: Upto, owner_id: int | None, words: str, *, first: bool, now: datetime,
    sent: Sequence[str] = (),
) -> None:  # fmt: skip
    """Each message on Telegram; by text only the first of those that nobody has seen.

    `sent` is a recording, with its kind, as Telegram names it, and its id there: it goes along where it may be shown.
    """
    if owner_id is not None:
        asked = [who.member(connection, owner_id)]
    else:
        asked = _who_may(in_charge.leads(connection, upto.person.team, now), upto.person)
    if first or len(_unread(connection, upto.thread_id)) <= TOLD_AT_MOST:
        for member in asked:
            _tell(connection, council, upto, member, "thread.new", [words], by_text=first, now=now, sent=sent)


def tell_of_unread(
    connection: Connection, council: Council, upto: Upto, staff_id: int, string: str, *, now: datetime
) -> None:
    """All that nobody has seen, to one of the staff."""
    unread = _unread(connection, upto.thread_id)
    if unread:
        _tell(connection, council, upto, who.member(connection, staff_id), string, unread, by_text=True, now=now)


def _unread(connection: Connection, thread_id: int) -> list[str]:
    unseen = (thread_entries.c.thread_id == thread_id, thread_entries.c.kind == "in", thread_entries.c.seen_at.is_(None))
    query = select(thread_entries.c.words).where(*unseen).order_by(thread_entries.c.id)
    return [words or "" for words in connection.execute(query).scalars()]


def _tell(
    connection: Connection,
    council: Council,
    upto: Upto,
    member: Staff,
    string: str,
    words: Sequence[str],
    *,
    by_text: bool,
    now: datetime,
    sent: Sequence[str] = (),
) -> None:
    kept_apart = upto.person.restricted or upto.person.women_only
    start = now if council.is_staffed(now) else council.next_staffed(now)[1]
    notice = Notice(
        key=f"thread:{upto.thread_id}:{upto.entry_id}:m{member.id}:{now.isoformat()}",
        purpose="conversation",
        string=string,
        lane=notices.REMINDER,
        expires_at=start + LASTS,
        fields={
            "initials": upto.person.initials,
            "message": "\n".join(words)[:SHOWN],
            "n": str(len(words)),
            "buttons": offers(upto),
        },
        staff_id=member.id,
        thread_id=upto.thread_id,
        channel="sms" if kept_apart else None,
        not_before=start,
    )
    where = notices.route(council, notice, None, member)
    shown = isinstance(where, Route) and where.channel == "telegram"
    if not shown and not by_text:
        return
    if shown and sent and showing.may_be(connection, council, upto.person):
        notice = notice._replace(string="staff.recording", fields={**notice.fields, "sent": list(sent)})
    if notices.write(connection, council, notice, now=now) is not None and shown:
        access.log(connection, member.ref, "thread.read", now=now, person_id=upto.person.id, reason=f"told: {len(words)}")


def offers(upto: Upto) -> list[list[Offer]]:
    """What can be done about a message, under it."""
    rows = (("reply", "seen"), ("pass", "later"))
    return [[(f"button.thread.{word}", {}, press(upto.thread_id, upto.entry_id, word)) for word in row] for row in rows]


def press(thread_id: int, version: int | str, word: str) -> str:
    return f"t:{thread_id}:{version}:{word}"


def look(connection: Connection, council: Council, *, now: datetime) -> None:
    """What is overdue climbs, and whoever said "later" is told again."""
    waits = threads.c.unread_since.is_not(None)
    for row in _found(connection, waits, threads.c.remind_at <= now):
        connection.execute(threads.update().where(threads.c.id == row.id).values(remind_at=None))
        person = who.person(connection, row.person_id)
        owner_id = owner_of(connection, row.owner_id, person, now)
        if owner_id is not None:
            upto = Upto(row.id, _newest(connection, row.id), person)
            tell_of_unread(connection, council, upto, owner_id, "thread.waits", now=now)
    for row in _found(connection, waits, threads.c.next_step_at <= now):
        _climb(connection, council, row, now)


def _found(connection: Connection, *conditions: Any) -> Iterable[Any]:
    return connection.execute(select(threads).where(*conditions).order_by(threads.c.id).with_for_update()).all()


def _climb(connection: Connection, council: Council, row: Any, now: datetime) -> None:
    """Asks who leads, then the managers. After them the task stays, overdue."""
    person = who.person(connection, row.person_id)
    if row.step == 0:
        asked = in_charge.leads(connection, person.team, now)
    else:
        asked = in_charge.managers(connection, person.team, now)
    for member in _who_may(asked, person):
        upto = Upto(row.id, _climbed(connection, row.id, member.id, now), person)
        tell_of_unread(connection, council, upto, member.id, "thread.waits", now=now)
    step = row.step + 1
    again = council.after_working_minutes(now, council.read_within) if step < STEPS else None
    connection.execute(threads.update().where(threads.c.id == row.id).values(step=step, next_step_at=again))


def _who_may(asked: Iterable[Staff], person: Person) -> list[Staff]:
    return [member for member in asked if may(member, person, None, "thread.read")]


def _newest(connection: Connection, thread_id: int) -> int:
    query = select(func.max(thread_entries.c.id)).where(thread_entries.c.thread_id == thread_id)
    return int(connection.execute(query).scalar_one())


def _climbed(connection: Connection, thread_id: int, staff_id: int, now: datetime) -> int:
    row = {"thread_id": thread_id, "kind": "climbed", "actor": "clock", "staff_id": staff_id, "at": now}
    made = thread_entries.insert().values(**row).returning(thread_entries.c.id)
    entry_id: int = connection.execute(made).scalar_one()
    return entry_id
