"""What a person is told of their pack without having asked: only while it is true, and only of the state it is in."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from db import notices, packs
from db.change import Change
from db.council import at_minute
from db.notices import Notice
from db.packs import Request
from db.sessions import Booked

LASTS = timedelta(days=5)  # news of a pack that could not be said by then is for staff to say
NOON = 12 * 60


def tell(change: Change, request: Request, string: str, *, about: Booked | None = None, **fields: Any) -> None:
    """Writes one message about the request as it stands now. It never leaves once the request has gone on."""
    expires_at = change.now + LASTS
    notice = Notice(
        key=f"{string}:r{request.id}:v{request.version}",
        purpose="pack",
        string=string,
        lane=notices.REST,
        expires_at=min(expires_at, about.starts_at) if about else expires_at,
        timing="routine",
        fields={**said_of(change.connection, request), **fields},
        person_id=request.person_id,
        pack_request_id=request.id,
        pack_version=request.version,
        **(about.about if about else {}),
    )
    notices.write(change.connection, change.council, notice, now=change.now)


def said_of(connection: Connection, request: Request) -> dict[str, Any]:
    """The fields that any message about it may need."""
    fields = {"pack": request.name, "place": packs.where(connection, request)}
    return {**fields, "day": day_of(request.return_by)} if request.return_by else fields


def day_of(day: date) -> str:
    """A date as a field for a day."""
    moment: datetime = at_minute(day, NOON)
    return moment.isoformat()
