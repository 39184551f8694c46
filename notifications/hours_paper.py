"""The statement of hours as a document: every row that counts, the totals, and a first name; none of the words that show."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from locales import dates
from locales.catalog import DEFAULT
from notifications import pdf
from notifications.attachments import Source
from notifications.pdf import Paper

WIDTHS = (170, 85, 85, 143)  # points: day, worked, counted, kind
HEAD = ("day", "worked", "counted", "kind")


def make(source: Source) -> bytes:
    """A PDF. In English where the person's own script is beyond its fonts."""
    paper = paper_of(source, source.locale)
    if not all(pdf.can_write(text) for text in _texts(paper)):
        paper = paper_of(source, DEFAULT)
    return pdf.make(paper, at=source.now)


def paper_of(source: Source, locale: str) -> Paper:
    """From the fields `name`, `done`, `total`, `left`, `upto`, `unpaid`, `other` and `rows` of
    [day, worked, counted, kind]; all lengths in minutes."""
    fields, said = source.fields, source.label

    def hours(minutes: int) -> str:
        return dates.hours(minutes, locale)

    today = dates.local(source.now).date().isoformat()
    amounts = {name: hours(fields[name]) for name in ("done", "total", "left")}
    days = {"date": _date(today, locale), "date2": _date(fields["upto"], locale)}
    kinds = [
        f"{said(f'paper.kind.{kind}', locale=locale)}: {hours(fields[name])}"
        for kind, name in (("unpaid_work", "unpaid"), ("other_activity", "other"))
        if fields[name]
    ]
    return Paper(
        said("paper.title", locale=locale),
        locale.replace("_", "-"),
        [fields["name"], said("paper.made", locale=locale, **days), said("paper.totals", locale=locale, **amounts)],
        [said(f"paper.head.{name}", locale=locale) for name in HEAD],
        [_row(source, row, locale) for row in fields["rows"]],
        [*kinds, said("paper.wrong", locale=locale, phone=source.council.phone)],
        WIDTHS,
    )


def _row(source: Source, row: Sequence[Any], locale: str) -> tuple[str, ...]:
    day, worked, counted, kind = row
    when = _date(day, locale)
    if kind == "total":  # of what is to be done, so it stands in no column of what was
        return when, "", "", source.label("paper.kind.total", locale=locale, total=_signed(counted, locale))
    said = source.label(f"paper.kind.{kind}", locale=locale)
    return when, _signed(worked, locale), _signed(counted, locale), said


def _signed(minutes: int, locale: str) -> str:
    return f"-{dates.hours(-minutes, locale)}" if minutes < 0 else dates.hours(minutes, locale)


def _date(value: str, locale: str) -> str:
    """With its year: paper is kept."""
    return dates.date_(date.fromisoformat(value), date.min, locale)


def _texts(paper: Paper) -> list[str]:
    return [paper.title, *paper.lines, *paper.head, *(cell for row in paper.rows for cell in row), *paper.after]
