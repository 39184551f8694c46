"""What staff read of a broadcast that is put together from several strings: its check, its report, its list of calls."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Label = Callable[..., str]
REASONS = frozenset(
    {
        "mode", "no_contact", "no_address", "stopped", "suppressed", "number_suspended", "shared", "not_own", "order",
        "not_live", "no_time_left", "expired", "no_receipt",
    }
)  # fmt: skip


def made_of(fields: Mapping[str, Any], label: Label, channel: str) -> dict[str, str]:
    """Those of the fields that are sentences of their own, by name. What is escaped in them is escaped with the whole."""
    made = _sentences(fields, label, channel)
    return {name: html.unescape(text) for name, text in made.items()} if channel == "telegram" else made


def _sentences(fields: Mapping[str, Any], label: Label, channel: str) -> dict[str, str]:
    made: dict[str, str] = {}
    if "what" in fields:
        made["what"] = label(f"broadcast.kind.{fields['what']}")
    if "stage" in fields:
        made["stage"] = label(f"broadcast.stage.{fields['stage']}")
    if "samples" in fields:
        made |= _check(fields, label, channel)
    if "states" in fields:
        made["marks"] = ", ".join(
            label(f"broadcast.state.{state.replace(' ', '_')}", n=str(number)) for state, number in fields["states"].items()
        ) or label("broadcast.nobody_answered")
        made["answers"] = _answers(fields["answers"], label, channel)
    if "calls" in fields:
        made["lines"] = _calls(fields["calls"], label, channel)
    return made


def _check(fields: Mapping[str, Any], label: Label, channel: str) -> dict[str, str]:
    made = {"alone": label("broadcast.alone", broadcast=fields["broadcast"]) if fields["glass"] else ""}
    if channel == "sms":
        return made | dict.fromkeys(("warnings", "left", "cost", "second", "samples"), "")
    why = fields.get("second")  # not in a check that was written before it was said
    made["second"] = label("broadcast.second", reason=label(f"broadcast.second.{why}")) if why else ""
    made["warnings"] = "".join(f"\n{text[:1].upper()}{text[1:]}." for text in fields["warnings"])
    reasons = ", ".join(f"{number} {reason(why, label)}" for why, number in fields["left_out"].items())
    made["left"] = label("broadcast.left", reasons=reasons) if reasons else ""
    made["cost"] = _cost(fields["parts"], fields["pence"], label)
    samples = [_sample(label, *sample) for sample in fields["samples"]]
    more = [label("broadcast.more", n=str(fields["more"]))] if fields["more"] else []
    made["samples"] = "\n\n".join([*samples, *more])
    return made


def _cost(parts: int, pence: float, label: Label) -> str:
    if pence:
        return label("broadcast.cost", parts=str(parts), pounds=f"{pence / 100:.2f}")
    return label("broadcast.parts", parts=str(parts)) if parts else ""


def _sample(label: Label, channel: str, mode: str, people: int, body: str, line: str) -> str:
    """A message as its reader gets it, without its mark-up."""
    return label(
        "broadcast.sample", channel=label(f"broadcast.channel.{channel}"), kind=label(f"broadcast.mode.{mode}"),
        people=str(people), message=body, line=line,
    )  # fmt: skip


def _answers(answers: Mapping[str, int], label: Label, channel: str) -> str:
    if channel == "sms" or not answers:
        return label("broadcast.nobody_answered")
    return ", ".join(
        label("broadcast.answer", n=str(number), word=label(f"roster.answer.{answer}"))
        for answer, number in sorted(answers.items())
    )


def _calls(calls: Sequence[Sequence[str]], label: Label, channel: str) -> str:
    """Never by text: it would stand on a private phone."""
    return "" if channel == "sms" else "\n".join(_call(label, *call) for call in calls)


def _call(label: Label, initials: str, phone: str, why: str) -> str:
    if not phone:
        return label("broadcast.call_none", initials=initials, reason=reason(why, label))
    return label("broadcast.call", initials=initials, phone=phone, reason=reason(why, label))


def reason(why: str, label: Label) -> str:
    return label(f"broadcast.why.{why if why in REASONS else 'other'}")
