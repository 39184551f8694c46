"""Writers of one process wait for each other however long it takes."""

import threading
from pathlib import Path

import pytest

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
