"""The questionnaires and their versions, as data: which questions, in which order, answered how."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_suffix(".toml")
CURRENT = {"asked": "asked-1", "session": "session-1", "exit": "exit-1"}
"""The version that is asked now, by the occasion."""
MOST = 4  # questions


@dataclass(frozen=True, slots=True)
class Asks:
    """One question. `good` are those of its letters that count as valuable; `of_words`: only of who wrote some."""

    key: str
    string: str
    letters: str
    words: bool
    good: str
    of_words: bool


@dataclass(frozen=True, slots=True)
class Questionnaire:
    name: str
    kind: str
    questions: tuple[Asks, ...]

    def asks(self, key: str) -> Asks:
        return next(one for one in self.questions if one.key == key)

    def after(self, key: str, *, wrote: bool) -> Asks | None:
        """The question that follows, for somebody who has written something or has not."""
        at = self.questions.index(self.asks(key))
        return next((one for one in self.questions[at + 1 :] if wrote or not one.of_words), None)


@cache
def every() -> dict[str, Questionnaire]:
    """Every version there ever was, by name. ValueError for one with more questions than people are to be asked."""
    return {name: _read(name, data) for name, data in tomllib.loads(PATH.read_text(encoding="utf-8")).items()}


def of_kind(kind: str) -> Questionnaire:
    return every()[CURRENT[kind]]


def _read(name: str, data: dict[str, Any]) -> Questionnaire:
    questions = tuple(
        Asks(
            key=one["key"],
            string=one["string"],
            letters=one.get("letters", ""),
            words=one.get("words", False),
            good=one.get("good", ""),
            of_words=one.get("of_words", False),
        )
        for one in data["questions"]
    )
    if not 0 < len(questions) <= MOST:
        raise ValueError(f"{name} has {len(questions)} questions; ask one to {MOST}")
    return Questionnaire(name, data["kind"], questions)
