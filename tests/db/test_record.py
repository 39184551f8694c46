"""Opening the record: writers wait for each other however long it takes, and a connection that died is replaced."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import faults, leases
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


def test_a_process_that_stalls_in_the_middle_of_a_transaction_gives_its_lease_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has locked the lease that it works under: whoever stands by must not have to wait until it wakes."""
    monkeypatch.setattr(record_module, "STALLS_FOR", 0.2)
    url = databases.fresh("postgresql", tmp_path)
    stalled, other = (Record(url, databases.KEYS, serving=serving) for serving in (True, False))
    now = datetime.now(UTC)
    with stalled.write() as connection:
        assert leases.take(connection, "send:sms", "stalled", real=now) == 1
    with pytest.raises(DBAPIError) as woken:
        _stall_while_another_takes_over(stalled, other, now)
    assert faults.is_of_the_database(woken.value)
    with stalled.write() as connection:
        assert not leases.holds(connection, "send:sms", "stalled", 1), "it goes on, and sees that it is no holder any more"
    for one in (stalled, other):
        one.close()
    databases.drop(url)


def _stall_while_another_takes_over(stalled: Record, other: Record, now: datetime) -> None:
    with stalled.write() as connection:
        assert leases.holds(connection, "send:sms", "stalled", 1)
        with other.write() as another:
            another.execute(text("SET LOCAL lock_timeout = '5s'"))
            assert leases.take(another, "send:sms", "another", real=now + leases.LASTS) == 2
        connection.execute(meta.insert().values(name="woken", value=""))


def test_the_stall_that_is_allowed_is_shorter_than_a_lease() -> None:
    assert leases.LASTS.total_seconds() > record_module.STALLS_FOR
