"""A broadcast on its way: confirmed, perhaps approved by a colleague, held for minutes, carried out, or stopped."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select

from db import broadcast_effects, broadcasts, in_charge, notices, permissions, tasks, weighing
from db import people as who
from db import sessions as session_record
from db.broadcasts import OF_SESSIONS, Broadcast
from db.change import Change, ChangeError
from db.notices import Notice
from db.permissions import Actor, Refused
from db.schema import bookings, broadcast_people, sessions
from db.schema import broadcasts as rows
from db.schema import notices as notice_rows
from db.weighing import Weighed

UNDER_WAY = ("held", "sending")
APPROVE_WITHIN = timedelta(minutes=30)


def checked(change: Change, broadcast_id: int, weighed: Weighed) -> None:
    """Its maker has seen what it does; from now on it may be confirmed."""
    values = {"status": "checked", "second": weighed.second}
    change.connection.execute(rows.update().where(rows.c.id == broadcast_id).values(**values))


def confirm(change: Change, broadcast_id: int, *, break_glass: bool = False) -> Broadcast:
    """Puts it on hold, or where a second pair of eyes has to see it first, asks for them: then it stays `checked`.

    `break_glass`: a same-day "off" goes alone, and is reviewed on the next working day. Raises ChangeError or Refused.
    """
    one = broadcasts.by_id(change.connection, broadcast_id, hold=True)
    if one.status != "checked":
        raise ChangeError(_why_not(one))
    weighed = weighing.weigh(change, one)
    if weighed.blockers:
        raise ChangeError(weighed.blockers[0])
    if break_glass and not weighed.may_break_glass:
        raise ChangeError("only news of the same day may go alone; leave it to a colleague to approve")
    alone = weighed.second is not None and one.approved_by is None
    if alone and not break_glass:
        _ask_for_eyes(change, one, weighed)
        return broadcasts.by_id(change.connection, one.id)
    _hold(change, one, weighed, break_glass=alone)
    if alone:
        _to_review(change, one)
    return broadcasts.by_id(change.connection, one.id)


def approve(change: Change, broadcast_id: int) -> Broadcast:
    """A colleague who has seen its renderings agrees, and the hold begins. Raises ChangeError or Refused."""
    one = broadcasts.by_id(change.connection, broadcast_id, hold=True)
    change.require("broadcast.approve", None)
    if one.status != "checked" or one.confirmed_at is None:
        raise ChangeError(f"broadcast {one.id} does not wait for approval; `turnup broadcast list` shows what does")
    if one.made_by == change.actor.name:
        raise ChangeError("nobody approves their own broadcast; ask a colleague")
    weighed = weighing.weigh(as_maker(change, one), one)
    if weighed.blockers:
        raise ChangeError(weighed.blockers[0])
    approved = {"approved_by": change.actor.name, "approved_at": change.now}
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(**approved))
    tasks.close(change.connection, f"approve:b{one.id}", now=change.now)
    change.log("broadcast.approved", str(one.id))
    _hold(change, one, weighed, break_glass=False)
    return broadcasts.by_id(change.connection, one.id)


def _hold(change: Change, one: Broadcast, weighed: Weighed, *, break_glass: bool) -> None:
    wait = change.council.hold_urgent if weighed.is_urgent else change.council.hold
    values = {
        "status": "held", "confirmed_at": change.now, "hold_until": change.now + timedelta(minutes=wait),
        "break_glass": break_glass, "second": weighed.second,
    }  # fmt: skip
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(**values))
    change.log("broadcast.confirmed", str(one.id))


def _why_not(one: Broadcast) -> str:
    if one.status == "draft":
        return f"broadcast {one.id} has not been checked; look at what it does first"
    return f"broadcast {one.id} is {one.status} already; nothing was changed"


def _ask_for_eyes(change: Change, one: Broadcast, weighed: Weighed) -> None:
    """A task, and a line to everybody who may approve and is there, but for who made it; with nobody there, to all."""
    asked = {"confirmed_at": change.now, "second": weighed.second}
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(**asked))
    change.log("broadcast.asked", str(one.id))
    tasks.open_task(
        change.connection, key=f"approve:b{one.id}", kind="broadcast_approve", klass=one.kind, now=change.now,
        due_at=change.now + APPROVE_WITHIN,
    )  # fmt: skip
    others = [
        member
        for member in who.members(change.connection, *permissions.ALLOWED["broadcast.approve"])
        if member.ref != one.made_by
    ]
    there = [
        member
        for member in in_charge.there(change.connection, others, change.now)
        if member.ref != one.made_by and permissions.allows(member, "broadcast.approve", None)
    ]
    about = {"broadcast": str(one.id), "people": str(weighed.people), "what": one.kind}
    notices.write_all(
        change.connection,
        change.council,
        [
            Notice(
                key=f"approve:b{one.id}:m{member.id}",
                purpose="broadcast",
                string="broadcast.approve",
                lane=notices.CHANGE if weighed.is_urgent else notices.REMINDER,
                expires_at=change.now + timedelta(days=1),
                fields={**about, "buttons": [[("button.broadcast.look", {}, f"c:{one.id}::look")]]},
                staff_id=member.id,
            )
            for member in there or others
        ],
        now=change.now,
    )


def _to_review(change: Change, one: Broadcast) -> None:
    tasks.open_task(
        change.connection, key=f"review:b{one.id}", kind="broadcast_review", klass=one.kind, now=change.now,
        due_at=change.council.due_in_working_days(change.now, 1),
        note=f"broadcast {one.id} by {one.made_by} went without a second pair of eyes",
    )  # fmt: skip


def reviewed(change: Change, broadcast_id: int) -> Broadcast:
    """Somebody else has looked at what went alone. Raises ChangeError or Refused."""
    one = broadcasts.by_id(change.connection, broadcast_id, hold=True)
    change.require("broadcast.approve", None)
    if not one.break_glass:
        raise ChangeError(f"broadcast {one.id} did not go alone; there is nothing to review")
    if one.made_by == change.actor.name:
        raise ChangeError("nobody reviews their own broadcast; ask a colleague")
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(reviewed_at=change.now))
    tasks.close(change.connection, f"review:b{one.id}", now=change.now)
    change.log("broadcast.reviewed", str(one.id))
    return one


def due(connection: Connection, *, now: datetime) -> list[int]:
    """Those whose hold is over."""
    query = select(rows.c.id).where(rows.c.status == "held", rows.c.hold_until <= now)
    return list(connection.execute(query.order_by(rows.c.id)).scalars())


def begin(change: Change, broadcast_id: int) -> bool:
    """The hold is over: the record changes and everyone's notice is written, at once. `change.actor` is whoever made it.

    False where it has become impossible meanwhile: then nothing is done, and its maker has a task.
    """
    one = broadcasts.by_id(change.connection, broadcast_id, hold=True)
    if not _apply(change, one):
        _has_become_impossible(change, one)
        return False
    _list_people(change, one)
    begun = {"status": "sending", "begun_at": change.now}
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(**begun))
    return True


def _apply(change: Change, one: Broadcast) -> bool:
    """All of its effects, or none of them."""
    effects = change.connection.begin_nested()
    try:
        if weighing.weigh(change, one).blockers:
            effects.rollback()
            return False
        broadcast_effects.apply(change, one.id, one.kind, one.what, one.audience)
    except (ChangeError, Refused):
        effects.rollback()
        return False
    effects.commit()
    return True


def _has_become_impossible(change: Change, one: Broadcast) -> None:
    """While it was on hold its sessions began, or went: nothing is done, and its maker has to know."""
    stopped = {"status": "stopped", "stopped_at": change.now}
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(**stopped))
    tasks.open_task(
        change.connection, key=f"broadcast:b{one.id}", kind="broadcast_failed", klass=one.kind, now=change.now,
        due_at=change.now, owner_id=one.staff_id, note=f"broadcast {one.id} could not be carried out; nobody was told",
    )  # fmt: skip


def _list_people(change: Change, one: Broadcast) -> None:
    """Everybody in its audience: told by which notice, or left out and why."""
    left_out = case((notice_rows.c.status == "open", None), else_=notice_rows.c.why)
    ours = (notice_rows.c.broadcast_id == one.id, notice_rows.c.person_id.is_not(None))
    listed = select(
        notice_rows.c.broadcast_id, notice_rows.c.person_id, notice_rows.c.booking_id, notice_rows.c.id, left_out
    )
    columns = ("broadcast_id", "person_id", "booking_id", "notice_id", "left_out")
    change.connection.execute(broadcast_people.insert().from_select(columns, listed.where(*ours)))
    if one.kind in OF_SESSIONS:
        return
    aimed = weighing.people_of(change.connection, one, (), change.now)
    written = set(change.connection.execute(select(notice_rows.c.person_id).where(*ours)).scalars())
    unsaid = [
        {"broadcast_id": one.id, "person_id": id_, "booking_id": None, "notice_id": None, "left_out": "mode"}
        for id_ in sorted(aimed - written)
    ]
    if unsaid:
        change.connection.execute(broadcast_people.insert(), unsaid)


def stop(change: Change, broadcast_id: int) -> tuple[Broadcast, int, int]:
    """Stops what is on hold or being sent: `(broadcast, how many were told already, how many are spared)`.

    What was changed in the record stays, for whoever was told of it is right. Raises ChangeError or Refused.
    """
    one = broadcasts.by_id(change.connection, broadcast_id, hold=True)
    broadcasts.require(change, one.kind, None)
    waits = one.status == "checked" and one.confirmed_at is not None
    if one.status not in UNDER_WAY and not waits:
        raise ChangeError(f"broadcast {one.id} is {one.status}; there is nothing to stop")
    ours = notice_rows.c.broadcast_id == one.id
    spared = notices.withdraw(change.connection, ours, status="cancelled", why="stopped", now=change.now)
    all_of_it = change.connection.execute(
        select(func.count()).select_from(notice_rows).where(ours, notice_rows.c.person_id.is_not(None))
    ).scalar_one()
    stopped = {"status": "stopped", "stopped_at": change.now}
    change.connection.execute(rows.update().where(rows.c.id == one.id).values(**stopped))
    tasks.close(change.connection, f"approve:b{one.id}", now=change.now)
    change.log("broadcast.stopped", str(one.id))
    return broadcasts.by_id(change.connection, one.id), all_of_it - len(spared), len(spared)


def correct(change: Change, broadcast_id: int) -> int:
    """Puts what it called off back on, and tells those who had heard; how many. Raises ChangeError or Refused."""
    one = broadcasts.by_id(change.connection, broadcast_id, hold=True)
    broadcasts.require(change, one.kind, None)
    if one.kind not in ("off", "weather"):
        raise ChangeError("only what is off can be put back on; say the rest in a new broadcast")
    if one.begun_at is None:
        raise ChangeError(f"broadcast {one.id} has told nobody yet; stop it instead")
    if one.status == "sending":
        raise ChangeError(f"broadcast {one.id} is being sent; stop it first")
    told = _told(change.connection, one)
    of_it = select(broadcast_people.c.booking_id).where(broadcast_people.c.broadcast_id == one.id)
    off = select(bookings.c.session_id).where(bookings.c.id.in_(of_it))
    standing = select(sessions.c.id).where(
        sessions.c.id.in_(off), sessions.c.status == "cancelled", sessions.c.starts_at > change.now
    )
    for session_id in change.connection.execute(standing.order_by(sessions.c.id)).scalars().all():
        session_record.reinstate(
            change.connection, change.council, session_id, now=change.now, actor=change.actor.name, only=told
        )
    change.log("broadcast.corrected", str(one.id))
    return len(told)


def _told(connection: Connection, one: Broadcast) -> set[int]:
    told = notice_rows.c.broadcast_id == one.id, notice_rows.c.status == "told", notice_rows.c.purpose == "off"
    return set(connection.execute(select(notice_rows.c.person_id).where(*told)).scalars())


def finish(connection: Connection, *, now: datetime) -> None:
    """Those of which nothing waits any more are done."""
    open_still = select(notice_rows.c.id).where(notice_rows.c.broadcast_id == rows.c.id, notice_rows.c.status == "open")
    connection.execute(
        rows.update().where(rows.c.status == "sending", ~open_still.exists()).values(status="done", finished_at=now)
    )


def maker(connection: Connection, one: Broadcast) -> Actor:
    """Whoever made it, with the role that they have now."""
    return permissions.as_member(who.member(connection, one.staff_id)) if one.staff_id else Actor(one.made_by)


def as_maker(change: Change, one: Broadcast) -> Change:
    return replace(change, actor=maker(change.connection, one))
