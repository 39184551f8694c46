"""How it went, said in Arabic: the letter that the words stand for, an answer in own words, and what is neither."""

import pytest

from db import questionnaires
from handlers import own_words
from handlers.own_words import Said
from handlers.understanding import about_pack, says_only_done

EXIT = questionnaires.every()["exit-1"]
GOING = questionnaires.every()["asked-1"].asks("going")


def read(text: str, question: str, *, ahead: bool = True) -> Said:
    asks = GOING if question == "going" else EXIT.asks(question)
    return own_words.read(text, asks, letters=asks.letters + "SD", ahead=ahead, locale="ar")


@pytest.mark.parametrize(
    ("question", "text", "letter"),
    [
        ("going", "جيد", "A"), ("going", "الحمد لله", "A"), ("going", "mni7", "A"), ("going", "عادي", "B"),
        ("going", "لا بأس", "B"), ("going", "ماشي الحال", "B"),
        ("going", "سيئ", "C"), ("going", "سيّئة", "C"), ("going", "مش منيح", "C"),
        ("going", "ليس جيدا", "C"), ("going", "لا تسألوني مرة أخرى", "D"), ("going", "تخطي", "S"),
        ("value", "كبيرة جدا", "A"), ("value", "كبيرة", "B"), ("value", "متوسطة", "C"), ("value", "قليلة", "D"),
        ("value", "ليس كثيرا", "D"), ("value", "بلا قيمة", "E"), ("value", "غير مفيدة", "E"), ("value", "SKIP", "S"),
        ("quote", "نعم", "A"), ("quote", "لا مانع", "A"), ("quote", "لا", "B"), ("quote", "لا شكرا", "B"),
        ("quote", "ما بدي", "B"), ("helped", "السؤال التالي", "S"), ("helped", "لا شكرا", "X"), ("helped", "غير مهتم", "X"),
    ],
)  # fmt: skip
def test_words_stand_for_their_letter(question: str, text: str, letter: str) -> None:
    assert read(text, question) == Said("letter", letter)


@pytest.mark.parametrize("text", ["المشرف كان لطيف معنا", "تعلمت النجارة", "الهواء الطلق"])
def test_what_is_said_of_the_sessions_is_an_answer(text: str) -> None:
    assert read(text, "helped").kind == "words"


@pytest.mark.parametrize("question", ["helped", "going", "value", "quote"])
@pytest.mark.parametrize("text", ["7", "٧", "لا أستطيع الحضور", "مش جاي", "سأحضر", "سأتأخر", "ساعاتي", "اتصلوا بي", "STOP"])
def test_numbers_and_plain_wishes_keep_their_meaning(text: str, question: str) -> None:
    assert read(text, question).kind == "usual"


def test_a_question_among_the_answers_goes_to_a_person() -> None:
    assert read("لماذا تبدأ الساعة 9؟", "helped").kind == "person"


def test_finished_work_is_told_from_unfinished() -> None:
    for text in ("خلصت", "انتهيت", "khalast"):
        assert about_pack(text, locale="ar") == {"finished"}
        assert says_only_done(text, locale="ar")
    for text in ("ما خلصت", "لم ينته", "لست منتهي"):
        assert about_pack(text, locale="ar") == frozenset()
    assert about_pack("بدي دورة", locale="ar") == {"place"}
