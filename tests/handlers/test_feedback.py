"""How is it going: by the person's own word, after a session, and at the end. Optional, short, and kept apart."""

from typing import Any

import pytest

from db import questionnaires, schema
from db.questionnaires import CURRENT
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town

S26 = (
    "How are your sessions going? A good, B OK, C bad, or tell us in a few words. You don't have to. It won't change your "
    "hours."
)
S48 = "Thanks. That helps us make it better. It doesn't change your hours."
SKIPPED = "OK. That's fine. It doesn't change your hours."
VALUE = (
    "Linnbrae: your sessions are done. 4 short questions, if you like. How valuable was it to you? A very, B quite, C "
    "partly, D not much, E not at all. Or SKIP."
)
HELPED = (
    "Thanks. What helped you most? Use your own words, or SKIP. Want a hand? Reply 7: someone who didn't run your sessions "
    "will call you."
)
CHANGE = "Thanks. What would you change? Use your own words, or SKIP."
QUOTE = "Last one. Can we use your words to tell others, without your name? A yes, B no."


def answers(town: Town) -> list[tuple[str, str | None]]:
    """What is kept: question and answer or words, in no order that tells."""
    return sorted((row["question"], row["answer"] or row["words"]) for row in town.rows(schema.feedback_answers))


def open_rounds(town: Town) -> list[str]:
    return [row["kind"] for row in town.rows(schema.feedback_rounds, closed_at=None)]


@pytest.fixture
def craig(town: Town, ailsa: Member) -> Someone:
    return town.person("Craig Haddow", case_manager_id=ailsa.id)


def finishes(town: Town, one: Someone) -> Someone:
    town.worked(one.order, 70 * 60)
    return one


@pytest.fixture
def done(town: Town, craig: Someone) -> Someone:
    """Whose hours were done on 5 September."""
    return finishes(town, craig)


def asked_at_the_end(town: Town, one: Someone) -> list[str]:
    town.at("10 September 17:30")
    town.ticks()
    return one.reads()


# By their own word


@pytest.mark.parametrize("word", ["feedback", "Feedback please", "want to give feedback", "survey"])
def test_the_word_asks_how_it_is_going(craig: Someone, word: str) -> None:
    assert craig.texts(word) == [S26]


@pytest.mark.parametrize(("said", "kept"), [("A", "A"), ("b", "B"), ("no bad", "A"), ("mince", "C")])
def test_a_letter_or_its_words_is_thanked_and_kept(town: Town, craig: Someone, said: str, kept: str) -> None:
    craig.texts("feedback")
    assert craig.texts(said) == [S48]
    assert answers(town) == [("going", kept)]
    assert open_rounds(town) == []


def test_a_few_words_do_as_well(town: Town, craig: Someone) -> None:
    craig.texts("feedback")
    assert craig.texts("the craic is good but the boots are soaking") == [S48]
    assert answers(town) == [("going", "the craic is good but the boots are soaking")]
    assert craig.tasks() == {}


def test_on_telegram_it_takes_one_tap(town: Town) -> None:
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("feedback")
    assert town.labels_under(craig, craig.latest) == [["Good"], ["OK"], ["Bad"]]
    question = craig.latest
    assert craig.presses("OK") == [S48]
    assert answers(town) == [("going", "B")]
    assert craig.bubbles[question].text == S48
    assert craig.presses_data("q:1::A", question) == ["That's out of date. What do you need? Tap a button below."]
    assert answers(town) == [("going", "B")]


def test_discreet_it_says_no_word_of_sessions(town: Town, door: Door) -> None:
    craig = town.person("Craig Haddow", door=door, mode="discreet")
    [said] = craig.says("feedback")
    assert said.startswith("How is it going?")
    assert craig.says("A") == ["Thanks. Noted."]
    assert answers(town) == [("going", "A")]


def test_who_is_only_to_be_called_is_only_asked_to_call(town: Town) -> None:
    craig = town.person("Craig Haddow", mode="call_first")
    assert craig.texts("feedback") == ["Can you call when it suits? 01632 960480"]
    assert town.rows(schema.feedback_rounds) == []
    assert town.person("Dod Reid", mode="no_contact").texts("feedback") == []


