"""1, 2, 3: coming, can't come, late; their letters, and changing one's mind."""

import pytest

from db import schema
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town
from tests.handlers.wording import read


@pytest.fixture
def session(town: Town) -> int:
    return town.session("12 September 9:30", bring="work boots and lunch")


@pytest.fixture
def craig(town: Town, session: int) -> Someone:
    craig = town.person("Craig Haddow")
    craig.is_booked(session)
    return craig


# 1: coming


def test_1_is_coming_asked_or_not(craig: Someone, session: int) -> None:
    assert craig.texts("1") == [read(wording.S05)]
    assert craig.answer(session) == "coming"


@pytest.mark.parametrize("words", ["aye", "ok", "Yes 👍", "nae bother"])
def test_words_are_coming_only_after_a_question(town: Town, craig: Someone, session: int, words: str) -> None:
    craig.texts(words)
    assert craig.answer(session) is None
    town.at("11 September 17:00")
    town.reminds()
    assert craig.texts(words) == [read(wording.S05)]
    assert craig.answer(session) == "coming"


def test_the_question_of_an_old_date_is_not_a_question_of_the_new_one(town: Town, craig: Someone, session: int) -> None:
    town.at("11 September 17:00")
    town.reminds()
    town.moves(session, "12 September 13:00")
    town.wait(minutes=1)
    assert craig.reads()[-1] == read(wording.S28, day2="Friday 12 September", time="1pm")
    assert craig.texts("aye") == [read(wording.S05, time="1pm")]


def test_what_was_asked_of_a_date_that_moved_in_silence_was_not_asked(town: Town, craig: Someone, session: int) -> None:
    town.at("11 September 17:00")
    town.reminds()
    town.moves(session, "12 September 13:00", tell=False)
    assert craig.texts("ok") == []
    assert craig.texts("aye") == [read(wording.S43, time="1pm")]
    assert craig.answer(session) is None


def test_1_is_about_the_next_session_within_a_fortnight(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("24 September 10:01"))
    assert craig.texts("1") == [wording.S14]
    town.wait(minutes=2)
    assert craig.texts("1") == [read(wording.S05, day="Wednesday 24 September", time="10:01am")]


@pytest.mark.parametrize("number", ["1", "2", "3", "5"])
def test_with_nothing_booked_every_number_about_a_session_says_so(town: Town, number: str) -> None:
    assert town.person("Craig Haddow").texts(number) == [wording.S14]


# 2: can't come


@pytest.mark.parametrize("words", ["2", "cannae make it", "naw cannae make it the morra sorry"])
def test_2_is_recorded_at_once_then_asked_about(craig: Someone, session: int, words: str) -> None:
    assert craig.texts(words) == [wording.S06]
    assert craig.answer(session) == "cant"
    assert craig.reports() == [("cant", None, None)]
    assert "absence" in craig.tasks()


@pytest.mark.parametrize(
    ("letter", "reason"),
    [("A", "ill"), ("b", "work"), ("C.", "caring"), ("D", "appointment"), ("e", "travel"), ("F", "other")],
)
def test_a_letter_is_the_kind_of_reason(craig: Someone, letter: str, reason: str) -> None:
    craig.texts("2")
    assert craig.texts(letter) == [read(wording.S07)]
    assert craig.reports() == [("cant", reason, None)]


def test_more_words_about_a_reason_go_to_the_worker_and_are_no_second_question(town: Town, craig: Someone) -> None:
    craig.texts("2")
    noted = craig.texts("F")
    assert craig.texts("ma wean's no well") == noted
    assert craig.reports() == [("cant", "other", None)]
    assert craig.tasks() == {"absence": "ma wean's no well"}
    assert craig.texts("2") != noted, "a number means the same, whatever was said"
    craig.texts("F")
    town.wait(hours=2)
    assert craig.texts("ma wean's no well") != noted


def test_the_reason_in_words_is_its_letter(craig: Someone) -> None:
    assert craig.texts("cannae make it ma wean's no well") == [wording.S06]
    assert craig.texts("ma wean's no well") == [read(wording.S07)]
    assert craig.reports() == [("cant", "caring", None)]


