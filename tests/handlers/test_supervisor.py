"""A supervisor hears at once who will be late, in initials, and never why."""

from typing import Any

import pytest

from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Door, Member, Someone, Town


@pytest.fixture
def craig(town: Town, kev: Member) -> Someone:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    return craig


def test_the_supervisor_hears_at_once_and_again_when_it_is_known_how_late(craig: Someone, kev: Member) -> None:
    craig.texts("3")
    assert kev.reads() == ["Bike workshop Friday 12 September 9:30am: CH says they will be late. Reply WAIT or GO."]
    craig.texts("C")
    assert kev.reads() == ["Bike workshop Friday 12 September 9:30am: CH says more than 30 min late. Reply WAIT or GO."]


def test_the_same_said_again_is_not_told_again(craig: Someone, kev: Member) -> None:
    craig.texts("3")
    craig.texts("late")
    assert len(kev.reads()) == 1


def test_late_once_more_after_a_change_of_mind_is_told_again(craig: Someone, kev: Member) -> None:
    for text in ("3", "1", "3"):
        craig.texts(text)
    assert len(kev.reads()) == 2


@pytest.mark.parametrize("said", ["late ma wean's no well", "gonnae be late at the doctor", "3 bus didnae come"])
def test_the_reason_stays_with_the_case_manager(craig: Someone, kev: Member, said: str) -> None:
    craig.texts(said)
    for text in kev.reads():
        assert "wean" not in text
        assert "doctor" not in text
        assert "bus" not in text


def test_a_supervisor_never_hears_that_someone_cannot_come_or_why(craig: Someone, kev: Member) -> None:
    craig.texts("2")
    craig.texts("A")
    assert kev.reads() == []


@pytest.mark.parametrize("door", ["sms", "telegram"])
def test_who_waits_for_the_late_hears_that_they_cannot_come_after_all(town: Town, door: Door) -> None:
    kev = town.staff("Kev Mason", "supervisor", door=door)
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    town.at("12 September 9:10")
    craig.texts("3")
    kev.says("WAIT")
    craig.texts("cannae make it ma wean's no well")
    assert kev.reads() == ["Bike workshop Friday 12 September 9:30am: CH can't come after all. No need to wait."]
    craig.texts("2")
    assert kev.reads() == [], "once"
    craig.texts("3")
    assert len(kev.reads()) == 1
    craig.texts("2")
    assert len(kev.reads()) == 1


def test_that_one_of_the_womens_team_cannot_come_after_all_is_told_by_number(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    lorna = town.person("Lorna Bax", women_only=True)
    lorna.is_booked(town.session("12 September 9:30", "Willow room", supervisor=kev, women_only=True))
    lorna.texts("3")
    kev.reads()
    lorna.texts("2")
    assert kev.reads() == ["Friday 12 September 9:30am: number 1 on your list can't come after all. No need to wait."]
    assert kev.bubbles == {}


def test_no_other_supervisor_hears(town: Town, craig: Someone, kev: Member) -> None:
    others = [town.staff("Jo Lamb", "supervisor"), town.staff("Al Reid", "supervisor", team="south")]
    craig.texts("3")
    craig.texts("A")
    assert kev.reads()
    assert [other.reads() for other in others] == [[], []]


def test_without_a_supervisor_it_is_a_task(town: Town) -> None:
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30"))
    craig.texts("3")
    assert "late_no_supervisor" in craig.tasks()


@pytest.mark.parametrize(
    ("person", "place", "on_telegram"),
    [({}, {}, True), ({"restricted": True}, {}, False), ({"women_only": True}, {"women_only": True}, False)],
)
def test_the_restricted_and_the_womens_team_never_appear_on_telegram(
    town: Town, person: dict[str, Any], place: dict[str, Any], on_telegram: bool
) -> None:
    kev = town.staff("Kev Mason", "supervisor", door="telegram")
    lorna = town.person("Lorna Bax", mode="discreet", **person)
    lorna.is_booked(town.session("12 September 9:30", "Willow room", supervisor=kev, **place))
    lorna.texts("3")
    assert len(kev.reads()) == 1
    assert bool(kev.bubbles) is on_telegram


def test_of_the_womens_team_neither_place_nor_initials_reach_the_supervisor(town: Town) -> None:
    kev = town.staff("Kev Mason", "supervisor")
    lorna = town.person("Lorna Bax", women_only=True)
    lorna.is_booked(town.session("12 September 9:30", "Willow room", supervisor=kev, women_only=True))
    lorna.texts("3")
    [told] = kev.reads()
    assert "Willow" not in told
    assert "number 1 on your list says they will be late" in told


def test_the_news_waits_for_no_hours_of_sending(make_town: MakeTown) -> None:
    town = make_town(hours={"routine": "10:00-12:00"})
    kev = town.staff("Kev Mason", "supervisor")
    craig = town.person("Craig Haddow")
    craig.is_booked(town.session("12 September 9:30", supervisor=kev))
    town.at("12 September 6:10")
    craig.texts("3")
    assert len(kev.reads()) == 1
