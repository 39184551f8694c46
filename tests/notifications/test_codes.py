"""Every code and fault of both providers, by the real clients over HTTP: the state it leads to at once, and in the end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from sqlalchemy import select

from bot.worker import TwilioStatusPoller
from db import schema
from db.record import Record
from notifications import errors
from notifications.channel import Verdict
from notifications.telegram import TelegramBot
from notifications.twilio_sms import TwilioSms
from tests.channels.test_errors import BY_VERDICT
from tests.db.making import council
from tests.notifications.conftest import FakeClock, Post
from tests.simulator.running import TOKEN, RunningSimulator, wait_until

CHAT = 4001
PATIENT, IMPATIENT = 10.0, 0.5  # seconds that the clients wait for an answer; little only where it is to be too little
SLOW = {"kind": "slow", "seconds": 1.0}
Tasks = frozenset[str]


@dataclass(frozen=True)
class End:
    """What an answer leads to. `then`: a quarter of an hour later, when the provider has got over it."""

    now: list[str]  # the states of the notice's deliveries
    then: list[str]
    notice: str = "told"
    copies: int = 1  # that the provider took
    attempts: int = 0
    pause: str | None = None
    suppressed: str | None = None
    tasks: Tasks = frozenset()


def untold(why: str, *tasks: str, states: list[str] | None = None, **more: Any) -> End:
    states = states or ["failed"]
    return End(states, states, "undeliverable", 0, tasks=frozenset({*tasks, f"not_reached {why}"}), **more)


ENDS: dict[Verdict, End] = {
    Verdict.BUSY: End(["pending"], ["accepted"], pause="rate"),
    Verdict.RETRY: End(["pending"], ["accepted"], attempts=1),
    Verdict.UNKNOWN: End(["unknown"], ["accepted"]),
    Verdict.ABSENT: End(["failed", "pending"], ["failed", "accepted"]),
    Verdict.RECIPIENT: untold("recipient", "bad_number", suppressed="recipient"),
    Verdict.OPTED_OUT: untold("opted_out", "stopped", suppressed="opted_out"),
    Verdict.CONTENT: untold("content"),
    Verdict.EXPIRED: End(["expired"], ["expired"], "expired", 0, tasks=frozenset({"not_reached expired"})),
    Verdict.ACCOUNT: End(["pending"], ["accepted"], pause="account", tasks=frozenset({"channel_paused"})),
    Verdict.CONFIG: untold("config"),
}
STATUS = {20003: 401, 20005: 403, 20429: 429}


@dataclass(frozen=True)
class Row:
    channel: Literal["sms", "telegram"]
    name: str
    fault: dict[str, Any]
    end: End = field(repr=False)

    def __str__(self) -> str:
        return f"{self.channel} {self.name}"


def refusal(code: int, verdict: Verdict) -> Row:
    fault = {"kind": "http", "status": STATUS.get(code, 400), "code": code, "retry_after": 7}
    return Row("sms", f"{code} {verdict}", fault, ENDS[verdict])


def receipt(code: int, verdict: Verdict) -> Row:
    """The provider takes it, and says later that it did not arrive."""
    end = ENDS[verdict]
    if verdict is Verdict.ABSENT:
        end = replace(end, copies=2)
    elif verdict in (Verdict.BUSY, Verdict.RETRY, Verdict.ACCOUNT):
        end = untold(verdict)
    end = replace(end, then=["undelivered", *end.then[1:]], copies=max(1, end.copies))
    return Row("sms", f"{code} {verdict} by receipt", {"kind": "final", "code": code}, end)


SMS = [
    *(refusal(code, verdict) for verdict, codes in BY_VERDICT.items() for code in codes),
    Row("sms", "29999 nobody listed", {"kind": "http", "status": 400, "code": 29999}, ENDS[Verdict.CONFIG]),
    Row("sms", "20404", {"kind": "http", "status": 404, "code": 20404}, ENDS[Verdict.ACCOUNT]),
    Row("sms", "20500", {"kind": "http", "status": 500}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "20503", {"kind": "http", "status": 503}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "20500 and taken", {"kind": "http", "status": 500, "accepted": True}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "HTML", {"kind": "html"}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "HTML with 200", {"kind": "html", "status": 200}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "an empty body", {"kind": "empty"}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "an empty body and taken", {"kind": "empty", "accepted": True}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "201 with an error", {"kind": "ok_with_error", "status": 400, "code": 21211}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "no answer in time", SLOW, ENDS[Verdict.UNKNOWN]),
    Row("sms", "cut before it was taken", {"kind": "drop_before_accept"}, ENDS[Verdict.UNKNOWN]),
    Row("sms", "cut after it was taken", {"kind": "drop_after_accept"}, ENDS[Verdict.UNKNOWN]),
]
RECEIPTS = [receipt(code, verdict) for verdict, codes in BY_VERDICT.items() for code in codes if code >= 30000]

AGAIN = End(["unknown"], ["delivered"])
BY_TEXT = End(["failed", "pending"], ["failed", "pending"], "open", 0, tasks=frozenset({"telegram_blocked"}))
SAID_PLAINLY = End(["delivered"], ["delivered"])
CHATS: dict[Verdict, End] = {
    Verdict.RECIPIENT: BY_TEXT,
    Verdict.CONTENT: untold("content"),
}
OF_EDITS = {Verdict.ACCEPTED, Verdict.GONE}


def said(reason: str, verdict: Verdict) -> Row:
    status = 403 if "bot" in reason or "deactivated" in reason else 400
    text = f"{'Forbidden' if status == 403 else 'Bad Request'}: {reason}"
    end = SAID_PLAINLY if reason in errors.PLAIN_TEXT_MAY_PASS else CHATS[verdict]
    return Row("telegram", reason, {"kind": "http", "status": status, "description": text}, end)


ACCOUNT = replace(ENDS[Verdict.ACCOUNT], then=["delivered"])
TELEGRAM = [
    *(said(reason, verdict) for reason, verdict in errors.TELEGRAM.items() if verdict not in OF_EDITS),
    Row("telegram", "403 of another kind", {"kind": "http", "status": 403, "description": "Forbidden: new"}, BY_TEXT),
    Row("telegram", "400 nobody listed", {"kind": "http", "status": 400}, ENDS[Verdict.CONFIG]),
    Row("telegram", "401", {"kind": "http", "status": 401}, ACCOUNT),
    Row("telegram", "404", {"kind": "http", "status": 404}, ACCOUNT),
    Row("telegram", "429", {"kind": "http", "status": 429, "retry_after": 7},
        replace(ENDS[Verdict.BUSY], then=["delivered"])),
    Row("telegram", "500", {"kind": "http", "status": 500}, AGAIN),
    Row("telegram", "HTML", {"kind": "html"}, AGAIN),
    Row("telegram", "HTML with 200", {"kind": "html", "status": 200}, AGAIN),
    Row("telegram", "an empty body", {"kind": "empty"}, AGAIN),
    Row("telegram", "200 with an error", {"kind": "ok_with_error", "status": 500}, AGAIN),
    Row("telegram", "no answer in time", SLOW, replace(AGAIN, copies=2)),
    Row("telegram", "cut before it was taken", {"kind": "drop_before_accept"}, AGAIN),
    Row("telegram", "cut after it was taken", {"kind": "drop_after_accept"}, replace(AGAIN, copies=2)),
]  # fmt: skip


class ShortLived:
    """A client for each call, as each call here has an event loop of its own."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        client = make()
        self.name, self.provider = client.name, client.provider

    def __getattr__(self, call: str) -> Callable[..., Awaitable[Any]]:
        async def once(*given: Any) -> Any:
            client = self._make()
            try:
                return await getattr(client, call)(*given)
            finally:
                await client.close()

        return once


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator() as running:
        yield running


