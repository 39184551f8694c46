"""Danger, from anyone, in every mode: the safety text to the letter, and a human alerted every time."""

import json

import pytest

from db import alerts, schema
from db.inbound import Raw
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Phone, Someone, Town
from tests.handlers.wording import read

CLASSES = [
    ("life_risk", "gonnae kill masel", read(wording.S31)),
    ("danger_now", "he's got a knife", wording.S33),
    ("da_victim", "he hits me", wording.S33),
    ("threat_other", "gonnae stab him", wording.S36),
    ("child_risk", "the wean is on its own", wording.S36),
    ("injury", "cut ma haun it's bleedin", wording.S35),
    ("low_mood", "cannae cope any mair", read(wording.S32)),
    ("hardship", "nae food in the hoose", read(wording.S46)),
]
BY_CLASS = pytest.mark.parametrize(("klass", "said", "answer"), CLASSES, ids=[klass for klass, _, _ in CLASSES])


@pytest.fixture
def craig(town: Town, ailsa: Member) -> Someone:
    return town.person("Craig Haddow", case_manager_id=ailsa.id)


def asked(member: Member) -> list[str]:
    """The numbers of the alerts that this member of staff was asked to take."""
    return [text.split()[1].rstrip(",") for text in member.reads() if "urgent" in text]


@BY_CLASS
@pytest.mark.parametrize("mode", ["standard", "discreet", "call_first"])
def test_each_class_has_its_text_and_its_alert(
    town: Town, craig: Someone, ailsa: Member, klass: str, said: str, answer: str, mode: str
) -> None:
    craig.changes(mode=mode)
    assert craig.texts(said) == [answer]
    assert town.alerts() == [(klass, craig.id)]
    assert asked(ailsa) == ["1"]
    assert craig.tasks() == {"crisis": said}


@BY_CLASS
def test_when_closed_only_the_risk_to_life_has_another_text(
    town: Town, craig: Someone, ailsa: Member, klass: str, said: str, answer: str
) -> None:
    town.at("12 September 22:00")
    closed = read(wording.S41, when="9am, Monday 15 September") if klass == "life_risk" else answer
    closed = closed.replace("by 5pm, Wednesday 10 September", "after 9am, Monday 15 September")
    assert craig.texts(said) == [closed]
    assert asked(ailsa) == ["1"]


def test_open_hours_with_nobody_to_alert_are_closed_too(make_town: MakeTown) -> None:
    town = make_town()
    craig = town.person("Craig Haddow")
    assert craig.texts("gonnae kill masel") == [read(wording.S41, when="9am, Thursday 11 September")]
    assert town.alerts() == [("life_risk", craig.id)]


@pytest.mark.parametrize("when", ["10 September 16:30", "10 September 16:45", "10 September 16:59"])
def test_in_the_last_half_hour_whoever_is_there_is_alerted_and_no_time_is_promised(
    town: Town, craig: Someone, ailsa: Member, when: str
) -> None:
    town.at(when)
    assert craig.texts("gonnae kill masel") == [read(wording.S31, when="as soon as they can")]
    assert asked(ailsa) == ["1"]


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("10 September 8:59", "9am, Wednesday 10 September"),
        ("10 September 17:00", "9am, Thursday 11 September"),
        ("12 September 16:59", None),
        ("12 September 17:00", "9am, Monday 15 September"),
        ("28 November 17:00", "9am, Tuesday 2 December"),  # the weekend, and St Andrew's Day kept on the Monday
        ("24 December 17:00", "9am, Monday 29 December"),
    ],
)
def test_the_time_that_is_named_is_the_next_at_which_somebody_is_there(
    town: Town, craig: Someone, ailsa: Member, when: str, opens: str | None
) -> None:
    town.at(when)
    [said] = craig.texts("gonnae kill masel")
    assert said == (read(wording.S41, when=opens) if opens else read(wording.S31, when="as soon as they can"))
    assert asked(ailsa) == ["1"]


@BY_CLASS
def test_no_contact_is_an_alert_only(town: Town, craig: Someone, ailsa: Member, klass: str, said: str, answer: str) -> None:
    craig.changes(mode="no_contact")
    assert craig.texts(said) == []
    assert craig.texts("A") == []
    assert town.alerts() == [(klass, craig.id)]
    assert asked(ailsa) == ["1"]


@BY_CLASS
def test_a_stranger_gets_the_short_text(town: Town, ailsa: Member, klass: str, said: str, answer: str) -> None:
    coordinator = town.staff("Fergus Tolmie", "coordinator")
    stranger = town.stranger()
    assert stranger.texts(said) == [wording.S42]
    assert town.alerts() == [(klass, None)]
    assert asked(coordinator) == ["1"]
    assert town.tasks() == {"crisis": f"{stranger.number}: {said}"}, "staff have the number to ring"


