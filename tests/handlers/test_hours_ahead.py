"""Pace, split, proof, milestones; the sessions ahead, the calendar, the way, no credit: on both channels, in every mode."""

from datetime import date, timedelta
from typing import Any

import pytest

from db import corrections, kit, schema
from db.change import Change
from db.permissions import COMMAND_LINE
from handlers import pin
from notifications import ticking
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Someone, Town
from tests.handlers.wording import read

S12 = read(wording.S12, done="30", total="100", left="70", date="30 November", date2="5 September")
WEEKLY = [date(2025, 8, 6) + timedelta(weeks=n) for n in range(6)]  # the last on 10 September
NEEDED = "To finish by 30 November, the hours you need a week are about 6. If that's hard, reply 7 to talk about it."


@pytest.fixture
def craig(town: Town) -> Someone:
    return town.person("Craig Haddow")


@pytest.fixture
def shona(town: Town) -> Someone:
    return town.person("Shona Bell", door="telegram")


def steady(town: Town, person: Someone, hours: int) -> None:
    """So many hours each week, besides the thirty."""
    for day in WEEKLY:
        town.worked(person.order, hours * 60, day)


# Pace


def test_4_stays_as_it_is_by_text_and_the_pace_comes_when_asked_for(town: Town, craig: Someone) -> None:
    assert craig.texts("4") == [S12]
    assert craig.texts("hoo mony oors a week") == [NEEDED]


def test_in_time_is_said_with_both_dates(town: Town, craig: Someone) -> None:
    steady(town, craig, 6)
    assert craig.texts("am i on track") == [
        "At this pace you finish around 2 October. Your date is 30 November. Hours a week: about 11. Needed: about 3."
    ]


def test_behind_is_said_kindly_with_what_would_make_it(town: Town, craig: Someone) -> None:
    town.change(schema.orders, craig.order, imposed_minutes=200 * 60)
    steady(town, craig, 2)
    [told] = craig.texts("pace")
    assert told.startswith("At this pace you finish around ")
    assert told.endswith("Your date is 30 November. Hours a week to make it: about 13h 30m. Reply 7 to talk about it.")


def test_when_am_i_done_is_the_hours_and_the_pace(town: Town, craig: Someone) -> None:
    assert craig.texts("when am a done") == [S12, NEEDED]


def test_of_two_orders_each_has_its_own(town: Town, craig: Someone) -> None:
    town.order(craig, hours=40, imposed_on=date(2025, 9, 1), complete_by=date(2025, 12, 1))
    assert [told.partition(",")[0] for told in craig.texts("pace")] == [
        "1 of 2: To finish by 30 November", "2 of 2: To finish by 1 December",
    ]  # fmt: skip


def test_after_the_date_nobody_is_scolded(town: Town, craig: Someone) -> None:
    town.change(schema.orders, craig.order, complete_by=date(2025, 9, 1))
    assert craig.texts("pace") == [
        "Your date was 1 September. Hours left: 70. A worker can tell you what happens next. Reply 7 for a call."
    ]
    left = "Your date was 1 September. Counted up to 5 September. Think it's wrong? Reply 7."
    assert craig.texts("4") == [f"Hours done: 30 of 100. Hours left: 70. {left}"]
    town.order(craig, hours=50, done=10)
    first, second = craig.texts("4")
    assert first == f"1 of 2: Hours done: 30 of 100. Hours left: 70. {left}"
    assert "Finish by 30 November." in second


def test_without_a_running_order_a_worker_answers(town: Town, craig: Someone) -> None:
    town.change(schema.orders, craig.order, status="completed")
    assert craig.texts("pace") == [read(wording.S18)]


def test_the_split_is_told_when_asked_for(town: Town, craig: Someone) -> None:
    town.change(schema.orders, craig.order, other_activity_minutes=1200)
    town.worked(craig.order, 240, activity="other_activity")
    assert craig.texts("other activity") == ["Hours of work: 30. Hours of learning or groups: 4, and up to 20 can count."]


