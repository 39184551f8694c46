"""What staff may say: ACK and PASS; and what they are never shown."""

from typing import Any

import pytest

from db import schema
from locales.numbers import spoken
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town

URGENT = "Alert {n}, urgent. Reply ACK {n}, then open the Sessions bot or call 01632 960480. Not you? PASS {n}."
MINE = (
    "Alert {n} is yours. Open the Sessions bot or call 01632 960480. When settled reply DONE {n} and "
    "A spoke, B called 999, C welfare check, D no risk."
)
HELP = (
    "To take an alert send ACK and its number. To pass it on send PASS and its number. To tell people of a change send "
    "Broadcast. To see what waits send Tasks. Or call 01632 960480."
)
UNKNOWN = (
    "Sorry, we didn't get that. To take an alert send ACK and its number. To pass it on send PASS and its number. "
    "Or call 01632 960480."
)
HELP_BY_TEXT = (
    "Alerts: send ACK or PASS and the number. Sessions off: OFF, then ALL or a place, then a date, like OFF ALL 12 Jun. "
    "What waits: TASKS. Or call 01632 960480."
)


@pytest.fixture
def craig(town: Town, ailsa: Member, fergus: Member) -> Someone:
    return town.person("Craig Haddow", case_manager_id=ailsa.id)


def state(town: Town) -> tuple[str, int | None]:
    [alert] = town.rows(schema.alerts)
    return alert["state"], alert["owner_id"]


def test_the_case_manager_is_asked_by_number_alone(craig: Someone, ailsa: Member, fergus: Member) -> None:
    craig.texts("gonnae kill masel")
    assert ailsa.reads() == [URGENT.format(n=1)]
    assert fergus.reads() == []


@pytest.mark.parametrize("said", ["ACK 1", "ack 1", "Ack1", "ack #1", "ACK: 1.", " ack 1! "])
def test_ack_takes_it(town: Town, craig: Someone, ailsa: Member, said: str) -> None:
    craig.texts("gonnae kill masel")
    assert ailsa.texts(said) == [MINE.format(n=1)]
    assert state(town) == ("acknowledged", ailsa.id)


def test_pass_asks_the_next_at_once(town: Town, craig: Someone, ailsa: Member, fergus: Member) -> None:
    craig.texts("gonnae kill masel")
    assert ailsa.texts("PASS 1") == ["Alert 1 is passed on."]
    assert fergus.reads() == [URGENT.format(n=1)]
    assert fergus.texts("ACK 1") == [MINE.format(n=1)]


def test_who_took_it_may_still_pass_it_on(town: Town, craig: Someone, ailsa: Member, fergus: Member) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    ailsa.texts("PASS 1")
    assert fergus.reads() == [URGENT.format(n=1)]
    assert state(town) == ("open", None)


@pytest.mark.parametrize("word", ["ACK", "PASS"])
@pytest.mark.parametrize(("role", "team"), [("supervisor", "north"), ("supervisor", "south"), ("case_manager", "south")])
def test_another_teams_staff_and_any_supervisor_are_refused(
    town: Town, craig: Someone, word: str, role: str, team: str
) -> None:
    other = town.staff("Jo Lamb", role, team=team)
    craig.texts("gonnae kill masel")
    assert other.texts(f"{word} 1") == ["Alert 1 isn't with you. Nothing to do."]
    assert state(town) == ("open", None)
    [tried] = [row for row in town.rows(schema.access_log) if row["action"].startswith("refused:")]
    assert (tried["action"], tried["reason"], tried["person_id"]) == ("refused:alert.read", "1", craig.id)


@pytest.mark.parametrize("word", ["ACK", "PASS"])
def test_one_that_another_took_is_with_them(town: Town, craig: Someone, ailsa: Member, fergus: Member, word: str) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    assert fergus.texts(f"{word} 1") == [
        "AD has had alert 1 since 10am, Wednesday 10 September. To take it over reply TAKE 1."
    ]
    assert state(town) == ("acknowledged", ailsa.id)


