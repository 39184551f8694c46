"""Danger in a message, found before anything else is read from it."""

from collections.abc import Iterable
from typing import Literal, cast, get_args

from locales import words
from locales.phrases import Match

Crisis = Literal["life_risk", "danger_now", "da_victim", "threat_other", "child_risk", "injury", "low_mood", "hardship"]
# Gravest first.
CLASSES: tuple[Crisis, ...] = get_args(Crisis)


def crisis(text: str) -> Crisis | None:
    """The gravest class that the list of any language finds in the text, or None.

    A match counts unless a figure of speech covers it: "this job is killing me" does, "he's killing me" does not.
    """
    found = {match.label for lexicon in words.every() for match in _matches(lexicon, lexicon.words(text))}
    return cast(Crisis, min(found, key=CLASSES.index)) if found else None


def idiom(text: str) -> bool:
    """Whether it holds a figure of speech about death or harm: no crisis, but a person should see it."""
    return any(lexicon.idioms.all(lexicon.words(text)) for lexicon in words.every())


def _matches(lexicon: words.Lexicon, spelt: words.Words) -> Iterable[Match]:
    matches = lexicon.crisis.all(spelt)
    idioms = lexicon.idioms.all(spelt) if matches else []
    return [match for match in matches if not any(_takes_away(idiom, match) for idiom in idioms)]


def _takes_away(idiom: Match, match: Match) -> bool:
    overlap = idiom.start < match.end and match.start < idiom.end
    covers = idiom.start <= match.start and match.end <= idiom.end
    return covers or (overlap and idiom.end - idiom.start > match.end - match.start)
