"""What stands at the end of the day, and on the way: each text to the letter, each minute, every task and alert."""

from datetime import date, datetime, time, timedelta
from typing import Any

from tests.e2e import rosters
from tests.e2e.councils import LONDON, SQUAD, Council
from tests.e2e.rosters import ALL_MARKED, HELP, about, initials
from tests.e2e.words import clock_time, day, hours

CAME = tuple(role for role in SQUAD if role not in ("cant", "silent"))
ANSWERS = {"one": "coming", "aye": "coming", "telegram": "coming", "cant": "cant"}  # of the squad, by an hour before
SENT_ON_EVE = 2  # of the messages in the supervisor's chat, the first
LATE_BY, MARKED_AFTER, DONE_EARLY = timedelta(minutes=20), timedelta(minutes=40), timedelta(minutes=30)


class Ending:
    def __init__(self, council: Council) -> None:
        self.council, self.people = council, council.people

    # When

    @property
    def marked_at(self) -> datetime:
        """When the last was marked, and somebody missing."""
        return self.council.starts_at + MARKED_AFTER

    def asked_at(self, minutes: int) -> datetime:
        return self.council.after_working(self.marked_at, minutes)

    @property
    def told_at(self) -> datetime:
        """When the missing one is asked why: an hour after the mark, on no Sunday and no holiday."""
        at = self.marked_at + timedelta(hours=1)
        while at.weekday() == 6 or at.date() in self.council.holidays:
            at = datetime.combine(at.date() + timedelta(days=1), time(9, 30), LONDON)
        return at

    @property
    def done_at(self) -> datetime:
        return self.council.ends_at - DONE_EARLY

    # What

    def state(self) -> dict[str, Any]:
        told, chat = self._told(), self._chat()
        supervisor, workers = self._texts_to_supervisor(), self._workers()
        one_number = sum(len(bodies) for role, bodies in told.items() if role != "sharer")
        texts = one_number + len(supervisor) + sum(map(len, workers.values())) + 1
        keeper, chatted = self._keeper, len(self.supervisor_chat())
        # To the supervisor each message is sent once and deleted once, and the roster edited at each press.
        telegram = len(chat) + 1 + 2 * chatted + keeper.presses
        return {
            **{f"texts to {role}": bodies for role, bodies in told.items()},
            "chat": chat,
            "supervisor": [supervisor, []],
            **workers,
            "stranger": [
                f"Sorry, we don't know this number. If we should, please call {self.council.phone}. Emergency: 999."
            ],
            "people": {role: self.person(role, over=True) for role in self.people},
            "tasks": self._tasks(),
            "alerts": self._alerts(),
            "deliveries": {"sms delivered": texts, "telegram delivered": telegram, "sms cancelled": 2},
            "inbound": {"twilio handled": 20 + keeper.texts, "telegram handled": 3 + bool(chatted) + keeper.presses},
            "rejected": {},
        }

    @property
    def _keeper(self) -> type[rosters.OnTelegram] | type[rosters.ByText]:
        return rosters.OnTelegram if self.council.marks_on == "telegram" else rosters.ByText

    # The record

    def worked(self) -> dict[str, int]:
        """Minutes at the end. The session was over early; the late one came late."""
        whole = int((self.done_at - self.council.starts_at).total_seconds()) // 60
        return {**dict.fromkeys((*CAME, "woman"), whole), "late": whole - int(LATE_BY.total_seconds()) // 60}

    def credited(self, worked: int) -> int:
        return self.council.worked + (worked if self.council.credit == "mark" else 0)

    def person(self, role: str, *, over: bool) -> dict[str, Any]:
        council, one = self.council, self.people[role]
        answers = {**ANSWERS, "woman": "coming", "late": "late"}
        session = "WOMEN-MAIN" if role == "woman" else "MAIN"
        reports = {
            "cant": [{"session": "MAIN", "kind": "cant", "reason": "caring", "band": None}],
            "late": [{"session": "MAIN", "kind": "late", "reason": None, "band": "b"}],
            "silent": [{"session": "MAIN", "kind": "cant", "reason": "caring", "band": None}] if over else [],
        }
        stop = {"provider": "all", "ours": "reminders"}[council.stop] if role == "stop" else ""
        credited = self.credited(self.worked().get(role, 0)) if over else council.worked
        coming = {"session": session, "starts_at": council.starts_at.isoformat(), "answer": answers.get(role)}
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
                    "credited": credited,
                    "left": council.hours * 60 - credited,
                    "other_left": 0,
                    "complete_by": council.complete_by.isoformat(),
                }
            ],
            "next": None if over else coming,
            "reports": reports.get(role, []),
        }

    def _tasks(self) -> list[tuple[str, str, str, str]]:
        refs = {role: one.ref for role, one in self.people.items()}
        # Where an officer credits, the task of the first mark was done with when the session ended early.
        credit = [(role, status) for role in (*CAME, "woman") for status in ("done", "open")]
        return sorted(
            [
                ("absence", "", refs["cant"], "open"),
                ("absence", "", refs["silent"], "open"),
                *(("credit", "", refs[role], status) for role, status in credit if self.council.credit == "officer"),
                ("crisis", "life_risk", refs["crisis"], "done"),
                ("missed", "", refs["silent"], "done"),
                ("not_reached", "shared", refs["shared"], "open"),
                ("not_reached", "shared", refs["sharer"], "open"),
                ("shared_number", "", refs["sharer"], "open"),
                ("stopped", "all" if self.council.stop == "provider" else "reminders", refs["stop"], "open"),
                ("unknown_number", "", "", "open"),
            ]
        )

    def _alerts(self) -> list[tuple[str, str, str, list[tuple[str, str | None]]]]:
        supervisor, case_manager, coordinator, manager = (one.ref for one in self.council.workers)
        taken = [("acknowledged", manager), ("resolved", manager)]
        climbed = [("notified", ref) for ref in (supervisor, case_manager, coordinator, manager)]
        unmarked = [("opened", None), ("notified", supervisor), ("resolved", None)]
        return [
            ("life_risk", "resolved", "spoke", [("opened", None), ("notified", manager), *taken]),
            ("unmarked", "resolved", "marked", unmarked),
            ("missed", "resolved", "reached", [("opened", None), *climbed, *taken]),
        ]

    # What people read

    def _told(self) -> dict[str, list[str]]:
        council = self.council
        when, place = f"{day(council.starts_at)}, {clock_time(council.starts_at)}", council.place
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
                self._noted(council.eve),
            ],
            "late": [
                reminder,
                "OK. How late? A up to 15 min, B 15 to 30 min, C more than 30 min. We're telling the supervisor now.",
                f"Supervisor told: 15 to 30 min late. Come to {place}. If no one is there, call {council.phone}.",
            ],
            "silent": [reminder, self._missed(), self._noted(self.told_at.date())],
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
        council = self.council
        opens, closes = council.opening_hours
        helplines = "Samaritans 116 123, free, day or night. NHS 24: 111. Or text SHOUT to 85258."
        if council.is_working_day(council.eve) and council.reminders_at < closes:
            last_read = datetime.combine(council.eve, closes) - timedelta(minutes=30)
            by = (
                f"by {clock_time(closes)}, {day(council.eve)}"
                if council.reminders_at < last_read.time()
                else "as soon as they can"
            )
            return (
                f"Thank you for telling us. This number isn't watched all the time. If your life is in danger call 999. "
                f"{helplines} We've alerted a worker, who will contact you {by}."
            )
        when = f"{clock_time(opens)}, {day(council.working_day(council.eve, 1))}"
        return (
            f"Thank you for telling us. No one here can read this until {when}. If your life is in danger call 999 now. "
            f"{helplines} A worker will contact you."
        )

    def _missed(self) -> str:
        by = self.council.working_day(self.marked_at.date(), 2)
        return (
            f"We didn't see you on {self._date(self.council.starts_at)}. Are you OK? Tell us why by {self._date(by)}: "
            "A ill, B work, C caring, D appointment, E travel, F other, or 7 for a call."
        )

    def _noted(self, on: date) -> str:
        return (
            "Noted. A worker will decide if your reason is accepted and tell you why. To explain or show proof, reply 7 "
            f"for a call by {day(self.council.working_day(on, 2))}."
        )

    def _chat(self) -> list[str]:
        council = self.council
        when = f"{day(council.starts_at)}, {clock_time(council.starts_at)}"
        return [
            "Thanks. This chat is set up. We'll message you here about your sessions. Tap a button below any time. "
            "Not for emergencies: call 999.",
            # The reminder, in whose place the answer to its button stands.
            f"Thanks. You're down for {when}, {council.place}. If that changes, tap Change my answer or call "
            f"{council.phone}.",
            f"{self._hours()} Think it's wrong? Tap Talk to someone.",
        ]

    # What staff read

    def supervisor_chat(self) -> list[str]:
        """As it stands when the session is over. Nothing, where they have texts only."""
        if self.council.marks_on == "sms":
            return []
        keeper = rosters.OnTelegram
        where = f"{self.council.place}, {day(self.council.starts_at)}, {clock_time(self.council.starts_at)}"
        return [
            "Thanks. This chat is set up. Alerts and late notices come here.",
            keeper.text(self.council, {}, {}),
            keeper.text(self.council, ANSWERS, self.marks()),
            *self._late(),
            f"Alert 2\n{where} isn't marked. Mark who came.",
            f"Alert 3\n{initials(self.council, 'silent')} missed {where}.",
            self._done(f"in {self._numbers_in()}; late {self._number('late')}; not here {self._number('silent')}"),
        ]

    def marks(self) -> dict[str, str]:
        """As the roster on Telegram says them."""
        came_at = clock_time(self.council.starts_at + LATE_BY)
        return {**dict.fromkeys(CAME, "in"), "late": f"late {came_at}", "silent": "not here"}

    def _number(self, role: str) -> str:
        return rosters.numbers([role])

    def _numbers_in(self) -> str:
        return rosters.numbers([role for role in CAME if role != "late"])

    def _texts_to_supervisor(self) -> list[str]:
        """Women-only work comes by text always, without a name or a place."""
        council, start = self.council, clock_time(self.council.starts_at)
        women = f"The usual place, {start}"
        closed = f"{day(council.starts_at)} {start}: 1 booked. The list is at the office, {council.phone}. {HELP}"
        which = f"You have 2 sessions: A {council.place} {start}, B {start}. Put its letter first, like A IN 1-4."
        women_in = f"{women}: in 1. {ALL_MARKED}"
        women_done = f"{women}: in 1. Done at {clock_time(self.done_at)}. Thanks."
        if council.marks_on == "telegram":
            return [closed, closed, which, women_in, women_done]
        evening, hour, *late = rosters.listed(council, {}), rosters.listed(council, ANSWERS), *self._late()
        first, second, all_marked, done = self._answers_to_marks()
        unmarked = f"Alert 2: {about(council)} isn't marked. Mark who came. Reply ACK 2 to take it. Not you? PASS 2."
        return [
            evening, closed, hour, closed, *late, which, women_in, first, second, unmarked, all_marked, self._alert(),
            women_done, done,
        ]  # fmt: skip

    def _answers_to_marks(self) -> list[str]:
        head = f"{self.council.place}, {clock_time(self.council.starts_at)}"
        change = "To change one, reply like OUT 5."
        late, out = self._number("late"), self._number("silent")
        open_first = rosters.numbers([role for role in SQUAD if role not in ("cant", "one")])
        open_then = rosters.numbers([role for role in SQUAD if role not in ("cant", "one", "late")])
        all_of_them = f"in {self._numbers_in()}; late {late}; out {out}"
        return [
            f"{head}: in 1. Not marked: {open_first}. {change}",
            f"{head}: in 1; late {late}. Not marked: {open_then}. {change}",
            f"{head}: {all_of_them}. {ALL_MARKED}",
            self._done(all_of_them),
        ]

    def _done(self, marks: str) -> str:
        start = clock_time(self.council.starts_at)
        return f"{self.council.place}, {start}: {marks}. Done at {clock_time(self.done_at)}. Thanks."

    def _late(self) -> list[str]:
        council = self.council
        says = f"{council.place} {day(council.starts_at)} {clock_time(council.starts_at)}: {initials(council, 'late')} says"
        return [f"{says} they will be late. Reply WAIT or GO.", f"{says} 15 to 30 min late. Reply WAIT or GO."]

    def _alert(self) -> str:
        missed = f"{initials(self.council, 'silent')} missed {about(self.council)}"
        return f"Alert 3: {missed}. Reply ACK 3 to take it. Not you? PASS 3."

    def _workers(self) -> dict[str, list[str]]:
        phone = self.council.phone
        return {
            "case manager": [self._alert()],
            "coordinator": [self._alert()],
            "on call": [
                f"Alert 1, urgent. Reply ACK 1, then open the Sessions bot or call {phone}. Not you? PASS 1.",
                f"Alert 1 is yours. Open the Sessions bot or call {phone}. When settled reply DONE 1 and A spoke, "
                "B called 999, C welfare check, D no risk.",
                "Alert 1 is settled. Thanks.",
                self._alert(),
                "Alert 3 is yours. Find out if they are OK. Then reply DONE 3 and A reached, B no answer, "
                "C welfare concern, D known reason.",
                "Alert 3 is settled. Thanks.",
            ],
        }
