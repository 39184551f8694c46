"""`turnup book` and `turnup unbook`."""

from argparse import Namespace

from bot.changes import desk
from bot.settings import Settings
from db import bookings, kit, told
from db.bookings import Placed
from db.change import Change
from db.notices import Route
from notifications import reminders


def add_to(add: desk.AddParser) -> None:
    book_ = add("book", help="book a person on a session")
    book_.add_argument("session", metavar="SESSION")
    book_.add_argument("person", metavar="PERSON")
    book_.add_argument("--order", metavar="REF", help="the order that it counts towards, where they have several")
    desk.options(book_, book)
    unbook_ = add("unbook", help="take a person off a session; they hear that it is off for them")
    unbook_.add_argument("session", metavar="SESSION")
    unbook_.add_argument("person", metavar="PERSON")
    desk.options(unbook_, unbook, tells=True)
    stop_ = add("pick-up", help="where the van stops for one person: they read it, and whoever leads")
    stop_.add_argument("session", metavar="SESSION")
    stop_.add_argument("person", metavar="PERSON")
    stop_.add_argument("where", metavar="TEXT|none")
    desk.options(stop_, pick_up, tells=True)


def book(change: Change, asked: Namespace, _: Settings) -> list[str]:
    made = bookings.place(change, asked.session, asked.person, asked.order)
    at, place = desk.shown(made.planned.starts_at), made.planned.place.ref
    return [
        f"{made.person.ref} is booked on {made.planned.ref}, {at}, {place}, for {made.order.ref}",
        _reminded(change, made),
    ]


def _reminded(change: Change, made: Placed) -> str:
    ref = made.person.ref
    coming = reminders.next_of(change.connection, change.council, made.id, now=change.now)
    if coming is None:
        return f"no reminder reaches {ref} in time; tell them yourself"
    at, notice = coming
    where = told.foresee(change.connection, change.council, notice, made.person, at=at)
    if not isinstance(where, Route):
        return f"no reminder reaches {ref} ({where.replace('_', ' ')}); tell them yourself"
    when = "at once" if at == change.now else desk.shown(at)
    return f"{ref} is reminded {when} by {desk.CHANNELS[where.channel]}"


def unbook(change: Change, asked: Namespace, _: Settings) -> list[str]:
    planned = bookings.take_off(change, asked.session, asked.person)
    return [f"{asked.person} is off {planned.ref}, {desk.shown(planned.starts_at)}"]


def pick_up(change: Change, asked: Namespace, _: Settings) -> list[str]:
    where = desk.read("TEXT", kit.note, asked.where)
    kit.set_own_stop(change, asked.session, asked.person, where)
    return [f"{asked.person} on {asked.session}: pick-up {where or 'none'}"]
