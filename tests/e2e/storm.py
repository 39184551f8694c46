"""A storm: processes killed at random while messages go out and come in, and the provider's book against the record."""

import html
import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from db.schema import deliveries, inbound, leases, notices, people, receipts, tasks
from notifications.sender import SLOTS
from tests.db import making
from tests.e2e.councils import STANDARD, crowd
from tests.e2e.town import Town, free_port
from tests.simulator.running import wait_until

ASK_SMS = ("4", "5", "0")
ASK_TELEGRAM = ("My hours", "Next session")
LONGEST = 240.0  # seconds; a storm on a loaded machine leaves much to do
LOOK = 0.2  # seconds between two looks at whether all is settled
IMPATIENCE = 5.0  # seconds after which a process is killed though nothing was sent
TOLD = ("accepted", "sent", "delivered")
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Size:
    """How large a storm is. `waits` is the share of kills after which the dead one's leases run out by themselves."""

    sms: int
    telegram: int
    days: int  # each with a reminder for everybody
    asked: int  # messages that come in
    bursts: int  # of kills
    latency: float  # seconds that the providers take to answer
    stride: int  # the next burst begins before so many more messages have gone out
    each: int = 2  # of web, worker and clock; `serve` is alone
    waits: float = 0.0
    most: int = 1  # kills in a burst
    apart: tuple[float, float] = (0.25, 0.5)  # seconds between two of them, at least and at most


@dataclass
class Report:
    """What the harness saw. `unanswered` counts the calls in the air when their process was killed, by channel."""

    database: str
    kills: Counter[str] = field(default_factory=Counter)
    bursts: int = 0
    in_bursts: int = 0  # kills
    bursting: float = 0.0  # seconds from the first kill of each burst to its last, together
    seconds: float = 0.0  # from the first kill of each day to its last, together
    sent: Counter[str] = field(default_factory=Counter)  # in the providers' book
    came_in: int = 0
    failed_inbound: int = 0
    under_fire: int = 0  # of those sent, while processes were being killed
    unanswered: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    resolved: Counter[str] = field(default_factory=Counter)
    left: int = 0
    listed: list[int] = field(default_factory=list)  # the deliveries that came twice

    def rows(self) -> list[tuple[str, str]]:
        """What was seen, as a table of two columns."""
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        rows = [
            ("kills", f"{self.kills.total()} ({kills}), {self.kills.total() / self.seconds:.1f} a second, pauses and all"),
            *self._pace(),
            (
                "sent",
                f"{self.sent.total()}: {_both(self.sent)}; {self.under_fire} of them while processes were killed",
            ),
            ("came in", f"{self.came_in}, each handled once and answered once; {self.failed_inbound} handed to a person"),
            ("lost", _both(self.lost)),
            ("came twice", _both(self.twice)),
            ("in the air at a kill", f"{_both(self.unanswered)}; at most {self.most_at_once} of one channel in one kill"),
        ]
        rows += [(f"so unknown: {how}", str(count)) for how, count in sorted(self.resolved.items())]
        return [*rows, ("still unknown", str(self.left)), ("came twice, by delivery", _ranges(self.listed))]

    def _pace(self) -> list[tuple[str, str]]:
        if not self.bursting:
            return []
        pace = (self.in_bursts - self.bursts) / self.bursting
        return [("of them in bursts", f"{self.in_bursts} in {self.bursts} bursts, {pace:.1f} a second within a burst")]

    @property
    def given_up(self) -> int:
        """Said once more, and unknown again."""
        return self.resolved["telegram given to staff"]

    def check(self) -> None:
        assert self.lost == {"sms": 0, "telegram": 0}
        assert self.twice["sms"] == 0
        assert self.twice["telegram"] == len(self.listed) <= self.resolved["telegram said once more"] + self.given_up
        assert self.twice["telegram"] <= self.unanswered["telegram"]
        assert self.most_at_once <= SLOTS
        assert self.left == 0


def _ranges(numbers: list[int]) -> str:
    """`3-5, 9`"""
    runs = groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    ends = [(found[0][1], found[-1][1]) for found in (list(run) for _, run in runs)]
    return ", ".join(f"{first}-{last}" if first < last else str(first) for first, last in ends) or "none"


