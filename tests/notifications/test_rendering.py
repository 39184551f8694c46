"""What stands in a message, by mode and channel, and above all what never does."""

from datetime import datetime
from itertools import count
from typing import Any

import pytest

from db.claims import NoticeRow
from db.record import Record
from locales.catalog import Catalogs
from notifications.rendering import MAP_PIN, Rendered, Renderer
from tests.db import making
from tests.db.making import NOW, Town

DAY = "2026-06-11T08:30:00+00:00"
PLACE = "Bikes"
SAID: dict[str, dict[str, Any]] = {
    "reminder.first": {"day": DAY, "time": DAY, "place": PLACE},
    "reminder.day_before": {"day": DAY, "time": DAY, "place": PLACE},
    "session.off": {"day": DAY, "place": PLACE},
    "session.moved": {"day": DAY, "day2": DAY, "time": DAY, "place": PLACE},
    "session.on_again": {"day": DAY, "time": DAY, "place": PLACE},
    "session.next": {"day": DAY, "time": DAY, "place": PLACE, "bring": "work boots"},
    "session.next_pick_up": {"day": DAY, "time": DAY, "place": PLACE, "bring": "work boots", "pick_up": "Depot 8:30"},
    "session.way_pick_up": {"day": DAY, "time": DAY, "place": PLACE, "pick_up": "Depot 8:30"},
    "reminder.pick_up": {"day": DAY, "time": DAY, "place": PLACE, "pick_up": "Depot 8:30"},
    "coming.confirmed": {"day": DAY, "time": DAY, "place": PLACE},
    "late.noted": {"late": "a", "place": PLACE},
    "hours.left": {"done": 600, "total": 6000, "left": 5400, "date": "2026-10-31", "date2": "2026-06-09"},
    "menu": {},
}


def notice(string: str, fields: dict[str, Any], **given: Any) -> NoticeRow:
    values: dict[str, Any] = dict.fromkeys(
        name for name in NoticeRow._fields if name not in ("not_before", "string", "fields")
    )
    values |= {
        "id": 1, "key": "k", "purpose": "reply", "lane": 1, "timing": "any", "person_id": 1, "booking_id": 1,
        "booking_version": 1, "session_id": 1, "session_version": 1, "created_at": NOW, "expires_at": NOW, **given,
    }  # fmt: skip
    return NoticeRow(string=string, fields=fields, **values)


class Words:
    def __init__(self, record: Record) -> None:
        self.town = Town(record)
        self.people = count(1)

    def to_person(
        self, string: str, channel: Any = "sms", *, people: str = "full", fields: dict[str, Any] | None = None, **given: Any
    ) -> Rendered:
        about = {name: given.pop(name) for name in ("purpose", "question_id", "edits") if name in given}
        number = next(self.people)
        person = self.town.the_person(self.town.person(f"P{number}", chat=str(4000 + number), **given))
        renderer = Renderer(making.council(telegram={"people": people}), Catalogs.load())
        return renderer.for_person(
            notice(string, SAID.get(string, {}) if fields is None else fields, **about), person, channel, NOW
        )


@pytest.fixture
def words(sqlite_record: Record) -> Words:
    return Words(sqlite_record)


CLOSE = [
    # who must never be sent a place, and on which channel
    ({"mode": "discreet"}, "sms"), ({"mode": "discreet"}, "telegram"), ({"mode": "call_first"}, "sms"),
    ({"mode": "call_first"}, "telegram"), ({"phone_is_own": False}, "sms"), ({"doubted_at": NOW}, "sms"),
]  # fmt: skip


@pytest.mark.parametrize("string", SAID)
@pytest.mark.parametrize(("given", "channel"), CLOSE, ids=str)
def test_no_name_place_or_sender_for_who_needs_it_discreet(
    words: Words, string: str, given: dict[str, Any], channel: str
) -> None:
    body = words.to_person(string, channel, **given).body
    for secret in (PLACE, "Craig", "Haddow", "Sessions:", "boots", "Depot"):
        assert secret not in body


@pytest.mark.parametrize("string", SAID)
@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_call_first_is_the_same_few_words_whatever_it_is_about(words: Words, string: str, channel: str) -> None:
    rendered = words.to_person(string, channel, mode="call_first")
    assert rendered.body == "Can you call when it suits? 01632 960480"
    assert rendered.buttons == rendered.keyboard == ()
    assert rendered.location is None


def test_a_number_that_two_have_gets_no_place(words: Words) -> None:
    words.town.person("P99", phone="+447700900800")
    assert PLACE not in words.to_person("session.next", phone="+447700900800").body


def test_a_womens_place_is_the_usual_one(words: Words) -> None:
    fields = {**SAID["session.off"], "place": ""}
    body = words.to_person("session.off", fields=fields, women_only=True).body
    assert body.startswith("Sessions: Thursday 11 June at the usual place is OFF.")


@pytest.mark.parametrize("string", [string for string in SAID if string != "menu"])
def test_content_free_telegram_says_nothing_and_sms_is_not_touched(words: Words, string: str) -> None:
    rendered = words.to_person(string, "telegram", people="content_free")
    assert not any(part in rendered.body for part in (PLACE, "June", "9:30", "Craig", "90h"))
    assert rendered.buttons == rendered.keyboard == ()
    assert words.to_person(string, "sms", people="content_free").body != rendered.body


