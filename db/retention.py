"""The retention clock: so long after somebody's last order ended, what was written to and by them is erased.

How long is the council's to say, in its file; without that nothing is erased. What people and workers wrote to each other
may have days of its own; without them it goes with the rest. What the order itself is about (who, hours,
attendance, decisions, who looked) is the council's record, and stays.
"""

import calendar
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from db import access, endings
from db.council import LONDON, Council
from db.inbound import SETTLED
from db.schema import deliveries, inbound, notices, orders, people, staff, tasks, telegram_links, thread_entries, threads

AT_ONCE = 100  # people in one run
NOTHING = {"twilio": '{"From": "-"}', "telegram": "{}"}  # what is left of a message that came in

log = logging.getLogger("turnup.retention")


def erase(connection: Connection, council: Council, *, now: datetime) -> int:
    """Of how many people the messages were erased."""
    if council.conversation_days is not None:
        _conversations(connection, now - timedelta(days=council.conversation_days), now)
    if council.messages_months is None:
        return 0
    before = _months_before(now, council.messages_months)
    due = _due(connection, endings.finished(connection, before=before))
    counted = [_erase(connection, person_id, now) for person_id in due]
    if council.conversation_days is None:
        for person_id in due:
            _conversation(connection, person_id, now)
    if counted:
        log.info("erased %d messages of %d people whose orders are over", sum(counted), len(counted))
    return len(counted)


def _conversations(connection: Connection, before: datetime, now: datetime) -> None:
    last_end = select(func.max(orders.c.ended_at)).where(orders.c.person_id == threads.c.person_id).scalar_subquery()
    query = select(threads.c.person_id).where(
        threads.c.person_id.in_(endings.finished(connection, before=before)),
        or_(threads.c.erased_at.is_(None), threads.c.erased_at < last_end),
    )
    due = list(connection.execute(query.order_by(threads.c.id).limit(AT_ONCE)).scalars())
    counted = [_conversation(connection, person_id, now) for person_id in due]
    if counted:
        log.info("erased %d messages to workers and from them, of %d people", sum(counted), len(counted))


def _conversation(connection: Connection, person_id: int, now: datetime) -> int:
    """Takes out the words of a thread, and of all that the person and staff were sent of it; of how many entries."""
    of_them = select(threads.c.id).where(threads.c.person_id == person_id).scalar_subquery()
    ours, sent = thread_entries.c.thread_id == of_them, notices.c.thread_id == of_them
    came = select(thread_entries.c.inbound_id).where(ours, thread_entries.c.inbound_id.is_not(None))
    for door, nothing in NOTHING.items():
        stored = (inbound.c.id.in_(came), inbound.c.door == door)
        connection.execute(inbound.update().where(*stored).values(payload=nothing))
    bodies = deliveries.c.notice_id.in_(select(notices.c.id).where(sent))
    connection.execute(deliveries.update().where(bodies).values(body=None))
    connection.execute(notices.update().where(sent, notices.c.status != "open").values(fields={}))
    written = (ours, thread_entries.c.words.is_not(None))
    count = connection.execute(thread_entries.update().where(*written).values(words=None)).rowcount
    gone = connection.execute(threads.update().where(threads.c.person_id == person_id).values(erased_at=now)).rowcount
    if gone:
        access.log(connection, endings.CLOCK, "erased", now=now, person_id=person_id, reason=f"conversation: {count}")
    return count


def _due(connection: Connection, finished: list[int]) -> list[int]:
    """Those of whom something may have come in since the last time: a new order that has ended, too."""
    last_end = select(func.max(orders.c.ended_at)).where(orders.c.person_id == people.c.id).scalar_subquery()
    query = select(people.c.id).where(
        people.c.id.in_(finished), or_(people.c.erased_at.is_(None), people.c.erased_at < last_end)
    )
    return list(connection.execute(query.order_by(people.c.id).limit(AT_ONCE)).scalars())


def _erase(connection: Connection, person_id: int, now: datetime) -> int:
    """How many messages, both ways, were erased of one person."""
    count = _came_in(connection, _addresses(connection, person_id)) + _went_out(connection, person_id)
    connection.execute(telegram_links.delete().where(telegram_links.c.person_id == person_id))
    done = (tasks.c.person_id == person_id, tasks.c.status == "done")
    connection.execute(tasks.update().where(*done).values(note=None))
    connection.execute(people.update().where(people.c.id == person_id).values(erased_at=now))
    access.log(connection, endings.CLOCK, "erased", now=now, person_id=person_id, reason=f"messages: {count}")
    return count


def _addresses(connection: Connection, person_id: int) -> set[str]:
    """Hashes of the numbers and chats that were theirs, but for those that are somebody else's by now."""
    went_to = select(deliveries.c.address_hash).join(notices, notices.c.id == deliveries.c.notice_id)
    theirs = (
        select(people.c.phone_hash).where(people.c.id == person_id),
        select(telegram_links.c.chat_hash).where(telegram_links.c.person_id == person_id),
        went_to.where(notices.c.person_id == person_id).distinct(),
    )
    live = telegram_links.c.ended_at.is_(None)
    others = (
        select(people.c.phone_hash).where(people.c.id != person_id),
        select(staff.c.phone_hash),
        select(telegram_links.c.chat_hash).where(live, telegram_links.c.person_id.is_distinct_from(person_id)),
    )
    found = {value for query in theirs for value in connection.execute(query).scalars() if value}
    for query in others:
        column = query.selected_columns[0]
        found -= set(connection.execute(query.where(column.in_(found))).scalars())
    return found


def _came_in(connection: Connection, hashes: Iterable[str]) -> int:
    count = 0
    for door, nothing in NOTHING.items():
        settled = (inbound.c.sender_hash.in_(list(hashes)), inbound.c.door == door, SETTLED)
        count += connection.execute(inbound.update().where(*settled).values(payload=nothing)).rowcount
    return count


def _went_out(connection: Connection, person_id: int) -> int:
    theirs = select(notices.c.id).where(notices.c.person_id == person_id, notices.c.status != "open")
    connection.execute(notices.update().where(notices.c.id.in_(theirs)).values(fields={}))
    said = (deliveries.c.notice_id.in_(theirs), deliveries.c.body.is_not(None))
    return connection.execute(deliveries.update().where(*said).values(body=None)).rowcount


def _months_before(now: datetime, months: int) -> datetime:
    """The same day and time so many months ago; on the month's last day where it lacks that one."""
    local = now.astimezone(LONDON)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
