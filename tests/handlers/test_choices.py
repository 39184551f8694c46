"""8 and what it leads to: plainer messages, fewer hours, a pause, what we hold; and what a person tells us of themselves."""

from datetime import datetime
from typing import Any

import pytest

from db import schema, suppressions
from db.council import LONDON, Span
from handlers import data, pin
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Someone, Town
from tests.handlers.wording import read

CALL = read(wording.S18)
CALL_DISCREET = "When is it OK to call? A morning, B afternoon, C evening, D don't call, text me. Emergency: 999."
NOT_YET = (
    "We can't pause yet. We'll remind you of your first session. After that, reply 8 then P. To talk to someone, reply 7."
)
BUTTONS = ["Language", "Pause", "Stop reminders", "Plainer messages", "When we message", "Your data", "Feedback"]


def logged(town: Town, person: Someone) -> list[tuple[str, str]]:
    """Of the access log, who did what."""
    return [(row["actor"], row["action"]) for row in town.rows(schema.access_log, person_id=person.id)]


def due(person: Someone, kind: str) -> str:
    [task] = person.town.rows(schema.tasks, person_id=person.id, kind=kind)
    return f"{task['due_at'].astimezone(LONDON):%A %d %B %H:%M}"


# The menu


@pytest.mark.parametrize("said", ["8", "more", "mair"])
@pytest.mark.parametrize(("mode", "menu"), [("standard", wording.S24), ("discreet", wording.D24)])
def test_8_asks_for_a_letter(town: Town, said: str, mode: str, menu: str) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    assert craig.texts(said) == [menu]
    assert craig.tasks() == {}


