"""`turnup session`: add, move, cancel, or give to another supervisor."""

from argparse import ArgumentParser, Namespace

from bot.changes import desk
from bot.settings import Settings
from db import covering, found, kit, leading, placing, schedule
from db import people as who
from db.change import Change
from db.found import Planned
from db.importing import cells
from db.people import Staff


def add_to(add: desk.AddParser) -> None:
    act = add("session", help="add, move or cancel a session, or change who leads it")
    doing = act.add_subparsers(dest="act", required=True, metavar="act").add_parser
    add_ = doing("add", help="plan a session")
    _named(add_, required=True)
    add_.add_argument("--capacity", metavar="N", help="how many it holds; without it, as many as its placement")
    add_.add_argument("--supervisor", metavar="REF", help="who leads it; without it, who leads its placement")
    desk.options(add_, add_one)
    move_ = doing("move", help="to another time or placement; everyone booked is asked anew")
    _named(move_, required=False)
    move_.set_defaults(usage=move_.error)
    desk.options(move_, move, tells=True)
    cancel_ = doing("cancel", help="call it off; everyone booked hears")
    cancel_.add_argument("ref", metavar="REF")
    desk.options(cancel_, cancel, reason=True, tells=True)
    stand_down_ = doing("stand-down", help="no work can be given: nobody is absent, and one still to come is off")
    stand_down_.add_argument("ref", metavar="REF")
    desk.options(stand_down_, stand_down, reason=True, tells=True)
    supervisor_ = doing("supervisor", help="give it to another supervisor; both hear")
    supervisor_.add_argument("ref", metavar="REF")
    supervisor_.add_argument("staff", metavar="STAFF|none")
    desk.options(supervisor_, supervisor, tells=True)
    also_ = doing("also", help="one more supervisor leads it too; they hear")
    sick_ = doing("sick", help="a supervisor can't lead: what they lead next is given up, and cover is asked for")
    without_ = doing("without", help="somebody leads it no more; with nobody left, cover is asked for")
    for parser, run in ((also_, also), (without_, without)):
        parser.add_argument("ref", metavar="REF")
        parser.add_argument("staff", metavar="STAFF")
        desk.options(parser, run, tells=True)
    sick_.add_argument("staff", metavar="STAFF")
    desk.options(sick_, sick, tells=True)
    stop_ = doing("pick-up", help="where the van stops for everyone at a placement: they read it, and whoever leads")
    stop_.add_argument("ref", metavar="PLACEMENT")
    stop_.add_argument("where", metavar="TEXT|none")
    desk.options(stop_, pick_up, tells=True)


def _named(parser: ArgumentParser, *, required: bool) -> None:
    parser.add_argument("ref", metavar="REF")
    parser.add_argument("--placement", metavar="REF", required=required)
    for name in ("--starts", "--ends"):
        parser.add_argument(name, metavar="ISO", required=required, help="without an offset, a time on London's clocks")


def add_one(change: Change, asked: Namespace, _: Settings) -> list[str]:
    planned = schedule.add(
        change,
        desk.read("REF", cells.ref, asked.ref),
        asked.placement,
        desk.read("--starts", desk.moment, asked.starts),
        desk.read("--ends", desk.moment, asked.ends),
        desk.read("--capacity", cells.whole(1), asked.capacity),
        asked.supervisor,
    )
    return [f"{planned.ref} is planned: {_where(planned)}", *_led(change, planned)]


def move(change: Change, asked: Namespace, _: Settings) -> list[str]:
    if not (asked.starts or asked.ends or asked.placement):
        asked.usage("give --starts, --ends or --placement")
    starts_at, ends_at = (desk.read(f"--{name}", desk.moment, getattr(asked, name)) for name in ("starts", "ends"))
    moved = schedule.move(change, asked.ref, starts_at=starts_at, ends_at=ends_at, placement=asked.placement)
    lines = [f"{asked.ref} was {_where(moved.before)}", f"{asked.ref} is now {_where(moved.after)}"]
    if moved.before.supervisor_id != moved.after.supervisor_id:
        lines += _led(change, moved.after)
    if moved.at_once:
        lines.append(f"note: booked elsewhere at that time: {', '.join(moved.at_once)}; unbook them from one of the two")
    return lines


def cancel(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return [f"{asked.ref} is cancelled: {_where(schedule.call_off(change, asked.ref))}"]


def stand_down(change: Change, asked: Namespace, _: Settings) -> list[str]:
    planned, people = schedule.stand_down(change, asked.ref)
    return [f"{asked.ref} is stood down: {_where(planned)}", f"{asked.ref}: {people} stood down, none of them absent"]


def supervisor(change: Change, asked: Namespace, _: Settings) -> list[str]:
    to = None if asked.staff == "none" else asked.staff
    handed = schedule.hand_over(change, asked.ref, to)
    was = handed.before.ref if handed.before else "nobody"
    return [f"{asked.ref} was led by {was}", *_leader(asked.ref, handed.after)]


def also(change: Change, asked: Namespace, _: Settings) -> list[str]:
    planned, member = covering.join(change, asked.ref, asked.staff)
    return [f"{planned.ref} is led by {member.ref} too"]


def without(change: Change, asked: Namespace, _: Settings) -> list[str]:
    planned, member = covering.without(change, asked.ref, asked.staff)
    return [f"{planned.ref} is not led by {member.ref} now", *_who_leads(change, planned)]


def sick(change: Change, asked: Namespace, _: Settings) -> list[str]:
    given_up = covering.fall_sick(change, found.member(change.connection, asked.staff))
    return [line for planned in given_up for line in (f"{planned.ref}: {_where(planned)}", *_who_leads(change, planned))]


def _who_leads(change: Change, planned: Planned) -> list[str]:
    left = [who.member(change.connection, staff_id).ref for staff_id in leading.of(change.connection, planned.id)]
    if left:
        return [f"{planned.ref} is led by {', '.join(left)}"]
    return [f"{planned.ref} is led by nobody", f"co-ordinators are asked; `turnup session supervisor {planned.ref} STAFF`"]


def pick_up(change: Change, asked: Namespace, _: Settings) -> list[str]:
    where = desk.read("TEXT", kit.note, asked.where)
    kit.set_stop(change, asked.ref, where)
    return [f"{asked.ref}: pick-up {where or 'none'}"]


def _where(planned: Planned) -> str:
    return f"{desk.shown(planned.starts_at)} to {desk.shown(planned.ends_at)[-5:]}, {planned.place.ref}"


def _led(change: Change, planned: Planned) -> list[str]:
    member = who.member(change.connection, planned.supervisor_id) if planned.supervisor_id else None
    return _leader(planned.ref, member)


def _leader(ref: str, member: Staff | None) -> list[str]:
    if member is None:
        return [
            f"{ref} is led by nobody",
            f"note: nobody hears who is late; `turnup session supervisor {ref} STAFF` names one",
        ]
    lines = [f"{ref} is led by {member.ref}"]
    if member.role not in placing.LEADERS:
        lines.append(f"note: {member.ref} is a {member.role.replace('_', ' ')}")
    return lines
