import asyncio
import base64
import hashlib
import hmac
import io
import json
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.datastructures import FormData, UploadFile

from notifications import http
from notifications.channel import Outcome, Outgoing, ProviderRefused, ProviderUnreachable, Sent, Verdict
from notifications.twilio_sms import Signatures, TwilioSms

from .conftest import BREAKS, DELAY, Standin, drip, run
from .test_errors import CODES

ACCOUNT = "AC" + "a" * 32
SERVICE = "MG" + "b" * 32
OURS, PERSON = "+447700900000", "+447700900123"
NOW = datetime(2026, 6, 11, 9, 0, 0, tzinfo=UTC)
TEXT = "See you Thursday 12 June, 9:30am. Reply 1 if you are coming."


def outgoing(**changes: Any) -> Outgoing:
    facts: dict[str, Any] = {"token": "tok3n", "action": "send", "address": PERSON, "body": TEXT, "lifetime": 3600}
    return Outgoing(**(facts | changes))


@asynccontextmanager
async def channel(url: str, sender: str = OURS, **options: Any) -> AsyncIterator[TwilioSms]:
    sms = TwilioSms(ACCOUNT, "secret", sender, url, **options)
    try:
        yield sms
    finally:
        await sms.close()


def deliver(url: str, message: Outgoing | None = None, **options: Any) -> Outcome:
    async def once() -> Outcome:
        async with channel(url, **options) as sms:
            return await sms.deliver(message or outgoing())

    return run(once())


def ask(url: str, question: Any, **options: Any) -> Any:
    async def once() -> Any:
        async with channel(url, **options) as sms:
            answer: Coroutine[Any, Any, Any] = question(sms)
            return await answer

    return run(once())


