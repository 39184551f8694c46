"""A person chooses a language; what nobody has checked in it stays in English, with a line that offers an interpreter."""

import shutil
from pathlib import Path

import pytest

from db import schema
from handlers.reading import read
from locales.catalog import ROOT, Catalogs
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Someone, Town

LINE = {"pl": "Tlumacz? Odpisz 7.", "gd": "Eadar-theangaiche? Freagair 7.", "ar": "مترجم؟ الرد 7."}
CHOSEN = {
    "pl": "OK. Od teraz piszemy w jezyku: Polski. Aby zmienic, odpisz 8, potem L.",
    "gd": "OK. Sgrìobhaidh sinn ann an Gàidhlig bho seo a-mach. Airson atharrachadh, freagair 8 is L.",
    "ar": "حسنا. سنكتب لك من الآن: العربية. للتغيير: 8 ثم L.",
    "en_GB": "OK. We'll text you in English from now on. Reply 8 then L to change.",
}


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town()


def booked(town: Town, language: str = "en_GB", **given: object) -> Someone:
    craig = town.person("Craig Haddow", language=language, **given)
    craig.is_booked(town.session("12 September 9:30", bring="lunch"))
    return craig


def logged(town: Town, person: Someone) -> list[str]:
    return [row["action"] for row in town.rows(schema.access_log, person_id=person.id) if row["action"] != "booked"]


def test_the_question_lists_the_languages_that_are_here(town: Town) -> None:
    craig = booked(town)
    assert craig.texts("language") == ["Reply EN English GD Gaidhlig PL Polski AR Arabi or 7 for an interpreter"]


@pytest.mark.parametrize(("said", "locale"), [("PL", "pl"), ("gd", "gd"), ("ar please", "ar"), ("EN", "en_GB")])
def test_a_code_chooses_after_the_question(town: Town, said: str, locale: str) -> None:
    craig = booked(town, language="gd" if locale != "gd" else "en_GB")
    craig.texts("language" if locale == "gd" else "cànan")
    assert craig.texts(said) == [CHOSEN[locale]]
    assert craig.row.language == locale
    assert logged(town, craig) == [f"language.{locale}"]


@pytest.mark.parametrize(
    ("said", "locale"), [("polski", "pl"), ("Po polsku", "pl"), ("gàidhlig", "gd"), ("arabic", "ar"), ("عربي", "ar")]
)
def test_a_name_chooses_at_any_time_and_keeps_what_was_asked(town: Town, said: str, locale: str) -> None:
    craig = booked(town)
    craig.texts("maybe")  # they are asked whether they are coming
    assert craig.texts(said) == [CHOSEN[locale]]
    craig.texts("ok")
    assert craig.answer(1) == "coming"


def test_the_same_language_again_is_confirmed_and_not_logged(town: Town) -> None:
    craig = booked(town)
    assert craig.texts("english") == [CHOSEN["en_GB"]]
    assert logged(town, craig) == []


@pytest.mark.parametrize("door", ["sms", "telegram"])
def test_seven_after_the_question_is_a_call_with_an_interpreter(town: Town, door: Door) -> None:
    craig = booked(town, door=door)
    craig.says("language")
    [answer] = craig.says("7")
    assert answer.startswith("OK. We'll call with an interpreter. When is OK?")
    assert craig.row.interpreter
    craig.says("A")
    assert craig.tasks() == {"call_back": "interpreter\nmorning"}
    assert logged(town, craig) == ["interpreter.needed"]


@pytest.mark.parametrize("said", ["interpreter", "no english", "I don't speak English", "tłumacz", "مترجم"])
def test_an_interpreter_is_asked_for_in_words(town: Town, said: str) -> None:
    craig = booked(town)
    craig.texts(said)
    assert craig.row.interpreter
    assert craig.tasks() == {"call_back": "interpreter"}


def test_the_need_of_an_interpreter_hides_no_refusal(town: Town) -> None:
    craig = booked(town)
    [answer] = craig.texts("cant come, need interpreter")
    assert answer.startswith("Thanks for telling us. What's the main reason?")
    assert craig.row.interpreter
    assert craig.tasks()["call_back"] == "interpreter"
    craig.texts("A")
    assert craig.reports() == [("cant", "ill", None)]


def test_who_is_written_to_in_another_language_is_called_in_it(town: Town) -> None:
    craig = booked(town, language="pl")
    [answer] = craig.texts("7")
    assert answer.startswith("Zadzwonimy z tlumaczem. Kiedy mozna?")
    assert craig.texts("rano") == ["OK. Pracownik zadzwoni: rano. Jesli cos sie zmieni, odpisz 7."]
    assert craig.tasks() == {"call_back": "interpreter pl\nmorning"}


def test_a_polish_text_is_folded_and_keeps_its_dates(town: Town) -> None:
    craig = booked(town, language="pl")
    assert craig.texts("5") == [
        "Zajecia: piatek 12 wrzesnia, 9:30, Bike workshop. Wez: lunch. Odpisz 1: przyjde, 2: nie moge."
    ]
    assert craig.texts("przyjdę") == [
        "Dziekujemy. Zapisane: piatek 12 wrzesnia, 9:30, Bike workshop. Jesli cos sie zmieni, odpisz 2 lub dzwon: "
        "01632 960480."
    ]


def test_an_arabic_text_keeps_the_phone_number_in_one_piece_and_hears_arabic_digits(town: Town) -> None:
    craig = booked(town, language="ar")
    [answer] = craig.texts("١")
    assert (
        answer == "شكرا. سجلنا: الجمعة 12 سبتمبر، 9:30 صباحا، Bike workshop. إن تغير شيء: 2 أو الاتصال: 01632\u00a0960480."
    )