def test_after_a_day_a_letter_is_no_answer_any_more(town: Town, craig: Someone) -> None:
    craig.texts("feedback")
    town.wait(hours=25)
    assert craig.texts("A")[0].startswith("Sorry, we didn't get that.")
    assert answers(town) == []


# What keeps its meaning


@pytest.mark.parametrize("between", ["4", "whit aboot that hing, when?", "0"])
def test_words_after_something_else_was_answered_are_no_feedback_any_more(town: Town, craig: Someone, between: str) -> None:
    craig.texts("feedback")
    said = craig.texts(between)
    town.wait(minutes=11)
    craig.texts("ma pal telt me aboot the van")
    still_open = said[0].startswith("That may need an answer.")
    assert (answers(town) == []) is not still_open
    assert ("ma pal telt me aboot the van" in craig.tasks().get("message", "")) is not still_open


def test_a_reminder_in_between_is_the_latest_prompt_too(town: Town, craig: Someone) -> None:
    craig.is_booked(town.session("11 September 9:30"))
    craig.texts("feedback")
    town.at("10 September 17:00")
    town.ticks()
    craig.texts("the craic is good but the boots are soaking")
    assert answers(town) == []


def test_a_number_means_what_it_always_means(town: Town, craig: Someone) -> None:
    craig.texts("feedback")
    assert craig.texts("4")[0].startswith("Hours done: 30 of 100.")
    assert craig.texts("A") == [S48]


def test_who_cannot_come_has_said_so(town: Town, craig: Someone) -> None:
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    craig.texts("feedback")
    assert craig.texts("cannae come friday")[0].startswith("Thanks for telling us. What's the main reason?")
    assert craig.answer(session) == "cant"
    assert answers(town) == []
    craig.texts("A")
    assert craig.reports() == [("cant", "ill", None)]


def test_what_may_need_an_answer_goes_to_a_person_and_there_alone(town: Town, craig: Someone) -> None:
    craig.texts("feedback")
    assert craig.texts("why does it start at 9?") == [
        "That may need an answer. A worker will read it by 5pm, Wednesday 10 September. Our question is still open, or "
        "reply SKIP. Emergency: 999."
    ]
    assert craig.tasks() == {"message": "why does it start at 9?"}
    assert answers(town) == []
    assert craig.texts("B") == [S48]


def test_a_reason_not_to_come_goes_to_a_person_while_there_is_a_session(town: Town, craig: Someone) -> None:
    craig.is_booked(town.session("12 September 9:30"))
    craig.texts("feedback")
    craig.texts("ma wean's no well")
    assert craig.tasks() == {"message": "ma wean's no well"}
    assert answers(town) == []


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("stop texting me", "stop.reminders"), ("STOP", "stop.reminders"), ("STOP ALL", "stop.all"),
        ("wrong number", "wrong_person.who"), ("this is his mum", "wrong_person.who"),
    ],
)  # fmt: skip
def test_stop_and_wrong_number_win_over_feedback(make_town: MakeTown, said: str, heard: str) -> None:
    town = make_town(sms={"stop": "ours"})
    craig = town.person("Craig Haddow")
    craig.texts("feedback")
    craig.texts(said)
    assert town.said[-1][0] == heard
    assert answers(town) == []


# Danger


def test_danger_is_never_feedback(town: Town, craig: Someone) -> None:
    craig.texts("feedback")
    assert craig.texts("honestly a want tae kill masel")[0].startswith("Thank you for telling us.")
    assert town.alerts() == [("life_risk", craig.id)]
    assert answers(town) == []


@pytest.mark.parametrize("said", ["it was a long day in the rain", "A", "the van"])
def test_after_danger_nothing_is_taken_for_feedback(town: Town, craig: Someone, said: str) -> None:
    craig.texts("feedback")
    craig.texts("a want tae kill masel")
    craig.texts(said)
    assert answers(town) == []
    assert craig.tasks()["message"] == said


def test_who_comes_back_to_the_exit_questions_after_danger_is_heard_again(town: Town, done: Someone) -> None:
    asked_at_the_end(town, done)
    done.texts("a want tae kill masel")
    assert done.texts("A")[0].startswith("Sorry, we didn't get that.")
    town.wait(days=2)
    assert done.texts("feedback")[0].startswith("Linnbrae: your sessions are done.")
    assert done.texts("A") == [HELPED]


