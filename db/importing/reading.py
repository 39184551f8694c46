"""CSV into rows whose cells are values, each with the line on which it starts."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.importing.cells import CellError, quoted
from db.importing.columns import Columns
from db.importing.findings import FILES, Findings

Key = str | tuple[str, str]

BOM = b"\xef\xbb\xbf"
MISQUOTED = 'a quotation mark is out of place; a cell that holds one is written "like ""this"""'
OTHER_DIVIDERS = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    values: dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """One file. `rows` are those without a fault of their own, by key: the ref, or session and person of a booking."""

    file: str
    rows: dict[Key, Row] = field(default_factory=dict)
    seen: dict[Key, int] = field(default_factory=dict)  # the line of every key, its row faulty or not
    readable: bool = True  # False: what it holds is not known, so nothing can be said to be missing from it


def read(directory: Path, contract: dict[str, Columns], findings: Findings) -> dict[str, Sheet]:
    """The sheets of those files that are there, in the order of the contract."""
    sheets = {}
    for file in FILES:
        path = directory / f"{file}.csv"
        if path.is_file():
            sheets[file] = _sheet(file, path, contract[file], findings)
    return sheets


def _sheet(file: str, path: Path, columns: Columns, findings: Findings) -> Sheet:
    sheet = Sheet(file)
    records = _records(file, path, findings)
    _, header = next(records, (1, None))
    if header is None:
        findings.fault(file, 1, next(iter(columns)), "the file is empty; it needs a header row")
    positions = None if header is None else _positions(file, header, columns, findings)
    if header is None or positions is None:
        sheet.readable = False
        return sheet
    filled = ((line, cells) for line, cells in records if any(cell.strip() for cell in cells))
    empty = True
    for line, cells in filled:
        empty = False
        if len(cells) == len(header):
            _add(sheet, line, {name: cells[at] for name, at in positions.items()}, columns, findings)
        else:
            said = f"{len(cells)} cells under {len(header)} columns; a cell that holds a comma needs quotation marks"
            findings.fault(file, line, "row", said)
            _see(sheet, line, {name: cells[at].strip() for name, at in positions.items() if at < len(cells)})
    if empty:
        findings.warn(file, 1, next(iter(columns)), "there are no rows under the header")
    return sheet


def _records(file: str, path: Path, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Every record with the line on which it starts. Bytes that are not UTF-8 come as lone surrogates."""
    text = path.read_bytes().removeprefix(BOM).decode("utf-8", errors="surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            findings.fault(file, line, "row", MISQUOTED)


def _positions(file: str, header: list[str], columns: Columns, findings: Findings) -> dict[str, int] | None:
    """Column → its place in a row; None, with faults, when one is missing."""
    names = [cell.strip().lower() for cell in header]
    for sign, called in OTHER_DIVIDERS.items():
        if len(names) == 1 and sign in names[0]:
            findings.fault(file, 1, "row", f"the cells are divided by {called}; save the file with commas")
            return None
    for name in dict.fromkeys(names):
        if not name:
            continue
        if not _is_utf8(name):
            findings.fault(file, 1, "row", "not UTF-8; save the file as CSV UTF-8")
            return None
        if name not in columns:
            findings.warn(file, 1, name, "this column is not known and is left out")
        elif names.count(name) > 1:
            findings.fault(file, 1, name, "column is there twice")
    missing = [name for name in columns if name not in names]
    for name in missing:
        findings.fault(file, 1, name, "column is missing")
    return None if missing else {name: names.index(name) for name in columns}


def _add(sheet: Sheet, line: int, cells: dict[str, str], columns: Columns, findings: Findings) -> None:
    values: dict[str, Any] = {}
    for name, parse in columns.items():
        try:
            values[name] = parse(_plain(cells[name]))
        except CellError as error:
            findings.fault(sheet.file, line, name, str(error))
    key, first = _see(sheet, line, values)
    if key is not None and first != line:
        column = "ref" if isinstance(key, str) else "person"
        said = quoted(key) if isinstance(key, str) else f"{quoted(key[1])} on {quoted(key[0])}"
        findings.fault(sheet.file, line, column, f"{said} is on line {first} already")
    elif key is not None and len(values) == len(columns):
        sheet.rows[key] = Row(line, values)


def _see(sheet: Sheet, line: int, values: dict[str, Any]) -> tuple[Key | None, int]:
    """The row's key and the line on which it was first seen."""
    names = ("session", "person") if sheet.file == "bookings" else ("ref",)
    parts = [values[name] for name in names if values.get(name)]
    if len(parts) != len(names):
        return None, line
    key = parts[0] if len(parts) == 1 else (parts[0], parts[1])
    return key, sheet.seen.setdefault(key, line)


def _plain(cell: str) -> str:
    """The cell's words with single spaces between them."""
    if not _is_utf8(cell):
        raise CellError("not UTF-8")
    if "\0" in cell:
        raise CellError("holds a character that cannot be stored")
    return " ".join(cell.split())


def _is_utf8(cell: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in cell)