@pytest.mark.parametrize(("said", "told"), [
    ("pace", "About 6 a week to be done by 30 November. To ask, reply 7."),
    ("other activity", "All of one kind: 30."),
    ("proof of hours", "OK. A worker will be in touch about that."),
])  # fmt: skip
def test_discreet_forms_say_no_more_than_numbers(town: Town, said: str, told: str) -> None:
    assert town.person("Euan Tor", mode="discreet").texts(said) == [told]


@pytest.mark.parametrize("said", ["pace", "other activity", "proof of hours", "all my sessions", "how do i get there"])
def test_a_shared_phone_gives_the_pin_first(town: Town, said: str) -> None:
    euan = town.person("Euan Tor", phone_is_own=False)
    euan.is_booked(town.session("12 September 9:30"))
    euan.changes(pin_hash=pin.hash_of(euan.row, "4821"), pin_failures=0, verified_until=None)
    asked = euan.texts(said)
    assert asked == ["Reply with your PIN. Don't know it? Reply 7."]
    [told] = euan.texts("4821")
    assert told not in asked
    assert "Bike" not in told


@pytest.mark.parametrize("said", ["pace", "statement", "all my sessions", "how do i get there", "nae credit"])
@pytest.mark.parametrize("door", ["sms", "telegram"])
def test_call_first_and_no_contact_hear_what_they_may(town: Town, said: str, door: Any) -> None:
    first = town.person("Euan Tor", door=door, mode="call_first")
    never = town.person("Kirsty Muir", door=door, mode="no_contact")
    for one in (first, never):
        one.is_booked(town.session("12 September 9:30"))
    assert first.says(said) == ["Can you call when it suits? 01632 960480"]
    assert never.says(said) == []
    assert first.files == never.files == []


# The picture and the proof


def test_on_telegram_a_ring_with_the_split_and_the_pace_is_one_press_away(town: Town, shona: Someone) -> None:
    [told] = shona.writes("My hours")
    assert told.splitlines() == [
        "Hours done: 30 of 100", "Hours left: <b>70</b>",
        "Finish by 30 November. Counted up to 5 September. Think it's wrong? Tap Talk to someone.",
    ]  # fmt: skip
    assert shona.files == []
    assert shona.presses("When will I finish?") == [
        "All your hours so far are work: 30.\nTo finish by 30 November, the hours you need a week are about 6. If that's "
        "hard, tap Talk to someone."
    ]
    [file] = shona.files
    assert (file.kind, file.name, file.content[:4]) == ("photo", "hours.png", b"\x89PNG")


def test_a_discreet_chat_gets_no_picture_and_no_paper(town: Town) -> None:
    euan = town.person("Euan Tor", door="telegram", mode="discreet")
    assert euan.writes("My hours") == ["<tg-spoiler>30 of 100 done. 70 left.</tg-spoiler>"]
    assert euan.bubbles[euan.latest].buttons == {}
    assert euan.writes("proof of hours") == ["OK. A worker will be in touch about that."]
    assert euan.files == []
    assert "statement" in euan.tasks()


def test_the_proof_of_hours_is_a_document_on_telegram(town: Town, shona: Someone) -> None:
    shona.writes("My hours")
    assert len(shona.presses("All my hours")) == 1
    file = shona.files[-1]
    assert (file.kind, file.name) == ("document", "hours.pdf")
    assert b"(5 September 2025)" in file.content
    assert b"(Shona)" in file.content
    assert b"Bell" not in file.content
    assert shona.tasks() == {}


def test_by_text_a_worker_gets_the_proof_to_them(town: Town, craig: Someone) -> None:
    assert craig.texts("can i get proof o ma oors") == [
        "OK. A worker will get you a list of all your hours. They'll ask how you want it. To say now, reply 7."
    ]
    [task] = town.rows(schema.tasks, kind="statement")
    assert f"{task['due_at']:%A}" == "Friday"  # two working days


def test_nobody_sees_the_picture_of_somebody_elses_hours(town: Town, shona: Someone, craig: Someone) -> None:
    shona.writes("My hours")
    assert shona.presses_data(f"o:{craig.order}::picture", shona.latest) == []
    assert shona.toast == "stale"


