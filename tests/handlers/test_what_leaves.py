"""Nothing that leaves says what it may not. Every test beside this one is held to it; here is what that is worth."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from db.record import Record
from locales.catalog import Catalogs
from tests.handlers import leaks
from tests.handlers.leaks import Name, Place
from tests.handlers.talking import Door, Phone, Someone, Town

NAMES = [Name("Craig Haddow", "Craig", 1), Name("Stuart Ogle", "Stuart", 2), Name("Kev Mason", "Kev", None)]
PLACES = [
    Place("Bike workshop", "3 Burnside Yard", "ZZ1 1AB", False),
    Place("Willow room", "9 Burnside Yard", "ZZ1 1AB", True),
]


@pytest.mark.parametrize(
    ("text", "mode", "found"),
    [
        ("Hi Craig, see you at Bike workshop", "standard", []),
        ("Hi Craig", "discreet", ["Craig"]),
        ("See you at Bike workshop", "discreet", ["Bike workshop"]),
        ("Linnbrae: Friday 12 September", "discreet", ["Linnbrae"]),
        ("Dear Mr Haddow", "standard", ["Haddow"]),
        ("Stuart is coming too", "standard", ["Stuart"]),
        ("Kev says hello", "standard", ["Kev"]),
        ("It's at 3 Burnside Yard", "standard", ["3 Burnside Yard"]),
        ("It's at the Willow room", "standard", ["Willow room"]),
        ("Your payback hours", "standard", ["payback"]),
        ("By order of the Court", "standard", ["order", "Court"]),
        ("The social worker", "standard", ["social worker"]),
        ("See you tomorrow, 9:30am", "standard", ["tomorrow"]),
        ("Domestic Abuse Helpline", "standard", ["abuse", "domestic"]),
    ],
)
def test_a_leak_is_seen(text: str, mode: str, found: list[str]) -> None:
    assert leaks.faults(text, "menu", 1, mode, NAMES, PLACES) == found


def test_the_helpline_is_named_only_where_it_was_agreed_to() -> None:
    assert leaks.faults("Domestic Abuse Helpline", "crisis.abuse_step_2", 1, "standard", [], []) == []


@pytest.mark.parametrize(("text", "found"), [("CH says late", []), ("Craig says late", ["Craig"]), ("Haddow", ["Haddow"])])
def test_staff_see_initials_by_sms(text: str, found: list[str]) -> None:
    assert leaks.faults_for_staff(text, "late.told", "sms", NAMES) == found


def strings() -> Iterator[tuple[str, str, str]]:
    for locale, contexts in Catalogs.load().entries.items():
        for context, entries in contexts.items():
            yield from ((f"{locale} {context} {key}", key, entry.text) for key, entry in entries.items())


def test_no_string_of_the_catalogs_says_it_before_it_is_filled_in() -> None:
    for string, key, text in strings():
        assert leaks.faults(re.sub(r"{\w+}", "", text), key, None, "standard", [], []) == [], string


# One town, everybody, everything they might say: whatever leaves is checked as it leaves.

SAID = (
    "0", "1", "2", "A", "3", "B", "4", "2468", "5", "6", "7", "D", "8", "1 2", "aye", "naw", "ta", "wibble", "who is this",
    "is Stuart Ogle on this?", "where is the Willow room", "kms", "he hits me", "A", "gonnae stab him", "nae food",
    "cannae cope any mair", "the wean is on its own", "cut ma haun it's bleedin", "CANCEL", "START", "stop texting me",
    "STOP ALL", "START", "WRONG", "hello?",
)  # fmt: skip


def everybody(town: Town, door: Door) -> list[Someone]:
    ailsa = town.staff("Ailsa Drum", door=door)
    women: dict[str, Any] = {"women_only": True, "case_manager_id": ailsa.id}
    return [
        town.person("Craig Haddow", door=door, case_manager_id=ailsa.id),
        town.person("Dod Reid", door=door, mode="discreet", case_manager_id=ailsa.id),
        town.person("Euan Tor", door=door, phone_is_own=False),
        town.person("Gail Muir", door=door, mode="call_first"),
        town.person("Hamish Boyd", door=door, mode="no_contact"),
        town.person("Isla Kane", door=door, restricted=True, mode="discreet"),
        town.person("Lorna Bax", door=door, **women),
        town.person("Mairi Sloan", door=door, mode="discreet", **women),
    ]


@pytest.mark.parametrize(
    ("database_kind", "door"),
    [
        ("sqlite", "sms"), ("postgresql", "telegram"), pytest.param("sqlite", "telegram", marks=pytest.mark.long),
        pytest.param("postgresql", "sms", marks=pytest.mark.long),
    ],
    indirect=True,
)  # fmt: skip
def test_all_that_anyone_may_hear(record: Record, door: Door) -> None:
    """On both databases: these conversations meet every query there is."""
    town = Town(record)
    kev = town.staff("Kev Mason", "supervisor", door=door)
    town.person("Stuart Ogle")
    squad = town.session("12 September 9:30", supervisor=kev, bring="work boots and lunch", pin=(55.7, -3.7))
    group = town.session("12 September 10:00", "Willow room", supervisor=kev, women_only=True, pin=(55.6, -3.6))
    people = everybody(town, door)
    for person in people:
        person.is_booked(group if person.row.women_only else squad)
    everyone: list[Phone] = [*people, town.stranger(door), kev]
    for phone in everyone:
        for said in SAID:
            phone.says(said)
            town.wait(seconds=20)
    town.at("11 September 17:00")
    town.reminds()
    town.moves(group, "12 September 13:00")
    town.calls_off(squad)
    heard = {string for string, _ in town.said}
    assert heard >= {
        "coming.confirmed", "cant.reason", "cant.noted", "late.how_late_ahead", "late.noted", "late.told", "late.band",
        "hours.left", "session.next", "talk.when", "menu", "fallback", "crisis.life_risk", "crisis.abuse_step_1",
        "crisis.abuse_step_2", "crisis.threat", "crisis.injury", "crisis.hardship", "crisis.low_mood",
        "crisis.unknown", "stop.all", "started", "wrong_person.who", "wrong_person.done", "unknown_number",
        "alert.urgent", "staff.unknown_supervisor",
    }  # fmt: skip
