"""How a locale is named, writes dates, times and hours, and folds its texts for SMS: its formats.toml."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Policy = Literal["never", "ascii", "caps_only"]

ROOT = Path(__file__).parent
DEFAULT = "en_GB"


@dataclass(frozen=True)
class Formats:
    """Patterns by name; `weekdays` start on Monday as `date.weekday()` does, `months[0]` is January.

    `code` is what a text may answer to choose the language, `name` its own name for itself, `latin` the same in letters
    that every phone shows, `order` its place in a list.
    """

    code: str
    name: str
    latin: str
    order: int
    patterns: dict[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    fold: Policy
    right_to_left: bool


def in_order(locales: Iterable[str]) -> list[str]:
    """As people are offered them."""
    return sorted(locales, key=lambda locale: of(locale).order)


@cache
def of(locale: str) -> Formats:
    """A locale without a formats.toml writes as en_GB does."""
    path = ROOT / locale / "formats.toml"
    if not path.is_file():
        return of(DEFAULT)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    language = data["language"]
    return Formats(
        code=language["code"],
        name=language["name"],
        latin=language["latin"],
        order=language["order"],
        patterns={**data["dates"], **data["times"], **data["hours"]},
        weekdays=tuple(data["names"]["weekdays"]),
        months=tuple(data["names"]["months"]),
        fold=data["sms"]["fold"],
        right_to_left=language["right_to_left"],
    )
