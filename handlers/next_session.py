"""5: my next session: when, and by mode where and what to bring. On Telegram the place as a bare pin, when asked."""

from db import access, late_starts, sessions
from db.sessions import Booked
from handlers import coming, nothing_booked, talk
from handlers.turn import PersonTurn


def say(turn: PersonTurn) -> None:
    found = turn.near.ahead
    access.log(turn.connection, turn.person.ref, "next.asked", now=turn.now, person_id=turn.person.id)
    if not found:
        nothing_booked.say(turn)
        return
    one = found[0]
    if coming.is_done(turn, one):
        talk.begin(turn)
        return
    fields = {
        **late_starts.starts(turn.connection, one),
        **sessions.place(one),
        "pin": sessions.pin(one),
        "more": len(found) > 1,
    }
    string = "session.next"
    if one.pick_up:
        string, fields = f"{string}_pick_up", {**fields, "pick_up": one.pick_up}
    if one.bring:
        turn.say(string, {**fields, "bring": one.bring}, about=one)
    else:
        turn.say(f"{string}_no_bring", fields, about=one)


def pin(turn: PersonTurn, one: Booked) -> None:
    """A map pin holds no words; only in standard mode, and never for women-only work."""
    if turn.person.mode == "standard" and (where := sessions.pin(one)):
        turn.say_pin(where)
    else:
        turn.toast = "stale"
