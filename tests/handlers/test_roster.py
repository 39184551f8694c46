"""A supervisor's day: the list comes, people are marked by text or with buttons, the session is over."""

from collections.abc import Sequence
from typing import Any

import pytest

from db import hours, schema
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town

NAMES = ("Sam Boyd", "Jo Kerr", "Al Moir", "Di Rae")
ALL_MARKED = "All marked. To change one, reply like OUT 5. When it's over reply DONE and the time."
HELP = "Reply ALL IN or IN 1-4, LATE 5, OUT 6, then DONE 3pm. Hurt? HURT 2."


class Squad:
    """Four people on the Bike workshop of Friday, half past nine to half past three, under Kev."""

    def __init__(self, town: Town, door: Door = "sms", **session: Any) -> None:
        self.town = town
        self.kev: Member = town.staff("Kev Mason", "supervisor", door=door)
        self.people: list[Someone] = [town.person(name) for name in NAMES]
        self.session = town.session("12 September 9:30", supervisor=self.kev, **session)
        self.bookings = [person.is_booked(self.session) for person in self.people]

    def marks(self) -> dict[int, str | None]:
        """What stands, by number on the roster."""
        latest: dict[int, str | None] = {}
        ours = [row for row in self.town.rows(schema.attendance) if row["booking_id"] in self.bookings]
        for row in ours:
            latest[self.bookings.index(row["booking_id"]) + 1] = row["status"]
        return {number: status for number, status in latest.items() if status}

    def done(self) -> list[int]:
        """The minutes credited to each on top of the thirty hours that they had."""
        with self.town.record.read() as connection:
            return [hours.balance(connection, person.order).credited - 1800 for person in self.people]

    def rows(self, phone: Member) -> Sequence[str]:
        """The labels of the newest roster's buttons."""
        return list(phone.bubbles[self.roster(phone)].buttons)

    def roster(self, phone: Member) -> int:
        return max(id_ for id_, bubble in phone.bubbles.items() if bubble.text.startswith("<b>Bike workshop</b>"))

    def press(self, phone: Member, number: int, word: str) -> list[str]:
        """The button of one person's row."""
        booking = self.bookings[number - 1]
        data = [d for d in self.town.data_under(phone, self.roster(phone)) if d.startswith(f"r:{booking}:")]
        (chosen,) = [d for d in data if d.endswith(f":{word}")]
        return phone.presses_data(chosen, self.roster(phone))


@pytest.fixture
def squad(town: Town) -> Squad:
    return Squad(town)


@pytest.fixture
def chat(town: Town) -> Squad:
    return Squad(town, "telegram")


# The list


def test_the_list_comes_the_evening_before_and_an_hour_before_the_start(town: Town, squad: Squad) -> None:
    squad.people[0].texts("1")
    squad.people[1].texts("2")
    town.at("11 September 16:59")
    town.ticks()
    assert squad.kev.reads() == []
    town.at("11 September 17:00")
    town.ticks()
    said = "1 SB yes, 2 JK can't, 3 AM ?, 4 DR ?"
    assert squad.kev.reads() == [f"Bike workshop, Friday 12 September 9:30am: {said}. {HELP}"]
    squad.people[2].texts("3")
    squad.kev.reads()
    town.at("12 September 8:29")
    town.ticks()
    assert squad.kev.reads() == []
    town.at("12 September 8:30")
    town.ticks()
    town.ticks()
    said = "1 SB yes, 2 JK can't, 3 AM late, 4 DR ?"
    assert squad.kev.reads() == [f"Bike workshop, Friday 12 September 9:30am: {said}. {HELP}"]


def test_after_an_outage_only_the_later_list_goes_out(town: Town, squad: Squad) -> None:
    town.at("12 September 9:00")
    town.ticks()
    assert len(squad.kev.reads()) == 1


def test_a_moved_session_is_listed_anew_and_one_that_is_off_no_more(town: Town, squad: Squad) -> None:
    town.at("11 September 17:00")
    town.ticks()
    squad.kev.reads()
    town.moves(squad.session, "12 September 10:30")
    town.ticks()
    assert squad.kev.reads()[0].startswith("Bike workshop, Friday 12 September 10:30am:")
    town.calls_off(squad.session)
    town.at("12 September 9:40")
    town.ticks()
    assert squad.kev.reads() == []


