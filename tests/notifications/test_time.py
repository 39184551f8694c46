"""What time can do: a week's outage, an evening's, a clock that steps back, two clocks at once."""

import re
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import ticker
from db import deliveries, leases, pauses, schema
from db.deliveries import BACKOFF
from db.record import Record
from notifications import reminders, ticking
from notifications.channel import Outcome, Outgoing, Verdict
from tests import databases
from tests.db.making import Town, council, london
from tests.notifications.conftest import FakeClock, Post, post_of
from tests.notifications.test_changes import (
    REMINDED,
    Day,
    accepted,
    claimed,
    in_flight,
    in_flight_and_failing,
    in_flight_and_unknown_but_taken,
    pending,
)

# A week's outage


@pytest.mark.parametrize("rows", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_what_a_weeks_outage_left_is_expired_at_once_and_counted_and_none_of_it_is_sent(sms: Post, rows: int) -> None:
    stale = Stale(sms, rows)
    sms.clock.pass_(hours=7 * 24)
    reply = sms.write(person_id=sms.town.person("NEW"))

    assert sms.turn() == 1, "the sender sends what is not stale, whether or not the clock has swept yet"
    assert sms.statuses(reply) == ["accepted"]
    with sms.record.write() as connection:
        swept = deliveries.expire(connection, now=sms.clock.now())
    assert sms.turn(seconds=60) == 0

    with sms.record.read() as connection:
        states = {status: count for _, status, count, _ in deliveries.counts(connection)}
    assert states == {"expired": rows, "accepted": 1}
    assert swept > rows * 0.9
    assert Counter(row["person_id"] for row in sms.town.rows(schema.tasks)) == dict.fromkeys(stale.people, 1)


class Stale:
    """Reminders of sessions a week ago, by the thousand: each of fifty people has their share."""

    def __init__(self, post: Post, rows: int) -> None:
        town, now = post.town, post.clock.now()
        self.people = [town.person(f"P{n}") for n in range(50)]
        session = town.session("S1", town.placement(), now + timedelta(days=1))
        booked = {person: town.booking(session, person) for person in self.people}
        until = now + timedelta(hours=20)
        about = {
            "purpose": "reminder", "string": "reminder.day_before", "fields": {}, "lane": 3, "timing": "timely",
            "session_id": session, "session_version": 1, "booking_version": 1, "created_at": now, "expires_at": until,
            "status": "open",
        }  # fmt: skip
        try_ = {
            "seq": 1, "channel": "sms", "action": "send", "status": "pending", "lane": 3, "counts": True,
            "not_before": now, "expires_at": until, "attempts": 0, "resends": 0, "checks": 0,
            "created_at": now,
        }  # fmt: skip
        known = {person: town.row(schema.people, person) for person in self.people}
        owners = [self.people[n % len(self.people)] for n in range(rows)]
        with town.write() as connection:
            insert = schema.notices.insert()
            connection.execute(insert, [
                {"id": n, "key": f"stale:{n}", "person_id": who, "booking_id": booked[who], **about}
                for n, who in enumerate(owners, start=1)
            ])  # fmt: skip
            connection.execute(schema.deliveries.insert(), [
                {"token": f"stale:{n}", "notice_id": n, "address": known[who]["phone"],
                 "address_hash": known[who]["phone_hash"], **try_}
                for n, who in enumerate(owners, start=1)
            ])  # fmt: skip


# An evening's


def test_after_an_outage_of_a_whole_evening_each_session_is_reminded_of_once_by_the_newest(sms: Post) -> None:
    """Nothing runs from Tuesday to Wednesday night. What was due in between is of no use any more but for the last."""
    morning, _, _ = sms.town.booked("P1", london("2026-06-11 08:30"))
    afternoon, _, _ = sms.town.booked("P2", london("2026-06-11 14:00"))
    sms.clock.at = london("2026-06-08 09:00")
    assert tick(sms) == 2, "of the third day before, and then nothing is sent"
    sms.clock.at = london("2026-06-10 22:30")
    assert tick(sms) == 2
    assert sms.turn() == 0, "nobody is texted in the night"
    sms.clock.at = london("2026-06-11 09:00")
    tick(sms)
    sms.turn()
    assert ["Thursday 11 June, 2pm" in body for body in sms.channel.bodies] == [True]
    whys = Counter((row["person_id"], row["status"], row["why"]) for row in sms.town.rows(schema.notices))
    assert whys == {
        (morning, "superseded", "newer_reminder"): 1, (morning, "expired", "no_time_left"): 1,
        (afternoon, "superseded", "newer_reminder"): 1, (afternoon, "told", None): 1,
    }  # fmt: skip
    assert [(row["kind"], row["person_id"]) for row in sms.town.rows(schema.tasks)] == [("not_reached", morning)]


def tick(post: Post) -> int:
    with post.record.write() as connection:
        return reminders.write(connection, post.council, now=post.clock.now())


# A clock that steps back

STAGES = [pending, claimed, in_flight, in_flight_and_failing, in_flight_and_unknown_but_taken, accepted]
BACK = timedelta(minutes=40)


@pytest.mark.parametrize("stage", STAGES)
def test_a_clock_that_steps_back_loses_no_reminder_and_sends_none_twice(sms: Post, stage: Any) -> None:
    day = Day(sms)
    finish = stage(day)
    sms.clock.at -= BACK
    finish()
    assert tick(sms) == 0
    sms.turn()
    sms.resolve()
    sms.clock.pass_(seconds=BACK.total_seconds() + BACKOFF[0])
    assert tick(sms) == 0
    assert [REMINDED in text for text in day.settle()] == [True]
    assert sms.notice(1) == "told"


def test_the_holder_of_a_channel_keeps_it_when_the_clock_steps_back(sms: Post) -> None:
    holder, fence = sms.lease()
    sms.clock.at -= BACK
    sms.sender._take_lease(by_force=False)
    assert sms.lease() == (holder, fence)
    sms.write(person_id=sms.town.person("P1"))
    assert sms.turn() == 1


def test_a_dead_holder_is_followed_in_time_though_the_clock_stepped_back(sms: Post) -> None:
    holder, fence = sms.lease()
    sms.clock.at -= BACK
    assert take(sms, "standby") is None
    sms.clock.pass_(seconds=leases.LASTS.total_seconds() + 1)
    assert take(sms, "standby") == fence + 1
    assert take(sms, holder) is None


def test_a_living_holder_is_followed_by_nobody_when_the_clock_steps_back(sms: Post) -> None:
    holder, fence = sms.lease()
    sms.clock.at -= BACK
    for _ in range(30):
        assert take(sms, "standby") is None
        assert take(sms, holder) == fence
        sms.clock.pass_(seconds=leases.RENEW_EVERY)


def take(post: Post, holder: str) -> int | None:
    with post.record.write() as connection:
        return leases.take(connection, "send:sms", holder, real=post.clock.real())


WRONG = [timedelta(minutes=40), timedelta(hours=1), -timedelta(minutes=40)]


@pytest.mark.parametrize("ahead", WRONG, ids=str)
def test_a_text_in_doubt_is_found_in_the_list_though_our_clock_is_not_the_providers(sms: Post, ahead: timedelta) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))

    async def taken(outgoing: Outgoing) -> Outcome:
        sms.channel.accept(outgoing)
        theirs = sms.channel.held[outgoing.address]
        theirs[-1] = replace(theirs[-1], created_at=sms.clock.real() - ahead)
        return Outcome(Verdict.UNKNOWN, code="timeout")

    sms.channel.answers = [taken]
    sms.turn()
    for _ in range(3):
        sms.clock.pass_(minutes=3)
        sms.resolve()
    sms.turn()
    assert sms.statuses(notice) == ["accepted"]
    assert len(sms.channel.calls) == 1


