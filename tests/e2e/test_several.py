"""Two of each process on one PostgreSQL: when one dies or stalls another takes over, and nobody hears anything twice."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from db import leases
from locales import sms
from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import AUTH_TOKEN, NUMBER, Town, free_port

pytestmark = pytest.mark.long

PEOPLE = 120
RATE = 10  # segments a second, the council's default
IN_TIME = leases.LASTS + timedelta(seconds=3)  # a standby asks every second, and this machine may be busy


class Several:
    """A town with two of each process, and a way to the one that holds a lease."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.second_port = free_port()
        self._numbers = count(2)

    def start(self) -> None:
        self.town.start()
        for name, settings in (("web", {"TURNUP_PORT": str(self.second_port)}), ("worker", {}), ("clock", {})):
            self.add(name, **settings)
        self.town.wait_for(self._is_second_ready, "the second web did not start")
        self.town.wait_for(
            lambda: {"send:sms", "send:telegram", "inbound", "clock"} <= self.town.holders().keys(), "no leases"
        )

    def _is_second_ready(self) -> bool:
        try:
            return self.town.http.get(f"http://127.0.0.1:{self.second_port}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def add(self, name: str, **settings: str) -> None:
        self.town.spawn(f"{name} {next(self._numbers)}", name, **settings)

    def signal(self, pid: int, what: signal.Signals) -> None:
        os.kill(pid, what)
        if what in (signal.SIGKILL, signal.SIGTERM):
            (key,) = (key for key, process in self.town.processes.items() if process.pid == pid)
            self.town.processes.pop(key).wait(20)

    def wait_for_another(self, lease: str, than: int) -> float:
        """How long it takes until another process holds the lease."""
        began = time.monotonic()
        self.town.wait_for(lambda: self.town.holders()[lease] != than, f"nobody takes {lease} over")
        return time.monotonic() - began

    def book(self) -> list[dict[str, str]]:
        """The texts that the provider took about the session, in order; staff get theirs besides."""
        return [row for row in self.town.phones.get("book") if row["channel"] == "sms" and "Reply 1" in row["body"]]


@pytest.fixture
def people(tmp_path: Path) -> list[Person]:
    return crowd(tmp_path / "council", sms=PEOPLE, rate=RATE)


@pytest.fixture
def several(tmp_path: Path, people: list[Person]) -> Iterator[Several]:
    with Town(tmp_path, tmp_path / "council", kind="postgresql") as town:
        town.bring_in(STANDARD.imported_at.isoformat())
        several = Several(town)
        several.start()
        yield several


def test_what_a_dead_process_held_is_taken_over_in_time(several: Several, people: list[Person]) -> None:
    for lease in ("send:sms", "clock"):
        dead = several.town.holders()[lease]
        several.signal(dead, signal.SIGKILL)
        assert several.wait_for_another(lease, dead) <= IN_TIME.total_seconds()
    several.town.text(people[0].phone, "4")
    several.town.wait_for(lambda: several.town.thread(people[0].phone), "no reply")
    several.town.quiet()
    assert len(several.town.thread(people[0].phone)) == 1


def test_a_process_that_is_told_to_end_is_followed_at_once(several: Several) -> None:
    ended = several.town.holders()["send:sms"]
    several.signal(ended, signal.SIGTERM)
    assert several.wait_for_another("send:sms", ended) < leases.LASTS.total_seconds() / 2


def test_a_worker_that_stalls_is_harmless_when_it_wakes(several: Several, people: list[Person]) -> None:
    town, asking = several.town, people[:8]
    stalled = several.town.holders()["send:sms"]
    for one in asking:
        town.text(one.phone, "4")
    several.signal(stalled, signal.SIGSTOP)
    for one in asking:
        town.text(one.phone, "5")
    assert several.wait_for_another("send:sms", stalled) <= IN_TIME.total_seconds()
    several.signal(stalled, signal.SIGCONT)
    for one in asking:
        town.text(one.phone, "4")

    def is_answered() -> bool:
        town.two_minutes_go_by()
        return all(len(town.thread(one.phone)) >= 3 for one in asking)

    town.wait_for(is_answered, "not all are answered", 60)
    town.quiet()
    hours, session, again = (town.thread(asking[0].phone)[n] for n in range(3))
    assert hours == again != session
    # Each hears once about each question, in the order of asking.
    assert [len(town.thread(one.phone)) for one in asking] == [3] * len(asking)
    assert all(town.thread(one.phone)[0] == town.thread(one.phone)[2] != town.thread(one.phone)[1] for one in asking)


def test_the_rate_is_kept_while_senders_change(several: Several, people: list[Person]) -> None:
    town = several.town
    town.clock(STANDARD.on_eve(STANDARD.reminders_at))
    for sent, how in ((PEOPLE // 3, signal.SIGTERM), (2 * PEOPLE // 3, signal.SIGKILL)):
        town.wait_for(lambda sent=sent: len(several.book()) >= sent, "nothing is sent")
        several.add("worker")
        several.signal(several.town.holders()["send:sms"], how)

    def is_sent() -> bool:
        town.two_minutes_go_by()
        return {row["to"] for row in several.book()} >= {one.phone for one in people}

    town.wait_for(is_sent, "not all are reminded", 60)
    town.quiet()
    assert len(several.book()) == PEOPLE
    taken = [(datetime.fromisoformat(row["at"]), sms.parts(row["body"]).parts) for row in several.book()]
    for first, (began, _) in enumerate(taken):
        segments = 0
        for at, parts in taken[first:]:
            segments += parts
            # A sender saves up one second's worth at most.
            assert segments <= RATE * ((at - began).total_seconds() + 1) + parts


def test_a_message_that_comes_to_both_webs_is_handled_once(several: Several, people: list[Person]) -> None:
    town, path = several.town, "/twilio/inbound"
    form = {"MessageSid": "SM" + "1" * 32, "From": people[0].phone, "To": NUMBER, "Body": "4", "NumMedia": "0"}
    signed = {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(town.url + path, form)}
    for port in (town.port, several.second_port, town.port):
        url = f"http://127.0.0.1:{port}{path}"
        assert town.http.post(url, data=form, headers=signed).status_code == 200
    town.wait_for(lambda: town.thread(people[0].phone), "no reply")
    town.quiet()
    assert len(town.thread(people[0].phone)) == 1


def test_a_dead_clock_is_noticed_by_the_others_within_a_minute_and_told_once(several: Several) -> None:
    town = several.town
    for key in [key for key in town.processes if key.startswith("clock")]:
        several.signal(town.processes[key].pid, signal.SIGKILL)
    began = time.monotonic()
    town.wait_for(lambda: town.metrics()["turnup_breach"]["clock",], "nobody noticed", 75)
    assert time.monotonic() - began < 60
    on_call = town.on_call
    town.wait_for(lambda: any("clock is silent" in said for said in town.thread(on_call)), "nobody was told")
    assert ("watch", "open") in {(task["kind"], task["status"]) for task in town.tasks()}
    several.add("clock")
    town.wait_for(lambda: not town.metrics()["turnup_breach"]["clock",], "it is not over")
    assert [said for said in town.thread(on_call) if "silent" in said] == [town.thread(on_call)[-1]]


def test_a_dead_worker_is_noticed_by_the_other_within_a_minute_and_told_once(several: Several) -> None:
    town = several.town
    time.sleep(2 * leases.STARTING.total_seconds())  # who dies as it begins is missed by nobody
    several.signal(several.town.holders()["send:sms"], signal.SIGKILL)
    began = time.monotonic()
    town.wait_for(lambda: town.metrics()["turnup_breach"]["fewer",], "nobody noticed", 75)
    assert time.monotonic() - began < 60
    town.wait_for(lambda: any("One of several" in said for said in town.thread(several.town.on_call)), "nobody was told")
    several.add("worker")
    town.wait_for(lambda: not town.metrics()["turnup_breach"]["fewer",], "it is not over")
    assert sum("One of several" in said for said in town.thread(several.town.on_call)) == 1


def test_every_worker_listens_for_what_the_others_write(several: Several) -> None:
    listening = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")

    def ears() -> int:
        with several.town.record.read() as connection:
            return int(connection.execute(listening).scalar_one())

    several.town.wait_for(lambda: ears() == 2, "not both workers listen")
