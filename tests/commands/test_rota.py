"""`turnup rota`: turns, gaps, swaps, leave and notes by command, for machines and people, as a dry run and by role."""

import json
from typing import Any

import pytest

from bot import commands
from db import schema
from tests.commands.conftest import Turnup
from tests.db.making import london
from tests.notifications.conftest import FakeClock

FRIDAY = ("--from", "2026-06-12T09:00", "--until", "2026-06-13T09:00")


@pytest.fixture
def desk(turnup_on_both: Turnup) -> Turnup:
    turnup_on_both.town.member("CO", "coordinator")
    turnup_on_both.town.member("DEP")
    return turnup_on_both


def shown(desk: Turnup) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.says("rota", "show", "--json")[0])
    return found


def test_without_anybody_it_says_who_is_asked_instead_and_what_to_do(desk: Turnup) -> None:
    lines = desk.says("rota", "show", "--days", "1")
    assert lines[0].startswith("GAP  nobody is on duty now; alerts go to whom [crisis] on_call names")
    assert lines[0].endswith("`turnup rota add` names somebody")
    assert lines[1] == "no turn to come"
    assert lines[2] == "GAP  Wed 10 Jun 2026 13:00  to Wed 10 Jun 2026 17:00  first  nobody"


def test_turns_are_given_and_shown(desk: Turnup) -> None:
    made = desk.says("rota", "add", "first", "CM", *FRIDAY, "--times", "2", "--as", "CO")
    assert made == [
        "1  Fri 12 Jun 2026 09:00  to Sat 13 Jun 2026 09:00  first  CM",
        "2  Fri 19 Jun 2026 09:00  to Sat 20 Jun 2026 09:00  first  CM",
    ]
    found = shown(desk)
    assert found["now"] == {
        "first": None, "second": None, "lead": None, "kept": True, "until": None, "next_at": "2026-06-12T09:00:00+01:00",
    }  # fmt: skip
    assert [(turn["duty"], turn["staff"]) for turn in found["turns"]] == [("first", "CM")] * 2
    assert len(json.loads(desk.says("rota", "gaps", "--json")[0])) == len(found["gaps"]) == len(desk.says("rota", "gaps"))


def test_a_dry_run_gives_nothing(desk: Turnup) -> None:
    lines = desk.says("rota", "add", "first", "CM", *FRIDAY, "--dry-run")
    assert (lines[0], lines[-1]) == ("as a dry run:", "nothing written")
    assert desk.town.rows(schema.rota) == []


def test_a_turn_is_ended_and_the_gap_is_shown(desk: Turnup, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.says("rota", "add", "first", "CM", *FRIDAY)
    monkeypatch.setattr(commands, "clock", lambda *_: FakeClock(london("2026-06-12 12:00")))
    assert desk.says("rota", "show")[0] == "on duty now: first CM"
    assert desk.says("rota", "end", "1") == [
        "turn 1 ends Fri 12 Jun 2026 12:00", "GAP  Fri 12 Jun 2026 12:00  to Fri 12 Jun 2026 17:00  first  nobody",
    ]  # fmt: skip


def test_a_swap_is_asked_and_agreed_to(desk: Turnup) -> None:
    desk.says("rota", "add", "first", "CM", *FRIDAY)
    lines = desk.says("rota", "swap", "1", "--to", "DEP", "--as", "CM")
    assert lines == [
        "swap 1: DEP is asked; `turnup rota swap 1 --yes --as DEP` agrees for them", "tells 1 of the staff by SMS",
    ]  # fmt: skip
    assert desk.fails("rota", "swap", "1", "--yes", "--as", "CM").startswith('"CM" may not do that (rota.change)')
    assert desk.says("rota", "swap", "1", "--yes", "--as", "DEP")[0] == "the turn has changed hands"
    assert [turn["staff"] for turn in shown(desk)["turns"]] == ["DEP"]


def test_leave_names_the_turns_that_are_left_without_anybody(desk: Turnup) -> None:
    desk.says("rota", "add", "first", "CM", *FRIDAY)
    lines = desk.says("rota", "leave", "CM", "--from", "2026-06-12", "--to", "2026-06-14", "--deputy", "DEP", "--as", "CM")
    assert lines == [
        "away 1  2026-06-12 to 2026-06-14  CM  DEP stands in",
        "still on the rota: 1  Fri 12 Jun 2026 09:00  to Sat 13 Jun 2026 09:00  first  CM",
    ]
    assert "away 1  2026-06-12 to 2026-06-14  CM  DEP stands in" in desk.says("rota", "show")
    assert desk.says("rota", "leave", "CM", "--back", "1") == ["CM is here after all"]


def test_a_note_is_kept_for_the_next(desk: Turnup) -> None:
    desk.says("rota", "add", "first", "CM", *FRIDAY)
    assert desk.says("rota", "note", "1", "The van is at the garage") == ["whoever has first duty after turn 1 sees it"]
    assert desk.town.only(schema.rota)["note"] == "The van is at the garage"


WRONG = [
    (("rota", "show", "--days", "0"), "--days must be 1 or more"),
    (("rota", "add", "first", "CM", *FRIDAY, "--times", "0"), "--times and --every must be 1 or more"),
    (("rota", "add", "first", "CM", "--from", "soon", "--until", "2026-06-13T09:00"), '--from: "soon"'),
    (("rota", "add", "first", "nobody", *FRIDAY), "there is nobody of the staff"),
    (("rota", "swap", "1"), "say who is asked with --to"),
    (("rota", "leave", "CM"), "give the first and the last day with --from and --to"),
    (("rota", "add", "first", "CM", *FRIDAY, "--as", "LEAD"), '"LEAD" may not do that (rota.change); ask a'),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_what_is_wrong_is_said_in_one_sentence(turnup: Turnup, arguments: tuple[str, ...], sentence: str) -> None:
    assert turnup.fails(*arguments).startswith(sentence)
