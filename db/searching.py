"""People as staff on site speak of them: by initials, by name, or by ref. Only those with an order that is not over."""

from collections.abc import Iterator

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, select

from db import people as who
from db.crypto import sealed
from db.people import Person
from db.permissions import Actor, allows
from db.placing import ENDED
from db.schema import orders, people

MOST_INITIALS = 3


def is_initials(said: str) -> bool:
    return said.isalpha() and len(said) <= MOST_INITIALS


def called(connection: Connection, actor: Actor, action: str, said: str) -> list[Person]:
    """Those whom it may mean of the people for whom the actor may do that, in the order of their refs."""
    wanted = " ".join(said.split()).casefold()
    ids = [id_ for id_, ref, first, last in _those(connection, actor, action) if _means(wanted, ref, first, last)]
    found = who.people_by_id(connection, ids) if ids else {}
    return [found[id_] for id_ in ids]


def _those(connection: Connection, actor: Actor, action: str) -> Iterator[tuple[int, str, str, str]]:
    running = select(orders.c.person_id).where(orders.c.status.not_in(ENDED))
    columns = (people.c.id, people.c.ref, people.c.team, sealed(people.c.first_name), sealed(people.c.last_name))
    for id_, ref, team, first, last in connection.execute(
        select(*columns).where(people.c.id.in_(running)).order_by(people.c.ref)
    ):
        if allows(actor, action, team):
            try:
                yield id_, ref, first.open(), last.open()
            except InvalidToken:
                continue  # whom no key opens is found by the office


def _means(wanted: str, ref: str, first: str, last: str) -> bool:
    whole = f"{first} {last}".casefold()
    if wanted in (ref.casefold(), whole):
        return True
    if is_initials(wanted) and wanted == who.initials(first, last).casefold():
        return True
    return wanted == f"{first} {last[:1]}".casefold()
