"""Other people's safety: where women work stands in no message, and nobody learns who else attends."""

from typing import Any

import pytest

from bot import commands
from db import missed, orders, schema
from db.change import Change
from db.permissions import COMMAND_LINE
from handlers.understanding import understand
from notifications import rosters
from tests.handlers import wording
from tests.handlers.talking import Door, Someone, Town
from tests.handlers.wording import read

DOORS: tuple[Door, ...] = ("sms", "telegram")
MODES = ("standard", "discreet", "call_first", "no_contact")

# Women-only work

HIDDEN = {"place": "Rowan room", "address": "12 Kirk Wynd", "postcode": "ZZ9 9ZZ", "pin": (55.8651, -3.9812)}
TELLING = ("rowan", "kirk wynd", "zz9", "9zz", "55.8651", "3.9812", "women")


def hide(town: Town, session: int) -> None:
    placement = town.rows(schema.sessions, id=session)[0]["placement_id"]
    where = {"name": "Rowan room", "nickname": HIDDEN["place"], "address": HIDDEN["address"], "postcode": HIDDEN["postcode"]}
    town.change(schema.placements, placement, **where)


def women_only(town: Town, when: str, **about: Any) -> int:
    session = town.session(when, HIDDEN["place"], women_only=True, pin=HIDDEN["pin"], bring="lunch", **about)
    hide(town, session)
    return session


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("door", DOORS)
def test_where_women_work_stands_in_no_message_whatever_is_asked_or_happens(town: Town, door: Door, mode: str) -> None:
    """To her, to her supervisor, on either channel: every string that such a booking brings about."""
    kev = town.staff("Kev Mason", "supervisor", door=door)
    ailsa = town.staff("Ailsa Drum", door=door)
    carol = town.person(
        "Carol Finn", door=door, mode=mode, women_only=True, case_manager_id=ailsa.id, team="north"
    )  # fmt: skip
    with town.record.write() as connection:
        commands._welcome(connection, town.council, carol.row, town.now)
    session = women_only(town, "12 September 9:30", supervisor=kev)
    carol.is_booked(session)
    for asked in ("5", "where", "what's the address", "what do a bring", "1", "2", "A", "1", "3", "B", "4", "0", "7", "A"):
        carol.says(asked)
    if door == "telegram":
        for bubble in list(carol.bubbles):
            for data in list(carol.bubbles[bubble].buttons.values()):
                carol.presses_data(data, bubble)
    for clock in ("9 September 17:00", "11 September 17:00", "12 September 7:00", "12 September 9:40"):
        town.at(clock)
        town.ticks()
        carol.says("5")
        kev.says("LIST")
    for said in ("3", "C"):
        carol.says(said)
    for said in ("OUT 1", "HURT 1", "LIST", "IN 1", "OUT 1", "DONE"):
        kev.says(said)
    with town.record.write() as connection:
        missed.tell(connection, town.council, now=town.now)
        rosters.ask_for_marks(connection, town.council, now=town.now)
    town.at("13 September 9:30")
    town.ticks()
    later = women_only(town, "16 September 9:30", supervisor=kev)
    carol.is_booked(later)
    town.moves(later, "17 September 10:00")
    town.calls_off(later)
    town.puts_back(later)
    carol.says("he hits me")
    carol.says("A")
    finish(town, carol)
    bodies = [f"{one.body} {one.location} {one.buttons} {one.keyboard}".casefold() for _, one in town.said]
    assert len(bodies) > (3 if mode == "no_contact" else 15)
    assert [body for body in bodies if any(word in body for word in TELLING)] == []


def finish(town: Town, person: Someone) -> None:
    [order] = town.rows(schema.orders, id=person.order)
    with town.record.write() as connection:
        change = Change(connection, town.council, town.now, COMMAND_LINE, "done")
        orders.set_status(change, person.row.ref, order["ref"], "completed")
    town.deliver()


# Who else attends

ASKING = [
    "is john on thursday", "is ma ex at coatbridge", "who else is there", "whos on thursday", "who all is in",
    "is davie coming", "is stacey there", "will my ex be there", "does kev still go", "is my ex still on tuesdays",
    "when is john next in", "where does my ex work", "where is john working", "what time does john start",
    "when does stacey finish", "how many hours has john left", "what are john's hours", "did john turn up",
    "did my ex come in", "which squad is john in", "is my partner booked in", "has my brother been moved",
    "can you tell me who is going", "names of who is there", "send me the list", "are the boys from last week coming",
    "will there be women there", "is there a lassie called stacey", "who am i working with", "am i the only one",
]  # fmt: skip
INFERRING = [
    "is it full", "is it full on thursday", "is there space friday", "any spaces", "is it busy", "how many folk are there",
    "how many people are on", "how many are in the squad", "whats the capacity", "how many places are left", "is it just me",
    "is coatbridge full",
]  # fmt: skip
NONSENSE = "whit aboot that hing"


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("question", [*ASKING, *INFERRING])
def test_a_question_about_others_is_understood_as_little_as_nonsense(question: str, asked: bool) -> None:
    assert understand(question, asked=asked, locale="en_GB") == understand(NONSENSE, asked=asked, locale="en_GB")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("question", [*ASKING[:4], *INFERRING[:2]])
def test_it_gets_the_same_answer_whether_or_not_they_are_there_and_staff_read_it(
    town: Town, door: Door, there: bool, question: str
) -> None:
    craig = town.person("Craig Haddow", door=door)
    session = town.session("11 September 9:30")
    craig.is_booked(session)
    if there:
        town.person("John Rae").is_booked(session)
    [said] = craig.says(question)
    other = town.person("Euan Tor", door=door)
    assert other.says(NONSENSE) == [said]
    if door == "sms":
        assert said == read(wording.S23)
    assert craig.tasks() == {"message": question}


def test_a_booking_that_is_full_or_refused_says_nothing_to_the_person(town: Town) -> None:
    """Room and pairs are the staff's: the person sees the sessions that they have, and no others."""
    craig = town.person("Craig Haddow")
    assert craig.texts("5") == [wording.S14]
    session = town.session("12 September 9:30")
    for n in range(4):
        town.person(f"Zed{n} Wye").is_booked(session)
    assert craig.texts("5") == [wording.S14]
    craig.is_booked(session)
    [told] = craig.texts("5")
    assert not any(word in told for word in ("4", "5 ", "full", "others"))
