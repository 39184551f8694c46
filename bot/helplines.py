"""Whether every number that a safety message names stands in the council's file, where somebody keeps it up to date."""

import re

from db.council import Council
from locales.catalog import Catalogs

NUMBER = re.compile(r"\d[\d\s]*\d")
SHORTEST = 3  # digits: the 55 of "press 55" is no number to ring
ALWAYS = frozenset({"999"})  # the law's own, which no council checks


def unlisted(council: Council) -> list[str]:
    """Numbers that messages name and no helpline of the council has, as they are written."""
    listed = {_digits(number) for line in council.helplines for number in NUMBER.findall(line.number)}
    return sorted(number for number in _named() if _digits(number) not in listed | ALWAYS)


def _named() -> set[str]:
    catalogs = Catalogs.load()
    texts = (
        entry.text
        for locale in catalogs.languages
        for entries in catalogs.entries[locale].values()
        for key, entry in entries.items()
        if key.startswith("crisis.")
    )
    found = (number for text in texts for number in NUMBER.findall(text))
    spaced = (" ".join(number.split()) for number in found)  # some languages keep a number on one line by its spaces
    return {number for number in spaced if len(_digits(number)) >= SHORTEST}


def _digits(number: str) -> str:
    return "".join(str(int(each)) for each in number if each.isdigit())
