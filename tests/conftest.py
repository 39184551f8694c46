"""Fixtures of every test: a fresh record, on both databases."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.record import Record
from tests import databases


def pytest_configure() -> None:
    os.environ.setdefault(databases.RUN, uuid.uuid4().hex)
    databases.SYNCED = False


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers are done, and their databases with them
        databases.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: at the end of a run the processes then have short tests to share out."""
    items.sort(key=lambda item: not {"e2e", "simulator"} & set(item.path.parts))


@pytest.fixture(params=databases.KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A new migrated database, once on SQLite and once on PostgreSQL."""
    url = databases.fresh(database_kind, tmp_path)
    yield url
    databases.drop(url)


@pytest.fixture
def record(database_kind: str) -> Iterator[Record]:
    with databases.lent(database_kind) as record:
        yield record


@pytest.fixture
def sqlite_record() -> Iterator[Record]:
    """For what cannot differ between the databases, and is asked often."""
    with databases.lent("sqlite") as record:
        yield record
