"""Open questions, as rows: a restart forgets none, and a letter counts only for the latest one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from db.given import among
from db.prepared import Prepared
from db.schema import people, questions

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
_INSERT = Prepared(
    questions.insert(),
    "person_id", "kind", "booking_id", "report_id", "pack_request_id", "then", "asked_at", "expires_at", "feedback_round_id",
)  # fmt: skip
_own = questions.alias("own")
_newest = select(func.max(_own.c.id)).where(_own.c.person_id == people.c.id).scalar_subquery()
_LATEST = Prepared(
    select(*_COLUMNS, people.c.id)
    .select_from(people.join(questions, questions.c.id == _newest))
    .where(among(people.c.id, "people"))
)
_CLOSE = Prepared(questions.update().where(questions.c.id == bindparam("question")).values(closed_at=bindparam("now")))
_CLOSE_ALL = Prepared(
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
    question_id: int = _INSERT.insert_one(connection, row)
    return question_id


def latest(connection: Connection, person_id: int, *, now: datetime) -> Question | None:
    """The latest question while it is open."""
    return latest_each(connection, [person_id], now=now).get(person_id)


def latest_each(connection: Connection, person_ids: Collection[int], *, now: datetime) -> dict[int, Question]:
    """The same of each of several people; nothing of those whose latest question is not open."""
    found = {row[-1]: _question(row[:-1], now) for row in _LATEST.all(connection, {"people": person_ids})}
    return {person_id: question for person_id, question in found.items() if question.open}


def by_id(connection: Connection, question_id: int, person_id: int, *, now: datetime) -> Question | None:
    row = connection.execute(
        select(*_COLUMNS).where(questions.c.id == question_id, questions.c.person_id == person_id)
    ).first()
    return _question(row, now) if row else None


def _question(row: Sequence[Any], now: datetime) -> Question:
    id_, kind, booking_id, report_id, pack_request_id, then, closed_at, expires_at, feedback_round_id = row
    is_open = closed_at is None and expires_at > now
    return Question(id_, kind, booking_id, report_id, pack_request_id, then, is_open, feedback_round_id)


def close(connection: Connection, question_id: int, *, now: datetime) -> None:
    _CLOSE.run(connection, {"question": question_id, "now": now})


def close_all(connection: Connection, person_id: int, *, now: datetime) -> None:
    _CLOSE_ALL.run(connection, {"of": person_id, "now": now})
