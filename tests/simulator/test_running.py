import signal
import socket
import subprocess
import sys

import httpx

from tests.simulator.running import wait_until


def test_it_runs_by_itself_and_stops_when_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "simulator", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).is_success
            except httpx.ConnectError:
                return False

        wait_until(answers)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read() == ""
