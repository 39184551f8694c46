"""A roster in words and buttons, from the rows that its notice carries."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from notifications.channel import Button

Label = Callable[..., str]
Row = dict[str, Any]


def lines(rows: Sequence[Row], label: Label, channel: str, time: Callable[[str], str]) -> str:
    """By text initials, a comma between; on Telegram a line each, with the first name, kit and pick-up."""
    if channel == "sms":
        return ", ".join(f"{row['n']} {row['initials']} {_short(row, label)}" for row in rows)
    return "\n".join(f"{row['n']} {row['name']}: {', '.join(_long(row, label, time))}" for row in rows)


def _short(row: Row, label: Label) -> str:
    return label(f"roster.mark.{row['status']}") if row["status"] else label(f"roster.short.{row['answer']}")


def _long(row: Row, label: Label, time: Callable[[str], str]) -> list[str]:
    more = [row["kit"], row["pick_up"], label("roster.walk_in") if row["walk_in"] else None]
    return [_said(row, label, time), *filter(None, more)]


def _said(row: Row, label: Label, time: Callable[[str], str]) -> str:
    if not row["status"]:
        return label(f"roster.late.{row['band']}") if row["band"] else label(f"roster.answer.{row['answer']}")
    times = "-".join(time(at) for at in row["times"])
    return " ".join(filter(None, [label(f"roster.mark.{row['status']}"), times]))


def extras(fields: dict[str, Any], label: Label) -> str:
    """`Pick-up: Kirk 8:40 1-3; Main St 8:50 5. Kit: 2 boots 9; 4 boots 11.`"""
    said = []
    for name in ("stops", "kit"):
        if fields[name]:
            listed = "; ".join(_extra(name, what, of) for what, of in fields[name])
            said.append(f"{label(f'roster.extras.{name}')}: {listed}.")
    return " ".join(said)


def _extra(name: str, what: str, of: Sequence[int]) -> str:
    return f"{what} {numbers(of)}" if name == "stops" else f"{numbers(of)} {what}"


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
    """A row a person: In, Late, Not here; once marked, Left early, Sent home and Undo. Then what is about all of them."""
    rows = [_buttons(row, label) for row in fields["rows"]]
    if fields["finished"]:
        return tuple(rows)
    about = f"s:{fields['session']}:{fields['page']}"
    words = ["all_in"] if any(row["status"] is None and row["answer"] != "cant" for row in fields["rows"]) else []
    last = [[*words, "done"], ["add", "off"]]
    return (*rows, *(tuple(Button(label(f"button.{word}"), f"{about}:{word}") for word in row) for row in last))


def _buttons(row: Row, label: Label) -> tuple[Button, ...]:
    about = f"r:{row['booking']}:"
    who = f"{row['n']} {row['initials']}"
    if row["status"] is None:
        choices = [("in", "button.in"), ("late", "button.late_now"), ("out", "button.not_here")]
        head = who
    else:
        stayed = row["status"] in ("attended", "late")
        choices = [("left", "button.left_early"), ("home", "button.sent_home")] if stayed else []
        choices.append(("undo", "button.undo"))
        head = f"{who}: {label('roster.mark.' + row['status'])}"
    named = [Button(head, f"{about}:show")]
    return (*named, *(Button(label(key), f"{about}:{word}") for word, key in choices))
