"""What the catalogs of the other languages must be: whole, as short as their letters allow, and as safe as the English."""

import datetime as dt
import gettext
import re
import tomllib
import unicodedata
from collections import defaultdict

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from locales import dates, formats, privacy, sms
from locales.catalog import DEFAULT, INTERPRETER, NEEDS_REVIEW, REVIEWED, ROOT, Catalogs, Entry
from tests.locales import banned, missing
from tests.locales.fills import CALL, longest
from tests.locales.test_lint import AFTER_CONSENT, EMOJI, FRAGMENTS, PERSON

LANGUAGES = sorted(Catalogs.load().languages)
OTHERS = [locale for locale in LANGUAGES if locale != DEFAULT]
TEXTS = ("sms.standard", "sms.discreet")
PARTS = {"two_part": 2, "three_part": 3, "four_part": 4}
# English with a line in letters that only UCS-2 has: what its parts come to at most.
HELD_PARTS = {"ar": 5}
TO_THE_LETTER = ("999", "116", "111", "85258", "55", "SHOUT", "STOP ALL", "START", "WRONG")
PLURALS = tomllib.loads((ROOT / "plural_forms.toml").read_text(encoding="utf-8"))


def entries(locale: str, *contexts: str) -> list[tuple[str, str, Entry]]:
    found = Catalogs.load().entries[locale]
    return [(context, key, entry) for context in contexts for key, entry in found[context].items()]


def filled(locale: str, context: str, key: str, text: str) -> str:
    fields = longest(locale)
    if key in CALL:
        fields["when"] = max((Catalogs.load().entries[locale][context][f"call.when.{time}"].text for time in "abc"), key=len)
    return text.format_map(fields)


@pytest.mark.parametrize("locale", OTHERS)
def test_nothing_is_missing_and_nothing_is_there_that_english_lacks(locale: str) -> None:
    assert missing.keys(locale) == []
    for context in PERSON:
        assert Catalogs.load().keys(context, locale) <= Catalogs.load().keys(context)


@pytest.mark.parametrize("locale", OTHERS)
def test_a_translation_asks_for_no_field_that_english_lacks_and_leaves_out_none(locale: str) -> None:
    english = Catalogs.load().entries[DEFAULT]
    assert [
        (context, key) for context, key, entry in entries(locale, *PERSON) if entry.fields != english[context][key].fields
    ] == []


@pytest.mark.parametrize("locale", OTHERS)
def test_a_text_fits_its_parts_at_its_longest_and_claims_no_more_than_it_needs(locale: str) -> None:
    usual = 2 if formats.of(locale).right_to_left else 1
    for context, key, entry in entries(locale, *TEXTS):
        cost = sms.parts(sms.for_locale(filled(locale, context, key, entry.text), locale))
        claimed = max((PARTS[tag] for tag in entry.tags if tag in PARTS), default=usual)
        assert max(cost.parts, usual) == claimed, (context, key, cost)
        assert formats.of(locale).fold == "never" or cost.encoding == "GSM-7", (context, key)


@pytest.mark.parametrize("locale", OTHERS)
def test_english_with_the_interpreters_line_fits_too(locale: str) -> None:
    line = Catalogs.load().entries[locale]["sms.standard"][INTERPRETER].text
    for context, key, entry in entries(DEFAULT, *TEXTS):
        if NEEDS_REVIEW in entry.tags:
            cost = sms.parts(sms.for_locale(f"{filled(DEFAULT, context, key, entry.text)}\n{line}", locale))
            assert cost.parts <= HELD_PARTS.get(locale, 2), (context, key, cost)


@pytest.mark.parametrize("locale", OTHERS)
def test_no_text_holds_a_banned_word_in_its_language(locale: str) -> None:
    for context, key, entry in entries(locale, *PERSON):
        text = re.sub(r"\{\w+\}", "", entry.text)
        assert privacy.banned_in(text, locale) is None, (context, key)
        assert AFTER_CONSENT in entry.tags or banned.found(banned.ABUSE[locale], text) == [], (context, key)
        assert banned.found(banned.RELATIVE[locale], text) == [], (context, key)
        assert not re.search(banned.PROVIDERS_OWN, text), (context, key)
        assert not EMOJI.search(text), (context, key)
        assert "!" not in text, (context, key)
        assert "http" not in text, (context, key)


@pytest.mark.parametrize("locale", OTHERS)
def test_the_numbers_and_letters_to_reply_with_are_those_of_the_english(locale: str) -> None:
    english = Catalogs.load().entries[DEFAULT]
    for context, key, entry in entries(locale, *PERSON):
        said = english[context][key].text
        assert [word for word in TO_THE_LETTER if _says(word, said) and not _says(word, entry.text)] == [], (context, key)
        for letter in "BCDEF":
            assert _says(letter, said) == _says(letter, entry.text), (context, key, letter)


