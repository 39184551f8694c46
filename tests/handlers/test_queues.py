"""Tasks from a phone: the queues, one task, its words, the next; by text codes alone."""

from typing import Any

import pytest

from db import schema
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Member, Someone, Town


@pytest.fixture
def ailsa(town: Town) -> Member:
    return town.staff("Ailsa Drum", door="telegram")


@pytest.fixture
def fergus(town: Town) -> Member:
    return town.staff("Fergus Tolmie", "coordinator", door="telegram")


@pytest.fixture
def sam(town: Town, ailsa: Member, kev: Member) -> Someone:
    """Sam was to come on Friday the 12th, and has said the day before that they are ill."""
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.is_booked(town.session("12 September 9:30", supervisor=kev))
    town.at("11 September 10:00")
    sam.texts("2")
    sam.texts("A")
    return sam


def decisions(town: Town) -> list[tuple[str, str | None, int]]:
    return [(row["decision"], row["proof"], row["staff_id"]) for row in town.rows(schema.decisions)]


def outcomes(town: Town) -> list[tuple[str, str, str | None]]:
    return [(row["kind"], row["status"], row["outcome"]) for row in town.rows(schema.tasks)]


def tick_at(town: Town, when: str) -> None:
    town.at(when)
    town.ticks()


# Decisions


def test_what_is_written_in_a_chat_counts_as_what_is_pressed(town: Town, ailsa: Member, sam: Someone) -> None:
    assert ailsa.writes("DONE T1 Accept") == ["<b>T1</b>\nAccept"]
    assert town.tasks() == {}


def test_a_reason_is_accepted_in_four_taps_and_the_person_hears_it(town: Town, ailsa: Member, sam: Someone) -> None:
    sam.is_booked(town.session("19 September 9:30"))
    [start] = ailsa.writes("Tasks")
    assert town.labels_under(ailsa, ailsa.latest) == [["Decisions: 1, 0 overdue"], ["Hand all mine over"]]
    assert start.startswith("<b>Tasks</b>")
    ailsa.presses("Decisions: 1, 0 overdue")
    [shown] = ailsa.presses("T1 SB")
    assert shown == (
        "<b>T1: Decide on a reason</b>\nSB. Days old: 0, due Monday 15 September, 5pm, with AD.\n"
        "Friday 12 September, 9:30am, Bike workshop\nThey said that they can't come: ill, 23h 30m before the start.\n"
        "Before: came 0, of those late 0; sent home 0. Absent: 0 accepted, 0 not accepted, 0 open."
    )
    assert ailsa.presses("Accept") == ["<b>T1</b>\nAccept"]
    assert sam.reads() == [
        "Your reason for 12 September is accepted. Thanks for telling us. Next session: Friday 19 September, 9:30am, "
        "Bike workshop."
    ]
    assert decisions(town) == [("accepted", None, ailsa.id)]
    assert outcomes(town) == [("absence", "done", "accept")]
    assert ailsa.presses("Next") == ["No task waits for you."]


def test_sent_home_is_recorded_by_who_leads_and_decided_by_an_officer(
    town: Town, ailsa: Member, sam: Someone, kev: Member
) -> None:
    town.at("12 September 9:45")
    kev.texts("IN 1")
    town.at("12 September 11:30")
    kev.texts("HOME 1 A")
    ailsa.writes("Tasks")
    ailsa.presses("Decisions: 1, 0 overdue")
    newest = town.rows(schema.tasks, kind="sent_home")[-1]["id"]
    [shown] = ailsa.presses(f"T{newest} SB")
    assert shown.startswith(
        f"<b>T{newest}: Sent home: decide on it</b>\nSB. Days old: 0, due Tuesday 16 September, 5pm, with AD."
    )
    assert "Marked: sent home." in shown
    ailsa.presses("Not accepted")
    assert ailsa.writes("threw a brick at the van") == [f"<b>T{newest}</b>\nNot accepted"]
    assert decisions(town) == [("not_accepted", None, ailsa.id)]
    [said] = sam.reads()
    assert said.startswith("Linnbrae: a worker would like to talk with you about 12 September.")
    assert ailsa.presses_data(f"j:{newest}::open")[0].startswith(f"That can't be done: task {newest} is done already")


