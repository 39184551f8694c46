"""`turnup correct`: hours credited to an order, or imposed; who was at a session, and what of it counts."""

from argparse import ArgumentParser, Namespace

from bot.changes import desk
from bot.commands import CommandError
from bot.settings import Settings
from db import corrections, rules
from db.change import Change
from db.corrections import Corrected, Marked
from db.importing import cells
from db.schema import ACTIVITIES, ATTENDANCE

NONE = "none"


def add_to(add: desk.AddParser) -> None:
    kinds = add("correct", help="correct the record; what stood before stays in it")
    what = kinds.add_subparsers(dest="what", required=True, metavar="what").add_parser
    hours = what("hours", help="minutes credited to an order, or with --adjust the minutes imposed")
    hours.add_argument("order", metavar="ORDER")
    hours.add_argument("--minutes", metavar="N", required=True, help="how many more, or with a minus fewer")
    hours.add_argument("--on", metavar="DATE", help="the day worked or decided; without it, today")
    hours.add_argument("--activity", choices=ACTIVITIES, default="unpaid_work")
    hours.add_argument("--legal-basis", metavar="TEXT", help="the court's decision or the enactment")
    hours.add_argument("--adjust", action="store_true", help="the order itself was varied; needs --legal-basis")
    desk.options(hours, correct, reason=True)
    marks = what("attendance", help="who was at a session; no supervisor undoes it")
    _on_roster(marks)
    marks.add_argument("status", choices=(*ATTENDANCE, NONE), help=f"{NONE} takes the mark back")
    marks.add_argument("--at", metavar="ISO", help="when a late one came, or one who went left")
    desk.options(marks, mark, reason=True, tells=True)
    credits = what("credit", help="how much of what was worked counts")
    _on_roster(credits)
    credits.add_argument("--minutes", metavar="N", required=True)
    desk.options(credits, credit, reason=True)


def _on_roster(parser: ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION")
    parser.add_argument("person", metavar="PERSON")


def mark(change: Change, asked: Namespace, _: Settings) -> list[str]:
    status = None if asked.status == NONE else asked.status
    made = corrections.mark(change, asked.session, asked.person, status, at=desk.read("--at", desk.moment, asked.at))
    said = (made.after or NONE).replace("_", " ")
    return [
        f"{asked.person} on {asked.session}: {said}, was {(made.before or NONE).replace('_', ' ')}",
        _worked(asked, made),
    ]


def credit(change: Change, asked: Namespace, _: Settings) -> list[str]:
    minutes = desk.read("--minutes", cells.whole(0), asked.minutes)
    made = corrections.credit(change, asked.session, asked.person, minutes)
    lines = [_worked(asked, made)]
    if made.credited < minutes:
        lines.append(f"note: {minutes - made.credited} minutes cannot count: no more is left, or no more other activity may")
    return lines


def _worked(asked: Namespace, made: Marked) -> str:
    return f"{asked.person} on {asked.session}: {made.worked} minutes worked, {made.credited} credited"


def correct(change: Change, asked: Namespace, _: Settings) -> list[str]:
    minutes, day = desk.read("--minutes", cells.whole(-cells.WHOLE), asked.minutes), desk.read("--on", cells.day, asked.on)
    basis = asked.legal_basis.strip() if asked.legal_basis else None
    if basis and len(basis) > corrections.LEGAL_BASIS:
        raise CommandError(f"--legal-basis is longer than {corrections.LEGAL_BASIS} characters; say it shorter")
    if asked.adjust:
        made = corrections.vary(change, asked.order, minutes, decided_on=day, legal_basis=basis)
        return [
            f"{made.ref}: {_to(made.before.total, made.after.total)} imposed",
            *_left(made),
            *_about_variation(change, made),
        ]
    made = corrections.correct_work(change, asked.order, minutes, worked_on=day, activity=asked.activity, legal_basis=basis)
    return [f"{made.ref}: {_to(made.before.credited, made.after.credited)} credited", *_left(made)]


def _to(before: int, after: int) -> str:
    return f"{after} minutes ({_hours(after)}), was {before} ({_hours(before)}),"


def _hours(minutes: int) -> str:
    return f"{minutes // 60}h {minutes % 60:02d}m"


def _left(made: Corrected) -> list[str]:
    left = max(0, made.after.left)
    lines = [f"{made.ref}: {left} minutes ({_hours(left)}) left"]
    if left == 0:
        lines.append("note: all hours are done, so reminders stop; its status is for an officer to set")
    return lines


def _about_variation(change: Change, made: Corrected) -> list[str]:
    notes = ["note: nobody is texted of it; the person has to be told in writing, and the last day of the order stays"]
    least = rules.HOURS_LIMITS[made.kind][0] * 60
    if made.after.total < least:
        notes.append(f"note: that is below the least of {least} minutes for such an order; the legal basis is kept with it")
    if made.after.other_left < 0:
        notes.append(
            f"note: other activity is {-made.after.other_left} minutes over its cap; nothing is taken back, a task is open"
        )
    return notes
