"""A council at work: the product as real processes, both providers simulated, and its clock in our hands."""

import json
import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess, Popen
from typing import Any

import httpx
from sqlalchemy import select

from bot import commands, settings
from db.record import Record
from db.schema import alert_steps, alerts, deliveries, heartbeats, leases, notices, people, staff
from simulator.app import Config
from tests import databases, forked
from tests.e2e.councils import Person
from tests.simulator.running import RunningSimulator, wait_until

TOKEN = "700700:token-of-a-bot-that-is-not-real"
WEBHOOK_SECRET = "webhook-secret-of-the-town"
AUTH_TOKEN = "auth-token-of-the-town"
ACCOUNT = "AC" + "7" * 32
NUMBER = "+447700900999"
SECRETS = (TOKEN, TOKEN.partition(":")[2], WEBHOOK_SECRET, AUTH_TOKEN, databases.SECRET)

PATIENCE = 40.0  # seconds; a loaded machine is slow, and a test that waits in vain has failed already

Process = forked.Forked | Popen[bytes]
Samples = dict[tuple[str, ...], float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Town:
    """`council` is a folder with the CSV files and `council.toml`. Use it with `with`; it starts without processes."""

    def __init__(
        self,
        folder: Path,
        council: Path,
        *,
        kind: str = "sqlite",
        webhooks: bool = True,
        simulator: Mapping[str, Any] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.council = council
        self.kind = kind
        self.webhooks = webhooks
        self.database_url = databases.fresh(kind, folder)
        self.log = folder / "product.log"
        self.log.touch()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {"delivery_delay": 0.0, **(simulator or {})}
        inbound = f"{self.url}/twilio/inbound" if webhooks else None
        self.phones = RunningSimulator(
            Config(
                twilio_account_sid=ACCOUNT,
                twilio_auth_token=AUTH_TOKEN,
                twilio_number=NUMBER,
                sms_webhook_url=inbound,
                telegram_token=TOKEN,
                **given,
            )
        )
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self.processes: dict[str, Process] = {}
        self.sent = Counter[str]()  # what came in by each door
        self.private: set[str] = set(SECRETS)  # what no log line, error page or metric may hold
        self.shown: list[str] = []  # bodies that the web app answered with
        self._record: Record | None = None
        self._settings = dict(settings or {})

    def __enter__(self) -> "Town":
        self.phones.start()
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.phones.stop()
        self.http.close()
        if self._record is not None:
            self._record.close()
        databases.drop(self.database_url)
        if failed is None:
            self.assert_discreet()

    # The product

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "TURNUP_ENV": "demo",
            "TURNUP_DATABASE_URL": self.database_url,
            "DATABASE_URL": "",
            "TURNUP_COUNCIL": str(self.council / "council.toml"),
            "TURNUP_SECRET_KEY": databases.SECRET,
            "TURNUP_HOST": "127.0.0.1",
            "TURNUP_PORT": str(self.port),
            "TURNUP_PUBLIC_URL": self.url if self.webhooks else "",
            "TURNUP_TELEGRAM_TOKEN": TOKEN,
            "TURNUP_TELEGRAM_API_URL": self.phones.url,
            "TURNUP_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET if self.webhooks else "",
            "TURNUP_TWILIO_ACCOUNT_SID": ACCOUNT,
            "TURNUP_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TURNUP_TWILIO_FROM": NUMBER,
            "TURNUP_TWILIO_MESSAGING_SERVICE_SID": "",
            "TURNUP_TWILIO_API_URL": self.phones.url,
            **self._settings,
        }

    @property
    def parts(self) -> tuple[str, ...]:
        return ("serve",) if self.kind == "sqlite" else ("web", "worker", "clock")

    def run(self, *arguments: str, **settings: str) -> CompletedProcess[str]:
        """One command, to its end."""
        return forked.run(arguments, env={**self.env, **settings})

    def must(self, *arguments: str) -> list[str]:
        """The lines that a command prints, which has to succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def ask(self, *commands: str) -> list[str]:
        """The lines of several commands, in one process."""
        done = forked.run(*(line.split() for line in commands), env=self.env)
        assert not done.stderr, done.stderr
        return done.stdout.splitlines()

    def spawn(self, name: str, part: str = "", **settings: str) -> None:
        """A process of the product; of several of one part each has a name of its own."""
        self.processes[name] = forked.Forked([part or name], env={**self.env, **settings}, out=self.log)

    def start(self) -> None:
        """Returns when the web app is ready and every process is at work: one that has not opened the record yet ends
        when the record goes away, instead of waiting for it."""
        for name in self.parts:
            self.spawn(name)
        self.wait_for(self.is_ready, "the product did not start")
        self.wait_for(self._all_beat, "not every process is at work")

    def _all_beat(self) -> bool:
        with self.record.read() as connection:
            holders = list(connection.execute(select(heartbeats.c.holder)).scalars())
        beating = {holder.split(":")[1] for holder in holders}
        return all(str(process.pid) in beating for process in self.processes.values())

    def is_ready(self) -> bool:
        for name, process in self.processes.items():
            assert process.poll() is None, f"{name} ended"
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing given back."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.processes.clear()

    def stop(self) -> dict[str, tuple[int, float]]:
        """SIGTERM; of each process its exit code, and how many seconds it took."""
        began = time.monotonic()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        ended = {name: (process.wait(30), time.monotonic() - began) for name, process in self.processes.items()}
        self.processes.clear()
        return ended

    def bring_in(self, at: str) -> None:
        """The council's files, imported at that time."""
        self.must("clock-set", at)
        self.must("import", str(self.council))

    # The web app

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self._keep(self.http.get(path, **kwargs))

    def post(self, path: str, **kwargs: Any) -> httpx.Response:
        return self._keep(self.http.post(path, **kwargs))

    def _keep(self, response: httpx.Response) -> httpx.Response:
        self.shown.append(response.text)
        return response

    def metrics(self) -> dict[str, Samples]:
        """`{name: {label values: value}}`"""
        found: dict[str, Samples] = {}
        for line in self.get("/metrics").text.splitlines():
            if match := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
                labels = tuple(re.findall(r'"([^"]*)"', match[2] or ""))
                found.setdefault(match[1], {})[labels] = float(match[3])
        return found

    def counts(self, name: str) -> dict[str, int]:
        """What of a metric is not zero, as `{"sms delivered": 3}`."""
        return {" ".join(labels): int(value) for labels, value in self.metrics()[name].items() if value}

    # The clock

    def clock(self, at: datetime | str) -> None:
        text = at if isinstance(at, str) else at.isoformat()
        assert self.post("/demo/clock", json={"now": text}).status_code == 200

    # People

    def text(self, number: str, body: str, *, picture: bool = False) -> None:
        self.private.add(body)
        self.sent["twilio"] += 1
        self.phones.sms(number, body, ["picture"] if picture else None)

    def answers(self, number: str, *said: str) -> list[str]:
        """What comes by text to each of these in turn, in one row."""
        before = len(self.thread(number))
        for text in said:
            self.text(number, text)
            self.quiet()
        return self.thread(number)[before:]

    def say(self, chat_id: int, text: str, **kind: bool) -> None:
        self.private.add(text)
        self.sent["telegram"] += 1
        self.phones.say(chat_id, text, **kind)

    def press(self, chat_id: int, label: str, row: str = "") -> None:
        """The button of that name under the newest message that has one; where given, in the row that begins so."""
        for message in reversed(self._standing(chat_id)):
            rows = [buttons for buttons in message["buttons"] if buttons[0]["text"].startswith(row)]
            for button in (button for buttons in rows for button in buttons):
                if button["text"] == label:
                    self.sent["telegram"] += 1
                    self.phones.press(chat_id, message["message_id"], button["callback_data"])
                    return
        raise AssertionError(f"no button {label!r} in {self.chat(chat_id)}")

    def link(self, *people: Person) -> None:
        """Their Telegram chats, each by a code of their own."""
        lines = self.ask(*(f"invite {one.ref} --quiet" for one in people))
        codes = [line.removeprefix("code ") for line in lines if line.startswith("code ")]
        for one, code in zip(people, codes, strict=True):
            self.say(one.chat, f"/start {code}")
        self.quiet()

    def thread(self, number: str) -> list[str]:
        """What we texted to a number, oldest first."""
        texts = self.phones.thread(number)
        return [text["body"] for text in texts if text["direction"] == "outbound" and not text["automatic"]]

    def chat(self, chat_id: int) -> list[str]:
        """What stands in a chat from us, oldest first, an edited message as it reads now."""
        return [message["text"] for message in self._standing(chat_id)]

    def buttons(self, chat_id: int) -> list[list[list[str]]]:
        """Of the same messages, the labels of their buttons in rows."""
        return [[[button["text"] for button in row] for row in message["buttons"]] for message in self._standing(chat_id)]

    def _standing(self, chat_id: int) -> list[dict[str, Any]]:
        messages = self.phones.chat(chat_id)["messages"]
        return [one for one in messages if one["direction"] == "outbound" and not one["deleted"]]

    # Waiting

    def wait_for(self, true: Callable[[], Any], said: str, seconds: float = PATIENCE) -> Any:
        try:
            return wait_until(true, seconds)
        except AssertionError as error:
            seen = f"{self.counts_or_nothing()}; log: {self.log.read_text()[-3000:]}"
            raise AssertionError(f"{said}: {error}; {seen}") from None

    def counts_or_nothing(self) -> str:
        try:
            return f"{self.counts('turnup_deliveries')} {self.counts('turnup_inbound')} of {dict(self.sent)}"
        except (httpx.TransportError, KeyError):
            return "no metrics"

    def quiet(self, seconds: float = PATIENCE) -> None:
        """Waits until all that came in is handled, and all that is due has gone."""
        looks = [0]

        def still() -> bool:
            looks[0] = looks[0] + 1 if self._is_quiet() else 0
            return looks[0] == 2

        self.wait_for(still, "it does not get quiet", seconds)

    def _is_quiet(self) -> bool:
        found = self.metrics()
        inbound = found["turnup_inbound"]
        for door, sent in self.sent.items():
            if inbound[door, "handled"] + inbound[door, "failed"] < sent:
                return False
        open_ones = ("sending", "unknown", "accepted", "sent") if self.webhooks else ("sending", "unknown")
        waits = any(found["turnup_deliveries"][channel, state] for channel in ("sms", "telegram") for state in open_ones)
        return not waits and found["turnup_queue_oldest_seconds"][()] == 0

    def settled(self) -> None:
        """As `quiet`, and what became of every text is known, which takes a while where it has to be asked."""
        self.quiet()
        states = ("accepted", "sent")
        self.wait_for(
            lambda: not any(self.metrics()["turnup_deliveries"]["sms", state] for state in states), "texts are still open"
        )

    # The record

    def holders(self) -> dict[str, int]:
        """The process that holds each lease."""
        with self.record.read() as connection:
            rows = connection.execute(select(leases.c.name, leases.c.holder)).all()
        return {row.name: int(row.holder.split(":")[1]) for row in rows}

    @property
    def on_call(self) -> str:
        """The number of whoever is told of trouble."""
        with self.record.read() as connection:
            found: str = connection.execute(select(staff.c.phone).where(staff.c.ref == "S2")).scalar_one()
        return found

    @property
    def record(self) -> Record:
        if self._record is None:
            self._record = Record(self.database_url, databases.KEYS, pooled=False)
        return self._record

    def person(self, *refs: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ask(*(f"person {ref} --json" for ref in refs))]

    def balances(self, *refs: str) -> list[dict[str, Any]]:
        """Of each person the order as `turnup person` shows it, without the time that a process takes to start."""
        found = settings.of(self.env)
        return [commands.person(found, self.record, ref)["orders"][0] for ref in refs]

    def tasks(self) -> list[dict[str, Any]]:
        return list(json.loads(self.must("tasks", "--json")[0]))

    def alerts(self) -> list[tuple[str, str, str | None, list[tuple[str, str | None]]]]:
        """Each alert's class, state and outcome, with its steps: what happened, and which of the staff it concerned."""
        steps = (
            select(alert_steps.c.alert_id, alert_steps.c.what, staff.c.ref)
            .outerjoin(staff, staff.c.id == alert_steps.c.staff_id)
            .order_by(alert_steps.c.id)
        )
        found = select(alerts.c.id, alerts.c["class"], alerts.c.state, alerts.c.outcome).order_by(alerts.c.id)
        with self.record.read() as connection:
            taken = connection.execute(steps).all()
            return [
                (klass, state, outcome, [(what, ref) for of, what, ref in taken if of == alert_id])
                for alert_id, klass, state, outcome in connection.execute(found)
            ]

    def deliveries(self, ref: str) -> list[tuple[str, str]]:
        """Of all that was to be told to a person, channel and state, oldest first."""
        query = (
            select(deliveries.c.channel, deliveries.c.status)
            .join(notices, notices.c.id == deliveries.c.notice_id)
            .join(people, people.c.id == notices.c.person_id)
            .where(people.c.ref == ref)
            .order_by(deliveries.c.id)
        )
        with self.record.read() as connection:
            return [(row.channel, row.status) for row in connection.execute(query)]

    def two_minutes_go_by(self) -> None:
        """For the texts whose fate is unknown: the provider's list is asked about them after minutes of real time."""
        waits = (deliveries.c.status == "unknown") & (deliveries.c.check_at > deliveries.c.sending_at)
        with self.record.read() as connection:
            if connection.execute(select(deliveries.c.id).where(waits).limit(1)).first() is None:
                return
        with self.record.write() as connection:
            connection.execute(deliveries.update().where(waits).values(check_at=deliveries.c.sending_at))

    # What nobody may see

    def keep_private(self, words: Iterable[str]) -> None:
        self.private.update(words)

    def assert_discreet(self) -> None:
        """No secret, number, name or message in any log line, or in anything the web app ever answered."""
        seen = self.log.read_text() + "\n".join(self.shown)
        for word in self.private:
            if len(word) > 3:
                assert word not in seen, f"{word!r} was shown: {_line_with(word, seen)}"


def _line_with(word: str, text: str) -> str:
    return next((line for line in text.splitlines() if word in line), "")
