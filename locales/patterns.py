"""Patterns of phrases, read into the steps from each of their words to the next.

A pattern is written with `(one|other)` for a choice, `[maybe]` for words that may be left out, `<name>` for a named set
of alternatives, `#` for any number, `*` for up to three words of any kind. It may stand for thousands of phrases, so they
are never written out: all of them share the steps that are alike.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from locales.spelling import Spelling, Words

GAP = 3
ANY = "_"
NUMBER = "#"
SIGNS = re.compile(r"[()\[\]|*#]|<\w+>|[^\s()\[\]|<>*#]+")
OPENING = {")": "(", "]": "["}


class Step:
    """What may come next: any of which words, each with the step after it; and the label, where a phrase ends here."""

    __slots__ = ("label", "next")

    def __init__(self, following: "tuple[tuple[Words, Step], ...]" = (), label: str | None = None) -> None:
        self.next = following
        self.label = label


class Patterns:
    """`sets` are the named alternatives, `vocabulary` all words, in the spelling that texts get."""

    def __init__(self, sets: Mapping[str, str], spelling: Spelling) -> None:
        self._sets = {f"<{name}>": SIGNS.findall(each) for name, each in sets.items()}
        self._spelling = spelling
        self._before: dict[tuple[str, Step], Step] = {}
        self._spelt: dict[tuple[Step, Words], Step] = {}
        self.vocabulary: set[str] = set()

    def read(self, pattern: str, end: Step) -> Step:
        """Its first step. ValueError if brackets do not close, or nothing need be said; KeyError for a set."""
        first = self._joined(self._all(SIGNS.findall(pattern), end), ())
        if first.label:
            raise ValueError(f"nothing need be said: {pattern}")
        return first

    def _all(self, signs: list[str], after: Step) -> Step:
        first = self._choice(signs, after)
        if signs:
            raise ValueError(f"unbalanced: {signs[-1]} is not closed")
        return first

    def _choice(self, signs: list[str], after: Step) -> Step:
        """Signs are read from the last to the first, up to the bracket that opens them."""
        found, step = [], after
        while signs and signs[-1] not in ("(", "["):
            sign = signs.pop()
            if sign == "|":
                found.append(step)
                step = after
            elif sign in OPENING:
                step = self._bracket(sign, signs, step)
            else:
                step = self._shared(sign, step)
        return _either(*found, step)

    def _bracket(self, sign: str, signs: list[str], after: Step) -> Step:
        step = self._choice(signs, after)
        if not signs or signs.pop() != OPENING[sign]:
            raise ValueError(f"unbalanced: {sign} was not opened")
        return step if sign == ")" else _either(after, step)

    def _shared(self, sign: str, after: Step) -> Step:
        """What comes before `after`: patterns that end alike share their ends."""
        key = (sign, after)
        if key not in self._before:
            self._before[key] = self._sign(sign, after)
        return self._before[key]

    def _sign(self, sign: str, after: Step) -> Step:
        if sign[0] == "<":
            return self._all(self._sets[sign].copy(), after)
        if sign != "*":
            return _said(self._spelling.form(sign), after)
        step = after
        for _ in range(GAP):
            step = _either(after, _said((ANY,), step))
        return step

    def _joined(self, step: Step, held: Words) -> Step:
        """As `step` is once words that form one are joined; those `held` come before it, and may be a first half."""
        key = (step, held)
        if key not in self._spelt:
            self._spelt[key] = _either(*self._join(step, held))
        return self._spelt[key]

    def _join(self, step: Step, held: Words) -> Iterator[Step]:
        alone: list[tuple[Words, Step]] = []
        for some, after in step.next:
            meeting = self._spelling.meeting(held, some)
            for word in meeting:
                certain, still_held = self._spelling.joined(held, word)
                self.vocabulary.update(certain)
                yield _said(certain, self._joined(after, still_held))
            others = tuple(word for word in some if word not in meeting) if meeting else some
            if others:
                self.vocabulary.update(others)
                alone.append((others, self._joined(after, ())))
        if alone or step.label:
            self.vocabulary.update(held)
            yield _said(held, Step(tuple(alone), step.label))


def _said(words: Sequence[str], after: Step) -> Step:
    for word in reversed(words):
        after = Step((((word,), after),))
    return after


def _either(*steps: Step) -> Step:
    if len(steps) == 1:
        return steps[0]
    following: dict[Step, Words] = {}
    for step in steps:
        for some, after in step.next:
            following[after] = following.get(after, ()) + some
    label = next((step.label for step in steps if step.label), None)
    return Step(tuple((some, after) for after, some in following.items()), label)
