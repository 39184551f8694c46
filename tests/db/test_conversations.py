"""What conversations rest on: bookings, reports, questions, messages in order, and who may do what."""

from datetime import timedelta
from typing import Any

import pytest

from db import bookings, inbound, questions, reports, schema, sessions
from db.inbound import Raw
from db.record import Record
from db.sessions import Booked
from tests.db.making import NOW, Town, council, london

STARTS = london("2026-06-12 09:30")


@pytest.fixture
def town(sqlite_record: Record) -> Town:
    return Town(sqlite_record)


# Bookings and reports


def booked(town: Town, booking: int) -> Booked:
    with town.record.read() as connection:
        found = sessions.booked(connection, booking)
    assert found is not None
    return found


def say(town: Town, booking: int, kind: str, minutes: float = 0) -> None:
    one, now = booked(town, booking), NOW + timedelta(minutes=minutes)
    with town.write() as connection:
        if kind == "coming":
            reports.coming(connection, one, now=now, actor="P1")
        else:
            reports.report(connection, one, kind, channel="sms", now=now, actor="P1")


SAID = [
    # what was said one after the other, the answer, the reports that stand, all reports
    (["coming"], "coming", [], 0), (["cant"], "cant", ["cant"], 1), (["late", "late"], "late", ["late"], 1),
    (["late", "cant"], "cant", ["cant"], 2), (["cant", "coming"], "coming", [], 1),
    (["cant", "coming", "cant"], "cant", ["cant"], 2),
]  # fmt: skip


@pytest.mark.parametrize(("said", "answer", "standing", "kept"), SAID, ids=str)
def test_the_latest_word_wins_and_nothing_is_erased(
    town: Town, said: list[str], answer: str, standing: list[str], kept: int
) -> None:
    person, _, booking = town.booked("P1", STARTS)
    for n, kind in enumerate(said):
        say(town, booking, kind, n)
    assert town.row(schema.bookings, booking)["answer"] == answer
    with town.record.read() as connection:
        assert [report["kind"] for report in reports.of_person(connection, person)] == standing
    assert len(town.rows(schema.reports)) == kept
    assert len(town.rows(schema.access_log)) == len(said)


@pytest.mark.parametrize(("at", "minutes"), [("2026-06-12 09:00", 30), ("2026-06-12 09:30", 0), ("2026-06-12 09:45", -15)])
def test_a_report_says_how_long_before_the_start_it_came(town: Town, at: str, minutes: int) -> None:
    _, _, booking = town.booked("P1", STARTS)
    say(town, booking, "late", (london(at) - NOW).total_seconds() / 60)
    assert town.only(schema.reports)["minutes_before"] == minutes


def test_the_reason_and_the_band_are_kept_as_codes(town: Town) -> None:
    person, _, booking = town.booked("P1", STARTS)
    say(town, booking, "cant")
    with town.write() as connection:
        reports.set_reason(connection, 1, "caring")
        reports.set_band(connection, 1, "b")
        assert [(r["session"], r["reason"], r["band"]) for r in reports.of_person(connection, person)] == [
            ("S-P1", "caring", "b")
        ]


