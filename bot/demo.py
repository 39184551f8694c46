"""The demo: the sample council, a simulator in place of both providers, and its page of phones, all in one process."""

import asyncio
import secrets
import shutil
from dataclasses import replace
from datetime import datetime

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from bot import commands, sample, sample_packs, sample_rota
from bot.process import DEMO_BOT, Process, serve
from bot.settings import VAR, Settings, SettingsError, Telegram, Twilio
from db import links, story
from db import people as who
from db.clock import Clock
from db.council import LONDON
from db.people import Sender
from db.record import Record
from db.schema import people, staff
from simulator.app import create_app
from simulator.config import Config

TOKEN = "100200300:demo-token-of-the-simulator"
ACCOUNT = "AC" + "5" * 32
NUMBER = "+447700900999"
FIRST_CHAT = 700_000_000
CHANNELS = {"sms": "texts", "telegram": "Telegram"}
TEXTS_ONLY = ("S08", "S09", "S13")  # supervisors without Telegram: both kinds of roster can be seen


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
    now = Clock(record, travels=True).now()
    with record.write() as connection:
        sample_packs.begin(connection, settings.council(), now=now)
        sample_rota.begin(connection, settings.council(), now=now)
    return lines


def phones(record: Record, *, now: datetime) -> list[dict[str, object]]:
    """Everyone in the record with a number, as the simulator's page lists them. Chats are numbered by place in the list."""
    with record.read() as connection:
        everyone = connection.execute(select(people).order_by(people.c.ref)).all()
        team = connection.execute(select(staff).order_by(staff.c.ref)).all()
        beside = story.beside(connection, now=now)
    listed: list[dict[str, object]] = [
        {
            "ref": row.ref, "name": f"{row.first_name} {row.last_name}", "phone": row.phone, "role": "person",
            "note": f"{row.mode.replace('_', '-')}, {CHANNELS[row.channel]}", "started": row.channel == "telegram",
            "language": row.language.replace("_", "-"), "beside": beside.get(row.ref, []),
        }
        for row in everyone
        if row.phone
    ]  # fmt: skip
    listed += [
        {
            "ref": row.ref,
            "name": row.name,
            "phone": row.phone,
            "role": row.role,
            "note": "texts only" if row.ref in TEXTS_ONLY else "",
            "language": row.language.replace("_", "-"),
            "started": row.ref not in TEXTS_ONLY,
        }
        for row in team
        if row.phone
    ]
    for place, phone in enumerate(listed, start=1):
        phone["chat_id"] = FIRST_CHAT + place
    return listed


def link(record: Record, listed: list[dict[str, object]], *, now: datetime) -> None:
    """Links the Telegram chats of those who use it, as their worker would with a code at the first meeting."""
    with record.write() as connection:
        for phone in listed:
            chat, ref = str(phone["chat_id"]), str(phone["ref"])
            if phone["started"] and who.by_chat(connection, chat) == Sender():
                person, member = who.person_by_ref(connection, ref), who.member_by_ref(connection, ref)
                owner = {"person_id": person.id} if person else {"staff_id": member.id if member else None}
                code = links.invite(connection, now=now, actor="demo", **owner).code
                links.redeem(connection, code, chat, now=now)


async def run(settings: Settings, record: Record) -> None:
    """Until SIGTERM. Prints the page's address once the first message can be sent."""
    telegram, twilio = settings.telegram, settings.twilio
    if telegram is None or twilio is None:
        raise SettingsError("the demo speaks to its simulator only; start it with `turnup demo`")
    now = Clock(record, travels=True).now()
    listed = phones(record, now=now)
    link(record, listed, now=now)
    simulator = create_app(
        Config(
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=twilio.auth_token,
            twilio_number=twilio.sender,
            sms_webhook_url=f"{settings.public_url}/twilio/inbound",
            voice_webhook_url=f"{settings.public_url}/twilio/voice",
            telegram_token=telegram.token,
            telegram_username=DEMO_BOT,
            clock_url=f"{settings.public_url}/demo/clock",
            story_url=f"{settings.public_url}/demo/story",
            jumps_url=f"{settings.public_url}/demo/jumps",
        )
    )
    address = f"http://127.0.0.1:{settings.simulator_port}/"
    providers = await _start(simulator, settings.simulator_port)
    try:
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            (await client.post("/sim/people", json=listed)).raise_for_status()
        process = Process(settings, record, settings.council_for_people(), frozenset({"web", "worker", "clock"}))
        await process.run(ready=lambda: print(f"Phones: {address}", flush=True))  # noqa: T201
    finally:
        simulator.state.world.close()
        providers.cancel()
        await asyncio.gather(providers, return_exceptions=True)


async def _start(simulator: Starlette, port: int) -> asyncio.Task[None]:
    """Returns once it answers. Raises SettingsError when the port is taken."""
    started = asyncio.Event()
    providers = asyncio.create_task(serve(simulator, "127.0.0.1", port, started.set))
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({providers, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if providers.done():
        providers.result()
    return providers
