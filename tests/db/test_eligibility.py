"""Whether a message may go to somebody now: one row for each reason why not."""

from datetime import timedelta
from typing import Any

import pytest

from db import crypto, eligibility, schema, suppressions
from db.eligibility import Facts, Hold, Refusal
from db.record import Record
from tests.db.making import NOW, Town, council, london

STARTS = london("2026-06-12 09:30")
OWN, SHARED = "+447700900500", "+447700900501"


class Booked:
    """One person booked on Friday, whom a test changes before it asks."""

    def __init__(self, record: Record) -> None:
        self.town = Town(record)
        self.person, self.session, self.booking = self.town.booked("P1", STARTS, phone=OWN)
        self.order = self.town.only(schema.orders)["id"]

    def check(self, purpose: str = "reminder", *, now: Any = NOW, sections: Any = None, **facts: Any) -> Any:
        values: dict[str, Any] = {
            "purpose": purpose, "timing": "timely", "lane": 3, "counts": True, "channel": "sms",
            "address_hash": crypto.keys().hash(OWN), "created_at": now, "expires_at": STARTS,
            "booking_id": self.booking, "booking_version": 1, "session_id": self.session, "session_version": 1, **facts,
        }  # fmt: skip
        with self.town.record.read() as connection:
            person = self.town.the_person(self.person)
            [found] = eligibility.check_all(connection, council(**(sections or {})), [(Facts(**values), person)], now=now)
        return found


@pytest.fixture
def booked(sqlite_record: Record) -> Booked:
    return Booked(sqlite_record)


def test_with_nothing_against_it_a_message_goes(booked: Booked) -> None:
    assert booked.check() is None


PERSON = [
    # what is so of the person, purpose, why not
    ({"mode": "no_contact"}, "reply", "no_contact"),
    ({"mode": "no_contact"}, "off", "no_contact"),
    ({"stop_level": "reminders"}, "reminder", "stopped"),
    ({"stop_level": "reminders"}, "off", None),
    ({"stop_level": "all"}, "off", "stopped"),
    ({"stop_level": "all"}, "reply", None),
    ({"paused_until": NOW + timedelta(seconds=1)}, "reminder", "paused"),
    ({"paused_until": NOW + timedelta(days=1)}, "off", None),
    ({"paused_until": NOW + timedelta(days=1)}, "reply", None),
    ({"paused_until": NOW}, "reminder", None),
    ({"phone_is_own": False}, "reminder", "not_own"),
    ({"phone_is_own": False}, "reply", None),
    ({"number_suspended_at": NOW}, "reminder", "number_suspended"),
    ({"number_suspended_at": NOW}, "reply", "number_suspended"),
    ({"number_suspended_at": NOW}, "safety", None),
]


@pytest.mark.parametrize(("given", "purpose", "why"), PERSON, ids=str)
def test_what_a_person_chose_or_is(booked: Booked, given: dict[str, Any], purpose: str, why: str | None) -> None:
    booked.town.change(schema.people, booked.person, **given)
    extra = {"timing": "any", "session_id": None} if purpose in ("reply", "safety") else {}
    if purpose == "off":
        booked.town.change(schema.sessions, booked.session, status="cancelled")
    found = booked.check(purpose, **extra)
    assert found == (Refusal("suppressed", why) if why else None)


ORDERS = [
    # what is so of the order, whether reminders go
    ({"status": "active"}, True),
    *[({"status": status}, False) for status in schema.ORDER_STATUSES if status != "active"],
    ({"status": "breached", "messages_on": True}, True),
    ({"status": "suspended", "messages_on": True}, True),
    ({"status": "custody", "messages_on": True}, False),
    ({"status": "died", "messages_on": True}, False),
    ({"kind": "fiscal_work_order", "imposed_minutes": 1800}, False),
    ({"kind": "fiscal_work_order", "imposed_minutes": 1800, "messages_on": True}, True),
    ({"kind": "fine_default", "imposed_minutes": 1800}, True),
]


@pytest.mark.parametrize(("given", "goes"), ORDERS, ids=str)
def test_the_order_must_run_and_some_kinds_need_an_officer(booked: Booked, given: dict[str, Any], goes: bool) -> None:
    booked.town.change(schema.orders, booked.order, **given)
    assert booked.check() == (None if goes else Refusal("suppressed", "order"))


