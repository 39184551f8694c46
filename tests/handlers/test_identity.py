"""Who is this: a PIN where the phone is not only theirs, one-time codes, strangers, shared numbers."""

import pytest

from db import schema
from handlers import pin
from tests.handlers import wording
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Someone, Town
from tests.handlers.wording import read

ASK = "Reply with your PIN. Don't know it? Reply 7."
WRONG = "That PIN isn't right. Tries left: {tries}. Or reply 7."
CALL = "When is it OK to call? A morning, B afternoon, C evening, D don't call, text me. Emergency: 999."
LOCKED = f"That PIN isn't right. Reply 7 or call {wording.FILLED['phone']}."
HOURS = "30 of 100 done. 70 left."
LINKED = (
    "Thanks. This chat is set up. We'll message you here about your sessions. Tap a button below any time. "
    "Not for emergencies: call 999."
)
BAD_CODE = "That code doesn't work. Please ask a worker for a new one."
NOBODY = "Sorry, we don't know this account. If we should, please call 01632 960480. Emergency: 999."


# The PIN


@pytest.fixture
def euan(town: Town) -> Someone:
    """His mother reads his texts too."""
    euan = town.person("Euan Tor", phone_is_own=False)
    euan.is_booked(town.session("12 September 9:30"))
    set_pin(euan, "2468")
    return euan


def set_pin(person: Someone, digits: str) -> None:
    person.changes(pin_hash=pin.hash_of(person.row, digits), pin_failures=0, verified_until=None)


@pytest.mark.parametrize(("number", "answer"), [("4", HOURS), ("5", read(wording.D13))])
@pytest.mark.parametrize("given", ["2468", "2 4 6 8", "ma pin is 2468"])
def test_the_right_pin_shows_what_was_asked_for(euan: Someone, number: str, answer: str, given: str) -> None:
    assert euan.texts(number) == [ASK]
    assert euan.texts(given) == [answer]


def test_it_holds_for_ten_minutes(town: Town, euan: Someone) -> None:
    euan.texts("4")
    euan.texts("2468")
    town.wait(minutes=9)
    assert euan.texts("5") == [read(wording.D13)]
    town.wait(minutes=1)
    assert euan.texts("4") == [ASK]


@pytest.mark.parametrize(
    ("letter", "settled"),
    [
        ("A", "OK. We'll call: in the morning. If that changes, reply 7."),
        ("D", "OK. No call. We'll text. If that changes, reply 7."),
    ],
)
def test_without_a_pin_it_is_asked_once_when_a_call_suits(town: Town, letter: str, settled: str) -> None:
    craig = town.person("Craig Haddow", phone_is_own=False)
    asked = craig.texts("4")
    assert craig.texts("5") == asked, "nothing is settled yet"
    assert craig.texts(letter) == [settled]
    for said in ("4", "5", "6"):
        assert craig.texts(said) == [settled]
    assert craig.texts("7") == [CALL], "which is how they change it"


def test_three_wrong_ones_lock_it_until_staff_give_a_new_one(euan: Someone) -> None:
    euan.texts("4")
    assert euan.texts("1111") == [WRONG.format(tries=2)]
    assert euan.texts("2222") == [WRONG.format(tries=1)]
    assert euan.texts("3333") == [LOCKED]
    assert "pin" in euan.tasks()
    assert euan.texts("4") == [wording.NO_PIN]
    assert HOURS not in euan.texts("2468")
    set_pin(euan, "1357")
    euan.texts("4")
    assert euan.texts("2468") == [WRONG.format(tries=2)], "the old one is gone"
    assert euan.texts("1357") == [HOURS]


def test_wrong_ones_are_counted_across_questions_and_forgotten_after_a_right_one(town: Town, euan: Someone) -> None:
    euan.texts("4")
    euan.texts("1111")
    euan.texts("0")
    euan.texts("4")
    assert euan.texts("2222") == [WRONG.format(tries=1)]
    euan.texts("2468")
    town.wait(minutes=11)
    euan.texts("4")
    assert euan.texts("1111") == [WRONG.format(tries=2)]


def test_a_pin_that_nobody_asked_for_opens_nothing(euan: Someone) -> None:
    assert euan.texts("2468") == [read(wording.D23)]
    assert euan.texts("4") == [ASK]