class Office:
    """Somebody to be told that a session is off, and the provider that will not take it."""

    def __init__(self, phones: RunningSimulator, row: Row, record: Record, clock: FakeClock) -> None:
        channel, timeout = row.channel, IMPATIENT if row.fault is SLOW else PATIENT
        phones.reset()
        phones.people({"name": "Craig", "chat_id": CHAT, "started": True})
        self.phones = phones
        account = (phones.config.twilio_account_sid, phones.config.twilio_auth_token, phones.config.twilio_number)
        self.sms: Any = ShortLived(lambda: TwilioSms(*account, phones.url, timeout=timeout))
        bot: Any = ShortLived(lambda: TelegramBot(TOKEN, phones.url, read_timeout=timeout))
        client: Any = self.sms if channel == "sms" else bot
        self.post = Post(record, council(), client, clock)
        self.worker = self.post.town.member("S1")
        person, session, booking = self.post.town.booked(
            "P1", clock.now() + timedelta(days=1), chat=str(CHAT), channel=channel, case_manager_id=self.worker
        )
        self.to = str(CHAT) if channel == "telegram" else str(self.post.town.the_person(person).phone)
        self.notice = self.post.write(
            purpose="off", string="session.off", fields={"day": "2026-06-11T12:00:00+00:00", "place": "Bikes"},
            person_id=person, booking_id=booking, session_id=session, session_version=2,
        )  # fmt: skip
        self.post.town.change(schema.sessions, session, status="cancelled", version=2)

    def send(self) -> None:
        self.post.clock.pass_(seconds=2)
        self.post.call(self._claim())

    def _claim(self) -> Any:
        return [one for one in self.post.claim() if one.waiting.notice.id == self.notice]

    def later(self) -> None:
        for _ in range(4):
            self.post.clock.pass_(minutes=4)
            self.post.resolve()
            self.post.call(self._claim())

    def ask_after_it(self) -> None:
        wait_until(lambda: self.phones.thread(self.to)[-1]["state"] == "undelivered")
        self.post.clock.pass_(seconds=20)
        poller = TwilioStatusPoller(self.post.record, self.post.council, self.post.clock, "one", self.sms, webhooks=False)
        poller._every = 0
        asyncio.run(poller.ask())

    def tasks(self) -> Tasks:
        rows = self.post.town.rows(schema.tasks)
        assert all(row["owner_id"] == self.worker for row in rows if row["person_id"]), "a task about a person has an owner"
        return frozenset(" ".join(filter(None, _named(row))) for row in rows)

    def suppressed(self) -> str | None:
        with self.post.record.read() as connection:
            return connection.execute(select(schema.suppressions.c.why)).scalar()

    def copies(self) -> int:
        return sum(row["to"] == self.to for row in self.phones.book())


