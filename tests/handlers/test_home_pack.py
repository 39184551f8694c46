"""6: from asking for a home pack to the hours that it counts for, on both channels and in every mode."""

from typing import Any

import pytest

from db import bookings, pack_desk, packs, schema
from db.change import Change, ChangeError
from db.council import Council
from db.permissions import COMMAND_LINE
from handlers import pin
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.shelf import course, given_to, staff, status, stock
from tests.handlers.talking import SETTINGS, Door, Member, Someone, Town
from tests.handlers.wording import read

WAITING = (
    "{pack}: there are none left for now. You're on the list. We'll text when there's one for you. To ask about it, reply 7."
)
NONE = "We've passed that on. A worker will look at it and be in touch. To talk about it, reply 7."
ASKED = "You asked for: {pack}. A worker is on it, and we'll text you. Don't want it now? Reply A."
OUT = "Your {pack}: bring the finished work to {place} by {day}. Is it done? Reply A. Need a hand or more time? Reply B."
DONE = "Thanks. Bring it to Wood workshop by Wednesday 24 September, or reply 7."
BIRDS = {"pack": "Bird boxes", "place": "Wood workshop", "day": "Wednesday 24 September"}


def three(town: Town) -> None:
    for name, minutes in (("Bird boxes", 240), ("Knitted squares", 300), ("Seed packets", 180)):
        stock(town, name, minutes=minutes)


# Asking


def test_the_choices_come_from_the_catalogue_by_letter(town: Town) -> None:
    three(town)
    craig = town.person("Craig Haddow")
    offers = "A Bird boxes, B Knitted squares, C Seed packets"
    assert craig.texts("6") == [read(wording.S15, offers=offers)]
    assert craig.texts("B") == [read(wording.S16, pack="Knitted squares")]
    [request] = town.rows(schema.pack_requests)
    assert (request["status"], request["person_id"], request["order_id"]) == ("asked", craig.id, craig.order)
    assert craig.tasks() == {"pack_request": f"{town.rows(schema.packs)[1]['ref']} Knitted squares"}


def test_more_than_three_go_on_another_page_and_places_come_last(town: Town) -> None:
    three(town)
    course(town)
    craig = town.person("Craig Haddow")
    offers = "A Bird boxes, B Knitted squares, C Seed packets, D more"
    assert craig.texts("6") == [read(wording.S15, offers=offers)]
    assert craig.texts("D") == [read(wording.S15, offers="A Skills hour")]
    assert craig.texts("A") == [
        "You asked for: Skills hour. A worker will see if there's a place for you, then we'll text you."
    ]
    assert town.rows(schema.pack_requests)[0]["placement_id"] is not None


