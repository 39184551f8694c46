"""What a supervisor's text says of a roster: `ALL IN`, `IN 1-4`, `LATE 5 9:40`, `OUT 6`, `LEFT 3 2pm`, `DONE 3pm`. Pure."""

import re
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

Verb = Literal["attended", "late", "left_early", "absent", "undo"]

VERBS: dict[str, Verb] = {
    "in": "attended", "here": "attended", "late": "late", "out": "absent", "absent": "absent", "left": "left_early",
    "undo": "undo",
}  # fmt: skip
EVERYONE = frozenset({"all", "everyone", "everybody"})
LISTING = frozenset({"list", "roster"})
HURT = re.compile(r"\s*(?:hurt|unsafe)\b\W*(\d{1,3})?\W*", re.IGNORECASE)
NOON = {"noon": time(12), "midday": time(12)}
FILLER = frozenset({"and", "at", "the", "is", "are", "early"})
LONGEST_RANGE = 60

_TOKEN = re.compile(
    r"(?P<clock>\d{1,2}[:.]\d\d\s*(?:am|pm)?|\d{1,2}\s*(?:am|pm))(?![\w])"
    r"|(?P<range>\d{1,3}\s*(?:-|to)\s*\d{1,3})(?!\w)"
    r"|(?P<number>\d{1,3})(?!\w)"
    r"|(?P<word>[a-z']+)"
    r"|(?P<other>[^\s,;&+./!:#-])"
)


class UnclearError(ValueError):
    """Part of the text says nothing that we know, or says two things of one person."""

    def __init__(self, numbers: tuple[int, ...] = ()) -> None:
        super().__init__("unclear")
        self.numbers = numbers  # said of twice


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as written. `half` is "am", "pm", or "" when it was not said."""

    hour: int
    minute: int
    half: str

    def possible(self) -> list[time]:
        """What it can mean: half past three may be of the morning or of the afternoon."""
        if self.half:
            return [time(self.hour % 12 + (12 if self.half == "pm" else 0), self.minute)]
        return [time(self.hour, self.minute), *([time(self.hour + 12, self.minute)] if self.hour < 12 else [])]


@dataclass
class Said:
    """`letter` picks one of several sessions; `everyone` is in but for those named otherwise."""

    letter: str | None = None
    everyone: bool = False
    marks: dict[int, tuple[Verb, Clock | None]] = field(default_factory=dict)
    done: bool = False
    done_at: Clock | None = None
    wants_list: bool = False


def hurt(text: str) -> tuple[bool, int | None]:
    """Whether it says that somebody is hurt or something unsafe, and the number of who it is, where one is given."""
    match = HURT.fullmatch(text)
    return match is not None, int(match[1]) if match and match[1] else None


def read(text: str) -> Said | None:
    """None when it does not begin like anything about a roster. Raises UnclearError, and then nothing of it counts."""
    plain = re.sub(r"\bnot here\b", "out", re.sub(r"\s+", " ", text.casefold().strip()))
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(plain)]
    said = Said()
    if len(tokens) > 1 and re.fullmatch(r"[a-d]", tokens[0][1]):
        said.letter = tokens.pop(0)[1].upper()
    if not tokens or not _begins(tokens[0][1]):
        return None
    if tokens[0][1] in LISTING and len(tokens) == 1:
        said.wants_list = True
        return said
    _Reader(said).read(tokens)
    return said


def is_command(text: str) -> bool:
    """Whether all of it is a command: then it is one, whatever was asked before it."""
    try:
        return hurt(text)[0] or read(text) is not None
    except UnclearError:
        return False


def _begins(word: str) -> bool:
    return word in VERBS or word in EVERYONE or word in LISTING or word == "done"


class _Reader:
    def __init__(self, said: Said) -> None:
        self._said = said
        self._verb: Verb | None = None
        self._named: list[int] = []
        self._everyone = False
        self._in_done = False

    def read(self, tokens: list[tuple[str, str]]) -> None:
        for kind, token in tokens:
            if kind == "word" and token not in FILLER:
                self._word(token)
            elif kind == "clock":
                self._clock(_clock(token))
            elif kind in ("number", "range"):
                self._numbers(token)
            elif kind == "other":
                raise UnclearError
        self._close()
        if self._everyone:
            raise UnclearError

    def _word(self, word: str) -> None:
        if word in NOON:
            self._clock(Clock(12, 0, "pm"))
        elif word in EVERYONE:
            if self._named:
                self._close()  # "OUT 5, ALL IN": who was named before is said
            self._everyone = True
        elif word == "done":
            self._close()
            self._said.done = self._in_done = True
        elif word in VERBS:
            self._close()
            self._verb = VERBS[word]
            self._in_done = False
        else:
            raise UnclearError

    def _close(self) -> None:
        """The verb before has said all it will."""
        if self._everyone and (self._verb or "attended") != "attended":
            raise UnclearError  # nobody marks all of a squad absent or late in one word
        if self._everyone and self._verb is not None:
            self._said.everyone, self._everyone = True, False
        elif self._verb is not None and not self._named:
            raise UnclearError
        self._verb, self._named = None, []

    def _clock(self, clock: Clock) -> None:
        if self._in_done and self._said.done_at is None:
            self._said.done_at = clock
        elif self._verb in ("late", "left_early") and self._named:
            for number in self._named:
                self._said.marks[number] = (self._verb, clock)
        else:
            raise UnclearError

    def _numbers(self, token: str) -> None:
        first, *rest = (int(part) for part in re.findall(r"\d+", token))
        last = rest[0] if rest else first
        if self._verb is None or self._in_done or last < first or last - first > LONGEST_RANGE:
            raise UnclearError
        for number in range(first, last + 1):
            if number in self._said.marks and self._said.marks[number][0] != self._verb:
                raise UnclearError((number,))
            self._said.marks.setdefault(number, (self._verb, None))
            self._named.append(number)


def _clock(token: str) -> Clock:
    figures = re.findall(r"\d+", token)
    half = "am" if token.endswith("am") else "pm" if token.endswith("pm") else ""
    hour, minute = int(figures[0]), int(figures[1]) if len(figures) > 1 else 0
    if minute > 59 or hour > (12 if half else 23) or (half and hour == 0):
        raise UnclearError
    return Clock(hour, minute, half)
