"""What has to be there for somebody, and where the van stops for them: short notes on the roster of whoever leads."""

from db import found, people
from db.change import Change, ChangeError
from db.importing.cells import CellError
from db.schema import bookings, placements
from locales import privacy, sms

LONGEST = 30  # characters: a roster has many
NONE = "none"


def note(text: str) -> str | None:
    """As it is kept; `none` is none. Raises CellError for what is too long, or says why somebody is there."""
    plain = " ".join(text.split())
    if plain.casefold() == NONE:
        return None
    if not plain or len(plain) > LONGEST:
        raise CellError(f"has to be 1 to {LONGEST} characters, like boots 9; or none")
    if sms.parts(plain).encoding != "GSM-7":
        raise CellError("has a letter that makes a text dear; write it plainly, like boots 9")
    if privacy.banned_in(plain, "en_GB"):
        raise CellError("says why somebody is here; write only what is needed, like boots 9")
    return plain


def set_kit(change: Change, person: str, text: str | None) -> None:
    """Raises ChangeError or Refused."""
    who = found.person(change.connection, person)
    change.require("person.kit", who.team)
    people.update(change.connection, who.id, kit=text)
    change.log("kit.changed", "kit", who.id)


def set_stop(change: Change, placement: str, text: str | None) -> None:
    """Where the van stops for everyone there who has no stop of their own. Raises ChangeError or Refused."""
    place = found.place(change.connection, placement)
    change.require("session.change", place.team)
    change.connection.execute(placements.update().where(placements.c.id == place.id).values(pick_up=text))
    change.log("pick_up.changed", placement)


def set_own_stop(change: Change, session: str, person: str, text: str | None) -> None:
    """Where it stops for one person on one session. Raises ChangeError or Refused."""
    planned, who = found.session(change.connection, session), found.person(change.connection, person)
    change.require("booking.change", who.team)
    theirs = (bookings.c.session_id == planned.id, bookings.c.person_id == who.id, bookings.c.status == "booked")
    changed = change.connection.execute(bookings.update().where(*theirs).values(pick_up=text))
    if changed.rowcount == 0:
        raise ChangeError(f'"{person}" is not booked on "{session}"; book them first, or choose another session')
    change.log("pick_up.changed", session, who.id)
