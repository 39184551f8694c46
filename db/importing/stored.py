"""What the record holds already, told in the words of the files, so that a row can be laid beside it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, func, select

from db.importing.reading import Key, Sheet
from db.schema import bookings, hours, not_with, orders, packs, people, placements, sessions, staff

Values = dict[str, Any]
Pair = tuple[str, str]  # two refs of people, the smaller first

CHUNK = 500  # values in one IN list


@dataclass(slots=True)
class Ledger:
    """What stands in the ledger of one order apart from the rows that the file names, in minutes."""

    adjusted: int = 0
    credited: int = 0
    other_credited: int = 0


@dataclass(slots=True)
class Stored:
    """By file and key: the row's id, and its values as a file would give them."""

    ids: dict[str, dict[Any, int]] = field(default_factory=lambda: defaultdict(dict))
    values: dict[str, dict[Key, Values]] = field(default_factory=lambda: defaultdict(dict))
    pairs: set[Pair] = field(default_factory=set)
    fed: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)  # what the files said last: see `feed`
    ledgers: dict[str, Ledger] = field(default_factory=lambda: defaultdict(Ledger))
    _refs: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, file: str, key: Key, row_id: int, values: Values) -> None:
        self.ids[file][key] = row_id
        self.values[file][key] = values
        if isinstance(key, str):
            self._refs[file][row_id] = key

    def ref(self, file: str, row_id: int | None) -> str | None:
        return None if row_id is None else self._refs[file][row_id]


def pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def load(connection: Connection, sheets: dict[str, Sheet], now: datetime) -> Stored:
    """All staff, people, orders, placements, packs; of sessions, bookings, hours what the files name or is ahead."""
    stored = Stored()
    for file, table in (("staff", staff), ("people", people), ("placements", placements), ("packs", packs)):
        for row in connection.execute(select(table)).mappings():
            stored.add(file, row["ref"], row["id"], _VALUES[file](row, stored))
    for two in connection.execute(select(not_with.c.person_id, not_with.c.other_id)):
        stored.pairs.add(pair(str(stored.ref("people", two.person_id)), str(stored.ref("people", two.other_id))))
    _load_orders(connection, stored)
    _load_sessions(connection, sheets, stored, now)
    _load_bookings(connection, sheets, stored, now)
    if "hours" in sheets:
        _load_hours(connection, sheets["hours"], stored)
    return stored


def matching(connection: Connection, query: Any, column: ColumnElement[Any], wanted: Iterable[Any]) -> Iterator[RowMapping]:
    """The rows of a query whose column is among many values, in statements of a size that every database takes."""
    listed = sorted(set(wanted))
    for start in range(0, len(listed), CHUNK):
        yield from connection.execute(query.where(column.in_(listed[start : start + CHUNK]))).mappings()


def learn_ids(connection: Connection, stored: Stored, file: str, table: Table, refs: Iterable[str]) -> None:
    """The ids of rows that were just written."""
    for row in matching(connection, select(table.c.id, table.c.ref), table.c.ref, refs):
        stored.ids[file][row["ref"]] = row["id"]


def _member(row: RowMapping, _: Stored) -> Values:
    return {name: row[name] for name in ("ref", "name", "role", "phone", "language", "team")}


_AS_THEY_STAND = (
    "ref", "first_name", "last_name", "phone", "language", "channel", "mode", "phone_is_own", "voicemail_ok",
    "stop_level", "restricted", "team", "women_only",
)  # fmt: skip


def _person(row: RowMapping, stored: Stored) -> Values:
    values = {name: row[name] for name in _AS_THEY_STAND}
    values["safe_window"] = None if row["safe_from"] is None else (row["safe_from"], row["safe_until"])
    values["case_manager"] = stored.ref("staff", row["case_manager_id"])
    return values


def _placement(row: RowMapping, stored: Stored) -> Values:
    names = ("ref", "name", "nickname", "kind", "latitude", "longitude", "bring", "team", "women_only", "capacity")
    values = {name: row[name] for name in names}
    supervisor = stored.ref("staff", row["supervisor_id"])
    return {**values, "address": row["address"] or "", "postcode": row["postcode"] or "", "supervisor": supervisor}


