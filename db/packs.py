"""Home-working packs and places in groups and courses: what there is, who asked for what, and how far that has come.

A request goes asked or waiting → approved → ready → out → finished, and closes as credited, returned, declined or
withdrawn; of a place, as booked. Whether somebody gets it is decided by a person of the staff: see `db.pack_desk`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, case, func, literal_column, or_, select

from db import access, hours, notices, tasks
from db.change import Change, ChangeError
from db.council import Council
from db.people import Person
from db.prepared import Prepared
from db.schema import PACK_CLOSED, orders, pack_requests, packs, people, placements, questions
from db.schema import notices as notice_rows

PLACES = ("group", "other_activity")
HOLDS_STOCK = ("approved", "ready")  # a pack is set aside, and nobody has it yet
WITHDRAWABLE = ("asked", "waiting", *HOLDS_STOCK)
FINISHABLE = ("ready", "out", "finished")  # also where nobody wrote down that it was collected
TASKS = ("pack_request", "pack_waiting", "pack_ready", "pack_collect", "pack_check")
WAITING_LOOK = 5  # working days until somebody looks at who still waits
READY_WITHIN, COLLECT_WITHIN, CHECK_WITHIN = 2, 5, 2  # working days
REMINDED = ("pack", "reminder")  # the purposes of what is said of a request unasked


@dataclass(frozen=True, slots=True)
class Offer:
    """A pack or a place that may be asked for. Of a place, minutes and days are 0."""

    kind: Literal["pack", "place"]
    id: int
    ref: str
    name: str
    minutes: int = 0
    days: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What one person asked for, with what the catalogue says of it now. `ref` is the pack's or the placement's.

    `name` may be said in a message: it is empty for a place that is for women only.
    """

    id: int
    person_id: int
    order_id: int
    pack_id: int | None
    placement_id: int | None
    status: str
    version: int
    asked_at: datetime
    return_by: date | None
    finished_at: datetime | None
    person_ref: str
    team: str
    order_ref: str
    ref: str
    name: str
    activity: str
    minutes: int
    collect_from: str
    return_within_days: int

    @property
    def is_place(self) -> bool:
        return self.placement_id is not None


_OWN = tuple(pack_requests.c[name] for name in Request.__slots__[:10])
_ABOUT = (
    people.c.ref.label("person_ref"), people.c.team, orders.c.ref.label("order_ref"),
    func.coalesce(packs.c.ref, placements.c.ref).label("ref"),
    case(
        (packs.c.id.is_not(None), packs.c.name), (placements.c.women_only.is_(True), ""), else_=placements.c.nickname
    ).label("name"),
    func.coalesce(packs.c.activity, literal_column("'other_activity'")).label("activity"),
    func.coalesce(packs.c.minutes, 0).label("minutes"), func.coalesce(packs.c.collect_from, "").label("collect_from"),
    func.coalesce(packs.c.return_within_days, 0).label("days"),
)  # fmt: skip
_REQUESTS = (
    select(*_OWN, *_ABOUT)
    .join(people, people.c.id == pack_requests.c.person_id)
    .join(orders, orders.c.id == pack_requests.c.order_id)
    .outerjoin(packs, packs.c.id == pack_requests.c.pack_id)
    .outerjoin(placements, placements.c.id == pack_requests.c.placement_id)
    .order_by(pack_requests.c.asked_at, pack_requests.c.id)
)
_OPEN = pack_requests.c.closed_at.is_(None)
_OPEN_OF = Prepared(
    _REQUESTS.where(pack_requests.c.person_id == bindparam("person"), _OPEN).with_for_update(of=pack_requests)
)
_PACKS = Prepared(
    select(packs.c.id, packs.c.ref, packs.c.name, packs.c.minutes, packs.c.return_within_days, packs.c.note).order_by(
        packs.c.ref
    )
)
_PLACES = Prepared(
    select(placements.c.id, placements.c.ref, placements.c.nickname)
    .where(placements.c.kind.in_(PLACES), placements.c.women_only.is_(False))
    .order_by(placements.c.ref)
)
_ACTIVE = Prepared(
    select(orders.c.id)
    .where(orders.c.person_id == bindparam("person"), orders.c.status == "active")
    .order_by(orders.c.complete_by, orders.c.id)
)
_ACTIVITY = Prepared(select(packs.c.activity).where(packs.c.id == bindparam("pack")))


def find(connection: Connection, *conditions: Any) -> list[Request]:
    """The longest asked for first."""
    return [_request(row) for row in connection.execute(_REQUESTS.where(*conditions))]


def _request(row: Any) -> Request:
    return Request(*row)


def standing(connection: Connection) -> list[Request]:
    """All that are not closed."""
    return find(connection, _OPEN)


