import asyncio
import base64
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from tests.simulator.running import TOKEN, RunningSimulator, wait_until
from tests.simulator.web import ReceivingWeb

# PTB tells everybody that its durations will be timedeltas one day.
pytestmark = pytest.mark.filterwarnings("ignore:.*PTB_TIMEDELTA:telegram.warnings.PTBDeprecationWarning")

ANN = 700_000_001
BEN = 700_000_002
ONE_BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes:1")]])

Talk = Callable[[Bot], Awaitable[Any]]


def with_bot(simulator: RunningSimulator, talk: Talk, token: str = TOKEN) -> Any:
    """Run a conversation of the real client with the simulator."""

    async def run() -> Any:
        async with simulator.bot(token) as bot:
            return await talk(bot)

    return asyncio.run(run())


def started(simulator: RunningSimulator, talk: Talk) -> Any:
    simulator.say(ANN, "/start")
    return with_bot(simulator, talk)


def shown(simulator: RunningSimulator, chat_id: int = ANN) -> dict[str, Any]:
    return dict(simulator.chat(chat_id)["messages"][-1])


def test_the_bot_knows_itself(simulator: RunningSimulator) -> None:
    me = with_bot(simulator, lambda bot: bot.get_me())
    assert (me.is_bot, me.username, me.id) == (True, "turnup_demo_bot", 700_700)


def test_any_well_formed_token_is_a_bot_unless_one_is_configured(simulator: RunningSimulator) -> None:
    with pytest.raises(InvalidToken):
        with_bot(simulator, lambda bot: bot.get_me(), "123:someone-else")
    simulator.configure(telegram_token=None)
    assert with_bot(simulator, lambda bot: bot.get_me(), "123:someone-else").id == 123
    assert httpx.get(f"{simulator.url}/botnonsense/getMe").status_code == 404


