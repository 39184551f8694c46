import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import sms
from locales.formats import Policy
from locales.sms import Parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Parts("GSM-7", 0, 0)),
        ("a", Parts("GSM-7", 1, 1)),
        ("a" * 160, Parts("GSM-7", 160, 1)),
        ("a" * 161, Parts("GSM-7", 161, 2)),
        ("a" * 306, Parts("GSM-7", 306, 2)),
        ("a" * 307, Parts("GSM-7", 307, 3)),
        ("€" * 80, Parts("GSM-7", 160, 1)),
        ("€" * 81, Parts("GSM-7", 162, 2)),
        ("ł" * 70, Parts("UCS-2", 70, 1)),
        ("ł" * 71, Parts("UCS-2", 71, 2)),
        ("ł" * 134, Parts("UCS-2", 134, 2)),
        ("ł" * 135, Parts("UCS-2", 135, 3)),
        ("👍" * 35, Parts("UCS-2", 70, 1)),
        ("👍" * 36, Parts("UCS-2", 72, 2)),
    ],
)
def test_parts_are_counted_as_the_network_bills_them(text: str, expected: Parts) -> None:
    assert sms.parts(text) == expected


def test_a_double_character_at_the_edge_of_a_part_goes_whole_into_the_next() -> None:
    assert sms.parts("a" * 152 + "€" + "a" * 152) == Parts("GSM-7", 306, 3)
    assert sms.parts("ł" * 66 + "👍" + "ł" * 66) == Parts("UCS-2", 134, 3)


@pytest.mark.parametrize("sign", list("£$¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§¿äöñüà@_\n"))
def test_signs_of_the_basic_alphabet_cost_one(sign: str) -> None:
    assert sms.parts(sign) == Parts("GSM-7", 1, 1)


@pytest.mark.parametrize("sign", list("^{}\\[~]|€"))
def test_signs_of_the_extension_cost_two(sign: str) -> None:
    assert sms.parts(sign) == Parts("GSM-7", 2, 1)


@pytest.mark.parametrize(
    ("text", "policy", "folded"),
    [
        ("It’s “on” – 9:30\u202fam…", "never", 'It\'s "on" - 9:30 am...'),
        ("Zoë\u00a0is in", "ascii", "Zoe is in"),
        ("Łódź", "ascii", "Lodz"),
        ("Łódź", "never", "Łódź"),
        ("czwartek, piątek", "ascii", "czwartek, piatek"),
        ("12 dhen Ògmhios, à", "caps_only", "12 dhen Ogmhios, à"),
        ("fàilte", "caps_only", "fàilte"),
        ("dá", "caps_only", "dá"),
        ("è ù à é", "ascii", "è ù à é"),
        ("الجلسة “9”", "ascii", "الجلسة “9”"),
        ("Đặng", "ascii", "Dang"),
        ("soft\u00adhyphen", "never", "softhyphen"),
    ],
)
def test_folding_saves_a_part_or_leaves_the_text_alone(text: str, policy: Policy, folded: str) -> None:
    assert sms.fold(text, policy) == folded


def test_a_name_with_an_accent_does_not_double_the_price_of_an_english_text() -> None:
    assert sms.parts(sms.for_locale("Siân, your session is off", "en_GB")).encoding == "GSM-7"


@given(st.text(), st.sampled_from(["never", "ascii", "caps_only"]))
def test_folding_never_loses_a_letter(text: str, policy: Policy) -> None:
    folded = sms.fold(text, policy)
    assert folded == text or sms.is_gsm(folded)
    assert sum(map(str.isalnum, folded)) >= sum(character.isalnum() for character in text if character.isascii())
    assert sms.parts(folded).parts <= sms.parts(text).parts


@given(st.text())
def test_parts_are_never_fewer_than_their_units_need(text: str) -> None:
    cost = sms.parts(text)
    single, several = (160, 153) if cost.encoding == "GSM-7" else (70, 67)
    assert (cost.parts == 0) == (text == "")
    assert cost.units <= (single if cost.parts <= 1 else several * cost.parts)