def open_of(connection: Connection, person_id: int) -> Request | None:
    """The one request of a person that is not closed, held until the transaction ends."""
    row = _OPEN_OF.first(connection, {"person": person_id})
    return _request(row) if row else None


def by_id(connection: Connection, request_id: int) -> Request:
    return find(connection, pack_requests.c.id == request_id)[0]


def offered(connection: Connection, person: Person, *, places_only: bool = False) -> list[Offer]:
    """The catalogue, packs before places.

    A women-only place is in no message, and who is placed among women only is placed in no other: for them staff choose.
    """
    found = [] if places_only else [Offer("pack", *row) for row in _PACKS.all(connection, {})]
    return found if person.women_only else found + [Offer("place", *row) for row in _PLACES.all(connection, {})]


def order_for(connection: Connection, person: Person, offer: Offer) -> int | None:
    """The running order with hours left that it would count for, the soonest to end; None where there is none."""
    found = [row[0] for row in _ACTIVE.all(connection, {"person": person.id})]
    balances = hours.balances(connection, found) if found else {}
    running = [order_id for order_id in found if balances[order_id].left > 0]
    if _is_other_activity(connection, offer):
        running.sort(key=lambda order_id: balances[order_id].other_left <= 0)
    return running[0] if running else None


def _is_other_activity(connection: Connection, offer: Offer) -> bool:
    if offer.kind == "place":
        return True
    return bool(_ACTIVITY.scalar(connection, {"pack": offer.id}) == "other_activity")


def ask(change: Change, person: Person, offer: Offer, order_id: int, *, channel: str) -> Request:
    """Asks for it, as the person: on the waiting list where none is left that nobody waits for. A task for their worker.

    Raises ChangeError where they have asked for something already.
    """
    if open_of(change.connection, person.id) is not None:
        raise ChangeError(f'"{person.ref}" has an open request already; close that one first')
    waits = offer.kind == "pack" and unclaimed(change.connection, offer.id) <= 0
    row = {
        "person_id": person.id, "order_id": order_id, "status": "waiting" if waits else "asked", "version": 1,
        "pack_id": offer.id if offer.kind == "pack" else None, "channel": channel, "asked_at": change.now,
        "placement_id": offer.id if offer.kind == "place" else None,
    }  # fmt: skip
    made = change.connection.execute(pack_requests.insert().values(**row).returning(pack_requests.c.id)).scalar_one()
    request = by_id(change.connection, made)
    change.log("pack.waiting" if waits else "pack.asked", request.ref, person.id)
    expect(change, request)
    return request


def unclaimed(connection: Connection, pack_id: int) -> int:
    """How many are on the shelf that nobody waits for."""
    waiting = (pack_requests.c.pack_id == pack_id, pack_requests.c.status == "waiting")
    stock = select(packs.c.stock).where(packs.c.id == pack_id).scalar_subquery()
    waits = select(func.count()).select_from(pack_requests).where(*waiting).scalar_subquery()
    return int(connection.execute(select(stock - waits)).scalar_one())


def withdraw(change: Change, request: Request) -> Request:
    """It is not wanted any more; what was set aside goes back. Raises ChangeError once it is in the person's hands."""
    if request.status not in WITHDRAWABLE:
        raise ChangeError(f'"{request.person_ref}" has "{request.ref}" already; `turnup pack returned` says that it is back')
    closed = move(change, request, "withdrawn")
    give_back(change, request)
    return closed


def finish(change: Change, request: Request, note: str = "") -> Request:
    """It is done, as the person says. Nothing counts until somebody has checked it.

    Said again, what they wrote is added for whoever checks. Raises ChangeError for what nobody has at home yet.
    """
    if request.status not in FINISHABLE or request.is_place:
        raise ChangeError(f'"{request.person_ref}" has no pack at home; `turnup pack list` shows what was asked for')
    if request.status != "finished":
        request = move(change, request, "finished", finished_at=change.now)
    expect(change, request, note)
    return request


def give_back(change: Change, request: Request) -> None:
    """Back on the shelf where it was set aside, for who has waited longest."""
    if request.pack_id is None or request.status not in HOLDS_STOCK:
        return
    restock(change, request.pack_id)


def restock(change: Change, pack_id: int) -> None:
    change.connection.execute(packs.update().where(packs.c.id == pack_id).values(stock=packs.c.stock + 1))
    call_waiting(change.connection, change.council, now=change.now)


def take(change: Change, pack_id: int) -> bool:
    """One off the shelf; whether there was one. Of two who ask at once only one gets the last."""
    held = (packs.c.id == pack_id, packs.c.stock > 0)
    taken = packs.update().where(*held).values(stock=packs.c.stock - 1).returning(packs.c.id)
    return change.connection.execute(taken).first() is not None


