"""Tasks from a phone: how many wait in each queue, the oldest first, one opened, worked, and then the next.

On Telegram by button, where all of it may be there. By text codes alone: TASKS, TASK 4821, DONE T4821 spoke, PASS T4821.
"""

import re
from collections.abc import Callable

from db import contact, desk, queues, staff_questions, verbs
from db import people as who
from db.change import ChangeError
from db.queues import Task
from handlers import attempts, marking
from handlers.queue_views import Views
from handlers.turn import StaffTurn
from notifications.buttons import Press

OPENING = frozenset({"tasks", "task", "my tasks", "queue", "queues"})
WORDS = sorted({verb.word for known in verbs.VERBS.values() for verb in known} | {verbs.DONE}, key=len, reverse=True)
_WORD = "|".join(word.replace("_", r"[ _-]?") for word in WORDS)
ONE = re.compile(r"(task|take(?=\W*t))\W*t?(\d{1,12})\W*", re.IGNORECASE)
PASS = re.compile(r"(pass)\W*t(\d{1,12})\W*", re.IGNORECASE)
DONE = re.compile(rf"done\W*t?(\d{{1,12}})\W+({_WORD})\b\W*(.*)", re.IGNORECASE | re.DOTALL)
DONE_ALONE = re.compile(r"done\W*t(\d{1,12})\W*", re.IGNORECASE)
ASKED = "task_words"  # the kind of question whose answer is what a word needs besides


def by_text(turn: StaffTurn) -> bool:
    """False where it says nothing of tasks."""
    text = turn.message.text.strip()
    if text.casefold() in OPENING:
        _attempt(turn, lambda: _start(turn))
    elif (one := ONE.fullmatch(text) or PASS.fullmatch(text)) is not None:
        verb, task_id = one[1].lower(), int(one[2])
        _attempt(turn, lambda: ON_ONE[verb](turn, task_id))
    elif (done := DONE.fullmatch(text) or DONE_ALONE.fullmatch(text)) is not None:
        _id, word, said = (*done.groups(), verbs.DONE, "")[:3]
        _attempt(turn, lambda: _act(turn, int(_id), word, said.strip()))
    else:
        return _answer(turn, text)
    return True


def _answer(turn: StaffTurn, text: str) -> bool:
    """Why it is not accepted, or how many minutes count. A roster's command is neither."""
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is None or question.kind != ASKED or marking.is_command(text):
        return False
    task_id, word = int(question.so_far["task"]), str(question.so_far["word"])
    if word == verbs.NEW_NUMBER:
        _attempt(turn, lambda: _check_number(turn, task_id, text))
    else:
        _attempt(turn, lambda: _act(turn, task_id, word, text), question.id)
    return True


def pressed(turn: StaffTurn, press: Press) -> None:
    _attempt(turn, lambda: _pressed(turn, press))


def _attempt(turn: StaffTurn, act: Callable[[], None], question_id: int | None = None) -> None:
    attempts.whole(turn, act, question_id=question_id)


def _pressed(turn: StaffTurn, press: Press) -> None:
    """`version` says what the word is of: a queue, a word of a kind of task, a proof, a colleague."""
    task_id, word = press.subject, press.word
    match press.version:
        case "queue" if word in queues.QUEUES:
            _queue(turn, word)
        case "next" if word in queues.QUEUES:
            _next(turn, word)
        case "v":
            _ask_or_act(turn, task_id, word)
        case "p":
            _act(turn, task_id, "ask", word)
        case "n":
            _take_number(turn, task_id, word)
        case "to" if word.isdigit():
            _pass(turn, task_id, who.member(turn.connection, int(word[:12])).ref)
        case "over" if word.isdigit():
            Views(turn).sure(who.member(turn.connection, int(word[:12])), desk.all_of(turn.connection, turn.member))
        case "yes" if word.isdigit():
            _hand_over(turn, int(word[:12]))
        case "" if word in ON_ONE and task_id:
            ON_ONE[word](turn, task_id)
        case "" if word == "start":
            _start(turn)
        case "" if word == "hand":
            _choose_heir(turn)
        case _:
            turn.toast = "stale"


def _start(turn: StaffTurn) -> None:
    change = attempts.change(turn)
    Views(turn).start(queues.waiting(change))


