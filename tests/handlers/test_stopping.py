"""STOP and START, in both ways that a council may set."""

from typing import Any

import pytest

from db import schema
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Someone, Town
from tests.handlers.wording import read


def with_session(town: Town, **values: Any) -> tuple[Someone, int]:
    craig = town.person("Craig Haddow", **values)
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    return craig, session


def reminded_and_told_it_is_off(town: Town, craig: Someone, session: int) -> tuple[bool, bool]:
    """Whether the reminder and the news that it is off reach the phone."""
    town.at("11 September 17:00")
    town.reminds()
    reminder = craig.reads()
    town.calls_off(session)
    return bool(reminder), bool(craig.reads())


# The provider's own handling


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop ", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]
)
def test_a_keyword_that_the_provider_acts_on_stops_all_in_silence(town: Town, word: str) -> None:
    craig, session = with_session(town)
    assert craig.texts(word) == []
    assert craig.row.stop_level == "all"
    assert "stopped" in craig.tasks()
    assert craig.answer(session) is None
    assert reminded_and_told_it_is_off(town, craig, session) == (False, False)


@pytest.mark.parametrize("word", ["START", "UNSTOP", "YES", "yes"])
def test_what_opens_the_provider_opens_us(town: Town, word: str) -> None:
    craig, session = with_session(town)
    craig.texts("STOP")
    assert craig.texts(word) == [wording.S44]
    assert craig.row.stop_level == "none"
    assert reminded_and_told_it_is_off(town, craig, session) == (True, True)


def test_yes_is_an_answer_while_nothing_is_stopped(town: Town) -> None:
    craig, _ = with_session(town)
    town.at("11 September 17:00")
    town.reminds()
    assert craig.texts("YES") == [read(wording.S05)]


def test_what_is_not_the_whole_message_is_ours(town: Town) -> None:
    craig, session = with_session(town)
    assert craig.texts("gonnae stop these") == [wording.S20]
    assert craig.row.stop_level == "reminders"
    assert reminded_and_told_it_is_off(town, craig, session) == (False, True)


def test_on_telegram_the_levels_are_ours_whatever_the_provider_does(town: Town) -> None:
    shona, _ = with_session(town, door="telegram")
    assert shona.writes("/stop")[0].startswith("Reminders stopped.")
    assert shona.writes("STOP")[0].startswith("All messages stopped.")
    assert shona.writes("START") == ["We'll message you again. Tap a button any time."]
    assert shona.row.stop_level == "none"


# Ours


def test_the_first_stop_is_of_reminders(make_town: MakeTown) -> None:
    town = make_town(sms={"stop": "ours"})
    craig, session = with_session(town)
    assert craig.texts("STOP") == [wording.S20]
    assert craig.row.stop_level == "reminders"
    assert reminded_and_told_it_is_off(town, craig, session) == (False, True)


@pytest.mark.parametrize("said", [["STOP ALL"], ["STOP", "STOP"], ["stop", "quit"]])
def test_stop_all_or_a_second_stop_is_of_everything(make_town: MakeTown, said: list[str]) -> None:
    town = make_town(sms={"stop": "ours"})
    craig, session = with_session(town)
    for text in said:
        told = craig.texts(text)
    assert told == [wording.S20B]
    assert reminded_and_told_it_is_off(town, craig, session) == (False, False)


def test_cancel_may_mean_the_session(make_town: MakeTown) -> None:
    town = make_town(sms={"stop": "ours"})
    craig, session = with_session(town)
    assert craig.texts("CANCEL") == ["Do you mean your next session? Reply 2. To stop texts reply STOP."]
    assert craig.row.stop_level == "none"
    assert craig.answer(session) is None
    assert craig.texts("2") == [wording.S06]


def test_yes_starts_nothing(make_town: MakeTown) -> None:
    town = make_town(sms={"stop": "ours"})
    craig, _ = with_session(town)
    craig.texts("STOP ALL")
    craig.texts("YES")
    assert craig.row.stop_level == "all"


@pytest.mark.parametrize("word", ["START", "start again", "unstop"])
def test_start_undoes_both_levels(make_town: MakeTown, word: str) -> None:
    town = make_town(sms={"stop": "ours"})
    craig, session = with_session(town)
    craig.texts("STOP ALL")
    assert craig.texts(word) == [wording.S44]
    assert reminded_and_told_it_is_off(town, craig, session) == (True, True)


@pytest.mark.parametrize("stop", ["provider", "ours"])
def test_one_who_stopped_is_still_answered(make_town: MakeTown, stop: str) -> None:
    town = make_town(sms={"stop": stop})
    craig, _ = with_session(town)
    craig.texts("stop texting me" if stop == "provider" else "STOP ALL")
    assert craig.texts("5")[0].startswith("Next session: Friday 12 September")
    assert craig.texts("2") == [wording.S06]


@pytest.mark.parametrize("stop", ["provider", "ours"])
def test_stopping_is_never_held_against_anyone(make_town: MakeTown, stop: str) -> None:
    """It leaves a task to agree another way within one working day, and no report of any kind."""
    town = make_town(sms={"stop": stop})
    craig, session = with_session(town)
    craig.texts("STOP")
    assert craig.reports() == []
    assert craig.answer(session) is None
    [task] = town.rows(schema.tasks)
    assert (task["kind"], f"{task['due_at']:%A %H:%M}") == ("stopped", "Thursday 16:00")


def test_start_lifts_what_the_provider_had_blocked(town: Town) -> None:
    craig, _ = with_session(town)
    craig.texts("STOP")
    [closed] = town.rows(schema.suppressions)
    assert (closed["address_hash"], closed["scope"], closed["lifted_at"]) == (craig.row.phone_hash, "everything", None)
    craig.texts("START")
    [opened] = town.rows(schema.suppressions)
    assert opened["lifted_at"] is not None
