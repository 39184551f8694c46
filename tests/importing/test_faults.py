"""Every fault once: the line as the operator reads it, and nothing written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from db import schema

from .conftest import FILES, Folder, Load

Rows = Callable[[Table], list[dict[str, Any]]]

MOBILE = "write it like 07700 900123"

CELLS = [
    ("staff", 2, "ref", "", "is empty"),
    ("staff", 3, "ref", "S1", '"S1" is on line 2 already'),
    ("staff", 2, "ref", "S;1", '"S;1" holds a ";", which stands between refs'),
    ("staff", 2, "name", " ", "is empty"),
    ("staff", 2, "role", "boss", '"boss" is not known; write supervisor, case_manager, coordinator or manager'),
    ("people", 3, "phone", "0770", f'"0770" is too short; {MOBILE}'),
    ("people", 3, "phone", "07700 9001234", f'"07700 9001234" is too long; {MOBILE}'),
    ("people", 3, "phone", "0131 496 0123", f'"0131 496 0123" is a landline; texts need a mobile, {MOBILE}'),
    ("people", 3, "phone", "+48 601 234 567", f'"+48 601 234 567" is not a UK number; only UK mobiles get texts, {MOBILE}'),
    ("people", 3, "phone", "0048601234567", f'"0048601234567" is not a UK number; only UK mobiles get texts, {MOBILE}'),
    ("people", 3, "phone", "7700900102", f'"7700900102" has lost its first 0; {MOBILE}'),
    ("people", 3, "phone", "12345", f'"12345" does not start with 0 or +44; {MOBILE}'),
    ("people", 3, "phone", "4.47E+11", f'"4.47E+11" is not a phone number; {MOBILE}'),
    ("people", 3, "phone", "07012 345678", f'"07012 345678" is not a UK mobile number in use; {MOBILE}'),
    ("people", 3, "phone", "07700 900003", 'is also the number of "S3", who is staff'),
    ("people", 3, "ref", "S3", '"S3" is the ref of one of the staff'),
    ("people", 3, "first_name", "", "is empty"),
    ("people", 3, "language", "xx", '"xx" is not a language that is here; write one of en_GB, pl, ur'),
    ("people", 3, "channel", "", "is empty; write sms or telegram"),
    ("people", 3, "channel", "fax", '"fax" is not known; write sms or telegram'),
    ("people", 3, "mode", "loud", '"loud" is not known; write standard, discreet, call_first or no_contact'),
    ("people", 3, "safe_window", "10-14", '"10-14" is not a window; write it like 10:00-14:00'),
    ("people", 3, "safe_window", "10:00-25:00", '"10:00-25:00" is not a window; a day ends at 24:00'),
    (
        "people", 3, "safe_window", "22:00-06:00",
        '"22:00-06:00" does not start before it ends; a window over midnight cannot be kept',
    ),
    ("people", 3, "stop_level", "some", '"some" is not known; write reminders or all'),
    ("people", 3, "restricted", "maybe", '"maybe" is not known; write yes or no'),
    ("people", 3, "case_manager", "S9", '"S9" is not in staff.csv or the record'),
    ("people", 3, "not_with", "P1; P9", '"P9" is not in people.csv or the record'),
    ("people", 3, "not_with", "P2", '"P2" is the person\'s own ref'),
    ("orders", 2, "person", "P9", '"P9" is not in people.csv or the record'),
    ("orders", 2, "kind", "fine", '"fine" is not known; write cpo, fine_default or fiscal_work_order'),
    ("orders", 2, "imposed_on", "31/08/2026", '"31/08/2026" is not a date; write it like 2026-11-02'),
    ("orders", 2, "imposed_on", "2026-02-30", '"2026-02-30" does not exist in the calendar'),
    ("orders", 2, "imposed_on", "0026-08-31", '"0026-08-31" is too far away; years go from 1990 to 2099'),
    ("orders", 2, "hours", "19", '"19" is out of range; cpo has 20 to 300 hours'),
    ("orders", 2, "hours", "301", '"301" is out of range; cpo has 20 to 300 hours'),
    ("orders", 4, "hours", "101", '"101" is out of range; fine_default has 20 to 100 hours'),
    ("orders", 5, "hours", "51", '"51" is out of range; fiscal_work_order has 10 to 50 hours'),
    ("orders", 5, "hours", "9", '"9" is out of range; fiscal_work_order has 10 to 50 hours'),
    ("orders", 2, "hours", "eighty", '"eighty" is not a whole number'),
    ("orders", 2, "hours", "", "is empty; write a whole number"),
    ("orders", 5, "complete_by", "", "is empty; a fiscal work order names its date"),
    ("orders", 3, "complete_by", "2026-08-30", '"2026-08-30" is before imposed_on'),
    ("orders", 3, "other_activity_hours", "-1", '"-1" is out of range; write 0 to 1000000'),
    ("orders", 6, "concurrent_with", "O9", '"O9" is not in orders.csv or the record'),
    ("orders", 6, "concurrent_with", "O5", '"O5" is the order\'s own ref'),
    ("orders", 6, "concurrent_with", "O2", '"O2" is an order of another person'),
    ("orders", 2, "responsible_officer", "S9", '"S9" is not in staff.csv or the record'),
    (
        "orders", 6, "status", "done",
        '"done" is not known; write active, suspended, custody, completed, discharged, revoked, breached, transferred or'
        " died",
    ),
    ("placements", 2, "nickname", "B" * 41, f'"{"B" * 40}…" is longer than 40 characters'),
    ("placements", 2, "latitude", "", "is empty, though longitude is not; write both or neither"),
    ("placements", 2, "longitude", "", "is empty, though latitude is not; write both or neither"),
    ("placements", 2, "latitude", "nan", '"nan" is not decimal degrees from -90 to 90'),
    ("placements", 2, "capacity", "0", '"0" is out of range; write 1 to 1000000'),
    ("placements", 2, "supervisor", "S9", '"S9" is not in staff.csv or the record'),
    ("sessions", 3, "placement", "X", '"X" is not in placements.csv or the record'),
    ("sessions", 3, "starts_at", "2026-11-05", '"2026-11-05" is not a date and time; write it like 2026-11-02T09:30'),
    ("sessions", 3, "starts_at", "2026-03-29T01:30", '"2026-03-29T01:30" does not exist: the clocks go forward over it'),
    ("sessions", 3, "ends_at", "2026-11-05T09:30", "is not after the start, 2026-11-05T09:30"),
    ("sessions", 3, "ends_at", "", "is empty; write a date and time like 2026-11-02T09:30"),
    ("sessions", 3, "status", "", "is empty; write planned or cancelled"),
    ("bookings", 3, "session", "B9", '"B9" is not in sessions.csv or the record'),
    ("bookings", 3, "order", "O9", '"O9" is not in orders.csv or the record'),
    ("bookings", 3, "order", "O1", '"O1" is not an order of "P2"'),
    ("hours", 2, "order", "O9", '"O9" is not in orders.csv or the record'),
    ("hours", 2, "minutes", "6.5", '"6.5" is not a whole number'),
    ("hours", 2, "activity", "work", '"work" is not known; write unpaid_work or other_activity'),
    ("hours", 2, "placement", "X", '"X" is not in placements.csv or the record'),
    ("packs", 2, "minutes", "0", '"0" is out of range; write 1 to 1000000'),
    ("packs", 2, "stock", "-1", '"-1" is out of range; write 0 to 1000000'),
]  # fmt: skip


@pytest.mark.parametrize(("file", "line", "column", "cell", "said"), CELLS)
def test_a_bad_cell_is_named(file: str, line: int, column: str, cell: str, said: str, folder: Folder, load: Load) -> None:
    if column == "ref":
        folder.only(*(name for name in folder.rows if name in ("staff", "people")))
        folder.set("people", 2, "not_with", "")
        for at in range(2, 6):
            folder.set("people", at, "case_manager", "")
    folder.set(file, line, column, cell)
    report = load()
    assert report.faults == [f"{file}.csv:{line}: {column}: {said}"]
    assert report.lines == []


def test_drama_numbers_are_for_rehearsals_only(folder: Folder, load: Load) -> None:
    folder.only("staff")
    faults = load(drama_ok=False).faults
    assert faults[0] == (
        'staff.csv:2: phone: "07700 900001" is a number for drama, which no phone has;'
        " write a real one, or rehearse with TURNUP_ALLOW_DRAMA_NUMBERS=1"
    )
    assert len(faults) == 3


@pytest.mark.parametrize("file", FILES)
def test_a_missing_column_is_named(file: str, folder: Folder, load: Load) -> None:
    column = folder.rows[file][0][-1]
    folder.rows[file] = [row[:-1] for row in folder.rows[file]]
    assert load().faults == [f"{file}.csv:1: {column}: column is missing"]


def test_a_column_that_is_there_twice(folder: Folder, load: Load) -> None:
    folder.rows["packs"] = [[*row, row[0]] for row in folder.rows["packs"]]
    assert load().faults == ["packs.csv:1: ref: column is there twice"]


def test_rows_of_another_width(folder: Folder, load: Load) -> None:
    folder.rows["people"][2].append("x")
    folder.rows["people"][4].pop()
    assert load().faults == [
        "people.csv:3: row: 17 cells under 16 columns; a cell that holds a comma needs quotation marks",
        "people.csv:5: row: 15 cells under 16 columns; a cell that holds a comma needs quotation marks",
    ]


def test_bytes_that_are_not_utf8(folder: Folder, load: Load) -> None:
    path = folder.write()
    people = path / "people.csv"
    people.write_bytes(people.read_bytes().replace(b"Lorna", b"Ren\xe9e"))
    assert load(path).faults == ["people.csv:4: first_name: not UTF-8"]


def test_a_file_of_utf16(folder: Folder, load: Load) -> None:
    path = folder.write()
    (path / "staff.csv").write_text(FILES["staff"], encoding="utf-16")
    assert load(path).faults == ["staff.csv:1: row: not UTF-8; save the file as CSV UTF-8"]


def test_semicolons_between_cells(folder: Folder, load: Load) -> None:
    path = folder.write()
    (path / "staff.csv").write_text(FILES["staff"].replace(",", ";"))
    assert load(path).faults == ["staff.csv:1: row: the cells are divided by semicolons; save the file with commas"]


def test_an_empty_file(folder: Folder, load: Load) -> None:
    path = folder.write()
    (path / "packs.csv").write_bytes(b"")
    (path / "bookings.csv").write_bytes(b"")
    assert load(path).faults == [
        "bookings.csv:1: session: the file is empty; it needs a header row",
        "packs.csv:1: ref: the file is empty; it needs a header row",
    ]


def test_a_quotation_mark_that_is_not_closed(folder: Folder, load: Load) -> None:
    path = folder.write()
    with (path / "packs.csv").open("a") as handle:
        handle.write('K2,"Seed packets,unpaid_work,180,5,Bikes,14,\nK3,Knitting,unpaid_work,180,5,Bikes,14,\n')
    assert load(path).faults == [
        'packs.csv:3: row: a quotation mark is out of place; a cell that holds one is written "like ""this"""'
    ]


