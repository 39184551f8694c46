"""What a process of the product has to load before it is of use, for the one that the others are forked from."""

import psycopg  # noqa: F401

from bot import demo, doctor, listening, moving, process  # noqa: F401
from db import bank_holidays, migrate  # noqa: F401
from locales import words
from locales.catalog import Catalogs

words.every()
Catalogs.load()
