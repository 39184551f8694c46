import logging
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from notifications.channel import Button, Outgoing, ProviderRefused, ProviderUnreachable, Verdict, is_loopback
from notifications.http import form
from notifications.telegram import TelegramBot
from notifications.twilio_sms import TwilioSms

from .conftest import Standin, run

SECRETS = ["447700900123", "AAsecretAA", "tokenOfTheAccount", "Thursday 12 June", "7391"]


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8081", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:8081/", True),
        ("http://localhost:8081", True),
        ("https://api.twilio.com", False),
        ("https://localhost.example.test", False),
        ("https://10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


TEXTS = [
    "",
    "a b+c",
    "x=1&y=2;z",
    "50% off: %20",
    "#1? /path",
    "Càit 👍 \u0639\u0631\u0628\u064a",
    "two\nlines\r\n",
    "\"'<>[]{}|\\^`~",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_form_says_what_it_was_given(text: str) -> None:
    body = form({"Body": text, "ValidityPeriod": 60, text or "none": "1"})
    assert body.isascii()
    assert parse_qsl(body.decode(), keep_blank_values=True) == [
        ("Body", text),
        ("ValidityPeriod", "60"),
        (text or "none", "1"),
    ]


def test_whoever_only_misses_an_answer_need_not_know_refusals() -> None:
    assert issubclass(ProviderRefused, ProviderUnreachable)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    yield caplog
    root.setLevel(before)


def _stand_ins(record: logging.LogRecord) -> bool:
    return record.name.startswith("uvicorn")


@pytest.mark.parametrize("body", [b"", b"<html>7391 Thursday 12 June</html>"])
@pytest.mark.parametrize("status", [200, 400, 502])
def test_no_number_text_or_token_reaches_a_log(
    standin: Standin, everything_logged: pytest.LogCaptureFixture, status: int, body: bytes
) -> None:
    standin.answer_always(status, body)

    async def talk() -> None:
        bot = TelegramBot("1:AAsecretAA", standin.url)
        sms = TwilioSms("AC" + "0" * 32, "tokenOfTheAccount", "+447700900000", standin.url)
        buttons = ((Button("Thursday 12 June", "yes"),),)
        await bot.deliver(Outgoing("t", "send", "7391", "Thursday 12 June", 60, buttons=buttons))
        await sms.deliver(Outgoing("t", "send", "+447700900123", "Thursday 12 June", 60))
        with pytest.raises(ProviderUnreachable) as telegram:
            await bot.updates(None, 0)
        with pytest.raises(ProviderUnreachable) as twilio:
            await sms.status("SM447700900123")
        said.extend([str(telegram.value), str(twilio.value)])
        await bot.close()
        await sms.close()

    said: list[str] = []
    run(talk())
    ours = [record.getMessage() + str(record.exc_text) for record in everything_logged.records if not _stand_ins(record)]
    text = "".join(ours + said)
    assert len(standin.requests) == 4
    assert [secret for secret in SECRETS if secret in text] == []


def test_verdicts_are_words_that_can_be_stored() -> None:
    assert {verdict.value for verdict in Verdict} == {verdict.name.lower() for verdict in Verdict}
