"""What people have said, without who: counts, how many found it valuable, and the words that they let us use.

Small numbers are hidden, and so is what would tell them: fewer than `FEWEST` of anything are not counted out, and where a
hidden number could be had by taking the others from the total, the smallest of those is hidden too. Answers of a round
that is still open are not there yet.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from db import questionnaires
from db.change import Change
from db.schema import feedback_answers, feedback_rounds

FEWEST = 5
WORDS = "words"  # beside the letters: answered in their own
Group = tuple[str, str | None]  # activity and kind of placement
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Result:
    """Of one question, how many gave each answer. None is fewer than `FEWEST`, or would tell such a number."""

    questionnaire: str
    question: str
    total: int | None
    counts: Mapping[str, int | None]
    valuable: int | None  # per cent whose answer is one of the good ones
    groups: Mapping[Group, tuple[int | None, int | None]]  # how many answered by letter, and the share valuable


@dataclass(frozen=True, slots=True)
class Results:
    questions: list[Result]
    quotes: list[str]  # by consent, in the order of their letters


_answers = feedback_answers.c
_open = select(feedback_rounds.c.sheet).where(feedback_rounds.c.sheet.is_not(None))
_SETTLED = select(feedback_answers).where(_answers.sheet.not_in(_open))


def results(change: Change, year: int) -> Results:
    """Of one year, since two spans that overlap would tell what lies between. Raises Refused."""
    change.require("feedback.read", None)
    change.log("feedback.read", f"results of {year}")
    rows = change.connection.execute(_SETTLED.where(_answers.year == year)).mappings().all()
    by_question: dict[tuple[str, str], list[Mapping[Any, Any]]] = defaultdict(list)
    for row in rows:
        by_question[row["questionnaire"], row["question"]].append(row)
    ordered = [(name, asks.key) for name, form in questionnaires.every().items() for asks in form.questions]
    found = [_result(name, key, by_question[name, key]) for name, key in ordered if by_question[name, key]]
    return Results(found, _quotes(rows))


def _result(name: str, key: str, rows: list[Mapping[Any, Any]]) -> Result:
    asks = questionnaires.every()[name].asks(key)
    said = Counter(row["answer"] or WORDS for row in rows)
    groups: dict[Group, list[str]] = defaultdict(list)
    for row in rows:
        if row["answer"]:
            groups[row["activity"], row["placement_kind"]].append(row["answer"])
    possible = [*asks.letters, *([WORDS] if asks.words else [])]
    if len(rows) < FEWEST:
        return Result(name, key, None, dict.fromkeys(possible), None, {})
    shown = hidden({group: len(answers) for group, answers in groups.items()})
    return Result(
        questionnaire=name,
        question=key,
        total=len(rows),
        counts=hidden({one: said[one] for one in possible}),
        valuable=_share([row["answer"] for row in rows if row["answer"]], asks.good),
        groups={
            group: (shown[group], _share(answers, asks.good) if shown[group] is not None else None)
            for group, answers in sorted(groups.items(), key=lambda one: (one[0][0], one[0][1] or ""))
        },
    )


def hidden(counts: Mapping[Key, int]) -> dict[Key, int | None]:
    """The counts without the small ones, and without the next where the small ones together are too few to hide in."""
    gone = {key for key, count in counts.items() if 0 < count < FEWEST}
    left = sorted((key for key, count in counts.items() if count >= FEWEST), key=lambda key: counts[key])
    if gone and left and (len(gone) == 1 or sum(counts[key] for key in gone) < FEWEST):
        gone.add(left[0])
    return {key: None if key in gone else count for key, count in counts.items()}


def _share(answers: Iterable[str], good: str) -> int | None:
    """Per cent, as a whole number; None of too few, or of a question that has no better and worse."""
    given = list(answers)
    if len(given) < FEWEST or not good:
        return None
    return round(100 * sum(answer in good for answer in given) / len(given))


def _quotes(rows: Iterable[Mapping[Any, Any]]) -> list[str]:
    """Of who said yes. None while so few have answered that a word would tell whose it is."""
    consented = {row["sheet"] for row in rows if row["question"] == "quote" and row["answer"] == "A"}
    asked = {row["sheet"] for row in rows if row["kind"] == "exit"}
    if len(asked) < FEWEST:
        return []
    return sorted(row["words"] for row in rows if row["sheet"] in consented and row["words"])