def test_whoever_takes_it_over_has_it_and_the_other_is_told(
    town: Town, craig: Someone, ailsa: Member, fergus: Member
) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    ailsa.reads()
    assert fergus.texts("TAKE 1")[0].startswith("Alert 1 is yours.")
    assert state(town) == ("acknowledged", fergus.id)
    assert ailsa.reads() == ["FT has taken over alert 1. Nothing more for you to do."]
    assert [row["what"] for row in town.rows(schema.alert_steps)][-1] == "taken_over"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("DONE 1 A", "spoke"), ("done 1 b", "called_999"), ("Done #1: C.", "welfare_check"), ("DONE 1, D", "no_risk")],
)
def test_done_says_how_it_ended(town: Town, craig: Someone, ailsa: Member, said: str, outcome: str) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    assert ailsa.texts(said) == ["Alert 1 is settled. Thanks."]
    [alert] = town.rows(schema.alerts)
    assert (alert["state"], alert["outcome"]) == ("resolved", outcome)
    assert "crisis" not in craig.tasks()


@pytest.mark.parametrize("said", ["DONE 1", "DONE", "DONE 1 E", "DONE 1 AB", "DONE A"])
def test_done_without_an_outcome_is_not_done(town: Town, craig: Someone, ailsa: Member, said: str) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    ailsa.texts(said)
    assert state(town) == ("acknowledged", ailsa.id)


def test_done_is_for_who_may_take_it(town: Town, craig: Someone) -> None:
    kev = town.staff("Kev Mason", "supervisor")
    craig.texts("gonnae kill masel")
    assert kev.texts("DONE 1 D") == ["Alert 1 isn't with you. Nothing to do."]
    assert state(town) == ("open", None)


@pytest.mark.parametrize("said", ["ACK 1", "PASS 1", "DONE 1 A"])
def test_one_that_is_settled_is_finished(craig: Someone, ailsa: Member, said: str) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("DONE 1 D")
    assert ailsa.texts(said) == ["Alert 1 is finished. Nothing to do."]


def test_danger_after_it_was_settled_is_a_new_alert(town: Town, craig: Someone, ailsa: Member) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("DONE 1 D")
    craig.texts("gonnae kill masel")
    assert ailsa.reads() == [URGENT.format(n=2)]


def test_ack_twice_is_ack_once(town: Town, craig: Someone, ailsa: Member) -> None:
    craig.texts("gonnae kill masel")
    ailsa.texts("ACK 1")
    assert ailsa.texts("ACK 1") == [MINE.format(n=1)]


@pytest.mark.parametrize("number", ["4821", "0", "999999999999999999"])
def test_an_alert_that_is_not_there(ailsa: Member, number: str) -> None:
    assert ailsa.texts(f"ACK {number}") == [f"No alert {number}. Check the number and send it again."]


@pytest.mark.parametrize("said", ["0", "?", "menu", ""])
def test_what_can_be_said(ailsa: Member, said: str) -> None:
    assert ailsa.texts(said) == [HELP_BY_TEXT]


@pytest.mark.parametrize("said", ["ACK", "ACK one", "wibble", "1", "ACK 12345678901234567890", "4"])
def test_anything_else_gets_a_line_on_what_can_be_said(ailsa: Member, said: str) -> None:
    assert ailsa.texts(said) == [UNKNOWN]


def test_a_person_cannot_take_an_alert(town: Town, craig: Someone) -> None:
    craig.texts("gonnae kill masel")
    craig.texts("ACK 1")
    assert state(town) == ("open", None)


def test_a_stranger_cannot_take_an_alert(town: Town, craig: Someone) -> None:
    craig.texts("gonnae kill masel")
    town.stranger().texts("ACK 1")
    assert state(town) == ("open", None)


# On Telegram


def on_telegram(town: Town, said: str, **values: Any) -> tuple[Someone, Member]:
    ailsa = town.staff("Ailsa Drum", door="telegram")
    craig = town.person("Craig Haddow", case_manager_id=ailsa.id, **values)
    craig.texts(said)
    return craig, ailsa