def _pack(row: RowMapping, _: Stored) -> Values:
    return {name: value for name, value in row.items() if name != "id"}


_VALUES = {"staff": _member, "people": _person, "placements": _placement, "packs": _pack}


def _load_orders(connection: Connection, stored: Stored) -> None:
    rows = list(connection.execute(select(orders)).mappings())
    refs = {row["id"]: row["ref"] for row in rows}
    for row in rows:
        values = {name: row[name] for name in ("ref", "kind", "imposed_on", "complete_by", "status")}
        values["hours"] = row["imposed_minutes"] // 60
        values["other_activity_hours"] = row["other_activity_minutes"] / 60
        values["person"] = stored.ref("people", row["person_id"])
        values["concurrent_with"] = refs.get(row["concurrent_with_id"])
        values["responsible_officer"] = stored.ref("staff", row["responsible_officer_id"])
        stored.add("orders", row["ref"], row["id"], values)


def _load_sessions(connection: Connection, sheets: dict[str, Sheet], stored: Stored, now: datetime) -> None:
    named = set(sheets["sessions"].seen) if "sessions" in sheets else set()
    if "bookings" in sheets:
        named |= {key[0] for key in sheets["bookings"].seen}
    rows = [*matching(connection, select(sessions), sessions.c.ref, named)]
    rows += connection.execute(select(sessions).where(sessions.c.ends_at > now)).mappings()
    for row in rows:
        values = {name: row[name] for name in ("ref", "starts_at", "ends_at", "capacity", "status")}
        values["placement"] = stored.ref("placements", row["placement_id"])
        values["supervisor"] = stored.ref("staff", row["supervisor_id"])
        stored.add("sessions", row["ref"], row["id"], values)


def _load_bookings(connection: Connection, sheets: dict[str, Sheet], stored: Stored, now: datetime) -> None:
    ids = stored.ids["sessions"]
    named = {ids[key[0]] for key in sheets["bookings"].seen if key[0] in ids} if "bookings" in sheets else set()
    rows = [*matching(connection, select(bookings), bookings.c.session_id, named)]
    ahead = select(sessions.c.id).where(sessions.c.ends_at > now)
    rows += connection.execute(select(bookings).where(bookings.c.session_id.in_(ahead))).mappings()
    for row in rows:
        session, person = str(stored.ref("sessions", row["session_id"])), str(stored.ref("people", row["person_id"]))
        order = stored.ref("orders", row["order_id"])
        values = {"session": session, "person": person, "order": order, "status": row["status"]}
        stored.add("bookings", (session, person), row["id"], values)


def _load_hours(connection: Connection, sheet: Sheet, stored: Stored) -> None:
    """The row that stands for each ref of the file, and what each order has beside those."""
    for row in matching(connection, select(hours).order_by(hours.c.seq), hours.c.ref, sheet.seen):
        stored.add("hours", row["ref"], row["id"], _hours(row, stored))
        _count(stored, row["order_id"], row["kind"], row["activity"], -row["credited_minutes"])
    orders_named = {row.values["order"] for row in sheet.rows.values()}
    ids = [stored.ids["orders"][ref] for ref in orders_named if ref in stored.ids["orders"]]
    columns = (hours.c.order_id, hours.c.kind, hours.c.activity)
    totals = select(*columns, func.sum(hours.c.credited_minutes).label("total")).group_by(*columns)
    for row in matching(connection, totals, hours.c.order_id, ids):
        _count(stored, row["order_id"], row["kind"], row["activity"], int(row["total"]))


def _hours(row: RowMapping, stored: Stored) -> Values:
    return {
        "ref": row["ref"], "order": stored.ref("orders", row["order_id"]), "worked_on": row["worked_on"],
        "minutes": row["worked_minutes"], "activity": row["activity"],
        "placement": stored.ref("placements", row["placement_id"]), "note": row["note"] or "",
    }  # fmt: skip


def _count(stored: Stored, order_id: int, kind: str, activity: str, minutes: int) -> None:
    ledger = stored.ledgers[str(stored.ref("orders", order_id))]
    if kind == "adjustment":
        ledger.adjusted += minutes
        return
    ledger.credited += minutes
    ledger.other_credited += minutes if activity == "other_activity" else 0
