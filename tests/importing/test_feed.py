"""The same files again, and what changes in them: what is written, who is told, what is left alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Table

from db import schema
from db.record import Record

from .conftest import Folder, Load

Rows = Callable[[Table], list[dict[str, Any]]]

NEW = [
    "staff.csv 3 new 0 changed 0 same",
    "people.csv 4 new 0 changed 0 same",
    "orders.csv 5 new 0 changed 0 same",
    "placements.csv 2 new 0 changed 0 same",
    "sessions.csv 3 new 0 changed 0 same",
    "bookings.csv 4 new 0 changed 0 same",
    "hours.csv 2 new 0 changed 0 same",
    "packs.csv 1 new 0 changed 0 same",
]
SAME = [line.replace(" new 0 changed 0 same", " same").replace(".csv ", ".csv 0 new 0 changed ") for line in NEW]


def by_ref(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["ref"]: row for row in found}


def notices(rows: Rows) -> list[tuple[str, int]]:
    return [(row["string"], row["person_id"]) for row in rows(schema.notices)]


@pytest.fixture
def loaded(folder: Folder, load: Load) -> Folder:
    assert load().lines == NEW
    return folder


def test_what_is_new_is_written_and_nobody_is_texted(folder: Folder, load: Load, rows: Rows) -> None:
    report = load()
    assert report.lines == NEW
    assert report.faults == []
    assert report.warnings == []
    people = by_ref(rows(schema.people))
    assert [people[ref]["mode"] for ref in ("P1", "P2", "P3", "P4")] == ["standard", "call_first", "discreet", "discreet"]
    assert [people[ref]["phone"] for ref in ("P1", "P2", "P3")] == ["+447700900101", "+447700900102", "+447700900103"]
    assert (people["P2"]["safe_from"], people["P2"]["safe_until"]) == (600, 870)
    assert people["P1"]["phone_is_own"] is True
    assert people["P2"]["phone_is_own"] is False
    assert people["P3"]["language"] == "en_GB"
    assert people["P1"]["stop_level"] == "none"
    assert rows(schema.notices) == rows(schema.deliveries) == rows(schema.tasks) == []
    assert [(pair["person_id"], pair["other_id"]) for pair in rows(schema.not_with)] == [(1, 2)]


def test_orders_end_with_their_statutory_period(folder: Folder, load: Load, rows: Rows) -> None:
    folder.set("orders", 2, "imposed_on", "2026-11-30")
    load()
    orders = by_ref(rows(schema.orders))
    assert orders["O1"]["complete_by"] == date(2027, 2, 28)
    assert orders["O2"]["complete_by"] == date(2027, 6, 30)
    assert orders["O5"]["concurrent_with_id"] == orders["O1"]["id"]
    assert orders["O2"]["other_activity_minutes"] == 1200


def test_a_session_without_a_supervisor_has_the_placements(loaded: Folder, rows: Rows) -> None:
    assert {row["supervisor_id"] for row in rows(schema.sessions)} == {3}


def test_a_time_that_occurs_twice_is_the_earlier(folder: Folder, load: Load, rows: Rows) -> None:
    folder.add("sessions", ref="B9", starts_at="2026-10-25T01:30", ends_at="2026-10-25T05:00")
    load()
    assert by_ref(rows(schema.sessions))["B9"]["starts_at"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_same_again_writes_nothing(loaded: Folder, load: Load, rows: Rows) -> None:
    before = {table.name: rows(table) for table in schema.metadata.sorted_tables}
    report = load()
    assert report.lines == SAME
    assert {table.name: rows(table) for table in schema.metadata.sorted_tables} == before


def test_a_dry_run_counts_and_writes_nothing(folder: Folder, load: Load, rows: Rows) -> None:
    assert load(dry_run=True).lines == [*NEW, "nothing written"]
    assert rows(schema.staff) == []
    folder.set("people", 2, "phone", "x")
    assert load(dry_run=True).lines == ["nothing written"]


def test_some_of_the_files_may_name_what_the_record_holds(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("bookings")
    loaded.rows["bookings"] = loaded.rows["bookings"][:1]
    loaded.rows["bookings"].append(["B2", "P1", "O1", "booked"])
    assert load().faults == ['bookings.csv:2: person: "P1" and "P2" must never share a session (not_with): "B2"']
    loaded.rows["bookings"][1] = ["B2", "P4", "O4", "booked"]
    assert load().lines == ["bookings.csv 1 new 0 changed 0 same"]
    assert len(rows(schema.bookings)) == 5


def test_a_changed_person_is_updated_and_logged(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("people")
    loaded.set("people", 2, "phone", "07700 900199")
    loaded.set("people", 2, "mode", "discreet")
    assert load().lines == ["people.csv 0 new 1 changed 3 same"]
    person = by_ref(rows(schema.people))["P1"]
    assert (person["phone"], person["mode"]) == ("+447700900199", "discreet")
    logged = rows(schema.access_log)[-1]
    assert (logged["actor"], logged["action"], logged["reason"]) == ("import", "import.people.changed", "mode, phone")
    assert logged["person_id"] == person["id"]


def test_a_file_never_undoes_a_stop(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("people")
    for line in (2, 3):
        loaded.set("people", line, "stop_level", "all")
    assert load().lines == ["people.csv 0 new 2 changed 2 same"]
    loaded.set("people", 3, "stop_level", "")
    report = load()
    assert report.lines == ["people.csv 0 new 0 changed 4 same"]
    assert report.warnings == ['people.csv:3: stop_level: warning: "all" stays, since a file never undoes a STOP']
    assert {row["ref"]: row["stop_level"] for row in rows(schema.people)}["P2"] == "all"


def change(record: Record, table: Table, ref: str, **values: Any) -> None:
    with record.write() as connection:
        connection.execute(table.update().where(table.c.ref == ref).values(**values))


def test_what_staff_changed_since_stays_until_the_file_says_something_new(
    loaded: Folder, load: Load, rows: Rows, record: Record
) -> None:
    change(record, schema.people, "P1", mode="no_contact", language="pl", stop_level="all", safe_from=600, safe_until=660)
    change(record, schema.orders, "O1", status="custody")
    report = load()
    assert [line for line in report.lines if " 0 changed" not in line] == []
    assert report.warnings == []
    person = by_ref(rows(schema.people))["P1"]
    assert (person["mode"], person["language"], person["safe_from"]) == ("no_contact", "pl", 600)
    assert by_ref(rows(schema.orders))["O1"]["status"] == "custody"
    loaded.set("people", 2, "mode", "discreet")
    assert load().warnings == [
        "people.csv:2: mode: warning: no_contact becomes discreet, which says more; it has to be agreed with the person"
    ]
    person = by_ref(rows(schema.people))["P1"]
    assert (person["mode"], person["language"]) == ("discreet", "pl")


def test_stock_that_was_given_out_is_not_put_back_by_the_next_days_file(
    record: Record, loaded: Folder, load: Load, rows: Rows
) -> None:
    loaded.only("packs")
    with record.write() as connection:
        connection.execute(schema.packs.update().values(stock=3))
    loaded.set("packs", 2, "name", "Nest boxes")
    assert load().lines == ["packs.csv 0 new 1 changed 0 same"]
    assert [(row["name"], row["stock"]) for row in rows(schema.packs)] == [("Nest boxes", 3)]
    loaded.set("packs", 2, "stock", "9")
    load()
    assert rows(schema.packs)[0]["stock"] == 9


def test_a_session_that_staff_moved_or_called_off_is_not_put_back_by_the_next_days_file(
    loaded: Folder, load: Load, rows: Rows, record: Record
) -> None:
    [session] = [row for row in rows(schema.sessions) if row["ref"] == "B1"]
    change(record, schema.sessions, "B1", status="cancelled", version=2)
    assert "sessions.csv 0 new 0 changed 3 same" in load().lines
    [after] = [row for row in rows(schema.sessions) if row["ref"] == "B1"]
    assert (after["status"], after["version"], after["starts_at"]) == ("cancelled", 2, session["starts_at"])
    assert notices(rows) == []


def test_a_person_whom_staff_took_off_is_not_booked_again_by_the_next_days_file(
    loaded: Folder, load: Load, rows: Rows, record: Record
) -> None:
    with record.write() as connection:
        connection.execute(schema.bookings.update().where(schema.bookings.c.id == 1).values(status="cancelled"))
    load()
    assert rows(schema.bookings)[0]["status"] == "cancelled"


def test_an_empty_mode_never_makes_messages_plainer(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("people")
    loaded.set("people", 3, "mode", "")
    loaded.set("people", 2, "restricted", "yes")
    assert load().warnings == []
    modes = {row["ref"]: row["mode"] for row in rows(schema.people)}
    assert (modes["P2"], modes["P1"]) == ("call_first", "discreet")


def test_a_plainer_mode_or_a_wider_window_is_taken_with_a_warning(loaded: Folder, load: Load) -> None:
    loaded.only("people")
    loaded.set("people", 3, "mode", "standard")
    loaded.set("people", 3, "safe_window", "10:00-18:00")
    assert load().warnings == [
        "people.csv:3: mode: warning: call_first becomes standard, which says more; it has to be agreed with the person",
        "people.csv:3: safe_window: warning: now holds times that were outside it; it has to be agreed with the person",
    ]


def test_a_moved_session_is_told(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("sessions", 2, "starts_at", "2026-11-06T09:30")
    loaded.set("sessions", 2, "ends_at", "2026-11-06T15:30")
    assert "sessions.csv 0 new 1 changed 2 same" in load().lines
    session = by_ref(rows(schema.sessions))["B1"]
    assert (session["version"], session["starts_at"].day) == (2, 6)
    assert notices(rows) == [("session.moved", 1), ("session.moved", 4)]


def test_a_silent_import_tells_nobody(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("sessions", 2, "starts_at", "2026-11-03T10:30")
    loaded.set("sessions", 3, "status", "cancelled")
    loaded.set("bookings", 2, "status", "cancelled")
    load(silent=True)
    loaded.set("sessions", 3, "status", "planned")
    load(silent=True)
    assert notices(rows) == []
    sessions = by_ref(rows(schema.sessions))
    assert (sessions["B1"]["version"], sessions["B2"]["version"]) == (2, 3)
    assert sessions["B2"]["status"] == "planned"


def test_a_cancelled_session_is_told_of_the_time_that_people_know(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("sessions", 2, "status", "cancelled")
    loaded.set("sessions", 2, "starts_at", "2026-11-03T10:30")
    load()
    assert notices(rows) == [("session.off", 1), ("session.off", 4)]
    assert {row["fields"]["day"][:16] for row in rows(schema.notices)} == {"2026-11-03T09:30"}
    session = by_ref(rows(schema.sessions))["B1"]
    assert (session["status"], session["starts_at"].hour) == ("cancelled", 10)


def test_a_session_put_back_is_told(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("sessions", 3, "status", "cancelled")
    load()
    loaded.set("sessions", 3, "status", "planned")
    loaded.set("sessions", 3, "ends_at", "2026-11-05T14:30")
    load()
    assert notices(rows)[-1] == ("session.on_again", 2)
    session = by_ref(rows(schema.sessions))["B2"]
    assert (session["status"], session["ends_at"].hour) == ("planned", 14)


def test_a_session_put_back_at_another_time_is_told_as_moved(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("sessions", 3, "status", "cancelled")
    load()
    loaded.set("sessions", 3, "status", "planned")
    loaded.set("sessions", 3, "starts_at", "2026-11-05T10:30")
    load()
    assert notices(rows)[1:] == [("session.moved", 2)]
    assert by_ref(rows(schema.sessions))["B2"]["status"] == "planned"


def test_capacity_and_supervisor_change_in_silence(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("sessions", 2, "capacity", "9")
    loaded.set("sessions", 2, "supervisor", "S1")
    assert "sessions.csv 0 new 1 changed 2 same" in load().lines
    session = by_ref(rows(schema.sessions))["B1"]
    assert (session["capacity"], session["supervisor_id"], session["version"]) == (9, 1, 1)
    assert notices(rows) == []


def test_a_placements_new_supervisor_leads_its_sessions(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("placements")
    loaded.set("placements", 2, "supervisor", "S1")
    load()
    assert {row["ref"]: row["supervisor_id"] for row in rows(schema.sessions)} == {"B1": 1, "B2": 1, "W1": 3}


def test_a_cancelled_booking_is_told_once(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("bookings", 2, "status", "cancelled")
    assert "bookings.csv 0 new 1 changed 3 same" in load().lines
    assert notices(rows) == [("session.off", 1)]
    assert "bookings.csv 0 new 0 changed 4 same" in load().lines
    assert len(notices(rows)) == 1


@pytest.mark.parametrize(("column", "cell"), [("status", "cancelled"), ("starts_at", "2026-11-03T10:30")])
def test_a_booking_cancelled_with_its_session_is_told_once(
    column: str, cell: str, loaded: Folder, load: Load, rows: Rows
) -> None:
    loaded.set("bookings", 2, "status", "cancelled")
    loaded.set("sessions", 2, column, cell)
    load()
    mine = [row for row in rows(schema.notices) if row["person_id"] == 1 and row["status"] == "open"]
    assert [(row["string"], row["fields"]["day"][:16]) for row in mine] == [("session.off", "2026-11-03T09:30")]
    assert mine[0]["session_version"] == by_ref(rows(schema.sessions))["B1"]["version"]


def test_a_booking_made_again_has_a_new_version(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("bookings", 2, "status", "cancelled")
    load()
    loaded.set("bookings", 2, "status", "booked")
    load()
    assert (rows(schema.bookings)[0]["status"], rows(schema.bookings)[0]["version"]) == ("booked", 3)


def test_a_booking_of_another_order(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("bookings", 2, "order", "O5")
    assert "bookings.csv 0 new 1 changed 3 same" in load().lines
    assert rows(schema.bookings)[0]["order_id"] == 5


def test_changed_hours_become_a_correction(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.set("hours", 2, "minutes", "300")
    assert "hours.csv 0 new 1 changed 1 same" in load().lines
    mine = [(row["seq"], row["credited_minutes"]) for row in rows(schema.hours) if row["ref"] == "H1"]
    assert mine == [(0, 360), (1, -360), (2, 300)]
    assert "hours.csv 0 new 0 changed 2 same" in load().lines


def test_absent_rows_stay(loaded: Folder, load: Load, rows: Rows) -> None:
    for file in loaded.rows:
        del loaded.rows[file][2:]
    load()
    assert (len(rows(schema.people)), len(rows(schema.sessions)), len(rows(schema.hours))) == (4, 3, 2)
    assert len(rows(schema.not_with)) == 1


def test_a_pair_goes_only_when_both_are_there_and_neither_names_the_other(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("people")
    loaded.set("people", 2, "not_with", "")
    both = loaded.rows["people"]
    loaded.rows["people"] = both[:2]
    assert load().lines == ["people.csv 0 new 0 changed 1 same"]
    assert len(rows(schema.not_with)) == 1
    loaded.rows["people"] = both
    assert load().lines == ["people.csv 0 new 1 changed 3 same"]
    assert rows(schema.not_with) == []


def test_a_pair_that_shares_a_session_to_come(loaded: Folder, load: Load) -> None:
    loaded.only("people")
    loaded.set("people", 2, "not_with", "P4")
    assert load().faults == ['people.csv:2: not_with: "P1" and "P4" must never share a session (not_with): "B1"']
    assert load(now=datetime(2026, 11, 4, tzinfo=UTC)).faults == []


def test_a_pair_that_once_shared_a_session_does_not_share_it_again_on_another_day(
    loaded: Folder, load: Load, record: Record
) -> None:
    """Neither by a session of the past that is moved ahead, nor by one that was off and is on again."""
    with record.write() as connection:
        connection.execute(schema.not_with.insert().values(person_id=1, other_id=4))
    loaded.only("sessions")
    assert load().faults == []
    said = 'sessions.csv:2: starts_at: "P1" and "P4" must never share a session (not_with): "B1"'
    ends_at = loaded.rows["sessions"][1][loaded.rows["sessions"][0].index("ends_at")]
    loaded.set("sessions", 2, "ends_at", ends_at.replace("T16", "T17").replace("T15", "T17"))
    assert load().faults == [said]
    loaded.set("sessions", 2, "ends_at", ends_at)
    loaded.set("sessions", 2, "status", "cancelled")
    assert load().faults == [], "off, they do not meet"
    loaded.set("sessions", 2, "status", "planned")
    assert load().faults == [said]


def test_a_person_who_becomes_women_only_on_a_session_to_come(loaded: Folder, load: Load) -> None:
    loaded.only("people")
    loaded.set("people", 2, "women_only", "yes")
    assert load().faults == ['people.csv:2: women_only: "P1" is women-only, "B" is not, and they are together on "B1"']


def test_a_session_moved_to_a_women_only_place(loaded: Folder, load: Load) -> None:
    loaded.only("sessions")
    loaded.set("sessions", 3, "placement", "W")
    assert load().faults == ['sessions.csv:3: placement: "W" is women-only, "P2" is not, and they are together on "B2"']


def test_an_order_never_changes_hands(loaded: Folder, load: Load) -> None:
    loaded.only("orders")
    loaded.set("orders", 4, "person", "P4")
    assert load().faults == ['orders.csv:4: person: "P4" is another person than the record has for this order']


def test_an_order_that_ended_does_not_stop_the_feed(loaded: Folder, load: Load) -> None:
    loaded.set("orders", 3, "status", "completed")
    report = load()
    assert report.faults == []
    assert report.warnings == ['bookings.csv:3: order: warning: "O2" is completed, and the session is still to come']


def test_a_statutory_date_is_reckoned_once(loaded: Folder, load: Load, rows: Rows) -> None:
    loaded.only("orders")
    loaded.set("orders", 2, "imposed_on", "2026-09-30")
    assert load().warnings == [
        "orders.csv:2: complete_by: warning: stays 2026-11-30, though the order changed; write the date if it is another"
    ]
    assert by_ref(rows(schema.orders))["O1"]["complete_by"] == date(2026, 11, 30)


def test_a_new_number_starts_afresh(loaded: Folder, load: Load, rows: Rows, record: Record) -> None:
    with record.write() as connection:
        then = datetime(2026, 11, 1, tzinfo=UTC)
        connection.execute(schema.people.update().values(number_suspended_at=then, doubted_at=then))
    loaded.only("people")
    loaded.set("people", 2, "phone", "07700 900199")
    load()
    for known in ("number_suspended_at", "doubted_at"):
        still = {row["ref"]: row[known] is not None for row in rows(schema.people)}
        assert still == {"P1": False, "P2": True, "P3": True, "P4": True}


def test_the_end_of_somebodys_last_order_is_told_once_and_a_historic_one_is_not(
    folder: Folder, load: Load, rows: Rows
) -> None:
    folder.set("orders", 3, "status", "completed")
    load()
    assert notices(rows) == []
    ended = [row["ref"] for row in rows(schema.orders) if row["ended_at"] is not None]
    assert ended == ["O2"]
    for line in range(2, 7):
        folder.set("orders", line, "status", "completed")
    load()
    told = notices(rows)
    assert {string for string, _ in told} == {"order.ended"}
    assert len(told) == len({person for _, person in told}), "once a person, whatever number of orders"
    load()
    assert notices(rows) == told


def test_a_silent_import_tells_nobody_of_an_end(loaded: Folder, load: Load, rows: Rows) -> None:
    for line in range(2, 7):
        loaded.set("orders", line, "status", "discharged")
    load(silent=True)
    assert [string for string, _ in notices(rows) if string == "order.ended"] == []
