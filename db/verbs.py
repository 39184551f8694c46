"""What may be said of each kind of task, in one word, on whichever door: the table, and what each word does.

What there is a function for is called, never done again here: each asks for its own permission, and closes the task.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from db import absences, contact, corrections, decisions, desk, found, hours, pack_desk, packs, queues
from db.change import Change, ChangeError
from db.council import LONDON
from db.queues import Task

Asks = Literal["reason", "proof", "minutes", "number"]
MORE_TIME = timedelta(days=7)
DONE = "done"
NEW_NUMBER = "new_number"


@dataclass(frozen=True, slots=True)
class Verb:
    """`asks` is what has to be said with the word. `private` may hold words about a person, so never by text."""

    word: str
    does: Callable[[Change, Task, str], None]
    asks: Asks | None = None

    @property
    def private(self) -> bool:
        return self.asks in ("reason", "number")


def act(change: Change, task_id: int, word: str, said: str = "") -> Task:
    """Does what the word says with the task, as it then was. Raises ChangeError or Refused, and then nothing was changed."""
    task = queues.one(change, task_id)
    desk.require_free(change, task)
    verb = find(task, word)
    if verb.asks and not said:
        raise ChangeError(f'say the {verb.asks} too, after "{verb.word}"')
    if verb.asks == "reason":
        change = replace(change, reason=said)
    verb.does(change, task, said)
    return task


def of(task: Task) -> tuple[Verb, ...]:
    return VERBS.get(task.kind, OTHER)


def find(task: Task, word: str) -> Verb:
    wanted = word.casefold().replace(" ", "_").replace("-", "_")
    for verb in of(task):
        if verb.word == wanted:
            return verb
    known = ", ".join(verb.word for verb in of(task))
    if not known:
        raise ChangeError(f"task {task.id} ends with its alert; take that one and say how it ended")
    raise ChangeError(f'"{word}" cannot be said of task {task.id}; say one of {known}')


def _closes(word: str) -> Verb:
    """A word that says how it ended, and does nothing else."""
    return Verb(word, lambda change, task, _: desk.finish(change, task, word))


def _no_answer(change: Change, task: Task, _: str) -> None:
    at = f"{change.now.astimezone(LONDON):%a %d %b %H:%M}"
    desk.put_off(change, task, "no_answer", f"no answer, {at}, {change.actor.name}")


def _decides(word: str, decision: str, asks: Asks | None = None) -> Verb:
    def decide(change: Change, task: Task, said: str) -> None:
        proof = _proof(change, said) if asks == "proof" else None
        decisions.decide(change, task.booking_id, decision, proof=proof)
        if decision != "more_info" or task.kind != "absence":  # what waits for more goes on as one of reasons
            desk.finish(change, task, word)

    return Verb(word, decide, asks)


def _seen(change: Change, task: Task, _: str) -> None:
    one = absences.find(change.connection, task.booking_id)
    change.require("absence.decide", one.team)
    if one.is_one and (one.decision is None or one.decision.decision == "more_info"):
        raise ChangeError(f'"{one.person_ref}" on "{one.session_ref}" is not decided yet: decide, or pass it on')
    desk.finish(change, task, "seen")


def _proof(change: Change, said: str) -> str:
    """One of the council's, by its name or its number in the list."""
    proofs = change.council.proofs
    if said.isascii() and said.isdigit() and 1 <= int(said[:3]) <= len(proofs):
        return proofs[int(said[:3]) - 1]
    return next((proof for proof in proofs if proof.casefold() == said.casefold()), said)


def _pack(word: str, does: Callable[[Change, str, str], object], asks: Asks | None = None) -> Verb:
    def handle(change: Change, task: Task, said: str) -> None:
        if task.person is None:
            raise ChangeError(f"task {task.id} is about nobody in the record; see to it by hand, and say done")
        change = change if change.reason else replace(change, reason=f"task {task.id}")
        does(change, task.person, said)
        desk.finish(change, task, word)

    return Verb(word, handle, asks)


def _minutes(said: str) -> int:
    if not said.isascii() or not said.isdigit() or not 0 < int(said[:6]) < 100_000:
        raise ChangeError(f'"{said}" is no number of minutes; write one like 90')
    return int(said)


