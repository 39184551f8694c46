"""One spelling for words that people write in several ways: some forms of one word, and some of two that make one."""

from collections.abc import Mapping, Sequence

Words = tuple[str, ...]


class Spelling:
    """`lists` maps the form we use to its other forms, separated by commas; a form may have two words.

    Words of `skip` say nothing and are dropped.
    """

    def __init__(self, lists: Mapping[str, str], skip: frozenset[str]) -> None:
        self.skip = skip
        self.singles: dict[str, Words] = {}
        pairs: dict[tuple[str, str], Words] = {}
        for form, variants in lists.items():
            for variant in variants.split(","):
                match variant.split():
                    case [word]:
                        self.singles[word] = tuple(form.split())
                    case [first, second]:
                        pairs[first, second] = tuple(form.split())
                    case _:
                        raise ValueError(f"{variant!r} is not one word or two")
        spelt = {(self._one(first), self._one(second)): form for (first, second), form in pairs.items()}
        self._pairs = {pair: form for pair, form in spelt.items() if pair != form}
        self._firsts = frozenset(first for first, _ in self._pairs)
        self.vocabulary = frozenset(self.singles) | skip | {half for pair in self._pairs for half in pair}

    def _one(self, word: str) -> str:
        """Pairs are looked for after single words have been spelt."""
        form = self.singles.get(word, (word,))
        return form[0] if len(form) == 1 else word

    def of(self, words: Sequence[str]) -> Words:
        """Two words that form one are joined as soon as they meet, so "i will" + "no" goes on to be "wont"."""
        spelt: list[str] = []
        for word in words:
            if word in self.skip:
                continue
            for each in self.singles.get(word) or (word,):
                if spelt and (spelt[-1], each) in self._pairs:
                    self._add(spelt, each)
                else:
                    spelt.append(each)
        return tuple(spelt)

    def form(self, word: str) -> Words:
        """That word's, whatever stands beside it."""
        return () if word in self.skip else self.singles.get(word, (word,))

    def meeting(self, held: Words, words: Sequence[str]) -> list[str]:
        """Those of the words that may be joined with what was held back before them, or with what follows them."""
        last = held[-1] if held else None
        return [word for word in words if word in self._firsts or (last, word) in self._pairs]

    def joined(self, held: Words, word: str) -> tuple[Words, Words]:
        """What is certain once `word` comes after the words held back, and what a next word may still be joined with."""
        spelt = list(held)
        self._add(spelt, word)
        at = len(spelt)
        while at and spelt[at - 1] in self._firsts:
            at -= 1
        return tuple(spelt[:at]), tuple(spelt[at:])

    def _add(self, spelt: list[str], word: str) -> None:
        waiting = [word]
        while waiting:
            word = waiting.pop()
            if spelt and (spelt[-1], word) in self._pairs:
                waiting += reversed(self._pairs[spelt.pop(), word])
            else:
                spelt.append(word)
