"""Two machines with one of each process, and a PostgreSQL that each reaches by a cable, which is cut without a word.

What is asked here is asked of the kernel's TCP too, so that it takes as long as it does.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError
from twilio.request_validator import RequestValidator

from db import leases, schema
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
BACK = 20.0  # seconds after which all goes on, once the cable is whole
CUT_FOR = 60.0  # seconds
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
        (name,) = (name for name, process in self.processes.items() if process.pid == self.holders()[lease])
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
    found = crowd(tmp_path / "council", sms=PEOPLE)
    settings = tmp_path / "council" / "council.toml"
    settings.write_text(settings.read_text().replace("sms_segments = 1000", f"sms_segments = {RATE}"))
    return found


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
    answered = time.monotonic() - began
    back = town.mend(off)

    def is_sent() -> bool:
        town.two_minutes_go_by()
        return {row["to"] for row in town.reminders()} >= {one.phone for one in people}

    town.wait_for(is_sent, "not all are reminded", 90)
    town.quiet()
    assert len(town.reminders()) == PEOPLE
    late = {row["reference"] for row in town.phones.book() if datetime.fromisoformat(row["at"]) > at}
    with town.record.read() as connection:
        query = select(schema.deliveries.c.reference).where(schema.deliveries.c.fence < fence)
        assert not late & set(connection.execute(query).scalars())
    print(f"taken over {took:.1f} answered {answered:.1f} back {back:.1f}; late {len(late)}")
    assert back <= BACK


def test_a_database_that_is_cut_off_from_all_has_the_providers_send_again_and_is_told_once(
    town: CutTown, people: list[Person]
) -> None:
    doors = [Door(town, n, people[n::MACHINES]) for n in range(MACHINES)]
    town.cut(*range(MACHINES))
    for door in doors:
        door.start()
    time.sleep(CUT_FOR)
    back = town.mend(*range(MACHINES))
    for door in doors:
        door.join()
    print(f"back {back:.1f}; {[(door.longest, door.codes) for door in doors]}")
    assert back <= BACK
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


Locks = Callable[[Connection, Cable], None]


def _between_questions(_: Connection, cable: Cable) -> None:
    cable.cut()


def _between_questions_put_together(connection: Connection, cable: Cable) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.pipeline():
        driver.execute("SELECT 1")
        driver.pgconn.send_flush_request()
        driver.pgconn.flush()
        time.sleep(0.3)
        cable.cut()


def _in_a_long_answer(connection: Connection, cable: Cable) -> None:
    cutting = threading.Timer(0.3, cable.cut)
    cutting.start()
    connection.execute(text("SELECT pg_sleep(0.6), repeat('x', 30000000)"))


@pytest.mark.parametrize("where", [_between_questions, _between_questions_put_together, _in_a_long_answer])
def test_a_lease_that_is_locked_when_its_holder_is_cut_off_is_free_in_time(tmp_path: Path, far: Far, where: Locks) -> None:
    url = databases.fresh("postgresql", tmp_path)
    off, other = (Record(far.url(n, url), databases.KEYS, serving=True) for n in range(MACHINES))
    now = datetime.now(UTC)
    with off.write() as connection:
        assert leases.take(connection, "send:sms", "off", real=now) == 1
    locked, took = threading.Event(), []

    def take_over() -> None:
        locked.wait()
        began = time.monotonic()
        with other.write() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            assert leases.take(connection, "send:sms", "other", real=now + timedelta(minutes=1)) == 2
        took.append(time.monotonic() - began)

    taking = threading.Thread(target=take_over)
    taking.start()
    began = time.monotonic()
    with pytest.raises(DBAPIError), off.write() as connection:
        assert leases.holds(connection, "send:sms", "off", 1)
        locked.set()
        where(connection, far.cables[0])
    gave_up = time.monotonic() - began
    taking.join()
    print(f"{where.__name__}: free after {took}, the holder knows after {gave_up:.1f}")
    assert took[0] <= STALLS_FOR + BUSY
    for one in (off, other):
        one.close()
