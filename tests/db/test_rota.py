"""Who is on duty: now and next, with leave taken into account; where nobody is; turns that are given, ended and swapped."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from db import in_charge, leave, people, permissions, rota, rota_changes, schema
from db.change import Change, ChangeError
from db.permissions import Refused
from db.record import Record
from tests.db.making import NOW, Town, council, london

HOUR = timedelta(hours=1)


class Desk:
    """Four of the staff, and a co-ordinator who runs the rota."""

    def __init__(self, record: Record) -> None:
        self.town = Town(record)
        self.council = council(rota={"covered": "Mon-Sun 00:00-24:00"})
        self.staff = {ref: self.town.member(ref) for ref in "ABC"} | {"K": self.town.member("K", "coordinator")}

    def change(self, ref: str | None = "K", now: datetime = NOW) -> Any:
        """What a change needs, within a transaction of its own."""
        desk = self

        class Within:
            def __enter__(self) -> Change:
                self.open = desk.town.write()
                connection = self.open.__enter__()
                member = people.member_by_ref(connection, ref) if ref else None
                actor = permissions.as_member(member) if member else permissions.COMMAND_LINE
                return Change(connection, desk.council, now, actor)

            def __exit__(self, *error: Any) -> None:
                self.open.__exit__(*error)

        return Within()

    def on(self, now: datetime = NOW) -> rota.OnDuty:
        with self.town.record.read() as connection:
            return rota.on_duty(connection, now)

    def turn(self, ref: str, duty: str, start: datetime, hours: float) -> int:
        return self.town.turn(self.staff[ref], duty, start, hours)

    def gaps(self, since: datetime = NOW, days: int = 14) -> list[tuple[str, str]]:
        with self.town.record.read() as connection:
            found = rota.gaps(connection, self.council, since, since + timedelta(days=days))
        return [(_said(start), _said(until)) for start, until in found]


def _said(moment: datetime) -> str:
    return rota_changes.at(moment)


@pytest.fixture
def desk(record: Record) -> Desk:
    return Desk(record)


def refs(on: rota.OnDuty) -> tuple[str | None, ...]:
    return tuple(one.ref if one else None for one in (on.first, on.second, on.lead))


# Who is on, and when is the next


def test_without_a_rota_nobody_is_on_and_none_is_kept(desk: Desk) -> None:
    assert desk.on() == rota.OnDuty(kept=False)


def test_who_is_on_at_this_moment_and_until_when(desk: Desk) -> None:
    desk.turn("A", "first", NOW - HOUR, 3)
    desk.turn("B", "second", NOW - HOUR, 5)
    desk.turn("K", "lead", NOW, 8)
    desk.turn("C", "first", NOW + 2 * HOUR, 1)
    on = desk.on()
    assert refs(on) == ("A", "B", "K")
    assert on.until == NOW + 4 * HOUR, "C and B follow without a break; a lead alone is nobody who is asked first"
    assert on.next_at is None
    assert refs(desk.on(NOW + 2 * HOUR)) == ("C", "B", "K"), "a turn ends as the next begins"


def test_in_a_gap_it_is_known_when_somebody_is_on_next(desk: Desk) -> None:
    desk.turn("A", "first", NOW - 3 * HOUR, 2)
    desk.turn("B", "first", NOW + 5 * HOUR, 2)
    on = desk.on()
    assert (on.kept, on.named, on.until, on.next_at) == (True, False, None, NOW + 5 * HOUR)


def test_a_month_after_the_last_turn_no_rota_is_kept_any_more(desk: Desk) -> None:
    desk.turn("A", "first", NOW, 1)
    assert desk.on(NOW + timedelta(days=31)).kept
    assert not desk.on(NOW + timedelta(days=32)).kept


def test_whoever_is_away_is_not_on(desk: Desk) -> None:
    desk.turn("A", "first", NOW - HOUR, 48)
    desk.turn("B", "second", NOW - HOUR, 48)
    desk.town.away(desk.staff["A"], NOW.date(), NOW.date())
    assert refs(desk.on()) == (None, "B", None)
    assert refs(desk.on(NOW + timedelta(days=1))) == ("A", "B", None)


PROMISES = [
    # minutes that the turn goes on, and by when somebody is promised
    (600, "15:00"), (120, "15:00"), (90, "14:30"), (30, "13:30"), (29, None),
]  # fmt: skip


@pytest.mark.parametrize(("minutes", "by"), PROMISES)
def test_a_promise_is_kept_within_the_turn(desk: Desk, minutes: int, by: str | None) -> None:
    desk.turn("A", "first", NOW - HOUR, 1 + minutes / 60)
    said = desk.on().promise(desk.council, NOW)
    assert said == (london(f"2026-06-10 {by}") if by else None)


def test_a_promise_names_the_next_half_hour(desk: Desk) -> None:
    desk.turn("A", "first", NOW - HOUR, 12)
    now = NOW + timedelta(minutes=7)
    assert desk.on(now).promise(desk.council, now) == london("2026-06-10 15:30")


# Gaps


def test_gaps_are_where_nobody_is_first_although_somebody_must_be(desk: Desk) -> None:
    desk.turn("A", "first", london("2026-06-10 09:00"), 24)
    desk.turn("B", "second", london("2026-06-10 09:00"), 400)
    desk.turn("C", "first", london("2026-06-12 09:00"), 24 * 20)
    assert desk.gaps() == [("Thu 11 Jun 09:00", "Fri 12 Jun 09:00")]


def test_leave_makes_a_gap(desk: Desk) -> None:
    desk.turn("A", "first", NOW - HOUR, 24 * 20)
    desk.town.away(desk.staff["A"], date(2026, 6, 13), date(2026, 6, 14))
    assert desk.gaps() == [("Sat 13 Jun 00:00", "Mon 15 Jun 00:00")]


def test_where_only_staffed_hours_must_be_covered_nights_weekends_and_holidays_are_no_gap(desk: Desk) -> None:
    desk.council = council()
    thursday = london("2026-12-24 12:00")
    desk.turn("A", "first", thursday, 1)
    assert desk.gaps(thursday, days=7) == [
        ("Thu 24 Dec 13:00", "Thu 24 Dec 17:00"), ("Tue 29 Dec 09:00", "Tue 29 Dec 17:00"),
        ("Wed 30 Dec 09:00", "Wed 30 Dec 17:00"), ("Thu 31 Dec 09:00", "Thu 31 Dec 12:00"),
    ]  # fmt: skip


def test_a_day_on_which_the_clocks_change_has_no_gap_of_its_own(desk: Desk) -> None:
    eve = london("2026-10-24 09:00")
    desk.turn("A", "first", eve, 25)  # until nine on the Sunday, by the wall clock
    desk.turn("B", "first", london("2026-10-25 09:00"), 24)
    assert desk.gaps(eve, days=1) == []


# Turns


def test_turns_are_given_week_by_week_by_the_wall_clock(desk: Desk) -> None:
    with desk.change() as change:
        rota_changes.add(change, "first", "A", london("2026-10-19 09:00"), london("2026-10-20 09:00"), times=2)
    starts = [row["starts_at"] for row in desk.town.rows(schema.rota)]
    assert starts == [london("2026-10-19 09:00"), london("2026-10-26 09:00")]
    assert [row["action"] for row in desk.town.rows(schema.access_log)] == ["rota.added", "rota.added"]


REFUSED: list[tuple[Callable[[Change], Any], str]] = [
    (lambda c: rota_changes.add(c, "first", "B", NOW, NOW + HOUR), "first duty is with A from Wed 10 Jun 12:00 until"),
    (lambda c: rota_changes.add(c, "second", "A", NOW, NOW + HOUR), "A has first duty at that time; nobody can be asked"),
    (lambda c: rota_changes.add(c, "lead", "nobody", NOW, NOW + HOUR), "nobody of the staff with the ref"),
    (lambda c: rota_changes.add(c, "lead", "B", NOW, NOW), "ends before it begins"),
    (lambda c: rota_changes.add(c, "lead", "B", NOW - 2 * HOUR, NOW - HOUR), "is over already"),
    (lambda c: rota_changes.add(c, "lead", "B", NOW, NOW + timedelta(days=32)), "more than 31 days"),
    (lambda c: rota_changes.add(c, "lead", "C", NOW, NOW + HOUR), "C is away from 2026-06-10 to 2026-06-10; name somebody"),
    (lambda c: rota_changes.add(c, "lead", "N", NOW, NOW + HOUR), "has no number and no chat"),
    (lambda c: rota_changes.end(c, 77), "no turn 77 to come; `turnup rota show` lists"),
    (lambda c: rota_changes.end(c, 1, NOW + timedelta(days=9)), "goes on until"),
    (lambda c: rota_changes.leave_note(c, 1, " "), "the note is empty"),
    (lambda c: rota_changes.leave_note(c, 1, "x" * 1001), "shorten it to 1000"),
    (lambda c: rota_changes.ask_swap(c, 1, "A"), "A has that turn already"),
    (lambda c: rota_changes.ask_swap(c, 1, "C"), "C is away"),
    (lambda c: rota_changes.answer_swap(c, 5, agrees=True), "there is no swap 5"),
    (lambda c: leave.add(c, "B", date(2026, 6, 12), date(2026, 6, 11)), "the last day of leave is before the first"),
    (lambda c: leave.add(c, "B", date(2026, 6, 1), date(2026, 6, 2)), "over already"),
    (lambda c: leave.add(c, "B", date(2026, 6, 11), date(2026, 6, 12), "B"), "nobody can stand in for themselves"),
    (lambda c: leave.take_back(c, 9), "there is no leave 9"),
]


@pytest.mark.parametrize(("act", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_what_cannot_be_is_said_in_one_sentence(sqlite_record: Record, act: Callable[[Change], Any], sentence: str) -> None:
    desk = Desk(sqlite_record)
    desk.turn("A", "first", NOW - HOUR, 24)
    desk.town.away(desk.staff["C"], NOW.date(), NOW.date())
    nobody = desk.town.member("N")
    desk.town.change(schema.staff, nobody, phone=None, phone_hash=None)
    with pytest.raises(ChangeError, match=sentence), desk.change() as change:
        act(change)


def test_a_turn_that_is_ended_makes_room_for_another(desk: Desk) -> None:
    turn = desk.turn("A", "first", NOW - HOUR, 24)
    with desk.change() as change:
        rota_changes.end(change, turn)
        rota_changes.add(change, "first", "B", NOW, NOW + 2 * HOUR)
    assert refs(desk.on()) == ("B", None, None)
    assert desk.town.row(schema.rota, turn)["ends_at"] == NOW + 23 * HOUR, "what was agreed stays to be read"


# Swaps


def ask(desk: Desk, turn: int, who: str = "A", other: str = "B") -> int:
    with desk.change(who) as change:
        return rota_changes.ask_swap(change, turn, other)


def test_a_swap_needs_the_colleagues_yes(desk: Desk) -> None:
    turn = desk.turn("A", "first", NOW + HOUR, 24)
    swap = ask(desk, turn)
    assert refs(desk.on(NOW + 2 * HOUR)) == ("A", None, None)
    with desk.change("B") as change:
        rota_changes.answer_swap(change, swap, agrees=True)
    assert refs(desk.on(NOW + 2 * HOUR)) == ("B", None, None)
    assert [(row["staff_id"], row["string"]) for row in desk.town.rows(schema.notices)] == [
        (desk.staff["B"], "rota.swap_asked"), (desk.staff["A"], "rota.swap_yes"),
    ]  # fmt: skip


def test_of_a_turn_that_has_begun_the_rest_changes_hands(desk: Desk) -> None:
    turn = desk.turn("A", "first", NOW - HOUR, 24)
    swap = ask(desk, turn)
    with desk.change("B", NOW + HOUR) as change:
        rota_changes.answer_swap(change, swap, agrees=True)
    assert refs(desk.on(NOW)) == ("A", None, None)
    assert refs(desk.on(NOW + HOUR)) == ("B", None, None)


def test_a_no_changes_nothing_and_is_told(desk: Desk) -> None:
    turn = desk.turn("A", "first", NOW + HOUR, 24)
    swap = ask(desk, turn)
    with desk.change("B") as change:
        rota_changes.answer_swap(change, swap, agrees=False)
    assert refs(desk.on(NOW + HOUR)) == ("A", None, None)
    assert desk.town.rows(schema.notices)[-1]["string"] == "rota.swap_no"
    with pytest.raises(ChangeError, match="answered already"), desk.change("B") as change:
        rota_changes.answer_swap(change, swap, agrees=True)


def test_nobody_answers_for_another_or_gives_anothers_turn_away(desk: Desk) -> None:
    turn = desk.turn("A", "first", NOW + HOUR, 24)
    swap = ask(desk, turn)
    with pytest.raises(Refused), desk.change("C") as change:
        rota_changes.answer_swap(change, swap, agrees=True)
    with pytest.raises(Refused), desk.change("C") as change:
        rota_changes.ask_swap(change, turn, "B")


def test_a_yes_after_the_colleague_was_given_that_time_changes_nothing(desk: Desk) -> None:
    turn = desk.turn("A", "first", NOW + HOUR, 24)
    swap = ask(desk, turn)
    desk.turn("B", "second", NOW + HOUR, 24)
    with pytest.raises(ChangeError, match="B has second duty at that time"), desk.change("B") as change:
        rota_changes.answer_swap(change, swap, agrees=True)


# Hand-over and leave


def test_the_note_of_whoever_was_on_before_is_for_the_next(desk: Desk) -> None:
    before = desk.turn("A", "first", NOW - 2 * HOUR, 2)
    after = desk.turn("B", "first", NOW, 2)
    with desk.change("A") as change:
        rota_changes.leave_note(change, before, "The van is at the garage")
    with desk.town.record.read() as connection:
        (begun,) = rota.begun(connection, NOW)
        assert begun.id == after
        found = rota.note_before(connection, begun)
    assert found is not None
    assert (found[0].ref, found[1]) == ("A", "The van is at the garage")


def test_everyone_enters_their_own_leave_and_a_lead_that_of_others(desk: Desk) -> None:
    with desk.change("A") as change:
        leave.add(change, "A", date(2026, 6, 11), date(2026, 6, 12), "B")
    with pytest.raises(Refused), desk.change("A") as change:
        leave.add(change, "B", date(2026, 6, 11), date(2026, 6, 12))
    with desk.change("K") as change:
        leave.add(change, "B", date(2026, 6, 12), date(2026, 6, 12))


STAND_INS = [
    # who is away, each with a deputy or none; and who is there in the place of A
    ({}, "A"), ({"A": "B"}, "B"), ({"A": None}, "K"), ({"A": "B", "B": None}, "K"), ({"A": None, "K": None}, None),
]  # fmt: skip


@pytest.mark.parametrize(("gone", "there"), STAND_INS, ids=str)
def test_who_stands_in_for_somebody_who_is_away(desk: Desk, gone: dict[str, str | None], there: str | None) -> None:
    for ref, deputy in gone.items():
        desk.town.away(desk.staff[ref], NOW.date(), NOW.date(), desk.staff[deputy] if deputy else None)
    with desk.town.record.read() as connection:
        found = in_charge.in_place_of(connection, people.member(connection, desk.staff["A"]), NOW)
    assert (found.ref if found else None) == there


IN_CHARGE = [
    # who is away, each with a deputy or none; who has the turn of lead; who is asked for the north, and for no team
    ({}, None, "KN", "KN KS"),
    ({}, "A", "A KN", "A KN KS"),
    ({"A": "B"}, "A", "KN", "KN KS"),
    ({"KN": None}, None, "KS", "KS"),
    ({"KN": "B"}, None, "B", "B KS"),
    ({"KN": "B", "B": None}, None, "KS", "KS"),
    ({"KN": None, "KS": None}, None, "M", "M"),
    ({"KN": None, "KS": None, "M": "KN"}, None, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("gone", "lead", "north", "nobodys"), IN_CHARGE, ids=str)
def test_who_is_in_charge_is_on_the_rota_or_leads_the_team_and_is_not_away(
    sqlite_record: Record, gone: dict[str, str | None], lead: str | None, north: str, nobodys: str
) -> None:
    town = Town(sqlite_record)
    roles = {"A": "case_manager", "B": "case_manager", "KN": "coordinator", "KS": "coordinator", "M": "manager"}
    staff = {ref: town.member(ref, role, team="south" if ref == "KS" else "north") for ref, role in roles.items()}
    for ref, deputy in gone.items():
        town.away(staff[ref], NOW.date(), NOW.date(), staff[deputy] if deputy else None)
    if lead:
        town.turn(staff[lead], "lead", NOW - HOUR)
    with town.record.read() as connection:
        asked = [" ".join(one.ref for one in in_charge.leads(connection, team, NOW)) for team in ("north", None)]
    assert asked == [north, nobodys]


def test_who_is_asked_to_do_something_may_do_it(sqlite_record: Record) -> None:
    town = Town(sqlite_record)
    town.turn(town.member("A"), "lead", NOW - HOUR)
    k, _ = town.member("K", "coordinator"), town.member("M", "manager")
    with town.record.read() as connection:
        asked = in_charge.who_may(connection, "session.stand_down", "north", NOW)
    assert [one.ref for one in asked] == ["K"], "a case manager who has the turn calls nothing off"
    town.away(k, NOW.date(), NOW.date(), 1)
    with town.record.read() as connection:
        asked = in_charge.who_may(connection, "session.stand_down", "north", NOW)
    assert [one.ref for one in asked] == ["M"]


def test_leave_that_is_taken_back_was_none(desk: Desk) -> None:
    made = desk.town.away(desk.staff["A"], NOW.date(), NOW.date())
    with desk.change("A") as change:
        leave.take_back(change, made)
    with desk.town.record.read() as connection:
        assert leave.away(connection, NOW) == {}
