"""On the day of a session: wait or go, who is ill, who turned up unbooked, who looks somebody up, and calling it off."""

from datetime import date
from typing import Any

import pytest

from db import covering, leave, schema
from db.change import Change
from db.permissions import COMMAND_LINE
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town

CALL = "01632 960480"
PLACE = "Bike workshop"


@pytest.fixture
def craig(town: Town, kev: Member) -> Someone:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    return craig


def logged(town: Town, action: str) -> list[dict[str, Any]]:
    return [dict(row) for row in town.rows(schema.access_log) if row["action"] == action]


# Wait or go


def late(town: Town, someone: Someone) -> None:
    town.at("12 September 9:10")
    someone.texts("3")
    someone.texts("B")


def test_the_late_hear_that_somebody_waits_and_nothing_else_changes(town: Town, craig: Someone, kev: Member) -> None:
    late(town, craig)
    kev.reads()
    craig.reads()
    assert kev.texts("WAIT") == ["1 CH is told that you wait. To change it reply GO."]
    assert craig.reads() == [
        "Friday 12 September: they'll wait for you at Bike workshop. Come as soon as you safely can. Thanks for telling us."
    ]
    assert craig.reports() == [("late", None, "b")]
    assert town.rows(schema.attendance) == []
    assert craig.tasks() == {}


def test_the_late_hear_that_they_have_gone_and_whom_to_call(town: Town, craig: Someone, kev: Member) -> None:
    late(town, craig)
    craig.reads()
    kev.texts("go 1")
    assert craig.reads() == [
        f"Friday 12 September: they couldn't wait and have gone. Please call {CALL} before you set off. "
        "Thanks for telling us."
    ]


def test_the_latest_answer_stands_and_the_same_again_is_not_told_again(town: Town, craig: Someone, kev: Member) -> None:
    late(town, craig)
    craig.reads()
    for said in ("WAIT", "WAIT", "GO", "GO 1", "wait ch"):
        kev.texts(said)
        town.wait(minutes=1)
    assert len(craig.reads()) == 3
    assert [row["waited"] for row in town.rows(schema.reports)] == [True]


