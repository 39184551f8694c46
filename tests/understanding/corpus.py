"""Replies as people text them, with what each should be taken for.

`expected` is an intent (`letter:B` and `pin:1234` with what was said; `*` where any will do, for what matters is the
crisis), `crisis` a class or `-`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from handlers.understanding import Understood, understand

LETTERS = {
    "reason": "ABCDEF", "how_late": "ABC", "call_when": "ABCD", "abuse_ok": "AB", "more": "LPSMWDF", "pause": "ABC",
    "window": "ABCD",
}  # fmt: skip


class Reply(NamedTuple):
    text: str
    asked: str
    question: str
    expected: str
    crisis: str


def replies(locale: str = "en_GB") -> list[Reply]:
    name = "corpus.tsv" if locale == "en_GB" else f"corpus_{locale}.tsv"
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Reply(*row) for row in list(rows)[1:]]


def labelled(locale: str = "en_GB") -> Iterator[Reply]:
    """Those whose intent is labelled."""
    return (reply for reply in replies(locale) if reply.expected != "*")


def taken_for(reply: Reply, locale: str = "en_GB") -> str:
    question = None if reply.question == "-" else reply.question
    understood = understand(
        reply.text,
        asked=reply.asked == "yes",
        letters=LETTERS.get(reply.question, ""),
        question=question,  # type: ignore[arg-type]
        locale=locale,
    )
    return _shown(understood)


def _shown(understood: Understood) -> str:
    said = understood.letter or understood.pin
    return f"{understood.intent}:{said}" if said else understood.intent
