"""A supervisor marks who came: by text with numbers, on Telegram with a row a person. All of a text counts, or none."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from db import access, alerts, attendance, crypto, notices, rosters
from db import people as who
from db.attendance import Marking, NotMarked
from db.change import Change
from db.council import LONDON
from db.permissions import as_member
from db.rosters import Line, Roster
from db.schema import notices as notice_rows
from handlers import marking
from handlers.marking import Clock, Said, UnclearError
from handlers.turn import StaffTurn
from notifications import rosters as lists
from notifications.buttons import Press

WORDS: dict[str, str | None] = {"in": "attended", "late": "late", "out": "absent", "left": "left_early", "undo": None}
ORDER = ("attended", "late", "left_early", "absent", "stood_down", "sent_home_behaviour", "sent_home_service")


def by_text(turn: StaffTurn) -> bool:
    """False for a text that is not about a roster."""
    is_hurt, number = marking.hurt(turn.message.text)
    if is_hurt:
        _hurt(turn, number)
        return True
    try:
        said = marking.read(turn.message.text)
    except UnclearError as unclear:
        turn.say("roster.no.twice" if unclear.numbers else "roster.no.unclear", {"numbers": list(unclear.numbers)})
        return True
    if said is None:
        return False
    session_id = _session(turn, said)
    if session_id is not None:
        _act(turn, session_id, said)
    return True


def _hurt(turn: StaffTurn, number: int | None) -> None:
    """Somebody is hurt, or it is not safe: an urgent alert at once, about that person where it can be told who it is."""
    found = rosters.current(turn.connection, turn.member.id, now=turn.now)
    lines = [rosters.of_session(turn.connection, id_).line(number) for id_ in found] if number else []
    line = lines[0] if len(lines) == 1 else None
    alert_id = alerts.raise_alert(
        turn.connection,
        turn.council,
        "injury",
        person=who.person(turn.connection, line.person_id) if line else None,
        sender_hash=crypto.keys().hash(turn.message.address),
        inbound_id=turn.inbound_id,
        now=turn.now,
    )
    turn.say_anew("staff.hurt", {"alert": str(alert_id)}, purpose="safety")


def _change(turn: StaffTurn) -> Change:
    return Change(turn.connection, turn.council, turn.now, as_member(turn.member))


def _session(turn: StaffTurn, said: Said) -> int | None:
    """The session that they can mean; None once they were told that there is none, or asked which."""
    found = rosters.current(turn.connection, turn.member.id, now=turn.now)
    if said.letter and ord(said.letter) - ord("A") < len(found):
        return found[ord(said.letter) - ord("A")]
    if len(found) == 1:
        return found[0]
    if not found:
        turn.say("roster.none")
        return None
    of = [rosters.of_session(turn.connection, id_) for id_ in found]
    choices = [["ABCD"[n], "" if r.women_only else r.nickname, r.starts_at.isoformat()] for n, r in enumerate(of[:4])]
    turn.say("roster.which", {"people": str(len(found)), "choices": choices})
    return None


def _act(turn: StaffTurn, session_id: int, said: Said) -> None:
    roster = rosters.of_session(turn.connection, session_id)
    if said.wants_list:
        show(turn, roster)
        return
    changes = turn.connection.begin_nested()
    try:
        roster = _mark(turn, roster, said)
        if said.done:
            _finish(turn, roster, _moment(roster, said.done_at))
        else:
            _say_marked(turn, roster)
    except NotMarked as refusal:
        changes.rollback()
        _refuse(turn, roster, refusal)
    else:
        changes.commit()


def _mark(turn: StaffTurn, roster: Roster, said: Said) -> Roster:
    wanted = [
        Marking(number, None if verb == "undo" else verb, _moment(roster, clock))
        for number, (verb, clock) in sorted(said.marks.items())
    ]
    if said.everyone:
        rest = [line.number for line in roster.open if line.number not in said.marks]
        wanted += [Marking(number, "attended") for number in rest]
    if not wanted and not said.everyone:
        return roster
    return attendance.mark(_change(turn), roster.session_id, wanted)


def _moment(roster: Roster, clock: Clock | None) -> datetime | None:
    """That time on the session's day; of two that it can mean, the one within the session."""
    if clock is None:
        return None
    day = roster.starts_at.astimezone(LONDON).date()
    possible = [datetime.combine(day, at, LONDON) for at in clock.possible()]
    return next((at for at in possible if roster.starts_at <= at <= roster.ends_at), possible[0])


def _finish(turn: StaffTurn, roster: Roster, at: datetime | None) -> None:
    """With somebody unmarked it is not over: what was marked stays, and they are asked."""
    try:
        roster = attendance.finish(_change(turn), roster.session_id, at)
    except NotMarked as refusal:
        if refusal.why != "unmarked":
            raise
        _say_below(turn, "roster.unmarked", roster, numbers=list(refusal.numbers))
        return
    until = max((line.mark.finished_at for line in roster.lines if line.mark and line.mark.finished_at), default=turn.now)
    _say_below(turn, "roster.done", roster, until=until.isoformat(), marks=_groups(roster))