REPORTABLE = [
    # now, the session of "2" and "3", the session of "1": one from 9:30, one from 14:00 on the same day
    ("2026-06-12 09:00", "S-P1", "S-P1"), ("2026-06-12 09:45", "S-P1", "S2"), ("2026-06-12 11:29", "S-P1", "S2"),
    ("2026-06-12 11:30", "S2", "S2"), ("2026-06-12 14:10", "S2", None), ("2026-05-29 09:30", "S-P1", "S-P1"),
    ("2026-05-29 09:29", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("now", "reported", "answered"), REPORTABLE)
def test_which_session_a_digit_means(town: Town, now: str, reported: str | None, answered: str | None) -> None:
    person, session, _ = town.booked("P1", STARTS)
    town.change(schema.sessions, session, ends_at=STARTS + timedelta(hours=4))
    placement = town.row(schema.sessions, session)["placement_id"]
    town.booking(town.session("S2", placement, STARTS + timedelta(hours=4.5), 2), person)
    with town.record.read() as connection:
        to_report = sessions.next_to_report(connection, person, now=london(now))
        to_answer = sessions.next_to_answer(connection, person, now=london(now))
    assert (to_report.session_ref if to_report else None) == reported
    assert (to_answer.session_ref if to_answer else None) == answered


def test_a_session_reported_as_missed_gives_way_to_the_next(town: Town) -> None:
    person, session, booking = town.booked("P1", STARTS)
    placement = town.row(schema.sessions, session)["placement_id"]
    town.booking(town.session("S2", placement, STARTS + timedelta(days=1)), person)
    say(town, booking, "cant")
    with town.record.read() as connection:
        found = sessions.next_to_report(connection, person, now=STARTS + timedelta(minutes=5))
    assert found is not None
    assert found.session_ref == "S2"


def test_booking_again_starts_afresh(town: Town) -> None:
    person, session, booking = town.booked("P1", STARTS)
    say(town, booking, "coming")
    with town.write() as connection:
        bookings.unbook(connection, council(), booking, now=NOW, actor="S1", tell=False)
        again = bookings.book(connection, session, person, 1, now=NOW, actor="S1")
        assert bookings.book(connection, session, person, 1, now=NOW, actor="S1") == again
    row = town.row(schema.bookings, booking)
    assert (again, row["status"], row["version"], row["answer"]) == (booking, "booked", 3, None)
    assert town.rows(schema.notices) == [], "nobody is told where that was not asked for"


CHANGES = [("change", "planned", 1), ("cancel", "cancelled", 1), ("reinstate", "planned", 1)]


@pytest.mark.parametrize(("what", "status", "notices"), CHANGES)
def test_every_change_of_a_session_is_a_new_version_that_clears_answers_and_closes_questions(
    town: Town, what: str, status: str, notices: int
) -> None:
    person, session, booking = town.booked("P1", STARTS)
    say(town, booking, "coming")
    placement = town.row(schema.sessions, session)["placement_id"]
    about: dict[str, Any] = {"now": NOW, "actor": "S1"}
    with town.write() as connection:
        questions.ask(connection, person, "coming", now=NOW, booking_id=booking)
        if what == "change":
            values = {"placement_id": placement, "starts_at": STARTS, "ends_at": STARTS + timedelta(hours=2)}
            sessions.change(connection, council(), session, tell=True, **values, **about)
        elif what == "cancel":
            sessions.cancel(connection, council(), [session], tell=True, **about)
        else:
            sessions.reinstate(connection, council(), session, **about)
        assert questions.latest(connection, person, now=NOW) is None
    row = town.row(schema.sessions, session)
    assert (row["version"], row["status"]) == (2, status)
    assert town.row(schema.bookings, booking)["answer"] == ("coming" if what == "cancel" else None)
    assert [n["session_version"] for n in town.rows(schema.notices)] == [2] * notices


@pytest.mark.parametrize("what", ["change", "cancel"])
def test_a_silent_change_tells_nobody_and_a_past_session_neither(town: Town, what: str) -> None:
    _, session, _ = town.booked("P1", STARTS)
    _, past, _ = town.booked("P2", NOW - timedelta(days=1))
    with town.write() as connection:
        for id_, tell in ((session, False), (past, True)):
            placement = town.row(schema.sessions, id_)["placement_id"]
            if what == "cancel":
                sessions.cancel(connection, council(), [id_], now=NOW, actor="S1", tell=tell)
            else:
                starts_at = town.row(schema.sessions, id_)["starts_at"] - timedelta(hours=1)
                sessions.change(
                    connection, council(), id_, placement_id=placement, starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=6), now=NOW, actor="S1", tell=tell,
                )  # fmt: skip
    assert town.rows(schema.notices) == []


