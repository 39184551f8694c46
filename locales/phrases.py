"""Phrases found in a row of words, all of them in one pass."""

from collections.abc import Iterable, Mapping, Sequence
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

    __slots__ = ("_is_open", "_made", "labels", "next")

    def __init__(self, steps: Iterable[Step]) -> None:
        labels: dict[str, None] = {}
        self.next: dict[str, list[Step]] = {}
        self._made: dict[str, Place] = {}
        for step in steps:
            if step.label:
                labels[step.label] = None
            for some, after in step.next:
                for word in some:
                    self.next.setdefault(word, []).append(after)
        self.labels = tuple(labels)
        self._is_open = ANY in self.next or NUMBER in self.next

    def after(self, word: str) -> "Place | None":
        made = self._made.get(word)
        if made is None and word in self.next:
            made = self._made[word] = Place(self.next[word])
        return made

    def reach(self, word: str) -> list["Place"]:
        """Where that word leads: as itself first, then as a number, then as any word."""
        if not self._is_open:
            made = self.after(word)
            return [made] if made is not None else []
        signs = (word, NUMBER, ANY) if word.isdigit() else (word, ANY)
        return [made for sign in signs if (made := self.after(sign)) is not None]


class Phrases:
    """`lists` holds the patterns of each label; their words get the spelling that texts get."""

    def __init__(self, lists: Mapping[str, Iterable[str]], sets: Mapping[str, str], spelling: Spelling) -> None:
        patterns = Patterns(sets, spelling)
        ends = [(Step(label=label), some) for label, some in lists.items()]
        self.start = Place([patterns.read(pattern, end) for end, some in ends for pattern in some])
        self.vocabulary = patterns.vocabulary

    def whole(self, words: Sequence[str]) -> str | None:
        """The label of the phrase that all of these words are."""
        found = self._at(words, 0) if words else []
        return found[-1].label if found and found[-1].end == len(words) else None

    def all(self, words: Sequence[str]) -> list[Match]:
        """Every phrase at every place, overlapping ones too."""
        begins, numbers = self.start.next, NUMBER in self.start.next
        if not numbers and begins.keys().isdisjoint(words):
            return []
        starts = [at for at, word in enumerate(words) if word in begins or (numbers and word.isdigit())]
        return [found for start in starts for found in self._at(words, start)]

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
        found: list[Match] = []
        active = self.start.reach(words[start])
        end = start + 1
        while active:
            label = next((place.labels[0] for place in active if place.labels), None)
            if label is not None:
                found.append(Match(start, end, label))
            if end == len(words):
                break
            active = [after for place in active for after in place.reach(words[end])]
            end += 1
        return found
