"""Whom an alert asks, and when: by who is on duty at any hour, by role in working minutes, across a holiday weekend."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from db import alerts, climbing, covering, crypto, inbound, rota_watch, schedule, schema, tasks, undelivered, unled
from db.change import Change
from db.council import LONDON, Council
from db.inbound import Raw
from db.permissions import COMMAND_LINE
from db.record import Record
from tests.db.making import NOW, Town, council, london

SATURDAY = london("2026-06-20 23:00")
THURSDAY = london("2026-12-24 15:30")


class Duty:
    """First F, second S, lead L and manager M; case manager C; co-ordinator K, who is on no rota."""

    def __init__(self, record: Record, now: datetime = NOW, **settings: dict[str, Any]) -> None:
        self.town, self.now = Town(record, now), now
        self.council: Council = council(**settings)
        self.staff = {ref: self.town.member(ref) for ref in "FSC"}
        self.staff |= {"K": self.town.member("K", "coordinator"), "L": self.town.member("L", "coordinator", team="south")}
        self.staff |= {"M": self.town.member("M", "manager"), "V": self.town.member("V", "supervisor")}
        self.person = self.town.person("P1", case_manager_id=self.staff["C"])
        self.messages = 0

    def rota(self, hours: float = 24 * 14) -> "Duty":
        for ref, duty in zip("FSL", schema.DUTIES, strict=True):
            self.town.turn(self.staff[ref], duty, self.now - timedelta(hours=1), hours)
        return self

    def raise_(self, klass: str = "life_risk", minutes: float = 0) -> int:
        self.messages += 1
        at = self.now + timedelta(minutes=minutes)
        with self.town.write() as connection:
            inbound.store(connection, [Raw("twilio", f"SM{self.messages}", "+447700900100", "{}")], now=at)
            return alerts.raise_alert(
                connection, self.council, klass, person=self.town.the_person(self.person),
                sender_hash=crypto.keys().hash("+447700900100"), inbound_id=self.messages, now=at,
            )  # fmt: skip

    def climb(self, minutes: float, step: float = 5) -> None:
        """The clock, from the alert on."""
        for n in range(1, int(minutes / step) + 1):
            self.at(self.now + timedelta(minutes=n * step))

    def at(self, when: datetime) -> None:
        with self.town.write() as connection:
            for alert in climbing.due(connection, now=when):
                climbing.climb(connection, self.council, alert, now=when)

    def do(self, what: Callable[..., Any], alert: int, ref: str, minutes: float, *more: Any, **about: Any) -> Any:
        member = self.town.the_member(self.staff[ref])
        now = self.now + timedelta(minutes=minutes)
        with self.town.write() as connection:
            return what(connection, self.council, alert, member, *more, now=now, **about)

    def asked(self) -> list[tuple[float, str]]:
        """Minutes after the alert, and who was asked then."""
        refs = {id_: ref for ref, id_ in self.staff.items()}
        steps = [row for row in self.town.rows(schema.alert_steps) if row["what"] == "notified"]
        return [((row["at"] - self.now).total_seconds() / 60, refs[row["staff_id"]]) for row in steps]

    def who(self) -> str:
        return "".join(ref for _, ref in self.asked())

    def tasks(self) -> list[str]:
        return [row["kind"] for row in self.town.rows(schema.tasks) if row["status"] == "open"]


@pytest.fixture
def duty(sqlite_record: Record) -> Duty:
    return Duty(sqlite_record).rota()


# Danger


def test_danger_climbs_by_who_is_on_duty(duty: Duty) -> None:
    duty.raise_()
    duty.climb(40)
    assert duty.asked() == [(0, "F"), (5, "F"), (10, "S"), (20, "L"), (30, "M"), (40, "F")]


def test_at_night_on_a_saturday_too(sqlite_record: Record) -> None:
    duty = Duty(sqlite_record, SATURDAY).rota()
    duty.raise_()
    duty.climb(30)
    assert duty.who() == "FFSLM"


def test_five_times_round_then_all_who_lead_and_a_task_that_stays_red(duty: Duty) -> None:
    duty.raise_()
    duty.climb(200)
    assert duty.who() == "FFSLM" * 5 + "LKM"
    assert "unanswered" in duty.tasks()
    morning = london("2026-06-11 09:00")
    duty.at(morning - timedelta(minutes=1))
    assert duty.who().endswith("MLKM")
    duty.at(morning)
    assert duty.who().endswith("LKMLKM"), "and again each working morning, until somebody has it"


def test_a_lead_is_told_whom_to_ring(duty: Duty) -> None:
    duty.raise_()
    duty.climb(20)
    strings = [(row["string"], row["fields"].get("asked")) for row in duty.town.rows(schema.notices)]
    assert strings == [("alert.urgent", None)] * 3 + [("alert.call", "AF, AS")]


def test_a_duty_that_nobody_has_is_passed_over_at_once(sqlite_record: Record) -> None:
    duty = Duty(sqlite_record)
    duty.town.turn(duty.staff["F"], "first", NOW, 24)
    duty.raise_()
    duty.climb(30)
    assert duty.asked() == [(0, "F"), (5, "F"), (10, "K"), (20, "M"), (30, "F")], "K leads where the rota names no lead"


def test_who_is_away_is_passed_over_and_who_wrote_it_is_not_asked(duty: Duty) -> None:
    duty.town.away(duty.staff["F"], NOW.date(), NOW.date())
    duty.raise_()
    duty.climb(20)
    assert duty.who() == "SSLM"


def test_a_pass_goes_to_another_person_at_once(duty: Duty) -> None:
    alert = duty.raise_()
    assert duty.do(alerts.pass_on, alert, "F", 1) == "passed"
    assert duty.asked() == [(0, "F"), (1, "S")]
    assert duty.do(alerts.pass_on, alert, "S", 2) == "passed"
    assert duty.who() == "FSL"


def test_who_takes_it_has_half_an_hour_to_say_how_it_ended(duty: Duty) -> None:
    alert = duty.raise_()
    duty.do(alerts.acknowledge, alert, "F", 1)
    duty.climb(30)
    assert duty.who() == "F"
    duty.at(NOW + timedelta(minutes=31))
    assert duty.who() == "FF"
    assert [row["what"] for row in duty.town.rows(schema.alert_steps)][-2:] == ["lapsed", "notified"]


def test_more_words_go_to_whoever_has_it_alone_and_nothing_is_lost(duty: Duty) -> None:
    alert = duty.raise_()
    duty.do(alerts.acknowledge, alert, "S", 1)
    assert duty.raise_(minutes=29) == alert
    assert duty.who() == "FS"
    assert len(duty.town.rows(schema.inbound, schema.inbound.c.alert_id == alert)) == 2


def test_in_a_gap_the_chain_is_asked_as_without_a_rota(sqlite_record: Record) -> None:
    duty = Duty(sqlite_record)
    duty.town.turn(duty.staff["F"], "first", NOW - timedelta(hours=9), 2)
    duty.raise_()
    duty.climb(10)
    assert duty.who() == "CCK"


# What a person may be told

PROMISES = [
    # the time of writing, hours of a turn that began an hour before it (0: none, None: a gap until 8pm), what is said
    ("2026-06-10 13:00", 0, "by 2026-06-10 17:00"), ("2026-06-10 22:00", 0, "closed 2026-06-11 09:00"),
    ("2026-06-10 22:00", 12, "by 2026-06-11 00:00"), ("2026-06-13 23:00", 48, "by 2026-06-14 01:00"),
    ("2026-06-10 13:00", None, "closed 2026-06-10 20:00"), ("2026-06-10 13:00", 1.4, "soon 2026-06-10 13:00"),
]  # fmt: skip


@pytest.mark.parametrize(("now", "hours", "said"), PROMISES)
def test_a_worker_is_promised_only_where_the_rota_names_one(
    sqlite_record: Record, now: str, hours: float | None, said: str
) -> None:
    duty = Duty(sqlite_record, london(now))
    if hours is None:
        duty.town.turn(duty.staff["F"], "first", london("2026-06-10 20:00"), 4)
    elif hours:
        duty.town.turn(duty.staff["F"], "first", duty.now - timedelta(hours=1), hours)
    with duty.town.record.read() as connection:
        kind, moment = climbing.promise(connection, duty.council, duty.staff["C"], duty.now)
    word, when = said.split(" ", 1)
    assert (kind, moment) == (word, london(when))


# What is restricted


@pytest.fixture
def guarded(sqlite_record: Record) -> Duty:
    """Only V and K are of the group."""
    return Duty(sqlite_record, alerts={"restricted": ["V", "K"]}).rota()


def test_of_what_is_restricted_only_the_group_is_asked(guarded: Duty) -> None:
    guarded.raise_("da_victim")
    guarded.climb(15)
    assert guarded.who() == "VVKK"
    guarded.raise_("life_risk")
    assert guarded.who()[-1] == "F"


@pytest.mark.parametrize(
    ("ref", "answer"), [("K", "acknowledged"), ("V", "acknowledged"), ("M", "restricted"), ("S", "restricted")]
)
def test_all_others_hear_that_it_is_handled(guarded: Duty, ref: str, answer: str) -> None:
    alert = guarded.raise_("da_victim")
    assert guarded.do(alerts.acknowledge, alert, ref, 1) == answer


def test_in_the_list_of_open_alerts_it_says_no_more(guarded: Duty) -> None:
    guarded.raise_("da_victim")
    with guarded.town.record.read() as connection:
        (one,) = alerts.standing(connection, guarded.council, guarded.town.the_member(guarded.staff["M"]))
        assert one.restricted
        assert not alerts.may_see(connection, guarded.council, one, guarded.town.the_member(guarded.staff["M"]))


# What is less urgent


def test_low_mood_goes_to_who_is_on_then_the_lead_then_all_who_lead_the_next_morning(duty: Duty) -> None:
    duty.raise_("low_mood")
    duty.climb(24 * 60)
    assert duty.asked() == [(0, "F"), (60, "L"), (20 * 60, "L"), (20 * 60, "K"), (20 * 60, "M")]
    assert "unanswered" in duty.tasks()


def test_low_mood_waits_for_hours(sqlite_record: Record) -> None:
    duty = Duty(sqlite_record, SATURDAY).rota()
    duty.raise_("low_mood")
    assert duty.who() == ""
    assert duty.tasks() == ["crisis"], "it stands in the queue all the same"
    duty.at(london("2026-06-22 09:00"))
    assert duty.who() == "F"


# A missed session across a holiday weekend


def missed(duty: Duty, at: datetime) -> None:
    session = duty.town.session("S1", duty.town.placement(), at - timedelta(hours=3), supervisor_id=duty.staff["V"])
    booking = duty.town.booking(session, duty.person)
    with duty.town.write() as connection:
        alerts.raise_missed(connection, duty.council, person_id=duty.person, booking_id=booking, session_id=session, now=at)


def times(duty: Duty) -> list[tuple[str, str]]:
    return [(f"{duty.now + timedelta(minutes=minutes):%d %b %H:%M}", ref) for minutes, ref in duty.asked()]


def through(duty: Duty, until: datetime, step: int = 15) -> None:
    now = duty.now
    while now < until:
        now += timedelta(minutes=step)
        duty.at(now)


def test_a_missed_session_climbs_across_christmas(record: Record) -> None:
    """Half past three on Christmas Eve; the 25th, Saturday the 26th and its Monday are no working days in Scotland."""
    duty = Duty(record, THURSDAY)
    missed(duty, THURSDAY)
    through(duty, london("2026-12-30 12:00"))
    assert times(duty) == [
        ("24 Dec 15:30", "V"), ("24 Dec 16:00", "C"), ("24 Dec 16:30", "K"), ("29 Dec 09:30", "M"),
    ]  # fmt: skip
    assert duty.tasks() == ["unanswered"], "half a working hour after the last it is a task"


def test_and_across_new_year_with_a_day_of_the_councils_own(record: Record) -> None:
    """Scotland keeps the 1st and 2nd, the 2nd's Monday in its place; the council adds the Tuesday."""
    duty = Duty(record, london("2026-12-31 16:45"), hours={"holidays": [date(2027, 1, 5)]})
    missed(duty, duty.now)
    through(duty, london("2027-01-06 12:00"))
    assert times(duty) == [
        ("31 Dec 16:45", "V"), ("06 Jan 09:15", "C"), ("06 Jan 09:45", "K"), ("06 Jan 10:45", "M"),
    ]  # fmt: skip