def test_on_telegram_it_is_a_button(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    craig.texts("3")
    assert town.labels_under(kev, kev.latest) == [["Wait for them", "Go without"]]
    craig.reads()
    kev.presses("Wait for them")
    assert craig.reads()[0].startswith("Friday 12 September: they'll wait")


def test_of_several_who_are_late_it_is_asked_who(town: Town, craig: Someone, kev: Member) -> None:
    shona = town.person("Shona Bell")
    [booking] = town.rows(schema.bookings)
    shona.is_booked(booking["session_id"])
    for one in (craig, shona):
        late(town, one)
        one.reads()
    kev.reads()
    assert kev.texts("WAIT") == ["Whom do you mean? Late are 1 CH, 2 SB. Reply like WAIT 1."]
    kev.texts("WAIT 2")
    assert (craig.reads(), len(shona.reads())) == ([], 1)
    kev.texts("GO")
    assert len(craig.reads()) == 1, "who has no answer yet"


def test_nobody_is_late_or_is_here_by_now(town: Town, craig: Someone, kev: Member) -> None:
    town.at("12 September 9:10")
    assert kev.texts("WAIT") == ["Nobody who is still to come has said they will be late. LIST shows your list."]
    craig.texts("3")
    kev.texts("IN 1")
    assert kev.texts("WAIT")[0].startswith("Nobody who is still to come")


@pytest.mark.parametrize("door", ["sms", "telegram"])
def test_who_was_marked_absent_and_is_on_their_way_gets_an_answer(town: Town, door: Door) -> None:
    kev = town.staff("Kev Mason", "supervisor", door=door)
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    town.at("12 September 9:45")
    kev.says("OUT 1")
    craig.texts("3")
    craig.reads()
    assert kev.says("WAIT")[0].startswith("1 CH is told that you wait.")
    assert craig.reads()[0].startswith("Friday 12 September: they'll wait")
    if door == "telegram":
        kev.presses("Go without")
        assert craig.reads()[0].startswith("Friday 12 September: they couldn't wait")
    kev.says("LATE 1 10am")
    assert kev.says("WAIT")[0].startswith("Nobody who is still to come")


def test_another_teams_supervisor_answers_nobody(town: Town, craig: Someone) -> None:
    other = town.staff("Jo Lamb", "supervisor", team="south", door="telegram")
    craig.texts("3")
    craig.reads()
    [report] = town.rows(schema.reports)
    assert other.presses_data(f"l:{report['id']}::go") == [
        f"That session is another team's. Nothing is changed. To have it marked call {CALL}."
    ]
    assert craig.reads() == []


def test_the_discreet_hear_no_place_and_who_gets_no_messages_none(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    for mode, told in (("discreet", 1), ("no_contact", 0)):
        one = town.person("Lorna Bax", mode=mode)
        one.is_booked(town.session("12 September 9:30", supervisor=kev))
        town.at("12 September 9:10")
        town.insert(
            schema.reports, booking_id=town.rows(schema.bookings)[-1]["id"], kind="late", channel="sms", at=town.now,
            minutes_before=20,
        )  # fmt: skip
        [report] = town.rows(schema.reports)[-1:]
        kev.presses_data(f"l:{report['id']}::wait")
        heard = one.reads()
        assert len(heard) == told
        assert not any(PLACE in text for text in heard)


# Kit and pick-up, and who is placed on their own


def test_kit_and_pick_up_come_in_a_second_text_by_number_and_on_telegram_with_the_name(town: Town, kev: Member) -> None:
    tam = town.staff("Tam Orr", "supervisor", door="telegram")
    session = town.session("12 September 9:30", supervisor=kev)
    town.insert(schema.session_staff, session_id=session, staff_id=tam.id)
    craig, shona = town.person("Craig Haddow", kit="boots 9"), town.person("Shona Bell")
    town.change(schema.bookings, craig.is_booked(session), pick_up="Kirk 8:40")
    shona.is_booked(session)
    town.change(schema.placements, town.rows(schema.placements)[0]["id"], pick_up="Depot 8:30")
    town.at("12 September 8:30")
    town.ticks()
    roster, extra = kev.reads()
    assert "boots" not in roster
    assert extra == ("Bike workshop, Friday 12 September 9:30am. Pick-up: Kirk 8:40 1; Depot 8:30 2. Kit: 1 boots 9.")
    assert tam.reads() == [
        "<b>Bike workshop</b>\nFriday 12 September, 9:30am\n\n1 Craig H: no answer, boots 9, Kirk 8:40\n"
        "2 Shona B: no answer, Depot 8:30"
    ]


def test_a_host_is_asked_about_the_one_who_is_placed_with_them_and_needs_no_number(town: Town) -> None:
    host = town.staff("Ina Bell", "supervisor", team="shop")
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", "Charity shop", supervisor=host))
    town.change(schema.placements, town.rows(schema.placements)[0]["id"], kind="single")
    town.at("12 September 8:30")
    town.ticks()
    assert host.reads() == [
        "Charity shop, Friday 12 September 9:30am: CH is due. Did they come? Reply IN or OUT, or LATE 9:40. "
        "At the end DONE 3pm. Hurt? HURT 1."
    ]
    town.at("12 September 15:00")
    assert host.texts("LATE 9:40 DONE 3pm") == ["Charity shop, 9:30am: late 1. Done at 3pm. Thanks."]
    [row] = town.rows(schema.attendance)[-1:]
    assert (row["finished_at"] - row["started_at"]).total_seconds() / 60 == 320


def test_a_host_sees_and_marks_nothing_of_anybody_else(town: Town, craig: Someone) -> None:
    host = town.staff("Ina Bell", "supervisor", team="shop", door="telegram")
    town.at("12 September 9:40")
    assert host.texts("ALL IN") == [f"You have no session to mark just now. To check, call {CALL}."]
    assert host.texts("HOURS CH")[0].startswith("Nobody found")
    assert host.presses_data("s:1:0:all_in") == [
        f"That session is another team's. Nothing is changed. To have it marked call {CALL}."
    ]
    assert town.rows(schema.attendance) == []


# Sent home


def test_sent_home_is_asked_why_and_what_was_worked_stands(town: Town, craig: Someone, kev: Member) -> None:
    town.at("12 September 9:35")
    kev.texts("IN 1")
    town.at("12 September 11:30")
    assert kev.texts("HOME 1") == [
        "Bike workshop, 9:30am: why was 1 sent home? Reply A for behaviour, B for our reasons. "
        "What they worked before it stands."
    ]
    town.at("12 September 11:40")
    assert kev.texts("B")[0].startswith("Bike workshop, 9:30am: sent home by us 1. All marked.")
    [row] = town.rows(schema.attendance)[-1:]
    assert (row["finished_at"] - row["started_at"]).total_seconds() / 60 == 120, "until it was said"
    assert craig.tasks() == {}
    kev.texts("HOME 1 A")
    assert "sent_home" in craig.tasks()


def test_sent_home_by_button(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    town.at("12 September 9:20")
    town.ticks()
    kev.presses("In")
    kev.presses("Sent home")
    assert town.labels_under(kev, kev.latest) == [["Behaviour"], ["Our reasons"]]
    kev.presses("Our reasons")
    assert [row["status"] for row in town.rows(schema.attendance)] == ["attended", "sent_home_service"]
    data = f"s:{town.rows(schema.sessions)[0]['id']}:0:home_behaviour"
    kev.presses_data(data)
    assert kev.toast == "stale", "it was answered"


# Several supervisors, and cover


def test_everybody_who_leads_gets_the_list_hears_who_is_late_and_may_mark(town: Town, craig: Someone, kev: Member) -> None:
    tam = town.staff("Tam Orr", "supervisor", team="south")
    town.insert(schema.session_staff, session_id=town.rows(schema.sessions)[0]["id"], staff_id=tam.id)
    town.at("12 September 8:30")
    town.ticks()
    assert kev.reads() == tam.reads() != []
    craig.texts("3")
    assert kev.reads() == tam.reads() != []
    assert tam.texts("IN 1")[0].startswith("Bike workshop, 9:30am: in 1.")


def test_who_is_ill_gives_it_up_and_a_coordinator_finds_cover_by_text(
    town: Town, craig: Someone, kev: Member, fergus: Member
) -> None:
    jo = town.staff("Jo Lamb", "supervisor")
    town.staff("Al Reid", "supervisor", team="south")
    away = {"last_day": date(2025, 9, 30), "made_by": "test", "made_at": town.now}
    town.insert(schema.leave, staff_id=town.staff("Gone Far", "supervisor").id, first_day=date(2025, 9, 1), **away)
    town.at("12 September 7:00")
    assert kev.texts("SICK") == [
        "Thanks for telling us. Friday 12 September: someone else is looked for, you needn't do more. Get well soon. "
        f"Not ill? Call {CALL}."
    ]
    [session] = town.rows(schema.sessions)
    assert fergus.reads() == [
        f"Bike workshop, Friday 12 September 9:30am has no supervisor. Free: JL. Reply COVER {session['id']} and who."
    ]
    [task] = town.rows(schema.tasks, status="open")
    assert task["kind"] == "no_supervisor"
    sick = town.rows(schema.leave, staff_id=kev.id)
    assert [(row["first_day"], row["last_day"]) for row in sick] == [(date(2025, 9, 12), date(2025, 9, 12))]
    assert fergus.texts(f"COVER {session['id']} JL") == [
        "Bike workshop, Friday 12 September 9:30am: JL leads it now, and is told."
    ]
    assert jo.reads() == ["Bike workshop Friday 12 September 9:30am: you lead this session now."]
    assert town.rows(schema.tasks, status="open") == []
    town.at("12 September 8:30")
    town.ticks()
    assert (kev.reads(), len(jo.reads())) == ([], 1)


@pytest.mark.parametrize("door", ["sms", "telegram"])
def test_a_session_nobody_covers_is_an_alert_that_says_who_could(town: Town, craig: Someone, kev: Member, door: Any) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door=door)
    jo = town.staff("Jo Lamb", "supervisor")
    town.at("12 September 7:00")
    kev.texts("SICK")
    fergus.reads()
    town.at("12 September 7:20")
    town.ticks()
    assert fergus.reads() == []
    town.at("12 September 7:30")
    town.ticks()
    alert = town.rows(schema.alerts)[0]["id"]
    [said] = fergus.reads()
    assert "Bike workshop" in said
    assert "has no supervisor" in said
    told = fergus.says(f"ACK {alert}")
    assert told[0].startswith(f"Alert {alert} is yours. It ends when somebody leads that session")
    assert fergus.says(f"DONE {alert} A")[0].startswith(f"Alert {alert} ends when somebody leads that session")
    if door == "sms":
        [session] = town.rows(schema.sessions)
        assert told[1].endswith(f"Free: JL. Reply COVER {session['id']} and who.")
        fergus.says(f"COVER {session['id']} JL")
    else:
        fergus.presses("JL")
    assert jo.reads() == ["Bike workshop Friday 12 September 9:30am: you lead this session now."]
    [row] = town.rows(schema.alerts)
    assert (row["state"], row["outcome"]) == ("resolved", "covered")
    assert town.rows(schema.tasks, status="open", kind="no_supervisor") == []


@pytest.mark.parametrize("how", ["cover", "also"])
def test_who_was_sick_and_leads_it_after_all_is_not_away(
    town: Town, craig: Someone, kev: Member, fergus: Member, how: str
) -> None:
    town.at("12 September 7:00")
    kev.texts("SICK")
    [session] = town.rows(schema.sessions)
    if how == "cover":
        fergus.texts(f"COVER {session['id']} KM")
    else:
        with town.record.write() as connection:
            covering.join(Change(connection, town.council, town.now, COMMAND_LINE), session["ref"], kev.row.ref)
    with town.record.read() as connection:
        assert leave.away(connection, town.now) == {}


def test_of_womens_work_that_nobody_leads_neither_place_nor_telegram_tells(town: Town, fergus: Member) -> None:
    lorna, kev = town.person("Lorna Bax", women_only=True), town.staff("Kev Mason", "supervisor")
    lorna.is_booked(town.session("12 September 9:30", "Willow room", women_only=True, supervisor=kev))
    town.at("12 September 7:00")
    kev.texts("SICK")
    fergus.reads()
    town.at("12 September 7:30")
    town.ticks()
    [alert] = fergus.reads()
    assert alert.startswith("Alert 1, urgent. Reply ACK 1")
    taken, could = fergus.texts("ACK 1")
    assert taken.startswith("Alert 1 is yours. It ends when somebody leads that session")
    assert could.startswith("The usual place, Friday 12 September 9:30am has no supervisor")


def test_cover_by_button_once_it_has_begun_brings_the_list_at_once(town: Town, craig: Someone, kev: Member) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door="telegram")
    jo = town.staff("Jo Lamb", "supervisor")
    town.at("12 September 9:40")
    kev.texts("sick")
    fergus.presses("JL")
    jo.reads()
    town.ticks()
    assert jo.reads()[0].startswith("Bike workshop, Friday 12 September 9:30am: 1 CH ?")


def test_who_falls_ill_after_a_session_is_done_gives_up_the_next(town: Town, craig: Someone, kev: Member) -> None:
    tomorrow = town.session("13 September 9:30", "Wood", supervisor=kev)
    town.at("12 September 14:00")
    kev.texts("IN 1")
    kev.texts("DONE")
    assert "Saturday 13 September" in kev.texts("SICK")[0]
    assert [row["id"] for row in town.rows(schema.sessions) if row["supervisor_id"] is None] == [tomorrow]


def test_with_two_who_lead_the_other_has_it(town: Town, craig: Someone, kev: Member, fergus: Member) -> None:
    tam = town.staff("Tam Orr", "supervisor")
    [session] = town.rows(schema.sessions)
    town.insert(schema.session_staff, session_id=session["id"], staff_id=tam.id)
    town.at("12 September 7:00")
    assert "the other supervisor leads it" in kev.texts("SICK")[0]
    assert tam.reads() == ["Bike workshop, Friday 12 September 9:30am: KM is not there. You lead it. LIST shows your list."]
    assert fergus.reads() == []
    assert town.rows(schema.sessions)[0]["supervisor_id"] == tam.id


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("SICK", "That can't be done: AR leads no session in the next two days; nothing was changed."),
        ("COVER 99 KM", "That can't be done: there is no session 99; check the number and send it again."),
        ("COVER 1 ZZ", 'That can\'t be done: no supervisor is called "ZZ"; send initials or a ref.'),
        ("COVER 1 KM", "Your role may not do that. Ask a case manager of that team, a coordinator or a manager."),
        ("SICK KM", "Your role may not do that. Ask a case manager of that team, a coordinator or a manager."),
        ("CONFIRM 1", "Your role may not do that. Ask a coordinator or a manager."),
    ],
)
def test_what_a_supervisor_cannot_settle_is_said_in_one_sentence(
    town: Town, craig: Someone, kev: Member, said: str, told: str
) -> None:
    al = town.staff("Al Reid", "supervisor", team="south")
    town.at("12 September 7:00")
    assert al.texts(said) == [told]
    assert town.rows(schema.sessions)[0]["supervisor_id"] == kev.id


