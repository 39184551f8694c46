"""What has to hold inside a row, and between a row and the rows that it names."""

import re
from datetime import datetime

from db import placing, rules
from db.council import LONDON
from db.importing.cells import quoted
from db.importing.columns import REFERENCES
from db.importing.findings import Findings
from db.importing.plan import Plan
from db.importing.reading import Key, Sheet
from db.importing.stored import Ledger, Stored, Values

NEVER_SENT = re.compile(
    r"\b(payback|cpo|unpaid work|orders?|court|sheriff|offen[cs]es?|offenders?|breach|probation|justice|social work"
    r"|convictions?|sentence|women'?s service)\b",
    re.IGNORECASE,
)
"""Words that no message to a person holds, so no nickname and nothing to bring may."""

PLAUSIBLE_ROLES = {
    ("people", "case_manager"): ("case_manager", "coordinator", "manager"),
    ("orders", "responsible_officer"): ("case_manager", "coordinator", "manager"),
    ("placements", "supervisor"): placing.LEADERS,
    ("sessions", "supervisor"): placing.LEADERS,
}
UK = ((49.0, 61.0), (-9.0, 2.0))  # degrees north, degrees east


def rows(sheets: dict[str, Sheet], findings: Findings) -> None:
    """Cells of one row against each other."""
    inside = {"people": _person, "orders": _order, "placements": _placement, "sessions": _session}
    for file, check in inside.items():
        for row in sheets[file].rows.values() if file in sheets else ():
            check(row.line, row.values, findings)


def _person(line: int, values: Values, findings: Findings) -> None:
    if values["ref"] in values["not_with"]:
        findings.fault("people", line, "not_with", f"{quoted(values['ref'])} is the person's own ref")
    if values["phone"] is None:
        findings.warn("people", line, "phone", "is empty, so this person gets no texts")


def _order(line: int, values: Values, findings: Findings) -> None:
    """Hours within the limits of their kind: 1995 Act s.227I(4), s.227M, s.303ZA."""
    least, most = rules.HOURS_LIMITS[values["kind"]]
    if not least <= values["hours"] <= most:
        said = f'"{values["hours"]}" is out of range; {values["kind"]} has {least} to {most} hours'
        findings.fault("orders", line, "hours", said)
    if values["complete_by"] is None and values["kind"] == "fiscal_work_order":
        findings.fault("orders", line, "complete_by", "is empty; a fiscal work order names its date")
    if values["complete_by"] is not None and values["complete_by"] < values["imposed_on"]:
        findings.fault("orders", line, "complete_by", f'"{values["complete_by"]}" is before imposed_on')
    if values["concurrent_with"] == values["ref"]:
        findings.fault("orders", line, "concurrent_with", f"{quoted(values['ref'])} is the order's own ref")


def _placement(line: int, values: Values, findings: Findings) -> None:
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if values[one] is None and values[other] is not None:
            findings.fault("placements", line, one, f"is empty, though {other} is not; write both or neither")
    for name, (low, high) in zip(("latitude", "longitude"), UK, strict=True):
        if values[name] is not None and not low <= values[name] <= high:
            findings.warn("placements", line, name, f'"{values[name]:g}" is not in the United Kingdom')
    for name in ("nickname", "bring"):
        if found := NEVER_SENT.search(values[name]):
            findings.warn("placements", line, name, f"{quoted(found[0])} is a word that no message holds; choose another")


def _session(line: int, values: Values, findings: Findings) -> None:
    if values["ends_at"] <= values["starts_at"]:
        start = values["starts_at"].astimezone(LONDON)
        findings.fault("sessions", line, "ends_at", f"is not after the start, {start:%Y-%m-%dT%H:%M}")


def references(sheets: dict[str, Sheet], stored: Stored, findings: Findings) -> None:
    """Every ref names a row of the files or of the record. Rows with one that does not are left out of further checks."""
    adrift: set[tuple[str, Key]] = set()
    for file, columns in REFERENCES.items():
        for column, target in columns.items():
            other = sheets.get(target)
            if file not in sheets or (other and not other.readable):
                continue
            known = stored.values[target].keys() | (other.seen.keys() if other else ())
            for key, row in sheets[file].rows.items():
                named = row.values[column]
                for ref in named if isinstance(named, tuple) else (named,):
                    if ref is not None and ref not in known:
                        findings.fault(file, row.line, column, f"{quoted(ref)} is not in {target}.csv or the record")
                        adrift.add((file, key))
    for file, key in adrift:
        del sheets[file].rows[key]


