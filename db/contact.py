"""How a person is reached, as staff change it: number, mode, safe window, channel and language. The change sends no text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from db import crypto, found, people, suppressions, tasks
from db.change import Change, ChangeError
from db.importing import cells
from db.people import Person
from db.schema import MODES, staff
from db.schema import people as people_rows
from db.schema import suppressions as suppression_rows

NUMBER_TASKS = ("wrong_number", "bad_number", "no_number", "verify")
"""What waits for a number that works, and is done when one is given."""
UNREACHABLE = "recipient"  # why a number was given up that the network did not know
DUE_IN = 1  # working days to settle a number that two people share, or that is new


@dataclass(frozen=True, slots=True)
class Changed:
    """A person before and after. `stopped`: the new number has asked for no texts, which only START from it ends."""

    before: Person
    after: Person
    stopped: bool

    @property
    def is_plainer(self) -> bool:
        """Messages say more than before, which has to be agreed with the person."""
        return MODES.index(self.after.mode) < MODES.index(self.before.mode)

    @property
    def is_wider(self) -> bool:
        """Messages may come at times that were outside the safe window."""
        old, new = self.before.safe, self.after.safe
        return old is not None and (new is None or new.start < old.start or new.until > old.until)


def change_contact(change: Change, ref: str, wanted: Mapping[str, Any]) -> Changed:
    """`wanted`: any of phone (+44…), mode, safe_window (minutes, or None), channel, language, interpreter (a bool).

    Only what differs is changed.

    Staff may do either direction; what makes messages plainer is told apart, for it has to be agreed with the person.
    Raises ChangeError or Refused.
    """
    before = found.person(change.connection, ref)
    for action in sorted({"person.mode" if name == "mode" else "person.contact" for name in wanted}):
        change.require(action, before.team)
    differs = {name: value for name, value in wanted.items() if value != _stands(before, name)}
    if not differs:
        raise ChangeError(f'"{ref}" has that already; nothing was changed')
    stopped = "phone" in differs and _new_number(change, before, differs["phone"])
    columns = {name: value for name, value in differs.items() if name not in ("phone", "safe_window")}
    if "safe_window" in differs:
        columns["safe_from"], columns["safe_until"] = differs["safe_window"] or (None, None)
    if columns:
        people.update(change.connection, before.id, **columns)
    change.log("person.changed", ", ".join(sorted(differs)), before.id)
    after = people.person(change.connection, before.id)
    if "phone" in differs:
        _sharing(change, before, after)
    return Changed(before, after, stopped)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is kept, and whether somebody else has it too."""

    number: str
    shared: bool


def read_number(change: Change, ref: str, written: str) -> Number:
    """A new number of theirs as staff wrote it. Raises ChangeError for what can be none, or Refused."""
    who = found.person(change.connection, ref)
    change.require("person.contact", who.team)
    try:
        number = cells.phone(drama_ok=change.council.drama_numbers)(written.strip())
    except cells.CellError as error:
        raise ChangeError(str(error)) from None
    if number is None:
        raise ChangeError("there is no number in it; write it like 07700 900123")
    if number == who.phone:
        raise ChangeError(f'"{ref}" has that already; nothing was changed')
    _not_of_staff(change, number)
    hashes = crypto.keys().hashes(number)
    others = select(people_rows.c.id).where(people_rows.c.phone_hash.in_(hashes), people_rows.c.id != who.id)
    return Number(number, change.connection.execute(others.limit(1)).first() is not None)


def take_number(change: Change, ref: str, written: str) -> Changed:
    """A new number that somebody of the staff was told: in doubt, so that nothing personal goes there, until it is verified,
    which is a task. Raises ChangeError or Refused."""
    made = change_contact(change, ref, {"phone": read_number(change, ref, written).number})
    people.update(change.connection, made.after.id, doubted_at=change.now, verified_until=None)
    due_at = change.council.due_in_working_days(change.now, DUE_IN)
    key = f"verify:p{made.after.id}"
    tasks.open_task(change.connection, key=key, kind="verify", person_id=made.after.id, now=change.now, due_at=due_at)
    return made


def _stands(person: Person, name: str) -> Any:
    if name == "safe_window":
        return (person.safe.start, person.safe.until) if person.safe else None
    return getattr(person, name)


def _new_number(change: Change, person: Person, number: str) -> bool:
    """Gives them that number: what was known of the old one says nothing of it. Whether it has stopped texts."""
    _not_of_staff(change, number)
    fresh = {"number_suspended_at": None, "doubted_at": None, "verified_until": change.now}
    hashed = crypto.keys().hash(number)
    people.update(change.connection, person.id, phone=number, phone_hash=hashed, **fresh)
    for kind in NUMBER_TASKS:
        tasks.close(change.connection, f"{kind}:p{person.id}", now=change.now)
    tasks.close(change.connection, f"no_number:{person.ref}", now=change.now)
    standing = (suppression_rows.c.address_hash == hashed, suppression_rows.c.lifted_at.is_(None))
    reasons = set(change.connection.execute(select(suppression_rows.c.why).where(*standing)).scalars())
    if reasons == {UNREACHABLE}:
        suppressions.lift(change.connection, hashed, by=change.actor.name, now=change.now)
    return bool(reasons - {UNREACHABLE})


def _not_of_staff(change: Change, number: str) -> None:
    hashes = crypto.keys().hashes(number)
    member = change.connection.execute(select(staff.c.ref).where(staff.c.phone_hash.in_(hashes))).scalar()
    if member is not None:
        raise ChangeError(f'that number is also the number of "{member}", who is staff; give the person\'s own')


def _sharing(change: Change, before: Person, after: Person) -> None:
    """A number that two people hold has to be settled; one that only one holds any more is."""
    if after.shared:
        due_at = change.council.due_in_working_days(change.now, DUE_IN)
        key = f"shared_number:{after.phone_hash}"
        tasks.open_task(change.connection, key=key, kind="shared_number", now=change.now, due_at=due_at, person_id=after.id)
    if before.phone_hash is not None:
        holders = select(func.count()).where(people_rows.c.phone_hash == before.phone_hash)
        if change.connection.execute(holders).scalar_one() < 2:
            tasks.close(change.connection, f"shared_number:{before.phone_hash}", now=change.now)


def verify(change: Change, ref: str) -> bool:
    """Staff have made sure that the number is theirs; whether it was in doubt. Texts that the network refused go again.

    Raises ChangeError or Refused.
    """
    who = found.person(change.connection, ref)
    change.require("person.contact", who.team)
    if who.phone_hash is None:
        raise ChangeError(f'"{ref}" has no number that could be verified; give them one with --phone')
    if who.number_suspended:
        raise ChangeError(f'whoever has the number of "{ref}" said that it is not theirs; give their new one with --phone')
    people.update(change.connection, who.id, doubted_at=None, verified_until=change.now)
    suppressions.lift(change.connection, who.phone_hash, by=change.actor.name, now=change.now, why=UNREACHABLE)
    for kind in NUMBER_TASKS:
        tasks.close(change.connection, f"{kind}:p{who.id}", now=change.now)
    change.log("number.verified", "number", who.id)
    return who.doubted


def set_pin(change: Change, ref: str, hash_of: Callable[[Person], str]) -> None:
    """A fresh PIN, as its keyed hash; wrong tries are forgotten. Raises ChangeError or Refused."""
    who = found.person(change.connection, ref)
    change.require("person.contact", who.team)
    people.update(change.connection, who.id, pin_hash=hash_of(who), pin_failures=0, verified_until=None)
    change.log("pin.set", "PIN", who.id)
