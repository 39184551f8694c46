import asyncio
import time
from typing import Any

import httpx
import pytest
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import Timeout
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut
from twilio.base.exceptions import TwilioRestException

from tests.simulator.running import TOKEN, RunningSimulator, wait_until
from tests.simulator.web import ReceivingWeb

pytestmark = pytest.mark.filterwarnings("ignore:.*PTB_TIMEDELTA:telegram.warnings.PTBDeprecationWarning")

ANN = 700_000_001
ANN_PHONE = "+447700900101"
BEN_PHONE = "+447700900102"


def telegram(simulator: RunningSimulator, text: str = "hello", read_timeout: float = 5) -> Any:
    async def run() -> Any:
        async with simulator.bot() as bot:
            return await bot.send_message(ANN, text, read_timeout=read_timeout)

    return asyncio.run(run())


def sms(simulator: RunningSimulator, to: str = ANN_PHONE, timeout: float = 10, **more: Any) -> Any:
    with simulator.twilio(timeout) as client:
        return client.messages.create(to=to, from_=simulator.config.twilio_number, body="hello", **more)


@pytest.fixture
def chatting(simulator: RunningSimulator) -> RunningSimulator:
    simulator.say(ANN, "/start")
    return simulator


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ({"kind": "blocked"}, Forbidden, "bot was blocked by the user"),
        ({"kind": "blocked", "reason": "deactivated"}, Forbidden, "user is deactivated"),
        ({"kind": "blocked", "reason": "initiate"}, Forbidden, "bot can't initiate conversation with a user"),
        ({"kind": "chat_not_found"}, BadRequest, "Chat not found"),
        ({"kind": "http", "status": 429, "retry_after": 3}, RetryAfter, "Retry in 3 seconds"),
        ({"kind": "http", "status": 500}, NetworkError, "Internal Server Error"),
        ({"kind": "http", "status": 503, "description": "Later"}, NetworkError, "Later"),
        ({"kind": "html"}, NetworkError, "Bad Gateway"),
        ({"kind": "empty"}, TelegramError, "Invalid server response"),
        ({"kind": "drop_before_accept"}, NetworkError, "RemoteProtocolError"),
    ],
)
def test_telegram_refuses_and_nothing_is_accepted(
    chatting: RunningSimulator, spec: dict[str, Any], error: type[TelegramError], words: str
) -> None:
    chatting.fault("telegram", **spec)
    with pytest.raises(error, match=words):
        telegram(chatting)
    assert chatting.book() == []
    assert chatting.get("faults") == []
    assert telegram(chatting).text == "hello"


def test_telegram_answers_200_with_an_error_inside(chatting: RunningSimulator) -> None:
    chatting.fault("telegram", "ok_with_error")
    answer = httpx.post(f"{chatting.url}/bot{TOKEN}/sendMessage", json={"chat_id": ANN, "text": "hello"})
    assert (answer.status_code, answer.json()["ok"], answer.json()["error_code"]) == (200, False, 500)
    assert chatting.book() == []


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"kind": "drop_after_accept"}, NetworkError),
        ({"kind": "http", "status": 500, "accepted": True}, NetworkError),
        ({"kind": "slow", "seconds": 5}, TimedOut),
    ],
)
def test_telegram_accepts_and_the_answer_is_lost(
    chatting: RunningSimulator, spec: dict[str, Any], error: type[TelegramError]
) -> None:
    chatting.fault("telegram", **spec)
    with pytest.raises(error):
        telegram(chatting, "lost", read_timeout=0.3)
    assert [row["body"] for row in chatting.book()] == ["lost"]


@pytest.mark.parametrize(
    ("spec", "status", "code"),
    [
        ({"kind": "blocked"}, 400, 21610),
        ({"kind": "http", "status": 400, "code": 21211}, 400, 21211),
        ({"kind": "http", "status": 401}, 401, 20003),
        ({"kind": "http", "status": 429, "retry_after": 3}, 429, 20429),
        ({"kind": "http", "status": 500}, 500, 20500),
        ({"kind": "http", "status": 503}, 503, 20503),
    ],
)
def test_twilio_refuses_with_a_code_and_nothing_is_accepted(
    simulator: RunningSimulator, spec: dict[str, Any], status: int, code: int
) -> None:
    simulator.fault("sms", **spec)
    with pytest.raises(TwilioRestException) as refused:
        sms(simulator)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert simulator.book() == []


def test_twilio_answers_with_a_page(simulator: RunningSimulator) -> None:
    simulator.fault("sms", "html")
    with pytest.raises(TwilioRestException) as refused:
        sms(simulator)
    assert (refused.value.status, refused.value.code) == (502, 502)
    assert simulator.book() == []


@pytest.mark.parametrize("spec", [{"kind": "ok_with_error", "status": 503}, {"kind": "empty"}])
def test_twilio_answers_201_without_a_message(simulator: RunningSimulator, spec: dict[str, Any]) -> None:
    simulator.fault("sms", **spec)
    assert sms(simulator).sid is None
    assert simulator.book() == []


@pytest.mark.parametrize(
    ("spec", "error", "booked"),
    [
        ({"kind": "drop_before_accept"}, NoAnswer, 0),
        ({"kind": "drop_after_accept"}, NoAnswer, 1),
        ({"kind": "slow", "seconds": 5}, Timeout, 1),
        ({"kind": "http", "status": 500, "accepted": True}, TwilioRestException, 1),
    ],
)
def test_twilios_answer_is_lost(
    simulator: RunningSimulator, spec: dict[str, Any], error: type[Exception], booked: int
) -> None:
    simulator.fault("sms", **spec)
    with pytest.raises(error):
        sms(simulator, timeout=0.5)
    assert len(simulator.book()) == booked


