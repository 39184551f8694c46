"""Sessions that start later than they stand: whoever was told so hears that time from then on, and no other."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from db.prepared import Prepared
from db.schema import notices
from db.sessions import Booked

LATE, AS_IT_STANDS = "session.late_start", "session.is_on"
TAKEN_BACK = ("superseded", "cancelled")

_ANY = Prepared(select(notices.c.id).where(notices.c.booking_id == bindparam("booking"), notices.c.string == LATE).limit(1))


def starts(connection: Connection, one: Booked) -> dict[str, str]:
    """Its day and time as fields, as that person knows them."""
    if _ANY.first(connection, {"booking": one.booking_id}) is None:
        return one.starts
    versions = (one.booking_version, one.session_version)
    return {**one.starts, **of_bookings(connection, {one.booking_id: versions}).get(one.booking_id, {})}


def of_bookings(connection: Connection, versions: Mapping[int, tuple[int, int]]) -> dict[int, dict[str, str]]:
    """The field `time` of those of these bookings that start late, by their ids, with their versions and their session's."""
    found: dict[int, dict[str, str]] = {}
    for row in _latest(connection, versions):
        if row.string == LATE and versions[row.booking_id] == (row.booking_version, row.session_version):
            found[row.booking_id] = {"time": row.fields["time"]}
    return found


def _latest(connection: Connection, booking_ids: Collection[int]) -> Any:
    """What each was told last of when it starts."""
    said = and_(
        notices.c.booking_id.in_(booking_ids),
        notices.c.string.in_((LATE, AS_IT_STANDS)),
        notices.c.status.not_in(TAKEN_BACK),
    )
    newest = select(func.max(notices.c.id)).where(said).group_by(notices.c.booking_id)
    columns = ("booking_id", "booking_version", "session_version", "string", "fields")
    return connection.execute(select(*(notices.c[name] for name in columns)).where(notices.c.id.in_(newest)))