def test_on_telegram_each_choice_is_one_tap(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    assert shona.writes("More") == ["What would you like to change?"]
    assert town.labels_under(shona, shona.latest) == [[label] for label in BUTTONS]
    assert shona.presses("When we message") == ["When is it OK to message you?"]
    assert town.labels_under(shona, shona.latest) == [["Mornings"], ["Afternoons"], ["Evenings"], ["Any time"]]


def test_numbers_keep_their_meaning_while_a_letter_is_asked_for(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.texts("8")
    assert craig.texts("4")[0].startswith("Hours done: 30 of 100")


def test_a_letter_that_nobody_asked_for_changes_nothing(town: Town) -> None:
    craig = town.person("Craig Haddow")
    for letter in "PMWSD":
        craig.texts(letter)
    assert (craig.row.mode, craig.row.safe, craig.row.stop_level) == ("standard", None, "none")


def test_s_stops_reminders(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.texts("8")
    assert craig.texts("S") == [wording.S20]
    assert craig.row.stop_level == "reminders"


# M: plainer


def test_m_leaves_out_names_and_places_and_says_so_in_the_new_words(town: Town, door: Door) -> None:
    craig = town.person("Craig Haddow", door=door)
    craig.is_booked(town.session("12 September 9:30"))
    craig.says("8")
    told = craig.says("M") if door == "sms" else craig.presses("Plainer messages")
    assert told[0].startswith("OK. Date and time only from now on.")
    assert craig.row.mode == "discreet"
    assert (craig.row.ref, "mode.plainer") in logged(town, craig)
    assert "Bike workshop" not in craig.says("5")[0]


def test_m_once_more_only_asks_for_calls_and_a_worker_hears_of_it(town: Town) -> None:
    craig = town.person("Craig Haddow", mode="discreet")
    craig.texts("8")
    assert craig.texts("M") == [read(wording.D40)]
    assert craig.row.mode == "call_first"
    assert "mode" in craig.tasks()


@pytest.mark.parametrize("mode", ["call_first", "no_contact"])
def test_what_is_plainest_stays_and_a_worker_hears_of_the_wish(town: Town, mode: str) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    craig.texts("8")
    assert craig.texts("M") == ([read(wording.D40)] if mode == "call_first" else [])
    assert craig.row.mode == mode


@pytest.mark.parametrize("said", ["plainer texts", "ma wean uses ma phone"])
def test_words_do_the_same_but_never_lead_to_calls_alone(town: Town, said: str) -> None:
    craig = town.person("Craig Haddow")
    craig.texts(said)
    assert craig.row.mode == "discreet"
    assert craig.texts(said) == [CALL_DISCREET]
    assert craig.row.mode == "discreet"


@pytest.mark.parametrize("mode", ["standard", "discreet", "call_first"])
def test_no_message_makes_messages_say_more(town: Town, mode: str) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    assert craig.texts("i want full texts back")
    assert craig.texts("A")
    assert craig.row.mode == mode
    assert craig.tasks() == {"mode": "morning"}


# W: when we text


@pytest.mark.parametrize(
    ("letter", "window", "hours"),
    [
        ("A", Span(360, 720), "6am to midday"),
        ("B", Span(720, 1020), "midday to 5pm"),
        ("C", Span(1020, 1320), "5pm to 10pm"),
    ],
)
def test_w_narrows_the_window_and_shows_it(town: Town, letter: str, window: Span, hours: str) -> None:
    craig = town.person("Craig Haddow")
    craig.texts("8")
    assert craig.texts("W") == [wording.WINDOW]
    assert craig.texts(letter) == [f"OK. We'll only text you from {hours}. To change that, reply 7."]
    assert craig.row.safe == window
    assert (craig.row.ref, "window.narrower") in logged(town, craig)


def test_only_what_was_safe_before_is_kept(town: Town) -> None:
    craig = town.person("Craig Haddow", safe_from=600, safe_until=840, mode="discreet")
    craig.texts("8")
    craig.texts("W")
    assert craig.texts("A") == ["OK. Only from 10am to midday. To change that, reply 7."]
    assert craig.row.safe == Span(600, 720)


@pytest.mark.parametrize("letter", ["C", "D"])
def test_other_hours_are_for_a_call(town: Town, letter: str) -> None:
    craig = town.person("Craig Haddow", safe_from=600, safe_until=840)
    craig.texts("8")
    craig.texts("W")
    assert craig.texts(letter) == [CALL]
    assert craig.texts("B")
    assert craig.row.safe == Span(600, 840)
    assert craig.tasks() == {"window": "afternoon"}


def test_a_window_in_which_nothing_could_be_sent_is_for_a_call(make_town: MakeTown) -> None:
    craig = make_town(hours={"routine": "09:00-17:00"}).person("Craig Haddow")
    craig.texts("8")
    craig.texts("W")
    assert craig.texts("C") == [CALL]
    assert craig.row.safe is None


def test_a_few_minutes_are_no_window(town: Town) -> None:
    craig = town.person("Craig Haddow", safe_from=690, safe_until=840)
    craig.texts("8")
    craig.texts("W")
    assert craig.texts("A") == [CALL]


def test_any_time_is_what_stands_without_a_window(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.texts("dont text me at night")
    assert craig.texts("any time") == ["OK. We can text you any time in the day. To change that, reply 8 then W."]
    assert craig.tasks() == {}


def test_a_reminder_keeps_to_the_new_window(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 13:30"))
    for said in ("8", "W", "A"):
        craig.texts(said)
    town.at("11 September 17:00")
    town.reminds()
    assert craig.reads() == []
    town.at("12 September 9:00")
    town.reminds()
    assert len(craig.reads()) == 1


# P: a pause


@pytest.fixture
def craig(town: Town) -> Someone:
    """He has begun, and has a session in a week and one in three."""
    craig = town.person("Craig Haddow")
    for when in ("18 September 9:30", "2 October 9:30"):
        craig.is_booked(town.session(when))
    return craig


@pytest.mark.parametrize(
    ("letter", "until"), [("A", "Wednesday 17 September"), ("B", "Wednesday 24 September"), ("C", "Wednesday 8 October")]
)
def test_p_pauses_reminders_and_says_until_when(town: Town, craig: Someone, letter: str, until: str) -> None:
    craig.texts("8")
    assert craig.texts("P") == [wording.S49]
    assert craig.texts(letter) == [wording.S21.format(day=until)]
    assert craig.row.paused_until == datetime.strptime(f"2025 {until}", "%Y %A %d %B").replace(tzinfo=LONDON)


def paused(craig: Someone, letter: str) -> None:
    craig.texts("pause")
    craig.texts(letter)


def test_a_pause_holds_reminders_back_and_ends_by_itself(town: Town, craig: Someone) -> None:
    paused(craig, "B")
    for when in ("11 September 17:00", "15 September 17:00", "17 September 17:00", "18 September 9:00"):
        town.at(when)
        town.reminds()
    assert craig.reads() == []
    town.at("1 October 17:00")
    town.reminds()
    assert len(craig.reads()) == 1


def test_what_a_pause_held_back_is_not_said_late(town: Town, craig: Someone) -> None:
    paused(craig, "A")
    craig.changes(paused_until=datetime(2025, 9, 17, 18, 0, tzinfo=LONDON))
    for when in ("17 September 17:30", "17 September 18:30", "18 September 8:00"):
        town.at(when)
        town.reminds()
    assert craig.reads() == []


def test_a_reminder_that_waits_when_the_pause_begins_is_dropped(town: Town, craig: Someone) -> None:
    craig.changes(safe_from=600, safe_until=900)
    town.at("17 September 14:30")
    town.reminds()
    craig.reads()
    craig.changes(safe_from=None, safe_until=None)
    paused(craig, "A")
    town.at("17 September 20:30")
    town.reminds()
    assert not [text for text in craig.reads() if "session" in text]


def test_changes_are_told_and_messages_answered_during_a_pause(town: Town, craig: Someone) -> None:
    paused(craig, "C")
    session = town.rows(schema.sessions)[0]["id"]
    town.calls_off(session)
    assert len(craig.reads()) == 1
    assert craig.texts("5")[0].startswith("Next session: Thursday 2 October")


def test_start_ends_it(town: Town, craig: Someone) -> None:
    paused(craig, "C")
    assert craig.texts("START") == [wording.S44]
    assert craig.row.paused_until == town.now
    town.at("17 September 17:00")
    town.reminds()
    assert len(craig.reads()) == 1


def test_before_the_first_session_there_is_no_pause(town: Town, door: Door) -> None:
    new = town.person("Dod Ferrie", door=door, done=0)
    new.is_booked(town.session("18 September 9:30"))
    told = new.says("pause")
    assert told == [NOT_YET] if door == "sms" else told[0].startswith("We can't pause yet.")
    new.says("A")
    assert new.row.paused_until is None


def test_a_discreet_pause_says_only_the_day(town: Town) -> None:
    lorna = town.person("Lorna Bax", mode="discreet")
    assert lorna.texts("pause the reminders") == ["How long? A 1 week, B 2 weeks, C 4 weeks."]
    assert lorna.texts("a fortnight") == ["Paused until Wednesday 24 September. Text START to restart."]


# D: what do you hold


@pytest.mark.parametrize("said", ["what do you hold on me", "gdpr", "whit dae ye haud on me"])
@pytest.mark.parametrize(("mode", "told"), [("standard", wording.S25), ("discreet", wording.D25)])
def test_what_we_hold_is_answered_at_once_and_asked_of_staff_within_a_month(
    town: Town, said: str, mode: str, told: str
) -> None:
    craig = town.person("Craig Haddow", mode=mode)
    assert craig.texts(said) == [read(told)]
    assert craig.tasks() == {"data_request": said}
    assert due(craig, "data_request") == "Friday 10 October 23:59"


@pytest.mark.parametrize(
    ("said", "wish"), [("delete my data", "erase"), ("ma details are wrong", "rectify"), ("my data", "access")]
)
def test_each_wish_is_its_own_request(town: Town, door: Door, said: str, wish: str) -> None:
    craig = town.person("Craig Haddow", door=door)
    [told] = craig.says(said)
    assert ("We have to keep" in told) == (wish == "erase")
    [task] = town.rows(schema.tasks)
    assert (task["kind"], task["class"]) == ("data_request", wish)
    assert (craig.row.ref, f"data.{wish}") in logged(town, craig)


def test_asking_again_does_not_start_the_clock_anew(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.texts("my data")
    town.wait(days=10)
    craig.texts("what do you hold on me")
    assert craig.tasks() == {"data_request": "my data\nwhat do you hold on me"}
    assert due(craig, "data_request") == "Friday 10 October 23:59"


@pytest.mark.parametrize(
    ("asked", "by"), [("2026-01-31", "2026-02-28"), ("2026-12-10", "2027-01-10"), ("2028-01-30", "2028-02-29")]
)
def test_a_month_ends_on_its_last_day_where_it_has_no_other(asked: str, by: str) -> None:
    assert f"{data.a_month_after(datetime.fromisoformat(f'{asked}T12:00+00:00')):%Y-%m-%d}" == by


def test_d_of_the_menu_does_it_in_one_tap(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    shona.writes("8")
    assert shona.presses("Your data")[0].startswith("We hold your name")
    assert "data_request" in shona.tasks()


# A new address, number or job


@pytest.mark.parametrize("said", ["ive moved", "ma new address is 4 high street", "changed ma shifts", "got a new job"])
def test_new_details_go_to_the_responsible_officer(town: Town, said: str) -> None:
    ailsa, fergus = town.staff("Ailsa Drum"), town.staff("Fergus Tolmie")
    craig = town.person("Craig Haddow", case_manager_id=ailsa.id)
    town.change(schema.orders, craig.order, responsible_officer_id=fergus.id)
    assert craig.texts(said)[0].startswith("Thanks for telling us. A worker will check it with you")
    [task] = town.rows(schema.tasks)
    assert (task["kind"], task["owner_id"], task["note"]) == ("details", fergus.id, said)
    assert due(craig, "details") == "Thursday 11 September 17:00"


def test_without_one_they_go_to_the_case_manager(town: Town) -> None:
    ailsa = town.staff("Ailsa Drum")
    craig = town.person("Craig Haddow", case_manager_id=ailsa.id, mode="discreet")
    assert craig.texts("a've flitted") == ["Noted. A worker will be in touch. Reply 7 for a call."]
    assert town.rows(schema.tasks)[0]["owner_id"] == ailsa.id


@pytest.mark.parametrize("said", ["got a new number", "ma new number is 07700 900999"])
def test_a_new_number_is_never_taken_from_a_message(town: Town, said: str) -> None:
    craig = town.person("Craig Haddow")
    before = craig.row.phone_hash
    assert craig.texts(said) == [CALL]
    craig.texts("A")
    assert craig.row.phone_hash == before
    assert craig.tasks() == {"details": f"{said}\nmorning"}


def test_an_absence_with_news_is_both(town: Town) -> None:
    craig = town.person("Craig Haddow")
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    assert craig.texts("cannae come ive moved hoose") == [wording.S06]
    assert craig.answer(session) == "cant"
    assert {"absence", "details"} <= set(craig.tasks())


# A number in doubt


def doubted(town: Town, **values: Any) -> Someone:
    craig = town.person("Craig Haddow", doubted_at=town.now, **values)
    craig.is_booked(town.session("12 September 9:30"))
    return craig


def test_a_number_in_doubt_gets_dates_without_a_name_or_a_place(town: Town) -> None:
    craig = doubted(town)
    town.at("11 September 17:00")
    town.reminds()
    assert craig.reads() == [read(wording.D03)]
    assert craig.texts("5") == [read(wording.D13)]


def test_hours_need_the_pin_which_ends_the_doubt(town: Town) -> None:
    craig = doubted(town)
    craig.changes(pin_hash=pin.hash_of(craig.row, "2468"), pin_failures=0)
    assert craig.texts("4") == ["Reply with your PIN. Don't know it? Reply 7."]
    assert craig.texts("2468")[0].startswith("Hours done: 30 of 100")
    assert not craig.row.doubted


def test_without_a_pin_a_worker_makes_sure_by_a_call(town: Town) -> None:
    craig = doubted(town)
    assert craig.texts("4") == [wording.NO_PIN]
    craig.texts("A")
    assert craig.tasks() == {"verify": "morning"}
    assert craig.row.doubted


def test_a_chat_is_not_in_doubt_for_the_numbers_sake(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram", doubted_at=town.now)
    assert shona.writes("4")[0].startswith("Hours done: 30 of 100")


def test_a_number_that_the_network_gave_up_is_answered_once_it_writes(town: Town) -> None:
    craig = doubted(town)
    with town.record.write() as connection:
        suppressions.suppress(connection, craig.row.phone_hash or "", "everything", "recipient", now=town.now)
    assert craig.texts("0") == [wording.D22]
    assert craig.row.doubted
