"""Somebody never came: a worker is alerted until one takes it, the person is asked whether they are OK, nobody decides."""

import pytest

from db import decisions, schema
from db.change import Change
from db.permissions import as_member
from handlers.staff import spoken
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town

S09 = (
    "We didn't see you on 12 September. Are you OK? Tell us why by 16 September: A ill, B work, C caring, D appointment, "
    "E travel, F other, or 7 for a call."
)
D09 = "Hope you're OK. A worker would like to talk about Friday 12 September. Call 01632 960480 or reply 7."
MISSED = "Alert 1: SB missed Bike workshop, Friday 12 September 9:30am."
UNAWARE = "We can't show that a reminder reached them."
TAKE_IT = "Reply ACK 1 to take it. Not you? PASS 1."
ALERT = f"{MISSED} {UNAWARE} {TAKE_IT}"
UNMARKED = (
    "Alert 1: Bike workshop, Friday 12 September 9:30am isn't marked. Mark who came. Reply ACK 1 to take it. "
    "Not you? PASS 1."
)


def booked(town: Town, kev: Member, ailsa: Member, **values: object) -> Someone:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id, **values)
    sam.is_booked(town.session("12 September 9:30", supervisor=kev))
    return sam


@pytest.fixture
def sam(town: Town, kev: Member, ailsa: Member) -> Someone:
    return booked(town, kev, ailsa)


def tick_at(town: Town, when: str) -> None:
    town.at(when)
    town.ticks()


def statuses(town: Town) -> list[tuple[str, str | None]]:
    return [(row["state"], row["outcome"]) for row in town.rows(schema.alerts)]


# What the person hears


def test_an_hour_after_the_mark_they_are_asked_whether_they_are_ok(town: Town, sam: Someone, kev: Member) -> None:
    tick_at(town, "12 September 10:00")
    kev.texts("OUT 1")
    sam.reads()
    tick_at(town, "12 September 10:59")
    assert sam.reads() == []
    tick_at(town, "12 September 11:00")
    tick_at(town, "12 September 11:30")
    assert sam.reads() == [S09]


