"""What each answer of a provider leads to: for the delivery, the notice, the address, the channel, and for staff."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pytest
from sqlalchemy import select

from db import schema, tidying
from db.record import Record
from notifications.channel import Outcome, Verdict
from notifications.sender import SLOTS
from tests.db.making import NOW
from tests.notifications.conftest import FakeClock, Post, post_of, receive


@dataclass(frozen=True)
class Row:
    channel: str
    verdict: Verdict
    code: str
    deliveries: list[str]  # the statuses of the notice's deliveries afterwards
    notice: str
    attempts: int = 0
    waits: float | None = 0  # seconds until the newest delivery may go; None where it is final
    suppressed: str | None = None  # why the address may not be written to any more
    pause: str | None = None
    tasks: tuple[tuple[str, str | None], ...] = ()

    def __str__(self) -> str:
        return f"{self.channel}-{self.verdict}-{self.code}"


REACHED = ("not_reached",)
TABLE = [
    Row("sms", Verdict.ACCEPTED, "", ["accepted"], "told", waits=None),
    Row("sms", Verdict.BUSY, "20429", ["pending"], "open", pause="rate"),
    Row("sms", Verdict.RETRY, "21611", ["pending"], "open", attempts=1, waits=5),
    Row("sms", Verdict.RETRY, "connect", ["pending"], "open", attempts=1, waits=5),
    Row("sms", Verdict.UNKNOWN, "20500", ["unknown"], "open", waits=None),
    Row("sms", Verdict.UNKNOWN, "timeout", ["unknown"], "open", waits=None),
    Row("sms", Verdict.RECIPIENT, "21211", ["failed"], "undeliverable", waits=None, suppressed="recipient",
        tasks=(("bad_number", None), ("not_reached", "recipient"))),
    Row("sms", Verdict.ABSENT, "30003", ["failed", "pending"], "open", waits=600),
    Row("sms", Verdict.OPTED_OUT, "21610", ["failed"], "undeliverable", waits=None, suppressed="opted_out",
        tasks=(("stopped", None), ("not_reached", "opted_out"))),
    Row("sms", Verdict.CONTENT, "30007", ["failed"], "undeliverable", waits=None, tasks=(("not_reached", "content"),)),
    Row("sms", Verdict.EXPIRED, "30036", ["expired"], "expired", waits=None, tasks=(("not_reached", "expired"),)),
    Row("sms", Verdict.ACCOUNT, "20003", ["pending"], "open", pause="account", tasks=(("channel_paused", "20003"),)),
    Row("sms", Verdict.CONFIG, "21606", ["failed"], "undeliverable", waits=None, tasks=(("not_reached", "config"),)),
    Row("telegram", Verdict.ACCEPTED, "", ["delivered"], "told", waits=None),
    Row("telegram", Verdict.BUSY, "429", ["pending"], "open", pause="rate"),
    Row("telegram", Verdict.RETRY, "connect", ["pending"], "open", attempts=1, waits=5),
    Row("telegram", Verdict.UNKNOWN, "500", ["unknown"], "open", waits=None),
    Row("telegram", Verdict.RECIPIENT, "403", ["failed", "pending"], "open", tasks=(("telegram_blocked", None),)),
    Row("telegram", Verdict.CONTENT, "400", ["failed"], "undeliverable", waits=None, tasks=(("not_reached", "content"),)),
    Row("telegram", Verdict.ACCOUNT, "401", ["pending"], "open", pause="account", tasks=(("channel_paused", "401"),)),
    Row("telegram", Verdict.CONFIG, "400", ["failed"], "undeliverable", waits=None, tasks=(("not_reached", "config"),)),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_each_answer_leads_to_its_state(row: Row, sqlite_record: Record, clock: FakeClock) -> None:
    post = post_of(row.channel, sqlite_record, clock)  # type: ignore[arg-type]
    person, session, booking = post.town.booked("P1", clock.now() + timedelta(days=1), chat="4001", channel=row.channel)
    notice = post.write(
        purpose="off", string="session.off", fields={"day": "2026-06-11T12:00:00+00:00", "place": "Bikes"},
        person_id=person, booking_id=booking, session_id=session, session_version=2,
    )  # fmt: skip
    post.town.change(schema.sessions, session, status="cancelled", version=2)
    retry_after = 7.0 if row.verdict is Verdict.BUSY else 0.0
    reference = "SM1" if row.verdict is Verdict.ACCEPTED else None
    post.channel.answers = [Outcome(row.verdict, reference, row.code, retry_after)]
    clock.pass_(seconds=2)

    post.call(post.claim())

    newest = post.deliveries(notice)[-1]
    assert post.statuses(notice) == row.deliveries
    assert post.notice(notice) == row.notice
    assert newest["attempts"] == row.attempts
    assert (newest["final_at"] is None) is (row.waits is not None or newest["status"] in ("accepted", "unknown"))
    if row.waits is not None:
        assert max(newest["not_before"], clock.now()) == clock.now() + timedelta(seconds=row.waits)
    assert [s["why"] for s in post.town.rows(schema.suppressions)] == ([row.suppressed] if row.suppressed else [])
    paused = post.pause()
    assert (paused[0] if paused else None) == row.pause
    assert sorted(post.tasks(), key=str) == sorted(row.tasks, key=str)


def test_every_verdict_has_its_row() -> None:
    assert {row.verdict for row in TABLE} | {Verdict.GONE} == set(Verdict)


def test_an_opt_out_at_the_provider_stops_everything_and_a_blocked_chat_is_marked(
    sms: Post, sqlite_record: Record, clock: FakeClock
) -> None:
    person = sms.town.person("P1", chat="4001")
    sms.write(person_id=person)
    sms.channel.answers = [Outcome(Verdict.OPTED_OUT, code="21610")]
    sms.turn()
    assert sms.town.the_person(person).stop_level == "all"

    telegram = post_of("telegram", sqlite_record, clock)
    telegram.write(person_id=person, channel="telegram")
    telegram.channel.answers = [Outcome(Verdict.RECIPIENT, code="403")]
    telegram.turn()
    assert telegram.town.only(schema.telegram_links)["blocked_at"] == clock.now()
    assert telegram.town.the_person(person).chat is None


GONE = Outcome(Verdict.GONE, code="400")


def test_an_edit_of_a_message_that_is_gone_becomes_a_new_message(telegram: Post) -> None:
    person = telegram.town.person("P1", chat="4001", channel="telegram")
    notice = telegram.write(person_id=person, channel="telegram", edits=77)
    telegram.channel.answers = [GONE]
    telegram.turn()
    telegram.turn()
    assert [(call.action, call.target) for call in telegram.channel.calls] == [("edit", 77), ("send", None)]
    assert telegram.statuses(notice) == ["failed", "delivered"]
    assert telegram.notice(notice) == "told"


@pytest.mark.parametrize("end", [Outcome(Verdict.ACCEPTED), GONE, Outcome(Verdict.CONFIG, code="400"), None], ids=str)
def test_removing_a_message_changes_nothing_of_what_was_told(telegram: Post, end: Outcome | None) -> None:
    notice = told_and_to_be_removed(telegram)
    before = telegram.town.row(schema.notices, notice)
    telegram.channel.answers = [end] if end else [Outcome(Verdict.UNKNOWN)] * 2
    telegram.turn()
    for _ in range(2):
        telegram.resolve()
        telegram.turn()
    assert telegram.channel.calls[-1].action == "delete"
    assert telegram.town.row(schema.notices, notice) == before
    assert telegram.tasks() == []


def test_a_message_that_can_no_longer_be_removed_is_left(telegram: Post) -> None:
    notice = told_and_to_be_removed(telegram)
    telegram.clock.pass_(hours=12)
    assert telegram.turn() == 0
    assert telegram.statuses(notice) == ["delivered", "expired"]
    assert telegram.notice(notice) == "told"


def told_and_to_be_removed(post: Post) -> int:
    staff = post.town.member("S1")
    post.town.link("5001", staff_id=staff)
    notice = post.write(staff_id=staff, string="alert.acked", fields={"alert": "1"})
    post.turn()
    post.clock.pass_(hours=36)
    with post.record.write() as connection:
        assert tidying.remove_from_chats(connection, now=post.clock.now()) == 1
    return notice


def test_too_many_requests_pause_the_channel_for_exactly_as_long_as_the_provider_says(sms: Post) -> None:
    waits = [sms.write(person_id=sms.town.person(f"P{n}")) for n in range(4)]
    sms.clock.pass_(seconds=2)
    sms.channel.answers = [Outcome(Verdict.BUSY, code="429", retry_after=30)]
    sms.call(sms.claim(free=2))  # the first is told to wait, the second, in flight beside it, is taken
    paused_at = sms.clock.now()
    assert sms.pause() == ("rate", paused_at + timedelta(seconds=30))
    sms.clock.pass_(seconds=29.9)
    assert sms.claim() == []
    sms.clock.pass_(seconds=0.1)
    sms.call(sms.claim())
    assert [sms.statuses(notice) for notice in waits] == [["accepted"]] * 4
    assert [sms.deliveries(notice)[0]["attempts"] for notice in waits] == [0] * 4
    assert sms.pause() is None


@pytest.mark.parametrize("seconds", [1e300, float("inf")])
def test_a_pause_that_nobody_can_mean_is_a_day(sms: Post, seconds: float) -> None:
    notice = sms.write(person_id=sms.town.person("P1"))
    sms.channel.answers = [Outcome(Verdict.BUSY, code="429", retry_after=seconds)]
    sms.turn()
    assert sms.pause() == ("rate", sms.clock.now() + timedelta(days=1))
    assert sms.statuses(notice) == ["pending"]


def test_what_met_too_many_requests_keeps_its_place_before_what_was_written_after_it(sms: Post) -> None:
    person = sms.town.person("P1")
    first = sms.write(person_id=person)
    sms.clock.pass_(seconds=1)
    second = sms.write(person_id=person)
    sms.channel.answers = [Outcome(Verdict.BUSY, code="20429", retry_after=3.0)]
    sms.turn()
    sms.turn(seconds=4)
    tokens = [sms.deliveries(notice)[0]["token"] for notice in (first, second)]
    assert [call.token for call in sms.channel.calls[1:]] == tokens


def test_an_account_error_pauses_once_keeps_the_rows_alarms_once_probes_each_minute_and_resumes(sms: Post) -> None:
    sms.town.member("S9", "manager")
    waits = [sms.write(person_id=sms.town.person(f"P{n}")) for n in range(12)]
    sms.channel.always = Outcome(Verdict.ACCOUNT, code="20003")
    sms.clock.pass_(seconds=2)
    sms.call(sms.claim())
    assert len(sms.channel.calls) == 8
    for _ in range(3):
        assert sms.turn(seconds=57) == 0
        assert sms.turn(seconds=3) == 1  # the probe
    assert sms.tasks() == [("channel_paused", "20003")]
    assert [row["string"] for row in sms.town.rows(schema.notices, schema.notices.c.purpose == "trouble")] == [
        "alert.trouble"
    ]
    assert [row["attempts"] for notice in waits for row in sms.deliveries(notice)] == [0] * 12
    sms.channel.always = None
    sms.turn(seconds=60)
    sms.turn()
    assert {tuple(sms.statuses(notice)) for notice in waits} == {("accepted",)}
    assert sms.pause() is None


@pytest.mark.parametrize("answer", [Verdict.RETRY, Verdict.UNKNOWN, Verdict.BUSY])
def test_a_probe_that_shows_nothing_is_followed_by_the_next_a_minute_later(sms: Post, answer: Verdict) -> None:
    for n in range(9):
        sms.write(person_id=sms.town.person(f"P{n}"))
    sms.channel.answers = [Outcome(Verdict.ACCOUNT, code="20003"), Outcome(answer, retry_after=1)]
    sms.clock.pass_(seconds=2)
    sms.call(sms.claim(free=1))
    assert sms.turn(seconds=60) == 1
    assert sms.turn(seconds=58) == 0
    assert sms.turn(seconds=3) >= 1


def test_an_answer_to_an_older_call_does_not_end_a_pause(sms: Post) -> None:
    for n in range(3):
        sms.write(person_id=sms.town.person(f"P{n}"))
    sms.channel.answers = [Outcome(Verdict.ACCOUNT, code="20003"), Outcome(Verdict.ACCEPTED, "SM9")]
    sms.clock.pass_(seconds=2)
    sms.call(sms.claim(free=2))
    assert sms.turn() == 0


def test_too_many_requests_neither_hide_nor_end_an_account_error(sms: Post) -> None:
    sms.town.member("S9", "manager")
    for n in range(6):
        sms.write(person_id=sms.town.person(f"P{n}"))
    busy, account = Outcome(Verdict.BUSY, code="429", retry_after=1), Outcome(Verdict.ACCOUNT, code="20003")
    sms.channel.answers = [busy, account, busy]
    sms.clock.pass_(seconds=2)
    sms.call(sms.claim(free=3))
    assert sms.tasks() == [("channel_paused", "20003")]
    assert sms.turn(seconds=5) == 0


def test_five_different_recipients_refused_for_our_settings_within_a_minute_pause_the_channel(sms: Post) -> None:
    refused = Outcome(Verdict.CONFIG, code="21606")
    people = [sms.town.person(f"P{n}") for n in range(6)]
    sms.channel.always = refused
    for person in [people[0]] * 3 + people[:4]:
        sms.write(person_id=person)
        sms.turn(seconds=2)
    assert sms.pause() is None
    sms.clock.pass_(seconds=53)
    sms.write(person_id=people[4])
    sms.turn()
    assert sms.pause() is None, "the first of the five is more than a minute ago"
    for person in people[:5]:
        sms.write(person_id=person)
        sms.turn(seconds=1)
    paused = sms.pause()
    assert paused is not None
    assert paused[0] == "config"


def test_recipients_whose_receipts_name_our_settings_count_too(sms: Post) -> None:
    sms.town.member("S9", "manager")
    for n in range(5):
        sms.write(person_id=sms.town.person(f"P{n}"))
    sms.turn()
    tokens = [outgoing.token for outgoing in sms.channel.calls]
    for token in tokens[:4]:
        for _ in range(2):
            receive(sms, token, "undelivered", f"SM-{token}", error_class="config", code="30002")
    assert sms.pause() is None
    receive(sms, tokens[4], "undelivered", f"SM-{tokens[4]}", error_class="config", code="30002")
    assert sms.pause() == ("config", sms.clock.now() + timedelta(minutes=1))
    assert ("channel_paused", "30002") in sms.tasks()


@pytest.mark.parametrize("name", ["sms", "telegram"])
def test_a_provider_whose_answers_say_nothing_is_paused_and_uses_up_nobody_elses_message(
    sqlite_record: Record, clock: FakeClock, name: Literal["sms", "telegram"]
) -> None:
    """A front end that answers every call with a page of its own: ten are in doubt, the rest wait, and staff hear once."""
    post = post_of(name, sqlite_record, clock)
    post.town.member("S9", "manager")
    waits = [post.write(person_id=post.town.person(f"P{n}", chat=str(4000 + n), channel=name)) for n in range(30)]
    post.channel.always = Outcome(Verdict.UNKNOWN, code="502")
    post.turn()
    assert post.pause() == ("config", clock.now() + timedelta(minutes=1))
    in_doubt = len(post.channel.calls)
    assert in_doubt <= 10 + SLOTS
    for _ in range(5):
        post.resolve()
        assert post.turn(seconds=61) == 1  # the probe, which is nobody's second try while there are first ones
    assert post.tasks() == [("channel_paused", "502")]
    assert len(post.town.rows(schema.notices, schema.notices.c.purpose == "trouble")) == 1
    assert [row["attempts"] for notice in waits for row in post.deliveries(notice)] == [0] * 30

    post.channel.always = None
    for _ in range(12):
        post.turn(seconds=61)
        post.resolve()
    assert post.pause() is None
    assert {tuple(post.statuses(notice)) for notice in waits} == {("accepted" if name == "sms" else "delivered",)}
    assert post.tasks() == [("channel_paused", "502")]


def test_doubts_between_which_others_are_reached_pause_nothing(sms: Post) -> None:
    for n in range(24):
        sms.write(person_id=sms.town.person(f"P{n}"))
        sms.channel.answers = [Outcome(Verdict.UNKNOWN, code="timeout") if n % 8 else Outcome(Verdict.ACCEPTED, f"SM{n}")]
        sms.turn()
    assert sms.pause() is None


FALLBACK = [
    # (what the person is like, the text that then goes by SMS)
    ({}, "Sessions: Thursday 11 June at Bikes is OFF. Don't travel. You won't be marked absent. "
         "A worker will be in touch about a new date."),
    ({"mode": "discreet"}, "Thursday 11 June is off. No need to go. A worker will be in touch."),
    ({"mode": "call_first"}, "Can you call when it suits? 01632 960480"),
    ({"doubted_at": NOW}, "Thursday 11 June is off. No need to go. A worker will be in touch."),
    ({"phone_is_own": False}, None),
    ({"phone": None}, None),
    ({"stop_level": "all"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "text"), FALLBACK, ids=str)
def test_a_blocked_chat_leads_to_the_same_notice_by_sms_where_mode_and_number_allow(
    sqlite_record: Record, clock: FakeClock, given: dict[str, object], text: str | None
) -> None:
    telegram, sms = (post_of(name, sqlite_record, clock) for name in ("telegram", "sms"))  # type: ignore[arg-type]
    person, session, booking = telegram.town.booked(
        "P1", clock.now() + timedelta(days=1), chat="4001", channel="telegram", **given
    )
    telegram.town.change(schema.sessions, session, status="cancelled", version=2)
    allowed = given.get("stop_level") is None
    if not allowed:
        telegram.town.change(schema.people, person, stop_level="none")
    notice = telegram.write(
        purpose="off", string="session.off", fields={"day": "2026-06-11T12:00:00+00:00", "place": "Bikes"},
        person_id=person, booking_id=booking, session_id=session, session_version=2,
    )  # fmt: skip
    telegram.channel.answers = [Outcome(Verdict.RECIPIENT, code="403")]
    telegram.turn()
    if not allowed:
        telegram.town.change(schema.people, person, stop_level="all")
    sms.turn()
    assert sms.channel.bodies == ([text] if text else [])
    assert sms.notice(notice) == ("told" if text else "suppressed" if not allowed else "undeliverable")
    assert (("not_reached", "recipient") in sms.tasks()) is (text is None and allowed)


def test_what_may_be_personal_does_not_follow_to_a_number_in_doubt(telegram: Post) -> None:
    person = telegram.town.person("P1", chat="4001", channel="telegram", doubted_at=NOW)
    notice = telegram.write(person_id=person, purpose="reply", string="session.none")
    telegram.channel.answers = [Outcome(Verdict.RECIPIENT, code="403")]
    telegram.turn()
    assert telegram.statuses(notice) == ["failed"]
    assert ("not_reached", "recipient") in telegram.tasks()


def test_a_number_that_the_network_gives_up_is_in_doubt(sms: Post) -> None:
    person = sms.town.person("P1")
    sms.write(person_id=person)
    sms.channel.answers = [Outcome(Verdict.RECIPIENT, code="30005")]
    sms.turn()
    assert sms.town.row(schema.people, person)["doubted_at"] == sms.clock.now()


def test_a_shared_number_gets_nothing_when_the_chat_is_blocked(telegram: Post) -> None:
    person = telegram.town.person("P1", chat="4001", channel="telegram", phone="+447700900777")
    telegram.town.person("P2", phone="+447700900777")
    notice = telegram.write(person_id=person)
    telegram.channel.answers = [Outcome(Verdict.RECIPIENT, code="403")]
    telegram.turn()
    assert telegram.statuses(notice) == ["failed"]
    assert telegram.tasks() == [("telegram_blocked", None), ("not_reached", "recipient")]


def test_a_phone_that_cannot_be_reached_is_tried_once_more_and_then_staff_are_asked(sms: Post) -> None:
    person = sms.town.person("P1")
    notice = sms.write(person_id=person)
    sms.channel.always = Outcome(Verdict.ABSENT, code="30003")
    sms.turn()
    assert sms.turn(seconds=598) == 0
    assert sms.turn(seconds=10) == 1
    assert sms.turn(seconds=700) == 0
    assert sms.statuses(notice) == ["failed", "failed"]
    assert sms.notice(notice) == "undeliverable"
    task = sms.town.only(schema.tasks)
    assert (task["kind"], task["person_id"]) == ("not_reached", person)
    assert task["due_at"] - task["created_at"] == timedelta(hours=4)


@pytest.mark.parametrize("why", ["absent", "content", "expired"])
def test_what_arrived_after_all_stays_told_though_the_second_try_fails(sms: Post, why: str) -> None:
    notice = sms.write(person_id=sms.town.person("P1"), purpose="welcome", string="welcome")
    sms.turn()
    first = sms.deliveries(notice)[0]
    receive(sms, first["token"], "undelivered", first["reference"], error_class="absent")
    sms.clock.pass_(minutes=10)
    sms.turn()
    second = sms.deliveries(notice)[1]
    receive(sms, first["token"], "delivered", first["reference"])
    receive(sms, second["token"], "undelivered", second["reference"], error_class=why)
    assert (sms.statuses(notice), sms.notice(notice), sms.tasks()) == (["delivered", "undelivered"], "told", [])


def test_trouble_with_telegram_is_told_by_sms(telegram: Post) -> None:
    staff = telegram.town.member("S9", "manager")
    telegram.town.link("5001", staff_id=staff)
    telegram.write(person_id=telegram.town.person("P1", chat="4001", channel="telegram"))
    telegram.channel.answers = [Outcome(Verdict.ACCOUNT, code="401")]
    telegram.clock.pass_(seconds=2)
    telegram.call(telegram.claim())
    with telegram.record.read() as connection:
        query = select(schema.deliveries.c.channel).join(schema.notices).where(schema.notices.c.purpose == "trouble")
        assert connection.execute(query).scalars().all() == ["sms"]
