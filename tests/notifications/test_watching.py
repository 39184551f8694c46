"""What must hold of the record is looked at again and again; a breach that lasts is told once, until it was over."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot import metrics, process, settings
from bot.process import Process
from db import cursors, leases, schema, watch
from db.record import Record
from notifications.channel import Outcome, Verdict
from notifications.watching import Watching
from tests import databases
from tests.notifications.conftest import FakeClock, post_of

DEAD_FOR, LOOK = timedelta(seconds=60), timedelta(seconds=5)


class Watched:
    """A post with somebody to alarm, whose parts all beat until the test says otherwise."""

    def __init__(self, record: Record, clock: FakeClock, **sections: dict[str, object]) -> None:
        self.post = post_of("sms", record, clock, **sections)
        self.clock = clock
        self.watching = Watching(record, self.post.council)
        self.manager = self.post.town.member("S9", "manager")
        self.other = self.post.town.member("S1", "case_manager")
        self.beating = {"web", "worker", "clock"}
        self.sends = True
        self.beat()

    def beat(self) -> None:
        with self.post.record.write() as connection:
            for part in self.beating:
                leases.beat(connection, part, "one", real=self.clock.real())
            if "worker" in self.beating:
                leases.take(connection, "send:sms", "one", real=self.clock.real())

    def pass_(self, seconds: int) -> None:
        """So much time, with a heartbeat and a look every few seconds of it."""
        step = 5 if seconds < 100 else 20
        for _ in range(seconds // step):
            self.clock.pass_(seconds=step)
            self.beat()
            if self.sends and "worker" in self.beating:
                self.post.turn(seconds=0)
            self.look()

    def write(self, lane: int = 1) -> int:
        """A message to one of the staff, due now."""
        return self.post.write(staff_id=self.other, string="staff.help", lane=lane)

    def look(self) -> None:
        self.watching.look(now=self.clock.now(), real=self.clock.real())

    def audit(self) -> None:
        self.watching.audit(now=self.clock.now(), real=self.clock.real())

    def standing(self) -> set[str]:
        with self.post.record.read() as connection:
            return watch.standing(connection)

    def told(self) -> list[tuple[str, int]]:
        rows = self.post.town.rows(schema.notices, schema.notices.c.purpose == "trouble")
        return [(row["string"], row["staff_id"]) for row in rows]


@pytest.fixture
def watched(sqlite_record: Record, clock: FakeClock) -> Watched:
    return Watched(sqlite_record, clock)


def test_while_all_is_well_nobody_hears_anything(watched: Watched) -> None:
    watched.write()
    watched.post.turn()
    watched.pass_(120)
    watched.audit()
    assert (watched.standing(), watched.told()) == (set(), [])


@pytest.mark.parametrize("part", watch.PARTS)
def test_a_dead_part_is_noticed_within_a_minute_and_told_once(watched: Watched, part: str) -> None:
    watched.beating.remove(part)
    watched.pass_(45)
    assert watched.standing() == set()
    watched.pass_(10)
    assert watched.standing() == {part}
    watched.pass_(60)
    assert (f"watch.{part}", watched.manager) in watched.told()
    assert [string for string, _ in watched.told()].count(f"watch.{part}") == 1


class Several(Watched):
    """Two of the kind, beside one each of the others."""

    def __init__(self, record: Record, clock: FakeClock, part: str) -> None:
        self.part = part
        self.holders = {"one", "two"}
        super().__init__(record, clock)
        self.pass_(30)

    def beat(self) -> None:
        super().beat()
        with self.post.record.write() as connection:
            for holder in self.holders - {"one"}:
                leases.beat(connection, self.part, holder, real=self.clock.real())

    def end(self, holder: str) -> None:
        self.holders.remove(holder)
        with self.post.record.write() as connection:
            leases.release(connection, holder, real=self.clock.real())


@pytest.mark.parametrize("part", watch.PARTS)
def test_one_of_two_that_dies_is_noticed_within_a_minute_by_the_other_and_told_once(
    sqlite_record: Record, clock: FakeClock, part: str
) -> None:
    several = Several(sqlite_record, clock, part)
    assert several.standing() == set()
    several.holders.remove("two")
    several.pass_(55)
    assert several.standing() == {"fewer"}
    several.pass_(600)
    assert several.told() == [("watch.fewer", several.manager)]
    several.holders.add("three")
    several.pass_(5)
    assert several.standing() == set()


def test_who_is_told_to_end_is_not_missed(sqlite_record: Record, clock: FakeClock) -> None:
    several = Several(sqlite_record, clock, "worker")
    several.end("two")
    several.pass_(120)
    assert several.standing() == set()


def test_who_dies_and_is_followed_again_and_again_is_not_missed(sqlite_record: Record, clock: FakeClock) -> None:
    several = Several(sqlite_record, clock, "worker")
    dies = "two"
    for n in range(6):
        several.holders.remove(dies)
        several.clock.pass_(seconds=3)
        dies = f"{n}"
        several.holders.add(dies)
        several.pass_(20)
    several.pass_(120)
    assert several.standing() == set()


def test_when_all_of_a_kind_are_dead_that_is_one_trouble(sqlite_record: Record, clock: FakeClock) -> None:
    several = Several(sqlite_record, clock, "web")
    several.holders = set()
    several.beating.remove("web")
    several.pass_(60)
    assert several.standing() == {"web"}


def test_who_is_to_stay_away_is_forgotten_when_the_next_begins(sqlite_record: Record, clock: FakeClock) -> None:
    several = Several(sqlite_record, clock, "web")
    several.holders.remove("two")
    several.pass_(700)
    assert several.standing() == {"fewer"}
    several.beating.remove("web")
    several.holders.add("three")
    several.pass_(60)
    assert several.standing() == set()


def test_a_part_that_died_before_the_clock_was_set_back_is_noticed(watched: Watched) -> None:
    watched.beating.remove("worker")
    watched.clock.at -= timedelta(minutes=40)
    watched.look()
    assert watched.standing() == set()
    watched.pass_(60)
    assert watched.standing() == {"worker"}


def test_it_is_told_again_only_after_it_was_well(watched: Watched) -> None:
    for times in (1, 2):
        watched.beating.remove("web")
        watched.pass_(60)
        assert watched.told() == [("watch.web", watched.manager)] * times
        watched.beating.add("web")
        watched.pass_(5)
        assert watched.standing() == set()
    assert [row["status"] for row in watched.post.town.rows(schema.tasks)] == ["done", "done"]


def test_a_part_that_never_ran_or_was_switched_off_long_ago_is_no_trouble(watched: Watched) -> None:
    watched.beating.remove("web")
    watched.clock.pass_(days=8)
    watched.beat()
    watched.look()
    assert watched.standing() == set()


def test_two_that_watch_tell_it_once(watched: Watched) -> None:
    watched.beating.remove("web")
    other = Watching(watched.post.record, watched.post.council)
    for _ in range(DEAD_FOR // LOOK):
        watched.pass_(LOOK.seconds)
        other.look(now=watched.clock.now(), real=watched.clock.real())
    assert len(watched.told()) == 1


def test_a_watch_that_starts_anew_does_not_tell_what_stands(watched: Watched) -> None:
    watched.beating.remove("web")
    watched.pass_(60)
    watched.watching = Watching(watched.post.record, watched.post.council)
    watched.pass_(60)
    assert len(watched.told()) == 1


def test_the_council_names_who_is_alarmed(sqlite_record: Record, clock: FakeClock) -> None:
    watched = Watched(sqlite_record, clock, watch={"alarms": ["S1", "S9"]})
    watched.beating.remove("clock")
    watched.pass_(60)
    assert watched.told() == [("watch.clock", watched.other), ("watch.clock", watched.manager)]


def test_a_dead_worker_is_one_trouble_not_one_for_each_thing_it_leaves_undone(watched: Watched) -> None:
    watched.write()
    watched.beating.remove("worker")
    watched.pass_(300)
    assert watched.standing() == {"worker"}


def test_a_queue_whose_first_stays_the_first_for_a_minute_is_stuck(watched: Watched) -> None:
    watched.sends = False
    watched.write(lane=3)
    watched.pass_(60)
    assert watched.standing() == set()
    watched.pass_(10)
    assert watched.standing() == {"sms"}
    watched.post.turn()
    watched.pass_(5)
    assert "sms" not in watched.standing()


def test_a_long_queue_that_moves_is_well(watched: Watched) -> None:
    watched.sends = False
    for _ in range(30):
        watched.write(lane=3)
    for _ in range(25):
        watched.pass_(5)
        watched.post.call(watched.post.claim(free=1))
    assert watched.standing() == set()


def test_a_reply_that_waits_is_told_even_while_the_queue_moves(watched: Watched) -> None:
    watched.sends = False
    watched.write()
    watched.pass_(120)
    assert watched.standing() >= {"queue"}


def test_a_channel_paused_for_a_trouble_already_told_is_not_told_again(watched: Watched) -> None:
    watched.sends = False
    watched.write()
    with watched.post.record.write() as connection:
        connection.execute(
            schema.pauses.insert().values(channel="sms", why="account", code="20003", until=watched.clock.real())
        )
    watched.pass_(200)
    assert watched.standing() == set()


def test_a_provider_that_has_us_wait_again_and_again_is_told(watched: Watched) -> None:
    watched.post.channel.always = Outcome(Verdict.BUSY, code="429", retry_after=5)
    watched.write()
    watched.pass_(60)
    assert watched.standing() == set()
    watched.pass_(60)
    assert watched.standing() == {"sms", "queue"}


def test_a_sender_that_gives_no_sign_is_told_while_its_worker_lives(watched: Watched) -> None:
    with watched.post.record.write() as connection:
        leases.take(connection, "send:telegram", "one", real=watched.clock.real())
    watched.pass_(40)
    assert watched.standing() == set()
    watched.pass_(10)
    assert watched.standing() == {"telegram"}


def test_a_channel_given_back_is_no_trouble(watched: Watched) -> None:
    with watched.post.record.write() as connection:
        leases.take(connection, "send:telegram", "gone", real=watched.clock.real())
        leases.release(connection, "gone", real=watched.clock.real())
    watched.pass_(120)
    assert watched.standing() == set()


def test_a_message_in_that_nobody_takes_up_is_told(watched: Watched) -> None:
    watched.post.town.add(
        schema.inbound, door="twilio", provider_id="SM1", payload="{}", received_at=watched.clock.now(), state="stored"
    )
    watched.pass_(90)
    assert watched.standing() == set()
    watched.pass_(10)
    assert watched.standing() == {"inbound"}


def test_what_a_live_sender_holds_too_long_and_what_stays_in_doubt_are_told(watched: Watched) -> None:
    watched.sends = False
    notice = watched.write()
    watched.clock.pass_(seconds=2)
    watched.post.claim()
    watched.pass_(90)
    assert watched.standing() == set()
    watched.pass_(5)
    assert watched.standing() == {"sending"}
    (delivery,) = watched.post.deliveries(notice)
    watched.post.town.change(schema.deliveries, delivery["id"], status="unknown")
    watched.pass_(500)
    assert "unknown" not in watched.standing()
    watched.pass_(60)
    assert watched.standing() >= {"unknown"}


def test_what_is_past_its_time_and_not_settled_is_told_and_a_jump_of_the_clock_is_not(watched: Watched) -> None:
    watched.sends = False
    notice = watched.write(lane=4)
    watched.pass_(30)
    (delivery,) = watched.post.deliveries(notice)
    stale = watched.clock.now() - timedelta(minutes=11)
    watched.post.town.change(schema.deliveries, delivery["id"], expires_at=stale)
    watched.pass_(55)
    assert "overdue" not in watched.standing()
    watched.pass_(10)
    assert "overdue" in watched.standing()


def test_what_went_out_of_date_is_told_until_an_hour_later(watched: Watched) -> None:
    watched.sends = False
    notice = watched.write()
    (delivery,) = watched.post.deliveries(notice)
    watched.post.town.change(schema.deliveries, delivery["id"], status="expired", final_at=watched.clock.now())
    watched.pass_(40)
    assert watched.standing() == {"expired"}
    watched.pass_(3600)
    assert "expired" not in watched.standing()


def test_a_notice_that_nothing_will_tell_is_found(watched: Watched) -> None:
    notice = watched.write()
    (delivery,) = watched.post.deliveries(notice)
    watched.post.town.change(schema.deliveries, delivery["id"], status="failed")
    watched.audit()
    watched.clock.pass_(seconds=600)
    watched.audit()
    assert watched.standing() == {"lost"}


def test_a_notice_told_by_two_deliveries_is_found(watched: Watched) -> None:
    notice = watched.write()
    watched.post.turn()
    (delivery,) = watched.post.deliveries(notice)
    again = {**delivery, "seq": 2, "token": "another", "reference": "SM2"}
    del again["id"]
    watched.post.town.add(schema.deliveries, **again)
    for _ in range(2):
        watched.audit()
        watched.clock.pass_(seconds=600)
    assert watched.standing() == {"twice"}


def by_none(watched: Watched) -> None:
    notice = told(watched)
    (delivery,) = watched.post.deliveries(notice)
    watched.post.town.change(schema.deliveries, delivery["id"], status="failed")


def by_its_removal_alone(watched: Watched) -> None:
    notice = told(watched)
    (delivery,) = watched.post.deliveries(notice)
    watched.post.town.change(schema.deliveries, delivery["id"], action="delete", target=1)


def though_said_not_to_be(watched: Watched) -> None:
    watched.post.town.change(schema.notices, told(watched), status="undeliverable")


def with_one_that_still_waits(watched: Watched) -> None:
    notice = told(watched)
    again = {**watched.post.deliveries(notice)[0], "seq": 2, "token": "another", "reference": None, "status": "unknown"}
    del again["id"]
    watched.post.town.add(schema.deliveries, **again)


def told(watched: Watched) -> int:
    notice = watched.write()
    watched.post.turn()
    return notice


@pytest.mark.parametrize("broken", [by_none, by_its_removal_alone, though_said_not_to_be, with_one_that_still_waits])
def test_a_notice_settled_otherwise_than_its_deliveries_is_found(record: Record, clock: FakeClock, broken: Any) -> None:
    watched = Watched(record, clock)
    told(watched)
    watched.audit()
    watched.clock.pass_(seconds=600)
    watched.audit()
    assert watched.standing() == set()
    broken(watched)
    for _ in range(2):
        watched.audit()
        watched.clock.pass_(seconds=600)
    assert watched.standing() == {"astray"}
    assert ("watch.astray", watched.manager) in watched.told()


def test_a_list_of_the_providers_that_differs_from_ours_is_told(watched: Watched) -> None:
    with watched.post.record.write() as connection:
        cursors.move(connection, watch.LIST_CURSOR, "2026-06-09 0")
    watched.pass_(5)
    assert watched.standing() == set()
    with watched.post.record.write() as connection:
        cursors.move(connection, watch.LIST_CURSOR, "2026-06-10 2")
    watched.pass_(5)
    assert watched.standing() == {"list"}


def test_slow_replies_are_told_and_slow_reminders_are_not(watched: Watched) -> None:
    watched.sends = False
    for lane, slow in ((3, False), (1, True)):
        for _ in range(watch.ENOUGH):
            watched.write(lane=lane)
        watched.pass_(15)
        while watched.post.turn():
            pass
        watched.pass_(5)
        assert ("slow" in watched.standing()) is slow


def test_what_was_in_doubt_and_sent_once_more_is_counted(watched: Watched) -> None:
    watched.post.channel.answers = [Outcome(Verdict.UNKNOWN, code="timeout")]
    for _ in range(2):
        watched.write()
        watched.post.turn()
    for _ in range(3):
        watched.clock.pass_(minutes=2)
        watched.post.resolve()
        watched.post.turn()
    with watched.post.record.read() as connection:
        page = metrics.page(connection, metrics.Rejections(), now=watched.clock.now(), real=watched.clock.real())
    assert 'turnup_sent_again{channel="sms"} 1\n' in page
    assert 'turnup_sent_again{channel="telegram"} 0\n' in page


class Away:
    """A worker that beats, on a record that goes away."""

    def __init__(self, watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
        self.watched = watched
        about = {"TURNUP_ENV": "demo", "TURNUP_SECRET_KEY": databases.SECRET, "TURNUP_DATABASE_URL": "sqlite:///unused.db"}
        record = watched.post.record
        self.process = Process(settings.of(about), record, watched.post.council, frozenset({"worker"}))
        self.process._clock, self.process._holder = watched.clock, "one"
        self.is_away = False
        write = record.write

        def unless_away() -> Any:
            if self.is_away:
                raise OperationalError("", {}, Exception())
            return write()

        monkeypatch.setattr(record, "write", unless_away)
        monkeypatch.setattr(process, "HEARTBEAT", 0)

    def for_(self, seconds: int, *, looks_at_once: bool = False) -> None:
        """Nobody hears of anybody for so long; `looks_at_once`: before the others have given a sign again."""
        asyncio.run(self._beats(seconds))
        if looks_at_once:
            self.watched.look()
        self.watched.pass_(60)

    async def _beats(self, seconds: int) -> None:
        beating = asyncio.create_task(self.process._beat())
        for left in range(seconds, -1, -LOOK.seconds):
            self.is_away = left > 0
            self.watched.clock.pass_(seconds=LOOK.seconds)
            await asyncio.sleep(0.03)
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


@pytest.mark.parametrize("looks_at_once", [True, False])
def test_a_record_that_was_away_is_told_once_when_it_is_back_and_nothing_else(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, looks_at_once: bool
) -> None:
    away = Away(watched, monkeypatch)
    watched.pass_(20)
    away.for_(120, looks_at_once=looks_at_once)
    assert watched.told() == [("watch.record", watched.manager)]
    watched.clock.pass_(hours=1)
    watched.pass_(10)
    assert watched.standing() == set()
    away.for_(120, looks_at_once=looks_at_once)
    assert watched.told() == [("watch.record", watched.manager)] * 2


def test_a_record_that_was_away_for_a_moment_is_told_to_nobody(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Away(watched, monkeypatch)
    watched.pass_(20)
    away.for_(30)
    assert watched.told() == []


def test_the_metrics_page_shows_what_is_watched_and_no_personal_data(watched: Watched) -> None:
    for _ in range(watch.ENOUGH):
        watched.write()
    while watched.post.turn():
        pass
    watched.beat()
    watched.beating.remove("web")
    watched.pass_(60)
    with watched.post.record.read() as connection:
        page = metrics.page(connection, metrics.Rejections(), now=watched.clock.now(), real=watched.clock.real())
        phones = connection.execute(select(schema.staff.c.phone)).scalars().all()
    assert 'turnup_breach{name="web"} 1' in page
    assert 'turnup_breach{name="worker"} 0' in page
    assert 'turnup_watch{name="web"} 60' in page
    assert re.search(r'^turnup_due_to_accepted_seconds\{quantile="0.95"\} [1-9]$', page, re.MULTILINE)
    assert not any(phone in page for phone in phones if phone)
