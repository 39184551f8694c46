"""`turnup reach`: who cannot be reached, since when, whose it is to mend, and how."""

import json
from argparse import Namespace
from datetime import datetime

from bot.changes import desk
from bot.changes.data import look
from bot.settings import Settings
from db import reach
from db.change import Change
from db.reach import Unreached

MEND = {
    "no_number": "ask for a number, then `turnup person {person} --phone NUMBER`",
    "shared_number": "give one of the two another number with `turnup person REF --phone NUMBER`",
    "invalid_number": "ask for their number, then `turnup person {person} --phone NUMBER`, or --verified if it works",
    "blocked": "ask how they want to hear; `turnup person {person} --channel sms`, or `turnup invite {person}` again",
    "undelivered": "ask if their phone works; `turnup person {person} --verified`, or --phone NUMBER for another",
    "never_replied": "ask if the texts come; `turnup invite {person}` says hello, `turnup person {person} --verified`",
    "silent": "make sure that the number is still theirs, then `turnup person {person} --verified`",
}


def add_to(add: desk.AddParser) -> None:
    command = add("reach", help="who cannot be reached, whose it is to mend, and how")
    command.add_argument("--json", action="store_true", help="as JSON")
    look(command, show)


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    found = reach.listing(change.connection, actor=change.actor, now=change.now)
    if asked.json:
        return [json.dumps([_row(one, change.now) for one in found])]
    return [_line(one, change.now) for one in found] or ["everyone can be reached"]


def _row(one: Unreached, now: datetime) -> dict[str, object]:
    return {
        "person": one.person,
        "class": one.klass,
        "since": desk.local(one.since),
        "days": (now - one.since).days,
        "owner": one.owner,
        "due_at": desk.local(one.due_at),
        "task": one.task,
        "mend": MEND[one.klass].format(person=one.person),
    }


def _line(one: Unreached, now: datetime) -> str:
    row = _row(one, now)
    age = f"{row['days']} days" if row["days"] != 1 else "1 day"
    return f"{one.person}  {one.klass.replace('_', ' ')}  {age}  owner {one.owner or '-'}  {row['mend']}"
