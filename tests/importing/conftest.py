"""A small council's files, each right, and a record to bring them into. A test changes a cell and sees what is said."""

import csv
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from db import importing
from db.council import Council
from db.importing import Report
from db.record import Record

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # a Monday
LANGUAGES = frozenset({"en_GB", "pl", "ur"})
KEYS = ["a secret of the tests, long enough for keys"]

FILES = {
    "staff": """\
ref,name,role,phone,language,team
S1,Moira Kerr,manager,07700 900001,,north
S2,Ailsa Drum,case_manager,07700 900002,en,north
S3,Davie Lenn,supervisor,07700 900003,pl,north
""",
    "people": """\
ref,first_name,last_name,phone,language,channel,mode,safe_window,phone_is_own,voicemail_ok,stop_level,restricted,team,case_manager,women_only,not_with
P1,Craig,Haddow,07700 900101,,sms,,,,,,,north,S2,,P2
P2,Stuart,Ogle,+44 7700 900102,pl,telegram,call_first,10:00-14:30,no,yes,reminders,no,north,S2,no,
P3,Lorna,Bax,07700900103,en,sms,,,yes,,,,north,S2,yes,
P4,Ewan,Tor,07700-900104,,sms,,,,,,yes,north,,,
""",
    "orders": """\
ref,person,kind,imposed_on,hours,complete_by,other_activity_hours,concurrent_with,responsible_officer,status
O1,P1,cpo,2026-08-31,80,,,,S2,active
O2,P2,cpo,2026-08-31,120,2027-06-30,20,,,active
O3,P3,fine_default,2026-09-14,40,,,,,active
O4,P4,fiscal_work_order,2026-09-14,30,2027-03-01,,,,active
O5,P1,cpo,2026-10-01,60,,,O1,,active
""",
    "placements": """\
ref,name,nickname,kind,address,postcode,latitude,longitude,bring,supervisor,team,women_only,capacity
B,Bike Workshop,Bikes,workshop,"Unit 3, The Yard",ZZ1 1AB,55.7,-3.7,Lunch,S3,north,no,3
W,Willow Room,Willow,group,,,,,,S3,north,yes,
""",
    "sessions": """\
ref,placement,starts_at,ends_at,capacity,supervisor,status
B1,B,2026-11-03T09:30,2026-11-03T15:30,,,planned
B2,B,2026-11-05T09:30,2026-11-05T15:30,2,S3,planned
W1,W,2026-11-04T10:00,2026-11-04T14:00,,,planned
""",
    "bookings": """\
session,person,order,status
B1,P1,O1,booked
B2,P2,O2,booked
W1,P3,O3,booked
B1,P4,O4,booked
""",
    "hours": """\
ref,order,worked_on,minutes,activity,placement,note
H1,O1,2026-10-20,360,unpaid_work,B,
H2,O2,2026-10-21,180,other_activity,,"CV, first draft"
""",
    "packs": """\
ref,name,activity,minutes,stock,collect_from,return_within_days,note
K1,Bird boxes,unpaid_work,240,5,Bikes,14,
""",
}


@dataclass
class Folder:
    """The files as rows of cells, to be changed and written."""

    path: Path
    rows: dict[str, list[list[str]]]

    def set(self, file: str, line: int, column: str, cell: str) -> None:
        self.rows[file][line - 1][self.rows[file][0].index(column)] = cell

    def add(self, file: str, **cells: str) -> int:
        """A row like the first one, but for these cells; its line."""
        header, first = self.rows[file][:2]
        self.rows[file].append([cells.get(name, cell) for name, cell in zip(header, first, strict=True)])
        return len(self.rows[file])

    def only(self, *files: str) -> None:
        self.rows = {file: self.rows[file] for file in files}

    def write(self) -> Path:
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        for file, rows in self.rows.items():
            with (self.path / f"{file}.csv").open("w", encoding="utf-8", newline="") as handle:
                csv.writer(handle, lineterminator="\n").writerows(rows)
        return self.path


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "in", {file: list(csv.reader(text.splitlines())) for file, text in FILES.items()})


@pytest.fixture
def record(sqlite_record: Record) -> Record:
    return sqlite_record


@pytest.fixture
def council() -> Council:
    return Council.read(tomllib.loads('[council]\nlabel = "Sessions"\nphone = "01632 960480"\ngo_live = "all"'))


Load = Callable[..., Report]


@pytest.fixture
def load(record: Record, council: Council, folder: Folder) -> Load:
    """Imports the folder as it stands."""

    def run(path: Path | None = None, **options: Any) -> Report:
        given: dict[str, Any] = {"languages": LANGUAGES, "drama_ok": True, "dry_run": False, "silent": False, "now": NOW}
        return importing.run(record, path or folder.write(), council=council, **(given | options))

    return run


@pytest.fixture
def rows(record: Record) -> Callable[[Table], list[dict[str, Any]]]:
    """Everything in a table, in the order of the ids."""

    def read(table: Table) -> list[dict[str, Any]]:
        with record.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    return read
