"""Every sentence that people read, from the .po files of each locale, found by key, channel and mode."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from sys import intern
from typing import Literal

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

Channel = Literal["sms", "telegram"]
Mode = Literal["standard", "discreet"]
Audience = Literal["person", "staff"]

ROOT = Path(__file__).parent
DEFAULT = "en_GB"
NEEDS_REVIEW = "review: human"
REVIEWED = "reviewed: "
INTERPRETER = "interpreter.line"
LINE = re.compile(r'#.*|(?:(?:msgctxt|msgid|msgstr)\s)?"(?:\\.|[^"\\])*"|')
CONTEXTS = ("sms.standard", "sms.discreet", "telegram.standard", "telegram.discreet", "staff.sms", "staff.telegram")


@dataclass(frozen=True, slots=True)
class Entry:
    """One string of one locale, as its .po file has it; `tags` are the `#.` comments."""

    text: str
    tags: frozenset[str]
    fields: frozenset[str]


Contexts = dict[str, dict[str, Entry]]


class _Locales(dict[str, Contexts]):
    """Locale → context → key, each locale read when it is first asked for.

    A file that somebody has spoilt by hand is left out, so that English is said in its place; `faults` says where.
    """

    def __init__(self, root: Path) -> None:
        self.folders = {folder.parent.name: folder.parent for folder in sorted(root.glob("*/LC_MESSAGES"))}
        self.faults: dict[str, list[str]] = {}

    def __missing__(self, locale: str) -> Contexts:
        self[locale], self.faults[locale] = _read_locale(self.folders[locale])
        if locale == DEFAULT and self.faults[locale]:
            raise ValueError(self.faults[locale][0])
        return self[locale]


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What one context says in one locale; `held` are strings whose translation no person has checked yet."""

    texts: Mapping[str, str]
    held: frozenset[str]


@dataclass(frozen=True)
class Catalogs:
    """`entries` is locale → context → key, as written; what is said of it is worked out once for each context."""

    entries: _Locales
    _spoken: dict[tuple[str, str], _Spoken] = field(default_factory=dict, repr=False)
    _wanted: dict[tuple[str, Audience], frozenset[str]] = field(default_factory=dict, repr=False)

    @classmethod
    @cache
    def load(cls) -> "Catalogs":
        return cls.read(ROOT)

    @classmethod
    def read(cls, root: Path) -> "Catalogs":
        return cls(_Locales(root))

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.entries.folders)

    def text(
        self,
        key: str,
        *,
        locale: str,
        channel: Channel,
        mode: Mode,
        audience: Audience = "person",
        fields: Mapping[str, str] = {},
    ) -> str:
        """The string with its fields filled in. On Telegram it is HTML: the fields are escaped, the catalog is trusted.

        A locale that we do not have is answered in English. What a person must check first goes out in English too, with
        a line in their language that offers an interpreter. KeyError for a key that the channel and mode lack, or a
        field that is missing: a key is never shown to anyone.
        """
        context = f"staff.{channel}" if audience == "staff" else f"{channel}.{mode}"
        own = self._in(locale, context)
        if channel == "telegram":
            fields = {name: html.escape(value, quote=False) for name, value in fields.items()}
        if key in own.texts:
            return own.texts[key].format_map(fields)
        text = self._in(DEFAULT, context).texts[key].format_map(fields)
        return f"{text}\n{own.texts[INTERPRETER]}" if key in own.held and INTERPRETER in own.texts else text

    def locale_said(self, key: str, *, locale: str, channel: Channel, mode: Mode, audience: Audience = "person") -> str:
        """The locale whose words `text` uses, which its fields must be written in."""
        context = f"staff.{channel}" if audience == "staff" else f"{channel}.{mode}"
        return locale if key in self._in(locale, context).texts else DEFAULT

    def faults(self, locale: str) -> list[str]:
        """What of its files cannot be read, and where: English is said in place of all that such a file holds."""
        _ = self.entries[locale]
        return self.entries.faults[locale]

    def held(self, locale: str) -> frozenset[tuple[str, str]]:
        """Context and key of every translation that waits for a person to check it."""
        return frozenset(
            (context, key)
            for context in CONTEXTS
            for key, entry in self.entries[locale][context].items()
            if locale != DEFAULT and not _may_go_out(entry, self.entries[DEFAULT], key)
        )

    def keys(self, context: str, locale: str = DEFAULT) -> frozenset[str]:
        """The keys written in this very context, fallbacks apart."""
        return frozenset(self.entries[locale][context])

    def fields(self, key: str, audience: Audience = "person") -> frozenset[str]:
        """All fields that a caller must bring, whatever the channel and mode turn out to be when it is sent."""
        if (key, audience) in self._wanted:
            return self._wanted[key, audience]
        found = [
            contexts[key].fields
            for context, contexts in self.entries[DEFAULT].items()
            if key in contexts and context.startswith("staff.") == (audience == "staff")
        ]
        if not found:
            raise KeyError(key)
        return self._wanted.setdefault((key, audience), frozenset[str]().union(*found))

    def _in(self, locale: str, context: str) -> _Spoken:
        found = self._spoken.get((locale, context))
        if found is None:
            written = locale if locale in self.entries.folders else DEFAULT
            found = self._spoken[locale, context] = _said(self.entries, written, context)
        return found


