"""What has to be there for somebody, and where the van stops for them: short notes on the roster of whoever leads.

Where it stops is read by the person too, so it holds nothing that no message may.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from db import broadcast_words, directions, found, notices, own_text, people
from db import sessions as upcoming
from db.change import Change, ChangeError
from db.importing.cells import CellError
from db.notices import Notice
from db.schema import bookings, placements, sessions
from db.schema import notices as notice_rows
from db.sessions import Booked
from locales import privacy, sms

LONGEST = 30  # characters: a roster has many
NONE = "none"
OF_THE_DAY_BEFORE = ("reminder.day_before", "reminder.pick_up")  # without a stop, and with one
USEFUL_LEAD = timedelta(minutes=30)  # a reminder must arrive this long before the start


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
    _remind_anew(change, sessions.c.placement_id == place.id)


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
    _remind_anew(change, *theirs)


def _may_be_said(change: Change, stop: str | None) -> None:
    """Raises ChangeError, as free words of a broadcast are refused, and where it is an address."""
    if stop is None:
        return
    if fault := directions.fault_in(stop):
        raise ChangeError(f"the pick-up {fault}")
    names, hidden = own_text.names(change.connection), own_text.hidden(change.connection)
    if faults := broadcast_words.faults_of(stop, "en_GB", names, hidden):
        raise ChangeError(f"{faults[0]}; write a place and a time, like Depot 8:30")


def _remind_anew(change: Change, *of: Any) -> None:
    """Who was reminded of another stop, or of none, is reminded once more; where nobody else reads what they get."""
    said = (notice_rows.c.purpose == "reminder", notice_rows.c.string.in_(OF_THE_DAY_BEFORE))
    stands = (bookings.c.status == "booked", sessions.c.status == "planned", bookings.c.answer.is_distinct_from("cant"))
    query = (
        select(notice_rows.c.booking_id, notice_rows.c.fields)
        .join(bookings, bookings.c.id == notice_rows.c.booking_id)
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .where(*said, notice_rows.c.status.in_(("open", "told")), notice_rows.c.session_version == sessions.c.version)
        .where(*stands, sessions.c.starts_at > change.now + USEFUL_LEAD, *of)
        .order_by(notice_rows.c.id)
    )
    latest = {row.booking_id: row.fields.get("pick_up", "") for row in change.connection.execute(query)}
    booked = [one for booking_id in latest if (one := upcoming.booked(change.connection, booking_id)) is not None]
    wanted = [_reminder(change, one) for one in booked if one.pick_up != latest[one.booking_id] and _may_read(change, one)]
    for notice in wanted:
        older = (notice_rows.c.booking_id == notice.booking_id, notice_rows.c.purpose == "reminder")
        notices.withdraw(change.connection, *older, status="superseded", why="newer_reminder", now=change.now)
    notices.write_all(change.connection, change.council, wanted, now=change.now)


def _may_read(change: Change, one: Booked) -> bool:
    person = people.person(change.connection, one.person_id)
    return person.mode == "standard" and not (person.others_may_read and person.chat_hash is None)


def _reminder(change: Change, one: Booked) -> Notice:
    stop = {"pick_up": one.pick_up} if one.pick_up else {}
    return Notice(
        key=f"reminder:b{one.booking_id}:pick_up:{change.now.isoformat()}", purpose="reminder",
        string=OF_THE_DAY_BEFORE[bool(stop)], lane=notices.REMINDER, expires_at=one.starts_at - USEFUL_LEAD, timing="timely",
        fields={**one.starts, **upcoming.place(one), **stop}, person_id=one.person_id, **one.about,
    )  # fmt: skip
