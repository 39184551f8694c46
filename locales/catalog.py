"""Every sentence that people read, from the .po files of each locale, found by key, channel and mode."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Literal

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

Channel = Literal["sms", "telegram"]
Mode = Literal["standard", "discreet"]
Audience = Literal["person", "staff"]

ROOT = Path(__file__).parent
DEFAULT = "en_GB"
NEEDS_REVIEW = "review: human"
REVIEWED = "reviewed: "
CONTEXTS = ("sms.standard", "sms.discreet", "telegram.standard", "telegram.discreet", "staff.sms", "staff.telegram")


@dataclass(frozen=True, slots=True)
class Entry:
    """One string of one locale, as its .po file has it; `tags` are the `#.` comments."""

    text: str
    tags: frozenset[str]
    fields: frozenset[str]


Contexts = dict[str, dict[str, Entry]]


@dataclass(frozen=True)
class Catalogs:
    """`entries` is locale → context → key; `_found` is the same with every fallback already taken."""

    entries: Mapping[str, Contexts]
    _found: Mapping[tuple[str, str], Mapping[str, str]] = field(repr=False)

    @classmethod
    @cache
    def load(cls) -> "Catalogs":
        return cls.read(ROOT)

    @classmethod
    def read(cls, root: Path) -> "Catalogs":
        entries = {folder.name: _read_locale(folder) for folder in _locale_folders(root)}
        return cls(entries, _with_fallbacks(entries))

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.entries)

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

        A locale that we do not have is answered in English. KeyError for a key that the channel and mode lack, or a
        field that is missing: a key is never shown to anyone.
        """
        context = f"staff.{channel}" if audience == "staff" else f"{channel}.{mode}"
        texts = self._found.get((locale, context)) or self._found[DEFAULT, context]
        if channel == "telegram":
            fields = {name: html.escape(value, quote=False) for name, value in fields.items()}
        return texts[key].format_map(fields)

    def keys(self, context: str, locale: str = DEFAULT) -> frozenset[str]:
        """The keys written in this very context, fallbacks apart."""
        return frozenset(self.entries[locale][context])

    def fields(self, key: str, audience: Audience = "person") -> frozenset[str]:
        """All fields that a caller must bring, whatever the channel and mode turn out to be when it is sent."""
        found = [
            contexts[key].fields
            for context, contexts in self.entries[DEFAULT].items()
            if key in contexts and context.startswith("staff.") == (audience == "staff")
        ]
        if not found:
            raise KeyError(key)
        return frozenset[str]().union(*found)


def locale_of(language: str) -> str:
    """The locale folder for a language as staff write it: empty and `en` are en_GB. ValueError if we lack it."""
    wanted = language.strip().replace("-", "_") or "en"
    known = Catalogs.load().languages
    if wanted == "en":
        return DEFAULT
    if wanted not in known:
        raise ValueError(f"language {language!r} is not one of {', '.join(sorted(known))}")
    return wanted


def _locale_folders(root: Path) -> list[Path]:
    return sorted(folder.parent for folder in root.glob("*/LC_MESSAGES"))


def _read_locale(folder: Path) -> Contexts:
    contexts: Contexts = {context: {} for context in CONTEXTS}
    for path in sorted((folder / "LC_MESSAGES").glob("*.po")):
        for key, message in _messages(path):
            contexts[str(message.context)][key] = _entry(message)
    return contexts


def _messages(path: Path) -> Iterator[tuple[str, Message]]:
    with path.open("rb") as file:
        for message in read_po(file, abort_invalid=True):
            if message.id and message.string and not message.fuzzy:
                yield str(message.id), message


def _entry(message: Message) -> Entry:
    text = str(message.string)
    names = frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    return Entry(text, frozenset(message.auto_comments), names)


def _with_fallbacks(entries: Mapping[str, Contexts]) -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for locale in entries:
        for context in CONTEXTS:
            found[locale, context] = {
                key: entry.text
                for source, place in reversed(_sources(locale, context))
                for key, entry in entries[source][place].items()
                if source == DEFAULT or _may_go_out(entry, entries[DEFAULT], key)
            }
    return found


def _sources(locale: str, context: str) -> list[tuple[str, str]]:
    """Where a string is looked for, best first. Discreet never falls back to standard."""
    channel_and_sms = [context]
    if context.startswith("telegram."):
        channel_and_sms.append(context.replace("telegram.", "sms.", 1))
    elif context == "staff.telegram":
        channel_and_sms.append("staff.sms")
    return [(source, place) for source in dict.fromkeys([locale, DEFAULT]) for place in channel_and_sms]


def _may_go_out(entry: Entry, english: Contexts, key: str) -> bool:
    """Crisis, absence and rights strings speak another language only once a person has checked the translation."""
    tagged = any(NEEDS_REVIEW in texts[key].tags for texts in english.values() if key in texts)
    return not tagged or any(tag.startswith(REVIEWED) for tag in entry.tags)
