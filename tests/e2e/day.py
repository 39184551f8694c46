"""One day of a council, to the end of what it began: people are reminded and answer each in a way of their own, are marked,
and one never came. Nobody takes that alert until, after a holiday weekend, it has climbed to a manager."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.e2e import rosters
from tests.e2e.councils import LONDON, Council, Person
from tests.e2e.ending import ANSWERS, CAME, LATE_BY, SENT_ON_EVE, Ending
from tests.e2e.town import Town

STRANGER = "+447700900950"
OVERDUE = "Overdue: "  # begins what leads are told of tasks
SLACK = timedelta(minutes=5)  # the clock runs on while a mark is being handled, and what follows counts from then


class Day:
    """`before_each` runs before every step, when all is quiet."""

    def __init__(self, town: Town, council: Council, before_each: Callable[[], None] = lambda: None) -> None:
        self.town, self.council, self.people = town, council, council.people
        self.ending = Ending(council)
        self.roster = rosters.of(town, council)
        self._before_each = before_each
        town.keep_private(council.words() | {STRANGER})

    def timetable(self) -> list[tuple[datetime, Callable[[], None]]]:
        council, ending = self.council, self.ending
        starts_at, reminders_at = council.starts_at, council.on_eve(council.reminders_at)
        steps: list[tuple[datetime, Callable[[], None]]] = [
            (council.imported_at, self.link),
            (reminders_at - timedelta(seconds=90), self.nothing_before_the_hour),
            (reminders_at, self.reminders),
            (reminders_at, self.answers),
            (reminders_at, self.letter_and_acknowledgement),
            (council.on_eve(council.window[0]), self.safe_window),
            (starts_at - timedelta(minutes=60), self.roster_an_hour_before),
            (starts_at - timedelta(minutes=40), self.late),
            (starts_at - timedelta(minutes=40), self.how_late),
            (starts_at + timedelta(minutes=5), self.first_comes),
            (starts_at + LATE_BY, self.late_one_comes),
            (starts_at + timedelta(minutes=30), self.somebody_is_unmarked),
            (ending.marked_at, self.one_is_missing),
            (ending.asked_at(30) + SLACK, partial(self.asked, council.case_manager, 1)),
            (ending.asked_at(60) + SLACK, partial(self.asked, council.coordinator, 1)),
            (ending.told_at + SLACK, self.missing_one_says_why),
            (ending.done_at, self.session_is_over),
            *((at, self.nobody_is_asked) for at in self.free_days()[:1]),
            (ending.asked_at(120) + SLACK, self.manager_takes_it),
        ]
        return sorted(steps, key=lambda step: step[0])

    def free_days(self) -> list[datetime]:
        """The morning of each day that lies between the session and the manager, soon after the office would open."""
        first, last = self.council.starts_at.date(), self.ending.asked_at(120).date()
        between = (first + timedelta(days=n) for n in range(1, (last - first).days))
        return [datetime.combine(day, time(9, 20), LONDON) for day in between]

    def live(self) -> None:
        self.town.bring_in(self.council.imported_at.isoformat())
        self.town.start()
        now = self.council.imported_at
        for at, step in self.timetable():
            self.town.quiet()
            self._before_each()
            if at > now:
                self.town.clock(at)
                now = at
            step()
        self.town.settled()

    # The day before

    def link(self) -> None:
        linked = [self.people["telegram"], *([self.council.supervisor] if self.council.marks_on == "telegram" else [])]
        for one in linked:
            code, link, _ = self.town.must("invite", one.ref)
            assert link.endswith(f"?start={code.removeprefix('code ')}")
            self.town.say(one.chat, f"/start {code.removeprefix('code ')}")
        self.town.quiet()

    def nothing_before_the_hour(self) -> None:
        self.town.must("tick")
        self.town.quiet()
        assert self.thread("one") == []
        assert self.town.thread(self.council.supervisor.phone) == []

    def reminders(self) -> None:
        told = [role for role in self.people if role not in ("telegram", "window", "shared", "sharer")]
        self.town.wait_for(lambda: all(self.thread(role) for role in told), "somebody is not reminded")
        self.town.wait_for(lambda: len(self.chat(self.people["telegram"])) == 2, "nobody is reminded on Telegram")
        assert self.thread("window") == []
        self.lists_come(1)
        self.roster.shows({}, {})

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
        self.text("cant", "C")
        self.settle(1)

    def safe_window(self) -> None:
        self.town.wait_for(lambda: self.thread("window"), "nobody is reminded in their safe window")

    # The session

    def roster_an_hour_before(self) -> None:
        self.lists_come(2)
        self.roster.shows(ANSWERS, {})

    def lists_come(self, times: int) -> None:
        phone, each = self.council.supervisor.phone, self.roster.lists_by_text
        self.town.wait_for(lambda: len(self.town.thread(phone)) == times * each, "the supervisor has no list")
        self.town.quiet()

    def late(self) -> None:
        self.text("late", "3")
        self.town.quiet()

    def how_late(self) -> None:
        self.text("late", "B")
        self.town.quiet()
        assert self.record() == {role: self.ending.person(role, over=False) for role in self.people}

    def first_comes(self) -> None:
        """Women are marked by number. As it is one of two sessions at once, its letter goes first."""
        for text in ("IN 1", "B IN 1"):
            self.town.text(self.council.supervisor.phone, text)
        self.roster.mark_in("one")
        self.roster.shows({**ANSWERS, "late": "late"}, {"one": "in"})
        self.ledger_holds({"one": self.lasts, "woman": self.lasts})

    def late_one_comes(self) -> None:
        self.roster.mark_late("late")
        self.roster.shows(ANSWERS, {"one": "in", "late": self.ending.marks()["late"]})
        self.ledger_holds({"one": self.lasts, "woman": self.lasts, "late": self.lasts - 20})

    def somebody_is_unmarked(self) -> None:
        self.town.wait_for(lambda: len(self.town.alerts()) == 2, "nobody hears that the roster is not marked")
        self.town.quiet()
        assert self.town.alerts()[1] == ("unmarked", "open", None, [("opened", None), ("notified", "S1")])
        if self.council.marks_on == "telegram":
            assert self.town.buttons(self.council.supervisor.chat)[-1] == [["I'm on it", "Not me, pass it on"]]
        self.ledger_holds({"one": self.lasts, "woman": self.lasts, "late": self.lasts - 20})

    def one_is_missing(self) -> None:
        self.roster.mark_missing_and_the_rest_in("silent")
        self.roster.shows(ANSWERS, self.ending.marks())
        states = [(klass, state) for klass, state, *_ in self.town.alerts()]
        assert states[1:] == [("unmarked", "resolved"), ("missed", "open")]
        self.ledger_holds({**dict.fromkeys((*CAME, "woman"), self.lasts), "late": self.lasts - 20})

    def session_is_over(self) -> None:
        self.town.text(self.council.supervisor.phone, f"B DONE {self.ending.done_at:%H:%M}")
        self.roster.finish(self.ending.done_at)
        self.roster.shows(ANSWERS, self.ending.marks(), over=True)
        assert self.chat(self.council.supervisor) == self.ending.supervisor_chat()
        self.ledger_holds(self.ending.worked())

    # What it leaves behind

    def asked(self, worker: Person, texts: int) -> None:
        """This one, and nobody after them yet."""
        self.town.wait_for(lambda: len(self.texts(worker)) == texts, f"{worker.ref} is not asked")
        assert self.town.alerts()[-1][3][-1] == ("notified", worker.ref)

    def missing_one_says_why(self) -> None:
        self.town.wait_for(lambda: len(self.thread("silent")) == 2, "the missing one is not asked why")
        self.text("silent", "C")
        self.town.quiet()

    def nobody_is_asked(self) -> None:
        """The clock goes through each free day, since what staff read leaves Telegram within a day and a half."""
        left = self.ending.supervisor_chat()[SENT_ON_EVE:]
        for at in self.free_days():
            self.town.clock(at)
            self.town.wait_for(partial(self.chat_holds, left), f"on {at} the supervisor's chat holds something else")
            self.town.quiet()
            left = []
        self.town.must("tick")
        self.town.quiet()
        assert ("notified", self.council.on_call.ref) not in self.town.alerts()[2][3]

    def chat_holds(self, messages: list[str]) -> bool:
        return self.chat(self.council.supervisor) == messages

    def manager_takes_it(self) -> None:
        self.asked(self.council.on_call, 4)
        self.settle(3)

    # How

    @property
    def lasts(self) -> int:
        """Minutes."""
        return int(self.council.lasts.total_seconds()) // 60

    def settle(self, alert: int) -> None:
        for text in (f"ACK {alert}", f"DONE {alert} A"):
            self.town.text(self.council.on_call.phone, text)
        self.town.quiet()

    def text(self, role: str, body: str) -> None:
        self.town.text(self.people[role].phone, body)

    def thread(self, role: str) -> list[str]:
        return self.town.thread(self.people[role].phone)

    def chat(self, one: Person) -> list[str]:
        return self.town.chat(one.chat)

    def texts(self, worker: Person) -> list[str]:
        """Without those on tasks that have become overdue by themselves, as days go by in a moment."""
        return [text for text in self.town.thread(worker.phone) if not text.startswith(OVERDUE)]

    def deliveries(self) -> dict[str, int]:
        workers = (self.council.case_manager, self.council.coordinator, self.council.on_call)
        overdue = sum(len(self.town.thread(one.phone)) - len(self.texts(one)) for one in workers)
        counted = self.town.counts("turnup_deliveries")
        return {**counted, "sms delivered": counted["sms delivered"] - overdue}

    def record(self) -> dict[str, Any]:
        """Of each person, as the command line shows it."""
        shown = self.town.person(*(one.ref for one in self.people.values()))
        return dict(zip(self.people, map(_without_times, shown), strict=True))

    def ledger_holds(self, worked: dict[str, int]) -> None:
        """So many minutes of this session, and none of whoever is not named."""
        orders = dict(zip(self.people, self.town.balances(*(one.ref for one in self.people.values())), strict=True))
        imposed = self.council.hours * 60
        credited = {role: self.ending.credited(worked.get(role, 0)) for role in self.people}
        assert {role: order["credited"] for role, order in orders.items()} == credited
        assert {role: order["left"] for role, order in orders.items()} == {r: imposed - c for r, c in credited.items()}

    # The end

    def state(self) -> dict[str, Any]:
        council, town = self.council, self.town
        return {
            **{f"texts to {role}": self.thread(role) for role in self.people},
            "chat": self.chat(self.people["telegram"]),
            "supervisor": [town.thread(council.supervisor.phone), self.chat(council.supervisor)],
            "case manager": self.texts(council.case_manager),
            "coordinator": self.texts(council.coordinator),
            "on call": self.texts(council.on_call),
            "stranger": town.thread(STRANGER),
            "people": self.record(),
            "tasks": sorted((t["kind"], t["class"] or "", t["person"] or "", t["status"]) for t in town.tasks()),
            "alerts": town.alerts(),
            "deliveries": self.deliveries(),
            "inbound": town.counts("turnup_inbound"),
            "rejected": town.counts("turnup_webhook_rejected_total"),
        }


def live(folder: Path, council: Council, *, kind: str, webhooks: bool, killed: bool = False) -> None:
    """A whole day, and what stands at the end of it; `killed` ends every process without a word before each step."""
    files = council.write(folder / "council")
    keywords = {"keywords": council.stop == "provider"}
    with Town(folder, files, kind=kind, webhooks=webhooks, simulator=keywords) as town:

        def crash() -> None:
            town.kill()
            town.start()

        day = Day(town, council, crash if killed else lambda: None)
        day.live()
        state, expected = day.state(), day.ending.state()
        assert list(state) == list(expected)
        for about, stands in state.items():
            assert stands == expected[about], f"{about}: {stands}, not {expected[about]}"
        for name, (code, seconds) in town.stop().items():
            assert (code, seconds < 10) == (0, True), name


def _without_times(person: dict[str, Any]) -> dict[str, Any]:
    reports = [{name: value for name, value in report.items() if name != "at"} for report in person["reports"]]
    return person | {"reports": reports}
