"""Two people ask for the last home pack, one by text and one on Telegram, and each is taken all the way to their hours."""

import base64
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from db.schema import pack_photos, pack_requests, packs
from tests.e2e.councils import LONDON, STANDARD, Person, crowd
from tests.e2e.town import Town

pytestmark = pytest.mark.days

HEAD = "ref,name,activity,minutes,stock,collect_from,return_within_days,note\n"
REASON = ("--reason", "talked it through")
CHECKED = ("--checked", "tools,children,conditions", *REASON)
DUE = "Thursday 25 June"


def catalogue(folder: Path, stock: int) -> None:
    row = f"HP01,Bird boxes,unpaid_work,240,{stock},Wood workshop,14,Six boxes to a pack.\n"
    (folder / "packs.csv").write_text(HEAD + row, encoding="utf-8")


def picture(**given: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(made, "JPEG", **given)
    return made.getvalue()


def taken_at_home() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A phone at home"
    return picture(exif=exif)


class Walk:
    def __init__(self, town: Town, texts: Person, chats: Person) -> None:
        self.town, self.texts, self.chats = town, texts, chats

    def staff(self, act: str, person: Person, *options: str) -> list[str]:
        lines = self.town.must("pack", act, person.ref, *options)
        self.town.quiet()
        return lines

    def last_text(self) -> str:
        return self.town.thread(self.texts.phone)[-1]

    def last_message(self) -> str:
        return self.town.chat(self.chats.chat)[-1]

    def at(self, day: int, hour: int) -> None:
        self.town.clock(datetime(2026, 6, day, hour, 0, 30, tzinfo=LONDON))

    def ask(self) -> None:
        for said in ("6", "A"):
            self.town.text(self.texts.phone, said)
            self.town.quiet()
        assert self.last_text().startswith("Pack asked for: Bird boxes.")
        self.town.say(self.chats.chat, "Home pack")
        self.town.quiet()
        shown, asked = self.town.phones.chat(self.chats.chat)["messages"][-2:]
        assert (shown["kind"], shown["text"]) == ("photo", "Bird boxes. Hours: 4")
        assert "Bird boxes. Hours: 4. Days to do it: 14. Six boxes to a pack." in asked["text"]
        self.town.press(self.chats.chat, "Bird boxes")
        self.town.quiet()
        assert self.last_message().startswith("Pack asked for: Bird boxes.")

    def decide(self) -> None:
        self.staff("approve", self.texts, *CHECKED)
        assert self.staff("approve", self.chats, *CHECKED)[0] == f"{self.chats.ref} waits for HP01: none is left"
        assert "there are none left for now" in self.last_message()
        catalogue(self.town.council, 3)
        self.town.must("import", str(self.town.council))
        self.town.must("tick")
        waiting = [(task["kind"], task["person"]) for task in self.town.tasks() if task["status"] == "open"]
        assert ("pack_request", self.chats.ref) in waiting
        self.staff("approve", self.chats, *CHECKED)

    def hand_out(self) -> None:
        for person in (self.texts, self.chats):
            self.staff("ready", person)
        assert self.last_text() == (
            f"Your Bird boxes is ready. Collect from Wood workshop, weekdays, 9am to 5:30pm. Bring the finished work back by"
            f" {DUE}."
        )
        assert "is ready. Collect from Wood workshop" in self.last_message()
        for person in (self.texts, self.chats):
            self.staff("collected", person)
        assert f"by {DUE}. Done? Reply 6." in self.last_text()

    def remind(self) -> None:
        for day in (18, 24):
            before = len(self.town.thread(self.texts.phone)), len(self.town.chat(self.chats.chat))
            self.at(day, 17)
            self.town.wait_for(lambda b=before: len(self.town.thread(self.texts.phone)) > b[0], "nobody is reminded")
            self.town.wait_for(lambda b=before: len(self.town.chat(self.chats.chat)) > b[1], "nobody is reminded")
            assert f"your Bird boxes is due back at Wood workshop by {DUE}." in self.last_text()
            assert "is due back at Wood workshop" in self.last_message()
        self.town.quiet()

    def finish(self) -> None:
        self.town.text(self.texts.phone, "finished ma pack")
        self.send_photo(taken_at_home())
        self.town.quiet()
        assert self.last_text() == f"Thanks. Bring it to Wood workshop by {DUE}, or reply 7."
        assert self.last_message() == f"Thanks. Bring it to Wood workshop by {DUE}, or tap Talk to someone."

    def send_photo(self, content: bytes) -> None:
        self.town.sent["telegram"] += 1
        photo = {"data": base64.b64encode(content).decode(), "width": 64, "height": 48}
        self.town.phones.say(self.chats.chat, photo=photo)

    def check(self, folder: Path) -> None:
        self.town.wait_for(lambda: self.photo_states() == ["kept"], "the photo is not fetched")
        [written] = self.town.must("pack", "photos", self.chats.ref, "--to", str(folder))
        plain = Path(written).read_bytes()
        assert b"A phone at home" not in plain
        with Image.open(io.BytesIO(plain)) as opened:
            assert (opened.format, opened.size) == ("JPEG", (64, 48))
        for person in (self.texts, self.chats):
            self.staff("credit", person, *REASON)
        assert "Hours added: 4." in self.last_text()
        assert "Hours added: 4\n" in self.last_message()

    def photo_states(self) -> list[str]:
        with self.town.record.read() as connection:
            return list(connection.execute(select(pack_photos.c.state)).scalars())

    def ends(self) -> None:
        with self.town.record.read() as connection:
            assert list(connection.execute(select(pack_requests.c.status)).scalars()) == ["credited", "credited"]
            assert connection.execute(select(packs.c.stock)).scalar() == 2
        open_kinds = {task["kind"] for task in self.town.tasks() if task["status"] == "open"}
        assert not [kind for kind in open_kinds if kind.startswith("pack")]


def test_a_pack_from_the_question_to_the_hours_on_both_channels(tmp_path: Path) -> None:
    """On PostgreSQL; on SQLite `test_flows` walks it."""
    folder = tmp_path / "council"
    texts, chats = crowd(folder, sms=1, telegram=1)
    (folder / "pictures").mkdir()
    (folder / "pictures" / "HP01.jpg").write_bytes(picture())
    with (folder / "council.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[packs]\npictures = "pictures"\n')
    catalogue(folder, 1)
    with Town(tmp_path, folder, kind="postgresql") as town:
        town.keep_private({texts.last, chats.last, "Bird boxes", "talked it through"})
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(chats)
        walk = Walk(town, texts, chats)
        walk.ask()
        walk.decide()
        walk.hand_out()
        walk.remind()
        walk.finish()
        walk.check(tmp_path / "photos")
        walk.ends()
