"""The packs that a town has, and its staff at their desk: what they decide leaves at once."""

from collections.abc import Callable
from typing import Any

from db import pack_desk, schema
from db.change import Change
from db.permissions import COMMAND_LINE
from tests.handlers import leaks
from tests.handlers.talking import Someone, Town

COLLECT_FROM = "Wood workshop"


def stock(town: Town, name: str = "Bird boxes", *, stock: int = 5, minutes: int = 240, **given: Any) -> int:
    """A pack of the catalogue, fourteen days to do it."""
    town.places.append(leaks.Place(given.get("collect_from", COLLECT_FROM), "1 Burnside Yard", "ZZ1 1AB", False))
    row = {
        "ref": f"HP{town.next():03d}", "name": name, "activity": "unpaid_work", "minutes": minutes, "stock": stock,
        "collect_from": COLLECT_FROM, "return_within_days": 14, "note": "Six boxes to a pack.",
    }  # fmt: skip
    return town.insert(schema.packs, **{**row, **given})


def course(town: Town, name: str = "Skills hour", **given: Any) -> int:
    """A place in a course, and what else a placement has."""
    town.places.append(leaks.Place(name, "2 Burnside Yard", "ZZ1 1AB", bool(given.get("women_only"))))
    row = {
        "ref": f"PL{town.next():03d}", "name": name, "nickname": name, "kind": "other_activity", "bring": "",
        "team": "north", "women_only": False,
    }  # fmt: skip
    return town.insert(schema.placements, **{**row, **given})


def staff(town: Town, what: Callable[..., Any], person: Someone, *args: Any, **given: Any) -> list[str]:
    """One thing that staff do about this person's pack; the messages that it brings them."""
    person.reads()
    with town.record.write() as connection:
        what(Change(connection, town.council, town.now, COMMAND_LINE, "talked it through"), person.row.ref, *args, **given)
    town.deliver()
    return person.reads()


def given_to(town: Town, person: Someone) -> None:
    """What they asked for is approved, made ready and collected."""
    staff(town, pack_desk.approve, person, pack_desk.CHECKS)
    staff(town, pack_desk.ready, person)
    staff(town, pack_desk.collected, person)


def status(town: Town, person: Someone) -> str:
    """Of their newest request."""
    return str(town.rows(schema.pack_requests, person_id=person.id)[-1]["status"])
