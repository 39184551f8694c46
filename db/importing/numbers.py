"""Whose ref and number are whose: staff and people never share one, two people share a number only with a warning."""

from collections import defaultdict

from db.importing.cells import quoted
from db.importing.findings import Findings
from db.importing.plan import Plan
from db.importing.reading import Key, Sheet


def refs(sheets: dict[str, Sheet], plan: Plan, findings: Findings) -> None:
    for key in plan.after["people"].keys() & plan.after["staff"].keys():
        if "people" in sheets and key in sheets["people"].rows:
            line = sheets["people"].rows[key].line
            findings.fault("people", line, "ref", f"{quoted(str(key))} is the ref of one of the staff")
        else:
            line = sheets["staff"].rows[key].line
            findings.fault("staff", line, "ref", f"{quoted(str(key))} is the ref of a person")


def phones(sheets: dict[str, Sheet], plan: Plan, findings: Findings) -> dict[str, Key]:
    """The numbers that people come to share with this import, each with the later person: a task follows for them."""
    staff, people = _by_number(plan, "staff"), _by_number(plan, "people")
    for number in staff.keys() & people.keys():
        _clash(sheets, people[number], staff[number], findings)
    for keys in staff.values():
        _warn("staff", sheets, keys, "so a reply from it cannot be told apart", findings)
    shared, changes = {}, plan.changes["people"]
    for number, keys in people.items():
        later = _warn("people", sheets, keys, "so neither gets a text until it is settled", findings)
        if later is not None and any("phone" in changes[key].columns for key in keys if key in changes):
            shared[number] = later
    return shared


def _by_number(plan: Plan, file: str) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = defaultdict(list)
    for key, values in plan.after[file].items():
        if values["phone"]:
            found[values["phone"]].append(key)
    return found


def _clash(sheets: dict[str, Sheet], people: list[Key], staff: list[Key], findings: Findings) -> None:
    named = [key for key in people if "people" in sheets and key in sheets["people"].rows]
    for key in named:
        said = f"is also the number of {quoted(str(staff[0]))}, who is staff"
        findings.fault("people", sheets["people"].rows[key].line, "phone", said)
    for key in staff if not named else ():
        if "staff" in sheets and key in sheets["staff"].rows:
            said = f"is also the number of {quoted(str(people[0]))}, a person on an order"
            findings.fault("staff", sheets["staff"].rows[key].line, "phone", said)


def _warn(file: str, sheets: dict[str, Sheet], keys: list[Key], result: str, findings: Findings) -> Key | None:
    """Warns at each row after the first of those who share a number; returns the last."""
    if len(keys) < 2 or file not in sheets:
        return None
    lines = {key: sheets[file].rows[key].line for key in keys if key in sheets[file].rows}
    in_order = sorted(keys, key=lambda key: lines.get(key, 0))
    for at, key in enumerate(in_order[1:]):
        if key in lines:
            findings.warn(file, lines[key], "phone", f"is also the number of {quoted(str(in_order[at]))}, {result}")
    return in_order[-1] if in_order[-1] in lines else None
