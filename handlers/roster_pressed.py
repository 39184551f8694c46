"""A roster's buttons on Telegram: a row a person, and what is about all of them."""

from db import attendance, notices, rosters
from db.attendance import NotMarked
from db.permissions import as_member
from db.rosters import Line, Marking, Roster
from db.schema import notices as notice_rows
from handlers import attempts, off_site, roster, walk_in
from handlers.turn import StaffTurn
from notifications import rosters as lists
from notifications.buttons import Press

WORDS: dict[str, str | None] = {"in": "attended", "late": "late", "out": "absent", "left": "left_early", "undo": None}


def pressed(turn: StaffTurn, press: Press) -> None:
    """The message is shown anew in its place, with what stands now."""
    found = _of_press(turn, press)
    if found is None:
        turn.toast = "stale"
    elif not attendance.may_mark(found, as_member(turn.member)):
        roster.refuse(turn, found, NotMarked("not_yours"))  # and they are shown nothing of it
    elif press.word == "add":
        walk_in.ask_who(turn, found.session_id)
    elif press.word.startswith("off"):
        off_site.pressed(turn, found, press.word.removeprefix("off").removeprefix("_"))
    elif press.word.startswith("home_"):
        if not roster.answer_home(turn, f"sent_{press.word}"):
            turn.toast = "stale"
    elif not roster.guarded(turn, found, lambda: _do(turn, found, press)):
        _show_in_place(turn, found.session_id, press)


def _of_press(turn: StaffTurn, press: Press) -> Roster | None:
    if press.kind == "row":
        return rosters.of_booking(turn.connection, press.subject)
    return rosters.of_session(turn.connection, press.subject) if rosters.exists(turn.connection, press.subject) else None


def _do(turn: StaffTurn, found: Roster, press: Press) -> None:
    if press.word == "done":
        roster.finish(turn, found, None)
        _show_in_place(turn, found.session_id, press)  # over, it offers nothing more to finish
        return
    if press.word == "all_in":
        roster.mark(turn, found, [Marking(one.number, "attended") for one in _page(found, press)])
    elif press.word in WORDS or press.word == "home":
        line = found.of_booking(press.subject)
        if line is None:
            raise NotMarked("not_on_roster")
        if press.word == "home":
            attendance.require(attempts.change(turn), found, [line.number])
            roster.ask_home(turn, found, [(line.number, None, None)])
            return
        roster.mark(turn, found, [Marking(line.number, WORDS[press.word])])
    _show_in_place(turn, found.session_id, press)


def _page(found: Roster, press: Press) -> list[Line]:
    page = int(press.version) if press.version.isdigit() else 0
    shown = found.lines[page * lists.PAGE : (page + 1) * lists.PAGE]
    return [line for line in shown if line.is_open]


def _show_in_place(turn: StaffTurn, session_id: int, press: Press) -> None:
    """Only the newest state is worth sending: what still waits to be shown in this message is taken back."""
    found = rosters.of_session(turn.connection, session_id)
    line = found.of_booking(press.subject) if press.kind == "row" else None
    if press.kind == "row":
        page = lists.page_of(found, line) if line else 0
    else:
        page = int(press.version) if press.version.isdigit() else 0
    older = (notice_rows.c.staff_id == turn.member.id, notice_rows.c.edits == turn.message.pressed)
    notices.withdraw(turn.connection, *older, status="superseded", why="newer_list", now=turn.now)
    roster.log_read(turn, found)
    turn.say_in_place(lists.LIST, lists.fields(found, page))
