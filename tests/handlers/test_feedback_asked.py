"""Feedback that is asked for: of every fourth session that somebody came to, and when the hours are done."""

from typing import Any

import pytest

from db import schema
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town

ASKED = (
    "Linnbrae: how was your session on {day}? A good, B OK, C bad, or a few words. D don't ask again. It's up to you. It "
    "won't change your hours."
)
VALUE = "Linnbrae: your sessions are done."
REMINDER = (
    "Linnbrae: a few questions are still open, if you like. Text FEEDBACK to go on. Want a hand? Reply 7: someone who "
    "didn't run your sessions will call you."
)
S48 = "Thanks. That helps us make it better. It doesn't change your hours."


def comes(town: Town, kev: Member, who: Someone, day: str, mark: str = "IN 1") -> None:
    """Somebody's session of that day, marked, without a word of it to anybody else."""
    who.is_booked(town.session(f"{day} 9:30", supervisor=kev))
    town.at(f"{day} 9:45")
    kev.says(mark)
    who.reads()


def evening(town: Town, who: Someone, day: str, at: str = "17:30") -> list[str]:
    who.reads()
    town.at(f"{day} {at}")
    town.ticks()
    return [text for text in who.reads() if "next session" not in text and "We didn't see you" not in text]


def rounds(town: Town, kind: str) -> list[dict[str, Any]]:
    return town.rows(schema.feedback_rounds, kind=kind)


@pytest.fixture
def often(make_town: MakeTown) -> Town:
    """A council that asks of every session."""
    return make_town(feedback={"every": 1})


def somebody(town: Town, door: Door = "sms", **values: Any) -> tuple[Member, Someone]:
    return town.staff("Kev Mason", "supervisor"), town.person("Craig Haddow", door=door, **values)


# After some sessions


def test_one_session_in_four_is_asked_about_the_day_after(town: Town) -> None:
    kev, craig = somebody(town)
    asked = []
    for day in (*range(1, 6), *range(8, 13), *range(15, 18)):
        comes(town, kev, craig, f"{day} September")
        asked += [day for text in evening(town, craig, f"{day + 1} September") if "how was your session" in text]
    assert asked == [4, 11]  # of thirteen: not after the eighth, within a week of the first time
    assert [row["asked_at"].day for row in rounds(town, "session")] == [5, 12]


def test_it_is_asked_from_the_hour_that_the_council_has_set_and_once(make_town: MakeTown) -> None:
    town = make_town(feedback={"every": 1, "at": "18:15"})
    kev, craig = somebody(town)
    comes(town, kev, craig, "9 September")
    assert evening(town, craig, "9 September", "19:00") == []
    assert evening(town, craig, "10 September", "18:14") == []
    assert evening(town, craig, "10 September", "18:15") == [ASKED.format(day="Tuesday 9 September")]
    assert evening(town, craig, "10 September", "18:30") == []
    assert evening(town, craig, "11 September", "18:30") == []


def test_a_tap_is_all_it_takes(often: Town) -> None:
    kev, craig = somebody(often, "telegram")
    comes(often, kev, craig, "9 September")
    assert evening(often, craig, "10 September")[0].startswith("How was your session on <b>Tuesday 9 September</b>?")
    assert often.labels_under(craig, craig.latest) == [["Good"], ["OK"], ["Bad"], ["Don't ask again"]]
    assert craig.presses("Good") == [S48]


def test_who_wants_no_such_question_gets_none_and_may_still_say_something(often: Town) -> None:
    kev, craig = somebody(often)
    comes(often, kev, craig, "2 September")
    evening(often, craig, "3 September")
    assert craig.texts("D")[0].startswith("OK. We won't ask again.")
    comes(often, kev, craig, "16 September")
    assert evening(often, craig, "17 September") == []
    assert craig.texts("feedback")[0].startswith("How are your sessions going?")


@pytest.mark.parametrize("mark", ["OUT 1", ""])
def test_it_is_never_asked_after_a_missed_or_unmarked_session(often: Town, mark: str) -> None:
    kev, craig = somebody(often)
    comes(often, kev, craig, "8 September")
    comes(often, kev, craig, "9 September", mark or "0")
    assert evening(often, craig, "10 September") == []
    assert rounds(often, "session") == []


def test_a_session_that_was_off_is_not_asked_about(often: Town) -> None:
    kev, craig = somebody(often)
    session = often.session("9 September 9:30", supervisor=kev)
    craig.is_booked(session)
    often.at("9 September 8:00")
    often.calls_off(session)
    assert evening(often, craig, "10 September") == []


