"""How a person is reached, changed by staff: what was known of an old number says nothing of a new one. No text goes out."""

from dataclasses import replace
from typing import Any

import pytest

from db import contact, crypto, orders, schema, suppressions
from db.change import Change, ChangeError
from db.permissions import COMMAND_LINE, Actor
from db.record import Record
from tests.db.changing import Desk
from tests.db.making import NOW, Town, council, london

NEW = "+447700900888"


@pytest.fixture
def desk(record: Record) -> Desk:
    town = Town(record)
    town.person("P1", case_manager_id=town.member("S1"), number_suspended_at=NOW, doubted_at=NOW, verified_until=NOW)
    return Desk(town)


def change(desk: Desk, **wanted: Any) -> contact.Changed:
    made = desk.do(contact.change_contact, "P1", wanted)
    assert isinstance(made, contact.Changed)
    return made


def suppress(desk: Desk, *why: str) -> None:
    with desk.town.write() as connection:
        for reason, scope in zip(why, (suppressions.EVERYTHING, suppressions.PROACTIVE), strict=False):
            suppressions.suppress(connection, crypto.keys().hash(NEW), scope, reason, now=NOW)


def task(desk: Desk, key: str) -> int:
    return desk.town.add(schema.tasks, key=key, kind=key.partition(":")[0], created_at=NOW, due_at=NOW, status="open")


def test_a_new_number_starts_with_nothing_known_of_it(desk: Desk) -> None:
    tasks = [task(desk, key) for key in ("wrong_number:p1", "bad_number:p1", "no_number:P1", "other:p1")]
    made = change(desk, phone=NEW)
    row = desk.town.row(schema.people, 1)
    assert (row["phone"], row["phone_hash"]) == (NEW, crypto.keys().hash(NEW))
    assert (row["number_suspended_at"], row["doubted_at"], row["verified_until"]) == (None, None, NOW)
    assert [desk.town.row(schema.tasks, id_)["status"] for id_ in tasks] == ["done", "done", "done", "open"]
    assert not made.stopped
    assert desk.town.rows(schema.notices) == []


def test_a_number_that_staff_were_told_is_in_doubt_until_somebody_verifies_it(desk: Desk) -> None:
    desk.do(contact.take_number, "P1", "07700 900888")
    row = desk.town.row(schema.people, 1)
    assert (row["phone"], row["doubted_at"], row["verified_until"]) == (NEW, NOW, None)
    waits = desk.town.only(schema.tasks)
    assert (waits["kind"], waits["owner_id"], waits["due_at"]) == ("verify", 1, london("2026-06-11 17:00"))
    desk.do(contact.verify, "P1")
    assert desk.town.row(schema.people, 1)["doubted_at"] is None
    assert desk.town.only(schema.tasks)["status"] == "done"
    assert desk.town.rows(schema.notices) == []


def test_outside_a_rehearsal_nobody_has_a_number_for_drama(desk: Desk) -> None:
    with desk.town.write() as connection, pytest.raises(ChangeError, match="is a number for drama, which no phone has"):
        contact.take_number(
            Change(connection, replace(council(), drama_numbers=False), NOW, COMMAND_LINE), "P1", "07700 900888"
        )


def test_every_change_is_logged_by_its_columns_and_never_by_what_they_hold(desk: Desk) -> None:
    desk.do(contact.change_contact, "P1", {"phone": NEW, "mode": "discreet"}, actor=Actor("S1"), reason="he rang")
    log = desk.town.only(schema.access_log)
    assert (log["actor"], log["action"], log["person_id"]) == ("S1", "person.changed", 1)
    assert log["reason"] == "mode, phone: he rang"


def test_a_number_that_another_person_has_is_a_task_until_one_of_them_gets_another(desk: Desk) -> None:
    desk.town.person("P2", phone=NEW)
    assert change(desk, phone=NEW).after.shared
    found = desk.town.only(schema.tasks)
    assert (found["kind"], found["person_id"], found["owner_id"], found["status"]) == ("shared_number", 1, 1, "open")
    assert not change(desk, phone="+447700900777").after.shared
    assert desk.town.row(schema.tasks, found["id"])["status"] == "done"


def test_a_number_that_two_others_have_stays_to_be_settled(desk: Desk) -> None:
    for ref in ("P2", "P3"):
        desk.town.person(ref, phone=NEW)
    change(desk, phone=NEW)
    change(desk, phone="+447700900777")
    assert desk.town.only(schema.tasks)["status"] == "open"


def test_a_number_of_the_staff_is_refused(desk: Desk) -> None:
    desk.town.member("S2", phone=NEW)
    said = 'that number is also the number of "S2", who is staff; give the person\'s own'
    desk.refuses(said, contact.change_contact, "P1", {"phone": NEW, "mode": "discreet"})


