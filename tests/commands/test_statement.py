"""The hours of an order on paper, for the office to send."""

from pathlib import Path

from db import schema
from tests.commands.conftest import Turnup


def test_the_office_prints_the_hours_and_it_is_logged(turnup: Turnup, here: Path) -> None:
    order = turnup.town.rows(schema.orders)[0]
    file = here / "hours.pdf"
    said = turnup.says("statement", order["ref"], str(file))
    assert said == [f"{file}: the hours of {order['ref']}, to send by post or hand over"]
    assert file.read_bytes().startswith(b"%PDF-")
    assert b"(Hours)" in file.read_bytes()
    log = [row for row in turnup.town.rows(schema.access_log) if row["action"] == "statement.printed"]
    assert [(row["person_id"], row["actor"], row["reason"]) for row in log] == [
        (order["person_id"], "command line", order["ref"])
    ]


def test_what_cannot_be_printed_says_why(turnup: Turnup, here: Path) -> None:
    order = turnup.town.rows(schema.orders)[0]["ref"]
    assert '"NONE"' in turnup.fails("statement", "NONE", str(here / "hours.pdf"))
    assert "cannot be written" in turnup.fails("statement", order, str(here / "no folder" / "hours.pdf"))


def test_another_team_prints_nothing(turnup: Turnup, here: Path) -> None:
    order = turnup.town.rows(schema.orders)[0]["ref"]
    turnup.fails("statement", order, str(here / "hours.pdf"), "--as", "CM")
    assert not (here / "hours.pdf").exists()