def test_who_was_late_came_and_who_was_not_there_did_not(often: Town) -> None:
    for day, mark, asked in ((2, "LATE 1", 1), (3, "IN 1", 1), (4, "OUT 1", 0)):
        kev, craig = often.staff(f"Kev{day} Mason{day}", "supervisor"), often.person(f"Craig{day} Haddow{day}")
        comes(often, kev, craig, f"{day} September", mark)
        assert len(evening(often, craig, f"{day + 1} September")) == asked


@pytest.mark.parametrize("kind", ["absence", "missed", "crisis", "pack_request"])
@pytest.mark.parametrize("closed", [None, "8 September 12:00"])
def test_it_is_not_asked_while_something_is_decided_or_shortly_after(often: Town, kind: str, closed: str | None) -> None:
    kev, craig = somebody(often)
    often.at("1 September 9:00")
    task = often.insert(
        schema.tasks, key="x", kind=kind, person_id=craig.id, status="open", created_at=often.now, due_at=often.now
    )
    if closed:
        often.at(closed)
        often.change(schema.tasks, task, status="done", closed_at=often.now)
    comes(often, kev, craig, "9 September")
    assert evening(often, craig, "10 September") == []
    if closed:
        comes(often, kev, craig, "16 September")
        assert len(evening(often, craig, "17 September")) == 1


def test_it_is_not_asked_of_who_was_in_danger_a_few_days_ago(often: Town) -> None:
    kev, craig = somebody(often)
    often.at("6 September 9:00")
    craig.texts("gonnae kill masel")
    often.change(schema.tasks, 1, status="done", closed_at=often.now)
    comes(often, kev, craig, "9 September")
    assert evening(often, craig, "10 September") == []


@pytest.mark.parametrize(
    "values",
    [
        {"mode": "discreet"}, {"mode": "call_first"}, {"mode": "no_contact"}, {"stop_level": "reminders"},
        {"stop_level": "all"}, {"feedback_ok": False}, {"phone_is_own": False},
    ],
)  # fmt: skip
def test_it_is_asked_of_nobody_who_wants_or_needs_less(often: Town, values: dict[str, Any]) -> None:
    kev, craig = somebody(often)
    craig.changes(**values)
    comes(often, kev, craig, "9 September")
    often.worked(craig.order, 70 * 60)
    assert [text for text in evening(often, craig, "10 September") if "how was" in text or VALUE in text] == []
    assert often.rows(schema.feedback_rounds) == []


def test_a_pause_holds_for_feedback_too(often: Town) -> None:
    kev, craig = somebody(often)
    comes(often, kev, craig, "9 September")
    often.at("20 September 10:00")
    craig.changes(paused_until=often.now)
    assert evening(often, craig, "10 September") == []


def test_a_question_that_waits_for_an_answer_is_not_pushed_aside(often: Town) -> None:
    kev, craig = somebody(often)
    craig.is_booked(often.session("12 September 9:30", supervisor=kev))
    comes(often, kev, craig, "9 September")
    often.at("10 September 17:00")
    craig.texts("2")
    often.change(schema.tasks, 1, status="done", closed_at=often.now)
    assert evening(often, craig, "10 September") == []
    craig.texts("A")
    assert craig.reports() == [("cant", "ill", None)]


def test_the_daily_limit_holds(make_town: MakeTown) -> None:
    town = make_town(feedback={"every": 1}, rates={"person_day": 1})
    kev, craig = somebody(town)
    craig.is_booked(town.session("11 September 9:30", supervisor=kev))
    comes(town, kev, craig, "9 September")
    town.at("10 September 17:00")
    town.ticks()
    assert len(craig.reads()) == 1
    assert evening(town, craig, "10 September") == []


def test_sundays_and_holidays_are_left_free_and_it_is_asked_after_them(make_town: MakeTown) -> None:
    town = make_town(feedback={"every": 1}, hours={"holidays": ["2025-09-08"]})
    kev, craig = somebody(town)
    comes(town, kev, craig, "6 September")
    assert evening(town, craig, "7 September") == []
    assert evening(town, craig, "8 September") == []
    assert evening(town, craig, "9 September") == [ASKED.format(day="Saturday 6 September")]


def test_a_safe_window_holds(often: Town) -> None:
    kev, craig = somebody(often)
    craig.changes(safe_from=18 * 60, safe_until=19 * 60)
    comes(often, kev, craig, "9 September")
    assert evening(often, craig, "10 September") == []
    assert len(evening(often, craig, "10 September", "18:10")) == 1