def test_while_the_case_manager_is_away_their_deputy_is_asked(record: Record) -> None:
    duty = Duty(record)
    duty.town.away(duty.staff["C"], NOW.date(), NOW.date(), duty.staff["S"])
    missed(duty, NOW)
    duty.climb(60)
    assert duty.who() == "VSK"


def test_work_about_somebody_goes_to_who_stands_in_for_their_case_manager(record: Record) -> None:
    duty = Duty(record)
    duty.town.away(duty.staff["C"], NOW.date(), NOW.date())
    with duty.town.write() as connection:
        tasks.open_task(connection, key="t", kind="message", person_id=duty.person, now=NOW, due_at=NOW)
        tasks.open_for(connection, {duty.person: NOW}, kind="not_reached", klass="mode", now=NOW)
    assert {row["owner_id"] for row in duty.town.rows(schema.tasks)} == {duty.staff["K"]}


# A session that nobody leads


def unled_session(duty: Duty, starts_at: str, ref: str = "S1", **given: Any) -> int:
    session = duty.town.session(ref, duty.town.placement(f"PL-{ref}", **given), london(starts_at))
    duty.town.booking(session, duty.person)
    return session


def looks(duty: Duty, *times: str) -> list[str]:
    """When whoever was asked, by the clock."""
    for when in times:
        with duty.town.write() as connection:
            unled.look(connection, duty.council, now=london(when))
        duty.at(london(when))
    return [f"{(duty.now + timedelta(minutes=n)).astimezone(LONDON):%d %b %H:%M} {ref}" for n, ref in duty.asked()]


