"""The worker: handles what came in, in order; runs the senders; asks the providers where nothing comes by itself."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cryptography.fernet import InvalidToken

from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.web import telegram_raw, twilio_raw
from db import cursors, deliveries, faults, inbound, leases, tasks, unreadable
from db.clock import Clock
from db.council import Council
from db.deliveries import Receipt
from db.inbound import Raw, Stored
from db.record import Record
from handlers import conversation, failures, reading
from handlers.turn import PersonTurn, Turn
from locales.catalog import DEFAULT, Catalogs
from notifications import errors
from notifications.channel import ProviderUnreachable
from notifications.sender import Sender
from notifications.telegram import TelegramBot
from notifications.twilio_sms import TwilioSms

POLL = 0.2  # seconds between looks when nothing wakes us
BATCH = 200  # messages handled in one commit
LIST_WITH_WEBHOOKS = 60.0  # seconds between readings of the SMS provider's list
LIST_ALONE = 5.0
ASK_AGAIN = 5.0  # seconds after a provider gave no answer
ASK_OPEN = 15.0  # seconds between questions about what the SMS provider has not finished
ASK_MISSED = 60.0  # the same, where receipts come by webhook
RECEIPT_DUE = timedelta(minutes=5)  # without a receipt for this long, one was probably missed
ASK_AT_ONCE = 100
LONG_POLL = 20  # seconds Telegram may hold a question for updates
OVERLAP = timedelta(minutes=10)  # the list is read again this far back: it may show a message late
FIRST_LOOK_BACK = timedelta(hours=1) - OVERLAP
Aside = Callable[[TelegramBot], Awaitable[None]]
"""What is said beside the answer, once the turn is committed, and not again if it does not arrive."""

log = logging.getLogger("turnup.worker")


class Worker:
    def __init__(
        self, record: Record, council: Council, clock: Clock, holder: str, senders: list[Sender], bot: TelegramBot | None
    ) -> None:
        self._record = record
        self._council = council
        self._clock = clock
        self._holder = holder
        self._senders = senders
        self._bot = bot
        self._fence: int | None = None
        self._one_by_one = 0  # messages still to be handled each in its own commit, to find the one that crashes us
        self._wake = asyncio.Event()
        self._asides: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        self._wake.set()

    def wake_senders(self) -> None:
        for sender in self._senders:
            sender.wake()

    async def run(self, *, alone: bool) -> None:
        lease = asyncio.create_task(self._keep_lease(alone))
        try:
            while True:
                await self._once()
        finally:
            lease.cancel()

    async def _keep_lease(self, alone: bool) -> None:
        while True:
            try:
                await asyncio.to_thread(self._take_lease, alone and self._fence is None)
            except Exception as error:
                log.error("lease inbound not renewed: %s", faults.where(error))
            await asyncio.sleep(leases.RENEW_EVERY if self._fence is not None else 1.0)

    def _take_lease(self, by_force: bool) -> None:
        with self._record.write() as connection:
            before = leases.was_released(connection, "inbound")
            fence = leases.take(connection, "inbound", self._holder, real=self._clock.real(), by_force=by_force)
            if fence is not None and fence != self._fence and not before:
                inbound.suspect(connection)
                self._one_by_one = BATCH
        self._fence = fence

    async def _once(self) -> None:
        self._wake.clear()
        if self._fence is None:
            await asyncio.sleep(POLL)
            return
        try:
            asides, more = await asyncio.to_thread(self._batch)
        except Exception as error:
            log.error("the record did not answer: %s", faults.where(error))
            await asyncio.sleep(1)
            return
        for aside in asides:
            self._say_aside(aside)
        if more:
            self.wake_senders()
        else:
            await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        except TimeoutError:
            return

    def _batch(self) -> tuple[list[Aside], bool]:
        stored = self._next()
        if self._one_by_one > 0 or any(one.attempts for one in stored):
            groups = [[one] for one in stored]
        else:
            groups = [stored] if stored else []
        asides: list[Aside] = []
        stuck: set[str | None] = set()
        for group in groups:
            if group[0].attempts >= inbound.TRIES and group[0].sender_hash not in stuck:
                self._give_up(group[0], "crash")
            else:
                asides += self._handle(group, stuck)
            self._one_by_one -= len(group)
        return asides, bool(stored)

    def _next(self) -> list[Stored]:
        now = self._clock.now()
        try:
            with self._record.read() as connection:
                return inbound.next_in_order(connection, BATCH, now=now)
        except InvalidToken:
            with self._record.write() as connection:
                shut = unreadable.set_messages_aside(connection, now=now)
            log.error("cannot be read, and handed to staff: messages %s", shut)
            return []

    def _handle(self, group: list[Stored], stuck: set[str | None]) -> list[Aside]:
        """Messages, each of them all or nothing; what is said beside their answers.

        `stuck` are the senders whose next messages have to wait, since one of theirs failed.
        """
        if any(one.received_at > self._clock.now() for one in group):
            self._clock.follow()  # the demo's clock was moved, and another process heard of it first
        free = [one for one in group if one.sender_hash is None or one.sender_hash not in stuck]
        if not free:
            return []
        try:
            return self._together(free)
        except Exception as error:
            if faults.is_of_the_database(error):
                raise
            if len(free) == 1:
                stuck.add(free[0].sender_hash)
                self._failed(free[0], error)
                return []
        # Nothing of them was committed. Each by itself, the one that failed spoils no other.
        return [aside for one in free for aside in self._handle([one], stuck)]

    def _together(self, group: list[Stored]) -> list[Aside]:
        """In one transaction, all of them or none. What can be told without the record is told before it is locked."""
        heard = {one.id: conversation.hear(one.door, one.payload) for one in group}
        with self._record.write() as connection:
            if not leases.holds(connection, "inbound", self._holder, self._fence or 0):
                return []
            now = self._clock.now()
            taken = inbound.take(connection, [one.id for one in group], now=now)
            ours = {id_: one for id_, one in heard.items() if id_ in taken}
            turns = conversation.handle_all(connection, self._council, ours, now=now)
        return [aside for turn in turns if (aside := _aside(turn))]

    def _failed(self, one: Stored, error: Exception) -> None:
        if isinstance(error, reading.MalformedError):
            self._give_up(one, str(error))
            return
        # The class only: an exception's text may hold what somebody wrote.
        log.error("message %d failed: %s", one.id, faults.where(error))
        with self._record.write() as connection:
            last = inbound.failed_once(connection, one.id, type(error).__name__, now=self._clock.now())
        if last:
            self._give_up(one, type(error).__name__)

    def _give_up(self, one: Stored, error: str) -> None:
        """A person takes over what we cannot handle, and the sender hears so."""
        now = self._clock.now()
        try:
            with self._record.write() as connection:
                inbound.fail(connection, one.id, error, now=now)
                failures.hand_over(connection, self._council, one, now=now)
        except Exception as unreadable:
            if faults.is_of_the_database(unreadable):
                raise
            # It must not come back for ever; staff learn that there is something, if not what.
            log.error("message %d cannot be handed over: %s", one.id, faults.where(unreadable))
            with self._record.write() as connection:
                inbound.fail(connection, one.id, error, now=now)
                key = f"failed_message:{one.id}"
                tasks.open_task(connection, key=key, kind="failed_message", now=now, due_at=now)

    def _say_aside(self, aside: Aside) -> None:
        if self._bot is None:
            return
        task = asyncio.ensure_future(aside(self._bot))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)


def _aside(turn: Turn) -> Aside | None:
    message = turn.message
    if message.callback_id is not None:
        text = ""
        if turn.toast is not None:
            locale = turn.person.language if isinstance(turn, PersonTurn) else DEFAULT
            text = Catalogs.load().text(turn.toast, locale=locale, channel="telegram", mode="discreet")
        return partial(TelegramBot.answer_callback, callback_id=message.callback_id, text=text[:200])
    if message.kind == "group":
        return partial(_leave, chat_id=message.address)
    if turn.thanked and message.number is not None:
        return partial(TelegramBot.thank, chat_id=message.address, message_id=message.number)
    return None


async def _leave(bot: TelegramBot, chat_id: str) -> None:
    """Groups and channels are not for us: others read there. As well as it goes; the next message there is as good."""
    try:
        await bot.leave(chat_id)
    except ProviderUnreachable:
        log.warning("a group could not be left")


class Poller:
    """Asks a provider again and again while this process holds the lease for it."""

    def __init__(self, record: Record, clock: Clock, holder: str, name: str, *, is_door: bool = False) -> None:
        """`is_door`: what people send comes by it, so that somebody must know when it is shut."""
        self._record = record
        self._clock = clock
        self._holder = holder
        self._hearing = Hearing(record, clock, name) if is_door else None
        self._lease = f"poll:{name}"
        self._held_until = 0.0
        self._forced = False

    async def run(self, *, alone: bool) -> None:
        renewing = asyncio.create_task(self._renew(alone))
        try:
            while True:
                if not self._holds():
                    await asyncio.sleep(POLL)
                    continue
                await self._ask_once()
        finally:
            renewing.cancel()

    async def _ask_once(self) -> None:
        try:
            try:
                await self.ask()
            except ProviderUnreachable as error:
                log.warning("%s: %s", self._lease, error)
                if self._hearing:
                    await self._hearing.failed(str(error))
                await asyncio.sleep(ASK_AGAIN)
            else:
                if self._hearing:
                    await self._hearing.answered()
        except Exception as error:
            log.error("%s: %s", self._lease, faults.where(error))
            await asyncio.sleep(1)

    def _holds(self) -> bool:
        return asyncio.get_running_loop().time() < self._held_until

    async def _renew(self, alone: bool) -> None:
        while True:
            try:
                if await asyncio.to_thread(self._take, alone and not self._forced):
                    self._held_until = asyncio.get_running_loop().time() + leases.LASTS.total_seconds() - 2
                    self._forced = True
            except Exception as error:
                log.error("%s not renewed: %s", self._lease, faults.where(error))
            await asyncio.sleep(leases.RENEW_EVERY if self._forced else 1.0)

    def _take(self, by_force: bool) -> bool:
        with self._record.write() as connection:
            return leases.take(connection, self._lease, self._holder, real=self._clock.real(), by_force=by_force) is not None

    def cursor(self, value: str | None = None) -> str | None:
        """The place reached, or with a value, the new place."""
        with self._record.write() as connection:
            return cursors.move(connection, self._lease, value)

    async def ask(self) -> None:
        raise NotImplementedError


class TelegramPoller(Poller):
    """Long polling, where no webhook can reach us. What is stored is confirmed by asking for what follows it."""

    def __init__(self, record: Record, clock: Clock, holder: str, bot: TelegramBot, inbox: Inbox) -> None:
        super().__init__(record, clock, holder, "telegram", is_door=True)
        self._bot = bot
        self._inbox = inbox
        self._offset: int | None = None
        self._webhook_gone = False

    async def ask(self) -> None:
        if not self._webhook_gone:
            await self._bot.delete_webhook()
            self._webhook_gone = True
        for update in await self._bot.updates(self._offset, LONG_POLL):
            await self._inbox.put(telegram_raw(json.dumps(update)))
            self._offset = update["update_id"] + 1


class TwilioListPoller(Poller):
    """Reads the provider's list: the only door without webhooks, and with them what they missed.

    It begins by the provider's clock, and goes on from the newest date in the list: ours may be wrong, and what is older
    than we ask for is never seen.
    """

    def __init__(self, record: Record, clock: Clock, holder: str, sms: TwilioSms, inbox: Inbox, every: float) -> None:
        super().__init__(record, clock, holder, "twilio", is_door=True)
        self._sms = sms
        self._inbox = inbox
        self._every = every

    async def ask(self) -> None:
        place = await asyncio.to_thread(self.cursor)
        reached = datetime.fromisoformat(place or await self._begin())
        listed = await self._sms.received(reached - OVERLAP)
        # Together, as a long list would else take as many commits, most of them for what is stored already.
        await asyncio.gather(*(self._inbox.put(_listed(message)) for message in listed))
        dates = [datetime.fromisoformat(message["date"]) for message in listed if message["date"]]
        if dates and max(dates) > reached:
            await asyncio.to_thread(self.cursor, max(dates).isoformat())
        await asyncio.sleep(self._every)

    async def _begin(self) -> str:
        begin = (await self._sms.now() or self._clock.real()) - FIRST_LOOK_BACK
        await asyncio.to_thread(self.cursor, begin.isoformat())
        return begin.isoformat()


def _listed(message: dict[str, Any]) -> Raw:
    form = {
        "MessageSid": message["sid"], "From": message["from"], "To": message["to"], "Body": message["body"],
        "NumMedia": str(message["num_media"]),
    }  # fmt: skip
    return twilio_raw(form)


class TwilioStatusPoller(Poller):
    """Asks how the open texts are doing: the only word of them without webhooks, and with them what receipts missed."""

    def __init__(
        self, record: Record, council: Council, clock: Clock, holder: str, sms: TwilioSms, *, webhooks: bool
    ) -> None:
        super().__init__(record, clock, holder, "status")
        self._council = council
        self._sms = sms
        self._every = ASK_MISSED if webhooks else ASK_OPEN
        self._patience = RECEIPT_DUE if webhooks else timedelta()

    async def ask(self) -> None:
        for token, sid in await asyncio.to_thread(self._open):
            sent = await self._sms.status(sid)
            state, verdict = errors.of_receipt(sent.status, sent.error_code)
            receipt = Receipt("twilio", sid, token, state, sent.error_code, verdict.value if verdict else None)
            await asyncio.to_thread(self._receive, receipt)
        await asyncio.sleep(self._every)

    def _open(self) -> list[tuple[str, str]]:
        real = self._clock.real()
        with self._record.read() as connection:
            return deliveries.accepted_open(
                connection, since=real - deliveries.SILENT_FOR, before=real - self._patience, limit=ASK_AT_ONCE
            )

    def _receive(self, receipt: Receipt) -> None:
        with self._record.write() as connection:
            deliveries.asked(connection, receipt.token or "", real=self._clock.real())
            deliveries.receive(connection, self._council, receipt, now=self._clock.now(), real=self._clock.real())
