import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.simulator.running import TOKEN, RunningSimulator, wait_until
from tests.simulator.table import (
    AILSA,
    ANN,
    BOB,
    CHATS,
    MOIRA,
    PEOPLE,
    SMALL,
    bot,
    phone,
    product,
    roster,
    table,
    text,
)
from tests.simulator.web import ReceivingWeb

pytestmark = pytest.mark.chromium

ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def page(browser: Browser, simulator: RunningSimulator) -> Iterator[Page]:
    simulator.people(*PEOPLE)
    with table(browser, simulator) as page:
        yield page


@pytest.fixture
def demo(browser: Browser, simulator: RunningSimulator, web: ReceivingWeb) -> Iterator[Page]:
    """The page of a product that has a clock and a story."""
    simulator.people(*PEOPLE)
    product(simulator, web)
    with table(browser, simulator) as page:
        yield page


def test_a_person_lies_beside_their_supervisor_and_case_manager(page: Page) -> None:
    expect(page.get_by_role("article")).to_have_count(3)
    names = [article.get_by_role("heading").inner_text() for article in page.get_by_role("article").all()]
    assert names == [ANN["name"], MOIRA["name"], AILSA["name"]]
    expect(phone(page, ANN).get_by_role("tab", name="Texts")).to_have_attribute("aria-selected", "true")
    expect(phone(page, MOIRA).get_by_role("tab", name="Telegram")).to_have_attribute("aria-selected", "true")


def test_a_text_is_typed_and_its_answer_appears_with_state_and_parts(page: Page, simulator: RunningSimulator) -> None:
    field = phone(page, ANN).get_by_label("Text message")
    field.fill("3")
    field.press("Enter")
    texts = page.get_by_role("log", name="Texts of Ann Reid")
    expect(texts).to_contain_text("3")
    expect(field).to_have_value("")
    text(simulator, ANN, "Thanks – we’ve told them")
    expect(texts).to_contain_text("Thanks – we’ve told them")
    expect(texts).to_contain_text("delivered · 1 part, UCS-2")
    expect(page.locator("#announce")).to_have_text("Ann Reid, text: Thanks – we’ve told them")
    assert simulator.thread(str(ANN["phone"]))[0]["body"] == "3"
    expect(page.get_by_role("log", name="Texts of Moira Lennox")).to_have_count(0)


def test_a_phone_is_found_added_remembered_and_put_away(page: Page) -> None:
    page.get_by_role("button", name="Add a phone").click()
    picker = page.get_by_role("dialog", name="Add a phone")
    expect(picker.get_by_role("heading", name="Supervisors (1)")).to_be_visible()
    expect(picker.get_by_role("button", name="Moira Lennox on the table")).to_be_disabled()
    for words in ("07700 900102", "0770090010", "p2", "bob"):
        picker.get_by_label("Find by name").fill(words)
        expect(picker.get_by_role("button", name="Bob Kerr")).to_be_visible()
        expect(picker.get_by_role("button", name=re.compile("^Ailsa"))).to_have_count(0)
    picker.get_by_role("button", name="Bob Kerr").click()
    expect(phone(page, BOB)).to_be_visible()
    assert page.url.endswith("#P1,S6,S3,P2")
    page.reload()
    expect(page.get_by_role("article")).to_have_count(4)
    page.get_by_role("button", name="Put Ann Reid’s phone away").click()
    expect(page.get_by_role("button", name="Put Moira Lennox’s phone away")).to_be_focused()
    expect(page.get_by_role("article")).to_have_count(3)


def test_a_person_is_shown_with_their_team_alone(page: Page) -> None:
    page.goto(f"{page.url.partition('#')[0]}#P2")
    page.reload()
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name="Add a phone").click()
    page.get_by_role("button", name="Only Ann Reid, with Moira Lennox and Ailsa Drummond").click()
    expect(phone(page, BOB)).to_have_count(0)
    expect(page.get_by_role("article")).to_have_count(3)


