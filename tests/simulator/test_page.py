import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.simulator.running import TOKEN, RunningSimulator
from tests.simulator.web import ReceivingWeb

CHROMIUM = Path("/usr/bin/chromium")
ANN = {"name": "Ann Reid", "phone": "+447700900101", "note": "discreet"}
MOIRA = {"name": "Moira Lennox", "phone": "+447700900201", "role": "supervisor"}

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists() and not os.environ.get("CI"), reason="there is no Chromium here"),
]


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(10_000)
        yield page
        browser.close()


@pytest.fixture
def phones(browser_page: Page, simulator: RunningSimulator) -> Page:
    simulator.people(ANN, MOIRA)
    faults: list[str] = []
    browser_page.on("pageerror", lambda error: faults.append(str(error)))
    browser_page.goto(simulator.url)
    expect(browser_page.get_by_role("status").first).to_have_text("Live")
    assert faults == []
    return browser_page


def send_sms(simulator: RunningSimulator, body: str) -> None:
    with simulator.twilio() as client:
        client.messages.create(to=str(ANN["phone"]), from_=simulator.config.twilio_number, body=body)


def bot(simulator: RunningSimulator, method: str, **given: object) -> dict[str, object]:
    answer = simulator.http.post(f"/bot{TOKEN}/{method}", json=given).json()
    assert answer["ok"], answer
    return dict(answer["result"]) if isinstance(answer["result"], dict) else {}


def test_a_text_is_typed_and_its_answer_appears_with_state_and_parts(phones: Page, simulator: RunningSimulator) -> None:
    phones.get_by_label("Find a name").fill("0770090010")
    expect(phones.get_by_role("button", name="Moira")).to_have_count(0)
    phones.get_by_role("button", name="Ann Reid").click()
    phones.get_by_label("Text message").fill("3")
    phones.get_by_label("Text message").press("Enter")
    texts = phones.get_by_role("log", name="Texts")
    expect(texts).to_contain_text("3")
    send_sms(simulator, "Thanks – we’ve told them")
    expect(texts).to_contain_text("Thanks – we’ve told them")
    expect(texts).to_contain_text("delivered · 1 part, UCS-2")
    assert simulator.thread(str(ANN["phone"]))[0]["body"] == "3"


def test_buttons_keyboard_and_start_link_work(phones: Page, simulator: RunningSimulator) -> None:
    chat_id = simulator.get("people")[0]["chat_id"]
    phones.goto(f"{simulator.url}/?start=7K3M9Q&chat={chat_id}")
    telegram = phones.get_by_role("log", name="Telegram messages")
    expect(telegram).to_contain_text("/start 7K3M9Q")
    inline = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes:1"}]]}
    message = bot(simulator, "sendMessage", chat_id=chat_id, text="<b>Coming?</b>", parse_mode="HTML", reply_markup=inline)
    bot(simulator, "sendMessage", chat_id=chat_id, text="Menu", reply_markup={"keyboard": [["My hours"]]})
    expect(telegram.locator("strong")).to_have_text("Coming?")
    phones.get_by_role("button", name="Yes", exact=True).click()
    [*_, update] = simulator.http.post(f"/bot{TOKEN}/getUpdates").json()["result"]
    assert update["callback_query"]["message"]["message_id"] == message["message_id"]
    bot(simulator, "answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Noted")
    expect(phones.locator("#toast")).to_have_text("Noted")
    expect(telegram).to_contain_text("Notice shown: Noted")
    phones.get_by_role("button", name="My hours").click()
    expect(telegram.locator("li.mine").last).to_contain_text("My hours")
    phones.reload()
    expect(telegram.locator("li.mine")).to_have_count(2)


def test_faults_are_switches(phones: Page, simulator: RunningSimulator) -> None:
    phones.get_by_role("button", name="Ann Reid").click()
    phones.get_by_label("Only for the phone shown").check()
    phones.get_by_label("Number cannot be reached").check()
    expect(phones.get_by_role("heading", name="Faults (1 on)")).to_be_visible()
    [fault] = simulator.get("faults")
    assert (fault["kind"], fault["match"]["to"], fault["times"]) == ("final", ANN["phone"], None)
    send_sms(simulator, "hello")
    expect(phones.get_by_role("log", name="Texts")).to_contain_text("undelivered (30003)")
    phones.get_by_label("Number cannot be reached").uncheck()
    expect(phones.get_by_role("heading", name="Faults", exact=True)).to_be_visible()
    assert simulator.get("faults") == []


def test_the_clock_is_moved(phones: Page, simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.configure(clock_url=f"{web.url}/demo/clock")
    phones.reload()
    expect(phones.locator("#clock-now")).to_contain_text("Thursday, 11 June 2026 at 16:30")
    phones.get_by_role("button", name="Next 17:00").click()
    expect(phones.locator("#clock-now")).to_contain_text("17:00")
    assert web.clock == "2026-06-11T17:00"


def test_it_fits_a_small_phone(phones: Page) -> None:
    phones.set_viewport_size({"width": 360, "height": 740})
    phones.get_by_role("button", name="Ann Reid").click()
    phones.get_by_role("button", name="Telegram", exact=True).click()
    expect(phones.get_by_label("Telegram message", exact=True)).to_be_visible()
    assert phones.evaluate("document.documentElement.scrollWidth") == 360
    phones.get_by_role("button", name="All phones").click()
    expect(phones.get_by_role("button", name="Moira")).to_be_visible()
    phones.set_viewport_size({"width": 1280, "height": 800})
