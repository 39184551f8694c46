"""Settings as a host gives them that reads a Procfile, and what Turnup refuses there."""

import pytest

from bot import settings
from bot.settings import SettingsError
from tests import databases

KEY = {"TURNUP_SECRET_KEY": databases.SECRET}


def test_the_port_and_the_database_are_taken_from_the_host() -> None:
    found = settings.of({**KEY, "PORT": "5000", "DATABASE_URL": "postgres://turnup:word@db.example.org/turnup"})
    assert (found.port, found.database_url) == (5000, "postgresql+psycopg://turnup:word@db.example.org/turnup")


def test_our_own_settings_come_first() -> None:
    theirs = {"PORT": "5000", "DATABASE_URL": "postgres://theirs"}
    ours = {"TURNUP_PORT": "8000", "TURNUP_DATABASE_URL": "sqlite:////srv/turnup.db"}
    found = settings.of({**KEY, **theirs, **ours})
    assert (found.port, found.database_url) == (8000, "sqlite:////srv/turnup.db")


@pytest.mark.parametrize("host", [{"DYNO": "web.1"}, {"K_SERVICE": "turnup"}], ids=["Heroku", "Cloud Run"])
def test_where_the_disk_is_thrown_away_only_postgresql_will_do(host: dict[str, str]) -> None:
    for kept in ({}, {"TURNUP_DATABASE_URL": "sqlite:////srv/turnup.db"}):
        with pytest.raises(SettingsError, match=r"throws its disk away.*set TURNUP_DATABASE_URL"):
            settings.of({**KEY, **host, **kept})
    settings.of({**KEY, **host, "DATABASE_URL": "postgres://turnup:word@db.example.org/turnup"})
    settings.of({**KEY, **host, "TURNUP_ENV": "demo"})