@pytest.mark.parametrize(("mode", "channel"), [("call_first", "sms"), ("standard", "telegram")])
def test_safety_texts_are_never_hidden(words: Words, mode: str, channel: str) -> None:
    fields = {"when": ["by", DAY]}
    rendered = words.to_person(
        "crisis.life_risk", channel, people="content_free", fields=fields, mode=mode, purpose="safety"
    )
    assert "999" in rendered.body
    assert "116 123" in rendered.body


PIN = {"pin": [55.7, -3.7]}
PINS = [
    ({}, "telegram", "full", (55.7, -3.7)), ({"mode": "discreet"}, "telegram", "full", None),
    ({"mode": "call_first"}, "telegram", "full", None), ({}, "telegram", "content_free", None), ({}, "sms", "full", None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "channel", "people", "location"), PINS, ids=str)
def test_a_map_pin_is_a_bare_location_in_the_standard_mode_of_the_moment(
    words: Words, given: dict[str, Any], channel: str, people: str, location: Any
) -> None:
    rendered = words.to_person(MAP_PIN, channel, people=people, fields=PIN, **given)
    assert rendered.location == location
    assert (rendered.body == "") is (location is not None)


def test_a_text_on_telegram_has_its_buttons_and_a_menu_the_keyboard(words: Words) -> None:
    rendered = words.to_person("session.next", "telegram", fields={**SAID["session.next"], **PIN})
    assert [[button.data for button in row] for row in rendered.buttons] == [
        ["b:1:1.1:coming", "b:1:1.1:cant"], ["b:1:1.1:late", "b:1:1.1:talk"], ["b:1:1.1:map", "b:1:1.1:calendar"],
    ]  # fmt: skip
    assert rendered.keyboard == ()
    menu = words.to_person("menu", "telegram")
    assert menu.keyboard == (
        ("I'm coming", "I can't come"),
        ("I'll be late", "My hours"),
        ("Next session", "Home pack"),
        ("Talk to someone", "More"),
    )


@pytest.mark.parametrize("mode", ["standard", "discreet"])
def test_no_map_button_for_who_needs_it_discreet(words: Words, mode: str) -> None:
    rendered = words.to_person("session.next", "telegram", fields={**SAID["session.next"], **PIN}, mode=mode)
    labels = {button.data.rsplit(":", 1)[1] for row in rendered.buttons for button in row}
    assert ("map" in labels) is (mode == "standard")
    assert rendered.protect is (mode == "discreet")


def test_what_people_are_called_is_escaped_on_telegram(words: Words) -> None:
    body = words.to_person("reminder.first", "telegram", first_name="<b>&Jo").body
    assert body.startswith("&lt;b&gt;&amp;Jo, your first session")


def test_long_names_do_not_make_a_second_part(words: Words) -> None:
    fields = {**SAID["reminder.first"], "place": "W" * 80}
    rendered = words.to_person("reminder.first", fields=fields, first_name="M" * 60)
    assert "M" * 13 not in rendered.body
    assert "W" * 21 not in rendered.body
    assert rendered.parts == 1


STAFF = [
    ("sms", "Alert 7, urgent. Reply ACK 7, then open the Sessions bot or call 01632 960480. Not you? PASS 7."),
    ("telegram", "Alert 7, urgent. Reply ACK 7, then open the Sessions bot or call 01632 960480. Not you? PASS 7."),
]


@pytest.mark.parametrize(("channel", "text"), STAFF)
def test_an_alert_to_staff_has_a_number_and_nothing_of_the_person(words: Words, channel: Any, text: str) -> None:
    member = words.town.the_member(words.town.member("S1"))
    about = notice("alert.urgent", {"alert": "7"}, staff_id=member.id, alert_id=7, person_id=None)
    rendered = Renderer(making.council(), Catalogs.load()).for_staff(about, member, channel, NOW)
    assert rendered.body == text
    if channel == "telegram":
        assert rendered.protect
        assert [button.data for row in rendered.buttons for button in row] == ["k:7::ack", "k:7::pass"]


def test_a_stranger_is_told_in_english_and_nothing_of_anybody(words: Words) -> None:
    about = notice("unknown_number", {}, person_id=None, address="+447700900900", channel="sms")
    body = Renderer(making.council(), Catalogs.load()).for_stranger(about, "sms", NOW).body
    assert body == "Sorry, we don't know this number. If we should, please call 01632 960480. Emergency: 999."


@pytest.mark.parametrize("moment", ["2026-03-29T00:30:00+00:00", "2026-03-29T01:30:00+00:00", "2026-10-25T00:30:00+00:00"])
def test_times_are_londons_on_the_nights_when_the_clocks_change(words: Words, moment: str) -> None:
    local = datetime.fromisoformat(moment).astimezone(making.LONDON)
    hour = f"{local:%I:%M%p}".lstrip("0").lower()
    assert hour in words.to_person("session.next", fields={**SAID["session.next"], "time": moment}).body