def locale_of(language: str) -> str:
    """The locale folder for a language as staff write it: empty and `en` are en_GB. ValueError if we lack it."""
    wanted = language.strip().replace("-", "_") or "en"
    known = Catalogs.load().languages
    if wanted == "en":
        return DEFAULT
    if wanted not in known:
        raise ValueError(f"language {language!r} is not one of {', '.join(sorted(known))}")
    return wanted


def _read_locale(folder: Path) -> tuple[Contexts, list[str]]:
    contexts: Contexts = {context: {} for context in CONTEXTS}
    faults: list[str] = []
    for path in sorted((folder / "LC_MESSAGES").glob("*.po")):
        try:
            found = [(str(message.context), intern(str(message.id)), _entry(message)) for message in _messages(path)]
        except (ValueError, PoFileError) as error:
            faults.append(f"{path}: {error}")
        else:
            for context, key, entry in found:
                contexts[context][key] = entry
    return contexts, faults


def _messages(path: Path) -> list[Message]:
    """Raises ValueError for a line that Babel would take for less than was meant: it cuts what lacks its last quote."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not LINE.fullmatch(line):
            raise ValueError(f"line {number} is no comment and no text between two plain quotes")
    with path.open("rb") as file:
        return [each for each in read_po(file, abort_invalid=True) if each.id and each.string and not each.fuzzy]


def _entry(message: Message) -> Entry:
    text = str(message.string)
    names = frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    return Entry(text, _one(frozenset(message.auto_comments)), _one(names))


@cache
def _one(names: frozenset[str]) -> frozenset[str]:
    """One set for all that are alike: thousands of strings have few."""
    return names


def _said(entries: Mapping[str, Contexts], locale: str, context: str) -> _Spoken:
    texts: dict[str, str] = {}
    held: set[str] = set()
    for place in _places(context):
        for key, entry in entries[locale][place].items():
            if locale == DEFAULT or _may_go_out(entry, entries[DEFAULT], key):
                texts.setdefault(key, entry.text)
            else:
                held.add(key)
    if locale != DEFAULT:
        held |= {key for place in _places(context) for key, entry in entries[DEFAULT][place].items() if _is_tagged(entry)}
    return _Spoken(texts, frozenset(held - texts.keys()))


def _places(context: str) -> tuple[str, ...]:
    """Where a string is looked for, best first. Discreet never falls back to standard."""
    if context.startswith("telegram."):
        return context, context.replace("telegram.", "sms.", 1)
    return (context, "staff.sms") if context == "staff.telegram" else (context,)


def _is_tagged(entry: Entry) -> bool:
    return NEEDS_REVIEW in entry.tags


def _may_go_out(entry: Entry, english: Contexts, key: str) -> bool:
    """Crisis, absence and rights strings speak another language only once a person has checked the translation."""
    tagged = any(_is_tagged(texts[key]) for texts in english.values() if key in texts)
    return not tagged or any(tag.startswith(REVIEWED) for tag in entry.tags)