def test_not_accepted_asks_why_and_the_person_hears_please_call(
    town: Town, ailsa: Member, sam: Someone, kev: Member
) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    ailsa.presses_data("j:1:v:refuse")
    assert ailsa.reads() == []
    assert decisions(town) == []
    assert ailsa.writes("Seen in town that morning") == ["<b>T1</b>\nNot accepted"]
    assert decisions(town) == [("not_accepted", None, ailsa.id)]
    assert town.rows(schema.decisions)[0]["reason"] == "Seen in town that morning"
    assert sam.reads() == [
        "Linnbrae: a worker would like to talk with you about 12 September. Please call 01632 960480, or reply 7 and we'll "
        "call you."
    ]


def test_it_is_not_refused_before_the_session(town: Town, ailsa: Member, sam: Someone) -> None:
    ailsa.presses_data("j:1:v:refuse")
    [said] = ailsa.writes("I think not")
    assert said.startswith("That can't be done: ")
    assert "has not begun: until then accept the reason, or ask for more" in said
    assert decisions(town) == []


def test_a_proof_is_asked_for_and_its_day_reminds_both(town: Town, ailsa: Member, sam: Someone) -> None:
    ailsa.presses_data("j:1::open")
    ailsa.presses("Ask for: fit note")
    assert decisions(town) == [("more_info", "fit note", ailsa.id)]
    assert town.rows(schema.decisions)[0]["proof_due"].isoformat() == "2025-09-18"
    sam.reads()
    assert ailsa.writes("tasks")[0].startswith("No task waits for you.")
    tick_at(town, "17 September 16:59")
    assert sam.reads() == []
    tick_at(town, "17 September 17:00")
    assert sam.reads() == [
        "Linnbrae: a worker asked you to show something for 12 September, by Thursday 18 September. Need a hand? Call "
        "01632 960480 or reply 7."
    ]
    tick_at(town, "18 September 17:01")
    ailsa.reads()
    ailsa.writes("tasks")
    assert town.labels_under(ailsa, ailsa.latest)[0] == ["Decisions: 1, 0 overdue"]
    [shown] = ailsa.presses_data("j:1::open")
    assert "Asked for by" in shown
    assert "fit note, by Thursday 18 September." in shown


def test_once_it_is_decided_nothing_is_asked_for_any_more(town: Town, ailsa: Member, sam: Someone) -> None:
    ailsa.presses_data("j:1:p:1")
    town.at("12 September 9:00")
    ailsa.presses_data("j:1:v:accept")
    sam.reads()
    tick_at(town, "17 September 17:00")
    assert sam.reads() == []


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("discreet", ["That's fine for 12 September."]),
        ("call_first", ["Can you call when it suits? 01632 960480"]),
        ("no_contact", []),
    ],
)
def test_in_their_mode(town: Town, ailsa: Member, sam: Someone, mode: str, said: list[str]) -> None:
    sam.changes(mode=mode)
    ailsa.presses_data("j:1:v:accept")
    assert sam.reads() == said


def test_in_another_language_it_goes_in_english_with_the_interpreter(town: Town, ailsa: Member, sam: Someone) -> None:
    sam.changes(language="pl")
    ailsa.presses_data("j:1:v:accept")
    [said] = sam.reads()
    assert said.startswith("Your reason for 12 September is accepted. Thanks for telling us.\n")


def test_deciding_twice_says_who_decided(town: Town, ailsa: Member, sam: Someone, fergus: Member) -> None:
    ailsa.presses_data("j:1:v:accept")
    [said] = ailsa.presses_data("j:1:v:accept")
    assert said.startswith("That can't be done: task 1 is done already, by S")
    assert len(decisions(town)) == 1


