"""A new key takes over from an old one: nobody is lost on the way, and then the old key opens nothing."""

from collections.abc import Callable

import pytest
from cryptography.fernet import InvalidToken
from sqlalchemy import Text, cast, select

from bot import moving
from db import crypto, people, rotation, schema
from db.crypto import Keys, Secret, SecretJson
from db.record import Record
from handlers import pin
from tests import databases
from tests.moving.conftest import NEW, OLD, Place

HASH_COLUMNS = [table.c[name] for table in schema.metadata.sorted_tables for name in rotation.HASHED if name in table.c]
PERSONAL = [
    column
    for table in schema.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, (Secret, SecretJson))
]


def rotate(record: Record) -> list[str]:
    rotation.find_key(record, rotating=True)
    return list(rotation.run(record, sender_of=moving._sender_of, salted=pin.salted))


def known_hashes(place: Place, secret: str) -> set[str]:
    """The hashes of every address here under one key."""
    phones = [*place.people.values(), *place.town._phones.values()]
    keys = Keys([secret])
    return {keys.hash(address) for one in phones for address in (one.number, str(one.chat))}


def stored_hashes(record: Record) -> set[str]:
    with record.read() as connection:
        return {found for column in HASH_COLUMNS for found in connection.execute(select(column)).scalars() if found}


def test_with_a_new_key_in_front_everyone_is_still_found_and_stop_still_holds(place: Place) -> None:
    rotation.find_key(place.opened(OLD))
    rotation.find_key(place.opened(NEW, OLD))
    with place.town.record.read() as connection:
        assert rotation.is_due(connection)
    assert place.people["texting"].texts("4") != []
    assert place.people["chatting"].writes("My hours") != []
    place.town.at("11 September 17:00")
    place.town.reminds()
    place.town.deliver()
    assert place.people["stopped"].reads() == []
    # What is new is hashed like the rest, so that the two can be compared.
    assert stored_hashes(place.town.record) <= known_hashes(place, OLD)


@pytest.mark.parametrize("kind", databases.KINDS)
def test_after_a_rotation_the_old_key_is_not_needed_and_opens_nothing(make_place: Callable[[str], Place], kind: str) -> None:
    place = make_place(kind)
    texting = place.people["texting"]
    texting.changes(pin_hash=pin.hash_of(texting.row, "0042"))
    before = stored_hashes(place.town.record)
    place.secrets = (NEW, OLD)
    lines = place.must("rotate")
    assert lines[-1].startswith("all is under the newest key")
    assert "people 3" in lines
    record = place.opened(NEW)
    rotation.find_key(record)
    found = stored_hashes(record)
    assert found <= known_hashes(place, NEW)
    assert len(found) == len(before)
    assert texting.texts("4") != []
    assert texting.row.pin_hash in Keys([NEW]).hashes(pin.salted(texting.row.ref, "0042"))
    assert place.people["chatting"].writes("My hours") != []
    place.town.at("11 September 17:00")
    place.town.reminds()
    place.town.deliver()
    assert place.people["stopped"].reads() == []
    _opens_nothing(record, OLD)


def _opens_nothing(record: Record, secret: str) -> None:
    keys = Keys([secret])
    looked = 0
    with record.read() as connection:
        for column in PERSONAL:
            for stored in connection.execute(select(cast(column, Text))).scalars():
                if stored is not None:
                    looked += 1
                    with pytest.raises(InvalidToken):
                        keys.decrypt(stored)
    assert looked > 20


def test_the_texts_that_hold_a_hash_hold_the_new_one(place: Place) -> None:
    rotate(place.opened(NEW, OLD))
    place.opened(NEW)
    old = known_hashes(place, OLD)
    keys = [row["key"] for table in (schema.tasks, schema.notices) for row in place.town.rows(table)]
    texts = keys + [row["reference"] or "" for row in place.town.rows(schema.deliveries)]
    assert any(row["kind"] == "unknown_number" for row in place.town.rows(schema.tasks))
    assert not [text for text in texts for hashed in old if hashed[:16] in text]


def test_a_rotation_that_is_broken_off_must_be_ended_before_anything_starts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "TOGETHER", 2)
    record = place.opened(NEW, OLD)
    rotation.find_key(record, rotating=True)
    lines = rotation.run(record, sender_of=moving._sender_of, salted=pin.salted)
    while not next(lines).startswith("people"):
        pass
    with pytest.raises(rotation.RotationError, match="run `turnup rotate` again"):
        rotation.find_key(place.opened(NEW, OLD))
    rest = rotate(place.opened(NEW, OLD))
    assert "people 0" in rest
    record = place.opened(NEW)
    rotation.find_key(record)
    assert stored_hashes(record) <= known_hashes(place, NEW)


def test_rows_that_are_only_added_are_locked_again_afterwards(place: Place) -> None:
    rotate(place.opened(NEW, OLD))
    with pytest.raises(Exception, match="rows of hours are only added"):
        place.town.change(schema.hours, 1, worked_minutes=1)


def test_without_the_key_that_hashes_are_under_nothing_starts(place: Place) -> None:
    rotation.find_key(place.opened(OLD))
    with pytest.raises(InvalidToken):
        rotation.find_key(place.opened(NEW))


def test_one_key_alone_cannot_be_rotated(place: Place) -> None:
    assert place.fails("rotate").startswith("TURNUP_SECRET_KEY holds one key")


def test_a_new_record_hashes_under_the_key_it_was_first_opened_with(sqlite_record: Record) -> None:
    rotation.find_key(sqlite_record)
    with sqlite_record.read() as connection:
        mark = connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == rotation.FINDING)).scalar()
        assert people.by_phone(connection, "+447700900123").person is None
    assert mark == crypto.keys().marks[0]
    assert mark not in {crypto.keys().hash("mark")[:15], OLD}