def test_nobody_sees_the_paper_of_somebody_elses_hours(town: Town, shona: Someone, craig: Someone) -> None:
    shona.writes("My hours")
    shona.files.clear()
    assert shona.presses_data(f"o:{craig.order}::statement", shona.latest) == [
        "OK. A worker will get you a list of all your hours. They'll ask how you want it. To say now, tap Talk to someone."
    ]
    assert shona.files == []


# Milestones


def credit(town: Town, person: Someone, hours: int, on: date = date(2025, 9, 9)) -> None:
    town.worked(person.order, hours * 60, on, by="S1")


def tick(town: Town) -> None:
    ticking.tick(town.record, town.council, "milestones", now=town.now)
    town.deliver()


def reached(town: Town, person: Someone, hours: int) -> list[str]:
    """What they hear the morning after so many more hours were entered."""
    credit(town, person, hours)
    tick(town)
    return person.reads()


def half(left: str = "Reply 0 for the menu.") -> str:
    return f"Hours done: 50 of 100. Good work so far. {left}"


def test_half_is_said_once_with_the_next_session(town: Town, craig: Someone) -> None:
    craig.is_booked(town.session("12 September 9:30"))
    assert reached(town, craig, 20) == [half("Next session: Friday 12 September, 9:30am. Reply 0 for the menu.")]
    tick(town)
    town.wait(days=1)
    assert reached(town, craig, 1) == []


def test_without_a_session_none_is_named(town: Town, craig: Someone) -> None:
    assert reached(town, craig, 20) == [half()]


def test_what_a_file_brought_is_not_announced(town: Town, craig: Someone) -> None:
    town.worked(craig.order, 2400, date(2025, 9, 9))
    tick(town)
    assert craig.reads() == []
    assert reached(town, craig, 1) == []  # 71: the half was the file's


def test_of_several_at_once_only_the_highest_and_never_a_lower_one_after_it(town: Town, craig: Someone) -> None:
    assert reached(town, craig, 45) == ["Hours done: 75 of 100. Good work so far. Reply 0 for the menu."]
    credit(town, craig, -20)
    assert reached(town, craig, 1) == []


def test_a_correction_takes_nothing_back_and_says_nothing_twice(town: Town, craig: Someone) -> None:
    assert reached(town, craig, 20) == [half()]
    assert reached(town, craig, -10) == []
    town.wait(days=1)
    assert reached(town, craig, 10) == []


def test_all_of_them_is_kind_and_says_who_decides(town: Town, craig: Someone) -> None:
    assert reached(town, craig, 70) == [
        "Hours done: 100 of 100. That's all of them. Well done. A worker will check this and tell you what happens next."
    ]
    assert "hours_done" in craig.tasks()


def test_a_milestone_on_the_way_is_no_task(town: Town, craig: Someone) -> None:
    reached(town, craig, 20)
    assert craig.tasks() == {}


def test_what_an_officer_enters_counts_too(town: Town, craig: Someone) -> None:
    [order] = town.rows(schema.orders, id=craig.order)
    with town.record.write() as connection:
        change = Change(connection, town.council, town.now, COMMAND_LINE, "found in the book")
        corrections.correct_work(
            change, order["ref"], 1200, worked_on=date(2025, 9, 9), activity="unpaid_work", legal_basis=None
        )
    tick(town)
    assert craig.reads() == [half()]


def test_a_day_counts_from_the_evening_when_nobody_is_still_at_it(town: Town, craig: Someone) -> None:
    credit(town, craig, 20, on=town.now.date())
    tick(town)
    assert craig.reads() == []
    town.at("10 September 18:00")
    tick(town)
    assert craig.reads() == [half()]


