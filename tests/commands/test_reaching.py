"""How staff see and mend how a person is reached: `turnup person REF`, `--verified`, `turnup reach`, `turnup data`."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db import crypto, schema
from tests.commands.conftest import Turnup
from tests.db.making import NOW


def shown(turnup: Turnup, *options: str) -> dict[str, str]:
    first, *lines = turnup.says("person", "P1", *options)
    assert first == "P1"
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}


def test_person_shows_how_they_may_be_written_to(turnup: Turnup) -> None:
    assert shown(turnup) == {
        "mode": "standard", "channel": "SMS; a Telegram chat is not linked", "language": "en_GB", "window": "none",
        "pause": "none", "stopped": "none", "number": "theirs",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ({"mode": "call_first"}, "mode", "call-first"),
        ({"safe_from": 600, "safe_until": 840}, "window", "10:00-14:00"),
        ({"paused_until": NOW + timedelta(days=7)}, "pause", "no reminders until Wed 17 Jun 2026 13:00, as they asked"),
        ({"paused_until": NOW}, "pause", "none"),
        ({"interpreter": True, "language": "pl"}, "language", "pl, with an interpreter"),
        (
            {"doubted_at": NOW},
            "number",
            "in doubt since Wed 10 Jun 2026 13:00: it gets dates only; ask them, then --verified",
        ),
        ({"phone_is_own": False}, "number", "theirs, but others use that phone"),
        ({"phone": None, "phone_hash": None}, "number", "none; give them one with --phone"),
        ({"stop_level": "all"}, "stopped", "all"),
        (
            {"number_suspended_at": NOW},
            "number",
            "somebody else's, as whoever has it said; give their new one with --phone",
        ),
    ],
)
def test_person_shows_what_stands_in_the_way(turnup: Turnup, given: dict[str, Any], name: str, said: str) -> None:
    turnup.town.change(schema.people, 1, **given)
    assert shown(turnup)[name] == said


def test_to_look_is_logged_and_bound_by_the_role(turnup: Turnup) -> None:
    assert turnup.fails("person", "P1", "--as", "CM").startswith('"CM" may not do that (person.read); ask ')
    shown(turnup)
    assert [(row["actor"], row["action"]) for row in turnup.town.rows(schema.access_log)] == [
        ("CM", "refused:person.read"),
        ("command line", "person.read"),
    ]


def test_verified_ends_the_doubt_and_opens_what_the_network_had_closed(turnup: Turnup) -> None:
    turnup.town.change(schema.people, 1, doubted_at=NOW)
    address = turnup.town.row(schema.people, 1)["phone_hash"]
    turnup.town.add(schema.suppressions, address_hash=address, scope="everything", why="recipient", at=NOW)
    for key in ("bad_number:p1", "verify:p1"):
        turnup.town.add(
            schema.tasks, key=key, kind=key.partition(":")[0], person_id=1, created_at=NOW, due_at=NOW, status="open"
        )
    assert turnup.says("person", "P1", "--verified", "--reason", "at the session") == ["P1: the number is theirs"]
    row = turnup.town.row(schema.people, 1)
    assert (row["doubted_at"], row["verified_until"]) == (None, NOW)
    assert turnup.town.only(schema.suppressions)["lifted_by"] == "command line"
    assert {row["status"] for row in turnup.town.rows(schema.tasks)} == {"done"}
    assert turnup.says("person", "P1", "--verified")[1:] == ["note: it was not in doubt"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"phone": None, "phone_hash": None}, '"P1" has no number that could be verified; give them one with --phone'),
        (
            {"number_suspended_at": NOW},
            'whoever has the number of "P1" said that it is not theirs; give their new one with --phone',
        ),
    ],
)
def test_what_is_not_theirs_cannot_be_verified(turnup: Turnup, given: dict[str, Any], said: str) -> None:
    turnup.town.change(schema.people, 1, **given)
    assert turnup.fails("person", "P1", "--verified") == said


def test_a_stop_by_the_person_outlasts_it(turnup: Turnup) -> None:
    address = turnup.town.row(schema.people, 1)["phone_hash"]
    turnup.town.add(schema.suppressions, address_hash=address, scope="everything", why="provider_stop", at=NOW)
    turnup.says("person", "P1", "--verified")
    assert turnup.town.only(schema.suppressions)["lifted_at"] is None


# turnup reach


def test_reach_lists_who_since_when_whose_and_the_mend(turnup: Turnup) -> None:
    assert turnup.says("reach") == ["everyone can be reached"]
    turnup.town.change(schema.people, 1, number_suspended_at=NOW - timedelta(days=3))
    mend = "ask for their number, then `turnup person P1 --phone NUMBER`, or --verified if it works"
    assert turnup.says("reach") == [f"P1  invalid number  3 days  owner -  {mend}"]
    turnup.says("tick")
    [row] = json.loads(turnup.says("reach", "--json")[0])
    assert (row["person"], row["class"], row["days"], row["mend"]) == ("P1", "invalid_number", 3, mend)
    assert (row["since"], row["due_at"]) == ("2026-06-07T13:00:00+01:00", "2026-06-11T17:00:00+01:00")
    assert row["task"] == turnup.town.only(schema.tasks, schema.tasks.c.kind == "reach")["id"]


# turnup data


def written(turnup: Turnup) -> None:
    """P1 asked for the hours, was answered, and said more by text; P2 did too."""
    town = turnup.town
    for person_id, sid in ((1, "SM1"), (2, "SM2")):
        who = town.the_person(person_id)
        form = json.dumps({"MessageSid": sid, "From": who.phone, "Body": f"a word of {who.ref}", "NumMedia": "0"})
        town.add(
            schema.inbound, door="twilio", provider_id=sid, sender_hash=who.phone_hash, payload=form, received_at=NOW,
            state="handled",
        )  # fmt: skip


def test_data_holds_what_they_wrote_and_nothing_of_others(turnup: Turnup) -> None:
    written(turnup)
    with turnup.town.write() as connection:
        connection.execute(schema.not_with.insert().values(person_id=1, other_id=2))
    held = json.loads("\n".join(turnup.says("data", "P1", "--json", "--reason", "asked on Monday")))
    assert [row["text"] for row in held["messages from them"]] == ["a word of P1"]
    assert held["person"][0]["first_name"] == "Craig"
    assert [row["ref"] for row in held["orders"]] == ["O-P1"]
    assert [row["ref"] for row in held["sessions"]] == ["S1"]
    other = turnup.town.the_person(2)
    assert "P2" not in json.dumps(held)
    assert str(other.phone) not in json.dumps(held)
    assert not {"phone_hash", "pin_hash", "id"} & set(held["person"][0])
    assert held["who saw or changed it"][-1]["action"] == "data.read"
    assert held["who saw or changed it"][-1]["reason"] == "all that is held: asked on Monday"


def test_data_holds_what_they_wrote_in_a_chat_while_it_was_theirs(turnup: Turnup) -> None:
    town = turnup.town
    town.change(schema.telegram_links, town.link("41", person_id=1), ended_at=NOW + timedelta(hours=1))
    town.link("42", person_id=2)
    for chat, hours in (("41", 0), ("42", 0), ("41", 2)):
        message = {"chat": {"id": int(chat), "type": "private"}, "text": f"{chat} at {hours}"}
        town.add(
            schema.inbound, door="telegram", provider_id=f"{chat}-{hours}", sender_hash=crypto.keys().hash(chat),
            payload=json.dumps({"update_id": 1, "message": message}), state="handled",
            received_at=NOW + timedelta(hours=hours),
        )  # fmt: skip
    held = json.loads("\n".join(turnup.says("data", "P1", "--json")))
    assert [row["text"] for row in held["messages from them"]] == ["41 at 0"]


def test_data_of_a_shared_number_leaves_out_what_may_be_the_others(turnup: Turnup) -> None:
    number = turnup.town.the_person(1).phone
    turnup.town.change(schema.people, 2, phone=number, phone_hash=crypto.keys().hash(number or ""))
    written(turnup)
    held = json.loads("\n".join(turnup.says("data", "P1", "--json")))
    assert held["messages from them"] == []


def test_data_never_names_the_place_of_womens_work(turnup: Turnup) -> None:
    turnup.town.change(schema.placements, 1, women_only=True, nickname="Quiet room")
    assert "Quiet room" not in "\n".join(turnup.says("data", "P1"))


def test_data_reads_as_plain_lines_or_goes_to_a_file_that_only_its_owner_reads(turnup: Turnup, tmp_path: Path) -> None:
    written(turnup)
    lines = turnup.says("data", "P1")
    assert lines[0] == "What is held on P1"
    assert "Messages from them: 1" in lines
    assert "    text: a word of P1" in lines
    out = tmp_path / "p1.txt"
    assert turnup.says("data", "P1", "--out", str(out)) == [
        f"what is held on P1 is in {out}; make sure that it is them who ask before you give it away"
    ]
    assert "    text: a word of P1" in out.read_text(encoding="utf-8").splitlines()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (
        turnup.fails("data", "P1", "--out", str(out))
        == f"{out} cannot be written (File exists); give the name of a new file"
    )


def test_data_is_for_their_own_team(turnup: Turnup) -> None:
    assert turnup.fails("data", "P1", "--as", "CM").startswith('"CM" may not do that (person.data); ask ')
    assert turnup.fails("data", "P9") == 'there is no person with the ref "P9"; look it up in people.csv'
