import pytest

from notifications import errors
from notifications.channel import Verdict

BY_VERDICT = {
    Verdict.BUSY: [20429],
    Verdict.RETRY: [21611],
    Verdict.RECIPIENT: [21211, 21217, 21401, 21421, 21604, 21614, 30005, 30006, 30014],
    Verdict.ABSENT: [30001, 30003, 30008, 30017, 30410],
    Verdict.OPTED_OUT: [21610],
    Verdict.CONTENT: [30004, 30007, 30019, 21617, 21619, 21602],
    Verdict.EXPIRED: [30036],
    Verdict.ACCOUNT: [20003, 20005],
    Verdict.CONFIG: [
        *(20008, 21408, 21212, 21601, 21606, 21608, 21612),
        *(21701, 21702, 21703, 21704, 21705, 21709),
        *(30002, 30018, 30024, 30032, 30041),
    ],
}
CODES = [(code, verdict) for verdict, codes in BY_VERDICT.items() for code in codes]


def test_every_code_of_the_table_is_expected() -> None:
    assert dict(CODES) == errors.TWILIO


@pytest.mark.parametrize(("code", "verdict"), CODES)
def test_a_code_means_the_same_in_an_answer_and_in_a_receipt(code: int, verdict: Verdict) -> None:
    assert errors.of_twilio(code, 400) is verdict
    assert errors.of_receipt("failed", str(code)) == ("failed", verdict)
    assert errors.of_receipt("undelivered", str(code)) == ("undelivered", verdict)


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        (None, 429, Verdict.BUSY),
        (20003, 401, Verdict.ACCOUNT),
        (None, 401, Verdict.ACCOUNT),
        (20404, 404, Verdict.ACCOUNT),
        (None, 400, Verdict.CONFIG),
        (None, 403, Verdict.CONFIG),
        (21999, 400, Verdict.CONFIG),
        (None, 408, Verdict.UNKNOWN),
        (20500, 500, Verdict.UNKNOWN),
        (20503, 503, Verdict.UNKNOWN),
        (21211, 500, Verdict.UNKNOWN),
        (None, 502, Verdict.UNKNOWN),
        (None, 307, Verdict.UNKNOWN),
        (None, 0, Verdict.UNKNOWN),
    ],
)
def test_the_status_decides_where_the_code_is_silent_or_the_message_may_exist(
    code: int | None, status: int, verdict: Verdict
) -> None:
    assert errors.of_twilio(code, status) is verdict


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", "accepted"),
        ("queued", "accepted"),
        ("scheduled", "accepted"),
        ("sending", "accepted"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("canceled", "cancelled"),
        ("something new", "accepted"),
    ],
)
def test_a_receipt_that_is_no_failure_has_no_verdict_whatever_code_it_carries(status: str, state: str) -> None:
    assert errors.of_receipt(status, "") == (state, None)
    assert errors.of_receipt(status, "30003") == (state, None)


@pytest.mark.parametrize("code", ["", "39999", "no number", "²"])
def test_a_failed_receipt_with_an_unlisted_code_is_the_phones_trouble(code: str) -> None:
    assert errors.of_receipt("undelivered", code) == ("undelivered", Verdict.ABSENT)


def test_what_is_kept_of_telegrams_sentence_never_quotes_the_message() -> None:
    description = 'Bad Request: can\'t parse entities: Unsupported start tag "hello Davie" at byte offset 12'
    assert errors.telegram_reason(description) == "can't parse entities"
    assert errors.telegram_reason("Bad Request: hello Davie") == ""