def _more_time(change: Change, person: str, _: str) -> object:
    today = change.now.astimezone(LONDON).date()
    request = packs.open_of(change.connection, found.person(change.connection, person).id)
    due = request.return_by if request and request.return_by else today
    return pack_desk.due(change, person, max(due, today) + MORE_TIME)


def _credits(word: str, asks: Asks | None = None) -> Verb:
    """Of a session, where an officer credits: all that was worked, or so many minutes."""

    def credit(change: Change, task: Task, said: str) -> None:
        one = absences.find(change.connection, task.booking_id)
        stands = hours.standing(change.connection, f"attendance:b{task.booking_id}")
        minutes = _minutes(said) if asks else (stands.worked if stands else 0)
        change = change if change.reason else replace(change, reason=f"task {task.id}")
        corrections.credit(change, one.session_ref, one.person_ref, minutes)
        desk.finish(change, task, word)

    return Verb(word, credit, asks)


def _of_person(word: str, does: Callable[[Change, str, str], object], asks: Asks | None = None) -> Verb:
    """How they are reached: the task is done with it."""

    def handle(change: Change, task: Task, said: str) -> None:
        if task.person is None:
            raise ChangeError(f"task {task.id} is about nobody in the record; see to it by hand, and say done")
        desk.finish(change, task, word)
        does(change, task.person, said)

    return Verb(word, handle, asks)


_NEW_NUMBER = _of_person(NEW_NUMBER, contact.take_number, "number")
_VERIFIED = _of_person("verified", lambda change, person, _: contact.verify(change, person))
_WITHDRAW = _pack("withdrawn", lambda change, person, _: pack_desk.withdraw(change, person))
_DECLINE = _pack("decline", lambda change, person, _: pack_desk.decline(change, person), "reason")
_BACK = _pack("back", lambda change, person, _: pack_desk.returned(change, person))
_DECIDE = (
    _decides("accept", "accepted"),
    _decides("ask", "more_info", "proof"),
    _decides("call", "more_info"),
    _decides("refuse", "not_accepted", "reason"),
    Verb("seen", _seen),
)
_CONTACT: dict[str, tuple[Verb, ...]] = {
    **dict.fromkeys(("details", "wrong_number", "bad_number", "shared_number"), (_NEW_NUMBER,)),
    **dict.fromkeys(("verify", "reach"), (_VERIFIED, _NEW_NUMBER)),
}
_CALL = (_closes("spoke"), Verb("no_answer", _no_answer), _closes("agreed"))
OTHER = (_closes(DONE),)
VERBS: dict[str, tuple[Verb, ...]] = {
    "absence": _DECIDE,
    "missed": _DECIDE,
    "sent_home": _DECIDE,
    "pack_request": (
        _pack("approve", lambda change, person, _: pack_desk.approve(change, person, pack_desk.CHECKS)), _DECLINE, _WITHDRAW,
    ),
    "pack_waiting": (_DECLINE, _WITHDRAW),
    "pack_ready": (_pack("ready", lambda change, person, _: pack_desk.ready(change, person)), _WITHDRAW),
    "pack_collect": (_pack("collected", lambda change, person, _: pack_desk.collected(change, person)), _WITHDRAW),
    "pack_overdue": (_BACK, _pack("more_time", _more_time)),
    "pack_check": (
        _pack("credit", lambda change, person, _: pack_desk.credit(change, person)),
        _pack("less", lambda change, person, said: pack_desk.credit(change, person, _minutes(said)), "minutes"),
        _BACK,
    ),
    "credit": (_credits("credit"), _credits("less", "minutes")),
    **dict.fromkeys(("crisis", "unanswered"), ()),  # which end with their alert
    **dict.fromkeys(queues.QUEUES["calls"], _CALL),
    **{kind: (*_CONTACT.get(kind, ()), _closes("changed"), *_CALL) for kind in queues.QUEUES["details"]},
}  # fmt: skip
"""By kind of task; of any other kind it is said that it is done. `seen`: nothing is left to decide."""
