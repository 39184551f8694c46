"""A day from the import to the settled alert after the weekend, each person told exactly what they should be, once."""

from pathlib import Path

import pytest

from tests.e2e.councils import STANDARD, drawn
from tests.e2e.day import live

pytestmark = pytest.mark.days

WEBHOOKS = pytest.param(True, id="webhooks")
POLLING = pytest.param(False, id="polling", marks=pytest.mark.long)


@pytest.mark.parametrize("webhooks", [WEBHOOKS, POLLING])
def test_a_day_of_several_processes_on_postgresql_ends_as_it_should(tmp_path: Path, webhooks: bool) -> None:
    live(tmp_path, STANDARD, kind="postgresql", webhooks=webhooks)


@pytest.mark.parametrize("webhooks", [WEBHOOKS, POLLING])
@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.long) for seed in (4, 5, 7))])
def test_a_day_of_another_council_across_the_october_clock_change(tmp_path: Path, seed: int, webhooks: bool) -> None:
    """Its supervisor has no Telegram, and marks by text."""
    live(tmp_path, drawn(seed), kind="sqlite", webhooks=webhooks)
