"""What one message asks for. Pure: the caller says what was asked last; the word lists are data of the locales.

The rule above all: "can't" is never read as "coming". So a message is "coming" only if every word of it is known and
none speaks against; mixed signals and doubt are asked about; the rest goes to a person.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

from handlers.crisis_words import Crisis as Crisis
from handlers.crisis_words import crisis as crisis
from handlers.crisis_words import idiom as idiom
from locales import formats, words
from locales.normal import normalise as normalise
from locales.spelling import Words
from locales.words import Lexicon

Intent = Literal[
    "coming", "cant", "late", "hours", "next", "pack", "talk", "more", "menu", "stop", "stop_all", "start",
    "pace", "split", "statement", "sessions", "way", "number", "no_credit",
    "wrong_person", "wrong_confirmed", "thanks", "cancel", "letter", "late_letter", "pin", "ask", "empty", "auto_reply",
    "unknown", "feedback", "pause", "plainer", "fuller", "window", "data", "erase", "rectify", "details", "new_number",
    "language", "interpreter",
]  # fmt: skip
Question = Literal[
    "reason", "how_late", "call_when", "abuse_ok", "pin", "which_pack", "which_place", "pack_asked", "pack_done", "more",
    "pause", "window", "language",
]  # fmt: skip

NUMBERS: dict[str, Intent] = {
    "0": "menu", "1": "coming", "2": "cant", "3": "late", "4": "hours", "5": "next", "6": "pack", "7": "talk",
    "8": "more",
}  # fmt: skip
FIRST: tuple[Intent, ...] = (
    "wrong_confirmed", "wrong_person", "stop_all", "stop", "start", "cancel",
)  # fmt: skip
CHOICES = frozenset({"pause", "plainer", "fuller", "window", "data", "erase", "rectify", "details", "new_number"})
INFORMATION = CHOICES | {
    "hours", "next", "pack", "talk", "more", "menu", "pace", "split", "statement", "sessions", "way", "number", "no_credit",
    "feedback", "language", "interpreter",
}  # fmt: skip
IMPLIED: dict[str, tuple[Intent, ...]] = {"finish": ("hours", "pace")}  # "when am I done" asks for both
ATTENDANCE = frozenset({"coming", "cant", "late"})
YES = frozenset({"yes", "ack"})
AGREEING = YES | {"coming", "able"}
EVIDENCE = ATTENDANCE | YES | {"able", "no", "delay", "excuse"}
PIN_LENGTH = 4
# An excuse among more words than these is a story, and may end either way.
STORY = 4
# Minutes of the bands of lateness A and B; anything longer is C.
BANDS = (15, 30)


class Understood(NamedTuple):
    """`letter` is upper case, `pin` four digits; `also` is what else the same message asked for.

    `language` is the locale that was named, where one was.
    """

    intent: Intent
    letter: str | None = None
    pin: str | None = None
    also: tuple[Intent, ...] = ()
    language: str | None = None


class Reading(NamedTuple):
    """`labels` in the order they were said; `rest` are the words that no list knows; `others`: it asks of somebody else."""

    labels: tuple[str, ...]
    rest: tuple[str, ...]
    asks: bool
    others: bool = False

    def has(self, *labels: str) -> bool:
        return bool(self.labels) and not set(labels).isdisjoint(self.labels)

    @property
    def information(self) -> tuple[Intent, ...]:
        """What was asked for; a language by name, such as `language.pl`, is asked for as a language."""
        plain = (label.partition(".")[0] for label in self.labels)
        meant = [intent for label in plain for intent in IMPLIED.get(label, (cast(Intent, label),))]
        answered = "talk" if "no_credit" in meant else ""  # we ring them either way
        return tuple(intent for intent in dict.fromkeys(meant) if intent in INFORMATION and intent != answered)

    @property
    def language(self) -> str | None:
        named = (label.partition(".")[2] for label in self.labels)
        return next((locale for locale in named if locale), None)


def understand(text: str, *, asked: bool, letters: str = "", question: Question | None = None, locale: str) -> Understood:
    """The intent of a message that the crisis scan has already seen.

    `asked`: whether "are you coming?" is open, without which yes and no mean nothing. `letters` and `question` are of
    the latest open question. Words are looked for in the person's language, then in English, then in the others.
    """
    if not normalise(text):
        return _wordless(text, asked)
    if question == "language":
        chosen, question = _by_code(text), None
        if chosen is not None:
            return Understood("language", language=chosen)
    return _best(text, asked, letters.upper(), question, locale)


def _best(text: str, asked: bool, letters: str, question: Question | None, locale: str) -> Understood:
    """What the first language that understands it says. A doubt stands, unless it was only about words of another."""
    doubted = Understood("unknown")
    spoken = {locale, words.DEFAULT}
    for lexicon in words.for_person(locale):
        if lexicon.locale not in spoken and (doubted.intent == "ask" or not lexicon.knows(text)):
            continue
        said = _in_language(text, lexicon, asked, letters, question)
        if said.intent in ATTENDANCE and lexicon.locale not in spoken and _is_bare(text, lexicon):
            said = Understood("ask")
        if said.intent == "ask" and not lexicon.knows(text):
            doubted = said
        elif said.intent != "unknown":
            return doubted if said.intent == "coming" and doubted.intent == "ask" else said
    return doubted


def _is_bare(text: str, lexicon: Lexicon) -> bool:
    """A yes or a no alone: too little to go by in a language that they are not known to speak."""
    said = lexicon.words(text)
    return len(said) == 1 and lexicon.exact.whole(said) not in ATTENDANCE


def _by_code(text: str) -> str | None:
    """The locale whose code was answered, as in "PL" or "pl please"."""
    lexicon = words.for_person(words.DEFAULT)[0]
    said = [word for word in normalise(text).split() if word not in lexicon.answering]
    found = (locale for locale in words.locales() if [formats.of(locale).code.lower()] == said)
    return next(found, None)


def about_pack(text: str, *, locale: str) -> frozenset[str]:
    """What a message about packs is about: `finished`, `place` (in a group or course), or neither.

    "Finished" beside a negation is not.
    """
    found: set[str] = set()
    for lexicon in words.for_person(locale):
        spelt = lexicon.words(text)
        if "pack" in lexicon.questions:
            said = {match.label for match in lexicon.questions["pack"].cover(spelt)[0]}
            negated = any(word in lexicon.negations for word in spelt)
            found |= said - {"finished"} if negated else said
    return frozenset(found)


def says_only_done(text: str, *, locale: str) -> bool:
    """Whether a message says that something is finished, and nothing else."""
    for lexicon in words.for_person(locale):
        if "pack" not in lexicon.questions:
            continue
        spelt = [word for word in lexicon.words(text) if word not in lexicon.polite]
        matches, uncovered = lexicon.questions["pack"].cover(spelt)
        if {match.label for match in matches} == {"finished"} and all(spelt[at] in lexicon.filler for at in uncovered):
            return True
    return False


def complains(text: str, *, locale: str) -> bool:
    """Whether words about how it went say that somebody treated them badly, or that they want to complain."""
    found = (
        each.questions["complaint"].all(each.words(text))
        for each in words.for_person(locale)
        if "complaint" in each.questions
    )
    return any(found)


def read_words(text: str, lexicon: Lexicon) -> Reading:
    """What stands in a message, whatever was asked before it."""
    return _read(lexicon.words(text), _asks(text), lexicon)


def _wordless(text: str, asked: bool) -> Understood:
    if "?" in text:
        return Understood("menu")
    if not any(character.isprintable() and not character.isspace() for character in text):
        return Understood("empty")
    return Understood("ask" if asked else "unknown")


def _in_language(text: str, lexicon: Lexicon, asked: bool, letters: str, question: Question | None) -> Understood:
    spelt = lexicon.words(text)
    core = tuple(word for word in spelt if word not in lexicon.answering) or spelt
    reading = _read(spelt, _asks(text), lexicon)
    for intent in FIRST:
        if reading.has(intent):
            return Understood(intent)
    if question is None and _is_auto_reply(spelt, lexicon):
        return Understood("auto_reply")
    return (
        (_pin(core) if question == "pin" else None)
        or _bare_number(core, lexicon)
        or _bare_letter(text, lexicon, letters)
        or (_answer(core, reading, lexicon, letters, question) if question else None)
        or _number_and_words(spelt, text, lexicon, asked)
        or _from_words(reading, asked, lexicon)
    )


def _asks(text: str) -> bool:
    return any(mark in text for mark in "?？؟")


def _is_auto_reply(spelt: Words, lexicon: Lexicon) -> bool:
    """Whether a machine may have written it, as far as nothing else in it says whether somebody comes."""
    matches, others = lexicon.auto_replies.cover(spelt)
    return bool(matches) and not _read([spelt[at] for at in others], False, lexicon).has(*ATTENDANCE)


def _read(spelt: Sequence[str], asks: bool, lexicon: Lexicon) -> Reading:
    core = tuple(word for word in spelt if word not in lexicon.polite)
    whole = lexicon.exact.whole(spelt) or lexicon.exact.whole(core)
    if whole:
        return Reading((whole,), (), asks)
    matches, uncovered = lexicon.phrases.cover(spelt)
    labels = tuple(match.label for match in matches)
    rest = tuple(spelt[at] for at in uncovered if not _neutral(spelt, at, lexicon))
    if rest and lexicon.refusals.issuperset(rest):
        return Reading((*labels, "cant"), (), asks)
    return Reading(labels, (*rest, "other") if "other" in labels else rest, asks, _asks_of_others(spelt, lexicon))


def _asks_of_others(spelt: Sequence[str], lexicon: Lexicon) -> bool:
    """ "When is John in", "does my ex still go": a verb that asks, then somebody, or a word that we do not know."""
    for at, word in enumerate(spelt):
        if word in lexicon.asking and (at == 0 or spelt[at - 1] in lexicon.asked_with):
            named = next((n for n in range(at + 1, len(spelt)) if spelt[n] not in lexicon.before_somebody), None)
            if named is not None and spelt[named] in lexicon.somebody:
                return True
            if named == at + 1 and spelt[named] not in lexicon.typing.known and not spelt[named].isdigit():
                return True
    return False


def _neutral(spelt: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Filler, and numbers that tell the time or count something."""
    word = spelt[at]
    before = spelt[at - 1] if at else ""
    if not word.isdigit():
        return word in lexicon.filler or (before.isdigit() and word in lexicon.units)
    after = spelt[at + 1] if at + 1 < len(spelt) else ""
    return len(word) > 1 or before in lexicon.before_time or after in lexicon.units


