"""The page of phones as a test drives it: a few invented people, and a browser that looks at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.simulator.running import TOKEN, RunningSimulator
from tests.simulator.web import ReceivingWeb

ANN = {"ref": "P1", "name": "Ann Reid", "phone": "+447700900101", "note": "discreet", "beside": ["S6", "S3"]}
BOB = {"ref": "P2", "name": "Bob Kerr", "phone": "+447700900102", "language": "pl"}
MOIRA = {"ref": "S6", "name": "Moira Lennox", "phone": "+447700900201", "role": "supervisor", "started": True}
AILSA = {"ref": "S3", "name": "Ailsa Drummond", "phone": "+447700900202", "role": "case_manager", "started": True}
PEOPLE = (ANN, BOB, MOIRA, AILSA)
CHATS = {person["ref"]: 700_000_001 + place for place, person in enumerate(PEOPLE)}

WIDE, SMALL = (1280, 800), (390, 844)
JUMPS = [
    {"key": "evening", "label": "The evening before", "to": "2026-06-11T16:00:00+01:00"},
    {"key": "start", "label": "Session start", "to": "2026-06-12T09:30:00+01:00"},
    {"key": "half", "label": "Half an hour after", "to": "2026-06-12T10:00:00+01:00"},
]
SESSION = {"ref": "W1", "place": "Bike workshop", "when": "Friday 12 June, 9:30am", "supervisor": "S6"}
STORY = [
    {"id": 1, "at": "2026-06-11T16:20:00+01:00", "text": "Bob K stopped reminders.", "ref": "P2"},
    {"id": 2, "at": "2026-06-11T16:25:00+01:00", "text": "Ann R said they are coming on Friday 12 June.", "ref": "P1"},
]
CREW = [f"{first}{last}" for first in "ABCDE" for last in "RKLM"]


@contextmanager
def table(browser: Browser, simulator: RunningSimulator, at: str = "", **context: Any) -> Iterator[Page]:
    """The page, open and live; fails when it made an error."""
    given = {"viewport": {"width": WIDE[0], "height": WIDE[1]}, "reduced_motion": "reduce", **context}
    with browser.new_context(**given) as fresh:
        page = fresh.new_page()
        page.set_default_timeout(10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{simulator.url}/{at}")
        expect(page.locator("#live")).to_have_text("Live")
        yield page
        assert faults == []


def product(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    """Gives the simulator a product with a clock, a story and a session."""
    web.story, web.jumps = list(STORY), {"session": SESSION, "jumps": JUMPS}
    urls = {f"{name}_url": f"{web.url}/demo/{name}" for name in ("clock", "story", "jumps")}
    simulator.configure(**urls)


def phone(page: Page, person: dict[str, Any]) -> Locator:
    return page.get_by_role("article", name=person["name"])


def text(simulator: RunningSimulator, person: dict[str, Any], body: str) -> None:
    with simulator.twilio() as client:
        client.messages.create(to=person["phone"], from_=simulator.config.twilio_number, body=body)


def bot(simulator: RunningSimulator, method: str, **given: object) -> dict[str, Any]:
    answer = simulator.http.post(f"/bot{TOKEN}/{method}", json=given).json()
    assert answer["ok"], answer
    return dict(answer["result"]) if isinstance(answer["result"], dict) else {}


def roster(marks: dict[int, str]) -> dict[str, Any]:
    """A supervisor's message about twenty people, as it stands with these marks."""
    said = "\n".join(f"{n} {who}: {marks.get(n, 'no answer')}" for n, who in enumerate(CREW, 1))
    rows = [
        [{"text": f"{n} {who}", "callback_data": f"who:{n}"}]
        + [{"text": f"✓ {word}" if marks.get(n) == word else word, "callback_data": f"{word}:{n}"} for word in WORDS]
        for n, who in enumerate(CREW, 1)
    ]
    last = [{"text": "All in", "callback_data": "all"}, {"text": "Done", "callback_data": "done"}]
    return {"text": f"Bike workshop, 20 booked.\n{said}", "reply_markup": {"inline_keyboard": [*rows, last]}}


WORDS = ("In", "Late", "Not here")