def test_a_coordinator_sees_it_and_does_not_decide(town: Town, ailsa: Member, sam: Someone, fergus: Member) -> None:
    town.change(schema.tasks, 1, owner_id=None)
    assert "Decide on a reason" in fergus.presses_data("j:1::open")[0]
    assert fergus.presses_data("j:1:v:accept") == [
        "Your role may not do that. Ask a case manager of that team or a manager."
    ]
    assert decisions(town) == []
    assert [row["action"] for row in town.rows(schema.access_log)][-1] == "refused:absence.decide"


def test_a_supervisor_sees_no_reason(town: Town, sam: Someone, kev: Member) -> None:
    for said in ("TASK 1", "DONE T1 accept", "TAKE T1"):
        assert kev.texts(said) == ["Your role may not do that. Ask a case manager of that team, a coordinator or a manager."]
    assert kev.texts("TASKS") == ["No task waits for you."]


def test_a_stage_is_suggested_where_the_council_names_stages(make_town: MakeTown) -> None:
    town = make_town(absence={"stages": ["first warning", "final warning"]})
    ailsa, kev = town.staff("Ailsa Drum", door="telegram"), town.staff("Kev Mason", "supervisor")
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    for day, suggested in (("12", "first warning"), ("19", "final warning"), ("26", "final warning")):
        sam.is_booked(town.session(f"{day} September 9:30", supervisor=kev))
        town.at(f"{day} September 9:45")
        kev.texts("OUT 1")
        newest = town.rows(schema.tasks, kind="missed", status="open")[-1]["id"]
        [shown] = ailsa.presses_data(f"j:{newest}::open")
        assert f"Suggested if it is not accepted: {suggested}. Nothing is issued here." in shown
        ailsa.presses_data(f"j:{newest}:v:refuse")
        ailsa.writes("no word from them")
        assert all(suggested not in said for said in sam.reads())
    assert [row["decision"] for row in town.rows(schema.decisions)] == ["not_accepted"] * 3


def test_what_was_the_services_doing_is_never_decided_and_never_counts(
    town: Town, ailsa: Member, sam: Someone, kev: Member
) -> None:
    [session] = {row["id"] for row in town.rows(schema.sessions)}
    town.calls_off(session)
    assert outcomes(town) == [("absence", "done", None)]
    assert ailsa.presses_data("j:1:v:accept")[0].startswith("That can't be done: task 1 is done already")


# Calls and details


def test_a_call_back_is_tried_and_comes_again_the_next_working_day(town: Town, ailsa: Member) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.texts("7")
    sam.texts("A")
    [shown] = ailsa.presses_data("j:1::open")
    assert shown.startswith("<b>T1: Call them</b>")
    assert "07700 900" in shown
    assert "OK to ring." in shown
    ailsa.presses("No answer")
    [row] = town.rows(schema.tasks)
    assert row["status"] == "open"
    assert row["note"].startswith("morning\nno answer, Wed 10 Sep 10:00, S")
    assert row["due_at"].isoformat() == "2025-09-11T16:00:00+00:00"
    ailsa.presses_data("j:1:v:spoke")
    assert outcomes(town) == [("call_back", "done", "spoke")]


@pytest.fixture
def moved(town: Town, ailsa: Member) -> Someone:
    """Sam has a new number, and a session on the 12th."""
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.is_booked(town.session("12 September 9:30"))
    sam.texts("got a new number")
    ailsa.reads()
    return sam


def phone_of(town: Town, someone: Someone) -> str:
    return str(next(row["phone"] for row in town.rows(schema.people) if row["id"] == someone.id))


