"""`turnup thread`: what people wrote in their own words: what waits, what was said, an answer, who has it."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from bot.changes import data, desk
from bot.settings import Settings
from db import found, thread_replies, threads, transcripts
from db.change import Change
from db.council import LONDON
from db.thread_replies import TEMPLATES, Draft
from db.threads import Listed, Thread
from db.transcripts import Line
from handlers.transcripts import in_words
from locales.catalog import Catalogs
from notifications.channel import plain
from notifications.previews import ON_A_LOCK_SCREEN
from notifications.rendering import Renderer

MARKS = {
    "seen": "read it", "later": "will read it later", "passed": "passed it to", "moved": "gave it to the case manager now,",
    "climbed": "asked", "closed": "closed it",
}  # fmt: skip
STATES = {"doubtful": "may not have arrived", "not_delivered": "not delivered", "unread": "not read"}


def add_to(add: desk.AddParser) -> None:
    doing = add("thread", help="what people wrote in their own words, and what they were answered").add_subparsers(
        dest="act", required=True, metavar="what"
    )

    def act(name: str, run: desk.Command, help_: str, *, person: bool = True) -> ArgumentParser:
        parser = doing.add_parser(name, help=help_)
        if person:
            parser.add_argument("person", metavar="REF")
        parser.add_argument("--json", action="store_true")
        desk.options(parser, run)
        return parser

    listed = act("list", show_list, "what waits to be read, the longest first", person=False)
    listed.add_argument("--all", action="store_true", help="those with nothing unread as well")
    shown = act("show", show, "who said what, when, by which channel, and whether it arrived")
    shown.add_argument("--out", type=Path, metavar="FILE", help="write it to a new file that only you can read")
    reply = act("reply", answer, "answer them; it can be stopped for a minute")
    said = reply.add_mutually_exclusive_group(required=True)
    said.add_argument("--text", metavar="TEXT", help="in your own words")
    said.add_argument("--template", type=int, metavar="N", help="by the number that `templates` shows")
    act("templates", show_templates, "what may be chosen, as they would read it")
    act("stop", stop, "take back an answer that has not gone")
    act("seen", seen, "somebody has read it")
    act("pass", pass_on, "a colleague has it from now on").add_argument("--to", required=True, metavar="STAFF")
    act("call", call, "answer by phone: puts the call on the list")
    act("close", close, "nothing more is to be said")


def show_list(change: Change, asked: Namespace, _: Settings) -> list[str]:
    listed = threads.listing(change, everyone=asked.all)
    if asked.json:
        return [json.dumps([_as_json(one) for one in listed])]
    return [_listed(one) for one in listed] or ["nothing waits"]


def _as_json(one: Listed) -> dict[str, Any]:
    return {
        "person": one.person.ref, "owner": one.owner.ref if one.owner else None, "unread": one.unread,
        "since": desk.local(one.unread_since),
        "due_at": desk.local(one.due_at), "closed": one.closed_at is not None,
    }  # fmt: skip


def _listed(one: Listed) -> str:
    due = f"  due {one.due_at.astimezone(LONDON):%a %d %b %H:%M}" if one.due_at else ""
    closed = "  closed" if one.closed_at else ""
    return f"{one.person.ref}  {one.unread} not read{due}  with {one.owner.ref if one.owner else '-'}{closed}"


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    thread = threads.of(change, asked.person, "thread.read")
    change.log("thread.read", "transcript", thread.person.id)
    said = in_words(transcripts.lines(change.connection, thread, now=change.now))
    as_json = [json.dumps([_line_as_json(line) for line in said], ensure_ascii=False)]
    lines = as_json if asked.json else [_line(line) for line in said]
    if asked.out is None:
        return lines or ["nothing was said yet"]
    data.write(asked.out, "\n".join(lines) + "\n")
    return [f"what was said with {asked.person} is in {asked.out}"]


def _line_as_json(line: Line) -> dict[str, Any]:
    said = {"words": line.words, "channel": line.channel, "state": line.state or None, "to": line.to}
    return {
        "at": desk.local(line.at),
        "who": line.who,
        "kind": line.kind,
        **{name: value for name, value in said.items() if value},
    }


def _line(line: Line) -> str:
    at = f"{desk.shown(line.at)}  {line.who}"
    if line.kind in MARKS:
        return f"{at}  {MARKS[line.kind]}{f' {line.to}' if line.to else ''}"
    about = ", ".join(filter(None, [desk.CHANNELS.get(line.channel or ""), STATES.get(line.state, line.state)]))
    return f"{at}{f' ({about})' if about else ''}: {line.words}"


def answer(change: Change, asked: Namespace, settings: Settings) -> list[str]:
    thread = threads.of(change, asked.person, "thread.write")
    string = thread_replies.template(asked.template) if asked.template is not None else None
    draft = thread_replies.draft(change, thread, **({"string": string} if string else {"words": asked.text}))
    seen = _seen(change, thread, draft)
    thread_replies.send(change, thread, draft)
    if asked.json:
        return [json.dumps(seen, ensure_ascii=False)]
    lines = [f"{asked.person} reads, by {desk.CHANNELS[draft.channel]}: {seen['body']}"]
    lines.append(f"on a lock screen: {seen['lock_screen']}")
    if seen["parts"]:
        cost = f", about {seen['pence']:g}p" if seen["pence"] else ""
        lines.append(f"{seen['parts']} {'part' if seen['parts'] == 1 else 'parts'}{cost}")
    lines += [f"note: {warning}" for warning in draft.warnings]
    return [*lines, f"it goes at {draft.goes_at.astimezone(LONDON):%a %d %b %H:%M}; `turnup thread stop` takes it back"]


def _seen(change: Change, thread: Thread, draft: Draft) -> dict[str, Any]:
    """As its reader gets it."""
    channel: Any = draft.channel
    rendered = Renderer(change.council, Catalogs.load()).for_person(draft.notice, thread.person, channel, change.now)
    body = plain(rendered.body) if channel == "telegram" else rendered.body
    parts = rendered.parts if channel == "sms" else 0
    return {
        "channel": channel, "mode": thread.person.mode, "language": rendered.locale, "body": body,
        "lock_screen": body[:ON_A_LOCK_SCREEN], "parts": parts, "pence": parts * change.council.pence_a_part,
        "warnings": list(draft.warnings), "goes_at": desk.local(draft.goes_at),
    }  # fmt: skip


def show_templates(change: Change, asked: Namespace, _: Settings) -> list[str]:
    thread = threads.of(change, asked.person, "thread.write")
    filled = {}
    for number, string in enumerate(TEMPLATES, start=1):
        try:
            filled[number] = _seen(change, thread, thread_replies.draft(change, thread, string=string))["body"]
        except thread_replies.NothingToSay:
            continue
    return [json.dumps(filled, ensure_ascii=False)] if asked.json else [f"{n}  {text}" for n, text in filled.items()]


def stop(change: Change, asked: Namespace, _: Settings) -> list[str]:
    stopped = thread_replies.stop(change, threads.of(change, asked.person, "thread.write"))
    return _done(asked, f"{stopped} taken back; {asked.person} gets nothing of it", stopped=stopped)


def seen(change: Change, asked: Namespace, _: Settings) -> list[str]:
    marked = threads.seen(change, threads.of(change, asked.person, "thread.write"))
    return _done(asked, f"{marked} of {asked.person} read", seen=marked)


def pass_on(change: Change, asked: Namespace, _: Settings) -> list[str]:
    thread, to = threads.of(change, asked.person, "thread.write"), found.member(change.connection, asked.to)
    threads.pass_on(change, thread, to)
    return _done(asked, f"{to.ref} has it now; {thread.unread} not read went along", to=to.ref, unread=thread.unread)


def call(change: Change, asked: Namespace, _: Settings) -> list[str]:
    thread_replies.call_to_do(change, threads.of(change, asked.person, "thread.write"))
    return _done(asked, f"a call to {asked.person} is on the list", call=True)


def close(change: Change, asked: Namespace, _: Settings) -> list[str]:
    threads.close(change, threads.of(change, asked.person, "thread.write"))
    return _done(asked, f"closed; a new message of {asked.person} opens it again", closed=True)


def _done(asked: Namespace, said: str, **facts: Any) -> list[str]:
    return [json.dumps({"person": asked.person, **facts})] if asked.json else [said]
