"""A roster in words and buttons, from the rows that its notice carries."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from notifications.channel import Button

Label = Callable[..., str]
Row = dict[str, Any]


def lines(rows: Sequence[Row], label: Label, channel: str, time: Callable[[str], str]) -> str:
    """By text initials, a comma between; on Telegram a line each, with the first name."""
    if channel == "sms":
        return ", ".join(f"{row['n']} {row['initials']} {_short(row, label)}" for row in rows)
    return "\n".join(f"{row['n']} {row['name']}: {_long(row, label, time)}" for row in rows)


def _short(row: Row, label: Label) -> str:
    return label(f"roster.mark.{row['status']}") if row["status"] else label(f"roster.short.{row['answer']}")


def _long(row: Row, label: Label, time: Callable[[str], str]) -> str:
    if not row["status"]:
        return label(f"roster.late.{row['band']}") if row["band"] else label(f"roster.answer.{row['answer']}")
    said = label(f"roster.mark.{row['status']}")
    return f"{said} {time(row['at'])}" if row["at"] else said


def marks(groups: Sequence[tuple[str, list[int]]], label: Label) -> str:
    """`in 1-4, 7; late 5; out 6`."""
    return "; ".join(f"{label(f'roster.mark.{status}')} {numbers(some)}" for status, some in groups)


def numbers(wanted: Sequence[int]) -> str:
    """`1-4, 6`."""
    runs: list[str] = []
    for _, run in groupby(enumerate(sorted(wanted)), lambda pair: pair[1] - pair[0]):
        some = [number for _, number in run]
        runs.append(str(some[0]) if len(some) == 1 else f"{some[0]}-{some[-1]}")
    return ", ".join(runs)


def buttons(fields: dict[str, Any], label: Label) -> tuple[tuple[Button, ...], ...]:
    """A row a person: In, Late, Not here; once marked, Left early and Undo. Then All in, and Done."""
    rows = [_buttons(row, label) for row in fields["rows"]]
    about = f"s:{fields['session']}:{fields['page']}"
    last = []
    if not fields["finished"]:
        if any(row["status"] is None and row["answer"] != "cant" for row in fields["rows"]):
            last.append(Button(label("button.all_in"), f"{about}:all_in"))
        last.append(Button(label("button.done"), f"{about}:done"))
    return (*rows, tuple(last)) if last else tuple(rows)


def _buttons(row: Row, label: Label) -> tuple[Button, ...]:
    about = f"r:{row['booking']}:{row['latest']}"
    who = f"{row['n']} {row['initials']}"
    if row["status"] is None:
        choices = [("in", "button.in"), ("late", "button.late_now"), ("out", "button.not_here")]
        head = who
    else:
        choices = [("left", "button.left_early")] if row["status"] in ("attended", "late") else []
        choices.append(("undo", "button.undo"))
        head = f"{who}: {label('roster.mark.' + row['status'])}"
    named = [Button(head, f"{about}:show")]
    return (*named, *(Button(label(key), f"{about}:{word}") for word, key in choices))
