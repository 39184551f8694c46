"""What every sentence must be, in every mode, at its longest: short, plain, safe on a screen that others see."""

import re
from string import Formatter

import pytest

from locales import privacy, sms
from locales.catalog import CONTEXTS, NEEDS_REVIEW, Catalogs, Entry
from tests.locales.fills import LONGEST, USUAL, fill, grade, texts

PERSON = ("sms.standard", "sms.discreet", "telegram.standard", "telegram.discreet")
TEXTS = ("sms.standard", "sms.discreet", "staff.sms")
# Parts of sentences, and labels of buttons: no sentence of their own.
FRAGMENTS = ("late.band.", "call.when.", "when.", "button.", "keyboard.", "alert.kind.", "worker.", "place.",
             "roster.short.", "roster.answer.", "roster.late.", "roster.mark.", "roster.extras.", "roster.walk_in",
             "off.reason.", "ring.", "paper.",
             "calendar.", "sessions.one", "open.", "pack.offer", "group.offer", "pack.more", "pack.picture")  # fmt: skip
AFTER_CONSENT = "after_consent"

ABUSE = re.compile(r"\b(abuse|domestic|violence|helpline|women'?s aid|refuge)\b", re.IGNORECASE)
PROVIDERS_OWN = re.compile(r"\b(?:reply|text|send) (CANCEL|END|QUIT|YES|HELP|INFO|UNSUBSCRIBE|REVOKE|OPTOUT)\b")
EMOJI = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
BARE_DAY = re.compile(r"\b(today|tomorrow|tonight|yesterday)\b", re.IGNORECASE)
# Agreed to the letter, and a little over grade 4.
AGREED = {"wrong_person.who", "data.held"}
# What every message may name, and what its sender is made to bring beyond the plain text's own.
COUNCILS_OWN = {"org", "phone", "duty"}
BROUGHT = {
    "missed.ask": {"day"}, "sessions.list": {"agenda"}, "sessions.one": {"place"}, "pack.offer": {"worth", "days", "note"},
}  # fmt: skip
TAGS = {NEEDS_REVIEW, "two_part", "menu", AFTER_CONSENT}


def entries(*contexts: str) -> list[tuple[str, str, Entry]]:
    found = Catalogs.load().entries["en_GB"]
    return [(context, key, entry) for context in contexts for key, entry in found[context].items()]


@pytest.mark.parametrize("context", TEXTS)
def test_a_text_fits_its_part_at_its_longest(context: str) -> None:
    for key, text in texts(context).items():
        two = "two_part" in Catalogs.load().entries["en_GB"][context][key].tags
        cost = sms.parts(text)
        assert cost.encoding == "GSM-7", key
        assert cost.units <= (306 if two else 160), (key, cost.units)


def test_two_parts_are_claimed_only_where_they_are_needed() -> None:
    long = {key for context, key, entry in entries(*TEXTS) if sms.parts(fill(key, entry.text)).parts > 1}
    assert long == {key for context, key, entry in entries(*TEXTS) if "two_part" in entry.tags}


def test_no_text_to_anyone_holds_a_banned_word() -> None:
    found = [(context, key) for context, key, entry in entries(*CONTEXTS) if privacy.banned_in(_words(entry), "en_GB")]
    assert found == []


def test_abuse_is_named_only_once_the_person_has_said_that_it_is_safe() -> None:
    naming = {key for _, key, entry in entries(*CONTEXTS) if ABUSE.search(entry.text)}
    consented = {key for _, key, entry in entries(*PERSON) if AFTER_CONSENT in entry.tags}
    assert naming == consented == {"crisis.abuse_step_2"}


def test_no_text_asks_for_a_word_that_the_provider_keeps_for_itself() -> None:
    assert [key for _, key, entry in entries(*CONTEXTS) if PROVIDERS_OWN.search(entry.text)] == []


def test_a_day_is_always_a_date() -> None:
    assert [key for _, key, entry in entries(*CONTEXTS) if BARE_DAY.search(entry.text)] == []