def test_a_new_number_is_typed_seen_as_checked_and_confirmed(town: Town, ailsa: Member, moved: Someone) -> None:
    [shown] = ailsa.presses_data("j:1::open")
    assert shown.startswith("<b>T1: New address, number or work</b>")
    assert ailsa.presses("New number") == ["What is the new number? Write it like 07700 900123."]
    for wrong, said in (
        ("0770", '"0770" is too short; write it like'), ("01632 960001", "is a landline; texts need a mobile"),
        ("his brother's", "is not a phone number"), (moved.number, "has that already"), (ailsa.number, "who is staff"),
    ):  # fmt: skip
        [told] = ailsa.writes(wrong)
        assert told.startswith("That can't be done: ")
        assert said in told
    assert phone_of(town, moved) == moved.number
    assert ailsa.writes("07700 900987") == [
        "<b>T1: SB</b>\n07700 900987\n\nIs that their new number? Nothing personal goes there until someone verifies it."
    ]
    assert phone_of(town, moved) == moved.number, "nothing before it is confirmed"
    assert ailsa.presses("Yes, that is it") == ["<b>T1</b>\nNew number"]
    assert phone_of(town, moved) == "+447700900987"
    assert outcomes(town) == [("details", "done", "new_number"), ("verify", "open", None)]
    assert [row["actor"] for row in town.rows(schema.access_log, action="person.changed")] == [ailsa.row.ref]


def test_nothing_personal_goes_to_a_new_number_before_it_is_verified(town: Town, ailsa: Member, moved: Someone) -> None:
    new = town.stranger("sms")
    ailsa.presses_data("j:1:v:new_number")
    ailsa.writes(new.number)
    ailsa.presses("Yes, that is it")
    town.at("11 September 17:00")
    town.reminds()
    assert new.reads() == ["Reminder: Friday 12 September, 9:30am. Reply 1 if OK, 2 if not."]
    assert moved.reads() == []
    ailsa.presses_data("j:2::open")
    assert ailsa.presses("It is theirs: verified") == ["<b>T2</b>\nIt is theirs: verified"]
    assert outcomes(town)[1] == ("verify", "done", "verified")
    [row] = town.rows(schema.people, id=moved.id)
    assert row["doubted_at"] is None


def test_a_number_that_somebody_else_has_is_said_before_and_settled_after(town: Town, ailsa: Member, moved: Someone) -> None:
    other = town.person("Euan Tor")
    ailsa.presses_data("j:1:v:new_number")
    [shown] = ailsa.writes(other.number)
    assert "Somebody else has this number too." in shown
    assert "Euan" not in shown
    ailsa.presses("Write it again")
    ailsa.writes("07700 900987")
    ailsa.writes(other.number)
    ailsa.presses("Yes, that is it")
    assert {kind for kind, status, _ in outcomes(town) if status == "open"} == {"verify", "shared_number"}


def test_a_number_is_taken_only_from_its_own_question_and_while_that_is_open(
    town: Town, ailsa: Member, fergus: Member, moved: Someone
) -> None:
    ailsa.presses_data("j:1:v:new_number")
    ailsa.writes("07700 900987")
    [yes] = [data for data in town.data_under(ailsa, ailsa.latest) if data.startswith("j:1:n:")]
    assert "written too long ago" in fergus.presses_data(yes)[0]
    fergus.presses_data("j:1:v:new_number")
    fergus.writes("07700 900987")
    assert not [data for data in town.data_under(fergus, fergus.latest) if ":n:" in data], "it is a colleague's task"
    ailsa.presses("Write it again")
    assert "written too long ago" in ailsa.presses_data(yes)[0]
    ailsa.writes("07700 900987")
    [yes] = [data for data in town.data_under(ailsa, ailsa.latest) if data.startswith("j:1:n:")]
    town.wait(minutes=16)
    assert "written too long ago" in ailsa.presses_data(yes)[0]
    assert "which are not for a text" in ailsa.texts("DONE T1 new number 07700 900987")[0]
    assert phone_of(town, moved) == moved.number


