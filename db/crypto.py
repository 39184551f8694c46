"""Encryption of personal data in the application, and the keyed hashes that look it up.

Names, numbers, addresses and message text are stored under Fernet (AES-128-CBC with HMAC-SHA256); the newest key writes,
all keys read. A number is found again by the keyed hash that stands beside it, since the encrypted form is new each time;
hashes are compared with each other, so the whole record has them under one key: see `db.rotation`.
"""

import base64
import hmac
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, Dialect, Label, Text, type_coerce
from sqlalchemy.types import TypeDecorator

MINIMUM_SECRET = 32  # characters
SHARED = 64  # values kept beside their sealed form, of those that many rows have alike


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"turnup " + purpose).derive(secret.encode())


@lru_cache(maxsize=16)  # one message is looked up by its address several times
def _hashed(key: bytes, value: str) -> str:
    return hmac.digest(key, value.encode(), "sha256").hex()[:40]


class Keys:
    """The keys of one installation, derived from its secrets (newest first)."""

    def __init__(self, secrets: Iterable[str]) -> None:
        texts = list(secrets)
        fernets = [Fernet(base64.urlsafe_b64encode(_derive(text, b"encrypt"))) for text in texts]
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)
        self._hashing = [_derive(text, b"find") for text in texts]
        self._finding = 0
        self.decrypt_shared = lru_cache(SHARED)(self.decrypt)
        self.seal_shared = lru_cache(SHARED)(self._seal)

    @property
    def marks(self) -> list[str]:
        """What names each key without telling it, the newest first."""
        return [_hashed(key, "mark")[:16] for key in self._hashing]

    def find_by(self, mark: str) -> None:
        """Makes the key of that mark the one to hash under. Raises ValueError when it is none of ours."""
        self._finding = self.marks.index(mark)

    def encrypt(self, text: str) -> str:
        return self._newest.encrypt(text.encode()).decode()

    def _seal(self, text: str) -> "Sealed":
        return Sealed(self.encrypt(text))

    def decrypt(self, token: str) -> str:
        """Raises cryptography.fernet.InvalidToken when no key fits."""
        return self._all.decrypt(token.encode()).decode()

    def hashes(self, value: str) -> list[str]:
        """The hash of a value under every key: what to look for."""
        return [_hashed(key, value) for key in self._hashing]

    def by_hash(self, values: Iterable[str]) -> dict[str, str]:
        """Several values, each by every hash that may be stored for it."""
        return {hashed: value for value in values for hashed in self.hashes(value)}

    def hash(self, value: str) -> str:
        """The hash to store: under the one key that all of this record is hashed under, until a rotation is done."""
        return _hashed(self._hashing[self._finding], value)


_active: list[Keys] = []


def use(keys: Keys) -> None:
    """Sets the keys of this process. One process holds one record, so one set of keys."""
    _active[:] = [keys]


def keys() -> Keys:
    if not _active:
        raise RuntimeError("the record was opened without keys")
    return _active[0]


class Sealed(NamedTuple):
    """A secret as it is stored: copied as it is, and opened only by whoever reads it."""

    token: str

    def __repr__(self) -> str:
        return "Sealed()"

    def open(self) -> str:
        return keys().decrypt(self.token)


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def json_text(value: Any) -> str:
    """As SecretJson stores it."""
    return _ENCODER.encode(value)


class Secret(TypeDecorator[str]):
    """Text that only the application can read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | Sealed | None, dialect: Dialect) -> str | None:
        if isinstance(value, Sealed):
            return value.token
        return None if value is None else keys().encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keys().decrypt(value)


class _Unopened(TypeDecorator[Sealed]):
    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _unopened


def _unopened(value: str | None) -> Sealed | None:
    return None if value is None else Sealed(value)


def sealed(column: Column[Any] | Label[Any]) -> Any:
    """A Secret column, or what is made of some and named, to be read as Sealed."""
    return type_coerce(column, _Unopened).label(column.name)


class SecretJson(TypeDecorator[Any]):
    """A JSON value that only the application can read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, Sealed):
            return value.token
        return None if value is None else keys().encrypt(json_text(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        # Notices of one change are sealed together: what a whole squad is told is opened once.
        return None if value is None else json.loads(keys().decrypt_shared(value))