# Questions


def test_the_latest_question_closes_the_one_before_it(town: Town) -> None:
    person = town.person("P1")
    with town.write() as connection:
        first = questions.ask(connection, person, "reason", now=NOW)
        second = questions.ask(connection, person, "how_late", now=NOW)
        latest = questions.latest(connection, person, now=NOW)
        assert latest is not None
        assert latest.id == second
        old = questions.by_id(connection, first, person, now=NOW)
        assert old is not None
        assert not old.open
        assert questions.by_id(connection, first, person + 1, now=NOW) is None, "another's question is nobody's"
        questions.close(connection, second, now=NOW)
        assert questions.latest(connection, person, now=NOW) is None


LASTS = [(None, 24 * 60), (timedelta(hours=2), 120), (timedelta(days=3), 24 * 60), (timedelta(hours=-1), 1)]


@pytest.mark.parametrize(("expires", "minutes"), LASTS, ids=str)
def test_a_question_lasts_a_day_or_until_it_has_no_use(town: Town, expires: timedelta | None, minutes: int) -> None:
    person = town.person("P1")
    with town.write() as connection:
        questions.ask(connection, person, "coming", now=NOW, expires_at=NOW + expires if expires else None)
        end = NOW + timedelta(minutes=minutes)
        assert questions.latest(connection, person, now=end - timedelta(seconds=1)) is not None
        assert questions.latest(connection, person, now=end) is None


# Messages that came in


def store(town: Town, *received: tuple[str, str]) -> int:
    with town.write() as connection:
        return inbound.store(connection, [Raw("twilio", id_, sender, "{}") for id_, sender in received], now=NOW)


def turn(town: Town, seconds: float = 0) -> list[int]:
    with town.record.read() as connection:
        return [one.id for one in inbound.next_in_order(connection, 20, now=NOW + timedelta(seconds=seconds))]


def test_a_message_is_stored_once_on_both_databases(record: Record) -> None:
    town = Town(record)
    assert store(town, ("SM1", "a"), ("SM2", "a")) == 2
    assert store(town, ("SM2", "a"), ("SM3", "a")) == 1
    assert store(town) == 0
    assert len(town.rows(schema.inbound)) == 3


def test_messages_of_one_sender_wait_for_the_earlier_one_and_those_of_others_do_not(town: Town) -> None:
    store(town, ("SM1", "a"), ("SM2", "b"), ("SM3", "a"))
    assert turn(town) == [1, 2, 3]
    with town.write() as connection:
        assert not inbound.failed_once(connection, 1, "KeyError", now=NOW)
    assert turn(town) == [2]
    assert turn(town, 1) == [1, 2, 3]


def test_a_message_that_fails_three_times_goes_to_a_person(town: Town) -> None:
    store(town, ("SM1", "a"))
    with town.write() as connection:
        assert [inbound.failed_once(connection, 1, "KeyError", now=NOW) for _ in range(3)] == [False, False, True]
        inbound.fail(connection, 1, "KeyError", now=NOW)
    row = town.only(schema.inbound)
    assert (row["state"], row["attempts"], row["error"]) == ("failed", 3, "KeyError")
    assert turn(town, 60) == []


def test_a_message_is_handled_by_one_process_only(town: Town) -> None:
    store(town, ("SM1", "a"))
    with town.write() as connection:
        assert inbound.take(connection, [1], now=NOW) == {1}
        assert inbound.take(connection, [1], now=NOW) == set()


def test_after_a_crash_the_oldest_waiting_message_counts_as_having_failed_once(town: Town) -> None:
    store(town, ("SM1", "a"), ("SM2", "b"), ("SM3", "c"))
    with town.write() as connection:
        inbound.take(connection, [1], now=NOW)
        inbound.suspect(connection)
        inbound.suspect(connection)
    assert [row["attempts"] for row in town.rows(schema.inbound)] == [0, 2, 0]