# Turned up unbooked


@pytest.fixture
def jenny(town: Town, craig: Someone) -> Someone:
    town.at("12 September 9:40")
    return town.person("Jenny King")


@pytest.mark.parametrize("said", ["ADD JK", "add jenny king", "ADD Jenny K", "REF"])
def test_who_turned_up_is_added_once_it_was_asked_again(town: Town, kev: Member, jenny: Someone, said: str) -> None:
    said = f"ADD {jenny.row.ref}" if said == "REF" else said
    assert kev.texts(said) == ["JK isn't on the list of Bike workshop, 9:30am. Reply A to add them as in, B to leave it."]
    assert kev.texts("A") == [
        "JK is number 2 on the list of Bike workshop, 9:30am, and in. Came late? Reply like LATE 2 10:15."
    ]
    [booking] = town.rows(schema.bookings, person_id=jenny.id)
    assert (booking["walk_in"], booking["hours_wait"]) == (True, False)
    assert [row["status"] for row in town.rows(schema.attendance)] == ["attended"]
    assert town.rows(schema.hours)[-1]["credited_minutes"] == 360


def test_b_leaves_it(town: Town, kev: Member, jenny: Someone) -> None:
    kev.texts("ADD JK")
    assert kev.texts("B") == ["Left as it was. Nothing is changed."]
    assert town.rows(schema.bookings, person_id=jenny.id) == []