@pytest.mark.parametrize(
    ("language", "said"), [("pl", "nie mogę przyjść"), ("gd", "chan urrainn dhomh a' tighinn"), ("ar", "ana mish jay")]
)
def test_what_nobody_has_checked_is_said_in_english_whole_with_the_interpreters_line(
    town: Town, language: str, said: str
) -> None:
    craig = booked(town, language=language)
    asked = (
        "What's the main reason? A ill, B work, C caring, D appointment, E travel, F other. You don't have to give details."
    )
    assert craig.texts(said) == [f"Thanks for telling us. {asked}\n{LINE[language]}"]
    by = "To explain or show proof, reply 7 for a call by Friday 12 September."
    noted = f"Noted. A worker will decide if your reason is accepted and tell you why. {by}"
    assert craig.texts("A") == [f"{noted}\n{LINE[language]}"]  # no Polish date in an English sentence


@pytest.mark.parametrize(
    ("language", "said"),
    [("pl", "chcę umrzeć"), ("gd", "tha mi ag iarraidh bàsachadh"), ("ar", "بدي اموت"), ("en_GB", "bidi amoot")],
)
def test_danger_is_seen_in_any_language_and_answered_in_words_that_somebody_has_checked(
    town: Town, language: str, said: str
) -> None:
    town.staff("Ailsa Munro", "coordinator")
    craig = booked(town, language=language)
    [answer] = craig.texts(said)
    assert answer.startswith("Thank you for telling us.")
    assert answer.endswith(LINE.get(language, "."))
    assert [klass for klass, _ in town.alerts()] == ["life_risk"]


def test_a_signed_translation_goes_out_in_its_language(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(ROOT, tmp_path / "locales")
    for path in (tmp_path / "locales" / "pl" / "LC_MESSAGES").glob("*.po"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("#. review: human", "#. review: human\n#. reviewed: AK 2025-09-01"), encoding="utf-8")
    signed = Catalogs.read(tmp_path / "locales")
    monkeypatch.setattr(Catalogs, "load", lambda: signed)
    craig = booked(make_town(), language="pl")
    assert craig.texts("2")[0].startswith("Dziekujemy za wiadomosc. Jaki jest glowny powod?")
    assert craig.texts("A")[0].endswith("odpisz 7: zadzwonimy do: piatek 12 wrzesnia.")


def test_on_telegram_the_languages_are_buttons_with_their_own_names(town: Town) -> None:
    craig = booked(town, door="telegram")
    assert craig.writes("language") == ["Which language do you want? Tap one."]
    assert town.labels_under(craig, craig.latest) == [["English"], ["Gàidhlig"], ["Polski"], ["العربية"], ["Interpreter"]]
    set_, menu = craig.presses("Polski")
    assert set_ == "OK. Od teraz piszemy w języku: Polski. Aby zmienić, wyślij nazwę języka."
    assert menu.startswith("W czym pomóc?")
    assert craig.bubbles[craig.latest].keyboard[:2] == ("Przyjdę", "Nie mogę")
    craig.presses_data("q:1::pl")  # the same button again
    assert craig.toast == "stale.menu"


def test_the_interpreters_button_asks_when_to_call(town: Town) -> None:
    craig = booked(town, door="telegram", language="ar")
    craig.writes("لغة")
    [answer] = craig.presses("مترجم")
    assert answer == "سنتصل مع مترجم. متى يناسبك؟ للطوارئ: 999."
    assert craig.row.interpreter


def test_a_key_of_the_old_keyboard_still_means_what_it_says(town: Town) -> None:
    craig = booked(town, door="telegram")
    craig.writes("I can't come")
    craig.presses("Ill")
    craig.writes("polski")
    craig.writes("I'm coming")  # though they had said that they can't come: the key is plain
    assert craig.answer(1) == "coming"


@pytest.mark.parametrize(("speaks", "asked"), [("pl", True), ("ar-EG", True), ("en", False), ("ro", False), ("", False)])
def test_a_new_chat_is_offered_the_language_of_its_telegram_and_never_switched(town: Town, speaks: str, asked: bool) -> None:
    craig = booked(town, door="telegram")
    sender = {"id": craig.chat, **({"language_code": speaks} if speaks else {})}
    said = craig.writes(f"/start {craig.is_invited()}", **{"from": sender})
    assert (said[1:] == ["Which language do you want? Tap one."]) is asked
    assert craig.row.language == "en_GB"


def test_a_chat_that_may_hold_no_content_is_offered_nothing(make_town: MakeTown) -> None:
    town = make_town(telegram={"people": "content_free"})
    craig = booked(town, door="telegram")
    said = craig.writes(f"/start {craig.is_invited()}", **{"from": {"id": craig.chat, "language_code": "pl"}})
    assert len(said) == 1


def test_the_language_of_a_chat_is_read_with_the_message() -> None:
    message = (
        '{"message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "from": {"language_code": "pl"}, "text": "1"}}'
    )
    assert read("telegram", message).speaks == "pl"


def test_a_language_that_was_switched_off_is_answered_with_those_that_are_here(town: Town) -> None:
    craig = booked(town, door="telegram")
    craig.writes("language")
    said = craig.presses_data("q:1::cy", craig.latest)
    assert said[0] == "Which language do you want? Tap one."
    assert craig.row.language == "en_GB"


def test_discreet_words_stay_discreet_in_every_language(town: Town) -> None:
    for language in ("pl", "gd", "ar"):
        craig = booked(town, language=language, mode="discreet")
        for said in ("5", "0", "4", "1", "2", "A", "7", "nothing we know"):
            for text in craig.texts(said):
                assert not {"Bike workshop", "Linnbrae", "Craig"} & {*text.split(", "), *text.split()}, text