def test_an_address_or_hours_are_closed_with_how_it_ended(town: Town, ailsa: Member) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.texts("i moved house")
    ailsa.presses_data("j:1::open")
    assert {"Changed", "Spoke to them", "No answer"} <= set(ailsa.bubbles[ailsa.latest].buttons)
    ailsa.presses("Changed")
    assert outcomes(town)[0] == ("details", "done", "changed")


def test_somebody_elses_task_is_taken_first(town: Town, ailsa: Member, fergus: Member) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.texts("7")
    [said] = fergus.presses_data("j:1:v:spoke")
    assert said.endswith("take it first, or ask them to pass it on.")
    fergus.presses_data("j:1::open")
    assert "Spoke to them" not in fergus.bubbles[fergus.latest].buttons
    fergus.presses("Take it")
    fergus.presses("Spoke to them")
    assert outcomes(town) == [("call_back", "done", "spoke")]


def test_a_task_is_passed_to_a_colleague_who_hears_its_number_alone(town: Town, ailsa: Member, fergus: Member) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.texts("7")
    ailsa.presses_data("j:1::open")
    ailsa.presses("Pass it on")
    assert ailsa.presses("FT") == ["T1 is with FT now."]
    assert fergus.reads() == ["Passed to you: T1."]


def test_all_of_somebodys_tasks_go_to_a_colleague(town: Town, ailsa: Member, fergus: Member) -> None:
    for name in ("Sam Boyd", "Craig Haddow"):
        town.person(name, case_manager_id=ailsa.id).texts("7")
    ailsa.writes("tasks")
    ailsa.presses("Hand all mine over")
    ailsa.presses("FT")
    [said] = ailsa.presses("Hand 2 over to FT")
    assert said == "2 tasks are with FT now. 0 stay with you, since FT may not work on them."
    assert {row["owner_id"] for row in town.rows(schema.tasks)} == {fergus.id}
    assert fergus.reads() == ["Passed to you: T1, T2."]


# What may not be seen


@pytest.mark.parametrize("values", [{"restricted": True}, {"women_only": True}])
def test_who_is_closed_off_is_never_on_telegram(town: Town, ailsa: Member, values: dict[str, Any]) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id, **values)
    sam.texts("7")
    assert ailsa.writes("tasks") == ["Tasks that are not shown here: 1. Look in the office, or send TASKS by text."]
    assert ailsa.presses_data("j:1::open") == ["T1 is not shown here. Look at it in the office, or send TASK 1 by text."]
    [by_text] = ailsa.texts("TASK 1")
    assert by_text.startswith("T1: Calls, due Thursday 11 September")


def test_another_team_does_not_work_on_who_is_closed_off(town: Town, ailsa: Member) -> None:
    south = town.staff("Mhairi Reid", "coordinator", team="south")
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id, restricted=True)
    sam.texts("7")
    assert south.texts("TASK 1") == [
        "Your role may not do that. Ask a case manager of that team, a coordinator of that team or a manager."
    ]
    assert south.texts("TASKS") == ["No task waits for you."]


def test_where_telegram_holds_alerts_only_it_holds_codes(make_town: MakeTown) -> None:
    town = make_town(telegram={"staff": "alerts"})
    ailsa = town.staff("Ailsa Drum", door="telegram")
    town.person("Sam Boyd", case_manager_id=ailsa.id).texts("7")
    assert ailsa.writes("tasks") == ["Calls 1, 0 overdue: T1. TASK and its number says more."]


# By text


def test_by_text_there_are_codes_and_no_word_of_anybody(town: Town, ailsa: Member, sam: Someone) -> None:
    assert ailsa.texts("TASKS") == ["Decisions 1, 0 overdue: T1. TASK and its number says more."]
    assert ailsa.texts("TASK 1") == [
        "T1: Decisions, due Monday 15 September, days old: 0, AD. Reply DONE T1 and accept/ask/call/seen, TAKE T1 or PASS "
        "T1."
    ]
    assert ailsa.texts("DONE T1 accept") == ["T1: accept. TASKS shows what else waits."]
    assert decisions(town) == [("accepted", None, ailsa.id)]


