"""How far a list of the provider's has been read."""

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