STARTS = [
    # its start, and when a co-ordinator and then a manager are asked; the clock is looked at each hour from Friday 8am on
    ("2026-06-15 09:30", ["12 Jun 09:00 K", "12 Jun 10:00 M"]),  # before a weekend with a holiday
    ("2026-06-13 09:30", ["12 Jun 09:00 K", "12 Jun 10:00 M"]),
    ("2026-06-12 11:30", ["12 Jun 09:00 K", "12 Jun 10:00 M"]),
    ("2026-06-12 10:30", ["12 Jun 08:00 K", "12 Jun 09:00 M"]),  # too soon after the office opens
    ("2026-06-17 09:30", []),
]  # fmt: skip


@pytest.mark.parametrize(("starts_at", "asked"), STARTS)
def test_a_session_nobody_leads_reaches_a_co_ordinator_before_it_starts(
    sqlite_record: Record, starts_at: str, asked: list[str]
) -> None:
    duty = Duty(sqlite_record, london("2026-06-11 18:00"))
    unled_session(duty, starts_at)
    assert looks(duty, *(f"2026-06-12 {hour:02}:00" for hour in range(8, 18)))[:2] == asked
    assert [row["class"] for row in duty.town.rows(schema.alerts)] == ["unled"] * bool(asked)


@pytest.mark.parametrize(
    "nobody_needs", ["led", "led besides", "at home", "nobody booked", "nobody comes", "off", "not live", "no supervisors"]
)
def test_of_a_session_that_needs_nobody_no_alert_is_raised(sqlite_record: Record, nobody_needs: str) -> None:
    duty = Duty(sqlite_record, **({"go_live": {"people": "none"}} if nobody_needs == "not live" else {}))
    session = unled_session(duty, "2026-06-11 09:30", kind="home_working" if nobody_needs == "at home" else "squad")
    if nobody_needs == "led":
        duty.town.change(schema.sessions, session, supervisor_id=duty.staff["V"])
    if nobody_needs == "led besides":
        duty.town.add(schema.session_staff, session_id=session, staff_id=duty.staff["V"])
    if nobody_needs == "no supervisors":
        duty.town.change(schema.staff, duty.staff["V"], role="case_manager")
    if nobody_needs == "nobody booked":
        duty.town.change(schema.bookings, 1, status="cancelled")
    if nobody_needs == "nobody comes":
        duty.town.change(schema.bookings, 1, answer="cant")
    if nobody_needs == "off":
        duty.town.change(schema.sessions, session, status="cancelled")
    assert looks(duty, "2026-06-10 13:00", "2026-06-10 14:00") == []
    assert duty.tasks() == []