def test_a_pin_after_a_day_opens_nothing(town: Town, euan: Someone) -> None:
    euan.texts("4")
    town.wait(hours=24)
    assert euan.texts("2468") == [read(wording.D23)]


def test_without_a_pin_only_a_call_helps(town: Town) -> None:
    euan = town.person("Euan Tor", phone_is_own=False)
    assert euan.texts("4") == [wording.NO_PIN]
    assert euan.texts("B") == ["OK. We'll call: in the afternoon. If that changes, reply 7."]
    assert euan.tasks() == {"pin": "afternoon"}


def test_another_persons_pin_is_wrong(town: Town, euan: Someone) -> None:
    other = town.person("Craig Haddow", phone_is_own=False)
    other.changes(pin_hash=euan.row.pin_hash)
    other.texts("4")
    assert other.texts("2468") == [WRONG.format(tries=2)]


def test_numbers_keep_their_meaning_while_the_pin_is_asked_for(euan: Someone) -> None:
    euan.texts("4")
    assert euan.texts("2") == [wording.D06]


@pytest.mark.parametrize("said", ["0", "1", "2", "3", "7", "wibble"])
def test_nothing_else_needs_it_and_nothing_names_the_place(euan: Someone, said: str) -> None:
    told = euan.texts(said)
    assert told
    assert told != [ASK]


def test_on_telegram_the_linked_chat_is_proof_enough(town: Town) -> None:
    euan = town.person("Euan Tor", door="telegram", phone_is_own=False)
    assert euan.writes("4")[0].startswith("Hours done: 30 of 100")


# Codes


@pytest.mark.parametrize("form", ["/start {}", "{}", " {} ", "/start  {} ", "/START {}", "/start@sessions_bot {}"])
@pytest.mark.parametrize("spelt", [str.upper, str.lower])
def test_a_code_links_the_chat(town: Town, form: str, spelt: object) -> None:
    craig = town.person("Craig Haddow")
    code = craig.is_invited()
    assert craig.writes(form.format(spelt(code))) == [LINKED]  # type: ignore[operator]
    assert craig.writes("4")[0].startswith("Hours done: 30 of 100")


def test_a_code_as_an_edited_message_links_too(town: Town) -> None:
    craig = town.person("Craig Haddow")
    assert craig.writes(f"/start {craig.is_invited()}", edited=True) == [LINKED]


def test_a_discreet_greeting_says_less(town: Town) -> None:
    lorna = town.person("Lorna Bax", mode="discreet")
    told = lorna.writes(lorna.is_invited())
    assert told == ["Thanks. This chat is set up. Tap a button below any time. In an emergency call 999."]


@pytest.mark.parametrize(("minutes", "works"), [(14.9, True), (15, False)])
def test_a_code_lasts_a_quarter_of_an_hour(town: Town, minutes: float, works: bool) -> None:
    craig = town.person("Craig Haddow")
    code = craig.is_invited()
    town.wait(minutes=minutes)
    assert craig.writes(code) == [LINKED if works else BAD_CODE]


def test_a_code_works_once(town: Town) -> None:
    craig = town.person("Craig Haddow")
    code = craig.is_invited()
    craig.writes(code)
    thief = town.stranger("telegram")
    assert thief.writes(code) == [BAD_CODE]
    assert craig.writes("4")[0].startswith("Hours done")


def test_a_new_code_ends_the_one_before(town: Town) -> None:
    craig = town.person("Craig Haddow")
    old, new = craig.is_invited(), craig.is_invited()
    assert craig.writes(old) == [BAD_CODE]
    assert craig.writes(new) == [LINKED]


def test_a_code_by_text_is_only_a_word(town: Town) -> None:
    craig = town.person("Craig Haddow")
    assert LINKED not in craig.texts(craig.is_invited())
    assert craig.row.chat is None


def test_wrong_codes_are_told_so_five_times_and_then_met_with_silence(town: Town) -> None:
    guesser = town.stranger("telegram")
    answers = [guesser.writes(f"/start ZZZZZ{n}") for n in range(2, 9)]
    assert answers == [[BAD_CODE]] * 5 + [[], []]
    town.wait(minutes=15)
    assert guesser.writes("ZZZZZZ") == [BAD_CODE]


