"""What stands under a Telegram message, and what a press of it says. A press names the version it was offered for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from locales import formats
from locales.catalog import Catalogs
from notifications.channel import Button

ABOUT_SESSION: dict[str, tuple[tuple[str, ...], ...]] = {
    "reminder.first": (("coming", "cant"), ("late", "talk")),
    "reminder.day_before": (("coming", "cant"), ("late", "talk")),
    "reminder.pick_up": (("coming", "cant"), ("late", "talk")),
    "session.moved": (("coming", "cant"), ("talk", "calendar")),
    "session.on_again": (("coming", "cant"), ("talk", "calendar")),
    "session.is_on": (("coming", "cant"), ("late", "talk")),
    "session.late_start": (("cant", "talk"),),
    "ask.coming": (("coming", "cant"), ("late",)),
    "session.next": (("coming", "cant"), ("late", "talk"), ("map", "calendar"), ("sessions",)),
    "session.next_no_bring": (("coming", "cant"), ("late", "talk"), ("map", "calendar"), ("sessions",)),
    "session.next_pick_up": (("coming", "cant"), ("late", "talk"), ("map", "calendar"), ("sessions",)),
    "session.next_pick_up_no_bring": (("coming", "cant"), ("late", "talk"), ("map", "calendar"), ("sessions",)),
    "session.way": (("map", "talk"),),
    "session.way_pick_up": (("map", "talk"),),
    "session.way_in_words": (("map", "talk"),),
    "coming.confirmed": (("change", "calendar"),),
    "cant.noted": (("change",),),
    "late.noted": (("change",),),
    "group.booked": (("coming", "cant"), ("talk",)),
}
ABOUT_ORDER = dict.fromkeys(
    ("hours.left", "hours.left_of", "hours.left_past", "hours.left_of_past"), ("picture", "statement")
)
LETTERS: dict[str, tuple[str, str]] = {
    "cant.reason": ("ABCDEF", "button.reason."),
    "late.how_late": ("ABC", "button.late."),
    "late.how_late_ahead": ("ABC", "button.late."),
    "talk.when": ("ABCD", "button.call."),
    "talk.interpreter": ("ABCD", "button.call."),
    "crisis.abuse_step_1": ("AB", ""),
    "missed.ask": ("ABCDEF", "button.reason."),
    "pack.asked_status": ("A", "button.pack_asked."),
    "pack.waiting_status": ("A", "button.pack_asked."),
    "pack.out": ("AB", "button.pack_out."),
    "pack.out_late": ("AB", "button.pack_out."),
    "feedback.ask": ("ABC", "button.feedback."),
    "feedback.pass_on": ("AB", ""),
    "feedback.session": ("ABCD", "button.feedback."),
    "exit.value": ("ABCDES", "button.value."),
    "exit.helped": ("S", "button.own_words."),
    "exit.change": ("S", "button.own_words."),
    "exit.quote": ("AB", ""),
    "more.menu": ("LPSMWDF", "button.more."),
    "pause.ask": ("ABC", "button.pause."),
    "window.ask": ("ABCD", "button.window."),
}
INTERPRETER = "interpreter"  # what its button under the languages says
YES_NO = {"A": "button.yes", "B": "button.no"}
OUTCOMES = {
    "alert.acked": "button.outcome.", "alert.acked_missed": "button.missed.",
    "alert.acked_undelivered": "button.undelivered.",
}  # fmt: skip
KINDS: dict[str, Any] = {
    "b": "booking", "q": "question", "k": "alert", "r": "row", "s": "session", "o": "order", "c": "broadcast",
    "j": "task", "t": "thread", "v": "cover", "l": "lateness", "w": "walk_in", "p": "person", "d": "duty", "x": "swap",
    "h": "pack",
}  # fmt: skip
KEYBOARD = (("coming", "cant"), ("late", "hours"), ("next", "pack"), ("talk", "more"))


Offer = tuple[str, dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button. `subject` is the id of what `kind` names: a row's is of its booking, a lateness' of its report,
    cover's and a walk-in's of the session."""

    kind: Literal[
        "booking", "question", "alert", "row", "session", "order", "broadcast", "task", "thread", "cover", "lateness",
        "walk_in", "person", "duty", "swap", "pack",
    ]  # fmt: skip
    subject: int
    version: str
    word: str


def about_booking(booking_id: int, versions: str, word: str) -> str:
    return f"b:{booking_id}:{versions}:{word}"


def about_question(question_id: int, letter: str) -> str:
    return f"q:{question_id}::{letter}"


def about_alert(alert_id: str, word: str) -> str:
    return f"k:{alert_id}::{word}"


def read(data: str) -> Press | None:
    """None for what no button of ours says."""
    parts = data.split(":")
    if len(parts) != 4 or parts[0] not in KINDS or not parts[1].isascii() or not parts[1].isdigit():
        return None
    return Press(KINDS[parts[0]], int(parts[1][:18]), parts[2], parts[3])


def about_order(order_id: int, word: str) -> str:
    return f"o:{order_id}::{word}"


def about_pack(request_id: int, version: int, word: str) -> str:
    return f"h:{request_id}:{version}:{word}"


def under(notice: Any, label: Any, *, without: frozenset[str]) -> tuple[tuple[Button, ...], ...]:
    """The inline rows under a message to a person. `label` gives a key's text in their language; `without` are words of
    buttons that would show nothing."""
    if notice.string in ABOUT_ORDER and (order := notice.fields.get("order")):
        words = [word for word in ABOUT_ORDER[notice.string] if word not in without]
        return tuple((Button(label(f"button.{word}"), about_order(order, word)),) for word in words)
    if notice.string in LETTERS and notice.question_id is not None:
        letters, prefix = LETTERS[notice.string]
        names = {letter: prefix + letter.lower() if prefix else YES_NO[letter] for letter in letters}
        rows = [Button(label(name), about_question(notice.question_id, letter)) for letter, name in names.items()]
        return tuple((button,) for button in rows)
    if notice.string == "language.ask" and notice.question_id is not None:
        names = {locale: formats.of(locale).name for locale in formats.in_order(Catalogs.load().languages)}
        names[INTERPRETER] = label("button.interpreter")
        return tuple((Button(name, about_question(notice.question_id, word)),) for word, name in names.items())
    if notice.string in ABOUT_SESSION and notice.booking_id is not None:
        versions = f"{notice.booking_version}.{notice.session_version}"
        wanted = [[word for word in row if word not in without] for row in ABOUT_SESSION[notice.string]]
        return tuple(
            tuple(Button(label(f"button.{word}"), about_booking(notice.booking_id, versions, word)) for word in row)
            for row in wanted
            if row
        )
    return ()


def under_alert(alert_id: str, label: Any, *, is_test: bool) -> tuple[tuple[Button, ...], ...]:
    words = ("ack",) if is_test else ("ack", "pass")
    return (tuple(Button(label(f"button.{word}"), about_alert(alert_id, word)) for word in words),)


def outcomes(alert_id: str, label: Any, prefix: str) -> tuple[tuple[Button, ...], ...]:
    """How an alert ended, one to a row."""
    return tuple((Button(label(f"{prefix}{letter}"), about_alert(alert_id, letter)),) for letter in "abcd")


def offered(rows: Sequence[Sequence[Offer]], label: Any) -> tuple[tuple[Button, ...], ...]:
    """What a notice to staff offers, as it carries it: rows of `[key of the label, its fields, data]`."""
    return tuple(tuple(Button(label(key, fields), data) for key, fields, data in row) for row in rows)


def keyboard(label: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(label(f"keyboard.{word}") for word in row) for row in KEYBOARD)
