"""Takes docs/phones.png: a demo of its own, an evening before a session, and the page as it then looks."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from db.council import LONDON
from tests.e2e.town import free_port
from tests.simulator.conftest import CHROMIUM

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "phones.png"
SHOWN = "#P01,P23,S06"  # by text, on Telegram in discreet mode, and who supervises both on Monday
SETTLES = 6_000  # milliseconds until everybody has been reminded


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
        yield line.removeprefix("Phones: ").strip()
        process.send_signal(signal.SIGTERM)
        process.communicate()


def evening_before(now: datetime) -> str:
    """The next Sunday: the sample has sessions on each Monday."""
    return f"{now + timedelta(days=6 - now.weekday()):%Y-%m-%d}T17:00"


def play(page: Page) -> None:
    craig, darren, davie = (page.get_by_role("article").nth(n) for n in range(3))
    page.get_by_role("button", name="Set…").click()
    page.get_by_label("Date and time (UK)").fill(evening_before(datetime.now(LONDON)))
    page.get_by_role("button", name="Set the clock").click()
    expect(craig.get_by_role("log")).to_contain_text("next session Monday", timeout=30_000)
    page.wait_for_timeout(SETTLES)
    for said, answer in (("3", "How late?"), ("A", "Supervisor told")):
        craig.get_by_label("Text message").fill(said)
        craig.get_by_label("Text message").press("Enter")
        expect(craig.get_by_role("log")).to_contain_text(answer, timeout=30_000)
    expect(davie.get_by_role("log")).to_contain_text("up to 15 min late", timeout=30_000)
    darren.get_by_role("tab", name="Locked").click()
    page.wait_for_timeout(SETTLES)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(640, 2)


def main() -> None:
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1.25, reduced_motion="reduce")
        page.goto(address + SHOWN)
        play(page)
        TARGET.parent.mkdir(exist_ok=True)
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
