"""Two machines with one of each process, and a PostgreSQL that each reaches by a cable, which is cut without a word.

How long each thing takes is the kernel's doing as well as ours, so nothing here can be made to go faster.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select, text
from twilio.request_validator import RequestValidator

from db import faults, leases, schema
from db.record import STALLS_FOR, Record
from tests import databases
from tests.e2e import cables
from tests.e2e.cables import Cable, Far
from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.storm import StormyTown
from tests.e2e.town import AUTH_TOKEN, NUMBER

pytestmark = pytest.mark.long

MACHINES = 2
PEOPLE = 300
RATE = 10  # segments a second, the council's default
BUSY = 3.0  # seconds that this machine may take for what is due
TAKEN_OVER = leases.LASTS.total_seconds() + BUSY
ANSWERED = 4.0 + BUSY  # seconds; a provider waits fifteen
ARRIVES = 0.3  # seconds, after which what was said is surely with the server
BACK = 20.0  # seconds after which all goes on, once the cable is whole
CUT_FOR = 60.0  # seconds
FORGOTTEN = 30.0  # seconds after which the server keeps nothing for a machine that is cut off
REMINDER = "Reply 1"


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    try:
        with cables.laid(MACHINES) as far:
            monkeypatch.setattr(databases, "server", lambda: far.uri)
            databases.forget()
            yield far
    except cables.CannotCable:
        pytest.skip("needs networks of its own: run it as root on Linux, with iproute2 and util-linux")
    finally:
        databases.forget()


class CutTown(StormyTown):
    """Each machine has one of each process, and its own cable."""

    def __init__(self, folder: Path, far: Far) -> None:
        super().__init__(folder, folder / "council", kind="postgresql", each=MACHINES)
        self.far = far

    def spawn(self, name: str, part: str = "", **settings: str) -> None:
        url = self.far.url(int(name.partition(".")[2]), self.database_url)
        super().spawn(name, part, TURNUP_DATABASE_URL=url, **settings)

    def start(self) -> None:
        super().start()
        self.wait_for(
            lambda: self.beating(datetime.now(UTC) - leases.LASTS) == set(self.names), "not every process is at work"
        )

    def beating(self, since: datetime) -> set[str]:
        """The processes that have given a sign since then."""
        query = select(schema.heartbeats.c.holder).where(schema.heartbeats.c.at > since)
        with self.record.read() as connection:
            pids = {int(holder.split(":")[1]) for holder in connection.execute(query).scalars()}
        return {name for name, process in self.processes.items() if process.pid in pids}

    def machine(self, lease: str) -> int:
        """That holds the lease."""
        pid = self.holders()[lease]
        (name,) = (name for name, process in self.processes.items() if process.pid == pid)
        return int(name.partition(".")[2])

    def cut(self, *machines: int) -> None:
        for n in machines:
            self.far.cables[n].cut()

    def mend(self, *machines: int) -> float:
        """Returns when every process goes on; after how many seconds."""
        for n in machines:
            self.far.cables[n].mend()
        began, at = time.monotonic(), datetime.now(UTC)
        self.wait_for(lambda: self.is_ready() and self.beating(at) == set(self.names), "not every process goes on")
        return time.monotonic() - began

    def is_settled(self) -> bool:
        """Nothing waits, is being sent or in doubt. Receipts that met a cut cable are not waited for: they are asked for
        after minutes."""
        self.two_minutes_go_by()
        moving = schema.deliveries.c.status.in_(("pending", "sending", "unknown"))
        with self.record.read() as connection:
            return connection.execute(select(schema.deliveries.c.id).where(moving).limit(1)).first() is None

    def sessions(self, machine: int) -> int:
        """That the server keeps for this machine."""
        query = text("SELECT count(*) FROM pg_stat_activity WHERE host(client_addr) = :here")
        with self.record.read() as connection:
            return int(connection.execute(query, {"here": self.far.cables[machine].here}).scalar_one())

    def reminders(self) -> list[dict[str, str]]:
        return [row for row in self.phones.get("book") if row["channel"] == "sms" and REMINDER in row["body"]]


class Door(threading.Thread):
    """What a provider does at one machine's web: a message each second by each of these people, and again if refused."""

    def __init__(self, town: CutTown, machine: int, people: list[Person]) -> None:
        super().__init__()
        self._at = f"http://127.0.0.1:{town.ports[machine]}"
        self._waiting = [(n, one.phone) for n, one in enumerate(people[: int(CUT_FOR)])]
        self._machine = machine
        self.taken: list[str] = []
        self.codes = Counter[int]()
        self.longest = 0.0

    def run(self) -> None:
        with httpx.Client(timeout=30, trust_env=False) as client:
            while self._waiting:
                n, phone = self._waiting.pop(0)
                began = time.monotonic()
                code = self._send(client, n, phone)
                self.longest = max(self.longest, time.monotonic() - began)
                self.codes[code] += 1
                if code == 200:
                    self.taken.append(phone)
                else:
                    self._waiting.append((n, phone))
                    time.sleep(1)

    def _send(self, client: httpx.Client, n: int, phone: str) -> int:
        form = {"MessageSid": f"SM{self._machine}{n:031}", "From": phone, "To": NUMBER, "Body": "4", "NumMedia": "0"}
        path = "/twilio/inbound"
        signed = {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(self._at + path, form)}
        return client.post(self._at + path, data=form, headers=signed).status_code


