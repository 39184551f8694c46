"""The gate: no "can't" is read as "coming"; the rest is right, or asked; every crisis of the list is seen."""

import string
from collections import Counter

from handlers.understanding import crisis, understand
from tests.understanding import report
from tests.understanding.corpus import labelled, replies, taken_for

# Words of their own, one slip from a no: these cannot be told.
ANOTHER_WORD = {"np", "in", "now ay", "on", "can"}


def test_the_corpus_is_large_enough_and_every_reply_is_labelled_once() -> None:
    rows = replies()
    assert len(rows) >= 400
    assert Counter((row.text, row.asked, row.question) for row in rows).most_common(1)[0][1] == 1


def test_no_refusal_is_read_as_coming() -> None:
    assert report.refusals_taken_for_coming() == []


def test_no_doubt_is_read_as_coming() -> None:
    assert [row.text for row in labelled() if row.expected == "ask" and taken_for(row) == "coming"] == []


def test_no_slip_of_a_finger_turns_a_refusal_into_coming() -> None:
    turned = {
        (row.text, slip)
        for row in labelled()
        if row.expected == "cant" and len(row.text) > 3
        for slip in _slips(row.text)
        if slip.casefold() not in ANOTHER_WORD
        if understand(slip, asked=True, locale="en_GB").intent == "coming"
    }
    assert turned == set()


def test_the_rest_is_right_or_asked() -> None:
    counted = report.by_intent()
    for intent, of in counted.items():
        assert (of["right"] + of["asked"]) / of.total() >= 0.95, (intent, _wrong(intent))
    every = sum(counted.values(), Counter[str]())
    assert every["right"] / every.total() >= 0.95


def _wrong(intent: str) -> list[tuple[str, str]]:
    rows = (row for row in labelled() if row.expected.partition(":")[0] == intent)
    return [(row.text, taken_for(row)) for row in rows if report.verdict(row) == "wrong"]


def test_every_crisis_of_the_list_is_seen_in_its_class() -> None:
    assert [(row.text, row.crisis, crisis(row.text)) for row in replies() if row.crisis not in ("-", crisis(row.text))] == []


def test_false_alarms_are_rare() -> None:
    calm = [row.text for row in replies() if row.crisis == "-"]
    alarms = [text for text in calm if crisis(text)]
    assert len(alarms) / len(calm) < 0.1
    raised, spoken = report.false_alarms()
    assert len(raised) / spoken < 0.1


def test_the_report_says_how_well_each_intent_is_understood() -> None:
    said = "\n".join(report.lines())
    assert "cant" in said
    assert '"can\'t" read as "coming": 0' in said


def _slips(text: str) -> set[str]:
    """A letter left out, said twice, or swapped with the next."""
    slips = set()
    for at, letter in enumerate(text):
        if letter in string.ascii_letters:
            slips.add(text[:at] + text[at + 1 :])
            slips.add(text[:at] + letter + text[at:])
            slips.add(text[:at] + text[at + 1 : at + 2] + letter + text[at + 2 :])
    return slips - {text}
