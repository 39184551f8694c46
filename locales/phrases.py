"""Phrases found in a row of words, all of them in one pass.

A phrase is written with `(one|other)` for a choice, `[maybe]` for words that may be left out, `<name>` for a named set
of alternatives, `#` for any number, `*` for up to three words of any kind.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

Words = tuple[str, ...]

GAP = 3
ANY = "_"
NUMBER = "#"
SIGNS = re.compile(r"[()\[\]|*#]|<\w+>|[^\s()\[\]|<>*#]+")


class Match(NamedTuple):
    """`label` was found in words `start` to `end` (exclusive)."""

    start: int
    end: int
    label: str


class _Node:
    __slots__ = ("edges", "label")

    def __init__(self) -> None:
        self.edges: dict[str, _Node] = {}
        self.label: str | None = None


class Phrases:
    def __init__(self) -> None:
        self._root = _Node()
        self.vocabulary: set[str] = set()

    def add(self, words: Words, label: str) -> None:
        """ValueError if the phrase is empty or already has another meaning."""
        node = self._root
        for word in words:
            node = node.edges.setdefault(word, _Node())
        if node is self._root or node.label not in (None, label):
            raise ValueError(f"{' '.join(words)!r} is {node.label} and {label}")
        node.label = label
        self.vocabulary.update(words)

    def share(self) -> None:
        """Makes one of all parts that are alike: a tenth of the memory. Nothing may be added afterwards."""
        self._root = _shared(self._root, {})

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
        if words[start] not in self._root.edges and not words[start].isdigit():
            return []
        found: list[Match] = []
        active = [self._root]
        for end in range(start, len(words)):
            active = [child for node in active for child in _steps(node, words[end])]
            if not active:
                break
            found += [Match(start, end + 1, node.label) for node in active if node.label][:1]
        return found


def _shared(node: _Node, seen: dict[object, _Node]) -> _Node:
    node.edges = {word: _shared(child, seen) for word, child in node.edges.items()}
    return seen.setdefault((node.label, frozenset((word, id(child)) for word, child in node.edges.items())), node)


def _steps(node: _Node, word: str) -> list[_Node]:
    keys = (word, NUMBER, ANY) if word.isdigit() else (word, ANY)
    return [node.edges[key] for key in keys if key in node.edges]


def expand(pattern: str, sets: Mapping[str, str]) -> list[Words]:
    """Every row of words that a pattern stands for. ValueError if its brackets do not close, KeyError for a set."""
    signs = SIGNS.findall(pattern)
    rows, left = _choice(signs, sets)
    if left:
        raise ValueError(f"unbalanced: {pattern}")
    return rows


def compiled(lists: Mapping[str, Iterable[str]], sets: Mapping[str, str], spell: Callable[[Words], Words]) -> Phrases:
    """`lists` holds the patterns of each label; `spell` brings their words to the spelling that texts get."""
    phrases = Phrases()
    for label, patterns in lists.items():
        for pattern in patterns:
            for row in expand(pattern, sets):
                phrases.add(spell(row), label)
    phrases.share()
    return phrases


def _choice(signs: list[str], sets: Mapping[str, str]) -> tuple[list[Words], list[str]]:
    rows, left = _row(signs, sets)
    while left and left[0] == "|":
        more, left = _row(left[1:], sets)
        rows = rows + more
    return rows, left


def _row(signs: list[str], sets: Mapping[str, str]) -> tuple[list[Words], list[str]]:
    rows: list[Words] = [()]
    while signs and signs[0] not in (")", "]", "|"):
        options, signs = _item(signs, sets)
        rows = [row + option for row in rows for option in options]
    return rows, signs


def _item(signs: list[str], sets: Mapping[str, str]) -> tuple[list[Words], list[str]]:
    sign, left = signs[0], signs[1:]
    if sign in ("(", "["):
        options, left = _choice(left, sets)
        if not left or left[0] != {"(": ")", "[": "]"}[sign]:
            raise ValueError(f"{sign} is not closed")
        return (options if sign == "(" else [(), *options]), left[1:]
    if sign.startswith("<"):
        return expand(sets[sign[1:-1]], sets), left
    if sign == "*":
        return [(ANY,) * length for length in range(GAP + 1)], left
    return [(sign,)], left
