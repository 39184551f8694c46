"""Hours that mean something, and the sessions ahead: asked for on both channels, in both modes, over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import Town

S12 = (
    "Hours done: 60h 40m of 135. Hours left: 74h 20m. Finish by 12 December. Counted up to 5 June. Think it's wrong? "
    "Reply 7."
)
NEEDED = "To finish by 12 December, the hours you need a week are about 3. If that's hard, reply 7 to talk about it."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, list[Person]]]:
    """Two who text and two in chats, one of each discreet; and as many again, for whom the hours change."""
    folder = tmp_path_factory.mktemp("hours")
    people = crowd(folder / "council", sms=4, telegram=4, days=3)
    with Town(folder, folder / "council") as town:
        town.keep_private(one.phone for one in people)
        town.bring_in(STANDARD.imported_at.isoformat())
        town.ask(*(f"person {one.ref} --mode discreet --reason asked" for one in people[1::2]))
        town.start()
        town.link(*people[4:])
        yield town, people


def files(town: Town, one: Person) -> list[dict[str, Any]]:
    return [message for message in town.phones.chat(one.chat)["messages"] if message["kind"] in ("photo", "document")]


def opens(town: Town, one: Person) -> tuple[str, bytes]:
    """The kind and the content of the newest file in their chat."""
    newest = files(town, one)[-1]
    about = newest["content"][-1] if newest["kind"] == "photo" else newest["content"]
    return newest["kind"], town.phones.http.get(f"/sim/file/{about['file_id']}").content


def test_by_text_each_is_answered_when_asked(place: tuple[Town, list[Person]]) -> None:
    town, people = place
    craig, euan = people[:2]
    assert town.answers(
        craig.phone, "4", "hoo mony oors a week", "all ma sessions", "hoo dae a get there", "nae credit"
    ) == [
        S12,
        NEEDED,
        "Your next sessions: Friday 12 June, 3pm; Saturday 13 June, 3pm; Sunday 14 June, 3pm. For more about the "
        "first, reply 5.",
        "Friday 12 June, 3pm: Bike workshop. To ask the way there, call 01632 960480. Or reply 7 and we'll call you.",
        "OK. We'll call you by 5:30pm, Friday 12 June. It costs you nothing. In an emergency call 999. That's free too.",
    ]
    assert town.answers(euan.phone, "4", "am a on track", "mair sessions", "proof o ma oors") == [
        "60h 40m of 135 done. 74h 20m left.",
        "About 3 a week to be done by 12 December. To ask, reply 7.",
        "Next: Friday 12 June, 3pm; Saturday 13 June, 3pm; Sunday 14 June, 3pm.",
        "OK. A worker will be in touch about that.",
    ]
    assert {(task["kind"], task["person"]) for task in town.tasks()} == {("call_back", craig.ref), ("statement", euan.ref)}


def test_on_telegram_the_picture_the_paper_and_the_calendar_can_be_opened(place: tuple[Town, list[Person]]) -> None:
    town, people = place
    shona, kirsty = people[4:6]
    for one in (shona, kirsty):
        town.say(one.chat, "My hours")
    town.quiet()
    assert town.buttons(shona.chat)[-1] == [["When will I finish?"], ["All my hours"]]
    assert town.buttons(kirsty.chat)[-1] == []
    town.press(shona.chat, "When will I finish?")
    town.quiet()
    assert "the hours you need a week are about 3." in town.chat(shona.chat)[-1]
    kind, content = opens(town, shona)
    assert (kind, content[:8]) == ("photo", b"\x89PNG\r\n\x1a\n")
    town.press(shona.chat, "All my hours")
    town.quiet()
    kind, content = opens(town, shona)
    assert (kind, content[:5], b"(5 June 2026)" in content) == ("document", b"%PDF-", True)
    for one, label in ((shona, "Add to my calendar"), (kirsty, "Save the date")):
        town.say(one.chat, "Next session")
        town.quiet()
        town.press(one.chat, label)
        town.quiet()
        content = opens(town, one)[1]
        assert b"DTSTART:20260612T140000Z\r\n" in content
        assert (b"LOCATION:Bike workshop" in content) is (one is shona)
    town.press(shona.chat, "More sessions")
    town.quiet()
    assert town.chat(shona.chat)[-1].splitlines()[1:] == [
        f"{day} June, 3pm, Bike workshop" for day in ("Friday 12", "Saturday 13", "Sunday 14")
    ]


def test_half_of_the_hours_is_said_to_each_in_their_own_way_once(place: tuple[Town, list[Person]]) -> None:
    town, people = place
    texting, chatting = people[2:4], people[6:]
    town.ask(*(f"correct hours O-{one.ref} --minutes 600 --on 2026-06-10 --reason booked" for one in texting + chatting))
    # The clock may come between two of the corrections.
    town.wait_for(lambda: all(town.thread(one.phone) for one in texting), "nothing is said of the half by text")
    town.wait_for(lambda: files(town, chatting[0]), "nothing is shown of the half on Telegram")
    town.quiet()
    assert town.thread(texting[0].phone) == [
        "Hours done: 70h 40m of 135. Good work so far. Next session: Friday 12 June, 3pm. Reply 0 for the menu."
    ]
    assert town.thread(texting[1].phone) == ["70h 40m of 135 done. Next: Friday 12 June, 3pm."]
    assert opens(town, chatting[0])[0] == "photo"
    town.must("tick")
    town.quiet()
    assert [len(town.thread(one.phone)) for one in texting] == [1, 1]
