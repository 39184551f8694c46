"""The commands by which staff change the record: what they print, what they leave, and how they fail."""

import json
from typing import Any

import pytest

from db import schema
from tests.commands.conftest import STARTS, Turnup
from tests.db.making import london

REASON = ("--reason", "snow")


def everything(turnup: Turnup) -> list[list[Any]]:
    """The whole record but for the log."""
    tables = [table for table in schema.metadata.sorted_tables if len(table.primary_key) and table is not schema.access_log]
    return [turnup.town.rows(table) for table in tables]


def another(turnup: Turnup, ref: str = "S2", starts: str = "2026-06-15 09:30", **given: Any) -> None:
    turnup.town.session(ref, 1, london(starts), **given)


def test_book_says_what_was_done_and_when_the_reminder_goes(turnup: Turnup) -> None:
    another(turnup)
    assert turnup.says("book", "S2", "P1") == [
        "P1 is booked on S2, Mon 15 Jun 2026 09:30, BIKE, for O-P1", "P1 is reminded Sun 14 Jun 2026 17:00 by SMS",
    ]  # fmt: skip


def test_book_says_so_when_the_reminder_goes_at_once(turnup: Turnup) -> None:
    another(turnup, starts="2026-06-10 15:00")
    assert turnup.says("book", "S2", "P1")[-1] == "P1 is reminded at once by SMS"


@pytest.mark.parametrize(
    ("values", "why"),
    [({"mode": "no_contact"}, "no contact"), ({"stop_level": "all"}, "stopped"), ({"phone_is_own": False}, "not own")],
)
def test_book_says_so_when_no_reminder_will_reach_them(turnup: Turnup, values: dict[str, Any], why: str) -> None:
    another(turnup)
    turnup.town.change(schema.people, 1, **values)
    assert turnup.says("book", "S2", "P1")[-1] == f"no reminder reaches P1 ({why}); tell them yourself"


def test_book_says_so_when_it_is_too_late_for_a_reminder(turnup: Turnup) -> None:
    another(turnup, starts="2026-06-10 13:20")
    assert turnup.says("book", "S2", "P1")[-1] == "no reminder reaches P1 in time; tell them yourself"


def test_unbook_says_who_hears(turnup: Turnup) -> None:
    assert turnup.says("unbook", "S1", "P1") == [
        "P1 is off S1, Fri 12 Jun 2026 09:30", "tells 1 person: 1 by SMS (1 standard)",
    ]  # fmt: skip


def test_session_cancel_counts_who_hears_by_channel_and_mode_and_who_does_not(turnup: Turnup) -> None:
    turnup.town.booking(1, turnup.town.person("P4", channel="telegram", chat="44"))
    assert turnup.says("session", "cancel", "S1", *REASON) == [
        "S1 is cancelled: Fri 12 Jun 2026 09:30 to 15:30, BIKE",
        "tells 3 people: 2 by SMS (1 standard, 1 discreet), 1 by Telegram (1 standard)",
        "tells 1 of the staff by SMS",
        "does not reach 1 (1 no contact); tell them another way",
    ]


def test_session_move_says_what_was_and_what_is(turnup: Turnup) -> None:
    another(turnup, starts="2026-06-16 10:00")
    turnup.town.booking(2, 2)
    assert turnup.says("session", "move", "S1", "--starts", "2026-06-16T09:00", "--ends", "2026-06-16T12:30")[:3] == [
        "S1 was Fri 12 Jun 2026 09:30 to 15:30, BIKE",
        "S1 is now Tue 16 Jun 2026 09:00 to 12:30, BIKE",
        "note: booked elsewhere at that time: P2; unbook them from one of the two",
    ]


def test_session_supervisor_says_who_led_and_who_leads(turnup: Turnup) -> None:
    assert turnup.says("session", "supervisor", "S1", "CM") == [
        "S1 was led by LEAD", "S1 is led by CM", "note: CM is a case manager", "tells 2 of the staff by SMS",
    ]  # fmt: skip
    assert turnup.says("session", "supervisor", "S1", "none")[1:] == [
        "S1 is led by nobody", "note: nobody hears who is late; `turnup session supervisor S1 STAFF` names one",
        "tells 1 of the staff by SMS",
    ]  # fmt: skip