PAUSES = [(Outcome(Verdict.BUSY, code="429", retry_after=30), 30), (Outcome(Verdict.ACCOUNT, code="20003"), 60)]


@pytest.mark.parametrize(("answer", "seconds"), PAUSES, ids=["rate", "account"])
def test_a_pause_lasts_no_longer_than_it_was_to_last_when_the_clock_steps_back(
    sms: Post, answer: Outcome, seconds: int
) -> None:
    sms.channel.answers = [answer]
    notice = sms.write(person_id=sms.town.person("P1"), now=sms.clock.now() - timedelta(minutes=1))
    sms.turn()
    sms.clock.at -= timedelta(seconds=40)
    assert sms.turn() == 0
    assert sms.turn(seconds=seconds - 2) == 0
    assert sms.turn(seconds=12) == 1
    assert sms.notice(notice) == "told"


def test_a_pause_that_is_lengthened_after_the_clock_stepped_back_keeps_its_own_length(sms: Post) -> None:
    with sms.record.write() as connection:
        for real in (sms.clock.real(), sms.clock.real() - BACK):
            pauses.pause(connection, "sms", "rate", "429", lasts=timedelta(seconds=30), real=real)
    assert sms.pause() == ("rate", sms.clock.real() - BACK + timedelta(seconds=30))