def _say_marked(turn: StaffTurn, roster: Roster) -> None:
    """What stands now, all of it: so a slip is seen at once."""
    marks = _groups(roster)
    if roster.open:
        _say_below(turn, "roster.marked", roster, marks=marks, numbers=[line.number for line in roster.open])
    else:
        _say_below(turn, "roster.changed" if roster.done_at else "roster.all_marked", roster, marks=marks)


def _groups(roster: Roster) -> list[tuple[str, list[int]]]:
    by_status: dict[str, list[int]] = defaultdict(list)
    for line in roster.lines:
        if line.mark is not None:
            by_status[line.mark.status].append(line.number)
    return [(status, by_status[status]) for status in ORDER if by_status[status]]


def _refuse(turn: StaffTurn, roster: Roster, refusal: NotMarked) -> None:
    if refusal.why == "not_yours":
        access.refused(turn.connection, turn.member.ref, "attendance.mark", now=turn.now, reason=roster.ref)
    owner = ""
    if refusal.who is not None:
        owner = who.member(turn.connection, refusal.who).initials
    _say_below(
        turn,
        f"roster.no.{refusal.why}",
        roster,
        numbers=list(refusal.numbers),
        owner=owner,
        until=roster.ends_at.isoformat(),
    )


def _say_below(turn: StaffTurn, string: str, roster: Roster, **fields: Any) -> None:
    about = {name: value for name, value in lists.fields(roster).items() if name in ("day", "time", "place", "people")}
    turn.say_anew(string, {**about, **fields})


def show(turn: StaffTurn, roster: Roster) -> None:
    """The roster as it stands, on as many messages as it takes."""
    _log_read(turn, roster)
    for notice in lists.list_notices(roster, turn.member.id, "asked"):
        turn.say_anew(notice.string, notice.fields, purpose="roster")


def show_of(turn: StaffTurn, session_id: int | None) -> None:
    """To whoever took the alert that it is not marked, if they may mark it."""
    if session_id is not None:
        roster = rosters.of_session(turn.connection, session_id)
        if attendance.may_mark(roster, as_member(turn.member)):
            show(turn, roster)


def _log_read(turn: StaffTurn, roster: Roster) -> None:
    access.log(turn.connection, turn.member.ref, "roster.read", now=turn.now, reason=roster.ref)


def pressed(turn: StaffTurn, press: Press) -> None:
    """A button of a roster: the message is shown anew in its place, with what stands now."""
    roster = _of_press(turn, press)
    if roster is None:
        turn.toast = "stale"
        return
    if not attendance.may_mark(roster, as_member(turn.member)):
        _refuse(turn, roster, NotMarked("not_yours"))  # and they are shown nothing of it
        return
    changes = turn.connection.begin_nested()
    try:
        _do(turn, roster, press)
    except NotMarked as refusal:
        changes.rollback()
        _show_in_place(turn, roster.session_id, press)
        _refuse(turn, roster, refusal)
    else:
        changes.commit()


def _of_press(turn: StaffTurn, press: Press) -> Roster | None:
    if press.kind == "row":
        return rosters.of_booking(turn.connection, press.subject)
    return rosters.of_session(turn.connection, press.subject) if rosters.exists(turn.connection, press.subject) else None


def _do(turn: StaffTurn, roster: Roster, press: Press) -> None:
    if press.word == "done":
        _finish(turn, roster, None)
        _show_in_place(turn, roster.session_id, press)  # over, it offers nothing more to finish
        return
    if press.word == "all_in":
        attendance.mark(_change(turn), roster.session_id, [Marking(one.number, "attended") for one in _page(roster, press)])
    elif press.word in WORDS:
        line = roster.of_booking(press.subject)
        if line is None:
            raise NotMarked("not_on_roster")
        seen = int(press.version) if press.version.isdigit() else 0
        attendance.mark(_change(turn), roster.session_id, [Marking(line.number, WORDS[press.word], seen=seen)])
    _show_in_place(turn, roster.session_id, press)


def _page(roster: Roster, press: Press) -> list[Line]:
    page = int(press.version) if press.version.isdigit() else 0
    shown = roster.lines[page * lists.PAGE : (page + 1) * lists.PAGE]
    return [line for line in shown if line.is_open]


def _show_in_place(turn: StaffTurn, session_id: int, press: Press) -> None:
    """Only the newest state is worth sending: what still waits to be shown in this message is taken back."""
    roster = rosters.of_session(turn.connection, session_id)
    line = roster.of_booking(press.subject) if press.kind == "row" else None
    if press.kind == "row":
        page = roster.lines.index(line) // lists.PAGE if line else 0
    else:
        page = int(press.version) if press.version.isdigit() else 0
    older = (notice_rows.c.staff_id == turn.member.id, notice_rows.c.edits == turn.message.pressed)
    notices.withdraw(turn.connection, *older, status="superseded", why="newer_list", now=turn.now)
    _log_read(turn, roster)
    turn.say_in_place(lists.LIST, lists.fields(roster, page))
