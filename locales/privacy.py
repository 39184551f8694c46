"""What no message may say, by language: a screen that others see tells nothing of why somebody is texted."""

import re
import tomllib
from functools import cache
from pathlib import Path

from locales.catalog import DEFAULT

_LISTS: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "banned.toml").read_text(encoding="utf-8"))
COMMON = frozenset(_LISTS.pop("common"))
_PRIVATE = re.compile(rf"(?<!\w)(?:{'|'.join(_LISTS.pop('private'))})(?!\w)", re.IGNORECASE)


@cache
def banned(locale: str) -> re.Pattern[str]:
    """The words of that language, and the English ones, which are read everywhere."""
    english, theirs = "|".join(_LISTS[DEFAULT]), "|".join(_LISTS.get(locale, []) if locale != DEFAULT else [])
    return re.compile(rf"(?<!\w)(?:{english})(?!\w)" + (f"|{theirs}" if theirs else ""), re.IGNORECASE)


def banned_in(text: str, locale: str) -> str | None:
    """The first such word, as it was written."""
    found = banned(locale).search(text)
    return found[0] if found else None


def private_in(text: str) -> str | None:
    """The first English word of health or safety, as it was written."""
    found = _PRIVATE.search(text)
    return found[0] if found else None
