from collections.abc import Iterator

import pytest

from tests.simulator.running import RunningSimulator
from tests.simulator.web import ReceivingWeb


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator() as running:
        yield running


@pytest.fixture
def web() -> Iterator[ReceivingWeb]:
    with ReceivingWeb() as running:
        yield running
