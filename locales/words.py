"""The words that people use, by language: words.toml of each locale, compiled once.

A lexicon spells a message its own way first (Scots, text-speak, typing mistakes), then finds its phrases. Patterns in
words.toml go through the same spelling, so they may be written in any of its forms.
"""

import gc
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from locales import typos
from locales.normal import REMEMBERED, normalise
from locales.phrases import Phrases
from locales.spelling import Spelling, Words

ROOT = Path(__file__).parent
DEFAULT = "en_GB"
# What must be said, and is never guessed from a misspelling.
YES_AND_NO = ("yes", "ack", "no")
SECTIONS = ("spelling", "whole", "endings", "numbers", "words", "sets", "exact", "phrases", "reasons", "questions", "crisis")
KINDS_OF_WORDS = (
    "skip", "filler", "polite", "answering", "units", "before_time", "refusals", "negations", "never_a_guess", "not_typos",
    "letters", "everyday",
)  # fmt: skip
PATTERN_WORD = re.compile(r"[^\s()\[\]|<>*#,]+")


@dataclass(frozen=True, eq=False)
class Lexicon:
    """`exact` maps a whole message to its meaning, `numbers` a number word to its digit; `whole` messages have their own
    spelling ("ye" alone is yes).

    `filler` words say nothing either way; `polite` ones may stand around a message, `answering` ones around a number or
    a letter; `units` follow a number that counts something, `before_time` stand before a time of day; `letters` are
    those of any question; `refusals` are negations that can stand alone; `everyday` words are danger in another language.
    `asking` after `asked_with` begins a question, and `somebody`, perhaps after `before_somebody`, is whom it asks of.
    """

    locale: str
    whole: Mapping[str, Words]
    spelling: Spelling
    typing: typos.Typos
    exact: Phrases
    numbers: Mapping[str, str]
    filler: frozenset[str]
    polite: frozenset[str]
    answering: frozenset[str]
    units: frozenset[str]
    before_time: frozenset[str]
    negations: frozenset[str]
    refusals: frozenset[str]
    asking: frozenset[str]
    asked_with: frozenset[str]
    before_somebody: frozenset[str]
    somebody: frozenset[str]
    letters: frozenset[str]
    everyday: frozenset[str]
    phrases: Phrases
    questions: Mapping[str, Phrases]
    crisis: Phrases
    idioms: Phrases
    auto_replies: Phrases

    def words(self, text: str) -> Words:
        """A message in this lexicon's spelling."""
        return self.spell(normalise(text))

    @lru_cache(maxsize=4 * REMEMBERED)  # noqa: B019  lexicons live as long as the process
    def spell(self, plain: str, beside: "Lexicon | None" = None) -> Words:
        """The same of one that is normal already. What a language `beside` knows is no slip here."""
        if plain in self.whole:
            return self.whole[plain]
        ours, theirs = self.typing.known, beside.typing.known if beside is not None else ()
        spelt: list[str] = []
        for word in plain.split():
            if word in ours or word in theirs:
                spelt.append(word)
            else:
                spelt += self._mended(word)
        return self.spelling.of(spelt)

    def knows(self, text: str) -> bool:
        """Whether every word of it is of this language, or a number."""
        return all(self._is_ours(word) for word in self.words(text))

    def share(self, text: str) -> float:
        """How much of it is of this language, from 0 to 1."""
        spelt = self.words(text)
        return sum(self._is_ours(word) for word in spelt) / len(spelt) if spelt else 0.0

    def _is_ours(self, word: str) -> bool:
        return word in self.typing.known or word.isdigit()

    def _mended(self, word: str) -> Sequence[str]:
        if word in self.typing.known or word.isdigit():
            return (word,)
        if word[0] in "0123456789":
            digits = len(word) - len(word.lstrip("0123456789"))
            return (word[:digits], *self._mended(word[digits:]))
        return (self.typing.mend(word),)


@cache
def lexicon(locale: str) -> Lexicon | None:
    """None for a locale that has no word list."""
    path = ROOT / locale / "words.toml"
    return _compile(locale, _whole(tomllib.loads(path.read_text(encoding="utf-8")))) if path.is_file() else None


@cache
def locales() -> tuple[str, ...]:
    """Those that have a word list."""
    return tuple(path.parent.name for path in sorted(ROOT.glob("*/words.toml")))