@pytest.mark.parametrize("ends", ["covered", "one more", "off", "over"])
def test_the_alert_ends_when_somebody_leads_it_and_another_gap_is_another_alert(sqlite_record: Record, ends: str) -> None:
    duty = Duty(sqlite_record)
    unled_session(duty, "2026-06-11 09:30")
    looks(duty, "2026-06-10 13:00", "2026-06-10 13:10")
    assert [row["class"] for row in duty.town.rows(schema.alerts)] == ["unled"], "once"
    with duty.town.write() as connection:
        change = Change(connection, duty.council, NOW + timedelta(minutes=20), COMMAND_LINE)
        if ends == "covered":
            schedule.hand_over(change, "S1", "V")
        elif ends == "one more":
            covering.join(change, "S1", "V")
        elif ends == "off":
            schedule.call_off(change, "S1")
    looks(duty, "2026-06-10 13:30" if ends != "over" else "2026-06-11 17:00")
    alert = duty.town.only(schema.alerts)
    assert (alert["state"], alert["outcome"]) == ("resolved", "covered" if ends in ("covered", "one more") else "called_off")
    assert "no_supervisor" not in duty.tasks()
    if ends == "covered":
        with duty.town.write() as connection:
            covering.without(Change(connection, duty.council, london("2026-06-10 14:00"), COMMAND_LINE), "S1", "V")
        looks(duty, "2026-06-10 14:10")
        assert len(duty.town.rows(schema.alerts)) == 1, "co-ordinators were asked for cover just now"
        looks(duty, "2026-06-10 14:30", "2026-06-10 14:40")
        assert [row["state"] for row in duty.town.rows(schema.alerts)] == ["resolved", "open"]


