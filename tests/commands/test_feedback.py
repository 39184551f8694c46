"""`turnup feedback`: what was said in a year, as lines and as JSON, to whom it may be shown."""

import json

from db import feedback
from tests.commands.conftest import Turnup
from tests.db.making import NOW


def exits(turnup: Turnup, letters: str) -> None:
    for n, letter in enumerate(letters):
        person_id = turnup.town.person(f"E{letter}{n}")
        with turnup.town.write() as connection:
            feedback.begin(connection, person_id, "exit", actor="test", now=NOW)
            for said in (letter, f"the wood {n}", "", "A"):
                [one] = feedback.opened_by(connection, person_id, now=NOW)
                if len(said) == 1:
                    feedback.answer(connection, one, letter=said, now=NOW)
                elif said:
                    feedback.answer(connection, one, words=said, now=NOW)
                else:
                    feedback.skip(connection, one, now=NOW)


def test_it_counts_what_was_said_and_quotes_what_may_be_used(turnup: Turnup) -> None:
    exits(turnup, "AAAAABBBBBB")
    lines = turnup.says("feedback")
    assert lines[:10] == [
        "exit-1 value: 11 answered", "    Very  5", "    Quite  6", "    Partly  0", "    Not much  0", "    Not at all  0",
        "    in their own words  0", "    good  100 %", "    unpaid work, no place  11, good 100 %",
        "exit-1 helped: 11 answered",
    ]  # fmt: skip
    assert "    Yes  11" in lines
    at = lines.index("in their own words, to be used without a name; take out any name that they wrote:")
    assert sorted(lines[at + 1 :]) == sorted(f"    the wood {n}" for n in range(11))


def test_small_numbers_are_not_shown(turnup: Turnup) -> None:
    exits(turnup, "AAB")
    assert turnup.says("feedback")[:2] == ["exit-1 value: fewer than 5 answered", "    Very  fewer than 5"]
    assert not any("the wood" in line for line in turnup.says("feedback"))


def test_the_same_as_json(turnup: Turnup) -> None:
    exits(turnup, "AAAAAE")
    [line] = turnup.says("feedback", "--json")
    found = json.loads(line)
    assert found["questions"][0] == {
        "questionnaire": "exit-1", "question": "value", "total": 6,
        "counts": {"A": None, "B": 0, "C": 0, "D": 0, "E": None, "words": 0}, "valuable": 83,
        "groups": [{"activity": "unpaid_work", "placement": None, "total": 6, "valuable": 83}],
    }  # fmt: skip
    assert found["quotes"] == [f"the wood {n}" for n in range(6)]


def test_another_year_and_none_at_all(turnup: Turnup) -> None:
    exits(turnup, "AAAAA")
    assert turnup.says("feedback", "--year", "2025") == ["nobody has answered in that year"]
    assert len(turnup.says("feedback", "--year", "2026")) > 5
    assert "invalid int value" in turnup.wrong("feedback", "--year", "soon")


def test_it_is_not_for_everybody(turnup: Turnup) -> None:
    assert turnup.fails("feedback", "--as", "CM") == ('"CM" may not do that (feedback.read); ask a coordinator or a manager')
    assert turnup.fails("feedback", "--as", "NOBODY").startswith("there is nobody of the staff")
