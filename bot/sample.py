"""The sample council: its files lie around one Monday and are moved, by whole weeks, to the day on which they are loaded."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "sample"
COUNCIL = FOLDER / "council.toml"
ANCHOR = date(2026, 11, 2)  # the Monday of the third week of sessions in the files

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}(?=$|T\d{2}:\d{2}$)")


def around(day: date, target: Path) -> Path:
    """Writes the sample's files into `target`, moved so that the anchor's week is the week of `day`, and returns `target`.

    Weekdays and times of day stay. Hours not yet worked on `day` are left out, so the ledger ends with the day before.
    """
    weeks = (day - ANCHOR).days // 7
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.glob("*.csv")):
        text = shifted(path.read_text(encoding="utf-8"), timedelta(weeks=weeks))
        if path.name == "hours.csv":
            text = before(day, text)
        (target / path.name).write_text(text, encoding="utf-8")
    return target


def shifted(text: str, by: timedelta) -> str:
    """CSV with every cell that is a date, or a date and a time, moved."""

    def move(cell: str) -> str:
        return _DATE.sub(lambda found: (date.fromisoformat(found[0]) + by).isoformat(), cell)

    return _written([[move(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))])


def before(day: date, text: str) -> str:
    """The rows of hours.csv that were worked before `day`."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    worked_on = header.index("worked_on")
    return _written([header, *(row for row in rows if row[worked_on] < day.isoformat())])


def _written(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