def _pin(core: Sequence[str]) -> Understood | None:
    """Four digits, in one piece or in several, and no other digits."""
    digits = "".join(word for word in core if word.isdigit())
    return Understood("pin", pin=digits) if len(digits) == PIN_LENGTH else None


def _bare_number(core: Sequence[str], lexicon: Lexicon) -> Understood | None:
    """A message of menu numbers alone. Two of them that do not go together are asked about."""
    digits = [lexicon.numbers.get(word) for word in core]
    found = tuple(dict.fromkeys(NUMBERS[digit] for digit in digits if digit))
    if None in digits or not found:
        return None
    if len(found) > 1 and not INFORMATION.issuperset(found):
        return Understood("ask")
    return Understood(found[0], also=found[1:])


def _bare_letter(text: str, lexicon: Lexicon, letters: str) -> Understood | None:
    said = normalise(text).split()
    bare = [word for word in said if word not in lexicon.answering] or said
    if len(bare) != 1:
        return None
    letter = bare[0].upper()
    if len(letter) == 1 and letter in letters:
        return Understood("letter", letter)
    return Understood("late_letter", letter) if bare[0] in lexicon.letters else None


def _answer(core: Sequence[str], reading: Reading, lexicon: Lexicon, letters: str, question: Question) -> Understood | None:
    """The letter that the words stand for, if they stand for one that the open question takes."""
    if question == "abuse_ok":
        letter = _safe_to_text(core, lexicon)
    elif question == "how_late" and reading.has("hours"):
        return None  # "My hours" stands on the keyboard beside the question, and says of no delay
    elif question == "how_late":
        letter = _band(core) or _letter_of(core, lexicon, question)
    else:
        letter = _letter_of(core, lexicon, question)
    if letter is None or (letters and letter not in letters):
        return None
    if reading.has("coming") or (reading.has("cant") and question != "reason"):
        return None
    return Understood("letter", letter)


