"""Councils as folders of files: one written by hand, and as many as you like drawn from a seed."""

import csv
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
CHAT = 700_000_000
Files = dict[str, list[list[str]]]
ROLES = (
    "one", "aye", "cant", "late", "silent", "hours", "telegram", "crisis", "stop", "woman", "window", "shared", "sharer",
)  # fmt: skip
SQUAD = tuple(role for role in ROLES if role != "woman")  # in the order of the roster, on which the first is number 1


@dataclass(frozen=True)
class Person:
    ref: str
    first: str
    last: str
    phone: str
    chat: int


@dataclass(frozen=True)
class Council:
    """What differs from council to council; who does what in the day is the same in all."""

    label: str
    phone: str
    starts_at: datetime  # of the session that the day is about
    lasts: timedelta
    holidays: tuple[date, ...]  # the council's own
    reminders_at: time
    window: tuple[time, time]  # of the person with a safe window; opens after `reminders_at`
    staffed: str
    stop: str
    credit: str  # "mark", or "officer"
    marks_on: str  # where the supervisor has the roster: "telegram", or "sms"
    place: str
    bring: str
    hours: int
    worked: int  # minutes
    complete_by: date
    names: tuple[tuple[str, str], ...]
    staff: tuple[tuple[str, str], ...]  # supervisor, manager who is on call, case manager, co-ordinator
    first_number: int
    toml: str = "[milestones]\nat = []\n"  # what is said on the day is counted to the letter
    people: Mapping[str, Person] = field(default_factory=dict)

    @property
    def supervisor(self) -> Person:
        return Person("S1", *self.staff[0], self._number(90), CHAT + 90)

    @property
    def on_call(self) -> Person:
        return Person("S2", *self.staff[1], self._number(91), CHAT + 91)

    @property
    def case_manager(self) -> Person:
        return Person("S3", *self.staff[2], self._number(92), CHAT + 92)

    @property
    def coordinator(self) -> Person:
        return Person("S4", *self.staff[3], self._number(93), CHAT + 93)

    @property
    def workers(self) -> tuple[Person, ...]:
        """In the order in which they are asked of a missed session."""
        return self.supervisor, self.case_manager, self.coordinator, self.on_call

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.lasts

    @property
    def imported_at(self) -> datetime:
        return datetime.combine(self.eve, time(10, 30), LONDON)

    @property
    def eve(self) -> date:
        return self.starts_at.date() - timedelta(days=1)

    @property
    def last_worked(self) -> date:
        return self.starts_at.date() - timedelta(days=7)

    def _number(self, n: int) -> str:
        return f"+44770090{self.first_number + n:04d}"

    def on_eve(self, at: time) -> datetime:
        return datetime.combine(self.eve, at, LONDON)

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays

    def working_day(self, after: date, n: int) -> date:
        """The nth working day after that one."""
        for _ in range(n):
            after += timedelta(days=1)
            while not self.is_working_day(after):
                after += timedelta(days=1)
        return after

    @property
    def opening_hours(self) -> tuple[time, time]:
        opens, closes = self.staffed.split()[1].split("-")
        return time.fromisoformat(opens), time.fromisoformat(closes)

    def after_working(self, since: datetime, minutes: int) -> datetime:
        """When so many minutes have gone by in which the office is open. They are counted one by one."""
        opens, closes = self.opening_hours
        while minutes:
            if self.is_working_day(since.date()) and opens <= since.time() < closes:
                minutes -= 1
            since += timedelta(minutes=1)
        return since

    def cast(self) -> "Council":
        """With a person for every role. The sharer has the number of the shared."""
        people = {}
        for n, (role, (first, last)) in enumerate(zip(ROLES, self.names, strict=True), start=1):
            number = self._number(n - 1 if role == "sharer" else n)
            people[role] = Person(f"P{n:02d}", first, last, number, CHAT + n)
        return replace(self, people=people)

    def words(self) -> set[str]:
        """Names and numbers that no log line may hold."""
        known = [*self.people.values(), *self.workers]
        numbers = {one.phone for one in known} | {one.phone.removeprefix("+44") for one in known}
        return numbers | {one.last for one in known} | {one.first for one in known} | {str(one.chat) for one in known}

    def write(self, folder: Path) -> Path:
        return write(folder, self.settings(), self.files())

    def settings(self) -> str:
        return f"""
[council]
label = "{self.label}"
phone = "{self.phone}"
[hours]
staffed = "{self.staffed}"
holidays = [{", ".join(day.isoformat() for day in self.holidays)}]
[credit]
on = "{self.credit}"
[reminders]
at = "{self.reminders_at:%H:%M}"
[sms]
stop = "{self.stop}"
[telegram]
people = "full"
staff = "full"
approved_by = "Somebody"
approved_on = 2026-01-05
[go_live]
people = "all"
[crisis]
on_call = ["S2"]
[alerts]
test = "never"
[tasks]
digest = "off"
[[helplines]]
name = "Samaritans"
number = "116 123"
hours = "always"
checked_on = {self.eve.isoformat()}
{self.toml}"""

    def files(self) -> dict[str, list[list[str]]]:
        starts, people = self.starts_at.replace(tzinfo=None), self.people.items()
        sessions = {"BEFORE": starts - timedelta(days=7), "MAIN": starts}
        until = self.complete_by.isoformat()
        at = ("squad", "1 High Street", "ZZ1 1AB")
        women = {f"WOMEN-{ref}": day for ref, day in sessions.items()}
        return {
            "staff": [
                [one.ref, f"{one.first} {one.last}", role, one.phone, "", "north"]
                for role, one in zip(("supervisor", "case_manager", "coordinator", "manager"), self.workers, strict=True)
            ],
            "people": [self._person(role, one) for role, one in people],
            "orders": [
                [f"O-{one.ref}", one.ref, "cpo", "2026-01-12", str(self.hours), until, "", "", "", "active"]
                for _, one in people
            ],
            "placements": [
                ["PL1", self.place, self.place, *at, "55.9", "-3.9", self.bring, "S1", "north", "no", "30"],
                ["PL2", "Hidden house", "Hidden house", *at, "", "", "", "S1", "north", "yes", "9"],
            ],
            "sessions": [
                [ref, "PL2" if ref in women else "PL1", minute(day), minute(day + self.lasts), "", "", "planned"]
                for ref, day in (sessions | women).items()
            ],
            "bookings": [
                [f"WOMEN-{ref}" if role == "woman" else ref, one.ref, f"O-{one.ref}", "booked"]
                for role, one in people
                for ref in sessions
            ],
            "hours": [
                [f"H-{one.ref}", f"O-{one.ref}", self.last_worked.isoformat(), str(self.worked), "unpaid_work", "", ""]
                for _, one in people
            ],
        }  # fmt: skip

    def _person(self, role: str, one: Person) -> list[str]:
        window = f"{self.window[0]:%H:%M}-{self.window[1]:%H:%M}" if role == "window" else ""
        channel = "telegram" if role == "telegram" else "sms"
        woman = "yes" if role == "woman" else "no"
        name = [one.ref, one.first, one.last, one.phone]
        return [*name, "", channel, "", window, "yes", "", "", "", "north", self.case_manager.ref, woman, ""]