def _both(counts: Mapping[str, int]) -> str:
    return f"sms {counts.get('sms', 0)}, telegram {counts.get('telegram', 0)}"


class StormyTown(Town):
    """Several of each process where the database allows it, and each web at an address of its own."""

    def __init__(self, *given: Any, each: int, **more: Any) -> None:
        super().__init__(*given, **more)
        self.each = each if self.kind == "postgresql" else 1
        self.ports = [self.port, *(free_port() for _ in range(self.each - 1))]
        self.names = [f"{part}.{n}" for n in range(self.each) for part in self.parts]

    def spawn(self, name: str, part: str = "", **settings: str) -> None:
        part, _, n = name.partition(".")
        url = f"http://127.0.0.1:{self.ports[int(n)]}"
        super().spawn(name, part, TURNUP_PORT=str(self.ports[int(n)]), TURNUP_PUBLIC_URL=url, **settings)

    def start(self) -> None:
        for name in self.names:
            self.spawn(name)
        self.wait_for(self.is_ready, "the product did not start")

    def is_ready(self) -> bool:
        try:
            return all(httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200 for port in self.ports)
        except httpx.TransportError:
            return False

    def listen_at(self, n: int) -> None:
        self.phones.configure(sms_webhook_url=f"http://127.0.0.1:{self.ports[n]}/twilio/inbound")

    def strike(self, name: str, *, wait: bool) -> list[tuple[str, int]]:
        """SIGKILL, and at once another in its place. The calls that were in the air, as channel and delivery.

        Fifteen seconds go by for the leases of the dead, unless the test wants to `wait` for them.
        """
        process: Any = self.processes[name]
        process.kill()
        process.wait()
        found = self._in_the_air(process.pid)
        if not wait and self.kind == "postgresql":
            self._fifteen_seconds_go_by(process.pid)
        self.spawn(name)
        return found

    def _in_the_air(self, pid: int) -> list[tuple[str, int]]:
        query = (
            select(deliveries.c.channel, deliveries.c.id)
            .join(leases, leases.c.name == "send:" + deliveries.c.channel)
            .where(
                deliveries.c.status == "sending", leases.c.fence == deliveries.c.fence, leases.c.holder.like(f"%:{pid}:%")
            )
        )
        with self.record.read() as connection:
            return [(row[0], row[1]) for row in connection.execute(query)]

    def _fifteen_seconds_go_by(self, pid: int) -> None:
        theirs = leases.update().where(leases.c.holder.like(f"%:{pid}:%"))
        with self.record.write() as connection:
            connection.execute(theirs.values(until=datetime.now().astimezone() - timedelta(seconds=1)))


