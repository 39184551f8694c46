"""Each way in which a provider can fail, once, and how it ends: who has which message, how often, and what staff see."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import Town

REMINDERS_AT = STANDARD.on_eve(STANDARD.reminders_at)
LATER = timedelta(minutes=11)  # after which an absent phone is tried once more

# What befalls the one call for a person's reminder; the states of the deliveries that this leads to; how many texts (or
# messages in the chat) they get; the tasks about them.
ABSENT = ["undelivered", "delivered"]
SMS: dict[str, tuple[list[dict[str, Any]], list[str], int, set[str]]] = {
    "blocked": ([{"kind": "blocked"}], ["failed"], 0, {"stopped", "not_reached"}),
    "500": ([{"kind": "http", "status": 500}], ["delivered"], 1, set()),
    "html": ([{"kind": "html"}], ["delivered"], 1, set()),
    "slow": ([{"kind": "slow", "seconds": 10}], ["delivered"], 1, set()),
    "dropped after": ([{"kind": "drop_after_accept"}], ["delivered"], 1, set()),
    "only in the list": ([{"kind": "drop_after_accept"}, {"kind": "receipts", "never": True}], ["accepted"], 1, set()),
    "dropped before": ([{"kind": "drop_before_accept"}], ["delivered"], 1, set()),
    "ok with error": ([{"kind": "ok_with_error"}], ["delivered"], 1, set()),
    "empty": ([{"kind": "empty"}], ["delivered"], 1, set()),
    "phone off": ([{"kind": "final", "code": 30003}], ABSENT, 2, set()),
    "no such phone": ([{"kind": "final", "code": 30005}], ["undelivered"], 1, {"bad_number", "not_reached"}),
    "receipts late": ([{"kind": "receipts", "late": 2}], ["delivered"], 1, set()),
    "receipts repeated": ([{"kind": "receipts", "repeat": 3}], ["delivered"], 1, set()),
    "receipts reordered": ([{"kind": "receipts", "reordered": True}], ["delivered"], 1, set()),
}  # fmt: skip
TELEGRAM: dict[str, tuple[dict[str, Any], list[tuple[str, str]], int, int]] = {
    "blocked": ({"kind": "blocked"}, [("telegram", "failed"), ("sms", "delivered")], 0, 1),
    "chat not found": ({"kind": "chat_not_found"}, [("telegram", "failed"), ("sms", "delivered")], 0, 1),
    "500": ({"kind": "http", "status": 500}, [("telegram", "delivered")], 1, 0),
    "html": ({"kind": "html"}, [("telegram", "delivered")], 1, 0),
    "slow": ({"kind": "slow", "seconds": 12}, [("telegram", "delivered")], 2, 0),
    "dropped after": ({"kind": "drop_after_accept"}, [("telegram", "delivered")], 2, 0),
    "dropped before": ({"kind": "drop_before_accept"}, [("telegram", "delivered")], 1, 0),
    "ok with error": ({"kind": "ok_with_error"}, [("telegram", "delivered")], 1, 0),
    "empty": ({"kind": "empty"}, [("telegram", "delivered")], 1, 0),
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Town, list[Person]]]:
    people = crowd(tmp_path / "council", sms=len(SMS), telegram=len(TELEGRAM))
    with Town(tmp_path, tmp_path / "council") as town:
        town.keep_private(one.phone for one in people)
        town.keep_private(one.last for one in people)
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        yield town, people


def test_every_fault_of_a_provider_ends_as_it_should(place: tuple[Town, list[Person]]) -> None:
    town, people = place
    texted, chatting = dict(zip(SMS, people, strict=False)), dict(zip(TELEGRAM, people[len(SMS) :], strict=True))
    town.link(*chatting.values())
    for name, (faults, *_) in SMS.items():
        for fault in faults:
            town.phones.fault("sms", **fault, match={"to": texted[name].phone, "method": "create"})
    for name, (fault, *_) in TELEGRAM.items():
        town.phones.fault("telegram", **fault, match={"to": chatting[name].chat, "method": "sendMessage"})
    expected = {texted[name].ref: [("sms", state) for state in states] for name, (_, states, *_) in SMS.items()}
    # Before its reminder everybody on Telegram was told that the chat is set up.
    expected |= {chatting[name].ref: [("telegram", "delivered"), *states] for name, (_, states, *_) in TELEGRAM.items()}

    town.clock(REMINDERS_AT)
    town.wait_for(lambda: town.deliveries(texted["phone off"].ref) == [("sms", "undelivered"), ("sms", "pending")], "absent")
    absent = texted["phone off"].ref
    waiting = expected | {absent: [("sms", "undelivered"), ("sms", "pending")]}
    settle(town, waiting)
    town.clock(REMINDERS_AT + LATER)
    settle(town, expected)

    for name, (_, _, copies, _) in SMS.items():
        assert len(town.thread(texted[name].phone)) == copies, name
    for name, (_, _, messages, texts) in TELEGRAM.items():
        one = chatting[name]
        assert (len(town.chat(one.chat)) - 1, len(town.thread(one.phone))) == (messages, texts), name
    tasks: dict[str, set[str]] = {}
    for task in town.tasks():
        tasks.setdefault(task["person"], set()).add(task["kind"])
    wanted = {texted[name].ref: kinds for name, (_, _, _, kinds) in SMS.items() if kinds}
    assert tasks == wanted | {chatting[name].ref: {"telegram_blocked"} for name in ("blocked", "chat not found")}
    assert [one["stop"] for one in town.person(texted["blocked"].ref)] == ["all"]
    assert town.phones.get("faults") == []
    assert town.metrics()["turnup_unknown"][()] == 0


def settle(town: Town, expected: dict[str, list[tuple[str, str]]]) -> None:
    def is_settled() -> bool:
        town.two_minutes_go_by()
        return all(town.deliveries(ref) == states for ref, states in expected.items())

    try:
        town.wait_for(is_settled, "not settled", 60)
    except AssertionError:
        assert {ref: town.deliveries(ref) for ref in expected} == expected
        raise


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_a_429_pauses_the_whole_channel_for_exactly_as_long_as_it_says(
    place: tuple[Town, list[Person]], channel: str
) -> None:
    town, people = place
    first, second = people[-2:] if channel == "telegram" else people[:2]
    if channel == "telegram":
        town.link(first, second)
    since = len(town.phones.book())
    to = str(first.chat) if channel == "telegram" else first.phone
    method = "sendMessage" if channel == "telegram" else "create"
    town.phones.fault(channel, "http", status=429, retry_after=3, match={"to": to, "method": method})

    def ask(one: Person) -> None:
        if channel == "telegram":
            town.say(one.chat, "My hours")
        else:
            town.text(one.phone, "4")

    ask(first)
    town.wait_for(lambda: not town.phones.get("faults"), "nobody was told to wait")
    refused_at = time.time()
    ask(second)
    town.quiet()
    accepted = [(row["to"], datetime.fromisoformat(row["at"]).timestamp()) for row in town.phones.book(since)]
    assert sorted(to for to, _ in accepted) == sorted(
        str(one.chat) if channel == "telegram" else one.phone for one in (first, second)
    )
    waited = [at - refused_at for _, at in accepted]
    assert all(2.8 < seconds < 4.5 for seconds in waited), waited


def test_a_cancellation_that_seems_not_to_arrive_comes_on_telegram_too_and_only_once(
    place: tuple[Town, list[Person]],
) -> None:
    town, people = place
    reached, silent, unlinked = people[:3]
    town.link(reached, silent)
    for one in (silent, unlinked):
        town.phones.fault("sms", "receipts", never=True, match={"to": one.phone, "method": "create"})
    cancel(town.council)
    town.must("import", str(town.council))
    town.wait_for(lambda: all(town.thread(one.phone) for one in people[: len(SMS)]), "not everybody was told")
    before = STANDARD.imported_at
    for minutes in (21, 42, 63):
        town.clock(before + timedelta(minutes=minutes))
        town.wait_for(lambda: "is OFF" in town.chat(silent.chat)[-1], "the other channel stays silent")
        time.sleep(1.5)  # the clock asks every second what is due
    assert [len(town.thread(one.phone)) for one in (reached, silent, unlinked)] == [1, 1, 1]
    assert [len(town.chat(one.chat)) for one in (reached, silent)] == [1, 2]
    assert town.deliveries(silent.ref)[1:] == [("sms", "accepted"), ("telegram", "delivered")]


def cancel(council: Path) -> None:
    """The files of the next day: the session is off."""
    path = council / "sessions.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    off = [line.replace(",planned", ",cancelled") if line.startswith("MAIN,") else line for line in lines]
    path.write_text("\n".join(off), encoding="utf-8")


def test_what_comes_in_twice_late_or_not_at_all_is_answered_once(place: tuple[Town, list[Person]]) -> None:
    town, people = place
    twice, late, lost, chatting = people[0], people[1], people[2], people[-1]
    town.link(chatting)
    town.phones.fault("sms", "updates_twice", n=3, match={"to": twice.phone, "method": "inbound"})
    town.phones.fault("sms", "updates_late", seconds=1, match={"to": late.phone, "method": "inbound"})
    town.phones.fault("sms", "updates_lost", match={"to": lost.phone, "method": "inbound"})
    town.phones.fault("telegram", "updates_twice", n=3, match={"to": chatting.chat, "method": "message"})
    for one in (twice, late):
        town.text(one.phone, "1")
    town.say(chatting.chat, "I'm coming")
    town.quiet()
    town.text(lost.phone, "1")
    town.kill()
    town.start()  # and the provider's list is read
    town.quiet()
    assert [len(town.thread(one.phone)) for one in (twice, late, lost)] == [1, 1, 1]
    assert len(town.chat(chatting.chat)) == 2
    assert town.counts("turnup_inbound") == {"twilio handled": 3, "telegram handled": 2}