COLUMNS = {
    "staff": "ref,name,role,phone,language,team",
    "people": "ref,first_name,last_name,phone,language,channel,mode,safe_window,phone_is_own,voicemail_ok,stop_level,"
    "restricted,team,case_manager,women_only,not_with",
    "orders": "ref,person,kind,imposed_on,hours,complete_by,other_activity_hours,concurrent_with,responsible_officer,status",
    "placements": "ref,name,nickname,kind,address,postcode,latitude,longitude,bring,supervisor,team,women_only,capacity",
    "sessions": "ref,placement,starts_at,ends_at,capacity,supervisor,status",
    "bookings": "session,person,order,status",
    "hours": "ref,order,worked_on,minutes,activity,placement,note",
    "packs": "ref,name,activity,minutes,stock,collect_from,return_within_days,note",
}

STANDARD = Council(
    label="Linnbrae",
    phone="01632 960480",
    starts_at=datetime(2026, 6, 12, 15, 0, tzinfo=LONDON),  # a Friday, before a weekend of three days
    lasts=timedelta(hours=3),
    holidays=(date(2026, 6, 15),),
    reminders_at=time(17, 0),
    window=(time(18, 0), time(19, 0)),
    staffed="Mon-Fri 09:00-17:30",
    stop="provider",
    credit="mark",
    marks_on="telegram",
    place="Bike workshop",
    bring="boots and lunch",
    hours=135,
    worked=61 * 60 - 20,
    complete_by=date(2026, 12, 12),
    names=(
        ("Craigie", "Haddow"), ("Stuart", "Ogilvie"), ("Mairead", "Tocher"), ("Kenny", "Balfron"), ("Isla", "Drumond"),
        ("Gordon", "Peebles"), ("Ailsa", "Kinnear"), ("Dougal", "Strachur"), ("Fraser", "Lochty"), ("Morven", "Ardoch"),
        ("Hamish", "Tulloch"), ("Euan", "Glasser"), ("Rory", "Glasser"),
    ),
    staff=(("Moira", "Kerrigan"), ("Fergus", "Tolmie"), ("Sheena", "Dalgarno"), ("Archie", "Wemyss")),
    first_number=100,
).cast()  # fmt: skip

