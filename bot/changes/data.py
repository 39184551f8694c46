"""`turnup data`: all that is held on one person, to read or to give to them once it is sure that it is them who ask."""

import json
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from bot.changes import desk
from bot.commands import CommandError
from bot.settings import Settings
from db import held
from db.change import Change
from db.held import Held, Row
from handlers import reading

READABLE = 5000  # characters: longer is a picture


def add_to(add: desk.AddParser) -> None:
    data = add("data", help="all that is held on a person; make sure that it is them who ask before you give it away")
    data.add_argument("ref", metavar="REF")
    data.add_argument("--json", action="store_true", help="as JSON")
    data.add_argument("--out", type=Path, metavar="FILE", help="into a new file that only you can read")
    look(data, show)


def look(parser: ArgumentParser, run: desk.Command) -> None:
    """The options of what only looks."""
    parser.add_argument("--reason", metavar="TEXT", help="why, for the access log; only staff see it")
    parser.add_argument("--as", dest="as_", metavar="REF", help="the one of the staff who asks, bound by their role")
    parser.set_defaults(change=run, tells=False, dry_run=False)


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    found = held.on(change, asked.ref)
    found["messages from them"] = [_readable(row) for row in found["messages from them"]]
    lines = [json.dumps(found, indent=2, ensure_ascii=False)] if asked.json else _text(asked.ref, found)
    if asked.out is None:
        return lines
    write(asked.out, "\n".join(lines) + "\n")
    return [f"what is held on {asked.ref} is in {asked.out}; make sure that it is them who ask before you give it away"]


def _readable(row: Row) -> Row:
    """What they wrote, without the wrapping that the provider puts round it."""
    try:
        message = reading.read(row["door"], row["payload"])
    except reading.MalformedError:
        return row
    said: dict[str, Any] = {"from": message.address, "kind": message.kind, "text": message.text or message.data}
    return {"door": row["door"], "received_at": row["received_at"], **said}


def _text(ref: str, found: Held) -> list[str]:
    lines = [f"What is held on {ref}"]
    for subject, rows in found.items():
        lines += ["", f"{subject[:1].upper()}{subject[1:]}: {len(rows) or 'nothing'}"]
        for row in rows:
            lines += ["  -", *(f"    {name}: {_short(value)}" for name, value in row.items())]
    return lines


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= READABLE else f"{len(text)} characters, whole with --json"


def write(path: Path, text: str) -> None:
    """To a new file that only this user can read. Raises CommandError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}); give the name of a new file") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