def test_without_an_order_that_runs_the_hours_wait_for_an_officer(town: Town, kev: Member, jenny: Someone) -> None:
    town.change(schema.orders, jenny.order, status="suspended")
    kev.texts("ADD JK")
    assert kev.texts("A")[0].endswith("A worker decides if the hours count, and is told.")
    assert town.rows(schema.hours)[-1]["credited_minutes"] == 0
    assert {"walk_in", "credit"} <= set(jenny.tasks())


@pytest.mark.parametrize("why", ["not_with", "women_only", "full", "elsewhere", "restricted"])
def test_who_may_not_be_there_is_not_added_and_nobody_on_site_learns_why(
    town: Town, craig: Someone, kev: Member, jenny: Someone, why: str
) -> None:
    if why == "not_with":
        with town.record.write() as connection:
            connection.execute(schema.not_with.insert().values(person_id=craig.id, other_id=jenny.id))
    elif why == "full":
        town.change(schema.placements, town.rows(schema.placements)[0]["id"], capacity=1)
    elif why == "elsewhere":
        jenny.is_booked(town.session("12 September 10:00", "Wood"))
    else:
        jenny.changes(**{why: True})
    kev.texts("ADD JK")
    assert kev.texts("A") == [
        "JK can't be added to Bike workshop, 9:30am. Nothing is changed. A worker is told. Keep them apart, and call "
        f"{CALL}."
    ]
    assert "walk_in" in jenny.tasks()
    assert not [row for row in town.rows(schema.bookings, person_id=jenny.id) if row["walk_in"]]


