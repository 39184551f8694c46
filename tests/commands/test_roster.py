"""`turnup roster`: the list with its numbers, marks as a supervisor texts them, kit and pick-up, and who leads."""

import json

import pytest

from db import schema
from tests.commands.conftest import Turnup, statuses


def test_marks_are_written_as_a_supervisor_texts_them(began: Turnup) -> None:
    assert began.says("roster", "S1", "IN 1, LATE 2 10:30, OUT 3", "--as", "LEAD") == [
        "S1  Wed 10 Jun 2026 10:00  Bikes",
        "  1  CH  Craig Haddow  said no answer  attended, 360 min",
        "  2  CH  Craig Haddow  said no answer  late, 330 min",
        "  3  CH  Craig Haddow  said no answer  absent, 0 min",
        "tells 1 of the staff by SMS",
    ]
    assert statuses(began) == ["attended", "late", "absent"]


def test_a_dry_run_marks_nobody(began: Turnup) -> None:
    lines = began.says("roster", "S1", "ALL IN", "--dry-run")
    assert (lines[0], lines[-1]) == ("as a dry run:", "nothing written")
    assert statuses(began) == []


def test_as_json_it_has_refs_and_no_names(began: Turnup) -> None:
    began.says("person", "P1", "--kit", "boots 9")
    began.says("pick-up", "S1", "P2", "Kirk 8:40")
    began.says("session", "pick-up", "BIKE", "Depot 8:30")
    (line,) = began.says("roster", "S1", "IN 1, HOME 2 11:00 B", "--json")
    assert "Craig" not in line
    found = json.loads(line)
    assert (found["session"], found["leaders"], found["starts_at"]) == ("S1", ["LEAD"], "2026-06-10T10:00:00+01:00")
    first, second, third = found["people"]
    assert (first["person"], first["status"], first["minutes"], first["kit"]) == ("P1", "attended", 360, "boots 9")
    assert (second["status"], second["minutes"], second["pick_up"]) == ("sent_home_service", 60, "Kirk 8:40")
    assert (third["status"], third["pick_up"], third["walk_in"]) == (None, "Depot 8:30", False)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ("IN 9", '"S1" has nobody with the number 9; `turnup roster` without marks lists them'),
        ("IN 1, DONE 3pm", '"S1" is not done: 2, 3 not marked; mark them in the same words'),
        ("LEFT 1 8pm", '"S1" does not hold that time; give one within it'),
        ("HOME 1", "say why after HOME and the number: A for behaviour, B for our reasons"),
        ("LAET 1", 'that says no marks that we know; do you mean LATE?; write them like "IN 1-4, LATE 5 9:40, OUT 6, '
                   'DONE 3pm"'),
        ("hello", 'that says no marks that we know; write them like "IN 1-4, LATE 5 9:40, OUT 6, DONE 3pm"'),
    ],
)  # fmt: skip
def test_what_cannot_be_marked_is_said_in_one_sentence_and_changes_nothing(began: Turnup, marks: str, said: str) -> None:
    assert began.fails("roster", "S1", marks) == said
    assert statuses(began) == []


def test_nobody_of_another_team_marks(began: Turnup) -> None:
    began.town.member("OTHER", "supervisor", team="south")
    assert began.fails("roster", "S1", "ALL IN", "--as", "OTHER").startswith('"OTHER" may not do that (person.read)')
    assert statuses(began) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 31, "--kit: has to be 1 to 30 characters, like boots 9; or none"),
        ("court shoes", "--kit: says why somebody is here; write only what is needed, like boots 9"),
        ("bottes à l’aise", "--kit: has a letter that makes a text dear; write it plainly, like boots 9"),
    ],
)
def test_kit_is_a_short_plain_note_that_gives_nobody_away(turnup: Turnup, text: str, said: str) -> None:
    assert turnup.fails("person", "P1", "--kit", text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12 Kirk Road 8:30", 'the pick-up holds a street address, which no message may; write it like "Bus 44'),
        ("KY1 2AB 8:30", "the pick-up holds a street address"),
        (
            "With Haddow 8:30",
            "the text names a person; nobody may learn who else is here; write a place and a time",
        ),
        ("Willow room 8:30", "the text names an order, or a place that is never named; leave it out; write a place and a"),
        ("O1 depot 8:30", "the text names an order, or a place that is never named"),
        ("Ring 07700 900123", "the text has a phone number"),
        ("Court steps 8:30", "TEXT: says why somebody is here"),
    ],
)
@pytest.mark.parametrize("of", [("session", "pick-up", "BIKE"), ("pick-up", "S1", "P1")])
def test_a_pick_up_that_the_person_must_not_read_is_refused(
    turnup: Turnup, of: tuple[str, ...], text: str, said: str
) -> None:
    turnup.town.placement("WOMEN", women_only=True, nickname="Willow room", name="Willow room")
    turnup.town.change(schema.orders, 1, ref="O1")
    assert turnup.fails(*of, text).startswith(said)
    assert turnup.town.rows(schema.placements)[0]["pick_up"] is None


def test_kit_and_pick_up_are_taken_away_with_none_and_are_stored_sealed(turnup: Turnup) -> None:
    assert turnup.says("person", "P1", "--kit", "boots 9", "--as", "LEAD") == ["P1: kit boots 9"]
    with turnup.town.record.read() as connection:
        (sealed,) = connection.exec_driver_sql("SELECT kit FROM people WHERE ref = 'P1'").scalars()
    assert "boots" not in sealed
    assert turnup.says("person", "P1", "--kit", "none") == ["P1: kit none"]
    assert turnup.town.rows(schema.people)[0]["kit"] is None
    assert turnup.fails("pick-up", "S1", "P9", "Kirk") == 'there is no person with the ref "P9"; look it up in people.csv'


def test_one_more_leads_it_one_is_ill_and_cover_is_asked_for(turnup: Turnup) -> None:
    turnup.town.member("TAM", "supervisor")
    turnup.town.member("CO", "coordinator")
    assert turnup.says("session", "also", "S1", "TAM") == ["S1 is led by TAM too", "tells 1 of the staff by SMS"]
    assert turnup.fails("session", "also", "S1", "TAM") == '"TAM" leads "S1" already; nothing was changed'
    assert turnup.says("session", "sick", "LEAD")[1] == "S1 is led by TAM"
    assert turnup.says("session", "without", "S1", "TAM") == [
        "S1 is not led by TAM now", "S1 is led by nobody", "co-ordinators are asked; `turnup session supervisor S1 STAFF`",
        "tells 2 of the staff by SMS",
    ]  # fmt: skip
    assert [row["kind"] for row in turnup.town.rows(schema.tasks)] == ["no_supervisor"]
    assert turnup.fails("session", "sick", "LEAD").endswith("leads no session in the next two days; nothing was changed")
