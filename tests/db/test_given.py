"""A list or rows handed over as one parameter mean the same on both databases."""

import pytest
from sqlalchemy import BigInteger, Integer, Text, literal_column, select
from sqlalchemy.dialects import sqlite

from db.given import among, pack, rows
from db.record import Record
from db.schema import cursors, notices, staff

SOME = [(1, 2, 'it\'s "50%": ünï'), (2**40, 0, None)]


def test_rows_come_out_as_they_were_packed(record: Record) -> None:
    with record.read() as connection:
        table = rows(connection.dialect.name, id=BigInteger, count=Integer, words=Text)
        found = connection.execute(select(table.c.id, table.c.count, table.c.words), pack(SOME))
        assert [tuple(row) for row in found] == SOME


def test_among_is_in_a_list_of_text_or_of_numbers_however_long_it_is(record: Record) -> None:
    with record.write() as connection:
        connection.execute(cursors.insert(), [{"name": name, "value": ""} for name in ("a", "b'", "c")])
        by_name = select(cursors.c.name).where(among(cursors.c.name, "names")).order_by(cursors.c.name)
        for asked, found in ((["b'", "c", "z"], ["b'", "c"]), ([], []), ({"a"}, ["a"])):
            assert list(connection.execute(by_name, {"names": asked}).scalars()) == found
        by_id = select(staff.c.ref).where(among(staff.c.id, "ids"))
        assert connection.execute(by_id, {"ids": range(1000)}).all() == []


@pytest.mark.parametrize("name", ["", "NULL", "a,b", "{a}", 'say "aye"', "back\\slash", '\\"', " a ", "%s", "Càit 👍"])
def test_any_text_may_stand_in_a_list(record: Record, name: str) -> None:
    with record.write() as connection:
        connection.execute(cursors.insert(), [{"name": name, "value": ""}, {"name": "another", "value": ""}])
        among_them = select(cursors.c.name).where(among(cursors.c.name, "names"))
        assert connection.execute(among_them, {"names": [name, "z"]}).scalars().all() == [name]


def test_among_others_conditions_it_still_goes_by_the_index(sqlite_record: Record) -> None:
    query = select(notices.c.id).where(among(notices.c.person_id, "ids"), notices.c.status == literal_column("'told'"))
    asked = str(query.compile(dialect=sqlite.dialect()))
    with sqlite_record.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("[1, 2]",)).all()
    assert "SEARCH notices USING INDEX ix_notices_person_id" in plan[0].detail
