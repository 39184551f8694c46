"""A row that no key opens stops nobody else's messages, in or out: it is set aside, and staff hear that it was."""

import asyncio
import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.worker import Worker
from db import inbound, schema, tasks
from db.inbound import Raw
from notifications import reminders
from tests.db.making import london
from tests.notifications.conftest import UNKNOWN, Post

LOST = "a note under a key that is gone"


def spoil(post: Post, table: str, column: str, id_: int) -> None:
    with post.record.write() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = :lost WHERE id = :id"), {"lost": LOST, "id": id_})


def look(post: Post) -> None:
    """One look of the running sender for what may go."""
    post.clock.pass_(seconds=2)
    asyncio.run(post.sender._once())


@pytest.mark.parametrize(("table", "column"), [("deliveries", "address"), ("notices", "fields")])
def test_one_delivery_that_cannot_be_read_holds_up_nobody_elses(
    sms: Post, table: str, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoilt, other = sms.town.person("P1"), sms.town.person("P2")
    for one in (spoilt, other):
        sms.write(person_id=one)
    spoil(sms, table, column, 1)
    with caplog.at_level(logging.ERROR):
        look(sms)
    assert sms.turn() == 1
    with sms.record.read() as connection:
        states = connection.execute(text("SELECT status FROM deliveries ORDER BY id")).scalars().all()
        told = connection.execute(text("SELECT status FROM notices ORDER BY id")).scalars().all()
    assert (states, told) == (["cancelled", "accepted"], ["undeliverable", "told"])
    task = sms.town.only(schema.tasks)
    assert (task["kind"], task["class"], task["person_id"]) == ("not_reached", "unreadable", spoilt)
    assert "deliveries [1]" in caplog.text
    assert LOST not in caplog.text


def test_a_name_that_cannot_be_read_holds_up_nobody_elses(sms: Post, caplog: pytest.LogCaptureFixture) -> None:
    spoilt, other = sms.town.person("P1"), sms.town.person("P2")
    first, second = (sms.write(person_id=one, string="welcome") for one in (spoilt, other))
    spoil(sms, "people", "first_name", 1)
    with caplog.at_level(logging.ERROR):
        assert sms.turn() == 1
    assert [sms.notice(one) for one in (first, second)] == ["undeliverable", "told"]
    task = sms.town.only(schema.tasks)
    assert (task["kind"], task["class"], task["person_id"]) == ("not_reached", "not_rendered", spoilt)
    assert LOST not in caplog.text


def test_a_name_that_cannot_be_read_is_not_missed_where_the_words_do_not_hold_it(sms: Post) -> None:
    one = sms.write(person_id=sms.town.person("P1"))
    spoil(sms, "people", "first_name", 1)
    assert sms.turn() == 1
    assert sms.notice(one) == "told"


def test_a_number_or_a_chat_that_a_message_has_of_its_own_need_not_be_read_again(sms: Post) -> None:
    notices = [sms.write(person_id=sms.town.person(ref)) for ref in ("P1", "P2")]
    spoil(sms, "people", "phone", 1)
    assert sms.turn() == 2
    assert [sms.notice(one) for one in notices] == ["told", "told"]


def test_an_unknown_delivery_that_cannot_be_read_keeps_no_other_from_being_resolved(sms: Post) -> None:
    first, second = (sms.write(person_id=sms.town.person(ref)) for ref in ("P1", "P2"))
    sms.channel.answers = [UNKNOWN, UNKNOWN]
    sms.turn()
    spoil(sms, "deliveries", "body", 1)
    sms.clock.pass_(minutes=3)
    asyncio.run(sms.sender._set_aside())
    sms.resolve()
    sms.clock.pass_(minutes=3)
    sms.resolve()
    assert sms.turn() == 1
    assert [sms.notice(one) for one in (first, second)] == ["undeliverable", "told"]


def test_what_can_be_read_is_left_alone(sms: Post) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    asyncio.run(sms.sender._set_aside())
    assert sms.turn() == 1
    assert sms.notice(notice) == "told"
    assert sms.tasks() == []


def test_a_name_that_cannot_be_read_keeps_no_reminder_from_being_written(sms: Post) -> None:
    for ref in ("P1", "P2", "P3"):
        sms.town.booked(ref, london("2026-06-11 09:30"))
    spoil(sms, "people", "last_name", 2)
    with sms.record.write() as connection:
        assert reminders.write(connection, sms.council, now=london("2026-06-10 17:00")) == 3
    assert len(sms.town.rows(schema.deliveries)) == 3


def test_one_message_that_cannot_be_read_holds_up_nobody_elses(sms: Post, caplog: pytest.LogCaptureFixture) -> None:
    people = [sms.town.person(ref) for ref in ("P1", "P2")]
    with sms.record.write() as connection:
        for n, one in enumerate(people):
            number = sms.town.the_person(one).phone or ""
            form = json.dumps({"MessageSid": f"SM{n}", "From": number, "Body": "4"})
            inbound.store(connection, [Raw("twilio", f"SM{n}", number, form)], now=sms.clock.now())
    spoil(sms, "inbound", "payload", 1)
    worker = Worker(sms.record, sms.council, sms.clock, "one", [], None)
    worker._take_lease(by_force=True)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            worker._batch()
    with sms.record.read() as connection:
        states = dict(connection.execute(text("SELECT id, state FROM inbound")).all())
    assert states == {1: "failed", 2: "handled"}
    assert sms.turn() == 1
    assert sms.channel.calls[0].address == sms.town.the_person(people[1]).phone
    task = sms.town.only(schema.tasks)
    assert (task["kind"], task["class"], task["person_id"]) == ("failed_message", "unreadable", people[0])
    assert sms.clock.now() < task["due_at"] <= sms.clock.now() + timedelta(hours=1)
    assert "messages [1]" in caplog.text


def test_a_number_of_the_staff_that_cannot_be_read_keeps_no_alert_from_the_others(sms: Post) -> None:
    officer, duty = sms.town.member("S1"), sms.town.member("S2", "manager")
    spoil(sms, "staff", "phone", officer)
    first, second = (sms.write(staff_id=one, purpose="alert", string="staff.help", lane=0) for one in (officer, duty))
    look(sms)
    sms.turn()
    assert [sms.notice(one) for one in (first, second)] == ["undeliverable", "told"]


def test_one_of_the_staff_whose_name_cannot_be_read_is_told_and_goes_by_their_ref(sms: Post) -> None:
    officer = sms.town.member("S1")
    spoil(sms, "staff", "name", officer)
    notice = sms.write(staff_id=officer, purpose="alert", string="staff.help", lane=0)
    sms.turn()
    assert sms.notice(notice) == "told"
    assert sms.town.the_member(officer).initials == "S1"


def test_a_task_whose_note_cannot_be_read_says_so_and_keeps_what_is_added(sms: Post) -> None:
    now = sms.clock.now()

    def note(words: str) -> None:
        with sms.record.write() as connection:
            tasks.open_task(connection, key="reply:p1", kind="reply", note=words, now=now, due_at=now)

    note("first")
    spoil(sms, "tasks", "note", 1)
    with sms.record.read() as connection:
        assert tasks.notes(connection, "reply:p1") == ["(unreadable)"]
    note("second")
    with sms.record.read() as connection:
        assert tasks.notes(connection, "reply:p1") == ["(unreadable)", "second"]
        kept = connection.execute(text("SELECT note, status FROM tasks WHERE id = 1")).one()
    assert tuple(kept) == (LOST, "done")
