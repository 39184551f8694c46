"""`turnup person REF`: how somebody may be written to just now, and what stands in the way."""

from bot.changes import desk
from db import access, found, links
from db.change import Change
from db.council import Span
from db.people import Person


def lines(change: Change, ref: str) -> list[str]:
    """Never a name or a number: the screen may be seen by others."""
    who = found.person(change.connection, ref)
    change.require("person.read", who.team)
    access.log(change.connection, change.actor.name, "person.read", now=change.now, person_id=who.id)
    told = {
        "mode": who.mode.replace("_", "-"),
        "channel": _channel(change, who),
        "language": f"{who.language}, with an interpreter" if who.interpreter else who.language,
        "window": span(who.safe),
        "pause": _pause(change, who),
        "stopped": who.stop_level,
        "number": _number(who),
    }
    return [who.ref, *(f"  {name:<9} {value}" for name, value in told.items())]


def span(window: Span | None) -> str:
    if window is None:
        return "none"
    return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (window.start, window.until))


def _channel(change: Change, who: Person) -> str:
    linked = "linked" if links.is_linked(change.connection, who.id) else "not linked"
    return f"{desk.CHANNELS[who.channel]}; a Telegram chat is {linked}"


def _pause(change: Change, who: Person) -> str:
    if who.paused_until is None or who.paused_until <= change.now:
        return "none"
    return f"no reminders until {desk.shown(who.paused_until)}, as they asked"


def _number(who: Person) -> str:
    if who.phone_hash is None:
        return "none; give them one with --phone"
    if who.number_suspended:
        return "somebody else's, as whoever has it said; give their new one with --phone"
    if who.shared:
        return "another's too, so nothing is sent to it unasked; give one of them another with --phone"
    if who.doubted_at is not None:
        return f"in doubt since {desk.shown(who.doubted_at)}: it gets dates only; ask them, then --verified"
    return "theirs" if who.phone_is_own else "theirs, but others use that phone"
