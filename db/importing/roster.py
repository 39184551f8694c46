"""Who may be on a session together, and how many. Only what this import brings about is a fault."""

from collections import defaultdict
from datetime import datetime

from db import placing
from db.importing.cells import quoted
from db.importing.findings import Findings
from db.importing.plan import Plan
from db.importing.reading import Row, Sheet
from db.importing.stored import Values, pair


class Roster:
    """Every booking that stands after the import, on each session."""

    def __init__(self, sheets: dict[str, Sheet], plan: Plan, now: datetime, findings: Findings) -> None:
        self._sheets, self._plan, self._now, self._findings = sheets, plan, now, findings
        self._on: dict[str, dict[str, Values]] = defaultdict(dict)
        for values in plan.after["bookings"].values():
            if values["status"] == "booked":
                self._on[values["session"]][values["person"]] = values
        self._apart: dict[str, set[str]] = defaultdict(set)
        for one, other in plan.pairs:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def check(self) -> None:
        for ref, on in self._on.items():
            session = self._plan.after["sessions"].get(ref)
            if session is None:
                continue
            ahead = session["ends_at"] > self._now
            for person in on:
                self._women_only(session, person, ahead)
                for other in self._apart.get(person, set()) & on.keys():
                    if person < other:
                        self._not_with(session, person, other, ahead)
            if ahead and session["status"] == "planned":
                self._room(session, on)
        for row in self._sheets["bookings"].rows.values() if "bookings" in self._sheets else ():
            self._order(row)

    def _row(self, session: str, person: str) -> Row | None:
        sheet = self._sheets.get("bookings")
        return sheet.rows.get((session, person)) if sheet else None

    def _changed(self, file: str, key: str | tuple[str, str] | None, *columns: str) -> bool:
        change = self._plan.changes[file].get(key) if key else None
        return change is not None and not change.columns.isdisjoint(columns)

    def _booked_now(self, session: str, person: str) -> bool:
        return self._changed("bookings", (session, person), "status")

    def _women_only(self, session: Values, person: str, ahead: bool) -> None:
        placement = self._plan.after["placements"].get(session["placement"])
        who = self._plan.after["people"].get(person)
        if placement is None or who is None:
            return
        shown = (quoted(person), who["women_only"], quoted(session["placement"]), placement["women_only"])
        said = placing.women_only(*shown)
        if said is None:
            return
        causes = {
            ("people", "women_only"): person,
            ("placements", "women_only"): session["placement"],
            ("sessions", "placement"): session["ref"],
        }
        moved = [where for where, key in causes.items() if self._changed(where[0], key, where[1])]
        if not self._booked_now(session["ref"], person) and not (ahead and moved):
            return
        row = self._row(session["ref"], person)
        if row:
            self._findings.fault("bookings", row.line, "person", said)
        else:
            file, column = moved[0]
            line = self._sheets[file].rows[causes[moved[0]]].line
            self._findings.fault(file, line, column, f"{said}, and they are together on {quoted(session['ref'])}")

    def _not_with(self, session: Values, one: str, other: str, ahead: bool) -> None:
        pairs_now = pair(one, other) in self._plan.new_pairs and ahead
        goes_on = ahead and session["status"] == "planned"
        moved = goes_on and self._changed("sessions", session["ref"], "starts_at", "ends_at", "status")
        booked_now = self._booked_now(session["ref"], one) or self._booked_now(session["ref"], other)
        if not (pairs_now or booked_now or moved):
            return
        said = f"{quoted(one)} and {quoted(other)} must never share a session (not_with): {quoted(session['ref'])}"
        rows = [row for person in (one, other) if (row := self._row(session["ref"], person))]
        if rows:
            self._findings.fault("bookings", max(row.line for row in rows), "person", said)
            return
        if not pairs_now:
            self._findings.fault("sessions", self._sheets["sessions"].rows[session["ref"]].line, "starts_at", said)
            return
        people = self._sheets["people"].rows
        named = ((one, other), (other, one))
        lines = [people[a].line for a, b in named if a in people and b in people[a].values["not_with"]]
        self._findings.fault("people", max(lines), "not_with", said)

    def _order(self, row: Row) -> None:
        """A booking counts towards a running order of that person; one that ended since is only pointed out."""
        booking, after = row.values, self._plan.after
        session, order = after["sessions"].get(booking["session"]), after["orders"].get(booking["order"])
        if session is None or order is None:
            return
        if order["person"] != booking["person"]:
            said = f"{quoted(booking['order'])} is not an order of {quoted(booking['person'])}"
            self._findings.fault("bookings", row.line, "order", said)
        elif booking["status"] == "booked" and session["ends_at"] > self._now and order["status"] in placing.ENDED:
            said = f"{quoted(booking['order'])} is {order['status']}, and the session is still to come"
            self._findings.warn("bookings", row.line, "order", said)

    def _room(self, session: Values, on: dict[str, Values]) -> None:
        placement = self._plan.after["placements"].get(session["placement"])
        room = placing.room(session["capacity"], placement["capacity"] if placement else None)
        lines = sorted(row.line for person in on if (row := self._row(session["ref"], person)))
        if room is not None and len(on) > room and lines:
            line = lines[max(0, len(lines) - (len(on) - room))]
            said = f"{quoted(session['ref'])} has {len(on)} people and room for {room}"
            self._findings.warn("bookings", line, "session", said)