@cache
def every() -> tuple[Lexicon, ...]:
    """The lexicons of all languages there are, for what must be understood from anyone."""
    found = [lexicon(each) for each in locales()]
    gc.freeze()  # they stay as long as the process, and are most of what the collector would look at again and again
    return tuple(each for each in found if each)


@cache
def for_person(locale: str) -> tuple[Lexicon, ...]:
    """The person's own language first, then English, which anyone may use, then the others."""
    found = [lexicon(each) for each in dict.fromkeys([locale, DEFAULT, *locales()])]
    return tuple(each for each in found if each)


def _whole(data: dict[str, Any]) -> dict[str, Any]:
    """A list with every section, written as messages are once they are normal."""
    data = {**{name: {} for name in SECTIONS}, **_normal(data, cache(normalise))}
    data["words"] = {**dict.fromkeys(KINDS_OF_WORDS, ""), **data["words"]}
    for name in ("idioms", "auto_replies"):
        data.setdefault(name, {"phrases": []})
    return data


def _normal(value: Any, plain: Callable[[str], str]) -> Any:
    """Words written with their accents, apostrophes and hyphens, as they are compared: without."""
    if isinstance(value, dict):
        return {_normal(name, plain): _normal(each, plain) for name, each in value.items()}
    if isinstance(value, list):
        return [_normal(each, plain) for each in value]
    if value.isascii() and "'" not in value and "-" not in value:
        return value
    return PATTERN_WORD.sub(lambda word: plain(word[0]), value)


def _compile(locale: str, data: Mapping[str, Any]) -> Lexicon:
    sets: Mapping[str, str] = data["sets"]
    spelling = Spelling(data["spelling"], frozenset(data["words"]["skip"].split()))

    def plain(name: str) -> frozenset[str]:
        return frozenset(word for each in data["words"].get(name, "").split() for word in spelling.of((each,)))

    reasons = [phrase for each in data["reasons"].values() for phrase in each]
    phrases = Phrases({**data["phrases"], "excuse": reasons}, sets, spelling)
    questions = {kind: Phrases(letters, sets, spelling) for kind, letters in _questions(data).items()}
    crisis = Phrases(data["crisis"], sets, spelling)
    idioms = Phrases({"idiom": data["idioms"]["phrases"]}, sets, spelling)
    auto_replies = Phrases({"auto_reply": data["auto_replies"]["phrases"]}, sets, spelling)
    exact = Phrases(data["exact"], sets, spelling)
    numbers = {word: digit for digit, words in data["numbers"].items() for word in (digit, *words.split())}
    filler = plain("filler")
    around = plain("polite") | plain("answering") | plain("units") | plain("before_time")
    yes_and_no = Phrases({label: data["phrases"].get(label, []) for label in YES_AND_NO}, sets, spelling).vocabulary
    endings = {short: ours for ours, short in data["endings"].items()}
    targets = set[str]().union(*(each.vocabulary for each in (exact, phrases, crisis, idioms, *questions.values())))
    known = targets | auto_replies.vocabulary | filler | spelling.vocabulary | set(numbers) | plain("not_typos") | around
    return Lexicon(
        locale=locale,
        whole={said.strip(): tuple(form.split()) for form, each in data["whole"].items() for said in each.split(",")},
        spelling=spelling,
        typing=typos.Typos(targets, known, never=plain("never_a_guess") | yes_and_no, endings=endings),
        exact=exact,
        numbers=numbers,
        filler=filler,
        polite=plain("polite"),
        answering=plain("answering") | plain("polite"),
        units=plain("units"),
        before_time=plain("before_time"),
        negations=plain("negations"),
        refusals=plain("refusals"),
        asking=plain("asking"),
        asked_with=plain("asked_with"),
        before_somebody=plain("before_somebody"),
        somebody=plain("somebody"),
        letters=frozenset(data["words"]["letters"].split()),
        everyday=frozenset(data["words"]["everyday"].split()),
        phrases=phrases,
        questions=questions,
        crisis=crisis,
        idioms=idioms,
        auto_replies=auto_replies,
    )


def _questions(data: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """The reasons count as answers to their question and, unasked, as excuses."""
    questions: dict[str, dict[str, list[str]]] = {kind: dict(letters) for kind, letters in data["questions"].items()}
    for letter, reasons in data["reasons"].items():
        answers = questions.setdefault("reason", {})
        answers[letter] = [*answers.get(letter, []), *reasons]
    return questions
