"""Phrases found in a row of words, all of them in one pass."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from locales.patterns import ANY, NUMBER, Patterns, Step
from locales.spelling import Spelling


class Match(NamedTuple):
    """`label` was found in words `start` to `end` (exclusive)."""

    start: int
    end: int
    label: str


class Place:
    """Where the words said so far have led. Places after it are made when somebody first goes there: most never are.

    `labels` are those of the phrases that end here. In a list that is in order there is one at most.
    """

    __slots__ = ("_following", "_made", "labels")

    def __init__(self, steps: Iterable[Step]) -> None:
        labels: dict[str, None] = {}
        self._following: dict[str, list[Step]] = {}
        self._made: dict[str, Place] = {}
        for step in steps:
            if step.label:
                labels[step.label] = None
            for some, after in step.next:
                for word in some:
                    self._following.setdefault(word, []).append(after)
        self.labels = tuple(labels)

    def __iter__(self) -> Iterator[str]:
        """The words that may come next."""
        return iter(self._following)

    def __contains__(self, word: str) -> bool:
        return word in self._following

    def after(self, word: str) -> "Place | None":
        made = self._made.get(word)
        if made is None and word in self._following:
            made = self._made[word] = Place(self._following[word])
        return made


class Phrases:
    """`lists` holds the patterns of each label; their words get the spelling that texts get."""

    def __init__(self, lists: Mapping[str, Iterable[str]], sets: Mapping[str, str], spelling: Spelling) -> None:
        patterns = Patterns(sets, spelling)
        ends = [(Step(label=label), some) for label, some in lists.items()]
        self.start = Place([patterns.read(pattern, end) for end, some in ends for pattern in some])
        self.vocabulary = patterns.vocabulary

    def whole(self, words: Sequence[str]) -> str | None:
        """The label of the phrase that all of these words are."""
        if not words:
            return None
        found = self._at(words, 0)
        return found[-1].label if found and found[-1].end == len(words) else None

    def all(self, words: Sequence[str]) -> list[Match]:
        """Every phrase at every place, overlapping ones too."""
        return [found for start in range(len(words)) for found in self._at(words, start)]

    def cover(self, words: Sequence[str]) -> tuple[list[Match], list[int]]:
        """The longest phrase at each place from left to right, and the places that none covers."""
        found: list[Match] = []
        rest: list[int] = []
        start = 0
        while start < len(words):
            here = self._at(words, start)
            if here:
                found.append(here[-1])
                start = here[-1].end
            else:
                rest.append(start)
                start += 1
        return found, rest

    def _at(self, words: Sequence[str], start: int) -> list[Match]:
        """Phrases that begin here, the shortest first."""
        if words[start] not in self.start and not words[start].isdigit():
            return []
        found: list[Match] = []
        active = [self.start]
        for end in range(start, len(words)):
            active = [after for place in active for after in _next(place, words[end])]
            if not active:
                break
            found += [Match(start, end + 1, place.labels[0]) for place in active if place.labels][:1]
        return found


def _next(place: Place, word: str) -> list[Place]:
    """By the word itself first, then as a number, then as any word."""
    keys = (word, NUMBER, ANY) if word.isdigit() else (word, ANY)
    return [after for key in keys if (after := place.after(key)) is not None]
