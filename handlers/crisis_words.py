"""Danger in a message, found before anything else is read from it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, cast, get_args

from locales import words
from locales.normal import REMEMBERED, normalise
from locales.phrases import Match
from locales.spelling import Words

Crisis = Literal["life_risk", "danger_now", "da_victim", "threat_other", "child_risk", "injury", "low_mood", "hardship"]
# Gravest first.
CLASSES: tuple[Crisis, ...] = get_args(Crisis)
CUT = "\N{HORIZONTAL ELLIPSIS}"


def crisis(text: str) -> Crisis | None:
    """The gravest class that the list of any language finds in the text, or None."""
    plain = normalise(text)
    found = {match.label for lexicon, spelt in _spelt(plain) for match in _matches(lexicon, spelt, plain)}
    return cast(Crisis, min(found, key=CLASSES.index)) if found else None


def idiom(text: str) -> bool:
    """Whether it holds a figure of speech about death or harm: no crisis, but a person should see it."""
    return any(lexicon.idioms.all(spelt) for lexicon, spelt in _spelt(normalise(text)))


def around(text: str, room: int) -> str:
    """As many letters of a long text as there is room for, with the danger that it tells of, wherever that stands."""
    if len(text) <= room:
        return text
    gravest = crisis(text)
    starts = range(0, len(text), room // 2)
    start = next((at for at in starts if gravest and crisis(text[at : at + room]) == gravest), 0)
    return f"{CUT if start else ''}{text[start : start + room]}{CUT if start + room < len(text) else ''}"


@lru_cache(maxsize=REMEMBERED)
def _spelt(plain: str) -> list[tuple[words.Lexicon, Words]]:
    """As each language spells it. What English knows is no slip in another: "place" is not "placze", which is to cry."""
    english = words.lexicon(words.DEFAULT)
    return [(each, each.spell(plain) if each is english else each.spell(plain, english)) for each in words.every()]


def _matches(lexicon: words.Lexicon, spelt: Words, plain: str) -> Iterable[Match]:
    """A match counts unless a figure of speech takes it away, or a longer match says more exactly what it is."""
    found = lexicon.crisis.all(spelt)
    matches = [match for match in found if not _is_everyday(lexicon, spelt[match.start : match.end], plain)]
    idioms = lexicon.idioms.all(spelt) if matches else []
    return [
        match
        for match in matches
        if not any(_takes_away(each, match) for each in idioms) and not any(_tells_more(each, match) for each in matches)
    ]


def _is_everyday(lexicon: words.Lexicon, said: Words, plain: str) -> bool:
    """ "OD" is no overdose in a message that is rather Polish, where it is "from"."""
    others = [other for other in words.every() if len(said) == 1 and said[0] in other.everyday]
    return any(other.share(plain) > lexicon.share(plain) for other in others)


def _takes_away(idiom: Match, match: Match) -> bool:
    """ "This job is killing me" does, "killing me" in "he's killing me" does not."""
    overlap = idiom.start < match.end and match.start < idiom.end
    return _covers(idiom, match) or (overlap and idiom.end - idiom.start > match.end - match.start)


def _tells_more(longer: Match, match: Match) -> bool:
    """Not safe "at home", or "the wean is" not safe. Risk to life is never told otherwise."""
    return match.label != CLASSES[0] and longer.label != match.label and _covers(longer, match)


def _covers(longer: Match, match: Match) -> bool:
    return longer.start <= match.start and match.end <= longer.end
