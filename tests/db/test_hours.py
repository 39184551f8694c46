"""The ledger: what is left is what was imposed and adjusted, less what was credited, whatever was corrected on the way."""

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from db import hours, rules, schema
from db.record import Record
from tests import databases
from tests.db.making import NOW, Town

FIRST = date(2026, 5, 1)
SECOND = date(2026, 5, 20)  # imposed later, and made concurrent with the first

days = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))
minutes = st.integers(0, 600)
activities = st.sampled_from(schema.ACTIVITIES)
work = st.tuples(st.just("work"), st.integers(0, 2), days, minutes, activities)
correction = st.tuples(st.just("correct"), st.integers(0, 9), days, minutes, activities)
adjustment = st.tuples(st.just("adjust"), st.integers(0, 2), days, st.integers(-600, 600), activities)
ledgers = st.lists(st.one_of(work, work, correction, adjustment), max_size=12)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """One record for all examples: each takes new orders."""
    with tempfile.TemporaryDirectory() as folder:
        record = Record(databases.fresh("sqlite", Path(folder)), databases.KEYS)
        made = Town(record)
        made.person("P1", order=False)
        yield made
        record.close()


def post(town: Town, ref: str, order_id: int, day: date, worked: int, activity: str) -> None:
    """Posts, or corrects what stands."""
    with town.write() as connection:
        if hours.standing(connection, ref) is not None:
            hours.take_back(connection, ref, actor="S1", now=NOW)
        hours.add(
            connection, ref, order_id=order_id, worked_on=day, worked=worked, credited=worked, activity=activity,
            placement_id=None, note=None, actor="S1", now=NOW,
        )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ledgers, st.integers(1200, 18000), st.integers(0, 3000))
def test_what_is_left_follows_from_the_rows_alone(town: Town, ledger: list[Any], imposed: int, allocated: int) -> None:
    """Three orders: the second concurrent with the first (s.227N), the third on its own."""
    n = len(town.rows(schema.orders))
    given: dict[str, Any] = {"imposed_minutes": imposed, "other_activity_minutes": allocated, "imposed_on": FIRST}
    first = town.order(f"A{n}", 1, **given)
    second = town.order(f"B{n}", 1, **{**given, "imposed_on": SECOND}, concurrent_with_id=first)
    third = town.order(f"C{n}", 1, **given)
    orders = [first, second, third]
    standing: dict[str, tuple[int, date, int, str]] = {}
    adjusted = [0, 0, 0]
    for at, (what, which, day, amount, activity) in enumerate(ledger):
        if what == "work":
            ref = f"H{n}.{at}"
            post(town, ref, orders[which], day, amount, activity)
            standing[ref] = (which, day, amount, activity)
        elif what == "correct" and standing:
            ref = sorted(standing)[which % len(standing)]
            order = standing[ref][0]
            post(town, ref, orders[order], day, amount, activity)
            standing[ref] = (order, day, amount, activity)
        elif what == "adjust":
            town.add(
                schema.hours, ref=f"J{n}.{at}", seq=0, order_id=orders[which], kind="adjustment", worked_on=day,
                worked_minutes=0, credited_minutes=amount, activity="unpaid_work", legal_basis="s.227Y", actor="S1", at=NOW,
            )  # fmt: skip
            adjusted[which] += amount

    with town.record.read() as connection:
        balances = hours.balances(connection, orders)
        assert balances == {order: hours.balance(connection, order) for order in orders}

    def counts_for(which: int, row: tuple[int, date, int, str]) -> bool:
        return row[0] == which or (which < 2 and row[0] < 2 and row[1] >= SECOND)

    for which, order in enumerate(orders):
        mine = [row for row in standing.values() if counts_for(which, row)]
        balance = balances[order]
        assert balance.left == imposed + adjusted[which] - sum(row[2] for row in mine)
        cap = min(allocated, (imposed + adjusted[which]) * 30 // 100, 1800)
        assert balance.other_left == cap - sum(row[2] for row in mine if row[3] == "other_activity")


@given(worked=st.integers(-100, 900), left=st.integers(-100, 900), other=st.integers(-100, 900), activity=activities)
def test_nothing_is_credited_beyond_what_is_left_nor_other_activity_beyond_its_room(
    worked: int, left: int, other: int, activity: str
) -> None:
    credited = rules.credit(worked, left=left, activity=activity, other_left=other)
    room = min(left, other) if activity == "other_activity" else left
    assert 0 <= credited <= max(0, worked)
    assert credited <= max(0, room)
    assert credited in {max(0, worked), max(0, room)}


def test_a_correction_adds_rows_and_changes_none(town: Town) -> None:
    order = town.order("CORRECTED", 1)
    post(town, "X", order, FIRST, 300, "unpaid_work")
    before = town.rows(schema.hours, schema.hours.c.ref == "X")
    post(town, "X", order, FIRST, 240, "unpaid_work")
    post(town, "X", order, FIRST, 360, "unpaid_work")
    rows = town.rows(schema.hours, schema.hours.c.ref == "X")
    assert rows[:1] == before
    assert [row["credited_minutes"] for row in rows] == [300, -300, 240, -240, 360]


def test_hours_before_the_later_order_count_for_the_earlier_alone(town: Town) -> None:
    first = town.order("N1", 1, imposed_on=FIRST)
    second = town.order("N2", 1, imposed_on=SECOND, concurrent_with_id=first)
    post(town, "N-before", first, SECOND - timedelta(days=1), 100, "unpaid_work")
    post(town, "N-on", first, SECOND, 10, "unpaid_work")
    post(town, "N-after", second, SECOND + timedelta(days=1), 1, "unpaid_work")
    with town.record.read() as connection:
        credited = [hours.balance(connection, order).credited for order in (first, second)]
    assert credited == [111, 11]
