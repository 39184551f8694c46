"""What staff may not write to people in words of their own: somebody else might read it on that phone."""

import re

from sqlalchemy import Connection, select

from db.schema import orders, people, placements
from locales import privacy

NUMBER = re.compile(r"(?:\+?\d[\s-]?){10,}")
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
SHORTEST_NAME = 3  # shorter ones are words of every language


def banned(text: str, locale: str) -> list[str]:
    """As a sentence, the first word that tells why somebody is texted; else none."""
    word = privacy.banned_in(text, locale)
    return [f'the text says "{word}", which must not be read on somebody\'s phone; say it another way'] if word else []


def parts_of(*names: str) -> frozenset[str]:
    """The parts of names, case folded."""
    return frozenset(part.casefold() for name in names for part in WORD.findall(name) if len(part) >= SHORTEST_NAME)


def names(connection: Connection) -> frozenset[str]:
    """The parts of everybody's names, case folded, but for those that are common words too."""
    rows = connection.execute(select(people.c.first_name, people.c.last_name))
    return parts_of(*(name for row in rows for name in row)) - privacy.COMMON


def named(text: str, names: frozenset[str]) -> str | None:
    """The first of these names, as it was written."""
    return next((word for word in WORD.findall(text) if word.casefold() in names), None)


def hidden(connection: Connection) -> frozenset[str]:
    """What may never be named, case folded: orders, and the places of women-only work."""
    womens = connection.execute(select(placements.c.name, placements.c.nickname).where(placements.c.women_only))
    refs = connection.execute(select(orders.c.ref)).scalars()
    return frozenset(text.casefold() for text in (*(name for row in womens for name in row), *refs))


def hidden_in(text: str, hidden: frozenset[str]) -> list[str]:
    """As a sentence, where the text names one of these; else none."""
    if any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text.casefold()) for one in hidden):
        return ["the text names an order, or a place that is never named; leave it out"]
    return []
