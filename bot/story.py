"""The demo's story: what just happened in the record, in plain words. `sentences` holds the words."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Any

from bot.sentences import (
    ACTORS,
    CHANNELS,
    CLASSES,
    ERRORS,
    GENERAL,
    MANY,
    OUTCOMES,
    PROVIDERS,
    PURPOSES,
    ROLES,
    SENTENCES,
    WHY,
)
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
        self._groups: dict[tuple[str, datetime], _Group] = {}
        self._newest: dict[str, int] = {}
        self._seen: set[str] = set()
        self._numbers = count(1)
        self._lock = Lock()

    def since(self, after: int) -> list[dict[str, Any]]:
        """`[{id, at, text, ref, instead_of}]` with an id above that, oldest first; `instead_of` has ids that it replaces."""
        with self._lock:
            self._look()
            return [line for line in self._lines if line["id"] > after]

    def _look(self) -> None:
        with self._record.read() as connection:
            recent = record_story.recent(connection, self._newest, now=self._clock.now())
        fresh = [event for event in recent if event.mark not in self._seen]
        over = {mark for mark in self._seen if mark.startswith(record_story.STANDING)} - {event.mark for event in recent}
        self._seen = self._seen - over | {event.mark for event in fresh}
        alike: dict[Any, list[Event]] = {}
        for event in fresh:
            alike.setdefault((event.kind, _minute(event)) if event.kind in MANY else event.mark, []).append(event)
        for events in alike.values():
            self._tell(events[0].kind, events)

    def _tell(self, kind: str, events: list[Event]) -> None:
        if kind not in MANY:
            for event in events:
                self._add(event.at, sentence(event), event.ref)
            return
        group = self._groups.setdefault((kind, _minute(events[0])), _Group())
        group.events += events
        if len(group.events) <= FEW:
            group.lines += [self._add(event.at, sentence(event), event.ref) for event in events]
            return
        self._lines = deque((line for line in self._lines if line["id"] not in group.lines), KEPT)
        group.lines = [self._add(events[-1].at, together(kind, group.events), "", group.lines)]

    def _add(self, at: datetime, text: str | None, ref: str, instead_of: Sequence[int] = ()) -> int:
        """The new line's id; 0 for what is not worth one."""
        if text is None:
            return 0
        about = {"at": at.astimezone(LONDON).isoformat(), "text": text, "ref": ref, "instead_of": list(instead_of)}
        self._lines.append({"id": next(self._numbers), **about})
        return int(self._lines[-1]["id"])


@dataclass
class _Group:
    """What of one kind happened in one minute, and the lines that tell it."""

    events: list[Event] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def _minute(event: Event) -> datetime:
    return event.at.replace(second=0, microsecond=0)


def together(kind: str, events: Sequence[Event]) -> str | None:
    """Many events of one kind in one sentence, or None for what is not worth a line."""
    template = MANY[kind]
    return None if template is None else template.format(**_of_all(events))


def _of_all(group: Sequence[Event]) -> dict[str, Any]:
    people = {event.ref or event.by: event.who or event.by for event in group}
    fields = [_fields(event) for event in group]
    return {
        "people": len(people),
        "events": len(group),
        "names": _listed(people.values()),
        "staff": _listed(dict.fromkeys(event.by for event in group)),
        "alerts": _listed(dict.fromkeys(str(field["alert"]) for field in fields)),
        "reasons": "; ".join(dict.fromkeys(field["why"].removeprefix(": ") for field in fields)),
        "due": ", ".join(dict.fromkeys(field["due"] for field in fields)),
    }


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = len(known) - NAMED
    return ", ".join(known[:NAMED]) + (f" and {more} more" if more > 0 else "")


def sentence(event: Event) -> str | None:
    """The event in plain words, or None for what is not worth a line."""
    family = event.kind.replace(":", ".").partition(".")[0]
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
        "by": ACTORS.get(event.by, event.by) or ROLES.get(about.get("role", ""), "staff"),
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
