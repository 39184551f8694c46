"""What a supervisor's text says of a roster: `ALL IN`, `IN 1-4`, `LATE 5 9:40`, `OUT 6`, `LEFT 3 2pm`, `HOME 4`, `DONE 3pm`.

Of a roster of one the number may be left out. Pure.
"""

import difflib
import re
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Literal

Verb = Literal["attended", "late", "left_early", "absent", "sent_home", "sent_home_behaviour", "sent_home_service", "undo"]

VERBS: dict[str, Verb] = {
    "in": "attended", "here": "attended", "late": "late", "out": "absent", "oot": "absent", "absent": "absent",
    "left": "left_early", "home": "sent_home", "undo": "undo",
}  # fmt: skip
WHY_HOME: dict[str, Verb] = {
    "a": "sent_home_behaviour", "behaviour": "sent_home_behaviour", "behavior": "sent_home_behaviour",
    "b": "sent_home_service", "ours": "sent_home_service", "us": "sent_home_service", "service": "sent_home_service",
}  # fmt: skip
WENT = ("left_early", "sent_home", "sent_home_behaviour", "sent_home_service")
THE_ONE = 0  # stands for the number of the only one on the list
SLIPS = {"im": "in", "inn": "in", "ni": "in", "un": "in", "otu": "out", "outt": "out", "lat": "late"}
NEAR = 0.75  # how alike a word must be to one of ours to be taken for a slip of it
EVERYONE = frozenset({"all", "everyone", "everybody"})
LISTING = frozenset({"list", "roster"})
HURT = re.compile(r"\s*(?:hurts?|hutr|injured|unsafe)\b\W*(\d{1,3})?\W*", re.IGNORECASE)
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

    def __init__(self, numbers: tuple[int, ...] = (), *, word: str = "", meant: str = "") -> None:
        super().__init__("unclear")
        self.numbers = numbers  # said of twice
        self.word, self.meant = word, meant  # a slip, and what it may be one of


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
    """`letter` picks one of several sessions; `everyone` is in but for those named otherwise.

    `came` has when those came who left again, where that was said too.
    """

    letter: str | None = None
    everyone: bool = False
    marks: dict[int, tuple[Verb, Clock | None]] = field(default_factory=dict)
    came: dict[int, Clock | None] = field(default_factory=dict)
    done: bool = False
    done_at: Clock | None = None
    wants_list: bool = False

    def of_the_one(self, number: int | None) -> "Said":
        """With that number in the place of the one that was left out. Raises UnclearError where there are more."""
        if THE_ONE not in self.marks:
            return self
        if number is None or number in self.marks:
            raise UnclearError
        marks = {number if key == THE_ONE else key: value for key, value in self.marks.items()}
        came = {number if key == THE_ONE else key: value for key, value in self.came.items()}
        return replace(self, marks=marks, came=came)

    @property
    def sent_home(self) -> list[int]:
        """Those of whom it has to be asked why."""
        return sorted(number for number, (verb, _) in self.marks.items() if verb == "sent_home")


def hurt(text: str) -> tuple[bool, int | None]:
    """Whether it says that somebody is hurt or something unsafe, and the number of who it is, where one is given."""
    match = HURT.fullmatch(text)
    return match is not None, int(match[1]) if match and match[1] else None


def read(text: str) -> Said | None:
    """None when it does not begin like anything about a roster. Raises UnclearError, and then nothing of it counts."""
    plain = re.sub(r"\bnot here\b", "out", re.sub(r"\s+", " ", text.casefold().strip()))
    plain = re.sub(r"\bsent home\b", "home", plain)
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(plain)]
    said = Said()
    if len(tokens) > 1 and re.fullmatch(r"[a-d]", tokens[0][1]):
        said.letter = tokens.pop(0)[1].upper()
    elif _ends_in_letter(tokens):
        said.letter = tokens.pop()[1].upper()
    if not tokens:
        return None
    if not _begins(tokens[0][1]):
        _is_no_slip(tokens)
        return None
    if tokens[0][1] in LISTING and len(tokens) == 1:
        said.wants_list = True
        return said
    _Reader(said).read(tokens)
    return said


