"""The demo's story: each change of the record as a sentence, once, in the order in which it was seen."""

import ast
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sentences import GENERAL, SENTENCES
from bot.story import Story, sentence
from db import access, alerts, bookings, notices, reports, schema, sessions, tasks
from db.clock import Clock
from db.notices import Notice
from db.record import Record
from db.story import Event
from tests.db.making import NOW, Town, council

ROOT = Path(__file__).parents[2]
THURSDAY = NOW + timedelta(days=1)


@pytest.fixture
def town(record: Record) -> Town:
    return Town(record)


@pytest.fixture
def story(record: Record) -> Story:
    return Story(record, Clock(record))


def texts(story: Story, after: int = 0) -> list[str]:
    return [line["text"] for line in story.since(after)]


def booked(town: Town, ref: str, **given: Any) -> sessions.Booked:
    _, __, booking_id = town.booked(ref, THURSDAY, **given)
    with town.record.read() as connection:
        found = sessions.booked(connection, booking_id)
    assert found is not None
    return found


def test_a_report_is_told_with_its_day_and_the_task_that_it_makes(town: Town, story: Story) -> None:
    ailsa = town.member("S3", name="Ailsa Drummond")
    one = booked(town, "P1", case_manager_id=ailsa)
    with town.write() as connection:
        reports.report(connection, one, "cant", channel="sms", now=NOW, actor="P1")
        tasks.open_task(
            connection, key="absence:b1", kind="absence", person_id=one.person_id, now=NOW, due_at=NOW + timedelta(days=2)
        )
    lines = story.since(0)
    assert [line["text"] for line in lines] == [
        "Craig H said they can’t come on Thursday 11 June.",
        "A task for Ailsa Drummond, due Friday 12 June: decide about Craig H’s reason.",
    ]
    assert [(line["id"], line["ref"], line["at"]) for line in lines] == [
        (1, "P1", "2026-06-10T13:00:00+01:00"), (2, "P1", "2026-06-10T13:00:00+01:00"),
    ]  # fmt: skip


def test_each_line_is_told_once_and_only_after_the_last_one_known(town: Town, story: Story) -> None:
    one = booked(town, "P1")
    with town.write() as connection:
        reports.coming(connection, one, now=NOW, actor="P1")
    assert texts(story) == ["Craig H said they are coming on Thursday 11 June."]
    assert texts(story) == ["Craig H said they are coming on Thursday 11 June."]
    with town.write() as connection:
        # Seen later, though its time is earlier: the clock has been moved back.
        bookings.unbook(connection, council(), one.booking_id, now=NOW - timedelta(days=1), actor="office", tell=False)
    assert texts(story, after=1) == ["Office took Craig H off a session."]


def test_an_alert_is_told_step_by_step_without_what_it_is_about(town: Town, story: Story) -> None:
    fergus = town.member("S2", "coordinator", name="Fergus Tolmie")
    person_id = town.person("P1")
    inbound = town.add(
        schema.inbound, door="twilio", provider_id="1", payload="{}", received_at=NOW, state="stored", attempts=0
    )
    with town.write() as connection:
        settings = council(crisis={"on_call": ["S2"]})
        alert_id = alerts.raise_alert(
            connection,
            settings,
            "da_victim",
            person=town.the_person(person_id),
            sender_hash=None,
            inbound_id=inbound,
            now=NOW,
        )
        alerts.acknowledge(connection, settings, alert_id, town.the_member(fergus), now=NOW)
    town.change(schema.alerts, alert_id, state="resolved", outcome="spoke")
    town.add(schema.alert_steps, alert_id=alert_id, what="resolved", staff_id=fergus, at=NOW)
    told = texts(story)
    assert told[:2] == [
        "Alert 1 opened about Craig H. A named human must answer it.",
        "Fergus Tolmie was asked to take alert 1.",
    ]
    assert told[-2:] == [
        "Fergus Tolmie took alert 1. Nobody else is asked while they see to it.",
        "Fergus Tolmie closed alert 1: they spoke.",
    ]
    assert not any("abuse" in line or "da_victim" in line for line in told)


def reminder(person_id: int) -> Notice:
    return Notice(
        key=f"reminder:{person_id}", purpose="reminder", string="reminder.day_before", lane=notices.REMINDER,
        expires_at=NOW + timedelta(hours=9), person_id=person_id,
    )  # fmt: skip


def send(town: Town, *person_ids: int, **state: Any) -> None:
    with town.write() as connection:
        for person_id in person_ids:
            notices.write(connection, council(), reminder(person_id), now=NOW)
        connection.execute(schema.deliveries.update().values(**state))


