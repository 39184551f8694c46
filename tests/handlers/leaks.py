"""What may never stand in a message. Every message that leaves in these tests is held against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from db.people import Person, Staff
from locales import privacy
from notifications.rendering import Rendered, mode_of

WOMENS = ("women's", "womens", "women-only")
RELATIVE = ("today", "tomorrow", "tonight", "yesterday", "this morning", "this afternoon", "next week")
ABUSE = ("abuse", "domestic", "violence", "women's aid")
LISTS = ("roster.list", "roster.list_of_one", "walk_in.several", "look_up.several")
AFTER_CONSENT = frozenset({"crisis.abuse_step_2"})


@dataclass(frozen=True, slots=True)
class Name:
    whole: str
    first: str
    person_id: int | None  # None for staff

    @property
    def last(self) -> str:
        return self.whole.split()[-1]


@dataclass(frozen=True, slots=True)
class Place:
    nickname: str
    address: str
    postcode: str
    women_only: bool


def check(
    rendered: Rendered,
    string: str,
    channel: str,
    person: Person | None,
    member: Staff | None,
    names: Sequence[Name],
    places: Sequence[Place],
) -> None:
    """Fails the test for a message that says what it may not."""
    labels = [button.label for row in rendered.buttons for button in row]
    text = "\n".join([rendered.body, *labels, *(label for row in rendered.keyboard for label in row)])
    if member is not None:
        found = faults_for_staff(text, string, channel, names)
    else:
        mode = mode_of(person, channel) if person else "discreet"
        found = faults(text, string, person.id if person else None, mode, names, places)
        if rendered.location and (mode != "standard" or rendered.body):
            found.append("a pin")
        found += [word for word in [privacy.banned_in(text, rendered.locale)] if word and word not in found]
    assert not found, f"{string} says {', '.join(found)}: {text}"


def faults(
    text: str, string: str, person_id: int | None, mode: str, names: Sequence[Name], places: Sequence[Place]
) -> list[str]:
    """What a message to a person or a stranger says that it may not."""
    taboo = [*WOMENS, *RELATIVE, *(() if string in AFTER_CONSENT else ABUSE)]
    for name in names:
        taboo.append(name.last)
        if mode == "discreet" or name.person_id != person_id or name.person_id is None:
            taboo.append(name.first)
    for place in places:
        taboo += [place.address, place.postcode]
        if place.women_only or mode == "discreet":
            taboo.append(place.nickname)
    if mode == "discreet":
        taboo.append("Linnbrae")
    return [*privacy.banned("en_GB").findall(text), *(word for word in taboo if _holds(text, word))]


SHOWS_WORDS = (
    "alert.detail",
    "tasks.show",
    "tasks.number",
    "tasks.number_shared",
    "staff.recording",
    "thread.new",
    "thread.waits",
    "thread.got",
    "thread.show",
    "thread.check",
    "thread.write",
    "broadcast.no",
    "staff.no",
)


def faults_for_staff(text: str, string: str, channel: str, names: Sequence[Name]) -> list[str]:
    """Staff see initials, on a chat's roster first names. What was written stands only in a chat, never in SMS."""
    if string in SHOWS_WORDS and channel == "telegram":
        return []
    first_names = [] if string in LISTS and channel == "telegram" else [name.first for name in names]
    taboo = [*RELATIVE, *ABUSE, *first_names, *(name.last for name in names)]
    return [word for word in taboo if _holds(text, word)]


def _holds(text: str, word: str) -> bool:
    if word.casefold() not in text.casefold():  # nearly always, and a pattern a name is dear
        return False
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
