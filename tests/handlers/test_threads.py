"""A worker reads what somebody wrote and answers it, from Telegram; and no other phone says more than it may."""

from typing import Any

import pytest

from db import schema
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Member, Someone, Town

S23 = "Sorry, we didn't get that."


@pytest.fixture
def ailsa(town: Town) -> Member:
    return town.staff("Ailsa Drum", door="telegram")


@pytest.fixture
def craig(town: Town, ailsa: Member) -> Someone:
    return town.person("Craig Haddow", case_manager_id=ailsa.id)


def after_the_hold(town: Town) -> None:
    town.wait(minutes=1)
    town.deliver()


def answers(town: Town, member: Member, words: str) -> list[str]:
    """Writes it and sends it; what the worker reads before and after."""
    member.presses("Reply")
    said = [*member.writes(words), *member.presses("Send")]
    after_the_hold(town)
    return said


def under(member: Member) -> list[list[str]]:
    return member.town.labels_under(member, member.latest)


def unread(member: Member) -> list[str]:
    """What came that says that something waits, without the day's digest of tasks."""
    return [said for said in member.reads() if said.startswith("<b>Not read yet")]


# What reaches whom


def test_words_that_nobody_understands_reach_the_case_manager_and_can_be_answered(
    town: Town, ailsa: Member, craig: Someone
) -> None:
    assert craig.texts("is the minibus comin fae Tesco noo?")[0].startswith(S23)
    assert ailsa.reads() == ["<b>New message from CH</b>\nis the minibus comin fae Tesco noo?"]
    assert under(ailsa) == [["Reply", "Seen"], ["Pass", "Later"]]
    assert ailsa.bubbles[ailsa.latest].protected
    check, held = answers(town, ailsa, "Yes, from Thursday 11 September it leaves from there.")
    assert check == (
        "<b>To CH, text</b>\nLinnbrae: Yes, from Thursday 11 September it leaves from there.\n\n"
        "Lock screen: Linnbrae: Yes, from Thursday 11 Septembe\n"
        "Goes at 10:01am, Wednesday 10 September, parts of texts: 1."
    )
    assert held == "It goes to CH at 10:01am, Wednesday 10 September. Until then it can be stopped."
    assert craig.reads() == ["Linnbrae: Yes, from Thursday 11 September it leaves from there."]
    assert craig.tasks() == {}


def test_an_answer_takes_two_taps(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    taps = [ailsa.presses("Reply"), ailsa.presses("Send") if ailsa.writes("It's fine.") else []]
    after_the_hold(town)
    assert (len(taps), craig.reads()) == (2, ["Linnbrae: It's fine."])


def test_what_they_write_next_is_for_the_worker_and_acknowledged_once(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.is_booked(town.session("12 September 9:30"))
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "Can you do Fridays as well?")
    craig.reads()
    ailsa.reads()
    said = craig.texts("aye")
    assert said == [
        "Thanks. A worker will read this by 5pm, Wednesday 10 September. Urgent? Call 01632 960480. Emergency: 999."
    ]
    assert craig.texts("but no this week") == []
    assert ailsa.reads() == ["<b>New message from CH</b>\naye", "<b>New message from CH</b>\nbut no this week"]
    assert craig.unread_words() == ["aye", "but no this week"]
    assert town.rows(schema.bookings)[0]["answer"] is None


def test_numbers_keep_their_meaning_after_a_workers_message(town: Town, ailsa: Member, craig: Someone) -> None:
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "Can you do Fridays as well?")
    craig.texts("1")
    assert craig.answer(session) == "coming"
    assert craig.texts("4")[0].startswith("Hours done: 30 of 100.")


def test_cant_after_a_workers_message_is_asked_about_and_never_taken_for_a_session(
    town: Town, ailsa: Member, craig: Someone
) -> None:
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "Can you do Fridays as well?")
    ailsa.reads()
    craig.reads()
    assert craig.texts("naw cannae make it")[0].startswith("Are you coming on Friday 12 September, 9:30am?")
    assert (craig.answer(session), ailsa.reads()) == (None, ["<b>New message from CH</b>\nnaw cannae make it"])
    craig.texts("2")
    assert craig.answer(session) == "cant"


def test_late_after_a_workers_message_is_late_all_the_same(town: Town, ailsa: Member, craig: Someone) -> None:
    session = town.session("10 September 10:30")
    craig.is_booked(session)
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "See you at the gate.")
    craig.texts("running late")
    assert craig.answer(session) == "late"
    assert craig.unread_words() == ["running late"]