@pytest.mark.parametrize(
    ("why", "stopped", "standing"),
    [
        (["recipient"], False, 0),
        (["provider_stop"], True, 1),
        (["opted_out"], True, 1),
        (["recipient", "opted_out"], True, 2),
    ],
)
def test_a_number_given_up_as_unreachable_is_tried_again_and_a_stop_is_kept(
    desk: Desk, why: list[str], stopped: bool, standing: int
) -> None:
    suppress(desk, *why)
    assert change(desk, phone=NEW).stopped is stopped
    assert len(desk.town.rows(schema.suppressions, schema.suppressions.c.lifted_at.is_(None))) == standing


def test_mode_window_channel_and_language_are_changed_together(desk: Desk) -> None:
    made = change(desk, mode="call_first", safe_window=(600, 840), channel="telegram", language="pl")
    row = desk.town.row(schema.people, 1)
    assert (row["mode"], row["safe_from"], row["safe_until"]) == ("call_first", 600, 840)
    assert (row["channel"], row["language"], row["number_suspended_at"]) == ("telegram", "pl", NOW)
    assert (made.is_plainer, made.is_wider) == (False, False)


@pytest.mark.parametrize(("before", "after"), [(a, b) for a in schema.MODES for b in schema.MODES if a != b])
def test_messages_that_come_to_say_more_are_told_apart(desk: Desk, before: str, after: str) -> None:
    desk.town.change(schema.people, 1, mode=before)
    assert change(desk, mode=after).is_plainer == (schema.MODES.index(after) < schema.MODES.index(before))


@pytest.mark.parametrize(
    ("before", "after", "wider"),
    [(None, (600, 700), False), ((600, 700), None, True), ((600, 700), (610, 690), False), ((600, 700), (590, 700), True),
     ((600, 700), (600, 701), True)],
)  # fmt: skip
def test_a_window_that_holds_new_times_is_told_apart(desk: Desk, before: Any, after: Any, wider: bool) -> None:
    start, until = before or (None, None)
    desk.town.change(schema.people, 1, safe_from=start, safe_until=until)
    assert change(desk, safe_window=after).is_wider is wider


def test_what_they_have_already_is_no_change(desk: Desk) -> None:
    phone = desk.town.row(schema.people, 1)["phone"]
    wanted = {"phone": phone, "mode": "standard", "safe_window": None, "language": "en_GB"}
    desk.refuses('"P1" has that already; nothing was changed', contact.change_contact, "P1", wanted)


def test_a_new_pin_forgets_wrong_tries(desk: Desk) -> None:
    desk.town.change(schema.people, 1, pin_failures=4)
    desk.do(contact.set_pin, "P1", lambda person: f"hash of {person.ref}")
    row = desk.town.row(schema.people, 1)
    assert (row["pin_hash"], row["pin_failures"], row["verified_until"]) == ("hash of P1", 0, None)


# Orders


def test_an_order_that_stops_running_keeps_its_bookings_and_says_how_many(desk: Desk) -> None:
    place = desk.town.placement()
    for n, (starts, status) in enumerate(
        [("2026-06-09 09:30", "booked"), ("2026-06-12 09:30", "booked"), ("2026-06-13 09:30", "cancelled")]
    ):
        desk.town.booking(desk.town.session(f"S{n}", place, london(starts)), 1, status=status)
    desk.town.booking(desk.town.session("S9", place, london("2026-06-14 09:30"), status="cancelled"), 1)
    made = desk.do(orders.set_status, "P1", "O-P1", "suspended", reason="sheriff, 9 June")
    assert (made.before, made.after, made.still_booked) == ("active", "suspended", 1)
    assert [row["status"] for row in desk.town.rows(schema.bookings)] == ["booked", "booked", "cancelled", "booked"]
    log = desk.town.only(schema.access_log)
    assert (log["action"], log["reason"]) == ("order.suspended", "O-P1: sheriff, 9 June")


def test_an_order_is_its_persons_and_changes_to_something_else(desk: Desk) -> None:
    desk.town.person("P2")
    desk.refuses('the order "O-P1" is active already; nothing was changed', orders.set_status, "P1", "O-P1", "active")
    said = '"P1" has no order "O-P2"; `turnup person P1 --json` lists them'
    desk.refuses(said, orders.set_status, "P1", "O-P2", "breached")
    desk.refuses(said, lambda change: orders.set_messages(change, "P1", "O-P2", on=True))


def test_messages_of_an_order_are_an_officers_choice(desk: Desk) -> None:
    for on in (True, False):
        desk.do(orders.set_messages, "P1", "O-P1", on=on)
        assert desk.town.row(schema.orders, 1)["messages_on"] is on
    assert [row["action"] for row in desk.town.rows(schema.access_log)] == ["messages.on", "messages.off"]
