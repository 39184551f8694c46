"""How an alert climbs: whom it asks next, and when to ask again, until a named human has it.

A missed session or an unmarked roster climbs by role, counted in working minutes; the first step ignores working hours.
A session that nobody leads climbs by role too, from co-ordinators on, by the clock: its start does not wait.
All else goes by who is on duty: danger at any hour, minutes apart, five times round; what can wait within hours. Where
nobody is on duty danger climbs a chain of people, each asked twice. After the last step stands a task that stays red.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from db import asking, in_charge, leading, leave, rota, tasks
from db import people as who
from db.asking import SOON, URGENT, note_step
from db.council import LONDON, Council, at_minute
from db.people import Staff
from db.rota import OnDuty
from db.schema import alerts, people, placements, sessions

ROLES = ("supervisor", "case_manager", "coordinator", "manager")
BY_ROLE = {"missed": ROLES, "unmarked": ROLES, "unled": in_charge.ROLES}

URGENT_RUNGS = (("first", 0), ("first", 1), ("second", 2), ("lead", 4), ("manager", 6))  # in times of `crisis.repeat`
ROUND = 8
ROUNDS = 5
SOON_REPEATS = timedelta(minutes=60)
TWICE = 2  # times a step asks the same person before the next is asked
TEST_AGAIN = timedelta(minutes=20)

Next = tuple[int, datetime | None]
"""The step that comes next, and when."""


def unanswered_key(alert_id: int) -> str:
    """The key of the task at the end of the ladder."""
    return f"unanswered:a{alert_id}"


@dataclass(frozen=True, slots=True)
class _Standing:
    """An alert as its next step depends on it."""

    id: int
    klass: str
    severity: int
    state: str
    step: int
    opened_at: datetime
    person_id: int | None
    case_manager_id: int | None
    session_id: int | None
    team: str | None
    sender_hash: str | None


_STANDING = (
    select(
        alerts.c.id, alerts.c["class"], alerts.c.severity, alerts.c.state, alerts.c.step, alerts.c.opened_at,
        alerts.c.person_id, people.c.case_manager_id, sessions.c.id,
        func.coalesce(placements.c.team, people.c.team),
        alerts.c.sender_hash,
    )
    .select_from(alerts)
    .outerjoin(people, people.c.id == alerts.c.person_id)
    .outerjoin(sessions, sessions.c.id == alerts.c.session_id)
    .outerjoin(placements, placements.c.id == sessions.c.placement_id)
)  # fmt: skip


def due(connection: Connection, *, now: datetime) -> list[int]:
    query = select(alerts.c.id).where(alerts.c.state != "resolved", alerts.c.next_step_at <= now).order_by(alerts.c.id)
    return list(connection.execute(query).scalars())


def climb(connection: Connection, council: Council, alert_id: int, *, now: datetime, passed: bool = False) -> None:
    """Asks whoever is next, and sets when to ask again. `passed`: who had it said "not me", so it is the next one's.

    An acknowledgement that led to no outcome in time has lapsed: the asking goes on where it stood.
    """
    facts: Any = connection.execute(_STANDING.where(alerts.c.id == alert_id)).one()
    alert = _Standing(*facts)
    lapsed = alert.state == "acknowledged" and not passed
    if lapsed:
        note_step(connection, alert_id, "lapsed", now)
    step, next_at = _Ladder(connection, council, alert, now).step(lapsed=lapsed, passed=passed)
    values = {"state": "open", "owner_id": None, "step": step, "next_step_at": next_at}
    connection.execute(alerts.update().where(alerts.c.id == alert_id).values(**values))


def chain(connection: Connection, council: Council, case_manager_id: int | None, now: datetime) -> list[Staff]:
    """Who is asked of danger where nobody is on duty: whom the settings name, else case manager, co-ordinators, managers.

    Whoever is away is left out, and their deputy asked in their place.
    """
    named = [member for ref in council.on_call if (member := who.member_by_ref(connection, ref))]
    if named:
        return in_charge.there(connection, named, now) or named
    own = [who.member(connection, case_manager_id)] if case_manager_id else []
    rest = [member for role in in_charge.ROLES for member in who.members(connection, role)]
    instead = [there for one in own if (there := in_charge.in_place_of(connection, one, now))]
    asked = {member.id: member for member in instead + in_charge.there(connection, rest, now)}
    return list(asked.values()) or own + rest


def promise(
    connection: Connection, council: Council, case_manager_id: int | None, now: datetime
) -> tuple[Literal["by", "soon", "closed"], datetime]:
    """What somebody in danger may be told: by when a worker gets in touch, or until when nobody is there to read it.

    Soon, where whoever is there has been alerted and nobody can name a time.
    Whoever the rota names; where none is kept, staff who are asked and there today.
    """
    on = rota.on_duty(connection, now)
    kind, moment = council.next_staffed(now)
    if on.named:
        by = on.promise(council, now)
        return ("by", by) if by is not None else ("soon", now)
    if not on.kept and council.is_staffed(now) and chain(connection, council, case_manager_id, now):
        return ("by", moment) if kind == "by" else ("soon", now)
    opens = council.next_staffed(moment)[1] if kind == "by" else moment
    return "closed", min(opens, on.next_at or opens)


@dataclass(frozen=True, slots=True)
class _Ladder:
    connection: Connection
    council: Council
    alert: _Standing
    now: datetime

    def step(self, *, lapsed: bool, passed: bool) -> Next:
        if self.alert.klass in BY_ROLE:
            return self._by_role(lapsed)
        if self.alert.klass == "test":
            return self._test()
        if self._group:
            return self._by_chain(passed, self._group)
        on = rota.on_duty(self.connection, self.now)
        if self.alert.severity == SOON and (held := self._held(on)) is not None:
            return self.alert.step, held
        if not on.named:
            asked = chain(self.connection, self.council, self.alert.case_manager_id, self.now)
            return self._by_chain(passed, asked)
        return self._round(on, passed) if self.alert.severity == URGENT else self._soon(on)

    @property
    def _group(self) -> list[Staff]:
        """Who alone are asked, where it is restricted and the council names a group: those on duty before the others."""
        if not asking.is_restricted(self.connection, self.alert.klass, self.alert.id):
            return []
        group = leave.here(self.connection, asking.restricted_group(self.connection, self.council), self.now)
        first = [one.id for one in rota.on_duty(self.connection, self.now).everyone] if group else []
        return sorted(group, key=lambda one: one.id not in first)

    def _ask(self, member: Staff, how: asking.How = "first") -> None:
        asking.ask(self.connection, self.council, self.alert.id, member.id, self.now, how=how)

    # Danger, by who is on duty

    def _round(self, on: OnDuty, passed: bool) -> Next:
        """First, first again, second, lead, manager: five times round. A duty that nobody has is passed over at once."""
        step = self.alert.step
        while passed and step % len(URGENT_RUNGS) and _duty(step) == _duty(step - 1):
            step += 1
        while step < ROUNDS * len(URGENT_RUNGS):
            duty, at = URGENT_RUNGS[step % len(URGENT_RUNGS)]
            member = self._with(duty, on)
            step += 1
            if member is not None:
                self._ask(member, "call" if duty in ("lead", "manager") else "first")
                until_next = (URGENT_RUNGS[step % len(URGENT_RUNGS)][1] - at) % ROUND
                return step, self.now + until_next * timedelta(minutes=self.council.crisis_repeat)
        return step, self._all_leads()

    def _with(self, duty: str, on: OnDuty) -> Staff | None:
        """Who has that duty, if they may be asked: not whoever wrote it."""
        about = (self.connection, self.alert.team, self.now)
        found: dict[str, list[Staff | None]] = {
            "first": [on.first, on.second], "second": [on.second if on.first else None],
            "lead": [*in_charge.leads(*about)], "manager": [*in_charge.managers(*about)],
        }  # fmt: skip
        return next((one for one in found[duty] if one is not None and not _wrote(one, self.alert)), None)

    def _all_leads(self) -> datetime:
        """Nobody took it: all who lead are asked, then and each working morning, and a task stays red."""
        for member in in_charge.everyone(self.connection, None, self.now):
            self._ask(member, "call")
        self._end()
        return self.council.next_opening(self.now)

    # What is less urgent, by who is on duty, within hours

    def _soon(self, on: OnDuty) -> Next:
        """The first on duty; an hour later the lead; the next morning all who lead."""
        if self.alert.step == 0 and (member := self._with("first", on)) is not None:
            self._ask(member)
            at_once = self.alert.klass == "undelivered"
            later = self.now + SOON_REPEATS if at_once else self.council.after_working_minutes(self.now, 60)
            return 1, later
        if self.alert.step <= 1 and (member := self._with("lead", on)) is not None:
            self._ask(member)
            return 2, self.council.next_opening(self.now)
        return self.alert.step, self._all_leads()

    def _held(self, on: OnDuty) -> datetime | None:
        """Until when it waits, if this is no hour for it. That a session is off is told of before the office opens."""
        if self.alert.klass == "undelivered":
            opens = at_minute(self.now.astimezone(LONDON).date(), self.council.off_from)
            return opens if self.now < opens else None
        return self.council.next_opening(self.now) if on.named and not self.council.is_staffed(self.now) else None

    def _test(self) -> Next:
        """By one channel, then by the other, then it is a task: somebody must find out why nobody answered."""
        on = rota.on_duty(self.connection, self.now)
        asked = on.everyone or chain(self.connection, self.council, None, self.now)
        if self.alert.step == 2 or not asked:
            self._end()
            return self.alert.step, None
        usual = "telegram" if asked[0].chat_hash and self.council.telegram_staff != "off" else "sms"
        other = "sms" if usual == "telegram" else "telegram"
        self._ask(asked[0], usual if self.alert.step == 0 else other)  # type: ignore[arg-type]
        return self.alert.step + 1, self.now + TEST_AGAIN

    # Without a rota

    def _by_chain(self, passed: bool, everyone: list[Staff]) -> Next:
        """Each is asked twice; the last, until someone answers. Who wrote it is asked only for want of others."""
        step = self.alert.step + self.alert.step % TWICE if passed else self.alert.step
        asked = [one for one in everyone if not _wrote(one, self.alert)] or everyone
        if asked:
            self._ask(asked[min(step // TWICE, len(asked) - 1)])
        else:
            note_step(self.connection, self.alert.id, "unmanned", self.now)
        urgent = self.alert.severity == URGENT
        return step + 1, self.now + (timedelta(minutes=self.council.crisis_repeat) if urgent else SOON_REPEATS)

    # By role

    def _by_role(self, lapsed: bool) -> Next:
        """The step to take next, and when. A role that nobody has is passed over at once."""
        rungs = list(zip(BY_ROLE[self.alert.klass], self.council.ladder, strict=False))
        step = self.alert.step
        if lapsed and step and self.now < self._time_of(step):
            step -= 1  # the next one's time has not come, so who let it lapse is asked once more
        while step < len(rungs):
            asked = self._of_role(rungs[step][0])
            for member in asked:
                self._ask(member)
            step += 1
            if asked:
                return step, self._time_of(step)
        self._end()
        return step, None

    def _time_of(self, step: int) -> datetime:
        """When that step is due, counted from the first; the end comes as long after the last step as an answer may take."""
        ladder = self.council.ladder[: len(BY_ROLE[self.alert.klass])]
        minutes = ladder[step] if step < len(ladder) else ladder[-1] + self.council.lapse
        if self.alert.klass == "unled":
            return self.alert.opened_at + timedelta(minutes=minutes)
        return self.council.after_working_minutes(self.alert.opened_at, minutes)

    def _of_role(self, role: str) -> list[Staff]:
        """Whoever leads the session and the person's own case manager, or who stands in for them while they are away;
        else those of the team, or failing them of all. Of what is restricted only the council's group hears besides."""
        if role == "supervisor":
            of = self.alert.session_id
            return self._in_place_of(leading.of(self.connection, of) if of is not None else ())
        if role == "case_manager" and self.alert.case_manager_id is not None:
            return self._in_place_of([self.alert.case_manager_id])
        if group := self._group:
            return who.of_team([one for one in group if one.role == role], self.alert.team)
        return in_charge.of_role(self.connection, role, self.alert.team, self.now)

    def _in_place_of(self, staff_ids: Iterable[int]) -> list[Staff]:
        own = [who.member(self.connection, staff_id) for staff_id in staff_ids]
        there = [one for member in own if (one := in_charge.in_place_of(self.connection, member, self.now))]
        return list({one.id: one for one in there}.values())

    def _end(self) -> None:
        """Nobody took it. It stays open, and red, until somebody does."""
        note_step(self.connection, self.alert.id, "ended", self.now)
        tasks.open_task(
            self.connection, key=unanswered_key(self.alert.id), kind="unanswered", klass=self.alert.klass,
            person_id=self.alert.person_id, owner_id=asking.last_asked(self.connection, self.alert.id), now=self.now,
            due_at=self.now,
        )  # fmt: skip


def _duty(step: int) -> str:
    return URGENT_RUNGS[step % len(URGENT_RUNGS)][0]


def _wrote(member: Staff, alert: _Standing) -> bool:
    return alert.sender_hash is not None and alert.sender_hash in (member.phone_hash, member.chat_hash)
