"""Called off from site by whoever leads it. With people on their way a co-ordinator confirms; nobody is absent from it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from db import attendance, found, in_charge, notices, rosters, schedule, sessions, tasks
from db.attendance import NotMarked
from db.change import Change, ChangeError
from db.notices import Notice
from db.rosters import Marking, Roster

TRAVEL = timedelta(hours=2)  # before the start: from then on people may be on their way
WHYS = ("weather", "van", "site", "unsafe", "ill", "other")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether it is off, or how many may be on their way to it, so that a co-ordinator is asked."""

    off: bool
    travelling: int


def ask(change: Change, session_id: int, why: str) -> Asked:
    """Off at once where nobody can be on their way yet; else co-ordinators are asked. `change.reason` is what was written.

    Raises NotMarked: `not_yours`, `cancelled`, `over`.
    """
    roster = rosters.of_session(change.connection, session_id)
    if not attendance.may_mark(roster, change.actor):
        raise NotMarked("not_yours")
    if roster.status != "planned":
        raise NotMarked("cancelled")
    if roster.ends_at <= change.now:
        raise NotMarked("over")
    travelling = _travelling(roster, change.now)
    if not travelling:
        _stand_down(change, roster)
        return Asked(True, 0)
    tasks.open_task(
        change.connection, key=_key(session_id), kind="off_asked", klass=why, now=change.now, due_at=change.now,
        note=change.reason or why,
    )  # fmt: skip
    change.log("session.off_asked", roster.ref)
    _ask_co_ordinators(change, roster, why, travelling)
    return Asked(False, travelling)


def _key(session_id: int) -> str:
    return f"off_asked:s{session_id}"


def _travelling(roster: Roster, now: datetime) -> int:
    """Who may be on their way or there already: all who have not said that they can't come, from two hours before it."""
    if now < roster.starts_at - TRAVEL:
        return 0
    return sum(line.mark.is_present if line.mark else line.answer != "cant" for line in roster.lines)


def _ask_co_ordinators(change: Change, roster: Roster, why: str, travelling: int) -> None:
    starts_at = roster.starts_at.isoformat()
    closed = roster.women_only
    buttons = [[[f"button.off_{word}", {}, f"v:{roster.session_id}::{word}"]] for word in ("confirm", "keep")]
    fields = {
        "day": starts_at, "time": starts_at, "place": "" if closed else roster.nickname, "people": str(travelling),
        "session": str(roster.session_id), "why_off": why, "buttons": buttons,
        "owner": change.actor.member.initials if change.actor.member else "",
    }  # fmt: skip
    wanted = [
        Notice(
            key=f"off_asked:s{roster.session_id}:m{one.id}:{change.now.isoformat()}",
            purpose="roster",
            string="off.asked",
            lane=notices.CHANGE,
            expires_at=roster.ends_at,
            fields=fields,
            staff_id=one.id,
            session_id=roster.session_id,
            session_version=roster.version,
            channel="sms" if closed else None,
        )
        for one in in_charge.who_may(change.connection, "session.stand_down", roster.team, change.now)
    ]
    notices.write_all(change.connection, change.council, wanted, now=change.now)


def confirm(change: Change, session_id: int) -> Roster:
    """A co-ordinator says so: it is off. Raises Refused, and ChangeError where nobody asked or it is off already."""
    return _settle(change, session_id, off=True)


def keep(change: Change, session_id: int) -> Roster:
    """It stays on. Raises as `confirm` does."""
    return _settle(change, session_id, off=False)


def _settle(change: Change, session_id: int, *, off: bool) -> Roster:
    planned = found.session_by_id(change.connection, session_id)
    change.require("session.stand_down", planned.place.team)
    reason = tasks.notes(change.connection, _key(session_id))
    if not reason:
        raise ChangeError(f"nobody waits for an answer about session {session_id}; look at its list")
    tasks.close(change.connection, _key(session_id), now=change.now)
    roster = rosters.of_session(change.connection, session_id)
    change = replace(change, reason=reason[-1])
    change.log("session.off_confirmed" if off else "session.kept_on", roster.ref)
    if off:
        _stand_down(change, roster)
    else:
        schedule.tell_all(change, [(planned, staff_id) for staff_id in roster.leaders], "off.kept")
    return rosters.of_session(change.connection, session_id)


def _stand_down(change: Change, roster: Roster) -> None:
    """Who is there is sent home by us, who is on the way is told not to come, and nobody is absent."""
    there = [
        Marking(n.number, "sent_home_service") for n in roster.lines if n.mark and n.mark.status in ("attended", "late")
    ]
    if there and roster.starts_at <= change.now:
        attendance.mark(change, roster.session_id, there)
    planned = found.session_by_id(change.connection, roster.session_id)
    schedule.stand_down_session(change, planned)
    if planned.starts_at > change.now:
        return
    others = [(planned, staff_id) for staff_id in roster.leaders if not schedule.is_actor(change, staff_id)]
    schedule.tell_all(change, others, "lead.off")
    coming = [n.booking_id for n in roster.lines if n.mark is None and n.answer != "cant"]
    sessions.tell_late_off(change.connection, change.council, coming, now=change.now)