def test_no_number_ever_stands_in_the_address(page: Page, simulator: RunningSimulator) -> None:
    simulator.sms("+447700900150", "who is this")
    page.get_by_role("button", name="Add a phone").click()
    page.get_by_role("button", name="+447700900150").click()
    expect(page.get_by_role("article")).to_have_count(4)
    assert "0150" not in page.url
    assert "0150" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_lock_screen_shows_the_first_forty_letters_and_keeps_spoilers_covered(
    page: Page, simulator: RunningSimulator
) -> None:
    text(simulator, ANN, "Linnbrae: next session Friday 12 June, 9:30am, Bike workshop.")
    bot(simulator, "sendMessage", chat_id=CHATS["S6"], text="PIN <tg-spoiler>2468</tg-spoiler>", parse_mode="HTML")
    phone(page, ANN).get_by_role("tab", name="Locked").click()
    phone(page, MOIRA).get_by_role("tab", name="Locked").click()
    expect(phone(page, ANN).locator(".words")).to_have_text("Linnbrae: next session Friday 12 June, 9…")
    expect(phone(page, MOIRA).locator(".words")).to_have_text("PIN ▒▒▒▒")


def test_unread_messages_are_counted_until_they_are_seen(page: Page, simulator: RunningSimulator) -> None:
    telegram = phone(page, MOIRA).get_by_role("tab", name="Telegram")
    texts = phone(page, MOIRA).get_by_role("tab", name="Texts")
    text(simulator, MOIRA, "one")
    text(simulator, MOIRA, "two")
    expect(texts).to_have_text("Texts2 new")
    texts.click()
    expect(texts).to_have_text("Texts")
    expect(telegram).to_have_text("Telegram")


def newest_press(simulator: RunningSimulator) -> dict[str, Any] | None:
    newest = simulator.http.post(f"/bot{TOKEN}/getUpdates").json()["result"][-1]
    return newest if "callback_query" in newest else None


def test_buttons_keyboard_and_start_link_work(browser: Browser, simulator: RunningSimulator) -> None:
    simulator.people(*PEOPLE)
    with table(browser, simulator, f"?start=7K3M9Q&chat={CHATS['P1']}") as page:
        telegram = page.get_by_role("log", name="Telegram messages of Ann Reid")
        expect(telegram).to_contain_text("/start 7K3M9Q")
        inline = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes:1"}]]}
        message = bot(
            simulator, "sendMessage", chat_id=CHATS["P1"], text="<b>Coming?</b>", parse_mode="HTML", reply_markup=inline
        )
        bot(simulator, "sendMessage", chat_id=CHATS["P1"], text="Menu", reply_markup={"keyboard": [["My hours"]]})
        expect(telegram.locator("strong")).to_have_text("Coming?")
        page.get_by_role("button", name="Yes", exact=True).click()
        update = wait_until(lambda: newest_press(simulator))
        assert update["callback_query"]["message"]["message_id"] == message["message_id"]
        bot(simulator, "answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Noted")
        expect(phone(page, ANN).locator(".telegram .snack")).to_have_text("Noted")
        expect(telegram).to_contain_text("Notice shown: Noted")
        page.get_by_role("button", name="My hours").click()
        expect(telegram.locator("li.mine").last).to_contain_text("My hours")
        page.get_by_role("button", name="Reply keyboard").click()
        expect(page.get_by_role("button", name="My hours")).to_have_count(0)
        page.reload()
        expect(telegram.locator("li.mine")).to_have_count(2)


def test_a_long_roster_is_marked_in_place(page: Page, simulator: RunningSimulator) -> None:
    chat = CHATS["S6"]
    message = bot(simulator, "sendMessage", chat_id=chat, **roster({}))
    bot(simulator, "sendMessage", chat_id=chat, text="Thanks")
    log = page.get_by_role("log", name="Telegram messages of Moira Lennox")
    tenth = log.get_by_role("button", name="Late").nth(9)
    tenth.scroll_into_view_if_needed()
    tenth.focus()
    before = log.evaluate("log => log.scrollTop")
    assert before > 0
    bot(simulator, "editMessageText", chat_id=chat, message_id=message["message_id"], **roster({10: "Late"}))
    expect(log.get_by_role("button", name="✓ Late")).to_be_focused()
    assert log.evaluate("log => log.scrollTop") == before
    expect(page.locator("#announce")).to_contain_text("Moira Lennox, Telegram, changed: 10 CK: Late")
    sizes = log.locator(".buttons button").evaluate_all("all => all.map(one => one.getBoundingClientRect())")
    assert len(sizes) == 82
    assert min(min(size["width"], size["height"]) for size in sizes) >= 44
    assert log.evaluate("log => log.scrollWidth <= log.clientWidth")