def test_whom_nobody_knows_is_a_task_with_what_they_were_called(town: Town, kev: Member, jenny: Someone) -> None:
    assert kev.texts("ADD ZZ") == ["Nobody in your team has the initials ZZ. Send the whole name, like ADD Jo Kerr."]
    assert kev.texts("ADD Zed Zander")[0].startswith("We don't find them in your team.")
    [task] = town.rows(schema.tasks, kind="walk_in")
    assert "Zed Zander" in task["note"]


def test_of_two_with_the_same_initials_the_name_is_asked_for(town: Town, kev: Member, jenny: Someone) -> None:
    town.person("Jim Kay")
    assert kev.texts("ADD JK") == ["More than one has the initials JK. Send the whole name, like ADD Jo Kerr, or the ref."]


def test_on_telegram_both_are_buttons(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    town.person("Craig Haddow").is_booked(town.session("12 September 9:30", supervisor=kev))
    jenny, jim = town.person("Jenny King"), town.person("Jim Kay")
    town.at("12 September 9:40")
    kev.writes("ADD JK")
    kev.presses(f"Jenny K, {jenny.row.ref}")
    kev.presses("Add them")
    assert town.rows(schema.bookings, person_id=jenny.id) != []
    assert town.rows(schema.bookings, person_id=jim.id) == []


def test_who_it_is_may_be_said_after_the_word(town: Town, kev: Member, jenny: Someone) -> None:
    assert kev.texts("ADD") == ["Who turned up? Send their initials, name or ref, like JK or Jo Kerr."]
    assert kev.texts("ZZ")[0].startswith("Nobody in your team has the initials ZZ.")
    assert kev.texts("jenny king")[0].startswith("JK isn't on the list")
    kev.texts("A")
    assert [row["walk_in"] for row in town.rows(schema.bookings, person_id=jenny.id)] == [True]


def test_a_button_asks_who_it_is_and_a_mark_meanwhile_is_still_a_mark(town: Town, jenny: Someone) -> None:
    kim = town.staff("Kim Muir", "supervisor", door="telegram")
    town.person("Ed Fyfe").is_booked(town.session("12 September 9:30", "Wood", supervisor=kim))
    kim.writes("LIST")
    assert kim.presses("Someone else came")[0].startswith("Who turned up?")
    assert kim.writes("IN 1")[0].startswith("Wood, 9:30am: in 1.")
    assert kim.writes("JK")[0].startswith("JK isn't on the list of Wood")


def test_another_teams_people_are_not_found_and_another_teams_supervisor_adds_nobody(
    town: Town, craig: Someone, kev: Member, jenny: Someone
) -> None:
    jenny.changes(team="south")
    assert kev.texts("ADD JK")[0].startswith("Nobody in your team")
    other = town.staff("Al Reid", "supervisor", team="south", door="telegram")
    [session] = town.rows(schema.sessions)
    other.presses_data(f"w:{session['id']}:{jenny.id}:add")
    assert town.rows(schema.bookings, person_id=jenny.id) == []


def test_who_is_on_the_list_is_not_added_again(town: Town, craig: Someone, kev: Member) -> None:
    town.at("12 September 9:40")
    assert kev.texts("ADD CH") == ["CH is on the list of Bike workshop, 9:30am: number 1. Reply like IN 1."]


# Looking somebody up


def test_hours_and_the_next_session_in_initials_and_logged(town: Town, craig: Someone, kev: Member) -> None:
    craig.texts("1")
    assert kev.texts("HOURS CH") == ["CH: 30 of 100 hours done, 70 left. Finish by 30 November."]
    assert kev.texts("next ch") == ["CH: next on Friday 12 September, 9:30am, Bike workshop. Says yes."]
    looks = [(row["actor"], row["person_id"], row["reason"]) for row in logged(town, "person.look")]
    assert looks == [(kev.row.ref, craig.id, "hours"), (kev.row.ref, craig.id, "next")]


@pytest.mark.parametrize("about", [{"restricted": True}, {"women_only": True}, {"team": "south"}])
def test_the_restricted_and_other_teams_are_as_if_they_were_not_there(
    town: Town, kev: Member, about: dict[str, Any]
) -> None:
    town.person("Lorna Bax", **about)
    nobody = kev.texts("HOURS ZZ")
    assert kev.texts("HOURS LB") == nobody
    assert nobody == [
        f"Nobody found who can be looked up here. Check who it is, like HOURS JK or HOURS Jo Kerr. Or call {CALL}."
    ]


@pytest.mark.parametrize("role", schema.ROLES)
@pytest.mark.parametrize("team", ["north", "south"])
def test_each_role_looks_up_whom_it_may_and_a_button_opens_no_more(town: Town, craig: Someone, role: str, team: str) -> None:
    member = town.staff("Mo Neil", role, team=team, door="telegram")
    allowed = team == "north" or role in ("coordinator", "manager")
    assert (member.texts("HOURS CH")[0].startswith("CH: 30")) is allowed
    assert (member.presses_data(f"p:{craig.id}::hours")[0].startswith("CH: 30")) is allowed
    assert bool(logged(town, "refused:person.look")) is not allowed


def test_of_two_the_name_is_asked_for(town: Town, craig: Someone, kev: Member) -> None:
    town.person("Cal Hay")
    assert kev.texts("NEXT CH") == ["More than one has the initials CH. Send the whole name, like NEXT Jo Kerr, or the ref."]
    assert kev.texts("NEXT Cal Hay") == [f"CH has no session booked. To book one call {CALL}."]


# Called off from site


def test_long_before_it_is_off_at_once_and_all_who_are_booked_hear(town: Town, craig: Someone, kev: Member) -> None:
    town.at("11 September 17:00")
    town.ticks()
    craig.reads()
    kev.reads()
    assert kev.texts("OFF snow") == [
        "Bike workshop, Friday 12 September 9:30am is off. Everyone booked is told, and nobody is marked absent.",
    ]
    assert craig.reads()[0].startswith("Linnbrae: Friday 12 September at Bike workshop is OFF.")
    assert [row["status"] for row in town.rows(schema.attendance)] == ["stood_down"]


def test_with_people_on_their_way_a_coordinator_confirms(town: Town, craig: Someone, kev: Member, fergus: Member) -> None:
    shona = town.person("Shona Bell")
    [session] = town.rows(schema.sessions)
    shona.is_booked(session["id"])
    town.at("12 September 9:35")
    kev.texts("IN 2")
    assert kev.texts("OFF") == [
        "Why is Bike workshop, 9:30am off? Reply OFF and why, like OFF SNOW, OFF NO VAN or OFF SITE SHUT."
    ]
    assert kev.texts("OFF the shed is flooded") == [
        f"2 may be on their way to Bike workshop, 9:30am. A worker is asked to confirm. It is on until you hear. "
        f"Urgent? Call {CALL}."
    ]
    assert fergus.reads() == [
        "Bike workshop, Friday 12 September 9:30am: KM wants it off (weather). 2 may be on their way. "
        f"Reply CONFIRM {session['id']} or KEEP {session['id']}."
    ]
    craig.reads()
    assert fergus.texts(f"CONFIRM {session['id']}") == [
        "Bike workshop, Friday 12 September 9:30am is off. Whoever was on the way is told. Nobody is marked absent."
    ]
    assert craig.reads()[0].startswith("Linnbrae: Friday 12 September at Bike workshop is OFF. Don't travel.")
    assert shona.reads() == [], "they were there, and were told face to face"
    latest = {row["booking_id"]: row["status"] for row in town.rows(schema.attendance)}
    assert set(latest.values()) == {"stood_down", "sent_home_service"}
    assert logged(town, "marked.stood_down")[0]["reason"].endswith("the shed is flooded")
    assert town.rows(schema.alerts) == []


def test_by_button_and_kept_on(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    fergus = town.staff("Fergus Tolmie", "coordinator", door="telegram")
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    town.at("12 September 8:30")
    town.ticks()
    kev.presses("Call it off")
    kev.presses("No van")
    fergus.presses("No, keep it on")
    assert kev.reads()[-1] == (
        f"Bike workshop, Friday 12 September 9:30am stays on. Please go ahead. To talk about it call {CALL}."
    )
    assert fergus.texts("CONFIRM 1")[0].startswith("That can't be done: nobody waits for an answer")
    assert town.rows(schema.attendance) == []


def test_a_coordinators_off_is_still_news_to_many(town: Town, craig: Someone, fergus: Member) -> None:
    town.at("12 September 7:00")
    assert "HOLD" in fergus.texts("OFF ALL 12 Sep")[0]


def test_where_telegram_may_hold_alerts_only_a_look_up_comes_by_text(make_town: MakeTown) -> None:
    town = make_town(telegram={"staff": "alerts"})
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    town.person("Craig Haddow")
    kev.writes("HOURS CH")
    assert kev.bubbles == {}