def test_a_new_chat_takes_the_place_of_the_old_one(town: Town) -> None:
    craig = town.person("Craig Haddow", door="telegram")
    new_phone = town.stranger("telegram")
    assert new_phone.writes(craig.is_invited()) == [LINKED]
    assert craig.writes("4") == [NOBODY]
    assert new_phone.writes("4")[0].startswith("Hours done")


def test_a_chat_that_is_given_to_another_leaves_the_first(town: Town) -> None:
    craig = town.person("Craig Haddow", door="telegram")
    other = town.person("Stuart Ogle")
    town.worked(other.order, 600)
    assert craig.writes(other.is_invited()) == [LINKED]
    assert craig.writes("4")[0].startswith("Hours done: 40 of 100")
    assert craig.row.chat is None


def test_a_wrong_code_from_a_linked_chat_changes_nothing(town: Town) -> None:
    craig = town.person("Craig Haddow", door="telegram")
    craig.writes("/start ZZZZZZ")
    assert craig.writes("4")[0].startswith("Hours done")


def test_staff_link_by_code_too_and_learn_what_comes_there(town: Town) -> None:
    ailsa = town.staff("Ailsa Drum")
    told = ["Thanks. This chat is set up. Alerts and late notices come here."]
    assert ailsa.writes(f"/start {ailsa.is_invited()}") == told
    assert ailsa.writes(ailsa.is_invited()) == told, "and again, on the same phone"


# Telegram switched off, or without content


@pytest.mark.parametrize("settings", [{"people": "off", "staff": "off"}])
def test_with_telegram_off_no_code_links(make_town: MakeTown, settings: dict[str, str]) -> None:
    town = make_town(telegram=settings)
    craig = town.person("Craig Haddow")
    assert craig.writes(craig.is_invited()) == [BAD_CODE]
    assert craig.row.chat is None


def test_with_telegram_off_a_linked_person_is_answered_by_text(make_town: MakeTown) -> None:
    town = make_town(telegram={"people": "off"})
    shona = town.person("Shona Bell", door="telegram")
    shona.is_booked(town.session("12 September 9:30", bring="boots"))
    assert shona.writes("5") == [read(wording.S13, bring="boots")]
    assert shona.bubbles == {}


def test_without_content_what_was_asked_for_comes_as_a_text(make_town: MakeTown) -> None:
    town = make_town(telegram={"people": "content_free"})
    shona = town.person("Shona Bell", door="telegram")
    shona.is_booked(town.session("12 September 9:30", bring="boots"))
    assert shona.writes("5") == [read(wording.S13, bring="boots")]
    assert shona.bubbles == {}


def test_without_content_and_a_number_of_their_own_only_a_sign_that_there_is_a_message(make_town: MakeTown) -> None:
    town = make_town(telegram={"people": "content_free"})
    shona = town.person("Shona Bell", door="telegram", phone_is_own=False)
    session = town.session("12 September 9:30", pin=(55.7, -3.7))
    shona.is_booked(session)
    for said in ("0", "1", "2", "4", "5", "7", "wibble"):
        for text in shona.writes(said):
            assert text.startswith("There is a message for you.")
    assert not any(bubble.buttons or bubble.keyboard for bubble in shona.bubbles.values())
    assert shona.answer(session) == "cant"


def test_without_content_a_safety_text_is_whole_all_the_same(make_town: MakeTown) -> None:
    town = make_town(telegram={"people": "content_free"})
    shona = town.person("Shona Bell", door="telegram", case_manager_id=town.staff("Ailsa Drum").id)
    assert "116 123" in shona.writes("kms")[0]


# Strangers


@pytest.mark.parametrize("said", ["1", "4", "5", "wibble", "is Craig Haddow on this?", "0", "START", "2468"])
def test_a_stranger_learns_nothing_and_a_human_sees_what_they_wrote(town: Town, door: Door, said: str) -> None:
    town.person("Craig Haddow")
    stranger = town.stranger(door)
    assert stranger.says(said) == [wording.S30.format(phone="01632 960480") if door == "sms" else NOBODY]
    assert said in town.tasks()["unknown_number"]


