"""What staff read of a thread that is put together from several strings: a transcript, and an answer before it goes."""

import html
from collections.abc import Callable, Mapping
from typing import Any

Label = Callable[..., str]
Said = Callable[[str], tuple[str, str]]


def made_of(fields: Mapping[str, Any], label: Label, said: Said) -> dict[str, str]:
    """Those of the fields that are sentences of their own, by name; `said` gives a moment's day and time in words."""
    made: dict[str, str] = {}
    if "transcript" in fields:
        made["lines"] = "\n".join(_line(label, said, *line) for line in fields["transcript"])
    if "door" in fields:
        made["channel"] = label(f"broadcast.channel.{fields['door']}")
        made["cost"] = _cost(fields["parts"], fields["pence"], label)
        made["warnings"] = "".join(f"\n{text[:1].upper()}{text[1:]}." for text in fields["warnings"])
    return {name: html.unescape(text) for name, text in made.items()}


def _line(label: Label, said: Said, at: str, who: str, kind: str, words: str, state: str, to: str | None) -> str:
    day, time = said(at)
    if kind not in ("in", "out"):
        words = label(f"thread.mark.{kind}", **({"who": to or "nobody"} if kind in ("passed", "moved", "climbed") else {}))
    stage = label("thread.stage", word=label(f"thread.state.{state}")) if state else ""
    return label("thread.line", day=day, time=time, who=who, message=html.unescape(words), stage=html.unescape(stage))


def _cost(parts: int, pence: float, label: Label) -> str:
    if pence:
        return label("broadcast.cost", parts=str(parts), pounds=f"{pence / 100:.2f}")
    return label("broadcast.parts", parts=str(parts)) if parts else ""
