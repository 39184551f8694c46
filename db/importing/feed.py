"""What each row said when it was last imported: a cell that has not changed since leaves alone what staff changed meanwhile.

Without it, the next day's feed would make a discreet person's messages plain again, and move a session back.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from db.importing.reading import Key, Sheet
from db.importing.stored import Values, matching
from db.schema import fed

KEPT = ("people", "orders", "placements", "sessions", "bookings", "packs")
EMPTY_BY_RULE = ("mode", "complete_by")  # an empty one is settled by a rule that knows what stood before
AT_ONCE = 500  # rows in one statement

Cells = dict[str, str]
Fed = dict[str, dict[str, Cells]]


def load(connection: Connection, sheets: Mapping[str, Sheet]) -> Fed:
    """By file and key, for the rows that these files name."""
    found: Fed = {file: {} for file in KEPT}
    for file in KEPT:
        if file in sheets:
            query = select(fed.c.key, fed.c.cells).where(fed.c.file == file)
            wanted = [_key(key) for key in sheets[file].rows]
            found[file] = {row["key"]: row["cells"] for row in matching(connection, query, fed.c.key, wanted)}
    return found


def heard(file: str, key: Key, said: Values, before: Values | None, last: Fed) -> Values:
    """The row as it counts: what the file says anew, and of the rest what the record holds."""
    cells = last.get(file, {}).get(_key(key))
    if before is None or cells is None:
        return said
    kept = {name for name, value in said.items() if name in before and cells.get(name) == _cell(value)}
    kept -= {name for name in EMPTY_BY_RULE if said.get(name) is None}
    return {name: before[name] if name in kept else value for name, value in said.items()}


def keep(connection: Connection, sheets: Mapping[str, Sheet], last: Fed) -> None:
    """Remembers what the files said."""
    for file in KEPT:
        rows = sheets[file].rows.items() if file in sheets else ()
        now = {_key(key): {name: _cell(value) for name, value in row.values.items()} for key, row in rows}
        changed = {key: cells for key, cells in now.items() if last[file].get(key) != cells}
        _write(connection, file, changed)


def _write(connection: Connection, file: str, changed: Mapping[str, Cells]) -> None:
    keys = list(changed)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        connection.execute(fed.delete().where(fed.c.file == file, fed.c.key.in_(some)))
        connection.execute(fed.insert(), [{"file": file, "key": key, "cells": changed[key]} for key in some])


def _key(key: Key) -> str:
    return key if isinstance(key, str) else " ".join(key)


def _cell(value: Any) -> str:
    return str(value)
