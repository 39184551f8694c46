"""A council's settings: each fault in one plain sentence; its holidays, its staffed hours, its working days."""

import re
import tomllib
from datetime import date, datetime, timedelta
from typing import Any

import holidays
import pytest

from bot.settings import ROOT, SAMPLE
from db.council import LONDON, Council, CouncilError
from tests.db.making import council, london

BASE = """
[council]
label = "Sessions"
phone = "01632 960480"
"""

FAULTS = [
    ("", "council.label is missing"),
    ('[council]\nlabel = " "\nphone = "1"', "council.label is missing"),
    ('[council]\nlabel = "Sessions"', "council.phone is missing"),
    ("council = 3", "[council] must be a section"),
    (BASE + '[hours]\nroutine = "9-20"', "hours.routine must be a time like 09:00"),
    (BASE + '[hours]\nroutine = "09:00"', "hours.routine must be two times like 09:00-20:00"),
    (BASE + '[hours]\nroutine = "20:00-09:00"', "hours.routine must start before it ends"),
    (BASE + '[hours]\nsunday = "10:00-25:00"', "hours.sunday must be a time like 09:00"),
    (BASE + '[hours]\noff_from = "6am"', "hours.off_from must be a time like 09:00"),
    (BASE + "[hours]\noff_from = 6", "hours.off_from is missing"),
    (BASE + '[hours]\nstaffed = "weekdays"', "hours.staffed must be days and times"),
    (BASE + '[hours]\nstaffed = "Mon-Foo 09:00-17:00"', "hours.staffed must be days and times"),
    (BASE + '[hours]\nholidays = ["soon"]', "hours.holidays must hold dates like 2026-12-25"),
    (BASE + "[hours]\nholidays = 5", "hours.holidays must hold dates like 2026-12-25"),
    (BASE + '[reminders]\nat = "17:60"', "reminders.at must be a time like 09:00"),
    (BASE + "[reminders]\nregular = 1", "reminders.regular must be a list of whole numbers"),
    (BASE + "[reminders]\nfirst = [-1]", "reminders.first must be a list of whole numbers"),
    (BASE + "[missed]\nladder = [true]", "missed.ladder must be a list of whole numbers"),
    (BASE + "[missed]\nlapse = 1.5", "missed.lapse must be a whole number"),
    (BASE + "[milestones]\nat = [0, 50]", "milestones.at must be numbers from 1 to 100"),
    (BASE + '[credit]\non = "always"', "credit.on must be one of officer, mark"),
    (BASE + '[sms]\nstop = "never"', "sms.stop must be one of provider, ours"),
    (BASE + "[rates]\ntelegram = 0", "rates.telegram must be a number above 0"),
    (BASE + "[rates]\nchat = true", "rates.chat must be a number above 0"),
    (BASE + "[rates]\nsms_segments = nan", "rates.sms_segments must be a number above 0"),
    (BASE + "[rates]\nsms_segments = inf", "rates.sms_segments must be a number above 0"),
    (BASE + "[rates]\nperson_day = -1", "rates.person_day must be a whole number"),
    (BASE + '[telegram]\npeople = "on"', "telegram.people must be one of off, content_free, full"),
    (BASE + '[telegram]\npeople = "full"', 'telegram.people = "full" needs telegram.approved_by and telegram.approved_on'),
    (BASE + '[telegram]\nstaff = "full"\napproved_by = "M Kerr"', 'telegram.staff = "full" needs'),
    (BASE + '[go_live]\npeople = "some"', 'go_live.people must be "none", "all" or a list of refs'),
    (BASE + "[go_live]\npeople = [1]", 'go_live.people must be "none", "all" or a list of refs'),
    (BASE + "[crisis]\non_call = 7", "crisis.on_call must be a list of staff refs"),
    (BASE + "[crisis]\ncontact_within = -1", "crisis.contact_within must be a whole number"),
    (BASE + '[rota]\ncovered = "always"', "rota.covered must be days and times like"),
    (BASE + '[alerts]\ntest = "10:00"', "alerts.test must be a weekday and a time like"),
    (BASE + '[alerts]\ntest = "Mon 10"', "alerts.test must be a time like 09:00"),
    (BASE + "[alerts]\nrestricted = 7", "alerts.restricted must be a list of staff refs"),
    (BASE + "[directions]\nPL01 = 5", "directions.PL01 is missing"),
    (BASE + '[directions]\nPL01 = "Come to 18 Hirplin Street"', "directions.PL01 holds a street address"),
    (BASE + '[directions]\nPL01 = "The gate is at ZZ1 1AB"', "directions.PL01 holds a street address"),
    (BASE + '[directions]\nPL01 = "Past the court"', 'directions.PL01 holds "court"'),
    (BASE + f'[directions]\nPL01 = "{"Left, " * 12}"', "directions.PL01 has 71 characters; say it in 68"),
    (BASE + "[helplines]\nname = 'x'", "[[helplines]] must be a list"),
    (BASE + '[[helplines]]\nname = "Samaritans"\nnumber = "116 123"', "helplines: Samaritans has no checked_on"),
    (BASE + '[[helplines]]\nname = "S"\nchecked_on = 2026-01-01', "helplines.number is missing"),
    (BASE + '[[helplines]]\nname = "S"\nnumber = "1"\nchecked_on = "x"', "helplines.checked_on must hold dates"),
]  # fmt: skip


