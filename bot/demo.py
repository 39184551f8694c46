"""The demo: the sample council, a simulator in place of both providers, and its page of phones, all in one process."""

import asyncio
import secrets
import shutil
from dataclasses import replace
from datetime import datetime

import httpx
from sqlalchemy import select

from bot import commands, sample
from bot.process import Process, serve
from bot.settings import VAR, Settings, SettingsError, Telegram, Twilio
from db.council import LONDON
from db.record import Record
from db.schema import people, staff

TOKEN = "100200300:demo-token-of-the-simulator"
ACCOUNT = "AC" + "5" * 32
NUMBER = "+447700900999"


def settings_for(settings: Settings) -> Settings:
    """The demo's own: whatever providers are set, only the simulator is spoken to."""
    simulator = f"http://127.0.0.1:{settings.simulator_port}"
    return replace(
        settings,
        env="demo",
        host="127.0.0.1",
        public_url=f"http://127.0.0.1:{settings.port}",
        telegram=Telegram(TOKEN, simulator, secrets.token_urlsafe(24)),
        twilio=Twilio(ACCOUNT, "demo-auth-token", NUMBER, simulator),
    )


def load_sample(settings: Settings) -> list[str]:
    """Brings the sample council in, around today, unless the record holds people already; what was loaded."""
    record = Record(settings.database_url, settings.keys())
    with record.read() as connection:
        if connection.execute(select(people.c.id).limit(1)).first() is not None:
            return []
    folder = sample.around(datetime.now(LONDON).date(), VAR / "sample")
    lines, faults, loaded = commands.import_(settings, folder, dry_run=False, silent=True)
    shutil.rmtree(folder)
    if not loaded:
        raise SettingsError(f"the sample council could not be loaded: {faults[-1]}")
    return lines


def phones(record: Record) -> list[dict[str, object]]:
    """Everyone in the record, as the simulator's page lists them."""
    with record.read() as connection:
        rows = connection.execute(select(people).order_by(people.c.ref)).all()
        team = connection.execute(select(staff).order_by(staff.c.ref)).all()
    listed: list[dict[str, object]] = [
        {
            "name": f"{row.first_name} {row.last_name}", "phone": row.phone, "role": "person",
            "note": f"{row.ref}, {row.mode.replace('_', '-')}, {row.channel}",
        }
        for row in rows
        if row.phone
    ]  # fmt: skip
    listed += [{"name": row.name, "phone": row.phone, "role": row.role, "note": row.ref} for row in team if row.phone]
    return listed


async def run(settings: Settings, record: Record) -> None:
    """Until SIGTERM. Prints the page's address once the first message can be sent."""
    from simulator.app import create_app
    from simulator.config import Config

    telegram, twilio = settings.telegram, settings.twilio
    if telegram is None or twilio is None:
        raise SettingsError("the demo speaks to its simulator only; start it with `turnup demo`")
    simulator = create_app(
        Config(
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=twilio.auth_token,
            twilio_number=twilio.sender,
            sms_webhook_url=f"{settings.public_url}/twilio/inbound",
            telegram_token=telegram.token,
            clock_url=f"{settings.public_url}/demo/clock",
        )
    )
    address = f"http://127.0.0.1:{settings.simulator_port}/"
    started = asyncio.Event()
    providers = asyncio.create_task(serve(simulator, "127.0.0.1", settings.simulator_port, started.set))
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({providers, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if providers.done():
        providers.result()
    try:
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            (await client.post("/sim/people", json=phones(record))).raise_for_status()
        process = Process(settings, record, settings.council_for_people(), frozenset({"web", "worker", "clock"}))
        await process.run(ready=lambda: print(f"Phones: {address}", flush=True))  # noqa: T201
    finally:
        providers.cancel()
        await asyncio.gather(providers, return_exceptions=True)
