"""How a locale writes dates, times and hours, and how its texts are folded for SMS: its formats.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale

Policy = Literal["never", "ascii", "caps_only"]

ROOT = Path(__file__).parent
DEFAULT = "en_GB"


@dataclass(frozen=True)
class Formats:
    """Patterns by name; `weekdays` start on Monday as `date.weekday()` does, `months[0]` is January."""

    patterns: dict[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    fold: Policy


@cache
def of(locale: str) -> Formats:
    """A locale without a formats.toml writes as en_GB does."""
    path = ROOT / locale / "formats.toml"
    if not path.is_file():
        return of(DEFAULT)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    names = Locale.parse(locale)
    return Formats(
        patterns={**data["dates"], **data["times"], **data["hours"]},
        weekdays=tuple(names.days["format"]["wide"][index] for index in range(7)),
        months=tuple(names.months["format"]["wide"][index] for index in range(1, 13)),
        fold=data["sms"]["fold"],
    )
