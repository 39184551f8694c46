"""The doors under bad input: what is forged, too large, malformed, repeated, or comes while the database is away."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text
from twilio.request_validator import RequestValidator

from tests import databases
from tests.e2e.councils import CHAT, STANDARD, Person, crowd
from tests.e2e.town import ACCOUNT, AUTH_TOKEN, NUMBER, WEBHOOK_SECRET, Town

LIMIT = 256 * 1024  # bytes
MESSAGE = "naebody else should read this"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Town]:
    """A town that knows nobody."""
    people = crowd(tmp_path / "council", sms=3)
    with Town(tmp_path, tmp_path / "council") as town:
        town.keep_private([MESSAGE, *(one.phone for one in people), *(one.last for one in people)])
        town.start()
        yield town


@pytest.fixture
def town(empty: Town) -> Town:
    empty.bring_in(STANDARD.imported_at.isoformat())
    return empty


def sms(sid: str = "SM" + "1" * 32, sender: str = "+447700900001", body: str = MESSAGE, **more: str) -> dict[str, str]:
    fields = {"MessageSid": sid, "From": sender, "To": NUMBER, "Body": body, "NumMedia": "0", "AccountSid": ACCOUNT}
    return fields | more


def post_form(town: Town, path: str, form: dict[str, str], signature: str | None = None) -> httpx.Response:
    signed = RequestValidator(AUTH_TOKEN).compute_signature(town.url + path, form) if signature is None else signature
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
    return town.post(path, content=urlencode(form).encode(), headers=headers)


def post_update(town: Town, body: bytes | dict[str, Any], secret: str = WEBHOOK_SECRET) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return town.post("/telegram/webhook", content=content, headers={"X-Telegram-Bot-Api-Secret-Token": secret})


def update(update_id: Any, chat: Any = 5, body: str = MESSAGE) -> dict[str, Any]:
    message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "text": body}
    return {"update_id": update_id, "message": message}


def test_a_forged_signature_or_secret_is_refused_and_counted_and_nothing_is_stored(empty: Town) -> None:
    town = empty
    paths = ("/twilio/inbound", "/twilio/status/some-token", "/twilio/voice")
    answers = [post_form(town, path, sms(), signature) for path in paths for signature in ("", "forged", "AAAA" * 7)]
    answers += [post_update(town, update(1), secret) for secret in ("", "forged", WEBHOOK_SECRET[:-1])]
    assert [answer.status_code for answer in answers] == [403] * 12
    assert town.counts("turnup_webhook_rejected_total") == {"twilio signature": 9, "telegram secret": 3}
    assert town.counts("turnup_inbound") == {}


def test_a_form_signed_for_another_address_or_changed_after_is_refused(empty: Town) -> None:
    town = empty
    elsewhere = RequestValidator(AUTH_TOKEN).compute_signature("https://elsewhere.example/twilio/inbound", sms())
    ours = RequestValidator(AUTH_TOKEN).compute_signature(town.url + "/twilio/inbound", sms())
    assert post_form(town, "/twilio/inbound", sms(), elsewhere).status_code == 403
    assert post_form(town, "/twilio/inbound", sms(body="another"), ours).status_code == 403
    assert post_form(town, "/twilio/inbound?x=1", sms(), ours).status_code == 403
    assert post_form(town, "/twilio/inbound", sms(), ours).status_code == 200


def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_how_long_it_is(empty: Town) -> None:
    town = empty
    headers = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}

    def chunks() -> Iterator[bytes]:
        yield from [b"x" * 1024] * 257

    form = sms(body="x" * LIMIT)
    assert post_update(town, b"x" * (LIMIT + 1)).status_code == 413
    assert town.post("/telegram/webhook", content=chunks(), headers=headers).status_code == 413
    assert post_form(town, "/twilio/inbound", form).status_code == 413
    assert post_form(town, "/twilio/status/token", form).status_code == 413
    assert town.counts("turnup_webhook_rejected_total") == {"telegram size": 2, "twilio size": 2}
    assert town.counts("turnup_inbound") == {}
    assert post_update(town, update(1, body="x" * (LIMIT - 200))).status_code == 200


MALFORMED: dict[str, bytes | dict[str, Any]] = {
    "no json": b"<html>",
    "nothing": b"",
    "not utf-8": b'{"update_id": 1, "message": "\xff\xfe"}',
    "a list": b"[]",
    "no id": {"message": {"text": MESSAGE}},
    "a word for an id": {"update_id": "one", "message": {"chat": [], "text": MESSAGE}},
    "an endless id": b'{"update_id": ' + b"9" * 100 + b', "message": {"chat": 5}}',
    "a chat that is none": {"update_id": 11, "message": {"chat": "me"}},
    "no chat": {"update_id": 12, "message": {"text": MESSAGE}},
    "half a letter": b'{"update_id": "\\ud83d"}, "message": {"chat": "\\ud83d"}',
    "as deep as it goes": b"[" * 100_000,
    "a button of nobody": {"update_id": 14, "callback_query": {"id": "1"}},
}


def test_a_malformed_update_is_stored_and_seen_by_staff(empty: Town) -> None:
    town = empty
    for name, body in MALFORMED.items():
        assert post_update(town, body).status_code == 200, name
    town.sent["telegram"] += len(MALFORMED)
    town.quiet()
    assert town.counts("turnup_inbound") == {"telegram failed": len(MALFORMED)}
    tasks = town.tasks()
    assert len(tasks) == len(MALFORMED)
    assert {task["kind"] for task in tasks} <= {"malformed", "failed_message"}
    assert post_update(town, MALFORMED["no json"]).status_code == 200
    assert town.counts("turnup_inbound") == {"telegram failed": len(MALFORMED)}


def test_words_that_are_no_words_are_stored_and_seen_by_staff(empty: Town) -> None:
    town = empty
    bodies = ["half a letter: \ud83d", "nothing: \0", "\u202e", "x" * 4096]
    for n, body in enumerate(bodies):
        assert post_update(town, update(20 + n, 700 + n, body)).status_code == 200
    assert post_update(town, update(30, "half a letter: \ud83d")).status_code == 200
    bodies.append("half a chat")
    town.sent["telegram"] += len(bodies)
    town.quiet()
    counts = town.counts("turnup_inbound")
    assert sum(counts.values()) == counts["telegram handled"] + counts.get("telegram failed", 0) == len(bodies)
    assert len([task for task in town.tasks() if task["kind"] == "unknown_number"]) == len(bodies)


def test_a_malformed_form_is_answered_400_and_an_inbound_one_stored_and_seen_by_staff(empty: Town) -> None:
    town = empty
    no_sid, no_sender = sms(), sms()
    del no_sid["MessageSid"], no_sender["From"]
    assert post_form(town, "/twilio/inbound", no_sid).status_code == 400
    assert post_form(town, "/twilio/inbound", no_sender).status_code == 400
    assert post_form(town, "/twilio/status/token", {"MessageStatus": "sent"}).status_code == 400
    assert post_form(town, "/twilio/inbound", sms(sid="SM" + "2" * 32, NumMedia="lots")).status_code == 200
    town.sent["twilio"] += 3
    town.quiet()
    assert town.counts("turnup_inbound") == {"twilio failed": 3}
    assert town.counts("turnup_webhook_rejected_total") == {"twilio malformed": 3}
    assert sorted(task["kind"] for task in town.tasks()) == ["malformed", "malformed", "malformed"]


def test_a_receipt_of_a_text_that_is_not_ours_is_kept_and_moves_nothing(empty: Town) -> None:
    town = empty
    receipt = {"MessageSid": "SM" + "3" * 32, "MessageStatus": "undelivered", "ErrorCode": "30005", "To": "+447700900001"}
    answers = [post_form(town, "/twilio/status/unknown-token", receipt) for _ in range(2)]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "<Response/>")] * 2
    assert town.counts("turnup_deliveries") == {}
    assert town.tasks() == []


def test_webhooks_that_come_at_once_and_again_are_stored_once_and_answered_once(town: Town) -> None:
    texts = [("SM" + f"{n:032d}", f"+44770090000{n}") for n in (1, 2, 3)] * 8
    with ThreadPoolExecutor(24) as pool:
        posted = list(pool.map(lambda one: post_form(town, "/twilio/inbound", sms(one[0], one[1], "1")), texts))
        asked = list(pool.map(lambda n: post_update(town, update(n % 2, 900 + n % 2)), range(24)))
    assert {answer.status_code for answer in posted + asked} == {200}
    assert {(answer.headers["content-type"].partition(";")[0], answer.text) for answer in posted} == {
        ("text/xml", "<Response/>")
    }
    assert {answer.content for answer in asked} == {b""}
    town.sent.update(twilio=3, telegram=2)
    town.quiet()
    assert town.counts("turnup_inbound") == {"twilio handled": 3, "telegram handled": 2}
    assert [len(town.thread(f"+44770090000{n}")) for n in (1, 2, 3)] == [1, 1, 1]


def test_whoever_rings_the_number_hears_who_answers_and_in_staffed_hours_is_put_through(empty: Town) -> None:
    town = empty
    heard = []
    for at in ("2026-06-10T10:30", "2026-06-10T22:00"):
        town.clock(at)
        heard.append(post_form(town, "/twilio/voice", {"CallSid": "CA1", "From": "+447700900001"}).text)
    assert ["<Say" in text for text in heard] == [True, True]
    assert STANDARD.phone in heard[1]
    assert ["<Dial>" in text for text in heard] == [True, False]
    assert heard[0] != heard[1].replace("</Say>", "</Say><Dial>")


def test_a_call_tells_nobody_anything_and_reaches_us_as_the_provider_sends_it(town: Town) -> None:
    """The same words for somebody we know and for a stranger, and a number as the provider dials it."""
    town.phones.configure(voice_webhook_url=f"{town.url}/twilio/voice")
    town.clock("2026-06-10T10:30")
    calls = [town.phones.post("call", {"from": number}) for number in ("+447700900001", "+447700900999")]
    assert [call["status"] for call in calls] == [200, 200]
    assert calls[0]["twiml"] == calls[1]["twiml"]
    said, dialled = ElementTree.fromstring(calls[0]["twiml"])
    assert (said.tag, said.get("language"), dialled.tag) == ("Say", "en-GB", "Dial")
    assert dialled.text == "+44" + STANDARD.phone.replace(" ", "").removeprefix("0")
    assert "999" in (said.text or "")


def test_who_rings_while_nobody_is_there_is_rung_back(town: Town) -> None:
    town.clock("2026-06-10T22:00")
    for number in ("+447700900001", "+447700900001", "+447700900999", "+266696687"):
        assert "<Say" in post_form(town, "/twilio/voice", {"CallSid": "CA1", "From": number}).text
    [task] = town.tasks()
    assert (task["kind"], task["person"], task["due_at"]) == ("call_back", "P001", "2026-06-11T17:30:00+01:00")
    assert town.counts("turnup_deliveries") == {}


def test_the_bot_leaves_a_group_that_it_is_put_into_or_spoken_to_in(town: Town) -> None:
    town.phones.unblock(-7)
    town.phones.say(-8, "hello all", user_id=CHAT + 1)
    town.sent["telegram"] += 2
    town.wait_for(lambda: all(town.phones.chat(group)["blocked"] for group in (-7, -8)), "it stays in a group")
    town.quiet()
    assert [town.chat(group) for group in (-7, -8)] == [[], []]
    assert town.tasks() == []


def test_thanks_on_telegram_get_a_thumbs_up_on_their_own_message(town: Town) -> None:
    one = Person("P001", "First-001", "Last-001", "+447700900001", CHAT + 1)
    town.link(one)
    town.say(one.chat, "cheers")

    def reactions() -> list[str]:
        return [m["reaction"] for m in town.phones.chat(one.chat)["messages"] if m["reaction"]]

    town.wait_for(reactions, "nothing says that their thanks were read")
    assert reactions() == ["\N{THUMBS UP SIGN}"]
    assert len(town.chat(one.chat)) == 1  # what the link said


def test_while_the_database_is_away_webhooks_are_refused_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    crowd(tmp_path / "council", sms=3)
    with Town(tmp_path, tmp_path / "council", kind="postgresql") as town:
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.wait_for(lambda: len(town.metrics()["turnup_heartbeat_seconds"]) == 3, "not every process has started")
        answer = post_form(town, "/twilio/inbound", sms("SM" + "4" * 32, "+447700900001", "1"))
        shut(town.database_url)
        gone = town.get("/readyz")
        refused = [
            post_form(town, "/twilio/inbound", sms("SM" + "5" * 32, "+447700900002", "1")),
            post_form(town, "/twilio/status/token", {"MessageSid": "SM" + "6" * 32, "MessageStatus": "sent"}),
            post_update(town, update(1)),
        ]
        assert (gone.status_code, gone.text) == (503, "the database does not answer; check that it runs")
        assert [one.status_code for one in refused] == [503] * 3
        assert town.get("/healthz").status_code == 200
        done = town.run("tasks", "--json")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert "TURNUP_DATABASE_URL" in done.stderr
        shut(town.database_url, again=False)
        town.wait_for(town.is_ready, "it does not find the database again")
        assert post_form(town, "/twilio/inbound", sms("SM" + "5" * 32, "+447700900002", "1")).status_code == 200
        town.sent["twilio"] += 2
        town.quiet()
        assert answer.status_code == 200
        assert town.counts("turnup_inbound") == {"twilio handled": 2}
        assert [len(town.thread(f"+44770090000{n}")) for n in (1, 2)] == [1, 1]


def shut(url: str, *, again: bool = True) -> None:
    """Ends every connection to a PostgreSQL database and lets no new one in, or lets them in again."""
    name = make_url(url).database
    engine = create_engine(databases.server().replace("{database}", "postgres").replace("%7Bdatabase%7D", "postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {'false' if again else 'true'}"))
        if again:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(ended), {"name": name})
    engine.dispose()


def test_a_webhook_that_cannot_be_written_down_is_refused_on_sqlite_too(empty: Town) -> None:
    town = empty
    town.clock("2026-06-10T22:00")  # a call is then written down too, and whoever rings does not wait for it either
    engine = create_engine(town.database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        town.http.timeout = httpx.Timeout(8)  # less than SQLite itself would wait
        receipt = {"MessageSid": "SM" + "6" * 32, "MessageStatus": "sent"}
        refused = [
            post_form(town, "/twilio/inbound", sms()), post_update(town, update(1)),
            post_form(town, "/twilio/status/token", receipt),
        ]  # fmt: skip
        assert [one.status_code for one in refused] == [503] * 3
        assert "<Say" in post_form(town, "/twilio/voice", {"CallSid": "CA1", "From": "+447700900001"}).text
        assert town.counts("turnup_inbound") == {}
    engine.dispose()
    assert post_form(town, "/twilio/inbound", sms()).status_code == 200
    assert post_update(town, update(1)).status_code == 200
    town.sent.update(twilio=1, telegram=1)
    town.quiet()
    assert town.counts("turnup_inbound") == {"twilio handled": 1, "telegram handled": 1}
