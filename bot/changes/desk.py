"""What all commands that change the record share: who acts, one transaction, a dry run, and whom the change tells."""

import argparse
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from bot import commands
from bot.commands import CommandError
from bot.settings import Settings
from db import access, notices, told
from db.access import REASON
from db.change import Change, ChangeError
from db.council import LONDON
from db.importing import cells
from db.permissions import Actor, Refused
from db.record import Record
from db.told import Told

CHANNELS = {"sms": "SMS", "telegram": "Telegram"}

Command = Callable[[Change, argparse.Namespace, Settings], list[str]]


class AddParser(Protocol):
    def __call__(self, name: str, *, help: str) -> argparse.ArgumentParser: ...


def options(
    parser: argparse.ArgumentParser, run: Command, *, reason: bool = False, tells: bool = False, within: bool = False
) -> None:
    """`reason`: one has to be given. `tells`: whom the change tells is said even when it is nobody. `within`: the parser is
    of an act of one that has these options itself, and what was given there stands."""
    given: dict[str, Any] = {"default": argparse.SUPPRESS} if within else {}
    add = partial(parser.add_argument, **given)
    add("--reason", metavar="TEXT", required=reason, help="why, for the access log; only staff see it")
    add("--as", dest="as_", metavar="REF", help="the one of the staff who acts, bound by their role")
    add("--dry-run", action="store_true", help="say what would be done and who told, and write nothing")
    parser.set_defaults(change=run, tells=tells)


def run(settings: Settings, record: Record, asked: argparse.Namespace) -> list[str]:
    """What was done, and whom it tells, as lines. Raises CommandError, and then nothing was changed."""
    now = commands.clock(settings, record).now()
    try:
        with record.rehearse() if asked.dry_run else record.write() as connection:
            actor = commands.acting(connection, asked.as_)
            change = Change(connection, settings.council(), now, actor, _reason(asked.reason))
            before = notices.mark(connection)
            lines = asked.change(change, asked, settings)
            if not getattr(asked, "json", False):
                lines += _told(told.since(connection, change.council, before, now=now), asked)
    except ChangeError as error:
        raise CommandError(str(error)) from None
    except Refused as refused:
        if not asked.dry_run:
            _log_refused(record, actor, refused, asked, now)
        raise CommandError(commands.refusal(actor, refused)) from None
    return ["as a dry run:", *lines, "nothing written"] if asked.dry_run else lines


def _log_refused(record: Record, actor: Actor, refused: Refused, asked: argparse.Namespace, now: datetime) -> None:
    """In a transaction of its own, since nothing stays of the change."""
    named = [getattr(asked, name, None) for name in ("session", "person", "order", "ref", "id")]
    with record.write() as connection:
        access.refused(
            connection, actor.name, str(refused), now=now, reason=" ".join(str(name) for name in named if name)[:REASON]
        )


def _reason(text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise CommandError("--reason is empty; say why")
    if text is not None and len(text) > REASON:
        raise CommandError(f"--reason is longer than {REASON} characters; say it shorter")
    return text


def _told(found: Told, asked: argparse.Namespace) -> list[str]:
    verb = "would tell" if asked.dry_run else "tells"
    lines = []
    if found.people:
        lines.append(f"{verb} {_counted(found.people.total(), 'person', 'people')}: {_ways(found.people)}")
    for channel, number in found.staff.items():
        lines.append(f"{verb} {number} of the staff by {CHANNELS[channel]}")
    if found.silent:
        why = ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in found.silent.items())
        missed = "would not reach" if asked.dry_run else "does not reach"
        lines.append(f"{missed} {found.silent.total()} ({why}); tell them another way")
    return lines or ([f"{verb} nobody"] if asked.tells else [])


def _ways(people: Counter[tuple[str, str]]) -> str:
    """`4 by SMS (3 standard, 1 discreet), 2 by Telegram (2 standard)`"""
    said = []
    for channel, name in CHANNELS.items():
        modes = {mode: number for (over, mode), number in people.items() if over == channel}
        if modes:
            listed = ", ".join(f"{number} {mode.replace('_', '-')}" for mode, number in modes.items())
            said.append(f"{sum(modes.values())} by {name} ({listed})")
    return ", ".join(said)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def read(option: str, parse: cells.Parser, text: str | None) -> Any:
    """An option's value by the rules for a cell of the files; None where it is not given."""
    try:
        return None if text is None else parse(text.strip())
    except cells.CellError as error:
        raise CommandError(f"{option}: {error}") from None


def moment(text: str) -> datetime:
    """A date and time; without an offset London wall time, as in the files. Raises CellError."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        given = None
    return given if given is not None and given.tzinfo is not None else cells.moment(text)


def shown(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%a %d %b %Y %H:%M}"


def local(at: datetime | None) -> str | None:
    """As a program reads it."""
    return at.astimezone(LONDON).isoformat() if at else None
