"""0, 4, 5, 6, 7, 8: what one may ask, by mode and channel."""

from datetime import date
from typing import Any

import pytest

from db import schema
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import PIN_ON_THE_MAP, Someone, Town
from tests.handlers.wording import read

KEYBOARD = ("I'm coming", "I can't come", "I'll be late", "My hours", "Next session", "Home pack", "Talk to someone", "More")
MODES = ("standard", "discreet")


@pytest.mark.parametrize("said", ["0", "?", "menu", "help"])
@pytest.mark.parametrize(("mode", "menu"), [("standard", wording.S22), ("discreet", wording.D22)])
def test_0_is_the_menu(town: Town, said: str, mode: str, menu: str) -> None:
    assert town.person("Craig Haddow", mode=mode).texts(said) == [menu]


@pytest.mark.parametrize("said", ["0", "/start", "/help", "/menu"])
def test_the_menu_on_telegram_is_the_keyboard(town: Town, said: str) -> None:
    shona = town.person("Shona Bell", door="telegram")
    assert shona.writes(said) == ["What do you need? Tap a button below. Emergency: call 999."]
    assert shona.bubbles[shona.latest].keyboard == KEYBOARD


def test_each_button_of_the_keyboard_is_understood(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    shona.is_booked(town.session("12 September 9:30"))
    for label in KEYBOARD:
        assert "didn't get that" not in shona.writes(label)[0], label
    assert set(shona.tasks()) == {"late_no_supervisor", "pack_request", "call_back"}


# 4: hours


def test_4_is_the_hours_with_the_day_they_are_counted_up_to(town: Town) -> None:
    craig = town.person("Craig Haddow")
    told = read(wording.S12, done="30", total="100", left="70", date="30 November", date2="5 September")
    assert craig.texts("4") == craig.texts("how many oors left") == [told]


def test_part_hours_are_told_in_minutes(town: Town) -> None:
    craig = town.person("Craig Haddow")
    town.worked(craig.order, 200, on=date(2025, 9, 8))
    told = read(wording.S12, done="33h 20m", total="100", left="66h 40m", date="30 November", date2="8 September")
    assert craig.texts("4") == [told]


def test_hours_that_end_another_year_say_which(town: Town) -> None:
    craig = town.person("Craig Haddow")
    town.order(craig, hours=50, complete_by=date(2026, 1, 31), imposed_on=date(2025, 9, 1))
    assert "Finish by 31 January 2026." in craig.texts("4")[1]


def test_discreet_hours_are_bare_numbers(town: Town) -> None:
    assert town.person("Craig Haddow", mode="discreet").texts("4") == [read(wording.D12, done="30", total="100", left="70")]


def test_two_orders_are_told_one_each(town: Town) -> None:
    craig = town.person("Craig Haddow")
    town.order(craig, hours=40, imposed_on=date(2025, 9, 1), complete_by=date(2025, 12, 1))
    assert [text.partition(" Finish")[0] for text in craig.texts("4")] == [
        "1 of 2: Hours done: 30 of 100. Hours left: 70.",
        "2 of 2: Hours done: 0 of 40. Hours left: 40.",
    ]


@pytest.mark.parametrize("status", ["completed", "discharged", "revoked", "transferred"])
def test_after_the_end_of_the_order_a_worker_answers(town: Town, status: str) -> None:
    craig = town.person("Craig Haddow")
    town.order(craig, hours=40, status=status)
    assert len(craig.texts("4")) == 1, "an order that is over is not counted"
    ended = town.person("Euan Tor")
    with town.record.write() as connection:
        connection.exec_driver_sql(f"UPDATE orders SET status = '{status}' WHERE id = {ended.order}")
    assert ended.texts("4") == [read(wording.S18)]
    assert ended.texts("5") == [wording.S14_OVER]
    assert "call_back" in ended.tasks()


@pytest.mark.parametrize("status", ["completed", "discharged", "revoked", "transferred"])
@pytest.mark.parametrize("said", ["1", "3", "5", "all my sessions"])
def test_nobody_is_asked_to_a_session_of_an_order_that_is_over(town: Town, status: str, said: str) -> None:
    craig = town.person("Craig Haddow")
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    town.change(schema.orders, craig.order, status=status)
    assert craig.texts(said) == [wording.S14_OVER]
    assert craig.answer(session) is None


@pytest.mark.parametrize("said", ["1", "2", "3", "5", "all my sessions", "how do i get there"])
def test_nobody_is_promised_a_session_whose_hours_are_done(town: Town, said: str) -> None:
    craig = town.person("Craig Haddow", done=100)
    assert craig.texts(said) == [wording.S14_DONE]


@pytest.mark.parametrize("level", ["reminders", "all"])
def test_who_stopped_texts_is_promised_none(town: Town, level: str) -> None:
    craig = town.person("Craig Haddow", stop_level=level)
    assert craig.texts("5") == [wording.S14_OVER]


@pytest.mark.parametrize("said", ["1", "5"])
def test_when_all_hours_are_done_a_worker_says_whether_a_session_still_stands(town: Town, said: str) -> None:
    craig = town.person("Craig Haddow", done=100)
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    assert craig.texts(said) == [read(wording.S18)]
    assert craig.answer(session) is None
    assert "call_back" in craig.tasks()


@pytest.mark.parametrize("status", ["custody", "died"])
@pytest.mark.parametrize("said", ["4", "5", "1", "2", "7", "hello", "STOP ALL please", "WRONG"])
def test_from_the_phone_of_somebody_in_custody_or_dead_a_human_reads_and_nothing_is_said(
    town: Town, status: str, said: str
) -> None:
    craig = town.person("Craig Haddow")
    town.order(craig, hours=40, status=status)
    craig.is_booked(town.session("12 September 9:30"))
    assert craig.texts(said) == []
    assert craig.tasks() == {"message": said}
    town.at("11 September 17:00")
    town.reminds()
    assert craig.reads() == [], "whatever other orders there are"
    assert len(craig.texts("gonnae kill masel")) == 1


# 5: next session


def test_5_is_when_where_and_what_to_bring(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", bring="work boots and lunch"))
    assert craig.texts("5") == [read(wording.S13)]


def test_with_nothing_to_bring_nothing_is_said_of_it(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 12:00"))
    assert craig.texts("5") == ["Next session: Friday 12 September, midday, Bike workshop. Reply 1 coming, 2 can't come."]


def test_discreet_is_date_and_time_only(town: Town) -> None:
    craig = town.person("Craig Haddow", mode="discreet")
    craig.is_booked(town.session("12 September 9:30", bring="work boots and lunch"))
    assert craig.texts("5") == [read(wording.D13)]


def test_the_next_session_on_telegram_and_its_pin_when_asked(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    shona.is_booked(town.session("12 September 9:30", bring="work boots and lunch", pin=(55.73, -3.77)))
    [told] = shona.writes("5")
    assert told.startswith("<b>Next session</b>\nFriday 12 September, 9:30am\nBike workshop\nBring: work boots and lunch\n")
    assert shona.presses("Show on a map") == [PIN_ON_THE_MAP]
    assert town.said[-1][1].location == (55.73, -3.77)


@pytest.mark.parametrize(
    ("person", "about"),
    [
        ({}, {}),  # no pin is known
        ({"mode": "discreet"}, {"pin": (55.73, -3.77)}),
        ({"women_only": True}, {"pin": (55.73, -3.77), "women_only": True}),
    ],
)
def test_no_pin_where_there_is_none_to_show(town: Town, person: dict[str, Any], about: dict[str, Any]) -> None:
    lorna = town.person("Lorna Bax", door="telegram", **person)
    booking = lorna.is_booked(town.session("12 September 9:30", "Willow room", **about))
    lorna.writes("5")
    assert "Show on a map" not in lorna.bubbles[lorna.latest].buttons
    assert lorna.presses_data(f"b:{booking}:1.1:map", lorna.latest) == []
    assert lorna.toast == "stale"


@pytest.mark.parametrize("said", ["5", "1", "where", "3"])
def test_the_womens_place_is_never_named(town: Town, said: str) -> None:
    lorna = town.person("Lorna Bax", women_only=True)
    lorna.is_booked(town.session("12 September 9:30", "Willow room", women_only=True))
    for text in [*lorna.texts(said), *lorna.texts("A")]:
        assert "Willow" not in text
    assert "the usual place" in lorna.texts("1")[0]


# 7, 8


@pytest.mark.parametrize(("number", "task"), [("7", "call_back")])
def test_7_opens_a_task_and_asks_when_to_call(town: Town, number: str, task: str) -> None:
    craig = town.person("Craig Haddow")
    assert craig.texts(number) == [read(wording.S18)]
    assert craig.tasks() == {task: ""}
    assert craig.texts("B") == [read(wording.S47, when="in the afternoon")]
    assert craig.tasks() == {task: "afternoon"}


@pytest.mark.parametrize(
    ("letter", "answer", "note"),
    [
        ("A", read(wording.S47, when="in the morning"), "morning"),
        ("B", read(wording.S47, when="in the afternoon"), "afternoon"),
        ("C", read(wording.S47, when="in the evening"), "evening"),
        ("D", "OK. We won't call. A worker will text you. If that changes, reply 7.", "text"),
    ],
)
def test_when_to_call(town: Town, letter: str, answer: str, note: str) -> None:
    craig = town.person("Craig Haddow")
    craig.texts("gie us a phone")
    assert craig.texts(letter) == [answer]
    assert craig.tasks() == {"call_back": note}


def test_the_call_is_due_within_a_working_day(town: Town) -> None:
    town.at("12 September 18:00")  # a Friday evening
    craig = town.person("Craig Haddow")
    craig.texts("7")
    assert f"{town.rows(schema.tasks)[0]['due_at']:%A %d %H:%M}" == "Monday 15 16:00"  # 17:00 in London


# Thanks, and what is not understood


@pytest.mark.parametrize("said", ["ta", "cheers", "Thanks!", "thank you", "cheers pal"])
def test_thanks_cost_nobody_an_answer(town: Town, said: str) -> None:
    craig = town.person("Craig Haddow")
    assert craig.texts(said) == []
    assert craig.tasks() == {}


@pytest.mark.parametrize(
    ("mode", "thumb"), [("standard", True), ("discreet", True), ("call_first", True), ("no_contact", False)]
)
def test_thanks_on_telegram_get_a_thumbs_up_and_no_word(town: Town, mode: str, thumb: bool) -> None:
    shona = town.person("Shona Muir", door="telegram", mode=mode)
    assert shona.writes("cheers") == []
    assert shona.thanked is thumb
    shona.writes("4")
    assert not shona.thanked


def test_a_council_that_is_not_on_telegram_sets_nothing_there(make_town: MakeTown) -> None:
    shona = make_town(telegram={"people": "off"}).person("Shona Muir", door="telegram")
    shona.writes("cheers")
    assert not shona.thanked


@pytest.mark.parametrize(("mode", "copy"), [("standard", wording.S23), ("discreet", wording.D23)])
@pytest.mark.parametrize("said", ["whit aboot that hing", "is Stuart Ogle on this?", "24", ""])
def test_what_is_not_understood_goes_to_a_human(town: Town, mode: str, copy: str, said: str) -> None:
    town.person("Stuart Ogle")
    craig = town.person("Craig Haddow", mode=mode)
    assert craig.texts(said) == [read(copy)]
    assert craig.tasks() == {"message": said}


@pytest.mark.parametrize(
    ("at", "when"),
    [
        ("10 September 16:29", "by 5pm, Wednesday 10 September"),
        ("10 September 16:30", "after 9am, Thursday 11 September"),
        ("10 September 17:00", "after 9am, Thursday 11 September"),
        ("11 September 3:00", "after 9am, Thursday 11 September"),
        ("12 September 20:00", "after 9am, Monday 15 September"),
        ("13 September 12:00", "after 9am, Monday 15 September"),
    ],
)
def test_the_fallback_is_honest_about_when_it_is_read(town: Town, at: str, when: str) -> None:
    town.at(at)
    assert town.person("Craig Haddow").texts("wibble") == [read(wording.S23, when=when)]


def test_a_local_holiday_is_not_a_day_of_reading(make_town: MakeTown) -> None:
    town = make_town(hours={"holidays": ["2025-09-11"]})
    town.at("10 September 18:00")
    assert town.person("Craig Haddow").texts("wibble") == [read(wording.S23, when="after 9am, Friday 12 September")]


def test_a_second_message_within_ten_minutes_is_read_but_not_answered(town: Town) -> None:
    craig = town.person("Craig Haddow")
    assert len(craig.texts("I'm driving and will reply later, auto reply")) <= 1
    craig.texts("wibble")
    town.wait(minutes=9)
    assert craig.texts("wobble") == []
    assert craig.tasks()["message"].endswith("wibble\nwobble")
    town.wait(minutes=2)
    assert craig.texts("wubble") == [read(wording.S23)]


def test_a_figure_of_speech_is_answered_as_usual_and_seen_by_a_person(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30"))
    assert craig.texts("ma back is killing me cannae make it") == [wording.S06]
    assert craig.tasks()["message"] == "ma back is killing me cannae make it"
    assert town.alerts() == []


# Modes that say less


CALL = read(wording.D40)


@pytest.mark.parametrize("said", ["0", "1", "2", "3", "4", "5", "6", "7", "8", "wibble", "STOP ALL", "who is this"])
def test_call_first_is_only_asked_to_call(make_town: MakeTown, said: str) -> None:
    town = make_town(sms={"stop": "ours"})
    craig = town.person("Craig Haddow", mode="call_first")
    town.order(craig, hours=40)
    craig.is_booked(town.session("12 September 9:30"))
    assert craig.texts(said) == [CALL]


def test_ok_to_please_call_is_not_coming(town: Town) -> None:
    craig = town.person("Craig Haddow", mode="call_first")
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    town.at("11 September 17:00")
    town.reminds()
    assert craig.reads() == [CALL]
    craig.texts("ok")
    assert craig.answer(session) is None


@pytest.mark.parametrize("said", ["0", "1", "2", "4", "5", "7", "wibble", "STOP", "WRONG", "who is this"])
def test_no_contact_means_nothing_at_all(make_town: MakeTown, said: str) -> None:
    town = make_town(sms={"stop": "ours"})
    craig = town.person("Craig Haddow", mode="no_contact")
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    town.at("11 September 17:00")
    town.reminds()
    town.calls_off(session)
    assert craig.reads() == []
    assert craig.texts(said) == []


def test_what_no_contact_says_is_recorded_all_the_same(town: Town) -> None:
    craig = town.person("Craig Haddow", mode="no_contact")
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    craig.texts("2")
    craig.texts("wibble")
    assert craig.answer(session) == "cant"
    assert craig.tasks()["message"] == "wibble"


DISCREET = [
    (["1"], [read(wording.D05)]),
    (["2"], [wording.D06]),
    (["2", "A"], [wording.D07]),
    (["3"], [read(wording.D10_AHEAD)]),
    (["3", "B"], [read(wording.D11, late="15 to 30 min late")]),
    (["4"], [read(wording.D12, done="30", total="100", left="70")]),
    (["5"], [read(wording.D13)]),
    (["1 2"], [read(wording.D43)]),
    (["wibble"], [read(wording.D23)]),
    (["Stop."], [wording.D20]),
    (["Stop.", "stop all"], [wording.D20B]),
    (["START"], [wording.D44]),
]


@pytest.mark.parametrize(("said", "answer"), DISCREET, ids=["-".join(said) for said, _ in DISCREET])
def test_discreet_texts_to_the_letter(town: Town, said: list[str], answer: list[str]) -> None:
    craig = town.person("Craig Haddow", mode="discreet")
    craig.is_booked(town.session("12 September 9:30"))
    for text in said:
        told = craig.texts(text)
    assert told == answer


@pytest.mark.parametrize(
    ("mode", "off", "moved"), [("standard", wording.S27, wording.S28), ("discreet", wording.D27, wording.D28)]
)
def test_off_and_moved_to_the_letter(town: Town, mode: str, off: str, moved: str) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    town.moves(session, "15 September 10:00")
    assert craig.reads() == [read(moved, day2="Monday 15 September", time="10am")]
    town.calls_off(session)
    assert craig.reads() == [read(off, day="Monday 15 September")]


@pytest.mark.parametrize(("mode", "on_again"), [("standard", wording.ON_AGAIN), ("discreet", wording.ON_AGAIN_DISCREET)])
def test_on_again_to_the_letter_and_a_yes_to_it(town: Town, mode: str, on_again: str) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    town.calls_off(session)
    craig.reads()
    town.puts_back(session)
    assert craig.reads() == [read(on_again)]
    craig.texts("aye")
    assert craig.answer(session) == "coming"


def test_who_slept_through_a_move_and_its_being_off_hears_in_the_morning_that_it_moved(town: Town) -> None:
    session = town.session("12 September 9:30")
    craig = town.person("Craig Haddow")
    craig.is_booked(session)
    town.at("10 September 21:00")
    town.moves(session, "15 September 10:00")
    town.calls_off(session)
    town.puts_back(session)
    town.at("11 September 9:00")
    town.deliver()
    assert craig.reads() == [read(wording.S28, day2="Monday 15 September", time="10am")]


def test_on_again_on_telegram_has_its_buttons(town: Town) -> None:
    shona = town.person("Shona Muir", door="telegram")
    session = town.session("12 September 9:30")
    shona.is_booked(session)
    town.calls_off(session)
    town.puts_back(session)
    shona.presses("I'm coming")
    assert shona.answer(session) == "coming"


@pytest.mark.parametrize(
    ("mode", "first", "next_day"), [("standard", wording.S02, wording.S03), ("discreet", wording.D03, wording.D03)]
)
def test_reminders_to_the_letter(town: Town, mode: str, first: str, next_day: str) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    craig.is_booked(town.session("15 September 9:30"))
    town.at("12 September 17:00")
    town.reminds()
    assert craig.reads() == [read(first, day="Monday 15 September")]
    town.at("14 September 17:00")
    town.reminds()
    assert craig.reads() == [read(next_day, day="Monday 15 September")]


def test_a_discreet_chat_is_protected_and_its_hours_are_veiled(town: Town) -> None:
    lorna = town.person("Lorna Bax", door="telegram", mode="discreet")
    assert lorna.writes("My hours") == ["<tg-spoiler>30 of 100 done. 70 left.</tg-spoiler>"]
    assert lorna.bubbles[lorna.latest].protected
    shona: Someone = town.person("Shona Bell", door="telegram")
    shona.writes("My hours")
    assert not shona.bubbles[shona.latest].protected
