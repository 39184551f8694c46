from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from simulator import control, page, telegram, twilio
from simulator.config import Config
from simulator.world import World

__all__ = ["Config", "create_app"]

MOST_CONNECTIONS = 100


def create_app(config: Config | None = None) -> Starlette:
    """One simulator, as an ASGI app. Its `state.world` has `close()`, for servers that want to stop at once."""
    world = World(config or Config())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as client:
            world.client = client
            world.begin()
            yield
            await world.end()

    routes = telegram.routes(world) + twilio.routes(world) + control.routes(world) + page.routes(world)
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={ClientDisconnect: _gone})
    app.state.world = world
    return app


async def _gone(_: Request, __: Exception) -> Response:
    """A client that died while it was asking hears nothing any more."""
    return Response(status_code=400)