def test_the_running_clock_does_all_that_time_alone_brings_about() -> None:
    assert ticker.EVERY.keys() == ticking.TASKS.keys()


# Two clocks at once


ALERT = re.compile(r"(?<=alert:)\d+")


@pytest.fixture
def two(database_kind: str, record: Record) -> tuple[Record, Record]:
    """The record as two processes have it open."""
    return record, Record(record.url, databases.KEYS)


def test_two_clocks_at_once_do_what_one_does(two: tuple[Record, Record], tmp_path: Path, clock: FakeClock) -> None:
    alone = Record(databases.fresh("sqlite", tmp_path), databases.KEYS)
    for record in (two[0], alone):
        fill(record, clock)
    for now in (london("2026-06-10 17:00"), london("2026-06-11 10:05"), london("2026-06-11 11:00")):
        at_once(two, now)
        for task in ticking.TASKS:
            ticking.tick(alone, council(), task, now=now)
        assert written(two[0]) == written(alone), now
    assert {"alerts", "alert_steps", "notices", "deliveries"} <= written(alone).keys()
    for record in (two[1], alone):
        record.close()


def fill(record: Record, clock: FakeClock) -> None:
    """A dozen people of one session, of whom nobody is marked, and a message that has waited too long."""
    post = post_of("sms", record, clock)
    town = Town(record)
    supervisor = town.member("S1", "supervisor")
    town.member("S2", "manager")
    session = town.session("S1", town.placement(supervisor_id=supervisor), london("2026-06-11 09:30"))
    for n in range(12):
        person = town.person(f"P{n:02d}")
        town.booking(session, person)
        post.write(person_id=person, key=f"old:{n}", expires_at=london("2026-06-10 16:00"), now=london("2026-06-10 12:00"))


def at_once(two: tuple[Record, Record], now: datetime) -> None:
    begin = threading.Barrier(2)
    failed: list[Exception] = []

    def run(record: Record) -> None:
        begin.wait()
        try:
            for task in ticking.TASKS:
                ticking.tick(record, council(), task, now=now)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(record,)) for record in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def written(record: Record) -> dict[str, Counter[Any]]:
    """What the clock writes, without the ids that each database gives in its own way."""
    columns = {
        "notices": ("key", "purpose", "string", "status", "expires_at"),
        "deliveries": ("channel", "status", "not_before", "seq"),
        "alerts": ("class", "state", "step"),
        "alert_steps": ("what", "at"),
        "tasks": ("key", "kind", "due_at", "status"),
    }
    town = Town(record)
    found = {
        name: Counter(tuple(ALERT.sub("", str(row[c])) for c in names) for row in town.rows(schema.metadata.tables[name]))
        for name, names in columns.items()
    }
    return {name: rows for name, rows in found.items() if rows}
