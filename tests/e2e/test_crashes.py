"""SIGKILL at random moments under load: no text is lost and none comes twice; on Telegram twice only what was unknown."""

from pathlib import Path

import pytest

from tests.e2e.storm import Size, Storm

pytestmark = pytest.mark.days

SEED = 20260611
SHORT = Size(sms=250, telegram=50, days=1, asked=60, bursts=8, latency=0.1, stride=40)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_kills_at_random_moments_lose_no_message_and_repeat_none(tmp_path: Path, kind: str) -> None:
    report = Storm(tmp_path, kind, SHORT, SEED).rage()
    report.check()
    assert report.unanswered, "no crash found a call in the air"
    assert report.came_in == SHORT.asked