def problem(status: int, code: int) -> dict[str, Any]:
    return {"code": code, "message": "No", "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}


def message(sid: str, at: datetime | None = NOW, **changes: Any) -> dict[str, Any]:
    date = format_datetime(at) if at else None
    facts = {"sid": sid, "body": TEXT, "status": "sent", "direction": "outbound-api", "error_code": None}
    return facts | {"from": OURS, "to": PERSON, "num_media": "0", "date_created": date, "date_sent": date} | changes


def texted(sid: str, at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    return message(sid, at, direction="inbound", status="received", body="1", to=OURS) | {"from": PERSON} | changes


def page(messages: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    return {"messages": messages, "next_page_uri": following, "page": 0, "page_size": 100}


def test_a_text_is_sent_with_its_lifetime_and_a_callback_that_names_the_delivery(standin: Standin) -> None:
    outcome = deliver(standin.url, status_callback=lambda token: f"https://turnup.example.test/twilio/status/{token}")
    request = standin.requests[0]
    assert outcome.verdict is Verdict.ACCEPTED
    assert outcome.reference is not None
    assert outcome.reference.startswith("SM")
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert base64.b64decode(request.headers["authorization"].split()[1]) == f"{ACCOUNT}:secret".encode()
    assert request.form == {
        "To": PERSON,
        "From": OURS,
        "Body": TEXT,
        "ValidityPeriod": "3600",
        "StatusCallback": "https://turnup.example.test/twilio/status/tok3n",
    }


def test_a_messaging_service_takes_the_place_of_a_number(standin: Standin) -> None:
    deliver(standin.url, sender=SERVICE)
    form = standin.requests[0].form
    assert form["MessagingServiceSid"] == SERVICE
    assert not {"From", "StatusCallback"} & form.keys()


@pytest.mark.parametrize(("lifetime", "period"), [(-5, "1"), (0, "1"), (60, "60"), (36_000, "36000"), (90_000, "36000")])
def test_the_lifetime_is_kept_to_what_twilio_takes(standin: Standin, lifetime: int, period: str) -> None:
    deliver(standin.url, outgoing(lifetime=lifetime))
    assert standin.requests[0].form["ValidityPeriod"] == period


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_a_text_cannot_be_changed_so_a_new_one_must_go(standin: Standin, action: str) -> None:
    assert deliver(standin.url, outgoing(action=action)).verdict is Verdict.GONE
    assert standin.requests == []


@pytest.mark.parametrize(("code", "verdict"), CODES)
def test_every_listed_code_in_a_refusal(standin: Standin, code: int, verdict: Verdict) -> None:
    standin.answer(400, problem(400, code))
    outcome = deliver(standin.url)
    assert (outcome.verdict, outcome.code, outcome.reference) == (verdict, str(code), None)


@pytest.mark.parametrize(
    ("status", "body", "verdict", "code"),
    [
        (401, problem(401, 20003), Verdict.ACCOUNT, "20003"),
        (403, problem(403, 20005), Verdict.ACCOUNT, "20005"),
        (404, problem(404, 20404), Verdict.ACCOUNT, "20404"),
        (401, b"<html>who are you?</html>", Verdict.ACCOUNT, "401"),
        (403, b"<html>the firewall says no</html>", Verdict.CONFIG, "403"),
        (400, problem(400, 29999), Verdict.CONFIG, "29999"),
        (400, {"message": "no code"}, Verdict.CONFIG, "400"),
        (400, {"code": None}, Verdict.CONFIG, "400"),
        (400, {"code": "21211", "message": "a number as text"}, Verdict.RECIPIENT, "21211"),
        (400, [1, 2], Verdict.CONFIG, "400"),
        (400, {"type": "x", "title": "RFC 9457", "status": 400, "code": 21610}, Verdict.OPTED_OUT, "21610"),
        (302, b"", Verdict.UNKNOWN, "302"),
        (500, problem(500, 20500), Verdict.UNKNOWN, "20500"),
        (503, problem(503, 20503), Verdict.UNKNOWN, "20503"),
        (502, b"<html>Bad Gateway</html>", Verdict.UNKNOWN, "502"),
        (504, b"", Verdict.UNKNOWN, "504"),
        (200, b"", Verdict.UNKNOWN, "no_sid"),
        (201, b"", Verdict.UNKNOWN, "no_sid"),
        (204, b"", Verdict.UNKNOWN, "no_sid"),
        (201, {}, Verdict.UNKNOWN, "no_sid"),
        (201, {"sid": ""}, Verdict.UNKNOWN, "no_sid"),
        (201, {"sid": 7}, Verdict.UNKNOWN, "no_sid"),
        (200, problem(400, 21211), Verdict.UNKNOWN, "no_sid"),
        (201, b"<html>Welcome to the hotel's wifi</html>", Verdict.UNKNOWN, "unreadable"),
        (201, [1, 2], Verdict.UNKNOWN, "unreadable"),
        (201, b'"SM"', Verdict.UNKNOWN, "unreadable"),
        (201, b'{"sid": "SM1", "sta', Verdict.UNKNOWN, "unreadable"),
    ],
)
def test_every_other_answer(standin: Standin, status: int, body: Any, verdict: Verdict, code: str) -> None:
    standin.answer(status, body)
    assert deliver(standin.url) == Outcome(verdict, code=code)
    assert len(standin.requests) == 1


@pytest.mark.parametrize(
    ("status", "error_code", "verdict", "code"),
    [
        ("accepted", None, Verdict.ACCEPTED, ""),
        ("queued", None, Verdict.ACCEPTED, ""),
        ("sent", None, Verdict.ACCEPTED, ""),
        (None, None, Verdict.ACCEPTED, ""),
        ("failed", 30006, Verdict.RECIPIENT, "30006"),
        ("failed", 30036, Verdict.EXPIRED, "30036"),
        ("failed", "30007", Verdict.CONTENT, "30007"),
        ("failed", 39999, Verdict.ABSENT, "39999"),
        ("undelivered", None, Verdict.ABSENT, ""),
    ],
)
def test_a_message_that_was_made_may_have_failed_already(
    standin: Standin, status: str | None, error_code: Any, verdict: Verdict, code: str
) -> None:
    standin.answer(201, {"sid": "SM1", "status": status, "error_code": error_code})
    assert deliver(standin.url) == Outcome(verdict, reference="SM1", code=code)


@pytest.mark.parametrize(
    ("header", "pause"),
    [({"Retry_After": "7"}, 7.0), ({"Retry_After": "2.5"}, 2.5), ({"Retry_After": "soon"}, 1.0), ({}, 1.0)],
)
def test_too_many_requests_pauses_for_as_long_as_twilio_says(standin: Standin, header: dict[str, Any], pause: float) -> None:
    standin.answer(429, problem(429, 20429), **header)
    assert deliver(standin.url) == Outcome(Verdict.BUSY, code="20429", retry_after=pause)


def test_a_refused_connection_sent_nothing(closed_port: str) -> None:
    assert deliver(closed_port) == Outcome(Verdict.RETRY, code="no_connection")


def test_a_name_that_does_not_resolve_sent_nothing(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert deliver("https://api.example.test") == Outcome(Verdict.RETRY, code="no_connection")


def test_a_connection_that_takes_too_long_sent_nothing(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.http.CONNECT", 0.1)
    monkeypatch.setattr("aiohappyeyeballs.start_connection", _never)
    assert deliver(standin.url) == Outcome(Verdict.RETRY, code="no_connection")


async def _never(*_: Any, **__: Any) -> None:
    await asyncio.sleep(60)


def test_a_failed_tls_handshake_sent_nothing(standin: Standin) -> None:
    assert deliver(standin.url.replace("http:", "https:")) == Outcome(Verdict.RETRY, code="no_tls")


def test_a_read_timeout_leaves_it_unknown(standin: Standin) -> None:
    standin.answer(201, {"sid": "SM1"}, delay=DELAY)
    assert deliver(standin.url, timeout=0.2) == Outcome(Verdict.UNKNOWN, code="timeout")


@pytest.mark.parametrize("breaking", [drip], indirect=True)
def test_an_answer_that_drips_leaves_it_unknown_in_time(
    standin: Standin, breaking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "CONNECT", 0.3)
    assert deliver(breaking, timeout=0.2) == Outcome(Verdict.UNKNOWN, code="timeout")


@pytest.mark.parametrize("breaking", BREAKS, indirect=True)
def test_a_connection_cut_after_the_request_leaves_it_unknown(standin: Standin, breaking: str) -> None:
    assert deliver(breaking) == Outcome(Verdict.UNKNOWN, code="cut_off")


def test_eight_texts_go_at_a_time(standin: Standin) -> None:
    standin.answer_always(201, {"sid": "SM1", "status": "queued"}, delay=0.5)

    async def many(sms: TwilioSms) -> list[Outcome]:
        return await asyncio.gather(*(sms.deliver(outgoing()) for _ in range(12)))

    assert {outcome.verdict for outcome in ask(standin.url, many)} == {Verdict.ACCEPTED}
    assert standin.load.most == 8


def test_a_proxy_in_the_environment_is_for_the_internet_only(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert deliver(standin.url).verdict is Verdict.ACCEPTED
    assert deliver("http://api.example.test") == Outcome(Verdict.RETRY, code="no_connection")


def test_twilios_own_environment_does_not_move_our_url(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    assert deliver(standin.url).verdict is Verdict.ACCEPTED


# Reading back


def find(url: str, since: datetime = NOW) -> list[Sent]:
    found: list[Sent] = ask(url, lambda sms: sms.find(PERSON, TEXT, since))
    return found


def test_an_unknown_text_is_found_by_number_words_and_time(standin: Standin) -> None:
    standin.answer(
        200,
        page(
            [
                message("SM5", None, status="queued"),
                message("SM4", NOW + timedelta(seconds=9), status="undelivered", error_code=30003),
                message("SM3", NOW, body=f"Sent from your Twilio trial account - {TEXT}"),
                message("SMother", NOW, body="Something else"),
                message("SMtheirs", NOW, direction="inbound"),
                message("SM0", NOW - timedelta(seconds=1)),
            ]
        ),
    )
    found = find(standin.url, NOW + timedelta(microseconds=900_000))
    assert [sent.sid for sent in found] == ["SM5", "SM4", "SM3"]
    assert found[1] == Sent("SM4", TEXT, "undelivered", "30003", NOW + timedelta(seconds=9))
    assert standin.requests[0].filters == {"To": PERSON, "PageSize": "1000"}


def test_a_text_still_in_twilios_queue_has_no_date_sent_and_is_found(standin: Standin) -> None:
    standin.answer(200, page([message("SM1", NOW, date_sent=None, status="accepted")]))
    assert [sent.sid for sent in find(standin.url)] == ["SM1"]


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "text/plain"])
def test_letters_of_other_languages_are_read_back_right(standin: Standin, content_type: str) -> None:
    text = "Càit a bheil thu? ź"
    listed = json.dumps(page([message("SM1", body=text)]), ensure_ascii=False).encode()
    standin.answer(200, listed, Content_Type=content_type)
    found = ask(standin.url, lambda sms: sms.find(PERSON, text, NOW))
    assert [sent.body for sent in found] == [text]


def test_pages_are_followed_until_they_hold_only_older_texts(standin: Standin) -> None:
    standin.answer(200, page([message("SM2")], f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=x"))
    standin.answer(200, page([message("SM1", NOW - timedelta(days=1))], "/2010-04-01/never"))
    assert [sent.sid for sent in find(standin.url)] == ["SM2"]
    assert len(standin.requests) == 2
    assert standin.requests[1].filters == {"Page": "1", "PageToken": "x"}


def test_no_more_than_five_pages_are_read(standin: Standin) -> None:
    standin.answer_always(200, page([message("SM1")], f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1"))
    assert len(find(standin.url)) == len(standin.requests) == 5


def test_one_message_is_fetched_by_its_sid(standin: Standin) -> None:
    standin.answer(200, message("SM1", status="delivered"))
    assert ask(standin.url, lambda sms: sms.status("SM1")) == Sent("SM1", TEXT, "delivered", "", NOW)
    assert standin.requests[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM1.json"


@pytest.mark.parametrize("body", [{}, message("SM2")])
def test_another_message_than_the_one_asked_for_is_no_answer(standin: Standin, body: dict[str, Any]) -> None:
    standin.answer(200, body)
    with pytest.raises(ProviderUnreachable):
        ask(standin.url, lambda sms: sms.status("SM1"))


def received(url: str, since: datetime = NOW, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(url, lambda sms: sms.received(since), **options)
    return found


def test_what_people_text_us_comes_oldest_first_and_to_the_second(standin: Standin) -> None:
    standin.answer(
        200,
        page(
            [
                texted("SM4", NOW + timedelta(seconds=5), num_media="2"),
                texted("SM3", NOW + timedelta(seconds=2)),
                texted("SM2", NOW + timedelta(seconds=2)),
                texted("SMhalf", NOW, status="receiving"),
                message("SMours", NOW),
                texted("SM1", NOW - timedelta(seconds=1)),
            ]
        ),
    )
    found = received(standin.url, NOW + timedelta(microseconds=5))
    assert [text["sid"] for text in found] == ["SM2", "SM3", "SM4"]
    assert found[-1] == {
        "sid": "SM4",
        "from": PERSON,
        "to": OURS,
        "body": "1",
        "num_media": 2,
        "date": "2026-06-11T09:00:05+00:00",
    }
    assert standin.requests[0].filters == {"To": OURS, "DateSent>": "2026-06-11", "PageSize": "1000"}


def test_the_day_asked_for_is_gmts(standin: Standin) -> None:
    standin.answer(200, page([]))
    summer = datetime.fromisoformat("2026-06-12T00:30:00+01:00")
    assert received(standin.url, summer) == []
    assert standin.requests[0].filters["DateSent>"] == "2026-06-11"


def test_a_messaging_service_hears_all_its_numbers_and_no_other_services(standin: Standin) -> None:
    elsewhere = texted("SM3", messaging_service_sid="MG" + "c" * 32)
    standin.answer(200, page([elsewhere, texted("SM2"), texted("SM1", messaging_service_sid=SERVICE)]))
    assert [text["sid"] for text in received(standin.url, sender=SERVICE)] == ["SM1", "SM2"]
    assert "To" not in standin.requests[0].filters


@pytest.mark.parametrize(
    ("dated", "at"), [({"Date": "Thu, 11 Jun 2026 09:00:00 GMT"}, NOW), ({"Date": "soon"}, None), ({}, None)]
)
def test_the_providers_time_is_that_of_its_answer(standin: Standin, dated: dict[str, str], at: datetime | None) -> None:
    standin.answer(200, page([]), **dated)
    assert ask(standin.url, lambda sms: sms.now()) == at
    assert standin.requests[0].filters == {"PageSize": "1"}


QUESTIONS = [
    lambda sms: sms.now(),
    lambda sms: sms.find(PERSON, TEXT, NOW),
    lambda sms: sms.status("SM1"),
    lambda sms: sms.received(NOW),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=["now", "find", "status", "received"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (502, b"<html>"), (429, problem(429, 20429)), (200, b""), (200, b"<html>"), (200, [1, 2]), (408, b"")],
)
def test_a_question_without_a_usable_answer(standin: Standin, question: Any, status: int, body: Any) -> None:
    standin.answer_always(status, body)
    with pytest.raises(ProviderUnreachable) as caught:
        ask(standin.url, question)
    assert not isinstance(caught.value, ProviderRefused)


@pytest.mark.parametrize("question", QUESTIONS, ids=["now", "find", "status", "received"])
@pytest.mark.parametrize(("status", "code"), [(401, 20003), (404, 20404)])
def test_a_question_that_is_refused(standin: Standin, question: Any, status: int, code: int) -> None:
    standin.answer_always(status, problem(status, code))
    with pytest.raises(ProviderRefused) as caught:
        ask(standin.url, question)
    assert caught.value.code == str(status)


@pytest.mark.parametrize("question", QUESTIONS, ids=["now", "find", "status", "received"])
def test_a_question_to_nobody(closed_port: str, question: Any) -> None:
    with pytest.raises(ProviderUnreachable):
        ask(closed_port, question)


# Signatures

URL = "https://turnup.example.test/twilio/inbound"


def signed(url: str, params: dict[str, str], auth_token: str = "secret") -> str:
    text = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_twilios_signature_is_known_from_a_forged_one() -> None:
    params = {"From": PERSON, "Body": "Càit 1 👍", "MediaUrl": ""}
    signatures = Signatures("secret")
    assert signatures.valid(URL, params, signed(URL, params))
    assert signatures.valid(URL, FormData(params), signed(URL, params))
    assert not signatures.valid(URL, params | {"Body": "2"}, signed(URL, params))
    assert not signatures.valid(URL + "?a=1", params, signed(URL, params))
    assert not signatures.valid(URL, params, signed(URL, params, "another secret"))
    assert not signatures.valid(URL, params, "")
    assert not signatures.valid(URL, params, "é")


def test_what_twilio_never_posts_is_refused_not_a_crash() -> None:
    assert not Signatures("secret").valid(URL, FormData({"Body": UploadFile(io.BytesIO())}), "x")
    assert not Signatures("secret").valid(URL, {"Body": "\ud800"}, "x")


def test_all_pages_of_what_left_our_number_on_a_day_are_read(standin: Standin) -> None:
    day = datetime(2026, 6, 10, tzinfo=UTC)
    night = day - timedelta(seconds=1)
    first = [message("SM4", day), message("SM3", day, direction="inbound"), message("SM2", day, date_sent=None)]
    standin.answer(200, page(first, f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=x"))
    standin.answer(200, page([message("SM1", day + timedelta(hours=23)), message("SM0", night)]))
    sids: set[str] = ask(standin.url, lambda sms: sms.sent_on(day.date()))
    assert sids == {"SM4", "SM1"}
    bounds = {"DateSent>": "2026-06-10", "DateSent<": "2026-06-10"}
    assert standin.requests[0].filters == {**bounds, "From": OURS, "PageSize": "1000"}