def test_it_ends_as_a_red_task_where_nobody_finds_cover_and_by_no_word_alone(sqlite_record: Record) -> None:
    duty = Duty(sqlite_record)
    unled_session(duty, "2026-06-11 09:30")
    looks(duty, "2026-06-10 13:00", "2026-06-10 14:00", "2026-06-10 14:30")
    assert duty.who() == "KM"
    assert sorted(duty.tasks()) == ["no_supervisor", "unanswered"]
    assert duty.do(alerts.acknowledge, 1, "K", 60) == "acknowledged"
    assert duty.do(alerts.resolve, 1, "K", 61, "reached") == "cover_first"


# Off, and not everyone knows


@pytest.fixture
def off(record: Record) -> Duty:
    """A session of that day is off, and was said to be, by text to P1 and to P2."""
    duty = Duty(record, london("2026-06-10 07:00")).rota()
    other = duty.town.person("P2", case_manager_id=duty.staff["C"])
    session = duty.town.session("S1", duty.town.placement(), london("2026-06-10 09:30"), status="cancelled")
    for person in (duty.person, other):
        said(duty, session, person)
    return duty


def said(duty: Duty, session: int, person: int, minutes: float = 0) -> int:
    at = duty.now + timedelta(minutes=minutes)
    key = f"off:{session}:{person}:{minutes}"
    notice = duty.town.add(
        schema.notices, key=key, purpose="off", string="session.off", fields={}, lane=2, timing="any", person_id=person,
        session_id=session, created_at=at, expires_at=at + timedelta(days=1), status="told",
    )  # fmt: skip
    return duty.town.add(
        schema.deliveries, token=key, notice_id=notice, seq=1, channel="sms", action="send", status="accepted", lane=2,
        counts=False, address="x", address_hash=f"h{person}", not_before=at, started_at=at, accepted_at=at,
        expires_at=at + timedelta(days=1), attempts=1, resends=0, checks=0, created_at=at,
    )  # fmt: skip


def look(duty: Duty, minutes: float) -> None:
    with duty.town.write() as connection:
        undelivered.look(connection, duty.council, now=duty.now + timedelta(minutes=minutes))


def test_twenty_minutes_without_proof_is_one_alert_and_a_call_for_each(off: Duty) -> None:
    look(off, 19)
    assert off.who() == ""
    look(off, 20)
    look(off, 21)
    assert off.asked() == [(20, "F")]
    calls = [(row["kind"], row["class"], row["due_at"]) for row in off.town.rows(schema.tasks)]
    assert calls == [("not_reached", "undelivered", london("2026-06-10 09:30"))] * 2


def test_what_arrives_late_or_is_answered_ends_the_call_and_with_the_last_the_alert(off: Duty) -> None:
    look(off, 20)
    off.town.change(schema.deliveries, 1, status="delivered")
    look(off, 25)
    assert [row["status"] for row in off.town.rows(schema.tasks)] == ["done", "open"]
    with off.town.write() as connection:
        inbound.store(connection, [Raw("twilio", "SM9", "+447700900100", "{}")], now=off.now + timedelta(minutes=26))
    off.town.change(schema.inbound, 1, sender_hash=f"h{off.town.rows(schema.people)[1]['id']}")
    look(off, 27)
    alert = off.town.only(schema.alerts)
    assert (alert["state"], alert["outcome"]) == ("resolved", "arrived")
    assert off.tasks() == []


def test_one_more_who_was_not_reached_is_told_to_whoever_has_it(off: Duty) -> None:
    look(off, 20)
    off.do(alerts.acknowledge, 1, "L", 22)
    third = off.town.person("P3", case_manager_id=off.staff["C"])
    said(off, off.town.only(schema.sessions)["id"], third, minutes=10)
    look(off, 30)
    look(off, 31)
    assert off.who() == "FL"


