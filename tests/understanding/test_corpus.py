"""The gate: no "can't" is read as "coming"; the rest is right, or asked; every crisis of the list is seen."""

import string
from collections import Counter

from handlers.understanding import crisis, understand
from tests.understanding.corpus import labelled, replies, taken_for

# Words of their own, one slip from a no: these cannot be told.
ANOTHER_WORD = {"np", "in", "now ay", "on", "can"}


def test_the_corpus_is_large_enough_and_every_reply_is_labelled_once() -> None:
    rows = replies()
    assert len(rows) >= 400
    assert Counter((row.text, row.asked, row.question) for row in rows).most_common(1)[0][1] == 1


def test_no_refusal_is_read_as_coming() -> None:
    assert [row.text for row in labelled() if row.expected == "cant" and taken_for(row) == "coming"] == []


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
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    total: Counter[str] = Counter()
    wrong = []
    for row in labelled():
        intent = row.expected.partition(":")[0]
        said = taken_for(row)
        total[intent] += 1
        right[intent] += said == row.expected
        asked[intent] += said != row.expected and said == "ask"
        if said not in (row.expected, "ask"):
            wrong.append((row.text, row.expected, said))
    for intent in sorted(total):
        assert (right[intent] + asked[intent]) / total[intent] >= 0.95, (intent, wrong)
    assert sum(right.values()) / total.total() >= 0.95, wrong


def test_every_crisis_of_the_list_is_seen_in_its_class() -> None:
    assert [(row.text, row.crisis, crisis(row.text)) for row in replies() if row.crisis not in ("-", crisis(row.text))] == []


def test_false_alarms_are_rare() -> None:
    calm = [row.text for row in replies() if row.crisis == "-"]
    alarms = [text for text in calm if crisis(text)]
    assert len(alarms) / len(calm) < 0.1
    spoken = [row.text for row in replies() if row.crisis == "-" and row.expected == "*"]
    assert len([text for text in spoken if crisis(text)]) / len(spoken) < 0.1


def _slips(text: str) -> set[str]:
    """A letter left out, said twice, or swapped with the next."""
    slips = set()
    for at, letter in enumerate(text):
        if letter in string.ascii_letters:
            slips.add(text[:at] + text[at + 1 :])
            slips.add(text[:at] + letter + text[at:])
            slips.add(text[:at] + text[at + 1 : at + 2] + letter + text[at + 2 :])
    return slips - {text}
