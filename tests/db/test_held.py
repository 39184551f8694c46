"""What is held on somebody is all of it: no table that names a person is forgotten."""

from typing import Any

from sqlalchemy import event

from db import held, schema
from db.change import Change
from db.permissions import COMMAND_LINE
from db.record import Record
from tests.db.making import NOW, Town, council

ABOUT_ANOTHER = {"not_with"}


def _naming() -> set[str]:
    tables = schema.metadata.tables.values()
    return {table.name for table in tables for key in table.foreign_keys if key.column.table is schema.people}


def test_every_table_that_names_a_person_is_looked_into(record: Record) -> None:
    town = Town(record)
    town.person("P1")
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    with town.write() as connection:
        event.listen(connection, "before_cursor_execute", note)
        held.on(Change(connection, council(), NOW, COMMAND_LINE), "P1")
    read = " ".join(asked)
    assert {name for name in _naming() if f"FROM {name}" not in read and f"JOIN {name}" not in read} == ABOUT_ANOTHER


def test_news_to_many_is_held_on_each_of_them(record: Record) -> None:
    town = Town(record)
    person = town.person("P1")
    made = town.add(schema.broadcasts, kind="words", status="done", what={}, who={}, made_by="S1", made_at=NOW, begun_at=NOW)
    town.add(schema.broadcast_people, broadcast_id=made, person_id=person, left_out="mode")
    with town.write() as connection:
        found = held.on(Change(connection, council(), NOW, COMMAND_LINE), "P1")
    assert found["news to many"] == [{"kind": "words", "begun_at": "2026-06-10T13:00:00+01:00", "left_out": "mode"}]
