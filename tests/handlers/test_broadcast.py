"""A co-ordinator tells everyone of a change: on Telegram by buttons, by text where there is no data."""

import pytest

from db import broadcast_report, schema
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Member, Someone, Town, moment


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(sms={"pence_a_part": 2.4})


@pytest.fixture
def fergus(town: Town) -> Member:
    return town.staff("Fergus Tolmie", "coordinator", door="telegram")


@pytest.fixture
def kev(town: Town) -> Member:
    return town.staff("Kev Mason", "supervisor")


@pytest.fixture
def craig(town: Town) -> Someone:
    return town.person("Craig Haddow")


@pytest.fixture
def dana(town: Town) -> Someone:
    return town.person("Dana Reid", mode="discreet")


@pytest.fixture
def session(town: Town, kev: Member, craig: Someone, dana: Someone) -> int:
    made = town.session("12 September 9:30", "Bike workshop", supervisor=kev)
    craig.is_booked(made)
    dana.is_booked(made)
    town.ticks()
    for phone in (craig, dana, kev):
        phone.reads()
    return made


def after_the_hold(town: Town, minutes: float = 6) -> None:
    town.wait(minutes=minutes)
    town.ticks()


def off(fergus: Member) -> list[str]:
    fergus.writes("broadcast")
    fergus.presses("Off")
    return fergus.presses("Friday 12 September, 9:30am, Bike workshop")


def test_an_off_is_seen_before_it_is_held_and_held_before_anyone_hears(
    town: Town, fergus: Member, craig: Someone, dana: Someone, kev: Member, session: int
) -> None:
    [check] = off(fergus)
    assert check.startswith("<b>Broadcast 1: Off</b>\n2 messages to 2 people, parts of texts: 2, about £0.05.")
    assert "Lock screen: Friday 12 September is off. No need to g" in check
    assert "&lt;" not in check
    assert "&amp;" not in check
    assert (craig.reads(), dana.reads()) == ([], [])
    [held] = fergus.presses("Hold 2 messages to 2 people for 5 minutes")
    assert held.startswith("<b>Broadcast 1 is on hold until 10:05am.</b>")
    town.ticks()
    assert craig.reads() == []
    after_the_hold(town)
    assert craig.reads() == [
        "Linnbrae: Friday 12 September at Bike workshop is OFF. Don't travel. You won't be marked absent. "
        "A worker will be in touch about a new date."
    ]
    assert dana.reads() == ["Friday 12 September is off. No need to go. A worker will be in touch."]
    assert len(kev.reads()) == 1
    assert fergus.reads() == ["<b>Broadcast 1 goes out now.</b>\nOff, 2 people."]
    after_the_hold(town)
    assert (craig.reads(), fergus.reads()) == ([], [])
    [report] = fergus.presses("How it goes")
    assert report == "<b>Broadcast 1: Off, sent</b>\n2 people: 2 on the way.\nAnswered: nobody. To ring: 0."


def starts_late(town: Town, fergus: Member) -> None:
    """The bike workshop of Friday, by half an hour; both who are booked are told."""
    fergus.writes("broadcast")
    fergus.presses("Starts late")
    fergus.presses("Friday 12 September, 9:30am, Bike workshop")
    fergus.presses("30 minutes")
    fergus.presses("Hold 2 messages to 2 people for 5 minutes")
    after_the_hold(town)


def test_any_session_of_the_week_can_be_chosen(town: Town, fergus: Member, craig: Someone) -> None:
    for day in (11, 12, 15, 16):
        for hour in (9, 11, 13):
            craig.is_booked(town.session(f"{day} September {hour}:30", f"Hut {day}", hours=1))
    fergus.writes("broadcast")
    fergus.presses("Off")
    first = fergus.bubbles[fergus.latest].buttons
    fergus.presses("Later ones")
    second = fergus.bubbles[fergus.latest].buttons
    assert (len(first), len(second)) == (4 + 8 + 1, 4)
    assert not first.keys() & second.keys()
    assert fergus.presses("Tuesday 16 September, 1:30pm, Hut 16")[0].startswith("<b>Broadcast 1: Off</b>")


def test_who_has_no_permitted_time_is_left_out_and_has_not_failed() -> None:
    assert broadcast_report._state(None, "expired", "no_time_left", None) == ("left out", "no_time_left")
    assert broadcast_report._state(None, "expired", None, None) == ("failed", "expired")


def test_stop_on_hold_and_nothing_happened(town: Town, fergus: Member, craig: Someone, session: int) -> None:
    off(fergus)
    fergus.presses("Hold 2 messages to 2 people for 5 minutes")
    assert fergus.presses("Stop") == ["Broadcast 1 is stopped. 0 messages had gone, 0 had not."]
    after_the_hold(town)
    assert craig.reads() == []
    assert town.rows(schema.sessions)[0]["status"] == "planned"


def test_leaving_it_tells_nobody(town: Town, fergus: Member, craig: Someone, session: int) -> None:
    off(fergus)
    assert fergus.presses("Leave it") == ["Broadcast 1 is left. Nobody is told."]
    after_the_hold(town)
    assert craig.reads() == []


