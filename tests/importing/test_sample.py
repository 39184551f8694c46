"""The sample council: it can be loaded on any day, and on every day there is something to do for everybody."""

import csv
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from bot import sample, sample_packs, sample_rota
from db import hours, importing, rota, schema
from db.council import LONDON, Council
from db.record import Record
from locales.catalog import Catalogs

Rows = Callable[[Table], list[dict[str, Any]]]

DAYS = [date(2026, 11, 2) + timedelta(days=n) for n in range(7)]
CLOCK_CHANGES = [date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1)]
SHARED = 'people.csv:22: phone: warning: is also the number of "P20", so neither gets a text until it is settled'


@pytest.fixture
def sample_council() -> Council:
    return Council.read(tomllib.loads(sample.COUNCIL.read_text(encoding="utf-8")), sample.FOLDER)


def bring_in(record: Record, council: Council, day: date, target: Path) -> importing.Report:
    now = datetime(day.year, day.month, day.day, 8, tzinfo=LONDON)
    languages = Catalogs.load().languages
    return importing.run(
        record, sample.around(day, target), council=council, languages=languages, drama_ok=True, dry_run=False,
        silent=False, now=now,
    )  # fmt: skip


@pytest.mark.parametrize("day", [*DAYS, *CLOCK_CHANGES], ids=str)
def test_it_loads_on_any_day(day: date, record: Record, sample_council: Council, rows: Rows, tmp_path: Path) -> None:
    report = bring_in(record, sample_council, day, tmp_path / "sample")
    assert report.faults == []
    assert report.warnings == [SHARED]
    assert [line.split()[:2] for line in report.lines[:4]] == [
        ["staff.csv", "14"], ["people.csv", "60"], ["orders.csv", "63"], ["placements.csv", "12"],
    ]  # fmt: skip
    assert all(row["worked_on"] < day for row in rows(schema.hours))
    for session in rows(schema.sessions):
        assert session["starts_at"].astimezone(LONDON).hour in range(9, 14)
    soon = modes_with_a_session(rows, day)
    assert soon["standard"] >= 6
    assert soon["discreet"] >= 6
    assert soon["call_first"] >= 5
    assert soon["no_contact"] >= 3


def modes_with_a_session(rows: Rows, day: date) -> Counter[str]:
    """How many people of each mode have a session on one of the next two days."""
    wanted = {day + timedelta(days=1), day + timedelta(days=2)}
    sessions = {
        row["id"] for row in rows(schema.sessions)
        if row["status"] == "planned" and row["starts_at"].astimezone(LONDON).date() in wanted
    }  # fmt: skip
    who = {row["person_id"] for row in rows(schema.bookings) if row["session_id"] in sessions and row["status"] == "booked"}
    return Counter(row["mode"] for row in rows(schema.people) if row["id"] in who)


def test_it_holds_one_of_everything(record: Record, sample_council: Council, rows: Rows, tmp_path: Path) -> None:
    bring_in(record, sample_council, DAYS[0], tmp_path / "sample")
    people, orders = rows(schema.people), rows(schema.orders)
    assert {row["mode"] for row in people} == set(schema.MODES)
    assert {row["channel"] for row in people} == set(schema.CHANNELS)
    assert {row["stop_level"] for row in people} == set(schema.STOP_LEVELS)
    assert {row["language"] for row in people} == Catalogs.load().languages
    assert {row["kind"] for row in orders} == set(schema.ORDER_KINDS)
    assert {row["kind"] for row in rows(schema.placements)} == set(schema.PLACEMENT_KINDS)
    assert {row["role"] for row in rows(schema.staff)} == set(schema.ROLES)
    assert {"active", "custody", "suspended", "breached", "completed"} <= {row["status"] for row in orders}
    assert any(row["concurrent_with_id"] for row in orders)
    assert any(row["safe_from"] for row in people)
    assert any(not row["phone_is_own"] for row in people)
    assert len(rows(schema.not_with)) == 5
    booked = {row["person_id"] for row in rows(schema.bookings)}
    active = {row["person_id"] for row in orders if row["status"] == "active"}
    assert len(active - booked) >= 4  # nothing booked
    past = {row["id"] for row in rows(schema.sessions) if row["starts_at"] < datetime(2026, 11, 2, tzinfo=UTC)}
    been = {row["person_id"] for row in rows(schema.bookings) if row["session_id"] in past}
    assert len(booked - been) >= 4  # the first session is ahead


