"""One day of a council: everybody is reminded, each answers in a way of their own, and what stands at the end of it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.councils import Council, Person
from tests.e2e.town import Town

STRANGER = "+447700900950"


class Day:
    """`before_each` runs before every step, when all is quiet."""

    def __init__(self, town: Town, council: Council, before_each: Callable[[], None] = lambda: None) -> None:
        self.town, self.council, self.people = town, council, council.people
        self._before_each = before_each
        town.keep_private(council.words() | {STRANGER})

    def live(self) -> None:
        self.town.bring_in(self.council.imported_at.isoformat())
        self.town.start()
        for step in (
            self.link,
            self.nothing_before_the_hour,
            self.reminders,
            self.answers,
            self.letter_and_acknowledgement,
            self.safe_window,
            self.late_in_the_morning,
            self.how_late,
        ):
            self.town.quiet()
            self._before_each()
            step()
        self.town.settled()

    def link(self) -> None:
        for one in (self.people["telegram"], self.council.supervisor):
            code, link, _ = self.town.must("invite", one.ref)
            assert link.endswith(f"?start={code.removeprefix('code ')}")
            self.town.say(one.chat, f"/start {code.removeprefix('code ')}")
        self.town.quiet()

    def nothing_before_the_hour(self) -> None:
        self.town.clock(self.council.on_eve(self.council.reminders_at) - timedelta(seconds=90))
        self.town.must("tick")
        self.town.quiet()
        assert self.thread("one") == []

    def reminders(self) -> None:
        self.town.clock(self.council.on_eve(self.council.reminders_at))
        told = [role for role in self.people if role not in ("telegram", "window", "shared", "sharer")]
        self.town.wait_for(lambda: all(self.thread(role) for role in told), "somebody is not reminded")
        self.town.wait_for(lambda: len(self.chat(self.people["telegram"])) == 2, "nobody is reminded on Telegram")
        assert self.thread("window") == []

    def answers(self) -> None:
        said = {
            "one": "1", "aye": "aye", "cant": "cannae make it ma wean's no well", "hours": "4", "stop": "STOP", "woman": "1",
            "shared": "5", "crisis": "I want to kill masel",
        }  # fmt: skip
        for role, text in said.items():
            self.text(role, text)
        self.town.text(STRANGER, "hello is this the place")
        self.town.press(self.people["telegram"].chat, "I'm coming")
        self.town.say(self.people["telegram"].chat, "My hours")
        self.town.quiet()

    def letter_and_acknowledgement(self) -> None:
        number = self.town.thread(self.council.on_call.phone)[0].split()[1].rstrip(",")
        self.town.text(self.council.on_call.phone, f"ACK {number}")
        self.text("cant", "C")
        self.town.quiet()
        self.town.text(self.council.on_call.phone, f"DONE {number} A")
        self.town.quiet()

    def safe_window(self) -> None:
        self.town.clock(self.council.on_eve(self.council.window[0]))
        self.town.wait_for(lambda: self.thread("window"), "nobody is reminded in their safe window")

    def late_in_the_morning(self) -> None:
        self.town.clock(self.council.starts_at - timedelta(minutes=40))
        self.text("late", "3")
        self.town.quiet()

    def how_late(self) -> None:
        self.text("late", "B")
        self.town.quiet()

    def text(self, role: str, body: str) -> None:
        self.town.text(self.people[role].phone, body)

    def thread(self, role: str) -> list[str]:
        return self.town.thread(self.people[role].phone)

    def chat(self, one: Person) -> list[str]:
        return self.town.chat(one.chat)

    # The end

    def state(self) -> dict[str, Any]:
        council, people = self.council, self.people
        return {
            **{f"texts to {role}": self.thread(role) for role in people},
            "chat": self.chat(people["telegram"]),
            "supervisor": [self.town.thread(council.supervisor.phone), self.chat(council.supervisor)],
            "on call": self.town.thread(council.on_call.phone),
            "stranger": self.town.thread(STRANGER),
            "people": dict(
                zip(people, map(_without_times, self.town.person(*(p.ref for p in people.values()))), strict=True)
            ),
            "tasks": sorted((t["kind"], t["class"] or "", t["person"] or "", t["status"]) for t in self.town.tasks()),
            "deliveries": self.town.counts("turnup_deliveries"),
            "inbound": self.town.counts("turnup_inbound"),
            "rejected": self.town.counts("turnup_webhook_rejected_total"),
        }

    def expected(self) -> dict[str, Any]:
        told, chat = self._told(), self._chat()
        supervisor, on_call = self._supervisor(), self._on_call()
        texts = sum(len(bodies) for role, bodies in told.items() if role != "sharer") + len(on_call) + 1
        refs = {role: one.ref for role, one in self.people.items()}
        deliveries = {"sms delivered": texts, "telegram delivered": len(chat) + 1 + len(supervisor), "sms cancelled": 2}
        return {
            **{f"texts to {role}": bodies for role, bodies in told.items()},
            "chat": chat,
            "supervisor": [[], supervisor],
            "on call": on_call,
            "stranger": [
                f"Sorry, we don't know this number. If we should, please call {self.council.phone}. Emergency: 999."
            ],
            "people": {role: self._person(role) for role in self.people},
            "tasks": sorted(
                [
                    ("absence", "", refs["cant"], "open"),
                    ("crisis", "life_risk", refs["crisis"], "done"),
                    ("not_reached", "shared", refs["shared"], "open"),
                    ("not_reached", "shared", refs["sharer"], "open"),
                    ("shared_number", "", refs["sharer"], "open"),
                    ("stopped", "all" if self.council.stop == "provider" else "reminders", refs["stop"], "open"),
                    ("unknown_number", "", "", "open"),
                ]
            ),
            "deliveries": deliveries,
            "inbound": {"twilio handled": 14, "telegram handled": 4},
            "rejected": {},
        }

    def _told(self) -> dict[str, list[str]]:
        council = self.council
        when, place = f"{day(council.starts_at)}, {clock_time(council.starts_at.time())}", council.place
        told_us = "Reply 1 coming, 2 can't come. Can't come? Tell us before it starts."
        reminder = f"{council.label}: next session {when}, {place}. {told_us}"
        thanks = f"Thanks. You're down for {when}, {place}. If that changes, reply 2 or call {council.phone}."
        unknown = f"Sorry, we don't know this number. If we should, please call {council.phone}. Emergency: 999."
        stopped = (
            "Reminders stopped. Your sessions still go ahead. We'll still text if one is off or moved. To stop that too "
            "text STOP ALL. To restart text START."
        )
        first = self.people["telegram"].first
        return {
            "one": [reminder, thanks],
            "aye": [reminder, thanks],
            "cant": [
                reminder,
                "Thanks for telling us. What's the main reason? A ill, B work, C caring, D appointment, E travel, F other. "
                "You don't have to give details.",
                "Noted. A worker will decide if your reason is accepted and tell you why. To explain or show proof, reply 7 "
                f"for a call by {day(working_day(council.eve, 2))}.",
            ],
            "late": [
                reminder,
                "OK. How late? A up to 15 min, B 15 to 30 min, C more than 30 min. We're telling the supervisor now.",
                f"Supervisor told: 15 to 30 min late. Come to {place}. If no one is there, call {council.phone}.",
            ],
            "silent": [reminder],
            "hours": [reminder, f"{self._hours()} Think it's wrong? Reply 7.".replace("\n", ". ")],
            "telegram": [
                f"Hi {first}, it's {council.label}. We'll text about your sessions. Save this number. Reply 0 for the menu, "
                "7 to talk to someone. Not for emergencies: call 999."
            ],
            "crisis": [reminder, self._crisis()],
            "stop": [reminder, *([] if council.stop == "provider" else [stopped])],
            "woman": [f"Reminder: {when}. Reply 1 if OK, 2 if not.", f"Thanks. {when} noted."],
            "window": [reminder],
            "shared": [unknown],
            "sharer": [unknown],
        }

    def _hours(self) -> str:
        council = self.council
        left = council.hours * 60 - council.worked
        return (
            f"Hours done: {hours(council.worked)} of {council.hours}\nHours left: {hours(left)}\n"
            f"Finish by {self._date(council.complete_by)}. Counted up to {self._date(council.last_worked)}."
        )

    def _date(self, of: date) -> str:
        year = f" {of.year}" if of.year != self.council.eve.year else ""
        return f"{of.day} {of:%B}{year}"

    def _crisis(self) -> str:
        _, times = self.council.staffed.split()
        opens, closes = (time.fromisoformat(text) for text in times.split("-"))
        helplines = "Samaritans 116 123, free, day or night. NHS 24: 111. Or text SHOUT to 85258."
        if self.council.eve.weekday() < 5 and self.council.reminders_at < closes:
            return (
                f"Thank you for telling us. This number isn't watched all the time. If your life is in danger call 999. "
                f"{helplines} We've alerted a worker, who will contact you by {clock_time(closes)}, {day(self.council.eve)}."
            )
        when = f"{clock_time(opens)}, {day(working_day(self.council.eve, 1))}"
        return (
            f"Thank you for telling us. No one here can read this until {when}. If your life is in danger call 999 now. "
            f"{helplines} A worker will contact you."
        )

    def _chat(self) -> list[str]:
        council = self.council
        when = f"{day(council.starts_at)}, {clock_time(council.starts_at.time())}"
        return [
            "Thanks. This chat is set up. We'll message you here about your sessions. Tap a button below any time. "
            "Not for emergencies: call 999.",
            # The reminder, in whose place the answer to its button stands.
            f"Thanks. You're down for {when}, {council.place}. If that changes, tap Change my answer or call "
            f"{council.phone}.",
            f"{self._hours()} Think it's wrong? Tap Talk to someone.",
        ]

    def _supervisor(self) -> list[str]:
        council, late = self.council, self.people["late"]
        initials = f"{late.first[0]}{late.last[0]}"
        about = f"{council.place} {day(council.starts_at)} {clock_time(council.starts_at.time())}: {initials} says"
        return [
            "Thanks. This chat is set up. Alerts and late notices come here.",
            f"{about} they will be late.",
            f"{about} 15 to 30 min late.",
        ]

    def _on_call(self) -> list[str]:
        phone = self.council.phone
        return [
            f"Alert 1, urgent. Reply ACK 1, then open the Sessions bot or call {phone}. Not you? PASS 1.",
            f"Alert 1 is yours. Open the Sessions bot or call {phone}. When settled reply DONE 1 and A spoke, B called 999,"
            " C welfare check, D no risk.",
            "Alert 1 is settled. Thanks.",
        ]

    def _person(self, role: str) -> dict[str, Any]:
        council, one = self.council, self.people[role]
        answers = {"one": "coming", "aye": "coming", "telegram": "coming", "woman": "coming", "cant": "cant", "late": "late"}
        session = "WOMEN-MAIN" if role == "woman" else "MAIN"
        reports = {
            "cant": [{"session": "MAIN", "kind": "cant", "reason": "caring", "band": None}],
            "late": [{"session": "MAIN", "kind": "late", "reason": None, "band": "b"}],
        }
        stop = {"provider": "all", "ours": "reminders"}[council.stop] if role == "stop" else ""
        return {
            "ref": one.ref,
            "channel": "telegram" if role == "telegram" else "sms",
            "mode": "discreet" if role == "woman" else "standard",
            "language": "en_GB",
            "stop": stop,
            "linked": role == "telegram",
            "orders": [
                {
                    "ref": f"O-{one.ref}",
                    "imposed": council.hours * 60,
                    "credited": council.worked,
                    "left": council.hours * 60 - council.worked,
                    "other_left": 0,
                    "complete_by": council.complete_by.isoformat(),
                }
            ],
            "next": {"session": session, "starts_at": council.starts_at.isoformat(), "answer": answers.get(role)},
            "reports": reports.get(role, []),
        }


def live(folder: Path, council: Council, *, kind: str, webhooks: bool, killed: bool = False) -> None:
    """A whole day, and what stands at the end of it; `killed` ends every process without a word before each step."""
    files = council.write(folder / "council")
    with Town(folder, files, kind=kind, webhooks=webhooks, simulator={"keywords": council.stop == "provider"}) as town:

        def crash() -> None:
            town.kill()
            town.start()

        day = Day(town, council, crash if killed else lambda: None)
        day.live()
        state, expected = day.state(), day.expected()
        assert list(state) == list(expected)
        for about, stands in state.items():
            assert stands == expected[about], about
        for name, (code, seconds) in town.stop().items():
            assert (code, seconds < 10) == (0, True), name


def _without_times(person: dict[str, Any]) -> dict[str, Any]:
    reports = [{name: value for name, value in report.items() if name != "at"} for report in person["reports"]]
    return person | {"reports": reports}


def day(at: date | datetime) -> str:
    return f"{at:%A} {at.day} {at:%B}"


def clock_time(at: time) -> str:
    minute = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minute}{'pm' if at.hour >= 12 else 'am'}"


def hours(minutes: int) -> str:
    whole, rest = divmod(minutes, 60)
    return " ".join([f"{whole}h", f"{rest}m"] if whole and rest else [f"{whole}" if whole else f"{rest}m"])


def working_day(after: date, n: int) -> date:
    for _ in range(n):
        after += timedelta(days=1)
        while after.weekday() > 4:
            after += timedelta(days=1)
    return after
