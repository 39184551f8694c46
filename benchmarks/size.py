"""How many bytes a message takes in the database: `python -m benchmarks.size`. docs/scale.md rests on it."""

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from db import crypto, deliveries, inbound, migrate, notices, schema
from db.council import Council
from db.deliveries import Receipt
from db.inbound import Raw
from db.notices import Notice
from db.record import Record
from tests import databases

MANY = 5000
NOW = datetime(2026, 6, 10, 16, 0, tzinfo=UTC)
BODY = (
    "Linnbrae: next session Thursday 11 June, 9:30am, Bike workshop. Reply 1 coming, 2 can't come."
    " Can't come? Tell us before it starts."
)


def text_out(connection: Connection, council: Council, n: int) -> None:
    """A reminder, sent, with the two receipts that follow it."""
    notice = Notice(
        key=f"reminder:{n}:p1:v1:1d", purpose="reminder", string="reminder.day_before", lane=3,
        expires_at=NOW + timedelta(hours=15), fields={"day": NOW.isoformat(), "place": "Bike workshop"}, person_id=1,
    )  # fmt: skip
    id_ = notices.write(connection, council, notice, now=NOW)
    sent = {
        "status": "accepted", "body": BODY, "locale": "en_GB", "parts": 1, "fence": 1, "sending_at": NOW, "started_at": NOW,
        "provider": "twilio", "reference": f"SM{n:032x}", "accepted_at": NOW,
    }  # fmt: skip
    mine = schema.deliveries.c.notice_id == id_
    token = connection.execute(
        schema.deliveries.update().where(mine).values(**sent).returning(schema.deliveries.c.token)
    ).scalar_one()
    for state in ("sent", "delivered"):
        deliveries.receive(connection, council, Receipt("twilio", f"SM{n:032x}", token, state, ""), now=NOW, real=NOW)


def text_in(connection: Connection, council: Council, n: int) -> None:
    """What somebody texted, as the provider's form."""
    form = {"MessageSid": f"SM{n:032x}", "From": "+447700900101", "To": "+447700900999", "Body": "1", "NumMedia": "0",
            "AccountSid": "AC" + "0" * 32, "SmsStatus": "received", "FromCountry": "GB", "ToCountry": "GB",
            "NumSegments": "1", "ApiVersion": "2010-04-01", "FromCity": "", "FromState": "", "FromZip": ""}  # fmt: skip
    inbound.store(connection, [Raw("twilio", form["MessageSid"], form["From"], json.dumps(form))], now=NOW)


KINDS: dict[str, Callable[[Connection, Council, int], None]] = {"a text out": text_out, "a text in": text_in}


def measure(url: str, kind: Callable[[Connection, Council, int], None]) -> float:
    record = Record(url, databases.KEYS)
    migrate.upgrade(record)
    council = Council.read({"council": {"label": "Linnbrae", "phone": "01632 960480"}})
    with record.write() as connection:
        connection.execute(schema.people.insert().values(**_person()))
        before = _size(connection)
    for some in range(0, MANY, 500):
        with record.write() as connection:
            for n in range(some, some + 500):
                kind(connection, council, n)
    with record.read() as connection:
        grown = _size(connection) - before
    record.close()
    return grown / MANY


def _person() -> dict[str, object]:
    phone = "+447700900101"
    return {
        "id": 1, "ref": "P1", "first_name": "Craig", "last_name": "Haddow", "phone": phone,
        "phone_hash": crypto.keys().hash(phone), "language": "en_GB", "channel": "sms", "mode": "standard",
        "phone_is_own": True, "voicemail_ok": False, "stop_level": "none", "restricted": False, "women_only": False,
        "team": "north", "created_at": NOW,
    }  # fmt: skip


def _size(connection: Connection) -> int:
    """Bytes of the tables and their indexes."""
    if connection.dialect.name == "sqlite":
        pages: int = connection.execute(text("PRAGMA page_count")).scalar_one()
        return pages * int(connection.execute(text("PRAGMA page_size")).scalar_one())
    of_all = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname = ANY(:names)"
    return int(connection.execute(text(of_all), {"names": list(schema.metadata.tables)}).scalar_one())


def main() -> None:
    for database in databases.KINDS:
        for name, kind in KINDS.items():
            with tempfile.TemporaryDirectory() as folder:
                url = databases.empty(database, Path(folder))
                print(f"{name} on {database}: {measure(url, kind):,.0f} bytes")  # noqa: T201
                databases.drop(url)


if __name__ == "__main__":
    main()
