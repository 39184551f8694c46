"""The processes and the command line: how they start, refuse to start, end, and what they print."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests import forked
from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.town import Town

TURNUP = str(Path(sys.executable).with_name("turnup"))
IN_TIME = 10.0  # seconds from SIGTERM to the end


@pytest.fixture
def people(tmp_path: Path) -> list[Person]:
    return crowd(tmp_path / "council", sms=2, telegram=1)


class InstalledTown(Town):
    """Its processes and commands are started by the name that anybody starts them by, with nothing loaded before."""

    def spawn(self, name: str, part: str = "", **settings: str) -> None:
        with self.log.open("ab") as log:
            command = [TURNUP, part or name]
            self.processes[name] = subprocess.Popen(command, env={**self.env, **settings}, stdout=log, stderr=log)


@pytest.fixture
def installed(tmp_path: Path, people: list[Person]) -> Iterator[Town]:
    with InstalledTown(tmp_path, tmp_path / "council") as town:
        town.keep_private([one.phone for one in people])
        yield town


@pytest.fixture
def town(tmp_path: Path, people: list[Person]) -> Iterator[Town]:
    with Town(tmp_path, tmp_path / "council") as town:
        town.keep_private([one.phone for one in people])
        yield town


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_sigterm_ends_every_process_in_time_also_while_a_provider_hangs(tmp_path: Path, kind: str) -> None:
    texted, _, chatting = crowd(tmp_path / "council", sms=2, telegram=1)
    with InstalledTown(tmp_path, tmp_path / "council", kind=kind) as town:
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(chatting)
        town.phones.fault("sms", "slow", seconds=60, match={"method": "create"})
        town.phones.fault("telegram", "slow", seconds=60, match={"method": "sendMessage"})
        town.text(texted.phone, "1")
        town.say(chatting.chat, "My hours")
        town.wait_for(lambda: not town.phones.get("faults"), "no call hangs")
        ended = town.stop()
        assert {name: code for name, (code, _) in ended.items()} == dict.fromkeys(town.parts, 0)
        assert max(seconds for _, seconds in ended.values()) < IN_TIME
        # Both messages were taken, and nobody heard so: neither is sent a second time unless Telegram's cannot be told.
        town.start()
        town.wait_for(lambda: len(town.chat(chatting.chat)) == 3, "the reply on Telegram was not said again")
        assert len(town.thread(texted.phone)) == 1


def test_a_process_that_idles_ends_at_once(installed: Town) -> None:
    installed.start()
    ((code, seconds),) = installed.stop().values()
    assert code == 0
    assert seconds < 5


def test_only_one_process_serves_an_sqlite_database(town: Town) -> None:
    town.start()
    refused = town.run("serve")
    sentence = "another turnup serves this SQLite database; stop it first, or move to PostgreSQL to run several\n"
    assert (refused.returncode, refused.stderr) == (1, sentence)
    assert town.is_ready()


@pytest.mark.parametrize("name", ["web", "worker", "clock"])
def test_one_of_several_processes_refuses_sqlite_and_says_why(town: Town, name: str) -> None:
    refused = town.run(name)
    sentence = (
        f"`turnup {name}` needs PostgreSQL, since SQLite has room for one process; use `turnup serve`, or set "
        "TURNUP_DATABASE_URL to a postgresql:// address\n"
    )
    assert (refused.returncode, refused.stderr) == (1, sentence)


NO_HELPLINES = "[council]\nlabel = 'A'\nphone = '1'\n"
MISSING_OR_WRONG = [
    ({"TURNUP_ENV": "staging"}, "TURNUP_ENV"),
    ({"TURNUP_SECRET_KEY": "", "TURNUP_ENV": "production"}, "TURNUP_SECRET_KEY"),
    ({"TURNUP_SECRET_KEY": "too short"}, "TURNUP_SECRET_KEY"),
    ({"TURNUP_SECRET_KEY": "another secret of thirty-two characters"}, "TURNUP_SECRET_KEY"),
    ({"TURNUP_DATABASE_URL": "mysql://somewhere/turnup"}, "TURNUP_DATABASE_URL"),
    ({"TURNUP_DATABASE_URL": "sqlite:///"}, "TURNUP_DATABASE_URL"),
    ({"TURNUP_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}, "TURNUP_DATABASE_URL"),
    ({"DYNO": "web.1", "TURNUP_ENV": "production"}, "throws its disk away"),
    ({"TURNUP_COUNCIL": "", "TURNUP_ENV": "production"}, "TURNUP_COUNCIL"),
    ({"TURNUP_COUNCIL": "/nowhere/council.toml"}, "TURNUP_COUNCIL"),
    ({"TURNUP_COUNCIL": "{broken}"}, "TURNUP_COUNCIL"),
    ({"TURNUP_COUNCIL": "{no_helplines}"}, "TURNUP_COUNCIL"),
    ({"TURNUP_PORT": "eighty"}, "TURNUP_PORT"),
    ({"TURNUP_PORT": "70000"}, "TURNUP_PORT"),
    ({"TURNUP_PUBLIC_URL": "turnup.example.org"}, "TURNUP_PUBLIC_URL"),
    ({"TURNUP_TELEGRAM_TOKEN": "not-a-token"}, "TURNUP_TELEGRAM_TOKEN"),
    ({"TURNUP_TELEGRAM_WEBHOOK_SECRET": ""}, "TURNUP_TELEGRAM_WEBHOOK_SECRET"),
    ({"TURNUP_TELEGRAM_API_URL": "http://telegram.example.org"}, "TURNUP_TELEGRAM_API_URL"),
    ({"TURNUP_TWILIO_AUTH_TOKEN": ""}, "TURNUP_TWILIO_AUTH_TOKEN"),
    ({"TURNUP_TWILIO_FROM": ""}, "TURNUP_TWILIO_FROM"),
    ({"TURNUP_TWILIO_API_URL": "http://twilio.example.org"}, "TURNUP_TWILIO_API_URL"),
    ({"TURNUP_SIMULATOR_PORT": "no"}, "TURNUP_SIMULATOR_PORT"),
    ({"TURNUP_ENV": "production"}, "belongs to a demo; give production one of its own in TURNUP_DATABASE_URL"),
]


ONE_AFTER_ANOTHER = """
import json, os, sys
from bot import cli
codes, whole = [], dict(os.environ)
for changes in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(whole | changes)
    codes.append(cli.run(["serve"]))