class Storm:
    def __init__(self, folder: Path, kind: str, size: Size, seed: int) -> None:
        self.size = size
        self.draw = random.Random(seed)
        self.report = Report(kind)
        everybody = crowd(folder / "council", sms=size.sms, telegram=size.telegram, days=size.days)
        self.texted, self.chatting = everybody[: size.sms], everybody[size.sms :]
        self.town = StormyTown(folder, folder / "council", kind=kind, each=size.each)
        self.asked = 0
        self.seen = 0  # so much of the book
        self.doubtful: set[int] = set()

    def rage(self) -> Report:
        with self.town as town:
            town.bring_in(STANDARD.imported_at.isoformat())
            self._link()
            town.start()
            # Answers take a while, so that a crash finds calls in the air.
            town.phones.fault("sms", "slow", seconds=self.size.latency, times=None, match={"method": "create"})
            town.phones.fault("telegram", "slow", seconds=self.size.latency, times=None, match={"method": "sendMessage"})
            for day in range(self.size.days):
                self._day(day)
            town.stop()  # lists for staff may still go out: the book and the record are compared when both are still
            self._count()
        return self.report

    def _link(self) -> None:
        """Everybody on Telegram has an open chat; that each came by a code of their own is not what is tried here."""
        chats = [{"name": one.first, "chat_id": one.chat, "started": True} for one in self.chatting]
        self.town.phones.people(*chats)
        with self.town.record.read() as connection:
            ids = {row.ref: row.id for row in connection.execute(select(people.c.ref, people.c.id))}
        for one in self.chatting:
            making.Town(self.town.record).link(str(one.chat), person_id=ids[one.ref])

    def _day(self, day: int) -> None:
        town, size = self.town, self.size
        town.clock(STANDARD.on_eve(STANDARD.reminders_at) + timedelta(days=day))
        before, began = self._sent(), time.monotonic()
        bursts = size.bursts * (day + 1) // size.days - size.bursts * day // size.days
        for n in range(bursts):
            while self.asked < size.asked * (day * bursts + n + 1) // (size.days * bursts):
                self._ask()
            self._strike()
        # What a webhook could not bring in is in the SMS provider's list, which is read at the start.
        for name in town.names:
            self._kill(name, wait=False)
        self.report.seconds += time.monotonic() - began
        self.report.under_fire += self._sent() - before
        town.wait_for(town.is_ready, "the product did not start again", LONGEST)
        town.wait_for(lambda: self._is_settled(day), "what was in the air is not resolved", LONGEST)

    def _strike(self) -> None:
        """A moment after some more was sent: so kills fall all over the work, however fast the machine is.

        Others follow, a few a second, and then find processes that are starting, or have just begun.
        """
        wanted = self._sent() + self.draw.randint(1, self.size.stride)
        with suppress(AssertionError):
            wait_until(lambda: self._sent() >= wanted, IMPATIENCE)
        time.sleep(self.draw.uniform(0, self.size.latency))
        first = last = time.monotonic()
        kills = self.draw.randint(1, self.size.most)
        for n in range(kills):
            if n:
                time.sleep(max(0.0, last + self.draw.uniform(*self.size.apart) - time.monotonic()))
            last = time.monotonic()
            self._kill(self.draw.choice(self.town.names), wait=self.draw.random() < self.size.waits)
        self.report.bursts += 1
        self.report.in_bursts += kills
        self.report.bursting += last - first

    def _sent(self) -> int:
        self.seen += len(self.town.phones.book(self.seen))
        return self.seen

    def _kill(self, name: str, *, wait: bool) -> None:
        found = self.town.strike(name, wait=wait)
        calls = Counter(channel for channel, _ in found)
        self.report.kills[name.partition(".")[0]] += 1
        self.report.unanswered += calls
        self.report.most_at_once = max([self.report.most_at_once, *calls.values()])
        self.doubtful |= {delivery for _, delivery in found}

    def _ask(self) -> None:
        self.asked += 1
        one = self.draw.choice(self.texted + self.chatting)
        if one.chat in {known.chat for known in self.chatting}:
            self.town.say(one.chat, self.draw.choice(ASK_TELEGRAM))
        else:
            self.town.listen_at(self.draw.randrange(self.town.each))
            self.town.text(one.phone, self.draw.choice(ASK_SMS))

    def _is_settled(self, day: int) -> bool:
        time.sleep(LOOK)
        try:
            self.town.two_minutes_go_by()
            return self._is_still(day)
        except OperationalError:  # the product is busy writing; there is a next look
            return False

    def _is_still(self, day: int) -> bool:
        to_people = (deliveries.c.status == "pending") & notices.c.person_id.is_not(None)
        moving = deliveries.c.status.in_(("sending", "unknown")) | to_people
        both = deliveries.join(notices, notices.c.id == deliveries.c.notice_id)
        with self.town.record.read() as connection:
            waits = connection.execute(select(func.count()).select_from(both).where(moving)).scalar_one()
            stored = connection.execute(select(func.count()).where(inbound.c.state != "stored")).scalar_one()
            written = connection.execute(select(func.count()).where(notices.c.purpose == "reminder")).scalar_one()
        return not waits and stored == self.asked and written == (day + 1) * (self.size.sms + self.size.telegram)

    # The book against the record

    def _count(self) -> None:
        rows, self.report.came_in = self._record(), self.asked
        book = {(one["channel"], self._reference(one)): one for one in self.town.phones.book()}
        self.report.sent = Counter(channel for channel, _ in book)
        self._count_lost(rows, book)
        self._count_twice(rows, book)
        self._count_inbound()
        self._count_resolved(rows)

    def _record(self) -> list[Any]:
        by_receipt = (
            select(receipts.c.id)
            .where(receipts.c.token == deliveries.c.token, receipts.c.applied_at == deliveries.c.accepted_at)
            .exists()
        )
        query = (
            select(deliveries, notices.c.purpose, notices.c.inbound_id, people.c.ref, by_receipt.label("by_receipt"))
            .join(notices, notices.c.id == deliveries.c.notice_id)
            .join(people, people.c.id == notices.c.person_id, isouter=True)
            .order_by(deliveries.c.id)
        )
        with self.town.record.read() as connection:
            return list(connection.execute(query))

    @staticmethod
    def _reference(one: Mapping[str, Any]) -> str:
        return one["reference"] if one["channel"] == "sms" else f"{one['to']}:{one['reference']}"

    @staticmethod
    def _claimed(row: Any) -> str:
        return row.reference if row.channel == "sms" else f"{row.address}:{row.reference.rpartition(':')[2]}"

    def _count_lost(self, rows: list[Any], book: Mapping[tuple[str, str], Any]) -> None:
        """All were told everything, but for what staff have as a task; and the provider has all that the record says."""
        told = Counter((row.ref, row.purpose) for row in rows if row.status in TOLD)
        given_up = {row.ref for row in rows if row.status == "failed" and row.ref}
        with self.town.record.read() as connection:
            query = select(people.c.ref).join(tasks, tasks.c.person_id == people.c.id).where(tasks.c.kind == "not_reached")
            assert given_up <= set(connection.execute(query).scalars()), "somebody was given up and nobody knows"
        for channel, group in (("sms", self.texted), ("telegram", self.chatting)):
            failed = sum(row.status == "failed" and row.purpose == "reminder" for row in rows if row.channel == channel)
            said = sum(told[one.ref, "reminder"] for one in group)
            self.report.lost[channel] += self.size.days * len(group) - said - failed
        for row in rows:
            if row.status in TOLD and (row.channel, self._claimed(row)) not in book:
                self.report.lost[row.channel] += 1

    def _count_twice(self, rows: list[Any], book: Mapping[tuple[str, str], Any]) -> None:
        """What the provider took and no delivery claims is a copy of one. On Telegram only what was unknown may have two."""
        claimed = {(row.channel, self._claimed(row)): row.id for row in rows if row.reference}
        assert len(claimed) == sum(row.reference is not None for row in rows), "two deliveries claim the same message"
        copies = Counter(claimed[key] for key in book if key in claimed)
        for key, one in book.items():
            if key not in claimed:
                copies[self._copied(rows, one, copies)] += 1
        channels = {row.id: row.channel for row in rows}
        for delivery, times in sorted(copies.items()):
            assert times <= 2, f"delivery {delivery} came {times} times"
            if times == 2:
                self.report.twice[channels[delivery]] += 1
                self.report.listed.append(delivery)

    @staticmethod
    def _copied(rows: list[Any], one: Mapping[str, Any], copies: Counter[int]) -> int:
        """The delivery that an unclaimed message in the book is of: one that was unknown, or given up as such."""
        about = (one["channel"], one["to"], one["body"])
        found = [
            row.id
            for row in rows
            if (row.resends or row.error_class == "unknown")
            and about == (row.channel, row.address, html.unescape(TAG.sub("", row.body or "")))
        ]
        assert found, f"{one['channel']} message {one['n']} in the book is of no delivery that was unknown"
        return int(min(found, key=lambda delivery: copies[delivery]))

    def _count_inbound(self) -> None:
        """Each message has one answer."""
        with self.town.record.read() as connection:
            states = Counter(connection.execute(select(inbound.c.state)).scalars())
            answers = Counter(
                connection.execute(select(notices.c.inbound_id).where(notices.c.inbound_id.is_not(None))).scalars()
            )
        assert states.keys() <= {"handled", "failed"}
        assert states.total() == self.asked
        assert len(answers) == self.asked, "a message has no answer"
        assert set(answers.values()) == {1}, "a message has two answers"
        self.report.failed_inbound = states["failed"]

    def _count_resolved(self, rows: list[Any]) -> None:
        for row in rows:
            if row.id in self.doubtful or row.resends or row.error_class == "unknown":
                self.report.resolved[f"{row.channel} {_how(row)}"] += 1
        self.report.left = sum(row.status in ("sending", "unknown") for row in rows)


def _how(row: Any) -> str:
    if row.error_class == "unknown":
        return "given to staff"
    if row.resends:
        return "absent from two lists, then sent" if row.channel == "sms" else "said once more"
    return "proved by a receipt" if row.by_receipt else "proved by the provider's list"
