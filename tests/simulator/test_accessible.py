"""axe-core finds nothing on the page, in each of its main states, at both widths, in either direction and light."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.simulator.running import RunningSimulator
from tests.simulator.table import ANN, CHATS, MOIRA, PEOPLE, SMALL, WIDE, bot, phone, product, roster, table, text
from tests.simulator.web import ReceivingWeb

pytestmark = pytest.mark.chromium

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def nobody(page: Page) -> None:
    while page.get_by_role("button", name="phone away").count():
        page.get_by_role("button", name="phone away").first.click()
    expect(page.get_by_role("heading", name="No phone is on the table")).to_be_visible()


def one_person(page: Page) -> None:
    page.goto(f"{page.url.partition('#')[0]}#P1")
    page.reload()
    expect(page.locator("#live")).to_have_text("Live")
    phone(page, ANN).get_by_role("tab", name="Locked").click()


def three_phones(page: Page) -> None:
    expect(page.locator(".phone")).to_have_count(3)


def the_roster(page: Page) -> None:
    if page.locator("#chips").is_visible():
        page.get_by_role("button", name="Moira Lennox", exact=True).click()
    expect(phone(page, MOIRA).get_by_role("button", name="All in")).to_be_visible()


def faults_open(page: Page) -> None:
    if page.get_by_role("navigation").is_visible():
        page.get_by_role("navigation").get_by_role("button", name="Faults").click()
    else:
        page.get_by_role("tab", name="Faults").click()
    page.get_by_role("switch", name="Server error").first.check()


def the_story(page: Page) -> None:
    if page.get_by_role("navigation").is_visible():
        page.get_by_role("navigation").get_by_role("button", name="Story").click()
    expect(page.get_by_text("Ann R said they are coming")).to_be_visible()


def the_picker(page: Page) -> None:
    page.get_by_role("button", name="Add a phone").click()


def the_clock_open(page: Page) -> None:
    if page.get_by_role("button", name="Move the clock").is_visible():
        page.get_by_role("button", name="Move the clock").click()
    page.get_by_role("button", name="Set…").click()


STATES = [nobody, one_person, three_phones, the_roster, faults_open, the_story, the_picker, the_clock_open]


@pytest.fixture
def busy(simulator: RunningSimulator, web: ReceivingWeb) -> RunningSimulator:
    """Every kind of message lies on the phones."""
    simulator.people(*PEOPLE)
    product(simulator, web)
    simulator.sms(str(ANN["phone"]), "1")
    simulator.fault("sms", "final", code=30003)
    text(simulator, ANN, "See you there")
    chat = CHATS["S6"]
    bot(simulator, "sendMessage", chat_id=chat, **roster({1: "In"}))
    bot(simulator, "sendLocation", chat_id=chat, latitude=55.73, longitude=-3.77)
    words = "<b>Bold</b> <tg-spoiler>hidden</tg-spoiler> https://example.org"
    keyboard = {"keyboard": [["My hours", "More"]]}
    bot(simulator, "sendMessage", chat_id=chat, text=words, parse_mode="HTML", reply_markup=keyboard)
    return simulator


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["laptop", "phone"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(
    browser: Browser, busy: RunningSimulator, state: Callable[[Page], None], size: tuple[int, int]
) -> None:
    with table(browser, busy, viewport={"width": size[0], "height": size[1]}) as page:
        state(page)
        look(page)
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.documentElement.dir = 'rtl'")
        look(page)


def look(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 20
