"""The command line in this process, on a small town whose time stands still."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot import cli, commands, opening
from db import schema
from db.record import Record
from tests import databases
from tests.db.making import NOW, Town, london
from tests.notifications.conftest import FakeClock

STARTS = london("2026-06-12 09:30")  # the Friday


@dataclass(frozen=True)
class Done:
    code: int
    lines: list[str]
    error: str


@dataclass
class Turnup:
    town: Town
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Done:
        self.capsys.readouterr()
        try:
            code = cli.run(arguments)
        except SystemExit as usage:
            code = int(usage.code or 0)
        out, err = self.capsys.readouterr()
        return Done(code, out.splitlines(), err.strip())

    def says(self, *arguments: str) -> list[str]:
        done = self.run(*arguments)
        assert (done.code, done.error) == (0, "")
        return done.lines

    def fails(self, *arguments: str) -> str:
        """The one sentence of what could not be done."""
        done = self.run(*arguments)
        assert (done.code, done.lines, done.error.count("\n")) == (1, [], 0)
        return done.error

    def wrong(self, *arguments: str) -> str:
        """What is said of wrong usage."""
        done = self.run(*arguments)
        assert (done.code, done.lines) == (2, [])
        return done.error.splitlines()[-1]


@pytest.fixture
def turnup(sqlite_record: Record, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Turnup:
    return _turnup(sqlite_record, capsys, monkeypatch)


@pytest.fixture
def turnup_on_both(
    record: Record, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Turnup:
    return _turnup(record, capsys, monkeypatch)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without settings, and settings of a demo."""
    for name, value in {"ENV": "demo", "SECRET_KEY": databases.SECRET, "DATABASE_URL": "sqlite:///unused.db"}.items():
        monkeypatch.setenv(f"TURNUP_{name}", value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _turnup(record: Record, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Turnup:
    """P1 (SMS), P2 (discreet) and P3 (no contact), of the north, are booked on S1; LEAD leads it. CM is of the south."""
    monkeypatch.setattr(opening, "open_record", lambda _: record)
    monkeypatch.setattr(commands, "clock", lambda *_: FakeClock(NOW))
    monkeypatch.setattr(cli, "_log_to_stderr", lambda: None)
    town = Town(record)
    lead = town.member("LEAD", "supervisor")
    town.member("CM", "case_manager", team="south")
    session = town.session("S1", town.placement(supervisor_id=lead), STARTS, supervisor_id=lead)
    for ref, mode in (("P1", "standard"), ("P2", "discreet"), ("P3", "no_contact")):
        town.booking(session, town.person(ref, mode=mode))
    return Turnup(town, capsys)


@pytest.fixture
def began(turnup: Turnup) -> Turnup:
    """S1 began three hours ago, and lasts six."""
    turnup.town.change(schema.sessions, 1, starts_at=NOW - timedelta(hours=3), ends_at=NOW + timedelta(hours=3))
    return turnup


def statuses(turnup: Turnup) -> list[str | None]:
    return [row["status"] for row in turnup.town.rows(schema.attendance)]
