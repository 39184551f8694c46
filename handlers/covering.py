"""SICK: a supervisor cannot lead. COVER 41 KM: a co-ordinator gives the session to another."""

import re

from db import covering, found, leading, people, schedule, sessions
from db.change import ChangeError
from db.people import Staff
from handlers import attempts
from handlers.turn import StaffTurn
from notifications.buttons import Press

SICK = re.compile(r"(?:i'?m |am )?sick(?:\W+([\w-]{1,64}))?\W*", re.IGNORECASE)
COVER = re.compile(r"cover\W+(\d{1,12})\W+([\w-]{1,64})\W*", re.IGNORECASE)


def by_text(turn: StaffTurn) -> bool:
    text = turn.message.text.strip()
    if sick := SICK.fullmatch(text):
        attempts.whole(turn, lambda: _sick(turn, sick[1]))
    elif cover := COVER.fullmatch(text):
        attempts.whole(turn, lambda: _cover(turn, int(cover[1]), _supervisor(turn, cover[2])))
    else:
        return False
    return True


def pressed(turn: StaffTurn, press: Press) -> None:
    """Who leads it instead, as the co-ordinator chose."""
    if press.word.isdigit():
        attempts.whole(turn, lambda: _cover(turn, press.subject, people.member(turn.connection, int(press.word))))
    else:
        turn.toast = "stale"


def offer(turn: StaffTurn, session_id: int) -> None:
    """To whoever takes it that nobody leads a session: who could. Of women's work Telegram shows nothing."""
    planned = found.session_by_id(turn.connection, session_id)
    if not planned.place.women_only or turn.message.channel == "sms":
        turn.say_anew(*covering.wanted(attempts.change(turn), planned))


def _sick(turn: StaffTurn, whom: str | None) -> None:
    member = _supervisor(turn, whom) if whom else turn.member
    given_up = covering.fall_sick(attempts.change(turn, "sick"), member)
    left = any(leading.of(turn.connection, one.id) for one in given_up)
    starts_at = given_up[0].starts_at.isoformat()
    turn.say("cover.sick_led" if left else "cover.sick", {"day": starts_at, "people": str(len(given_up))})


def _supervisor(turn: StaffTurn, named: str) -> Staff:
    """By ref or initials. Raises ChangeError where it is nobody, or more than one."""
    everyone = people.members(turn.connection, "supervisor")
    meant = [one for one in everyone if named.casefold() == one.ref.casefold()]
    meant = meant or [one for one in everyone if named.upper() == one.initials]
    if len(meant) > 1:
        raise ChangeError(
            f"more than one supervisor is {named.upper()}; send the ref: {', '.join(one.ref for one in meant)}"
        )
    if not meant:
        raise ChangeError(f'no supervisor is called "{named}"; send initials or a ref')
    return meant[0]


def _cover(turn: StaffTurn, session_id: int, member: Staff) -> None:
    change = attempts.change(turn, "cover")
    planned = found.session_by_id(turn.connection, session_id)
    change.require("session.change", planned.place.team)
    is_free = covering.is_free(change, planned, member)
    schedule.hand_over(change, planned.ref, member.ref)
    starts_at = planned.starts_at.isoformat()
    about = {"day": starts_at, "time": starts_at, **sessions.place(planned.place)}
    turn.say("cover.done" if is_free else "cover.done_busy", {**about, "owner": member.initials})
