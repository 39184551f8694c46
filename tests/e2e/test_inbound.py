"""What comes in while we are down, all at once, from one number only, or by three ways at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import Town

STRANGER = "+447700900777"
FLOOD = 200


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Town, list[Person]]]:
    people = crowd(tmp_path / "council", sms=6, telegram=2)
    with Town(tmp_path, tmp_path / "council") as town:
        town.keep_private(one.phone for one in people)
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(*people[6:])
        yield town, people


def test_a_flood_from_one_number_is_answered_once_and_holds_up_nobody(place: tuple[Town, list[Person]]) -> None:
    town, people = place
    others = {FLOOD // 4 * n: one for n, one in enumerate(people[:3], start=1)}

    def one_text(n: int) -> None:
        town.phones.sms(others[n].phone if n in others else STRANGER, "4" if n in others else f"hello {n}")

    with ThreadPoolExecutor(16) as phones:
        list(phones.map(one_text, range(FLOOD)))
    town.sent["twilio"] += FLOOD
    town.quiet()
    assert town.counts("turnup_inbound")["twilio handled"] == FLOOD
    assert len(town.thread(STRANGER)) == 1
    assert [len(town.thread(one.phone)) for one in others.values()] == [1, 1, 1]
    assert [task["kind"] for task in town.tasks()] == ["unknown_number"]


def test_what_came_while_we_were_down_is_answered_once_and_in_order(place: tuple[Town, list[Person]]) -> None:
    """More than a page of the SMS provider's list; Telegram keeps its own until somebody takes it."""
    town, people = place
    texted, chatting = people[:6], people[6:]
    since = {one.chat: len(town.chat(one.chat)) for one in chatting}
    town.kill()
    for n in range(20):
        for one in texted:
            town.text(one.phone, "hello" if n else "5")  # one answer, and what follows goes to a person
    for one in chatting:
        town.say(one.chat, "My hours")
        town.say(one.chat, "Next session")
    town.start()
    town.quiet()
    assert town.counts("turnup_inbound") == {"twilio handled": 120, "telegram handled": 2 + 4}
    first = {town.thread(one.phone)[0].partition(":")[0] for one in texted}
    assert len(first) == 1
    for one in chatting:
        said = town.chat(one.chat)[since[one.chat] :]
        assert ["Hours left" in said[0], "Friday 12 June" in said[1]] == [True, True]


def test_a_message_a_press_and_an_edit_of_one_person_at_once_are_each_handled(place: tuple[Town, list[Person]]) -> None:
    """Telegram keeps a queue for each kind, so they overtake each other on the way; here each comes twice, too."""
    town, people = place
    one = people[-1]
    sent = town.phones.say(one.chat, "I'll be late")
    town.sent["telegram"] += 1
    town.quiet()
    assert "late" in town.chat(one.chat)[-1]
    for kind in ("edited_message", "callback_query", "message"):
        town.phones.fault("telegram", "updates_twice", n=2, match={"to": one.chat, "method": kind})
    before = town.counts("turnup_inbound")["telegram handled"]
    message_id = sent.get("message_id") or sent["message"]["message_id"]
    button = first_button(town, one)
    acts = [
        lambda: town.phones.edit(one.chat, message_id, "My hours"),
        lambda: town.phones.press(one.chat, *button),
        lambda: town.phones.say(one.chat, "Next session"),
    ]
    with ThreadPoolExecutor(3) as at_once:
        list(at_once.map(lambda act: act(), acts))
    town.sent["telegram"] += 3
    town.quiet()
    assert town.counts("turnup_inbound")["telegram handled"] == before + 3
    (person,) = town.person(one.ref)
    assert [(report["kind"], report["band"]) for report in person["reports"]] == [("late", "a")]
    said = town.chat(one.chat)[-3:]
    assert sum("Hours left" in text for text in said) == 1
    assert sum("Friday 12 June" in text for text in said) >= 1


def first_button(town: Town, one: Person) -> tuple[int, str]:
    newest = town.phones.chat(one.chat)["messages"][-1]
    return newest["message_id"], newest["buttons"][0][0]["callback_data"]
