"""The same day with a SIGKILL before every step: it ends as if nothing had happened."""

from pathlib import Path

import pytest

from tests.e2e.councils import STANDARD, drawn
from tests.e2e.day import live

pytestmark = pytest.mark.days

WEBHOOKS = pytest.param(True, id="webhooks", marks=pytest.mark.long)
POLLING = pytest.param(False, id="polling")


@pytest.mark.parametrize("webhooks", [WEBHOOKS, POLLING])
def test_a_day_with_a_crash_before_every_step_ends_as_it_should(tmp_path: Path, webhooks: bool) -> None:
    live(tmp_path, STANDARD, kind="sqlite", webhooks=webhooks, killed=True)


@pytest.mark.long
@pytest.mark.parametrize("webhooks", [True, False], ids=["webhooks", "polling"])
def test_a_day_on_postgresql_with_a_crash_of_all_processes_before_every_step(tmp_path: Path, webhooks: bool) -> None:
    live(tmp_path, STANDARD, kind="postgresql", webhooks=webhooks, killed=True)


@pytest.mark.long
def test_a_day_marked_by_text_with_a_crash_before_every_step(tmp_path: Path) -> None:
    live(tmp_path, drawn(2), kind="sqlite", webhooks=True, killed=True)
