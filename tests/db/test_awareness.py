"""Whether somebody is known to have known of a session as it stands: what shows it, and what does not."""

from datetime import timedelta
from typing import Any

import pytest

from db import absences, awareness, schema
from db.record import Record
from tests.db.making import NOW, Town

START = NOW + timedelta(hours=2)
BEFORE, AFTER = START - timedelta(hours=1), START + timedelta(hours=1)


class Booked:
    """One person with one session; what they are told of it is of its present version, unless the test says otherwise."""

    def __init__(self, record: Record) -> None:
        self.town = Town(record)
        self.person, self.session, self.booking = self.town.booked("P1", START)
        self.other = self.town.booked("P2", START)[2]

    def told(self, status: str = "delivered", *, final_at: Any = BEFORE, action: str = "send", **given: Any) -> None:
        n = len(self.town.rows(schema.notices))
        about = {
            "purpose": "reminder", "string": "reminder.day_before", "person_id": self.person, "booking_id": self.booking,
            "booking_version": 1, "session_id": self.session, "session_version": 1, "created_at": NOW, **given,
        }  # fmt: skip
        notice = self.town.add(
            schema.notices, key=f"n{n}", fields={}, lane=3, timing="any", expires_at=START + timedelta(days=9),
            status="told", **about,
        )  # fmt: skip
        self.town.add(
            schema.deliveries, token=f"t{n}", notice_id=notice, seq=1, channel="sms", action=action, status=status, lane=3,
            counts=True, address="+447700900100", address_hash="a", not_before=NOW, expires_at=START, attempts=0, resends=0,
            checks=0, created_at=NOW, accepted_at=NOW, final_at=final_at, target=1,
        )  # fmt: skip

    def answers(self, answer: str = "coming", at: Any = BEFORE) -> None:
        self.town.change(schema.bookings, self.booking, answer=answer, answered_at=at)

    def reports(self, kind: str = "late", at: Any = AFTER, **given: Any) -> None:
        row = {"kind": kind, "channel": "sms", "at": at, "minutes_before": 0, **given}
        self.town.add(schema.reports, booking_id=self.booking, **row)

    def asked_why(self, at: Any, booking: int | None = None) -> None:
        self.told("accepted", final_at=None, purpose="missed", string="missed.ask", created_at=at, **_of(booking))

    @property
    def knew(self) -> bool:
        with self.town.record.read() as connection:
            assert awareness.known(connection, []) == set()
            known = awareness.known(connection, [self.booking, self.other])
            assert awareness.is_known(connection, self.booking) is (self.booking in known)
        assert self.other not in known
        return self.booking in known


def _of(booking: int | None) -> dict[str, int]:
    return {} if booking is None else {"booking_id": booking}


@pytest.fixture
def one(record: Record) -> Booked:
    return Booked(record)


def test_of_whom_nothing_was_ever_sent_nothing_is_known(one: Booked) -> None:
    assert not one.knew


@pytest.mark.parametrize("given", [
    {}, {"final_at": START}, {"purpose": "moved", "string": "session.moved"}, {"purpose": "reply", "string": "sessions.one"},
    {"purpose": "broadcast", "string": "ask.coming"}, {"action": "edit", "purpose": "reply"},
])  # fmt: skip
def test_what_arrived_by_the_start_shows_it(one: Booked, given: dict[str, Any]) -> None:
    one.told(**given)
    assert one.knew


@pytest.mark.parametrize("given", [
    {"status": "accepted", "final_at": None}, {"status": "sent", "final_at": None}, {"status": "undelivered"},
    {"status": "failed"}, {"final_at": START + timedelta(seconds=1)}, {"session_version": 0}, {"booking_version": 0},
    {"action": "delete"}, {"purpose": "decision", "string": "decision.accepted"}, {"booking_id": None},
])  # fmt: skip
def test_what_did_not_or_was_of_something_else_does_not(one: Booked, given: dict[str, Any]) -> None:
    one.told(**given)
    assert not one.knew


@pytest.mark.parametrize("answer", ["coming", "late", "cant"])
def test_their_own_answer_before_the_start_shows_it(one: Booked, answer: str) -> None:
    one.answers(answer)
    assert one.knew


def test_an_answer_after_the_start_alone_does_not(one: Booked) -> None:
    one.answers(at=AFTER)
    assert not one.knew


def test_that_they_were_coming_is_remembered_though_they_said_otherwise_later(one: Booked) -> None:
    one.told("sent", final_at=None, purpose="reply", string="coming.confirmed")
    one.answers("cant", AFTER)
    assert one.knew


@pytest.mark.parametrize("kind", ["late", "cant"])
def test_what_they_reported_of_themselves_shows_it_and_what_they_say_when_asked_why_does_not(one: Booked, kind: str) -> None:
    one.reports(kind, AFTER)
    one.asked_why(AFTER, one.other)
    assert one.knew
    one.asked_why(AFTER - timedelta(minutes=1))
    assert not one.knew
    one.reports(kind, BEFORE)
    assert one.knew


@pytest.mark.parametrize("given", [{"withdrawn_at": BEFORE}, {"at": NOW - timedelta(days=31)}])
def test_a_report_on_what_the_booking_was_before_shows_nothing(one: Booked, given: dict[str, Any]) -> None:
    one.reports(**{"at": BEFORE, **given})
    assert not one.knew


@pytest.mark.parametrize(
    ("mark", "told", "unaware"), [("absent", False, True), ("absent", True, False), ("late", False, False)]
)
def test_an_officer_hears_of_it_where_somebody_was_not_there(one: Booked, mark: str, told: bool, unaware: bool) -> None:
    if told:
        one.told()
    row = {"status": mark, "actor": "x", "by_officer": False, "at": AFTER}
    one.town.add(schema.attendance, booking_id=one.booking, **row)
    with one.town.write() as connection:
        assert absences.find(connection, one.booking).unaware is unaware
