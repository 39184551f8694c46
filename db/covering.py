"""A supervisor falls ill, or one more comes to help: who leads a session, as it changes on the day."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from db import found, in_charge, leading, leave, notices, schedule, sessions, unled
from db import people as who
from db.change import Change, ChangeError
from db.council import LONDON
from db.found import Planned
from db.notices import Notice
from db.people import Staff
from db.schema import notices as notice_rows
from db.schema import sessions as rows

WITHIN = timedelta(days=2)  # who says that they are ill now gives up what begins by then
OFFERED = 6  # supervisors named to a co-ordinator


def join(change: Change, ref: str, staff: str) -> tuple[Planned, Staff]:
    """One more leads a session that is not over, and hears of it. Raises ChangeError or Refused."""
    planned, member = _of(change, ref, staff)
    if member.id in leading.of(change.connection, planned.id):
        raise ChangeError(f'"{staff}" leads "{ref}" already; nothing was changed')
    leading.join(change.connection, planned.id, member.id)
    leave.is_back(change, member.id, planned.starts_at.astimezone(LONDON).date())
    unled.settle(change.connection, planned.id, "covered", now=change.now)
    change.log("session.joined", f"{ref} {staff}")
    schedule.tell_all(change, [(planned, member.id)], "lead.yours")
    return planned, member


def without(change: Change, ref: str, staff: str) -> tuple[Planned, Staff]:
    """They lead it no more, and hear of it; with nobody left co-ordinators are asked. Raises ChangeError or Refused."""
    planned, member = _of(change, ref, staff)
    if member.id not in leading.of(change.connection, planned.id):
        raise ChangeError(f'"{staff}" does not lead "{ref}"; nothing was changed')
    change.log("session.left", f"{ref} {staff}")
    schedule.tell_all(change, [(planned, member.id)], "lead.not_yours")
    _give_up(change, planned, member)
    return planned, member


def _of(change: Change, ref: str, staff: str) -> tuple[Planned, Staff]:
    planned = found.session(change.connection, ref)
    change.require("session.change", planned.place.team)
    found.not_over(planned, change.now)
    return planned, found.member(change.connection, staff)


def fall_sick(change: Change, member: Staff) -> list[Planned]:
    """They are away on the next day that they lead anything, within two days, and give that up; returns those sessions.

    Whoever else leads one has it from now; where nobody does, co-ordinators are asked for cover. Anybody may say it of
    themselves, of others who may change the session. Raises ChangeError or Refused.
    """
    given_up = _next_led(change, member)
    if not given_up:
        raise ChangeError(f"{member.initials} leads no session in the next two days; nothing was changed")
    for planned in given_up:
        if change.actor.member is None or change.actor.member.id != member.id:
            change.require("session.change", planned.place.team)
        change.log("session.sick", f"{planned.ref} {member.ref}")
        _give_up(change, planned, member)
    day = given_up[0].starts_at.astimezone(LONDON).date()
    leave.enter(change, member, day, day)
    return given_up


def _next_led(change: Change, member: Staff) -> list[Planned]:
    query = (
        select(rows.c.id, rows.c.starts_at)
        .where(leading.led_by(member.id), rows.c.status == "planned", rows.c.done_at.is_(None))
        .where(rows.c.ends_at > change.now, rows.c.starts_at <= change.now + WITHIN)
        .order_by(rows.c.starts_at, rows.c.id)
    )
    ahead = change.connection.execute(query).all()
    days = [row.starts_at.astimezone(LONDON).date() for row in ahead]
    return [found.session_by_id(change.connection, row.id) for row, day in zip(ahead, days, strict=True) if day == days[0]]


def _give_up(change: Change, planned: Planned, member: Staff) -> None:
    leading.leave(change.connection, planned.id, member.id)
    ours = (notice_rows.c.session_id == planned.id, notice_rows.c.staff_id == member.id)
    notices.withdraw(
        change.connection, *ours, notice_rows.c.purpose == "roster", notice_rows.c.string.startswith("roster."),
        status="superseded", why="handed_over", now=change.now,
    )  # fmt: skip
    left = leading.of(change.connection, planned.id)
    if left:
        schedule.tell_all(change, [(planned, staff_id) for staff_id in left], "lead.without", owner=member.initials)
    else:
        _ask_for_cover(change, planned, member)


def _ask_for_cover(change: Change, planned: Planned, but: Staff) -> None:
    """A task that stays until somebody leads it, and a line to each co-ordinator with who could."""
    unled.ask(change.connection, planned.id, planned.ref, planned.starts_at, now=change.now)
    string, fields = wanted(change, planned, but=but)
    asked = [
        Notice(
            key=f"cover:s{planned.id}:v{planned.version}:m{one.id}:{change.now.isoformat()}",
            purpose="roster",
            string=string,
            lane=notices.CHANGE,
            expires_at=planned.ends_at,
            fields=fields,
            staff_id=one.id,
            session_id=planned.id,
            session_version=planned.version,
            channel="sms" if planned.place.women_only else None,
        )
        for one in in_charge.who_may(change.connection, "session.change", planned.place.team, change.now)
    ]
    notices.write_all(change.connection, change.council, asked, now=change.now)


def wanted(change: Change, planned: Planned, *, but: Staff | None = None) -> tuple[str, dict[str, Any]]:
    """That a session needs somebody to lead it, and who could: a string with its fields."""
    could = [one for one in free(change, planned) if but is None or one.id != but.id][:OFFERED]
    starts_at = planned.starts_at.isoformat()
    return "cover.wanted" if could else "cover.wanted_nobody_free", {
        "day": starts_at, "time": starts_at, "session": str(planned.id), **sessions.place(planned.place),
        "cover": ", ".join(one.initials for one in could),
        "buttons": [[("button.cover", {"owner": each.initials}, f"v:{planned.id}::{each.id}")] for each in could],
    }  # fmt: skip


def free(change: Change, planned: Planned) -> list[Staff]:
    """Supervisors of its team who are not away on that day, and lead nothing else while it lasts."""
    there = leave.here(change.connection, who.members(change.connection, "supervisor"), planned.starts_at)
    return [one for one in there if one.team == planned.place.team and is_free(change, planned, one)]


def is_free(change: Change, planned: Planned, member: Staff) -> bool:
    at_once = (rows.c.status == "planned", rows.c.starts_at < planned.ends_at, rows.c.ends_at > planned.starts_at)
    query = select(rows.c.id).where(leading.led_by(member.id), rows.c.id != planned.id, *at_once)
    return change.connection.execute(query.limit(1)).first() is None
