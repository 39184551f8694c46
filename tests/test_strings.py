"""The catalogs and the code speak of the same strings: none is missing, none is left over."""

import ast
import re
from pathlib import Path
from typing import get_args

from db import alerts, broadcast_report, broadcasts, off_site, pace, queues, schema, transcripts, verbs, watch
from handlers import meant
from locales.catalog import INTERPRETER, Catalogs
from notifications import broadcast_words, buttons, desk_words, hours_paper

ROOT = Path(__file__).parent.parent
SPEAKING = ("db", "handlers", "notifications", "bot")
CRISIS_CLOSED = "crisis.life_risk_closed"  # made by handlers.crisis from the open one


def written() -> set[str]:
    """Every string literal in the code that speaks to people."""
    found = set()
    for package in SPEAKING:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


def made() -> set[str]:
    """Keys that the code puts together from parts."""
    letters = {f"{prefix}{letter.lower()}" for wanted, prefix in buttons.LETTERS.values() if prefix for letter in wanted}
    words = {word for rows in buttons.ABOUT_SESSION.values() for row in rows for word in row}
    words |= {word for wanted in buttons.ABOUT_ORDER.values() for word in wanted}
    labels = {f"button.{word}" for word in words} | {f"keyboard.{word}" for row in buttons.KEYBOARD for word in row}
    fills = {f"late.band.{band}" for band in "abc"} | {f"call.when.{letter}" for letter in "abc"}
    when = {f"when.{kind}" for kind in ("by", "soon", "after", "at")}
    kinds = {f"alert.kind.{klass}" for klass in ("child_risk", "da_victim", "danger_now", "hardship", "injury")}
    kinds |= {f"alert.kind.{klass}" for klass in ("life_risk", "low_mood", "threat_other")}
    kinds |= {f"{prefix}{letter}" for prefix in buttons.OUTCOMES.values() for letter in "abcd"}
    kinds |= {f"alert.kind.{klass}" for klass in alerts.OF_CLASS if klass != "test"}
    kinds |= {f"rota.duty.{duty}" for duty in schema.DUTIES}
    kinds |= {"button.ack", "button.pass", "rota.swap_yes", "rota.swap_no"}
    kinds |= {f"watch.{name}" for name in watch.NAMES}
    hours = {f"pace.{kind}" for kind in get_args(pace.Kind)} | {f"paper.head.{name}" for name in hours_paper.HEAD}
    hours |= {f"paper.kind.{kind}" for kind in (*schema.ACTIVITIES, "changed", "total")}
    kinds |= {INTERPRETER}  # put by the catalogs under what nobody has checked
    return (
        hours
        | letters
        | labels
        | fills
        | when
        | kinds
        | of_rosters()
        | of_broadcasts()
        | of_tasks()
        | of_threads()
        | {CRISIS_CLOSED, "late.told_closed", "late.band_closed", "late.cant_closed"}
    )


def of_rosters() -> set[str]:
    answers = {f"roster.{length}.{answer}" for length in ("short", "answer") for answer in (*schema.ANSWERS, "none")}
    refusals = {f"roster.no.{why}" for why in ("not_yours", "cancelled", "not_yet", "over", "not_on_roster")}
    refusals |= {f"roster.no.{why}" for why in ("corrected", "beyond", "here", "too_late", "not_begun")}
    extras = {f"roster.extras.{name}" for name in ("stops", "kit")}
    extras |= {f"look_up.next_{answer}" for answer in (*schema.ANSWERS, "none")}
    extras |= {f"off.reason.{why}" for why in off_site.WHYS} | {f"button.off_{why}" for why in off_site.WHYS}
    words = ("home_behaviour", "home_service", "add", "off", "wait", "go", "walk_in_add", "walk_in_leave", "done", "all_in")
    extras |= {f"button.{word}" for word in (*words, "off_confirm", "off_keep")}
    marks = {f"roster.mark.{status}" for status in schema.ATTENDANCE} | {f"roster.late.{band}" for band in schema.BANDS}
    rings = {f"ring.{mode}" for mode in ("standard", "discreet", "call_first")}
    return answers | refusals | marks | rings | extras


def of_broadcasts() -> set[str]:
    seconds = ("words", "many", "restricted", "teams", "hours", *broadcasts.MANAGERS_OWN)
    parts = {
        "kind": schema.BROADCASTS, "stage": schema.BROADCAST_STAGES, "second": seconds, "channel": ("sms", "telegram"),
        "state": [state.replace(" ", "_") for state in broadcast_report.STATES], "why": [*broadcast_words.REASONS, "other"],
        "mode": ("standard", "discreet", "call_first"),
    }  # fmt: skip
    words = {f"broadcast.{part}.{name}" for part, names in parts.items() for name in names}
    return words | {f"button.broadcast.{word}" for word in ("is_on", "is_off", "minutes", "earlier")}


def of_tasks() -> set[str]:
    words = {verb.word for known in verbs.VERBS.values() for verb in known} | {verbs.DONE}
    parts = {
        "queue": queues.QUEUES, "kind": (*desk_words.KINDS, "other"), "reason": (*schema.REASONS, "none"),
        "decided": ("accepted", "not_accepted", "more_info"),
    }  # fmt: skip
    named = {f"task.{part}.{name}" for part, names in parts.items() for name in names}
    return (
        named
        | {f"button.task.{word}" for word in words}
        | {f"tasks.ask.{asks}" for asks in get_args(verbs.Asks) if asks != "proof"}
    )


def of_threads() -> set[str]:
    states = {f"thread.state.{state}" for state in get_args(transcripts.State) if state}
    marks = {f"thread.mark.{kind}" for kind in schema.THREAD_ENTRIES if kind not in ("in", "out")}
    under = ("reply", "seen", "pass", "later", "show", "send", "change", "cancel")
    return states | marks | {f"button.thread.{word}" for word in under}


def present() -> set[str]:
    catalogs = Catalogs.load()
    return {key for locale in catalogs.languages for keys in catalogs.entries[locale].values() for key in keys}


def test_every_string_in_the_catalogs_is_said_somewhere() -> None:
    assert present() - written() - made() == set()


def test_every_string_that_is_put_together_is_in_the_catalogs() -> None:
    assert made() - present() == set()


SPOKEN_BY = frozenset(
    {"say", "_say", "_say_with_when", "say_anew", "say_to_stranger", "to_human", "_tell_supervisor", "_about"}
)


def said() -> set[str]:
    """The keys given to what speaks: as an argument of those functions, or as a notice's `string`."""
    found: set[str] = set()
    for package in SPEAKING:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    values = node.args if name in SPOKEN_BY else []
                    values = values + [keyword.value for keyword in node.keywords if keyword.arg == "string"]
                    found |= {v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    return {key for key in found if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+|[a-z]+_[a-z]+|menu|media|trouble|welcome", key)}


def test_every_string_that_is_said_is_in_the_catalogs() -> None:
    assert len(said()) > 30
    assert said() - present() == set()


def test_the_strings_that_ask_about_a_session_are_those_with_its_buttons() -> None:
    assert set(meant.ASKING) <= set(buttons.ABOUT_SESSION)