print(json.dumps(codes))
"""


def test_a_missing_or_wrong_setting_is_one_sentence_that_names_it(town: Town, tmp_path: Path) -> None:
    town.bring_in(STANDARD.imported_at.isoformat())
    files = {"broken": "[council", "no_helplines": NO_HELPLINES}
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    paths = {name: str(tmp_path / name) for name in files}
    cases = [{name: value.format(**paths) for name, value in changes.items()} for changes, _ in MISSING_OR_WRONG]
    command = [sys.executable, "-c", ONE_AFTER_ANOTHER, json.dumps(cases)]
    done = subprocess.run(command, env=town.env, capture_output=True, text=True, timeout=60, check=True)
    refused = done.stderr.splitlines()
    assert json.loads(done.stdout) == [1] * len(cases)
    assert len(refused) == len(cases)
    for (changes, named), sentence in zip(MISSING_OR_WRONG, refused, strict=True):
        assert named in sentence, changes


def test_a_port_that_is_taken_is_said_in_a_sentence(town: Town) -> None:
    refused = town.run("serve", TURNUP_PORT=town.phones.url.rpartition(":")[2])
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].endswith("is in use; set another with TURNUP_PORT")


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["person"], ["clock-set"], ["invite"], ["import"], ["tick", "--when", "now"]],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    done = forked.run(arguments, env=os.environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: turnup")


def test_the_program_alone_says_how_it_is_used() -> None:
    done = subprocess.run([TURNUP], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: turnup")


def test_commands_work_from_any_directory_and_print_what_the_contract_says(
    town: Town, people: list[Person], tmp_path: Path
) -> None:
    town.bring_in(STANDARD.imported_at.isoformat())
    away = tmp_path / "away"
    away.mkdir()
    command = [TURNUP, "clock-set", "2026-06-11T10:40"]
    done = subprocess.run(command, env=town.env, cwd=away, capture_output=True, text=True, timeout=60, check=True)
    assert re.fullmatch(r"2026-06-11T10:40:\S+\+01:00\n", done.stdout)

    code, link, expires = town.must("invite", people[0].ref, "--qr", str(away / "code.png"))
    assert re.fullmatch(r"code [2-9A-HJ-NP-Z]{6}", code)
    assert link == f"link https://t.me/{town.phones.config.telegram_username}?start={code[5:]}"
    until = datetime.fromisoformat(expires.removeprefix("expires "))
    assert timedelta() < until - datetime.fromisoformat("2026-06-11T10:40+01:00") < timedelta(minutes=16)
    assert (away / "code.png").read_bytes().startswith(b"\x89PNG")
    assert len(town.must("invite", "S1")) == 3
    assert town.deliveries(people[0].ref) == [("sms", "pending")]  # the welcome; staff get no text

    assert town.must("tick", "--at", "2026-06-11T16:59") == []
    assert town.deliveries(people[1].ref) == []
    assert town.must("tick", "--at", "2026-06-11T17:00") == []
    assert town.must("tick", "--at", "2026-06-11T17:00") == []
    assert town.deliveries(people[1].ref) == [("sms", "pending")]
    assert town.must("clock-set", "real")[0][:16] in _london_minutes()


def _london_minutes() -> set[str]:
    now = datetime.now(STANDARD.starts_at.tzinfo)
    return {f"{now - timedelta(seconds=seconds):%Y-%m-%dT%H:%M}" for seconds in (0, 59)}


FAILS = [
    (["person", "NOBODY", "--json"], "NOBODY"),
    (["invite", "NOBODY"], "NOBODY"),
    (["tick", "--at", "teatime"], "teatime"),
    (["clock-set", "teatime"], "teatime"),
    (["import", "/nowhere"], "/nowhere"),
]


@pytest.mark.parametrize(("arguments", "named"), FAILS, ids=[" ".join(arguments) for arguments, _ in FAILS])
def test_a_command_that_fails_says_so_in_a_sentence(town: Town, arguments: list[str], named: str) -> None:
    done = town.run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert named in done.stderr


def test_in_production_the_clock_stays_and_a_tick_does_not_look_ahead(tmp_path: Path, people: list[Person]) -> None:
    with Town(tmp_path, tmp_path / "council", settings={"TURNUP_ENV": "production"}) as town:
        for arguments in (["clock-set", "2026-06-10T17:00"], ["tick", "--at", "2100-01-01T09:00"]):
            done = town.run(*arguments)
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
            assert "demo" in done.stderr
        assert town.run("tick", "--at", "2026-01-01T09:00").returncode == 0
        refused = town.run("import", str(tmp_path / "council"))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert 'people.csv:2: phone: "+447700900001"' in refused.stderr
        town.start()
        assert town.post("/demo/clock", json={"now": "2026-06-10T17:00"}).status_code == 404
        assert {town.get(f"/demo/{part}").status_code for part in ("clock", "story", "jumps")} == {404}


def test_the_demo_tells_what_happened_and_where_its_clock_may_go(town: Town, people: list[Person]) -> None:
    town.bring_in(STANDARD.imported_at.isoformat())
    town.start()
    town.text(people[0].phone, "4")
    town.wait_for(lambda: town.get("/demo/story").json(), "the story tells nothing")
    [line] = town.get("/demo/story", params={"after": "0"}).json()
    assert (line["id"], line["ref"]) == (1, people[0].ref)
    assert line["text"].endswith("asked how many hours are left.")
    assert town.get("/demo/story", params={"after": "1"}).json() == []
    assert town.get("/demo/story", params={"after": "x"}).status_code == 400
    answer = town.get("/demo/jumps", params={"refs": people[0].ref}).json()
    assert {"evening", "start", "half", "working_day"} <= {jump["key"] for jump in answer["jumps"]}
    assert answer["session"]["starts_at"] > town.get("/demo/clock").json()["now"]


def test_the_clock_set_by_a_command_is_followed_within_a_second(town: Town) -> None:
    town.start()
    town.must("clock-set", "2026-06-10T16:00")
    at = time.monotonic()
    town.wait_for(lambda: town.get("/demo/clock").json()["now"].startswith("2026-06-10T16:00"), "not followed", 1.5)
    assert time.monotonic() - at < 1.5
    assert town.post("/demo/clock", json={"now": "teatime"}).status_code == 400
    assert town.post("/demo/clock", content=b"[").status_code == 400
    assert town.post("/demo/clock", json={"now": "real"}).json()["travelling"] is False
