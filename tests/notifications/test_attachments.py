"""What goes with a message is made when it is sent, off the loop and outside every transaction, and never stored."""

import pytest

from db import schema
from notifications import captions
from notifications.attachments import Attachment, Source
from notifications.channel import File
from tests.notifications.conftest import Post, post_of

KEY = "menu"  # any string can be a caption


def attach(monkeypatch: pytest.MonkeyPatch, **given: object) -> list[Source]:
    """Lets a picture go with KEY; returns what it was made from each time."""
    made: list[Source] = []

    def make(source: Source) -> bytes:
        made.append(source)
        return f"picture of {source.fields.get('left')}".encode()

    values = {"kind": "photo", "name": "hours.png", "make": make, **given}
    monkeypatch.setitem(captions.BY_STRING, KEY, Attachment(**values))  # type: ignore[arg-type]
    return made


def test_a_picture_is_made_as_it_is_sent_with_its_words_as_caption(telegram: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    made = attach(monkeypatch)
    person = telegram.town.person("P1", chat="4001", language="en_GB")
    notice = telegram.write(person_id=person, string=KEY, fields={"left": 300}, channel="telegram")
    telegram.clock.pass_(seconds=2)
    claimed = telegram.claim()
    assert made == []  # claimed inside a transaction, where nothing is made
    telegram.call(claimed)
    call = telegram.channel.calls[0]
    assert call.file == File("photo", "hours.png", b"picture of 300")
    assert call.body == "What do you need? Tap a button below. Emergency: call 999."
    assert made[0].locale == "en_GB"
    assert made[0].label("place.usual") == "the usual place"
    assert telegram.notice(notice) == "told"
    assert telegram.deliveries(notice)[0]["body"] == call.body


@pytest.mark.parametrize(("mode", "goes"), [("standard", True), ("discreet", False), ("call_first", False)])
def test_who_needs_it_discreet_is_asked_to_call_instead(
    telegram: Post, monkeypatch: pytest.MonkeyPatch, mode: str, goes: bool
) -> None:
    made = attach(monkeypatch)
    person = telegram.town.person("P1", chat="4001", mode=mode)
    telegram.write(person_id=person, string=KEY, channel="telegram")
    telegram.turn()
    call = telegram.channel.calls[0]
    assert (call.file is not None) is goes is bool(made)
    assert call.body.startswith("Can you call when it suits?") is not goes


def test_what_says_nothing_private_goes_to_the_discreet_too(telegram: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    attach(monkeypatch, kind="document", name="session.ics", discreet=True)
    person = telegram.town.person("P1", chat="4001", mode="discreet")
    telegram.write(person_id=person, string=KEY, channel="telegram")
    telegram.turn()
    assert telegram.channel.calls[0].file is not None


@pytest.mark.parametrize("people", ["off", "content_free"])
def test_a_council_that_has_taken_telegram_back_sends_no_file(
    telegram: Post, sms: Post, monkeypatch: pytest.MonkeyPatch, people: str
) -> None:
    made = attach(monkeypatch)
    telegram.town.person("P1", phone="07700900001", chat="4001")
    telegram.write(person_id=1, string=KEY, channel="telegram")
    late = post_of("telegram", telegram.record, telegram.clock, telegram={"people": people})
    late.turn()
    assert made == []
    assert [call.file for call in late.channel.calls] == [None] * len(late.channel.calls)


def test_what_cannot_be_made_fails_that_message_alone(telegram: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Source) -> bytes:
        raise OSError("no such file: 07700 900123")

    attach(monkeypatch, make=broken)
    first = telegram.town.person("P1", chat="4001")
    second = telegram.town.person("P2", chat="4002")
    lost = telegram.write(person_id=first, string=KEY, channel="telegram")
    told = telegram.write(person_id=second, string="stale", channel="telegram")
    telegram.turn()
    assert telegram.statuses(lost)[0] == "failed"
    assert telegram.notice(told) == "told"
    row = telegram.town.rows(schema.deliveries, schema.deliveries.c.notice_id == lost)[0]
    assert (row["error_class"], row["error_code"]) == ("content", "not_made")


def test_an_edit_changes_words_and_carries_no_file(telegram: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    attach(monkeypatch)
    person = telegram.town.person("P1", chat="4001")
    telegram.write(person_id=person, string=KEY, channel="telegram", edits=77)
    telegram.turn()
    assert (telegram.channel.calls[0].action, telegram.channel.calls[0].file) == ("edit", None)
