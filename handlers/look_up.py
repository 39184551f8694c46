"""HOURS JK, NEXT JK: where somebody stands, for staff on site. In initials, within what their role may see, and logged."""

import re

from db import access, found, hours, people, permissions, searching, sessions
from db.people import Person
from db.permissions import as_member
from handlers.turn import StaffTurn
from notifications.buttons import Press

SAID = re.compile(r"(hours|next)\W+(.{1,80})", re.IGNORECASE | re.DOTALL)
LOOK = "person.look"
SHOWN = 6


def by_text(turn: StaffTurn) -> bool:
    said = SAID.fullmatch(turn.message.text.strip(" ?.!"))
    if said is None:
        return False
    what, whom = said[1].lower(), said[2]
    meant = [one for one in searching.called(turn.connection, as_member(turn.member), LOOK, whom) if _may_be_said(one)]
    if len(meant) == 1:
        _say(turn, what, meant[0])
    elif meant:
        _which(turn, what, meant)
    else:
        access.log(turn.connection, turn.member.ref, "look_up.nobody", now=turn.now, reason=what)
        turn.say("look_up.nobody", {"word": what.upper()})
    return True


def _may_be_said(person: Person) -> bool:
    """The restricted, and women-only work, are spoken of at the office alone; here they are as if not found."""
    return not (person.restricted or person.women_only)


def _which(turn: StaffTurn, what: str, meant: list[Person]) -> None:
    buttons = [
        [["button.person", {"owner": f"{one.first_name} {one.last_name[:1]}, {one.ref}"}, f"p:{one.id}::{what}"]]
        for one in meant[:SHOWN]
    ]
    about = {"initials": meant[0].initials, "word": what.upper(), "buttons": buttons}
    turn.say_anew("look_up.several", about, purpose="roster")


def pressed(turn: StaffTurn, press: Press) -> None:
    person = people.people_by_id(turn.connection, [press.subject]).get(press.subject)
    if person is None or press.word not in ("hours", "next"):
        turn.toast = "stale"
    elif not permissions.allows(turn.member, LOOK, person.team):
        access.refused(turn.connection, turn.member.ref, LOOK, now=turn.now, person_id=person.id)
        turn.say_anew("staff.not_allowed", {"who": permissions.who_may(LOOK)})
    elif _may_be_said(person):
        _say(turn, press.word, person)


def _say(turn: StaffTurn, what: str, person: Person) -> None:
    access.log(turn.connection, turn.member.ref, LOOK, now=turn.now, person_id=person.id, reason=what)
    (_say_hours if what == "hours" else _say_next)(turn, person)


def _say_hours(turn: StaffTurn, person: Person) -> None:
    active = found.active_orders(turn.connection, person)
    if not active:
        turn.say_anew("look_up.no_order", {"initials": person.initials}, purpose="roster")
    for order in active:
        stands = hours.balance(turn.connection, order.id)
        fields = {
            "initials": person.initials, "done": stands.credited, "total": stands.total, "left": max(0, stands.left),
            "date2": order.complete_by.isoformat(),
        }  # fmt: skip
        turn.say_anew("look_up.hours", fields, purpose="roster")


def _say_next(turn: StaffTurn, person: Person) -> None:
    ahead = sessions.coming_up(turn.connection, person.id, now=turn.now, limit=1)
    if not ahead:
        turn.say_anew("look_up.no_session", {"initials": person.initials}, purpose="roster")
        return
    one = ahead[0]
    about = {"initials": person.initials, **one.starts, **sessions.place(one)}
    turn.say_anew(f"look_up.next_{one.answer or 'none'}", about, purpose="roster")