def test_there_is_no_emoji_no_shouting_and_no_link() -> None:
    for _, key, entry in entries(*CONTEXTS):
        assert not EMOJI.search(entry.text), key
        assert "!" not in entry.text, key
        assert "http" not in entry.text, key


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_every_string_has_its_discreet_twin(channel: str) -> None:
    catalogs = Catalogs.load()
    assert catalogs.keys(f"{channel}.standard") == catalogs.keys(f"{channel}.discreet")


def test_discreet_strings_say_no_name_no_place_and_no_sender() -> None:
    for _, key, entry in entries("sms.discreet", "telegram.discreet"):
        assert not entry.fields & {"first", "place", "org", "bring", "worker", "pack", "hours"}, key


def test_a_twin_or_a_chat_asks_for_no_field_that_the_plain_text_lacks() -> None:
    plain = Catalogs.load().entries["en_GB"]["sms.standard"]
    for context, key, entry in entries("sms.discreet", "telegram.standard", "telegram.discreet"):
        if key in plain:
            assert entry.fields <= plain[key].fields | COUNCILS_OWN | BROUGHT.get(key, set()), (context, key)


def test_fields_are_plain_names_that_are_known() -> None:
    for _, key, entry in entries(*CONTEXTS):
        for _, name, form, conversion in Formatter().parse(entry.text):
            assert name is None or name in LONGEST, (key, name)
            assert not form, key
            assert not conversion, key


def test_every_sentence_is_easy_to_read() -> None:
    hard = {
        (context, key, round(grade(entry.text.format_map(USUAL)), 1))
        for context, key, entry in entries(*PERSON)
        if not key.startswith(FRAGMENTS) and "menu" not in entry.tags and key not in AGREED
        if grade(entry.text.format_map(USUAL)) > 4
    }
    assert hard == set()


def test_only_chats_hold_mark_up_and_only_the_kinds_that_telegram_takes() -> None:
    for context, key, entry in entries(*CONTEXTS):
        marks = set(re.findall(r"</?([a-z-]+)>", entry.text))
        assert marks <= ({"b", "tg-spoiler"} if "telegram" in context else set()), key
        assert "&" not in entry.text, key
        assert entry.text.count("<") == 2 * len(re.findall(r"</", entry.text)), key


def test_labels_and_fills_hold_no_mark_up_for_they_are_escaped_or_shown_as_they_are() -> None:
    for _, key, entry in entries(*CONTEXTS):
        if key.startswith(FRAGMENTS):
            assert "<" not in entry.text, key


def test_a_discreet_chat_shows_hours_behind_a_spoiler() -> None:
    for key in ("hours.left", "hours.left_of", "hours.left_past", "hours.left_of_past"):
        assert "<tg-spoiler>" in Catalogs.load().entries["en_GB"]["telegram.discreet"][key].text


def test_chats_speak_of_buttons_and_texts_of_replies() -> None:
    for context, key, entry in entries(*PERSON):
        if context.startswith("telegram."):
            assert not re.search(r"\b[Rr]eply (\d|[A-F]\b)", entry.text), key
        else:
            assert not re.search(r"\b[Tt]ap\b|\bbutton", entry.text), key


def test_tags_are_those_that_the_tools_know() -> None:
    assert {tag for _, _, entry in entries(*CONTEXTS) for tag in entry.tags} <= TAGS


def test_every_crisis_string_is_to_be_checked_by_a_person_in_every_language() -> None:
    crisis = [entry for _, key, entry in entries(*PERSON) if key.startswith("crisis.")]
    assert len(crisis) > 20
    assert all(NEEDS_REVIEW in entry.tags for entry in crisis)


def test_a_promise_of_contact_about_a_life_has_a_version_for_when_nobody_is_there() -> None:
    entries_of = Catalogs.load().entries["en_GB"]["sms.standard"]
    assert "crisis.life_risk_closed" in entries_of
    assert all("when" in entries_of[f"crisis.{name}"].fields for name in ("life_risk", "low_mood", "hardship"))


def _words(entry: Entry) -> str:
    """What is read of it: not the names of its fields."""
    return re.sub(r"\{\w+\}", "", entry.text)