def test_on_telegram_each_has_a_row_of_buttons(town: Town, chat: Squad) -> None:
    chat.people[0].texts("1")
    chat.people[2].texts("3")
    chat.people[2].texts("B")
    town.at("12 September 7:00")
    chat.kev.reads()
    town.at("12 September 8:30")
    town.ticks()
    assert chat.kev.reads() == [
        "<b>Bike workshop</b>\nFriday 12 September, 9:30am\n\n1 Sam B: coming\n2 Jo K: no answer\n"
        "3 Al M: 15 to 30 min late\n4 Di R: no answer"
    ]
    labels = town.labels_under(chat.kev, chat.kev.latest)
    assert labels == [
        *([who, "In", "Late", "Not here"] for who in ("1 SB", "2 JK", "3 AM", "4 DR")),
        ["All in", "Done"],
        ["Someone else came", "Call it off"],
    ]


def test_of_womens_work_nobody_and_no_place_is_named(town: Town) -> None:
    squad = Squad(town, "telegram", women_only=True)
    town.at("12 September 8:30")
    town.ticks()
    assert squad.kev.bubbles == {}
    assert squad.kev.reads() == [f"Friday 12 September 9:30am: 4 booked. The list is at the office, 01632 960480. {HELP}"]
    town.at("12 September 9:40")
    assert squad.kev.texts("ALL IN") == [f"The usual place, 9:30am: in 1-4. {ALL_MARKED}"]


# By text


def test_all_in_and_done(town: Town, squad: Squad) -> None:
    town.at("12 September 9:35")
    assert squad.kev.texts("ALL IN") == [
        "Bike workshop, 9:30am: in 1-4. All marked. To change one, reply like OUT 5. When it's over reply DONE and the time."
    ]
    town.at("12 September 15:00")
    assert squad.kev.texts("DONE 3pm") == ["Bike workshop, 9:30am: in 1-4. Done at 3pm. Thanks."]
    assert squad.done() == [330] * 4


def test_one_of_each_in_one_text(town: Town, squad: Squad) -> None:
    town.at("12 September 9:50")
    assert squad.kev.texts("IN 1-2, LATE 3, OUT 4") == [
        "Bike workshop, 9:30am: in 1-2; late 3; out 4. All marked. To change one, reply like OUT 5. "
        "When it's over reply DONE and the time.",
        "Alert 1: DR missed Bike workshop, Friday 12 September 9:30am. We can't show that a reminder reached them. "
        "Reply ACK 1 to take it. Not you? PASS 1.",
    ]
    assert squad.marks() == {1: "attended", 2: "attended", 3: "late", 4: "absent"}
    town.at("12 September 15:30")
    squad.kev.texts("DONE")
    assert squad.done() == [360, 360, 340, 0]


def test_who_said_they_cannot_come_is_not_marked_by_all_in(town: Town, squad: Squad) -> None:
    squad.people[1].texts("2")
    town.at("12 September 9:40")
    squad.kev.texts("ALL IN")
    assert squad.marks() == {1: "attended", 3: "attended", 4: "attended"}
    assert squad.kev.texts("DONE 3pm")[0].startswith("That time is outside") is False


def test_done_with_somebody_unmarked_asks_and_keeps_what_was_marked(town: Town, squad: Squad) -> None:
    town.at("12 September 15:30")
    assert squad.kev.texts("IN 1-2 DONE 3pm") == [
        "Bike workshop, 9:30am isn't done: 3-4 not marked. Reply like IN 1, LATE 2, OUT 3, then DONE again."
    ]
    assert squad.marks() == {1: "attended", 2: "attended"}


def test_a_mark_is_changed_by_saying_it_again_and_the_old_one_stays_in_the_record(town: Town, squad: Squad) -> None:
    town.at("12 September 9:35")
    squad.kev.texts("IN 1-4")
    squad.kev.texts("OUT 2")
    squad.kev.texts("UNDO 3")
    assert squad.marks() == {1: "attended", 2: "absent", 4: "attended"}
    statuses = [row["status"] for row in town.rows(schema.attendance)]
    assert statuses == ["attended"] * 4 + ["absent", None]
    assert squad.done() == [360, 0, 0, 360]


