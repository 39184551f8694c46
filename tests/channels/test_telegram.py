import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Literal

import pytest

from notifications.channel import Button, File, Outcome, Outgoing, ProviderRefused, ProviderUnreachable, Verdict
from notifications.telegram import TelegramBot, Webhook

from .conftest import BREAKS, DELAY, Request, Standin, run

TOKEN = "7391:AAtestTestTestTestTestTestTestTestTest"
BODY = "<b>Thursday 12 June</b>, 9:30am. Are you coming?"
ACTIONS = ["send", "edit", "delete"]
Question = Callable[[TelegramBot], Coroutine[Any, Any, Any]]


def outgoing(action: str = "send", **changes: Any) -> Outgoing:
    target = None if action == "send" else 77
    facts: dict[str, Any] = {
        "token": "tok3n",
        "action": action,
        "address": "42",
        "body": BODY,
        "lifetime": 60,
        "target": target,
    }
    return Outgoing(**(facts | changes))


@asynccontextmanager
async def channel(url: str, **options: Any) -> AsyncIterator[TelegramBot]:
    bot = TelegramBot(TOKEN, url, **options)
    try:
        yield bot
    finally:
        await bot.close()


def ask(url: str, question: Question, **options: Any) -> Any:
    async def once() -> Any:
        async with channel(url, **options) as bot:
            return await question(bot)

    return run(once())


def deliver(url: str, message: Outgoing | None = None, **options: Any) -> Outcome:
    outcome: Outcome = ask(url, lambda bot: bot.deliver(message or outgoing()), **options)
    return outcome


def refusal(status: int, description: str, **parameters: Any) -> dict[str, Any]:
    details = {"parameters": parameters} if parameters else {}
    return {"ok": False, "error_code": status, "description": description} | details


# What is asked of Telegram


