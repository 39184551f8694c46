"""Photos of finished pack work: wanted when they are sent, fetched outside any transaction, kept for who checks the work."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, literal_column, select

from db import people, threads
from db.council import Council
from db.schema import pack_photos, pack_requests

TRIES = 8
FIRST_PAUSE = timedelta(seconds=10)  # doubled with each try: the last comes after three quarters of an hour
UNREADABLE = "[picture]"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo still with Telegram, under this id of a file."""

    id: int
    person_id: int
    file: str
    attempts: int


_WANTED = (
    select(pack_photos.c.id, pack_requests.c.person_id, pack_photos.c.file, pack_photos.c.attempts)
    .join(pack_requests, pack_requests.c.id == pack_photos.c.pack_request_id)
    .where(pack_photos.c.state == literal_column("'wanted'"), pack_photos.c.next_attempt_at <= bindparam("now"))
    .order_by(pack_photos.c.next_attempt_at)
    .limit(bindparam("limit"))
)


def want(connection: Connection, request_id: int, file: str, *, now: datetime) -> None:
    row = {"pack_request_id": request_id, "file": file, "state": "wanted", "attempts": 0, "next_attempt_at": now, "at": now}
    connection.execute(pack_photos.insert().values(**row))


def wanted(connection: Connection, *, now: datetime, limit: int) -> list[Wanted]:
    """Those whose next try is due."""
    return [Wanted(*row) for row in connection.execute(_WANTED, {"now": now, "limit": limit})]


def keep(connection: Connection, photo: Wanted, image: bytes) -> None:
    """The picture itself, without anything that it told of its camera, place and time."""
    _settle(connection, photo, state="kept", image=base64.b64encode(image).decode())


def again(connection: Connection, council: Council, photo: Wanted, *, now: datetime) -> None:
    """It could not be fetched; later perhaps. After the last try it is for staff."""
    attempts = photo.attempts + 1
    if attempts >= TRIES:
        give_up(connection, council, photo, now=now)
    else:
        _settle(connection, photo, attempts=attempts, next_attempt_at=now + FIRST_PAUSE * 2**photo.attempts)


def give_up(connection: Connection, council: Council, photo: Wanted, *, now: datetime) -> None:
    """It is no picture, too large, or gone: staff ask the person, as for anything else that we cannot open."""
    if _settle(connection, photo, state="unusable"):
        person = people.person(connection, photo.person_id)
        threads.received(connection, council, person, UNREADABLE, inbound_id=None, now=now)


def _settle(connection: Connection, photo: Wanted, **values: object) -> bool:
    """Whether it was still wanted: another process may have been first."""
    mine = (pack_photos.c.id == photo.id, pack_photos.c.state == "wanted")
    return connection.execute(pack_photos.update().where(*mine).values(**values)).rowcount == 1


def of_request(connection: Connection, request_id: int) -> list[bytes]:
    """The pictures that are kept, oldest first."""
    kept = (pack_photos.c.pack_request_id == request_id, pack_photos.c.state == "kept")
    query = select(pack_photos.c.image).where(*kept).order_by(pack_photos.c.id)
    return [base64.b64decode(image) for image in connection.execute(query).scalars()]