def test_the_call_is_promised_within_the_working_days_of_the_council(make_town: MakeTown) -> None:
    town = make_town(absence={"followup_working_days": 3})
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30"))
    craig.texts("2")
    assert craig.texts("A") == [read(wording.S07, day="Monday 15 September")]


def test_the_same_said_twice_is_one_report(craig: Someone) -> None:
    craig.texts("2")
    craig.texts("2")
    assert craig.reports() == [("cant", None, None)]


def test_a_reminder_is_not_sent_to_one_who_cannot_come(town: Town, craig: Someone) -> None:
    craig.texts("2")
    town.at("11 September 17:00")
    town.reminds()
    assert craig.reads() == []


# 3: late


@pytest.mark.parametrize(
    ("letter", "band", "late"),
    [("A", "a", "up to 15 min late"), ("b", "b", "15 to 30 min late"), ("an hour", "c", "more than 30 min late")],
)
def test_3_is_late_and_then_how_late(craig: Someone, letter: str, band: str, late: str) -> None:
    assert craig.texts("3") == [read(wording.S10_AHEAD)]
    assert craig.texts(letter) == [read(wording.S11, late=late)]
    assert craig.reports() == [("late", None, band)]


@pytest.mark.parametrize(
    ("when", "ahead"), [("11 September 20:00", True), ("12 September 7:29", True), ("12 September 7:30", False)]
)
def test_late_days_ahead_says_which_day_it_is_taken_for(town: Town, craig: Someone, when: str, ahead: bool) -> None:
    town.at(when)
    assert craig.texts("3") == [read(wording.S10_AHEAD) if ahead else wording.S10]
    assert craig.reports() == [("late", None, None)]


@pytest.mark.parametrize(("when", "is_late"), [("12 September 11:29", True), ("12 September 11:30", False)])
def test_late_means_the_session_that_has_begun_for_two_hours(town: Town, craig: Someone, when: str, is_late: bool) -> None:
    town.at(when)
    assert craig.texts("3") == [wording.S10 if is_late else wording.S14]


