"""Numbers that messages name are checked by somebody, or `doctor` says so."""

import tomllib
from typing import Any

import pytest

from bot import helplines
from bot.settings import ROOT
from db.council import Council

FOLDER = ROOT / "sample"
SAMPLE: dict[str, Any] = tomllib.loads((FOLDER / "council.toml").read_text())


def test_the_sample_lists_every_number_that_a_safety_message_names() -> None:
    assert helplines.unlisted(Council.read(SAMPLE, FOLDER)) == []


@pytest.mark.parametrize(
    ("line", "number"),
    [(0, "116 123"), (1, "111"), (2, "0800 83 85 87"), (3, "85258"), (4, "0800 027 1234")],
)
def test_one_that_is_not_listed_is_found(line: int, number: str) -> None:
    lines = [one for n, one in enumerate(SAMPLE["helplines"]) if n != line]
    assert helplines.unlisted(Council.read({**SAMPLE, "helplines": lines}, FOLDER)) == [number]
