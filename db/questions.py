"""Open questions, as rows: a restart forgets none, and a letter counts only for the latest one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from db.schema import questions

OPEN_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Question:
    id: int
    kind: str
    booking_id: int | None
    report_id: int | None
    pack_request_id: int | None
    then: str | None
    open: bool
    feedback_round_id: int | None = None


_COLUMNS = (
    questions.c.id, questions.c.kind, questions.c.booking_id, questions.c.report_id, questions.c.pack_request_id,
    questions.c.then, questions.c.closed_at, questions.c.expires_at, questions.c.feedback_round_id,
)  # fmt: skip
_INSERT = questions.insert().returning(questions.c.id)
_LATEST = select(*_COLUMNS).where(questions.c.person_id == bindparam("person_id")).order_by(questions.c.id.desc()).limit(1)
_CLOSE = questions.update().where(questions.c.id == bindparam("question")).values(closed_at=bindparam("now"))
_CLOSE_ALL = (
    questions.update()
    .where(questions.c.person_id == bindparam("of"), questions.c.closed_at.is_(None))
    .values(closed_at=bindparam("now"))
)


def ask(
    connection: Connection,
    person_id: int,
    kind: str,
    *,
    now: datetime,
    expires_at: datetime | None = None,
    booking_id: int | None = None,
    report_id: int | None = None,
    pack_request_id: int | None = None,
    then: str | None = None,
    feedback_round_id: int | None = None,
    open_for: timedelta = OPEN_FOR,
) -> int:
    """Opens a question, which closes any other: the latest prompt wins. It lasts a day, or until `expires_at` if sooner."""
    close_all(connection, person_id, now=now)
    until = now + open_for if expires_at is None else min(now + open_for, max(expires_at, now + timedelta(minutes=1)))
    row = {
        "person_id": person_id, "kind": kind, "booking_id": booking_id, "report_id": report_id,
        "pack_request_id": pack_request_id, "then": then, "asked_at": now, "expires_at": until,
        "feedback_round_id": feedback_round_id,
    }  # fmt: skip
    question_id: int = connection.execute(_INSERT, row).scalar_one()
    return question_id


def latest(connection: Connection, person_id: int, *, now: datetime) -> Question | None:
    """The latest question while it is open."""
    row = connection.execute(_LATEST, {"person_id": person_id}).first()
    if row is None or row.closed_at is not None or row.expires_at <= now:
        return None
    return _question(row, is_open=True)


def by_id(connection: Connection, question_id: int, person_id: int, *, now: datetime) -> Question | None:
    row = connection.execute(
        select(*_COLUMNS).where(questions.c.id == question_id, questions.c.person_id == person_id)
    ).first()
    if row is None:
        return None
    is_open = row.closed_at is None and row.expires_at > now
    return _question(row, is_open=is_open)


def _question(row: Any, *, is_open: bool) -> Question:
    about = (row.id, row.kind, row.booking_id, row.report_id, row.pack_request_id, row.then)
    return Question(*about, is_open, row.feedback_round_id)


def close(connection: Connection, question_id: int, *, now: datetime) -> None:
    connection.execute(_CLOSE, {"question": question_id, "now": now})


def close_all(connection: Connection, person_id: int, *, now: datetime) -> None:
    connection.execute(_CLOSE_ALL, {"of": person_id, "now": now})
