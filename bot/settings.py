"""The settings of an installation, from the environment and `.env`. Each fault is one sentence with its mend."""

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from db import crypto
from db.council import Council, CouncilError
from notifications.channel import is_loopback

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
SAMPLE = ROOT / "sample"
HOSTS_THAT_FORGET = ("DYNO", "K_SERVICE")  # set by Heroku and Cloud Run, where no disk outlives a process


Get = Callable[[str], str | None]


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and the mend."""


@dataclass(frozen=True)
class Twilio:
    account_sid: str
    auth_token: str
    sender: str
    api_url: str


@dataclass(frozen=True)
class Telegram:
    token: str
    api_url: str
    webhook_secret: str | None


@dataclass(frozen=True)
class Settings:
    env: Literal["production", "demo"]
    database_url: str
    secrets: tuple[str, ...]
    council_path: Path | None
    host: str
    port: int
    simulator_port: int
    public_url: str | None
    telegram: Telegram | None
    twilio: Twilio | None
    drama_numbers: bool

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"

    def keys(self) -> crypto.Keys:
        return crypto.Keys(self.secrets)

    def council(self) -> Council:
        """The council's rules. Raises SettingsError."""
        if self.council_path is None:
            raise SettingsError("TURNUP_COUNCIL is not set; give the path of the council's TOML file")
        try:
            with self.council_path.open("rb") as file:
                council = Council.read(tomllib.load(file), self.council_path.parent)
                return replace(council, drama_numbers=self.drama_numbers)
        except OSError:
            raise SettingsError(f"TURNUP_COUNCIL: cannot read {self.council_path}; give the path of the TOML file") from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"TURNUP_COUNCIL: {self.council_path} is not valid TOML: {error}") from None
        except CouncilError as error:
            raise SettingsError(f"TURNUP_COUNCIL: {self.council_path}: {error}") from None

    def council_for_people(self) -> Council:
        """As `council`, for processes that answer people: they may not start without helplines."""
        council = self.council()
        if not council.helplines:
            raise SettingsError(
                "TURNUP_COUNCIL: [[helplines]] is missing; list each helpline with name, number, hours and checked_on"
            )
        return council


def read(*, env: str | None = None) -> Settings:
    """Raises SettingsError. `env` overrides TURNUP_ENV, for `turnup demo`."""
    return of(values(), env=env)


def values() -> dict[str, str]:
    """Every variable: the environment's before those of `.env` here, and those before the installation's `.env`."""
    return {**_dotenv(ROOT / ".env"), **_dotenv(Path.cwd() / ".env"), **os.environ}


def of(values: Mapping[str, str], *, env: str | None = None) -> Settings:
    get = {name: value.strip() for name, value in values.items() if value.strip()}.get
    mode = env or get("TURNUP_ENV") or "production"
    if mode not in ("production", "demo"):
        raise SettingsError(f'TURNUP_ENV is "{mode}"; write production or demo')
    demo = mode == "demo"
    telegram, twilio = _telegram(get), _twilio(get)
    url = database_url(get("TURNUP_DATABASE_URL") or get("DATABASE_URL"), demo=demo)
    if not demo and url.startswith("sqlite") and any(get(name) for name in HOSTS_THAT_FORGET):
        raise SettingsError(
            "this host throws its disk away at every restart, and an SQLite database with it; add a PostgreSQL database and"
            " set TURNUP_DATABASE_URL to its address"
        )
    public_url = _https("TURNUP_PUBLIC_URL", get("TURNUP_PUBLIC_URL"))
    if public_url and telegram and not telegram.webhook_secret:
        raise SettingsError(
            "TURNUP_TELEGRAM_WEBHOOK_SECRET is not set; webhooks need it: choose 32 letters and digits at random"
        )
    return Settings(
        env="demo" if demo else "production",
        database_url=url,
        secrets=_secrets(get("TURNUP_SECRET_KEY"), demo=demo),
        council_path=_path(get("TURNUP_COUNCIL")) or (SAMPLE / "council.toml" if demo else None),
        host=get("TURNUP_HOST") or "127.0.0.1",
        port=_port("TURNUP_PORT", get("TURNUP_PORT") or get("PORT"), 8080),
        simulator_port=_port("TURNUP_SIMULATOR_PORT", get("TURNUP_SIMULATOR_PORT"), 8081),
        public_url=public_url,
        telegram=telegram,
        twilio=twilio,
        drama_numbers=demo or get("TURNUP_ALLOW_DRAMA_NUMBERS") == "1",
    )