def move(change: Change, request: Request, status: str, **values: Any) -> Request:
    """The request goes on, or closes. What waits to be said of it is outdated, and its tasks are done.

    Raises ChangeError where it has changed since it was read.
    """
    closed_at = change.now if status in PACK_CLOSED else None
    values |= {"status": status, "version": request.version + 1, "closed_at": closed_at}
    seen = (pack_requests.c.id == request.id, pack_requests.c.version == request.version)
    if change.connection.execute(pack_requests.update().where(*seen).values(**values)).rowcount != 1:
        raise ChangeError(f'what "{request.person_ref}" asked for has just changed; look at it again')
    _outdate(change, request)
    moved = by_id(change.connection, request.id)
    access.log(
        change.connection, change.actor.name, f"pack.{status}", now=change.now, person_id=request.person_id,
        reason=request.ref,
    )  # fmt: skip
    expect(change, moved)
    return moved


def _outdate(change: Change, request: Request) -> None:
    said = (notice_rows.c.pack_request_id == request.id, notice_rows.c.purpose.in_(REMINDED))
    notices.withdraw(change.connection, *said, status="superseded", why="pack_changed", now=change.now)
    asked = (questions.c.pack_request_id == request.id, questions.c.closed_at.is_(None))
    change.connection.execute(questions.update().where(*asked).values(closed_at=change.now))
    for kind in TASKS:
        tasks.close(change.connection, f"{kind}:r{request.id}", now=change.now)
    if request.return_by is not None:
        tasks.close(change.connection, overdue_key(request), now=change.now)


def overdue_key(request: Request) -> str:
    return f"pack_overdue:r{request.id}:{request.return_by}"


NEXT: dict[str, tuple[str, int]] = {
    "asked": ("pack_request", 1),
    "waiting": ("pack_waiting", WAITING_LOOK),
    "approved": ("pack_ready", READY_WITHIN),
    "ready": ("pack_collect", COLLECT_WITHIN),
    "finished": ("pack_check", CHECK_WITHIN),
}
"""By the state that a request is in, the task that is next for staff, and the working days it may take."""


def expect(change: Change, request: Request, note: str = "") -> None:
    """The task that this state of a request asks of staff, with what the person wrote."""
    if request.status in NEXT:
        kind, days = NEXT[request.status]
        _open(change.connection, change.council, request, kind, days, change.now, note)


def _open(
    connection: Connection, council: Council, request: Request, kind: str, days: int, now: datetime, note: str = ""
) -> None:
    known = tasks.stands(connection, f"{kind}:r{request.id}")
    lines = [] if known else [f"{request.ref} {request.name}"]
    tasks.open_task(
        connection, key=f"{kind}:r{request.id}", kind=kind, person_id=request.person_id, now=now,
        due_at=council.due_in_working_days(now, days), note="\n".join([*lines, *filter(None, [note])]) or None,
    )  # fmt: skip


def call_waiting(connection: Connection, council: Council, *, now: datetime) -> None:
    """For each pack back on the shelf, whoever has waited longest may be approved: a task for their worker."""
    there = {row.id: row.stock for row in connection.execute(select(packs.c.id, packs.c.stock).where(packs.c.stock > 0))}
    waiting = find(connection, pack_requests.c.status == "waiting", pack_requests.c.pack_id.in_(list(there)))
    for request in _first(waiting, there):
        tasks.close(connection, f"pack_waiting:r{request.id}", now=now)
        _open(connection, council, request, "pack_request", 1, now)


def _first(waiting: Iterable[Request], there: dict[int, int]) -> Iterable[Request]:
    for request in waiting:
        if request.pack_id is not None and there[request.pack_id] > 0:
            there[request.pack_id] -= 1
            yield request


def waited_longer(connection: Connection, request: Request) -> Request | None:
    """Who is on the waiting list for the same pack, and was before."""
    others = (
        pack_requests.c.pack_id == request.pack_id, pack_requests.c.status == "waiting", pack_requests.c.id != request.id,
    )  # fmt: skip
    before = [one for one in find(connection, *others) if (one.asked_at, one.id) < (request.asked_at, request.id)]
    return before[0] if before else None


def where(connection: Connection, request: Request) -> str:
    """Where it is collected and brought back, for a message; "" where that is a women-only place."""
    named = func.lower(request.collect_from)
    same = or_(func.lower(placements.c.name) == named, func.lower(placements.c.nickname) == named)
    hidden = select(placements.c.id).where(placements.c.women_only, same).limit(1)
    return "" if connection.execute(hidden).first() else request.collect_from
