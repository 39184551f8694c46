"""How far a piece of work has come, and whose turn it is at it."""

from sqlalchemy import Connection, select

from db.schema import cursors
from db.upsert import insert_once_by


def move(connection: Connection, name: str, value: str | None = None) -> str | None:
    """The place reached; with a value, the new place."""
    if value is None:
        return connection.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar()
    if not insert_once_by(connection, cursors, {"name": name, "value": value}):
        connection.execute(cursors.update().where(cursors.c.name == name).values(value=value))
    return value


def in_turn(connection: Connection, name: str) -> None:
    """Waits for whoever is at this work in another process, and keeps the others waiting until the transaction ends."""
    standing = select(cursors.c.name).where(cursors.c.name == name).with_for_update()
    if connection.execute(standing).first() is None:
        insert_once_by(connection, cursors, {"name": name, "value": ""})
        connection.execute(standing).first()
