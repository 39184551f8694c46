from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """What one simulator stands for. `POST /sim/config` replaces any of these while it runs.

    `telegram_token` None means that any well-formed token is a bot of its own. `delivery_delay` is the seconds between
    two states of a text, `callback_seconds` how long a pressed button can be answered. `keywords` False is a number
    with Twilio's own STOP handling turned off. `clock_url` shows (GET) and moves (POST) the product's clock as
    `{"now": ISO time}`; `story_url` and `jumps_url` tell what happened in it, and where its clock may usefully go.
    """

    twilio_account_sid: str = "AC" + "5" * 32
    twilio_auth_token: str = "simulated-auth-token"
    twilio_number: str = "+447700900999"
    sms_webhook_url: str | None = None
    voice_webhook_url: str | None = None
    telegram_token: str | None = None
    telegram_username: str = "turnup_demo_bot"
    telegram_name: str = "Sessions"
    delivery_delay: float = 0.3
    keywords: bool = True
    callback_seconds: float = 60
    clock_url: str | None = None
    story_url: str | None = None
    jumps_url: str | None = None
