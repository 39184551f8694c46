"""A council's own rules, read once from its TOML: hours, holidays, reminders, ladders, limits, what goes on Telegram."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from db import bank_holidays, directions

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60  # minutes
WEEK = 7  # days
LAST_LOOK = 30  # minutes before closing from which nobody can promise to read a message on the same day

PROOFS = ("fit note", "appointment card", "letter from work", "other paper")
LABEL = 40  # characters

TelegramPeople = Literal["off", "content_free", "full"]
TelegramStaff = Literal["off", "alerts", "full"]


class CouncilError(ValueError):
    """A setting of the council's file that cannot be used; its text names the setting and the mend."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the day in minutes after midnight, London; `until` is not in it."""

    start: int
    until: int

    def __contains__(self, minute: int) -> bool:
        if self.start <= self.until:
            return self.start <= minute < self.until
        return minute >= self.start or minute < self.until


Staffed = tuple[frozenset[int], Span]
"""Weekdays, Monday 0, and the part of each."""


@dataclass(frozen=True, slots=True)
class Helpline:
    name: str
    number: str
    hours: str
    checked_on: date


@dataclass(frozen=True)
class Council:
    label: str
    phone: str
    routine: Span
    sunday: Span
    off_from: int
    staffed_days: frozenset[int]
    staffed: Span
    local_holidays: frozenset[date]
    reminders_at: time
    regular: tuple[int, ...]
    first: tuple[int, ...]
    nudge: int
    ladder: tuple[int, ...]
    lapse: int
    followup_working_days: int
    proofs: tuple[str, ...]  # what an officer may ask for
    proof_working_days: int
    stages: tuple[str, ...]  # what is suggested for the first absence that is not accepted, the second, ...
    stages_months: int | None  # for how long one counts
    digest_at: time | None
    milestones: tuple[int, ...]
    credit_on: Literal["officer", "mark"]
    stop: Literal["provider", "ours"]
    telegram_rate: float
    chat_rate: float
    sms_rate: float
    person_day: int
    feedback_every: int
    feedback_at: time
    feedback_exit: Literal["ask", "off"]
    telegram_people: TelegramPeople
    telegram_staff: TelegramStaff
    go_live: frozenset[str] | Literal["none", "all"]
    on_call: tuple[str, ...]
    crisis_repeat: int
    contact_within: int  # minutes in which whoever is on duty gets in touch with somebody in danger
    covered: Staffed | None  # when somebody must be on duty; none: in the staffed hours
    restricted_group: tuple[str, ...]  # refs of who alone see alerts of abuse and of the women's team
    test_alert: tuple[int, int] | None  # weekday and minute
    alarms: tuple[str, ...]
    hold: int  # minutes a broadcast waits before anything of it happens
    hold_urgent: int
    chase: int  # hours of silence after which a change is asked about once more
    pence_a_part: float  # what a part of a text costs, to be shown beside a broadcast; 0: not known
    read_within: int  # working minutes in which somebody reads what a person wrote
    later: int  # working minutes after which whoever said "later" is told again
    undo: int  # minutes in which an answer to a person can still be stopped
    messages_months: int | None
    conversation_days: int | None
    helplines: tuple[Helpline, ...] = field(default=())
    pictures: Path | None = None  # of packs, each under its ref
    ways: tuple[tuple[str, str], ...] = ()  # by ref of a placement, how to get there in words
    drama_numbers: bool = False  # Ofcom's numbers for drama may be given to people; not of the file, but of the installation
    unknown: tuple[str, ...] = ()  # what stands in the file and means nothing, such as a misspelt name

    @classmethod
    def read(cls, data: Mapping[str, Any], folder: Path = Path()) -> Self:
        """From parsed TOML, whose paths are relative to `folder`. Raises CouncilError with one plain sentence."""
        section = _Sections(data)
        council = section.table("council")
        hours, reminders, missed = section.table("hours"), section.table("reminders"), section.table("missed")
        rates, telegram = section.table("rates"), section.table("telegram")
        crisis, alerts, feedback, absence, conversation = (
            section.table(name) for name in ("crisis", "alerts", "feedback", "absence", "conversation")
        )
        days, staffed = _staffed(hours.text("staffed", "Mon-Fri 09:00-17:00"))
        return cls(
            label=council.text("label"),
            phone=council.text("phone"),
            routine=_span(hours.text("routine", "09:00-20:00"), "hours.routine"),
            sunday=_span(hours.text("sunday", "10:00-18:00"), "hours.sunday"),
            off_from=_minute(hours.text("off_from", "06:00"), "hours.off_from"),
            staffed_days=days,
            staffed=staffed,
            local_holidays=frozenset(hours.dates("holidays")),
            reminders_at=_time(reminders.text("at", "17:00"), "reminders.at"),
            regular=reminders.whole_numbers("regular", [1]),
            first=reminders.whole_numbers("first", [7, 3, 1]),
            nudge=missed.whole("nudge", 30),
            ladder=missed.whole_numbers("ladder", [0, 30, 60, 120], descending=False),
            lapse=missed.whole("lapse", 30),
            followup_working_days=absence.whole("followup_working_days", 2),
            proofs=absence.labels("proofs", PROOFS),
            proof_working_days=absence.whole("proof_working_days", 5),
            stages=absence.labels("stages", ()),
            stages_months=absence.maybe_whole("stages_months"),
            digest_at=_digest(section.table("tasks").text("digest", "09:00")),
            milestones=_milestones(section.table("milestones")),
            credit_on=section.table("credit").choice("on", "officer", ("officer", "mark")),
            stop=section.table("sms").choice("stop", "provider", ("provider", "ours")),
            telegram_rate=rates.rate("telegram", 25),
            chat_rate=rates.rate("chat", 1),
            sms_rate=rates.rate("sms_segments", 10),
            person_day=rates.whole("person_day", 3),
            feedback_every=feedback.whole("every", 4),
            feedback_at=_time(feedback.text("at", "17:30"), "feedback.at"),
            feedback_exit=feedback.choice("exit", "ask", ("ask", "off")),
            telegram_people=_approved(telegram, "people", ("off", "content_free", "full")),
            telegram_staff=_approved(telegram, "staff", ("off", "alerts", "full")),
            go_live=_go_live(section.table("go_live").get("people", "none")),
            on_call=tuple(crisis.texts("on_call")),
            crisis_repeat=crisis.whole("repeat", 5),
            contact_within=crisis.whole("contact_within", 120),
            covered=_covered(section.table("rota").text("covered", "staffed")),
            restricted_group=tuple(alerts.texts("restricted")),
            test_alert=_weekly(alerts.text("test", "Mon 10:00")),
            alarms=tuple(section.table("watch").texts("alarms")),
            hold=section.table("broadcast").whole("hold", 5),
            hold_urgent=section.table("broadcast").whole("hold_urgent", 2),
            chase=section.table("broadcast").whole("chase", 3),
            pence_a_part=section.table("sms").price("pence_a_part"),
            pictures=_folder(section.table("packs"), "pictures", folder),
            read_within=conversation.whole("read_within", 480),
            later=conversation.whole("later", 120),
            undo=conversation.whole("undo", 1),
            ways=_ways(section.table("directions")),
            messages_months=section.table("retention").maybe_whole("messages_months"),
            conversation_days=_longer_than_a_week(section.table("retention"), "conversation_days"),
            helplines=tuple(_helpline(entry) for entry in section.tables("helplines")),
            unknown=tuple(section.unknown),
        )

    def is_holiday(self, day: date) -> bool:
        return day in self.local_holidays or bank_holidays.is_one(day)

    def is_live(self, ref: str) -> bool:
        """Whether this person's proactive messages are switched on."""
        return self.go_live == "all" or (self.go_live != "none" and ref in self.go_live)

    def way_to(self, ref: str) -> str:
        """How to get to that placement, in words; "" where the file does not say."""
        return dict(self.ways).get(ref, "")

    def picture_of(self, ref: str) -> Path | None:
        """The file with the picture of a pack, where there is one."""
        if self.pictures is None or Path(ref).name != ref:
            return None
        found = (self.pictures / f"{ref}.{kind}" for kind in ("png", "jpg"))
        return next((path for path in found if path.is_file()), None)

    @property
    def is_live_for_somebody(self) -> bool:
        """Whether anything is sent unasked at all: before that, supervisors get no lists either."""
        return self.go_live != "none"

    def is_staffed(self, now: datetime) -> bool:
        local = now.astimezone(LONDON)
        return self.is_working_day(local.date()) and local.hour * 60 + local.minute in self.staffed

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.staffed_days and not self.is_holiday(day)

    def cover_of(self, day: date) -> Span | None:
        """The part of a day in which somebody must be on duty; none on a day without. Named hours hold on holidays too."""
        if self.covered is None:
            return self.staffed if self.is_working_day(day) else None
        days, span = self.covered
        return span if day.weekday() in days else None

    def next_opening(self, now: datetime) -> datetime:
        """When staff are next there from the morning on."""
        day = now.astimezone(LONDON).date()
        if not self.is_working_day(day) or at_minute(day, self.staffed.start) <= now:
            day = self.next_working_day(day)
        return at_minute(day, self.staffed.start)

    def next_staffed(self, now: datetime) -> tuple[Literal["by", "after"], datetime]:
        """When a person here reads next: ("by", closing time) while there is time for it, else ("after", next opening)."""
        local = now.astimezone(LONDON)
        day, minute = local.date(), local.hour * 60 + local.minute
        if self.is_working_day(day) and self.staffed.start <= minute < self.staffed.until - LAST_LOOK:
            return "by", at_minute(day, self.staffed.until)
        if not self.is_working_day(day) or minute >= self.staffed.start:
            day = self.next_working_day(day)
        return "after", at_minute(day, self.staffed.start)

    def next_working_day(self, day: date) -> date:
        day += timedelta(days=1)
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def after_working_minutes(self, moment: datetime, minutes: int) -> datetime:
        """The moment by which so many staffed minutes have passed; with none to pass, the moment itself."""
        if minutes <= 0:
            return moment
        day = moment.astimezone(LONDON).date()
        left = timedelta(minutes=minutes)
        while True:
            if self.is_working_day(day):
                opens, closes = at_minute(day, self.staffed.start), at_minute(day, self.staffed.until)
                # On one wall clock a difference ignores a change of the clocks, so both are taken as instants.
                opens, closes = max(opens.astimezone(UTC), moment.astimezone(UTC)), closes.astimezone(UTC)
                if opens + left <= closes:
                    return opens + left
                left -= max(closes - opens, timedelta())
            day += timedelta(days=1)

    def due_in_working_days(self, now: datetime, days: int) -> datetime:
        """The end of the nth working day from now, as s.227C(5) counts them: no weekend, public or local holiday."""
        day = now.astimezone(LONDON).date()
        for _ in range(days):
            day = self.next_working_day(day)
        return at_minute(day, self.staffed.until)


