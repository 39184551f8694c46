"""Photos of finished work: fetched outside every transaction, again where it fails, and made plain before they are kept."""

import asyncio
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from db import pack_photos, schema
from db.record import Record
from notifications import photos, pictures
from notifications.channel import ProviderRefused, ProviderUnreachable
from notifications.pictures import NotAPicture
from tests.db.making import NOW, Town, council


def drawn(size: tuple[int, int] = (40, 30), kind: str = "JPEG", **given: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, kind, **given)
    return made.getvalue()


def taken_with_a_phone() -> bytes:
    """A picture that says where it was taken, by which phone, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "A phone"
    exif.get_ifd(0x8825)[1] = "N"
    return drawn((40, 30), exif=exif, comment=b"ma hoose")


def test_a_picture_is_turned_upright_and_tells_nothing_of_itself() -> None:
    plain = pictures.plain_jpeg(taken_with_a_phone())
    for told in (b"A phone", b"ma hoose", b"Exif"):
        assert told not in plain
    with Image.open(io.BytesIO(plain)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (30, 40), {})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_becomes_small(kind: str) -> None:
    with Image.open(io.BytesIO(pictures.plain_jpeg(drawn((2400, 1200), kind)))) as picture:
        assert picture.size == (1600, 800)


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"%PDF-1.7", taken_with_a_phone()[:80], drawn(kind="GIF"), drawn((8000, 8000), "PNG")],
    ids=["nothing", "words", "document", "broken", "another kind", "a bomb"],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        pictures.plain_jpeg(content)


class FakeBot:
    """Telegram's store of files: an answer, or what it raises, for each time it is asked."""

    def __init__(self, record: Record, *answers: bytes | Exception) -> None:
        self.record, self.answers = record, list(answers)

    async def download(self, file_id: str) -> bytes:
        with self.record.write() as connection:  # nobody holds the record meanwhile
            connection.execute(schema.meta.delete().where(schema.meta.c.name == "none"))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def town(record: Record) -> Town:
    """P1 has sent one photo."""
    made = Town(record)
    made.person("P1")
    pack = made.add(
        schema.packs, ref="HP1", name="Bird boxes", activity="unpaid_work", minutes=240, stock=2, return_within_days=14,
        collect_from="Wood workshop", note="",
    )  # fmt: skip
    made.add(
        schema.pack_requests, person_id=1, order_id=1, pack_id=pack, status="finished", version=1, channel="telegram",
        asked_at=NOW,
    )  # fmt: skip
    with made.write() as connection:
        pack_photos.want(connection, 1, "F1", now=NOW)
    return made


def fetch(town: Town, *answers: bytes | Exception, at: datetime = NOW) -> int:
    bot: Any = FakeBot(town.record, *answers)
    return asyncio.run(photos.fetch(town.record, council(), bot, now=at))


def state(town: Town) -> tuple[str, int]:
    [row] = town.rows(schema.pack_photos)
    return row["state"], row["attempts"]


def kept(town: Town) -> list[bytes]:
    with town.record.read() as connection:
        return pack_photos.of_request(connection, 1)


def test_a_photo_is_kept_without_what_it_tells(town: Town) -> None:
    assert fetch(town, taken_with_a_phone()) == 1
    assert state(town) == ("kept", 0)
    assert kept(town)[0].startswith(b"\xff\xd8")
    assert fetch(town) == 0


def test_it_is_asked_for_again_while_telegram_is_away(town: Town) -> None:
    for failure in (ProviderUnreachable("away"), RuntimeError("unforeseen")):
        fetch(town, failure, at=NOW + timedelta(hours=state(town)[1]))
    assert state(town) == ("wanted", 2)
    assert fetch(town, at=NOW) == 0
    fetch(town, drawn(), at=NOW + timedelta(hours=2))
    assert state(town)[0] == "kept"


@pytest.mark.parametrize("answer", [b"no picture", ProviderRefused("404")])
def test_what_cannot_be_opened_goes_to_staff_as_media_does(town: Town, answer: bytes | Exception) -> None:
    fetch(town, answer)
    assert (state(town)[0], kept(town)) == ("unusable", [])
    [task], [entry] = town.rows(schema.tasks), town.rows(schema.thread_entries)
    assert (task["kind"], task["person_id"], entry["words"]) == ("message", 1, "[picture]")


def test_after_the_last_try_it_goes_to_staff(town: Town) -> None:
    for n in range(pack_photos.TRIES):
        assert fetch(town, ProviderUnreachable("away"), at=NOW + timedelta(hours=n)) == 1
    assert state(town)[0] == "unusable"
    assert len(town.rows(schema.tasks)) == 1
