"""What a worker's own words to one person may hold. Faults stop them; warnings are shown, and they may go all the same."""

import re

from sqlalchemy import Connection, select

from db import own_text
from db.people import Person
from db.schema import placements
from locales import formats, privacy, sms
from locales.catalog import DEFAULT

LONGEST = 450  # characters: with the council's label, three parts of a text
ONE_PART = 160
STREET = re.compile(
    r"\b\d+[a-z]?\s+(?:[a-z']+\s+){1,3}(?:street|st|road|rd|avenue|ave|drive|lane|crescent|cres|place|terrace|court|way|gardens)\b",
    re.IGNORECASE,
)
POSTCODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b", re.IGNORECASE)
BORN = re.compile(r"\b\d{1,2}[/. -](?:\d{1,2}|[a-z]{3,9})[/. -](?:19\d\d|200\d)\b", re.IGNORECASE)
RELATIVE = re.compile(r"\b(?:today|tomorrow|tonight|yesterday)\b", re.IGNORECASE)
SHOUTED = re.compile(r"\b[A-Z]{5,}\b")


def faults_of(connection: Connection, person: Person, text: str) -> list[str]:
    """Why these words may not go to them, each a sentence that names what stands in the way."""
    if not text.strip():
        return ["there are no words in it; write what they should read"]
    faults = []
    if len(text) > LONGEST:
        faults.append(f"the text has {len(text)} characters; shorten it to {LONGEST}")
    faults += own_text.banned(text, DEFAULT)
    if word := privacy.private_in(text):
        faults.append(f'the text says "{word}", which tells of somebody\'s health or safety; say it when you ring')
    if name := _named(connection, person, text):
        faults.append(f'the text says "{name}", which may be somebody\'s name; only their own first name may stand there')
    if place := _address_in(connection, text):
        faults.append(f'the text says "{place}", which is an address; name the place as they know it')
    if born := BORN.search(text):
        faults.append(f'the text says "{born[0]}", which may be a date of birth; leave it out')
    return faults + own_text.hidden_in(text, own_text.hidden(connection))


def _named(connection: Connection, person: Person, text: str) -> str | None:
    """Somebody else's name, or their own surname, even one that is a common word, where it is written as a name."""
    others = own_text.names(connection) - own_text.parts_of(person.first_name)
    surname = set(own_text.WORD.findall(person.last_name))
    as_written = (word for word in own_text.WORD.findall(text) if word in surname)
    return own_text.named(text, others) or next(as_written, None)


def _address_in(connection: Connection, text: str) -> str | None:
    written = STREET.search(text) or POSTCODE.search(text)
    if written:
        return written[0]
    held = (address for address in connection.execute(select(placements.c.address)).scalars() if address)
    return next((address for address in held if address.casefold() in text.casefold()), None)


def warnings_of(person: Person, text: str) -> list[str]:
    warnings = []
    if person.language != DEFAULT:
        name = formats.of(person.language).name
        warnings.append(f"it goes as written, in English, and they read {name}; a template goes in their language")
    if relative := RELATIVE.search(text):
        warnings.append(f'it says "{relative[0]}", and a message can come late; give the day and the date')
    if odd := sms.not_gsm(text):
        warnings.append(f'it has "{odd}", which makes a text dearer')
    if own_text.NUMBER.search(text):
        warnings.append("it has a phone number; make sure that it is one they may ring")
    if shouted := SHOUTED.search(text):
        warnings.append(f'it shouts "{shouted[0]}"')
    return warnings
