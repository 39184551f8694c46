"""Alerts: one per person and class of half an hour, climbing until somebody has it."""

from datetime import timedelta
from typing import Any

import pytest

from db import alerts, climbing, crypto, inbound, schema
from db.council import Council
from db.inbound import Raw
from db.record import Record
from tests.db.making import NOW, Town, council


class Duty:
    """A case manager, a co-ordinator, a manager, and somebody who writes."""

    def __init__(self, record: Record) -> None:
        self.town = Town(record)
        self.council: Council = council()
        self.staff = {
            "C": self.town.member("C"), "K": self.town.member("K", "coordinator"), "M": self.town.member("M", "manager"),
            "X": self.town.member("X", team="south"), "V": self.town.member("V", "supervisor"),
        }  # fmt: skip
        self.person = self.town.person("P1", case_manager_id=self.staff["C"])
        self.messages = 0

    def raise_(self, klass: str = "life_risk", minutes: float = 0, *, stranger: str | None = None) -> int:
        self.messages += 1
        now = NOW + timedelta(minutes=minutes)
        with self.town.write() as connection:
            inbound.store(connection, [Raw("twilio", f"SM{self.messages}", "+447700900100", "{}")], now=now)
            about: dict[str, Any] = {"person": None if stranger else self.town.the_person(self.person)}
            return alerts.raise_alert(
                connection, self.council, klass, sender_hash=crypto.keys().hash(stranger) if stranger else None,
                inbound_id=self.messages, now=now, **about,
            )  # fmt: skip

    def answer(self, what: str, alert: int, ref: str, minutes: float = 1) -> str:
        member = self.town.the_member(self.staff[ref])
        now = NOW + timedelta(minutes=minutes)
        with self.town.write() as connection:
            if what == "ack":
                return alerts.acknowledge(connection, self.council, alert, member, now=now)
            if what in alerts.OUTCOMES:
                return alerts.resolve(connection, self.council, alert, member, alerts.OUTCOMES[what], now=now)
            return alerts.pass_on(connection, self.council, alert, member, now=now)

    def climb(self, minutes: float) -> None:
        now = NOW + timedelta(minutes=minutes)
        with self.town.write() as connection:
            for alert in climbing.due(connection, now=now):
                climbing.climb(connection, self.council, alert, now=now)

    def asked(self) -> str:
        """The refs of those who were asked, in order."""
        refs = {id_: ref for ref, id_ in self.staff.items()}
        return "".join(refs[row["staff_id"]] for row in self.town.rows(schema.notices))


@pytest.fixture
def duty(sqlite_record: Record) -> Duty:
    return Duty(sqlite_record)


def test_the_same_trouble_within_half_an_hour_is_the_same_alert(duty: Duty) -> None:
    first = duty.raise_()
    assert duty.raise_(minutes=29) == first
    assert duty.raise_(minutes=58) == first, "half an hour since the last message, not the first"
    assert duty.raise_(minutes=89) != first


def test_another_class_another_sender_or_a_resolved_one_is_another_alert(duty: Duty) -> None:
    first = duty.raise_()
    assert duty.raise_("injury") != first
    stranger = duty.raise_(stranger="+447700900901")
    assert stranger != first
    assert duty.raise_(stranger="+447700900901") == stranger
    assert duty.raise_(stranger="+447700900902") != stranger
    duty.answer("a", first, "C")
    assert duty.raise_() != first


def test_each_is_asked_twice_five_minutes_apart_and_the_last_until_somebody_answers(duty: Duty) -> None:
    duty.raise_()
    for minutes in range(1, 41):
        duty.climb(minutes)
    assert duty.asked() == "CCKKMMMMM"


def test_a_less_urgent_class_is_repeated_each_hour(duty: Duty) -> None:
    duty.raise_("low_mood")
    for minutes in range(1, 130):
        duty.climb(minutes)
    assert duty.asked() == "CCK"


def test_whom_the_settings_name_is_asked_instead_of_all_others(duty: Duty) -> None:
    duty.council = council(crisis={"on_call": ["V", "nobody", "M"]})
    duty.raise_()
    for minutes in range(1, 21):
        duty.climb(minutes)
    assert duty.asked() == "VVMMM"


def test_an_acknowledgement_stops_the_asking_and_new_words_go_to_its_owner(duty: Duty) -> None:
    alert = duty.raise_()
    assert duty.answer("ack", alert, "C") == "acknowledged"
    duty.climb(30)  # a minute before it lapses
    assert duty.asked() == "C"
    assert [row["status"] for row in duty.town.rows(schema.notices)] == ["cancelled"]
    duty.raise_(minutes=2)
    assert duty.asked() == "CC"


def test_new_words_before_anybody_took_it_go_to_who_was_asked_last(duty: Duty) -> None:
    duty.raise_()
    for minutes in range(1, 11):
        duty.climb(minutes)
    assert duty.asked() == "CCK"
    duty.raise_(minutes=11)
    assert duty.asked() == "CCKK"


def test_an_acknowledgement_without_an_outcome_lapses_after_half_an_hour_and_the_asking_goes_on(duty: Duty) -> None:
    alert = duty.raise_()
    duty.answer("ack", alert, "C")
    for minutes in range(2, 41):
        duty.climb(minutes)
    row = duty.town.row(schema.alerts, alert)
    assert (row["state"], row["owner_id"]) == ("open", None)
    assert [s["at"] for s in duty.town.rows(schema.alert_steps) if s["what"] == "lapsed"] == [NOW + timedelta(minutes=31)]
    assert duty.asked() == "CCK"
    assert duty.answer("ack", alert, "K", 41) == "acknowledged"