def test_a_message_is_html_without_a_preview(standin: Standin) -> None:
    outcome = deliver(standin.url)
    request = standin.requests[0]
    assert outcome.verdict is Verdict.ACCEPTED
    assert outcome.reference is not None
    assert outcome.reference.isdecimal()
    assert (request.method, request.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert request.form == {
        "chat_id": "42",
        "text": BODY,
        "parse_mode": "HTML",
        "link_preview_options": '{"is_disabled": true}',
    }


def test_a_message_may_be_silent_and_kept_from_forwarding(standin: Standin) -> None:
    deliver(standin.url, outgoing(protect=True, silent=True))
    form = standin.requests[0].form
    assert (form["protect_content"], form["disable_notification"]) == ("true", "true")


def test_buttons_stand_in_rows_under_the_message(standin: Standin) -> None:
    rows = ((Button("In", "in:1"), Button("Late", "late:1")), (Button("All in", "all"),))
    deliver(standin.url, outgoing(buttons=rows))
    assert json.loads(standin.requests[0].form["reply_markup"]) == {
        "inline_keyboard": [
            [{"text": "In", "callback_data": "in:1"}, {"text": "Late", "callback_data": "late:1"}],
            [{"text": "All in", "callback_data": "all"}],
        ]
    }


def test_the_keyboard_stays(standin: Standin) -> None:
    deliver(standin.url, outgoing(keyboard=(("I'm coming", "I can't come"), ("More",))))
    assert json.loads(standin.requests[0].form["reply_markup"]) == {
        "keyboard": [[{"text": "I'm coming"}, {"text": "I can't come"}], [{"text": "More"}]],
        "resize_keyboard": True,
        "is_persistent": True,
    }


def test_a_map_pin_is_bare(standin: Standin) -> None:
    assert deliver(standin.url, outgoing(body="", location=(56.1165, -3.9369))).verdict is Verdict.ACCEPTED
    request = standin.requests[0]
    assert request.endpoint == "sendLocation"
    assert request.form == {"chat_id": "42", "latitude": "56.1165", "longitude": "-3.9369"}


def parts(request: Request) -> dict[str, tuple[str | None, str, bytes]]:
    """What a request in parts holds, by name: each one's file name, its type and its bytes."""
    kind = request.headers["content-type"].encode()
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + request.body)
    found = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        found[name] = (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
    return found


FILES = [
    ("photo", "sendPhoto", "hours.png", "image/png"),
    ("document", "sendDocument", "hours.pdf", "application/pdf"),
    ("document", "sendDocument", "session.ics", "text/calendar"),
]


@pytest.mark.parametrize(("kind", "endpoint", "name", "mime"), FILES)
def test_a_file_goes_in_one_request_with_its_caption(
    standin: Standin, kind: Literal["photo", "document"], endpoint: str, name: str, mime: str
) -> None:
    content = b"\x89PNG\r\n--not-a-boundary\r\n\x00\xff"
    message = outgoing(body="<b>74</b> ąż العربية", file=File(kind, name, content), protect=True)
    assert deliver(standin.url, message).verdict is Verdict.ACCEPTED
    request = standin.requests[0]
    assert request.endpoint == endpoint
    held = parts(request)
    assert held.pop(kind) == (name, mime, content)
    said = {key: value.decode() for key, (file_name, _, value) in held.items() if file_name is None}
    assert said == {"chat_id": "42", "caption": "<b>74</b> ąż العربية", "parse_mode": "HTML", "protect_content": "true"}


@pytest.mark.parametrize(("kind", "endpoint"), [("photo", "sendPhoto"), ("voice", "sendVoice"), ("video", "sendVideo")])
def test_what_somebody_sent_is_shown_again_by_its_id(standin: Standin, kind: str, endpoint: str) -> None:
    assert deliver(standin.url, outgoing(body="CH sent this.", sent=(kind, "abc"), protect=True)).verdict is Verdict.ACCEPTED
    request = standin.requests[0]
    assert request.endpoint == endpoint
    assert request.form == {
        "chat_id": "42", kind: "abc", "caption": "CH sent this.", "parse_mode": "HTML", "protect_content": "true",
    }  # fmt: skip


def test_buttons_stand_under_a_picture_too(standin: Standin) -> None:
    rows = ((Button("This one", "q:1::A"),),)
    deliver(standin.url, outgoing(file=File("photo", "pack.jpg", b"JPEG"), buttons=rows))
    markup = json.loads(parts(standin.requests[0])["reply_markup"][2])
    assert markup == {"inline_keyboard": [[{"text": "This one", "callback_data": "q:1::A"}]]}


def test_a_caption_that_cannot_be_read_goes_plain_with_its_file(standin: Standin) -> None:
    standin.answer(400, refusal(400, "Bad Request: can't parse entities: unclosed tag"))
    message = outgoing(body="<b>a &amp; b", file=File("photo", "hours.png", b"PNG"))
    assert deliver(standin.url, message).verdict is Verdict.ACCEPTED
    held = parts(standin.requests[1])
    assert (held["caption"][2], held["photo"][2]) == (b"a & b", b"PNG")
    assert "parse_mode" not in held


@pytest.mark.parametrize(
    ("status", "description"),
    [(413, "Request Entity Too Large"), (400, "Bad Request: IMAGE_PROCESS_FAILED")],
)
def test_a_file_that_telegram_does_not_take_is_the_messages_fault(standin: Standin, status: int, description: str) -> None:
    standin.answer(status, refusal(status, description))
    message = outgoing(file=File("photo", "hours.png", b"PNG"))
    assert deliver(standin.url, message).verdict is Verdict.CONTENT


def test_an_edit_replaces_text_and_buttons(standin: Standin) -> None:
    message = outgoing("edit", buttons=((Button("Undo", "undo:1"),),), keyboard=(("More",),))
    assert deliver(standin.url, message) == Outcome(Verdict.ACCEPTED, "77")
    request = standin.requests[0]
    assert request.endpoint == "editMessageText"
    assert request.form["message_id"] == "77"
    assert request.form["link_preview_options"] == '{"is_disabled": true}'
    assert json.loads(request.form["reply_markup"]).keys() == {"inline_keyboard"}


def test_a_delete_names_the_message(standin: Standin) -> None:
    assert deliver(standin.url, outgoing("delete", body="")) == Outcome(Verdict.ACCEPTED, "77")
    assert standin.requests[0].endpoint == "deleteMessage"
    assert standin.requests[0].form == {"chat_id": "42", "message_id": "77"}


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_a_change_of_no_message_is_not_asked_for(standin: Standin, action: str) -> None:
    assert deliver(standin.url, outgoing(action, target=None)).verdict is Verdict.GONE
    assert standin.requests == []


# What Telegram answers

FORBIDDEN = [
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation with a user",
    "bot can't send messages to bots",
    "bot was kicked from the group chat",
    "bot is not a member of the channel chat",
    "something Telegram thinks of next year",
]
DESCRIPTIONS = [
    *((403, f"Forbidden: {reason}", Verdict.RECIPIENT) for reason in FORBIDDEN),
    (400, "Bad Request: chat not found", Verdict.RECIPIENT),
    (400, "Bad Request: user not found", Verdict.RECIPIENT),
    (400, "Bad Request: PEER_ID_INVALID", Verdict.RECIPIENT),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", Verdict.RECIPIENT),
    (400, "Bad Request: have no rights to send a message", Verdict.RECIPIENT),
    (400, "Bad Request: message text is empty", Verdict.CONTENT),
    (400, "Bad Request: text must be non-empty", Verdict.CONTENT),
    (400, "Bad Request: BUTTON_DATA_INVALID", Verdict.CONTENT),
    (400, "Bad Request: reply markup is too long", Verdict.CONTENT),
    (400, "Bad Request: message to edit not found", Verdict.GONE),
    (400, "Bad Request: message can't be edited", Verdict.GONE),
    (400, "Bad Request: message to delete not found", Verdict.GONE),
    (400, "Bad Request: message can't be deleted", Verdict.GONE),
    (400, "Bad Request: message can't be deleted for everyone", Verdict.GONE),
    (400, "Bad Request: MESSAGE_ID_INVALID", Verdict.GONE),
    (400, "Bad Request: there is no text in the message to edit", Verdict.GONE),
    (400, "Bad Request: something Telegram thinks of next year", Verdict.CONFIG),
    (409, "Conflict: terminated by other getUpdates request", Verdict.CONFIG),
    (401, "Unauthorized", Verdict.ACCOUNT),
    (404, "Not Found", Verdict.ACCOUNT),
]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("status", "description", "verdict"), DESCRIPTIONS)
def test_every_description(standin: Standin, action: str, status: int, description: str, verdict: Verdict) -> None:
    standin.answer(status, refusal(status, description))
    outcome = deliver(standin.url, outgoing(action))
    assert (outcome.verdict, outcome.reference) == (verdict, None)
    assert outcome.code.startswith(str(status))
    assert len(standin.requests) == 1