def test_late_after_a_short_session_is_not_about_it(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", hours=1))
    town.at("12 September 10:31")
    assert craig.texts("3") == [wording.S14]


def test_how_late_is_still_understood_after_the_start(town: Town, craig: Someone) -> None:
    town.at("12 September 9:20")
    craig.texts("3")
    town.at("12 September 9:35")
    assert craig.texts("B") == [read(wording.S11, late="15 to 30 min late")]


# Letters that come late, or to another question


@pytest.mark.parametrize(
    ("number", "letter", "asked", "answered"),
    [
        ("2", "A", "10 September 10:00", "11 September 10:00"),  # a day
        ("2", "A", "12 September 9:00", "12 September 9:30"),  # the start
        ("3", "A", "12 September 9:00", "12 September 11:30"),  # two hours after it
        ("7", "A", "10 September 10:00", "11 September 10:00"),
    ],
)
def test_a_letter_after_its_question_has_lapsed_goes_to_a_human(
    town: Town, craig: Someone, number: str, letter: str, asked: str, answered: str
) -> None:
    town.at(asked)
    craig.texts(number)
    town.at(answered)
    when = "by 5pm, Thursday 11 September" if answered.startswith("11") else "by 5pm, Friday 12 September"
    assert craig.texts(letter) == [read(wording.S23, when=when)]
    assert craig.tasks()["message"] == letter


def test_a_letter_counts_just_before_its_question_lapses(town: Town, craig: Someone) -> None:
    craig.texts("2")
    town.at("11 September 9:59")
    assert craig.texts("A") == [read(wording.S07, day="Monday 15 September")]


def test_a_letter_answers_the_latest_question(craig: Someone) -> None:
    craig.texts("2")
    craig.texts("7")
    assert craig.texts("A") == [read(wording.S47, when="in the morning")]
    assert craig.reports() == [("cant", None, None)]


def test_a_letter_that_its_question_does_not_offer_goes_to_a_human(craig: Someone) -> None:
    craig.texts("3")
    assert craig.texts("F") == [read(wording.S23)]
    assert craig.reports() == [("late", None, None)]


def test_a_letter_is_taken_once(craig: Someone) -> None:
    craig.texts("2")
    craig.texts("A")
    assert craig.texts("B") == [read(wording.S23)]
    assert craig.reports() == [("cant", "ill", None)]


def test_a_letter_without_any_question_goes_to_a_human(craig: Someone) -> None:
    assert craig.texts("C") == [read(wording.S23)]


def test_the_question_about_a_session_ends_when_it_moves(town: Town, craig: Someone, session: int) -> None:
    craig.texts("2")
    town.moves(session, "13 September 9:30")
    assert craig.texts("A") == [read(wording.S23)]


def test_numbers_mean_the_same_while_a_question_is_open(craig: Someone) -> None:
    craig.texts("2")
    assert craig.texts("4")[0].startswith("Hours done: 30 of 100.")
    assert craig.texts("A") == [read(wording.S07)]


# Changing one's mind


@pytest.mark.parametrize(
    ("said", "answer", "stands"),
    [
        (["2", "A", "1"], "coming", []),
        (["1", "2"], "cant", [("cant", None, None)]),
        (["3", "A", "2"], "cant", [("cant", None, None)]),
        (["2", "3", "B"], "late", [("late", None, "b")]),
        (["2", "A", "1", "2"], "cant", [("cant", None, None)]),
    ],
)
def test_the_last_word_before_the_start_counts(
    craig: Someone, session: int, said: list[str], answer: str, stands: list[tuple[str, str | None, str | None]]
) -> None:
    for text in said:
        craig.texts(text)
    assert craig.answer(session) == answer
    assert craig.reports() == stands


def test_who_comes_after_all_has_no_absence_to_follow_up(craig: Someone) -> None:
    craig.texts("2")
    assert "absence" in craig.tasks()
    craig.texts("1")
    assert craig.tasks() == {}


def test_after_the_start_1_is_about_the_next_session(town: Town, craig: Someone, session: int) -> None:
    craig.is_booked(town.session("16 September 9:30"))
    craig.texts("2")
    town.at("12 September 9:30")
    assert craig.texts("1") == [read(wording.S05, day="Tuesday 16 September")]
    assert craig.answer(session) == "cant"


@pytest.mark.parametrize("said", ["1", "5", "where is it", "all my sessions"])
def test_one_who_is_late_is_not_told_that_nothing_is_booked(
    town: Town, craig: Someone, kev: Member, session: int, said: str
) -> None:
    town.change(schema.sessions, session, supervisor_id=kev.id)
    town.at("12 September 9:50")
    assert craig.texts(said) == [
        "Friday 12 September, 9:30am: Bike workshop. To ask the way there, call 01632 960480. Or reply 7 and we'll call you."
    ]
    assert craig.answer(session) is None
    kev.texts("IN 1")
    assert craig.texts(said) == [wording.S14]


def test_who_is_late_for_what_they_had_said_no_to_is_heard(town: Town, craig: Someone, session: int) -> None:
    craig.texts("2")
    town.at("12 September 9:45")
    assert craig.texts("am running late") == [wording.S14]
    assert craig.tasks()["message"] == "am running late"


def test_one_who_said_they_cannot_come_is_late_for_the_next(town: Town, craig: Someone, session: int) -> None:
    later = town.session("16 September 9:30")
    craig.is_booked(later)
    craig.texts("2")
    town.at("12 September 9:45")
    craig.texts("3")
    assert (craig.answer(session), craig.answer(later)) == ("cant", "late")


@pytest.mark.parametrize("number", ["2", "3"])
@pytest.mark.parametrize("thanks", ["ok", "ok thanks", "sound", "ok cheers", "👍"])
def test_ok_to_what_we_said_of_a_report_does_not_take_it_back(
    town: Town, craig: Someone, session: int, number: str, thanks: str
) -> None:
    town.at("11 September 17:00")
    town.reminds()
    craig.texts(number)
    craig.texts("A")
    before = craig.reports()
    assert craig.texts(thanks) == []
    assert craig.reports() == before


@pytest.mark.parametrize("goodbye", ["see you monday", "ok see you then", "will do", "aye"])
def test_words_that_might_take_a_report_back_are_asked_about(craig: Someone, session: int, goodbye: str) -> None:
    craig.texts("2")
    craig.texts("A")
    assert craig.texts(goodbye) == [read(wording.S43)]
    assert craig.reports() == [("cant", "ill", None)]
    assert craig.texts("aye") == [read(wording.S05)]
    assert craig.reports() == []


def test_the_keyboard_takes_a_report_back_like_1(town: Town, session: int) -> None:
    shona = town.person("Shona Bell", door="telegram")
    shona.is_booked(session)
    shona.writes("I can't come")
    shona.writes("I'm coming")
    assert shona.answer(session) == "coming"


# Doubt


def test_doubt_is_asked_about_once_and_then_goes_to_a_human(craig: Someone, session: int) -> None:
    assert craig.texts("aye but naw mibbe") == [read(wording.S43)]
    assert craig.texts("mibbe") == [read(wording.S23)]
    assert craig.tasks()["message"] == "mibbe"
    assert craig.answer(session) is None


def test_an_answer_after_the_doubt_counts(craig: Someone, session: int) -> None:
    craig.texts("1 2")
    assert craig.answer(session) is None
    assert craig.texts("aye") == [read(wording.S05)]


def test_what_else_a_message_asks_for_is_answered_too(craig: Someone, session: int) -> None:
    hours, following = craig.texts("4 5")
    assert hours.startswith("Hours done")
    assert following.startswith("Next session")


def test_a_call_asked_for_beside_a_report_is_not_lost(craig: Someone) -> None:
    assert craig.texts("cannae come, phone me") == [wording.S06]
    assert "call_back" in craig.tasks()
    assert craig.texts("A") == [read(wording.S07)]


# Two sessions within two days


def test_by_text_the_answer_names_its_date(town: Town, craig: Someone, session: int) -> None:
    saturday = town.session("13 September 9:30")
    craig.is_booked(saturday)
    assert craig.texts("1") == [read(wording.S05)]
    assert (craig.answer(session), craig.answer(saturday)) == ("coming", None)


@pytest.mark.parametrize(("when", "is_near"), [("14 September 9:30", True), ("14 September 9:31", False)])
def test_on_telegram_the_other_is_offered_with_buttons_of_its_own(town: Town, when: str, is_near: bool) -> None:
    shona = town.person("Shona Bell", door="telegram")
    friday, sunday = town.session("12 September 9:30"), town.session(when)
    shona.is_booked(friday)
    shona.is_booked(sunday)
    answers = shona.writes("I'm coming")
    assert len(answers) == (2 if is_near else 1)
    if is_near:
        assert answers[1] == "Are you coming on Sunday 14 September, 9:30am?"
        shona.presses("I can't come")
        assert (shona.answer(friday), shona.answer(sunday)) == ("coming", "cant")


def test_a_session_already_answered_is_not_offered_again(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    friday, saturday = town.session("12 September 9:30"), town.session("13 September 9:30")
    shona.is_booked(friday)
    shona.is_booked(saturday)
    shona.writes("1")
    shona.presses("I'm coming")
    assert shona.answer(saturday) == "coming"
    assert len(shona.writes("1")) == 1


# Both channels hold the same conversation


def test_a_day_of_answers_ends_alike_on_both_channels(town: Town, door: Door) -> None:
    person = town.person("Shona Bell", door=door)
    session = town.session("12 September 9:30")
    person.is_booked(session)
    for text in ("1", "cannae make it", "C", "3", "B", "7", "A", "6", "8", "wibble"):
        assert person.says(text), text
    assert person.answer(session) == "late"
    assert person.reports() == [("late", None, "b")]
    assert set(person.tasks()) == {"late_no_supervisor", "call_back", "pack_request", "message"}


def test_cant_come_without_a_session_that_we_know_of_reaches_a_human(town: Town) -> None:
    craig = town.person("Craig Haddow")
    assert craig.texts("cannae make it") == [read(wording.S14)]
    assert craig.tasks() == {"message": "cannae make it"}


# Which of several sessions


@pytest.fixture
def monday(town: Town, craig: Someone) -> int:
    monday = town.session("15 September 9:30", "Garden")
    craig.is_booked(monday)
    return monday


MONDAY = read(wording.S43, day="Monday 15 September")


@pytest.mark.parametrize("words", ["cant come monday", "cannae make it on mon", "no coming monday got court"])
def test_cant_come_on_a_day_that_is_not_the_next_ones_is_asked_about_before_it_is_recorded(
    craig: Someone, session: int, monday: int, words: str
) -> None:
    assert craig.texts(words) == [MONDAY]
    assert craig.reports() == []
    assert craig.tasks() == {"message": words}, "should they not answer"
    assert craig.texts("2") == [wording.S06]
    assert (craig.answer(session), craig.answer(monday)) == (None, "cant")


@pytest.mark.parametrize("words", ["cant come friday", "cannae make it fri or monday", "cannae make it wednesday"])
def test_the_next_ones_day_or_one_on_which_nothing_is_booked_is_the_next(
    craig: Someone, session: int, monday: int, words: str
) -> None:
    assert craig.texts(words) == [wording.S06]
    assert (craig.answer(session), craig.answer(monday)) == ("cant", None)


def test_another_day_just_after_a_reason_is_not_more_about_it(craig: Someone, session: int, monday: int) -> None:
    craig.texts("2")
    craig.texts("A")
    assert craig.texts("cannae come monday either ma wean's no well") == [MONDAY]
    craig.texts("2")
    assert (craig.answer(session), craig.answer(monday)) == ("cant", "cant")


def test_late_on_a_day_is_for_that_day(craig: Someone, session: int, monday: int) -> None:
    assert craig.texts("gonnae be late monday") == [read(wording.S10_AHEAD, day="Monday 15 September")]
    assert (craig.answer(session), craig.answer(monday)) == (None, "late")


def test_coming_on_a_day_is_asked_about_that_day(craig: Someone, session: int, monday: int) -> None:
    assert craig.texts("i will be there monday") == [MONDAY]
    assert craig.texts("aye") == [read(wording.S05, day="Monday 15 September", place="Garden")]
    assert (craig.answer(session), craig.answer(monday)) == (None, "coming")


@pytest.mark.parametrize(("number", "answer"), [("1", "coming"), ("2", "cant")])
def test_a_number_after_a_later_session_moved_is_asked_about_by_its_new_date(
    town: Town, craig: Someone, session: int, monday: int, number: str, answer: str
) -> None:
    town.moves(monday, "16 September 9:30")
    assert craig.texts(number) == [read(wording.S43, day="Tuesday 16 September")]
    assert craig.reports() == []
    assert craig.texts(number) != []
    assert (craig.answer(session), craig.answer(monday)) == (None, answer)
    craig.texts(number)
    assert craig.answer(session) == answer, "once it is answered a number means the next one"


def test_a_number_means_the_next_one_where_that_was_asked_about_too(
    town: Town, craig: Someone, session: int, monday: int
) -> None:
    craig.texts("5")
    town.moves(monday, "16 September 9:30")
    assert craig.texts("2") == [wording.S06]
    assert (craig.answer(session), craig.answer(monday)) == ("cant", None)


def test_yes_to_the_second_of_a_day_does_not_take_back_a_no_to_the_first(town: Town, craig: Someone, session: int) -> None:
    later = town.session("12 September 16:30", "Paint shop", hours=2)
    craig.is_booked(later)
    craig.texts("2")
    craig.texts("A")
    town.at("11 September 17:00")
    town.reminds()
    assert craig.texts("1") == [read(wording.S43, time="4:30pm")]
    craig.texts("1")
    assert (craig.answer(session), craig.answer(later)) == ("cant", "coming")
    assert craig.reports() == [("cant", "ill", None)]


def test_what_was_asked_of_another_is_not_answered_the_next_morning(
    town: Town, craig: Someone, session: int, monday: int
) -> None:
    town.at("11 September 17:00")
    craig.texts("cant come monday")
    town.reminds()
    town.at("12 September 8:30")
    assert craig.texts("2") == [wording.S06]
    assert (craig.answer(session), craig.answer(monday)) == ("cant", None)
