"""The rota on a phone: who is on, gaps, a swap with the colleague's yes, a note for the next, alerts that climb by it."""

from datetime import date, timedelta

import pytest

from db import schema
from tests.handlers.conftest import MakeTown
from tests.handlers.talking import Member, Town, moment


def turn(town: Town, member: Member, duty: str, start: str, hours: float) -> int:
    starts_at = moment(start)
    row = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=hours), "made_by": "test", "made_at": town.now}
    return town.insert(schema.rota, duty=duty, staff_id=member.id, **row)


@pytest.fixture
def jo(town: Town) -> Member:
    return town.staff("Jo Lamb", door="telegram")


@pytest.fixture
def alan(town: Town) -> Member:
    return town.staff("Alan Reid", door="telegram")


def test_who_is_on_who_is_next_and_how_many_gaps_by_text(town: Town, ailsa: Member, fergus: Member) -> None:
    turn(town, ailsa, "first", "10 September 9:00", 8)
    turn(town, fergus, "first", "11 September 9:00", 24 * 20)
    assert ailsa.texts("ROTA") == [
        "On duty: AD first duty until 5pm, Wednesday 10 September. Next: FT first duty from 9am, Thursday 11 September. "
        "No gaps."
    ]
    assert fergus.texts("Rota.") != []


def test_nobody_on_is_said(town: Town, ailsa: Member) -> None:
    assert ailsa.texts("rota")[0].startswith("On duty: no one. Next: no one. GAPS: ")


def test_the_next_fortnight_on_telegram_has_gaps_and_leave_in_their_place(town: Town, jo: Member, alan: Member) -> None:
    turn(town, jo, "first", "10 September 9:00", 8)
    turn(town, alan, "first", "12 September 9:00", 24 * 20)
    town.insert(
        schema.leave, staff_id=jo.id, first_day=date(2025, 9, 15), last_day=date(2025, 9, 16), made_by="t", made_at=town.now
    )
    jo.writes("rota")
    assert jo.bubbles[jo.latest].text.splitlines() == [
        "<b>On duty</b>", "JL first duty until 5pm, Wednesday 10 September", "", "<b>Next 14 days</b>",
        "GAP: Thursday 11 September, 9am to 5pm, no one has first duty",
        "Friday 12 September 9am to Thursday 2 October 9am: AR, first duty",
        "JL is away Monday 15 September to Tuesday 16 September",
    ]  # fmt: skip
    assert town.labels_under(jo, jo.latest) == [["Ask for a swap"], ["Leave a note"]]


def test_a_swap_by_buttons_from_asking_to_agreeing(town: Town, jo: Member, alan: Member) -> None:
    own = turn(town, jo, "first", "12 September 9:00", 24)
    jo.writes("rota")
    jo.presses("Ask for a swap")
    assert town.labels_under(jo, jo.latest) == [["AR, S5002"]]
    jo.presses("AR, S5002")
    assert alan.bubbles[alan.latest].text.startswith("JL asks you to take first duty, Friday 12 September 9am to ")
    assert alan.presses("I'll take it")[-1].startswith("Thanks. You have first duty, Friday 12 September 9am")
    assert jo.reads()[-1].startswith("AR takes first duty from you")
    rows = town.rows(schema.rota)
    assert [(row["staff_id"], row["ended_at"] is None) for row in rows] == [(jo.id, False), (alan.id, True)]
    assert rows[0]["id"] == own


def test_pressed_twice_or_by_another_it_changes_nothing(town: Town, jo: Member, alan: Member, ailsa: Member) -> None:
    turn(town, jo, "first", "12 September 9:00", 24)
    jo.writes("rota")
    jo.presses("Ask for a swap")
    jo.presses("AR, S5002")
    assert ailsa.texts("SWAP 1 OK") == ["Your role may not do that. Ask a coordinator or a manager."]
    alan.presses("I can't")
    assert jo.reads()[-1].startswith("AR can't take first duty")
    again = alan.presses_data("x:1::yes")
    assert again == ["That can't be done: swap 1 was answered already; ask again if it should change."]


def test_the_note_is_for_who_comes_next_and_never_goes_by_text(town: Town, jo: Member, alan: Member, ailsa: Member) -> None:
    turn(town, jo, "first", "10 September 9:00", 3)
    turn(town, alan, "first", "10 September 12:00", 3)
    turn(town, ailsa, "first", "10 September 15:00", 3)
    assert jo.writes("note The van is at the garage") == ["Kept. Whoever has first duty next will see it."]
    town.at("10 September 12:00")
    town.ticks()
    told = alan.reads()
    assert told == [
        "You have first duty until 3pm, Wednesday 10 September. Alerts open: 0.\n\nFrom JL: The van is at the garage"
    ]
    alan.writes("note Keys are in the office")
    town.at("10 September 15:00")
    town.ticks()
    assert ailsa.reads() == [
        "You have first duty until 6pm, Wednesday 10 September. Alerts open: 0. AR left a note: it is in the Sessions bot."
    ]


def test_a_command_is_no_note(town: Town, jo: Member) -> None:
    turn(town, jo, "first", "10 September 9:00", 8)
    jo.writes("rota")
    jo.presses("Leave a note")
    jo.writes("alerts")
    assert town.rows(schema.rota)[0]["note"] is None
    jo.writes("Keys are in the office")
    assert town.rows(schema.rota)[0]["note"] == "Keys are in the office"


def test_danger_at_night_is_promised_by_the_rota_and_asks_who_is_on(town: Town, jo: Member) -> None:
    craig = town.person("Craig Haddow")
    turn(town, jo, "first", "10 September 9:00", 24)
    town.at("10 September 22:10")
    assert craig.texts("gonnae kill masel")[0].endswith("who will contact you by 12:30am, Thursday 11 September.")
    assert len([text for text in jo.reads() if "Alert 1" in text]) == 2, "by text and on Telegram"


def test_in_a_gap_nobody_is_promised(town: Town, jo: Member) -> None:
    craig = town.person("Craig Haddow")
    turn(town, jo, "first", "9 September 9:00", 8)
    turn(town, jo, "first", "10 September 18:00", 8)
    assert craig.texts("gonnae kill masel")[0].startswith("Thank you for telling us. No one here can read this until 6pm,")


def test_what_is_restricted_is_handled_by_its_group_alone(make_town: MakeTown) -> None:
    town = make_town(alerts={"restricted": ["S5001"]})
    group, other = town.staff("Gwen Airth", door="telegram"), town.staff("Olly Bain", "manager", door="telegram")
    assert group.row.ref == "S5001"
    town.person("Shona Reid").texts("he hits me")
    assert [text[:15] for text in group.reads()] == ["Alert 1, urgent"]
    assert group.bubbles == {}
    assert other.writes("ACK 1") == ["Alert 1 is restricted. It is being handled. Nothing to do."]
    assert other.writes("alerts") == ["<b>Open alerts</b>\n1: restricted, being handled."]
    assert other.texts("alerts") == ["Open alerts: 1. To take one reply ACK and its number."]
