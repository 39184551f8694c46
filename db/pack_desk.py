"""What staff decide and record about packs: who gets one, when it is there, gone, back, and what of the work counts.

Nothing here is decided by the software. Each function finds the open request by the person's ref, asks whether the actor
may do that for the person's team, and raises ChangeError or Refused where nothing was changed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from db import found, hours, pack_notices, packs, permissions, rules, sessions, tasks
from db.change import Change, ChangeError
from db.council import LONDON, Council
from db.packs import Request
from db.permissions import Actor
from db.schema import bookings, pack_requests
from db.schema import sessions as session_rows

CHECKS = ("tools", "children", "conditions")
"""What a human looks at before somebody works at home: tools and their risk, children at home, conditions of the order."""
DECIDED_ON = ("asked", "waiting")
CLOCK = Actor("clock")
RETURNABLE = ("approved", "ready", "out", "finished")
CREDITABLE = ("ready", "out", "finished")


_BOOKED = (
    select(bookings.c.id, pack_requests.c.id)
    .join(session_rows, session_rows.c.id == bookings.c.session_id)
    .join(pack_requests, pack_requests.c.person_id == bookings.c.person_id)
    .where(pack_requests.c.closed_at.is_(None), pack_requests.c.placement_id == session_rows.c.placement_id)
    .where(bookings.c.status == "booked", bookings.c.booked_at >= pack_requests.c.asked_at)
    .where(session_rows.c.status == "planned", session_rows.c.starts_at > bindparam("now"))
    .order_by(session_rows.c.starts_at)
)


@dataclass(frozen=True, slots=True)
class Credited:
    """What was worked and what of it counts, in minutes."""

    request: Request
    worked: int
    credited: int
    left: int


def approve(change: Change, person: str, checked: Collection[str]) -> Request:
    """A pack may go home with them: one is set aside. Where none is left they go on the waiting list instead.

    `checked` has to name all of CHECKS. The reason given stays with the request, for staff only.
    """
    request = _request(change, person, "pack.decide")
    if request.is_place:
        raise ChangeError(f'"{request.ref}" is a place: book {person} on one of its sessions with `turnup book`')
    _require(request, DECIDED_ON, "has been decided already")
    missing = [check for check in CHECKS if check not in checked]
    if missing:
        raise ChangeError(f"a human has to have looked at {', '.join(missing)} first; name them all with --checked")
    longer = packs.waited_longer(change.connection, request)
    if longer is not None:
        raise ChangeError(f'"{longer.person_ref}" has waited longer for "{request.ref}"; decide theirs first')
    if request.pack_id is None or not packs.take(change, request.pack_id):
        return _wait(change, request)
    return packs.move(change, request, "approved", **_decided(change))


def _wait(change: Change, request: Request) -> Request:
    if request.status == "waiting":
        raise ChangeError(f'"{request.ref}" has none left, and "{request.person_ref}" is on its waiting list; wait for more')
    waiting = packs.move(change, request, "waiting")
    pack_notices.tell(change, waiting, "pack.waiting")
    return waiting


def _decided(change: Change) -> dict[str, object]:
    return {"decided_at": change.now, "decided_by": change.actor.name, "reason": change.reason}


def decline(change: Change, person: str) -> Request:
    """Not this time, which is all that the person is told; why is for a human to say."""
    request = _request(change, person, "pack.decide")
    _require(request, (*DECIDED_ON, *packs.HOLDS_STOCK), "is with the person already")
    closed = packs.move(change, request, "declined", **_decided(change))
    packs.give_back(change, request)
    pack_notices.tell(change, closed, "pack.declined")
    return closed


def ready(change: Change, person: str) -> Request:
    """It can be collected: they hear where, and by when the finished work is due if they come for it today."""
    request = _request(change, person, "pack.handle")
    _require(request, ("approved",), "is not approved, or was ready before")
    due = _today(change) + timedelta(days=request.return_within_days)
    there = packs.move(change, request, "ready", ready_at=change.now, return_by=due)
    pack_notices.tell(change, there, "pack.ready")
    return there


def collected(change: Change, person: str, *, on: date | None = None, by: date | None = None) -> Request:
    """They have it, since that day (today, where none is given); it is due by `by`, or as the catalogue says."""
    request = _request(change, person, "pack.handle")
    _require(request, packs.HOLDS_STOCK, "is not waiting to be collected")
    day = on or _today(change)
    if day > _today(change):
        raise ChangeError(f"{day} is still to come; enter a pack once it is collected")
    due = _due(change, by) if by else day + timedelta(days=request.return_within_days)
    return _given(change, request, collected_at=change.now, return_by=due)


def due(change: Change, person: str, by: date) -> Request:
    """More time for a pack that is out, or less."""
    request = _request(change, person, "pack.handle")
    _require(request, ("out",), "is not out")
    return _given(change, request, return_by=_due(change, by))


def _due(change: Change, by: date) -> date:
    if by < _today(change):
        raise ChangeError(f"{by} is over; give a day to come with --by")
    return by


def _given(change: Change, request: Request, **values: object) -> Request:
    out = packs.move(change, request, "out", **values)
    pack_notices.tell(change, out, "pack.given")
    return out


def returned(change: Change, person: str, *, used: bool = False) -> Request:
    """It is back and nothing counts for it. Unused, it goes to who has waited longest."""
    request = _request(change, person, "pack.handle")
    _require(request, RETURNABLE, "was never set aside")
    closed = packs.move(change, request, "returned")
    if request.pack_id is not None and not used:
        packs.restock(change, request.pack_id)
    return closed


def withdraw(change: Change, person: str) -> Request:
    """They do not want it any more, as they told staff."""
    return packs.withdraw(change, _request(change, person, "pack.handle"))


def credit(change: Change, person: str, minutes: int | None = None, *, on: date | None = None) -> Credited:
    """The work was checked and is credited: all that the pack is worth, or less, as an officer decides.

    Of that counts what is left of the order and, of other activity, what it has room for (s.227K(2)); the rest is kept as
    worked, and is an officer's to look at.
    """
    request = _request(change, person, "hours.credit")
    _require(request, CREDITABLE, "is not with the person, so there is nothing to check")
    worked = request.minutes if minutes is None else minutes
    if not 0 < worked <= request.minutes:
        raise ChangeError(f'"{request.ref}" is worth {request.minutes} minutes; give --minutes from 1 to that')
    day = _worked_on(change, request, on)
    before = hours.balance(change.connection, request.order_id)
    counted = rules.credit(worked, left=before.left, activity=request.activity, other_left=before.other_left)
    ref = f"pack:r{request.id}"
    hours.add(
        change.connection, ref, order_id=request.order_id, worked_on=day, worked=worked, credited=counted,
        activity=request.activity, placement_id=None, note=change.reason, actor=change.actor.name, now=change.now,
    )  # fmt: skip
    closed = packs.move(change, request, "credited", hours_ref=ref)
    left = hours.balance(change.connection, request.order_id).left
    _say_credited(change, closed, worked, counted, left)
    return Credited(closed, worked, counted, left)


def _worked_on(change: Change, request: Request, on: date | None) -> date:
    done = request.finished_at or change.now
    day = on or done.astimezone(LONDON).date()
    if day > _today(change):
        raise ChangeError(f"{day} is still to come; hours are credited once they are worked")
    if day < request.asked_at.astimezone(LONDON).date():
        raise ChangeError(f"{day} is before the pack was asked for; give another --on")
    return day


def _say_credited(change: Change, closed: Request, worked: int, counted: int, left: int) -> None:
    """That not all of it counts is for a human to explain."""
    if counted < worked:
        pack_notices.tell(change, closed, "pack.checked")
        tasks.open_task(
            change.connection, key=f"uncredited:r{closed.id}", kind="uncredited", person_id=closed.person_id,
            now=change.now, due_at=change.council.due_in_working_days(change.now, packs.CHECK_WITHIN),
            note=f"{closed.ref}: {worked} min worked, {worked - counted} not credited",
        )  # fmt: skip
    else:
        pack_notices.tell(change, closed, "pack.credited", added=counted, left=left)


def settle_booked(connection: Connection, council: Council, *, now: datetime) -> None:
    """Whoever has been booked on the place that they asked for has it, and hears when; however staff booked them."""
    for booking_id, request_id in connection.execute(_BOOKED, {"now": now}).all():
        request, one = packs.by_id(connection, request_id), sessions.booked(connection, booking_id)
        if request.status == "asked" and one is not None:
            change = Change(connection, council, now, CLOCK)
            closed = packs.move(change, request, "booked")
            pack_notices.tell(change, closed, "group.booked", about=one, **one.starts, **sessions.place(one))


def listing(change: Change) -> list[Request]:
    """All requests that are not closed, of the teams whose packs the actor handles."""
    everyone = packs.standing(change.connection)
    return [one for one in everyone if permissions.allows(change.actor, "pack.handle", one.team)]


def latest(change: Change, person: str) -> Request:
    """The newest request of a person, open or closed, for a look at its photos, which is logged."""
    who = found.person(change.connection, person)
    change.require("pack.handle", who.team)
    theirs = packs.find(change.connection, pack_requests.c.person_id == who.id)
    if not theirs:
        raise ChangeError(f'"{person}" has asked for no pack; `turnup pack list` shows who has')
    change.log("pack.photos", theirs[-1].ref, who.id)
    return theirs[-1]


def _request(change: Change, person: str, action: str) -> Request:
    who = found.person(change.connection, person)
    change.require(action, who.team)
    request = packs.open_of(change.connection, who.id)
    if request is None:
        raise ChangeError(f'"{person}" has no open request; `turnup pack list` shows who has')
    return request


def _require(request: Request, statuses: Collection[str], said: str) -> None:
    if request.status not in statuses:
        raise ChangeError(f'"{request.ref}" of "{request.person_ref}" is {request.status}: it {said}; nothing was changed')


def _today(change: Change) -> date:
    return change.now.astimezone(LONDON).date()