def test_another_time_is_written_as_people_say_it_and_silence_is_chased_once(
    town: Town, fergus: Member, craig: Someone, dana: Someone, session: int
) -> None:
    fergus.writes("Broadcast")
    fergus.presses("Another time")
    fergus.presses("Friday 12 September, 9:30am, Bike workshop")
    [check] = fergus.writes("10.15")
    assert "your session on Friday 12 September is now Friday 12 September, 10:15am, Bike workshop." in check
    fergus.presses("Hold 2 messages to 2 people for 5 minutes")
    after_the_hold(town)
    assert town.rows(schema.sessions)[0]["starts_at"] == moment("12 September 10:15")
    assert len(craig.reads()) == 1
    dana.texts("1")
    dana.reads()
    town.wait(hours=3)
    town.ticks()
    assert craig.reads() == ["Are you coming on Friday 12 September, 10:15am? Reply 1 coming, 2 can't come."]
    assert dana.reads() == []
    town.wait(hours=4)
    town.ticks()
    assert craig.reads() == []
    [report] = fergus.presses("How it goes")
    assert "Answered: 1 coming." in report


def test_a_session_starts_late_and_stands_as_it_was(town: Town, fergus: Member, craig: Someone, session: int) -> None:
    town.at("12 September 8:00")
    fergus.writes("broadcast")
    fergus.presses("Starts late")
    fergus.presses("Friday 12 September, 9:30am, Bike workshop")
    fergus.presses("30 minutes")
    fergus.presses("Send alone, reviewed next day")
    after_the_hold(town, 3)
    assert craig.reads() == [
        "Linnbrae: your session on Friday 12 September at Bike workshop starts late, at 10am. Come for then. "
        "Can't come? Reply 2."
    ]
    assert town.rows(schema.sessions)[0]["starts_at"] == moment("12 September 9:30")


def test_on_a_snow_day_each_place_is_off_or_on(town: Town, fergus: Member, craig: Someone, session: int) -> None:
    eilidh = town.person("Eilidh Marr")
    eilidh.is_booked(town.session("12 September 9:00", "Food store"))
    town.at("12 September 6:30")
    fergus.writes("broadcast")
    fergus.presses("Weather")
    fergus.presses("All on Friday 12 September (2)")
    fergus.presses("Bike workshop: on")
    assert fergus.bubbles[fergus.latest].buttons.keys() >= {"Bike workshop: OFF", "Food store: on"}
    [check] = fergus.presses("Look at it")
    assert "3 messages to 3 people" in check
    fergus.presses("Send alone, reviewed next day")
    after_the_hold(town, 3)
    assert "Bike workshop is OFF." in craig.reads()[0]
    assert eilidh.reads() == [
        "Linnbrae: Friday 12 September, 9am, Food store is ON. Please come. Reply 1 coming, 2 can't come."
    ]
    eilidh.texts("aye")
    assert [row["answer"] for row in town.rows(schema.bookings, person_id=eilidh.id)] == ["coming"]


def test_words_of_their_own_need_a_colleague_and_go_to_no_discreet_phone(
    town: Town, fergus: Member, craig: Someone, dana: Someone, session: int
) -> None:
    morag = town.staff("Morag Pirie", "manager", door="telegram")
    fergus.writes("broadcast")
    fergus.presses("In words")
    fergus.presses("Everybody")
    assert fergus.writes("Tell Craig to come")[0].startswith("That can't go: the text names a person;")
    [check] = fergus.writes("Bring a coat this week. The hut is cold.")
    assert "Left out: 1 no free words on their phone." in check
    assert "A colleague looks first: it is in words of your own." in check
    assert fergus.presses("Ask a colleague to look") == ["Broadcast 1 waits for a colleague. They were asked."]
    [asked] = morag.reads()
    assert asked == "<b>Broadcast 1 waits for a second pair of eyes</b>\nIn words, 2 people."
    morag.presses("Look at it")
    morag.presses("Approve: hold 1 messages")
    after_the_hold(town)
    assert craig.reads() == ["Linnbrae: Bring a coat this week. The hut is cold."]
    assert dana.reads() == []
    fergus.presses("How it goes")
    [calls] = fergus.presses("Whom to ring")
    assert calls.startswith("<b>To ring about broadcast 1</b>\nDR: 07700 9")


@pytest.mark.parametrize(("away", "asked"), [(1, [0, 1]), (2, [1, 1])])
def test_who_is_away_is_not_asked_to_look_unless_all_are(
    town: Town, fergus: Member, session: int, away: int, asked: list[int]
) -> None:
    managers = [town.staff(name, "manager", door="telegram") for name in ("Morag Pirie", "Una Blair")]
    for one in managers[:away]:
        day = town.now.date()
        about = {"first_day": day, "last_day": day, "made_by": one.row.ref, "made_at": town.now}
        town.insert(schema.leave, staff_id=one.id, **about)
    fergus.writes("broadcast")
    fergus.presses("In words")
    fergus.presses("Everybody")
    fergus.writes("Bring a coat this week. The hut is cold.")
    fergus.presses("Ask a colleague to look")
    assert [len(one.reads()) for one in managers] == asked