@pytest.mark.parametrize(("ending", "steps"), [("undelivered", ["sending", "sent"]), ("failed", ["sending"])])
def test_an_accepted_text_ends_badly(simulator: RunningSimulator, web: ReceivingWeb, ending: str, steps: list[str]) -> None:
    simulator.fault("sms", "final", code=30005, status=ending)
    sms(simulator, status_callback=f"{web.url}/status")
    receipts = web.wait_for("/status", len(steps) + 1)
    assert [receipt.form["MessageStatus"] for receipt in receipts] == [*steps, ending]
    assert (receipts[-1].form["ErrorCode"], "ErrorCode" in receipts[0].form) == ("30005", False)
    assert simulator.thread(ANN_PHONE)[-1]["error_code"] == 30005


def test_receipts_come_late_twice_and_backwards(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.fault("sms", "receipts", late=0.4, repeat=2, reordered=True)
    began = time.monotonic()
    sms(simulator, status_callback=f"{web.url}/status")
    receipts = web.wait_for("/status", 6)
    assert time.monotonic() - began >= 0.4
    expected = ["delivered", "delivered", "sent", "sent", "sending", "sending"]
    assert [receipt.form["MessageStatus"] for receipt in receipts] == expected
    for receipt in receipts:
        web.assert_signed(receipt)


def test_receipts_never_come_though_the_text_arrives(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.fault("sms", "receipts", never=True)
    sms(simulator, status_callback=f"{web.url}/status")
    sms(simulator, status_callback=f"{web.url}/status")
    wait_until(lambda: {text["state"] for text in simulator.thread(ANN_PHONE)} == {"delivered"})
    assert len(web.wait_for("/status", 3)) == 3


def test_updates_are_posted_twice(chatting: RunningSimulator, web: ReceivingWeb) -> None:
    async def listen() -> None:
        async with chatting.bot() as bot:
            await bot.set_webhook(f"{web.url}/telegram", drop_pending_updates=True)

    asyncio.run(listen())
    chatting.configure(sms_webhook_url=f"{web.url}/in")
    chatting.fault("telegram", "updates_twice")
    chatting.fault("sms", "updates_twice", n=3)
    sent = chatting.say(ANN, "once")
    sid = chatting.sms(ANN_PHONE, "once")
    assert [post.json["update_id"] for post in web.wait_for("/telegram", 2)] == [sent["update_id"]] * 2
    assert [post.form["MessageSid"] for post in web.wait_for("/in", 3)] == [sid] * 3


def test_an_update_is_posted_late(chatting: RunningSimulator, web: ReceivingWeb) -> None:
    httpx.post(f"{chatting.url}/bot{TOKEN}/setWebhook", json={"url": web.url, "drop_pending_updates": True})
    chatting.fault("telegram", "updates_late", seconds=0.3)
    began = time.monotonic()
    chatting.say(ANN, "late")
    web.wait_for("/")
    assert time.monotonic() - began >= 0.3


def test_a_polled_update_comes_twice(chatting: RunningSimulator) -> None:
    async def poll() -> list[int]:
        async with chatting.bot() as bot:
            [first] = await bot.get_updates()
            chatting.fault("telegram", "updates_twice")
            return [first.update_id, *(u.update_id for u in await bot.get_updates(offset=first.update_id + 1))]

    first, again = asyncio.run(poll())
    assert first == again


def test_an_incoming_text_is_late_or_never_posted(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.configure(sms_webhook_url=f"{web.url}/in")
    simulator.fault("sms", "updates_lost", match={"to": ANN_PHONE})
    simulator.fault("sms", "updates_late", match={"to": BEN_PHONE}, seconds=0.3)
    simulator.sms(ANN_PHONE, "lost")
    simulator.sms(BEN_PHONE, "late")
    simulator.sms(BEN_PHONE, "in time")
    assert [post.form["Body"] for post in web.wait_for("/in", 2)] == ["in time", "late"]
    assert len(simulator.thread(ANN_PHONE)) == 1


def test_a_fault_matches_a_person_a_method_and_a_number_of_times(simulator: RunningSimulator) -> None:
    simulator.fault("sms", "http", match={"to": ANN_PHONE}, status=500, times=2)
    simulator.fault("sms", "http", match={"method": "list"}, status=503, times=None)
    assert sms(simulator, BEN_PHONE).sid
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            sms(simulator)
    assert sms(simulator).sid
    [left] = simulator.get("faults")
    assert (left["match"], left["times"], left["hits"]) == ({"method": "list"}, None, 0)
    simulator.clear_faults()
    assert simulator.get("faults") == []


@pytest.mark.parametrize(
    "spec",
    [
        {"channel": "pigeon", "kind": "slow"},
        {"channel": "sms", "kind": "chat_not_found"},
        {"channel": "sms", "kind": "slow", "times": 0},
        {"channel": "sms", "kind": "slow", "match": {"from": "x"}},
    ],
)
def test_what_is_no_fault_is_refused(simulator: RunningSimulator, spec: dict[str, Any]) -> None:
    assert simulator.http.post("/sim/faults", json=spec).status_code == 400
