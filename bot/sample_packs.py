"""Home packs under way in the sample council, of which its files cannot tell: one out, one asked for, one waited for."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import notices, pack_desk, packs
from db import people as who
from db.change import Change
from db.council import Council
from db.permissions import Actor
from db.schema import notices as notice_rows

OUT_SINCE = timedelta(days=6)
ASKED = (("P02", "HP01", OUT_SINCE), ("P04", "HP02", timedelta(hours=3)), ("P08", "HP03", timedelta(days=2)))
COLLECTED = "P02"


def begin(connection: Connection, council: Council, *, now: datetime) -> None:
    """What they asked for, when; the first has it. Nobody is told of it now, since it was all said at the time."""
    for ref, pack, ago in ASKED:
        person = who.person_by_ref(connection, ref)
        offer = next((one for one in packs.offered(connection, person) if one.ref == pack), None) if person else None
        order_id = packs.order_for(connection, person, offer) if person and offer else None
        if person and offer and order_id:
            change = Change(connection, council, now - ago, Actor(ref))
            packs.ask(change, person, offer, order_id, channel=person.channel)
    staff = Change(connection, council, now - OUT_SINCE, Actor("S02"), "talked it through")
    pack_desk.approve(staff, COLLECTED, pack_desk.CHECKS)
    pack_desk.collected(staff, COLLECTED)
    notices.withdraw(connection, notice_rows.c.purpose == "pack", status="cancelled", why="said_before", now=now)
