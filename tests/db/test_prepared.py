"""Statements that go straight to the driver do as SQLAlchemy does: what goes in, what comes out, what is raised."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import IntegrityError

from db import upsert
from db.prepared import Prepared, together
from db.record import Record
from db.schema import cursors, placements, suppressions, tasks
from tests.db.making import NOW

TASK = {"kind": "call_back", "note": "ring me", "created_at": NOW, "due_at": NOW, "status": "open"}


def _task(connection: Connection, key: str) -> int | None:
    return upsert.insert_once(connection, tasks, {**TASK, "key": key})


def test_secrets_and_moments_are_stored_and_read_as_ever(record: Record) -> None:
    read = Prepared(select(tasks.c.note, tasks.c.due_at).where(tasks.c.key == bindparam("of")))
    with record.write() as connection:
        _task(connection, "a")
        found = read.all(connection, {"of": "a"})
        assert found == [tuple(connection.execute(select(tasks.c.note, tasks.c.due_at)).one())] == [("ring me", NOW)]
        assert connection.exec_driver_sql("SELECT note FROM tasks").scalar() != "ring me"


def test_a_moment_may_have_any_offset_but_must_have_one(record: Record) -> None:
    move = Prepared(tasks.update().values(due_at=bindparam("at")))
    summer = timezone(timedelta(hours=1))
    with record.write() as connection:
        _task(connection, "a")
        move.run(connection, {"at": datetime(2026, 6, 11, 18, 30, tzinfo=summer)})
        assert connection.execute(select(tasks.c.due_at)).scalar_one() == datetime(2026, 6, 11, 17, 30, tzinfo=UTC)
        with pytest.raises(ValueError, match="time zone"):
            move.run(connection, {"at": datetime(2026, 6, 11)})  # noqa: DTZ001


def test_a_list_may_have_any_length(record: Record) -> None:
    read = Prepared(
        select(tasks.c.key)
        .where(tasks.c.key.in_(bindparam("keys", expanding=True)), tasks.c.status.in_(("open", "done")))
        .order_by(tasks.c.id)
        .limit(2)
    )
    with record.write() as connection:
        for key in "abc":
            _task(connection, key)
        assert read.all(connection, {"keys": []}) == []
        assert read.all(connection, {"keys": ["c"]}) == [("c",)]
        assert read.all(connection, {"keys": ["c", "a", "b"]}) == [("a",), ("b",)]
        assert read.first(connection, {"keys": ["x"]}) is None
        assert read.scalar(connection, {"keys": ["x"]}) is None


@pytest.mark.parametrize("own", ["50% off's", r"a\b", "%(of)s", ":of ?"])
def test_its_own_words_are_written_into_a_statement_and_mean_what_they_say(record: Record, own: str) -> None:
    read = Prepared(select(tasks.c.id).where(tasks.c.key == own, tasks.c.status == "open", tasks.c.id == bindparam("of")))
    with record.write() as connection:
        one = _task(connection, own)
        assert read.scalar(connection, {"of": one}) == one
        assert "status = 'open'" in read._for(connection, {"of": one}).text


def test_numbers_come_out_as_the_table_has_them(record: Record) -> None:
    place = {"ref": "A", "name": "A", "nickname": "A", "kind": "squad", "bring": "", "team": "a", "women_only": False}
    read = Prepared(select(placements.c.latitude, placements.c.women_only, placements.c.capacity))
    with record.write() as connection:
        connection.execute(placements.insert().values(**place, latitude=55.5))
        assert read.all(connection, {}) == [(55.5, False, None)]


def test_a_row_that_is_there_is_not_inserted_again(record: Record) -> None:
    with record.write() as connection:
        first = _task(connection, "a")
        assert first is not None
        assert _task(connection, "a") is None
        assert upsert.insert_all_once(connection, tasks, [{**TASK, "key": key} for key in "abc"]) == 2


def test_rows_of_a_table_go_in_first_without_and_then_with_their_ids(record: Record) -> None:
    row = {"address_hash": "a", "scope": "everything", "why": "stop", "at": NOW}
    with record.write() as connection:
        upsert._once.cache_clear()
        assert upsert.insert_all_once(connection, suppressions, [row]) == 1
        assert upsert.insert_once(connection, suppressions, {**row, "address_hash": "b"}) is not None


@pytest.mark.parametrize("many", [1, 3, 16, 20, 256, 600])
def test_many_rows_go_in_with_few_statements(record: Record, many: int) -> None:
    insert = Prepared(suppressions.insert(), "at", "address_hash", "scope", "why")
    rows = [{"address_hash": str(n), "scope": "everything", "why": "stop", "at": NOW} for n in range(many)]
    with record.write() as connection:
        assert insert.insert(connection, rows) == many
        stored = connection.execute(select(suppressions.c.address_hash, suppressions.c.why, suppressions.c.at))
        assert [tuple(row) for row in stored] == [(str(n), "stop", NOW) for n in range(many)]


def test_what_a_database_refuses_is_raised_without_what_was_given(record: Record) -> None:
    insert = Prepared(cursors.insert(), "name", "value")
    with pytest.raises(IntegrityError) as refused, record.write() as connection:  # noqa: PT012
        insert.run(connection, {"name": "a", "value": "07700 900123"})
        insert.run(connection, {"name": "a", "value": "07700 900123"})
    assert "900123" not in str(refused.value)


def test_what_is_asked_together_is_answered_in_order_and_committed_with_them(record: Record) -> None:
    read = Prepared(select(tasks.c.key, tasks.c.note).order_by(tasks.c.key))
    rename = Prepared(tasks.update().where(tasks.c.key == bindparam("of")).values(note=bindparam("as")))
    with record.write() as connection:
        _task(connection, "a")
        with together(connection):
            before = read.ask(connection, {})
            rename.run(connection, {"of": "a", "as": "ring at noon"})
            after = read.ask(connection, {})
            connection.commit()
        assert (before(), after()) == ([("a", "ring me")], [("a", "ring at noon")])
    with record.read() as connection:
        assert read.all(connection, {}) == [("a", "ring at noon")]


def _note_and_clash(record: Record) -> None:
    note = Prepared(tasks.update().values(note=bindparam("as")))
    with record.write() as connection, together(connection):
        note.run(connection, {"as": "07700 900123"})
        Prepared(tasks.update().values(key="a")).run(connection, {})
        connection.commit()


def test_what_fails_together_is_told_as_ever_and_nothing_of_it_stays(record: Record) -> None:
    with record.write() as connection:
        _task(connection, "a")
        _task(connection, "b")
    with pytest.raises(IntegrityError) as raised:
        _note_and_clash(record)
    assert "900123" not in str(raised.value)
    with record.read() as connection:
        assert {note for (note,) in Prepared(select(tasks.c.note)).all(connection, {})} == {"ring me"}