def test_a_letter_that_was_not_offered_asks_again(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    asked = craig.texts("6")
    assert craig.texts("C") == asked
    assert town.rows(schema.pack_requests) == []


def test_a_letter_means_what_stood_beside_it_though_the_catalogue_has_changed(town: Town) -> None:
    stock(town, "Bird boxes")
    craig = town.person("Craig Haddow")
    craig.texts("6")
    stock(town, "Aprons", ref="A1")
    assert craig.texts("A") == [read(wording.S16, pack="Bird boxes")]


@pytest.mark.parametrize(
    ("said", "pack"),
    [
        ("bird boxes", "Bird boxes"), ("the bird boxes please", "Bird boxes"), ("A bird boxes", "Bird boxes"),
        ("knitted squares", "Knitted squares"), ("B knitted squares", "Knitted squares"),
    ],
)  # fmt: skip
def test_the_name_of_a_choice_chooses_it(town: Town, said: str, pack: str) -> None:
    three(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    assert craig.texts(said) == [read(wording.S16, pack=pack)]


def test_the_name_of_a_pack_that_was_not_offered_goes_to_a_human(town: Town) -> None:
    three(town)
    craig = town.person("Craig Haddow")
    craig.texts("knitted squares")
    assert craig.tasks() == {"message": "knitted squares"}


@pytest.mark.parametrize("said", ["is there a course", "any courses", "can a join a group"])
def test_a_course_or_group_is_asked_for_in_words(town: Town, said: str) -> None:
    stock(town)
    course(town)
    craig = town.person("Craig Haddow")
    assert craig.texts(said) == ["Which one? A Skills hour. A worker will check it suits you, then we'll text you."]
    craig.texts("A")
    assert status(town, craig) == "asked"


def test_a_women_only_place_is_never_offered(town: Town) -> None:
    course(town, "Willow Room", kind="group", women_only=True)
    craig = town.person("Craig Haddow")
    assert craig.texts("any courses") == [NONE]
    lorna = town.person("Lorna Meikle", women_only=True)
    course(town)
    assert lorna.texts("any courses") == [NONE]
    assert set(lorna.tasks()) == {"pack_request"}


def test_nobody_is_refused_where_there_is_nothing_to_choose(town: Town) -> None:
    craig = town.person("Craig Haddow")
    assert craig.texts("6") == [NONE]
    assert craig.tasks() == {"pack_request": "6"}
    stock(town)
    shona = town.person("Shona Baird")
    town.change(schema.orders, shona.order, status="suspended")
    assert shona.texts("6") == [NONE]


def test_who_has_asked_hears_how_it_stands_and_may_take_it_back(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    assert craig.texts("6") == [read(ASKED, pack="Bird boxes")]
    assert craig.texts("A") == ["OK. We've taken that off the list. To ask for a pack again, reply 6."]
    assert (status(town, craig), craig.tasks()) == ("withdrawn", {})
    assert craig.texts("6")[0].startswith("Which home pack?")


def test_taking_it_back_gives_back_what_was_set_aside(town: Town) -> None:
    stock(town, stock=1)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    staff(town, pack_desk.approve, craig, pack_desk.CHECKS)
    assert town.rows(schema.packs)[0]["stock"] == 0
    craig.texts("6")
    craig.texts("A")
    assert town.rows(schema.packs)[0]["stock"] == 1


def test_with_none_left_they_wait_and_the_first_to_wait_is_the_next(town: Town) -> None:
    pack = stock(town, stock=0)
    craig, shona = town.person("Craig Haddow"), town.person("Shona Baird")
    for one in (craig, shona):
        one.texts("6")
        assert one.texts("A") == [read(WAITING, pack="Bird boxes")]
        assert set(one.tasks()) == {"pack_waiting"}
        town.wait(minutes=1)
    assert craig.texts("6") == [
        "Bird boxes: you're on the list. We'll text when there's one for you. Don't want it now? Reply A."
    ]
    town.change(schema.packs, pack, stock=1)
    town.ticks()
    assert (set(craig.tasks()), set(shona.tasks())) == ({"pack_request"}, {"pack_waiting"})


def test_a_waiting_list_is_joined_where_all_that_is_left_is_spoken_for(town: Town) -> None:
    pack = stock(town, stock=0)
    craig, shona = town.person("Craig Haddow"), town.person("Shona Baird")
    craig.texts("6")
    craig.texts("A")
    town.change(schema.packs, pack, stock=1)
    shona.texts("6")
    shona.texts("A")
    assert status(town, shona) == "waiting"


# What comes of it


def test_from_asked_to_credited(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    assert staff(town, pack_desk.approve, craig, pack_desk.CHECKS) == []
    assert set(craig.tasks()) == {"pack_ready"}
    assert staff(town, pack_desk.ready, craig) == [read(wording.S17, hours="weekdays, 9am to 5pm", **BIRDS)]
    assert craig.texts("6") == [read(wording.S17, hours="weekdays, 9am to 5pm", **BIRDS)]
    assert set(craig.tasks()) == {"pack_collect"}
    assert staff(town, pack_desk.collected, craig) == [
        read("You have your {pack}. Bring the finished work to {place} by {day}. Done? Reply 6. Need a hand or more time?"
             " Reply 7.", **BIRDS)
    ]  # fmt: skip
    assert craig.tasks() == {}
    assert craig.texts("6") == [read(OUT, **BIRDS)]
    assert craig.texts("A") == [DONE]
    assert set(craig.tasks()) == {"pack_check"}
    assert craig.texts("6") == [DONE]
    assert staff(town, pack_desk.credit, craig) == [
        "Thanks for your work. Your Bird boxes is checked. Hours added: 4. Hours left: 66. Think it's wrong? Reply 7."
    ]
    assert (status(town, craig), craig.tasks()) == ("credited", {})


@pytest.mark.parametrize(
    "said", ["finished ma pack", "done", "thats me finished", "all done thanks", "ave finished ma pack"]
)
def test_finished_is_understood_while_a_pack_is_out(town: Town, said: str) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    given_to(town, craig)
    assert craig.texts(said) == [DONE]
    assert status(town, craig) == "finished"


@pytest.mark.parametrize("said", ["no finished ma pack yet", "havent finished my pack"])
def test_not_finished_is_not_finished(town: Town, said: str) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    given_to(town, craig)
    craig.texts(said)
    assert status(town, craig) == "out"


def test_done_without_a_pack_goes_to_a_human(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("done")
    assert craig.tasks() == {"message": "done"}
    assert craig.texts("finished ma pack") == [NONE]
    assert craig.tasks()["pack_request"] == "finished ma pack"


def test_who_needs_a_hand_is_called(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    given_to(town, craig)
    craig.texts("6")
    assert craig.texts("B") == [read(wording.S18)]
    assert set(craig.tasks()) == {"call_back"}


def test_after_its_day_nobody_is_told_a_day_that_is_over(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    given_to(town, craig)
    town.at("26 September 10:00")
    assert craig.texts("6") == ["Your Bird boxes: is it done? Reply A. Need a hand or more time? Reply B."]
    assert craig.texts("finished ma pack") == ["Thanks. Bring it to Wood workshop when you can, or reply 7."]


def test_a_decline_says_no_more_than_not_this_time(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    assert staff(town, pack_desk.decline, craig) == ["You asked for: Bird boxes. Not this time. To talk about why, reply 7."]
    assert (status(town, craig), craig.tasks()) == ("declined", {})


def test_hours_that_do_not_all_count_are_for_a_human_to_explain(town: Town) -> None:
    stock(town, "Health and safety workbook", activity="other_activity", minutes=120)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    assert craig.texts("A") == [read(wording.S16, pack="Health and safety")]
    given_to(town, craig)
    craig.texts("done ma pack")
    assert staff(town, pack_desk.credit, craig) == [
        "Thanks for your work. Your Health and safety is checked. A worker will talk to you about the hours."
    ]
    assert set(craig.tasks()) == {"uncredited"}


def test_a_booking_on_the_place_they_asked_for_tells_them_when(town: Town, door: Door) -> None:
    place = course(town)
    craig = town.person("Craig Haddow", door=door)
    craig.says("any courses")
    craig.says("A") if door == "sms" else craig.presses("Skills hour")
    session = town.session("18 September 10:00")
    town.change(schema.sessions, session, placement_id=place)
    [row] = town.rows(schema.sessions, id=session)
    with town.record.write() as connection:
        change = Change(connection, town.council, town.now, COMMAND_LINE)
        bookings.place(change, row["ref"], craig.row.ref, None)
    town.ticks()
    [said] = craig.reads()
    assert said.startswith("You have a place: Skills hour, ")
    assert (status(town, craig), craig.tasks()) == ("booked", {})
    craig.says("aye")
    assert craig.answer(session) == "coming"


# Modes and channels


def test_a_discreet_phone_sees_no_name_of_a_pack_or_place(town: Town) -> None:
    three(town)
    course(town)
    craig = town.person("Craig Haddow", mode="discreet")
    assert craig.texts("6") == ["Which one? By hours: A 4, B 5, C 3. We'll check and text you."]
    assert craig.texts("C") == ["Noted. We'll text when it's ready."]
    staff(town, pack_desk.approve, craig, pack_desk.CHECKS)
    assert staff(town, pack_desk.ready, craig) == [wording.D17]
    assert staff(town, pack_desk.collected, craig) == ["By Wednesday 24 September. Done? Reply 6. To talk, reply 7."]
    assert craig.texts("6") == ["By Wednesday 24 September. Done? Reply A. To talk, reply B."]
    assert craig.texts("A") == ["Noted. By Wednesday 24 September, or reply 7."]
    assert staff(town, pack_desk.credit, craig) == ["3 more done. 67 left."]


def test_a_discreet_phone_is_offered_no_course(town: Town) -> None:
    course(town)
    craig = town.person("Craig Haddow", mode="discreet")
    assert craig.texts("any courses") == [wording.D07]
    assert set(craig.tasks()) == {"pack_request"}


def test_who_is_to_call_first_is_only_asked_to_call(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow", mode="call_first")
    assert craig.texts("6") == [read(wording.D40)]
    assert set(craig.tasks()) == {"pack_request"}


def test_a_letter_of_who_was_only_asked_to_call_takes_nothing_back(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    craig.changes(mode="call_first")
    assert craig.texts("6") == [read(wording.D40)]
    craig.texts("A")
    assert status(town, craig) == "asked"


def test_no_contact_gets_nothing_and_staff_hear(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow", mode="no_contact")
    assert craig.texts("6") == []
    assert set(craig.tasks()) == {"pack_request"}


def test_a_pack_that_no_message_can_tell_of_is_for_staff_to_say(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    craig.changes(phone=None, phone_hash=None)
    staff(town, pack_desk.approve, craig, pack_desk.CHECKS)
    assert staff(town, pack_desk.ready, craig) == []
    assert "not_reached" in craig.tasks()


def test_a_shared_phone_gives_its_pin_first(town: Town) -> None:
    stock(town)
    euan = town.person("Euan Rae", phone_is_own=False)
    euan.changes(pin_hash=pin.hash_of(euan.row, "4821"), pin_failures=0, verified_until=None)
    assert "Bird" not in euan.texts("6")[0]
    assert euan.texts("4821") == ["Which one? By hours: A 4. We'll check and text you."]
    assert euan.texts("A") == ["Noted. We'll text when it's ready."]
    given_to(town, euan)
    town.wait(minutes=20)
    euan.texts("done")
    assert status(town, euan) == "out"


def test_telegram_says_what_a_pack_is_what_it_is_worth_and_how_long_it_takes(town: Town) -> None:
    stock(town)
    course(town)
    craig = town.person("Craig Haddow", door="telegram")
    [said] = craig.writes("Home pack")
    assert "Bird boxes. Hours: 4. Days to do it: 14. Six boxes to a pack.\n\nSkills hour" in said
    assert town.labels_under(craig, craig.latest) == [["Bird boxes"], ["Skills hour"]]
    assert craig.presses("Bird boxes") == [
        "Pack asked for: Bird boxes. We'll message you when it's ready. Hours are added once your finished work is checked."
    ]
    craig.writes("6")
    assert craig.presses("I don't want it now")[0].startswith("OK. We've taken that off the list.")


def test_telegram_turns_the_page_with_a_button(town: Town) -> None:
    three(town)
    stock(town, "Tote bags")
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("6")
    old = craig.latest
    craig.presses("More")
    craig.presses("Tote bags")
    assert status(town, craig) == "asked"
    craig.presses_data(town.data_under(craig, old)[0] if craig.bubbles[old].rows else "q:1::A", old)
    assert craig.toast == "stale.menu"


def test_a_discreet_chat_shows_hours_on_its_buttons(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow", door="telegram", mode="discreet")
    assert craig.writes("6") == ["Which one? Tap the hours. We'll check and message you."]
    assert town.labels_under(craig, craig.latest) == [["Hours: 4"]]


def test_a_pack_with_a_picture_is_shown_first(make_town: MakeTown, tmp_path: Any) -> None:
    town = make_town()
    (tmp_path / "HP1.png").write_bytes(b"drawn")
    town.council = Council.read({**SETTINGS, "packs": {"pictures": "."}}, tmp_path)
    stock(town, ref="HP1")
    stock(town, "Tote bags", ref="HP2")
    craig = town.person("Craig Haddow", door="telegram")
    assert craig.writes("6")[0] == "Bird boxes. Hours: 4"
    assert len(craig.bubbles) == 2


# A photo of the finished work

PHOTO = [{"file_id": "small", "width": 90, "height": 67}, {"file_id": "large", "width": 1280, "height": 960}]


def test_a_photo_from_who_has_a_pack_is_of_the_finished_work(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("6")
    craig.presses("Bird boxes")
    given_to(town, craig)
    assert craig.writes("", photo=PHOTO, caption="the wee door is squint") == [
        "Thanks. Bring it to Wood workshop by Wednesday 24 September, or tap Talk to someone."
    ]
    assert craig.tasks()["pack_check"].endswith("the wee door is squint")
    assert craig.writes("", photo=PHOTO) == ["Thanks. A worker will look at your picture."]
    assert craig.writes("", photo=PHOTO) == []
    assert [row["file"] for row in town.rows(schema.pack_photos)] == ["large"] * 3


# The officer's look at it


@pytest.fixture
def ailsa(town: Town) -> Member:
    return town.staff("Ailsa Drum", door="telegram")


def with_photo(town: Town, officer: Member, **about: Any) -> Someone:
    """Who has a pack at home, and has just sent a photo of it."""
    stock(town)
    craig = town.person("Craig Haddow", door="telegram", case_manager_id=officer.id, **about)
    craig.writes("6")
    craig.presses("Bird boxes")
    given_to(town, craig)
    officer.reads()
    craig.writes("", photo=PHOTO)
    return craig


def test_the_officer_is_shown_the_photo_and_credits_the_work(town: Town, ailsa: Member) -> None:
    craig = with_photo(town, ailsa)
    assert ailsa.reads() == ["CH sent a photo of finished work: Bird boxes."]
    assert ailsa.shown == [("photo", "large")]
    worth = next(row["minutes"] for row in town.rows(schema.packs) if row["name"] == "Bird boxes")
    before = len(town.rows(schema.hours))
    assert ailsa.presses(f"Credit hours: {worth // 60}")[0].startswith("Bird boxes: credit hours:")
    assert len(town.rows(schema.hours)) == before, "they are asked once more"
    assert ailsa.presses(f"Yes, credit {worth // 60}")[0].startswith("Bird boxes: hours credited:")
    assert len(town.rows(schema.hours)) == before + 1
    assert status(town, craig) == "credited"
    assert ailsa.presses(f"Credit hours: {worth // 60}") == []
    assert ailsa.toast == "stale.menu"
    assert len(town.rows(schema.hours)) == before + 1


def test_the_officer_asks_about_it(town: Town, ailsa: Member) -> None:
    craig = with_photo(town, ailsa)
    craig.reads()
    assert ailsa.presses("Ask them about it") == [
        "We asked them to call or reply about Bird boxes. The work is not credited yet."
    ]
    assert craig.reads() == [
        "A worker would like to ask about your Bird boxes. Call 01632 960480, or tap Talk to someone and we'll call you."
    ]
    assert status(town, craig) == "finished"


def test_who_may_not_credit_is_told_who_may(town: Town, ailsa: Member) -> None:
    craig = with_photo(town, ailsa)
    town.change(schema.staff, ailsa.id, team="south")
    assert ailsa.presses_data(next(d for d in town.data_under(ailsa, ailsa.latest) if d.endswith("credit")))[0].startswith(
        "Your role may not do that. Ask a case manager of that team"
    )
    assert status(town, craig) == "finished"


@pytest.mark.parametrize(("staff", "about"), [("alerts", {}), ("off", {}), ("full", {"restricted": True})])
def test_where_it_may_not_be_on_telegram_the_photo_waits_with_the_task(
    make_town: MakeTown, staff: str, about: dict[str, Any]
) -> None:
    town = make_town()
    ailsa = town.staff("Ailsa Drum", door="telegram")
    town.rule(telegram={"staff": staff})
    craig = with_photo(town, ailsa, **about)
    assert ailsa.shown == []
    assert "pack_check" in craig.tasks()


def test_any_other_photo_is_media(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("6")
    craig.presses("Bird boxes")
    assert "can't open pictures" in craig.writes("", photo=PHOTO)[0]
    assert town.rows(schema.pack_photos) == []


def test_a_photo_with_words_of_danger_is_answered_for_those(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("6")
    craig.presses("Bird boxes")
    given_to(town, craig)
    assert "999" in craig.writes("", photo=PHOTO, caption="gonnae kill masel")[0]
    assert status(town, craig) == "out"


def test_one_request_at_a_time(town: Town) -> None:
    stock(town)
    craig = town.person("Craig Haddow")
    craig.texts("6")
    craig.texts("A")
    with town.record.read() as connection:
        offer = packs.offered(connection, craig.row)[0]
    with town.record.write() as connection, pytest.raises(ChangeError, match="open request already"):
        packs.ask(Change(connection, town.council, town.now, COMMAND_LINE), craig.row, offer, craig.order, channel="sms")
