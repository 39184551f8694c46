"""`turnup person`, where it changes something: how they are reached, their orders' status, their PIN."""

import secrets
from argparse import ArgumentParser, Namespace
from typing import Any

from bot.changes import desk, standing
from bot.settings import Settings
from db import contact, kit, links, orders
from db.change import Change
from db.contact import Changed
from db.importing import cells
from db.schema import CHANNELS, MODES, ORDER_STATUSES
from handlers import pin
from locales.catalog import Catalogs

CONTACT = ("phone", "mode", "window", "channel", "language", "interpreter")
INSTEAD = "give one of --json, --new-pin, --verified, --messages-on and --messages-off, or what to change"


def add_to(person: ArgumentParser) -> None:
    person.add_argument("ref", metavar="REF")
    what = person.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="where they stand")
    what.add_argument("--verified", action="store_true", help="you have made sure that the number is theirs")
    what.add_argument("--new-pin", action="store_true", help="print a fresh PIN for a phone that is not only theirs")
    for state in ("on", "off"):
        what.add_argument(
            f"--messages-{state}", metavar="ORDER", help=f"reminders {state} for a suspended, breached or fiscal-work order"
        )
    person.add_argument("--phone", metavar="NUMBER", help="their new number; `turnup invite` welcomes it")
    person.add_argument("--mode", choices=MODES)
    person.add_argument("--window", metavar="HH:MM-HH:MM|none", help="the times at which messages are safe")
    person.add_argument("--channel", choices=CHANNELS)
    person.add_argument("--language", metavar="LOCALE")
    person.add_argument("--interpreter", choices=("yes", "no"), help="whether whoever calls them needs one")
    person.add_argument("--kit", metavar="TEXT|none", help='what has to be there for them, like "boots 9"; on the roster')
    person.add_argument("--order", metavar="REF", help="with --status")
    person.add_argument("--status", choices=ORDER_STATUSES, help="what that order is now; needs --order and --reason")
    person.set_defaults(usage=person.error)
    desk.options(person, change_person)


def check(asked: Namespace) -> None:
    """Leaves with the usage where what is asked for does not go together."""
    looks = asked.json or asked.new_pin or asked.verified or bool(asked.messages_on) or bool(asked.messages_off)
    changes = any(getattr(asked, name) is not None for name in (*CONTACT, "kit", "order", "status"))
    if looks and changes:
        asked.usage(INSTEAD)
    if (asked.order is None) != (asked.status is None):
        asked.usage("--order and --status go together")
    if asked.status is not None and asked.reason is None:
        asked.usage("--status needs --reason: who decided, and when")


def change_person(change: Change, asked: Namespace, settings: Settings) -> list[str]:
    if asked.new_pin:
        return [f"pin {_new_pin(change, asked.ref)}"]
    if asked.verified:
        was_in_doubt = contact.verify(change, asked.ref)
        return [f"{asked.ref}: the number is theirs", *([] if was_in_doubt else ["note: it was not in doubt"])]
    if asked.messages_on or asked.messages_off:
        order = asked.messages_on or asked.messages_off
        orders.set_messages(change, asked.ref, order, on=asked.messages_on is not None)
        return [f"messages about {order} are {'on' if asked.messages_on else 'off'}"]
    wanted = _wanted(asked, settings)
    if not wanted and not asked.status and asked.kit is None:
        return standing.lines(change, asked.ref)
    lines = _changed(change, contact.change_contact(change, asked.ref, wanted)) if wanted else []
    if asked.kit is not None:
        lines.append(_kit(change, asked))
    return [*lines, *(_status(change, asked) if asked.status else [])]


def _kit(change: Change, asked: Namespace) -> str:
    text = desk.read("--kit", kit.note, asked.kit)
    kit.set_kit(change, asked.ref, text)
    return f"{asked.ref}: kit {text or 'none'}"


def _new_pin(change: Change, ref: str) -> str:
    """4 digits, to be told to the person face to face."""
    digits = f"{secrets.randbelow(10_000):04d}"
    contact.set_pin(change, ref, lambda person: pin.hash_of(person, digits))
    return digits


def _wanted(asked: Namespace, settings: Settings) -> dict[str, Any]:
    wanted = {name: getattr(asked, name) for name in ("mode", "channel") if getattr(asked, name) is not None}
    if asked.phone is not None:
        wanted["phone"] = desk.read("--phone", _number(settings), asked.phone)
    if asked.window is not None:
        wanted["safe_window"] = None if asked.window == "none" else desk.read("--window", _window, asked.window)
    if asked.language is not None:
        wanted["language"] = desk.read("--language", cells.language(Catalogs.load().languages), asked.language)
    if asked.interpreter is not None:
        wanted["interpreter"] = asked.interpreter == "yes"
    return wanted


def _number(settings: Settings) -> cells.Parser:
    parse = cells.phone(drama_ok=settings.drama_numbers)

    def number(text: str) -> Any:
        if not text:
            raise cells.CellError(f"is empty; {cells.LIKE_A_MOBILE}")
        return parse(text)

    return number


def _window(text: str) -> Any:
    if not text:
        raise cells.CellError("is empty; write it like 10:00-14:00, or none")
    return cells.window(text)


def _changed(change: Change, made: Changed) -> list[str]:
    """Never a number: the screen may be seen by others."""
    before, after, ref = made.before, made.after, made.after.ref
    lines = [f"{ref}: phone changed"] if before.phone != after.phone else []
    for name in ("mode", "channel", "language"):
        if getattr(before, name) != getattr(after, name):
            lines.append(f"{ref}: {name} {getattr(after, name)}, was {getattr(before, name)}")
    if before.interpreter != after.interpreter:
        lines.append(f"{ref}: an interpreter is {'needed' if after.interpreter else 'not needed'}")
    if before.safe != after.safe:
        lines.append(f"{ref}: window {standing.span(after.safe)}, was {standing.span(before.safe)}")
    return lines + [f"note: {note}" for note in _notes(change, made)]


def _notes(change: Change, made: Changed) -> list[str]:
    after, notes = made.after, []
    if made.is_plainer:
        notes.append(f"{after.mode} says more than {made.before.mode}; it has to be agreed with the person")
    if made.is_wider:
        notes.append("the window holds times that were outside it; it has to be agreed with the person")
    if made.before.phone != after.phone:
        if after.shared:
            notes.append("another person has this number too, so neither gets a text until it is settled; a task is open")
        if made.stopped or after.stop_level == "all":
            notes.append("texts to it are stopped, and only START from that phone starts them")
        notes.append(f"nothing is sent to it now; `turnup invite {after.ref}` welcomes it")
    if after.channel == "telegram" and not links.is_linked(change.connection, after.id):
        notes.append(f"no Telegram chat is linked, so messages go by SMS until one is, with `turnup invite {after.ref}`")
    return notes


def _status(change: Change, asked: Namespace) -> list[str]:
    made = orders.set_status(change, asked.ref, asked.order, asked.status)
    lines = [f"{made.ref} is {made.after}, was {made.before}"]
    if made.still_booked:
        some = "1 session to come is" if made.still_booked == 1 else f"{made.still_booked} sessions to come are"
        lines.append(f"note: {some} still booked for it; `turnup unbook` takes them off")
    return lines
