"""What has to be there for somebody, and where the van stops for them: short notes on the roster of whoever leads.

Where it stops is read by the person too, so it holds nothing that no message may.
"""

from db import broadcast_words, directions, found, own_text, people
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
    _may_be_said(change, text)
    change.connection.execute(placements.update().where(placements.c.id == place.id).values(pick_up=text))
    change.log("pick_up.changed", placement)


def set_own_stop(change: Change, session: str, person: str, text: str | None) -> None:
    """Where it stops for one person on one session. Raises ChangeError or Refused."""
    planned, who = found.session(change.connection, session), found.person(change.connection, person)
    change.require("booking.change", who.team)
    _may_be_said(change, text)
    theirs = (bookings.c.session_id == planned.id, bookings.c.person_id == who.id, bookings.c.status == "booked")
    changed = change.connection.execute(bookings.update().where(*theirs).values(pick_up=text))
    if changed.rowcount == 0:
        raise ChangeError(f'"{person}" is not booked on "{session}"; book them first, or choose another session')
    change.log("pick_up.changed", session, who.id)


def _may_be_said(change: Change, stop: str | None) -> None:
    """Raises ChangeError, as free words of a broadcast are refused, and where it is an address."""
    if stop is None:
        return
    if fault := directions.fault_in(stop):
        raise ChangeError(f"the pick-up {fault}")
    names, hidden = own_text.names(change.connection), own_text.hidden(change.connection)
    if faults := broadcast_words.faults_of(stop, "en_GB", names, hidden):
        raise ChangeError(f"{faults[0]}; write a place and a time, like Depot 8:30")