@pytest.mark.parametrize(("letter", "outcome"), alerts.OUTCOMES.items())
def test_an_outcome_ends_an_alert_and_its_task(duty: Duty, letter: str, outcome: str) -> None:
    alert = duty.raise_()
    duty.answer("ack", alert, "C")
    assert duty.answer(letter, alert, "C", 10) == "resolved"
    for minutes in range(11, 90):
        duty.climb(minutes)
    assert duty.asked() == "C"
    row = duty.town.row(schema.alerts, alert)
    assert (row["state"], row["outcome"], row["owner_id"]) == ("resolved", outcome, duty.staff["C"])
    assert duty.town.only(schema.tasks)["status"] == "done"
    assert duty.town.rows(schema.access_log)[-1]["action"] == f"alert.{outcome}"


def test_a_pass_asks_the_next_at_once(duty: Duty) -> None:
    alert = duty.raise_()
    assert duty.answer("pass", alert, "C") == "passed"
    assert duty.asked() == "CK"
    assert duty.answer("pass", alert, "K", 2) == "passed"
    assert duty.asked() == "CKM"
    assert duty.answer("pass", alert, "M", 3) == "passed"
    assert duty.asked() == "CKMM", "the last is asked until someone answers"


def test_an_owner_may_pass_what_they_took(duty: Duty) -> None:
    alert = duty.raise_()
    duty.answer("ack", alert, "C")
    assert duty.answer("pass", alert, "C", 2) == "passed"
    row = duty.town.row(schema.alerts, alert)
    assert (row["state"], row["owner_id"]) == ("open", None)
    assert duty.asked() == "CK"


ANSWERS = [
    # who answers, when the alert is open, when C has it
    ("C", "acknowledged", "acknowledged"), ("K", "acknowledged", "taken"), ("M", "acknowledged", "taken"),
    ("X", "not_yours", "not_yours"), ("V", "not_yours", "not_yours"),
]  # fmt: skip


@pytest.mark.parametrize(("ref", "when_open", "when_taken"), ANSWERS)
@pytest.mark.parametrize("what", ["ack", "pass", "d"])
def test_who_may_answer_an_alert(duty: Duty, what: str, ref: str, when_open: str, when_taken: str) -> None:
    done = {"ack": "acknowledged", "pass": "passed", "d": "resolved"}[what]
    said = {"acknowledged": done}
    alert = duty.raise_()
    assert duty.answer(what, alert, ref) == said.get(when_open, when_open)
    taken = duty.raise_("injury")
    duty.answer("ack", taken, "C")
    assert duty.answer(what, taken, ref) == said.get(when_taken, when_taken)


def test_a_supervisor_who_was_asked_may_answer(duty: Duty) -> None:
    duty.council = council(crisis={"on_call": ["V"]})
    assert duty.answer("ack", duty.raise_(), "V") == "acknowledged"


@pytest.mark.parametrize("what", ["ack", "pass", "b"])
def test_a_finished_alert_or_a_number_that_is_none(duty: Duty, what: str) -> None:
    alert = duty.raise_()
    duty.answer("a", alert, "K")
    assert duty.answer(what, alert, "C") == "finished"
    assert duty.answer(what, 4821, "C") == "unknown"


CHANNELS = [
    # class, what is so of the person, the channels of the alert
    ("life_risk", {"restricted": False}, ["telegram", "sms"]),
    ("low_mood", {"restricted": False}, ["telegram"]),
    ("da_victim", {"restricted": False}, ["sms"]),
    ("danger_now", {"restricted": False}, ["sms"]),
    ("child_risk", {"restricted": False}, ["sms"]),
    ("life_risk", {"restricted": True}, ["sms"]),
    ("life_risk", {"women_only": True}, ["sms"]),
]


@pytest.mark.parametrize(("klass", "given", "channels"), CHANNELS, ids=str)
def test_what_is_urgent_comes_by_text_too_and_what_is_restricted_never_on_telegram(
    duty: Duty, klass: str, given: dict[str, bool], channels: list[str]
) -> None:
    duty.town.link("5001", staff_id=duty.staff["C"])
    duty.town.change(schema.people, duty.person, **given)
    duty.raise_(klass)
    assert [row["channel"] for row in duty.town.rows(schema.deliveries)] == channels


def test_every_step_is_kept(duty: Duty) -> None:
    alert = duty.raise_()
    duty.raise_(minutes=1)
    duty.answer("pass", alert, "C", 2)
    duty.answer("ack", alert, "K", 3)
    steps = [row["what"] for row in duty.town.rows(schema.alert_steps)]
    assert steps == ["opened", "notified", "message", "notified", "passed", "notified", "acknowledged"]
    actions = [row["action"] for row in duty.town.rows(schema.access_log)]
    assert actions == ["alert.passed", "alert.acknowledged"]


def test_nobody_on_the_ladder_is_said_and_tried_again(sqlite_record: Record) -> None:
    alone = Duty.__new__(Duty)
    alone.town, alone.council, alone.messages, alone.staff = Town(sqlite_record), council(), 0, {}
    alone.person = alone.town.person("P1")
    alert = alone.raise_()
    alone.climb(5)
    assert [row["what"] for row in alone.town.rows(schema.alert_steps)] == ["opened", "unmanned", "unmanned"]
    assert alone.town.row(schema.alerts, alert)["next_step_at"] == NOW + timedelta(minutes=10)
    assert alone.town.only(schema.tasks)["kind"] == "crisis"