def test_a_refusal_keeps_the_known_part_of_the_reason(standin: Standin) -> None:
    standin.answer(403, refusal(403, "Forbidden: bot was blocked by the user"))
    assert deliver(standin.url) == Outcome(Verdict.RECIPIENT, code="403 bot was blocked by the user")


def test_an_edit_that_changes_nothing_is_done(standin: Standin) -> None:
    description = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    standin.answer(400, refusal(400, description))
    assert deliver(standin.url, outgoing("edit")) == Outcome(Verdict.ACCEPTED, "77")


@pytest.mark.parametrize("action", ["send", "edit"])
@pytest.mark.parametrize("reason", ['can\'t parse entities: Unsupported start tag "x"', "message is too long"])
def test_text_that_telegram_cannot_read_goes_once_more_as_plain_text(standin: Standin, action: str, reason: str) -> None:
    standin.answer(400, refusal(400, f"Bad Request: {reason}"))
    message = outgoing(action, body="<b>1 < 2</b> &amp; <a href='x'>more</a>", buttons=((Button("In", "in"),),))
    assert deliver(standin.url, message).verdict is Verdict.ACCEPTED
    first, second = (request.form for request in standin.requests)
    assert second["text"] == "1 < 2 & more"
    assert first.keys() - second.keys() == {"parse_mode"}
    assert first["reply_markup"] == second["reply_markup"]


