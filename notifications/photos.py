"""Fetches photos of finished work from Telegram: with no transaction open, again where it fails, and made plain."""

import asyncio
import logging
from datetime import datetime
from functools import partial

from db import faults, pack_photos
from db.council import Council
from db.pack_photos import Wanted
from db.record import Record
from notifications import pictures
from notifications.channel import ProviderRefused, ProviderUnreachable
from notifications.telegram import TelegramBot

AT_ONCE = 4

log = logging.getLogger("turnup.photos")


async def fetch(record: Record, council: Council, bot: TelegramBot, *, now: datetime) -> int:
    """Those that are due, each settled in a transaction of its own; how many."""
    due = await asyncio.to_thread(_due, record, now)
    for photo in due:
        await _fetch(record, council, bot, photo, now)
    return len(due)


def _due(record: Record, now: datetime) -> list[Wanted]:
    with record.read() as connection:
        return pack_photos.wanted(connection, now=now, limit=AT_ONCE)


async def _fetch(record: Record, council: Council, bot: TelegramBot, photo: Wanted, now: datetime) -> None:
    settle = partial(pack_photos.again, council=council, photo=photo, now=now)
    try:
        content = await bot.download(photo.file)
        image = await asyncio.to_thread(pictures.plain_jpeg, content)
        settle = partial(pack_photos.keep, photo=photo, image=image)
    except (ProviderRefused, pictures.NotAPicture) as error:
        log.warning("photo %d cannot be opened: %s", photo.id, error)
        settle = partial(pack_photos.give_up, council=council, photo=photo, now=now)
    except ProviderUnreachable as error:
        log.warning("photo %d is asked for again: %s", photo.id, error)
    except Exception as error:
        log.error("photo %d: %s", photo.id, faults.where(error))
    await asyncio.to_thread(_settle, record, settle)


def _settle(record: Record, settle: "partial[None]") -> None:
    with record.write() as connection:
        settle(connection)
