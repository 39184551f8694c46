"""The whole record moves to another database, and what arrived is compared with what left."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db import copying, leases, schema
from db.clock import Clock
from db.crypto import Keys
from db.record import Record
from tests import databases
from tests.moving.conftest import NEW, Place

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


def counts(record: Record) -> dict[str, int]:
    with record.read() as connection:
        tables = [table for table in copying.COPIED if table is not schema.meta]
        return {one.name: connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables}


@pytest.mark.parametrize("kind", databases.KINDS)
def test_all_of_it_arrives_and_the_conversation_goes_on(
    make_place: Callable[[str], Place], kind: str, tmp_path: Path
) -> None:
    place = make_place(kind)
    there = databases.empty(OTHER[kind], tmp_path)
    left = counts(place.town.record)
    lines = place.must("copy", "--to", there)
    assert counts(place.opened(url=there)) == left
    assert f"people 3 {_digest(place)}" in lines
    assert lines[-1].startswith(f"{sum(left.values()) + 1} rows in both")  # and which key the hashes are under
    # New rows do not run into the numbers of those that moved.
    assert place.people["texting"].texts("4") != []
    assert place.people["chatting"].writes("Next session") != []


def _digest(place: Place) -> str:
    with place.town.record.read() as connection:
        return copying.digest(connection, schema.people)


def test_rows_that_point_at_later_rows_of_their_own_table_arrive(place: Place, tmp_path: Path) -> None:
    first = place.people["texting"].order
    second = place.town.order(place.people["texting"], hours=50)
    place.town.change(schema.orders, first, concurrent_with_id=second)
    there = databases.empty("postgresql", tmp_path)
    place.must("copy", "--to", there)
    place.opened(url=there)
    assert place.town.rows(schema.orders, id=first)[0]["concurrent_with_id"] == second


def test_what_says_who_runs_stays_behind(place: Place, tmp_path: Path) -> None:
    with place.town.record.write() as connection:
        leases.take(connection, "inbound", "gone", real=Clock.real() - 2 * leases.LASTS)
    there = databases.empty("sqlite", tmp_path)
    place.must("copy", "--to", there)
    with place.opened(url=there).read() as connection:
        assert connection.execute(select(schema.leases)).all() == []


def test_a_database_that_holds_something_is_refused(place: Place, make_place: Callable[[str], Place]) -> None:
    other = make_place("sqlite")
    before = counts(other.town.record)
    assert place.fails("copy", "--to", other.url).startswith("the database to copy to holds something already")
    assert counts(other.opened()) == before


def test_a_record_in_use_is_refused(place: Place, tmp_path: Path) -> None:
    with place.town.record.write() as connection:
        leases.beat(connection, "worker", "one", real=Clock.real() + timedelta(minutes=1))  # a loaded machine is slow
    there = databases.empty("sqlite", tmp_path)
    assert place.fails("copy", "--to", there).startswith("Turnup runs on this database, or did a moment ago")


def test_other_keys_are_refused(place: Place, tmp_path: Path) -> None:
    place.secrets = (NEW,)
    there = databases.empty("sqlite", tmp_path)
    assert (
        place.fails("copy", "--to", there) == "TURNUP_SECRET_KEY does not open this database; use the key it was made with"
    )


def test_a_copy_that_differs_is_undone(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Record(databases.fresh("sqlite", tmp_path), Keys(place.secrets))
    monkeypatch.setattr(copying, "_copy", lambda *_: None)
    with pytest.raises(copying.CopyError, match="feedback_answers did not arrive as it was"):
        copying.copy(place.town.record, there)
    assert sum(counts(there).values()) == 0
    there.close()