@pytest.mark.parametrize(("credited", "goes"), [(5999, True), (6000, False), (6100, False)])
def test_an_order_with_no_minutes_left_has_no_more_reminders(booked: Booked, credited: int, goes: bool) -> None:
    values = {"worked_on": NOW.date(), "worked_minutes": credited, "credited_minutes": credited}
    booked.town.add(
        schema.hours,
        ref="H1",
        seq=0,
        order_id=booked.order,
        kind="work",
        activity="unpaid_work",
        actor="S1",
        at=NOW,
        **values,
    )
    assert booked.check() == (None if goes else Refusal("suppressed", "order"))


def test_another_running_order_does_not_speak_for_the_one_that_is_booked(booked: Booked) -> None:
    booked.town.change(schema.orders, booked.order, status="revoked")
    booked.town.order("O2", booked.person)
    assert booked.check() == Refusal("suppressed", "order")
    assert booked.check("welcome", session_id=None, booking_id=None) is None


@pytest.mark.parametrize("other", ["person", "staff"])
def test_a_number_that_is_also_somebody_elses_gets_nothing_unasked(booked: Booked, other: str) -> None:
    if other == "person":
        booked.town.person("P2", phone=OWN)
    else:
        booked.town.member("S1", phone=OWN)
    assert booked.check() == Refusal("suppressed", "shared")
    assert booked.check("reply", timing="any") is None
    assert booked.check(channel="telegram") is None, "their chat is theirs alone"


SCOPES = [
    (suppressions.EVERYTHING, "reminder", "suppressed"), (suppressions.EVERYTHING, "reply", "suppressed"),
    (suppressions.EVERYTHING, "safety", None), (suppressions.PROACTIVE, "reminder", "suppressed"),
    (suppressions.PROACTIVE, "reply", None),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "purpose", "why"), SCOPES)
def test_a_suppressed_address_until_it_is_lifted(booked: Booked, scope: str, purpose: str, why: str | None) -> None:
    hashed = crypto.keys().hash(OWN)
    with booked.town.write() as connection:
        suppressions.suppress(connection, hashed, scope, "test", now=NOW)
        suppressions.suppress(connection, hashed, scope, "again", now=NOW)
    assert booked.check(purpose) == (Refusal("suppressed", why) if why else None)
    with booked.town.write() as connection:
        suppressions.lift(connection, hashed, by="START", now=NOW)
    assert booked.check(purpose) is None


@pytest.mark.parametrize(("people", "goes"), [("none", False), (["P2"], False), (["P1"], True), ("all", True)], ids=str)
def test_nothing_unasked_goes_before_a_person_is_live(booked: Booked, people: Any, goes: bool) -> None:
    sections = {"go_live": {"people": people}}
    assert booked.check(sections=sections) == (None if goes else Refusal("suppressed", "not_live"))
    assert booked.check("reply", sections=sections) is None


OUTDATED = [
    ({"sessions": {"version": 2}}, "reminder", "session_changed"),
    ({"sessions": {"version": 2}}, "moved", "session_changed"),
    ({"sessions": {"version": 2}}, "reply", None),
    ({"sessions": {"status": "cancelled"}}, "reminder", "not_booked"),
    ({"bookings": {"status": "cancelled"}}, "moved", "not_booked"),
    ({"bookings": {"version": 2}}, "reminder", "booking_changed"),
    ({}, "off", "on_again"),
]


@pytest.mark.parametrize(("change", "purpose", "why"), OUTDATED, ids=str)
def test_what_is_about_an_older_version_is_superseded(
    booked: Booked, change: dict[str, Any], purpose: str, why: str | None
) -> None:
    for table, values in change.items():
        booked.town.change(getattr(schema, table), booked.session if table == "sessions" else booked.booking, **values)
    assert booked.check(purpose) == (Refusal("superseded", why) if why else None)


def test_nothing_goes_after_its_time(booked: Booked) -> None:
    assert booked.check(expires_at=NOW) == Refusal("expired", "expired")
    assert booked.check("safety", timing="any", expires_at=NOW) == Refusal("expired", "expired")


def test_outside_the_hours_it_waits_or_comes_too_late(booked: Booked) -> None:
    evening = london("2026-06-10 21:00")
    assert booked.check(now=evening) == Hold(london("2026-06-11 09:00"))
    assert booked.check(now=evening, expires_at=london("2026-06-11 09:00")) == Refusal("expired", "no_time_left")


@pytest.mark.parametrize(("minutes", "waits"), [(0, False), (5, False), (6, True)])
def test_a_reply_is_fresh_for_five_minutes(booked: Booked, minutes: int, waits: bool) -> None:
    night = london("2026-06-10 23:00")
    found = booked.check("reply", timing="any", now=night, created_at=night - timedelta(minutes=minutes))
    assert found == (Hold(london("2026-06-11 09:00")) if waits else None)
