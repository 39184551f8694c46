"""What staff do on the day of a session, by text and by button: each flow is asked whether it is meant."""

from db import permissions, staff_questions
from handlers import covering, late_reply, look_up, off_site, roster_pressed, walk_in
from handlers.turn import StaffTurn
from notifications.buttons import Press

WRITING = ("broadcast_words", "broadcast_time", "thread_words")  # questions whose answer may begin with any word


def by_text(turn: StaffTurn) -> bool:
    """False for a text that is about none of it."""
    if covering.by_text(turn) or off_site.settles(turn):
        return True
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is not None and question.kind in WRITING:
        return False
    flows = [late_reply.by_text, walk_in.by_text, look_up.by_text]
    if not permissions.allows(turn.member, "broadcast.make", None):
        flows.append(off_site.by_text)  # whoever may tell everybody says OFF of any session
    return any(flow(turn) for flow in flows)


def _cover(turn: StaffTurn, press: Press) -> None:
    (off_site.settled if press.word in ("confirm", "keep") else covering.pressed)(turn, press)


PRESSED = {
    "row": roster_pressed.pressed, "session": roster_pressed.pressed, "lateness": late_reply.pressed,
    "walk_in": walk_in.pressed, "person": look_up.pressed, "cover": _cover,
}  # fmt: skip
