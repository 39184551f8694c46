"""The disk is full, the database goes away in the middle of a turn: nothing ends, nothing is lost, nothing comes twice."""

import resource
from collections.abc import Callable
from pathlib import Path

from tests.e2e.councils import STANDARD, Person, crowd
from tests.e2e.test_doors import post_form, shut, sms
from tests.e2e.town import Town

SLOW = 0.4  # seconds that an answer takes, so that some come when nothing can be written


class Callers:
    """Each texts once, as their provider does it: what is not acknowledged is posted again."""

    def __init__(self, town: Town, people: list[Person]) -> None:
        self.town = town
        self.waiting = {f"SM{n:032d}": one.phone for n, one in enumerate(people)}
        self.phones = list(self.waiting.values())

    def post(self, how_many: int | None = None) -> set[int]:
        """The statuses of those who try now."""
        seen = set()
        for sid, phone in list(self.waiting.items())[:how_many]:
            status = post_form(self.town, "/twilio/inbound", sms(sid, phone, "4")).status_code
            if status == 200:
                del self.waiting[sid]
                self.town.sent["twilio"] += 1
            seen.add(status)
        return seen

    def is_answered(self) -> bool:
        """A receipt that we refused is not posted again, so some texts remain accepted."""
        states = self.town.counts("turnup_deliveries")
        return not {"sms pending", "sms sending", "sms unknown"} & states.keys() and sum(states.values()) == len(self.phones)

    def assert_each_has_one_answer(self) -> None:
        assert [len(self.town.thread(phone)) for phone in self.phones] == [1] * len(self.phones)
        assert self.town.counts("turnup_inbound") == {"twilio handled": len(self.phones)}
        assert self.town.metrics()["turnup_unknown"][()] == 0


def bad_day(town: Town, people: list[Person], begin: Callable[[], None], end: Callable[[], None]) -> None:
    callers = Callers(town, people)
    town.bring_in(STANDARD.imported_at.isoformat())
    town.start()
    town.phones.fault("sms", "slow", seconds=SLOW, times=None, match={"method": "create"})
    assert callers.post(10) == {200}
    town.wait_for(lambda: len(town.phones.book()) > 2, "nothing is sent")
    begin()
    town.wait_for(lambda: 503 in callers.post(1), "what cannot be stored is acknowledged")
    before = len(town.phones.book())
    assert callers.post() == {503}
    assert town.get("/healthz").status_code == 200
    assert len(town.phones.book()) - before <= 8, "messages leave of which nobody can write down that they do"
    end()
    town.wait_for(lambda: callers.post() <= {200}, "it does not go on")
    town.wait_for(callers.is_answered, "not everybody is answered")
    callers.assert_each_has_one_answer()
    assert all(process.poll() is None for process in town.processes.values())


def test_a_full_disk_is_waited_out(tmp_path: Path) -> None:
    """Full for the product: a file that grows beyond what there is cannot be written."""
    people = crowd(tmp_path / "council", sms=40)
    with Town(tmp_path, tmp_path / "council") as town:

        def limit(size: int) -> None:
            resource.prlimit(town.processes["serve"].pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        bad_day(town, people, lambda: limit(32 * 1024), lambda: limit(resource.RLIM_INFINITY))
        said = [line for line in town.log.read_text().splitlines() if "turnup.web" not in line]
        assert len(said) < 100, "one line a failure, and a pause between two"


def test_a_database_that_goes_away_in_the_middle_of_a_turn_is_waited_for(tmp_path: Path) -> None:
    people = crowd(tmp_path / "council", sms=40)
    with Town(tmp_path, tmp_path / "council", kind="postgresql") as town:
        bad_day(town, people, lambda: shut(town.database_url), lambda: shut(town.database_url, again=False))
