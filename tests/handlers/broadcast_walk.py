"""Broadcasts, for the test that sees every string leave: each kind to one reader, and all that staff see of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from db import announcing, broadcasts, notices, schema, weighing
from db.audiences import Audience
from db.change import Change
from db.notices import Notice
from db.permissions import COMMAND_LINE
from notifications.broadcast_words import REASONS
from tests.handlers.talking import Member, Someone, Town

COLLEAGUE = replace(COMMAND_LINE, name="a colleague")


class BroadcastWalk:
    """One channel and mode; `someone` makes somebody new there."""

    def __init__(self, town: Town, someone: Callable[[], Someone]) -> None:
        self.town, self.someone = town, someone

    def go(self) -> None:
        self.to_people()
        self.by_button()
        self.by_text()
        self.in_doubt()

    def to_people(self) -> None:
        """Each kind that has words of its own."""
        reader = self.someone()
        session = self.town.session("12 September 9:30", supervisor=self.staff("supervisor", reader.door))
        reader.is_booked(session)
        of = Audience(sessions=(self.town.rows(schema.sessions, id=session)[0]["ref"],))
        team = f"team {session}"
        reader.changes(team=team)
        self.said("late", {"minutes": 30}, of)
        self.said("weather", {"off": []}, of)
        self.said("suspension", {"until": "2025-09-30"}, Audience(team=team))
        self.said("lifted", {"first_day": "2025-10-01"}, Audience(team=team))
        self.said("reduction", {"percent": 10, "of": "left", "basis": "An Act"}, Audience(team=team))
        mode = reader.row.mode
        reader.changes(mode="standard")
        made = self.begun("words", {"words": {"en_GB": "Bring a coat."}}, Audience(team=team))
        reader.changes(mode=mode)  # since it was written
        self.town.deliver()
        assert made

    def said(self, kind: str, what: dict[str, Any], audience: Audience) -> None:
        self.begun(kind, what, audience)
        self.town.deliver()

    def begun(self, kind: str, what: dict[str, Any], audience: Audience) -> int:
        with self.town.record.write() as connection:
            change = Change(connection, self.town.council, self.town.now, COMMAND_LINE)
            made = broadcasts.draft(change, kind, what, audience)
            announcing.checked(change, made, weighing.weigh(change, broadcasts.by_id(connection, made)))
            if announcing.confirm(change, made).status != "held":
                announcing.approve(replace(change, actor=COLLEAGUE), made)
            announcing.begin(change, made)
        return made

    def by_button(self) -> None:
        fergus, morag = self.staff("coordinator", "telegram"), self.staff("manager", "telegram")
        fergus.writes("broadcast")
        fergus.presses("Off")
        reader = self.someone()
        session = self.town.session("11 September 9:30", "Paint shop")
        reader.is_booked(session)
        for kind, step in (("Another time", "moved"), ("Starts late", "late")):
            fergus.writes("broadcast")
            fergus.presses(kind)
            fergus.presses_data(f"c:0:{step}:s{session}")
            fergus.presses("30 minutes")
            fergus.presses("Leave it")
        self.town.wait(minutes=6)
        fergus.writes("broadcast")
        fergus.presses("Weather")
        fergus.presses_data("c:0:weather:d2025-09-11")
        fergus.presses("Paint shop: on")
        fergus.presses("Look at it")
        for who in ("Everybody", f"Team {fergus.row.team}"):
            self.town.wait(minutes=6)
            fergus.writes("broadcast")
            fergus.presses("In words")
            fergus.presses(who)
            fergus.writes("It was Zed0001 who said so")
            fergus.writes("Bring a coat this week.")
        fergus.presses_data(f"c:{self.latest()}::hold")
        morag.presses_data(f"c:{self.latest()}::look")
        morag.presses_data(f"c:{self.latest()}::report")
        self.staff("case_manager", "telegram").presses_data(f"c:{self.latest()}::approve")
        self.to_the_end(fergus, session)

    def to_the_end(self, fergus: Member, session: int) -> None:
        self.town.wait(minutes=6)
        fergus.presses_data(f"c:0:off:s{session}")
        fergus.presses_data(f"c:{self.latest()}::hold")
        fergus.presses_data(f"c:{self.latest()}::report")
        if self.state() == "checked":
            self.approve()
        fergus.presses_data(f"c:{self.latest()}::report")
        self.town.wait(minutes=6)
        self.town.ticks()
        self.town.wait(minutes=6)
        for word in ("report", "calls", "halt", "report", "correct"):
            fergus.presses_data(f"c:{self.latest()}::{word}")

    def approve(self) -> None:
        with self.town.record.write() as connection:
            announcing.approve(Change(connection, self.town.council, self.town.now, COLLEAGUE), self.latest())

    def by_text(self) -> None:
        self.town.at("10 September 10:00")
        fergus = self.staff("coordinator", "sms")
        reader = self.someone()
        reader.is_booked(self.town.session("10 September 15:00", "Tool shed"))
        for said in ("off", "OFF Nowhere", "OFF Tool shed"):
            fergus.texts(said)
        fergus.texts(f"GLASS {self.latest()}")
        self.town.wait(minutes=3)
        self.town.ticks()
        for verb in ("REPORT", "CALLS", "HALT", "APPROVE"):
            fergus.texts(f"{verb} {self.latest()}")
        fergus.texts("OFF Tool shed")

    def in_doubt(self) -> None:
        """What is said only where something was in the way: every reason, stage and kind, and what could not go."""
        for door in ("telegram", "sms"):
            fergus = self.staff("coordinator", door)
            about = {"broadcast": "1", "people": "3", "n": "1", "states": {}, "answers": {"coming": 1}, "what": "off"}
            for kind in schema.BROADCASTS:
                self.shows(fergus, "broadcast.begun", {**about, "what": kind})
            for stage in schema.BROADCAST_STAGES:
                states = {"delivered": 1, "sent": 1, "waiting": 1, "failed": 1, "left out": 1}
                self.shows(fergus, "broadcast.report", {**about, "stage": stage, "states": states})
            offered = [[(f"button.broadcast.{word}", {}, f"c:1::{word}")] for word in ("glass", "calls", "more")]
            self.shows(fergus, "broadcast.failed", {"broadcast": "1", "buttons": offered})
            fergus.says("off")
            calls = [["ZW", "07700 900123", why] for why in sorted(REASONS)] + [["ZW", "", "other"]]
            self.shows(fergus, "broadcast.calls", {"broadcast": "1", "n": "2", "calls": calls})
            self.shows(fergus, "broadcast.nobody", {})
            samples = [[channel, mode, 1, "x", "x"] for channel in ("sms", "telegram") for mode in MODES]
            checked = {
                **about, "messages": "3", "parts": 3, "pence": 7.2, "warnings": ["S1 got a message on this day already"],
                "left_out": dict.fromkeys(REASONS, 1), "glass": True, "samples": samples, "more": 2,
                "day": self.town.now.isoformat(), "time": self.town.now.isoformat(),
            }  # fmt: skip
            for why in (None, *SECOND):
                self.shows(fergus, "broadcast.check", {**checked, "second": why})
            for string in ("broadcast.asked", "broadcast.left_alone", "broadcast.approve"):
                self.shows(fergus, string, about)
            self.shows(fergus, "broadcast.none", {"n": "7"})
            self.shows(fergus, "staff.not_allowed", {"who": "a manager"})
            self.shows(fergus, "broadcast.stopped", {"broadcast": "1", "gone": "1", "spared": "2"})
            self.shows(fergus, "broadcast.held", {**about, "time": self.town.now.isoformat()})

    def shows(self, member: Member, string: str, fields: dict[str, Any]) -> None:
        notice = Notice(
            key=f"walk:{self.town.next()}", purpose="reply", string=string, lane=notices.REPLY, fields=fields,
            expires_at=self.town.now.replace(year=self.town.now.year + 1), staff_id=member.id,
        )  # fmt: skip
        with self.town.record.write() as connection:
            notices.write(connection, self.town.council, notice, now=self.town.now)
        self.town.deliver()

    def staff(self, role: str, door: Any) -> Member:
        return self.town.staff(f"Exe{self.town.next():04d} Wye{self.town.next():04d}", role, door=door)

    def latest(self) -> int:
        return int(self.town.rows(schema.broadcasts)[-1]["id"])

    def state(self) -> str:
        return str(self.town.rows(schema.broadcasts)[-1]["status"])


SECOND = ("words", "many", "restricted", "teams", "hours", *broadcasts.MANAGERS_OWN)
MODES = ("standard", "discreet", "call_first")
