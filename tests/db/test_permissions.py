"""Who of the staff may do what: the table itself, and every change asked of the function that makes it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db import (
    bookings,
    broadcasts,
    contact,
    corrections,
    covering,
    found,
    held,
    kit,
    leave,
    off_site,
    orders,
    people,
    permissions,
    rota_changes,
    schedule,
    schema,
    thread_replies,
    threads,
    walk_ins,
)
from db.audiences import Audience
from db.change import Change
from db.permissions import Refused
from db.record import Record
from db.threads import Thread
from tests.db.making import NOW, Town, council

BY_ROLE = {
    # for their own team, for another's, and for what belongs to no team
    "supervisor": (False, False, False), "case_manager": (True, False, True), "coordinator": (True, True, True),
    "manager": (True, True, True),
}  # fmt: skip
WITHIN_TEAMS = {**BY_ROLE, "coordinator": (True, False, True)}
LEADS = {**BY_ROLE, "case_manager": (False, False, False)}
MAY = {
    "alert.read": BY_ROLE, "booking.change": BY_ROLE, "session.add": BY_ROLE, "session.change": BY_ROLE,
    "reach.read": BY_ROLE, "person.data": WITHIN_TEAMS,
    "person.read": BY_ROLE, "person.contact": WITHIN_TEAMS, "person.mode": WITHIN_TEAMS, "order.status": WITHIN_TEAMS,
    "order.messages": WITHIN_TEAMS, "hours.correct": WITHIN_TEAMS, "attendance.correct": WITHIN_TEAMS,
    "session.stand_down": {**BY_ROLE, "case_manager": (False, False, False)},
    "attendance.mark": {**BY_ROLE, "supervisor": (True, False, True), "case_manager": (False, False, False)},
    "attendance.add": {**BY_ROLE, "supervisor": (True, False, True), "case_manager": (False, False, False)},
    "person.look": {**BY_ROLE, "supervisor": (True, False, True)},
    "person.kit": {**BY_ROLE, "supervisor": (True, False, True)},
    "pack.decide": BY_ROLE, "pack.handle": {**BY_ROLE, "supervisor": (True, False, True)},
    "hours.credit": {**BY_ROLE, "coordinator": (False, False, False)},
    "broadcast.make": BY_ROLE, "broadcast.words": LEADS, "broadcast.approve": LEADS,
    "broadcast.suspend": {**LEADS, "coordinator": (False, False, False)},
    "feedback.read": {**BY_ROLE, "case_manager": (False, False, False)},
    "absence.read": BY_ROLE, "absence.decide": {**BY_ROLE, "coordinator": (False, False, False)},
    "task.read": BY_ROLE, "task.closed": WITHIN_TEAMS,
    "task.hand_over": {**WITHIN_TEAMS, "case_manager": (False, False, False)},
    "thread.read": BY_ROLE, "thread.write": BY_ROLE, "thread.restricted": WITHIN_TEAMS,
    "rota.read": {**BY_ROLE, "supervisor": (True, True, True), "case_manager": (True, True, True)}, "rota.change": LEADS,
}  # fmt: skip
STARTS = NOW + timedelta(days=3)
FREE = NOW + timedelta(days=9)
TEAMS = ("north", "south")

Do = Callable[[Change, str], Any]  # with the team whose person, order or session it is about


def _thread(change: Change, team: str) -> Thread:
    return threads.of(change, f"P-{team}", "thread.write")


def _looked_at(change: Change, thread: Thread) -> None:
    change.log("thread.read", "transcript", thread.person.id)


def _answered(change: Change, team: str) -> None:
    thread = _thread(change, team)
    thread_replies.send(change, thread, thread_replies.draft(change, thread, words="It is fine."))


def _stopped(change: Change, team: str) -> None:
    _answered(change, team)
    thread_replies.stop(change, _thread(change, team))


def _closed(change: Change, team: str) -> None:
    threads.seen(change, _thread(change, team))
    threads.close(change, _thread(change, team))


def _of(team: str) -> Audience:
    return Audience(team=team)


def _id(change: Change, session: str) -> int:
    return found.session(change.connection, session).id


def _person(change: Change, ref: str) -> people.Person:
    return found.person(change.connection, ref)


def _staff(change: Change, ref: str) -> people.Staff:
    return found.member(change.connection, ref)


def _asked_off(change: Change, team: str) -> int:
    return _id(change, f"NOW-{team}")


def _turn(change: Change, team: str) -> int:
    staff = select(schema.staff.c.id).where(schema.staff.c.ref == f"ON-{team}")
    query = select(schema.rota.c.id).where(schema.rota.c.staff_id == staff.scalar_subquery())
    return int(change.connection.execute(query).scalar_one())


CHANGES: dict[str, list[Do]] = {
    "booking.change": [
        lambda change, team: bookings.place(change, f"FREE-{team}", f"P-{team}", None),
        lambda change, team: bookings.take_off(change, f"S-{team}", f"P-{team}"),
        lambda change, team: kit.set_own_stop(change, f"S-{team}", f"P-{team}", "Kirk 8:40"),
    ],
    "attendance.add": [lambda change, team: walk_ins.add(change, _id(change, f"NOW-{team}"), _person(change, f"P-{team}"))],
    "person.kit": [lambda change, team: kit.set_kit(change, f"P-{team}", "boots 9")],
    "session.add": [
        lambda change, team: schedule.add(change, "NEW", f"PL-{team}", STARTS, STARTS + timedelta(hours=1), None, None)
    ],
    "session.change": [
        lambda change, team: schedule.call_off(change, f"S-{team}"),
        lambda change, team: schedule.hand_over(change, f"S-{team}", "LEAD"),
        lambda change, team: covering.join(change, f"S-{team}", "LEAD"),
        lambda change, team: covering.without(change, f"NOW-{team}", f"LED-{team}"),
        lambda change, team: covering.fall_sick(change, _staff(change, f"LED-{team}")),
        lambda change, team: kit.set_stop(change, f"PL-{team}", "Kirk 8:40"),
        lambda change, team: schedule.move(
            change, f"S-{team}", starts_at=STARTS + timedelta(days=9), ends_at=None, placement=None
        ),
    ],
    "session.stand_down": [
        lambda change, team: schedule.stand_down(change, f"S-{team}"),
        lambda change, team: off_site.confirm(change, _asked_off(change, team)),
        lambda change, team: off_site.keep(change, _asked_off(change, team)),
    ],
    "person.contact": [
        lambda change, team: contact.change_contact(change, f"P-{team}", {"phone": "+447700900999"}),
        lambda change, team: contact.take_number(change, f"P-{team}", "07700 900999"),
        lambda change, team: contact.change_contact(change, f"P-{team}", {"safe_window": (600, 700)}),
        lambda change, team: contact.change_contact(change, f"P-{team}", {"channel": "telegram"}),
        lambda change, team: contact.change_contact(change, f"P-{team}", {"language": "pl"}),
        lambda change, team: contact.set_pin(change, f"P-{team}", lambda person: "x"),
        lambda change, team: contact.verify(change, f"P-{team}"),
    ],
    "person.mode": [lambda change, team: contact.change_contact(change, f"P-{team}", {"mode": "discreet"})],
    "person.data": [lambda change, team: held.on(change, f"P-{team}")],
    "order.status": [lambda change, team: orders.set_status(change, f"P-{team}", f"O-P-{team}", "suspended")],
    "order.messages": [lambda change, team: orders.set_messages(change, f"P-{team}", f"O-P-{team}", on=True)],
    "hours.correct": [
        lambda change, team: corrections.correct_work(
            change, f"O-P-{team}", 60, worked_on=None, activity="unpaid_work", legal_basis=None
        ),
        lambda change, team: corrections.vary(change, f"O-P-{team}", 60, decided_on=None, legal_basis="s.227Y"),
    ],
    "thread.read": [lambda change, team: _looked_at(change, threads.of(change, f"P-{team}", "thread.read"))],
    "thread.write": [
        lambda change, team: _answered(change, team),
        lambda change, team: threads.seen(change, _thread(change, team)),
        lambda change, team: threads.later(change, _thread(change, team)),
        lambda change, team: threads.pass_on(change, _thread(change, team), _member(change.connection, "boss")),
        lambda change, team: thread_replies.call_to_do(change, _thread(change, team)),
        lambda change, team: _stopped(change, team),
        lambda change, team: _closed(change, team),
    ],
    "broadcast.make": [lambda change, team: broadcasts.draft(change, "off", {}, _of(team))],
    "broadcast.suspend": [
        lambda change, team: broadcasts.draft(change, "suspension", {"until": "2026-06-30"}, _of(team)),
        lambda change, team: broadcasts.draft(change, "lifted", {"first_day": "2026-06-30"}, _of(team)),
        lambda change, team: broadcasts.draft(
            change, "reduction", {"percent": 5, "of": "left", "basis": "An Act"}, _of(team)
        ),
    ],
    "rota.change": [
        lambda change, team: rota_changes.add(change, "second", f"ON-{team}", FREE, FREE + timedelta(hours=1)),
        lambda change, team: rota_changes.end(change, _turn(change, team)),
        lambda change, team: rota_changes.leave_note(change, _turn(change, team), "All is quiet"),
        lambda change, team: rota_changes.ask_swap(change, _turn(change, team), "LEAD"),
        lambda change, team: leave.add(change, f"ON-{team}", STARTS.date(), STARTS.date()),
    ],
}
# Of tasks and absences, whose owner and name count too, by each act (tests/db/test_desk.py, tests/db/test_decisions.py).
# Of who is kept apart (tests/db/test_threads.py).
# By a look-up (tests/handlers/test_on_site.py), by an alert's answer, by each mark (tests/db/test_attendance.py), by
# each step of a pack (tests/db/test_packs.py), where
# the command line prints, and of what needs another permission too or a colleague (tests/commands/test_broadcasts.py).
ASKED_ELSEWHERE = {
    "person.look",
    "alert.read", "attendance.mark", "attendance.correct", "hours.credit", "pack.decide", "pack.handle", "person.read",
    "feedback.read", "reach.read", "rota.read", "broadcast.words", "broadcast.approve", "absence.read", "absence.decide",
    "task.read", "task.closed", "task.hand_over", "thread.restricted",
}  # fmt: skip


@pytest.fixture
def town(sqlite_record: Record) -> Town:
    """Two teams with a person, a session and a free session each, and one of the staff of each role in the north."""
    made = Town(sqlite_record)
    for role in schema.ROLES:
        made.member(role, role)
    made.member("LEAD", "supervisor")
    made.member("boss", "manager", team="west")
    for team in TEAMS:
        person, placement = made.person(f"P-{team}", team=team), made.placement(f"PL-{team}", team=team)
        made.booking(made.session(f"S-{team}", placement, STARTS), person)
        made.session(f"FREE-{team}", placement, STARTS + timedelta(days=1))
        with made.write() as connection:
            threads.received(connection, council(), people.person(connection, person), "hullo", inbound_id=None, now=NOW)
        led = made.member(f"LED-{team}", "supervisor", team=team)
        now = made.session(f"NOW-{team}", placement, NOW - timedelta(hours=1), supervisor_id=led)
        note = {"note": "snow", "created_at": NOW, "due_at": NOW, "status": "open"}
        made.add(schema.tasks, key=f"off_asked:s{now}", kind="off_asked", **note)
        on = made.member(f"ON-{team}", "case_manager", team=team)
        made.turn(on, "first", STARTS if team == "north" else STARTS + timedelta(days=1))
    return made


def test_every_action_has_its_row_for_every_role() -> None:
    assert set(MAY) == set(permissions.ALLOWED)
    assert all(set(row) == set(schema.ROLES) for row in MAY.values())
    assert set(CHANGES) | ASKED_ELSEWHERE == set(permissions.ALLOWED)


@pytest.mark.parametrize("role", schema.ROLES)
@pytest.mark.parametrize("action", MAY)
def test_who_may_do_what(town: Town, action: str, role: str) -> None:
    with town.record.read() as connection:
        actor = permissions.as_member(_member(connection, role))
    for team, allowed in zip((*TEAMS, None), MAY[action][role], strict=True):
        if allowed:
            permissions.require(actor, action, team)
        else:
            with pytest.raises(Refused, match=action):
                permissions.require(actor, action, team)


def _member(connection: Any, ref: str) -> Any:
    found = people.member_by_ref(connection, ref)
    assert found is not None
    return found


@pytest.mark.parametrize("role", schema.ROLES)
@pytest.mark.parametrize(("action", "n"), [(action, n) for action, many in CHANGES.items() for n in range(len(many))])
def test_each_change_asks_the_table_and_changes_nothing_where_it_says_no(town: Town, action: str, n: int, role: str) -> None:
    for team, allowed in zip(TEAMS, MAY[action][role], strict=False):
        with town.record.rehearse() as connection:
            change = Change(connection, council(), NOW, permissions.as_member(_member(connection, role)))
            if allowed:
                CHANGES[action][n](change, team)
                logged = connection.execute(schema.access_log.select()).mappings().all()
                assert {row["actor"] for row in logged} == {role}
            else:
                with pytest.raises(Refused, match=action):
                    CHANGES[action][n](change, team)
                assert connection.execute(schema.access_log.select()).all() == []


@pytest.mark.parametrize("action", CHANGES)
def test_whoever_may_run_commands_on_the_server_may_do_all_and_the_log_says_so(town: Town, action: str) -> None:
    for team in TEAMS:
        with town.record.rehearse() as connection:
            CHANGES[action][0](Change(connection, council(), NOW, permissions.COMMAND_LINE), team)
            logged = connection.execute(schema.access_log.select()).mappings().all()
            assert {row["actor"] for row in logged} == {"command line"}


def test_a_session_goes_to_a_placement_of_another_team_only_by_who_may_change_both(town: Town) -> None:
    with town.record.rehearse() as connection:
        case_manager = permissions.as_member(_member(connection, "case_manager"))
        change = Change(connection, council(), NOW, case_manager)
        with pytest.raises(Refused, match=r"session\.change"):
            schedule.move(change, "S-north", starts_at=None, ends_at=None, placement="PL-south")


def test_who_may_is_said_in_words() -> None:
    assert permissions.who_may("person.mode") == ("a case manager of that team, a coordinator of that team or a manager")