def test_a_shared_number_gets_the_short_text_and_is_nobody(town: Town) -> None:
    first = town.person("Craig Haddow")
    town.person("Stuart Ogle", number=first.number)
    assert first.texts("he hits me") == [wording.S42]
    assert town.alerts() == [("da_victim", None)]


def test_a_number_that_was_given_up_gets_the_short_text(town: Town, craig: Someone) -> None:
    craig.texts("who is this")
    craig.texts("WRONG")
    assert craig.texts("he hits me") == [wording.S42]
    assert town.alerts() == [("da_victim", None)]


def test_a_stranger_on_telegram_gets_it_there(town: Town) -> None:
    assert town.stranger("telegram").writes("kms") == [wording.S42.replace("number", "chat")]


def test_staff_who_write_so_are_answered_too(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor")
    assert kev.texts("gonnae kill masel") == [wording.S42]
    assert town.alerts() == [("life_risk", None)]


@pytest.mark.parametrize("mode", ["standard", "discreet"])
def test_on_telegram_the_same_with_buttons(town: Town, mode: str) -> None:
    shona = town.person("Shona Bell", door="telegram", mode=mode, case_manager_id=town.staff("Ailsa Drum").id)
    assert shona.writes("kill masel") == [read(wording.S31).replace("This number", "This chat")]
    assert shona.writes("he hits me") == [
        "We got your message. Is it OK to message about this here? In danger now: call 999. "
        "Can't speak? Press 55 when asked."
    ]
    assert shona.presses("Yes") == [wording.S34]


def test_danger_comes_before_a_pin_a_question_and_an_opt_out(town: Town, craig: Someone) -> None:
    craig.changes(phone_is_own=False, stop_level="all", pin_hash="-")
    craig.texts("4")
    assert craig.texts("2 cannae come gonnae kill masel") == [read(wording.S31)]
    assert craig.reports() == []


def test_danger_under_a_picture_is_seen(craig: Someone) -> None:
    assert craig.texts("gonnae kill masel", NumMedia="1") == [read(wording.S31)]


def test_a_person_who_has_stopped_everything_still_gets_the_safety_text(make_town: MakeTown) -> None:
    town = make_town()
    craig = town.person("Craig Haddow", case_manager_id=town.staff("Ailsa Drum").id)
    craig.texts("STOP")
    assert craig.texts("gonnae kill masel") == [read(wording.S31)]


# S33, and what follows it


@pytest.mark.parametrize("yes", ["A", "a", "aye", "yes"])
def test_after_a_yes_the_helpline(town: Town, craig: Someone, yes: str) -> None:
    craig.texts("he hits me")
    assert craig.texts(yes) == [wording.S34]


@pytest.mark.parametrize("no", ["B", "no", "naw dinnae"])
def test_after_a_no_nothing_of_it_and_staff_know(town: Town, craig: Someone, no: str) -> None:
    craig.texts("he hits me")
    assert craig.texts(no) == [read(wording.D40)]
    assert "do_not_text" in craig.tasks()


def test_the_helpline_is_never_named_unasked(town: Town, craig: Someone) -> None:
    for said in ("he hits me", "feart of him", "he checks my phone", "wibble", "0", "7"):
        for text in craig.texts(said):
            assert "Abuse" not in text
            assert "0800 027" not in text


def test_the_answer_counts_while_its_question_is_the_latest(town: Town, craig: Someone) -> None:
    craig.texts("he hits me")
    craig.texts("7")
    assert craig.texts("A") == [read(wording.S47, when="in the morning")]


def test_a_yes_after_a_day_gets_no_helpline(town: Town, craig: Someone) -> None:
    craig.texts("he hits me")
    town.wait(hours=24)
    assert wording.S34 not in craig.texts("A")


def test_the_talk_is_never_closed(town: Town, craig: Someone) -> None:
    craig.texts("gonnae kill masel")
    assert craig.texts("0") == [wording.S22]


# Once in half an hour, and an alert every time


@BY_CLASS
def test_the_text_comes_once_in_half_an_hour_and_the_alert_every_time(
    town: Town, craig: Someone, ailsa: Member, klass: str, said: str, answer: str
) -> None:
    craig.texts(said)
    town.wait(minutes=29)
    assert craig.texts(said) == []
    assert town.rows(schema.alert_steps, what="message") != [] or len(town.alerts()) == 2
    assert craig.tasks()["crisis"] == f"{said}\n{said}"
    town.wait(minutes=1)
    assert len(craig.texts(said)) == 1


def test_another_danger_within_the_half_hour_has_its_own_text(craig: Someone) -> None:
    assert craig.texts("cannae cope any mair") == [read(wording.S32)]
    assert craig.texts("gonnae kill masel") == [read(wording.S31)]


def test_the_closed_text_counts_for_the_half_hour_too(town: Town, craig: Someone) -> None:
    town.at("10 September 8:50")
    assert craig.texts("kms") == [read(wording.S41, when="9am, Wednesday 10 September")]
    town.at("10 September 9:05")
    assert craig.texts("kms") == []


def test_who_has_taken_the_alert_hears_of_every_further_message(town: Town, craig: Someone, ailsa: Member) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    town.wait(minutes=5)
    craig.texts("please gonnae kill masel")
    assert asked(ailsa) == ["1"]


def test_a_stranger_too_is_told_once_in_half_an_hour(town: Town, door: Door) -> None:
    stranger = town.stranger(door)
    assert len(stranger.says("gonnae kill masel")) == 1
    town.wait(minutes=29)
    assert stranger.says("gonnae kill masel") == []
    assert len(town.rows(schema.alert_steps, what="message")) == 1
    town.wait(minutes=1)
    assert len(stranger.says("gonnae kill masel")) == 1


@pytest.mark.parametrize("said", ["pure deid the day", "murder polis", "dying for a fag"])
def test_a_figure_of_speech_is_no_alert_but_goes_to_a_human(town: Town, craig: Someone, said: str) -> None:
    assert craig.texts(said) == [read(wording.S23)]
    assert town.alerts() == []
    assert craig.tasks()["message"] == said


# Where something failed


def failed(phone: Phone, text: str) -> list[str]:
    form = {"MessageSid": "SM1", "From": phone.number, "Body": text, "NumMedia": "0"}
    return phone.town.fails(phone, Raw("twilio", "SM1", phone.number, json.dumps(form)))


def test_danger_in_a_message_that_we_failed_to_handle_is_answered_and_alerts(
    town: Town, craig: Someone, ailsa: Member
) -> None:
    assert failed(craig, "gonnae kill masel") == [read(wording.S31)]
    assert town.alerts() == [("life_risk", craig.id)]
    assert asked(ailsa) == ["1"]


def test_so_is_a_strangers(town: Town) -> None:
    assert failed(town.stranger(), "gonnae kill masel") == [wording.S42]
    assert town.alerts() == [("life_risk", None)]


def test_where_that_fails_too_the_task_says_what_it_is_about_and_is_due_now(
    town: Town, craig: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(alerts, "raise_alert", break_down)
    [told] = failed(craig, "gonnae kill masel")
    assert told.startswith("Sorry, something went wrong at our end.")
    [task] = town.rows(schema.tasks)
    assert (task["kind"], task["class"], task["due_at"]) == ("failed_message", "life_risk", town.now)


def test_staff_of_any_role_who_write_so_are_answered_on_either_channel(town: Town, ailsa: Member, door: Door) -> None:
    for n, role in enumerate(("supervisor", "case_manager", "coordinator", "manager"), start=1):
        member = town.staff("Kev Mason", role, door=door)
        [told] = [text for text in member.says("a wee boy is bleeding bad") if "urgent" not in text]
        assert told.startswith("This number" if door == "sms" else "This chat")
        assert len(town.alerts()) == n


def test_what_staff_write_to_a_person_is_no_cry_for_help_and_what_they_write_else_is(town: Town, craig: Someone) -> None:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    town.change(schema.people, craig.id, case_manager_id=ailsa.id)
    words = "If you want to end it all ring 116 123 any time."
    craig.texts("whit aboot that hing")
    ailsa.presses("Reply")
    [check] = ailsa.writes(words)
    assert check.startswith("<b>To CH, text</b>")
    assert "nobody is alerted: if somebody is in danger now, cancel it and write so again" in check
    assert town.alerts() == []
    ailsa.presses("Send")
    town.wait(minutes=1)
    town.deliver()
    assert words in craig.reads()[-1]
    assert ailsa.writes("he's got a knife")[0].startswith("This chat")
    craig.texts("an another hing")
    ailsa.presses("Reply")
    ailsa.presses("Cancel")
    ailsa.writes(words)
    assert [klass for klass, _ in town.alerts()] == ["danger_now", "life_risk"]


def test_a_broadcast_is_no_cry_for_help_either_and_a_quarter_of_an_hour_later_it_is(town: Town, craig: Someone) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door="telegram")
    craig.is_booked(town.session("12 September 9:30"))
    words = "If you want to end it all ring us any time."
    fergus.writes("broadcast")
    fergus.presses("In words")
    fergus.presses("Everybody")
    fergus.writes(words)
    assert town.alerts() == []
    fergus.writes("broadcast")
    fergus.presses("In words")
    fergus.presses("Everybody")
    town.wait(minutes=16)
    fergus.writes(words)
    assert [klass for klass, _ in town.alerts()] == ["life_risk"]


def test_a_member_of_staff_in_danger_is_not_the_one_who_is_asked_to_help(town: Town, door: Door) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door=door)
    morag = town.staff("Morag Pirie", "manager")
    fergus.says("a want tae die")
    assert asked(fergus) == []
    assert asked(morag) == ["1"]


def test_with_nobody_else_to_ask_they_are_asked_all_the_same(town: Town) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator")
    said = fergus.texts("a want tae die")
    assert sorted(text.split()[0] for text in said) == ["Alert", "This"]
