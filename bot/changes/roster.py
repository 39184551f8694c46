"""`turnup roster`: who is expected at a session, what they said, what was marked; and marks as a supervisor texts them."""

import json
from argparse import Namespace
from typing import Any

from bot.changes import desk
from bot.commands import CommandError
from bot.settings import Settings
from db import access, attendance, found, people, rosters
from db.attendance import NotMarked
from db.change import Change
from db.rosters import Line, Roster
from handlers import marking
from handlers import roster as conversation
from handlers.marking import Said, UnclearError

REFUSED = {
    "not_yours": "is another team's; ask whoever leads it, or a co-ordinator",
    "cancelled": "is cancelled; nobody can have been there",
    "not_yet": "is still to come; it can be marked from an hour before its start",
    "not_begun": "has not begun; until it starts nobody is missing from it, and it is not done",
    "over": "is closed; `turnup correct attendance` puts it right",
    "not_on_roster": "has nobody with the number {numbers}; `turnup roster` without marks lists them",
    "corrected": "was settled by the office for {numbers}; `turnup correct attendance` changes it",
    "beyond": "does not hold that time; give one within it",
    "unmarked": "is not done: {numbers} not marked; mark them in the same words",
}


def add_to(add: desk.AddParser) -> None:
    roster = add("roster", help="who is expected at a session, what they said and what was marked; or marks them")
    roster.add_argument("session", metavar="SESSION")
    roster.add_argument("marks", nargs="?", metavar="MARKS", help='as a supervisor texts them: "IN 1-4, LATE 5 9:40, OUT 6"')
    roster.add_argument("--json", action="store_true")
    desk.options(roster, show)


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    roster = rosters.of_session(change.connection, found.session(change.connection, asked.session).id)
    if not attendance.may_mark(roster, change.actor):
        change.require("person.read", roster.team)
    if asked.marks:
        roster = _mark(change, roster, asked.marks)
    access.log(change.connection, change.actor.name, "roster.read", now=change.now, reason=asked.session)
    if asked.json:
        return [json.dumps(_as_json(change, roster))]
    return [f"{roster.ref}  {desk.shown(roster.starts_at)}  {roster.nickname}", *map(_line, roster.lines)]


def _mark(change: Change, roster: Roster, text: str) -> Roster:
    said = _read(roster, text)
    if said.sent_home:
        raise CommandError("say why after HOME and the number: A for behaviour, B for our reasons")
    marks = conversation.wanted(roster, said)
    try:
        after = attendance.mark(change, roster.session_id, marks) if marks else roster
        if said.done:
            after = attendance.finish(change, roster.session_id, conversation.moment(roster, said.done_at))
    except NotMarked as refusal:
        numbers = ", ".join(map(str, refusal.numbers))
        raise CommandError(f'"{roster.ref}" {REFUSED[refusal.why].format(numbers=numbers)}') from None
    return after


def _read(roster: Roster, text: str) -> Said:
    try:
        said = marking.read(text)
        if said is None or said.letter or said.wants_list:
            raise UnclearError
        return said.of_the_one(roster.of_one.number if roster.of_one else None)
    except UnclearError as unclear:
        meant = f"; do you mean {unclear.meant.upper()}?" if unclear.meant else ""
        twice = f"; {unclear.numbers[0]} is there twice" if unclear.numbers else ""
        raise CommandError(
            f'that says no marks that we know{meant}{twice}; write them like "IN 1-4, LATE 5 9:40, OUT 6, DONE 3pm"'
        ) from None


def _line(line: Line) -> str:
    marked = f"{line.mark.status}, {line.mark.minutes} min" if line.mark else "not marked"
    said = line.answer or "no answer"
    more = [line.kit, line.pick_up, "not booked" if line.walk_in else None, "hours wait" if line.hours_wait else None]
    extra = "".join(f"  {each}" for each in more if each)
    return f"{line.number:>3}  {line.initials}  {line.first_name} {line.last_name}  said {said}  {marked}{extra}"


def _as_json(change: Change, roster: Roster) -> dict[str, Any]:
    """Refs and no names. Lengths in minutes."""
    refs = {id_: one.ref for id_, one in people.people_by_id(change.connection, [n.person_id for n in roster.lines]).items()}
    leaders = people.members_by_id(change.connection, roster.leaders) if roster.leaders else {}
    return {
        "session": roster.ref, "status": roster.status, "starts_at": desk.local(roster.starts_at),
        "ends_at": desk.local(roster.ends_at), "done_at": desk.local(roster.done_at), "place": roster.nickname,
        "leaders": [leaders[id_].ref for id_ in roster.leaders],
        "people": [
            {
                "number": line.number, "person": refs[line.person_id], "answer": line.answer, "late": line.band,
                "kit": line.kit, "pick_up": line.pick_up, "walk_in": line.walk_in, "hours_wait": line.hours_wait,
                "status": line.mark.status if line.mark else None, "minutes": line.mark.minutes if line.mark else 0,
                "started_at": desk.local(line.mark.started_at) if line.mark else None,
                "finished_at": desk.local(line.mark.finished_at) if line.mark else None,
            }
            for line in roster.lines
        ],
    }  # fmt: skip
