"""What a person writes to the staff in their own words, and who has it: seen, put off, passed on, closed.

One thread a person. It is their case manager's until it is passed on, and goes along when the case manager changes.
What nobody has seen by its due time climbs: see `db.thread_watch`. Answers are in `db.thread_replies`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from db import access, found, notices, tasks, thread_watch
from db import people as who
from db.change import Change, ChangeError
from db.council import Council
from db.people import Person, Staff
from db.permissions import Refused
from db.prepared import Prepared
from db.schema import notices as notice_rows
from db.schema import people, thread_entries, threads
from db.upsert import insert_once

TASK = "message"  # the kind of the task to read what came

_OF_PERSON = Prepared(
    select(
        threads.c.id, threads.c.owner_id, threads.c.unread_since, threads.c.due_at, threads.c.closed_at
    ).where(threads.c.person_id == bindparam("person")).with_for_update()
)  # fmt: skip
_THIS = threads.update().where(threads.c.id == bindparam("thread"))
_UNSEEN = Prepared(
    _THIS.values(
        unread_since=bindparam("now"), due_at=bindparam("due"), next_step_at=bindparam("due"), step=0, closed_at=None
    )
)
_OPEN_AGAIN = Prepared(_THIS.values(closed_at=None))
_ENTRY = Prepared(
    thread_entries.insert(),
    "thread_id", "kind", "words", "actor", "staff_id", "inbound_id", "notice_id", "at", "seen_at",
)  # fmt: skip


class _Row(NamedTuple):
    id: int
    owner_id: int | None
    unread_since: datetime | None
    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Thread:
    """A person's thread as it stands. `latest` is the id of the last entry of theirs, 0 without one."""

    id: int
    person: Person
    owner_id: int | None
    unread: int
    unread_since: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    latest: int


def task_key(person_id: int) -> str:
    """Of the task that stands while something is unread."""
    return f"{TASK}:p{person_id}"


def received(
    connection: Connection,
    council: Council,
    person: Person,
    words: str,
    *,
    inbound_id: int | None,
    now: datetime,
    needs_reading: bool = True,
    sent: Sequence[str] = (),
) -> bool:
    """Keeps what they wrote and tells whoever has the thread; whether it is the first that nobody has seen.

    What needs no reading, such as a thank-you, is kept for the transcript alone. `sent`: a recording, which is shown and
    never kept.
    """
    row = _row(connection, person.id, now)
    seen_at = None if needs_reading else now
    entry_id = note(connection, row.id, "in", now=now, actor=person.ref, words=words, inbound_id=inbound_id, seen_at=seen_at)
    if not needs_reading:
        return False
    first = row.unread_since is None
    due_at = due_time(council, now) if first or row.due_at is None else row.due_at
    if first:
        _UNSEEN.run(connection, {"thread": row.id, "now": now, "due": due_at})
    elif row.closed_at is not None:
        open_again(connection, row.id)
    owner_id = thread_watch.owner_of(connection, row.owner_id, person, now)
    tasks.open_task(
        connection, key=task_key(person.id), kind=TASK, now=now, due_at=due_at, person_id=person.id, owner_id=owner_id
    )
    upto = thread_watch.Upto(row.id, entry_id, person)
    thread_watch.tell_of_new(connection, council, upto, owner_id, words, first=first, now=now, sent=sent)
    return first


def due_time(council: Council, now: datetime) -> datetime:
    """By when somebody has to have read it: never later than a person is told that a worker reads it."""
    within = council.after_working_minutes(now, council.read_within)
    kind, moment = council.next_staffed(now)
    return min(within, moment) if kind == "by" else max(within, moment)


def of(change: Change, ref: str, action: str) -> Thread:
    """The thread of that person, begun if there is none; held until the transaction ends. Raises ChangeError or Refused."""
    return _allowed(change, found.person(change.connection, ref), action)


def by_id(change: Change, thread_id: int, action: str) -> Thread:
    """As `of`, by the number that buttons carry."""
    ref = select(people.c.ref).join(threads, threads.c.person_id == people.c.id).where(threads.c.id == thread_id)
    named = change.connection.execute(ref).scalar()
    if named is None:
        raise ChangeError("those messages are not in the record any more")
    return of(change, named, action)


