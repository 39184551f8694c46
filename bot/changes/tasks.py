"""`turnup tasks`: what waits for a human, by queue, and how it is worked; `turnup decide`: an officer on an absence."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from bot.changes import desk
from bot.settings import Settings
from db import absences, decisions, queues, verbs
from db import desk as work
from db.change import Change
from db.importing import cells
from db.queues import Task
from db.schema import DECISIONS


def add_to(add: desk.AddParser) -> None:
    tasks = add("tasks", help="what waits for a human: the list, or one of the acts on it")
    tasks.add_argument("--queue", choices=tuple(queues.QUEUES), help="that queue alone")
    tasks.add_argument("--mine", action="store_true", help="those of whoever --as names")
    tasks.add_argument("--json", action="store_true", help="every task, done ones too, as JSON, without what people wrote")
    desk.options(tasks, show)
    doing = tasks.add_subparsers(dest="act", metavar="act").add_parser
    take_ = _of(doing("take", help="it is yours now"))
    desk.options(take_, take, within=True)
    pass_ = _of(doing("pass", help="not me: to a colleague, or to whoever leads"))
    pass_.add_argument("--to", metavar="REF")
    desk.options(pass_, pass_on, within=True)
    done_ = _of(doing("done", help="say how it ended, and do what that word means"))
    done_.add_argument("outcome", nargs="?", default=verbs.DONE, metavar="WORD")
    done_.add_argument("--with", dest="said", metavar="TEXT", default="", help="minutes, where the word asks for them")
    desk.options(done_, done, within=True)
    decide_ = _of(doing("decide", help="decide on the absence that it is about"))
    _decision(decide_, within=True)
    over_ = doing("hand-over", help="all open tasks of one of the staff to a colleague, for a leave")
    over_.add_argument("giver", metavar="FROM")
    over_.add_argument("to", metavar="TO")
    desk.options(over_, hand_over, within=True)
    by_name = add("decide", help="what an officer decides on an absence; the person hears no more than they may")
    by_name.add_argument("session", metavar="SESSION")
    by_name.add_argument("person", metavar="PERSON")
    _decision(by_name)


def _of(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("id", type=int, metavar="ID")
    return parser


def _decision(parser: ArgumentParser, *, within: bool = False) -> None:
    parser.add_argument("decision", choices=DECISIONS)
    parser.add_argument("--proof", metavar="WHAT", help="what they are asked to show: one of [absence] proofs")
    parser.add_argument("--by", metavar="DATE", help="when it is due; without it, as [absence] says")
    desk.options(parser, decide, tells=True, within=within)


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    if asked.json:
        return [json.dumps([_as_json(task) for task in queues.all_of(change, queue=asked.queue, mine=asked.mine)])]
    found = queues.waiting(change, queue=asked.queue, mine=asked.mine)
    return [line for task in found for line in _lines(change, task)] or ["nothing waits"]


def _as_json(task: Task) -> dict[str, Any]:
    return {
        "id": task.id, "kind": task.kind, "class": task.klass, "person": task.person,
        "due_at": desk.local(task.due_at), "status": task.status, "queue": task.queue, "owner": task.owner,
        "created_at": desk.local(task.created_at), "outcome": task.outcome,
    }  # fmt: skip


def _lines(change: Change, task: Task) -> list[str]:
    days = (change.now - task.created_at).days
    state = "  OVERDUE" if task.is_overdue(change.now) else ""
    if task.sleeps(change.now) and task.wakes_at is not None:
        state = f"  asleep until {desk.shown(task.wakes_at)}"
    about = f"{task.kind}  {task.person or '-'}  owner {task.owner or '-'}  {days} days old"
    return [f"{task.id}  due {desk.shown(task.due_at)}{state}  {about}", *(f"    {line}" for line in queues.lines(task))]


def take(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return [f"task {asked.id} is {work.take(change, asked.id).owner}'s"]


def pass_on(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return [f"task {asked.id} is {work.pass_on(change, asked.id, asked.to).owner}'s"]


def done(change: Change, asked: Namespace, _: Settings) -> list[str]:
    said = asked.said or asked.reason or ""
    task = verbs.act(change, asked.id, asked.outcome, said)
    return [f"task {asked.id}, {task.kind} of {task.person or 'nobody in the record'}: {asked.outcome}"]


def hand_over(change: Change, asked: Namespace, _: Settings) -> list[str]:
    given, kept = work.hand_over(change, asked.giver, asked.to)
    lines = [f"{len(given)} tasks of {asked.giver} are {asked.to}'s"]
    if kept:
        ids = ", ".join(str(task.id) for task in kept)
        lines.append(f"note: {asked.to} may not work on {ids}; those are {asked.giver}'s still")
    return lines


def decide(change: Change, asked: Namespace, _: Settings) -> list[str]:
    by_task = asked.command == "tasks"
    booking_id = (
        queues.about_booking(change, asked.id)
        if by_task
        else absences.booking_of(change.connection, asked.session, asked.person)
    )
    one = decisions.decide(
        change, booking_id, asked.decision, proof=asked.proof, proof_due=desk.read("--by", cells.day, asked.by)
    )
    stands = one.decision
    lines = [f"{one.person_ref} on {one.session_ref}: {asked.decision.replace('_', ' ')}"]
    if stands is not None and stands.proof is not None and stands.proof_due is not None:
        lines.append(f"asked for: {stands.proof}, by {stands.proof_due:%a %d %b %Y}; they are reminded the evening before")
    lines += _history(change, one)
    if asked.decision == "withdrawn":
        lines.append("note: nothing is said to them; if they have heard of the one before, ring them")
    return lines


def _booking(change: Change, asked: Namespace) -> int:
    if asked.command == "tasks":
        return queues.about_booking(change, asked.id)
    return absences.booking_of(change.connection, asked.session, asked.person)


def _history(change: Change, one: absences.Absence) -> list[str]:
    before = absences.history(change.connection, change.council, one, now=change.now)
    missed = f"{before.accepted} accepted, {before.not_accepted} not accepted, {before.open} not decided"
    lines = [f"before: came {before.came}, late {before.late}, sent home {before.sent_home}; absent: {missed}"]
    if one.unaware:
        lines.append("note: nothing shows that a reminder of it reached them")
    if before.service:
        lines.append(f"not counted: {before.service} that were the service's doing")
    stage = absences.suggested(change.council, one, before)
    if stage and one.decision is not None and one.decision.decision == "not_accepted":
        lines.append(f"suggested stage: {stage}; nothing is issued here, that is yours to do")
    if before.pattern:
        lines.append("note: work or caring again within 30 days; would other days suit them?")
    return lines