def test_a_reminder_after_it_is_the_latest_prompt(town: Town, ailsa: Member, craig: Someone) -> None:
    session = town.session("11 September 9:30")
    craig.is_booked(session)
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "It's fine.")
    town.at("10 September 17:00")
    town.reminds()
    craig.texts("aye")
    assert craig.answer(session) == "coming"


def test_a_key_of_the_keyboard_is_as_plain_as_a_number(town: Town, ailsa: Member) -> None:
    shona = town.person("Shona Black", door="telegram", case_manager_id=ailsa.id)
    session = town.session("12 September 9:30")
    shona.is_booked(session)
    shona.writes("whit aboot that hing")
    answers(town, ailsa, "Can you do Fridays as well?")
    shona.writes("I'm coming")
    assert shona.answer(session) == "coming"


def test_thanks_are_kept_and_need_no_reading(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "It's fine.")
    ailsa.reads()
    assert (craig.texts("ta"), ailsa.reads(), craig.tasks()) == ([], [], {})
    ailsa.writes(f"messages {craig.row.ref}")
    assert "CH: ta" in ailsa.bubbles[ailsa.latest].text


def test_danger_comes_first_and_is_in_its_alert_not_in_the_thread(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "It's fine.")
    ailsa.reads()
    assert "999" in craig.texts("he hits me")[0]
    assert len(town.alerts()) == 1
    assert [row["words"] for row in town.rows(schema.thread_entries, kind="in")] == ["whit aboot that hing"]
    town.wait(minutes=5)
    ailsa.writes(f"messages {craig.row.ref}")
    assert "hits" not in ailsa.bubbles[ailsa.latest].text
    assert "999 now" not in ailsa.bubbles[ailsa.latest].text


def test_stop_is_stop_whatever_a_worker_wrote(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "Shall we stop for today?".replace("for today", "there"))
    craig.texts("stop texting me")
    assert craig.row.stop_level == "reminders"


# By text, and where Telegram may not hold it


def test_on_a_private_phone_there_is_never_more_than_that_something_waits(town: Town) -> None:
    fergus = town.staff("Fergus Tolmie")
    craig = town.person("Craig Haddow", case_manager_id=fergus.id)
    craig.texts("ma pal Senga says hiya")
    craig.texts("and anither hing")
    waits = "A new message waits for you. It is not shown here. Open the Sessions bot, or run turnup thread list."
    assert fergus.reads() == [waits]
    assert fergus.texts("messages") == ["Messages from people are not shown here. Read and answer them with turnup thread."]


def test_where_telegram_may_hold_alerts_only_the_words_stay_away_from_it(make_town: MakeTown) -> None:
    town = make_town(telegram={"staff": "alerts"})
    ailsa = town.staff("Ailsa Drum", door="telegram")
    craig = town.person("Craig Haddow", case_manager_id=ailsa.id)
    craig.texts("ma pal Senga says hiya")
    [said] = ailsa.reads()
    assert said.startswith("A new message waits for you.")
    assert ailsa.bubbles == {}
    assert ailsa.writes("messages") == ["Messages from people are not shown here. Read and answer them with turnup thread."]
    [thread] = town.rows(schema.threads)
    ailsa.presses_data(f"t:{thread['id']}::show")
    assert ailsa.toast == "stale"


@pytest.mark.parametrize("apart", [{"restricted": True}, {"women_only": True}])
def test_who_is_kept_apart_never_stands_on_telegram(town: Town, ailsa: Member, apart: dict[str, Any]) -> None:
    shona = town.person("Shona Black", case_manager_id=ailsa.id, **apart)
    shona.texts("ma pal Senga says hiya")
    [said] = ailsa.reads()
    assert said.startswith("A new message waits for you.")
    assert ailsa.writes("messages") == ["No messages wait to be read."]
    assert "not shown here" in ailsa.writes(f"messages {shona.row.ref}")[0]


def test_no_supervisor_reads_them(town: Town, craig: Someone) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    craig.texts("whit aboot that hing")
    assert kev.reads() == []
    assert "message" not in kev.writes("messages")[0].lower().replace("messages", "")
    [thread] = town.rows(schema.threads)
    for word in ("show", "reply", "seen", "pass", "later", "call", f"to{kev.id}"):
        kev.presses_data(f"t:{thread['id']}:1:{word}")
        assert kev.reads() == [] or "may not" in kev.bubbles[kev.latest].text
    assert all("may not do that" in bubble.text or "can be said" not in bubble.text for bubble in kev.bubbles.values())
    assert town.rows(schema.thread_entries, kind="seen") == []


