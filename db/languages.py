"""The language that a person chose for themselves, and their need of an interpreter."""

from datetime import datetime

from sqlalchemy import Connection

from db import access, people
from db.people import Person


def choose(connection: Connection, person: Person, locale: str, *, now: datetime) -> None:
    """From now on everything is said to them in that locale, which is a folder of `locales/`."""
    if locale != person.language:
        people.update(connection, person.id, language=locale)
        _log(connection, person, f"language.{locale}", now)


def needs_interpreter(connection: Connection, person: Person, *, now: datetime) -> None:
    """Whoever calls them brings one, until staff say otherwise."""
    if not person.interpreter:
        people.update(connection, person.id, interpreter=True)
        _log(connection, person, "interpreter.needed", now)


def _log(connection: Connection, person: Person, action: str, now: datetime) -> None:
    access.log(connection, person.ref, action, now=now, person_id=person.id)
