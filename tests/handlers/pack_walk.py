"""Every string of packs and places, said to somebody: for the test that sees every string leave."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from db import bookings, pack_desk, schema
from db.change import Change
from db.permissions import COMMAND_LINE
from tests.handlers import shelf
from tests.handlers.talking import Someone, Town

OTHER_DAYS = {"staffed": "Tue-Sat 09:00-17:00"}


class PackWalk:
    """One channel and mode; `someone` makes somebody new there."""

    def __init__(self, town: Town, mode: str, someone: Callable[[], Someone], settings: dict[str, Any]) -> None:
        self.town, self.mode, self.someone, self.settings = town, mode, someone, settings
        if not town.rows(schema.packs):
            for name in ("Bird boxes", "Knitted squares", "Seed packets", "Tote bags"):
                shelf.stock(town, name, stock=50, ref=name.split()[0])
            Image.new("RGB", (4, 4)).save(Path(settings["packs"]["pictures"]) / "Bird.png")
            shelf.course(town, "Skills hour")

    def go(self) -> None:
        self.town.rule(**self.settings)
        self.all_the_way()
        self.not_all_counts()
        self.taken_back()
        self.waiting()
        self.places()
        self.late()
        self.town.at("10 September 10:00")

    def says(self, one: Someone, said: str, letter: str | None = None) -> None:
        """By text, or on Telegram the words and then the button that says the letter."""
        one.says(said)
        if letter and one.door == "sms":
            one.texts(letter)
        elif letter:
            wanted = f"::{letter}"
            data = [each for each in self.town.data_under(one, one.latest) if each.endswith(wanted)]
            one.presses_data(data[0], one.latest)

    def all_the_way(self) -> None:
        one = self.someone()
        self.says(one, "6", "D")
        self.says(one, "6", "A")
        one.says("6")
        shelf.staff(self.town, pack_desk.approve, one, pack_desk.CHECKS)
        shelf.staff(self.town, pack_desk.ready, one)
        self.town.rule(**{**self.settings, "hours": OTHER_DAYS})
        one.says("6")
        self.town.rule(**self.settings)
        shelf.staff(self.town, pack_desk.collected, one)
        self.says(one, "6", "A")
        shelf.staff(self.town, pack_desk.credit, one)

    def has_pack(self) -> Someone:
        one = self.someone()
        self.says(one, "6", "A")
        shelf.given_to(self.town, one)
        return one

    def not_all_counts(self) -> None:
        one = self.has_pack()
        [first, *_] = self.town.rows(schema.packs)
        self.town.change(schema.packs, first["id"], activity="other_activity")
        shelf.staff(self.town, pack_desk.credit, one)
        self.town.change(schema.packs, first["id"], activity="unpaid_work")

    def taken_back(self) -> None:
        one = self.someone()
        self.says(one, "6", "A")
        self.says(one, "6", "A")
        self.says(one, "6", "A")
        shelf.staff(self.town, pack_desk.decline, one)
        one.says("finished ma pack")

    def waiting(self) -> None:
        [first, *_] = self.town.rows(schema.packs)
        self.town.change(schema.packs, first["id"], stock=0)
        one = self.someone()
        self.says(one, "6", "A")
        one.says("6")
        shelf.staff(self.town, pack_desk.withdraw, one)
        self.town.change(schema.packs, first["id"], stock=50)

    def places(self) -> None:
        one = self.someone()
        one.changes(mode="standard")
        self.says(one, "any courses", "A")
        one.changes(mode=self.mode)
        session = self.town.session("18 September 10:00")
        [place] = self.town.rows(schema.placements, name="Skills hour")
        self.town.change(schema.sessions, session, placement_id=place["id"])
        [row] = self.town.rows(schema.sessions, id=session)
        with self.town.record.write() as connection:
            change = Change(connection, self.town.council, self.town.now, COMMAND_LINE)
            bookings.place(change, row["ref"], one.row.ref, None)
        self.town.ticks()

    def late(self) -> None:
        one = self.has_pack()
        self.town.at("23 September 17:00")
        self.town.ticks()
        self.town.at("26 September 10:00")
        self.says(one, "6", "A")
        if one.door == "telegram":
            one.writes("", photo=[{"file_id": "x"}])