def database_url(given: str | None, *, demo: bool) -> str:
    """SQLAlchemy's form of the database address; a relative SQLite path is within the installation."""
    url = given or f"sqlite:///var/{'demo' if demo else 'turnup'}.db"
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme.startswith("postgresql+"):
        return url
    if scheme != "sqlite" or not separator or not rest.startswith("/") or rest == "/":
        raise SettingsError("TURNUP_DATABASE_URL must be sqlite:///path/to.db or postgresql://user:password@host/name")
    path = Path(rest[1:])
    return f"sqlite:///{path if path.is_absolute() else ROOT / path}"


def _secrets(given: str | None, *, demo: bool) -> tuple[str, ...]:
    if given is None and demo:
        return (_made_once(VAR / "demo.key"),)
    if given is None:
        raise SettingsError("TURNUP_SECRET_KEY is not set; make one with `openssl rand -hex 32`, and keep a copy safe")
    found = tuple(part.strip() for part in given.split(",") if part.strip())
    if any(len(part) < crypto.MINIMUM_SECRET for part in found):
        raise SettingsError(f"TURNUP_SECRET_KEY is too short; each key needs {crypto.MINIMUM_SECRET} characters or more")
    return found


def _made_once(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass  # another process of this installation was first
    return path.read_text().strip()


def _telegram(get: Get) -> Telegram | None:
    token = get("TURNUP_TELEGRAM_TOKEN")
    if token is None:
        return None
    number, colon, rest = token.partition(":")
    if not colon or not number.isdigit() or not rest:
        raise SettingsError("TURNUP_TELEGRAM_TOKEN is not a bot's token; copy the one that BotFather gave, like 123456:ABC…")
    url = _https("TURNUP_TELEGRAM_API_URL", get("TURNUP_TELEGRAM_API_URL")) or "https://api.telegram.org"
    return Telegram(token, url, get("TURNUP_TELEGRAM_WEBHOOK_SECRET"))


def _twilio(get: Get) -> Twilio | None:
    sid = get("TURNUP_TWILIO_ACCOUNT_SID")
    if sid is None:
        return None
    token = get("TURNUP_TWILIO_AUTH_TOKEN")
    if token is None:
        raise SettingsError("TURNUP_TWILIO_AUTH_TOKEN is not set; copy it from the Twilio console")
    sender = get("TURNUP_TWILIO_MESSAGING_SERVICE_SID") or get("TURNUP_TWILIO_FROM")
    if sender is None:
        raise SettingsError(
            "TURNUP_TWILIO_FROM is not set; give the number that texts come from, like +447700900123,"
            " or TURNUP_TWILIO_MESSAGING_SERVICE_SID"
        )
    url = _https("TURNUP_TWILIO_API_URL", get("TURNUP_TWILIO_API_URL")) or "https://api.twilio.com"
    return Twilio(sid, token, sender, url)


def _url(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"{name} must be a web address like https://turnup.example.org")
    return value.rstrip("/")


def _https(name: str, value: str | None) -> str | None:
    url = _url(name, value)
    if url and url.startswith("http:") and not is_loopback(url):
        raise SettingsError(f"{name} must start with https://; plain http is only for a stand-in on this machine")
    return url


def _port(name: str, value: str | None, default: int) -> int:
    if value is None:
        return default
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SettingsError(f'{name} is "{value}"; write a number from 1 to 65535')
    return int(value)


def _path(value: str | None) -> Path | None:
    if value is None:
        return None
    path = Path(value)
    return path if path.is_absolute() or path.exists() else ROOT / path


def _dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` lines; blank lines and # comments are passed over, quotes around a value are taken off."""
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.removeprefix("export ").partition("=")
        if equals and not line.lstrip().startswith("#"):
            found[name.strip()] = value.strip().strip("'\"")
    return found
