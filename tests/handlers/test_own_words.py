"""What counts as an answer in somebody's own words, what keeps its meaning, and what goes to a person instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import questionnaires
from handlers import own_words
from handlers.own_words import CAREFUL, Said

EXIT = questionnaires.every()["exit-1"]
GOING = questionnaires.every()["asked-1"].asks("going")
HELPED = EXIT.asks("helped")


def read(text: str, question: str = "helped", *, ahead: bool = True, letters: str = "S") -> Said:
    asks = GOING if question == "going" else EXIT.asks(question)
    return own_words.read(text, asks, letters=asks.letters + letters, ahead=ahead, locale="en_GB")


@pytest.mark.parametrize(
    "text",
    [
        "my worker", "talking to someone", "getting out the house", "the craic was good", "the gaffer was sound", "nothing",
        "no", "aye", "nae complaints", "being outside in the fresh air, learned tae use a saw", "the rag rugs",
        "Kev wis brilliant wi us", "less rain", "stop shouting at us", "4 hours is too long", "we could skip the tea break",
        "more outside work", "dont know", "A good laugh", "more hours",
    ],
)  # fmt: skip
@pytest.mark.parametrize("ahead", [True, False])
def test_what_people_say_of_their_sessions_is_an_answer(text: str, ahead: bool) -> None:
    assert read(text, ahead=ahead).kind == "words"


@pytest.mark.parametrize(
    "text",
    [
        *"012345678", "two", "1 2", "cannae come thursday", "cannae make it ma wean's no well", "2 ma wean's no well",
        "i wont be in on thursday sorry", "running late", "am coming", "how many hours left", "when's my next session",
        "call me", "can somebody phone me", "menu", "STOP", "stop texting me", "STOP ALL", "START", "wrong number",
        "this is his mum", "not me", "cancel", "feedback", "thanks", "",
        "polski", "english", "interpreter please", "no english", "got a new number 07700 900321", "pause ma texts",
        "plainer texts", "what do you hold on me", "delete my data", "got a new number", "ive moved hoose", "nae credit",
        "proof of my hours", "hoo dae a get there", "when am i done", "only text me in the morning",
        "I'm coming", "I can't come", "I'll be late", "My hours", "Next session", "Home pack", "Talk to someone", "More",
    ],
)  # fmt: skip
@pytest.mark.parametrize("question", ["helped", "going", "value", "quote"])
def test_numbers_and_plain_wishes_keep_their_meaning_whatever_was_asked(text: str, question: str) -> None:
    assert read(text, question).kind == "usual"


@pytest.mark.parametrize(
    "text",
    [
        "why does it start at 9?", "can I swap to Friday?", "phone me about my boots", "need help with my rent",
        "they were murder polis", "it was killing me at first", "ive moved hoose so the bus takes ages",
        "my english is bad so i missed half of it", "couldnae text nae credit aw week",
    ],
)  # fmt: skip
@pytest.mark.parametrize("ahead", [True, False])
def test_what_asks_something_goes_to_a_person(text: str, ahead: bool) -> None:
    assert read(text, ahead=ahead).kind == "person"


@pytest.mark.parametrize("text", ["ma wean's no well", "sore back", "the van was always late", "the work was too far"])
def test_what_may_be_about_a_session_to_come_goes_to_a_person_while_there_is_one(text: str) -> None:
    assert read(text, ahead=True).kind == "person"
    assert read(text, ahead=False).kind == "words"


def test_a_doubt_about_a_session_is_asked_about_as_ever() -> None:
    assert read("not sure if i can come thursday", ahead=True).kind == "usual"


@pytest.mark.parametrize(
    ("text", "question", "letter"),
    [
        ("A", "going", "A"), ("b", "going", "B"), ("c.", "going", "C"), ("good", "going", "A"), ("no bad", "going", "A"),
        ("not good", "going", "C"), ("ok", "going", "B"), ("very good thanks", "going", "A"), ("shite", "going", "C"),
        ("E", "value", "E"), ("very", "value", "A"), ("not at all", "value", "E"), ("aye", "quote", "A"),
        ("naw", "quote", "B"), ("no thanks", "quote", "B"), ("skip", "helped", "S"), ("S", "value", "S"),
        ("rather not say", "helped", "S"), ("no thanks", "value", "X"), ("no thanks", "helped", "X"),
    ],
)  # fmt: skip
def test_letters_and_whole_messages_that_mean_one(text: str, question: str, letter: str) -> None:
    assert read(text, question) == Said("letter", letter)


@pytest.mark.parametrize("text", ["dont ask me again", "stop asking me", "D"])
def test_who_was_asked_unasked_can_end_that(text: str) -> None:
    assert read(text, "going", letters="DS") == Said("letter", "D")


@pytest.mark.parametrize("text", ["F", "x", "b"])
def test_a_letter_that_the_question_does_not_take_is_no_answer_in_words(text: str) -> None:
    assert read(text).kind != "letter"
    assert read("F").kind == read("b").kind == "usual"


@given(st.text(max_size=60), st.booleans())
def test_whatever_is_written_has_one_meaning(text: str, ahead: bool) -> None:
    for asks in (GOING, *EXIT.questions):
        said = own_words.read(text, asks, letters=asks.letters + "S", ahead=ahead, locale="en_GB")
        assert said in CAREFUL or (said.kind == "letter" and said.letter in asks.letters + "SX")
        assert asks.words or said.kind in ("letter", "usual")
