"""Absence and lateness reports: what a person told us, and how long before the start. Facts, no judgement."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from db import access, bookings, notices, tasks
from db.prepared import Prepared
from db.schema import bookings as booking_rows
from db.schema import notices as notice_rows
from db.schema import questions, reports, sessions
from db.sessions import Booked

_stands = (reports.c.booking_id == bindparam("booking"), reports.c.withdrawn_at.is_(None))
_STANDING = Prepared(select(reports.c.id, reports.c.kind).where(*_stands))
_WITHDRAW = Prepared(reports.update().where(*_stands).values(withdrawn_at=bindparam("now")))
_OPEN_STILL = Prepared(
    select(notice_rows.c.id)
    .where(
        notice_rows.c.booking_id == bindparam("booking"),
        notice_rows.c.purpose == bindparam("purpose"),
        notice_rows.c.status == "open",
    )
    .limit(1)
)
_last_asked = select(func.max(questions.c.id)).where(questions.c.person_id == bindparam("person")).scalar_subquery()
_EXPLAINED = Prepared(
    select(questions.c.booking_id)
    .join(reports, reports.c.booking_id == questions.c.booking_id)
    .where(questions.c.id == _last_asked, questions.c.kind == "reason", questions.c.closed_at > bindparam("since"))
    .where(reports.c.kind == "cant", reports.c.reason.is_not(None), reports.c.withdrawn_at.is_(None))
    .limit(1)
)
_THAT = reports.update().where(reports.c.id == bindparam("report"))
_SET_REASON = Prepared(_THAT.values(reason=bindparam("said")))
_SET_BAND = Prepared(_THAT.values(band=bindparam("said")))
_INSERT = Prepared(reports.insert(), "booking_id", "kind", "channel", "at", "minutes_before")


def report(connection: Connection, one: Booked, kind: str, *, channel: str, now: datetime, actor: str) -> int:
    """Records "can't come" or "late" for one booking; the same said again is the same report. Returns its id."""
    access.log(connection, actor, f"reported.{kind}", now=now, person_id=one.person_id)
    bookings.answer(connection, one.booking_id, kind, now=now)
    standing = _STANDING.all(connection, {"booking": one.booking_id})
    for standing_id, said_before in standing:
        if said_before == kind:
            return int(standing_id)
    if standing:
        _withdraw(connection, one.booking_id, now)
    said = {
        "booking_id": one.booking_id, "kind": kind, "channel": channel, "at": now,
        "minutes_before": int((one.starts_at - now).total_seconds() // 60),
    }  # fmt: skip
    report_id: int = _INSERT.insert_one(connection, said)
    if kind == "cant":
        _say_no_more(connection, one.booking_id, "reminder", "reported", now)
    return report_id


def coming(connection: Connection, one: Booked, *, now: datetime, actor: str) -> None:
    """Records "coming": the latest word wins, and a report before it is withdrawn, not erased."""
    access.log(connection, actor, "said.coming", now=now, person_id=one.person_id)
    bookings.answer(connection, one.booking_id, "coming", now=now)
    if _STANDING.all(connection, {"booking": one.booking_id}):
        _withdraw(connection, one.booking_id, now)


def _withdraw(connection: Connection, booking_id: int, now: datetime) -> None:
    """The report stays in the record; nobody has to decide on it any more, and no decision on it is news."""
    _WITHDRAW.run(connection, {"booking": booking_id, "now": now})
    tasks.close(connection, f"absence:b{booking_id}", now=now)
    _say_no_more(connection, booking_id, "decision", "answered_anew", now)


def _say_no_more(connection: Connection, booking_id: int, purpose: str, why: str, now: datetime) -> None:
    """Looks first: seldom is there anything to take back."""
    if _OPEN_STILL.first(connection, {"booking": booking_id, "purpose": purpose}) is not None:
        about = (notice_rows.c.booking_id == booking_id, notice_rows.c.purpose == purpose)
        notices.withdraw(connection, *about, status="superseded", why=why, now=now)


def explained(connection: Connection, person_id: int, *, since: datetime) -> int | None:
    """The booking whose reason was the last thing that this person was asked for, where they gave it since then."""
    booking_id: int | None = _EXPLAINED.scalar(connection, {"person": person_id, "since": since})
    return booking_id


def set_reason(connection: Connection, report_id: int, reason: str) -> None:
    _SET_REASON.run(connection, {"report": report_id, "said": reason})


def set_band(connection: Connection, report_id: int, band: str) -> None:
    _SET_BAND.run(connection, {"report": report_id, "said": band})


def of_person(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    """What stands, newest first: `{session, kind, reason, band, at}`."""
    query = (
        select(sessions.c.ref, reports.c.kind, reports.c.reason, reports.c.band, reports.c.at)
        .join(booking_rows, booking_rows.c.id == reports.c.booking_id)
        .join(sessions, sessions.c.id == booking_rows.c.session_id)
        .where(booking_rows.c.person_id == person_id, reports.c.withdrawn_at.is_(None))
        .order_by(reports.c.at.desc(), reports.c.id.desc())
    )
    return [
        {"session": row.ref, "kind": row.kind, "reason": row.reason, "band": row.band, "at": row.at}
        for row in connection.execute(query)
    ]
