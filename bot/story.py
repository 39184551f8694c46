"""The demo's story: what just happened in the record, in plain words. `sentences` holds the words."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count, groupby
from threading import Lock
from typing import Any

from bot.sentences import CHANNELS, CLASSES, ERRORS, GENERAL, MANY, OUTCOMES, PROVIDERS, PURPOSES, ROLES, SENTENCES, WHY
from db import story as record_story
from db.clock import Clock
from db.council import LONDON
from db.record import Record
from db.story import Event
from locales import dates

KEPT = 400  # lines
FEW = 2  # of the same at once are told one by one; more as one line
NAMED = 4  # of those are named in it
LOCALE = "en_GB"


class Story:
    """Follows the record, and numbers what it tells in the order in which it was seen: the clock may travel back."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock
        self._lines: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._newest: dict[str, int] = {}
        self._seen: set[str] = set()
        self._numbers = count(1)
        self._lock = Lock()

    def since(self, after: int) -> list[dict[str, Any]]:
        """`[{id, at, text, ref}]` with an id above that, oldest first."""
        with self._lock:
            self._look()
            return [line for line in self._lines if line["id"] > after]

    def _look(self) -> None:
        with self._record.read() as connection:
            events = record_story.recent(connection, self._newest, now=self._clock.now())
        fresh = [event for event in events if event.mark not in self._seen]
        over = {mark for mark in self._seen if mark.startswith(record_story.STANDING)} - {event.mark for event in events}
        self._seen = self._seen - over | {event.mark for event in fresh}
        for at, text, ref in told(fresh):
            self._lines.append(
                {"id": next(self._numbers), "at": at.astimezone(LONDON).isoformat(), "text": text, "ref": ref}
            )


def told(events: Iterable[Event]) -> Iterable[tuple[datetime, str, str]]:
    """Each event's moment, sentence and person's ref; many of the same kind together as one."""
    for kind, several in groupby(sorted(events, key=_together), key=lambda event: event.kind):
        group = list(several)
        if len(group) > FEW and kind in MANY:
            if (text := MANY[kind]) is not None:
                yield group[-1].at, text.format(n=len(group), **_of_all(group)), ""
            continue
        for event in group:
            if (sentence_ := sentence(event)) is not None:
                yield event.at, sentence_, event.ref


def _together(event: Event) -> tuple[datetime, str]:
    """In order of time; what is told as one stands together by the minute."""
    return (event.at.replace(second=0, microsecond=0), event.kind) if event.kind in MANY else (event.at, "")


def _of_all(group: Sequence[Event]) -> dict[str, str]:
    names = list(dict.fromkeys(event.who for event in group))
    more = len(names) - NAMED
    fields = [_fields(event) for event in group]
    return {
        "names": ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else ""),
        "reasons": "; ".join(dict.fromkeys(field["why"].removeprefix(": ") for field in fields)),
        "due": ", ".join(dict.fromkeys(field["due"] for field in fields)),
    }


def sentence(event: Event) -> str | None:
    """The event in plain words, or None for what is not worth a line."""
    family = event.kind.partition(".")[0]
    template = SENTENCES.get(event.kind, SENTENCES.get(family, GENERAL))
    if template is None:
        return None
    text = template.format(**_fields(event))
    return text[:1].upper() + text[1:]


def _fields(event: Event) -> dict[str, Any]:
    about = event.about
    message = PURPOSES.get(about.get("purpose", ""), "a message")
    why = WHY.get(about.get("why", ""), str(about.get("why", "")).replace("_", " "))
    error = ERRORS.get(about.get("error", ""), str(about.get("error", "")).replace("_", " "))
    return {
        "kind": event.kind,
        "who": event.who or "somebody",
        "by": event.by or ROLES.get(about.get("role", ""), "staff"),
        "to": event.who or event.by or "somebody",
        "on": f" on {_day(event.on)}" if event.on else "",
        "on_for": f" for {_day(event.on)}" if event.on else "",
        "due": _day(event.due) if event.due else "now",
        "about": f" about {event.who}" if event.who else "",
        "channel": CHANNELS.get(about.get("channel", ""), ""),
        "provider": PROVIDERS.get(about.get("channel", ""), "provider"),
        "message": message,
        "a_message": message,
        "why": f": {why}" if why else "",
        "error": f": {error}" if error else "",
        "task": str(about.get("task", "")).replace("_", " "),
        "alert": about.get("alert", ""),
        "class": CLASSES.get(about.get("class", ""), ""),
        "outcome": OUTCOMES.get(about.get("outcome", ""), ""),
        "hours": _length(about.get("minutes", 0)),
        "worked_on": dates.day(about["worked_on"], LOCALE) if about.get("worked_on") else "",
    }


def _day(moment: datetime) -> str:
    return dates.day(dates.local(moment).date(), LOCALE)


def _length(minutes: int) -> str:
    text = dates.hours(abs(minutes), LOCALE)
    spelt = f"{text} hours" if text.isdigit() and text != "1" else "1 hour" if text == "1" else text
    return f"minus {spelt}" if minutes < 0 else spelt
