"""Is all well? One line a check; what is not well says what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from bot import helplines
from bot.settings import Settings
from db import deliveries, migrate, rota, rota_watch, rotation, watch
from db.clock import Clock
from db.council import LONDON, Council
from db.record import Record
from db.schema import heartbeats, pauses
from locales import formats
from locales.catalog import Catalogs

HELPLINE_CHECK = timedelta(days=31)

WATCHED = {
    "fewer": "processes that died beside others of their kind: {n}",
    "sms": "sms: the first in the queue has been due for {n} s",
    "telegram": "telegram: the first in the queue has been due for {n} s",
    "inbound": "messages in: the oldest waits {n} s",
    "queue": "queue: the oldest urgent message or reply waits {n} s",
    "sending": "deliveries in hand for more than 90 s: {n}",
    "unknown": "deliveries in doubt for more than 10 min: {n}",
    "overdue": "deliveries past their time and not settled: {n}",
    "expired": "deliveries that went out of date in the last hour: {n}",
    "slow": "urgent messages and replies of the last hour: 95 in 100 taken within {n} s",
    "list": "yesterday's texts on which the provider's list and ours differ: {n}",
    "record": "times in the last hour that the database could not be written for a while: {n}",
    "deaf": "doors at which the provider lets us hear nothing: {n}",
    "lost": "notices that nothing will tell: {n}",
    "twice": "notices told twice: {n}",
    "astray": "notices settled otherwise than their deliveries: {n}",
}
IS_IT_RUNNING = "is the worker running, and does the provider answer?"
MEND = {
    "fewer": "start them again, see the Procfile",
    "sms": IS_IT_RUNNING,
    "telegram": IS_IT_RUNNING,
    "inbound": "is the worker running?",
    "queue": IS_IT_RUNNING,
    "sending": "stop that worker: another takes over within 15 s",
    "unknown": "see whether the provider's list can be read",
    "overdue": "is the clock running?",
    "expired": "see `turnup tasks` for whom to ring",
    "slow": "see what the worker's machine is busy with",
    "list": "compare them in the provider's console, by date",
    "record": "is its disk full, or its server gone now and then? See `turnup tasks` for what came too late",
    "deaf": "are token and key right, does nobody else use them, and do proxy and certificate let the provider's calls in?",
    "lost": "ring those people, and report this line",
    "twice": "report this line",
    "astray": "report this line",
}


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
    yield from _running(settings, record, council)


def _settings(settings: Settings, council: Council) -> Iterator[Check]:
    today = Clock.real().date()
    for name in council.unknown:
        yield Check(False, f"council file: {name} is not a setting; check how it is written")
    if not council.helplines:
        yield Check(False, "helplines: none; list them in the council file with the date each was last rung")
    for line in council.helplines:
        fresh = today - line.checked_on <= HELPLINE_CHECK
        mend = "" if fresh else "; ring it and write the new date in the council file"
        yield Check(fresh, f"helpline {line.name}: checked on {_iso(line.checked_on)}{mend}")
    yield from _languages()
    for number in helplines.unlisted(council):
        yield Check(False, f"helplines: messages name {number}; list it in the council file with the date it was last rung")
    yield Check(True, f"telegram: {'on' if settings.telegram else 'off'}, sms: {'on' if settings.twilio else 'off'}")
    providers = (provider.api_url for provider in (settings.telegram, settings.twilio) if provider)
    yield Check(True, f"outbound: {', '.join(providers) or 'nothing'}")
    if settings.public_url:
        for path in ("/telegram/webhook", "/twilio/inbound", "/twilio/voice"):
            yield Check(True, f"webhook: {settings.public_url}{path}")
    else:
        yield Check(True, "webhooks: off, both providers are polled")
    if settings.twilio:
        whose = "the provider's own" if council.stop == "provider" else "ours; the provider's own must be switched off"
        yield Check(True, f"STOP: {whose}")


def _languages() -> Iterator[Check]:
    """What still goes out in English because nobody has signed its translation."""
    catalogs = Catalogs.load()
    for locale in formats.in_order(catalogs.languages):
        keys = {key for _, key in catalogs.held(locale)}
        held = f"; {len(keys)} strings of crisis, absence and rights go out in English until a person has checked them"
        yield Check(True, f"language {locale}: {formats.of(locale).name}{held if keys else ''}")
        for fault in catalogs.faults(locale):
            yield Check(False, f"language {locale}: {fault}; until it is mended, English is said in place of that file")


def _iso(day: date) -> str:
    return day.isoformat()


def _rota(connection: Connection, council: Council, now: datetime) -> Iterator[Check]:
    """Who is asked when somebody is in danger, and whether the last test of it was answered."""
    on = rota.on_duty(connection, now)
    if not on.kept:
        named = ", ".join(council.on_call)
        yield Check(True, f"rota: none is kept; of danger {named or 'case managers, co-ordinators and managers'} are told")
    else:
        gaps = rota.gaps(connection, council, now, now + rota_watch.NEAR)
        refs = ", ".join(member.ref for member in on.everyone)
        near = f"; GAP from {gaps[0][0].astimezone(LONDON):%a %d %b %H:%M}, see `turnup rota gaps`" if gaps else ""
        yield Check(not gaps, f"rota: {refs or 'nobody'} on duty{near}")
    tested = rota_watch.last_test(connection)
    if tested is not None:
        result, at = tested
        mend = "; see `turnup tasks`, and find out why nobody answered" if result == "failed" else ""
        yield Check(result != "failed", f"test alert of {_iso(at.date())}: {result}{mend}")


def _pace(connection: Connection, now: datetime) -> Iterator[Check]:
    """How fast messages went in the last hour, where there were enough to say, and what was sent once more in doubt."""
    lately = watch.recent(connection, now=now)
    if lately.due_to_accepted is not None:
        yield Check(True, f"messages of the last hour: 95 in 100 taken within {lately.due_to_accepted:.0f} s of their time")
    for channel, seconds in lately.accepted_to_delivered.items():
        yield Check(True, f"{channel} of the last hour: 95 in 100 arrived within {seconds:.0f} s")
    again = sum(times for *_, times in deliveries.counts(connection))
    yield Check(True, f"messages sent once more, since nobody could tell whether they went: {again}")


def _running(settings: Settings, record: Record, council: Council) -> Iterator[Check]:
    clock = Clock(record, travels=settings.is_demo)
    now, real = clock.now(), clock.real()
    with record.read() as connection:
        if rotation.is_due(connection):
            yield Check(
                True, "keys: a newer one is in front; `turnup rotate`, with nothing running, ends the need of the older"
            )
        latest = select(heartbeats.c.process, func.max(heartbeats.c.at)).group_by(heartbeats.c.process)
        beats = {row[0]: row[1] for row in connection.execute(latest)}
        for process in ("web", "worker", "clock"):
            alive = process in beats and real - beats[process] <= watch.SILENT
            yield Check(alive, f"{process}: {'running' if alive else 'not running; start it, see the Procfile'}")
        for pause in connection.execute(select(pauses.c.channel, pauses.c.why, pauses.c.code)):
            if pause.why != "rate":
                yield Check(False, f"{pause.channel}: paused, {pause.why} {pause.code}; mend it at the provider")
        yield from _rota(connection, council, now)
        yield from _pace(connection, now)
        for one in [*watch.quick(connection, now=now, real=real), *watch.audit(connection)]:
            if one.name not in watch.PARTS:
                stands = watch.is_breached_at_sight(one) and not (settings.is_demo and one.name in watch.BY_THE_CLOCK)
                why = f" ({one.why})" if one.why else ""
                mend = f"; {MEND[one.name]}" if stands else ""
                yield Check(not stands, WATCHED[one.name].format(n=f"{one.value:.0f}") + why + mend)
