"""What a text costs in parts, and how it is folded so that it fits the cheap alphabet.

GSM 03.38: 160 characters in one part or 153 in each of several; outside that alphabet UCS-2, 70 or 67.
"""

import unicodedata
from typing import Literal, NamedTuple

from locales import formats
from locales.formats import Policy

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
GSM = BASIC | EXTENSION

# Signs that phones and word processors put in by themselves; each has a plain twin that means the same.
PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "…": "...",
        "•": "*",
    }
)
# Letters that Unicode does not take apart.
PLAIN = dict(zip("łŁđĐıðÐ", "lLdDidD", strict=True)) | {"œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th"}


class Parts(NamedTuple):
    """`units` are septets or 16-bit units, as the encoding counts them."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def parts(text: str) -> Parts:
    """How a text will be sent. An empty text has no parts."""
    if is_gsm(text):
        if len(text) <= 160 and EXTENSION.isdisjoint(text):  # as most are
            return Parts("GSM-7", len(text), 1 if text else 0)
        widths = [2 if character in EXTENSION else 1 for character in text]
        return Parts("GSM-7", sum(widths), _split(widths, 160, 153))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Parts("UCS-2", sum(widths), _split(widths, 70, 67))


def is_gsm(text: str) -> bool:
    return GSM.issuperset(text)


def fold(text: str, policy: Policy) -> str:
    """The text in the GSM alphabet, if plain signs (and, by policy, plain letters) can take it there; else as it was.

    `never` touches signs only, `caps_only` also accented capitals, `ascii` every accented letter that the alphabet
    lacks. A letter is never lost: what has no plain twin leaves the whole text in UCS-2, where it costs no more.
    """
    if is_gsm(text):
        return text
    plain = text.translate(PUNCTUATION)
    if policy != "never":
        plain = "".join(_plain(character, policy) for character in unicodedata.normalize("NFC", plain))
    return plain if is_gsm(plain) else text


def for_locale(text: str, locale: str) -> str:
    return fold(text, formats.of(locale).fold)


def whole(number: str, locale: str) -> str:
    """A phone number that stays in order in a text that runs from right to left, where its groups would change places.

    A no-break space between digits binds them (Unicode Standard Annex 9, rule W4).
    """
    return number.replace(" ", "\u00a0") if formats.of(locale).right_to_left else number


def _plain(character: str, policy: Policy) -> str:
    if character in BASIC or character in EXTENSION or (policy == "caps_only" and not character.isupper()):
        return character
    if character in PLAIN:
        return PLAIN[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() and base.isalpha() else character


def _split(widths: list[int], single: int, several: int) -> int:
    """A character of two units is never cut in two, so a part may end one unit early."""
    if sum(widths) <= single:
        return 1 if widths else 0
    count, used = 1, 0
    for width in widths:
        if used + width > several:
            count, used = count + 1, 0
        used += width
    return count


def not_gsm(text: str) -> str | None:
    """The first character that would send a whole text in the dearer alphabet, once plain signs are put in."""
    plain = text.translate(PUNCTUATION)
    return next((character for character in plain if character not in GSM), None)
