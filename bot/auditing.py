"""Once a day: does the provider's list of yesterday's texts say the same as our record?"""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

from bot.worker import Poller
from db import cursors, deliveries, watch
from db.clock import Clock
from db.record import Record
from notifications.twilio_sms import TwilioSms

LOOK_AGAIN = 600.0  # seconds
SETTLED = timedelta(hours=1)  # after the day's end, by when the list holds all of it
EDGE = timedelta(minutes=10)  # a text near midnight may be of one day here and of the other there


class ListAudit(Poller):
    """The days are UTC's, as Twilio counts them."""

    def __init__(self, record: Record, clock: Clock, holder: str, sms: TwilioSms) -> None:
        super().__init__(record, clock, holder, "audit")
        self._sms = sms

    async def ask(self) -> None:
        day = (self._clock.real() - SETTLED).date() - timedelta(days=1)
        travels = abs(self._clock.now() - self._clock.real()) > timedelta(seconds=1)
        if not travels and not await asyncio.to_thread(self._is_done, day):
            theirs = await self._sms.sent_on(day)
            await asyncio.to_thread(self._compare, day, theirs)
        await asyncio.sleep(LOOK_AGAIN)

    def _is_done(self, day: date) -> bool:
        with self._record.read() as connection:
            return (cursors.move(connection, watch.LIST_CURSOR) or "").startswith(day.isoformat())

    def _compare(self, day: date, theirs: set[str]) -> None:
        """How many texts only one of us knows. Before our first text the number's list is not ours to judge."""
        midnight = datetime.combine(day, time(), UTC)
        with self._record.write() as connection:
            ours = deliveries.sent_between(connection, midnight + EDGE, midnight + timedelta(days=1) - EDGE)
            unknown = theirs - deliveries.is_ours(connection, list(theirs)) if ours else set()
            cursors.move(connection, watch.LIST_CURSOR, f"{day.isoformat()} {len(ours - theirs) + len(unknown)}")
