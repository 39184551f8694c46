"""`turnup broadcast`: said once, looked at, held, carried out; and all that stands in its way."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot import commands
from db import schema
from tests.commands.conftest import STARTS, Turnup
from tests.db.making import NOW, london
from tests.notifications.conftest import FakeClock

CLOSED = ("broadcast", "off", "--placement", "BIKE", "--day", "2026-06-12")


@pytest.fixture
def desk(turnup_on_both: Turnup) -> Turnup:
    turnup_on_both.town.member("CO", "coordinator")
    turnup_on_both.town.member("MAN", "manager")
    return turnup_on_both


def later(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    monkeypatch.setattr(commands, "clock", lambda *_: FakeClock(NOW + timedelta(**time)))


def made(desk: Turnup, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.says(*CLOSED, "--as", "CO", "--json", *more)[0])
    return found


def notices(desk: Turnup, purpose: str) -> list[tuple[str, str]]:
    rows = desk.town.rows(schema.notices, schema.notices.c.purpose == purpose, schema.notices.c.person_id.is_not(None))
    return [(row["string"], row["status"]) for row in rows]


def test_what_it_would_do_is_shown_and_nothing_of_it_done(desk: Turnup) -> None:
    seen = made(desk)
    assert (seen["people"], seen["messages"], seen["second"]) == (2, 2, None)
    assert [(one["mode"], one["people"]) for one in seen["samples"]] == [("discreet", 1), ("standard", 1)]
    assert seen["samples"][1]["body"].startswith("Linnbrae: Friday 12 June at Bikes is OFF.")
    assert seen["samples"][0]["lock_screen"] == "Friday 12 June is off. No need to go. A "
    assert seen["left_out"] == {"no_contact": ["P3"]}
    assert desk.town.only(schema.sessions)["status"] == "planned"
    assert notices(desk, "off") == []


def test_after_its_hold_the_session_is_off_and_everyone_told_once(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = made(desk, "--confirm")
    desk.says("tick")
    assert desk.town.only(schema.sessions)["status"] == "planned"
    later(monkeypatch, minutes=6)
    desk.says("tick")
    desk.says("tick")
    assert desk.town.only(schema.sessions)["status"] == "cancelled"
    assert sorted(notices(desk, "off")) == [("session.off", "open"), ("session.off", "open"), ("session.off", "suppressed")]
    report = json.loads(desk.says("broadcast", "report", str(seen["id"]), "--json")[0])
    assert (report["people"], report["states"]["waiting"], report["states"]["left out"], report["calls"]) == (3, 2, 1, 1)
    assert json.loads(desk.says("broadcast", "calls", str(seen["id"]), "--json", "--as", "CO")[0]) == [
        {
            "person": "P3", "initials": "CH", "phone": None, "mode": "no_contact", "why": "no_contact",
            "starts_at": STARTS.isoformat(),
        }
    ]  # fmt: skip


def test_what_is_stopped_on_hold_changes_nothing(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = made(desk, "--confirm")
    assert desk.says("broadcast", "stop", str(seen["id"])) == [f"broadcast {seen['id']} is stopped; nobody was told"]
    later(monkeypatch, minutes=6)
    desk.says("tick")
    assert desk.town.only(schema.sessions)["status"] == "planned"


def test_what_is_stopped_while_it_is_sent_spares_the_rest_and_can_be_taken_back(
    desk: Turnup, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = made(desk, "--confirm")
    later(monkeypatch, minutes=6)
    desk.says("tick")
    first = desk.town.rows(schema.notices, schema.notices.c.string == "session.off")[0]
    desk.town.change(schema.notices, first["id"], status="told", told_at=NOW + timedelta(minutes=6))
    stopped = desk.says("broadcast", "stop", str(seen["id"]))[0]
    assert stopped.startswith(f"broadcast {seen['id']} is stopped: 2 were told, 1 were not;")
    desk.says("broadcast", "correct", str(seen["id"]), "--as", "CO")
    assert desk.town.only(schema.sessions)["status"] == "planned"
    assert notices(desk, "moved") == [("session.on_again", "open")]
    assert desk.town.rows(schema.notices, schema.notices.c.purpose == "moved")[0]["person_id"] == first["person_id"]


def test_two_about_one_session_do_not_overlap(desk: Turnup) -> None:
    first = made(desk, "--confirm")
    second = made(desk)
    assert second["blockers"] == [
        f"broadcast {first['id']} about the same session is on hold until 13:05; stop it first, or wait for it"
    ]
    assert "about the same session" not in desk.fails("broadcast", "confirm", str(second["id"]))


def test_a_session_that_began_and_an_audience_of_nobody_are_refused(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = json.loads(desk.says("broadcast", "off", "--placement", "BIKE", "--day", "2026-06-20", "--json")[0])
    assert nobody["blockers"] == ["no session that is still to come is in it; choose others"]
    assert desk.fails("broadcast", "off") == "say whom it is for: sessions, a placement, a team, an area or everybody"
    later(monkeypatch, days=3)
    assert desk.fails("broadcast", "off", "--session", "S1") == (
        '"S1" has started already; what happened there is entered as attendance'
    )


def test_with_nobody_left_in_it_a_broadcast_says_so_and_is_not_confirmed(desk: Turnup) -> None:
    wanted = ("broadcast", "words", "--team", "west", "--text", "Bring a coat.", "--as", "CO", "--json")
    assert json.loads(desk.says(*wanted)[0])["blockers"] == ["nobody is left in it; choose others"]
    left = made(desk)
    assert left["blockers"] == []
    for booking in desk.town.rows(schema.bookings):
        desk.town.change(schema.bookings, booking["id"], status="cancelled")
    assert desk.fails("broadcast", "confirm", str(left["id"]), "--as", "CO") == "nobody is left in it; choose others"
    assert desk.town.rows(schema.notices) == []


def test_a_colleague_approves_and_nobody_their_own(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(25):
        desk.town.booking(desk.town.only(schema.sessions)["id"], desk.town.person(f"Q{n}"))
    seen = made(desk)
    assert seen["second"] == "many"
    id_ = str(seen["id"])
    assert desk.fails("broadcast", "confirm", id_, "--as", "CO", "--break-glass") == (
        "only news of the same day may go alone; leave it to a colleague to approve"
    )
    assert desk.says("broadcast", "confirm", id_, "--as", "CO")[0].startswith(f"broadcast {id_} waits for a colleague")
    assert [t["kind"] for t in desk.town.rows(schema.tasks, schema.tasks.c.status == "open")] == ["broadcast_approve"]
    asked = desk.town.rows(schema.notices, schema.notices.c.string == "broadcast.approve")
    assert len(asked) == 1
    assert desk.fails("broadcast", "approve", id_, "--as", "CO") == "nobody approves their own broadcast; ask a colleague"
    assert "may not do that" in desk.fails("broadcast", "approve", id_, "--as", "CM")
    assert desk.says("broadcast", "approve", id_, "--as", "MAN")[0].startswith(f"broadcast {id_} is on hold until")
    later(monkeypatch, minutes=6)
    desk.says("tick")
    assert len([string for string, status in notices(desk, "off") if status == "open"]) == 27


def test_on_the_day_itself_an_off_may_go_alone_and_is_reviewed(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(25):
        desk.town.booking(desk.town.only(schema.sessions)["id"], desk.town.person(f"Q{n}"))
    monkeypatch.setattr(commands, "clock", lambda *_: FakeClock(london("2026-06-12 06:05")))
    seen = made(desk, "--break-glass")
    one = desk.town.only(schema.broadcasts)
    assert (one["status"], one["break_glass"], one["hold_until"]) == ("held", True, london("2026-06-12 06:07"))
    task = desk.town.only(schema.tasks, schema.tasks.c.status == "open")
    tuesday = london("2026-06-16 17:00")  # Monday is a holiday in Scotland
    assert (task["kind"], task["due_at"]) == ("broadcast_review", tuesday)
    monkeypatch.setattr(commands, "clock", lambda *_: FakeClock(london("2026-06-12 06:05")))
    desk.says("broadcast", "review", str(seen["id"]), "--as", "MAN")
    assert desk.town.only(schema.tasks)["status"] == "done"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Craig is off today", "the text names a person; nobody may learn who else is here"),
        ("Your order is over", 'the text says "order", which must not be read on somebody\'s phone; say it another way'),
        ("Ring 07700 900123", "the text has a phone number; people ring the council's own, which stands in other messages"),
        ("About O-P1", "the text names an order, or a place that is never named; leave it out"),
        ("Come to Willow Room", "the text names an order, or a place that is never named; leave it out"),
        ("x" * 300, "the text has 300 characters; shorten it to 280"),
        ("  ", "say it in English first; other languages may stand beside it"),
    ],
)  # fmt: skip
def test_free_words_that_say_too_much_are_refused(desk: Turnup, text: str, why: str) -> None:
    desk.town.placement("WOM", nickname="Willow Room", women_only=True)
    assert desk.fails("broadcast", "words", "--team", "north", "--text", text, "--as", "CO") == why


def test_free_words_go_to_those_alone_whose_phone_may_show_them(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = json.loads(
        desk.says("broadcast", "words", "--team", "north", "--text", "Bring a coat this week.", "--as", "CO", "--json")[0]
    )
    assert (seen["second"], seen["people"]) == ("words", 1)
    assert seen["left_out"] == {"mode": ["P2", "P3"]}
    assert seen["samples"][0]["body"] == "Linnbrae: Bring a coat this week."
    desk.says("broadcast", "confirm", str(seen["id"]), "--as", "CO")
    desk.says("broadcast", "approve", str(seen["id"]), "--as", "MAN")
    later(monkeypatch, minutes=6)
    desk.says("tick")
    assert notices(desk, "broadcast") == [("broadcast.words", "open")]
    assert [call["person"] for call in json.loads(desk.says("broadcast", "calls", str(seen["id"]), "--json")[0])] == [
        "P2",
        "P3",
    ]


def test_the_same_words_to_the_same_people_within_a_day_are_noted_before_they_go(
    desk: Turnup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(text: str = "Bring a coat this week.", *more: str) -> dict[str, Any]:
        said = ("broadcast", "words", "--team", "north", "--text", text, *more, "--as", "CO", "--json")
        return dict(json.loads(desk.says(*said)[0]))

    first = seen()
    assert seen()["warnings"] == [], "the first was not confirmed"
    desk.says("broadcast", "confirm", str(first["id"]), "--as", "CO")
    desk.says("broadcast", "approve", str(first["id"]), "--as", "MAN")
    again = [f"broadcast {first['id']} said the same to the same people, not a day ago"]
    assert seen()["warnings"] == again
    assert seen("Bring boots this week.")["warnings"] == []
    later(monkeypatch, minutes=6)
    desk.says("tick")
    assert seen()["warnings"] == again
    later(monkeypatch, hours=24)
    assert seen()["warnings"] == []


def test_only_a_manager_stops_the_service_or_cuts_hours(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = ("broadcast", "suspension", "--everybody", "--until", "2026-06-30", "--confirm")
    assert "may not do that (broadcast.suspend); ask a manager" in desk.fails(*stop, "--as", "CO")
    desk.town.member("MAN2", "manager")
    desk.says(*stop, "--as", "MAN")
    id_ = str(desk.town.only(schema.broadcasts)["id"])
    desk.says("broadcast", "approve", id_, "--as", "MAN2")
    later(monkeypatch, minutes=6)
    desk.says("tick")
    assert desk.town.only(schema.sessions)["status"] == "cancelled"
    assert notices(desk, "off") == []
    assert sorted(notices(desk, "broadcast")) == [
        ("service.off", "open"), ("service.off", "open"), ("service.off", "suppressed")
    ]  # fmt: skip


def test_a_cut_of_hours_names_its_basis_and_leaves_out_whom_it_may(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.town.member("MAN2", "manager")
    cut = ("broadcast", "reduction", "--everybody", "--percent", "35", "--of", "imposed", "--without", "P1")
    assert desk.fails(*cut, "--legal-basis", " ", "--as", "MAN").startswith("a cut of hours needs its legal basis")
    desk.says(*cut, "--legal-basis", "SSI 2021/144", "--as", "MAN", "--confirm")
    desk.says("broadcast", "approve", str(desk.town.only(schema.broadcasts)["id"]), "--as", "MAN2")
    later(monkeypatch, minutes=6)
    desk.says("tick")
    cuts = desk.town.rows(schema.hours)
    assert [(row["kind"], row["credited_minutes"], row["legal_basis"]) for row in cuts] == [
        ("adjustment", -2100, "SSI 2021/144"), ("adjustment", -2100, "SSI 2021/144")
    ]  # fmt: skip
    assert sorted(notices(desk, "broadcast")) == [("hours.reduced", "open"), ("hours.reduced", "suppressed")]


def test_a_dry_run_writes_nothing(desk: Turnup) -> None:
    lines = desk.says(*CLOSED, "--as", "CO", "--confirm", "--dry-run")
    assert (lines[0], lines[-1]) == ("as a dry run:", "nothing written")
    assert desk.town.rows(schema.broadcasts) == []
