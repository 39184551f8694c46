"""The rota and what climbs by it, for the test that sees every string leave: all of it to staff, by text and on Telegram."""

from datetime import timedelta

from db import schema, undelivered, unled
from tests.handlers.talking import Door, Member, Town

DUTIES = schema.DUTIES


class RotaWalk:
    def __init__(self, town: Town, door: Door) -> None:
        self.town, self.door = town, door
        self.first, self.second = (self._member("case_manager") for _ in "12")
        self.lead, self.manager = self._member("coordinator"), self._member("manager")

    def _member(self, role: str) -> Member:
        return self.town.staff(f"Exe{self.town.next():04d} Wye", role, door=self.door)

    def go(self) -> None:
        self.town.at("17 September 9:00")
        self.shown_and_swapped()
        self.danger()
        self.off()
        self.listed()
        self.tested()
        self.unled()
        self.town.at("10 September 10:00")

    def turn(self, member: Member, duty: str, hours: float = 48, after: float = 0) -> int:
        start = self.town.now + timedelta(hours=after)
        row = {"starts_at": start, "ends_at": start + timedelta(hours=hours), "made_by": "test", "made_at": self.town.now}
        return self.town.insert(schema.rota, duty=duty, staff_id=member.id, **row)

    def shown_and_swapped(self) -> None:
        """A turn with a note before it, one of each duty, a gap, leave; a swap refused and one agreed to."""
        for old in self.town.rows(schema.rota):
            self.town.change(schema.rota, old["id"], ended_at=self.town.now)
        self.manager.says("rota")
        self.manager.says("note The van is at the garage")
        before = self.turn(self.second, "first", hours=1, after=-1)
        self.town.change(schema.rota, before, note="The van is at the garage", told_at=self.town.now)
        for member, duty in zip((self.first, self.second, self.lead), DUTIES, strict=True):
            self.turn(member, duty)
        extra = [self.turn(self.first, "first", hours=9, after=24 * day) for day in (3, 4)]
        self.town.insert(
            schema.leave, staff_id=self.manager.id, first_day=self.town.now.date(), last_day=self.town.now.date(),
            made_by="test", made_at=self.town.now,
        )  # fmt: skip
        self.first.says("rota")
        self.town.ticks()
        self.first.says("note All quiet")
        if self.door == "telegram":
            self.by_button(extra[0])
        asked = self.swap(extra[0])
        self.second.says(f"SWAP {asked} NO")
        asked = self.swap(extra[1])
        self.second.says(f"SWAP {asked} OK")
        self.second.says(f"SWAP {asked} OK")
        self.first.says(f"SWAP {asked} OK")

    def by_button(self, turn: int) -> None:
        self.first.presses("Leave a note")
        self.first.writes("Keys are in the office")
        self.first.presses("Ask for a swap")
        self.first.presses_data(f"d:{turn}::swap", self.first.latest)
        self.first.presses_data(f"d:{turn}:{self.manager.id}:ask", self.first.latest)

    def swap(self, turn: int) -> int:
        if self.door == "telegram":
            self.first.presses_data(f"d:{turn}:{self.second.id}:ask", 1)
        else:
            self.town.asks_swap(self.first, turn, self.second)
        return int(self.town.rows(schema.rota_swaps)[-1]["id"])

    def danger(self) -> None:
        """Up to the lead, and taken over from who had it."""
        craig = self.town.person(f"Zed{self.town.next():04d} Wye", case_manager_id=self.first.id)
        craig.says("gonnae kill masel")
        for _ in range(4):
            self.town.wait(minutes=5)
            self.town.ticks()
        alert = self.latest()
        self.second.says(f"ACK {alert}")
        self.lead.says("alerts")
        self.lead.says(f"ACK {alert}")
        self.lead.says(f"TAKE {alert}")
        self.lead.says(f"DONE {alert} A")
        shona = self.town.person(f"Zed{self.town.next():04d} Wye", case_manager_id=self.first.id)
        self.town.rule(alerts={"restricted": [self.second.row.ref]}, sms={"stop": "ours"})
        shona.says("he hits me")
        self.lead.says(f"ACK {self.latest()}")
        self.lead.says("alerts")
        self.second.says(f"DONE {self.latest()} A")
        self.town.rule(rota={"covered": "Mon-Sun 00:00-24:00"}, sms={"stop": "ours"})
        self.lead.says("rota")
        self.town.rule(sms={"stop": "ours"})

    def latest(self) -> int:
        return int(self.town.rows(schema.alerts)[-1]["id"])

    def off(self) -> None:
        """A session is off, and one of its people cannot be told."""
        craig = self.town.person(f"Zed{self.town.next():04d} Wye", case_manager_id=self.first.id)
        silent = self.town.person(f"Zed{self.town.next():04d} Wye", mode="no_contact", case_manager_id=self.first.id)
        session = self.town.session("18 September 9:30")
        for person in (craig, silent):
            person.is_booked(session)
        self.town.calls_off(session)
        self.town.wait(minutes=21)
        with self.town.record.write() as connection:
            undelivered.look(connection, self.town.council, now=self.town.now)
        self.town.deliver()
        self.lead.says("alerts")
        self.first.says(f"ACK {self.latest()}")
        self.first.says(f"DONE {self.latest()} A")

    def listed(self) -> None:
        """One of each class in the list of what is open, and nothing open."""
        craig = self.town.person(f"Zed{self.town.next():04d} Wye", case_manager_id=self.first.id)
        session = self.town.session("17 September 8:00")
        for klass in ("missed", "unmarked", "unled"):
            self.town.insert(
                schema.alerts, severity=2, state="open", opened_at=self.town.now, last_message_at=self.town.now, step=0,
                session_id=session, person_id=craig.id, **{"class": klass},
            )  # fmt: skip
        self.manager.says("alerts")
        for row in self.town.rows(schema.alerts):
            if row["state"] != "resolved":
                self.town.change(schema.alerts, row["id"], state="resolved", outcome="done", next_step_at=None)
        self.manager.says("alerts")

    def unled(self) -> None:
        """Nobody leads a session of the day after."""
        craig = self.town.person(f"Zed{self.town.next():04d} Wye", case_manager_id=self.first.id)
        self.town.at("30 September 10:00")
        craig.is_booked(self.town.session("1 October 9:30"))
        with self.town.record.write() as connection:
            unled.look(connection, self.town.council, now=self.town.now)
        self.town.deliver()
        self.lead.says(f"ACK {self.latest()}")
        self.lead.says(f"DONE {self.latest()} A")

    def tested(self) -> None:
        """The weekly test, and a gap."""
        monday = 22 if self.door == "sms" else 29
        self.town.at(f"{monday} September 9:00")
        self.turn(self.first, "first", hours=4)
        self.turn(self.lead, "lead")
        self.town.ticks()
        self.town.at(f"{monday} September 10:00")
        self.town.ticks()
        self.first.says(f"ACK {self.latest()}")
        for task in self.town.rows(schema.tasks, kind="rota_gap"):
            self.town.change(schema.tasks, task["id"], status="done")
        self.town.at(f"{monday + 1} September 9:00")
        self.town.ticks()
        self.turn(self.second, "first", hours=24 * 15)
        self.manager.says("rota")
