"""What comes through the doors besides plain text: pictures, edits, groups, blocks; and what we failed to handle."""

import json
from typing import Any

import pytest

from db import schema
from db.inbound import Raw
from tests.handlers import wording
from tests.handlers.talking import Door, Someone, Town
from tests.handlers.wording import read


def booked(town: Town, door: Door = "sms", **values: Any) -> tuple[Someone, int]:
    person = town.person("Craig Haddow", door=door, **values)
    session = town.session("12 September 9:30")
    person.is_booked(session)
    return person, session


def test_a_picture_by_text_goes_to_a_human(town: Town) -> None:
    craig, _ = booked(town)
    assert craig.texts("ma sick line", NumMedia="1") == [read(wording.S39)]
    assert craig.tasks() == {"message": "[mms] ma sick line"}


@pytest.mark.parametrize("kind", ["photo", "voice", "video", "video_note", "document", "sticker", "location", "contact"])
def test_media_on_telegram_goes_to_a_human(town: Town, kind: str) -> None:
    craig, _ = booked(town, "telegram")
    sent: dict[str, Any] = {kind: {"file_id": "f"}, "caption": "look"}
    [told] = craig.writes("", **sent)
    assert told.startswith("Sorry, we can't open pictures or voice notes here.")
    assert craig.tasks() == {"message": f"[{kind}] look"}


def test_a_live_location_is_not_answered_at_every_step(town: Town) -> None:
    craig, _ = booked(town, "telegram")
    craig.writes("", location={"latitude": 55.7, "longitude": -3.7})
    assert [craig.writes("", edited=True, location={"latitude": 55.8, "longitude": -3.7}) for _ in range(3)] == [[], [], []]


def test_an_edited_message_counts_as_said(town: Town) -> None:
    craig, session = booked(town, "telegram")
    craig.writes("1")
    craig.writes("2", edited=True)
    assert craig.answer(session) == "cant"


@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel"])
@pytest.mark.parametrize("said", ["4", "1", "/start", "kms"])
def test_nothing_is_ever_said_in_a_group(town: Town, chat_type: str, said: str) -> None:
    craig, session = booked(town, "telegram")
    assert craig.writes(said, chat_type=chat_type) == []
    assert craig.answer(session) is None
    assert town.said == []
    assert town.rows(schema.tasks) == []


def test_an_update_of_a_kind_we_do_not_know_is_passed_over(town: Town) -> None:
    craig, _ = booked(town, "telegram")
    assert craig.update("poll_answer", {"poll_id": "1"}) == []


def test_who_blocks_the_bot_gets_texts_and_who_comes_back_gets_messages(town: Town) -> None:
    craig, session = booked(town, "telegram")
    craig.joins("kicked")
    town.at("11 September 17:00")
    town.reminds()
    assert craig.reads() == [read(wording.S03)]
    craig.joins("member")
    assert craig.writes("1")[0].startswith("Thanks. You're down for")
    town.moves(session, "12 September 14:00")
    [told] = craig.reads()
    assert told.startswith("Your session on Friday 12 September is now <b>Friday 12 September, 2pm</b>, Bike workshop.")


def test_blocking_is_never_held_against_anyone(town: Town) -> None:
    craig, session = booked(town, "telegram")
    craig.joins("kicked")
    assert craig.reports() == []
    assert craig.answer(session) is None


def test_what_is_written_is_shown_and_never_obeyed(town: Town) -> None:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    craig, _ = booked(town, "telegram", case_manager_id=ailsa.id)
    craig.writes("<b>kms</b> & {phone}")
    detail = ailsa.reads() and ailsa.presses("I'm on it")[-1]
    assert "&lt;b&gt;kms&lt;/b&gt; &amp; {phone}" in detail


# What we could not handle


def sms(person: Someone, text: str) -> Raw:
    form = {"MessageSid": "SM1", "From": person.number, "Body": text, "NumMedia": "0"}
    return Raw("twilio", "SM1", person.number, json.dumps(form))


def test_a_failed_message_goes_to_a_human_and_the_sender_hears_it_honestly(town: Town) -> None:
    craig, _ = booked(town)
    assert town.fails(craig, sms(craig, "2")) == [
        "Sorry, something went wrong at our end. A worker will read your message by 5pm, Wednesday 10 September. "
        "Urgent? Call 01632 960480. Emergency: 999."
    ]
    assert craig.tasks() == {"failed_message": "2"}


@pytest.mark.parametrize(("mode", "answers"), [("discreet", 1), ("call_first", 1), ("no_contact", 0)])
def test_a_failed_message_says_no_more_than_the_mode_allows(town: Town, mode: str, answers: int) -> None:
    craig, _ = booked(town, mode=mode)
    assert len(town.fails(craig, sms(craig, "2"))) == answers
    assert craig.tasks() == {"failed_message": "2"}


def test_a_failed_message_of_a_stranger_is_only_read(town: Town) -> None:
    stranger = town.stranger()
    raw = Raw("twilio", "SM1", stranger.number, json.dumps({"From": stranger.number, "Body": "hiya", "NumMedia": "0"}))
    assert town.fails(stranger, raw) == []
    assert town.tasks() == {"failed_message": "hiya"}


def test_a_failed_message_of_a_shared_number_is_only_read(town: Town) -> None:
    craig, _ = booked(town)
    town.person("Stuart Ogle", number=craig.number)
    assert town.fails(craig, sms(craig, "2")) == []
    assert town.tasks() == {"failed_message": "2"}


def test_a_failed_message_of_a_number_shared_with_staff_is_only_read(town: Town) -> None:
    kev = town.staff("Kev Mason")
    craig, _ = booked(town, number=kev.number)
    assert town.fails(kev, sms(craig, "2")) == []
    assert town.tasks() == {"failed_message": "2"}


def test_a_failed_message_of_a_lost_number_is_only_read(town: Town) -> None:
    craig, _ = booked(town)
    craig.texts("WRONG")
    assert town.fails(craig, sms(craig, "2")) == []


@pytest.mark.parametrize(
    "payload",
    [
        "{}",
        "not json",
        "[]",
        '"text"',
        '{"From": null}',
        '{"From": ""}',
        '{"From": "+447700900999", "NumMedia": "x"}',
    ],
)
def test_what_is_not_a_message_is_shown_to_staff_as_it_came(town: Town, payload: str) -> None:
    town.fails(town.stranger(), Raw("twilio", "SM1", None, payload))
    assert town.tasks() == {"malformed": payload}


@pytest.mark.parametrize(
    "update", [{"message": {}}, {"message": {"chat": "x"}}, {"callback_query": {"id": "1"}}, {"my_chat_member": {}}]
)
def test_an_update_without_its_parts_is_shown_to_staff_as_it_came(town: Town, update: dict[str, object]) -> None:
    payload = json.dumps(update)
    town.fails(town.stranger(), Raw("telegram", "1", None, payload))
    assert town.tasks() == {"malformed": payload}


def test_an_empty_update_is_passed_over(town: Town) -> None:
    assert town.receive(town.stranger("telegram"), Raw("telegram", "1", None, "{}")) == []
