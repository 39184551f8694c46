import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.understanding import Understood, crisis, idiom, understand
from locales.catalog import Catalogs

ALPHABET = st.text() | st.text("12 ABcantoyesie?👍'’.\u200b\u202e١", max_size=40)


def told(text: str, *, asked: bool = True, letters: str = "", question: str | None = None) -> Understood:
    return understand(text, asked=asked, letters=letters, question=question, locale="en_GB")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("aye right", "ask"),
        ("no problem", "coming"),
        ("nae bother", "coming"),
        ("no worries", "coming"),
        ("see you there no problem", "coming"),
        ("no", "cant"),
        ("yes but late", "late"),
        ("ok cant", "ask"),
        ("naw am coming", "ask"),
        ("not sure", "ask"),
        ("maybe", "ask"),
        ("dunno", "ask"),
        ("2moro", "ask"),
        ("24", "ask"),
        ("1 hour late", "late"),
        ("5 mins", "late"),
        ("K", "coming"),
        ("👍", "coming"),
        ("1 2", "ask"),
        ("cannae make it ma wean's no well", "cant"),
        ("I'll be there at 4", "coming"),
        ("ill be there", "coming"),
        ("ill", "cant"),
        ("", "empty"),
        ("\u200b\u202e ", "empty"),
        ("?", "menu"),
    ],
)
def test_the_known_traps(text: str, intent: str) -> None:
    assert told(text).intent == intent


@pytest.mark.parametrize("one", ["1", "١", "۱", "१", "１", "1️⃣", "\u200f1\u200e", " 1.", "(1)", "one", "wan"])
def test_a_number_is_the_same_in_any_script(one: str) -> None:
    assert told(one, asked=False).intent == "coming"


def test_the_numbers_never_change_meaning() -> None:
    intents = ["menu", "coming", "cant", "late", "hours", "next", "pack", "talk", "more"]
    for question, letters in ((None, ""), ("reason", "ABCDEF"), ("how_late", "ABC"), ("call_when", "ABCD")):
        for asked in (True, False):
            said = [told(str(n), asked=asked, letters=letters, question=question).intent for n in range(9)]
            assert said == intents


def test_the_words_of_the_keyboard_mean_what_they_say() -> None:
    for intent in ("coming", "cant", "late", "hours", "next", "pack", "talk", "more"):
        label = Catalogs.load().text(f"keyboard.{intent}", locale="en_GB", channel="telegram", mode="standard")
        assert told(label, asked=False).intent == intent


def test_hours_are_a_delay_only_where_they_are_counted() -> None:
    late = {"letters": "ABC", "question": "how_late"}
    assert told("My hours", **late).intent == "hours"
    assert [told(text, **late).letter for text in ("2 hours", "about an hour", "half an hour")] == ["C", "C", "B"]


@pytest.mark.parametrize("word", ["ok", "aye", "naw", "k", "yes", "no", "👍", "sound", "nae bother"])
def test_yes_and_no_mean_nothing_unless_something_was_asked(word: str) -> None:
    assert told(word, asked=False).intent in ("ask", "thanks")


def test_a_letter_counts_only_for_the_open_question() -> None:
    assert told("b", letters="ABCDEF", question="reason") == Understood("letter", "B")
    assert told("D", letters="ABC", question="how_late") == Understood("late_letter", "D")
    assert told("B", asked=False) == Understood("late_letter", "B")


def test_a_number_in_a_sentence_is_no_menu_number() -> None:
    for text in ("I'll be there at 4", "see you at 1", "be there for 2"):
        assert told(text).intent == "coming"
    assert told("4 weans", asked=False).intent == "unknown"


def test_several_topics_in_one_message_are_all_told() -> None:
    assert told("cant come thursday, how many hours have a got left") == Understood("cant", also=("hours",))
    assert told("whits left and when am a next in", asked=False) == Understood("hours", also=("next",))
    assert told("4 5", asked=False) == Understood("hours", also=("next",))


def test_a_pin_is_four_digits_in_any_script_and_only_when_it_was_asked_for() -> None:
    assert told("my pin is ١٢٣٤", question="pin") == Understood("pin", pin="1234")
    assert told("12345", asked=False, question="pin").intent == "unknown"
    assert told("1234", asked=False).intent == "unknown"


def test_only_a_plain_yes_makes_it_safe_to_text() -> None:
    for text in ("A", "yes", "aye its ok"):
        assert told(text, asked=False, letters="AB", question="abuse_ok") == Understood("letter", "A")
    for text in ("B", "no", "yes but not now", "not ok", "naw"):
        assert told(text, asked=False, letters="AB", question="abuse_ok") == Understood("letter", "B")
    assert told("yes he is here", asked=False, letters="AB", question="abuse_ok").intent != "letter"


def test_a_change_of_mind_is_not_taken_for_a_reason() -> None:
    assert told("actually I'll be there", asked=False, letters="ABCDEF", question="reason").intent == "coming"


def test_stop_and_wrong_number_come_before_anything_else_that_is_said() -> None:
    assert told("cant come, stop texting me").intent == "stop"
    assert told("who is this, am at work").intent == "wrong_person"
    assert told("WRONG", asked=False).intent == "wrong_confirmed"
    assert told("STOP ALL", asked=False).intent == "stop_all"


def test_who_else_comes_is_answered_like_nonsense() -> None:
    for text in ("who else is coming", "is my ex coming", "whos in the morra"):
        assert told(text, asked=False).intent == "unknown"


def test_someone_without_a_word_list_of_their_own_is_understood_in_english() -> None:
    assert understand("cannae make it", asked=True, locale="pl").intent == "cant"


@given(ALPHABET, st.booleans(), st.sampled_from([None, "reason", "how_late", "call_when", "abuse_ok", "pin"]))
def test_any_text_is_understood_as_something(text: str, asked: bool, question: str | None) -> None:
    understood = told(text, asked=asked, letters="ABCD", question=question)
    assert understood.intent
    assert (understood.letter is not None) == (understood.intent in ("letter", "late_letter"))
    assert (understood.pin is not None) == (understood.intent == "pin")
    crisis(text)
    idiom(text)


WORDS = st.sampled_from(["am", "coming", "be", "there", "yes", "aye", "ok", "i", "make", "it", "see", "you"])
NO = st.sampled_from(["cant", "cannae", "can't", "wont", "wullnae", "no", "not", "didnae", "never", "unable"])


@given(st.lists(WORDS), NO, st.data())
def test_no_message_with_a_word_that_says_no_is_coming(words: list[str], no: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    text = " ".join([*words[:at], no, *words[at:]])
    assert told(text).intent != "coming"