def test_once_the_session_is_on_again_nobody_need_be_rung(off: Duty) -> None:
    look(off, 20)
    off.town.change(schema.sessions, off.town.only(schema.sessions)["id"], status="planned")
    look(off, 30)
    assert off.town.only(schema.alerts)["outcome"] == "on_again"


# The rota's own time


def watch(duty: Duty, when: datetime) -> None:
    with duty.town.write() as connection:
        rota_watch.look(connection, duty.council, now=when)


def strings(duty: Duty) -> list[str]:
    return [row["string"] for row in duty.town.rows(schema.notices)]


def test_who_comes_on_is_told_once_with_what_was_left_for_them(record: Record) -> None:
    duty = Duty(record)
    before = duty.town.turn(duty.staff["F"], "first", NOW - timedelta(hours=2), 2)
    duty.town.change(schema.rota, before, note="The van is at the garage", told_at=NOW - timedelta(hours=2))
    duty.town.turn(duty.staff["S"], "first", NOW, 24 * 5)
    watch(duty, NOW)
    watch(duty, NOW + timedelta(minutes=1))
    (notice,) = duty.town.rows(schema.notices)
    assert (notice["string"], notice["staff_id"]) == ("rota.begins", duty.staff["S"])
    assert notice["fields"]["handed"] == ["rota.has_note", {"owner": "AF", "note": "The van is at the garage"}]


def test_a_gap_in_a_fortnight_is_a_task_and_within_a_day_who_leads_is_told_until_it_is_filled(record: Record) -> None:
    duty = Duty(record, rota={"covered": "Mon-Sun 00:00-24:00"})
    duty.town.turn(duty.staff["F"], "first", NOW, 48)
    watch(duty, NOW)
    watch(duty, NOW + timedelta(hours=23))
    assert [(row["kind"], row["due_at"]) for row in duty.town.rows(schema.tasks)] == [("rota_gap", NOW + timedelta(days=1))]
    assert "rota.gap" not in strings(duty)
    watch(duty, NOW + timedelta(hours=25))
    watch(duty, NOW + timedelta(hours=26))
    assert strings(duty).count("rota.gap") == 2, "to K and L, the co-ordinators"
    duty.town.turn(duty.staff["S"], "first", NOW + timedelta(hours=48), 24 * 15)
    watch(duty, NOW + timedelta(hours=27))
    assert duty.tasks() == []


def test_without_a_rota_there_is_no_gap(record: Record) -> None:
    duty = Duty(record)
    watch(duty, NOW)
    assert (strings(duty), duty.tasks()) == ([], [])


# The weekly test

MONDAY = london("2026-06-22 10:00")


def test_on_monday_an_alert_is_tried_out_on_who_is_on_duty(record: Record) -> None:
    duty = Duty(record, MONDAY).rota(hours=24 * 21)
    duty.town.link("5001", staff_id=duty.staff["F"])
    watch(duty, MONDAY - timedelta(minutes=1))
    watch(duty, MONDAY)
    watch(duty, MONDAY + timedelta(minutes=1))
    duty.climb(40)
    tried = [(row["channel"], row["string"]) for row in duty.town.rows(schema.notices) if row["string"] == "alert.test"]
    assert tried == [("telegram", "alert.test"), ("sms", "alert.test")], "first by one channel, then by the other"
    assert duty.tasks() == ["unanswered"], "and then somebody must find out why"
    with record.read() as connection:
        assert rota_watch.last_test(connection) == ("failed", MONDAY)


def test_an_answer_is_all_it_wants(record: Record) -> None:
    duty = Duty(record, MONDAY).rota(hours=24 * 21)
    watch(duty, MONDAY)
    alert = duty.town.only(schema.alerts)["id"]
    with record.read() as connection:
        assert rota_watch.last_test(connection) == ("waiting", MONDAY)
    assert duty.do(alerts.acknowledge, alert, "F", 3) == "tested"
    duty.climb(60)
    with record.read() as connection:
        assert rota_watch.last_test(connection) == ("answered", MONDAY)
    assert (duty.who(), duty.tasks()) == ("F", [])


def test_after_a_bank_holiday_it_is_tried_out_the_next_working_day(record: Record) -> None:
    assert rota_watch.test_at(council(), london("2026-12-30 10:00")) == london("2026-12-29 10:00")
    assert rota_watch.test_at(council(alerts={"test": "never"}), MONDAY) is None
