"""The connections to one provider, by aiohttp: a call costs a third of what it does in the libraries' own transports."""

import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import aiohttp
import httpx
from yarl import URL

from notifications.channel import is_loopback

CONNECT = 5.0  # seconds, for a free place among the connections too
# Below the five seconds after which common servers close an idle connection: one that closes while a message is being
# written to it leaves that message unknown.
KEEP_ALIVE = 4.0
DNS_LASTS = 10  # seconds

NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL)
"""Faults before a byte of the request went out: aiohttp writes only once it is connected, TLS and all."""
NO_TLS = (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError)
CUT_OFF = (aiohttp.ClientError, OSError, TimeoutError)
"""All faults of a network, those of NEVER_SENT among them."""


class Connections:
    """At most so many calls at a time to a provider at this URL; who comes when all are busy waits for a moment."""

    def __init__(self, url: str, at_once: int) -> None:
        self._at_once = at_once
        self._from_environment = not is_loopback(url)  # proxies and certificates
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        data: bytes | aiohttp.FormData | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers; a redirect is an answer like any other. Raises CUT_OFF."""
        if self._session is None:
            self._session = self._open()
        # Of the whole too: an answer that drips would hold its sender's slot, and a message in doubt, for ever.
        call = self._session.request(
            method,
            url,
            data=data,
            params=params,
            headers=headers,
            timeout=_limits(timeout, whole=CONNECT + 2 * timeout),
            allow_redirects=False,
        )
        async with call as answer:
            return answer.status, await answer.read(), answer.headers

    async def read(self, url: str, *, most: int, timeout: float) -> tuple[int, bytes]:
        """Status and body, or of a longer one its first `most` bytes and one. Raises CUT_OFF."""
        if self._session is None:
            self._session = self._open()
        async with self._session.get(url, timeout=_limits(timeout), allow_redirects=False) as answer:
            body = bytearray()
            async for some in answer.content.iter_chunked(1 << 16):
                body += some
                if len(body) > most:
                    break
            return answer.status, bytes(body[: most + 1])

    def _open(self) -> aiohttp.ClientSession:
        """In the loop that will use it: there is none yet when a channel is made."""
        certificates = _certificates(self._from_environment)
        connector = aiohttp.TCPConnector(
            limit=self._at_once, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=DNS_LASTS, ssl=certificates
        )
        return aiohttp.ClientSession(
            connector=connector, trust_env=self._from_environment, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _limits(timeout: float, whole: float | None = None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(whole, connect=CONNECT, sock_connect=CONNECT, sock_read=timeout)


@cache
def _certificates(from_environment: bool) -> ssl.SSLContext:
    """The same for all connections: to read them takes longer than to start the rest of a process's calls."""
    return httpx.create_ssl_context(trust_env=from_environment)


def form(fields: Mapping[str, Any]) -> bytes:
    """The body of a request whose fields are text or numbers; made in a seventh of the time that urllib takes."""
    return URL.build(query=fields).raw_query_string.encode()


def fault_of(error: BaseException | None) -> tuple[bool, str]:
    """For a fault of the network: whether the request can have gone out, and one word for it."""
    if isinstance(error, NEVER_SENT):
        return False, "no_tls" if isinstance(error, NO_TLS) else "no_connection"
    return True, "timeout" if isinstance(error, TimeoutError) else "cut_off"