def london(text: str) -> datetime:
    """A moment; one without an offset is London wall time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)


def at_minute(day: date, minute: int) -> datetime:
    """That minute of that London day. A time that the clocks skip is the same instant counted on from before the change."""
    days, minute = divmod(minute, DAY)
    return datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), LONDON)


class _Table:
    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self._name, self._data = name, data
        self._asked: set[str] = set()

    @property
    def names(self) -> list[str]:
        return list(self._data)

    @property
    def unknown(self) -> list[str]:
        """What was never asked for."""
        return [f"{self._name}.{key}" for key in self._data if key not in self._asked]

    def get(self, key: str, default: Any = None) -> Any:
        self._asked.add(key)
        return self._data.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise CouncilError(f'{self._name}.{key} is missing; write {self._name}.{key} = "..." in the council file')
        return value.strip()

    def whole(self, key: str, default: int) -> int:
        value = self.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise CouncilError(f"{self._name}.{key} must be a whole number, like {default}")
        return value

    def maybe_whole(self, key: str) -> int | None:
        """None where it is not set: nothing is done then."""
        if (value := self.whole(key, 0)) == 0 and self.get(key) is not None:
            raise CouncilError(f"{self._name}.{key} must be a whole number above 0, or left out")
        return value or None

    def rate(self, key: str, default: float) -> float:
        value = self.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
            raise CouncilError(f"{self._name}.{key} must be a number above 0, like {default:g}")
        return float(value)

    def price(self, key: str) -> float:
        value = self.get(key, 0)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
            raise CouncilError(f"{self._name}.{key} must be a number of pence, like 2.4")
        return float(value)

    def whole_numbers(self, key: str, default: list[int], *, descending: bool = True) -> tuple[int, ...]:
        value = self.get(key, default)
        if not isinstance(value, list) or not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in value):
            raise CouncilError(f"{self._name}.{key} must be a list of whole numbers, like {default}")
        return tuple(sorted(set(value), reverse=descending))

    def texts(self, key: str) -> list[str]:
        value = self.get(key, [])
        if isinstance(value, str):
            return [value]
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise CouncilError(f'{self._name}.{key} must be a list of staff refs, like ["S01"]')
        return value

    def labels(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Short names of the council's own."""
        value = self.get(key, list(default))
        if not isinstance(value, list) or not all(
            isinstance(text, str) and 0 < len(text.strip()) <= LABEL for text in value
        ):
            raise CouncilError(f'{self._name}.{key} must be a list of names of up to {LABEL} characters, like ["fit note"]')
        return tuple(text.strip() for text in value)

    def dates(self, key: str) -> list[date]:
        values = self.get(key, [])
        return [_date(value, f"{self._name}.{key}") for value in (values if isinstance(values, list) else [values])]

    def choice(self, key: str, default: str, allowed: tuple[str, ...]) -> Any:
        value = self.get(key, default)
        if value not in allowed:
            raise CouncilError(f"{self._name}.{key} must be one of {', '.join(allowed)}")
        return value


