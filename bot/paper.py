"""`turnup statement ORDER FILE`: the hours of one order on paper, for who cannot get the document on Telegram."""

from pathlib import Path

from bot import commands
from bot.commands import CommandError
from bot.settings import Settings
from db import access, found, hours, people, permissions
from db.change import ChangeError
from db.permissions import Refused
from db.record import Record
from handlers import statement
from locales.catalog import Catalogs
from notifications import hours_paper
from notifications.attachments import Source


def write(settings: Settings, record: Record, ref: str, file: Path, *, as_: str | None) -> str:
    """Writes the PDF, in the person's language where its fonts have that. Raises CommandError."""
    now = commands.clock(settings, record).now()
    with record.write() as connection:
        actor = commands.acting(connection, as_)
        try:
            order = found.order(connection, ref)
            person = people.person(connection, order.person_id)
            permissions.require(actor, "person.read", person.team)
        except ChangeError as error:
            raise CommandError(str(error)) from None
        except Refused as refused:
            raise CommandError(commands.refusal(actor, refused)) from None
        access.log(connection, actor.name, "statement.printed", now=now, person_id=person.id, reason=ref)
        [(balance, entries)] = hours.accounts(connection, [order.id]).values()

    def label(key: str, locale: str = person.language, **fields: str) -> str:
        return Catalogs.load().text(key, locale=locale, channel="sms", mode="standard", fields=fields)

    fields = statement.fields(person.first_name, balance, entries)
    source = Source(fields, settings.council(), person.language, "standard", label, now)
    try:
        file.write_bytes(hours_paper.make(source))
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}; name another file") from None
    return f"{file}: the hours of {ref}, to send by post or hand over"