def test_a_message_is_told_when_it_went_and_again_when_it_did_not_get_through(town: Town, story: Story) -> None:
    send(town, town.person("P1"), status="accepted", accepted_at=NOW)
    assert texts(story) == ["A reminder went to Craig H by text."]
    with town.write() as connection:
        connection.execute(schema.deliveries.update().values(status="undelivered", final_at=NOW, error_class="bad_number"))
    assert texts(story, after=1) == ["A reminder did not reach Craig H: the number does not work."]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"status": "pending", "attempts": 1}, "The text provider did not take a reminder for Craig H."),
        ({"status": "unknown"}, "Nobody knows yet whether a reminder reached Craig H. The provider’s own list"),
        (
            {"status": "unknown", "channel": "telegram"},
            "Nobody knows whether a reminder reached Craig H, and Telegram keeps no",
        ),
        ({"status": "failed", "error_class": "unknown"}, "Whether a reminder reached Craig H will not be known. A human"),
    ],
)
def test_a_doubt_is_told_as_one(town: Town, story: Story, state: dict[str, Any], said: str) -> None:
    send(town, town.person("P1"), **state)
    [told] = texts(story)
    assert told.startswith(said)


def test_many_of_the_same_are_one_line(town: Town, story: Story) -> None:
    people = [town.person(f"P{n}", first_name=name) for n, name in enumerate(("Ann", "Bob", "Cas", "Dee", "Eve"))]
    send(town, *people, status="delivered", accepted_at=NOW)
    assert texts(story) == ["5 people got a reminder: Ann H, Bob H, Cas H, Dee H and 1 more."]


def test_lines_give_way_to_the_one_that_tells_them_together(town: Town, story: Story) -> None:
    send(town, town.person("P1", first_name="Ann"), status="delivered", accepted_at=NOW)
    assert texts(story) == ["A reminder went to Ann H by text."]
    send(town, *(town.person(f"Q{n}") for n in range(2)), status="delivered", accepted_at=NOW)
    [line] = story.since(1)
    assert (line["text"], line["instead_of"]) == ("3 people got a reminder: Ann H, Craig H, Craig H.", [1])
    assert story.since(0) == [line]


def test_what_was_not_sent_is_told_with_the_reason(town: Town, story: Story) -> None:
    send(town, town.person("P1"), status="cancelled")
    with town.write() as connection:
        connection.execute(schema.notices.update().values(status="suppressed", why="stopped"))
    assert texts(story) == ["A reminder for Craig H was not sent: they stopped these messages."]


def test_a_held_channel_is_told_each_time_that_it_begins(town: Town, story: Story) -> None:
    def pause() -> None:
        with town.write() as connection:
            connection.execute(schema.pauses.insert().values(channel="sms", why="rate", code="429", until=NOW))

    pause()
    assert texts(story) == texts(story) == ["The text provider asked us to wait. Messages are held, and none is lost."]
    with town.write() as connection:
        connection.execute(schema.pauses.delete())
    assert len(texts(story)) == 1
    pause()
    assert len(texts(story)) == 2


def test_hours_are_told_but_not_those_of_an_import(town: Town, story: Story) -> None:
    person_id = town.person("P1")
    order_id = town.rows(schema.orders)[0]["id"]
    about: dict[str, Any] = {
        "order_id": order_id, "kind": "work", "worked_on": date(2026, 6, 9), "worked_minutes": 340, "credited_minutes": 340,
        "activity": "unpaid_work", "seq": 0, "at": NOW,
    }  # fmt: skip
    town.add(schema.hours, ref="H1", actor="import", **about)
    town.add(schema.hours, ref="H2", actor="S3", **about)
    with town.write() as connection:
        access.log(connection, "import", "import.people.added", now=NOW, person_id=person_id)
    assert texts(story) == ["5h 40m were credited to Craig H for Tuesday 9 June."]


def test_an_action_without_a_sentence_is_told_honestly() -> None:
    event = Event("access:1", "moon.landed", NOW, who="Craig H", by="S03")
    assert sentence(event) == "The record notes “moon.landed” about Craig H, by S03."


def test_every_sentence_can_be_said() -> None:
    for kind, template in SENTENCES.items():
        about = {"minutes": 60, "alert": 7, "channel": "sms", "worked_on": date(2026, 6, 9)}
        event = Event("x", kind, NOW, "Craig H", "P1", "Ailsa Drummond", THURSDAY, THURSDAY, about)
        said = sentence(event)
        assert (said is None) == (template is None), kind
        if said is not None:
            assert said[0] == said[0].upper()
            assert said.endswith(".")
            assert "  " not in said


def logged_actions() -> set[str]:
    """Every action that the code writes to the access log; of one put together, its first word."""
    found = set()
    for path in (p for part in ("db", "handlers", "bot") for p in (ROOT / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "log":
                continue
            action = node.args[2 if ast.unparse(node.func) == "access.log" else 0]
            text = action.values[0] if isinstance(action, ast.JoinedStr) else action
            found |= {str(text.value)} if isinstance(text, ast.Constant) else set()
    return found


def has_sentence(action: str) -> bool:
    whole = {action, action.partition(".")[0]} & set(SENTENCES)
    return bool(whole) or (action.endswith(".") and any(each.startswith(action) for each in SENTENCES))


def test_every_action_of_the_access_log_has_a_sentence() -> None:
    actions = logged_actions()
    assert {"broadcast.drafted", "roster.read", "decided."} <= actions
    unsaid = {action for action in actions if not has_sentence(action)}
    assert (unsaid, GENERAL.count("{kind}")) == (set(), 1)