# What may be written


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Bring it to court", '"court"'),
        ("Mr Haddow, that is fine", '"Haddow"'),
        ("Tell Stuart it is fine", '"Stuart"'),
        ("Come to 12 Burnside Street", '"12 Burnside Street"'),
        ("It is near ML5 1AB", '"ML5 1AB"'),
        ("Bring the doctor's line", '"doctor"'),
        ("You were born 3/4/1985", '"3/4/1985"'),
        ("a" * 451, "451 characters"),
    ],
)
def test_what_nobody_else_may_read_is_refused_with_the_word(
    town: Town, ailsa: Member, craig: Someone, words: str, named: str
) -> None:
    town.person("Stuart Ogle")
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    [no] = ailsa.writes(words)
    assert no.startswith("That can't be done: ")
    assert named in no
    [check] = ailsa.writes("Hi Craig, that is fine.")
    assert check.startswith("<b>To CH, text</b>\nLinnbrae: Hi Craig, that is fine.")
    assert craig.reads() == []


def test_warnings_are_shown_and_it_may_go_all_the_same(town: Town, ailsa: Member) -> None:
    agata = town.person("Agata Zieba", language="pl", case_manager_id=ailsa.id)
    agata.texts("wibble wobble hing")
    ailsa.presses("Reply")
    [check] = ailsa.writes("Ring me tomorrow on 01632 960999, SOON")
    assert "It goes as written, in English, and they read Polski; a template goes in their language." in check
    assert 'It says "tomorrow", and a message can come late; give the day and the date.' in check
    assert "It has a phone number; make sure that it is one they may ring." in check
    ailsa.presses("Change")
    ailsa.writes("Ring me on 01632 960999")
    ailsa.presses("Send")
    after_the_hold(town)
    assert agata.reads()[-1] == "Linnbrae: Ring me on 01632 960999"


def test_a_template_goes_in_their_language_by_its_number_or_its_button(town: Town, ailsa: Member) -> None:
    agata = town.person("Agata Zieba", language="pl", case_manager_id=ailsa.id)
    agata.texts("wibble wobble hing")
    ailsa.presses("Reply")
    ailsa.writes("TPL 3")
    ailsa.presses("Send")
    after_the_hold(town)
    assert agata.reads()[-1] == "Dziekujemy, Agata. Zapisalismy to."
    agata.texts("wibble wobble hing")
    [write] = ailsa.presses("Reply")
    assert under(ailsa) == [["1", "2", "3", "4"], ["6", "7"], ["Cancel"]]
    assert "\n4 Dziękujemy za wiadomość, Agata." in write.replace("Dziekujemy", "Dziękujemy").replace(
        "wiadomosc", "wiadomość"
    )
    ailsa.presses("4")
    ailsa.presses("Send")
    after_the_hold(town)
    assert agata.reads()[-1].startswith("Dziekujemy za wiadomosc, Agata.")


def test_a_template_about_the_next_session_is_offered_only_with_one_and_dies_with_it(
    town: Town, ailsa: Member, craig: Someone
) -> None:
    craig.texts("whit aboot that hing")
    assert "5 " not in ailsa.presses("Reply")[0]
    assert "no session booked" in ailsa.writes("TPL 5")[0]
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    ailsa.writes("TPL 5")
    ailsa.presses("Send")
    town.moves(session, "15 September 10:00")
    craig.reads()
    after_the_hold(town)
    assert not any("nothing has changed" in said for said in craig.reads())


def test_a_discreet_phone_gets_templates_alone_in_words_that_say_nothing(town: Town, ailsa: Member) -> None:
    dana = town.person("Dana Reid", mode="discreet", case_manager_id=ailsa.id)
    dana.texts("whit aboot that hing")
    [choose] = ailsa.presses("Reply")
    assert choose.startswith("<b>To DR</b>\nOnly these may go to that phone:\n1 Can you call when it suits? 01632 960480")
    [no] = ailsa.writes("That is fine.")
    assert "own words never go" in no
    ailsa.writes("TPL 3")
    ailsa.presses("Send")
    after_the_hold(town)
    assert dana.reads() == ["Thanks. Noted."]


@pytest.mark.parametrize("why", ["stopped", "order"])
def test_an_answer_that_may_not_go_any_more_is_for_a_call(town: Town, ailsa: Member, craig: Someone, why: str) -> None:
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    ailsa.writes("That is fine.")
    ailsa.presses("Send")
    if why == "stopped":
        craig.changes(stop_level="all")
    else:
        town.change(schema.orders, craig.order, status="suspended")
    after_the_hold(town)
    assert craig.reads() == []
    [task] = town.rows(schema.tasks, kind="not_reached")
    assert (task["person_id"], task["class"], task["owner_id"]) == (craig.id, why, ailsa.id)