def test_at_night_it_waits_for_the_morning(town: Town, craig: Someone) -> None:
    town.at("10 September 22:00")
    assert reached(town, craig, 20) == []
    town.at("11 September 9:00")
    town.deliver()
    assert craig.reads() == [half()]


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"mode": "discreet"}, ["50 of 100 done."]),
        ({"mode": "call_first"}, []),
        ({"mode": "no_contact"}, []),
        ({"stop_level": "reminders"}, []),
        ({"phone_is_own": False}, []),
    ],
)
def test_who_hears_of_it_and_how(town: Town, about: dict[str, Any], told: list[str]) -> None:
    assert reached(town, town.person("Euan Tor", **about), 20) == told


def test_on_telegram_it_comes_with_the_ring(town: Town, shona: Someone) -> None:
    assert reached(town, shona, 20) == ["Hours done: <b>50 of 100</b>. Good work so far."]
    assert [file.name for file in shona.files] == ["hours.png"]


def test_one_that_named_a_session_which_has_moved_stays_unsaid(town: Town, craig: Someone) -> None:
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    town.at("10 September 22:00")
    assert reached(town, craig, 20) == []
    town.moves(session, "15 September 9:30")
    town.at("11 September 9:00")
    town.deliver()
    assert not any("Hours done" in told for told in craig.reads())


def test_a_council_can_do_without(make_town: MakeTown) -> None:
    town = make_town(milestones={"at": []})
    assert reached(town, town.person("Craig Haddow"), 20) == []


# The sessions ahead


@pytest.fixture
def three(town: Town, craig: Someone, shona: Someone) -> list[int]:
    made = [town.session(f"{day} September 9:30", pin=(55.9, -3.9)) for day in (12, 15, 19)]
    for session in made:
        craig.is_booked(session)
        shona.is_booked(session)
    return made


def test_by_text_as_many_sessions_as_fit(town: Town, craig: Someone, three: list[int]) -> None:
    told = "Your next sessions: Friday 12 September, 9:30am; Monday 15 September, 9:30am; Friday 19 September, 9:30am."
    assert craig.texts("all ma sessions") == [f"{told} For more about the first, reply 5."]
    for day in (22, 26, 29):
        craig.is_booked(town.session(f"{day} September 9:30"))
    assert len(craig.texts("next sessions")[0]) <= 160


def test_on_telegram_five_with_their_places_below_the_next_one(town: Town, shona: Someone, three: list[int]) -> None:
    shona.writes("5")
    asked = shona.latest
    assert town.labels_under(shona, asked)[2:] == [["Show on a map", "Add to my calendar"], ["More sessions"]]
    [told] = shona.presses("More sessions")
    assert told.splitlines() == [
        "<b>Your next sessions</b>", "Friday 12 September, 9:30am, Bike workshop",
        "Monday 15 September, 9:30am, Bike workshop", "Friday 19 September, 9:30am, Bike workshop",
    ]  # fmt: skip
    assert "More sessions" in shona.bubbles[asked].buttons


def test_none_booked_is_said_as_always(town: Town, craig: Someone) -> None:
    assert craig.texts("all my sessions") == craig.texts("how do i get there") == [wording.S14]


def test_places_are_written_once_escaped(town: Town, shona: Someone) -> None:
    shona.is_booked(town.session("12 September 9:30", "Wood & Co"))
    assert shona.writes("all my sessions")[0].endswith("9:30am, Wood &amp; Co")


def test_the_calendar_file_follows_a_moved_session(town: Town, shona: Someone, three: list[int]) -> None:
    shona.writes("5")
    assert shona.presses("Add to my calendar") == [
        "Tap the file to put Friday 12 September, 9:30am in your calendar. If it moves, we'll tell you."
    ]
    town.moves(three[0], "13 September 9:30")
    assert shona.reads()[0].startswith("Your session on")
    before, after = (file.content.decode().splitlines() for file in shona.files)
    assert [line for line in before if line.startswith("UID")] == [line for line in after if line.startswith("UID")]
    assert "LOCATION:Bike workshop" in before
    assert {line for line in after if line not in before} == {
        "SEQUENCE:6", "DTSTART:20250913T083000Z", "DTEND:20250913T143000Z",
    }  # fmt: skip