@pytest.fixture
def people(tmp_path: Path) -> list[Person]:
    return crowd(tmp_path / "council", sms=PEOPLE, rate=RATE)


@pytest.fixture
def town(tmp_path: Path, far: Far, people: list[Person]) -> Iterator[CutTown]:
    with CutTown(tmp_path, far) as town:
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        yield town


def test_a_sender_that_is_cut_off_is_followed_sends_nothing_more_and_goes_on_when_the_cable_is_whole(
    town: CutTown, people: list[Person]
) -> None:
    town.clock(STANDARD.on_eve(STANDARD.reminders_at))
    town.wait_for(lambda: len(town.reminders()) >= PEOPLE // 4, "nothing is sent")
    off = town.machine("send:sms")
    town.cut(off)
    began = time.monotonic()
    town.wait_for(lambda: town.machine("send:sms") != off, "nobody takes over")
    took, at = time.monotonic() - began, datetime.now(UTC)
    assert took <= TAKEN_OVER
    with town.record.read() as connection:
        fence = connection.execute(select(schema.leases.c.fence).where(schema.leases.c.name == "send:sms")).scalar_one()
    town.listen_at(1 - off)
    town.text(people[0].phone, "4")
    town.wait_for(lambda: any(REMINDER not in said for said in town.thread(people[0].phone)), "the other does not answer")
    time.sleep(max(0.0, began + FORGOTTEN - time.monotonic()))
    assert town.sessions(off) == 0
    assert town.mend(off) <= BACK

    town.wait_for(town.is_settled, "not all are reminded", 90)
    assert Counter(row["to"] for row in town.reminders()) == Counter(one.phone for one in people)
    late = {row["reference"] for row in town.phones.book() if datetime.fromisoformat(row["at"]) > at}
    with town.record.read() as connection:
        query = select(schema.deliveries.c.reference).where(schema.deliveries.c.fence < fence)
        assert not late & set(connection.execute(query).scalars())


def test_a_database_that_is_cut_off_from_all_has_the_providers_send_again_and_is_told_once(
    town: CutTown, people: list[Person]
) -> None:
    doors = [Door(town, n, people[n::MACHINES]) for n in range(MACHINES)]
    town.cut(*range(MACHINES))
    for door in doors:
        door.start()
    time.sleep(CUT_FOR / 2)
    began = time.monotonic()
    assert town.get("/readyz").status_code == 503
    assert time.monotonic() - began <= ANSWERED
    time.sleep(CUT_FOR / 2)
    assert town.mend(*range(MACHINES)) <= BACK
    for door in doors:
        door.join()
    for door in doors:
        assert door.longest <= ANSWERED
        assert door.codes.keys() == {200, 503}
    town.quiet()
    assert all(len(town.thread(phone)) == 1 for door in doors for phone in door.taken)

    def told() -> int:
        return sum("could not write" in said for said in town.thread(town.on_call))

    town.wait_for(told, "nobody was told")
    town.quiet()
    assert told() == 1


# What a machine has locked when it is cut off

Locked = Callable[[Connection, Cable], None]


def between_questions(_: Connection, cable: Cable) -> None:
    cable.cut()


def between_questions_put_together(connection: Connection, cable: Cable) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():
        driver.execute("SELECT 1")
        driver.pgconn.send_flush_request()
        driver.pgconn.flush()
        time.sleep(ARRIVES)
        cable.cut()


def in_a_long_answer(connection: Connection, cable: Cable) -> None:
    threading.Timer(ARRIVES, cable.cut).start()
    connection.execute(text("SELECT pg_sleep(:soon), repeat('x', 30000000)"), {"soon": 2 * ARRIVES})


@pytest.mark.parametrize("where", [between_questions, between_questions_put_together, in_a_long_answer])
def test_a_lease_that_is_locked_when_its_holder_is_cut_off_is_free_in_time(tmp_path: Path, far: Far, where: Locked) -> None:
    url = databases.fresh("postgresql", tmp_path)
    off, other = (Record(far.url(n, url), databases.KEYS, serving=True) for n in range(MACHINES))
    now = datetime.now(UTC)
    with off.write() as connection:
        assert leases.take(connection, "send:sms", "off", real=now) == 1
    with ThreadPoolExecutor() as threads:
        is_cut = threading.Event()
        cut_off = threads.submit(_is_cut_off, off, far.cables[0], where, is_cut)
        is_cut.wait()
        began = time.monotonic()
        with other.write() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            assert leases.take(connection, "send:sms", "other", real=now + 2 * leases.LASTS) == 2
        assert time.monotonic() - began <= STALLS_FOR + BUSY
        error = cut_off.exception()
    assert error is not None
    assert faults.is_of_the_database(error)
    for one in (off, other):
        one.close()


def _is_cut_off(record: Record, cable: Cable, where: Locked, is_cut: threading.Event) -> None:
    with record.write() as connection:
        assert leases.holds(connection, "send:sms", "off", 1)
        is_cut.set()
        where(connection, cable)