def test_words_meant_for_somebody_who_has_become_discreet_do_not_reach_their_phone(
    town: Town, ailsa: Member, craig: Someone
) -> None:
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    ailsa.writes("That is fine.")
    ailsa.presses("Send")
    craig.changes(mode="discreet")
    after_the_hold(town)
    assert craig.reads() == ["Can you call when it suits? 01632 960480"]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"mode": "call_first"}, "may only ask them to call"),
        ({"mode": "no_contact"}, "nothing at all is sent to them"),
        ({"stop_level": "all"}, "they asked for no texts"),
        ({"phone_is_own": False}, "their phone is not only theirs"),
    ],
)
def test_who_cannot_be_written_to_is_rung(town: Town, ailsa: Member, how: dict[str, Any], why: str) -> None:
    euan = town.person("Euan Tor", case_manager_id=ailsa.id, **how)
    euan.texts("whit aboot that hing")
    [no] = ailsa.presses("Reply")
    assert why in no
    assert ailsa.presses("Make it a call") == ["A call to ET is on the list, by Thursday 11 September."]
    assert euan.tasks() == {"call_back": ""}
    euan.reads()
    after_the_hold(town)
    assert euan.reads() == []


def test_an_answer_waits_for_the_safe_window_and_says_so(town: Town, ailsa: Member) -> None:
    craig = town.person("Craig Haddow", safe_from=14 * 60, safe_until=15 * 60, case_manager_id=ailsa.id)
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    [check] = ailsa.writes("That is fine.")
    assert "Goes at 2pm, Wednesday 10 September" in check
    assert "It waits for hours in which they may be written to." in check
    ailsa.presses("Send")
    craig.reads()
    after_the_hold(town)
    assert craig.reads() == []
    town.at("10 September 14:00")
    town.deliver()
    assert craig.reads() == ["Linnbrae: That is fine."]