def test_a_session_that_is_off_leaves_the_calendar_of_who_asked_for_it(town: Town, shona: Someone, three: list[int]) -> None:
    shona.writes("5")
    shona.presses("Add to my calendar")
    shona.reads()
    for session in three[:2]:
        town.calls_off(session)
    assert all("is OFF" in said for said in shona.reads())
    asked, gone = (file.content.decode().splitlines() for file in shona.files)
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:5"} <= set(gone)
    assert [line for line in asked if line.startswith("UID")] == [line for line in gone if line.startswith("UID")]


def test_a_session_on_again_comes_back_into_the_calendar(town: Town, shona: Someone, three: list[int]) -> None:
    shona.writes("5")
    shona.presses("Add to my calendar")
    town.calls_off(three[0])
    town.puts_back(three[0])
    shona.reads()
    sequences = [line for file in shona.files for line in file.content.decode().splitlines() if line.startswith("SEQ")]
    assert sequences == ["SEQUENCE:4", "SEQUENCE:5", "SEQUENCE:8"]


@pytest.mark.parametrize(("person", "about"), [({"mode": "discreet"}, {}), ({"women_only": True}, {"women_only": True})])
def test_no_place_in_a_calendar_where_none_may_be(town: Town, person: dict[str, Any], about: dict[str, Any]) -> None:
    lorna = town.person("Lorna Bax", door="telegram", **person)
    lorna.is_booked(town.session("12 September 9:30", "Willow room", **about))
    lorna.writes("5")
    lorna.presses_data(next(d for d in town.data_under(lorna, lorna.latest) if d.endswith("calendar")), lorna.latest)
    [file] = lorna.files
    assert file.name == "date.ics"
    assert b"Willow" not in file.content
    assert b"LOCATION" not in file.content


def test_the_way_there_is_asked_of_a_person(town: Town, craig: Someone, shona: Someone, three: list[int]) -> None:
    assert craig.texts("hoo dae a get there") == [
        "Friday 12 September, 9:30am: Bike workshop. To ask the way there, call 01632 960480. Or reply 7 and we'll call you."
    ]
    shona.writes("how do I get there")
    assert tuple(shona.bubbles[shona.latest].buttons) == ("Show on a map", "Talk to someone")


def test_the_way_there_is_said_in_words_where_the_council_wrote_them_down(town: Town) -> None:
    way = "Bus 44 to the library, then 5 min walk"
    craig, lorna = town.person("Craig Haddow"), town.person("Lorna Bax", women_only=True)
    plain = town.person("Euan Tor", mode="discreet")
    one, hidden = town.session("12 September 9:30"), town.session("12 September 9:30", "Willow room", women_only=True)
    for person, session in ((craig, one), (plain, one), (lorna, hidden)):
        person.is_booked(session)
    town.rule(directions={row["ref"]: way for row in town.rows(schema.placements)})
    assert craig.texts("hoo dae a get there") == [
        f"Friday 12 September, 9:30am: Bike workshop. {way}. To ask more, call 01632 960480."
    ]
    assert plain.texts("how do I get there") == ["Friday 12 September, 9:30am. To ask more, call 01632 960480 or reply 7."]
    assert "Bus" not in lorna.texts("how do I get there")[0]


def test_who_is_picked_up_hears_where_and_when_the_van_stops(town: Town) -> None:
    craig, own = town.person("Craig Haddow"), town.person("Euan Tor")
    plain, doubted = town.person("Finlay Mor", mode="discreet"), town.person("Gregor Tait", doubted_at=town.now)
    lorna = town.person("Lorna Bax", women_only=True)
    session = town.session("12 September 9:30", bring="lunch", pick_up="Depot 8:30am")
    hidden = town.session("12 September 9:30", "Willow room", women_only=True, pick_up="Depot 8:30am")
    for person, booked in ((craig, session), (own, session), (plain, session), (doubted, session), (lorna, hidden)):
        person.is_booked(booked)
    [booking] = town.rows(schema.bookings, person_id=own.id)
    town.change(schema.bookings, booking["id"], pick_up="Kirk 8:40am")
    assert craig.texts("5") == [
        "Next session: Friday 12 September, 9:30am, Bike workshop. Pick-up: Depot 8:30am. Bring lunch. "
        "Reply 1 coming, 2 can't come."
    ]
    assert own.texts("how do I get there") == [
        "Friday 12 September, 9:30am: Bike workshop. Pick-up: Kirk 8:40am. To ask more, call 01632 960480."
    ]
    for person in (plain, doubted, lorna):
        said = " ".join(person.texts("5") + person.texts("how do I get there"))
        assert "8:30" not in said, "neither to who needs it discreet, nor of women's work, nor to a doubtful number"
        assert "12 September" in said


