"""Opening the record: writers wait for each other however long it takes, and a connection that died is replaced."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from db import record as record_module
from db.record import Record
from db.schema import meta
from tests import databases


def test_a_thread_that_wants_to_write_waits_longer_than_sqlite_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_module, "BUSY_TIMEOUT", 1)
    record = Record(databases.fresh("sqlite", tmp_path), databases.KEYS)
    begun = threading.Event()

    def write(name: str) -> None:
        begun.set()
        with record.write() as connection:
            connection.execute(meta.insert().values(name=name, value=""))

    with record.write() as connection:
        connection.execute(meta.insert().values(name="first", value=""))
        second = threading.Thread(target=write, args=("second",))
        second.start()
        begun.wait()
        second.join(0.1)
        assert second.is_alive()
    second.join()
    with record.read() as connection:
        names = set(connection.execute(meta.select()).scalars())
    record.close()
    assert {"first", "second"} <= names


@pytest.mark.parametrize("asked_after", [60.0, 0.0], ids=["it is looked at", "it is asked"])
def test_a_connection_that_the_server_has_ended_is_replaced_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_after: float
) -> None:
    monkeypatch.setattr(record_module, "ASKED_AFTER", asked_after)
    url = databases.fresh("postgresql", tmp_path)
    record, other = (Record(url, databases.KEYS) for _ in range(2))
    number = text("SELECT pg_backend_pid()")
    with record.read() as connection:
        first = connection.execute(number).scalar_one()
    with record.read() as connection:
        assert connection.execute(number).scalar_one() == first
    with other.write() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    with record.write() as connection:
        assert connection.execute(number).scalar_one() != first
    for one in (record, other):
        one.close()
    databases.drop(url)