def roles(sheets: dict[str, Sheet], plan: Plan, findings: Findings) -> None:
    for (file, column), plausible in PLAUSIBLE_ROLES.items():
        for row in sheets[file].rows.values() if file in sheets else ():
            member = plan.after["staff"].get(row.values[column]) if row.values[column] else None
            if member and member["role"] not in plausible:
                said = f"{quoted(row.values[column])} is a {member['role'].replace('_', ' ')}"
                findings.warn(file, row.line, column, said)


def orders(sheets: dict[str, Sheet], stored: Stored, plan: Plan, findings: Findings) -> None:
    """An order stays with its person, and runs concurrently only with another of the same person (s.227N)."""
    for key, row in sheets["orders"].rows.items() if "orders" in sheets else ():
        before = stored.values["orders"].get(key)
        if before and before["person"] != row.values["person"]:
            said = f"{quoted(row.values['person'])} is another person than the record has for this order"
            findings.fault("orders", row.line, "person", said)
        other = plan.after["orders"].get(row.values["concurrent_with"] or "")
        if other and other["person"] != row.values["person"]:
            said = f"{quoted(row.values['concurrent_with'])} is an order of another person"
            findings.fault("orders", row.line, "concurrent_with", said)
        elif row.values["kind"] == "cpo" and row.values["status"] == "active" and before is None:
            _beside(row.line, row.values, _done(sheets, stored), plan, findings)


def _done(sheets: dict[str, Sheet], stored: Stored) -> dict[str, int]:
    """The minutes done of each order: as recorded or as these files have it, whichever is more."""
    in_files: dict[str, int] = {}
    for row in sheets["hours"].rows.values() if "hours" in sheets else ():
        in_files[row.values["order"]] = in_files.get(row.values["order"], 0) + row.values["minutes"]
    recorded = {ref: ledger.credited - ledger.adjusted for ref, ledger in stored.ledgers.items()}
    return {ref: max(in_files.get(ref, 0), recorded.get(ref, 0)) for ref in {*in_files, *recorded}}


def _beside(line: int, new: Values, done: dict[str, int], plan: Plan, findings: Findings) -> None:
    """Without the court's word that orders run together, all of a person's hours still to do stay within 300 (s.227N)."""
    for other in plan.after["orders"].values():
        earlier = other["person"] == new["person"] and other["imposed_on"] < new["imposed_on"]
        if not earlier or other["kind"] != "cpo" or other["status"] != "active" or other["ref"] == new["concurrent_with"]:
            continue
        outstanding = max(0, other["hours"] * 60 - done.get(other["ref"], 0))
        if new["hours"] * 60 > rules.room_for_new(outstanding):
            said = f"with what is left of {quoted(other['ref'])} these are more than 300 (s.227N); was it made concurrent?"
            findings.warn("orders", line, "hours", said)


def ledger(sheets: dict[str, Sheet], stored: Stored, plan: Plan, now: datetime, findings: Findings) -> None:
    """Hours that another system credited are taken as given, with a warning where the order holds fewer."""
    today = now.astimezone(LONDON).date()
    counted = {ref: Ledger(one.adjusted, one.credited, one.other_credited) for ref, one in stored.ledgers.items()}
    for row in sheets["hours"].rows.values() if "hours" in sheets else ():
        if row.values["worked_on"] > today:
            findings.warn("hours", row.line, "worked_on", f'"{row.values["worked_on"]}" is still to come')
        order = plan.after["orders"].get(row.values["order"])
        if order:
            _count(row.line, row.values, order, counted.setdefault(row.values["order"], Ledger()), findings)


def _count(line: int, values: Values, order: Values, standing: Ledger, findings: Findings) -> None:
    standing.credited += values["minutes"]
    over = standing.credited - order["hours"] * 60 - standing.adjusted
    if 0 < over <= values["minutes"]:
        findings.warn("hours", line, "minutes", f"the order {quoted(values['order'])} now has {over} minutes too many")
    if values["activity"] != "other_activity":
        return
    standing.other_credited += values["minutes"]
    cap = rules.other_activity_cap(order["hours"] * 60 + standing.adjusted)
    room = min(round(order["other_activity_hours"] * 60), cap)
    over = standing.other_credited - room
    if 0 < over <= values["minutes"]:
        said = f"the order {quoted(values['order'])} now has {over} minutes too many of other activity"
        findings.warn("hours", line, "minutes", said)
