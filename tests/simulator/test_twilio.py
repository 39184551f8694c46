import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from tests.simulator.running import RunningSimulator, wait_until
from tests.simulator.web import ReceivingWeb

ANN = "+447700900101"
BEN = "+447700900102"


def send(simulator: RunningSimulator, to: str = ANN, body: str = "hello", **more: Any) -> Any:
    more = more if "messaging_service_sid" in more else {"from_": simulator.config.twilio_number} | more
    with simulator.twilio() as client:
        return client.messages.create(to=to, body=body, **more)


def state(simulator: RunningSimulator, number: str = ANN) -> Any:
    return simulator.thread(number)[-1]["state"]


def test_a_text_is_accepted_booked_and_delivered(simulator: RunningSimulator) -> None:
    message = send(simulator, body="Hi Ann")
    assert (message.status, message.direction, message.num_segments) == ("queued", "outbound-api", "1")
    assert message.date_created.tzinfo
    [row] = simulator.book()
    assert (row["channel"], row["to"], row["body"], row["reference"]) == ("sms", ANN, "Hi Ann", message.sid)
    wait_until(lambda: state(simulator) == "delivered")
    with simulator.twilio() as client:
        fetched = client.messages(message.sid).fetch()
    assert (fetched.status, fetched.body, fetched.error_code) == ("delivered", "Hi Ann", None)
    assert fetched.date_sent >= message.date_created


def test_its_answer_has_every_field_of_the_messages_resource(simulator: RunningSimulator) -> None:
    send(simulator)
    [exchange] = simulator.requests(kind="request", provider="twilio")
    body = httpx.Response(200, content=exchange["answer"]).json()
    assert exchange["status"] == 201
    assert set(body) == {
        "account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction", "error_code",
        "error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price", "price_unit", "sid",
        "status", "subresource_uris", "to", "uri",
    }  # fmt: skip
    assert parsedate_to_datetime(body["date_created"]).utcoffset() == timedelta()


def test_a_messaging_service_picks_the_sender_later(simulator: RunningSimulator) -> None:
    message = send(simulator, messaging_service_sid="MG" + "a" * 32)
    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")
    wait_until(lambda: state(simulator) == "delivered")
    assert simulator.thread(ANN)[-1]["from"] == simulator.config.twilio_number


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"to": "07700900101"}, 21211),
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"from_": "+447700900777"}, 21606),
        ({"from_": "!"}, 21212),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "nowhere"}, 21609),
        ({"validity_period": 36_001}, 90007),
    ],
)
def test_a_text_that_twilio_would_refuse_is_refused_with_its_code(
    simulator: RunningSimulator, arguments: dict[str, Any], code: int
) -> None:
    given = {"to": ANN, "body": "hello", "from_": simulator.config.twilio_number} | arguments
    with simulator.twilio() as client, pytest.raises(TwilioRestException) as refused:
        client.messages.create(**given)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert simulator.book() == []