class _Sections:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._read: dict[str, list[_Table]] = {}

    @property
    def unknown(self) -> list[str]:
        """Sections, and names in those that are there, which nothing was read from."""
        sections = [f"[{name}]" for name in self._data if name not in self._read]
        return sections + [name for tables in self._read.values() for table in tables for name in table.unknown]

    def table(self, name: str) -> _Table:
        value = self._data.get(name, {})
        if not isinstance(value, Mapping):
            raise CouncilError(f"[{name}] must be a section of the council file")
        return self._read.setdefault(name, [_Table(name, value)])[0]

    def tables(self, name: str) -> list[_Table]:
        value = self._data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
            raise CouncilError(f"[[{name}]] must be a list of sections of the council file")
        return self._read.setdefault(name, [_Table(name, entry) for entry in value])


def _minute(text: str, name: str) -> int:
    match = re.fullmatch(r"(\d\d):(\d\d)", text)
    if not match or not (minute := int(match[1]) * 60 + int(match[2])) <= DAY or int(match[2]) > 59:
        raise CouncilError(f"{name} must be a time like 09:00")
    return minute


def _time(text: str, name: str) -> time:
    minute = _minute(text, name)
    return time(minute // 60 % 24, minute % 60)


def _digest(text: str) -> time | None:
    return None if text == "off" else _time(text, "tasks.digest")


def _span(text: str, name: str) -> Span:
    start, dash, until = text.partition("-")
    if not dash:
        raise CouncilError(f"{name} must be two times like 09:00-20:00")
    span = Span(_minute(start.strip(), name), _minute(until.strip(), name))
    if span.start >= span.until:
        raise CouncilError(f"{name} must start before it ends")
    return span


def _staffed(text: str, name: str = "hours.staffed") -> Staffed:
    match = re.fullmatch(r"([A-Za-z, -]+?)\s+(\S+-\S+)", text)
    if not match:
        raise CouncilError(f"{name} must be days and times like Mon-Fri 09:00-17:00")
    days: set[int] = set()
    for part in match[1].split(","):
        first, _, last = part.strip().partition("-")
        try:
            start = WEEKDAYS.index(first.strip()[:3].title())
            stop = WEEKDAYS.index((last or first).strip()[:3].title())
        except ValueError:
            raise CouncilError(f"{name} must be days and times like Mon-Fri 09:00-17:00") from None
        days.update((start + n) % 7 for n in range((stop - start) % 7 + 1))
    return frozenset(days), _span(match[2], name)


def _covered(text: str) -> Staffed | None:
    return None if text == "staffed" else _staffed(text, "rota.covered")


def _weekly(text: str) -> tuple[int, int] | None:
    day, _, at = text.partition(" ")
    if text == "never":
        return None
    if day not in WEEKDAYS:
        raise CouncilError('alerts.test must be a weekday and a time like "Mon 10:00", or "never"')
    return WEEKDAYS.index(day), _minute(at, "alerts.test")


def _date(value: Any, name: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise CouncilError(f"{name} must hold dates like 2026-12-25") from None


def _milestones(table: _Table) -> tuple[int, ...]:
    """Per cent of the hours; none turns them off."""
    steps = table.whole_numbers("at", [25, 50, 75, 100], descending=False)
    if not all(1 <= step <= 100 for step in steps):
        raise CouncilError("milestones.at must be numbers from 1 to 100, like [25, 50, 75, 100], or [] for none")
    return steps


def _approved(table: _Table, key: str, allowed: tuple[str, ...]) -> Any:
    value = table.choice(key, "off", allowed)
    approved = [table.get("approved_by"), table.get("approved_on")]
    if value == "full" and not all(approved):
        raise CouncilError(
            f'telegram.{key} = "full" needs telegram.approved_by and telegram.approved_on: who agreed to it, and when'
        )
    return value


def _longer_than_a_week(table: _Table, key: str) -> int | None:
    """In days. What was written to a worker is no passing message: it may be asked about long after."""
    days = table.maybe_whole(key)
    if days is not None and days <= WEEK:
        raise CouncilError(f"retention.{key} must be more than {WEEK} days, or left out")
    return days


def _ways(table: _Table) -> tuple[tuple[str, str], ...]:
    ways = {ref: table.text(ref).rstrip(".") for ref in table.names}
    for ref, words in ways.items():
        if fault := directions.fault_in(words):
            raise CouncilError(f"directions.{ref} {fault}")
    return tuple(ways.items())


def _folder(table: _Table, key: str, beside: Path) -> Path | None:
    if table.get(key) is None:
        return None
    folder = beside / table.text(key)
    if not folder.is_dir():
        raise CouncilError(f"packs.{key} is no folder; give the path of one, beside the council file")
    return folder


def _go_live(value: Any) -> Any:
    if value in ("none", "all"):
        return value
    if isinstance(value, list) and all(isinstance(ref, str) for ref in value):
        return frozenset(value)
    raise CouncilError('go_live.people must be "none", "all" or a list of refs')


def _helpline(table: _Table) -> Helpline:
    if table.get("checked_on") is None:
        raise CouncilError(f"helplines: {table.text('name')} has no checked_on; write the date on which someone rang it")
    return Helpline(
        name=table.text("name"),
        number=table.text("number"),
        hours=table.text("hours", "always"),
        checked_on=_date(table.get("checked_on"), "helplines.checked_on"),
    )