def test_session_add_takes_times_on_londons_clocks_or_with_an_offset(turnup: Turnup) -> None:
    common = ("--placement", "BIKE", "--capacity", "4")
    assert turnup.says("session", "add", "S2", *common, "--starts", "2026-07-01T09:30", "--ends", "2026-07-01T12:00Z") == [
        "S2 is planned: Wed 01 Jul 2026 09:30 to 13:00, BIKE", "S2 is led by LEAD",
    ]  # fmt: skip
    turnup.says("session", "add", "S3", *common, "--starts", "2026-10-25T01:30", "--ends", "2026-10-25T04:00")
    two, three = turnup.town.rows(schema.sessions)[1:]
    assert two["starts_at"] == london("2026-07-01 09:30")
    assert (three["starts_at"].isoformat(), three["capacity"]) == ("2026-10-25T00:30:00+00:00", 4)


def test_staff_say_in_which_language_and_whether_with_an_interpreter(turnup: Turnup) -> None:
    assert turnup.says("person", "P1", "--language", "pl", "--interpreter", "yes") == [
        "P1: language pl, was en_GB",
        "P1: an interpreter is needed",
    ]
    assert turnup.says("person", "P1", "--interpreter", "no") == ["P1: an interpreter is not needed"]
    said = turnup.fails("person", "P1", "--language", "tlh")
    assert said == '--language: "tlh" is not a language that is here; write one of ar, en_GB, gd, pl'


def test_person_changes_all_that_is_asked_for_in_one_transaction(turnup: Turnup) -> None:
    asked = (
        "person",
        "P1",
        "--phone",
        "07700 900888",
        "--mode",
        "discreet",
        "--window",
        "10:00-14:30",
        "--channel",
        "telegram",
    )
    assert turnup.says(*asked, "--language", "en", "--order", "O-P1", "--status", "suspended", *REASON) == [
        "P1: phone changed",
        "P1: mode discreet, was standard",
        "P1: channel telegram, was sms",
        "P1: window 10:00-14:30, was none",
        "note: nothing is sent to it now; `turnup invite P1` welcomes it",
        "note: no Telegram chat is linked, so messages go by SMS until one is, with `turnup invite P1`",
        "O-P1 is suspended, was active",
        "note: 1 session to come is still booked for it; `turnup unbook` takes them off",
    ]
    before = everything(turnup)
    said = turnup.fails("person", "P1", "--mode", "standard", "--order", "O-P1", "--status", "suspended", *REASON)
    assert said == 'the order "O-P1" is suspended already; nothing was changed'
    assert everything(turnup) == before


def test_person_warns_of_what_has_to_be_agreed_with_them(turnup: Turnup) -> None:
    turnup.town.change(schema.people, 2, safe_from=600, safe_until=700, stop_level="all")
    turnup.town.person("P4", phone="+447700900888")
    assert turnup.says("person", "P2", "--mode", "standard", "--window", "none", "--phone", "07700 900888")[3:] == [
        "note: standard says more than discreet; it has to be agreed with the person",
        "note: the window holds times that were outside it; it has to be agreed with the person",
        "note: another person has this number too, so neither gets a text until it is settled; a task is open",
        "note: texts to it are stopped, and only START from that phone starts them",
        "note: nothing is sent to it now; `turnup invite P2` welcomes it",
    ]


def test_a_new_number_is_welcomed_by_invite_and_only_once(turnup: Turnup) -> None:
    def welcomes() -> list[str]:
        turnup.says("invite", "P1")
        return [row["address"] for row in turnup.town.rows(schema.deliveries)]

    first = turnup.town.row(schema.people, 1)["phone"]
    assert (welcomes(), welcomes()) == ([first], [first])
    turnup.says("person", "P1", "--phone", "07700 900888")
    assert (welcomes(), welcomes()) == ([first, "+447700900888"], [first, "+447700900888"])


def test_person_prints_a_fresh_pin_and_nothing_else(turnup: Turnup) -> None:
    (line,) = turnup.says("person", "P1", "--new-pin")
    assert line[:4] == "pin "
    assert line[4:].isdigit()
    assert turnup.says("person", "P1", "--messages-on", "O-P1") == ["messages about O-P1 are on"]
    assert turnup.says("person", "P1", "--messages-off", "O-P1") == ["messages about O-P1 are off"]


