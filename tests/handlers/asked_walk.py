"""What is said about a complaint, a phone that is not theirs alone, the way in words, and a photo of finished work."""

from collections.abc import Callable
from typing import Any

from db import schema
from tests.handlers import shelf
from tests.handlers.talking import Door, Someone, Town

COMPLAINT = "the supervisor shouted at me in front of everyone"
PHOTO = [{"file_id": "small", "width": 90}, {"file_id": "large", "width": 1280}]


class AskedWalk:
    """One channel and mode; `someone` makes somebody new there, `booked` somebody with a session ahead."""

    def __init__(
        self, town: Town, door: Door, mode: str, someone: Callable[..., Someone], booked: Callable[..., tuple[Someone, int]],
        settings: dict[str, Any],
    ) -> None:  # fmt: skip
        self.town, self.door, self.mode, self.settings = town, door, mode, settings
        self.someone, self.booked = someone, booked

    def go(self) -> None:
        self.complaint()
        self.not_theirs_alone()
        self.way()
        self.pick_up()
        self.nothing_booked()
        self.close_to_the_start()
        self.danger_near_closing_time()
        self.photo()
        self.recording()

    def complaint(self) -> None:
        for said in ("A", "B"):
            craig = self.someone()
            craig.says("feedback")
            craig.says(COMPLAINT)
            craig.says(said)

    def not_theirs_alone(self) -> None:
        self.someone(phone_is_own=False).says("4")

    def way(self) -> None:
        craig, _ = self.booked()
        written = {row["ref"]: "Bus 44 to the library, then 5 min walk" for row in self.town.rows(schema.placements)}
        self.town.rule(**{**self.settings, "directions": written})
        craig.says("how do I get there")
        self.town.rule(**self.settings)

    def pick_up(self) -> None:
        """The van stops for them: asked for, with and without what to bring, and in the reminder."""
        for bring in ("lunch", ""):
            craig, _ = self.booked(bring=bring, pick_up="Depot 8:30")
            craig.says("5")
            craig.says("how do I get there")
        self.town.at("11 September 17:00")
        self.town.reminds()
        self.town.at("10 September 10:00")

    def nothing_booked(self) -> None:
        for status in ("completed", "custody"):
            craig = self.someone()
            self.town.change(schema.orders, craig.order, status=status)
            craig.says("5")
        self.someone(done=100).says("5")

    def close_to_the_start(self) -> None:
        craig, _ = self.booked()
        self.town.at("12 September 9:00")
        craig.says("3")
        if craig.door == "telegram":
            for old in ("q:1::A", f"b:{self.town.rows(schema.bookings)[0]['id']}:0:coming"):
                craig.presses_data(old, craig.latest)
        self.town.at("10 September 10:00")

    def danger_near_closing_time(self) -> None:
        self.town.at("10 September 16:45")
        self.someone().says("gonnae kill masel")
        self.town.at("10 September 10:00")

    def recording(self) -> None:
        officer = self.town.staff(f"Vee{self.town.next():04d} Exe", door="telegram")
        name = f"Vee{self.town.next():04d} Wye"
        self.town.person(name, door="telegram", case_manager_id=officer.id).writes("", voice={"file_id": "v", "duration": 3})

    def photo(self) -> None:
        """Sent on Telegram, whatever they are asked on."""
        officer = self.town.staff(f"Vee{self.town.next():04d} Exe", door="telegram")
        for word in ("credit", "ask"):
            name = f"Vee{self.town.next():04d} Wye"
            craig = self.town.person(name, door="telegram", case_manager_id=officer.id)
            craig.says("6")
            craig.presses("Bird boxes")
            shelf.given_to(self.town, craig)
            officer.reads()
            craig.writes("", photo=PHOTO)
            craig.changes(channel=self.door, mode=self.mode)
            officer.presses_data(self._under(officer, word), officer.latest)
            if word == "credit":
                officer.presses_data(self._under(officer, "sure"), officer.latest)

    def _under(self, officer: Any, word: str) -> str:
        return next(data for data in self.town.data_under(officer, officer.latest) if data.endswith(word))
