"""What the documents say is so: commands, settings, links, alarms, and the examples that go with them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import settings
from bot.web import Web
from db import watch

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGES = sorted(DOCS.glob("*.md"))
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
TURNUP = Path(sys.executable).with_name("turnup")


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES} - {"README.md"} == set(re.findall(r"\]\(([a-z-]+\.md)\)", index))


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", page.read_text(encoding="utf-8")):
            assert (DOCS / target).exists(), f"{page.name}: {target}"
            if anchor:
                titles = re.findall(r"^#+ (.+)$", (DOCS / target).read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in {re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_command_that_is_named_exists() -> None:
    known = subprocess.run([TURNUP, "--help"], capture_output=True, text=True, check=True).stdout
    examples = "\n".join(path.read_text(encoding="utf-8") for path in EXAMPLES.iterdir())
    named = set(re.findall(r"`turnup ([a-z-]+)", TEXT)) | set(re.findall(r"bin/turnup ([a-z]+)", examples))
    assert {name for name in named if not re.search(rf"^    {name}\b", known, re.MULTILINE)} == set()


def test_every_setting_that_is_named_is_read() -> None:
    code = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"TURNUP_[A-Z_]+", TEXT + (EXAMPLES / "Containerfile").read_text(encoding="utf-8")))
    assert {name for name in named if f'"{name}"' not in code} == set()
    assert all(f"`{name}`" in TEXT for name in settings.HOSTS_THAT_FORGET)


def test_every_alarm_is_explained() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", (DOCS / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == set(watch.NAMES)


def test_the_proxy_opens_what_the_providers_call_and_nothing_else() -> None:
    opened = set(re.findall(r"location (?:= )?(/\S+) \{ include", (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")))
    source = Path(sys.modules[Web.__module__].__file__ or "").read_text(encoding="utf-8")
    posted = set(re.findall(r'Route\("(/(?:telegram|twilio)/[^"{]+)', source))
    assert opened == posted


def test_the_container_copies_every_part_of_the_program() -> None:
    copied = re.findall(r"^COPY (\w+) \w+$", (EXAMPLES / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    packages = re.findall(r'"(\w+)\*"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(copied) == {*packages, "sample"}


def test_a_unit_whose_database_is_not_there_yet_is_started_until_it_is() -> None:
    units = {unit.name: unit.read_text(encoding="utf-8") for unit in EXAMPLES.glob("*.service")}
    served = {name: unit for name, unit in units.items() if "Restart=always" in unit}
    assert served.keys() == {"turnup.service", "turnup-part@.service"}
    assert all("\nStartLimitIntervalSec=0\n" in unit.partition("[Service]")[0] for unit in served.values())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    units = [*EXAMPLES.glob("*.service"), *EXAMPLES.glob("*.timer")]
    for unit in units:
        name = unit.name.replace("@.", "@web.")
        installed = unit.read_text(encoding="utf-8").replace("/srv/turnup/.venv/bin/turnup", str(TURNUP))
        (tmp_path / name).write_text(installed, encoding="utf-8")
    written = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *written], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(written) == len(units) > 3
