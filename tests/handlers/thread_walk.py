"""What people and workers write to each other, for the test that sees every string leave."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

from db import notices, schema, thread_replies, threads, transcripts
from db.change import Change
from db.notices import Notice
from db.permissions import COMMAND_LINE
from db.thread_replies import TEMPLATES
from tests.handlers.talking import Member, Someone, Town


class ThreadWalk:
    """One channel and mode; `someone` makes somebody new there."""

    def __init__(self, town: Town, someone: Callable[[], Someone]) -> None:
        self.town, self.someone = town, someone

    def go(self) -> None:
        self.town.at("10 September 10:00")
        self.to_people()
        self.on_telegram()
        self.by_text()
        self.lines()
        self.town.at("10 September 10:00")

    def to_people(self) -> None:
        reader = self.someone()
        reader.is_booked(self.town.session("12 September 9:30"))
        for string in TEMPLATES:
            self.writes_to(reader, string=string)
        mode = reader.row.mode
        reader.changes(mode="standard")
        self.writes_to(reader, words="It is fine.", wait=False)
        reader.changes(mode=mode)  # since it was written
        self.town.wait(minutes=1)
        self.town.deliver()
        reader.says("whit aboot that hing")
        self.town.wait(minutes=1)
        self.writes_to(reader, string=TEMPLATES[2])
        reader.says("aye, that hing")

    def writes_to(self, reader: Someone, *, wait: bool = True, **said: str) -> None:
        with self.town.record.write() as connection:
            change = Change(connection, self.town.council, self.town.now, COMMAND_LINE)
            thread = threads.of(change, reader.row.ref, "thread.write")
            thread_replies.send(change, thread, thread_replies.draft(change, thread, **said))
        if wait:
            self.town.wait(minutes=1)
            self.town.deliver()

    def on_telegram(self) -> None:
        ailsa, isla = self.staff("telegram"), self.staff("telegram")
        craig = self.town.person(f"Zed{self.town.next():04d} Craig", case_manager_id=ailsa.id)
        shona = self.town.person(f"Zed{self.town.next():04d} Shona", mode="discreet", case_manager_id=ailsa.id)
        euan = self.town.person(f"Zed{self.town.next():04d} Euan", mode="call_first", case_manager_id=ailsa.id)
        ailsa.writes("messages")
        for one in (shona, euan, craig):
            one.texts("whit aboot that hing")
            ailsa.presses("Reply")
        ailsa.writes("It is fine.")
        for label in ("Change", "Cancel", "Later", "Pass"):
            ailsa.presses(label)
        self.town.wait(hours=2)
        self.town.ticks()
        ailsa.presses("Make it a call")
        ailsa.writes(f"message {craig.row.ref}")
        ailsa.presses("Reply")
        ailsa.writes("TPL 3")
        for label in ("Send", "Stop"):
            ailsa.presses(label)
        craig.texts("hullo")
        ailsa.presses("Seen")
        craig.texts("hullo")
        ailsa.presses("Pass")
        ailsa.presses_data(f"t:{self.thread(craig)}::to{isla.id}")
        ailsa.writes("messages")

    def by_text(self) -> None:
        ailsa, isla = self.staff("sms"), self.staff("sms")
        craig = self.town.person(f"Zed{self.town.next():04d} Craig", case_manager_id=ailsa.id)
        craig.texts("whit aboot that hing")
        ailsa.texts("messages")
        self.town.staff(f"Exe{self.town.next():04d} Wye", "manager", door="telegram").writes("messages")
        with self.town.record.write() as connection:
            change = Change(connection, self.town.council, self.town.now, COMMAND_LINE)
            thread = threads.of(change, craig.row.ref, "thread.write")
            threads.pass_on(change, thread, isla.row)
            threads.later(change, threads.of(change, craig.row.ref, "thread.write"))
        self.town.wait(hours=3)
        self.town.ticks()

    def lines(self) -> None:
        """Every state and mark of a transcript, to a worker on either channel."""
        ailsa = self.staff("telegram")
        at = self.town.now.isoformat()
        states = [[at, "bot", "out", "x", state, None] for state in get_args(transcripts.State)]
        marks = [[at, "S1", kind, "", "", "S2"] for kind in schema.THREAD_ENTRIES if kind not in ("in", "out")]
        self.shows(ailsa, "thread.show", {"initials": "ZW", "transcript": [*states, *marks]})
        self.shows(ailsa, "thread.elsewhere", {})
        self.shows(ailsa, "thread.none", {})
        one = [("button.thread.one", {"initials": "ZW", "n": 1, "day": at, "time": at}, "t:1::show")]
        self.shows(ailsa, "thread.list", {"n": "1", "buttons": [one]})

    def shows(self, member: Member, string: str, fields: dict[str, Any]) -> None:
        notice = Notice(
            key=f"walk:{self.town.next()}", purpose="reply", string=string, lane=notices.REPLY, fields=fields,
            expires_at=self.town.now + timedelta(days=1), staff_id=member.id,
        )  # fmt: skip
        with self.town.record.write() as connection:
            notices.write(connection, self.town.council, notice, now=self.town.now)
        self.town.deliver()

    def thread(self, person: Someone) -> int:
        return int(self.town.rows(schema.threads, person_id=person.id)[0]["id"])

    def staff(self, door: Any) -> Member:
        return self.town.staff(f"Exe{self.town.next():04d} Wye{self.town.next():04d}", door=door)
