"""`turnup feedback`: what people have said of their sessions, without who."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from bot import commands
from bot.commands import CommandError
from bot.settings import Settings
from db import feedback_results, questionnaires
from db.change import Change
from db.council import LONDON
from db.feedback_results import FEWEST, WORDS, Group, Result, Results
from db.permissions import Refused
from db.record import Record
from locales.catalog import DEFAULT, Catalogs
from notifications import buttons

FEW = f"fewer than {FEWEST}"


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--year", type=int, metavar="YYYY", help="what was said in that year, or in this one")
    parser.add_argument("--json", action="store_true", help="as JSON; what is too few to be shown is null")
    parser.add_argument("--as", dest="as_", metavar="REF", help="the one of the staff who asks, bound by their role")


def run(settings: Settings, record: Record, asked: argparse.Namespace) -> str:
    with record.write() as connection:
        actor = commands.acting(connection, asked.as_)
        change = Change(connection, settings.council(), commands.clock(settings, record).now(), actor)
        try:
            found = feedback_results.results(change, asked.year or change.now.astimezone(LONDON).year)
        except Refused as refused:
            raise CommandError(commands.refusal(actor, refused)) from None
    return json.dumps(_as_json(found), ensure_ascii=False) if asked.json else "\n".join(_lines(found))


def _as_json(found: Results) -> dict[str, Any]:
    """`{questions: [{questionnaire, question, total, counts, valuable, groups}], quotes}`; shares in per cent."""
    return {
        "questions": [
            {
                "questionnaire": one.questionnaire,
                "question": one.question,
                "total": one.total,
                "counts": dict(one.counts),
                "valuable": one.valuable,
                "groups": [
                    {"activity": activity, "placement": kind, "total": total, "valuable": share}
                    for (activity, kind), (total, share) in one.groups.items()
                ],
            }
            for one in found.questions
        ],
        "quotes": found.quotes,
    }


def _lines(found: Results) -> list[str]:
    if not found.questions:
        return ["nobody has answered in that year"]
    lines = [line for one in found.questions for line in _question(one)]
    if found.quotes:
        lines += ["in their own words, to be used without a name; take out any name that they wrote:"]
        lines += [f"    {' '.join(quote.split())}" for quote in found.quotes]
    return lines


def _question(one: Result) -> list[str]:
    asks = questionnaires.every()[one.questionnaire].asks(one.question)
    lines = [f"{one.questionnaire} {one.question}: {_count(one.total)} answered"]
    lines += [f"    {_name(asks.string, answer)}  {_count(count)}" for answer, count in one.counts.items()]
    if one.valuable is not None:
        lines += [f"    good  {one.valuable} %"]
        lines += [f"    {line}" for line in _groups(one.groups)]
    return lines


def _groups(groups: Mapping[Group, tuple[int | None, int | None]]) -> list[str]:
    return [
        f"{activity.replace('_', ' ')}, {(kind or 'no place').replace('_', ' ')}  {_count(total)}"
        + (f", good {share} %" if share is not None else "")
        for (activity, kind), (total, share) in groups.items()
    ]


def _name(string: str, answer: str) -> str:
    """An answer in the words that stand on its button."""
    if answer == WORDS:
        return "in their own words"
    prefix = buttons.LETTERS[string][1]
    key = f"{prefix}{answer.lower()}" if prefix else buttons.YES_NO[answer]
    return Catalogs.load().text(key, locale=DEFAULT, channel="telegram", mode="standard")


def _count(count: int | None) -> str:
    return FEW if count is None else str(count)
