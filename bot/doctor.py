"""Is all well? One line a check; what is not well says what to do."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from bot.settings import Settings
from db import deliveries, migrate
from db.clock import Clock
from db.council import Council
from db.record import Record
from db.schema import heartbeats, notices, pauses

KNOWN: dict[str, frozenset[str]] = {
    "council": frozenset({"label", "phone"}),
    "hours": frozenset({"routine", "sunday", "off_from", "staffed", "holidays"}),
    "reminders": frozenset({"at", "regular", "first"}),
    "missed": frozenset({"nudge", "ladder", "lapse"}),
    "absence": frozenset({"followup_working_days"}),
    "credit": frozenset({"on"}),
    "sms": frozenset({"stop"}),
    "rates": frozenset({"telegram", "chat", "sms_segments", "person_day"}),
    "telegram": frozenset({"people", "staff", "approved_by", "approved_on"}),
    "go_live": frozenset({"people"}),
    "crisis": frozenset({"on_call", "repeat"}),
    "helplines": frozenset(),
}
STALE = timedelta(minutes=1)
HELPLINE_CHECK = timedelta(days=31)
WAITED_TOO_LONG = 60  # seconds


@dataclass(frozen=True, slots=True)
class Check:
    well: bool
    text: str


def checks(settings: Settings, record: Record, council: Council) -> Iterator[Check]:
    """Settings first, then the record, then what runs."""
    yield from _settings(settings, council)
    try:
        migrate.check(record)
    except migrate.MigrationError as error:
        yield Check(False, f"database: {error}")
        return
    yield Check(True, "database: every migration has run")
    yield from _running(settings, record)


def _settings(settings: Settings, council: Council) -> Iterator[Check]:
    today = Clock.real().date()
    for name in unknown_settings(settings):
        yield Check(False, f"council file: {name} is not a setting; check how it is written")
    if not council.helplines:
        yield Check(False, "helplines: none; list them in the council file with the date each was last rung")
    for line in council.helplines:
        fresh = today - line.checked_on <= HELPLINE_CHECK
        mend = "" if fresh else "; ring it and write the new date in the council file"
        yield Check(fresh, f"helpline {line.name}: checked on {_iso(line.checked_on)}{mend}")
    yield Check(True, f"telegram: {'on' if settings.telegram else 'off'}, sms: {'on' if settings.twilio else 'off'}")
    if settings.public_url:
        for path in ("/telegram/webhook", "/twilio/inbound", "/twilio/voice"):
            yield Check(True, f"webhook: {settings.public_url}{path}")
    else:
        yield Check(True, "webhooks: off, both providers are polled")
    if settings.twilio:
        whose = "the provider's own" if council.stop == "provider" else "ours; the provider's own must be switched off"
        yield Check(True, f"STOP: {whose}")


def unknown_settings(settings: Settings) -> list[str]:
    """What stands in the council file and means nothing, such as a misspelt name."""
    if settings.council_path is None:
        return []
    with settings.council_path.open("rb") as file:
        data = tomllib.load(file)
    found = []
    for section, values in data.items():
        if section not in KNOWN:
            found.append(f"[{section}]")
        elif isinstance(values, dict):
            found += [f"{section}.{name}" for name in values if name not in KNOWN[section]]
    return found


def _iso(day: date) -> str:
    return day.isoformat()


def _running(settings: Settings, record: Record) -> Iterator[Check]:
    clock = Clock(record, travels=settings.is_demo)
    now, real = clock.now(), clock.real()
    with record.read() as connection:
        latest = select(heartbeats.c.process, func.max(heartbeats.c.at)).group_by(heartbeats.c.process)
        beats = {row[0]: row[1] for row in connection.execute(latest)}
        for process in ("web", "worker", "clock"):
            alive = process in beats and real - beats[process] <= STALE
            yield Check(alive, f"{process}: {'running' if alive else 'not running; start it, see the Procfile'}")
        for pause in connection.execute(select(pauses.c.channel, pauses.c.why, pauses.c.code)):
            if pause.why != "rate":
                yield Check(False, f"{pause.channel}: paused, {pause.why} {pause.code}; mend it at the provider")
        waited = deliveries.oldest_waiting(connection, now=now)
        slow = waited > WAITED_TOO_LONG
        yield Check(not slow, f"queue: the oldest message waits {waited:.0f} s{'; is the worker running?' if slow else ''}")
        stuck = connection.execute(
            select(func.count()).where(notices.c.status == "open", notices.c.expires_at < now - timedelta(hours=1))
        ).scalar_one()
        yield Check(not stuck, f"notices past their time and not settled: {stuck}")
