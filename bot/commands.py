"""The commands that look at the record or change it, and print."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot.settings import Settings
from db import (
    access,
    hours,
    importing,
    links,
    migrate,
    notices,
    people,
    permissions,
    reports,
    rotation,
    sessions,
)
from db.clock import Clock
from db.council import LONDON, Council, london
from db.notices import Notice
from db.people import Person
from db.permissions import COMMAND_LINE, Actor, Refused
from db.record import Record
from db.schema import orders
from locales.catalog import Catalogs
from notifications import ticking

ACTOR = COMMAND_LINE.name


class CommandError(Exception):
    """What happened and what to do next, in one plain sentence."""


def migrate_(settings: Settings) -> Record:
    record = Record(settings.database_url, settings.keys())
    migrate.upgrade(record)
    migrate.mark(record, demo=settings.is_demo)
    rotation.find_key(record)
    return record


def import_(settings: Settings, directory: Path, *, dry_run: bool, silent: bool) -> tuple[list[str], list[str], bool]:
    """`(lines for stdout, lines for stderr, whether it went in)`."""
    council = settings.council()
    record = migrate_(settings)
    report = importing.run(
        record,
        directory,
        council=council,
        languages=Catalogs.load().languages,
        drama_ok=settings.drama_numbers,
        dry_run=dry_run,
        silent=silent,
        now=clock(settings, record).now(),
    )
    return report.lines, [*report.warnings, *report.faults], not report.faults


def clock(settings: Settings, record: Record) -> Clock:
    return Clock(record, travels=settings.is_demo)


def acting(connection: Connection, ref: str | None) -> Actor:
    """Who acts: the one of the staff with that ref, bound by their role, else whoever may run commands here."""
    if ref is None:
        return COMMAND_LINE
    member = people.member_by_ref(connection, ref)
    if member is None:
        raise CommandError(f'there is nobody of the staff with the ref "{ref}"; look it up in staff.csv')
    return permissions.as_member(member)


def refusal(actor: Actor, refused: Refused) -> str:
    return f'"{actor.name}" may not do that ({refused}); ask {permissions.who_may(str(refused))}'


def _refused(connection: Connection, actor: Actor, now: datetime, **about: Any) -> CommandError:
    """What to raise where somebody may not read this; that they tried stays in the access log."""
    access.refused(connection, actor.name, "person.read", now=now, **about)
    connection.commit()
    return CommandError(refusal(actor, Refused("person.read")))


def person(settings: Settings, record: Record, ref: str, *, as_: str | None = None) -> dict[str, Any]:
    """Where a person stands: `{ref, channel, mode, language, stop, linked, orders, next, reports}`, lengths in minutes."""
    now = clock(settings, record).now()
    with record.write() as connection:
        actor = acting(connection, as_)
        found = _person(connection, ref)
        if not permissions.allows(actor, "person.read", found.team):
            raise _refused(connection, actor, now, person_id=found.id)
        access.log(connection, actor.name, "person.read", now=now, person_id=found.id)
        upcoming = sessions.coming_up(connection, found.id, now=now)
        first = upcoming[0] if upcoming else None
        return {
            "ref": found.ref,
            "channel": found.channel,
            "mode": found.mode,
            "language": found.language,
            "stop": "" if found.stop_level == "none" else found.stop_level,
            "linked": links.is_linked(connection, found.id),
            "orders": _orders(connection, found.id),
            "next": first and {"session": first.session_ref, "starts_at": _local(first.starts_at), "answer": first.answer},
            "reports": [{**report, "at": _local(report["at"])} for report in reports.of_person(connection, found.id)],
        }


def _orders(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    query = select(orders.c.id, orders.c.ref, orders.c.complete_by).where(orders.c.person_id == person_id)
    found = connection.execute(query.order_by(orders.c.imposed_on, orders.c.id)).all()
    balances = hours.balances(connection, [order.id for order in found])
    return [
        {
            "ref": order.ref,
            "imposed": balances[order.id].imposed,
            "credited": balances[order.id].credited,
            "left": balances[order.id].left,
            "other_left": max(0, balances[order.id].other_left),
            "complete_by": order.complete_by.isoformat(),
        }
        for order in found
    ]


def _local(moment: datetime) -> str:
    return moment.astimezone(LONDON).isoformat()


def _person(connection: Connection, ref: str) -> Person:
    found = people.person_by_ref(connection, ref)
    if found is None:
        raise CommandError(f'there is no person with the ref "{ref}"; look it up in people.csv')
    return found


def invite(settings: Settings, record: Record, ref: str, *, qr: Path | None, quiet: bool, username: str | None) -> list[str]:
    """`code …`, `link …`, `expires …`. A person gets the welcome (S01) by SMS, once."""
    now = clock(settings, record).now()
    with record.write() as connection:
        found = people.person_by_ref(connection, ref)
        member = None if found else people.member_by_ref(connection, ref)
        if found is None and member is None:
            raise CommandError(f'there is nobody with the ref "{ref}"; look it up in people.csv or staff.csv')
        owner = {"person_id": found.id} if found else {"staff_id": member.id if member else 0}
        made = links.invite(connection, now=now, actor=ACTOR, **owner)
        if found is not None and not quiet:
            _welcome(connection, settings.council(), found, now)
    link = f"https://t.me/{username or 'your_bot'}?start={made.code}"
    if qr is not None:
        import segno

        segno.make(link).save(str(qr), scale=8)
    return [f"code {made.code}", f"link {link}", f"expires {_local(made.expires_at)}"]


def _welcome(connection: Connection, council: Council, found: Person, now: datetime) -> None:
    notice = Notice(
        key=f"welcome:p{found.id}:{(found.phone_hash or 'none')[:16]}",  # a new number is welcomed again
        purpose="welcome",
        string="welcome",
        lane=notices.REPLY,
        expires_at=now + timedelta(days=1),
        timing="window",
        person_id=found.id,
        channel="sms",
    )
    notices.write(connection, council, notice, now=now)


def tick(settings: Settings, record: Record, council: Council, at: str | None) -> None:
    running = clock(settings, record)
    now = running.now()
    if at is not None:
        now = moment(at)
        if now > running.now() + timedelta(minutes=1) and not settings.is_demo:
            raise CommandError("--at lies in the future; only a demo may look ahead (TURNUP_ENV=demo)")
    for task in ticking.TASKS:
        ticking.tick(record, council, task, now=now)


def clock_set(settings: Settings, record: Record, to: str) -> str:
    if not settings.is_demo:
        raise CommandError("the clock can be set only in a demo (TURNUP_ENV=demo)")
    moved = clock(settings, record)
    moved.set(None if to == "real" else moment(to))
    return _local(moved.now())


def moment(text: str) -> datetime:
    """An ISO date and time; one without an offset is London wall time."""
    try:
        return london(text)
    except ValueError:
        raise CommandError(f'"{text}" is not a date and time; write it like 2026-06-11T17:00') from None
