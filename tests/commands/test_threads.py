"""`turnup thread`: what waits, what was said, and an answer, for a night shift and for scripts."""

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import commands
from db import people, schema, threads
from tests.commands.conftest import Turnup
from tests.db.making import NOW, council
from tests.notifications.conftest import FakeClock


@pytest.fixture
def desk(turnup: Turnup) -> Turnup:
    turnup.town.member("NORTH")
    turnup.town.member("CO", "coordinator")
    return turnup


@pytest.fixture
def writes(desk: Turnup) -> Callable[[str], None]:
    def wrote(words: str) -> None:
        with desk.town.write() as connection:
            threads.received(connection, council(), people.person(connection, 1), words, inbound_id=None, now=NOW)

    return wrote


def read(desk: Turnup, *arguments: str) -> Any:
    [line] = desk.says("thread", *arguments, "--json")
    return json.loads(line)


def test_what_waits_is_listed_to_who_may_read_it(desk: Turnup, writes: Callable[[str], None]) -> None:
    assert desk.says("thread", "list") == ["nothing waits"]
    writes("whit aboot that hing")
    assert desk.says("thread", "list", "--as", "NORTH") == ["P1  1 not read  due Wed 10 Jun 17:00  with -"]
    assert read(desk, "list", "--as", "CM") == []
    assert read(desk, "list") == [
        {
            "person": "P1", "owner": None, "unread": 1, "since": "2026-06-10T13:00:00+01:00",
            "due_at": "2026-06-10T17:00:00+01:00", "closed": False,
        }
    ]  # fmt: skip


def test_an_answer_is_shown_as_it_will_be_read_and_can_be_taken_back(desk: Turnup, writes: Callable[[str], None]) -> None:
    writes("whit aboot that hing")
    lines = desk.says("thread", "reply", "P1", "--text", "It is fine, see you tomorrow", "--as", "NORTH")
    assert lines == [
        "P1 reads, by SMS: Linnbrae: It is fine, see you tomorrow",
        "on a lock screen: Linnbrae: It is fine, see you tomorrow",
        "1 part",
        'note: it says "tomorrow", and a message can come late; give the day and the date',
        "it goes at Wed 10 Jun 13:01; `turnup thread stop` takes it back",
        "tells 1 person: 1 by SMS (1 standard)",
    ]
    assert desk.says("thread", "list") == ["nothing waits"]
    assert desk.says("thread", "stop", "P1") == ["1 taken back; P1 gets nothing of it"]
    assert "it has gone already" in desk.fails("thread", "stop", "P1")
    assert [(line["who"], line["kind"], line.get("state")) for line in read(desk, "show", "P1")] == [
        ("P1", "in", None), ("NORTH", "seen", None), ("NORTH", "out", "stopped"),
    ]  # fmt: skip


def test_a_dry_run_writes_nothing(desk: Turnup, writes: Callable[[str], None]) -> None:
    writes("whit aboot that hing")
    lines = desk.says("thread", "reply", "P1", "--template", "3", "--dry-run")
    assert (lines[0], lines[-1]) == ("as a dry run:", "nothing written")
    assert "P1 reads, by SMS: Thanks, Craig. We've noted that." in lines
    assert [row["kind"] for row in desk.town.rows(schema.thread_entries)] == ["in"]


def test_what_may_not_go_is_refused_with_a_sentence(desk: Turnup) -> None:
    assert "own words never go to the phone of" in desk.fails("thread", "reply", "P2", "--text", "It is fine")
    assert "nothing at all is sent to them; ring them" in desk.fails("thread", "reply", "P3", "--template", "1")
    assert '"court"' in desk.fails("thread", "reply", "P1", "--text", "See you in court")
    assert "they go from 1 to 7" in desk.fails("thread", "reply", "P1", "--template", "9")
    assert "there is no person" in desk.fails("thread", "show", "P99")
    desk.wrong("thread", "reply", "P1")
    assert desk.town.rows(schema.thread_entries) == []


def test_other_teams_and_supervisors_see_and_do_nothing_and_the_log_says_they_tried(
    desk: Turnup, writes: Callable[[str], None]
) -> None:
    writes("whit aboot that hing")
    for ref in ("CM", "LEAD"):
        for act in (
            ("show",),
            ("reply", "--text", "Fine"),
            ("seen",),
            ("pass", "--to", "CO"),
            ("close",),
            ("stop",),
            ("call",),
        ):
            assert "may not do that" in desk.fails("thread", act[0], "P1", *act[1:], "--as", ref)
    tried = [row["action"] for row in desk.town.rows(schema.access_log, schema.access_log.c.actor.in_(("CM", "LEAD")))]
    assert tried == ["refused:thread.read", *["refused:thread.write"] * 6] * 2


def test_a_transcript_goes_to_a_file_that_only_its_reader_can_read(
    desk: Turnup, writes: Callable[[str], None], tmp_path: Path
) -> None:
    writes("whit aboot that hing")
    desk.says("thread", "pass", "P1", "--to", "CO", "--reason", "on leave")
    path = tmp_path / "said.txt"
    desk.says("thread", "show", "P1", "--out", str(path), "--as", "CO", "--reason", "complaint 7")
    assert path.read_text(encoding="utf-8").splitlines() == [
        "Wed 10 Jun 2026 13:00  P1 (not read): whit aboot that hing",
        "Wed 10 Jun 2026 13:00  command line  passed it to CO",
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    log = desk.town.only(schema.access_log, schema.access_log.c.action == "thread.read")
    assert (log["actor"], log["reason"], log["person_id"]) == ("CO", "transcript: complaint 7", 1)


def test_the_rest_is_done_from_there_too(
    desk: Turnup, writes: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    writes("whit aboot that hing")
    assert desk.says("thread", "seen", "P1") == ["1 of P1 read"]
    assert desk.says("thread", "close", "P1") == ["closed; a new message of P1 opens it again"]
    assert read(desk, "list", "--all")[0]["closed"]
    assert desk.says("thread", "call", "P1") == ["a call to P1 is on the list"]
    assert desk.says("thread", "templates", "P2")[0] == "1  Can you call when it suits? 01632 960480"
    monkeypatch.setattr(commands, "clock", lambda *_: FakeClock(NOW + timedelta(minutes=5)))
    assert read(desk, "reply", "P1", "--template", "5")["body"].startswith(
        "Craig, nothing has changed: your next session is"
    )