def test_wrong_credentials_are_refused(simulator: RunningSimulator) -> None:
    with simulator.twilio(token="wrong") as client, pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=ANN, from_=simulator.config.twilio_number, body="hello")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    other = f"{simulator.url}/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    config = simulator.config
    answer = httpx.get(other, auth=(config.twilio_account_sid, config.twilio_auth_token))
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_receipts_are_signed_and_come_in_order(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    message = send(simulator, status_callback=f"{web.url}/twilio/status/7")
    receipts = web.wait_for("/twilio/status/7", 3)
    assert [receipt.form["MessageStatus"] for receipt in receipts] == ["sending", "sent", "delivered"]
    for receipt in receipts:
        web.assert_signed(receipt)
        assert receipt.form["MessageSid"] == receipt.form["SmsSid"] == message.sid
        assert "ErrorCode" not in receipt.form
    assert receipts[-1].headers["i-twilio-idempotency-token"]


def test_an_incoming_text_is_posted_signed_with_twilios_fields(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.configure(sms_webhook_url=f"{web.url}/twilio/inbound")
    sid = simulator.sms(ANN, "cannae make it, ma wean’s no well")
    [post] = web.wait_for("/twilio/inbound")
    web.assert_signed(post)
    assert post.form["MessageSid"] == post.form["SmsSid"] == post.form["SmsMessageSid"] == sid
    assert (post.form["From"], post.form["To"]) == (ANN, simulator.config.twilio_number)
    assert (post.form["Body"], post.form["NumSegments"]) == ("cannae make it, ma wean’s no well", "1")
    assert (post.form["SmsStatus"], post.form["NumMedia"], post.form["FromCountry"]) == ("received", "0", "GB")
    wait_until(lambda: simulator.thread(ANN)[-1]["webhook"] == 200)


def test_a_picture_message_names_its_media(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.configure(sms_webhook_url=f"{web.url}/twilio/inbound")
    sid = simulator.sms(ANN, "", ["https://example.org/a.jpg"])
    [post] = web.wait_for("/twilio/inbound")
    web.assert_signed(post)
    assert (post.form["NumMedia"], post.form["MediaUrl0"]) == ("1", "https://example.org/a.jpg")
    assert sid.startswith("MM")


def test_an_incoming_text_is_in_the_list_though_nobody_answers(simulator: RunningSimulator) -> None:
    simulator.configure(sms_webhook_url="http://127.0.0.1:9/twilio/inbound")
    sid = simulator.sms(ANN, "1")
    wait_until(lambda: simulator.thread(ANN)[-1]["webhook"] == 0)
    with simulator.twilio() as client:
        [listed] = client.messages.list(to=simulator.config.twilio_number)
    assert (listed.sid, listed.direction, listed.status, listed.from_) == (sid, "inbound", "received", ANN)
    # Once, and once more because no connection came about.
    assert len(simulator.requests(kind="webhook")) == 2


def test_the_list_is_newest_first_in_pages_that_new_messages_do_not_shift(simulator: RunningSimulator) -> None:
    sent = [send(simulator, body=str(n)).sid for n in range(7)]
    with simulator.twilio() as client:
        stream = client.messages.stream(page_size=3)
        first = [next(stream).sid for _ in range(3)]
        send(simulator, body="newer")
        assert first + [message.sid for message in stream] == sent[::-1]
        page = client.messages.page(page_size=3)
        assert page.next_page_url.startswith(f"{simulator.url}/2010-04-01/Accounts/")


def test_the_list_is_narrowed_by_number_and_time(simulator: RunningSimulator) -> None:
    send(simulator, ANN)
    send(simulator, BEN)
    simulator.sms(BEN, "2")
    wait_until(lambda: state(simulator) == "delivered" and simulator.thread(BEN)[0]["state"] == "delivered")
    now, minute = datetime.now(UTC), timedelta(minutes=1)
    with simulator.twilio() as client:
        messages = client.messages
        assert [m.to for m in messages.list(to=BEN)] == [BEN]
        assert [m.body for m in messages.list(from_=BEN)] == ["2"]
        assert len(messages.list(date_sent_after=now - minute, date_sent_before=now + minute)) == 3
        assert messages.list(date_sent_after=now + minute) == []
        assert messages.list(date_sent_before=now - minute) == []
        assert len(messages.list(date_sent=now.date().isoformat())) == 3
        assert len(messages.list(date_sent_after=now.date().isoformat())) == 3
        with pytest.raises(TwilioException, match="20001"):
            messages.list(date_sent="soon")
        with pytest.raises(TwilioRestException) as refused:
            messages("SM" + "0" * 32).fetch()
        assert refused.value.code == 20404


@pytest.mark.parametrize("word", ["STOP", " stopall ", "Unsubscribe", "CANCEL", "end", "QUIT", "revoke", "OPTOUT"])
def test_a_stop_word_closes_the_pair_until_a_start_word(simulator: RunningSimulator, web: ReceivingWeb, word: str) -> None:
    simulator.configure(sms_webhook_url=f"{web.url}/in")
    simulator.sms(ANN, word)
    with pytest.raises(TwilioRestException) as refused:
        send(simulator)
    assert refused.value.code == 21610
    assert send(simulator, BEN).status == "queued"
    simulator.sms(ANN, "unstop")
    assert send(simulator).status == "queued"
    posts = web.wait_for("/in", 2)
    assert sorted(post.form["OptOutType"] for post in posts) == ["START", "STOP"]
    assert [text["automatic"] for text in simulator.thread(ANN)][:4] == [False, True, False, True]


def test_what_waits_in_the_queue_is_listed_and_has_no_date_yet(simulator: RunningSimulator) -> None:
    simulator.configure(delivery_delay=30)
    message = send(simulator)
    with simulator.twilio() as client:
        assert [m.sid for m in client.messages.list(to=ANN)] == [message.sid]
        assert client.messages.list(to=ANN, date_sent_after=datetime.now(UTC) - timedelta(days=1)) == []


def test_a_stop_word_in_a_sentence_closes_nothing(simulator: RunningSimulator) -> None:
    simulator.sms(ANN, "stop texting me at 9")
    simulator.sms(ANN, "help")
    assert send(simulator).status == "queued"
    simulator.configure(keywords=False)
    simulator.sms(ANN, "STOP")
    assert send(simulator).status == "queued"


def test_a_call_is_answered_by_the_voice_webhook(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    web.twiml = "<Response><Say>Please text</Say></Response>"
    simulator.configure(voice_webhook_url=f"{web.url}/twilio/voice")
    call = simulator.post("call", {"from": ANN})
    assert (call["status"], call["twiml"]) == (200, web.twiml)
    [post] = web.at("/twilio/voice")
    web.assert_signed(post)
    assert (post.form["CallSid"], post.form["From"], post.form["CallStatus"]) == (call["CallSid"], ANN, "ringing")


def test_many_threads_send_at_once_and_each_text_is_booked_once(simulator: RunningSimulator) -> None:
    def run(worker: int) -> None:
        for n in range(25):
            send(simulator, body=f"{worker}-{n}")

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = [row["body"] for row in simulator.book()]
    assert len(bodies) == len(set(bodies)) == 100