def test_an_answer_that_comes_late_does_not_take_newer_messages_away(page: Page, simulator: RunningSimulator) -> None:
    held: list[Route] = []
    page.route(f"**/sim/telegram/{CHATS['S6']}", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(f"**/sim/telegram/{CHATS['S6']}"):
        bot(simulator, "sendMessage", chat_id=CHATS["S6"], text="First")
    while not held:
        page.wait_for_timeout(20)
    early = held[0]
    old = early.fetch()
    bot(simulator, "sendMessage", chat_id=CHATS["S6"], text="Second")
    log = page.get_by_role("log", name="Telegram messages of Moira Lennox")
    expect(log).to_contain_text("Second")
    early.fulfill(response=old)
    page.wait_for_timeout(300)
    expect(log).to_contain_text("Second")


def test_a_chat_stays_at_its_end_also_when_a_keyboard_takes_room(page: Page, simulator: RunningSimulator) -> None:
    log = page.get_by_role("log", name="Telegram messages of Moira Lennox")
    for n in range(12):
        bot(simulator, "sendMessage", chat_id=CHATS["S6"], text=f"Message {n}")
    expect(log.get_by_text("Message 11", exact=True)).to_be_in_viewport()
    keyboard = {"keyboard": [[f"Row {n}"] for n in range(5)]}
    bot(simulator, "sendMessage", chat_id=CHATS["S6"], text="The last", reply_markup=keyboard)
    expect(log.get_by_text("The last")).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    bot(simulator, "sendMessage", chat_id=CHATS["S6"], text="One more")
    expect(log.get_by_text("One more")).to_have_count(1)
    assert log.evaluate("log => log.scrollTop") == 0
    page.get_by_role("button", name="Row 1").click()
    expect(log.locator("li.mine").last).to_be_in_viewport()


def test_hidden_words_and_pins_are_shown_when_asked_for(page: Page, simulator: RunningSimulator) -> None:
    bot(simulator, "sendMessage", chat_id=CHATS["S6"], text="It is <tg-spoiler>here</tg-spoiler>.", parse_mode="HTML")
    bot(simulator, "sendLocation", chat_id=CHATS["S6"], latitude=55.7312, longitude=-3.7741)
    log = page.get_by_role("log", name="Telegram messages of Moira Lennox")
    expect(log.get_by_text("here")).to_be_hidden()
    log.get_by_role("button", name="Hidden words: show them").click()
    expect(log.get_by_text("here")).to_be_visible()
    pin = log.get_by_role("link", name="Map pin")
    assert "mlat=55.7312&mlon=-3.7741" in str(pin.get_attribute("href"))


def test_a_picture_is_seen_in_the_chat_and_a_document_can_be_opened(page: Page, simulator: RunningSimulator) -> None:
    chat_id = CHATS["S6"]
    file = {"photo": ("hours.png", ONE_PIXEL, "image/png")}
    bot_url = f"/bot{TOKEN}"
    simulator.http.post(f"{bot_url}/sendPhoto", data={"chat_id": chat_id, "caption": "Hours left: 74"}, files=file)
    paper = {"document": ("hours.pdf", b"%PDF-1.7", "application/pdf")}
    simulator.http.post(f"{bot_url}/sendDocument", data={"chat_id": chat_id}, files=paper)
    log = page.get_by_role("log", name="Telegram messages of Moira Lennox")
    image = log.get_by_role("img", name="Picture, described below")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    expect(log).to_contain_text("Hours left: 74")
    chip = log.get_by_role("link", name="hours.pdf 8 bytes")
    with simulator.http.stream("GET", str(chip.get_attribute("href"))) as opened:
        assert opened.read() == b"%PDF-1.7"


def test_a_person_sends_a_picture_with_the_words_they_have_typed(page: Page, simulator: RunningSimulator) -> None:
    place = phone(page, MOIRA)
    place.get_by_label("Telegram message", exact=True).fill("ma bird box")
    with page.expect_file_chooser() as choosing:
        place.get_by_role("button", name="Send a picture").click()
    choosing.value.set_files({"name": "box.png", "mimeType": "image/png", "buffer": ONE_PIXEL})
    log = page.get_by_role("log", name="Telegram messages of Moira Lennox")
    expect(log.get_by_role("img", name="Picture, described below")).to_be_visible()
    expect(log).to_contain_text("ma bird box")
    expect(place.get_by_label("Telegram message", exact=True)).to_have_value("")
    large = simulator.chat(CHATS["S6"])["messages"][-1]["content"][-1]
    assert simulator.http.get(f"/sim/file/{large['file_id']}").content.startswith(b"\xff\xd8")


def test_what_a_phone_shows_has_its_owners_language_and_finds_its_own_direction(
    browser: Browser, simulator: RunningSimulator
) -> None:
    simulator.people(*PEOPLE)
    text(simulator, BOB, "أهلا")
    with table(browser, simulator, "#P2") as page:
        bubble = page.get_by_text("أهلا").first
        assert (bubble.get_attribute("lang"), bubble.get_attribute("dir")) == ("pl", "auto")
        expect(bubble).to_have_css("direction", "rtl")  # which waits, should the thread be drawn anew just now


def test_faults_are_switches(page: Page, simulator: RunningSimulator) -> None:
    page.get_by_role("tab", name="Faults").click()
    page.get_by_label("Switches turned on from now concern").select_option("only Ann Reid")
    switch = page.get_by_role("switch", name="Number cannot be reached")
    expect(switch).to_have_accessible_description("Accepted, then never delivered: switched off, or no signal.")
    switch.check()
    expect(page.get_by_role("tab", name="Faults (1 on)")).to_be_visible()
    [fault] = simulator.get("faults")
    assert (fault["kind"], fault["match"]["to"], fault["times"]) == ("final", ANN["phone"], None)
    text(simulator, ANN, "hello")
    expect(page.get_by_role("log", name="Texts of Ann Reid")).to_contain_text("undelivered (30003)")
    page.get_by_role("button", name="All well again").click()
    expect(page.get_by_text("All is well")).to_be_visible()
    expect(switch).not_to_be_checked()
    assert simulator.get("faults") == []


def test_switches_are_flipped_quickly_one_after_another(page: Page, simulator: RunningSimulator) -> None:
    page.get_by_role("tab", name="Faults").click()
    for switch in page.get_by_role("switch").all()[:6]:
        switch.check()
    expect(page.get_by_text("6 faults are on")).to_be_visible()
    assert len(simulator.get("faults")) == 6


def test_the_clock_is_moved_by_steps_by_jumps_and_back(demo: Page, web: ReceivingWeb) -> None:
    expect(demo.locator("#clock-now")).to_contain_text("Thursday, 11 June 2026 16:30", use_inner_text=True)
    demo.get_by_role("button", name="+1 hour").click()
    expect(demo.locator("#clock-now")).to_contain_text("17:30")
    expect(demo.locator("#clock-state")).to_have_text("Moved")
    expect(demo.locator(".phone .status .time").first).to_have_text("17:30")
    expect(demo.get_by_role("button", name="The evening before Thu 16:00 passed")).to_be_disabled()
    demo.get_by_role("button", name="Session start Fri 09:30").click()
    expect(demo.locator("#clock-now")).to_contain_text("Friday, 12 June 2026 09:30", use_inner_text=True)
    assert (web.clock, web.asked_for) == ("2026-06-12T09:30:00+01:00", "P1,S6,S3")
    demo.get_by_role("button", name="Set…").click()
    demo.get_by_label("Date and time (UK)").fill("2026-06-15T07:00")
    demo.get_by_role("button", name="Set the clock").click()
    expect(demo.locator("#clock-now")).to_contain_text("15 June 2026 07:00", use_inner_text=True)
    expect(demo.get_by_role("button", name="Set…")).to_be_focused()
    demo.get_by_role("button", name="Real time").click()
    expect(demo.locator("#clock-state")).to_have_text("Real time")
    assert web.clock == "real"


def test_the_phone_of_who_runs_the_session_is_offered(demo: Page) -> None:
    demo.get_by_role("button", name="Put Moira Lennox’s phone away").click()
    demo.get_by_role("button", name="Show Moira Lennox, who runs it").click()
    expect(phone(demo, MOIRA)).to_be_visible()
    expect(demo.get_by_role("button", name="Show Moira Lennox, who runs it")).to_be_hidden()


def test_the_story_stands_newest_first_and_can_be_narrowed(demo: Page, web: ReceivingWeb) -> None:
    lines = demo.locator("#story li:not(.day)")
    expect(lines).to_have_text(["16:25Ann R said they are coming on Friday 12 June.", "16:20Bob K stopped reminders."])
    demo.get_by_label("Only about the phones shown").check()
    expect(lines).to_have_count(1)
    web.story.append(
        {"id": 3, "instead_of": [2], "at": "2026-06-11T16:28:00+01:00", "text": "Ann R will be late.", "ref": "P1"}
    )
    expect(lines).to_have_text(["16:28Ann R will be late."])


def test_tabs_are_one_stop_of_the_keyboard_and_the_arrows_move_between_them(page: Page) -> None:
    tabs = phone(page, ANN).get_by_role("tab")
    tabs.nth(1).focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(2)).to_be_focused()
    expect(tabs.nth(2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(0)).to_be_focused()
    assert [tab.get_attribute("tabindex") for tab in tabs.all()] == ["0", "-1", "-1"]
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.keyboard.press("ArrowLeft")
    expect(tabs.nth(1)).to_be_focused()


@pytest.mark.parametrize("width", [320, SMALL[0]])
def test_it_fits_a_small_phone(demo: Page, width: int) -> None:
    demo.set_viewport_size({"width": width, "height": 740})
    expect(phone(demo, MOIRA)).to_be_hidden()
    demo.get_by_role("button", name="Moira Lennox", exact=True).click()
    expect(phone(demo, MOIRA).get_by_label("Telegram message", exact=True)).to_be_in_viewport()
    for view, there in (("Story", "Ann R said they are coming"), ("Faults", "All is well"), ("Phones", "supervisor")):
        demo.get_by_role("navigation").get_by_role("button", name=view).click()
        expect(demo.get_by_text(there).first).to_be_visible()
        assert demo.evaluate("document.documentElement.scrollWidth") == width
    demo.get_by_role("button", name="Move the clock").click()
    expect(demo.get_by_role("button", name="Session start")).to_be_visible()
    assert demo.evaluate("document.documentElement.scrollWidth") == width


def test_it_is_mirrored_where_people_read_from_the_right(page: Page, simulator: RunningSimulator) -> None:
    page.evaluate("document.documentElement.dir = 'rtl'")
    simulator.sms(str(ANN["phone"]), "1")
    mine = phone(page, ANN).locator("li.mine .body")
    expect(mine).to_be_visible()
    device = phone(page, ANN).locator(".device").bounding_box()
    bubble, first = mine.bounding_box(), phone(page, ANN).bounding_box()
    second, story = phone(page, MOIRA).bounding_box(), page.locator("#side").bounding_box()
    assert device
    assert bubble
    assert first
    assert second
    assert story
    assert bubble["x"] - device["x"] < 30
    assert first["x"] > second["x"] > story["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_moves_where_less_motion_is_wished_for(page: Page, simulator: RunningSimulator) -> None:
    text(simulator, ANN, "hello")
    expect(page.get_by_role("log", name="Texts of Ann Reid")).to_contain_text("hello")
    assert page.evaluate("document.getAnimations().length") == 0
