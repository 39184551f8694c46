"""Every command in the README is run, and every setting that it names exists."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

import bot.sample
from db.council import LONDON
from tests import databases, forked

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
TURNUP = str(Path(sys.executable).with_name("turnup"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with the sample council in a database of its own, its sessions around today as in the demo."""
    folder = tmp_path_factory.mktemp("readme")
    url = f"sqlite:///{folder / 'demo.db'}"
    environment = {**os.environ, "TURNUP_ENV": "demo", "TURNUP_DATABASE_URL": url, "TURNUP_SECRET_KEY": databases.SECRET}
    council = bot.sample.around(datetime.now(LONDON).date(), folder / "council")
    subprocess.run([TURNUP, "import", str(council)], cwd=ROOT, env=environment, check=True, capture_output=True)
    return environment


@pytest.mark.parametrize("line", [line for line in SHELL if line.startswith(".venv/bin/turnup") and "doctor" not in line])
def test_each_command_of_the_readme_does_what_it_says(
    line: str, sample: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = forked.run(line.split()[1:], env=sample)
    assert done.returncode == 0, done.stderr


def test_doctor_says_what_is_not_well_and_how_to_mend_it(sample: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = forked.run(["doctor"], env=sample)
    assert done.returncode == 1
    assert "MEND  worker: not running; start it, see the Procfile" in done.stdout


def test_every_make_target_of_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (
        set(re.findall(r"\bmake (run|test-days|test|lint|clean|bench|crash|growth|corpus|screenshot)\b", README)) <= targets
    )


def test_every_command_that_the_readme_or_the_procfile_names_exists() -> None:
    named = set(re.findall(r"turnup ([a-z][a-z-]*)\b", README + (ROOT / "Procfile").read_text(encoding="utf-8")))
    known = subprocess.run([TURNUP, "--help"], capture_output=True, text=True, check=True).stdout
    assert {name for name in named if not re.search(rf"^    {name}\b", known, re.MULTILINE)} == set()


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_make_run_is_a_demo_that_answers_a_text_and_stops_when_told(tmp_path: Path) -> None:
    web, page = _free_port(), _free_port()
    environment = {
        **os.environ, "TURNUP_PORT": web, "TURNUP_SIMULATOR_PORT": page, "TURNUP_DATABASE_URL": f"sqlite:///{tmp_path}/d.db",
    }  # fmt: skip
    launch = [sys.executable, "-m", "bot.launch"]
    demo = subprocess.Popen(launch, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert demo.stdout is not None
        last = ""
        while "Phones" not in last:
            last = demo.stdout.readline()
            assert last, "the demo ended before it was ready"
        assert last.strip() == f"Phones: http://127.0.0.1:{page}/"
        with httpx.Client(base_url=f"http://127.0.0.1:{page}", trust_env=False) as phones:
            phones.post("/sim/sms", json={"from": "+447700900101", "body": "4"}).raise_for_status()
            assert "Hours left" in _first_reply(phones, "+447700900101")
    finally:
        demo.send_signal(signal.SIGTERM)
        ended = demo.wait(10)
        if demo.stdout is not None:
            demo.stdout.close()
    assert ended == 0


def _first_reply(phones: httpx.Client, number: str) -> str:
    for _ in range(300):
        messages = phones.get(f"/sim/sms/{number}").json()["messages"]
        replies = [
            message["body"] for message in messages if message["direction"] == "outbound" and "Hours" in message["body"]
        ]
        if replies:
            return str(replies[0])
        time.sleep(0.1)
    return ""