def test_none_is_asked_where_the_council_asks_of_none(make_town: MakeTown) -> None:
    town = make_town(feedback={"every": 0, "exit": "off"})
    kev, craig = somebody(town)
    for day in range(1, 6):
        comes(town, kev, craig, f"{day} September")
    town.worked(craig.order, 70 * 60)
    assert evening(town, craig, "6 September") == []
    assert town.rows(schema.feedback_rounds) == []
    assert craig.texts("feedback")[0].startswith("How are your sessions going?")


# When the hours are done


def test_it_is_asked_the_day_after_the_last_hour_once(town: Town, door: Door) -> None:
    _, craig = somebody(town, door)
    town.worked(craig.order, 70 * 60)
    assert evening(town, craig, "5 September") == []
    assert len(evening(town, craig, "6 September", "17:29")) == 0
    assert len(evening(town, craig, "6 September")) == 1
    assert evening(town, craig, "8 September") == []
    assert len(rounds(town, "exit")) == 1


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ("active", 1), ("completed", 1), ("custody", 0), ("breached", 0), ("suspended", 0), ("discharged", 0),
        ("revoked", 0), ("transferred", 0), ("died", 0),
    ],
)  # fmt: skip
def test_an_order_that_is_completed_is_still_asked_about_and_no_other(town: Town, status: str, asked: int) -> None:
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    town.change(schema.orders, craig.order, status=status)
    assert len(evening(town, craig, "6 September")) == asked
    assert len(rounds(town, "exit")) == asked


def test_an_order_that_an_officer_calls_completed_is_asked_about_from_that_day(town: Town) -> None:
    _, craig = somebody(town)
    town.at("9 September 12:00")
    town.change(schema.orders, craig.order, status="completed", ended_at=town.now)
    assert evening(town, craig, "9 September") == []
    assert len(evening(town, craig, "10 September")) == 1


def test_nobody_is_asked_of_what_ended_long_ago(town: Town) -> None:
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    assert evening(town, craig, "20 September") == []
    assert rounds(town, "exit") == []


def test_who_has_hours_left_on_another_order_is_not_done(town: Town) -> None:
    _, craig = somebody(town)
    second = town.order(craig, hours=60)
    town.worked(craig.order, 70 * 60)
    assert evening(town, craig, "6 September") == []
    town.worked(second, 60 * 60)
    assert len(evening(town, craig, "8 September")) == 1
    craig.texts("no thanks")
    assert evening(town, craig, "16 September") == []
    assert len(rounds(town, "exit")) == 1


def test_a_fiscal_work_order_is_asked_about_only_where_an_officer_turned_messages_on(town: Town) -> None:
    _, craig = somebody(town)
    town.change(schema.orders, craig.order, kind="fiscal_work_order", imposed_minutes=30 * 60)
    assert evening(town, craig, "6 September") == []
    town.change(schema.orders, craig.order, messages_on=True)
    assert len(evening(town, craig, "8 September")) == 1


def test_who_lets_it_be_is_reminded_gently_once(town: Town) -> None:
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    evening(town, craig, "6 September")
    assert evening(town, craig, "8 September") == []
    assert evening(town, craig, "9 September") == [REMINDER]
    for day in range(10, 25):
        assert evening(town, craig, f"{day} September") == []
    assert town.rows(schema.feedback_rounds, closed_at=None) == []


def test_who_is_half_way_is_reminded_three_days_after_their_last_word(town: Town) -> None:
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    evening(town, craig, "6 September")
    town.at("8 September 10:00")
    craig.texts("A")
    assert evening(town, craig, "10 September") == []
    assert evening(town, craig, "11 September") == [REMINDER]
    assert craig.texts("feedback")[0].startswith("Thanks. What helped you most?")


def test_who_has_finished_or_skipped_is_not_reminded(town: Town) -> None:
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    evening(town, craig, "6 September")
    craig.texts("no thanks")
    for day in (9, 10, 15, 18):
        assert evening(town, craig, f"{day} September") == []


def test_who_has_stopped_meanwhile_is_not_reminded(make_town: MakeTown) -> None:
    town = make_town(sms={"stop": "ours"})
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    evening(town, craig, "6 September")
    craig.texts("STOP")
    assert evening(town, craig, "9 September") == []


def test_an_answer_after_the_window_is_none(town: Town) -> None:
    _, craig = somebody(town)
    town.worked(craig.order, 70 * 60)
    evening(town, craig, "6 September")
    town.at("21 September 10:00")
    assert craig.texts("A")[0].startswith("Sorry, we didn't get that.")
    assert town.rows(schema.feedback_answers) == []
