"""A word that we do not know, taken for the one word that we do know one slip away from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache

SHORTEST, LONGEST = 5, 20
REMEMBERED = 4096  # words, of which people use the same few again and again


class Typos:
    """`targets` may be meant by a misspelling, `known` are words in their own right, `never` are not guessed at.

    A doubled letter or an s at the end ("vans", "van's") is no slip. For the rest: words of five letters and more, one
    slip (a letter more, less, other, or two swapped), the same first letter. `endings` are ours, by how they are cut short.
    """

    def __init__(self, targets: Iterable[str], known: Set[str], never: Set[str], endings: Mapping[str, str]) -> None:
        self.known = known
        self._never = never
        self._endings = endings
        self._by_ends: dict[str, list[str]] = defaultdict(list)
        for word in targets:
            if len(word) >= SHORTEST and word not in never:
                for ends in _ends(word):
                    self._by_ends[ends].append(word)

    def mend(self, word: str) -> str:
        """The word meant, or the word itself when none or several could be."""
        return self._mend(word) if len(word) <= LONGEST else word

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019  lexicons live as long as the process
    def _mend(self, word: str) -> str:
        for shorter in (_undoubled(word), word.removesuffix("s")):
            if shorter != word and shorter in self.known and shorter not in self._never:
                return shorter
        for short, whole in self._endings.items():
            ended = word.removesuffix(short) + whole
            if word.endswith(short) and ended in self.known and ended not in self._never:
                return ended
        if len(word) < SHORTEST:
            return word
        near = {known for ends in _ends(word) for known in self._by_ends.get(ends, ()) if _one_slip(known, word)}
        return near.pop() if len(near) == 1 else word


def _ends(word: str) -> tuple[str, str]:
    """Its first two letters, and its first with its last two. One slip leaves one of them as it is."""
    return word[:2], word[0] + word[-2:]


def _undoubled(word: str) -> str:
    return "".join(letter for at, letter in enumerate(word) if at == 0 or letter != word[at - 1])


def _one_slip(known: str, word: str) -> bool:
    if len(known) != len(word):
        shorter, longer = sorted((known, word), key=len)
        at = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
        return len(longer) == len(shorter) + 1 and shorter[at:] == longer[at + 1 :]
    differ = [at for at, letter in enumerate(known) if letter != word[at]]
    if len(differ) == 2:
        first, second = differ
        return second == first + 1 and known[first] == word[second] and known[second] == word[first]
    return len(differ) <= 1
