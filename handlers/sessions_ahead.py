"""The sessions that come after the next one, a calendar file of one, and the way there."""

from db import access, calendars, late_starts, sessions
from db.sessions import Booked
from handlers import nothing_booked
from handlers.turn import PersonTurn

MOST = 5


def say(turn: PersonTurn) -> None:
    """A list, soonest first; below whatever was pressed, so that the buttons about the next one stay."""
    found = sessions.coming_up(turn.connection, turn.person.id, now=turn.now, limit=MOST)
    access.log(turn.connection, turn.person.ref, "sessions.asked", now=turn.now, person_id=turn.person.id)
    if not found:
        nothing_booked.say(turn)
        return
    listed = [[late_starts.starts(turn.connection, one)["time"], sessions.place(one)["place"]] for one in found]
    turn.say_anew("sessions.list", {"sessions": listed})


def calendar(turn: PersonTurn, one: Booked) -> None:
    """The file of that session as it now stands. Later ones move the entry that it makes, or take it out."""
    if not turn.shows_files:
        turn.toast = "stale"
        return
    turn.say_anew(calendars.FILE, {**one.starts, "calendar": sessions.entry(one)}, about=one)


def way(turn: PersonTurn) -> None:
    """Where the van stops for them, or in words, where the council has written them down; else a person to ring knows it,
    and on Telegram the map.

    An address never stands in a message.
    """
    ahead = sessions.coming_up(turn.connection, turn.person.id, now=turn.now, limit=1)
    one = nothing_booked.missing_from(turn) or next(iter(ahead), None)
    if one is None:
        nothing_booked.say(turn)
        return
    fields = {**late_starts.starts(turn.connection, one), **sessions.place(one), "pin": sessions.pin(one)}
    if one.pick_up:
        turn.say("session.way_pick_up", {**fields, "pick_up": one.pick_up}, about=one)
    elif words := sessions.way(turn.connection, turn.council, one):
        turn.say("session.way_in_words", {**fields, "way": words}, about=one)
    else:
        turn.say("session.way", fields, about=one)
