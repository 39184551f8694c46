"""One message as plain words: what the word lists are compared with, in every language."""

import re
import unicodedata
from functools import lru_cache

# Some signs unfold into a sentence each; no message that people write is longer once unfolded.
LONGEST = 8192
REMEMBERED = 256  # messages, more than are handled together: each is looked at several times until its turn is over

# Said with one picture; every other picture is dropped.
PICTURES = {
    **dict.fromkeys("👍👌✅✔☑🆗🫡", " thumbsup "),
    **dict.fromkeys("👎❌✖🚫🙅", " thumbsdown "),
}
APOSTROPHES = dict.fromkeys("’‘‛´ʼ′＇", "'")
# Letters that Unicode does not take apart, and those of Arabic that people write in either of two ways.
LETTERS = {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ى": "ي", "ة": "ه", "ـ": "", "ک": "ك", "ی": "ي", "ے": "ي"}
BEFORE = str.maketrans({**PICTURES, **APOSTROPHES})
AFTER = str.maketrans(LETTERS)

CONTRACTION = re.compile(r"'(ll|d)\b")
NOT_WORD = re.compile(r"[\W_]+")
# Three or more of a letter are a drawl: "yesss" is yes, "cooool" is cool, "noooo" is no.
DRAWL_AT_END = re.compile(r"([^\W\d_])\1{2,}(?= |$)")
DRAWL = re.compile(r"([^\W\d_])\1{2,}")
EXPANDED = {"ll": " will", "d": " would"}


@lru_cache(maxsize=REMEMBERED)
def normalise(text: str) -> str:
    """Lower-case words and ASCII digits with single spaces: no signs, accents, pictures, or hidden characters.

    "I'll" becomes "i will", so that it is not taken for "ill"; other apostrophes close up ("can't" is "cant").
    """
    if not text.isascii():
        text = _plain_letters(text)
    text = CONTRACTION.sub(lambda found: EXPANDED[found[1]], text.replace("`", "'").casefold())
    text = NOT_WORD.sub(" ", text.replace("'", "")).strip()
    text = DRAWL_AT_END.sub(lambda found: found[1], text)
    return DRAWL.sub(lambda found: found[1] * 2, text)


def _plain_letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text[:LONGEST].translate(BEFORE))
    kept = "".join(_plain(character) for character in decomposed[:LONGEST])
    return unicodedata.normalize("NFKC", kept).casefold().translate(AFTER)


def _plain(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    return "" if category in ("Mn", "Mc", "Me", "Cf") else character
