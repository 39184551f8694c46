"""One cell of a file: its text in, a value out, or a sentence that says what is wrong and how to write it."""

import math
import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Any

import phonenumbers

from db.council import LONDON

Parser = Callable[[str], Any]

REF = 64  # characters
TEXT = 1000  # characters, where the table sets no limit
WHOLE = 1_000_000  # the most that a count, hours or minutes can be
YEARS = range(1990, 2100)
DRAMA = range(7_700_900_000, 7_700_901_000)  # Ofcom: numbers for drama, never given to anybody
LIKE_A_MOBILE = "write it like 07700 900123"
REHEARSAL = "write a real one, or rehearse with TURNUP_ALLOW_DRAMA_NUMBERS=1"
QUOTED = 40  # characters of a bad cell that are shown


class CellError(ValueError):
    """A cell that cannot be used; its text says why, for the operator."""


def quoted(cell: str) -> str:
    shown = cell if len(cell) <= QUOTED else f"{cell[:QUOTED]}…"
    return f'"{shown}"'


def text(limit: int = TEXT) -> Parser:
    """Words, or nothing."""

    def parse(cell: str) -> str:
        if len(cell) > limit:
            raise CellError(f"{quoted(cell)} is longer than {limit} characters")
        return cell

    return parse


def words(limit: int = TEXT) -> Parser:
    """Words that have to be there."""
    optional = text(limit)

    def parse(cell: str) -> Any:
        if not cell:
            raise CellError("is empty")
        return optional(cell)

    return parse


def ref(cell: str) -> str:
    if not cell:
        raise CellError("is empty")
    if len(cell) > REF:
        raise CellError(f"{quoted(cell)} is longer than {REF} characters")
    if ";" in cell:
        raise CellError(f'{quoted(cell)} holds a ";", which stands between refs')
    return cell


def maybe_ref(cell: str) -> str | None:
    return ref(cell) if cell else None


def refs(cell: str) -> tuple[str, ...]:
    """Refs with `;` between them, each once, in order."""
    return tuple(sorted({ref(part.strip()) for part in cell.split(";") if part.strip()}))


def one_of(*allowed: str, empty: str | None = None, may_be_empty: bool = False) -> Parser:
    """One of these words; nothing is `empty`, where it may be empty."""
    listed = " or ".join(filter(None, (", ".join(allowed[:-1]), allowed[-1])))

    def parse(cell: str) -> str | None:
        if not cell and may_be_empty:
            return empty
        if not cell:
            raise CellError(f"is empty; write {listed}")
        if cell.lower() not in allowed:
            raise CellError(f"{quoted(cell)} is not known; write {listed}")
        return cell.lower()

    return parse


def boolean(*, empty: bool) -> Parser:
    def parse(cell: str) -> bool:
        if not cell:
            return empty
        if cell.lower() not in ("yes", "no"):
            raise CellError(f"{quoted(cell)} is not known; write yes or no")
        return cell.lower() == "yes"

    return parse


def whole(least: int = 0, *, empty: int | None = None, may_be_empty: bool = False) -> Parser:
    """A whole number from `least` up; nothing is `empty`, where it may be empty."""

    def parse(cell: str) -> int | None:
        if not cell and may_be_empty:
            return empty
        if not cell:
            raise CellError("is empty; write a whole number")
        if not re.fullmatch(r"-?[0-9]{1,12}", cell):
            raise CellError(f"{quoted(cell)} is not a whole number")
        if not least <= int(cell) <= WHOLE:
            raise CellError(f"{quoted(cell)} is out of range; write {least} to {WHOLE}")
        return int(cell)

    return parse


def degrees(most: int) -> Parser:
    """A coordinate in decimal degrees, or None."""

    def parse(cell: str) -> float | None:
        if not cell:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{1,18})?", cell) or not math.fabs(float(cell)) <= most:
            raise CellError(f"{quoted(cell)} is not decimal degrees from -{most} to {most}")
        return float(cell)

    return parse


def day(cell: str) -> date:
    if not cell:
        raise CellError("is empty; write a date like 2026-11-02")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise CellError(f"{quoted(cell)} is not a date; write it like 2026-11-02")
    return _real(cell).date()


def maybe_day(cell: str) -> date | None:
    return day(cell) if cell else None