def test_an_answer_can_be_stopped_for_a_minute_changed_or_left(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    ailsa.writes("That is fien.")
    ailsa.presses("Change")
    ailsa.writes("That is fine.")
    ailsa.presses("Send")
    assert ailsa.presses("Stop") == ["Stopped. CH gets nothing."]
    craig.reads()
    after_the_hold(town)
    assert craig.reads() == []
    ailsa.writes(f"messages {craig.row.ref}")
    ailsa.presses("Reply")
    ailsa.writes("That is fine.")
    assert ailsa.presses("Cancel") == ["Nothing is sent."]
    after_the_hold(town)
    assert craig.reads() == []


def test_what_has_gone_cannot_be_stopped_and_nothing_is_sent_twice(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    ailsa.writes("That is fine.")
    send = ailsa.bubbles[ailsa.latest].buttons["Send"]
    ailsa.presses("Send")
    stop = ailsa.bubbles[ailsa.latest].buttons["Stop"]
    after_the_hold(town)
    assert "it has gone already" in ailsa.presses_data(stop)[0]
    assert "that draft is old" in ailsa.presses_data(send)[0]
    assert len(town.rows(schema.thread_entries, kind="out")) == 1


def test_who_has_written_again_meanwhile_is_read_first(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    ailsa.writes("That is fine.")
    send = ailsa.bubbles[ailsa.latest].buttons["Send"]
    craig.texts("naw, the ither hing")
    assert "CH has written again since you began" in ailsa.presses_data(send)[0]


# Seen, later, passed on, climbing


def test_seen_is_up_to_what_was_shown(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("wan hing")
    first = ailsa.bubbles[ailsa.latest].buttons["Seen"]
    craig.texts("anither hing")
    assert ailsa.presses_data(first) == ["Read: 1 from CH."]
    assert craig.unread_words() == ["anither hing"]
    assert ailsa.presses("Seen") == ["Read: 1 from CH."]
    assert craig.tasks() == {}
    ailsa.presses_data(first)
    assert ailsa.toast == "stale"


def test_later_is_said_again_and_climbs_when_it_is_due(town: Town, ailsa: Member, craig: Someone) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door="telegram")
    morag = town.staff("Morag Pirie", "manager", door="telegram")
    craig.texts("whit aboot that hing")
    ailsa.reads()
    assert ailsa.presses("Later") == [
        "You are told again at midday, Wednesday 10 September. It counts as not read until then."
    ]
    town.wait(hours=2)
    town.ticks()
    assert unread(ailsa) == ["<b>Not read yet: 1 from CH</b>\nwhit aboot that hing"]
    town.at("10 September 16:59")
    town.ticks()
    assert unread(fergus) == []
    town.at("10 September 17:00")
    town.ticks()
    town.at("11 September 9:00")
    town.ticks()
    assert unread(fergus) == ["<b>Not read yet: 1 from CH</b>\nwhit aboot that hing"]
    town.at("11 September 17:00")
    town.ticks()
    town.at("12 September 9:00")
    town.ticks()
    assert (unread(fergus), unread(morag)) == ([], ["<b>Not read yet: 1 from CH</b>\nwhit aboot that hing"])
    fergus.presses("Seen")
    town.at("15 September 9:00")
    town.ticks()
    assert (unread(ailsa), unread(fergus), unread(morag), craig.tasks()) == ([], [], [], {})


def test_it_is_passed_to_a_colleague_with_all_of_it(town: Town, ailsa: Member, craig: Someone) -> None:
    isla = town.staff("Isla Cree", door="telegram")
    town.staff("Rab Nisbet", door="telegram", team="south")
    craig.texts("whit aboot that hing")
    ailsa.presses("Pass")
    assert under(ailsa) == [["IC, case manager"]]
    assert ailsa.presses("IC, case manager") == ["IC has the messages of CH now. 1 not read went along."]
    assert isla.reads() == ["<b>You now have the messages of CH. 1 not read:</b>\nwhit aboot that hing"]
    craig.texts("hullo?")
    assert (len(isla.reads()), ailsa.reads()) == (1, [])
    assert town.rows(schema.tasks, kind="message")[0]["owner_id"] == isla.id


def test_with_no_case_manager_the_co_ordinators_hear_of_it(town: Town) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door="telegram")
    craig = town.person("Craig Haddow")
    craig.texts("whit aboot that hing")
    assert fergus.reads() == ["<b>New message from CH</b>\nwhit aboot that hing"]


def test_at_night_staff_are_left_in_peace_and_the_person_is_told_when(town: Town, ailsa: Member, craig: Someone) -> None:
    town.at("10 September 22:00")
    assert "A worker will read it after 9am, Thursday 11 September." in craig.texts("whit aboot that hing")[0]
    assert ailsa.reads() == []
    town.at("11 September 9:00")
    town.deliver()
    assert len(ailsa.reads()) == 1


# Looking


def test_the_list_and_the_transcript_say_who_sent_what_and_whether_it_arrived(
    town: Town, ailsa: Member, craig: Someone
) -> None:
    craig.texts("4")
    town.wait(minutes=1)
    craig.texts("whit aboot that hing")
    answers(town, ailsa, "That is fine.")
    town.wait(minutes=1)
    craig.texts("grand, wan mair hing")
    assert ailsa.writes("messages") == ["<b>Messages that wait: 1</b>\nThe longest first. Tap one to read it."]
    assert under(ailsa) == [["CH: 1, by 5pm, Wednesday 10 September"]]
    [shown] = ailsa.presses("CH: 1, by 5pm, Wednesday 10 September")
    lines = shown.splitlines()
    day = "Wednesday 10 September"
    assert lines[0] == "<b>CH, as far as here</b>"
    assert lines[1] == f"{day}, 10am, CH: 4"
    assert lines[2].startswith(f"{day}, 10am, bot: Hours done: 30 of 100.")
    assert lines[2].endswith("(sent)")
    assert lines[3] == f"{day}, 10:01am, CH: whit aboot that hing"
    assert f"{day}, 10:01am, {ailsa.row.ref}: That is fine. (sent)" in lines
    assert f"{day}, 10:01am, {ailsa.row.ref}: read it" in lines
    assert f"{day}, 10:03am, CH: grand, wan mair hing (not read)" in lines
    log = town.rows(schema.access_log, person_id=craig.id, action="thread.read")
    assert [row["actor"] for row in log] == [ailsa.row.ref] * 3


def test_a_worker_begins_by_themselves(town: Town, ailsa: Member, craig: Someone) -> None:
    ailsa.writes(f"message {craig.row.ref}")
    answers(town, ailsa, "How did Tuesday 9 September go?")
    assert craig.reads() == ["Linnbrae: How did Tuesday 9 September go?"]
    assert "there is no person" in ailsa.writes("message NOBODY")[0]


def test_the_chat_is_emptied_of_it_within_36_hours(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("whit aboot that hing")
    ailsa.presses("Seen")
    assert any("whit aboot" in bubble.text for bubble in ailsa.bubbles.values())
    town.wait(hours=36)
    town.ticks()
    assert not any("whit aboot" in bubble.text for bubble in ailsa.bubbles.values())
