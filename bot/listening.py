"""Hearing from the other processes, over PostgreSQL, that there is something to do; see `db.waking`."""

import asyncio
import logging
from collections.abc import Callable, Mapping

import psycopg
from psycopg import sql

from db import faults
from db.record import NETWORK, SESSION, Record

AGAIN = 5.0  # seconds until a lost connection is made anew

log = logging.getLogger("turnup.listening")


async def listen(record: Record, wakers: Mapping[str, Callable[[], None]]) -> None:
    """Calls the waker of each name that is notified, until cancelled."""
    _, given = record.engine.dialect.create_connect_args(record.engine.url)
    while True:
        try:
            await _hear({**given, **NETWORK}, wakers)
        except psycopg.Error as error:
            log.warning("not heard until connected again: %s", faults.where(error))
            await asyncio.sleep(AGAIN)


async def _hear(given: Mapping[str, object], wakers: Mapping[str, Callable[[], None]]) -> None:
    connection = await psycopg.AsyncConnection.connect(**given, autocommit=True)  # type: ignore[arg-type]
    async with connection:
        await connection.execute(SESSION)
        for name in wakers:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(name)))
        for wake in wakers.values():
            wake()  # for what was said before we listened
        async for said in connection.notifies():
            wakers[said.channel]()