def test_its_ledgers_are_part_worked(record: Record, sample_council: Council, rows: Rows, tmp_path: Path) -> None:
    bring_in(record, sample_council, DAYS[6], tmp_path / "sample")
    with record.read() as connection:
        balances = hours.balances(connection, [row["id"] for row in rows(schema.orders)])
    left = {row["ref"]: balances[row["id"]].left for row in rows(schema.orders)}
    assert min(left.values()) == 0
    assert left["O001"] == 120  # nearly done
    assert sum(balances[row["id"]].credited > 0 for row in rows(schema.orders)) >= 40
    assert all(balance.other_left >= 0 for balance in balances.values())


def test_every_number_is_from_the_range_for_drama(rows: Rows) -> None:
    for name in ("staff", "people"):
        with (sample.FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                digits = row["phone"].replace(" ", "").removeprefix("+44").removeprefix("0")
                assert 7_700_900_000 <= int(digits) <= 7_700_900_999


def test_its_council_is_what_a_demo_needs(sample_council: Council) -> None:
    assert len(sample_council.label) <= 10
    assert sample_council.telegram_people == sample_council.telegram_staff == "full"
    assert sample_council.go_live == "all"
    assert sample_council.on_call == ("S02", "S01")
    assert len(sample_council.helplines) == 5
    assert [sample_council.picture_of(ref) is not None for ref in ("HP01", "HP02", "HP03", "../HP01")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_pack_is_out_one_is_asked_for_and_one_is_waited_for(
    record: Record, sample_council: Council, rows: Rows, tmp_path: Path
) -> None:
    bring_in(record, sample_council, DAYS[2], tmp_path / "sample")
    now = datetime.combine(DAYS[2], time(8), LONDON)
    with record.write() as connection:
        sample_packs.begin(connection, sample_council, now=now)
    assert [row["status"] for row in rows(schema.pack_requests)] == ["out", "asked", "waiting"]
    assert {row["status"] for row in rows(schema.notices) if row["purpose"] == "pack"} == {"cancelled"}
    assert {row["status"] for row in rows(schema.deliveries)} <= {"cancelled"}
    assert [row["kind"] for row in rows(schema.tasks) if row["status"] == "open"][-2:] == ["pack_request", "pack_waiting"]


def test_nobody_leads_two_sessions_at_once_and_a_host_marks_a_placement_alone(
    record: Record, sample_council: Council, rows: Rows, tmp_path: Path
) -> None:
    bring_in(record, sample_council, DAYS[0], tmp_path / "sample")
    led = rows(schema.sessions)
    at_once = [
        (one["ref"], other["ref"])
        for one in led
        for other in led
        if one["id"] < other["id"]
        and one["supervisor_id"] == other["supervisor_id"]
        and one["starts_at"] < other["ends_at"]
        and other["starts_at"] < one["ends_at"]
    ]
    assert at_once == [], "so that a text needs no letter to say which is meant"
    assert all(one["supervisor_id"] is not None for one in led)
    alone = {place["supervisor_id"]: place["ref"] for place in rows(schema.placements) if place["kind"] == "single"}
    hosts = {row["id"]: row["team"] for row in rows(schema.staff) if row["role"] == "supervisor"}
    assert {staff_id: hosts[staff_id] for staff_id in alone} == alone


@pytest.mark.parametrize("day", [DAYS[0], DAYS[4], DAYS[6], date(2026, 12, 24)], ids=str)
def test_a_rota_is_kept_with_one_gap_and_somebody_away(
    day: date, record: Record, sample_council: Council, rows: Rows, tmp_path: Path
) -> None:
    bring_in(record, sample_council, day, tmp_path / "sample")
    now = datetime.combine(day, time(10), LONDON)
    with record.write() as connection:
        sample_rota.begin(connection, sample_council, now=now)
        assert rota.on_duty(connection, now).named is sample_council.is_staffed(now)
        assert len(rota.gaps(connection, sample_council, now, now + rota.AHEAD)) == 1
    assert len(rows(schema.leave)) == 1


def test_days_move_by_whole_weeks_and_times_stay() -> None:
    text = 'ref,starts_at,note\nW1,2026-11-02T09:30,"on 2026-11-02, maybe"\nW2,2026-11-07,\n'
    moved = sample.shifted(text, timedelta(weeks=-2))
    assert moved == 'ref,starts_at,note\nW1,2026-10-19T09:30,"on 2026-11-02, maybe"\nW2,2026-10-24,\n'


@pytest.mark.parametrize("day", [date(2026, 11, 2), date(2026, 11, 8)])
def test_the_anchors_week_is_where_it_was_written(day: date, tmp_path: Path) -> None:
    target = sample.around(day, tmp_path / "sample")
    assert (target / "sessions.csv").read_text() == (sample.FOLDER / "sessions.csv").read_text()
