"""As many people as a row needs, put straight into the tables: everybody on one order, and booked for the same morning."""

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, text

from bot.sample import COUNCIL
from db import crypto, schema
from db.council import LONDON, Council
from db.record import Record

EVENING = datetime(2026, 6, 11, 18, 0, tzinfo=LONDON).astimezone(UTC)  # reminders of the next morning are due
MORNING = datetime(2026, 6, 12, 9, 30, tzinfo=LONDON).astimezone(UTC)
SQUAD = 10  # people on a session
NUMBERS = 900  # of the range kept for drama, the people's share; whoever comes after has no phone
LONG_AGO = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
FIRST_CHAT = 500_000_000
TEXTS = (
    "1", "aye", "I'll be there", "4", "how many hours have I left?", "2", "cannae make it ma wean's no well", "3",
    "running late, bus never came", "5", "when am I next in?", "7", "0", "can somebody phone me about my order",
    "yes see you then", "whit time dae I start", "6", "no coming the morra got work", "what do I bring", "OK coming",
)  # fmt: skip
"""What people write, a kind of message each; all of it is answered."""
BEFORE = ("", "hi ", "", "hello ", "sorry pal ", "", "hiya ")
AFTER = ("", " thanks", "", " pal", " cheers", " please mate", "", " ta", "", " sorry", "!")


def said(number: int) -> str:
    """The one of `TEXTS` that is next, in other words than before, and every third time with a letter left out."""
    text, times = TEXTS[number % len(TEXTS)], number // len(TEXTS)
    if len(text) == 1:
        return text
    text = BEFORE[times % len(BEFORE)] + text + AFTER[times % len(AFTER)]
    slip = times % len(text)
    return text if times % 3 else text[:slip] + text[slip + 1 :]


def council_file(folder: Path) -> Path:
    """The sample council with rates that never bind."""
    path = folder / "council.toml"
    (folder / "pictures").mkdir(exist_ok=True)  # which the sample names
    rates = "\n[rates]\ntelegram = 100000\nchat = 1000\nsms_segments = 100000\n"
    path.write_text(COUNCIL.read_text(encoding="utf-8") + rates, encoding="utf-8")
    return path


def council(folder: Path) -> Council:
    return Council.read(tomllib.loads(council_file(folder).read_text(encoding="utf-8")), folder)


def coming_morning() -> datetime:
    """On the machine's own clock: near enough for "1" to mean it, too far off for any reminder to be due."""
    return datetime.combine(datetime.now(LONDON).date() + timedelta(days=12), time(9, 30), LONDON)


def settle(
    record: Record, people: int, *, channel: str = "telegram", at: datetime = MORNING, past: int = 0, others: int = 0
) -> None:
    """Everyone with a Telegram chat and, as far as there are numbers, a phone; `past` sessions lie behind each.

    `others` are as many more people who are not booked for that morning.
    """
    everyone = range(1, people + others + 1)
    squads = len(everyone) // SQUAD + 1
    _add(record, schema.staff, iter([_STAFF]))
    _add(record, schema.placements, iter([_PLACEMENT]))
    _add(record, schema.people, (_person(n, channel) for n in everyone))
    _add(record, schema.telegram_links, (_link(n) for n in everyone))
    _add(record, schema.orders, (_order(n) for n in everyone))
    weeks = range(past + 1)
    _add(
        record,
        schema.sessions,
        (_session(week * squads + n, at - timedelta(weeks=week)) for week in weeks for n in range(squads)),
    )
    standing = ((week, n) for week in weeks for n in everyone if week or n <= people)
    bookings = ((booking_id, week * squads + n // SQUAD, n) for booking_id, (week, n) in enumerate(standing, 1))
    _add(record, schema.bookings, (_booking(*ids) for ids in bookings))
    with record.write() as connection:
        connection.execute(text("ANALYZE"))  # a record in use has been looked at by its database


def _add(record: Record, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    with record.write() as connection:
        while some := list(islice(rows, 5000)):
            connection.execute(table.insert(), some)


_STAFF = {
    "id": 1, "ref": "S02", "name": "Ailsa Drummond", "role": "case_manager", "phone": "+447700900998",
    "phone_hash": "", "language": "en_GB", "team": "burnside",
}  # fmt: skip
_PLACEMENT = {
    "id": 1, "ref": "BIKE", "name": "Bike Workshop", "nickname": "Bike workshop", "kind": "workshop",
    "bring": "Old clothes and lunch", "latitude": 55.7312, "longitude": -3.7741, "supervisor_id": 1, "team": "burnside",
    "women_only": False,
}  # fmt: skip


def chat(person: int) -> str:
    return str(FIRST_CHAT + person)


def _person(n: int, channel: str) -> dict[str, Any]:
    phone = f"+447700900{n:03d}" if n <= NUMBERS else None
    return {
        "id": n, "ref": f"P{n}", "first_name": "Craig", "last_name": "Haddow", "phone": phone,
        "phone_hash": crypto.keys().hash(phone) if phone else None, "language": "en_GB", "channel": channel,
        "mode": "standard", "phone_is_own": True, "voicemail_ok": False, "stop_level": "none", "restricted": False,
        "women_only": False, "team": "burnside", "case_manager_id": 1, "created_at": LONG_AGO,
    }  # fmt: skip


def _link(n: int) -> dict[str, Any]:
    return {"chat": chat(n), "chat_hash": crypto.keys().hash(chat(n)), "person_id": n, "linked_at": LONG_AGO}


def _order(n: int) -> dict[str, Any]:
    return {
        "id": n, "ref": f"O{n}", "person_id": n, "kind": "cpo", "imposed_on": date(2026, 4, 1), "imposed_minutes": 12_000,
        "complete_by": date(2026, 9, 30), "other_activity_minutes": 0, "status": "active",
    }  # fmt: skip


def _session(id_: int, starts_at: datetime) -> dict[str, Any]:
    return {
        "id": id_, "ref": f"S{id_}", "placement_id": 1, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=6),
        "supervisor_id": 1, "status": "planned", "version": 1,
    }  # fmt: skip


def _booking(id_: int, session_id: int, person_id: int) -> dict[str, Any]:
    return {
        "id": id_, "session_id": session_id, "person_id": person_id, "order_id": person_id, "status": "booked", "version": 1,
        "booked_at": LONG_AGO,
    }  # fmt: skip


def update(number: int, person: int, text: str) -> str:
    """A message as Telegram posts it."""
    sender = {"id": FIRST_CHAT + person, "is_bot": False, "first_name": "Craig", "language_code": "en"}
    home = {"id": FIRST_CHAT + person, "first_name": "Craig", "type": "private"}
    message = {"message_id": number, "from": sender, "chat": home, "date": 1_781_193_600, "text": text}
    return json.dumps({"update_id": number, "message": message})