def test_lines_are_counted_as_an_editor_counts_them(folder: Folder, load: Load) -> None:
    folder.set("packs", 2, "note", "Two\nlines")
    folder.add("packs", ref="K2", minutes="x")
    path = folder.write()
    packs = path / "packs.csv"
    packs.write_bytes(b"\xef\xbb\xbf" + packs.read_bytes().replace(b"\n", b"\r\n") + b"\r\n,,,,,,,\r\nK3,,,,,,,\r\n")
    faults = load(path).faults
    assert faults[0] == 'packs.csv:4: minutes: "x" is not a whole number'
    assert faults[1] == "packs.csv:8: name: is empty"


def test_nothing_to_read(tmp_path: Path, load: Load) -> None:
    (tmp_path / "none").mkdir()
    assert load(tmp_path / "gone").faults == [f"{tmp_path / 'gone'} is not a folder"]
    assert load(tmp_path / "none").faults == [
        f"{tmp_path / 'none'} holds none of staff.csv, people.csv, orders.csv, placements.csv, sessions.csv,"
        " bookings.csv, hours.csv, packs.csv"
    ]


def test_a_booking_twice(folder: Folder, load: Load) -> None:
    folder.add("bookings", person="P2", session="B2", order="O2")
    assert load().faults == ['bookings.csv:6: person: "P2" on "B2" is on line 3 already']