def _queue(turn: StaffTurn, queue: str) -> None:
    Views(turn).queue(queue, queues.waiting(attempts.change(turn), queue=queue))


def _next(turn: StaffTurn, queue: str) -> None:
    """The oldest that is one's own, or nobody's."""
    found_ = [task for task in queues.waiting(attempts.change(turn), queue=queue) if _is_next(turn, task)]
    if found_:
        Views(turn).show(attempts.change(turn), found_[0])
    else:
        _start(turn)


def _is_next(turn: StaffTurn, task: Task) -> bool:
    return task.owner_id in (None, turn.member.id) and not task.sleeps(turn.now) and not Views(turn).hides(task)


def _show(turn: StaffTurn, task_id: int) -> None:
    Views(turn).show(attempts.change(turn), queues.one(attempts.change(turn), task_id))


def _take(turn: StaffTurn, task_id: int) -> None:
    taken = desk.take(attempts.change(turn), task_id)
    Views(turn).show(attempts.change(turn), taken)


def _pass_on(turn: StaffTurn, task_id: int) -> None:
    """By text to whoever leads; where there are buttons, one for each colleague."""
    if not Views(turn).whole:
        _pass(turn, task_id, None)
        return
    task = queues.one(attempts.change(turn), task_id)
    desk.require_free(attempts.change(turn), task)
    Views(turn).colleagues(task, desk.colleagues(turn.connection, task, without=turn.member))


def _pass(turn: StaffTurn, task_id: int, to: str | None) -> None:
    given = desk.pass_on(attempts.change(turn), task_id, to)
    owner = who.member(turn.connection, given.owner_id or 0).initials
    Views(turn).ended("tasks.given", given, {"owner": owner})


def _ask_or_act(turn: StaffTurn, task_id: int, word: str) -> None:
    task = queues.one(attempts.change(turn), task_id)
    desk.require_free(attempts.change(turn), task)
    verb = verbs.find(task, word)
    if verb.asks in ("reason", "minutes", "number"):
        so_far = {"task": task_id, "word": word}
        staff_questions.ask(turn.connection, turn.member.id, ASKED, now=turn.now, so_far=so_far)
        turn.say(f"tasks.ask.{verb.asks}", {"task": str(task_id)})
    else:
        _act(turn, task_id, word)


def _act(turn: StaffTurn, task_id: int, word: str, said: str = "") -> None:
    if turn.message.channel == "sms" and verbs.find(queues.one(attempts.change(turn), task_id), word).private:
        raise ChangeError("that needs words which are not for a text; say it in the Sessions bot, or at the office")
    task = verbs.act(attempts.change(turn), task_id, word, said)
    Views(turn).done(task, word, said)


def _check_number(turn: StaffTurn, task_id: int, written: str) -> None:
    """Shows the number as it was understood. It changes nothing, and the question stays open for another."""
    change = attempts.change(turn)
    task = queues.one(change, task_id)
    desk.require_free(change, task)
    read = contact.read_number(change, task.person or "", written)
    so_far = {"task": task_id, "word": verbs.NEW_NUMBER, "said": read.number}
    question = staff_questions.ask(turn.connection, turn.member.id, ASKED, now=turn.now, so_far=so_far)
    Views(turn).number(task, read, question)


def _take_number(turn: StaffTurn, task_id: int, word: str) -> None:
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    about = question.so_far if question is not None and str(question.id) == word else {}
    if about.get("task") != task_id or "said" not in about:
        raise ChangeError("that number was written too long ago; open the task and write it again")
    _act(turn, task_id, verbs.NEW_NUMBER, about["said"])
    staff_questions.close_all(turn.connection, turn.member.id, now=turn.now)


def _choose_heir(turn: StaffTurn) -> None:
    Views(turn).heirs(desk.heirs(turn.connection, turn.member))


def _hand_over(turn: StaffTurn, heir_id: int) -> None:
    heir = who.member(turn.connection, heir_id)
    given, kept = desk.hand_over(attempts.change(turn), turn.member.ref, heir.ref)
    Views(turn).handed(heir, given, kept)


ON_ONE = {"task": _show, "open": _show, "take": _take, "pass": _pass_on}
