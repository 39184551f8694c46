"""How to get to a place in words, as a council's file gives them, and where the van stops: short, never a street address."""

import re

from cryptography.fernet import InvalidToken

from db.crypto import Sealed
from locales import privacy

LONGEST = 68  # characters: with day, time, place and number they make one text
STREET = "street|st|road|rd|avenue|ave|lane|drive|place|crescent|terrace|close|square|gardens|grove|row|wynd"
ADDRESS = re.compile(
    rf"\b\d+[a-z]?,?\s+(?:[^\W\d]+\s+){{1,3}}(?:{STREET})\b|\b[a-z]{{1,2}}\d[a-z\d]?\s*\d[a-z]{{2}}\b", re.IGNORECASE
)


def fault_in(words: str) -> str | None:
    """Why these words may not be said in a message, with the mend; None if they may."""
    if len(words) > LONGEST:
        return f"has {len(words)} characters; say it in {LONGEST}"
    if ADDRESS.search(words):
        return 'holds a street address, which no message may; write it like "Bus 44 to the library, then 5 min walk"'
    if banned := privacy.banned_in(words, "en_GB"):
        return f'holds "{banned}", which no message may; leave that word out'
    return None


def stop(sealed: Sealed | None, *, women_only: bool) -> str:
    """Where and when the van stops, as it may be said to whoever it stops for; "" where there is nothing to say.

    Of women-only work nothing is said, nor what was written down before it was looked at.
    """
    if sealed is None or women_only:
        return ""
    try:
        words = sealed.open()
    except InvalidToken:
        return ""
    return "" if fault_in(words) else words