def test_women_only_people_and_places_go_together(folder: Folder, load: Load) -> None:
    folder.set("bookings", 3, "session", "W1")
    folder.set("bookings", 4, "session", "B1")
    assert load().faults == [
        'bookings.csv:3: person: "W" is women-only, "P2" is not',
        'bookings.csv:4: person: "P3" is women-only, "B" is not',
    ]


def test_people_kept_apart_never_share_a_session(folder: Folder, load: Load) -> None:
    folder.set("bookings", 3, "session", "B1")
    assert load().faults == ['bookings.csv:3: person: "P1" and "P2" must never share a session (not_with): "B1"']


def test_a_booking_on_an_order_that_ended_is_pointed_out_and_gets_no_message(folder: Folder, load: Load) -> None:
    folder.set("orders", 3, "status", "completed")
    report = load()
    assert report.faults == []
    assert 'bookings.csv:3: order: warning: "O2" is completed, and the session is still to come' in report.warnings


def test_every_fault_is_told_in_the_order_of_the_files(folder: Folder, load: Load) -> None:
    folder.set("packs", 2, "minutes", "x")
    folder.set("people", 4, "phone", "1")
    folder.set("people", 2, "mode", "x")
    assert [fault.split(": ")[:2] for fault in load().faults] == [
        ["people.csv:2", "mode"], ["people.csv:4", "phone"], ["packs.csv:2", "minutes"],
    ]  # fmt: skip


def test_many_faults_are_cut_short(folder: Folder, load: Load) -> None:
    folder.only("packs")
    for n in range(250):
        folder.add("packs", ref=f"N{n}", minutes="x")
    faults = load().faults
    assert len(faults) == 201
    assert faults[-1] == "packs.csv: and 50 more faults"


def test_one_bad_row_among_ten_thousand(folder: Folder, load: Load, rows: Rows) -> None:
    folder.only("staff", "people")
    for n in range(10_000):
        phone = "0770" if n == 6_000 else f"0777{n:07d}"
        folder.add("people", ref=f"N{n}", phone=phone, not_with="")
    assert load().faults == [f'people.csv:6006: phone: "0770" is too short; {MOBILE}']
    assert rows(schema.people) == []
    assert rows(schema.staff) == []