def _named(row: Any) -> tuple[str, str | None]:
    return row["kind"], row["class"] if row["kind"] == "not_reached" else None


@pytest.fixture
def office(request: pytest.FixtureRequest, simulator: RunningSimulator, sqlite_record: Record, clock: FakeClock) -> Office:
    return Office(simulator, request.node.callspec.params["row"], sqlite_record, clock)


@pytest.mark.parametrize("row", [*SMS, *TELEGRAM], ids=str)
def test_each_code_and_fault_leads_to_its_state(row: Row, office: Office) -> None:
    office.phones.fault(row.channel, **row.fault, match={"to": office.to})
    office.send()
    first = office.post.deliveries(office.notice)[0]
    paused = office.post.pause()
    assert office.post.statuses(office.notice) == row.end.now
    assert (paused[0] if paused else None, first["attempts"]) == (row.end.pause, row.end.attempts)
    if row.end.pause == "rate":
        assert paused == ("rate", office.post.clock.now() + timedelta(seconds=7))

    office.later()
    assert_ended(office, row.end)


def assert_ended(office: Office, end: End) -> None:
    assert office.post.statuses(office.notice) == end.then
    assert office.post.notice(office.notice) == end.notice
    assert office.tasks() == end.tasks
    assert office.suppressed() == end.suppressed
    assert office.copies() == end.copies
    assert office.post.pause() is None


@pytest.mark.parametrize("row", RECEIPTS, ids=str)
def test_each_code_in_a_receipt_leads_to_its_state(row: Row, office: Office) -> None:
    office.phones.fault("sms", **row.fault, match={"to": office.to})
    office.send()
    assert office.post.statuses(office.notice) == ["accepted"]
    office.ask_after_it()
    office.later()
    assert_ended(office, row.end)


def test_every_listed_code_has_its_row() -> None:
    assert sum(row.name[:5].isdecimal() for row in SMS if row.fault["kind"] == "http") >= len(errors.TWILIO)
    assert {row.name for row in TELEGRAM} >= {
        reason for reason, verdict in errors.TELEGRAM.items() if verdict not in OF_EDITS
    }
