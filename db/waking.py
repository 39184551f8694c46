"""On PostgreSQL: a word to the other processes that something was written, which they hear when it is committed.

It only spares them the wait until their next look; who misses it loses nothing.
"""

from sqlalchemy import Connection, text

CAME_IN = "turnup_came_in"
TO_SEND = "turnup_to_send"

_NOTIFY = {name: text(f"NOTIFY {name}") for name in (CAME_IN, TO_SEND)}


def tell(connection: Connection, name: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY[name])