def test_who_left_early_worked_until_then(town: Town, squad: Squad) -> None:
    town.at("12 September 9:35")
    squad.kev.texts("ALL IN")
    town.at("12 September 15:30")
    squad.kev.texts("LEFT 2 1.30pm")
    squad.kev.texts("DONE 3:30pm")
    assert squad.done() == [360, 240, 360, 360]


@pytest.mark.parametrize(
    ("said", "minutes"), [("IN 4", 330), ("LATE 4", 330), ("LATE 4 10:30", 270), ("LATE 4 15:10", 0), ("LEFT 4 12:30", 180)]
)
def test_who_is_marked_once_it_is_over_was_there_no_longer_than_the_rest(
    town: Town, squad: Squad, said: str, minutes: int
) -> None:
    town.at("12 September 15:05")
    squad.kev.texts("ALL IN, OUT 4, DONE 3pm")
    squad.kev.texts(said)
    assert squad.done() == [330, 330, 330, minutes]


def test_after_done_a_mark_is_changed_without_another_done(town: Town, squad: Squad) -> None:
    town.at("12 September 15:30")
    squad.kev.texts("ALL IN DONE")
    assert squad.kev.texts("OUT 4")[0] == (
        "Bike workshop, 9:30am: in 1-3; out 4. That is changed. To change one more, reply like OUT 5."
    )


