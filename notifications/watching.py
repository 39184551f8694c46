"""Looking again and again whether all works. Worker and clock both do, so that each notices when the other is dead."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from db import watch
from db.council import Council
from db.record import Record
from db.watch import Reading

EVERY = 5.0  # seconds
FORGETS = timedelta(seconds=60)  # after so long without a look nobody can tell what has lasted: the record was away
AUDIT_EVERY = 600.0

log = logging.getLogger("turnup.watch")


class Watching:
    """Remembers since when a breach has been seen. Two of them do no harm: a breach is one task, whoever finds it."""

    def __init__(self, record: Record, council: Council, *, travels: bool = False) -> None:
        self._record = record
        self._council = council
        self._travels = travels  # a demo's clock may jump over days
        self._since: dict[str, tuple[Any, datetime]] = {}
        self._looked_at: datetime | None = None

    def look(self, *, now: datetime, real: datetime) -> None:
        if self._looked_at is not None and real - self._looked_at > FORGETS:
            self._since.clear()
        self._judge(lambda connection: watch.quick(connection, now=now, real=real), now, real)
        self._looked_at = real

    def audit(self, *, now: datetime, real: datetime) -> None:
        self._judge(watch.audit, now, real)

    def _judge(self, read: Callable[[Connection], list[Reading]], now: datetime, real: datetime) -> None:
        with self._record.read() as connection:
            readings = [one for one in read(connection) if not (self._travels and one.name in watch.BY_THE_CLOCK)]
            standing = watch.standing(connection)
        begun = [one.name for one in readings if self._lasts(one, real) and one.name not in standing]
        over = [one.name for one in readings if not one.breached and one.name in standing]
        if begun or over:
            self._settle(begun, over, now)

    def _lasts(self, one: Reading, real: datetime) -> bool:
        if not one.breached:
            self._since.pop(one.name, None)
            return False
        about, since = self._since.get(one.name, (None, real))
        if one.name not in self._since or about != one.about:
            self._since[one.name] = (one.about, real)
            since = real
        return real - since >= one.lasting

    def _settle(self, begun: Sequence[str], over: Sequence[str], now: datetime) -> None:
        with self._record.write() as connection:
            new = watch.settle(connection, self._council, begun=begun, over=over, now=now)
        for name in new:
            log.error("%s: in trouble; see `turnup doctor`", name)
        for name in over:
            log.info("%s: well again", name)
