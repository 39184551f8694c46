"""A worker reads what people wrote and answers it, on Telegram: write, see it as it will be read, send.

MESSAGES lists what waits; MESSAGES and a ref opens one person's. A draft lives in the question that asked for it, and is
sent only after it was seen. Where Telegram may not hold people's words, nothing of it happens there.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from db import people as who
from db import permissions, staff_questions, thread_replies, thread_watch, threads
from db.change import ChangeError
from db.thread_replies import Draft, OnlyByCall
from db.threads import Thread
from handlers import attempts, marking, understanding
from handlers.thread_views import Views
from handlers.turn import StaffTurn
from notifications.buttons import Press

OPENING = re.compile(r"(?:messages?|threads?|inbox)(?:\s+(\S{1,64}))?\s*", re.IGNORECASE)
BY_NUMBER = re.compile(r"tpl\W*(\d{1,2})\W*", re.IGNORECASE)
WRITING = "thread_words"
OF_DANGER = "it has words of danger, and nobody is alerted: if somebody is in danger now, cancel it and write so again"


def by_text(turn: StaffTurn) -> bool:
    """False where it says nothing of messages, or this person of the staff never reads them."""
    opening = OPENING.fullmatch(turn.message.text.strip())
    if opening is None or not permissions.allows(turn.member, "thread.read", None):
        return False
    if not _may_show(turn):
        turn.say("thread.elsewhere")
    elif opening[1] is None:
        Views(turn).waiting(threads.listing(attempts.change(turn)))
    else:
        attempts.whole(turn, lambda: _show(turn, threads.of(attempts.change(turn), opening[1], "thread.read")))
    return True


def answer(turn: StaffTurn) -> bool:
    """The words, or the number of a template, for whoever they said they would write to."""
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    text = turn.message.text.strip()
    if question is None or question.kind != WRITING or turn.message.channel != "telegram" or marking.is_command(text):
        return False
    number = BY_NUMBER.fullmatch(text)
    attempts.whole(turn, lambda: _drafted(turn, question.so_far["thread"], text, int(number[1]) if number else None))
    return True


def _may_show(turn: StaffTurn) -> bool:
    return turn.message.channel == "telegram" and turn.council.telegram_staff == "full"


def pressed(turn: StaffTurn, press: Press) -> None:
    act = ON_ONE.get(press.word.rstrip("0123456789"))
    if act is None or not _may_show(turn):
        turn.toast = "stale"
        return
    attempts.whole(turn, lambda: act(turn, press))


def _thread(turn: StaffTurn, press: Press, action: str = "thread.write") -> Thread:
    return _shown_here(threads.by_id(attempts.change(turn), press.subject, action))


def _shown_here(thread: Thread) -> Thread:
    """Nothing of who is kept apart stands on Telegram."""
    if thread.person.restricted or thread.person.women_only:
        raise ChangeError("their messages are not shown here; read and answer them with `turnup thread`")
    return thread


def _show(turn: StaffTurn, thread: Thread) -> None:
    change = attempts.change(turn)
    change.log("thread.read", "transcript", _shown_here(thread).person.id)
    Views(turn).transcript(thread)


def _reply(turn: StaffTurn, press: Press) -> None:
    _ask(turn, _thread(turn, press))


def _ask(turn: StaffTurn, thread: Thread) -> None:
    """Asks what to write; where nothing may be written, offers to make it a call."""
    try:
        takes_words = thread_replies.takes_words(attempts.change(turn), thread)
    except OnlyByCall as error:
        Views(turn).only_by_call(thread, str(error))
        return
    staff_questions.ask(turn.connection, turn.member.id, WRITING, now=turn.now, so_far={"thread": thread.id})
    Views(turn).write(thread, takes_words=takes_words)


def _template(turn: StaffTurn, press: Press) -> None:
    _drafted(turn, press.subject, "", int(press.word.removeprefix("tpl")))


def _drafted(turn: StaffTurn, thread_id: int, words: str, number: int | None) -> None:
    """Shows it as they will read it. The question stays open for other words until it is sent."""
    change = attempts.change(turn)
    thread = _shown_here(threads.by_id(change, thread_id, "thread.write"))
    string = thread_replies.template(number) if number is not None else None
    draft = _draft(turn, thread, words, string)
    if understanding.crisis(words):
        draft = replace(draft, warnings=(*draft.warnings, OF_DANGER))
    so_far = {"thread": thread.id, "words": words, "string": string, "latest": thread.latest}
    question = staff_questions.ask(turn.connection, turn.member.id, WRITING, now=turn.now, so_far=so_far)
    Views(turn).check(thread, draft, question)


def _draft(turn: StaffTurn, thread: Thread, words: str, string: str | None) -> Draft:
    change = attempts.change(turn)
    return thread_replies.draft(change, thread, **({"string": string} if string else {"words": words}))


def _send(turn: StaffTurn, press: Press) -> None:
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    thread = _thread(turn, press)
    if question is None or str(question.id) != press.version or question.so_far.get("thread") != thread.id:
        raise ChangeError("that draft is old; open the message again and write")
    if thread.latest > question.so_far["latest"]:
        raise ChangeError(f"{thread.person.initials} has written again since you began; read that first")
    draft = _draft(turn, thread, question.so_far["words"], question.so_far["string"])
    entry_id = thread_replies.send(attempts.change(turn), thread, draft)
    staff_questions.close(turn.connection, question.id, now=turn.now)
    Views(turn).held(thread, draft, entry_id)


def _cancel(turn: StaffTurn, press: Press) -> None:
    staff_questions.close_all(turn.connection, turn.member.id, now=turn.now)
    turn.say("thread.left")


def _stop(turn: StaffTurn, press: Press) -> None:
    thread = _thread(turn, press)
    thread_replies.stop(attempts.change(turn), thread, int(press.version))
    turn.say("thread.stopped", {"initials": thread.person.initials})


def _seen(turn: StaffTurn, press: Press) -> None:
    thread = _thread(turn, press)
    marked = threads.seen(attempts.change(turn), thread, upto=int(press.version))
    if marked:
        Views(turn).seen(thread, marked)
    else:
        turn.toast = "stale"


def _later(turn: StaffTurn, press: Press) -> None:
    Views(turn).later(threads.later(attempts.change(turn), _thread(turn, press)))


def _whom(turn: StaffTurn, press: Press) -> None:
    thread = _thread(turn, press)
    colleagues = [
        member
        for member in who.members(turn.connection, *permissions.ALLOWED["thread.write"])
        if member.id not in (turn.member.id, thread.owner_id)
        and thread_watch.may(member, thread.person, None, "thread.write")
    ]
    Views(turn).whom(thread, sorted(colleagues, key=lambda member: (member.team != thread.person.team, member.ref)))


def _pass(turn: StaffTurn, press: Press) -> None:
    thread, to = _thread(turn, press), who.member(turn.connection, int(press.word.removeprefix("to")))
    threads.pass_on(attempts.change(turn), thread, to)
    turn.say("thread.passed", {"owner": to.initials, "initials": thread.person.initials, "n": str(thread.unread)})


def _call(turn: StaffTurn, press: Press) -> None:
    thread = _thread(turn, press)
    thread_replies.call_to_do(attempts.change(turn), thread)
    day = turn.council.due_in_working_days(turn.now, thread_replies.CALL_WITHIN).isoformat()
    turn.say("thread.call_made", {"initials": thread.person.initials, "day": day})


ON_ONE: dict[str, Callable[[StaffTurn, Press], Any]] = {
    "show": lambda turn, press: _show(turn, _thread(turn, press, "thread.read")),
    "reply": _reply,
    "change": _reply,
    "tpl": _template,
    "send": _send,
    "cancel": _cancel,
    "stop": _stop,
    "seen": _seen,
    "later": _later,
    "pass": _whom,
    "to": _pass,
    "call": _call,
}