def test_a_roster_command_is_one_whatever_was_asked(town: Town, fergus: Member, session: int) -> None:
    fergus.writes("broadcast")
    fergus.presses("In words")
    fergus.presses("Everybody")
    fergus.writes("HURT 1")
    assert [row["class"] for row in town.rows(schema.alerts)] == ["injury"]
    assert town.rows(schema.broadcasts) == []
    assert "Late start on Monday." in fergus.writes("Late start on Monday.")[0]


def test_a_snow_morning_by_text_goes_alone_and_is_reviewed(
    town: Town, craig: Someone, dana: Someone, kev: Member, session: int
) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", team="south")
    town.at("12 September 6:10")
    [check] = fergus.texts("OFF ALL 12 Sept")
    assert check == ("Broadcast 1: Off, 2 messages to 2 people, 0 left out. Reply HOLD 1, or LEAVE 1. On your own: GLASS 1.")
    assert fergus.texts("glass 1") == [
        "Broadcast 1 is on hold until 6:12am. Then it goes. To stop it: HALT 1."
    ]  # fmt: skip
    after_the_hold(town, 3)
    assert len(craig.reads()) == 1
    assert [row["kind"] for row in town.rows(schema.tasks, status="open")] == ["broadcast_review"]
    town.ticks()
    assert fergus.texts("HALT 1")[0].startswith("That can't go: broadcast 1 is done; there is nothing to stop.")


@pytest.mark.parametrize("said", ["off the scale", "OFF 12 Sept", "off"])
def test_an_off_that_is_not_clear_is_asked_about(town: Town, session: int, said: str) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator")
    [answer] = fergus.texts(said)
    assert "Send OFF, then ALL or a place" in answer or answer.startswith("That can't go: no session to come")


def test_a_supervisor_makes_no_broadcast_and_a_case_manager_only_for_the_team(
    town: Town, kev: Member, craig: Someone, session: int
) -> None:
    kev.texts("OFF ALL 12 Sept")
    assert town.rows(schema.broadcasts) == []
    stranger = town.staff("Ailsa Drum", "case_manager", team="south")
    assert stranger.texts("OFF ALL 12 Sept") == ["That can't go: no session that is still to come is in it; choose others."]
    own = town.staff("Una Bell", "case_manager")
    assert own.texts("OFF ALL 12 Sept")[0].startswith("Broadcast ")


def test_a_press_on_what_is_over_is_answered(town: Town, fergus: Member, session: int) -> None:
    off(fergus)
    fergus.presses("Leave it")
    assert fergus.presses_data("c:99::hold") == [
        "That can't go: there is no broadcast 99; `turnup broadcast list` shows them."
    ]
    fergus.presses_data("c:0:off:s99")
    fergus.presses_data("c:0:nonsense:x")
    assert fergus.toast == "stale"


@pytest.mark.parametrize(
    "said", ["OFF Bike workshop 12 Sept", "off bike workshop fri", "OFF ALL 12/9", "off all on Friday 12th September"]
)
def test_the_day_is_said_as_people_say_it(town: Town, session: int, said: str) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator")
    assert fergus.texts(said)[0].startswith("Broadcast 1: Off, 2 messages to 2 people")


def test_today_and_tomorrow_are_days_too(town: Town, session: int) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator")
    town.at("11 September 9:00")
    assert fergus.texts("OFF Bike workshop tomorrow")[0].startswith("Broadcast 1: Off, 2 messages to 2 people")
    town.at("12 September 6:30")
    assert fergus.texts("OFF all today")[0].startswith("Broadcast 2: Off, 2 messages to 2 people")


def test_who_was_told_of_a_later_start_hears_no_other_time_after_that(
    town: Town, fergus: Member, craig: Someone, dana: Someone, kev: Member, session: int
) -> None:
    starts_late(town, fergus)
    assert "starts late, at 10am" in craig.reads()[0]
    assert kev.reads() == [
        "Bike workshop Friday 12 September starts late, at 10am. Everybody booked is told to come for then."
    ]
    dana.reads()
    for said in ("5", "1", "where is it", "all my sessions", "maybe"):
        [answer] = craig.texts(said)
        assert "10am" in answer, said
        assert "9:30am" not in answer, said
    town.at("11 September 17:00")
    town.ticks()
    assert craig.reads()[0].startswith("Linnbrae: next session Friday 12 September, 10am, Bike workshop.")
    assert dana.reads() == ["Reminder: Friday 12 September, 10am. Reply 1 if OK, 2 if not."]


def test_a_session_that_is_moved_starts_when_it_says_again(town: Town, fergus: Member, craig: Someone, session: int) -> None:
    starts_late(town, fergus)
    town.moves(session, "13 September 9:30")
    assert "Saturday 13 September, 9:30am" in craig.texts("5")[0]
