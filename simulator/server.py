import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette


class Server(uvicorn.Server):
    """uvicorn, which lets go of long polls and event streams when it stops, instead of waiting for them.

    Without `signals` it leaves them to the program that it runs in, which calls `stop`.
    """

    def __init__(self, app: Starlette, host: str = "127.0.0.1", port: int = 8081, signals: bool = True) -> None:
        super().__init__(uvicorn.Config(app, host, port, log_level="warning", access_log=False, ws="none"))
        self._app, self._signals = app, signals

    def stop(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.world.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals() if self._signals else contextlib.nullcontext():
            yield