def test_an_older_alert_does_not_silence_who_wants_to_say_something(town: Town, craig: Someone) -> None:
    craig.texts("a want tae kill masel")
    town.wait(days=3)
    assert craig.texts("feedback") == [S26]
    assert craig.texts("A") == [S48]


# A complaint

PASS_ON = (
    "Thanks. Do you want a manager to call you about that? They'd get your name. A yes, B no. If you say nothing, "
    "they won't."
)
PASSED = "OK. A manager will call you. It won't change your hours."
KEPT = "OK. It stays without your name. It helps us make it better."
COMPLAINT = "the supervisor shouted at me in front of everyone"


@pytest.mark.parametrize("yes", ["A", "aye", "yes please"])
def test_a_manager_calls_about_a_complaint_where_they_want_it(town: Town, craig: Someone, morag: Member, yes: str) -> None:
    craig.texts("feedback")
    assert craig.texts(COMPLAINT) == [PASS_ON]
    assert answers(town) == [("going", COMPLAINT)]
    assert craig.tasks() == {}
    assert craig.texts(yes) == [PASSED]
    [task] = town.rows(schema.tasks)
    assert (task["kind"], task["owner_id"], task["person_id"], task["note"]) == ("complaint", morag.id, craig.id, None)


@pytest.mark.parametrize("no", ["B", "naw", "no thanks"])
def test_a_complaint_stays_without_a_name_where_they_do_not(town: Town, craig: Someone, morag: Member, no: str) -> None:
    craig.texts("feedback")
    craig.texts(COMPLAINT)
    assert craig.texts(no) == [KEPT]
    assert answers(town) == [("going", COMPLAINT)]
    assert craig.tasks() == {}


def test_silence_about_a_complaint_is_a_no(town: Town, craig: Someone, morag: Member) -> None:
    craig.texts("feedback")
    craig.texts(COMPLAINT)
    town.wait(hours=25)
    assert craig.texts("A") != [PASSED]
    assert "complaint" not in craig.tasks()


def test_the_exit_questions_go_on_after_a_complaint(town: Town, done: Someone, morag: Member) -> None:
    asked_at_the_end(town, done)
    done.texts("B")
    assert done.texts(COMPLAINT) == [PASS_ON]
    assert done.texts("A") == [PASSED, CHANGE]
    assert done.texts("less waiting about") == [QUOTE]


def test_praise_is_no_complaint(town: Town, craig: Someone, morag: Member) -> None:
    craig.texts("feedback")
    assert craig.texts("it was a braw day out in the rain") == [S48]


def test_on_telegram_a_complaint_is_answered_by_a_button(town: Town, morag: Member) -> None:
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("feedback")
    craig.writes(COMPLAINT)
    assert town.labels_under(craig, craig.latest) == [["Yes"], ["No"]]
    assert craig.presses("Yes") == [PASSED]
    assert "complaint" in craig.tasks()


# The end


def test_the_exit_questions_one_by_one(town: Town, done: Someone) -> None:
    assert asked_at_the_end(town, done) == [VALUE]
    assert done.texts("B") == [HELPED]
    assert done.texts("ma worker listened") == [CHANGE]
    assert done.texts("less waiting about") == [QUOTE]
    assert done.texts("aye") == [S48]
    assert answers(town) == [
        ("change", "less waiting about"),
        ("helped", "ma worker listened"),
        ("quote", "A"),
        ("value", "B"),
    ]
    assert open_rounds(town) == []
    assert done.tasks() == {}


def test_the_exit_questions_on_telegram(town: Town) -> None:
    done = finishes(town, town.person("Craig Haddow", door="telegram"))
    asked_at_the_end(town, done)
    assert town.labels_under(done, done.latest) == [["Very"], ["Quite"], ["Partly"], ["Not much"], ["Not at all"], ["Skip"]]
    done.presses("Very")
    assert town.labels_under(done, done.latest) == [["Skip"]]
    done.presses("Skip")
    assert done.writes("start later") == ["Last one. Can we use your words to tell others, without your name?"]
    assert town.labels_under(done, done.latest) == [["Yes"], ["No"]]
    assert done.presses("No") == [S48]
    assert answers(town) == [("change", "start later"), ("quote", "B"), ("value", "A")]


