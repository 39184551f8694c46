from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import words
from locales.normal import normalise
from locales.phrases import Match, Phrases, Place
from locales.spelling import Spelling, Words
from locales.typos import Typos

ENGLISH = words.for_person("en_GB")[0]
AS_WRITTEN = Spelling({}, skip=frozenset())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Aye, nae BOTHER!! ", "aye nae bother"),
        ("yesssss", "yes"),
        ("noooo", "no"),
        ("cooool", "cool"),
        ("I’ll be there", "i will be there"),
        ("I'd come", "i would come"),
        ("can't", "cant"),
        ("can`t", "cant"),
        ("١٢٣", "123"),
        ("۱", "1"),
        ("１", "1"),
        ("1️⃣", "1"),
        ("111 999", "111 999"),
        ("c\u200ban\u200ft", "cant"),
        ("\u202b1\u202c", "1"),
        ("ＹＥＳ", "yes"),
        ("Łódź", "lodz"),
        ("👍🏽", "thumbsup"),
        ("aye 😂", "aye"),
        ("😂", ""),
        ("", ""),
        ("9:30am", "9 30am"),
    ],
)
def test_messages_become_plain_words(text: str, plain: str) -> None:
    assert normalise(text) == plain


@given(st.text())
def test_plain_words_stay_as_they_are(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "  " not in once


def listed(*, sets: Mapping[str, str] | None = None, spelling: Spelling = AS_WRITTEN, **lists: list[str]) -> Phrases:
    return Phrases(lists, sets or {}, spelling)


def rows(place: Place, before: Words = ()) -> Iterator[tuple[Words, tuple[str, ...]]]:
    """Every row of words that a list stands for, with what it means."""
    if place.labels:
        yield before, place.labels
    for word in place.next:
        after = place.after(word)
        assert after is not None
        yield from rows(after, (*before, word))


def test_patterns_stand_for_all_their_rows() -> None:
    phrases = listed(x=["<who> (hits|is hitting) [just] me"], sets={"who": "he|she"})
    assert {" ".join(row) for row, _ in rows(phrases.start)} == {
        "he hits me", "he hits just me", "he is hitting me", "he is hitting just me",
        "she hits me", "she hits just me", "she is hitting me", "she is hitting just me",
    }  # fmt: skip
    assert phrases.vocabulary == {"he", "she", "hits", "is", "hitting", "just", "me"}


def test_patterns_are_spelt_as_messages_are() -> None:
    spelling = Spelling({"wont": "will no", "will": "i will, wull", "see you": "c u"}, skip=frozenset({"the"}))
    said = ["(i will|wull) [just] (no|not) [the] (come|c) u"]
    written = ["i will no come u", "i will just not come u", "wull no the c u", "wull just no c u", "wull not the c u"]
    phrases = listed(x=said, spelling=spelling)
    assert {spelling.of(row.split()) for row in written} < {row for row, _ in rows(phrases.start)}
    assert {" ".join(row) for row, _ in rows(phrases.start)} == {
        f"{start} {end}" for start in ("wont", "will not", "will just no", "will just not") for end in ("come u", "see you")
    }  # fmt: skip
    assert "i" not in phrases.vocabulary


@pytest.mark.parametrize("pattern", ["(a", "a)", "[a", "(a|b]", "", "[a]", "(a|[b])"])
def test_a_pattern_with_a_bracket_astray_or_nothing_in_it_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"unbalanced|nothing"):
        listed(x=[pattern])


def test_the_longest_phrase_wins_and_what_is_left_is_told() -> None:
    phrases = listed(no=["no"], yes=["no problem"], late=["# minutes"])
    found, rest = phrases.cover(["no", "problem", "pal", "10", "minutes", "no"])
    assert found == [Match(0, 2, "yes"), Match(3, 5, "late"), Match(5, 6, "no")]
    assert rest == [2]


def test_a_phrase_is_the_whole_of_a_message_or_is_not() -> None:
    phrases = listed(yes=["no problem"])
    said = (["no", "problem"], ["no"], ["no", "problem", "pal"], [])
    assert [phrases.whole(words) for words in said] == ["yes", None, None, None]


def test_a_gap_takes_up_to_three_words() -> None:
    phrases = listed(x=["kill * myself"])
    assert phrases.all(["kill", "my", "very", "own", "myself"])
    assert not phrases.all(["kill", "a", "b", "c", "d", "myself"])


@pytest.mark.parametrize("lexicon", words.every(), ids=lambda each: each.locale)
def test_no_phrase_means_two_things(lexicon: words.Lexicon) -> None:
    lists = (lexicon.exact, lexicon.phrases, lexicon.crisis, *lexicon.questions.values())
    assert [row for each in lists for row in rows(each.start) if len(row[1]) > 1] == []


def test_one_slip_in_a_long_word_is_mended_and_nothing_is_guessed_that_must_be_said() -> None:
    typos = Typos(targets={"hospital", "cannot", "light"}, known={"hospital", "night"}, never={"cannot"}, endings={})
    assert [typos.mend(word) for word in ("hosptal", "hopsital", "hospitall", "hospitals")] == ["hospital"] * 4
    assert typos.mend("cannto") == "cannto"
    assert typos.mend("fight") == "fight"  # another first letter
    assert typos.mend("hsptl") == "hsptl"  # three slips


def test_an_ending_cut_short_is_ours_where_the_word_is_then_known() -> None:
    typos = Typos(targets=set(), known={"chasing", "chain", "dying", "nothing"}, never={"nothing"}, endings={"in": "ing"})
    assert [typos.mend(word) for word in ("chasin", "dyin", "rain", "nothin")] == ["chasing", "dying", "rain", "nothin"]


def test_a_word_that_could_be_two_is_left() -> None:
    assert Typos(targets={"missed", "misses"}, known=set(), never=set(), endings={}).mend("missex") == "missex"


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("cannae make it ma wean's no well", "cant make it my wean no well"),
        ("I'll no be there", "wont be there"),
        ("ill no be there", "wont be there"),
        ("am gonny kill ma sel", "am gonna kill myself"),
        ("10mins", "10 minutes"),
        ("c u the morra", "see you tomorrow"),
    ],
)
def test_scots_and_text_speak_get_one_spelling(text: str, spelt: str) -> None:
    assert " ".join(ENGLISH.words(text)) == spelt


def test_a_persons_own_words_come_first_then_english_then_the_others() -> None:
    assert [each.locale for each in words.for_person("pl")] == ["pl", "en_GB", "ar", "gd"]
    assert [each.locale for each in words.for_person("cy")] == ["en_GB", "ar", "gd", "pl"]
    assert {each.locale for each in words.every()} == set(words.locales())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Nie mogę przyjść!", "nie moge przyjsc"),
        ("لا أستطيع", "لا استطيع"),
        ("إلى المكتبة", "الي المكتبه"),
        ("سَأَحْضُرُ", "ساحضر"),
        ("ســأحضر", "ساحضر"),
        ("کم ساعة باقی", "كم ساعه باقي"),
        ("Chan urrainn dhòmh a' tighinn", "chan urrainn dhomh a tighinn"),
    ],
)
def test_other_languages_become_plain_words_too(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_no_word_that_says_no_can_be_reached_by_a_guess_or_passed_over() -> None:
    assert not ENGLISH.negations & ENGLISH.filler
    assert not ENGLISH.negations & ENGLISH.spelling.skip
    assert not ENGLISH.negations & ENGLISH.polite