def test_correct_hours_says_what_is_credited_and_left(turnup: Turnup) -> None:
    assert turnup.says("correct", "hours", "O-P1", "--minutes", "90", "--on", "2026-06-01", *REASON) == [
        "O-P1: 90 minutes (1h 30m), was 0 (0h 00m), credited", "O-P1: 5910 minutes (98h 30m) left",
    ]  # fmt: skip
    assert turnup.says("correct", "hours", "O-P1", "--minutes", "-30", *REASON)[1] == "O-P1: 5940 minutes (99h 00m) left"
    assert turnup.says("correct", "hours", "O-P1", "--minutes", "5940", *REASON)[-1] == (
        "note: all hours are done, so reminders stop; its status is for an officer to set"
    )


def test_correct_hours_adjusts_what_was_imposed(turnup: Turnup) -> None:
    asked = ("correct", "hours", "O-P1", "--adjust", "--legal-basis", "Sheriff, s.227Y", *REASON)
    assert turnup.says(*asked, "--minutes", "-4860") == [
        "O-P1: 1140 minutes (19h 00m), was 6000 (100h 00m), imposed",
        "O-P1: 1140 minutes (19h 00m) left",
        "note: nobody is texted of it; the person has to be told in writing, and the last day of the order stays",
        "note: that is below the least of 1200 minutes for such an order; the legal basis is kept with it",
    ]


CHANGES: list[tuple[str, ...]] = [
    ("book", "S2", "P1"),
    ("unbook", "S1", "P1"),
    ("session", "add", "S3", "--placement", "BIKE", "--starts", "2026-07-01T09:30", "--ends", "2026-07-01T12:00"),
    ("session", "move", "S1", "--starts", "2026-06-16T09:00"),
    ("session", "cancel", "S1", *REASON),
    ("session", "supervisor", "S1", "CM"),
    ("person", "P1", "--phone", "07700 900888"),
    ("person", "P1", "--mode", "discreet"),
    ("person", "P1", "--order", "O-P1", "--status", "breached", *REASON),
    ("person", "P1", "--new-pin"),
    ("person", "P1", "--messages-on", "O-P1"),
    ("correct", "hours", "O-P1", "--minutes", "90", *REASON),
    ("correct", "hours", "O-P1", "--minutes", "90", "--adjust", "--legal-basis", "s.227Y", *REASON),
]


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_a_dry_run_says_what_the_command_would_and_writes_nothing(turnup_on_both: Turnup, command: tuple[str, ...]) -> None:
    turnup = turnup_on_both
    another(turnup)
    before, logged = everything(turnup), len(turnup.town.rows(schema.access_log))
    dry = turnup.says(*command, "--dry-run")
    assert (dry[0], dry[-1]) == ("as a dry run:", "nothing written")
    assert everything(turnup) == before
    assert len(turnup.town.rows(schema.access_log)) == logged
    if "--new-pin" not in command:
        would = [line.replace("would tell", "tells").replace("would not reach", "does not reach") for line in dry[1:-1]]
        assert turnup.says(*command) == would
        assert everything(turnup) != before


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_who_acts_is_bound_by_their_role_and_logged(turnup: Turnup, command: tuple[str, ...]) -> None:
    another(turnup)
    turnup.town.member("BOSS", "manager")
    before = everything(turnup)
    for ref in ("LEAD", "CM"):
        said = turnup.fails(*command, "--as", ref)
        assert said.startswith(f'"{ref}" may not do that (')
        assert said.endswith(" or a manager")
    assert everything(turnup) == before
    assert turnup.fails(*command, "--as", "X") == ('there is nobody of the staff with the ref "X"; look it up in staff.csv')
    turnup.says(*command, "--as", "BOSS")
    logged = [(row["actor"], row["action"].partition(":")[0]) for row in turnup.town.rows(schema.access_log)]
    assert logged[:2] == [("LEAD", "refused"), ("CM", "refused")]
    assert {actor for actor, _ in logged[2:]} == {"BOSS"}


