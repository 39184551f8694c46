"""`turnup doctor`: one line a check, from one look at the record; what is not well says what to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import cli, doctor, settings
from db import leases, schema, watch
from db.record import Record
from tests import databases
from tests.notifications.conftest import FakeClock, Post, post_of

BOTH = {
    "TURNUP_PUBLIC_URL": "https://turnup.example.org",
    "TURNUP_TELEGRAM_TOKEN": "100200300:a-token-of-nobody-that-is-as-long-as-it-has-to-be",
    "TURNUP_TELEGRAM_WEBHOOK_SECRET": "a-secret-of-thirty-two-characters",
    "TURNUP_TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
    "TURNUP_TWILIO_AUTH_TOKEN": "token",
    "TURNUP_TWILIO_FROM": "+447700900999",
}


class Installation:
    """One that runs, with somebody to write to."""

    def __init__(self, record: Record) -> None:
        self.clock = FakeClock(datetime.now(UTC))
        self.post: Post = post_of("sms", record, self.clock)
        self.member = self.post.town.member("S1")
        with record.write() as connection:
            for part in watch.PARTS:
                leases.beat(connection, part, "one", real=self.clock.real())

    def lines(self, env: str = "production", **given: str) -> dict[bool, list[str]]:
        record = self.post.record
        about = {"TURNUP_ENV": env, "TURNUP_SECRET_KEY": databases.SECRET, "TURNUP_DATABASE_URL": record.url}
        found = list(doctor.checks(settings.of({**about, **given}), record, self.post.council))
        return {well: [one.text for one in found if one.well is well] for well in (True, False)}

    def write(self, lane: int = 1, *, ago: timedelta = timedelta()) -> int:
        now = self.clock.now() - ago
        return self.post.write(staff_id=self.member, string="staff.help", lane=lane, now=now)

    def change(self, notice: int, **values: object) -> None:
        (delivery,) = self.post.deliveries(notice)
        self.post.town.change(schema.deliveries, delivery["id"], **values)


@pytest.fixture
def running(sqlite_record: Record) -> Installation:
    return Installation(sqlite_record)


def test_a_running_installation_is_well(running: Installation) -> None:
    assert [line for line in running.lines()[False] if not line.startswith("helpline")] == []


def test_the_addresses_that_providers_call_and_that_are_called_are_printed_whole(running: Installation) -> None:
    lines = running.lines(**BOTH)[True]
    assert "outbound: https://api.telegram.org, https://api.twilio.com" in lines
    assert [line for line in lines if line.startswith("webhook:")] == [
        "webhook: https://turnup.example.org/telegram/webhook",
        "webhook: https://turnup.example.org/twilio/inbound",
        "webhook: https://turnup.example.org/twilio/voice",
    ]


def test_how_fast_messages_went_and_what_was_sent_once_more_are_said(running: Installation) -> None:
    for _ in range(watch.ENOUGH):
        notice = running.write(ago=timedelta(seconds=40))
        taken = running.clock.now() - timedelta(seconds=33)
        arrived = {"status": "delivered", "accepted_at": taken, "final_at": taken + timedelta(seconds=12), "resends": 1}
        running.change(notice, **arrived)
    said = running.lines()[True]
    assert "messages of the last hour: 95 in 100 taken within 7 s of their time" in said
    assert "sms of the last hour: 95 in 100 arrived within 12 s" in said
    assert f"messages sent once more, since nobody could tell whether they went: {watch.ENOUGH}" in said


def lost(running: Installation) -> str:
    running.change(running.write(), status="failed")
    return "notices that nothing will tell: 1; "


def expired(running: Installation) -> str:
    running.change(running.write(), status="expired", final_at=running.clock.now())
    return "deliveries that went out of date in the last hour: 1; "


def overdue(running: Installation) -> str:
    running.change(running.write(lane=4), expires_at=running.clock.now() - watch.OVERDUE - timedelta(seconds=1))
    return "deliveries past their time and not settled: 1; "


def in_doubt(running: Installation) -> str:
    running.change(
        running.write(), status="unknown", sending_at=running.clock.real() - watch.IN_DOUBT - timedelta(seconds=1)
    )
    return "deliveries in doubt for more than 10 min: 1; "


def stuck(running: Installation) -> str:
    running.write(lane=3, ago=timedelta(minutes=2))
    return "sms: the first in the queue has been due for 12"


def untaken(running: Installation) -> str:
    at = running.clock.now() - timedelta(minutes=2)
    running.post.town.add(schema.inbound, door="twilio", provider_id="SM1", payload="{}", received_at=at, state="stored")
    return "messages in: the oldest waits 12"


def unled(running: Installation) -> str:
    """Nobody has renewed the lease under which messages are taken up."""
    with running.post.record.write() as connection:
        leases.take(connection, "inbound", "gone", real=running.clock.real() - timedelta(minutes=2))
    return "messages in: the oldest waits 0 s; "


def unsent(running: Installation) -> str:
    with running.post.record.write() as connection:
        leases.take(connection, "send:telegram", "gone", real=running.clock.real() - timedelta(minutes=2))
    return "telegram: the first in the queue has been due for 0 s; "


def deaf(running: Installation) -> str:
    with running.post.record.write() as connection:
        watch.hears(connection, "telegram", "its calls fail: " + "SSL error " * 9)
    words = ("its calls fail: " + "SSL error " * 9)[: watch.LONGEST_WHY]
    return f"doors at which the provider lets us hear nothing: 1 (telegram: {words}); are token and key right"


@pytest.mark.parametrize(
    "trouble", [unsent, lost, expired, overdue, in_doubt, stuck, untaken, unled, deaf], ids=lambda one: one.__name__
)
def test_one_case_is_enough_to_be_said(running: Installation, trouble: object) -> None:
    assert callable(trouble)
    said = trouble(running)
    assert any(line.startswith(said) for line in running.lines()[False]), running.lines()


def test_what_has_just_fallen_due_is_no_trouble(running: Installation) -> None:
    running.write(lane=3, ago=timedelta(seconds=20))
    running.write(lane=1, ago=timedelta(seconds=20))
    assert [line for line in running.lines()[False] if not line.startswith("helpline")] == []


def test_a_jump_of_a_demos_clock_is_no_trouble(running: Installation) -> None:
    expired(running)
    overdue(running)
    assert not any("out of date" in line or "past their time" in line for line in running.lines("demo")[False])


DAMAGE = {"no database": b"\xff" * 100_000, "cut off": None}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("command", ["serve", "doctor", "migrate"])
def test_a_damaged_file_is_refused_with_what_mends_it(
    sqlite_record: Record, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: str, damage: bytes | None,
) -> None:  # fmt: skip
    sqlite_record.close()
    path = Path(sqlite_record.url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes()[:8192] if damage is None else damage)
    monkeypatch.setenv("TURNUP_DATABASE_URL", sqlite_record.url)
    assert cli.run([command]) == 1
    sentence = (
        "the database is damaged, or TURNUP_DATABASE_URL names another file; stop every process, restore a backup, and"
    )
    assert capsys.readouterr().err.splitlines() == [f"{sentence} run `turnup migrate`"]
