"""What a message says in answer to a question about how it went. Pure, like `handlers.understanding`.

Whoever was asked for their own words may write anything, so most of what no list knows is an answer. But numbers and
plain wishes keep their meaning, and what may be about a session to come, or asks something, goes to a person instead,
and only there: the same words in a task and among the answers would tell whose answer it was.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from db.questionnaires import Asks
from handlers import understanding
from handlers.understanding import Reading, Understood
from locales import words
from locales.phrases import Phrases
from locales.words import Lexicon

SKIP, NO_MORE = "S", "D"
END = "X"  # said in words alone: an x by itself is a kiss
CALLS = "T"
COMMANDS = frozenset({*understanding.FIRST, "menu", "empty", "auto_reply", "feedback", "late_letter"})
FACTS = frozenset({"coming", "cant", "late", "delay", "excuse"})
POSSIBLE = FACTS | {"able"}
# What nobody says of their sessions. Of the first, alone, "my worker" or "the packs" could be an answer.
UNLIKE_ANSWERS = understanding.INFORMATION - {"talk", "pack", "more", "sessions", "pace", "split", "feedback"} | {"finish"}
# News of theirs, or a need, amid other words: kept without a name it would be lost.
FOR_SOMEBODY = ("details", "new_number", "interpreter", "no_credit", "erase", "rectify")
PLEASED = frozenset({"yes", "ack", "thanks"})

Kind = Literal["letter", "words", "person", "usual"]


class Said(NamedTuple):
    """`letter` upper case, SKIP and NO_MORE among them; `usual`: no answer, to be taken as at any other time."""

    kind: Kind
    letter: str = ""


USUAL, PERSON, WORDS = Said("usual"), Said("person"), Said("words")


def read(text: str, asks: Asks, *, letters: str, ahead: bool, locale: str) -> Said:
    """`letters` that may be given, SKIP and NO_MORE among them; `ahead`: whether a session could be meant."""
    understood = understanding.understand(text, asked=False, letters=letters, locale=locale)
    if understood.intent == "letter":
        return Said("letter", understood.letter or "")
    if understood.intent in COMMANDS:
        return USUAL
    lexicons = words.for_person(locale)
    for lexicon in lexicons:
        letter = _letter(lexicon.words(text), asks, lexicon)
        if letter is not None and letter in letters + END:
            return Said("letter", letter)
    if not asks.words:
        return USUAL
    if understanding.idiom(text):
        return PERSON
    return max((_own(text, understood, lexicon, ahead) for lexicon in lexicons), key=CAREFUL.index)


def yes_or_no(text: str, *, letters: str, locale: str) -> str:
    """The first letter for a yes, the second for a no, where the whole message is one; else none."""
    understood = understanding.understand(text, asked=False, letters=letters, locale=locale)
    if understood.intent == "letter":
        return understood.letter or ""
    found = {
        _whole(each.words(text), each.questions["quote"], each)
        for each in words.for_person(locale)
        if "quote" in each.questions
    }
    said = found - {None}
    return next(iter(said)) or "" if len(said) == 1 else ""


CAREFUL = (WORDS, PERSON, USUAL)  # of several languages the one that knows more of it decides


def _letter(spelt: Sequence[str], asks: Asks, lexicon: Lexicon) -> str | None:
    """The letter that the whole message stands for: "not good" holds "good", and does not mean it."""
    for kind in (asks.key, "skip"):
        phrases = lexicon.questions.get(kind)
        letter = _whole(spelt, phrases, lexicon) if phrases else None
        if letter is not None:
            return letter
    return None


def _whole(spelt: Sequence[str], phrases: Phrases, lexicon: Lexicon) -> str | None:
    matches, uncovered = phrases.cover(spelt)
    found = {match.label for match in matches}
    said = all(spelt[at] in lexicon.polite for at in uncovered)
    return found.pop() if len(found) == 1 and said else None


def _own(text: str, understood: Understood, lexicon: Lexicon, ahead: bool) -> Said:
    spelt = lexicon.words(text)
    reading = understanding.read_words(text, lexicon)
    if all(word in lexicon.numbers for word in spelt) or _is_command(spelt, reading, lexicon):
        return USUAL
    if understood.intent == "thanks" and not reading.rest:
        return USUAL
    about = _of_attendance(spelt, reading, understood, lexicon, ahead)
    if about is not None:
        return about
    is_for_somebody = reading.asks or reading.has(*FOR_SOMEBODY) or _wants_call(spelt, lexicon)
    return PERSON if is_for_somebody else WORDS


def _is_command(spelt: Sequence[str], reading: Reading, lexicon: Lexicon) -> bool:
    """A plain wish: what stands on the keyboard, "how many hours left", "polski". Not "my worker", which is an answer."""
    core = tuple(word for word in spelt if word not in lexicon.polite)
    command = _plain(lexicon.exact.whole(core) or "")
    if command in understanding.INFORMATION:
        return command != "talk" or _wants_call(spelt, lexicon)
    wishes = {_plain(label) for label in reading.labels}
    if reading.rest or not wishes or not wishes <= understanding.INFORMATION | understanding.IMPLIED.keys():
        return False
    return wishes <= UNLIKE_ANSWERS or _wants_call(spelt, lexicon) or reading.asks


def _plain(label: str) -> str:
    """A language by name is asked for as a language."""
    return label.partition(".")[0]


def _wants_call(spelt: Sequence[str], lexicon: Lexicon) -> bool:
    phrases = lexicon.questions.get("call")
    return phrases is not None and any(match.label == CALLS for match in phrases.cover(spelt)[0])


def _of_attendance(
    spelt: Sequence[str], reading: Reading, understood: Understood, lexicon: Lexicon, ahead: bool
) -> Said | None:
    """ "Can't come Thursday" is heard as ever. What only may mean it goes to a person, where there is a session to mean."""
    facts = FACTS.intersection(reading.labels)
    numbered = spelt[0] in lexicon.numbers and understood.intent in understanding.ATTENDANCE
    plain = bool(facts - {"excuse", "delay"}) and not reading.rest and not reading.has("past")
    if numbered or (plain and understood.intent in understanding.ATTENDANCE):
        return USUAL
    if not ahead:
        return None
    if reading.has("doubt") and reading.has(*POSSIBLE):
        return USUAL  # which asks them
    if not facts:
        return None
    if "cant" in facts and len(reading.rest) <= understanding.STORY:
        return USUAL
    if facts <= {"excuse", "delay"} and PLEASED.intersection(reading.labels):
        return None
    return PERSON if facts & {"cant", "late", "excuse"} else None