def test_where_somebody_stands_is_read_by_who_may_and_logged(turnup: Turnup) -> None:
    turnup.town.member("OWN", "case_manager")
    assert json.loads(turnup.says("person", "P1", "--json", "--as", "OWN")[0])["ref"] == "P1"
    for ref in ("LEAD", "CM"):
        assert turnup.fails("person", "P1", "--json", "--as", ref).startswith(f'"{ref}" may not do that (person.read)')
    turnup.says("person", "P1", "--json")
    assert [(row["actor"], row["action"], row["person_id"]) for row in turnup.town.rows(schema.access_log)] == [
        ("OWN", "person.read", 1), ("LEAD", "refused:person.read", 1), ("CM", "refused:person.read", 1),
        ("command line", "person.read", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("book", "S9", "P1"), 'there is no session with the ref "S9"; look it up in sessions.csv'),
        (
            ("session", "move", "S1", "--starts", "2027-03-28T01:30"),
            '--starts: "2027-03-28T01:30" does not exist: the clocks go forward over it',
        ),
        (
            ("session", "move", "S1", "--ends", "tomorrow"),
            '--ends: "tomorrow" is not a date and time; write it like 2026-11-02T09:30',
        ),
        (
            ("session", "add", "A;B", "--placement", "BIKE", "--starts", "2026-07-01T09:30", "--ends", "2026-07-01T10:30"),
            'REF: "A;B" holds a ";", which stands between refs',
        ),
        (
            ("session", "add", "S2", "--placement", "BIKE", "--starts", "2026-07-01T09:30", "--ends", "2026-07-01T10:30",
             "--capacity", "0"),
            '--capacity: "0" is out of range; write 1 to 1000000',
        ),
        (("person", "P1", "--phone", "0770"), '--phone: "0770" is too short; write it like 07700 900123'),
        (("person", "P1", "--phone", ""), "--phone: is empty; write it like 07700 900123"),
        (("person", "P1", "--window", "9-5"), '--window: "9-5" is not a window; write it like 10:00-14:00'),
        (("person", "P1", "--window", ""), "--window: is empty; write it like 10:00-14:00, or none"),
        (("person", "P1", "--mode", "discreet", "--reason", " "), "--reason is empty; say why"),
        (
            ("session", "cancel", "S1", "--reason", "x" * 201),
            "--reason is longer than 200 characters; say it shorter",
        ),
        (("correct", "hours", "O-P1", "--minutes", "1.5", *REASON), '--minutes: "1.5" is not a whole number'),
        (
            ("correct", "hours", "O-P1", "--minutes", "5", "--on", "June", *REASON),
            '--on: "June" is not a date; write it like 2026-11-02',
        ),
        (
            ("correct", "hours", "O-P1", "--minutes", "5", "--adjust", "--legal-basis", "x" * 201, *REASON),
            "--legal-basis is longer than 200 characters; say it shorter",
        ),
        (
            ("correct", "hours", "O-P1", "--minutes", "5", "--adjust", *REASON),
            "only the court or an enactment changes the hours of an order; name it with --legal-basis",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    turnup: Turnup, command: tuple[str, ...], said: str
) -> None:
    before = everything(turnup)
    assert turnup.fails(*command) == said
    assert everything(turnup) == before


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ("person", "P1", "--json", "--mode", "discreet"),
            "give one of --json, --new-pin, --verified, --messages-on and --messages-off, or what to change",
        ),
        (("person", "P1", "--order", "O-P1"), "--order and --status go together"),
        (("person", "P1", "--status", "breached"), "--order and --status go together"),
        (
            ("person", "P1", "--order", "O-P1", "--status", "breached"),
            "--status needs --reason: who decided, and when",
        ),
        (("session", "move", "S1"), "give --starts, --ends or --placement"),
        (("session", "cancel", "S1"), "the following arguments are required: --reason"),
        (("session",), "the following arguments are required: act"),
        (("correct",), "the following arguments are required: what"),
    ],
)
def test_wrong_usage_says_what_is_missing(turnup: Turnup, command: tuple[str, ...], said: str) -> None:
    assert turnup.wrong(*command).endswith(f"error: {said}")


def test_a_session_changed_twice_is_told_of_as_it_last_stands(turnup: Turnup) -> None:
    turnup.says("session", "move", "S1", "--starts", "2026-06-16T09:00")
    turnup.says("session", "move", "S1", "--starts", "2026-06-17T09:00")
    mine = [n for n in turnup.town.rows(schema.notices, schema.notices.c.person_id == 1) if n["status"] == "open"]
    assert [(n["string"], n["fields"]["day"]) for n in mine] == [("session.moved", STARTS.isoformat())]