def test_who_was_reminded_of_a_stop_that_changes_is_reminded_once_more(town: Town) -> None:
    craig, own, gone = town.person("Craig Haddow"), town.person("Euan Tor"), town.person("Hugh Ames")
    plain, shared = town.person("Finlay Mor", mode="discreet"), town.person("Gregor Tait", phone_is_own=False)
    session = town.session("12 September 9:30", pick_up="Depot 8:30am")
    everyone = (craig, own, gone, plain, shared)
    for person in everyone:
        person.is_booked(session)
    [booking] = town.rows(schema.bookings, person_id=own.id)
    town.change(schema.bookings, booking["id"], pick_up="Kirk 8:40am")
    [place] = town.rows(schema.placements)

    def stops(where: str | None) -> list[list[str]]:
        with town.record.write() as connection:
            kit.set_stop(Change(connection, town.council, town.now, COMMAND_LINE), place["ref"], where)
        town.deliver()
        return [person.reads() for person in everyone]

    assert stops("Library 8:35am") == [[], [], [], [], []], "nobody has heard of another"
    town.at("11 September 17:00")
    town.reminds()
    said = "Linnbrae: next session Friday 12 September, 9:30am, Bike workshop. Pick-up: {}. Reply 1 coming, 2 can't come."
    assert [person.reads() for person in everyone][:2] == [[said.format("Library 8:35am")], [said.format("Kirk 8:40am")]]
    gone.texts("2")
    assert stops("Library 8:35am") == [[], [], [], [], []]
    assert stops("Hall 8:20am") == [[said.format("Hall 8:20am")], [], [], [], []]
    town.wait(minutes=5)
    [told] = stops(None)[0]
    assert "Pick-up" not in told
    town.reminds()
    assert [person.reads() for person in everyone] == [[], [], [], [], []]
    town.at("12 September 9:10")
    assert stops("Hall 8:20am") == [[], [], [], [], []], "it would come too late"


@pytest.mark.parametrize("stop", ["12 Kirk Road 8:30", "Outside the court 8:30"])
def test_a_stop_that_no_message_may_hold_is_for_the_roster_alone(town: Town, craig: Someone, stop: str) -> None:
    """As it may have been written down before it was looked at."""
    craig.is_booked(town.session("11 September 9:30", pick_up=stop))
    assert craig.texts("5") == ["Next session: Thursday 11 September, 9:30am, Bike workshop. Reply 1 coming, 2 can't come."]


def test_the_number_to_ring(craig: Someone) -> None:
    assert craig.texts("whit's yer number") == ["Call us on 01632 960480. Or reply 7 and we'll call you. Emergency: 999."]


@pytest.mark.parametrize("said", ["nae credit", "a huvnae got ony credit", "no credit can you call me", "out of credit"])
def test_without_credit_we_ring_back(town: Town, craig: Someone, said: str) -> None:
    assert craig.texts(said) == [
        "OK. We'll call you by 5pm, Thursday 11 September. It costs you nothing. In an emergency call 999. That's free too."
    ]
    assert craig.tasks() == {"call_back": "no credit"}


def test_cant_come_and_no_credit_are_both_heard(town: Town, craig: Someone, three: list[int]) -> None:
    told = craig.texts("cannae make it, nae credit")
    assert told[0] == wording.S06
    assert told[1].startswith("OK. We'll call you by 5pm")
    assert craig.answer(three[0]) == "cant"