def test_the_detail_comes_to_who_took_it_and_is_protected(town: Town) -> None:
    craig, ailsa = on_telegram(town, "gonnae kill masel")
    assert list(ailsa.bubbles[ailsa.latest].buttons) == ["I'm on it", "Not me, pass it on"]
    ailsa.presses("I'm on it")
    detail = ailsa.bubbles[ailsa.latest]
    assert "CH: risk to life" in detail.text
    assert "gonnae kill masel" in detail.text
    assert f"Ring {spoken(craig.number)}" in detail.text
    assert detail.protected
    logged = {row["action"] for row in town.rows(schema.access_log, person_id=craig.id)}
    assert {"alert.acknowledged", "alert.read"} <= logged


def test_of_a_long_rant_the_part_that_tells_of_danger_is_shown(town: Town) -> None:
    rant = "naebody in here listens tae a word a say " * 60 + "a want tae die " + "so there ye go pal " * 60
    _, ailsa = on_telegram(town, rant[:4096])
    ailsa.presses("I'm on it")
    detail = ailsa.bubbles[ailsa.latest].text
    assert "a want tae die" in detail
    assert len(detail) < 4096


def test_done_by_button(town: Town) -> None:
    _, ailsa = on_telegram(town, "gonnae kill masel")
    ailsa.presses("I'm on it")
    assert ailsa.presses("Called 999") == ["Alert 1 is settled. Thanks."]
    assert state(town) == ("resolved", ailsa.id)


def test_pass_by_button(town: Town) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator")
    _, ailsa = on_telegram(town, "gonnae kill masel")
    assert ailsa.presses("Not me, pass it on") == ["Alert 1 is passed on."]
    assert fergus.reads() == [URGENT.format(n=1)]


def test_of_a_stranger_the_number_to_ring_is_shown(town: Town) -> None:
    fergus = town.staff("Fergus Tolmie", "coordinator", door="telegram")
    stranger = town.stranger()
    stranger.texts("gonnae kill masel")
    assert f"Ring {spoken(stranger.number)}" in fergus.presses("I'm on it")[-1]


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("he hits me", {}),
        ("he's got a knife", {}),
        ("the wean is on its own", {}),
        ("gonnae kill masel", {"restricted": True}),
        ("cut ma haun it's bleedin", {"women_only": True}),
    ],
)
def test_what_is_restricted_never_appears_on_telegram(town: Town, said: str, values: dict[str, Any]) -> None:
    _, ailsa = on_telegram(town, said, **values)
    assert ailsa.bubbles == {}, "not even that there is an alert"
    assert ailsa.reads() == [URGENT.format(n=1)]
    told = ailsa.writes("ACK 1")
    assert told == ["Alert 1 is yours. When it is settled, say how."]


@pytest.mark.parametrize(("staff", "door"), [("off", "sms"), ("alerts", "telegram"), ("full", "telegram")])
def test_only_where_the_council_allows_all_of_it_words_and_names_go_to_telegram(
    make_town: MakeTown, staff: str, door: Door
) -> None:
    town = make_town(telegram={"staff": staff})
    _, ailsa = on_telegram(town, "gonnae kill masel")
    assert (door == "telegram") is bool(ailsa.bubbles)
    told = ailsa.writes("ACK 1")
    assert any("gonnae kill masel" in text for text in told) is (staff == "full")


def test_by_sms_there_is_never_any_detail(craig: Someone, ailsa: Member) -> None:
    craig.texts("gonnae kill masel")
    for text in (*ailsa.reads(), *ailsa.texts("ACK 1")):
        assert "masel" not in text
        assert "CH" not in text


@pytest.mark.parametrize("data", ["", "k:1::dance", "b:1:1.1:coming", "q:1::A"])
def test_a_button_that_is_not_an_alerts_does_nothing(town: Town, data: str) -> None:
    _, ailsa = on_telegram(town, "gonnae kill masel")
    assert ailsa.presses_data(data) == []
    assert ailsa.toast == "stale"
    assert state(town) == ("open", None)


@pytest.mark.parametrize("said", ["/start", "/help"])
def test_help_in_the_chat(town: Town, said: str) -> None:
    assert town.staff("Ailsa Drum", door="telegram").writes(said) == [HELP]
