"""The gate of the other languages, and of people who mix them."""

import string
from collections import Counter

import pytest

from handlers.understanding import crisis, understand
from locales import words
from locales.catalog import Catalogs
from notifications import buttons
from tests.understanding.corpus import labelled, replies, taken_for

OTHERS = tuple(locale for locale in words.locales() if locale != "en_GB")
LETTERS = {"ar": "ابتجحخدذرزسشصضطعغفقكلمنهوي" + string.ascii_lowercase}


@pytest.mark.parametrize("locale", OTHERS)
def test_the_corpus_is_large_enough_and_every_reply_is_labelled_once(locale: str) -> None:
    rows = replies(locale)
    assert len(rows) >= 120
    assert Counter((row.text, row.asked, row.question) for row in rows).most_common(1)[0][1] == 1


@pytest.mark.parametrize("locale", OTHERS)
def test_no_refusal_and_no_doubt_is_read_as_coming(locale: str) -> None:
    refused = [row for row in labelled(locale) if row.expected in ("cant", "ask")]
    assert len(refused) > 50
    assert [row.text for row in refused if taken_for(row, locale) == "coming"] == []


@pytest.mark.parametrize("locale", OTHERS)
def test_no_refusal_is_read_as_coming_whatever_language_the_person_is_known_to_speak(locale: str) -> None:
    refused = [row for row in labelled(locale) if row.expected == "cant"]
    assert [(row.text, other) for other in words.locales() for row in refused if taken_for(row, other) == "coming"] == []


@pytest.mark.parametrize("locale", OTHERS)
def test_no_slip_of_a_finger_turns_a_refusal_into_coming(locale: str) -> None:
    letters = LETTERS.get(locale, string.ascii_letters)
    turned = {
        (row.text, slip)
        for row in labelled(locale)
        if row.expected == "cant" and len(row.text) > 3
        for slip in _slips(row.text, letters)
        if understand(slip, asked=True, locale=locale).intent == "coming"
    }
    assert turned == set()


@pytest.mark.parametrize("locale", OTHERS)
def test_the_rest_is_right_or_asked(locale: str) -> None:
    rows = list(labelled(locale))
    wrong = [(row.text, row.expected, said) for row in rows if (said := taken_for(row, locale)) not in (row.expected, "ask")]
    right = [row for row in rows if taken_for(row, locale) == row.expected]
    assert len(wrong) / len(rows) <= 0.05, wrong
    assert len(right) / len(rows) >= 0.95


@pytest.mark.parametrize("locale", OTHERS)
def test_every_crisis_of_the_list_is_seen_in_its_class_and_false_alarms_are_rare(locale: str) -> None:
    rows = replies(locale)
    assert [(row.text, row.crisis, crisis(row.text)) for row in rows if row.crisis not in ("-", crisis(row.text))] == []
    calm = [row.text for row in rows if row.crisis == "-" and row.expected == "*"]
    assert len(calm) >= 20
    assert len([text for text in calm if crisis(text)]) / len(calm) < 0.1


@pytest.mark.parametrize("speaks", words.locales())
@pytest.mark.parametrize("shown", words.locales())
def test_a_key_of_the_keyboard_means_the_same_after_the_language_was_changed(shown: str, speaks: str) -> None:
    for word in (word for row in buttons.KEYBOARD for word in row):
        label = Catalogs.load().text(f"keyboard.{word}", locale=shown, channel="telegram", mode="standard")
        assert understand(label, asked=False, locale=speaks).intent == word, label


@pytest.mark.parametrize("locale", OTHERS)
def test_english_and_scots_are_always_understood(locale: str) -> None:
    for text in ("cannae make it", "cant come", "ma wean's no well", "sorry no"):
        assert understand(text, asked=True, locale=locale).intent in ("cant", "ask"), text
    assert understand("cannae make it", asked=True, locale=locale).intent == "cant"
    assert understand("how many hours have i left", asked=False, locale=locale).intent == "hours"
    assert understand("stop texting me", asked=False, locale=locale).intent == "stop"


@pytest.mark.parametrize("locale", words.locales())
def test_danger_is_seen_in_every_language_whoever_writes(locale: str) -> None:
    for text in ("chcę umrzeć", "badi amoot", "رح اقتل حالي", "marbhaidh mi mi-fhìn", "gonnae kill masel"):
        assert crisis(text) == "life_risk"


def test_a_language_is_chosen_by_name_at_any_time_and_by_code_when_asked() -> None:
    for text, locale in (("polski", "pl"), ("in Gaelic please", "gd"), ("عربي", "ar"), ("po angielsku", "en_GB")):
        understood = understand(text, asked=True, locale="en_GB")
        assert (understood.intent, understood.language) == ("language", locale), text
    for text, locale in (("PL", "pl"), ("gd please", "gd"), ("Ar", "ar"), ("reply EN", "en_GB")):
        understood = understand(text, asked=False, question="language", locale="pl")
        assert (understood.intent, understood.language) == ("language", locale), text
    assert understand("gd", asked=True, locale="en_GB").intent == "coming"  # good
    assert understand("7", asked=False, question="language", locale="en_GB").intent == "talk"


@pytest.mark.parametrize(
    "text", ["interpreter", "no english", "I don't speak much English", "nie mówię po angielsku", "مترجم"]
)
def test_an_interpreter_is_asked_for_in_many_words(text: str) -> None:
    assert understand(text, asked=False, locale="en_GB").intent == "interpreter"


def test_no_word_that_says_no_can_be_passed_over() -> None:
    for lexicon in words.every():
        assert not lexicon.negations & (lexicon.filler | lexicon.spelling.skip | lexicon.polite), lexicon.locale


def _slips(text: str, letters: str) -> set[str]:
    """A letter left out, said twice, or swapped with the next."""
    slips = set()
    for at, letter in enumerate(text):
        if letter.lower() in letters:
            slips.add(text[:at] + text[at + 1 :])
            slips.add(text[:at] + letter + text[at:])
            slips.add(text[:at] + text[at + 1 : at + 2] + letter + text[at + 2 :])
    return slips - {text}
