"""What staff read of tasks, line by line: each line is a string with its fields."""

from collections.abc import Callable, Mapping
from typing import Any

from db import absences

Say = Callable[[str, dict[str, Any]], str]

KINDS = (
    *absences.TASKS, "pack_request", "pack_waiting", "pack_ready", "pack_collect", "pack_overdue", "pack_check", "credit",
    "uncredited", "other_over_cap", "call_back", "not_reached", "stopped", "do_not_text", "welfare", "details",
    "mode", "window", "verify", "wrong_number", "bad_number", "shared_number", "pin", "reach", "message", "statement",
    "data_request", "late_no_supervisor", "still_booked", "hand_over", "hours_done", "deadline", "feedback_help",
    "unanswered",
)  # fmt: skip
"""Those with a name of their own; any other is called "another task"."""


def made_of(fields: Mapping[str, Any], say: Say, channel: str) -> dict[str, str]:
    """The lines and the name of what a notice of tasks is about, where it carries any."""
    made = {}
    if "said" in fields:
        between = "\n" if channel == "telegram" else " "
        made["lines"] = between.join(say(key, inner) for key, inner in fields["said"])
    if "queue" in fields:
        made["what"] = say(f"task.queue.{fields['queue']}", {})
    if "kind_of_task" in fields:
        made["what"] = say(kind(fields["kind_of_task"]), {})
    return made


def kind(name: str) -> str:
    return f"task.kind.{name if name in KINDS else 'other'}"