def test_staff_see_which_number_it_was(town: Town) -> None:
    stranger = town.stranger()
    stranger.texts("hiya its Dod fae the squad")
    assert town.tasks() == {"unknown_number": f"{stranger.number}: hiya its Dod fae the squad"}


def test_a_second_message_within_ten_minutes_is_read_but_not_answered(town: Town, door: Door) -> None:
    stranger = town.stranger(door)
    stranger.says("hiya")
    town.wait(minutes=9)
    assert stranger.says("you there") == []
    assert "you there" in town.tasks()["unknown_number"]
    town.wait(minutes=2)
    assert len(stranger.says("hello")) == 1


@pytest.mark.parametrize("word", ["STOP", "stop ", "Unsubscribe", "CANCEL", "quit", "END", "STOPALL"])
def test_a_stranger_who_says_stop_hears_nothing_more(town: Town, word: str) -> None:
    assert town.stranger().texts(word) == []


@pytest.mark.parametrize("said", ["0", "1", "4", "5", "wibble", "2468"])
def test_a_shared_number_learns_nothing(town: Town, said: str) -> None:
    first = town.person("Craig Haddow")
    second = town.person("Stuart Ogle", number=first.number)
    for person in (first, second):
        person.is_booked(town.session("12 September 9:30"))
    assert first.texts(said) == [wording.S30.format(phone="01632 960480")]
    assert said in town.tasks()["shared_number"]
    assert [row["answer"] for row in town.rows(schema.bookings)] == [None, None]


def test_a_number_shared_with_staff_learns_nothing_either(town: Town) -> None:
    kev = town.staff("Kev Mason")
    town.person("Craig Haddow", number=kev.number)
    assert kev.texts("4") == [wording.S30.format(phone="01632 960480")]


def test_a_shared_number_gets_nothing_proactive(town: Town) -> None:
    first = town.person("Craig Haddow")
    town.person("Stuart Ogle", number=first.number)
    session = town.session("12 September 9:30")
    first.is_booked(session)
    town.at("11 September 17:00")
    town.reminds()
    town.calls_off(session)
    assert first.reads() == []


def test_a_person_whose_number_is_shared_is_known_in_their_own_chat(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    town.person("Stuart Ogle", number=shona.number)
    assert shona.writes("4")[0].startswith("Hours done")


# The wrong person


@pytest.mark.parametrize("said", ["who is this", "wrong number", "whos this", "this is his mum"])
def test_who_is_this_reveals_nothing(town: Town, said: str) -> None:
    assert town.person("Craig Haddow").texts(said) == [wording.S38]


@pytest.mark.parametrize("said", ["who is this", "new number"])
def test_staff_hear_of_it_since_it_may_be_the_person_on_a_new_phone(town: Town, said: str) -> None:
    craig = town.person("Craig Haddow")
    craig.texts(said)
    assert craig.tasks() == {"verify": said}


def test_wrong_is_believed_and_then_there_is_silence(town: Town) -> None:
    craig = town.person("Craig Haddow")
    session = town.session("12 September 9:30")
    craig.is_booked(session)
    craig.texts("who is this")
    assert craig.texts("WRONG") == [wording.S29]
    assert "wrong_number" in craig.tasks()
    for said in ("1", "4", "hello?", "START", "WRONG", "0"):
        assert craig.texts(said) == []
    town.at("11 September 17:00")
    town.reminds()
    town.calls_off(session)
    assert craig.reads() == []
    assert craig.answer(session) is None
    assert "hello?" in craig.tasks()["wrong_number"]


def test_wrong_without_the_question_is_believed_too(town: Town) -> None:
    assert town.person("Craig Haddow").texts("WRONG") == [wording.S29]


def test_the_chat_of_one_whose_number_was_wrong_still_works(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    shona.texts("WRONG")
    assert shona.writes("4")[0].startswith("Hours done")


def test_wrong_in_a_chat_is_answered_there(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    assert shona.writes("WRONG") == ["Sorry for the mistake. We won't message you here again."]
    assert "wrong_number" in shona.tasks()


def test_wrong_in_a_chat_ends_its_link(town: Town) -> None:
    shona = town.person("Shona Bell", door="telegram")
    shona.writes("WRONG")
    assert shona.row.chat is None
