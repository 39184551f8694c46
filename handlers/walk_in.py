"""ADD JK: somebody turned up who is not on the list. By initials, name or ref; asked once more; then on it, and in."""

import re

from db import attendance, people, permissions, rosters, searching, staff_questions, walk_ins
from db.people import Person
from db.permissions import as_member
from db.rosters import Roster
from db.walk_ins import NotAdded
from handlers import attempts, roster
from handlers.turn import StaffTurn
from notifications import rosters as lists
from notifications.buttons import Press

ADD = re.compile(r"add\b\W*(.{0,80})", re.IGNORECASE | re.DOTALL)
QUESTION = "walk_in"
WHO = "walk_in_who"
YES, NO = "a", "b"
SHOWN = 6  # people with the same initials, to choose from


def by_text(turn: StaffTurn) -> bool:
    text = turn.message.text.strip(" .!")
    if text.casefold() in (YES, NO):
        return _answer(turn, yes=text.casefold() == YES)
    added = ADD.fullmatch(text)
    if added is None:
        return False
    session_id = roster.session_meant(turn)
    if session_id is not None and added[1].strip():
        _look(turn, rosters.of_session(turn.connection, session_id), added[1])
    elif session_id is not None:
        ask_who(turn, session_id)
    return True


def ask_who(turn: StaffTurn, session_id: int) -> None:
    _listen(turn, session_id)
    turn.say_anew("walk_in.who", {})


def _listen(turn: StaffTurn, session_id: int) -> None:
    """Their next words, if they are nothing else, are who turned up."""
    staff_questions.ask(turn.connection, turn.member.id, WHO, now=turn.now, so_far={"session": session_id})


def named(turn: StaffTurn) -> bool:
    """Words that nothing else knows, after it was asked who turned up."""
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is None or question.kind != WHO:
        return False
    staff_questions.close(turn.connection, question.id, now=turn.now)
    _look(turn, rosters.of_session(turn.connection, question.so_far["session"]), turn.message.text.strip()[:80])
    return True


def _look(turn: StaffTurn, found: Roster, said: str) -> None:
    if found.women_only:
        turn.say("walk_in.closed")
        return
    actor = as_member(turn.member)
    if not permissions.allows(actor, "attendance.add", found.team):
        turn.say("staff.not_allowed", {"who": permissions.who_may("attendance.add")})
        return
    meant = searching.called(turn.connection, actor, "attendance.add", said)
    if len(meant) == 1:
        _ask(turn, found, meant[0])
    elif meant:
        _which(turn, found, meant)
    elif searching.is_initials(said):
        _listen(turn, found.session_id)
        turn.say("walk_in.no_initials", {"initials": said.upper()})
    else:
        walk_ins.for_officer(attempts.change(turn), found, f'"{said}" turned up, and is not in the record')
        turn.say("walk_in.unknown")


def _which(turn: StaffTurn, found: Roster, meant: list[Person]) -> None:
    buttons = [
        [["button.person", {"owner": f"{one.first_name} {one.last_name[:1]}, {one.ref}"},
          f"w:{found.session_id}:{one.id}:ask"]]
        for one in meant[:SHOWN]
    ]  # fmt: skip
    _listen(turn, found.session_id)
    turn.say_anew("walk_in.several", {"initials": meant[0].initials, "buttons": buttons}, purpose="roster")


def _ask(turn: StaffTurn, found: Roster, person: Person) -> None:
    """Once more before it counts: initials are soon mistyped."""
    line = next((line for line in found.lines if line.person_id == person.id), None)
    if line is not None:
        roster.say_below(turn, "walk_in.on_list", found, initials=person.initials, number=str(line.number))
        return
    so_far = {"session": found.session_id, "person": person.id}
    staff_questions.ask(turn.connection, turn.member.id, QUESTION, now=turn.now, so_far=so_far)
    buttons = [[[f"button.walk_in_{word}", {}, f"w:{found.session_id}:{person.id}:{word}"]] for word in ("add", "leave")]
    roster.say_below(turn, "walk_in.confirm", found, initials=person.initials, buttons=buttons)


def _answer(turn: StaffTurn, *, yes: bool) -> bool:
    """False where nobody asked."""
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is None or question.kind != QUESTION:
        return False
    staff_questions.close(turn.connection, question.id, now=turn.now)
    if yes:
        _add(turn, question.so_far["session"], question.so_far["person"])
    else:
        turn.say("walk_in.left")
    return True


def pressed(turn: StaffTurn, press: Press) -> None:
    is_there = press.version.isdigit() and rosters.exists(turn.connection, press.subject)
    found = rosters.of_session(turn.connection, press.subject) if is_there else None
    if found is None or not attendance.may_mark(found, as_member(turn.member)):
        turn.toast = "stale"
    elif press.word == "ask":
        person = people.person(turn.connection, int(press.version))
        if permissions.allows(turn.member, "attendance.add", person.team):
            _ask(turn, found, person)
    elif press.word == "add":
        _add(turn, press.subject, int(press.version))
    else:
        turn.say("walk_in.left")


def _add(turn: StaffTurn, session_id: int, person_id: int) -> None:
    found = rosters.of_session(turn.connection, session_id)
    person = people.person(turn.connection, person_id)
    roster.guarded(turn, found, lambda: _added(turn, found, person))


def _added(turn: StaffTurn, found: Roster, person: Person) -> None:
    try:
        added = walk_ins.add(attempts.change(turn), found.session_id, person)
    except NotAdded:
        roster.say_below(turn, "walk_in.cannot", found, initials=person.initials)
        return
    string = "walk_in.added_waiting" if added.line.hours_wait else "walk_in.added"
    roster.say_below(turn, string, found, initials=person.initials, number=str(added.line.number))
    if turn.message.channel == "telegram":
        turn.say_anew(lists.LIST, lists.fields(added.roster, lists.page_of(added.roster, added.line)), purpose="roster")