def test_a_time_may_be_told_with_late(town: Town, squad: Squad) -> None:
    town.at("12 September 15:00")
    squad.kev.texts("LATE 1 10:15")
    assert squad.done()[0] == 315


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("IN 99", "99 isn't on the list of Bike workshop, 9:30am. Nothing is changed. Reply LIST to see who is."),
        ("IN 1 LATE 99", "99 isn't on the list of Bike workshop, 9:30am. Nothing is changed. Reply LIST to see who is."),
        ("OUT", "Sorry, we didn't get that. Nothing is changed. Reply like ALL IN, or IN 1-4, LATE 5, OUT 6, then DONE 3pm. "
                "LIST shows the list."),
        ("IN 1-3 OUT 2", "2 is there twice. Nothing is changed. Send it again with each number once."),
        ("ALL IN DONE 5pm", "That time is outside the session, 9:30am to 3:30pm. Nothing is changed. "
                            "Send it again with another time, or call 01632 960480."),
        ("LEFT 1 6pm", "That time is outside the session, 9:30am to 3:30pm. Nothing is changed. "
                       "Send it again with another time, or call 01632 960480."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_sentence_and_changes_nothing(town: Town, squad: Squad, said: str, told: str) -> None:
    town.at("12 September 15:00")
    assert squad.kev.texts(said) == [told]
    assert squad.marks() == {}


@pytest.mark.parametrize("said", ["", "wibble"])
def test_an_empty_text_or_nonsense_says_what_can_be_said(town: Town, squad: Squad, said: str) -> None:
    told = squad.kev.texts(said)
    assert "LIST shows your list." in told[0]


def test_too_soon(town: Town, squad: Squad) -> None:
    town.at("11 September 17:00")
    town.ticks()
    squad.kev.reads()
    assert squad.kev.texts("IN 1") == [
        "Too soon to mark Bike workshop, Friday 12 September 9:30am. Nothing is changed. "
        "Marking opens an hour before it starts."
    ]


@pytest.mark.parametrize("said", ["OUT 1", "DONE"])
def test_before_the_start_nobody_is_missing_and_it_is_not_done(town: Town, squad: Squad, said: str) -> None:
    town.at("12 September 09:00")
    assert squad.kev.texts(said) == [
        "Bike workshop starts Friday 12 September, 9:30am. Until then nobody is missing and it is not done. "
        "Nothing is changed."
    ]


def test_too_late_is_for_the_office(town: Town, squad: Squad) -> None:
    town.at("12 September 9:00")
    town.ticks()
    squad.kev.reads()
    town.at("13 September 16:00")
    assert squad.kev.texts("IN 1") == [
        "Bike workshop, Friday 12 September is closed. Nothing is changed. To put it right call 01632 960480."
    ]


def test_a_session_that_is_off_cannot_be_marked(town: Town, chat: Squad) -> None:
    town.at("12 September 8:30")
    town.ticks()
    town.calls_off(chat.session)
    assert chat.press(chat.kev, 1, "in") == [
        "That session is off. Nothing is changed.", chat.kev.bubbles[chat.roster(chat.kev)].text
    ]  # fmt: skip
    assert chat.marks() == {}


def test_who_has_no_session_now_is_told_so(town: Town, squad: Squad) -> None:
    idle = town.staff("Jo Lamb", "supervisor")
    assert idle.texts("ALL IN") == ["You have no session to mark just now. To check, call 01632 960480."]


def test_of_two_sessions_at_once_the_letter_says_which(town: Town, squad: Squad) -> None:
    other = town.session("12 September 10:00", "Wood", supervisor=squad.kev)
    town.person("Ed Fyfe").is_booked(other)
    town.at("12 September 10:05")
    assert squad.kev.texts("ALL IN") == [
        "You have 2 sessions: A Bike workshop 9:30am, B Wood 10am. Put its letter first, like A IN 1-4."
    ]
    assert squad.kev.texts("B ALL IN")[0].startswith("Wood, 10am: in 1.")
    assert squad.marks() == {}


def test_a_session_keeps_its_letter_when_another_is_over(town: Town, squad: Squad) -> None:
    other = town.session("12 September 8:00", "Wood", supervisor=squad.kev, hours=2)
    town.person("Ed Fyfe").is_booked(other)
    town.at("12 September 10:05")
    assert squad.kev.texts("A OUT 1")[0].startswith("Wood, 8am: out 1.")
    assert squad.kev.texts("B IN 1")[0].startswith("Bike workshop, 9:30am: in 1.")
    assert squad.kev.texts("IN 2")[0].startswith("Bike workshop, 9:30am: in 1-2.")


def test_of_two_sessions_on_telegram_both_lists_come_as_their_buttons_say_which(town: Town, chat: Squad) -> None:
    other = town.session("12 September 10:00", "Wood", supervisor=chat.kev)
    town.person("Ed Fyfe").is_booked(other)
    town.at("12 September 10:05")
    lists = chat.kev.writes("list")
    assert [each.splitlines()[0] for each in lists] == ["<b>Bike workshop</b>", "<b>Wood</b>"]


def test_of_two_sessions_the_one_with_nobody_on_it_is_not_meant(town: Town, squad: Squad) -> None:
    town.session("12 September 10:00", "Wood", supervisor=squad.kev)
    town.at("12 September 10:05")
    assert squad.kev.texts("ALL IN")[0].startswith("Bike workshop, 9:30am: in 1-4.")
    assert squad.kev.texts("B ALL IN") == squad.kev.texts("B LIST")


def test_of_two_sessions_the_one_for_women_has_no_place(town: Town, squad: Squad) -> None:
    town.person("Ed Fyfe").is_booked(
        town.session("12 September 10:00", "Hidden house", supervisor=squad.kev, women_only=True)
    )
    town.at("12 September 10:05")
    assert squad.kev.texts("ALL IN") == [
        "You have 2 sessions: A Bike workshop 9:30am, B 10am. Put its letter first, like A IN 1-4."
    ]


def test_numbers_stay_when_somebody_is_taken_off(town: Town, squad: Squad) -> None:
    town.change(schema.bookings, squad.bookings[1], status="cancelled")
    town.at("12 September 9:40")
    squad.kev.texts("IN 3")
    assert squad.marks() == {3: "attended"}
    assert squad.kev.texts("IN 2")[0].startswith("2 isn't on the list")


def test_the_list_can_be_asked_for(town: Town, squad: Squad) -> None:
    town.at("12 September 9:40")
    squad.kev.texts("IN 1 OUT 2")
    assert squad.kev.texts("LIST") == [
        f"Bike workshop, Friday 12 September 9:30am: 1 SB in, 2 JK out, 3 AM ?, 4 DR ?. {HELP}"
    ]


def test_a_session_that_is_called_off_after_it_was_marked_leaves_no_mark_and_no_hours(town: Town, squad: Squad) -> None:
    town.at("12 September 9:30")
    squad.kev.texts("IN 1-3")
    squad.kev.texts("OUT 4")
    assert squad.done() == [360, 360, 360, 0]
    town.calls_off(squad.session)
    assert squad.marks() == {}
    assert squad.done() == [0] * 4
    assert [row["outcome"] for row in town.rows(schema.alerts)] == ["withdrawn"]


def test_of_a_session_that_has_begun_the_marks_stand_when_its_times_change(town: Town, squad: Squad) -> None:
    town.at("12 September 9:40")
    squad.kev.texts("ALL IN")
    town.moves(squad.session, "12 September 10:00")
    assert set(squad.marks()) == {1, 2, 3, 4}


def test_before_anybody_is_live_no_list_goes_out(make_town: MakeTown) -> None:
    town = make_town(go_live={"people": "none"})
    squad = Squad(town)
    for when in ("11 September 17:00", "12 September 8:30", "12 September 10:30"):
        town.at(when)
        town.ticks()
    assert squad.kev.reads() == []


def test_who_was_booked_after_the_start_is_nobodys_oversight(town: Town, squad: Squad) -> None:
    for booking in squad.bookings:
        town.change(schema.bookings, booking, booked_at=town.now.replace(day=12, hour=12))
    town.at("12 September 13:00")
    town.ticks()
    assert town.rows(schema.alerts) == []


@pytest.mark.parametrize(("said", "about"), [("HURT 2", 1), ("hurt", None), ("Unsafe!", None), ("HURT 99", None)])
def test_somebody_hurt_is_an_urgent_alert_at_once(town: Town, squad: Squad, said: str, about: int | None) -> None:
    ailsa = town.staff("Ailsa Drum", "coordinator")
    town.at("12 September 9:40")
    assert squad.kev.texts(said) == [
        "If it's serious call 999 now. Alert 1 is raised and a worker is told at once. They will ring you. "
        "To speak to someone now call 01632 960480."
    ]
    assert town.alerts() == [("injury", None if about is None else squad.people[about].id)]
    assert ailsa.reads()[0].startswith("Alert 1, urgent.")
    assert squad.marks() == {}


# With buttons


def test_a_press_marks_and_the_list_shows_it_in_its_place(town: Town, chat: Squad) -> None:
    town.at("12 September 8:30")
    town.ticks()
    roster = chat.roster(chat.kev)
    town.at("12 September 9:40")
    shown = chat.press(chat.kev, 1, "in")
    assert len(shown) == 1
    assert "1 Sam B: in" in shown[0]
    assert chat.roster(chat.kev) == roster, "edited, not sent again"
    assert town.labels_under(chat.kev, roster)[0] == ["1 SB: in", "Left early", "Sent home", "Undo"]
    chat.press(chat.kev, 2, "late")
    assert "2 Jo K: late 9:40am" in chat.kev.bubbles[roster].text
    chat.press(chat.kev, 1, "undo")
    assert town.labels_under(chat.kev, roster)[0] == ["1 SB", "In", "Late", "Not here"]
    assert chat.marks() == {2: "late"}


def test_all_in_and_done_by_button(town: Town, chat: Squad) -> None:
    town.at("12 September 8:30")
    town.ticks()
    roster = chat.roster(chat.kev)
    town.at("12 September 9:40")
    chat.kev.presses("Not here", on=roster)  # the last row's
    chat.kev.reads()
    chat.kev.presses("All in", on=roster)
    assert chat.marks() == {1: "attended", 2: "attended", 3: "attended", 4: "absent"}
    town.at("12 September 15:30")
    told = chat.kev.presses("Done", on=roster)
    assert told[0] == "Bike workshop, 9:30am: in 1-3; not here 4. Done at 3:30pm. Thanks."
    assert not {"All in", "Done"} & set(chat.kev.bubbles[roster].buttons), "once over, it is not over a second time"
    assert chat.done() == [360, 360, 360, 0]


def test_a_whole_squad_is_marked_press_by_press_and_each_is_shown(town: Town, chat: Squad) -> None:
    town.at("12 September 9:20")
    town.ticks()
    for _ in range(4):
        for number in (1, 2, 3, 4):
            assert chat.press(chat.kev, number, "in") != []
            assert chat.press(chat.kev, number, "undo") != []


def test_a_whole_squad_is_marked_text_by_text_and_each_is_answered(town: Town, squad: Squad) -> None:
    town.at("12 September 9:40")
    for _ in range(3):
        for number in (1, 2, 3, 4):
            assert squad.kev.texts(f"IN {number}") != []
            town.wait(seconds=10)


def test_left_early_by_button_is_now(town: Town, chat: Squad) -> None:
    town.at("12 September 9:20")
    town.ticks()
    chat.press(chat.kev, 1, "in")
    town.at("12 September 12:30")
    chat.press(chat.kev, 1, "left")
    assert chat.done()[0] == 180


def test_of_two_supervisors_at_once_the_latest_stands_and_both_are_told(town: Town, chat: Squad) -> None:
    jo = town.staff("Jo Lamb", "supervisor", door="telegram")
    town.at("12 September 8:30")
    town.ticks()
    stale = next(d for d in town.data_under(chat.kev, chat.roster(chat.kev)) if d.endswith(":late"))
    town.at("12 September 9:40")
    chat.press(chat.kev, 1, "in")
    told = jo.presses_data(stale)
    assert told[0] == "KM had marked in 1. What you say now stands, and they are told."
    assert chat.kev.reads() == [
        "Bike workshop, Friday 12 September 9:30am: JL has marked late 1. That stands now. To change it reply like IN 1."
    ]
    assert chat.marks() == {1: "late"}
    chat.kev.writes("UNDO 1")
    assert jo.reads() == [
        "Bike workshop, Friday 12 September 9:30am: KM took back your mark of 1. To mark again reply like IN 1."
    ]
    assert chat.marks() == {}


def test_another_teams_supervisor_marks_nothing(town: Town, chat: Squad) -> None:
    other = town.staff("Jo Lamb", "supervisor", door="telegram", team="south")
    town.at("12 September 8:30")
    town.ticks()
    under = town.data_under(chat.kev, chat.roster(chat.kev))
    town.at("12 September 9:40")
    for data in [*under[:4], *under[-2:]]:
        told = other.presses_data(data)
        assert told == ["That session is another team's. Nothing is changed. To have it marked call 01632 960480."]
    assert chat.marks() == {}
    assert not [row for row in town.rows(schema.access_log) if row["action"] == "roster.read"]


@pytest.mark.parametrize("data", ["r:999::in", "s:999:0:all_in", "r:x::in", "r:1:2", "s:1:0:dance"])
def test_a_press_of_what_is_not_there_is_stale_and_changes_nothing(town: Town, chat: Squad, data: str) -> None:
    town.at("12 September 9:40")
    chat.kev.presses_data(data)
    assert chat.marks() == {}


def test_where_telegram_may_hold_alerts_only_the_list_comes_by_text(make_town: MakeTown) -> None:
    town = make_town(telegram={"staff": "alerts"})
    squad = Squad(town, "telegram")
    town.at("12 September 8:30")
    town.ticks()
    assert squad.kev.bubbles == {}
    assert squad.kev.reads()[0].startswith("Bike workshop, Friday 12 September 9:30am: 1 SB ?")


# Credit


def test_where_an_officer_credits_the_mark_counts_nothing_and_opens_a_task(make_town: MakeTown) -> None:
    town = make_town(credit={"on": "officer"})
    squad = Squad(town)
    town.at("12 September 9:40")
    squad.kev.texts("ALL IN")
    assert squad.done() == [0] * 4
    assert squad.people[0].tasks()["credit"] == "360 min worked, 360 not credited"


def test_no_more_is_credited_than_is_left_and_an_officer_sees_the_rest(make_town: MakeTown) -> None:
    town = make_town(credit={"on": "mark"})
    squad = Squad(town)
    town.worked(squad.people[0].order, 4000)  # 200 minutes of the hundred hours are left
    town.at("12 September 9:40")
    squad.kev.texts("ALL IN")
    assert squad.done()[0] == 4200
    assert squad.people[0].tasks()["uncredited"] == "360 min worked, 160 not credited"
