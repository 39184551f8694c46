"""A town to hold conversations in."""

from collections.abc import Callable
from typing import Any

import pytest

from db.record import Record
from tests.handlers.talking import Door, Member, Town

MakeTown = Callable[..., Town]


@pytest.fixture
def make_town(sqlite_record: Record) -> MakeTown:
    """A town whose council's file has these sections changed."""

    def made(**settings: dict[str, Any]) -> Town:
        return Town(sqlite_record, **settings)

    return made


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town()


@pytest.fixture
def kev(town: Town) -> Member:
    return town.staff("Kev Mason", "supervisor")


@pytest.fixture
def ailsa(town: Town) -> Member:
    return town.staff("Ailsa Drum")


@pytest.fixture
def fergus(town: Town) -> Member:
    return town.staff("Fergus Tolmie", "coordinator")


@pytest.fixture
def morag(town: Town) -> Member:
    return town.staff("Morag Pirie", "manager")


@pytest.fixture(params=["sms", "telegram"])
def door(request: pytest.FixtureRequest) -> Door:
    found: Door = request.param
    return found
