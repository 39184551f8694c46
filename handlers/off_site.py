"""OFF SNOW: whoever leads calls the session off from site. CONFIRM 41 or KEEP 41: what a co-ordinator says to it."""

import re

from db import off_site, rosters
from db.rosters import Roster
from handlers import attempts, roster
from handlers.turn import StaffTurn
from notifications import rosters as lists
from notifications.buttons import Press

OFF = re.compile(r"off\b\W*(.{0,200})", re.IGNORECASE | re.DOTALL)
SETTLE = re.compile(r"(confirm|keep)\W+(\d{1,12})\W*", re.IGNORECASE)
WHYS = {
    "weather": "weather snow snowing rain raining wind windy ice icy storm flood flooded flooding heat hot fog cold",
    "van": "van bus vehicle transport minibus breakdown",
    "site": "site shut locked closed power water key keys building",
    "unsafe": "unsafe danger dangerous safe safety fight",
    "ill": "ill sick unwell",
}


def by_text(turn: StaffTurn) -> bool:
    off = OFF.fullmatch(turn.message.text.strip())
    if off is None:
        return False
    session_id = roster.session_meant(turn)
    if session_id is not None:
        _off(turn, rosters.of_session(turn.connection, session_id), off[1].strip())
    return True


def settles(turn: StaffTurn) -> bool:
    said = SETTLE.fullmatch(turn.message.text.strip())
    if said is not None:
        _settle(turn, int(said[2]), said[1].lower())
    return said is not None


def pressed(turn: StaffTurn, found: Roster, why: str) -> None:
    """`why` as a button has it; none: it is asked."""
    if why in off_site.WHYS:
        _ask(turn, found, why, why)
    else:
        buttons = [
            [[f"button.off_{word}", {}, f"s:{found.session_id}:0:off_{word}"] for word in pair]
            for pair in (off_site.WHYS[:3], off_site.WHYS[3:])
        ]
        roster.say_below(turn, "off.why", found, buttons=buttons)


def settled(turn: StaffTurn, press: Press) -> None:
    _settle(turn, press.subject, press.word)


def _off(turn: StaffTurn, found: Roster, reason: str) -> None:
    if not reason:
        roster.say_below(turn, "off.why", found)
        return
    words = set(re.findall(r"[a-z]+", reason.casefold()))
    why = next((why for why, listed in WHYS.items() if words & set(listed.split())), "other")
    _ask(turn, found, why, reason)


def _ask(turn: StaffTurn, found: Roster, why: str, reason: str) -> None:
    def ask() -> None:
        asked = off_site.ask(attempts.change(turn, reason), found.session_id, why)
        if asked.off:
            roster.say_below(turn, "off.done", found)
        else:
            turn.say_anew("off.waits", {**lists.about(found), "people": str(asked.travelling)})

    roster.guarded(turn, found, ask)


def _settle(turn: StaffTurn, session_id: int, word: str) -> None:
    def settle() -> None:
        after = (off_site.confirm if word == "confirm" else off_site.keep)(attempts.change(turn), session_id)
        turn.say("off.confirmed" if word == "confirm" else "off.kept_on", lists.about(after))

    attempts.whole(turn, settle)