def _allowed(change: Change, person: Person, action: str) -> Thread:
    row = _row(change.connection, person.id, change.now)
    owner_id = thread_watch.owner_of(change.connection, row.owner_id, person, change.now)
    member = change.actor.member
    if member is not None and not thread_watch.may(member, person, owner_id, action):
        raise Refused(action)
    unseen = func.count().filter(thread_entries.c.seen_at.is_(None))
    theirs = (thread_entries.c.thread_id == row.id, thread_entries.c.kind == "in")
    unread, latest = change.connection.execute(select(unseen, func.max(thread_entries.c.id)).where(*theirs)).one()
    return Thread(row.id, person, owner_id, unread, row.unread_since, row.due_at, row.closed_at, latest or 0)


def _row(connection: Connection, person_id: int, now: datetime) -> _Row:
    """Begun if there is none; held until the transaction ends."""
    found = _OF_PERSON.first(connection, {"person": person_id})
    if found is None:
        insert_once(connection, threads, {"person_id": person_id, "opened_at": now})
        found = _OF_PERSON.all(connection, {"person": person_id})[0]
    return _Row._make(found)


def note(
    connection: Connection,
    thread_id: int,
    kind: str,
    *,
    now: datetime,
    actor: str,
    words: str | None = None,
    staff_id: int | None = None,
    inbound_id: int | None = None,
    notice_id: int | None = None,
    seen_at: datetime | None = None,
) -> int:
    row = {
        "thread_id": thread_id, "kind": kind, "words": words, "actor": actor, "staff_id": staff_id,
        "inbound_id": inbound_id, "notice_id": notice_id, "at": now, "seen_at": seen_at,
    }  # fmt: skip
    entry_id: int = _ENTRY.insert_one(connection, row)
    return entry_id


def seen(change: Change, thread: Thread, upto: int | None = None) -> int:
    """Somebody has read what they wrote, up to that entry; how many messages that were unread."""
    shown = thread_entries.c.id <= (thread.latest if upto is None else upto)
    unseen = (thread_entries.c.thread_id == thread.id, thread_entries.c.kind == "in", thread_entries.c.seen_at.is_(None))
    marked = change.connection.execute(thread_entries.update().where(*unseen, shown).values(seen_at=change.now)).rowcount
    if not marked:
        return 0
    note(change.connection, thread.id, "seen", now=change.now, actor=change.actor.name)
    change.log("thread.seen", str(marked), thread.person.id)
    oldest = change.connection.execute(select(func.min(thread_entries.c.at)).where(*unseen)).scalar()
    values: dict[str, Any] = {"unread_since": oldest}
    if oldest is None:
        values |= {"due_at": None, "step": 0, "next_step_at": None, "remind_at": None}
        tasks.close(change.connection, task_key(thread.person.id), now=change.now)
        stale = (notice_rows.c.thread_id == thread.id, notice_rows.c.staff_id.is_not(None))
        notices.withdraw(change.connection, *stale, status="cancelled", why="seen", now=change.now)
    change.connection.execute(threads.update().where(threads.c.id == thread.id).values(**values))
    return marked


def later(change: Change, thread: Thread) -> datetime:
    """Whoever has it is told again then. It stays unread, and climbs when it is due. Raises ChangeError."""
    _need_unread(thread)
    again = change.council.after_working_minutes(change.now, change.council.later)
    change.connection.execute(threads.update().where(threads.c.id == thread.id).values(remind_at=again))
    note(change.connection, thread.id, "later", now=change.now, actor=change.actor.name)
    change.log("thread.later", again.isoformat(), thread.person.id)
    return again


def pass_on(change: Change, thread: Thread, to: Staff) -> None:
    """Hands the whole thread to a colleague, who is told what is unread. Raises ChangeError."""
    if to.id == thread.owner_id:
        raise ChangeError(f'"{to.ref}" has these messages already; choose somebody else')
    if not thread_watch.may(to, thread.person, None, "thread.write"):
        raise ChangeError(f'"{to.ref}" may not read the messages of "{thread.person.ref}"; choose somebody of that team')
    change.connection.execute(threads.update().where(threads.c.id == thread.id).values(owner_id=to.id, remind_at=None))
    entry_id = note(change.connection, thread.id, "passed", now=change.now, actor=change.actor.name, staff_id=to.id)
    tasks.give(change.connection, task_key(thread.person.id), to.id)
    change.log("thread.passed", to.ref, thread.person.id)
    upto = thread_watch.Upto(thread.id, entry_id, thread.person)
    thread_watch.tell_of_unread(change.connection, change.council, upto, to.id, "thread.got", now=change.now)