def test_marked_after_four_they_hear_in_the_morning(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 16:01")
    kev.texts("OUT 1")
    tick_at(town, "12 September 19:00")
    tick_at(town, "13 September 9:29")
    assert sam.reads() == []
    tick_at(town, "13 September 9:30")
    assert sam.reads() == [S09]


def test_nobody_is_asked_on_a_sunday(town: Town, kev: Member, ailsa: Member) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.is_booked(town.session("13 September 9:30", supervisor=kev))  # a Saturday
    town.at("13 September 16:30")
    kev.texts("OUT 1")
    tick_at(town, "14 September 12:00")
    assert sam.reads() == []
    tick_at(town, "15 September 9:30")
    assert sam.reads()[0].startswith("We didn't see you on 13 September.")


def test_the_safe_window_binds(town: Town, kev: Member, ailsa: Member) -> None:
    sam = booked(town, kev, ailsa, safe_from=12 * 60, safe_until=14 * 60)
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    tick_at(town, "12 September 10:45")
    tick_at(town, "12 September 12:30")
    assert sam.reads() == []
    tick_at(town, "13 September 11:59")
    assert sam.reads() == []
    tick_at(town, "13 September 12:00")
    assert sam.reads() == [S09]


@pytest.mark.parametrize(
    ("mode", "said"), [("discreet", [D09]), ("call_first", ["Can you call when it suits? 01632 960480"]), ("no_contact", [])]
)
def test_in_their_mode(town: Town, kev: Member, ailsa: Member, mode: str, said: list[str]) -> None:
    sam = booked(town, kev, ailsa, mode=mode)
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    tick_at(town, "12 September 11:00")
    assert sam.reads() == said


def test_a_letter_says_why_and_a_person_decides(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    tick_at(town, "12 September 11:00")
    town.at("14 September 20:00")  # days later, and before the date that it named
    told = sam.texts("C")
    assert told[0].startswith("Noted. A worker will decide if your reason is accepted and tell you why.")
    assert sam.reports() == [("cant", "caring", None)]
    (report,) = town.rows(schema.reports)
    assert report["minutes_before"] < 0
    assert set(sam.tasks()) == {"absence", "unanswered"}, "one task: an officer decides"


def test_who_has_told_us_meanwhile_is_not_asked(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    sam.texts("2")
    sam.texts("A")
    tick_at(town, "12 September 11:00")
    assert sam.reads() == []


def test_a_mark_that_is_taken_back_in_time_says_nothing_and_ends_the_alert(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    assert set(sam.tasks()) == {"missed"}
    kev.texts("LATE 1")
    tick_at(town, "12 September 11:00")
    assert sam.reads() == []
    assert statuses(town) == [("resolved", "withdrawn")]
    assert sam.tasks() == {}


# Whom it alerts


def test_who_said_before_the_start_has_not_missed_it(town: Town, sam: Someone, kev: Member) -> None:
    sam.texts("2")
    sam.texts("B")
    town.at("12 September 9:45")
    assert len(kev.texts("OUT 1")) == 1
    assert statuses(town) == []
    tick_at(town, "12 September 11:00")
    assert sam.reads() == []
    assert set(sam.tasks()) == {"absence"}


def test_marking_is_no_acknowledgement(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 9:45")
    assert kev.texts("OUT 1")[-1] == ALERT
    assert statuses(town) == [("open", None)]


def test_it_climbs_by_role_in_working_minutes_and_ends_in_a_task_that_stays(
    town: Town, sam: Someone, kev: Member, ailsa: Member, fergus: Member, morag: Member
) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    for when, who in (("10:15", ailsa), ("10:45", fergus), ("11:45", morag)):
        before = f"12 September {when.replace(':15', ':14').replace(':45', ':44')}"
        tick_at(town, before)
        assert who.reads() == []
        tick_at(town, f"12 September {when}")
        assert who.reads() == [ALERT]
    tick_at(town, "12 September 12:15")
    assert [row["what"] for row in town.rows(schema.alert_steps)][-1] == "ended"
    (task,) = town.rows(schema.tasks, kind="unanswered")
    assert (task["status"], task["owner_id"]) == ("open", morag.id)
    tick_at(town, "15 September 12:15")
    assert town.rows(schema.tasks, kind="unanswered", status="open") == [task]
    morag.texts("ACK 1")
    morag.texts("DONE 1 A")
    assert town.rows(schema.tasks, kind="unanswered", status="open") == []


def test_across_a_holiday_weekend_it_waits_for_working_hours(
    make_town: MakeTown,
) -> None:
    town = make_town(hours={"holidays": ["2025-09-15"]})
    kev, ailsa = town.staff("Kev Mason", "supervisor"), town.staff("Ailsa Drum")
    fergus, morag = town.staff("Fergus Tolmie", "coordinator"), town.staff("Morag Pirie", "manager")
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.is_booked(town.session("12 September 13:00", supervisor=kev, hours=4))
    town.at("12 September 16:45")
    assert kev.texts("OUT 1")[-1].startswith("Alert 1: SB missed")
    for when in ("12 September 18:00", "13 September 12:00", "15 September 12:00", "16 September 9:14"):
        tick_at(town, when)
        assert ailsa.reads() == [], when
    tick_at(town, "16 September 9:15")
    assert len(ailsa.reads()) == 1
    tick_at(town, "16 September 9:45")
    assert len(fergus.reads()) == 1
    tick_at(town, "16 September 10:45")
    assert len(morag.reads()) == 1


def test_slept_in_the_morning_after_is_no_lateness_to_come(town: Town, sam: Someone, kev: Member, ailsa: Member) -> None:
    sam.is_booked(town.session("15 September 9:30", supervisor=kev))
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    tick_at(town, "12 September 10:50")
    assert sam.reads()[-1].startswith("We didn't see you on 12 September.")
    town.at("13 September 9:10")
    assert "A worker will read it" in sam.texts("Slept in, sorry")[0]
    assert town.rows(schema.reports) == []
    assert sam.texts("3")[0].startswith("OK. How late?"), "a number means the same, whatever was asked"


def test_after_an_outage_everyone_who_should_have_been_asked_is(
    town: Town, sam: Someone, kev: Member, ailsa: Member, fergus: Member, morag: Member
) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    tick_at(town, "12 September 11:50")
    assert [len(each.reads()) for each in (ailsa, fergus, morag)] == [1, 1, 1]


def test_who_takes_it_stops_the_climb_and_an_outcome_ends_it(town: Town, sam: Someone, kev: Member, ailsa: Member) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    assert kev.texts("ACK 1") == [
        "Alert 1 is yours. Find out if they are OK. Then reply DONE 1 and A reached, B no answer, C welfare concern, "
        "D known reason."
    ]
    tick_at(town, "12 September 10:14")
    assert ailsa.reads() == []
    assert kev.texts("DONE 1 A") == ["Alert 1 is settled. Thanks."]
    tick_at(town, "12 September 11:50")
    assert ailsa.reads() == []
    assert statuses(town) == [("resolved", "reached")]
    assert set(sam.tasks()) == {"absence"}, "whether it is accepted an officer has to decide"


def test_an_acknowledgement_without_an_outcome_lapses_and_the_next_is_asked(
    town: Town, sam: Someone, kev: Member, ailsa: Member
) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    kev.texts("ACK 1")
    tick_at(town, "12 September 10:15")
    assert ailsa.reads() == [ALERT]
    assert "lapsed" in [row["what"] for row in town.rows(schema.alert_steps)]


@pytest.mark.parametrize(
    ("letter", "outcome", "left"),
    [("A", "reached", {"absence"}), ("B", "no_answer", {"missed"}), ("C", "welfare_concern", {"missed", "welfare"}),
     ("D", "known_reason", {"absence"})],
)  # fmt: skip
def test_what_an_outcome_leaves_to_do(
    town: Town, sam: Someone, kev: Member, letter: str, outcome: str, left: set[str]
) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    kev.texts(f"DONE 1 {letter}")
    assert statuses(town) == [("resolved", outcome)]
    assert set(sam.tasks()) == left


@pytest.mark.parametrize(("door", "expected"), [("telegram", f"{MISSED} {TAKE_IT}"), ("sms", ALERT)])
def test_the_alert_says_whether_a_reminder_is_known_to_have_arrived(
    town: Town, kev: Member, ailsa: Member, door: Door, expected: str
) -> None:
    """A text is sent here, and no receipt comes."""
    sam = booked(town, kev, ailsa, door=door)
    tick_at(town, "11 September 17:00")
    assert any("Friday 12 September" in text for text in sam.reads())
    town.at("12 September 9:45")
    assert expected in kev.texts("OUT 1")


def test_who_said_that_they_were_coming_knew_of_it(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 8:00")
    sam.texts("1")
    town.at("12 September 9:45")
    assert f"{MISSED} {TAKE_IT}" in kev.texts("OUT 1")


@pytest.mark.parametrize("says_coming", [False, True])
def test_whoever_decides_reads_it_with_the_task(town: Town, kev: Member, says_coming: bool) -> None:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    sam = booked(town, kev, ailsa)
    town.at("12 September 8:00")
    if says_coming:
        sam.texts("1")
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    (task,) = town.rows(schema.tasks, kind="missed")
    ailsa.says(f"TASK {task['id']}")
    shown = ailsa.bubbles[ailsa.latest].text.splitlines()
    assert "Marked: not here." in shown
    assert (UNAWARE in shown) is not says_coming


def test_pass_asks_the_next_at_once(town: Town, sam: Someone, kev: Member, ailsa: Member) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    assert kev.texts("PASS 1") == ["Alert 1 is passed on."]
    assert ailsa.reads() == [ALERT]


def test_the_follow_up_is_due_in_two_working_days_and_before_the_next_session(town: Town, sam: Someone, kev: Member) -> None:
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    (task,) = town.rows(schema.tasks, kind="missed")
    assert task["due_at"].isoformat() == "2025-09-16T16:00:00+00:00"


def test_the_next_session_comes_first(town: Town, sam: Someone, kev: Member) -> None:
    sam.is_booked(town.session("15 September 9:30", supervisor=kev))
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    (task,) = town.rows(schema.tasks, kind="missed")
    assert task["due_at"].isoformat() == "2025-09-15T08:30:00+00:00"


def test_by_button_who_takes_it_sees_how_to_reach_them(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    ailsa = town.staff("Ailsa Drum")
    sam = booked(town, kev, ailsa)
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    alert = kev.latest
    assert list(kev.bubbles[alert].buttons) == ["I'm on it", "Not me, pass it on"]
    kev.presses("I'm on it")
    assert kev.bubbles[kev.latest].text == f"SB: {spoken(sam.number)}\nOK to ring."
    kev.presses("No answer")
    assert statuses(town) == [("resolved", "no_answer")]


@pytest.mark.parametrize(
    ("mode", "ends"),
    [("discreet", "If someone else answers, say nothing of sessions."), ("no_contact", "Ask their case manager.")],
)
def test_a_guarded_phone_is_rung_with_care_or_not_at_all(town: Town, mode: str, ends: str) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    sam = booked(town, kev, town.staff("Ailsa Drum"), mode=mode)
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    kev.presses("I'm on it")
    shown = kev.bubbles[kev.latest].text
    assert shown.endswith(ends)
    assert (spoken(sam.number) in shown) is (mode != "no_contact")


@pytest.mark.parametrize("values", [{"restricted": True}, {"women_only": True}])
def test_of_the_restricted_a_text_says_a_number_only(town: Town, values: dict[str, object]) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    booked(town, kev, town.staff("Ailsa Drum"), **values)
    town.at("12 September 9:45")
    told = kev.texts("OUT 1")
    assert "Alert 1, urgent. Reply ACK 1, then open the Sessions bot or call 01632 960480. Not you? PASS 1." in told
    assert not any("missed" in text for text in told)
    assert kev.bubbles == {}


@pytest.mark.parametrize("word", ["ACK", "PASS"])
def test_somebody_elses_alert_is_not_yours(town: Town, sam: Someone, kev: Member, word: str) -> None:
    other = town.staff("Jo Lamb", "supervisor", team="south")
    town.at("12 September 9:45")
    kev.texts("OUT 1")
    assert other.texts(f"{word} 1") == ["Alert 1 isn't with you. Nothing to do."]


# Unmarked


def test_half_an_hour_after_the_start_an_unmarked_roster_is_an_alert_and_nobody_is_absent(
    town: Town, sam: Someone, kev: Member, ailsa: Member
) -> None:
    tick_at(town, "12 September 9:59")
    kev.reads()
    tick_at(town, "12 September 10:00")
    tick_at(town, "12 September 10:01")
    assert kev.reads() == [UNMARKED]
    tick_at(town, "12 September 10:30")
    assert ailsa.reads() == [UNMARKED]
    assert town.rows(schema.attendance) == []
    assert sam.reads() == []


def test_who_takes_it_on_telegram_gets_the_list_to_mark(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    booked(town, kev, town.staff("Ailsa Drum"))
    tick_at(town, "12 September 10:00")
    kev.presses("I'm on it")
    assert kev.bubbles[kev.latest].text.startswith("<b>Bike workshop</b>")
    kev.presses("In")
    assert statuses(town) == [("resolved", "marked")]


def test_it_ends_when_everyone_is_marked(town: Town, sam: Someone, kev: Member, ailsa: Member) -> None:
    tick_at(town, "12 September 10:00")
    kev.texts("ALL IN")
    tick_at(town, "12 September 10:30")
    assert ailsa.reads() == []
    assert statuses(town) == [("resolved", "marked")]


def test_it_cannot_be_settled_otherwise(town: Town, sam: Someone, kev: Member) -> None:
    tick_at(town, "12 September 10:00")
    assert kev.texts("ACK 1") == [
        "Alert 1 is yours. It ends when everyone on that list is marked. To talk about it call 01632 960480."
    ]
    assert kev.texts("DONE 1 A") == [
        "Alert 1 ends when everyone on that list is marked. Mark them, or have 01632 960480 stand the session down."
    ]
    assert statuses(town) == [("acknowledged", None)]


def test_with_only_those_left_who_said_they_cannot_come_there_is_nothing_to_mark(
    town: Town, sam: Someone, kev: Member
) -> None:
    sam.texts("2")
    tick_at(town, "12 September 10:00")
    assert statuses(town) == []


def test_a_session_without_a_supervisor_asks_the_next_at_once(town: Town, ailsa: Member, kev: Member) -> None:
    sam = town.person("Sam Boyd", case_manager_id=ailsa.id)
    sam.is_booked(town.session("12 September 9:30"))
    tick_at(town, "12 September 10:00")
    assert ailsa.reads() == [UNMARKED]
    assert kev.reads() == []


# What was decided before they changed their mind


def decide(town: Town, ailsa: Member, decision: str) -> None:
    [booking] = town.rows(schema.bookings)
    with town.record.write() as connection:
        decisions.decide(Change(connection, town.council, town.now, as_member(ailsa.row)), booking["id"], decision)
    town.deliver()


def test_who_was_excused_then_said_they_are_coming_and_did_not_is_to_be_decided_on(
    town: Town, sam: Someone, kev: Member, ailsa: Member
) -> None:
    sam.texts("2")
    sam.texts("A")
    decide(town, ailsa, "accepted")
    sam.texts("1")
    town.at("12 September 9:40")
    kev.texts("OUT 1")
    assert "missed" in sam.tasks()
    decide(town, ailsa, "accepted")
    assert "missed" not in sam.tasks()


def test_another_reason_after_a_change_of_mind_is_decided_on_anew(town: Town, sam: Someone, ailsa: Member) -> None:
    for said in ("2", "A"):
        sam.texts(said)
    decide(town, ailsa, "accepted")
    for said in ("1", "2", "B"):
        sam.texts(said)
    assert "absence" in sam.tasks()
    decide(town, ailsa, "accepted")
    assert sam.tasks() == {}


def test_an_acceptance_that_waits_for_the_morning_is_not_sent_to_who_is_coming_after_all(
    town: Town, sam: Someone, ailsa: Member
) -> None:
    sam.texts("2")
    town.at("10 September 21:00")
    decide(town, ailsa, "accepted")
    sam.texts("1")
    town.at("11 September 9:00")
    town.deliver()
    assert sam.reads() == []
