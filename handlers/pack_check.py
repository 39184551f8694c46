"""The officer's answer to a photo of finished work, on Telegram: credit what the pack is worth, or ask about it.

They are asked once more before hours are credited. Less than all of it, or another day, is for the command line.
"""

from db import pack_desk, pack_notices, packs
from db.packs import Request
from db.schema import pack_requests
from handlers import attempts
from handlers.turn import StaffTurn
from notifications.buttons import Press, about_pack


def pressed(turn: StaffTurn, press: Press) -> None:
    found = packs.find(turn.connection, pack_requests.c.id == press.subject)
    request = found[0] if found and str(found[0].version) == press.version else None
    if request is None or request.status not in pack_desk.CREDITABLE:
        turn.toast = "stale.menu"
        return
    attempts.whole(turn, lambda: _do(turn, request, press.word))


def _do(turn: StaffTurn, request: Request, word: str) -> None:
    change = attempts.change(turn)
    about = {"pack": request.name, "worth": request.minutes}
    match word:
        case "credit":
            change.require("hours.credit", request.team)
            sure = ("pack.check_yes", {"worth": request.minutes}, about_pack(request.id, request.version, "sure"))
            turn.say_anew("pack.check_sure", {**about, "buttons": [[sure]]})
        case "sure":
            made = pack_desk.credit(change, request.person_ref)
            turn.say("pack.check_done", {**about, "added": made.credited, "left": max(0, made.left)})
        case "ask":
            change.require("pack.handle", request.team)
            pack_notices.tell(change, request, "pack.talk")
            change.log("pack.talk", request.ref, request.person_id)
            turn.say_anew("pack.check_asked", about)
