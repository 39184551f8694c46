"""What an import would do: each row beside what the record holds, settled where the two have to agree."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from db import rules
from db.importing import feed
from db.importing.findings import FILES, Findings
from db.importing.reading import Key, Row, Sheet
from db.importing.stored import Pair, Stored, Values, pair
from db.schema import MODES, STOP_LEVELS


@dataclass(slots=True)
class Change:
    """One row that is new (`before` is None) or differs from the record in `columns`."""

    key: Any
    line: int
    before: Values | None
    after: Values
    columns: frozenset[str]


@dataclass(slots=True)
class Plan:
    """All values as they will stand, by file and key; what changes to get there; and which pairs come and go."""

    after: dict[str, Mapping[Key, Values]] = field(default_factory=dict)
    changes: dict[str, dict[Key, Change]] = field(default_factory=lambda: defaultdict(dict))
    pairs: set[Pair] = field(default_factory=set)
    new_pairs: set[Pair] = field(default_factory=set)
    gone_pairs: set[Pair] = field(default_factory=set)

    def counts(self, sheets: dict[str, Sheet]) -> list[str]:
        """`people.csv 60 new 0 changed 0 same`, a line a file."""
        lines = []
        for file, sheet in sheets.items():
            new = sum(change.before is None for change in self.changes[file].values())
            changed = len(self.changes[file]) - new
            same = len(sheet.rows) - new - changed
            lines.append(f"{file}.csv {new} new {changed} changed {same} same")
        return lines


def make(sheets: dict[str, Sheet], stored: Stored, findings: Findings) -> Plan:
    plan = Plan(pairs=set(stored.pairs))
    for file in FILES:
        rows = sheets[file].rows if file in sheets else {}
        before = stored.values[file]
        after = dict(before)
        for key, row in rows.items():
            counts = replace(row, values=feed.heard(file, key, row.values, before.get(key), stored.fed))
            after[key] = _settled(file, counts, before.get(key), plan, findings)
        plan.after[file] = after
        for key, row in rows.items():
            _compare(file, key, row, before.get(key), after[key], plan)
    if "people" in sheets:
        _pair_up(sheets["people"], plan)
    return plan


def _settled(file: str, row: Row, before: Values | None, plan: Plan, findings: Findings) -> Values:
    if file == "people":
        return _settled_person(row, before, findings)
    if file == "orders":
        return _settled_order(row, before, findings)
    if file == "sessions" and row.values["supervisor"] is None:
        placement = plan.after["placements"].get(row.values["placement"])
        return {**row.values, "supervisor": placement["supervisor"] if placement else None}
    return row.values


def _settled_person(row: Row, before: Values | None, findings: Findings) -> Values:
    """A file never undoes a STOP, and an empty mode never makes messages plainer."""
    values = {name: value for name, value in row.values.items() if name != "not_with"}
    careful = "discreet" if values["restricted"] or values["women_only"] else "standard"
    if before is None:
        return values | {"mode": values["mode"] or careful}
    if values["mode"] is None:
        values["mode"] = max(before["mode"], careful, key=MODES.index)
    elif MODES.index(values["mode"]) < MODES.index(before["mode"]):
        text = f"{before['mode']} becomes {values['mode']}, which says more; it has to be agreed with the person"
        findings.warn("people", row.line, "mode", text)
    if STOP_LEVELS.index(values["stop_level"]) < STOP_LEVELS.index(before["stop_level"]):
        text = f'"{before["stop_level"]}" stays, since a file never undoes a STOP'
        findings.warn("people", row.line, "stop_level", text)
        values["stop_level"] = before["stop_level"]
    if before["safe_window"] and not _within(values["safe_window"], before["safe_window"]):
        text = "now holds times that were outside it; it has to be agreed with the person"
        findings.warn("people", row.line, "safe_window", text)
    return values


def _within(window: tuple[int, int] | None, other: tuple[int, int]) -> bool:
    return window is not None and other[0] <= window[0] and window[1] <= other[1]


def _settled_order(row: Row, before: Values | None, findings: Findings) -> Values:
    """Without a date an order ends with its statutory period (1995 Act s.227L), reckoned once and kept."""
    values = dict(row.values)
    statutory = rules.statutory_end(values["kind"], values["hours"], values["imposed_on"])
    if values["complete_by"] is None and before is not None:
        values["complete_by"] = before["complete_by"]
        if statutory != rules.statutory_end(before["kind"], before["hours"], before["imposed_on"]):
            text = f"stays {before['complete_by']}, though the order changed; write the date if it is another"
            findings.warn("orders", row.line, "complete_by", text)
    elif values["complete_by"] is None:
        values["complete_by"] = statutory
    cap = rules.other_activity_cap(values["hours"] * 60) / 60
    if values["other_activity_hours"] > cap:
        text = f"{values['other_activity_hours']} is more than 30% of the order or 30 hours; {cap:g} counts (s.227K)"
        findings.warn("orders", row.line, "other_activity_hours", text)
        values["other_activity_hours"] = cap
    return values


def _compare(file: str, key: Key, row: Row, before: Values | None, after: Values, plan: Plan) -> None:
    columns = frozenset(name for name, value in after.items() if before is None or before[name] != value)
    if columns:
        plan.changes[file][key] = Change(key, row.line, before, after, columns)


def _pair_up(sheet: Sheet, plan: Plan) -> None:
    """One naming the other binds both. A pair goes only when both are in the file and neither names the other."""
    stored = set(plan.pairs)
    named = {pair(str(key), other) for key, row in sheet.rows.items() for other in row.values["not_with"]}
    plan.new_pairs = named - stored
    plan.gone_pairs = {two for two in stored - named if two[0] in sheet.rows and two[1] in sheet.rows}
    plan.pairs = (stored | named) - plan.gone_pairs
    for key, row in sheet.rows.items():
        if any(pair(str(key), other) in plan.new_pairs for other in row.values["not_with"]):
            _touch(sheet, key, plan)
    for two in plan.gone_pairs:
        _touch(sheet, max(two, key=lambda ref: sheet.rows[ref].line), plan)


def _touch(sheet: Sheet, key: Key, plan: Plan) -> None:
    """Counts a person as changed though only `not_with` is."""
    change = plan.changes["people"].get(key)
    if change is None:
        values = plan.after["people"][key]
        change = Change(key, sheet.rows[key].line, values, values, frozenset())
        plan.changes["people"][key] = change
    change.columns |= {"not_with"}
