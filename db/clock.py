"""The time that the record lives by: the machine's own, or in the demo an offset from it that every process follows."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from db.record import Record
from db.schema import meta

OFFSET = "clock_offset"


def offset(connection: Connection) -> timedelta:
    """How far the record's time is ahead of the machine's; nothing but in a demo whose clock was moved."""
    value = connection.execute(select(meta.c.value).where(meta.c.name == OFFSET)).scalar()
    return timedelta(seconds=float(value)) if value else timedelta()


class Clock:
    """`now()` is the record's time; `real()` the machine's, which leases and HTTP keep to."""

    def __init__(self, record: Record, *, travels: bool = False) -> None:
        self._record = record
        self._travels = travels
        self._offset = timedelta()
        self.follow()

    def follow(self) -> None:
        """Reads the offset anew. Called every second where the clock may travel."""
        if not self._travels:
            return
        with self._record.read() as connection:
            self._offset = offset(connection)

    def set(self, moment: datetime | None) -> None:
        """Moves the clock for every process of this record; None is the machine's own time again."""
        offset = 0.0 if moment is None else (moment - self.real()).total_seconds()
        with self._record.write() as connection:
            changed = connection.execute(meta.update().where(meta.c.name == OFFSET).values(value=str(offset)))
            if not changed.rowcount:
                connection.execute(meta.insert().values(name=OFFSET, value=str(offset)))
        self.follow()

    def now(self) -> datetime:
        return self.real() + self._offset

    @staticmethod
    def real() -> datetime:
        return datetime.now(UTC)
