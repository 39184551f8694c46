"""What nobody planned for: each has a decided answer, and what a human should see reaches one."""

from collections.abc import Callable
from typing import Any

import pytest

from db import schema
from tests.handlers import wording
from tests.handlers.talking import Door, Someone, Town
from tests.handlers.wording import read

S05, S06, S13, S23, S39 = (read(copy) for copy in (wording.S05, wording.S06, wording.S13, wording.S23, wording.S39))
MEDIA = "Sorry, we can't open pictures or voice notes here. Tap a button below or call 01632 960480. Emergency: 999."
UNREAD = "Sorry, we didn't get that. A worker will read it by 5pm, Wednesday 10 September. Or tap a button below. "
UNREAD += "Urgent? Call 01632 960480. Emergency: 999."
RANT = ("a dinnae ken whit you lot want fae me " * 120)[:4096]
FILE = {"file_id": "f", "file_unique_id": "u"}


@pytest.fixture
def craig(town: Town) -> Someone:
    one = town.person("Craig Haddow")
    one.is_booked(town.session("12 September 9:30"))
    return one


@pytest.fixture
def shona(town: Town) -> Someone:
    one = town.person("Shona Bell", door="telegram")
    one.is_booked(town.session("12 September 9:30"))
    return one


# By text


TEXTS: dict[str, tuple[str, list[str], str | None]] = {
    # what is written, what is answered, what a human reads of it
    "nothing": ("", [S23], ""),
    "spaces": (" \n\t ", [S23], " \n\t "),
    "hidden characters": ("\u200b\u200d\ufeff", [S23], "\u200b\u200d\ufeff"),
    "right-to-left marks around a number": ("\u202e\u200f1\u200f\u202c", [S05], None),
    "a number with a zero-width space in it": ("\u200b1", [S05], None),
    "an Arabic digit": ("٢", [S06], None),
    "a digit in a circle": ("①", [S05], None),
    "a digit on a key": ("1️⃣", [S05], None),
    "two numbers that disagree": ("1 2", [read(wording.S43)], None),
    "two digits": ("24", [S23], "24"),
    "tomorrow": ("2moro", [S23], "2moro"),
    "a number too many": ("9", [S23], "9"),
    "a very long number": ("1" * 400, [S23], "1" * 400),
    "a minus": ("-1", [S05], None),
    "only signs": ("!!! ... ///", [S23], "!!! ... ///"),
    "a picture that says nothing": ("😂", [S23], "😂"),
    "a command of a chat": ("/foo", [S23], "/foo"),
    "a rant": (RANT, [S23], RANT),
    "a link": ("https://example.org/1?x=2", [S23], "https://example.org/1?x=2"),
    "a form": ("'; DROP TABLE people; --", [S23], "'; DROP TABLE people; --"),
    "mark-up": ("<b>{phone}</b> %s", [S23], "<b>{phone}</b> %s"),
    "half a letter": ("\ufffd\ufffd", [S23], "\ufffd\ufffd"),
    "another script": ("не могу прийти", [S23], "не могу прийти"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text(craig: Someone, name: str) -> None:
    written, answered, reads = TEXTS[name]
    assert craig.texts(written) == answered
    assert craig.tasks().get("message") == reads


@pytest.mark.parametrize(
    ("form", "reads"),
    [
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, "[image/jpeg] ma line"),
        ({"NumMedia": "3", "MediaContentType0": "audio/amr"}, "[audio/amr] ma line"),
        ({"NumMedia": "1", "MediaContentType0": "text/vcard"}, "[text/vcard] ma line"),
        ({"NumMedia": "1"}, "[mms] ma line"),
        ({"NumMedia": ""}, None),
    ],
)
def test_a_picture_message(craig: Someone, form: dict[str, str], reads: str | None) -> None:
    assert craig.texts("ma line", **form) == [S39 if reads else S23]
    assert craig.tasks() == {"message": reads or "ma line"}


@pytest.mark.parametrize("kind", ["voice", "video"])
def test_a_voice_note_or_a_video_is_shown_to_the_officer_and_not_opened_here(town: Town, kind: str) -> None:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    shona = town.person("Shona Reid", door="telegram", case_manager_id=ailsa.id)
    [told] = shona.writes("", **{kind: {"file_id": "abc", "duration": 4}})
    assert told.startswith("Sorry, we can't open pictures or voice notes here.")
    assert shona.tasks() == {"message": f"[{kind}]"}
    assert ailsa.shown == [(kind, "abc")]
    assert ailsa.reads() == [
        f"<b>SR sent this: [{kind}]</b>\nWe told them that we can't open it here. Please listen, then call them."
    ], "once"
    ailsa.presses("Seen")
    assert shona.tasks() == {}


@pytest.mark.parametrize(("staff", "about"), [("alerts", {}), ("full", {"restricted": True, "mode": "standard"})])
def test_where_it_may_not_be_on_telegram_a_task_asks_for_a_call(town: Town, staff: str, about: dict[str, Any]) -> None:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    town.rule(telegram={"staff": staff})
    shona = town.person("Shona Reid", door="telegram", case_manager_id=ailsa.id, **about)
    shona.writes("", voice={"file_id": "abc", "duration": 4})
    assert ailsa.shown == []
    assert len(ailsa.reads()) == 1, "that a message waits"
    assert shona.tasks() == {"message": "[voice]"}


def test_no_recording_is_shown_while_an_alert_of_abuse_stands(town: Town) -> None:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    shona = town.person("Shona Reid", door="telegram", case_manager_id=ailsa.id)
    shona.writes("he hits me")
    ailsa.reads()
    shona.writes("", voice={"file_id": "abc", "duration": 4})
    assert ailsa.shown == []
    assert ailsa.reads() == ["<b>New message from SR</b>\n[voice]"]


SENDERS = [
    "whatsapp:+447700900123",
    "rcs:+447700900123",
    "rcs:turnup_agent",
    "messenger:1234",
    "AMAZON",
    "60777",
    "anonymous",
]


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("said", ["1", "hello", "STOP", "he hits me"])
def test_a_sender_who_cannot_be_texted_back_is_read_and_not_answered(
    town: Town, craig: Someone, sender: str, said: str
) -> None:
    """Nor taken for the person whose number is in it: nobody has checked what stands there."""
    assert craig.texts(said, From=sender) == []
    assert town.said == [], "nobody is asked of it, as there is no staff, and nobody is answered"
    assert town.tasks() == {"crisis" if said == "he hits me" else "unknown_number": f"{sender}: {said}"}
    assert town.alerts() == ([("da_victim", None)] if said == "he hits me" else [])


@pytest.mark.parametrize(("said", "answer"), [("cannae come, ma line", "cant"), ("running late", "late"), ("1", None)])
@pytest.mark.parametrize("door", ["sms", "telegram"])
def test_a_report_beside_a_picture_counts_and_the_picture_is_read(
    town: Town, door: Door, said: str, answer: str | None
) -> None:
    one = town.person("Craig Haddow", door=door)
    session = town.session("12 September 9:30")
    one.is_booked(session)
    if door == "sms":
        [told] = one.texts(said, NumMedia="1", MediaContentType0="image/jpeg")
    else:
        [told] = one.writes("", photo=[FILE], caption=said)
    assert told.startswith("Sorry, we can't open pictures") is (answer is None)
    assert one.answer(session) == answer
    assert one.tasks()["message"].endswith(f"] {said}")


# On Telegram


CHATS: dict[str, tuple[dict[str, Any], list[str], str | None]] = {
    **{
        kind: ({kind: FILE}, [MEDIA], f"[{kind}]")
        for kind in (
            "voice", "video", "video_note", "audio", "document", "sticker", "animation", "contact", "location", "venue",
            "poll", "dice", "story", "game", "invoice", "checklist", "paid_media",
        )
    },
    "photo": ({"photo": [FILE], "caption": "ma line"}, [MEDIA], "[photo] ma line"),
    "a live location": ({"location": {"latitude": 55.8, "longitude": -4.0, "live_period": 900}}, [MEDIA], "[location]"),
    "a kind that is newer than we are": ({"hologram": FILE}, [MEDIA], "[?]"),
    "a forwarded message": (
        {"text": "1", "forward_origin": {"type": "user"}, "forward_date": 1}, [UNREAD], "1"
    ),
    "an old way of forwarding": ({"text": "cannae come", "forward_date": 1}, [UNREAD], "cannae come"),
    "a command that we do not know": ({"text": "/dance"}, [UNREAD], "/dance"),
    "a command with our name": ({"text": "/dance@turnup_bot now"}, [UNREAD], "/dance@turnup_bot now"),
    "a rant": ({"text": RANT}, [UNREAD], RANT),
    "a note that a message was pinned": ({"pinned_message": {"message_id": 1}}, [], None),
    "a note that messages now delete themselves": ({"message_auto_delete_timer_changed": {"x": 1}}, [], None),
    "a note that the background was changed": ({"chat_background_set": {}}, [], None),
}  # fmt: skip


@pytest.mark.parametrize("name", CHATS)
def test_a_message_in_a_chat(town: Town, shona: Someone, name: str) -> None:
    sent, answered, reads = CHATS[name]
    about = dict(sent)
    assert shona.writes(about.pop("text", ""), **about) == answered
    assert shona.tasks().get("message") == reads
    assert shona.reports() == []
    [booking] = town.rows(schema.bookings)
    assert booking["answer"] is None


@pytest.mark.parametrize(
    "kind",
    [
        "message_reaction", "message_reaction_count", "poll", "poll_answer", "inline_query", "chosen_inline_result",
        "shipping_query", "pre_checkout_query", "chat_join_request", "chat_boost", "business_message",
        "edited_business_message", "deleted_business_messages", "purchased_paid_media", "chat_member", "something_new",
    ],
)  # fmt: skip
def test_an_update_that_is_no_message_is_passed_over(town: Town, shona: Someone, kind: str) -> None:
    assert shona.update(kind, {"id": "1", "from": {"id": shona.chat}, "text": "4", "chat": {"id": shona.chat}}) == []
    assert town.rows(schema.tasks) == []


@pytest.mark.parametrize(
    "data", ["", "x", "q:1:0:A", "b:999:1.1:coming", "kill masel", "q:" + "9" * 40 + "::A", "s:1:0:all_in"]
)
def test_a_button_that_is_not_ours_is_out_of_date(town: Town, shona: Someone, data: str) -> None:
    shona.writes("5")
    [told] = shona.presses_data(data, shona.latest)
    assert told.startswith("That's out of date.")
    assert town.alerts() == []
    assert shona.reports() == []


def test_a_long_run_of_media_is_answered_once_and_all_of_it_is_read(shona: Someone) -> None:
    assert [len(shona.writes("", photo=[FILE], caption=f"page {n}")) for n in range(4)] == [1, 0, 0, 0]
    assert shona.tasks() == {"message": "\n".join(f"[photo] page {n}" for n in range(4))}


DANGER: dict[str, Callable[[Someone], list[str]]] = {
    "under a photo": lambda one: one.writes("", photo=[FILE], caption="gonnae kill masel"),
    "under a voice note": lambda one: one.writes("", voice=FILE, caption="gonnae kill masel"),
    "in what was forwarded": lambda one: one.writes("gonnae kill masel", forward_origin={"type": "user"}),
    "in what was changed": lambda one: one.writes("gonnae kill masel", edited=True),
    "in a caption that was changed": lambda one: one.writes("", edited=True, photo=[FILE], caption="gonnae kill masel"),
    "at the end of a rant": lambda one: one.writes(RANT[:4000] + " gonnae kill masel"),
    "after a command": lambda one: one.writes("/start gonnae kill masel"),
    "in a command": lambda one: one.writes("/kms"),
}


@pytest.mark.parametrize("where", DANGER)
def test_danger_is_seen_wherever_it_stands(town: Town, shona: Someone, where: str) -> None:
    [told] = DANGER[where](shona)
    assert told.startswith("Thank you for telling us.")
    assert town.alerts() == [("life_risk", shona.id)]


@pytest.mark.parametrize("question", ["reason", "how_late", "call_when", "coming", "abuse_ok"])
def test_danger_is_seen_in_the_answer_to_any_question(town: Town, craig: Someone, question: str) -> None:
    ask = {"reason": "2", "how_late": "3", "call_when": "7", "coming": "maybe", "abuse_ok": "he hits me"}[question]
    town.at("12 September 9:00")
    craig.texts(ask)
    assert "999" in craig.texts("B, a cannae go on")[0]
    assert ("life_risk", craig.id) in town.alerts()


# Groups and channels


@pytest.mark.parametrize("kind", ["message", "edited_message", "channel_post", "edited_channel_post"])
@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel"])
def test_what_is_said_in_a_group_is_not_read(town: Town, shona: Someone, kind: str, chat_type: str) -> None:
    chat = {"id": -100, "type": chat_type}
    assert shona.update(kind, {"message_id": 1, "chat": chat, "text": "kms"}) == []
    assert town.rows(schema.tasks) == town.alerts() == []