def _ends_in_letter(tokens: list[tuple[str, str]]) -> bool:
    """`LIST B`, `ALL IN B`; after HOME a letter says why."""
    said = [word for _, word in tokens]
    if len(said) < 2 or not re.fullmatch(r"[a-d]", said[-1]):
        return False
    if any(VERBS.get(word) == "sent_home" for word in said):
        return False
    return (said[0] not in VERBS and _begins(said[0])) or any(kind in ("number", "range") for kind, _ in tokens[1:])


def is_command(text: str) -> bool:
    """Whether all of it is a command: then it is one, whatever was asked before it."""
    try:
        return hurt(text)[0] or read(text) is not None
    except UnclearError:
        return False


def _begins(word: str) -> bool:
    return word in VERBS or word in EVERYONE or word in LISTING or word == "done"


def _meant(word: str) -> str:
    """The word of ours that this one may be a slip of, or nothing."""
    ours = [*VERBS, *LISTING, "done"]
    swapped = [one for one in ours if sorted(one) == sorted(word)]
    near = difflib.get_close_matches(word, ours, n=1, cutoff=NEAR) if len(word) > 2 else []
    return SLIPS.get(word) or next(iter([*swapped, *near]), "")


def _is_no_slip(tokens: list[tuple[str, str]]) -> None:
    """Raises UnclearError for `LAET 5`: what looks like one of our words, with whom it is about."""
    (kind, word), *rest = tokens
    if kind == "word" and rest and rest[0][0] in ("number", "range", "clock") and (meant := _meant(word)):
        raise UnclearError(word=word, meant=meant)


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
        elif self._verb == "sent_home" and word in WHY_HOME:
            for number in self._named_or_the_one():
                self._said.marks[number] = (WHY_HOME[word], self._said.marks[number][1])
        elif word in LISTING:
            raise UnclearError  # no slip of itself
        else:
            raise UnclearError(word=word, meant=_meant(word))

    def _close(self) -> None:
        """The verb before has said all it will."""
        if self._everyone and (self._verb or "attended") != "attended":
            raise UnclearError  # nobody marks all of a squad absent or late in one word
        if self._everyone and self._verb is not None:
            self._said.everyone, self._everyone = True, False
        elif self._verb is not None:
            self._named_or_the_one()
        self._verb, self._named = None, []

    def _clock(self, clock: Clock) -> None:
        if self._in_done and self._said.done_at is None:
            self._said.done_at = clock
        elif self._verb in ("late", *WENT):
            for number in self._named_or_the_one():
                self._said.marks[number] = (self._said.marks[number][0], clock)
        else:
            raise UnclearError

    def _numbers(self, token: str) -> None:
        first, *rest = (int(part) for part in re.findall(r"\d+", token))
        last = rest[0] if rest else first
        if self._verb is None or self._in_done or last < first or last - first > LONGEST_RANGE:
            raise UnclearError
        for number in range(first, last + 1):
            self._name(number)

    def _named_or_the_one(self) -> list[int]:
        if not self._named:
            self._name(THE_ONE)
        return self._named

    def _name(self, number: int) -> None:
        """That the verb is about this one. Who came may leave again in the same text; more is two things of one person."""
        verb = self._verb or "attended"
        said, clock = self._said.marks.get(number, (verb, None))
        if said in ("attended", "late") and verb in WENT:
            self._said.came[number] = clock
            self._said.marks[number] = (verb, None)
        elif said != verb:
            raise UnclearError((number,))
        else:
            self._said.marks.setdefault(number, (verb, None))
        self._named.append(number)


def _clock(token: str) -> Clock:
    figures = re.findall(r"\d+", token)
    half = "am" if token.endswith("am") else "pm" if token.endswith("pm") else ""
    hour, minute = int(figures[0]), int(figures[1]) if len(figures) > 1 else 0
    if minute > 59 or hour > (12 if half else 23) or (half and hour == 0):
        raise UnclearError
    return Clock(hour, minute, half)
