"""WAIT or GO: what a supervisor answers about somebody who will be late. The person hears it, kindly, and nothing more."""

import re

from db import lateness
from db.lateness import Late
from handlers import attempts, roster
from handlers.turn import StaffTurn
from notifications import rosters as lists
from notifications.buttons import Press

SAID = re.compile(r"(wait|go)\b\W*(\d{1,3}|[a-z]{1,3})?\W*", re.IGNORECASE)


def by_text(turn: StaffTurn) -> bool:
    said = SAID.fullmatch(turn.message.text.strip())
    if said is None:
        return False
    late = lateness.of(turn.connection, turn.member.id, now=turn.now)
    meant = _meant(late, (said[2] or "").upper())
    if not late:
        turn.say("late.nobody")
    elif len(meant) != 1:
        shown = ", ".join(_who(one) for one in late[:6])
        turn.say("late.which", {"cover": shown, "number": str(late[0].line.number), "word": said[1].upper()})
    else:
        _answer(turn, meant[0], wait=said[1].lower() == "wait")
    return True


def _meant(late: list[Late], whom: str) -> list[Late]:
    """Whom it is about; without a number or initials, who has no answer yet, else whoever is late."""
    if whom:
        return [one for one in late if whom in (str(one.line.number), one.line.initials)]
    return [one for one in late if one.waited is None] or late


def _who(one: Late) -> str:
    """`5 JK`; on a list that is not sent, the number alone."""
    return str(one.line.number) if one.roster.women_only else f"{one.line.number} {one.line.initials}"


def pressed(turn: StaffTurn, press: Press) -> None:
    late = lateness.by_id(turn.connection, press.subject)
    if late is None or press.word not in ("wait", "go"):
        turn.toast = "stale"
        return
    _answer(turn, late, wait=press.word == "wait")


def _answer(turn: StaffTurn, late: Late, *, wait: bool) -> None:
    def answer() -> None:
        made = lateness.answer(attempts.change(turn), late, wait=wait)
        string = ("late.waits" if wait else "late.goes") if made.told else "late.not_told"
        turn.say_anew(string, {**lists.about(late.roster), "cover": _who(late)})

    roster.guarded(turn, late.roster, answer)
