from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from simulator.world import World

FRESH = {"Cache-Control": "no-cache"}
STATIC = Path(__file__).parent / "static"
# Nothing on the page comes from anywhere else, and nothing in a message may run.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "frame-ancestors 'none'",
    **FRESH,
}


class FreshFiles(StaticFiles):
    """Looked at again at each visit, so that a page and its parts are never of two versions."""

    def file_response(self, *arguments: Any, **more: Any) -> Response:
        response = super().file_response(*arguments, **more)
        response.headers.update(FRESH)
        return response


def routes(_: World) -> list[BaseRoute]:
    async def phones(_: Request) -> Response:
        return FileResponse(STATIC / "phones.html", headers=HEADERS)

    async def icon(_: Request) -> Response:
        return Response(status_code=204)

    return [
        Route("/", phones, methods=["GET"]),
        Route("/favicon.ico", icon, methods=["GET"]),
        Mount("/static", FreshFiles(directory=STATIC)),
    ]