FIRSTS = (
    "Agnes", "Bryony", "Callum", "Donalda", "Elspeth", "Finlay", "Greer", "Hector", "Innes", "Jockie", "Kirsty", "Lorna",
    "Murdo", "Niamh", "Oighrig", "Petra", "Ranald", "Senga", "Torquil", "Una-Mae", "Wilma", "Zander",
)  # fmt: skip
LASTS = (
    "Abercorn", "Brodick", "Carluke", "Dunnet", "Errol", "Fyvie", "Gartmore", "Huntly", "Inverkip", "Juniper", "Kilsyth",
    "Lamlash", "Methil", "Newmilns", "Oykel", "Pitlurg", "Rannoch", "Skelmorlie", "Tongland", "Uddingston",
)  # fmt: skip


def drawn(seed: int) -> Council:
    """Another council, at the end of October 2026: its session is the first after the clocks went back."""
    draw = random.Random(seed)
    quarter = [time(hour, minute) for hour in (15, 16) for minute in (0, 15, 30, 45)]
    day = draw.choice([date(2026, 10, 25), date(2026, 10, 26)])
    firsts, lasts = draw.sample(FIRSTS, 17), draw.sample(LASTS, 17)
    names = tuple(zip(firsts, lasts, strict=True))
    opens = time(17, draw.choice([0, 20, 40]))
    return Council(
        label=draw.choice(["Auchterbrae", "Strathnevin", "Kirkmoray"]),
        phone=f"01632 960{draw.randrange(1000):03d}",
        starts_at=datetime.combine(day, draw.choice([time(8, 45), time(9), time(10, 15)]), LONDON),
        lasts=timedelta(hours=6),
        holidays=(day + timedelta(days=1),),
        reminders_at=draw.choice(quarter),
        window=(opens, time(17, 55)),
        staffed=draw.choice(["Mon-Fri 09:00-17:00", "Mon-Fri 08:30-16:30"]),
        stop=draw.choice(["provider", "ours"]),
        credit=draw.choice(["mark", "officer"]),
        marks_on="sms",
        place=draw.choice(["Wood shed", "Laundry", "Path squad"]),
        bring=draw.choice(["gloves", "lunch and a coat"]),
        hours=draw.randrange(40, 300),
        worked=draw.randrange(5, 30 * 60),
        complete_by=draw.choice([date(2026, 12, 1), date(2027, 2, 28)]),
        names=names[:13],
        staff=names[13:],
        first_number=draw.choice([300, 500, 700]),
    ).cast()


def crowd(
    folder: Path,
    *,
    sms: int,
    telegram: int = 0,
    days: int = 1,
    stop: str = "provider",
    toml: str = "",
    rate: int = 1000,
    change: Callable[[Files], None] = bool,
) -> list[Person]:
    """People who all have the session of the standard council, on so many days from its own on.

    Those on Telegram come last. `rate` is of segments a second; by default none binds. `toml` is added to the settings;
    `change` may change the rows of the files before they are written.
    """
    people = [
        Person(f"P{n:03d}", f"First-{n:03d}", f"Last-{n:03d}", f"+44770090{n:04d}", CHAT + n)
        for n in range(1, sms + telegram + 1)
    ]
    rates = f"[rates]\ntelegram = 1000\nchat = 1000\nsms_segments = {rate}\n{toml}"
    one_each = replace(STANDARD, people={one.ref: one for one in people}, toml=rates, first_number=800, stop=stop)
    files = one_each.files()
    for row in files["people"][sms:]:
        row[COLUMNS["people"].split(",").index("channel")] = "telegram"
    files["placements"][0][-1] = ""
    for n in range(1, days):
        ref, day = f"MAIN-{n}", STANDARD.starts_at.replace(tzinfo=None) + timedelta(days=n)
        files["sessions"].append([ref, "PL1", minute(day), minute(day + timedelta(hours=6)), "", "", "planned"])
        files["bookings"] += [[ref, one.ref, f"O-{one.ref}", "booked"] for one in people]
    change(files)
    write(folder, one_each.settings(), files)
    return people


def write(folder: Path, toml: str, files: Mapping[str, list[list[str]]]) -> Path:
    folder.mkdir()
    (folder / "council.toml").write_text(toml, encoding="utf-8")
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS[name].split(","))
            writer.writerows(rows)
    return folder


def minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")