@pytest.mark.parametrize("reason", ["can't parse entities: x", "message is too long"])
def test_plain_text_refused_too_is_the_contents_fault(standin: Standin, reason: str) -> None:
    standin.answer_always(400, refusal(400, f"Bad Request: {reason}"))
    assert deliver(standin.url).verdict is Verdict.CONTENT
    assert len(standin.requests) == 2


def test_the_plain_text_may_meet_any_other_answer(standin: Standin) -> None:
    standin.answer(400, refusal(400, "Bad Request: can't parse entities"))
    standin.answer(429, refusal(429, "Too Many Requests: retry after 3", retry_after=3))
    assert deliver(standin.url) == Outcome(Verdict.BUSY, code="429", retry_after=3.0)


@pytest.mark.parametrize(
    ("body", "pause"),
    [
        (refusal(429, "Too Many Requests: retry after 35", retry_after=35), 35.0),
        (refusal(429, "Too Many Requests: retry after 1", retry_after=1.25), 1.25),
        (refusal(429, "Too Many Requests: retry after 0", retry_after=0), 0.0),
        (refusal(429, "Too Many Requests"), 1.0),
        (refusal(429, "Too Many Requests", retry_after="soon"), 1.0),
        (b"<html>slow down</html>", 1.0),
    ],
)
@pytest.mark.parametrize("action", ACTIONS)
def test_too_many_requests_pauses_for_exactly_as_long_as_telegram_says(
    standin: Standin, action: str, body: Any, pause: float
) -> None:
    standin.answer(429, body)
    assert deliver(standin.url, outgoing(action)) == Outcome(Verdict.BUSY, code="429", retry_after=pause)


@pytest.mark.parametrize(
    ("status", "body", "verdict", "code"),
    [
        (500, refusal(500, "Internal Server Error"), Verdict.UNKNOWN, "500"),
        (502, b"<html>Bad Gateway</html>", Verdict.UNKNOWN, "502"),
        (504, b"", Verdict.UNKNOWN, "504"),
        (302, b"", Verdict.UNKNOWN, "302"),
        (200, b"", Verdict.UNKNOWN, "200"),
        (200, b"<html>Welcome to the hotel's wifi</html>", Verdict.UNKNOWN, "200"),
        (200, b'{"ok": true, "resu', Verdict.UNKNOWN, "200"),
        (200, [1, 2], Verdict.UNKNOWN, "200"),
        (200, {"ok": True}, Verdict.UNKNOWN, "200"),
        (200, {"ok": False}, Verdict.UNKNOWN, "200"),
        (200, {"ok": True, "result": True}, Verdict.UNKNOWN, "no_message_id"),
        (200, {"ok": True, "result": {"message_id": "7"}}, Verdict.UNKNOWN, "no_message_id"),
        (200, refusal(400, "Bad Request: chat not found"), Verdict.RECIPIENT, "400 chat not found"),
        (200, refusal(401, "Unauthorized"), Verdict.ACCOUNT, "401"),
        (400, b"<html>Bad Request</html>", Verdict.CONFIG, "400"),
        (403, b"<html>the firewall says no</html>", Verdict.CONFIG, "403"),
        (404, b"<html>Not Found</html>", Verdict.ACCOUNT, "404"),
    ],
)
def test_every_other_answer_to_a_send(standin: Standin, status: int, body: Any, verdict: Verdict, code: str) -> None:
    standin.answer(status, body)
    assert deliver(standin.url) == Outcome(verdict, code=code)
    assert len(standin.requests) == 1


