"""An installation with a lived-in record, and the command line on it as an operator has it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from db.crypto import Keys
from db.record import Record
from tests import databases, forked
from tests.handlers.talking import Someone, Town

OLD, NEW = databases.SECRET, "another secret of thirty-two characters"


@dataclass
class Place:
    """One database and who lives in it: somebody by text, somebody on Telegram, somebody who stopped, a stranger."""

    url: str
    town: Town
    secrets: tuple[str, ...] = (OLD,)
    people: dict[str, Someone] = field(default_factory=dict)

    def run(self, *arguments: str, **settings: str) -> CompletedProcess[str]:
        self.town.record.close()
        env = {
            **os.environ, "TURNUP_ENV": "production", "TURNUP_DATABASE_URL": self.url,
            "TURNUP_SECRET_KEY": ",".join(self.secrets), **settings,
        }  # fmt: skip
        return forked.run(arguments, env=env)

    def must(self, *arguments: str) -> list[str]:
        done = self.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    def fails(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        return done.stderr.strip()

    def opened(self, *secrets: str, url: str | None = None) -> Record:
        """The record as this process now has it, under those keys, where given at another address."""
        self.secrets = secrets or self.secrets
        self.url = url or self.url
        self.town.record.close()
        self.town.record = Record(self.url, Keys(self.secrets), pooled=False)
        return self.town.record


def lived_in(url: str) -> Place:
    town = Town(Record(url, databases.KEYS, pooled=False))
    place = Place(url, town)
    lead = town.staff("Ailsa Kerr", "supervisor")
    session = town.session("12 September 9:30", supervisor=lead)
    place.people = {
        "texting": town.person("Craig Haddow"),
        "chatting": town.person("Morag Reid", door="telegram"),
        "stopped": town.person("Iain Boyd"),
    }
    for one in place.people.values():
        one.is_booked(session)
    place.people["texting"].texts("3")
    place.people["chatting"].writes("feedback")
    place.people["chatting"].writes("the van is cold")
    place.people["chatting"].writes("My hours")
    place.people["stopped"].texts("STOP")
    town.stranger().texts("Who is this?")
    town.reminds()
    return place


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    made: list[Place] = []

    def make(kind: str) -> Place:
        made.append(lived_in(databases.fresh(kind, tmp_path)))
        return made[-1]

    yield make
    for place in made:
        place.town.record.close()
        databases.drop(place.url)


@pytest.fixture
def place(make_place: Callable[[str], Place]) -> Place:
    return make_place("sqlite")
