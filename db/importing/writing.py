"""Writing what changes, one function a file. New rows go in together; a changed one does what a staff change does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table

from db import bookings as booking_changes
from db import crypto, endings, schema, tasks, threads
from db import hours as ledger
from db import sessions as session_changes
from db.council import Council
from db.endings import Ending
from db.importing.plan import Change, Plan
from db.importing.reading import Key
from db.importing.stored import Stored, Values, learn_ids, matching

DUE_IN = 1  # working days for what an import leaves to a person


@dataclass(frozen=True, slots=True)
class Writer:
    """One import in one transaction. `tell`: people hear of changed sessions and bookings."""

    connection: Connection
    council: Council
    stored: Stored
    plan: Plan
    now: datetime
    actor: str
    tell: bool

    def write(self, shared_numbers: dict[str, Key]) -> None:
        self._staff()
        self._people()
        self._pairs()
        self._orders()
        self._placements()
        unbooked = self._unbook()
        self._sessions()
        self._tell_unbooked(unbooked)
        self._bookings()
        self._hours()
        self._packs()
        self._tasks(shared_numbers)

    def _staff(self) -> None:
        self._upsert("staff", schema.staff, self._member)

    def _member(self, values: Values) -> Values:
        return {**values, "phone_hash": _hash(values["phone"])}

    def _people(self) -> None:
        changes = self.plan.changes["people"]
        # That the old number was wrong, or that its holder gave the PIN, says nothing of a new one.
        unknown = {"number_suspended_at": None, "doubted_at": None, "verified_until": self.now}
        self._upsert("people", schema.people, self._person, created_at=self.now)
        for change in changes.values():
            if change.before is not None and "phone" in change.columns:
                self._update(schema.people, self._id("people", change.key), **unknown)
            if change.before is not None and "case_manager" in change.columns:
                person_id = self._id("people", change.key)
                threads.follow(self.connection, self.council, person_id, actor=self.actor, now=self.now)
        self._log("people", [(change.key, change) for change in changes.values()])

    def _person(self, values: Values) -> Values:
        safe_from, safe_until = values["safe_window"] or (None, None)
        row = {name: value for name, value in values.items() if name not in ("safe_window", "case_manager")}
        return row | {
            "phone_hash": _hash(values["phone"]),
            "safe_from": safe_from,
            "safe_until": safe_until,
            "case_manager_id": self._maybe_id("staff", values["case_manager"]),
        }

    def _pairs(self) -> None:
        rows = [dict(zip(("person_id", "other_id"), self._ordered(two), strict=True)) for two in self.plan.new_pairs]
        if rows:
            self.connection.execute(schema.not_with.insert(), rows)
        for two in self.plan.gone_pairs:
            person_id, other_id = self._ordered(two)
            columns = schema.not_with.c
            gone = schema.not_with.delete().where(columns.person_id == person_id, columns.other_id == other_id)
            self.connection.execute(gone)

    def _ordered(self, two: tuple[str, str]) -> list[int]:
        return sorted(self._id("people", ref) for ref in two)

    def _orders(self) -> None:
        changes = self.plan.changes["orders"]
        self._upsert("orders", schema.orders, self._order)
        for change in changes.values():
            if "concurrent_with" in change.columns and (change.before or change.after["concurrent_with"]):
                other = self._maybe_id("orders", change.after["concurrent_with"])
                self._update(schema.orders, self._id("orders", change.key), concurrent_with_id=other)
        for change in changes.values():
            self._follow(change)
        self._log("orders", [(change.after["person"], change) for change in changes.values()])

    def _follow(self, change: Change) -> None:
        """An order that ended, or goes on after all. All of the person's others stand as the file has them by now."""
        ending = Ending(
            self._id("orders", change.key),
            self._id("people", change.after["person"]),
            change.before["status"] if change.before else None,
            change.after["status"],
        )
        if ending.before != ending.after:
            endings.follow(self.connection, self.council, ending, tell=self.tell, now=self.now)

    def _order(self, values: Values) -> Values:
        return {name: values[name] for name in ("ref", "kind", "imposed_on", "complete_by", "status")} | {
            "person_id": self._id("people", values["person"]),
            "imposed_minutes": values["hours"] * 60,
            "other_activity_minutes": round(values["other_activity_hours"] * 60),
            "responsible_officer_id": self._maybe_id("staff", values["responsible_officer"]),
        }

    def _placements(self) -> None:
        self._upsert("placements", schema.placements, self._placement)
        for change in self.plan.changes["placements"].values():
            if change.before is not None and "supervisor" in change.columns:
                self._hand_over(change)

    def _placement(self, values: Values) -> Values:
        row = {name: value for name, value in values.items() if name != "supervisor"}
        return row | {"supervisor_id": self._maybe_id("staff", values["supervisor"])}

    def _hand_over(self, change: Change) -> None:
        """Sessions to come that were led by the placement's supervisor are led by the new one."""
        before = change.before or {}
        columns = schema.sessions.c
        self.connection.execute(
            schema.sessions.update()
            .where(
                columns.placement_id == self._id("placements", change.key),
                columns.ends_at > self.now,
                columns.supervisor_id.is_not_distinct_from(self._maybe_id("staff", before["supervisor"])),
            )
            .values(supervisor_id=self._maybe_id("staff", change.after["supervisor"]))
        )

    def _sessions(self) -> None:
        self._insert("sessions", schema.sessions, self._session, version=1)
        for change in self._changed("sessions"):
            self._change_session(change)

    def _session(self, values: Values) -> Values:
        return {name: values[name] for name in ("ref", "starts_at", "ends_at", "capacity", "status")} | {
            "placement_id": self._id("placements", values["placement"]),
            "supervisor_id": self._maybe_id("staff", values["supervisor"]),
        }

    def _change_session(self, change: Change) -> None:
        session_id = self._id("sessions", change.key)
        row = self._session(change.after)
        quiet = {name: row[name] for name in ("capacity", "supervisor_id")}
        self._update(schema.sessions, session_id, **quiet)
        common: dict[str, Any] = {"now": self.now, "actor": self.actor}
        cancelled = "status" in change.columns and row["status"] == "cancelled"
        if cancelled:  # told of the time that they know, before it changes
            session_changes.cancel(self.connection, self.council, [session_id], tell=self.tell, **common)
        back = "status" in change.columns and row["status"] == "planned"
        elsewhen = "starts_at" in change.columns
        if back and elsewhen:  # then it is not "on again", but at another time
            self._update(schema.sessions, session_id, status="planned")
        if not change.columns.isdisjoint({"placement", "starts_at", "ends_at"}) or (back and not self.tell):
            moved = {name: row[name] for name in ("placement_id", "starts_at", "ends_at")}
            tell = self.tell and row["status"] == "planned" and (elsewhen or not back)
            session_changes.change(self.connection, self.council, session_id, tell=tell, **moved, **common)
        if back and self.tell and not elsewhen:
            session_changes.reinstate(self.connection, self.council, session_id, **common)
        elif back:
            self._update(schema.sessions, session_id, status="planned")

    def _unbook(self) -> list[session_changes.Booked]:
        """Takes people off before their sessions change, so that they hear of one thing; returns whom to tell."""
        found = []
        for change in self._changed("bookings"):
            if "status" in change.columns and change.after["status"] == "cancelled":
                booking_id = self._id("bookings", change.key)
                booked = session_changes.booked(self.connection, booking_id)
                booking_changes.unbook(self.connection, self.council, booking_id, now=self.now, actor=self.actor, tell=False)
                found += [booked] if booked else []
        return found

    def _tell_unbooked(self, unbooked: list[session_changes.Booked]) -> None:
        columns = schema.sessions.c
        ids = [booked.session_id for booked in unbooked]
        rows = matching(self.connection, schema.sessions.select(), columns.id, ids)
        versions = {row["id"]: row["version"] for row in rows}
        for booked in unbooked if self.tell else ():
            session_changes.tell_off(
                self.connection, self.council, booked, now=self.now, version=versions[booked.session_id]
            )

    def _bookings(self) -> None:
        self._insert("bookings", schema.bookings, self._booking, version=1, booked_at=self.now)
        for change in self._changed("bookings"):
            row = self._booking(change.after)
            if "order" in change.columns:
                self._update(schema.bookings, self._id("bookings", change.key), order_id=row["order_id"])
            if "status" in change.columns and row["status"] == "booked":
                ids = (row["session_id"], row["person_id"], row["order_id"])
                booking_changes.book(self.connection, *ids, now=self.now, actor=self.actor)
        self._log("bookings", [(change.after["person"], change) for change in self._new("bookings")])

    def _booking(self, values: Values) -> Values:
        names = ("session", "person", "order")
        row = {f"{name}_id": self._id(f"{name}s" if name != "person" else "people", values[name]) for name in names}
        return {**row, "status": values["status"]}

    def _hours(self) -> None:
        """Credited as given, since the officer of the system they come from decided it. A changed row is a correction."""
        for change in self.plan.changes["hours"].values():
            values = change.after
            if change.before is not None:
                ledger.take_back(self.connection, values["ref"], actor=self.actor, now=self.now)
            ledger.add(
                self.connection, values["ref"], order_id=self._id("orders", values["order"]),
                worked_on=values["worked_on"], worked=values["minutes"], credited=values["minutes"],
                activity=values["activity"], placement_id=self._maybe_id("placements", values["placement"]),
                note=values["note"] or None, actor=self.actor, now=self.now,
            )  # fmt: skip

    def _packs(self) -> None:
        self._upsert("packs", schema.packs, dict)

    def _tasks(self, shared_numbers: dict[str, Key]) -> None:
        """For a shared number the later person's case manager; for somebody without a number their own."""
        for number, key in shared_numbers.items():
            self._task(f"shared_number:{_hash(number)}", "shared_number", key)
        for change in self.plan.changes["people"].values():
            if "phone" in change.columns and change.after["phone"] is None:
                self._task(f"no_number:{change.key}", "no_number", change.key)

    def _task(self, key: str, kind: str, person: Key) -> None:
        due_at = self.council.due_in_working_days(self.now, DUE_IN)
        person_id = self._id("people", person)
        tasks.open_task(self.connection, key=key, kind=kind, now=self.now, due_at=due_at, person_id=person_id)

    def _upsert(self, file: str, table: Table, convert: Any, **new: Any) -> None:
        self._insert(file, table, convert, **new)
        for change in self._changed(file):
            self._update(table, self._id(file, change.key), **convert(change.after))

    def _insert(self, file: str, table: Table, convert: Any, **new: Any) -> None:
        rows = [{**convert(change.after), **new} for change in self._new(file)]
        if not rows:
            return
        self.connection.execute(table.insert(), rows)
        if "ref" in table.c:
            learn_ids(self.connection, self.stored, file, table, (row["ref"] for row in rows))

    def _update(self, table: Table, row_id: int, **values: Any) -> None:
        self.connection.execute(table.update().where(table.c.id == row_id).values(**values))

    def _new(self, file: str) -> list[Change]:
        return [change for change in self.plan.changes[file].values() if change.before is None]

    def _changed(self, file: str) -> list[Change]:
        return [change for change in self.plan.changes[file].values() if change.before is not None]

    def _log(self, file: str, entries: Iterable[tuple[Key, Change]]) -> None:
        """Whose rows were added or changed; of a change, in which columns, never from what to what."""
        rows = [
            {
                "actor": self.actor,
                "person_id": self._id("people", person),
                "action": f"import.{file}.{'added' if change.before is None else 'changed'}",
                "reason": None if change.before is None else ", ".join(sorted(change.columns))[:200],
                "at": self.now,
            }
            for person, change in entries
        ]
        if rows:
            self.connection.execute(schema.access_log.insert(), rows)

    def _id(self, file: str, key: Key) -> int:
        return self.stored.ids[file][key]

    def _maybe_id(self, file: str, key: Key | None) -> int | None:
        return None if key is None else self._id(file, key)


def _hash(number: str | None) -> str | None:
    return None if number is None else crypto.keys().hash(number)
