"""Takes the pictures in docs/: a demo of its own, a day of it played on the page, and what each phone then shows."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from db.council import LONDON
from tests.e2e.town import free_port
from tests.simulator.conftest import CHROMIUM

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SETTLES = 6_000  # milliseconds until what the clock brings has come
ANSWERS = 30_000  # milliseconds in which an answer comes, on a slow machine too


@contextmanager
def demo() -> Iterator[str]:
    """A demo with a record of its own; the address of its page."""
    web, page = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"TURNUP_PORT": web, "TURNUP_SIMULATOR_PORT": page, "TURNUP_DATABASE_URL": f"sqlite:///{folder}/demo.db"}
        environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
        launch = [sys.executable, "-m", "bot.launch"]
        process = subprocess.Popen(launch, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        while not (line := process.stdout.readline()).startswith("Phones: "):
            assert line, "the demo ended before it was ready"
        try:
            yield line.removeprefix("Phones: ").strip()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


class Table:
    """The page with some phones on it, each played by hand."""

    def __init__(self, page: Page, address: str, *refs: str) -> None:
        self.page = page
        self.refs = refs
        page.goto("about:blank")
        page.goto(f"{address}#{','.join(refs)}")
        expect(self.phone(refs[-1]).get_by_role("tab", name="Locked")).to_be_visible()

    def phone(self, ref: str) -> Locator:
        return self.page.get_by_role("article").nth(self.refs.index(ref))

    def clock(self, moment: datetime) -> None:
        self.page.get_by_role("button", name="Set…").click()
        self.page.get_by_label("Date and time (UK)").fill(f"{moment:%Y-%m-%dT%H:%M}")
        self.page.get_by_role("button", name="Set the clock").click()
        self.page.wait_for_timeout(SETTLES)

    def texts(self, ref: str, said: str, answer: str) -> None:
        self._says(ref, "Texts", "Text message", said, answer)

    def writes(self, ref: str, said: str, answer: str) -> None:
        self._says(ref, "Telegram", "Telegram message", said, answer)

    def _says(self, ref: str, app: str, label: str, said: str, answer: str) -> None:
        self.phone(ref).get_by_role("tab", name=app).click()
        field = self.phone(ref).get_by_label(label, exact=True)
        field.fill(said)
        field.press("Enter")
        self._hears(ref, answer)

    def presses(self, ref: str, label: str, answer: str) -> None:
        """The newest button of that name."""
        self.phone(ref).get_by_role("tab", name="Telegram").click()
        self.phone(ref).get_by_role("log").last.get_by_role("button", name=label, exact=True).last.click()
        self._hears(ref, answer)

    def _hears(self, ref: str, answer: str) -> None:
        expect(self.phone(ref).get_by_role("log").filter(visible=True)).to_contain_text(answer, timeout=ANSWERS)

    def locked(self, ref: str) -> None:
        self.phone(ref).get_by_role("tab", name="Locked").click()

    def picture(self, name: str) -> None:
        self.page.wait_for_timeout(SETTLES)
        self.page.evaluate("document.activeElement.blur()")
        self.page.evaluate("document.querySelectorAll('.bubbles').forEach((log) => log.scrollTo(0, log.scrollHeight))")
        self.page.mouse.move(640, 2)
        self.page.screenshot(path=DOCS / name)


def evening_before(now: datetime) -> datetime:
    """The next Sunday at five: the sample has sessions on each Monday."""
    return (now + timedelta(days=6 - now.weekday())).replace(hour=17, minute=0)


def main() -> None:
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1.25, reduced_motion="reduce")
        evening = evening_before(datetime.now(LONDON))
        morning = evening + timedelta(hours=16, minutes=31)
        # By text, on Telegram in discreet mode, and who supervises both on Monday.
        table = Table(page, address, "P01", "P23", "S06")
        table.clock(evening)
        table.texts("P01", "3", "How late?")
        table.texts("P01", "A", "Supervisor told")
        table.locked("P23")
        table.picture("phones.png")
        table = Table(page, address, "S06", "P07", "S03")
        table.clock(morning)
        table.writes("S06", "LATE 1 9:40, OUT 2", "late 1; not here 2")
        table.presses("S06", "I'm on it", "is yours")
        table.writes("S06", "list", "Craig H: late")
        table.presses("S06", "All in", "Grant D: in")
        table.clock(morning + timedelta(hours=1, minutes=1))
        table.writes("S03", "tasks", "Decisions")
        table.picture("supervisor.png")
        table = Table(page, address, "S02", "P01", "S01")
        table.writes("S02", "broadcast", "What happened?")
        table.presses("S02", "Off", "Which sessions?")
        table.phone("S02").get_by_role("log").last.get_by_role("button", name="Garden squad north").first.click()
        table.phone("S02").get_by_role("button", name="Leave it").wait_for()
        table.picture("coordinator.png")
        table = Table(page, address, "P05", "P01", "P11")
        table.writes("P05", "6", "Tap one.")
        table.texts("P01", "4", "Hours done")
        table.texts("P01", "how many hours a week", "a week")
        table.writes("P11", "feedback", "How are your sessions going?")
        table.picture("person.png")
        table = Table(page, address, "P07", "P02", "S02")
        table.texts("P07", "i cant go on anymore, gonnae end it", "Samaritans")
        table.writes("P02", "my boyfriend hits me when i go out", "Is it OK to message")
        table.phone("S02").get_by_role("tab", name="Telegram").click()
        table.picture("crisis.png")
        browser.close()


if __name__ == "__main__":
    main()
