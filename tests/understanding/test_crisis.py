import pytest

from handlers.crisis_words import around
from handlers.understanding import crisis, idiom


@pytest.mark.parametrize(
    ("text", "klass"),
    [
        ("he hits me and a want tae die", "life_risk"),
        ("hes at ma door and he hits me", "danger_now"),
        ("feelin low and nae food", "low_mood"),
        ("ma wean is home alone and am depressed", "child_risk"),
    ],
)
def test_the_gravest_class_wins(text: str, klass: str) -> None:
    assert crisis(text) == klass


def test_a_longer_match_says_more_exactly_what_it_is() -> None:
    assert crisis("am not safe") == "danger_now"
    assert crisis("not safe at home") == "da_victim"
    assert crisis("the kids are not safe") == "child_risk"


@pytest.mark.parametrize(
    "text", ["murder polis", "pure deid", "dying for a fag", "killing me", "dead on 9", "ma feet are killing me"]
)
def test_a_figure_of_speech_is_no_crisis_but_is_seen(text: str) -> None:
    assert crisis(text) is None
    assert idiom(text)


def test_a_figure_of_speech_hides_nothing_else_that_is_said() -> None:
    assert crisis("this job is killing me, i want to die") == "life_risk"
    assert crisis("he is killing me") == "danger_now"
    assert crisis("am gonnae jump") == "life_risk"
    assert crisis("am gonnae jump on the bus") is None


def test_danger_is_seen_behind_hidden_characters_odd_letters_and_slips() -> None:
    for text in (
        "k\u200bill masel",
        "ＫＩＬＬ ＭＹＳＥＬＦ",
        "KILL MYSELF!!!",
        "suiside",
        "overdse",
        "kill‍ my self",
        "kíll myself",
    ):
        assert crisis(text) == "life_risk"


def test_a_denial_is_treated_as_real() -> None:
    assert crisis("am no gonnae kill masel") == "life_risk"


def test_a_long_rant_is_read_to_its_end() -> None:
    assert crisis("blether " * 500 + "gonnae kill masel") == "life_risk"


@pytest.mark.parametrize("before", [0, 299, 300, 1490, 3900])
def test_what_is_shown_of_a_long_message_holds_the_danger_in_it(before: int) -> None:
    text = ("x " * 4096)[:before] + " he hits me " + "blether " * 30 + "gonnae kill masel " + "blether " * 500
    shown = around(text[:4400], 300)
    assert "kill masel" in shown
    assert len(shown) <= 302
    assert around("gonnae kill masel", 300) == "gonnae kill masel"


def test_ordinary_trouble_is_no_crisis() -> None:
    for text in ("cannae make it ma wean's no well", "nae money for the bus", "missed ma bus", "am hungover"):
        assert crisis(text) is None
        assert not idiom(text)