def test_a_message_arrives_with_its_formatting_keyboard_and_flags(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> Message:
        preview = LinkPreviewOptions(is_disabled=True)
        return await bot.send_message(
            ANN, "<b>Hi</b> Ann", parse_mode="HTML", reply_markup=ONE_BUTTON, protect_content=True,
            disable_notification=True, link_preview_options=preview,
        )  # fmt: skip

    message = started(simulator, talk)
    assert (message.text, message.entities[0].type, message.has_protected_content) == ("Hi Ann", "bold", True)
    assert message.reply_markup == ONE_BUTTON
    on_phone = shown(simulator)
    assert (on_phone["text"], on_phone["state"], on_phone["protected"], on_phone["silent"]) == ("Hi Ann", "sent", True, True)
    assert on_phone["buttons"] == [[{"text": "Yes", "callback_data": "yes:1"}]]
    [booked] = simulator.book()
    assert (booked["to"], booked["body"], booked["reference"]) == (str(ANN), "Hi Ann", str(message.message_id))


def test_a_reply_keyboard_stays_with_the_chat_until_it_is_removed(simulator: RunningSimulator) -> None:
    keyboard = ReplyKeyboardMarkup([["I'm coming", KeyboardButton("My number", request_contact=True)]])

    async def talk(bot: Bot) -> None:
        await bot.send_message(ANN, "choose", reply_markup=keyboard)
        await bot.send_message(ANN, "still there")

    started(simulator, talk)
    row = simulator.chat(ANN)["keyboard"]["keyboard"][0]
    assert row == [{"text": "I'm coming"}, {"text": "My number", "request_contact": True}]
    with_bot(simulator, lambda bot: bot.send_message(ANN, "gone", reply_markup=ReplyKeyboardRemove()))
    assert simulator.chat(ANN)["keyboard"] is None


def test_places_pictures_and_files_can_be_sent(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> bytes:
        pin = await bot.send_location(ANN, 55.86, -4.25)
        assert pin.location
        assert pin.location.latitude == 55.86
        await bot.send_photo(ANN, b"\xff\xd8picture", caption="*A*", parse_mode="MarkdownV2")
        sent = await bot.send_document(ANN, b"a,b\n1,2\n", filename="roster.csv")
        assert sent.document
        assert sent.document.file_name == "roster.csv"
        again = await bot.send_document(ANN, sent.document.file_id)
        assert again.document
        file = await bot.get_file(again.document.file_id)
        return bytes(await file.download_as_bytearray())

    assert started(simulator, talk) == b"a,b\n1,2\n"
    kinds = [message["kind"] for message in simulator.chat(ANN)["messages"]]
    assert kinds == ["text", "location", "photo", "document", "document"]
    assert [row["method"] for row in simulator.book()] == ["sendLocation", "sendPhoto", "sendDocument", "sendDocument"]


def test_a_phone_opens_what_was_sent_to_it(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        await bot.send_photo(ANN, b"\x89PNG", filename="hours.png", caption="74 left")
        await bot.send_document(ANN, b"%PDF-", filename="hours.pdf")

    started(simulator, talk)
    _, picture, document = simulator.chat(ANN)["messages"]
    opened = [simulator.http.get(f"/sim/file/{of['file_id']}") for of in (picture["content"][-1], document["content"])]
    assert [(one.content, one.headers["content-type"]) for one in opened] == [
        (b"\x89PNG", "image/png"), (b"%PDF-", "application/pdf"),
    ]  # fmt: skip
    assert simulator.http.get("/sim/file/none").status_code == 404


def test_a_picture_has_no_text_to_edit(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        sent = await bot.send_photo(ANN, b"\x89PNG", caption="74 left")
        with pytest.raises(BadRequest, match="There is no text in the message to edit"):
            await sent.edit_text("73 left")

    started(simulator, talk)


def test_a_message_is_edited_and_deleted_in_place(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> Message:
        message = await bot.send_message(ANN, "Coming?", reply_markup=ONE_BUTTON)
        await message.edit_reply_markup(None)
        edited = await message.edit_text("You are coming")
        assert isinstance(edited, Message)
        assert edited.edit_date
        with pytest.raises(BadRequest, match="Message is not modified"):
            await message.edit_text("You are coming")
        return message

    message = started(simulator, talk)
    assert (shown(simulator)["text"], shown(simulator)["state"]) == ("You are coming", "edited")
    assert with_bot(simulator, lambda bot: bot.delete_message(ANN, message.message_id))
    assert shown(simulator)["state"] == "deleted"
    with pytest.raises(BadRequest, match="Message to edit not found"):
        with_bot(simulator, lambda bot: bot.edit_message_text("x", ANN, message.message_id))
    with pytest.raises(BadRequest, match="Message to delete not found"):
        with_bot(simulator, lambda bot: bot.delete_message(ANN, message.message_id))


def test_what_carries_a_reply_keyboard_or_is_the_persons_own_cannot_be_edited(simulator: RunningSimulator) -> None:
    own = simulator.say(ANN, "hello")["message_id"]

    async def talk(bot: Bot) -> None:
        sent = await bot.send_message(ANN, "choose", reply_markup=ReplyKeyboardMarkup([["1"]]))
        for message_id in (own, sent.message_id):
            with pytest.raises(BadRequest, match="Message can't be edited"):
                await bot.edit_message_text("x", ANN, message_id)

    with_bot(simulator, talk)


def test_a_message_cannot_be_deleted_after_two_days(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        message = await bot.send_message(ANN, "for a while")
        simulator.post("telegram/age", {"chat_id": ANN, "message_id": message.message_id, "hours": 47})
        other = await bot.send_message(ANN, "for longer")
        simulator.post("telegram/age", {"chat_id": ANN, "message_id": other.message_id, "hours": 49})
        assert await message.delete()
        with pytest.raises(BadRequest, match="can't be deleted"):
            await other.delete()

    started(simulator, talk)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": "x" * 4097}, "Message is too long"),
        ({"text": " "}, "Message text is empty"),
        ({"text": "a <b>", "parse_mode": "HTML"}, "Can't parse entities: can't find end tag"),
        ({"text": "a.", "parse_mode": "MarkdownV2"}, "Can't parse entities: character '.' is reserved"),
        ({"text": "a", "parse_mode": "bbcode"}, "Unsupported parse_mode"),
        ({"text": "a", "reply_markup": InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="é" * 33)]])},
         "Button_data_invalid"),
    ],
)  # fmt: skip
def test_a_message_that_breaks_a_limit_is_refused(
    simulator: RunningSimulator, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        started(simulator, lambda bot: bot.send_message(ANN, **arguments))
    assert refused.value.message.lower().startswith(words.lower())
    assert simulator.book() == []


def test_length_is_counted_after_formatting(simulator: RunningSimulator) -> None:
    text = "<b>" + "x" * 4096 + "</b>"
    assert len(started(simulator, lambda bot: bot.send_message(ANN, text, parse_mode="HTML")).text) == 4096


def test_nobody_can_be_written_to_who_has_not_written_first(simulator: RunningSimulator) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        with_bot(simulator, lambda bot: bot.send_message(BEN, "hello"))
    simulator.say(-5, "hello all", user_id=BEN)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        with_bot(simulator, lambda bot: bot.send_message(BEN, "hello"))
    simulator.say(BEN, "/start")
    assert with_bot(simulator, lambda bot: bot.send_message(BEN, "hello")).text == "hello"


def test_a_person_blocks_the_bot_and_comes_back(simulator: RunningSimulator) -> None:
    simulator.say(ANN, "/start")
    simulator.block(ANN)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        with_bot(simulator, lambda bot: bot.send_message(ANN, "hello"))
    simulator.unblock(ANN)
    updates = with_bot(simulator, lambda bot: bot.get_updates())
    assert [update.my_chat_member.new_chat_member.status for update in updates[1:]] == ["kicked", "member"]
    simulator.post("telegram/deactivate", {"chat_id": ANN})
    with pytest.raises(Forbidden, match="user is deactivated"):
        with_bot(simulator, lambda bot: bot.send_message(ANN, "hello"))


def test_a_pressed_button_is_answered_once_and_in_time(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        message = await bot.send_message(ANN, "Coming?", reply_markup=ONE_BUTTON)
        simulator.press(ANN, message.message_id, "yes:1")
        [*_, update] = await bot.get_updates()
        query = update.callback_query
        assert query
        assert (query.data, query.message and query.message.message_id) == ("yes:1", message.message_id)
        assert await query.answer("Noted", show_alert=True)
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
            await query.answer()
        simulator.configure(callback_seconds=0)
        late = simulator.press(ANN, message.message_id, "yes:1")
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(late["callback_query_id"])
        await message.delete()
        simulator.press(ANN, message.message_id, "yes:1")
        [*_, stale] = await bot.get_updates()
        assert stale.callback_query
        assert stale.callback_query.message
        assert not stale.callback_query.message.is_accessible

    started(simulator, talk)
    [toast] = shown(simulator)["toasts"]
    assert (toast["text"], toast["alert"]) == ("Noted", True)


def test_a_reaction_stands_on_the_persons_message_until_it_is_taken_back(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        said = simulator.say(ANN, "cheers")["message_id"]
        assert await bot.set_message_reaction(ANN, said, "\N{THUMBS UP SIGN}")
        assert shown(simulator)["reaction"] == "\N{THUMBS UP SIGN}"
        for reaction, why in (("x", "Reaction_invalid"), (["\N{THUMBS UP SIGN}", "\N{FIRE}"], "Reactions_too_many")):
            with pytest.raises(BadRequest, match=why):
                await bot.set_message_reaction(ANN, said, reaction)
        with pytest.raises(BadRequest, match="Message to react not found"):
            await bot.set_message_reaction(ANN, said + 1, "\N{THUMBS UP SIGN}")
        assert await bot.set_message_reaction(ANN, said, [])

    started(simulator, talk)
    assert shown(simulator)["reaction"] is None


def test_people_send_more_than_words(simulator: RunningSimulator) -> None:
    simulator.say(ANN, photo=True)
    simulator.say(ANN, voice=True)
    simulator.say(ANN, sticker=True)
    simulator.say(ANN, location=True)
    simulator.say(ANN, contact="+447700900123")
    first = simulator.say(ANN, "/start 7K3M9Q")
    simulator.edit(ANN, first["message_id"], "1")
    updates = with_bot(simulator, lambda bot: bot.get_updates())
    messages = [update.message for update in updates[:6]]
    assert messages[0].photo[0].file_id
    assert messages[1].voice.duration == 3
    assert messages[2].sticker.emoji == "👍"
    assert messages[3].location
    assert (messages[4].contact.phone_number, messages[4].contact.user_id) == ("+447700900123", ANN)
    assert messages[5].parse_entities(["bot_command"])
    assert (updates[6].edited_message.text, updates[6].edited_message.edit_date is not None) == ("1", True)


def test_a_photo_that_a_person_sends_can_be_fetched_in_its_largest_size(simulator: RunningSimulator) -> None:
    photo = {"data": base64.b64encode(b"\xff\xd8a large one").decode(), "width": 1280, "height": 960}
    simulator.say(ANN, "ma bird box", photo=photo)

    async def talk(bot: Bot) -> tuple[str | None, bytes]:
        [update] = await bot.get_updates()
        assert update.message
        *_, large = update.message.photo
        assert (large.width, large.height) == (1280, 960)
        file = await bot.get_file(large.file_id)
        return update.message.caption, bytes(await file.download_as_bytearray())

    assert with_bot(simulator, talk) == ("ma bird box", b"\xff\xd8a large one")
    gone = simulator.http.get(f"/file/bot{TOKEN}/photos/none.jpg")
    assert gone.status_code == 404


def test_the_profile_and_the_chat_are_set(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        commands = [BotCommand("help", "Get help")]
        assert await bot.set_my_commands(commands)
        assert list(await bot.get_my_commands()) == commands
        assert await bot.delete_my_commands()
        assert await bot.get_my_commands() == ()
        assert await bot.set_my_name("Turnup")
        assert await bot.set_my_description("Helps")
        assert await bot.set_my_short_description("Helps")
        assert await bot.send_chat_action(ANN, "typing")
        assert simulator.chat(ANN)["action"] == "typing"
        assert (await bot.get_chat(ANN)).type == "private"
        with pytest.raises(BadRequest, match="can't be changed in private chats"):
            await bot.leave_chat(ANN)
        simulator.say(-5, "hello all", user_id=ANN)
        assert await bot.leave_chat(-5)
        with pytest.raises(Forbidden):
            await bot.send_message(-5, "bye")

    started(simulator, talk)


def test_an_unknown_method_is_not_found(simulator: RunningSimulator) -> None:
    answer = httpx.post(f"{simulator.url}/bot{TOKEN}/sendTelepathy")
    assert (answer.status_code, answer.json()) == (404, {"ok": False, "error_code": 404, "description": "Not Found"})


def test_parameters_come_as_json_form_or_query(simulator: RunningSimulator) -> None:
    simulator.say(ANN, "/start")
    url = f"{simulator.url}/bot{TOKEN}/SENDMESSAGE"
    for answer in (
        httpx.get(url, params={"chat_id": ANN, "text": "query"}),
        httpx.post(url, data={"chat_id": str(ANN), "text": "form"}),
        httpx.post(url, json={"chat_id": ANN, "text": "json", "reply_markup": {"inline_keyboard": []}}),
    ):
        assert answer.json()["ok"]
    assert [row["body"] for row in simulator.book()] == ["query", "form", "json"]


def test_updates_wait_for_a_poll_and_are_confirmed_by_the_next(simulator: RunningSimulator) -> None:
    first = simulator.say(ANN, "one")["update_id"]
    assert simulator.say(ANN, "two")["update_id"] == first + 1

    async def talk(bot: Bot) -> None:
        assert [u.update_id for u in await bot.get_updates(limit=1)] == [first]
        assert [u.update_id for u in await bot.get_updates(offset=first + 1)] == [first + 1]
        assert simulator.chat(ANN)["messages"][0]["state"] == "taken"
        assert simulator.chat(ANN)["messages"][1]["state"] == "waiting"
        assert await bot.get_updates(offset=first + 2) == ()
        poll = asyncio.create_task(bot.get_updates(offset=first + 2, timeout=20))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(simulator.say, ANN, "three")
        assert [u.message and u.message.text for u in await poll] == ["three"]

    with_bot(simulator, talk)


def test_one_poll_at_a_time_and_none_beside_a_webhook(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    async def talk(bot: Bot) -> None:
        poll = f"{simulator.url}/bot{TOKEN}/getUpdates?timeout=20"
        older = asyncio.create_task(asyncio.to_thread(httpx.get, poll, timeout=30))
        await asyncio.to_thread(wait_until, lambda: [r for r in simulator.requests() if "getUpdates" in r["path"]])
        newer = asyncio.create_task(bot.get_updates(timeout=20))
        answer = await older
        assert answer.status_code == 409
        assert "terminated by other getUpdates request" in answer.json()["description"]
        await bot.set_webhook(f"{web.url}/telegram")
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await newer
        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        assert await bot.delete_webhook()
        assert await bot.get_updates() == ()

    with_bot(simulator, talk)


def test_a_waiting_poll_does_not_keep_the_simulator_from_stopping(simulator: RunningSimulator) -> None:
    async def talk(bot: Bot) -> None:
        poll = asyncio.create_task(bot.get_updates(timeout=40))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(simulator.stop)
        assert await poll == ()

    with_bot(simulator, talk)


def test_updates_are_posted_to_the_webhook_with_its_secret(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.say(ANN, "before")

    async def talk(bot: Bot) -> None:
        await bot.set_webhook(f"{web.url}/telegram", secret_token="s3cret", allowed_updates=["message"])
        info = await bot.get_webhook_info()
        assert (info.url, info.allowed_updates) == (f"{web.url}/telegram", ("message",))

    with_bot(simulator, talk)
    sent = simulator.say(ANN, "after")
    simulator.block(ANN)
    posts = web.wait_for("/telegram", 2)
    assert [post.json["message"]["text"] for post in posts] == ["before", "after"]
    assert posts[1].json["update_id"] == sent["update_id"]
    assert {post.headers["x-telegram-bot-api-secret-token"] for post in posts} == {"s3cret"}
    wait_until(lambda: simulator.chat(ANN)["messages"][-1]["state"] == "taken")
    with_bot(simulator, lambda bot: bot.get_webhook_info())
    assert len(web.at("/telegram")) == 2


def test_a_refused_update_is_posted_again_before_the_next_one(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    web.statuses, web.retry_after = [500], "0"
    with_bot(simulator, lambda bot: bot.set_webhook(f"{web.url}/telegram"))
    simulator.say(ANN, "one")
    simulator.say(ANN, "two")
    posts = web.wait_for("/telegram", 3)
    assert [post.json["message"]["text"] for post in posts] == ["one", "one", "two"]
    info = with_bot(simulator, lambda bot: bot.get_webhook_info())
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


def webhook(simulator: RunningSimulator, url: str = "") -> dict[str, Any]:
    """What the simulator tells of a bot's webhook, which is set first where a URL is given."""
    if url:
        httpx.post(f"{simulator.url}/bot{TOKEN}/setWebhook", json={"url": url}).raise_for_status()
    return dict(httpx.get(f"{simulator.url}/bot{TOKEN}/getWebhookInfo").json()["result"])


def test_an_untroubled_webhook_tells_no_error(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    untroubled = {"has_custom_certificate": False, "pending_update_count": 0}
    assert webhook(simulator) == {"url": "", **untroubled}
    simulator.say(ANN, "one")
    simulator.say(ANN, "two")
    assert webhook(simulator)["pending_update_count"] == 2
    url = f"{web.url}/telegram"
    webhook(simulator, url)
    wait_until(lambda: webhook(simulator) == {"url": url, **untroubled, "max_connections": 40})


def test_what_kept_a_webhook_from_its_update_is_told_until_another_is_set(
    simulator: RunningSimulator, web: ReceivingWeb
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    began = int(time.time())
    webhook(simulator, f"http://127.0.0.1:{port}/telegram")
    simulator.say(ANN, "one")
    failed = wait_until(lambda: (seen := webhook(simulator)).get("last_error_date") and seen)
    assert (failed["last_error_message"], failed["pending_update_count"]) == ("Connection refused", 1)
    assert began <= failed["last_error_date"] <= time.time()
    later = wait_until(lambda: (seen := webhook(simulator))["last_error_date"] > failed["last_error_date"] and seen)
    assert later["pending_update_count"] == 1
    assert "last_error_date" not in webhook(simulator, f"{web.url}/telegram")


def test_an_error_stands_though_what_failed_is_delivered(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    web.statuses = [502]
    webhook(simulator, f"{web.url}/telegram")
    simulator.say(ANN, "one")
    web.wait_for("/telegram", 2)
    delivered = wait_until(lambda: not (seen := webhook(simulator))["pending_update_count"] and seen)
    assert delivered["last_error_message"] == "Wrong response from the webhook: 502 Bad Gateway"
    assert webhook(simulator, f"{web.url}/telegram") == delivered  # which changed nothing


def test_one_update_of_a_queue_is_in_flight_while_other_queues_overlap(
    simulator: RunningSimulator, web: ReceivingWeb
) -> None:
    web.hold = 0.2
    message = started(simulator, lambda bot: bot.send_message(ANN, "Coming?", reply_markup=ONE_BUTTON))
    with_bot(simulator, lambda bot: bot.set_webhook(f"{web.url}/telegram", drop_pending_updates=True))
    for n in range(3):
        simulator.say(ANN, str(n))
    web.wait_for("/telegram", 3)
    assert web.most_together == 1
    simulator.say(ANN, "at once")
    simulator.press(ANN, message.message_id, "yes:1")
    simulator.block(ANN)
    web.wait_for("/telegram", 6)
    assert web.most_together == 3


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://example.org/hook", "An HTTPS URL must be provided"), ("ftp://x", "invalid webhook URL specified")],
)
def test_a_webhook_needs_https_away_from_this_machine(simulator: RunningSimulator, url: str, words: str) -> None:
    with pytest.raises(BadRequest, match="(?i)" + words):
        with_bot(simulator, lambda bot: bot.set_webhook(url))


def test_too_many_requests_say_how_long_to_wait(simulator: RunningSimulator) -> None:
    simulator.fault("telegram", "http", status=429, retry_after=7)
    with pytest.raises(RetryAfter) as refused:
        started(simulator, lambda bot: bot.send_message(ANN, "hello"))
    assert refused.value.retry_after == 7