def _letter_of(core: Sequence[str], lexicon: Lexicon, question: Question) -> str | None:
    """The first that is said; a letter before its words, as in "B work", must agree with them."""
    phrases = lexicon.questions.get(question)
    found = [match.label for match in phrases.cover(core)[0]] if phrases else []
    said = core[0].upper()
    if not found:
        return said if len(core) > 1 and len(said) == 1 and said in "BCDEF" else None
    if len(said) == 1 and said in "BCDEF" and said != found[0]:
        return None
    return found[0]


def _safe_to_text(core: Sequence[str], lexicon: Lexicon) -> str | None:
    """Anything like a no is a no. Yes only if nothing else was said: what follows a yes may be seen by others."""
    matches, uncovered = lexicon.questions["abuse_ok"].cover(core)
    found = {match.label for match in matches}
    if "B" in found or any(word in lexicon.negations for word in core):
        return "B"
    return "A" if found and all(core[at] in lexicon.filler for at in uncovered) else None


def _band(core: Sequence[str]) -> str | None:
    """A, B or C for minutes or hours in figures; of two figures, as in "10-15 min", the greater."""
    figures = [int(word) for word in core if word.isdigit() and len(word) <= 3]
    if not figures or any(word in ("at", "for", "past") for word in core):
        return None
    if "hours" in core:
        return "C"
    minutes = max(figures) + (1 if {"more", "over"} & set(core) else 0)
    return "A" if minutes <= BANDS[0] else "B" if minutes <= BANDS[1] else "C"