@pytest.mark.parametrize(("toml", "sentence"), FAULTS)
def test_each_fault_is_one_sentence_that_names_the_setting(toml: str, sentence: str) -> None:
    with pytest.raises(CouncilError) as caught:
        Council.read(tomllib.loads(toml))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_defaults_are_those_of_the_contract() -> None:
    made = Council.read(tomllib.loads(BASE))
    assert (made.routine.start, made.routine.until) == (9 * 60, 20 * 60)
    assert (made.sunday.start, made.sunday.until) == (10 * 60, 18 * 60)
    assert made.off_from == 6 * 60
    assert (made.staffed_days, made.staffed.start, made.staffed.until) == (frozenset(range(5)), 9 * 60, 17 * 60)
    assert (made.reminders_at.hour, made.regular, made.first) == (17, (1,), (7, 3, 1))
    assert (made.nudge, made.ladder, made.lapse) == (30, (0, 30, 60, 120), 30)
    assert (made.followup_working_days, made.credit_on, made.stop) == (2, "officer", "provider")
    assert (made.telegram_rate, made.chat_rate, made.sms_rate, made.person_day) == (25, 1, 10, 3)
    assert (made.telegram_people, made.telegram_staff, made.go_live) == ("off", "off", "none")


@pytest.mark.parametrize(
    ("staffed", "days"),
    [("Mon-Fri 09:00-17:00", {0, 1, 2, 3, 4}), ("Mon,Wed-Thu 08:00-16:00", {0, 2, 3}), ("Sat-Mon 10:00-12:00", {5, 6, 0}),
     ("monday - friday 09:00-17:00", {0, 1, 2, 3, 4}), ("Tue 09:00-17:00", {1})],
)  # fmt: skip
def test_staffed_days_are_read_as_people_write_them(staffed: str, days: set[int]) -> None:
    assert council(hours={"staffed": staffed}).staffed_days == days


LIVE = [("none", False), ("all", True), (["P1", "P2"], True), (["P2"], False), ([], False)]


@pytest.mark.parametrize(("people", "live"), LIVE, ids=str)
def test_only_whom_the_council_names_is_live(people: Any, live: bool) -> None:
    assert council(go_live={"people": people}).is_live("P1") is live


HOLIDAYS = [
    ("2026-01-02", True), ("2026-08-03", True), ("2026-11-30", True), ("2026-12-25", True), ("2026-12-28", True),
    ("2027-01-04", True),  # the second of January is a Saturday in 2027
    ("2026-08-31", False),  # England's
    ("2026-04-06", False),  # Easter Monday is no Scottish bank holiday ...
    ("2026-09-25", True),  # ... and the autumn holiday is the council's own
    ("2026-06-10", False),
]  # fmt: skip


@pytest.mark.parametrize(("day", "holiday"), HOLIDAYS)
def test_holidays_are_scotlands_and_the_councils_own(day: str, holiday: bool) -> None:
    made = council(hours={"holidays": [date(2026, 9, 25), "2026-05-25"]})
    assert made.is_holiday(date.fromisoformat(day)) is holiday


def test_the_library_says_the_same_when_it_is_asked_its_own_way() -> None:
    theirs = holidays.country_holidays("GB", subdiv="SCT", years=range(2020, 2040))
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(20 * 365)]
    assert [day for day in days if council().is_holiday(day)] == [day for day in days if day in theirs]


