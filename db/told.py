"""Whom a change tells: its notices as they stand before anything is sent, each weighed as the sender would weigh it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from db import eligibility, people
from db import notices as notice_record
from db.council import Council
from db.eligibility import Facts, Refusal
from db.notices import Notice, Route
from db.people import Person
from db.schema import deliveries, notices

_DELIVERY = ("channel", "lane", "counts", "address_hash", "expires_at")


@dataclass(slots=True)
class Told:
    """How many people are told, by channel and mode; staff, by channel; and how many are not, by the reason."""

    people: Counter[tuple[str, str]] = field(default_factory=Counter)
    staff: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)


def since(connection: Connection, council: Council, after: int, *, now: datetime) -> Told:
    """Of the notices of this change, made after `after` and at `now`."""
    ours = (notices.c.id > after, notices.c.created_at == now)
    live = (deliveries.c.notice_id == notices.c.id) & (deliveries.c.status == "pending")
    rows = select(notices, *(deliveries.c[name].label(f"d_{name}") for name in _DELIVERY)).outerjoin(deliveries, live)
    told = Told()
    for row in connection.execute(rows.where(*ours).order_by(notices.c.id)).mappings():
        person = people.person(connection, row["person_id"]) if row["person_id"] is not None else None
        if row["d_channel"] is None:
            told.silent[row["why"] or row["status"]] += 1
            continue
        facts = Facts(
            row["purpose"], row["timing"], row["d_lane"], row["d_counts"], row["d_channel"], row["d_address_hash"],
            row["created_at"], row["d_expires_at"], row["booking_id"], row["booking_version"], row["session_id"],
            row["session_version"], row["pack_request_id"], row["pack_version"],
        )  # fmt: skip
        verdict = eligibility.check(connection, council, facts, person, now=now)
        if isinstance(verdict, Refusal):
            told.silent[verdict.why] += 1
        elif person is None:
            told.staff[row["d_channel"]] += 1
        else:
            told.people[row["d_channel"], person.mode] += 1
    return told


def foresee(connection: Connection, council: Council, notice: Notice, person: Person, *, at: datetime) -> Route | str:
    """Where a notice that is still to be written would go then, as things stand; or one word why nowhere."""
    where = notice_record.route(council, notice, person, None)
    if isinstance(where, str):
        return where
    facts = Facts(
        notice.purpose, notice.timing, notice.lane, False, where.channel, where.address_hash, at, notice.expires_at,
        notice.booking_id, notice.booking_version, notice.session_id, notice.session_version,
        notice.pack_request_id, notice.pack_version,
    )  # fmt: skip
    verdict = eligibility.check(connection, council, facts, person, now=at)
    return verdict.why if isinstance(verdict, Refusal) else where
