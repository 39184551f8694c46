"""The command line. Exit 0 done, 1 failed with one plain sentence on stderr, 2 wrong usage."""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from cryptography.fernet import InvalidToken
from sqlalchemy.exc import OperationalError

from bot import commands, feedback, opening, settings
from bot.changes import bookings as change_bookings
from bot.changes import broadcasts as change_broadcasts
from bot.changes import corrections as change_corrections
from bot.changes import data, desk, reach
from bot.changes import packs as change_packs
from bot.changes import people as change_people
from bot.changes import roster as change_roster
from bot.changes import rota as change_rota
from bot.changes import sessions as change_sessions
from bot.changes import tasks as change_tasks
from bot.changes import threads as change_threads
from bot.commands import CommandError
from bot.settings import Settings, SettingsError
from db import faults
from db.migrate import RESTORE, MigrationError
from db.record import Record
from db.rotation import RotationError

# What only one command needs, the program that serves above all, is imported when that command is asked for.

PARTS = {
    "serve": frozenset({"web", "worker", "clock"}),
    "web": frozenset({"web"}),
    "worker": frozenset({"worker"}),
    "clock": frozenset({"clock"}),
}
SUBJECTS = (
    change_bookings, change_sessions, change_roster, change_broadcasts, change_threads, change_tasks,
    change_corrections, change_packs, change_rota, data, reach,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    leave(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command."""
    asked = _parser().parse_args(arguments)
    if asked.command == "person":
        change_people.check(asked)
    _log_to_stderr()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is still running is not run twice, as meant
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return _run(asked)
    except (CommandError, SettingsError, MigrationError, RotationError) as error:
        print(error, file=sys.stderr)
    except InvalidToken:
        print("TURNUP_SECRET_KEY does not open this database; use the key it was made with", file=sys.stderr)
    except Exception as error:
        print(_said_of(error), file=sys.stderr)
    return 1


def _said_of(error: Exception) -> str:
    if faults.is_damage(error):
        return f"the database is damaged, or TURNUP_DATABASE_URL names another file; {RESTORE}"
    if isinstance(error, OperationalError):
        return "the database does not answer; check that it runs and that TURNUP_DATABASE_URL is right"
    return f"Turnup failed in a way nobody foresaw, {faults.where(error)}; please report this line"


class _Discreet(logging.Formatter):
    """Of an exception that any library logs: its class and place. Its text may hold what somebody wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return faults.where(ei[1])


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def leave(code: int) -> NoReturn:
    """Ends the process at once: a call to a provider that hangs in a thread must not keep it alive."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@cache
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="turnup", description="Helps people on Community Payback Orders turn up.")
    add = parser.add_subparsers(dest="command", required=True, metavar="command").add_parser
    add("serve", help="everything in one process, on SQLite")
    for name in ("web", "worker", "clock"):
        add(name, help=f"the {name} process, on PostgreSQL")
    add("migrate", help="bring the database to the shape this version needs")
    add("demo", help="the sample council with simulated phones")
    add("doctor", help="say what is well and what is not")
    copy = add("copy", help="bring the whole record into another database, and compare both")
    copy.add_argument(
        "--to", required=True, metavar="URL", help="sqlite:///path/to.db or postgresql://user:password@host/name"
    )
    backup = add("backup", help="save an SQLite database to a file while it is in use")
    backup.add_argument("file", type=Path, metavar="FILE")
    add("rotate", help="encrypt and hash everything anew, under the newest of several keys")
    tick = add("tick", help="run every task of the clock once")
    tick.add_argument("--at", metavar="ISO")
    clock_set = add("clock-set", help="move the clock of a demo")
    clock_set.add_argument("to", metavar="ISO|real")
    invite = add("invite", help="a one-time code that links Telegram; a person is welcomed by SMS")
    invite.add_argument("ref")
    invite.add_argument("--qr", type=Path, metavar="FILE", help="write the link as a QR code, .png or .svg")
    invite.add_argument("--quiet", action="store_true", help="send no welcome")
    import_ = add("import", help="bring in a folder of CSV files, or nothing of it")
    import_.add_argument("directory", type=Path, metavar="DIR")
    import_.add_argument("--dry-run", action="store_true")
    import_.add_argument("--silent", action="store_true", help="tell nobody of changed sessions and bookings")
    change_people.add_to(add("person", help="where a person stands, or how they are reached and what their orders are"))
    for subject in SUBJECTS:
        subject.add_to(add)
    statement = add("statement", help="the hours of one order on paper, as a PDF")
    statement.add_argument("order", metavar="ORDER")
    statement.add_argument("file", type=Path, metavar="FILE")
    statement.add_argument("--as", dest="as_", metavar="REF", help="the one of the staff who asks, bound by their role")
    feedback.add_to(add("feedback", help="what people have said of their sessions, without who"))
    return parser


def _run(asked: argparse.Namespace) -> int:
    if asked.command == "demo":
        return _demo(settings.read(env="demo"))
    found = settings.read()
    if asked.command in PARTS:
        return _serve(found, asked.command)
    if asked.command == "migrate":
        commands.migrate_(found)
        return 0
    if asked.command == "import":
        return _import(found, asked)
    if asked.command == "doctor":
        return _doctor(found)
    if asked.command in ("copy", "backup", "rotate"):
        return _move(found, asked)
    return _look_or_change(found, opening.open_record(found), asked)


def _serve(found: Settings, name: str) -> int:
    from bot import process

    council = found.council_for_people()
    if name != "serve" and found.database_url.startswith("sqlite"):
        raise SettingsError(
            f"`turnup {name}` needs PostgreSQL, since SQLite has room for one process; use `turnup serve`,"
            " or set TURNUP_DATABASE_URL to a postgresql:// address"
        )
    with opening.only_one(found):
        record = opening.open_record(found, serving=True)
        process.run(process.Process(found, record, council, PARTS[name]).run())
    return 0


def _demo(found: Settings) -> int:
    from bot import demo, process

    found = demo.settings_for(found)
    with opening.only_one(found):
        commands.migrate_(found)
        for line in demo.load_sample(found):
            print(line)
        process.run(demo.run(found, opening.open_record(found)))
    return 0


def _import(found: Settings, asked: argparse.Namespace) -> int:
    lines, faults, done = commands.import_(found, asked.directory, dry_run=asked.dry_run, silent=asked.silent)
    for line in lines:
        print(line)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 0 if done else 1


def _move(found: Settings, asked: argparse.Namespace) -> int:
    from bot import moving

    match asked.command:
        case "copy":
            lines = moving.copy(found, asked.to)
        case "rotate":
            lines = moving.rotate(found)
        case _:
            lines = iter([moving.backup(found, asked.file)])
    for line in lines:
        print(line, flush=True)
    return 0


def _doctor(found: Settings) -> int:
    from bot import doctor

    well = True
    for check in doctor.checks(found, Record(found.database_url, found.keys()), found.council()):
        print(f"{'ok  ' if check.well else 'MEND'}  {check.text}")
        well = well and check.well
    return 0 if well else 1


def _look_or_change(found: Settings, record: Record, asked: argparse.Namespace) -> int:
    match asked.command:
        case "person" if asked.json:
            print(json.dumps(commands.person(found, record, asked.ref, as_=asked.as_)))
        case _ if hasattr(asked, "change"):
            for line in desk.run(found, record, asked):
                print(line)
        case "statement":
            from bot import paper

            print(paper.write(found, record, asked.order, asked.file, as_=asked.as_))
        case "feedback":
            print(feedback.run(found, record, asked))
        case "invite":
            from bot import process

            username = asyncio.run(process.bot_username(found))
            for line in commands.invite(found, record, asked.ref, qr=asked.qr, quiet=asked.quiet, username=username):
                print(line)
        case "tick":
            commands.tick(found, record, found.council(), asked.at)
        case "clock-set":
            print(commands.clock_set(found, record, asked.to))
    return 0


if __name__ == "__main__":
    main()