@pytest.mark.parametrize("locale", OTHERS)
def test_discreet_strings_say_no_name_no_place_and_no_sender(locale: str) -> None:
    for _, key, entry in entries(locale, "sms.discreet", "telegram.discreet"):
        assert not entry.fields & {"first", "place", "org", "bring", "worker"}, key


@pytest.mark.parametrize("locale", OTHERS)
def test_mark_up_is_that_of_the_english(locale: str) -> None:
    english = Catalogs.load().entries[DEFAULT]
    for context, key, entry in entries(locale, *PERSON):
        assert _marks(entry.text) == _marks(english[context][key].text), (context, key)


@pytest.mark.parametrize("locale", OTHERS)
def test_the_tags_are_those_of_the_english_and_no_translation_is_signed_here(locale: str) -> None:
    english = Catalogs.load().entries[DEFAULT]
    for context, key, entry in entries(locale, *PERSON):
        kept = {tag for tag in entry.tags if tag not in PARTS}
        assert kept == {tag for tag in english[context][key].tags if tag not in PARTS}, (context, key)
        assert not any(tag.startswith(REVIEWED) for tag in entry.tags)


@pytest.mark.parametrize("locale", [locale for locale in OTHERS if formats.of(locale).right_to_left])
def test_a_text_from_right_to_left_begins_with_a_letter_of_its_own(locale: str) -> None:
    """A phone takes the direction of the whole from its first letter. What is only fields takes it from what fills them."""
    for context, key, entry in entries(locale, *PERSON):
        opens = re.sub(r"<[^>]+>", "", entry.text)
        first = next((letter for letter in re.sub(r"\{\w+\}", "", opens) if letter.isalpha()), None)
        if first is None:
            continue
        assert unicodedata.bidirectional(first) == "AL", (context, key)
        assert not opens.startswith("{") or key.startswith(FRAGMENTS), (context, key)


def test_a_phone_number_stays_in_one_piece_from_right_to_left() -> None:
    assert sms.whole("01698 403456", "ar") == "01698\u00a0403456"
    assert sms.whole("01698 403456", "pl") == "01698 403456"
    for context, key, entry in entries("ar", *PERSON):
        assert not re.search(r"\d \d", entry.text), (context, key)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_names_of_days_and_months_are_cldrs(locale: str) -> None:
    form, cldr = formats.of(locale), Locale.parse(locale)
    assert list(form.weekdays) == [cldr.days["format"]["wide"][day] for day in range(7)]
    assert list(form.months) == [cldr.months["format"]["wide"][month] for month in range(1, 13)]
    assert form.right_to_left == (cldr.text_direction == "rtl")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_plural_headers_put_every_number_where_cldr_does(locale: str) -> None:
    for path in (ROOT / locale / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale)
        if locale != DEFAULT:
            assert catalog.plural_forms == f"{PLURALS[locale]};", path
        which = gettext.c2py(catalog.plural_expr)  # type: ignore[attr-defined]
        categories, cldr = defaultdict(set), Locale.parse(locale).plural_form
        for n in range(301):
            categories[cldr(n)].add(which(n))
        order = [name for name in ("zero", "one", "two", "few", "many", "other") if name in categories]
        assert [categories[name] for name in order] == [{index} for index in range(catalog.num_plurals)], path


def _says(word: str, text: str) -> bool:
    return re.search(rf"(?<![\w{{]){word}(?!\w)", text) is not None


def _marks(text: str) -> list[str]:
    return sorted(re.findall(r"</?[a-z-]+>", text))


def test_dates_and_times_are_each_languages_own() -> None:
    day, half, noon = dt.date(2026, 6, 11), dt.time(9, 30), dt.time(12)
    assert (dates.day(day, "pl"), dates.time(half, "pl"), dates.time(noon, "pl")) == ("czwartek 11 czerwca", "9:30", "12:00")
    assert (dates.day(day, "gd"), dates.time(half, "gd")) == ("DiarDaoin 11 dhen Ògmhios", "9:30m")
    assert (dates.day(day, "ar"), dates.time(half, "ar")) == ("الخميس 11 يونيو", "9:30 صباحا")
    assert [dates.hours(74 * 60 + 20, locale) for locale in ("pl", "gd", "ar")] == [
        "74 godz. 20 min",
        "74u 20m",
        "74 س 20 د",
    ]