def moment(cell: str) -> datetime:
    """A wall time in London as an instant in UTC. One that the clocks pass twice is the earlier."""
    if not cell:
        raise CellError("is empty; write a date and time like 2026-11-02T09:30")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", cell):
        raise CellError(f"{quoted(cell)} is not a date and time; write it like 2026-11-02T09:30")
    local = _real(cell)
    instant = local.replace(tzinfo=LONDON).astimezone(UTC)
    if instant.astimezone(LONDON).replace(tzinfo=None) != local:
        raise CellError(f"{quoted(cell)} does not exist: the clocks go forward over it")
    return instant


def _real(cell: str) -> datetime:
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise CellError(f"{quoted(cell)} does not exist in the calendar") from None
    if found.year not in YEARS:
        raise CellError(f"{quoted(cell)} is too far away; years go from {YEARS.start} to {YEARS.stop - 1}")
    return found


def window(cell: str) -> tuple[int, int] | None:
    """`HH:MM-HH:MM` within one day, as minutes after midnight, or None."""
    if not cell:
        return None
    match = re.fullmatch(r"([0-9]{2}):([0-5][0-9])\s*[-–]\s*([0-9]{2}):([0-5][0-9])", cell)
    if not match:
        raise CellError(f"{quoted(cell)} is not a window; write it like 10:00-14:00")
    start, until = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    if start > 1440 or until > 1440:
        raise CellError(f"{quoted(cell)} is not a window; a day ends at 24:00")
    if start >= until:
        raise CellError(f"{quoted(cell)} does not start before it ends; a window over midnight cannot be kept")
    return start, until


def language(known: Collection[str]) -> Parser:
    """A folder of `locales/`; nothing and `en` are en_GB."""
    folders = {name.lower(): name for name in known} | {"": "en_GB", "en": "en_GB", "en_gb": "en_GB"}
    listed = ", ".join(sorted(set(folders.values())))

    def parse(cell: str) -> str:
        found = folders.get(cell.lower().replace("-", "_"))
        if found is None:
            raise CellError(f"{quoted(cell)} is not a language that is here; write one of {listed}")
        return found

    return parse


def phone(*, drama_ok: bool) -> Parser:
    """A UK mobile number as +44…, or None. Ofcom's drama numbers only where `drama_ok`."""

    def parse(cell: str) -> str | None:
        if not cell:
            return None
        national = _national(cell)
        if int(national) in DRAMA:
            if not drama_ok:
                raise CellError(f"{quoted(cell)} is a number for drama, which no phone has; {REHEARSAL}")
        elif phonenumbers.number_type(phonenumbers.parse(f"+44{national}")) != phonenumbers.PhoneNumberType.MOBILE:
            raise CellError(f"{quoted(cell)} is not a UK mobile number in use; {LIKE_A_MOBILE}")
        return f"+44{national}"

    return parse


def _national(cell: str) -> str:
    """The ten digits after +44 or 0 of what looks like a UK mobile."""
    bare = re.sub(r"[\s().‐‑–-]", "", cell)
    if not re.fullmatch(r"\+?[0-9]+", bare):
        raise CellError(f"{quoted(cell)} is not a phone number; {LIKE_A_MOBILE}")
    if bare.startswith(("+", "00")):
        international = bare.removeprefix("+").removeprefix("00")
        if not international.startswith("44"):
            raise CellError(f"{quoted(cell)} is not a UK number; only UK mobiles get texts, {LIKE_A_MOBILE}")
        national = international.removeprefix("44").removeprefix("0")
    elif bare.startswith("0"):
        national = bare.removeprefix("0")
    elif re.fullmatch(r"7[0-9]{9}", bare):
        raise CellError(f"{quoted(cell)} has lost its first 0; {LIKE_A_MOBILE}")
    else:
        raise CellError(f"{quoted(cell)} does not start with 0 or +44; {LIKE_A_MOBILE}")
    if national[:1] in ("1", "2", "3"):
        raise CellError(f"{quoted(cell)} is a landline; texts need a mobile, {LIKE_A_MOBILE}")
    if len(national) != 10:
        raise CellError(f"{quoted(cell)} is too {'short' if len(national) < 10 else 'long'}; {LIKE_A_MOBILE}")
    return national