def _number_and_words(spelt: Sequence[str], text: str, lexicon: Lexicon, asked: bool) -> Understood | None:
    """A menu number with words, as in "2 ma wean's no well". Digits inside a sentence do not count."""
    core = [word for word in spelt if word not in lexicon.polite]
    if len(core) < 2:
        return None
    if core[0] in NUMBERS and core[1] not in lexicon.units and not core[1].isdigit():
        number, others = NUMBERS[core[0]], core[1:]
    elif core[-1] in NUMBERS and len(core) <= 3 and core[-2] not in lexicon.before_time:
        number, others = NUMBERS[core[-1]], core[:-1]
    else:
        return None
    return _agreed(number, _from_words(_read(others, "?" in text, lexicon), asked, lexicon))


def _agreed(number: Intent, said: Understood) -> Understood:
    if number in (said.intent, *said.also) or (number == "coming" and said.intent == "late"):
        return said
    if said.intent == "thanks" or (number in INFORMATION and said.intent in ("coming", "unknown", "ask")):
        return Understood(number)
    if number == "late" and said.intent == "coming":
        return Understood("late")
    return Understood("ask")


def _from_words(reading: Reading, asked: bool, lexicon: Lexicon) -> Understood:
    if reading.others and not reading.has("cant", "late"):
        return Understood("unknown")  # nobody learns of anybody else, nor takes their own answer for another's
    information = reading.information
    attendance = _attendance(reading, asked)
    if attendance:
        return Understood(attendance, also=information if attendance in ATTENDANCE else ())
    if information:
        return Understood(information[0], also=information[1:], language=reading.language)
    if reading.has("thanks", "ack") and not reading.rest:
        return Understood("thanks")
    if reading.has("yes", "no") and not reading.rest:
        return Understood("ask")
    unsaid = not reading.labels and not reading.rest
    if asked and (unsaid or reading.has("past") or any(word in lexicon.negations for word in reading.rest)):
        return Understood("ask")
    return Understood("unknown")


def _attendance(reading: Reading, asked: bool) -> Intent | None:
    """Coming, can't come, late, a doubt to ask about, or nothing of the kind."""
    if reading.has("doubt"):
        return _doubted(reading, asked)
    if reading.has("cant"):
        return "ask" if reading.has(*AGREEING, "late", "past") else "cant"
    if reading.has("excuse"):
        return _excused(reading)
    if reading.has("no") and (asked or reading.has("coming", "able")):
        mixed = reading.has(*AGREEING, "late", "delay", "past")
        return "ask" if mixed or reading.rest else "cant"
    if reading.has("late", "delay"):
        return "ask" if reading.has("past") else "late"
    return _agrees(reading, asked)


def _doubted(reading: Reading, asked: bool) -> Intent | None:
    if reading.has(*EVIDENCE):
        return "ask"
    return None if reading.information or (reading.rest and not asked) else "ask"


def _excused(reading: Reading) -> Intent:
    if reading.has("late"):
        return "late"
    mixed = reading.has(*AGREEING, "delay", "past")
    return "ask" if mixed or len(reading.rest) > STORY else "cant"


def _agrees(reading: Reading, asked: bool) -> Intent | None:
    said = reading.has("coming") or (reading.has("able") and reading.has(*YES))
    if not said and not (asked and reading.has(*YES)):
        return "ask" if reading.has("able") and not reading.information else None
    if reading.information:
        return "coming" if said and not reading.rest else None
    return "ask" if reading.rest or reading.asks or reading.has("past", "no") else "coming"