def test_an_answer_days_later_goes_on_where_it_stopped(town: Town, done: Someone) -> None:
    asked_at_the_end(town, done)
    done.texts("A")
    town.at("12 September 9:00")
    assert done.texts("4")[0].startswith("Hours done: 100 of 100.")
    assert done.texts("5")[0].startswith("Your hours are done, so no session is booked.")
    town.at("19 September 21:00")
    assert done.texts("the wood")[0].startswith("Sorry, we didn't get that."), "other things were spoken of since"
    assert done.texts("feedback") == [HELPED]
    town.at("19 September 21:20")
    assert done.texts("the wood") == [CHANGE]


def test_the_word_takes_them_back_to_where_they_were(town: Town, done: Someone) -> None:
    asked_at_the_end(town, done)
    done.texts("A")
    done.texts("7")
    done.texts("A")
    assert done.texts("feedback") == [HELPED]
    assert done.texts("the wood") == [CHANGE]


def test_skipping_one_asks_the_next_and_nothing_written_is_not_asked_to_be_quoted(town: Town, done: Someone) -> None:
    asked_at_the_end(town, done)
    assert done.texts("skip") == [HELPED]
    assert done.texts("SKIP") == [CHANGE]
    assert done.texts("pass") == [SKIPPED]
    assert answers(town) == []
    assert open_rounds(town) == []


def test_no_thanks_ends_it_at_once(town: Town, done: Someone) -> None:
    asked_at_the_end(town, done)
    assert done.texts("naw thanks") == [SKIPPED]
    assert open_rounds(town) == []


def test_seven_gets_help_from_somebody_who_did_not_run_their_sessions(
    town: Town, kev: Member, ailsa: Member, fergus: Member, craig: Someone
) -> None:
    craig.is_booked(town.session("3 September 9:30", supervisor=ailsa))
    finishes(town, craig)
    asked_at_the_end(town, craig)
    assert craig.texts("7")[0].startswith("We'll ask a worker to call you. When is OK?")
    craig.texts("B")
    [task] = town.rows(schema.tasks, person_id=craig.id)
    assert (task["kind"], task["class"], task["owner_id"], task["note"]) == ("feedback_help", "exit", fergus.id, "afternoon")


def test_at_any_other_time_seven_is_the_case_managers(town: Town, ailsa: Member, craig: Someone) -> None:
    craig.texts("feedback")
    craig.texts("7")
    [task] = town.rows(schema.tasks, person_id=craig.id)
    assert (task["kind"], task["owner_id"]) == ("call_back", ailsa.id)


def test_who_is_done_and_was_not_asked_can_ask_for_the_exit_questions_in_any_mode(town: Town, door: Door) -> None:
    done = finishes(town, town.person("Craig Haddow", door=door, mode="discreet"))
    assert asked_at_the_end(town, done) == []
    assert done.says("feedback")[0].startswith("It's all done.")
    for said in ("C", "the quiet", "nothing"):
        done.says(said)
    assert done.says("B") == ["Thanks. Noted."]
    assert answers(town) == [("change", "nothing"), ("helped", "the quiet"), ("quote", "B"), ("value", "C")]
    assert done.says("feedback")[0].startswith("How is it going?")


def test_one_tap_too_many_answers_nothing_twice(town: Town) -> None:
    done = finishes(town, town.person("Craig Haddow", door="telegram"))
    asked_at_the_end(town, done)
    data = done.bubbles[done.latest].buttons["Very"]
    done.presses_data(data, done.latest)
    done.presses_data(data, done.latest)
    assert answers(town) == [("value", "A")]


# The data


def test_every_questionnaire_is_at_most_four_messages_and_keeps_its_name() -> None:
    for name, form in questionnaires.every().items():
        assert len(form.questions) <= 4
        assert name.startswith(f"{form.kind}-")
        assert len({asks.key for asks in form.questions}) == len(form.questions)
        assert all(asks.letters or asks.words for asks in form.questions)
    assert set(CURRENT) == {"asked", "session", "exit"}


def test_a_questionnaire_too_long_to_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one: dict[str, Any] = {"key": "a", "string": "b", "words": True}
    with pytest.raises(ValueError, match="exit-9 has 5 questions; ask one to 4"):
        questionnaires._read("exit-9", {"kind": "exit", "questions": [one] * 5})