@pytest.mark.parametrize(
    "said", ["DONE T1 spoke", "done 1 spoke", "Done T1: spoke", "DONE T1 no answer", "done t1 No-answer"]
)
def test_how_a_call_ended(town: Town, ailsa: Member, said: str) -> None:
    town.person("Sam Boyd", case_manager_id=ailsa.id).texts("7")
    assert ailsa.texts(said)[0].startswith("T1: ")


def test_a_proof_by_text_has_its_name(town: Town, ailsa: Member, sam: Someone) -> None:
    [said] = ailsa.texts("DONE T1 ask tea leaves")
    assert '"tea leaves" is none of fit note, appointment card, letter from work, other paper' in said
    ailsa.texts("DONE T1 ask Fit note")
    assert decisions(town) == [("more_info", "fit note", ailsa.id)]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("TASK 99", "there is no task 99; look at the list of tasks"),
        ("DONE T1 refuse", "that needs words which are not for a text"),
        ("DONE T1 spoke", '"spoke" cannot be said of task 1; say one of accept, ask, call, refuse, seen'),
        ("DONE T1 ask", "say the proof too"),
        ("TAKE T1", "task 1 is yours already"),
        ("PASS T1", "nobody else may work on task 1"),
        ("DONE T1 seen", "is not decided yet: decide, or pass it on"),
    ],
)
def test_what_cannot_be_done_says_so(town: Town, ailsa: Member, sam: Someone, said: str, answer: str) -> None:
    [told] = ailsa.texts(said)
    assert told.startswith("That can't be done: ")
    assert answer in told
    assert decisions(town) == []


def test_an_alert_is_no_task(town: Town, ailsa: Member) -> None:
    """`PASS 1` and `DONE 1 A` are about an alert, whatever tasks there are."""
    town.person("Sam Boyd", case_manager_id=ailsa.id).texts("7")
    assert ailsa.texts("PASS 1")[0].startswith("No alert 1.")
    assert ailsa.texts("DONE 1 A")[0].startswith("No alert 1.")
    assert outcomes(town) == [("call_back", "open", None)]


# Overdue


def test_an_overdue_task_climbs_once_in_working_hours(town: Town, ailsa: Member, fergus: Member) -> None:
    town.person("Sam Boyd", case_manager_id=ailsa.id).texts("7")  # due on the 11th, 5pm
    tick_at(town, "11 September 17:30")
    assert fergus.reads() == []
    tick_at(town, "12 September 9:00")
    told = fergus.reads()
    assert told[0] == "<b>Overdue: T1</b>\nSee that somebody takes them."
    assert told[1] == "<b>Tasks</b>\n1 overdue, 0 more due by this evening."
    tick_at(town, "12 September 11:00")
    assert fergus.reads() == []


def test_the_digest_comes_on_working_days_at_its_time(town: Town, ailsa: Member, fergus: Member) -> None:
    town.person("Sam Boyd", case_manager_id=ailsa.id).texts("7")
    tick_at(town, "11 September 8:59")
    assert ailsa.reads() == []
    tick_at(town, "11 September 9:00")
    assert ailsa.reads() == ["<b>Tasks</b>\n0 overdue, 1 more due by this evening."]
    tick_at(town, "13 September 9:00")  # a Saturday
    assert ailsa.reads() == []


def test_the_digest_may_be_off(make_town: MakeTown) -> None:
    town = make_town(tasks={"digest": "off"})
    ailsa = town.staff("Ailsa Drum", door="telegram")
    town.person("Sam Boyd", case_manager_id=ailsa.id).texts("7")
    tick_at(town, "11 September 9:00")
    assert ailsa.reads() == []
