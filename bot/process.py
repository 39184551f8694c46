"""What runs: web, worker and clock, each alone or all in one process, until SIGTERM."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import uvicorn
import uvloop

from bot.auditing import ListAudit
from bot.inbox import Inbox
from bot.photos import PhotoPoller
from bot.settings import Settings, SettingsError
from bot.ticker import Ticker
from bot.web import Web
from bot.webhook import WebhookKeeper
from bot.worker import LIST_ALONE, LIST_WITH_WEBHOOKS, TelegramPoller, TwilioListPoller, TwilioStatusPoller, Worker
from db import faults, leases, waking, watch
from db.clock import Clock
from db.council import Council
from db.record import Record
from locales.catalog import Catalogs
from notifications.channel import ProviderUnreachable
from notifications.rendering import Renderer
from notifications.sender import Sender
from notifications.telegram import TelegramBot
from notifications.twilio_sms import TwilioSms
from notifications.watching import AUDIT_EVERY, EVERY, Watching

HEARTBEAT = 5.0  # seconds
CALL_TIMEOUT = 8.0  # seconds for one call to the SMS provider: a hung one must end before SIGTERM's ten seconds do
LAST_THREADS = 3.0  # seconds that what still runs in threads has, at the end
SWITCH = 0.0005  # seconds
THREADS = 40  # made as they are needed
DEMO_BOT = "turnup_demo_bot"

T = TypeVar("T")

log = logging.getLogger("turnup")


def run(main: Coroutine[Any, Any, T]) -> T:
    """To its end, on the event loop that uvicorn[standard] brings."""
    # The loop and the threads that talk to the record share one interpreter: whoever comes back from the disk should
    # not wait Python's five milliseconds for its turn.
    sys.setswitchinterval(SWITCH)
    gc.freeze()  # what the start has made stays: the collector need not look at it again
    return uvloop.run(main)


class Process:
    """The parts of one process, over one record."""

    def __init__(self, settings: Settings, record: Record, council: Council, parts: frozenset[str]) -> None:
        self._settings = settings
        self._record = record
        self._council = council
        self._parts = parts
        self._alone = record.is_sqlite
        self._holder = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._clock = Clock(record, travels=settings.is_demo)
        self._stopping = asyncio.Event()
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def run(self, *, ready: Callable[[], None] | None = None) -> None:
        """Until SIGTERM or SIGINT, then ends what is in hand and gives its leases back. A part that fails ends all."""
        loop = asyncio.get_running_loop()
        # While the database is held by somebody else its writers wait in threads, and what only reads must not wait too.
        loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="record"))
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stopping.set)
        ticker = self._ticker() if "clock" in self._parts else None
        tasks = [asyncio.create_task(part) for part in self._coroutines(ready)]
        stop = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                task.result()
        finally:
            stop.cancel()
            await self._end(tasks, ticker)

    async def _end(self, tasks: list[asyncio.Task[None]], ticker: Ticker | None) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if ticker is not None:
            await asyncio.to_thread(ticker.stop)
        for close in self._closing:
            await close()
        try:
            # A renewal still under way in a thread would take back what is given back here.
            await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), LAST_THREADS)
            self._release()
        except Exception as error:
            log.warning("leases not given back: %s", faults.where(error))

    def _release(self) -> None:
        with self._record.write() as connection:
            leases.release(connection, self._holder, real=self._clock.real())

    def _ticker(self) -> Ticker:
        ticker = Ticker(
            self._record, self._council, self._clock, self._holder, demo=self._settings.is_demo, alone=self._alone
        )
        ticker.start()
        return ticker

    def _coroutines(self, ready: Callable[[], None] | None) -> list[Coroutine[Any, Any, None]]:
        settings = self._settings
        bot = sms = None
        if settings.telegram and self._parts & {"web", "worker"}:
            bot = TelegramBot(settings.telegram.token, settings.telegram.api_url)
            self._closing.append(bot.close)
        worker: Worker | None = None
        senders: list[Sender] = []
        found: list[Coroutine[Any, Any, None]] = [self._beat()]
        if "worker" in self._parts:
            if settings.twilio:
                sms = self._sms()
                self._closing.append(sms.close)
            senders = self._senders(bot, sms)
            worker = Worker(self._record, self._council, self._clock, self._holder, senders, bot)
            found += [worker.run(alone=self._alone), *(sender.run(alone=self._alone) for sender in senders)]
            if not self._record.is_sqlite:  # on SQLite there is nobody else to hear from
                from bot.listening import listen

                found.append(listen(self._record, {waking.CAME_IN: worker.wake, waking.TO_SEND: worker.wake_senders}))
        inbox = Inbox(self._record, self._clock, worker.wake if worker else _nothing)
        if "worker" in self._parts:
            found += self._pollers(bot, sms, inbox)
        if "web" in self._parts:
            found.append(self._web(inbox, ready))
            if bot and settings.public_url:
                found.append(self._keep_webhook(bot, settings.public_url))
        if self._parts & {"worker", "clock"}:
            found.append(self._watch())
        if settings.is_demo:
            found.append(self._follow_clock())
        return found

    def _sms(self) -> TwilioSms:
        twilio, public_url = self._settings.twilio, self._settings.public_url
        if twilio is None:
            raise ValueError("no SMS provider is set")
        callback = (lambda token: f"{public_url}/twilio/status/{token}") if public_url else None
        return TwilioSms(twilio.account_sid, twilio.auth_token, twilio.sender, twilio.api_url, callback, CALL_TIMEOUT)

    def _senders(self, bot: TelegramBot | None, sms: TwilioSms | None) -> list[Sender]:
        renderer = Renderer(self._council, Catalogs.load())
        channels = [channel for channel in (bot, sms) if channel is not None]
        return [Sender(self._record, self._council, renderer, channel, self._clock, self._holder) for channel in channels]

    def _pollers(self, bot: TelegramBot | None, sms: TwilioSms | None, inbox: Inbox) -> list[Coroutine[Any, Any, None]]:
        found: list[Coroutine[Any, Any, None]] = []
        webhooks = self._settings.public_url is not None
        about = (self._record, self._clock, self._holder)
        if bot is not None and not webhooks:
            found.append(TelegramPoller(*about, bot, inbox).run(alone=self._alone))
        if bot is not None:
            found.append(PhotoPoller(*about, bot, self._council).run(alone=self._alone))
        if sms is not None:
            every = LIST_WITH_WEBHOOKS if webhooks else LIST_ALONE
            found.append(TwilioListPoller(*about, sms, inbox, every).run(alone=self._alone))
            status = TwilioStatusPoller(self._record, self._council, self._clock, self._holder, sms, webhooks=webhooks)
            found.append(status.run(alone=self._alone))
            found.append(ListAudit(*about, sms).run(alone=self._alone))
        return found

    async def _web(self, inbox: Inbox, ready: Callable[[], None] | None) -> None:
        app = Web(self._record, self._settings, self._council, self._clock, inbox).app()
        await serve(app, self._settings.host, self._settings.port, ready)

    async def _keep_webhook(self, bot: TelegramBot, public_url: str) -> None:
        """In the background, so that the doors open even while Telegram is away."""
        telegram = self._settings.telegram
        secret = telegram.webhook_secret if telegram else None
        url = f"{public_url}/telegram/webhook"
        keeper = WebhookKeeper(self._record, self._clock, self._holder, bot, url, secret or "")
        await keeper.run(alone=self._alone)

    async def _beat(self) -> None:
        away_since: datetime | None = None
        while True:
            real = self._clock.real()
            try:
                is_back = away_since is not None and real - away_since > watch.SILENT
                await asyncio.to_thread(self._write_beats, real, is_back=is_back)
                away_since = None
            except Exception as error:
                away_since = away_since or real
                log.error("heartbeat: %s", faults.where(error))
            await asyncio.sleep(HEARTBEAT)

    def _write_beats(self, real: datetime, *, is_back: bool) -> None:
        with self._record.write() as connection:
            for part in sorted(self._parts):
                leases.beat(connection, part, self._holder, real=real)
            if is_back:
                watch.came_back(connection, real=real)

    async def _watch(self) -> None:
        watching, audited = Watching(self._record, self._council, travels=self._settings.is_demo), 0.0
        while True:
            await asyncio.sleep(EVERY)
            audited += EVERY
            looks = [watching.look, watching.audit] if audited >= AUDIT_EVERY else [watching.look]
            audited %= AUDIT_EVERY
            for look in looks:
                try:
                    await asyncio.to_thread(look, now=self._clock.now(), real=self._clock.real())
                except Exception as error:
                    log.error("watch: %s", faults.where(error))

    async def _follow_clock(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            try:
                await asyncio.to_thread(self._clock.follow)
            except Exception as error:
                log.error("clock: %s", faults.where(error))


def _nothing() -> None:
    """Nobody in this process waits for what came in."""


class _Server(uvicorn.Server):
    """Leaves signals to the process, which has more than this server to end."""

    @contextmanager
    def capture_signals(self) -> Any:
        yield


async def serve(app: Any, host: str, port: int, ready: Callable[[], None] | None = None) -> None:
    """Serves until cancelled. Raises SettingsError when the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise SettingsError(f"port {port} on {host} is in use; set another with TURNUP_PORT") from None
    config = uvicorn.Config(app, host=host, port=port, ws="none", log_config=None, access_log=False, server_header=False)
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        if ready is not None and server.started:
            ready()
        await asyncio.shield(running)
    except asyncio.CancelledError:
        server.should_exit = True
        await asyncio.wait({running}, timeout=5)
        raise


async def bot_username(settings: Settings) -> str | None:
    """The bot's name for t.me links; None without a bot, or while Telegram cannot be asked."""
    if settings.telegram is None:
        return DEMO_BOT if settings.is_demo else None
    bot = TelegramBot(settings.telegram.token, settings.telegram.api_url, read_timeout=5)
    try:
        return str((await bot.me())["username"])
    except (ProviderUnreachable, KeyError):
        return None
    finally:
        await bot.close()
