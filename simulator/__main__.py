import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import replace

from simulator.app import Config, create_app
from simulator.server import Server

ENVIRONMENT = {
    "TURNUP_TWILIO_ACCOUNT_SID": "twilio_account_sid",
    "TURNUP_TWILIO_AUTH_TOKEN": "twilio_auth_token",
    "TURNUP_TWILIO_FROM": "twilio_number",
    "TURNUP_TELEGRAM_TOKEN": "telegram_token",
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="simulator", description="Stand-ins for Telegram and Twilio, and phones")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--sms-webhook", help="where texts to the number are posted")
    parser.add_argument("--voice-webhook", help="where calls to the number are posted")
    parser.add_argument("--clock", help="an address that shows and moves the product's clock")
    parser.add_argument("--story", help="an address that tells what happened in the product's record")
    parser.add_argument("--jumps", help="an address that says where its clock may usefully go")
    options = parser.parse_args(arguments)
    given = {field: os.environ[name] for name, field in ENVIRONMENT.items() if os.environ.get(name)}
    config = replace(
        Config(
            sms_webhook_url=options.sms_webhook,
            voice_webhook_url=options.voice_webhook,
            clock_url=options.clock,
            story_url=options.story,
            jumps_url=options.jumps,
        ),
        **given,  # type: ignore[arg-type]
    )
    asyncio.run(serve(Server(create_app(config), options.host, options.port, signals=False)))


async def serve(server: Server) -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, server.stop)
    await server.serve()


if __name__ == "__main__":
    main()