def goes_with_task(change: Change, person_id: int, to: Staff) -> None:
    """The task to read it is a colleague's now, and so is the thread."""
    given = threads.update().where(threads.c.person_id == person_id).values(owner_id=to.id, remind_at=None)
    thread_id = change.connection.execute(given.returning(threads.c.id)).scalar()
    if thread_id is not None:
        note(change.connection, thread_id, "passed", now=change.now, actor=change.actor.name, staff_id=to.id)


def close(change: Change, thread: Thread) -> None:
    """Nothing more is to be said. A new message of theirs opens it again. Raises ChangeError."""
    if thread.unread:
        raise ChangeError(
            f'nobody has seen {_messages(thread.unread)} of "{thread.person.ref}" yet; read it before it is closed'
        )
    if thread.closed_at is not None:
        raise ChangeError(f'the messages of "{thread.person.ref}" are closed already; nothing was changed')
    close_all(change.connection, thread.person.id, actor=change.actor.name, now=change.now)
    change.log("thread.closed", "thread", thread.person.id)


def close_all(connection: Connection, person_id: int, *, actor: str, now: datetime) -> None:
    """At the end of their last order, say. What nobody has seen still waits for somebody who does."""
    theirs = (threads.c.person_id == person_id, threads.c.closed_at.is_(None))
    closed = connection.execute(threads.update().where(*theirs).values(closed_at=now).returning(threads.c.id)).scalar()
    if closed is not None:
        note(connection, closed, "closed", now=now, actor=actor)


def open_again(connection: Connection, thread_id: int) -> None:
    _OPEN_AGAIN.run(connection, {"thread": thread_id})


def follow(connection: Connection, council: Council, person_id: int, *, actor: str, now: datetime) -> None:
    """The person has another case manager: the thread goes along, and they are told what is unread in it."""
    row = connection.execute(select(threads).where(threads.c.person_id == person_id).with_for_update()).first()
    if row is None:
        return
    connection.execute(threads.update().where(threads.c.id == row.id).values(owner_id=None, remind_at=None))
    person = who.person(connection, person_id)
    owner_id = thread_watch.owner_of(connection, None, person, now)
    entry_id = note(connection, row.id, "moved", now=now, actor=actor, staff_id=owner_id)
    tasks.give(connection, task_key(person_id), owner_id)
    if owner_id is not None:
        upto = thread_watch.Upto(row.id, entry_id, person)
        thread_watch.tell_of_unread(connection, council, upto, owner_id, "thread.got", now=now)


@dataclass(frozen=True, slots=True)
class Listed:
    """A thread as a list shows it, without its words."""

    id: int
    person: Person
    owner: Staff | None
    unread: int
    unread_since: datetime | None
    due_at: datetime | None
    closed_at: datetime | None


def listing(change: Change, *, everyone: bool = False) -> list[Listed]:
    """Those that the actor may read, the longest unread first; `everyone`: those with nothing unread as well."""
    unread = func.count(thread_entries.c.id)
    waiting = (
        (thread_entries.c.thread_id == threads.c.id) & (thread_entries.c.kind == "in") & thread_entries.c.seen_at.is_(None)
    )
    query = select(threads, unread.label("unread")).outerjoin(thread_entries, waiting).group_by(threads.c.id)
    if not everyone:
        query = query.where(threads.c.unread_since.is_not(None))
    rows = change.connection.execute(query.order_by(threads.c.unread_since, threads.c.id)).all()
    persons = who.people_by_id(change.connection, {row.person_id for row in rows})
    listed = [listed for row in rows if (listed := _listed(change, row, persons[row.person_id])) is not None]
    access.log(change.connection, change.actor.name, "thread.listed", now=change.now)
    return listed


def _listed(change: Change, row: Any, person: Person) -> Listed | None:
    owner_id = thread_watch.owner_of(change.connection, row.owner_id, person, change.now)
    member = change.actor.member
    if member is not None and not thread_watch.may(member, person, owner_id, "thread.read"):
        return None
    owner = who.member(change.connection, owner_id) if owner_id is not None else None
    return Listed(row.id, person, owner, row.unread, row.unread_since, row.due_at, row.closed_at)


def _need_unread(thread: Thread) -> None:
    if not thread.unread:
        raise ChangeError(f'nothing that "{thread.person.ref}" wrote is unread; nothing was changed')


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"
