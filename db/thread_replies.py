"""What a worker answers a person: in their own words, or by a template in the person's language. Seen first, then held.

Own words go only to a phone that is surely theirs and needs no care: others get templates, whose twins say nothing to
whoever else reads them. Who is only asked to call, or not written to at all, is for a call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from db import notices, sending_hours, sessions, tasks, thread_words, threads, told
from db.change import Change, ChangeError
from db.notices import Notice, Route
from db.people import Person
from db.schema import notices as notice_rows
from db.schema import thread_entries
from db.threads import Thread

OWN_WORDS = "thread.words"
TEMPLATES = (
    "thread.tpl.call_us", "thread.tpl.will_call", "thread.tpl.noted", "thread.tpl.thanks", "thread.tpl.next",
    "thread.tpl.bring", "thread.tpl.how",
)  # fmt: skip
"""In the order of their numbers, from 1."""
OF_SESSION = frozenset({"thread.tpl.next"})
LASTS = timedelta(days=1)
CALL_WITHIN = 1  # working days

WHY_NOT = {
    "no_address": "there is no number or chat to reach them",
    "no_contact": "nothing at all is sent to them",
    "stopped": "they asked for no texts",
    "suppressed": "they asked for no texts, or the network does not know their number",
    "number_suspended": "whoever has their number said that it is not theirs",
    "shared": "somebody else has the same number",
    "not_own": "their phone is not only theirs",
    "order": "no order of theirs runs, or nobody has switched its messages on",
    "not_live": "they are not among those who are written to yet",
}
BY_CALL = "; ring them, or make it a call to do"


class OnlyByCall(ChangeError):
    """Nothing can be written to this person as things are: somebody has to ring, or meet them."""


class NothingToSay(ChangeError):
    """That template speaks of what they have not got."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it would go: where, when at the earliest, and what should be thought of first."""

    notice: Notice
    words: str | None
    channel: str
    goes_at: datetime
    warnings: tuple[str, ...]


def takes_words(change: Change, thread: Thread) -> bool:
    """Whether own words may go to their phone; templates may otherwise. Raises OnlyByCall where nothing may."""
    person = thread.person
    where = _route(change, thread, _notice(change, thread, OWN_WORDS, {}))
    return person.mode == "standard" and not (where.channel == "sms" and person.others_may_read)


def template(number: int) -> str:
    """That template, by its number from 1. Raises ChangeError."""
    if not 1 <= number <= len(TEMPLATES):
        raise ChangeError(f"there is no template {number}; they go from 1 to {len(TEMPLATES)}")
    return TEMPLATES[number - 1]


def draft(change: Change, thread: Thread, *, words: str | None = None, string: str | None = None) -> Draft:
    """Looks at an answer, own words or a template's string, without writing it.

    Raises OnlyByCall, or ChangeError that says what to write otherwise.
    """
    takes = takes_words(change, thread)
    warnings: list[str] = []
    if string is not None:
        notice = _of_template(change, thread, string)
    else:
        notice = _notice(change, thread, OWN_WORDS, {"words": words})
        if not takes:
            raise ChangeError(f'own words never go to the phone of "{thread.person.ref}"; choose a template, or ring')
        if faults := thread_words.faults_of(change.connection, thread.person, words or ""):
            raise ChangeError(faults[0])
        warnings = thread_words.warnings_of(thread.person, words or "")
    where = _route(change, thread, notice)
    goes_at = notice.not_before or change.now
    if goes_at > change.now + timedelta(minutes=change.council.undo):
        warnings.append("it waits for hours in which they may be written to")
    return Draft(notice, words, where.channel, goes_at, tuple(warnings))


def _of_template(change: Change, thread: Thread, string: str) -> Notice:
    if string not in OF_SESSION:
        return _notice(change, thread, string, {})
    ahead = sessions.coming_up(change.connection, thread.person.id, now=change.now, limit=1)
    if not ahead:
        raise NothingToSay(f'"{thread.person.ref}" has no session booked, which that template speaks of; choose another')
    return _notice(change, thread, string, ahead[0].starts)._replace(**ahead[0].about)


def _notice(change: Change, thread: Thread, string: str, fields: Mapping[str, str | None]) -> Notice:
    goes_at = _goes_at(change, thread.person)
    return Notice(
        key=f"thread:{thread.id}:{change.now.isoformat()}:{string}",
        purpose="conversation",
        string=string,
        lane=notices.REPLY,
        timing="timely",
        not_before=goes_at,
        expires_at=goes_at + LASTS,
        fields=dict(fields),
        person_id=thread.person.id,
        thread_id=thread.id,
    )


def _route(change: Change, thread: Thread, notice: Notice) -> Route:
    person = thread.person
    if person.mode == "call_first":
        raise OnlyByCall(f'messages to "{person.ref}" may only ask them to call{BY_CALL}')
    where = told.foresee(change.connection, change.council, notice, person, at=notice.not_before or change.now)
    if isinstance(where, str):
        raise OnlyByCall(f'nothing can be written to "{person.ref}": {WHY_NOT.get(where, where.replace("_", " "))}{BY_CALL}')
    return where


def _goes_at(change: Change, person: Person) -> datetime:
    """After the moments in which it can be stopped, in the council's hours and their safe window."""
    start = change.now + timedelta(minutes=change.council.undo)
    permitted = sending_hours.next_permitted(change.council, start, "timely", person.safe)
    if permitted is None:
        raise OnlyByCall(f'"{person.ref}" has no time in which messages are safe{BY_CALL}')
    return permitted


def send(change: Change, thread: Thread, draft: Draft) -> int:
    """Writes it, and whatever they wrote before counts as seen; the entry's id. It can be stopped until it goes."""
    notice_id = notices.write(change.connection, change.council, draft.notice, now=change.now, person=thread.person)
    if notice_id is None:
        raise ChangeError("that answer is on its way already; nothing was written twice")
    entry_id = threads.note(
        change.connection, thread.id, "out", now=change.now, actor=change.actor.name, words=draft.words, notice_id=notice_id
    )
    threads.seen(change, thread)
    threads.open_again(change.connection, thread.id)
    change.log("thread.answered", "own words" if draft.words is not None else draft.notice.string, thread.person.id)
    return entry_id


def stop(change: Change, thread: Thread, entry_id: int | None = None) -> int:
    """Takes back an answer that has not gone, or without `entry_id` all of them; how many. Raises ChangeError."""
    ours = (thread_entries.c.thread_id == thread.id, thread_entries.c.kind == "out")
    query = select(thread_entries.c.notice_id).where(*ours)
    if entry_id is not None:
        query = query.where(thread_entries.c.id == entry_id)
    mine = notice_rows.c.id.in_(query)
    gone = notices.withdraw(change.connection, mine, status="cancelled", why="stopped", now=change.now)
    if not gone:
        raise ChangeError("it has gone already; write again to put it right")
    change.log("thread.stopped", str(len(gone)), thread.person.id)
    return len(gone)


def call_to_do(change: Change, thread: Thread) -> None:
    """What cannot be written is said by phone: a task for whoever has the thread."""
    tasks.open_task(
        change.connection, key=f"call_back:p{thread.person.id}", kind="call_back", person_id=thread.person.id,
        owner_id=thread.owner_id, now=change.now, due_at=change.council.due_in_working_days(change.now, CALL_WITHIN),
    )  # fmt: skip
    threads.seen(change, thread)
    change.log("thread.call", "call to do", thread.person.id)
