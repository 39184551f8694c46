"""Import of a council's own CSV files: checked whole, then written whole or not at all. Run daily, it is a feed."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from db.council import Council
from db.importing import checks, columns, feed, numbers, plan, reading, stored
from db.importing.findings import FILES, Findings
from db.importing.reading import Key, Sheet
from db.importing.roster import Roster
from db.importing.writing import Writer
from db.record import Record


@dataclass(frozen=True, slots=True)
class Report:
    """`lines` for stdout; `faults` and `warnings` for stderr. With a fault nothing was written."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def run(
    record: Record,
    directory: Path,
    *,
    council: Council,
    languages: Collection[str],
    drama_ok: bool,
    dry_run: bool,
    silent: bool,
    now: datetime,
    actor: str = "import",
) -> Report:
    """Reads whichever of the files are in `directory` and brings the record to what they say.

    Rows are matched by ref (bookings by session and person). Rows that are new go in and nobody is texted of them; rows
    that differ are changed as staff would change them, telling people unless `silent`; rows that are absent stay. A cell
    that says what it said the last time leaves alone what staff have changed since.
    `languages` are the folders of `locales/`, `drama_ok` admits Ofcom's numbers for drama, `now` has its time zone.
    Everything is one transaction; a faulty file raises nothing, its faults are in the report.
    """
    if not directory.is_dir():
        return Report(faults=[f"{directory} is not a folder"])
    findings = Findings()
    sheets = reading.read(directory, columns.contract(languages, drama_ok=drama_ok), findings)
    if not sheets:
        return Report(faults=[f"{directory} holds none of {', '.join(f'{file}.csv' for file in FILES)}"])
    checks.rows(sheets, findings)
    with record.read() if dry_run or findings else record.write() as connection:
        made, was, shared = _weigh(connection, sheets, now, findings)
        if not findings and not dry_run:
            Writer(connection, council, was, made, now, actor, tell=not silent).write(shared)
            feed.keep(connection, sheets, was.fed)
    lines = [] if findings else made.counts(sheets)
    if dry_run:
        lines.append("nothing written")
    return Report(lines, findings.faults(), findings.warnings())


def _weigh(
    connection: Connection, sheets: dict[str, Sheet], now: datetime, findings: Findings
) -> tuple[plan.Plan, stored.Stored, dict[str, Key]]:
    """What would change, what the record holds, and the numbers that come to be shared."""
    was = stored.load(connection, sheets, now)
    was.fed = feed.load(connection, sheets)
    checks.references(sheets, was, findings)
    made = plan.make(sheets, was, findings)
    numbers.refs(sheets, made, findings)
    shared = numbers.phones(sheets, made, findings)
    checks.roles(sheets, made, findings)
    checks.orders(sheets, was, made, findings)
    checks.ledger(sheets, was, made, now, findings)
    Roster(sheets, made, now, findings).check()
    return made, was, shared