READS = [
    # now, by or after, which moment
    ("2026-06-10 13:00", "by", "2026-06-10 17:00"),
    ("2026-06-10 16:29", "by", "2026-06-10 17:00"),
    ("2026-06-10 16:30", "after", "2026-06-11 09:00"),  # nobody reads it in the last half hour for certain
    ("2026-06-12 16:58", "after", "2026-06-16 09:00"),
    ("2026-06-10 08:00", "after", "2026-06-10 09:00"),
    ("2026-06-10 17:00", "after", "2026-06-11 09:00"),
    ("2026-06-12 17:30", "after", "2026-06-16 09:00"),  # Friday evening; Monday is the World Cup holiday
    ("2026-12-24 18:00", "after", "2026-12-29 09:00"),
    ("2026-06-14 12:00", "after", "2026-06-16 09:00"),
]


@pytest.mark.parametrize(("now", "kind", "moment"), READS)
def test_when_a_worker_reads_next(now: str, kind: str, moment: str) -> None:
    assert council().next_staffed(london(now)) == (kind, london(moment).astimezone(LONDON))


@pytest.mark.parametrize(
    ("now", "moment"),
    [("08:50", "2026-06-10 09:00"), ("09:10", "2026-06-11 09:00")],
)
def test_an_office_that_opens_for_less_than_half_an_hour_promises_its_next_opening(now: str, moment: str) -> None:
    made = council(hours={"staffed": "Mon-Fri 09:00-09:20"})
    assert made.next_staffed(london(f"2026-06-10 {now}")) == ("after", london(moment).astimezone(LONDON))


def test_calls_are_put_through_until_closing_time() -> None:
    assert council().is_staffed(london("2026-06-10 16:59"))
    assert not council().is_staffed(london("2026-06-10 17:00"))


DUE = [
    ("2026-06-10 13:00", 1, "2026-06-11 17:00"),
    ("2026-06-11 23:00", 2, "2026-06-16 17:00"),
    ("2026-12-24 12:00", 2, "2026-12-30 17:00"),
    ("2026-10-23 12:00", 1, "2026-10-26 17:00"),  # over the night when the clocks go back
    ("2026-09-24 12:00", 1, "2026-09-28 17:00"),  # the council's own Friday off
]


@pytest.mark.parametrize(("now", "days", "due"), DUE)
def test_working_days_skip_weekends_and_both_kinds_of_holidays(now: str, days: int, due: str) -> None:
    made = council(hours={"holidays": [date(2026, 9, 25)]})
    assert made.due_in_working_days(london(now), days) == london(due)


WORKING = [
    ("2026-06-10 13:00", 30, "2026-06-10 13:30"),
    ("2026-06-10 16:45", 30, "2026-06-11 09:15"),
    ("2026-06-10 20:00", 0, "2026-06-10 20:00"),  # none to pass: at once, whatever the hour
    ("2026-06-10 20:00", 1, "2026-06-11 09:01"),
    ("2026-06-10 06:00", 30, "2026-06-10 09:30"),
    ("2026-06-12 16:40", 120, "2026-06-16 10:40"),  # Monday is the World Cup holiday
    ("2026-09-24 16:00", 60, "2026-09-24 17:00"),
    ("2026-09-24 16:01", 60, "2026-09-28 09:01"),  # the council's own Friday off
    ("2026-10-23 16:59", 2, "2026-10-26 09:01"),  # the clocks go back on the Sunday
    ("2026-06-10 09:00", 16 * 60, "2026-06-11 17:00"),
]


@pytest.mark.parametrize(("now", "minutes", "then"), WORKING)
def test_working_minutes_pass_in_staffed_hours_alone(now: str, minutes: int, then: str) -> None:
    made = council(hours={"holidays": [date(2026, 9, 25)]})
    assert made.after_working_minutes(london(now), minutes) == london(then)


def test_a_day_of_the_other_kind_is_read_too() -> None:
    made = council(hours={"holidays": [datetime(2026, 9, 25, tzinfo=LONDON)]})
    assert made.is_holiday(date(2026, 9, 25))


def test_what_means_nothing_in_the_file_is_known_by_name() -> None:
    known = '[telegram]\napproved_by = "M Kerr"\n[[helplines]]\nname = "S"\nnumber = "1"\nchecked_on = 2026-01-01'
    odd = BASE + '[hours]\nroutin = "09:00-20:00"\n[broadcasts]\nhold = 5\n' + known
    assert Council.read(tomllib.loads(odd)).unknown == ("[broadcasts]", "hours.routin")


def test_the_docs_show_every_setting_as_it_is_where_it_is_left_out() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.DOTALL)
    shown = tomllib.loads(block)
    must = {name: shown[name] for name in ("council", "helplines")}
    assert Council.read(shown) == Council.read(must)


def test_every_setting_of_the_sample_means_something() -> None:
    assert Council.read(tomllib.loads((SAMPLE / "council.toml").read_text()), SAMPLE).unknown == ()