def test_a_sent_message_with_fields_nobody_knows_is_sent(standin: Standin) -> None:
    standin.answer(200, {"ok": True, "result": {"message_id": 8, "from": 1, "date": "new format"}})
    assert deliver(standin.url) == Outcome(Verdict.ACCEPTED, "8")


# What a network can do


@pytest.mark.parametrize("action", ACTIONS)
def test_a_refused_connection_sent_nothing(closed_port: str, action: str) -> None:
    assert deliver(closed_port, outgoing(action)) == Outcome(Verdict.RETRY, code="no_connection")


def test_a_name_that_does_not_resolve_sent_nothing(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert deliver("https://api.example.test") == Outcome(Verdict.RETRY, code="no_connection")


def test_a_failed_tls_handshake_sent_nothing(standin: Standin) -> None:
    url = standin.url.replace("http:", "https:")
    assert deliver(url) == Outcome(Verdict.RETRY, code="no_tls")


def test_a_ninth_message_that_finds_no_connection_was_not_sent(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.http.CONNECT", 0.2)
    standin.answer_always(200, {"ok": True, "result": {"message_id": 1}}, delay=DELAY)

    async def nine(bot: TelegramBot) -> list[Outcome]:
        return await asyncio.gather(*(bot.deliver(outgoing()) for _ in range(9)))

    outcomes = ask(standin.url, nine)
    assert sorted(outcome.verdict for outcome in outcomes) == [Verdict.ACCEPTED] * 8 + [Verdict.RETRY]
    assert standin.load.most == 8


@pytest.mark.parametrize(("action", "verdict"), [("send", "unknown"), ("edit", "retry"), ("delete", "retry")])
def test_a_read_timeout_leaves_a_send_unknown_and_a_change_to_be_repeated(
    standin: Standin, action: str, verdict: str
) -> None:
    standin.answer_always(200, {"ok": True, "result": True}, delay=DELAY)
    assert deliver(standin.url, outgoing(action), read_timeout=0.2) == Outcome(Verdict(verdict), code="timeout")


@pytest.mark.parametrize(("action", "verdict"), [("send", "unknown"), ("edit", "retry"), ("delete", "retry")])
@pytest.mark.parametrize("breaking", BREAKS, indirect=True)
def test_a_connection_cut_after_the_request_does_too(standin: Standin, breaking: str, action: str, verdict: str) -> None:
    assert deliver(breaking, outgoing(action)) == Outcome(Verdict(verdict), code="cut_off")


@pytest.mark.parametrize(("action", "verdict"), [("edit", "retry"), ("delete", "retry")])
def test_a_bad_gateway_does_too(standin: Standin, action: str, verdict: str) -> None:
    standin.answer(502, b"<html>Bad Gateway</html>")
    assert deliver(standin.url, outgoing(action)) == Outcome(Verdict(verdict), code="502")


def test_a_proxy_in_the_environment_is_for_the_internet_only(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert deliver(standin.url).verdict is Verdict.ACCEPTED
    assert deliver("http://api.example.test") == Outcome(Verdict.RETRY, code="no_connection")


# What else the bot asks


def test_a_button_press_is_answered(standin: Standin) -> None:
    ask(standin.url, lambda bot: bot.answer_callback("cb1"))
    ask(standin.url, lambda bot: bot.answer_callback("cb2", "x" * 300, alert=True))
    assert [request.form for request in standin.requests] == [
        {"callback_query_id": "cb1"},
        {"callback_query_id": "cb2", "text": "x" * 200, "show_alert": "true"},
    ]


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_button_press_that_cannot_be_answered_is_let_go(standin: Standin, status: int) -> None:
    standin.answer(status, refusal(status, "Bad Request: query is too old"))
    ask(standin.url, lambda bot: bot.answer_callback("cb1"))


def test_a_thumbs_up_is_set_on_their_own_message(standin: Standin) -> None:
    ask(standin.url, lambda bot: bot.thank("700001", 12))
    assert standin.requests[0].path.endswith("/setMessageReaction")
    form = standin.requests[0].form
    assert (form["chat_id"], form["message_id"]) == ("700001", "12")
    assert json.loads(form["reaction"]) == [{"type": "emoji", "emoji": "\N{THUMBS UP SIGN}"}]


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_a_thumbs_up_that_telegram_refuses_is_let_go(standin: Standin, status: int) -> None:
    standin.answer(status, refusal(status, "Bad Request: REACTION_INVALID"))
    ask(standin.url, lambda bot: bot.thank("700001", 12))
    assert len(standin.requests) == 1


def test_updates_come_as_telegram_sent_them(standin: Standin) -> None:
    raw = [{"update_id": 5, "message": {"from": 1, "new_field": {"a": None}}}, {"update_id": 6, "unheard_of": []}]
    standin.answer(200, {"ok": True, "result": raw})
    assert ask(standin.url, lambda bot: bot.updates(5, 20)) == raw
    request = standin.requests[0]
    assert request.endpoint == "getUpdates"
    assert request.form == {
        "offset": "5",
        "timeout": "20",
        "allowed_updates": '["message", "edited_message", "callback_query", "my_chat_member"]',
    }


def test_the_first_poll_has_no_offset_and_waits_longer_than_telegram_does(standin: Standin) -> None:
    standin.answer(200, {"ok": True, "result": []}, delay=DELAY)
    assert ask(standin.url, lambda bot: bot.updates(None, 1), read_timeout=0.2) == []
    assert "offset" not in standin.requests[0].form


def test_the_webhook_is_set_with_its_secret_and_removed(standin: Standin) -> None:
    ask(standin.url, lambda bot: bot.set_webhook("https://turnup.example.test/telegram/webhook", "s3cret"))
    ask(standin.url, lambda bot: bot.delete_webhook())
    assert standin.requests[0].form == {
        "url": "https://turnup.example.test/telegram/webhook",
        "secret_token": "s3cret",
        "allowed_updates": '["message", "edited_message", "callback_query", "my_chat_member"]',
        "max_connections": "100",
    }
    assert [request.endpoint for request in standin.requests] == ["setWebhook", "deleteWebhook"]


def test_how_calls_to_the_webhook_go_is_asked(standin: Standin) -> None:
    told = {
        "url": "https://turnup.example.test/telegram/webhook",
        "has_custom_certificate": False,
        "pending_update_count": 3,
        "last_error_date": 1_781_200_000,
        "last_error_message": "Wrong response from\nthe webhook: 502 Bad Gateway",
        "max_connections": 100,
    }
    standin.answer(200, {"ok": True, "result": told})
    standin.answer(200, {"ok": True, "result": {"url": "", "has_custom_certificate": False, "pending_update_count": 0}})
    first, second = ask(standin.url, lambda bot: bot.webhook()), ask(standin.url, lambda bot: bot.webhook())
    words = "Wrong response from the webhook: 502 Bad Gateway"
    assert first == Webhook("https://turnup.example.test/telegram/webhook", 3, 1_781_200_000, words)
    assert second == Webhook("", 0, 0, "")
    assert [(request.endpoint, request.form) for request in standin.requests] == [("getWebhookInfo", {})] * 2


@pytest.mark.parametrize("result", [True, {"pending_update_count": "3"}, {"last_error_date": None}])
def test_a_webhook_that_cannot_be_read_is_none(standin: Standin, result: Any) -> None:
    standin.answer(200, {"ok": True, "result": result})
    with pytest.raises(ProviderUnreachable):
        ask(standin.url, lambda bot: bot.webhook())


def test_what_somebody_sent_is_asked_for_and_fetched(standin: Standin) -> None:
    standin.answer(200, {"ok": True, "result": {"file_id": "f", "file_size": 7, "file_path": "photos/file_1.jpg"}})
    standin.answer(200, b"picture")
    assert ask(standin.url, lambda bot: bot.download("f")) == b"picture"
    asked, fetched = standin.requests
    assert (asked.endpoint, asked.form) == ("getFile", {"file_id": "f"})
    assert (fetched.method, fetched.path) == ("GET", f"/file/bot{TOKEN}/photos/file_1.jpg")


FOUND = {"ok": True, "result": {"file_id": "f", "file_path": "photos/1.jpg"}}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([(400, {"ok": False, "error_code": 400, "description": "Bad Request: file is too big"})], ProviderRefused),
        ([(500, {"ok": False, "error_code": 500, "description": "x"})], ProviderUnreachable),
        ([(200, {"ok": True, "result": {"file_id": "f"}})], ProviderUnreachable),
        ([(200, {"ok": True, "result": {"file_id": "f", "file_path": "x", "file_size": 11 << 20}})], ProviderRefused),
        ([(200, FOUND), (404, b"")], ProviderRefused),
        ([(200, FOUND), (502, b"")], ProviderUnreachable),
        ([(200, FOUND), (200, b"x" * (10 << 20) + b"x")], ProviderRefused),
    ],
)
def test_a_file_that_does_not_come_says_whether_to_ask_again(standin: Standin, answers: Any, error: type[Exception]) -> None:
    for status, body in answers:
        standin.answer(status, body)
    with pytest.raises(ProviderUnreachable) as raised:
        ask(standin.url, lambda bot: bot.download("f"))
    assert type(raised.value) is error
    assert TOKEN not in str(raised.value)


def test_the_bots_name_makes_links(standin: Standin) -> None:
    user = {"id": 7391, "is_bot": True, "first_name": "Sessions", "username": "sessions_bot"}
    standin.answer(200, {"ok": True, "result": user})
    assert ask(standin.url, lambda bot: bot.me()) == user


def test_the_bot_leaves_a_chat(standin: Standin) -> None:
    ask(standin.url, lambda bot: bot.leave(-100123))
    assert (standin.requests[0].endpoint, standin.requests[0].form) == ("leaveChat", {"chat_id": "-100123"})


QUESTIONS: list[Question] = [
    lambda bot: bot.updates(None, 0),
    lambda bot: bot.me(),
    lambda bot: bot.set_webhook("https://turnup.example.test/telegram/webhook", "s3cret"),
    lambda bot: bot.webhook(),
    lambda bot: bot.delete_webhook(),
    lambda bot: bot.leave(1),
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, refusal(500, "Internal Server Error")),
        (502, b"<html>Bad Gateway</html>"),
        (429, refusal(429, "Too Many Requests: retry after 1", retry_after=1)),
        (200, b""),
    ],
)
def test_a_question_without_a_usable_answer(standin: Standin, question: Question, status: int, body: Any) -> None:
    standin.answer(status, body)
    with pytest.raises(ProviderUnreachable) as caught:
        ask(standin.url, question)
    assert not isinstance(caught.value, ProviderRefused)


@pytest.mark.parametrize("question", QUESTIONS[:2])
def test_an_answer_of_another_shape_is_unusable(standin: Standin, question: Question) -> None:
    standin.answer(200, {"ok": True, "result": True})
    with pytest.raises(ProviderUnreachable):
        ask(standin.url, question)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("status", [400, 401, 404, 409])
def test_a_question_that_is_refused(standin: Standin, question: Question, status: int) -> None:
    standin.answer(status, refusal(status, "No"))
    with pytest.raises(ProviderRefused) as caught:
        ask(standin.url, question)
    assert caught.value.code == str(status)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_to_nobody(closed_port: str, question: Question) -> None:
    with pytest.raises(ProviderUnreachable):
        ask(closed_port, question)


def test_a_bot_is_made_without_asking_telegram_anything(closed_port: str) -> None:
    async def make_and_close() -> None:
        await TelegramBot(TOKEN, closed_port).close()

    run(make_and_close())
