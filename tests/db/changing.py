"""Changes by staff in a test: who acts, and what comes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from db import schema
from db.change import Change, ChangeError
from db.permissions import COMMAND_LINE, Actor
from tests.db.making import NOW, Town, council


class Desk:
    """Where staff change the town's record."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def do(self, what: Callable[..., Any], *args: Any, actor: Actor = COMMAND_LINE, reason: str = "", **given: Any) -> Any:
        with self.town.write() as connection:
            return what(Change(connection, council(), NOW, actor, reason or None), *args, **given)

    def refuses(self, said: str, what: Callable[..., Any], *args: Any, **given: Any) -> None:
        """Nothing is changed, and the sentence says why and what to do."""
        before = self._everything()
        with pytest.raises(ChangeError) as error:
            self.do(what, *args, **given)
        assert str(error.value) == said
        assert self._everything() == before

    def _everything(self) -> list[Any]:
        return [self.town.rows(table) for table in schema.metadata.sorted_tables if len(table.primary_key)]
