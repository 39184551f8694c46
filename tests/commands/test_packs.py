"""`turnup pack`: what each step prints, whom it tells, and how it fails."""

from pathlib import Path

import pytest

from db import pack_photos, packs, schema
from db.change import Change
from db.packs import Offer
from db.permissions import COMMAND_LINE
from tests.commands.conftest import Turnup
from tests.db.making import NOW, council

REASON = ("--reason", "talked it through")
APPROVE = ("pack", "approve", "P1", "--checked", "tools,children,conditions", *REASON)


@pytest.fixture
def asked(turnup: Turnup) -> Turnup:
    """P1 has asked for HP1, of which there is one."""
    turnup.town.add(
        schema.packs, ref="HP1", name="Bird boxes", activity="unpaid_work", minutes=240, stock=1, return_within_days=14,
        collect_from="Wood workshop", note="",
    )  # fmt: skip
    ask(turnup, 1)
    return turnup


def ask(turnup: Turnup, person: int) -> None:
    who = turnup.town.the_person(person)
    [order] = turnup.town.rows(schema.orders, schema.orders.c.person_id == person)
    with turnup.town.write() as connection:
        change = Change(connection, council(), NOW, COMMAND_LINE)
        packs.ask(change, who, Offer("pack", 1, "", ""), order["id"], channel="sms")


def test_a_pack_goes_all_its_way(asked: Turnup) -> None:
    assert asked.says("pack", "list") == ["P1  asked  HP1  for O-P1  asked Wed 10 Jun 2026 13:00"]
    assert asked.says(*APPROVE) == ["P1 may have HP1; `turnup pack ready P1` once it can be collected", "tells nobody"]
    tells = "tells 1 person: 1 by SMS (1 standard)"
    assert asked.says("pack", "ready", "P1") == ["HP1 is ready for P1, at Wood workshop, due Wed 24 Jun 2026", tells]
    assert asked.says("pack", "collected", "P1", "--on", "2026-06-09") == ["P1 has HP1, due Tue 23 Jun 2026", tells]
    assert asked.says("pack", "due", "P1", "--by", "2026-07-01", *REASON) == ["P1 has HP1, due Wed 01 Jul 2026", tells]
    assert asked.says("pack", "list") == ["P1  out  HP1  for O-P1  asked Wed 10 Jun 2026 13:00  due Wed 01 Jul 2026"]
    assert asked.says("pack", "credit", "P1", "--minutes", "200", *REASON) == [
        "P1: 200 minutes worked on HP1, 200 credited to O-P1", "O-P1: 5800 minutes left", tells,
    ]  # fmt: skip
    assert asked.says("pack", "list") == ["nobody has asked for a pack"]


def test_with_none_left_they_wait(asked: Turnup) -> None:
    ask(asked, 2)
    asked.says(*APPROVE)
    asked.town.change(schema.people, 2, mode="standard")
    assert asked.says("pack", "approve", "P2", *APPROVE[3:]) == [
        "P2 waits for HP1: none is left", "tells 1 person: 1 by SMS (1 standard)",
    ]  # fmt: skip
    assert [row["status"] for row in asked.town.rows(schema.pack_requests)] == ["approved", "waiting"]
    assert asked.says("pack", "returned", "P1", *REASON) == ["HP1 of P1 is back, and nothing is credited"]


def test_a_decline_tells_them_so_and_no_more(asked: Turnup) -> None:
    assert asked.says("pack", "decline", "P1", *REASON) == [
        "P1 does not get HP1 this time", "note: why is for a human to tell them", "tells 1 person: 1 by SMS (1 standard)",
    ]  # fmt: skip


def test_a_withdrawal_is_not_texted(asked: Turnup) -> None:
    assert asked.says("pack", "withdraw", "P1", *REASON) == ["P1 does not want HP1 any more"]


def test_who_cannot_be_told_is_said(asked: Turnup) -> None:
    asked.says(*APPROVE)
    asked.town.change(schema.people, 1, mode="no_contact")
    assert asked.says("pack", "ready", "P1")[-1] == "does not reach 1 (1 no contact); tell them another way"


def test_a_dry_run_writes_nothing(asked: Turnup) -> None:
    assert asked.says(*APPROVE, "--dry-run")[-1] == "nothing written"
    assert asked.town.row(schema.packs, 1)["stock"] == 1
    assert asked.town.rows(schema.pack_requests)[0]["status"] == "asked"


def test_who_acts_is_bound_by_their_role(asked: Turnup) -> None:
    for ref in ("LEAD", "CM"):
        assert asked.fails(*APPROVE, "--as", ref).startswith(f'"{ref}" may not do that (pack.decide); ask a case manager')
    assert asked.says("pack", "list", "--as", "CM") == ["nobody has asked for a pack"]


def test_what_cannot_be_done_is_one_sentence(asked: Turnup, tmp_path: Path) -> None:
    assert asked.fails("pack", "approve", "P1", "--checked", "tools,luck", *REASON) == (
        '--checked: "luck" is none of tools, children, conditions'
    )
    assert asked.fails("pack", "approve", "P1", *REASON) == (
        "a human has to have looked at tools, children, conditions first; name them all with --checked"
    )
    assert asked.fails("pack", "ready", "P2") == '"P2" has no open request; `turnup pack list` shows who has'
    assert asked.fails("pack", "photos", "P2", "--to", str(tmp_path)) == (
        '"P2" has asked for no pack; `turnup pack list` shows who has'
    )
    assert asked.wrong("pack", "approve", "P1").endswith("the following arguments are required: --reason")


def test_photos_are_written_for_who_checks_the_work_and_the_look_is_logged(asked: Turnup, tmp_path: Path) -> None:
    there = tmp_path / "photos"
    command = ("pack", "photos", "P1", "--to", str(there))
    assert asked.says(*command) == ["there is no photo of HP1 from P1"]
    with asked.town.write() as connection:
        pack_photos.want(connection, 1, "file", now=NOW)
        [wanted] = pack_photos.wanted(connection, now=NOW, limit=5)
        pack_photos.keep(connection, wanted, b"a picture")
    assert asked.says(*command, "--dry-run") == ["as a dry run:", f"1 to write to {there}", "nothing written"]
    assert not there.exists()
    assert asked.says(*command) == [f"{there}/P1-1.jpg"]
    assert (there / "P1-1.jpg").read_bytes() == b"a picture"
    assert [row["action"] for row in asked.town.rows(schema.access_log)][-1] == "pack.photos"
    (tmp_path / "taken").touch()
    said = asked.fails("pack", "photos", "P1", "--to", str(tmp_path / "taken"))
    assert said == f"--to: cannot write to {tmp_path}/taken (File exists); give another folder"
