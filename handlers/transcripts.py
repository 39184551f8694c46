"""A transcript in words: what came in is read as it was meant, what went out as its reader saw it."""

from collections.abc import Iterable
from dataclasses import replace

from db.transcripts import Line
from handlers import reading
from notifications.channel import plain


def in_words(lines: Iterable[Line]) -> list[Line]:
    """Each line with its words, but for those of which nothing was said or nothing is left."""
    read = (replace(line, words=_words(line)) for line in lines)
    return [line for line in read if line.words or line.kind not in ("in", "out")]


def _words(line: Line) -> str | None:
    if line.words is not None:
        return line.words
    if line.body is not None:
        return plain(line.body) if line.channel == "telegram" else line.body
    return _as_meant(*line.stored) if line.stored is not None else None


def _as_meant(door: str, payload: str) -> str | None:
    try:
        message = reading.read(door, payload)
    except reading.MalformedError:
        return None
    return f"[{message.data.rpartition(':')[2]}]" if message.kind == "press" else message.shown or None
