"""A word that we do not know, taken for the one word that we do know one slip away from it."""

from collections import defaultdict
from collections.abc import Iterable, Set

SHORTEST = 5


class Typos:
    """`targets` may be meant by a misspelling, `known` are words in their own right, `never` are not guessed at.

    A doubled letter or an s at the end ("vans", "van's") is no slip. For the rest: words of five letters and more, one
    slip (a letter more, less, other, or two swapped), the same first letter.
    """

    def __init__(self, targets: Iterable[str], known: Set[str], never: Set[str]) -> None:
        self.known = known
        self._never = never
        self._by_deletion: dict[str, set[str]] = defaultdict(set)
        for word in targets:
            if len(word) >= SHORTEST and word not in never:
                for form in _deletions(word):
                    self._by_deletion[form].add(word)

    def mend(self, word: str) -> str:
        """The word meant, or the word itself when none or several could be."""
        for shorter in (_undoubled(word), word.removesuffix("s")):
            if shorter != word and shorter in self.known and shorter not in self._never:
                return shorter
        if not SHORTEST <= len(word) <= 20:
            return word
        near = {
            known
            for form in _deletions(word)
            for known in self._by_deletion.get(form, ())
            if known[0] == word[0] and _one_slip(known, word)
        }
        return near.pop() if len(near) == 1 else word


def _deletions(word: str) -> list[str]:
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


def _undoubled(word: str) -> str:
    return "".join(letter for at, letter in enumerate(word) if at == 0 or letter != word[at - 1])


def _one_slip(known: str, word: str) -> bool:
    if len(known) != len(word):
        shorter, longer = sorted((known, word), key=len)
        return len(longer) == len(shorter) + 1 and shorter in _deletions(longer)
    differ = [at for at, letter in enumerate(known) if letter != word[at]]
    if len(differ) == 2:
        first, second = differ
        return second == first + 1 and known[first] == word[second] and known[second] == word[first]
    return len(differ) <= 1
